"""What a pack says of where its numbers come from, with nothing exact and nothing secure in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from fjanalysis.disclosure.inputs import VariantResults, hashes
from fjanalysis.disclosure.rounding import to_base
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import STATISTICS

DICTIONARY = ("name", "kind", "label", "unit", "definition", "stream")


def refresh_provenance(manifest: Mapping[str, Any], profile: DisclosureProfile) -> dict[str, Any]:
    """Return `provenance/refresh.json`: the fingerprint of a refresh, table by table, with no value in it.

    A research-ready table is known by the hash of its content, a source table by that of its columns; row
    counts are rounded. A table of fewer rows than the threshold has no hash: so little could be guessed.
    """
    source = manifest.get("source", {})
    return {
        "refresh": manifest["refresh"],
        "synthetic": bool(manifest["synthetic"]),
        "fingerprint": manifest["fingerprint"],
        "data_start": manifest["data_start"],
        "follow_up_end": manifest["follow_up_end"],
        "mappings": sorted(source.get("mappings", [])),
        "tables": [
            {
                "name": str(name),
                "rows": _rounded(table.get("rows"), profile),
                "sha256": _content_hash(table, profile),
            }
            for name, table in sorted(manifest.get("tables", {}).items())
        ],
        "sources": [
            {
                "name": name,
                "rows": _rounded(table.get("rows"), profile),
                "columns_sha256": _columns_hash(table),
            }
            for name, table in _tables(source)
        ],
    }


def _tables(source: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    tables = source.get("tables", {})
    if isinstance(tables, Mapping):
        return sorted((str(name), table) for name, table in tables.items())
    return sorted(((str(table["name"]), table) for table in tables), key=lambda pair: pair[0])


def _rounded(rows: Any, profile: DisclosureProfile) -> int | None:
    """Return a row count as it may be shown: rounded, and nothing under the threshold."""
    if not isinstance(rows, int) or rows < profile.threshold:
        return None
    return int(to_base(rows, max(profile.rounding_base, 5)))


def _content_hash(table: Mapping[str, Any], profile: DisclosureProfile) -> str | None:
    return str(table["sha256"]) if _rounded(table.get("rows"), profile) is not None else None


def _columns_hash(table: Mapping[str, Any]) -> str:
    for name in sorted(table):
        value = table[name]
        if "column" in name and isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8,128}", value):
            return value
    return ""


def stream_provenance(variants: Sequence[VariantResults]) -> dict[str, Any]:
    """Return `provenance/STREAM.json` from all variants of a stream, `main` first."""
    main = variants[0].description
    measures: dict[str, Any] = {}
    notes: dict[str, Any] = {}
    relations: list[Any] = []
    for each in variants:
        for measure in each.description["measures"]:
            measures.setdefault(measure["id"], measure)
        notes |= {
            name: text for name, text in each.description["notes"].items() if name not in notes
        }
        relations += [
            relation for relation in each.description["relations"] if relation not in relations
        ]
    return {
        "stream": variants[0].stream,
        "title": main["title"],
        "measures": list(measures.values()),
        "notes": dict(sorted(notes.items())),
        "relations": relations,
        "written": main.get("written", []),
        "variants": {
            each.variant: {
                "parameters": each.description["parameters"],
                "definitions": each.description["definitions"],
                "hashes": hashes(each.record),
            }
            for each in variants
        },
    }


def dictionary(streams: Mapping[str, Mapping[str, Any]], used: Iterable[str]) -> pd.DataFrame:
    """Return the data dictionary: every measure of every stream, and every statistic in use."""
    rows = [
        {
            "name": measure["id"],
            "kind": "measure",
            "label": measure["label"],
            "unit": measure["unit"],
            "definition": measure["definition"],
            "stream": stream,
        }
        for stream, about in sorted(streams.items())
        for measure in sorted(about["measures"], key=lambda measure: str(measure["id"]))
    ]
    source = {
        "counts": "Made from the released numerator and denominator.",
        "life table": "Read from the released life table of its measure.",
        "model": "Follows from no released count; cut to significant digits.",
    }
    rows += [
        {
            "name": name,
            "kind": "statistic",
            "label": STATISTICS[name].label,
            "unit": STATISTICS[name].unit,
            "definition": source[STATISTICS[name].source],
            "stream": "",
        }
        for name in sorted(set(used))
    ]
    return pd.DataFrame(rows, columns=list(DICTIONARY))

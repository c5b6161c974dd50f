"""A pack's outputs in the layout that ACRO writes, so that the SACRO Viewer shows them one by one.

`results.json` names each output with its status, the cells that were suppressed, the command and comments;
`checksums/` holds the hash of each of its files. One output is one measure of one stream.

Source: ACRO 1.0.2, `Records.finalise_json` and `Records.write_checksums`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fjanalysis.results import COLUMNS

VERSION = "1.0.2"
RESULTS = "results.json"
COLUMNS_SHOWN = [name for name in COLUMNS if name not in ("stream", "measure")]
# Viewers count columns after the first, which names the row.
VALUE = COLUMNS_SHOWN.index("value") - 1
MITIGATION = "rounding and suppression"


def output_name(stream: str, measure: str) -> str:
    """Return the name of an output."""
    return f"output-{stream}-{measure}"


def files_of(
    results: pd.DataFrame, streams: Mapping[str, Mapping[str, Any]], manifest: Mapping[str, Any]
) -> dict[str, str]:
    """Return the outputs of a pack as files by name: tables, `results.json` and their checksums.

    Parameters
    ----------
    results
        The released table.
    streams
        `provenance/STREAM.json` by stream.
    manifest
        What `pack.json` says.
    """
    files, outputs = {}, {}
    for (stream, measure), rows in results.groupby(["stream", "measure"], sort=True):
        name = output_name(str(stream), str(measure))
        table = rows[COLUMNS_SHOWN].reset_index(drop=True)
        files[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n")
        about = {each["id"]: each for each in streams[str(stream)]["measures"]}
        outputs[name] = _output(name, table, about.get(str(measure), {}), manifest)
        outputs[name]["command"] = (
            f"fjanalysis pack {stream} --refresh {manifest['refresh']}  # {measure}"
        )
    made = {
        "version": VERSION,
        "tool": {"@type": "SoftwareApplication", "name": "fjanalysis"},
        "results": outputs,
    }
    files[RESULTS] = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    sums = {
        f"checksums/{name}.txt": hashlib.sha256(text.encode()).hexdigest()
        for name, text in sorted(files.items())
    }
    return files | sums


def _output(
    name: str, table: pd.DataFrame, about: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dict[str, Any]:
    suppressed = table.index[table["status"] == "c"].tolist()
    excepted = [
        each["reason"]
        for each in manifest.get("exceptions", [])
        if name == output_name(each["rows"].get("stream", ""), each["rows"].get("measure", ""))
    ]
    cells = [[row, VALUE] for row in suppressed]
    comment = ": ".join(str(about[key]) for key in ("label", "definition") if key in about)
    unit = about.get("unit")
    return {
        "uid": name,
        "status": "review" if suppressed or excepted else "pass",
        "type": "table",
        "properties": {"method": "fjanalysis", "mitigation": MITIGATION},
        "files": [
            {
                "name": f"{name}.csv",
                "sdc": {"summary": {"suppressed": len(cells)}, "cells": {"suppressed": cells}},
            }
        ],
        "outcome": {
            "rows": {"published": len(table) - len(cells), "suppressed": len(cells)},
        },
        "summary": (
            f"{len(cells)} of {len(table)} rows suppressed, which rule did so is not said; "
            f"counts rounded to base {manifest['profile']['rules']['rounding-base']}, "
            f"none from 1 to {manifest['profile']['rules']['threshold'] - 1}."
        ),
        "timestamp": f"{manifest['refresh']}T00:00:00",
        "comments": [each for each in (comment, f"Unit: {unit}" if unit else "") if each],
        "exception": " ".join(excepted),
        "fair": {},
    }

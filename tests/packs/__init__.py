"""A synthetic output pack made by formula: every main measure of the three streams, for tests of the right side."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.folders import sha256, write_text
from fjanalysis.packs import CHECKSUMS, CLEARANCE, MANIFEST, checksum_lines
from fjanalysis.results import COLUMNS, Measure, tidy, write_csv

from .places import NATIONS, WINDOW, YEARS, areas
from .returns import private, recurrence
from .table import Table
from .urgent import urgent

STREAMS = {
    "urgent-hearings": ("Newborn babies in urgent care proceedings", urgent),
    "recurrence": ("Parents who return to care proceedings", recurrence),
    "private-law-returns": ("Private family law cases that return to court", private),
}
COMMON = {"merge_gap_days": 14, "new_baby_starts_set": True, "local_period_years": 3}
PARAMETERS: dict[str, dict[str, Any]] = {
    "urgent-hearings": {
        **COMMON,
        "newborn_days": 14,
        "emergency_days": 3,
        "short_notice_days": 7,
        "settling_days": 28,
        "look_back_years": 3,
        "epo_window_days": 28,
    },
    "recurrence": {
        **COMMON,
        "washout_years": 3,
        "look_back_years": 5,
        "youngest_mother": 14,
        "oldest_mother": 50,
    },
    "private-law-returns": {**COMMON, "washout_years": 3, "origin": "closure"},
}
NOTES = {
    "provisional denominator": "The population is a stand-in until the official figures are supplied.",
    "length of data": "Rises with the length of the data.",
    "other base": "Of all newborn cases, not of those that have ended.",
}


RECORDS = {"cases": 68000, "hearings": 141000}
LAST_OF_CMS = "2013-14"
MENDED = {"birth week": 40, "closing date": 25, "duplicate hearings": 225, "court spelling": 2740}


def _flow(table: Table) -> None:
    for nation, size in zip(NATIONS, (1.0, 0.94, 0.06), strict=True):
        for name, records in RECORDS.items():
            for year in YEARS:
                table.count("records", nation, year, size * records, group=f"table: {name}")
        for field, values in MENDED.items():
            for year in YEARS:
                table.count("mended", nation, year, size * values, group=f"field: {field}")
        for at, step in enumerate(
            ("records read", "in scope", "with a known issue date", "cohort")
        ):
            people = size * (120000 - 9000 * at)
            table.count("cohort_flow", nation, WINDOW, people, group=f"step: {step}")
        for name, share in {"ethnicity": 0.21, "first hearing": 0.03, "mother": 0.02}.items():
            table.percent(
                "missing", nation, WINDOW, share, 5 * round(18000 * size), group=f"field: {name}"
            )
        table.count("mended", nation, WINDOW, 130 * size, group="field: birth week")
    table.percent("linked", "E92000001", LAST_OF_CMS, 0.23, 151000, group="systems: cms to ecms")


def _measures(table: Table) -> list[Measure]:
    names = sorted({row["measure"] for row in table.rows})
    return [
        Measure(
            name,
            name.replace("_", " ").capitalize(),
            "case",
            f"What the stream counts as {name.replace('_', ' ')}.",
        )
        for name in names
    ]


def _hit(frame: pd.DataFrame, where: dict[str, str]) -> pd.Series:
    hit = pd.Series(True, index=frame.index)
    for column, value in where.items():
        hit &= frame[column] == value
    assert hit.any(), f"no such row: {where}"
    return hit


def make_pack(
    folder: Path,
    *,
    cleared: bool = False,
    synthetic: bool = True,
    refresh: str = "2026-02-01",
    revision: int = 1,
    streams: tuple[str, ...] = tuple(STREAMS),
    withhold: tuple[dict[str, str], ...] = (),
    change: tuple[tuple[dict[str, str], dict[str, float]], ...] = (),
) -> Path:
    """Write a pack to `folder` and return it.

    Parameters
    ----------
    withhold
        Rows to withhold as confidential: each a mapping from key column to value.
    change
        Rows to give other numbers: each a mapping from key column to value, and what to add by column.
    """
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    dictionary: list[tuple[str, ...]] = []
    for name in streams:
        title, make = STREAMS[name]
        table = make()
        _flow(table)
        rows += table.rows
        measures = _measures(table)
        dictionary += [
            (each.id, "measure", each.label, each.unit, each.definition) for each in measures
        ]
        parameters = PARAMETERS[name]
        definitions = [
            {"term": "Newborn", "text": "A baby under 14 days old when proceedings are issued."},
            {
                "term": "Set of proceedings",
                "text": "Applications issued within 14 days of each other.",
            },
            {"term": "Return", "text": "A later set of proceedings or case about the same family."},
        ]
        _write_json(
            folder / "provenance" / f"{name}.json",
            {
                "stream": name,
                "title": title,
                "measures": [each.to_json() for each in measures],
                "notes": NOTES,
                "relations": [],
                "variants": {
                    "main": {
                        "parameters": parameters,
                        "definitions": definitions,
                        "hashes": {
                            "notebook": "0" * 64,
                            "code": "1" * 64,
                            "lock": "2" * 64,
                            "sql": "3" * 64,
                        },
                    }
                },
            },
        )
    frame = tidy(rows)
    for where, added in change:
        for column, value in added.items():
            frame.loc[_hit(frame, where), column] += value
    for where in withhold:
        hit = _hit(frame, where)
        frame.loc[hit, "status"] = "c"
        frame.loc[hit, ["value", "lower", "upper"]] = math.nan
        frame.loc[hit, ["numerator", "denominator"]] = pd.NA
    write_csv(frame[list(COLUMNS)], folder / "results.csv")
    areas().to_csv(folder / "areas.csv", index=False, lineterminator="\n")
    columns = ["name", "kind", "label", "unit", "definition"]
    words = pd.DataFrame(sorted(set(dictionary)), columns=columns).drop_duplicates("name")
    words.to_csv(folder / "dictionary.csv", index=False, lineterminator="\n")
    _write_json(
        folder / "provenance" / "refresh.json",
        {
            "refresh": refresh,
            "synthetic": synthetic,
            "fingerprint": "f" * 64,
            "data_start": {
                "England": {"public": "2007-04-01", "private": "2007-04-01"},
                "Wales": {"public": "2011-01-01", "private": "2007-04-01"},
            },
            "follow_up_end": "2026-01-31",
            "tables": [{"name": "cases", "rows": 113395, "sha256": "e" * 64}],
            "sources": [{"name": "CAFE_ECMS_CASES", "rows": 67645, "columns_sha256": "d" * 64}],
        },
    )
    _write_json(
        folder / MANIFEST,
        {
            "schema": 1,
            "refresh": refresh,
            "revision": revision,
            "synthetic": synthetic,
            "streams": list(streams),
            "profile": {
                "name": "standard",
                "rules": {
                    "threshold": 10,
                    "rounding-base": 5,
                    "zeros-are-disclosive": False,
                    "significant-digits": 3,
                },
            },
            "control": ["Counts of 1 to 9 are withheld.", "Counts are rounded to base 5."],
            "earlier": [],
        },
    )
    write_text(folder / "review.html", "<!DOCTYPE html>\n<title>Review</title>\n")
    write_text(folder / CHECKSUMS, checksum_lines(folder))
    if cleared:
        record = {
            "by": "output reviewer",
            "reference": "TEST-1",
            "pack_sha256": sha256(folder / CHECKSUMS),
        }
        _write_json(folder / CLEARANCE, record)
    return folder


def _write_json(path: Path, data: object) -> None:
    write_text(path, json.dumps(data, indent=2, sort_keys=True) + "\n")

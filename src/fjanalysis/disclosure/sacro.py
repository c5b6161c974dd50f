"""A pack's outputs in the layout that ACRO writes, so that the SACRO Viewer shows them one by one.

`results.json` names each output with its status, the cells that were suppressed, the command and comments;
`checksums/` holds the hash of each of its files. One output is one measure of one stream; the three measures of a
life table are one output, a row a month. Columns in which an output has nothing are left out of its table.

Source: ACRO 1.0.2, `Records.finalise_json` and `Records.write_checksums`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd

from fjanalysis.disclosure.lifetables import life_measures, months
from fjanalysis.disclosure.rules import RESIDUAL_DEGREES
from fjanalysis.project import TOLD_APART
from fjanalysis.results import COLUMNS

VERSION = "1.0.2"
RESULTS = "results.json"
PROFILE = "config.json"
MITIGATION = "rounding and suppression"
LIFE_TABLE = "life-table"
PARTS = ("at_risk", "events", "censored")
_CELL = re.compile(r"\[\s+(\d+),\s+(\d+)\s+\]")
_BETWEEN = re.compile(r"(?<=\]),\s+(?=\[)")


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
    for name, (stream, measure, table) in tables_of(results).items():
        files[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n")
        about = {each["id"]: each for each in streams[stream]["measures"]}
        outputs[name] = _output(name, table, about.get(measure, {}), manifest)
        outputs[name]["command"] = (
            f"fjanalysis pack {stream} --refresh {manifest['refresh']}  # {measure}"
        )
    made = {
        "version": VERSION,
        "tool": {
            "@type": "SoftwareApplication",
            "name": "fjanalysis",
            "version": version("fjanalysis"),
        },
        "results": outputs,
    }
    text = json.dumps(made, indent=1, ensure_ascii=False)
    # Cells by the ten thousand: a line for all of an output, not four for each.
    files[RESULTS] = _BETWEEN.sub(", ", _CELL.sub(r"[\1, \2]", text)) + "\n"
    rules_in_force = manifest["profile"]["rules"]
    # ACRO writes its risk profile after its checksums, so that there is none of it.
    profile = {
        "safe_threshold": rules_in_force["threshold"],
        "safe_dof_threshold": RESIDUAL_DEGREES,
        "zeros_are_disclosive": rules_in_force["zeros-are-disclosive"],
        "survival_safe_threshold": rules_in_force["threshold"],
        "safe_round_base": rules_in_force["rounding-base"],
        "significant_digits": rules_in_force["significant-digits"],
    }
    sums = {
        f"checksums/{name}.txt": hashlib.sha256(text.encode()).hexdigest()
        for name, text in sorted(files.items())
    }
    return files | {PROFILE: json.dumps(profile, indent=1) + "\n"} | sums


def tables_of(results: pd.DataFrame) -> dict[str, tuple[str, str, pd.DataFrame]]:
    """Return the outputs of a released table by name: stream, measure and rows of each."""
    found = {}
    part = life_measures(results)
    for (stream, measure), rows in results[part == ""].groupby(["stream", "measure"], sort=True):
        table = rows[[name for name in COLUMNS if name not in ("stream", "measure")]]
        some = [
            name
            for name in table
            if name in ("value", "status") or (table[name].notna() & (table[name] != "")).any()
        ]
        found[output_name(str(stream), str(measure))] = (
            str(stream),
            str(measure),
            table[some].reset_index(drop=True),
        )
    steps = results[part != ""]
    stem = [
        measure.removesuffix(f"_{name}")
        for measure, name in zip(steps["measure"], part[part != ""], strict=True)
    ]
    for (stream, measure), rows in steps.assign(stem=stem).groupby(["stream", "stem"], sort=True):
        name = f"{output_name(str(stream), str(measure))}-{LIFE_TABLE}"
        found[name] = str(stream), str(measure), _life_table(rows, str(measure))
    return dict(sorted(found.items()))


def _life_table(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the parts of life tables side by side, a row a month."""
    key = ["variant", "area", "period", "group", "horizon"]
    wide = rows.set_index([*key, "measure"])[["numerator", "status"]].unstack("measure")
    numbers, status = wide["numerator"], wide["status"]
    table = pd.DataFrame({name: numbers[f"{measure}_{name}"] for name in PARTS}).astype("Int64")
    # Of a month at which one part is withheld, the others may stand.
    table["status"] = [
        "c" if "c" in each else max(filter(None, each)) for each in status.fillna("").to_numpy()
    ]
    order = wide.index.get_level_values("horizon").map(months)
    return (
        table.assign(order=order)
        .sort_values([*key[:-1], "order"], kind="stable")
        .drop(columns="order")
        .reset_index()
    )


def _is_about(exception: Mapping[str, Any], name: str, manifest: Mapping[str, Any]) -> bool:
    """Say whether an exception is about an output: its figures, or withheld counts that may be told apart."""
    rows = exception["rows"]
    if exception["rule"] != TOLD_APART:
        return name == output_name(rows["stream"], rows["measure"])
    return any(
        name == output_name(each["stream"], each["measure"])
        for each in manifest["reaching"]
        if all(each[column] == value for column, value in rows.items())
    )


def _output(
    name: str, table: pd.DataFrame, about: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dict[str, Any]:
    suppressed = table.index[table["status"] == "c"].tolist()
    excepted = [
        each["reason"] for each in manifest.get("exceptions", []) if _is_about(each, name, manifest)
    ]
    # Viewers count columns after the first, which names the row.
    columns = [at - 1 for at, column in enumerate(table) if column in ("value", *PARTS)]
    cells = [[row, column] for row in suppressed for column in columns]
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
            "rows": {"published": len(table) - len(suppressed), "suppressed": len(suppressed)},
        },
        "summary": (
            f"{len(suppressed)} of {len(table)} rows suppressed, which rule did so is not said; "
            f"counts rounded to base {manifest['profile']['rules']['rounding-base']}, "
            f"none from 1 to {manifest['profile']['rules']['threshold'] - 1}."
        ),
        "timestamp": f"{manifest['refresh']}T00:00:00",
        "comments": [each for each in (comment, f"Unit: {unit}" if unit else "") if each],
        "exception": " ".join(excepted),
        "fair": {},
    }

"""Whether the analyses find what the synthetic families were drawn from: curves, shares and ratios.

Run as `python benchmarks/truth.py [SCALE]` (1.0 where it is not given). A synthetic source without faults is made
and ingested, the three streams are run, and every estimate is held against `truth/expected.csv`: how many
intervals hold the truth (95% of them should), and how far estimates lie from it in standard errors (whose mean
square should be 1). Printed, and written to benchmarks/results/truth.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from fjanalysis.limits import Z95
from fjanalysis.results import read_csv

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "truth.json"
DATE = "2026-02-01"
STREAMS = ("urgent-hearings", "recurrence", "private-law-returns")
WITHIN = ["measure", "statistic", "group", "horizon"]
ENGLAND = "E92000001"


def against_truth(rows: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """Return each estimate that has an expected value, with its distance from it in standard errors.

    Parameters
    ----------
    rows
        Results of the streams.
    expected
        `truth/expected.csv`: the results table's keys, and `value`. Ratios, which have neither area nor
        period, are held against the models of England.

    Returns
    -------
    pandas.DataFrame
        `measure`, `statistic`, `truth`, `value`, `inside` (whether the interval holds the truth), `distance`.
    """
    main = rows[(rows["variant"] == "main") & rows["lower"].notna()]
    truth = expected.rename(columns={"value": "truth"}).drop(columns="denominator")
    truth["truth"] = pd.to_numeric(truth["truth"])
    placed = truth[truth["area"] != ""].merge(main, on=[*WITHIN, "area", "period"])
    ratios = truth[truth["area"] == ""].drop(columns=["area", "period"])
    found = pd.concat([placed, ratios.merge(main[main["area"] == ENGLAND], on=WITHIN)])
    found["inside"] = (found["lower"] <= found["truth"]) & (found["truth"] <= found["upper"])
    found["distance"] = np.select(
        [found["statistic"] == "percent", found["statistic"] == "cumulative_percent"],
        [_of_shares(found), _on_scale(found, lambda percent: np.log(-np.log1p(-percent / 100)))],
        _on_scale(found, np.log),
    )
    return found[["measure", "statistic", "truth", "value", "inside", "distance"]]


def _of_shares(found: pd.DataFrame) -> pd.Series:
    share = found["truth"] / 100
    error = np.sqrt(share * (1 - share) / found["denominator"].astype("float64"))
    return (found["value"] / 100 - share) / error.where(error > 0)


def _on_scale(found: pd.DataFrame, scale: object) -> pd.Series:
    with np.errstate(all="ignore"):
        value, truth, low, high = (scale(found[n]) for n in ("value", "truth", "lower", "upper"))  # type: ignore[operator]
        return (value - truth) / ((high - low) / (2 * Z95))


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return by measure and statistic: estimates, share whose interval holds the truth, mean square distance."""
    by = found.groupby(["measure", "statistic"])
    return pd.DataFrame(
        {
            "estimates": by.size(),
            "inside": by["inside"].mean().round(3),
            "mean_distance": by["distance"].mean().round(2),
            "mean_square_distance": by["distance"].apply(lambda each: (each**2).mean()).round(2),
        }
    ).reset_index()


def main() -> None:
    """Make the refresh, run the streams, compare, print and write."""
    scale = sys.argv[1] if len(sys.argv) > 1 else "1.0"
    with TemporaryDirectory() as scratch:
        workspace, source = Path(scratch), Path(scratch) / "source"
        command = [sys.executable, "-m", "fjanalysis.cli", "--workspace", scratch]
        made = ["synth", str(source), "--refresh", DATE, "--scale", scale, "--no-faults"]
        for arguments in (
            made,
            ["ingest", "--source", str(source), "--refresh", DATE],
            ["run", "--refresh", DATE, "--no-variants"],
        ):
            subprocess.run([*command, *arguments], check=True, cwd=ROOT, env=dict(os.environ))
        expected = pd.read_csv(source / "truth" / "expected.csv", keep_default_na=False)
        tables = [workspace / "results" / DATE / each / "main" / "results.csv" for each in STREAMS]
        table = summary(against_truth(pd.concat([read_csv(each) for each in tables]), expected))
    print(table.to_string(index=False))
    result = {"scale": float(scale), "measures": table.to_dict("records")}
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

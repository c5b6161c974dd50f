"""Whether the analyses find what the synthetic families were drawn from: curves, shares and ratios.

Run as `python benchmarks/truth.py [SCALE [SEEDS]]` (1.0 and 3 where they are not given). For each seed a
synthetic source without faults is made and ingested, the three streams are run, and every estimate is held
against `truth/expected.csv`: how many intervals hold the truth (95% of them should), and how far estimates lie
from it in standard errors (whose mean square should be 1). Estimates of one seed share families, so what
chance does to one it does to many: several seeds tell more than one large one. Hazard ratios are also held
against those that families were drawn with (`drawn`), from which a model that does not know all lies
somewhat apart. Printed, with each ratio outside its interval, and written to benchmarks/results/truth.json.
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
RATIOS = ("hazard_ratio", "odds_ratio")
ENGLAND = "E92000001"


def against_truth(rows: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """Return each estimate that has an expected value, with its distance from it in standard errors.

    Parameters
    ----------
    rows
        Results of the streams.
    expected
        `truth/expected.csv`: the results table's keys, and `value`. Drawn ratios, which have neither area
        nor period, are held against the models of England.

    Returns
    -------
    pandas.DataFrame
        `measure`, `statistic`, `group`, `against` (`expected` or `drawn`), `truth`, `value`, `lower`,
        `upper`, `inside` (whether the interval holds the truth), `distance`.
    """
    main = rows[(rows["variant"] == "main") & rows["lower"].notna()]
    truth = expected.rename(columns={"value": "truth"}).drop(columns="denominator")
    truth["truth"] = pd.to_numeric(truth["truth"])
    placed = truth[truth["area"] != ""].merge(main, on=[*WITHIN, "area", "period"])
    drawn = truth[truth["area"] == ""].drop(columns=["area", "period"])
    england = drawn.merge(main[main["area"] == ENGLAND], on=WITHIN)
    found = pd.concat([placed.assign(against="expected"), england.assign(against="drawn")])
    found["inside"] = (found["lower"] <= found["truth"]) & (found["truth"] <= found["upper"])
    found["distance"] = np.select(
        [found["statistic"] == "percent", found["statistic"] == "cumulative_percent"],
        [_of_shares(found), _on_scale(found, lambda percent: np.log(-np.log1p(-percent / 100)))],
        _on_scale(found, np.log),
    )
    columns = ["measure", "statistic", "group", "against", "truth", "value", "lower", "upper"]
    return found[[*columns, "inside", "distance"]].reset_index(drop=True)


def _of_shares(found: pd.DataFrame) -> pd.Series:
    share = found["truth"] / 100
    error = np.sqrt(share * (1 - share) / found["denominator"].astype("float64"))
    return (found["value"] / 100 - share) / error.where(error > 0)


def _on_scale(found: pd.DataFrame, scale: object) -> pd.Series:
    with np.errstate(all="ignore"):
        value, truth, low, high = (scale(found[n]) for n in ("value", "truth", "lower", "upper"))  # type: ignore[operator]
        return (value - truth) / ((high - low) / (2 * Z95))


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return by measure, statistic and truth: estimates, share whose interval holds it, mean square distance."""
    by = found.groupby(["measure", "statistic", "against"])
    return pd.DataFrame(
        {
            "estimates": by.size(),
            "inside": by["inside"].mean().round(3),
            "mean_distance": by["distance"].mean().round(2),
            "mean_square_distance": by["distance"].apply(lambda each: (each**2).mean()).round(2),
        }
    ).reset_index()


def compared(scale: str, seed: int, folder: Path) -> pd.DataFrame:
    """Make a refresh of one seed, run the streams, and return its estimates against the truth."""
    source = folder / "source"
    command = [sys.executable, "-m", "fjanalysis.cli", "--workspace", str(folder)]
    made = ["synth", str(source), "--refresh", DATE, "--scale", scale, "--seed", str(seed)]
    for arguments in (
        [*made, "--no-faults"],
        ["ingest", "--source", str(source), "--refresh", DATE],
        ["run", "--refresh", DATE, "--no-variants"],
    ):
        subprocess.run([*command, *arguments], check=True, cwd=ROOT, env=dict(os.environ))
    expected = pd.read_csv(source / "truth" / "expected.csv", keep_default_na=False)
    tables = [folder / "results" / DATE / each / "main" / "results.csv" for each in STREAMS]
    found = against_truth(pd.concat([read_csv(each) for each in tables]), expected)
    return found.assign(seed=seed)


def main() -> None:
    """Compare each seed, print and write."""
    scale = sys.argv[1] if len(sys.argv) > 1 else "1.0"
    seeds = range(1, 1 + int(sys.argv[2] if len(sys.argv) > 2 else 3))
    found = []
    for seed in seeds:
        with TemporaryDirectory() as scratch:
            found.append(compared(scale, seed, Path(scratch)))
    together = pd.concat(found, ignore_index=True)
    table = summary(together)
    columns = [
        "seed",
        "measure",
        "statistic",
        "group",
        "against",
        "truth",
        "value",
        "lower",
        "upper",
    ]
    outside = together[together["statistic"].isin(RATIOS) & ~together["inside"]][columns].round(4)
    inside = together[together["against"] == "expected"]["inside"].mean()
    print(table.to_string(index=False), outside.to_string(index=False), sep="\n\n")
    print(f"\nAll estimates with an expected value: {100 * inside:.1f}% of the intervals hold it.")
    result = {
        "scale": float(scale),
        "seeds": list(seeds),
        "inside": round(float(inside), 4),
        "measures": table.to_dict("records"),
        "ratios_outside": outside.to_dict("records"),
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

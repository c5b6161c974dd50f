"""What streams give to their models, as tables that R reads too, and what they make of them.

Run as `python -m tests.streams.r_agreement` to write the tables of a small synthetic refresh, and what R says
of them, into `tests/streams/r/`, for machines without R.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from fjanalysis.project import open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.refresh.model import open_refresh
from fjanalysis.results import split_group
from fjanalysis.sources.synthetic import synthesise
from fjanalysis.statistics.cox_rows import Factor, Study, fit_factors, model_rows
from fjanalysis.statistics.regression import logistic
from fjanalysis.statistics.risk_sets import Spells
from fjanalysis.statistics.survival_rows import Exits, horizon_rows, log_rank_row
from fjanalysis.streams import study as streams_study
from fjanalysis.streams.ages import AGES
from fjanalysis.streams.private_law_returns import cohort as private_cohort
from fjanalysis.streams.private_law_returns import models as private_models
from fjanalysis.streams.recurrence import cohort as recurrence_cohort
from fjanalysis.streams.recurrence import measures as recurrence_measures
from fjanalysis.streams.recurrence import models as recurrence_models
from fjanalysis.streams.stream import load
from fjanalysis.streams.urgent_hearings import cohort as urgent_cohort
from fjanalysis.streams.urgent_hearings import models as urgent_models
from fjanalysis.streams.windows import region_names

HERE = Path(__file__).parent / "r"
DATE = "2026-02-01"
KEY = {"area": "E92000001", "period": "2010-11 to 2024-25", "group": ""}
YEARS = (1, 2, 3, 5, 8)


def write_tables(folder: Path, workspace: Path, scale: float, seed: int) -> None:
    """Make a synthetic refresh with faults, and write what England's models are given into `folder`."""
    source = workspace / "source"
    synthesise(source, DATE, scale=scale, seed=seed, faults=True)
    project = open_project(workspace, Path(__file__))
    ingest(project, DATE, str(source))

    def study(name: str) -> streams_study.Study:
        stream = load(name)
        refresh = open_refresh(project.refreshes / DATE)
        own = stream.Parameters.from_values({})
        return streams_study.Study(name, "main", stream, own, refresh, workspace / name, project)

    urgent = study("urgent-hearings")
    names = region_names(urgent.areas)
    families = recurrence_cohort.load_families(study("recurrence"))
    with caught(recurrence_models, "model_rows") as calls:
        recurrence_models.return_models(families, names)
        recurrence_models.later_models(families, names)
    for own, measure, key, strata in (_of_model(**call) for call in calls):
        if key["area"] == KEY["area"] and "mother" in key["group"]:
            write_cox(folder / f"cox-{measure}.csv", own, strata)
    law = private_cohort.load_private_law(study("private-law-returns"))
    with caught(private_models, "model_rows") as calls:
        private_models.return_models(law, names)
    for own, measure, key, strata in (_of_model(**call) for call in calls):
        # The smaller nation: a table that is small enough to keep.
        if key["area"] == "W92000004":
            write_cox(folder / f"cox-{measure}.csv", own, strata)
    write_curves(folder, families)
    babies = urgent_cohort.gather(urgent)
    with caught(urgent_models, "logistic") as calls:
        urgent_models.adoption_rows(babies, urgent.parameters, urgent.areas)  # type: ignore[arg-type]
    frame, outcome, covariates, cluster = calls[0]["args"]
    write_logistic(folder / "logistic-adoption.csv", frame, outcome, covariates, cluster)


@contextmanager
def caught(module: Any, name: str) -> Iterator[list[dict[str, Any]]]:
    """Note how a function of a module is called."""
    calls: list[dict[str, Any]] = []
    real = getattr(module, name)

    def noted(*args: Any, **more: Any) -> Any:
        calls.append({"args": args, "more": more})
        return real(*args, **more)

    with mock.patch.object(module, name, noted):
        yield calls


def _of_model(
    args: tuple[Any, ...], more: Mapping[str, Any]
) -> tuple[Study, str, Mapping[str, str], list[str]]:
    own, measure, key = args
    return own, measure, key, list(more.get("strata", ()))


def write_cox(path: Path, study: Study, strata: list[str]) -> None:
    """Write the spells that a model is fitted to, a column `x1` … a covariate."""
    kept = fit_factors(study, strata)
    own = kept.study
    columns = {
        "start": own.spells.start,
        "stop": own.spells.stop,
        "event": own.spells.events.astype(int),
        "cluster": own.spells.clusters,
        "stratum": kept.spells.strata,
    }
    factors = [factor for name, factor in own.factors.items() if name not in strata]
    columns |= {f"x{place}": factor.codes for place, factor in enumerate(factors, start=1)}
    pd.DataFrame(columns).to_csv(path, index=False)


def write_curves(folder: Path, families: recurrence_cohort.Families) -> None:
    """Write England's mothers, followed to any return, with their ages by code."""
    parents = families.parents
    chosen = (parents["parent"] == "mother") & (parents["nation"] == "England")
    parents = parents[chosen]
    with caught(recurrence_measures, "curve_rows") as calls:
        recurrence_measures.returns(families)
    own = next(
        call["args"][0]
        for call in calls
        if call["args"][1] == "any_return"
        and call["args"][2]["area"] == KEY["area"]
        and call["args"][2]["group"] == "parent: mother"
        and " to " in call["args"][2]["period"]
    )
    inside = families.grid[families.grid["area"] == KEY["area"]]
    rows = parents[parents["year"].isin(inside["year"])]
    ages = pd.Categorical(rows["age_level"], categories=list(AGES)).codes
    table = {"ticks": own.ticks, "days": own.days, "event": own.events.astype(int), "level": ages}
    pd.DataFrame(table).to_csv(folder / "curve-any_return.csv", index=False)


def write_logistic(
    path: Path, frame: pd.DataFrame, outcome: str, covariates: Mapping[str, Any], cluster: str
) -> None:
    """Write the persons that a logistic regression is fitted to, levels by code."""
    alone = np.arange(len(frame)) + len(frame)
    codes = pd.factorize(frame[cluster])[0]
    table = {"outcome": frame[outcome].astype(int), "cluster": np.where(codes < 0, alone, codes)}
    for place, (name, levels) in enumerate(covariates.items(), start=1):
        table[f"x{place}"] = pd.Categorical(frame[name], categories=list(levels)).codes
    pd.DataFrame(table).to_csv(path, index=False)


def ask_r(folder: Path) -> None:
    """Let R write `found.csv` beside the tables."""
    subprocess.run(["Rscript", str(HERE / "models.R"), str(folder)], check=True)


def ours(folder: Path) -> dict[str, float]:
    """Return what the project's own statistics say of the tables, by the names that R gives."""
    found: dict[str, float] = {}
    for path in sorted(folder.glob("curve-*.csv")):
        found |= _curve(pd.read_csv(path), path.stem.partition("-")[2])
    for path in sorted(folder.glob("cox-*.csv")):
        found |= _cox(pd.read_csv(path), path.stem.partition("-")[2])
    for path in sorted(folder.glob("logistic-*.csv")):
        found |= _logistic(pd.read_csv(path), path.stem.partition("-")[2])
    return found


def _curve(frame: pd.DataFrame, name: str) -> dict[str, float]:
    sample = Exits(
        ticks=frame["ticks"].to_numpy(np.int64),
        days=frame["days"].to_numpy(np.int64),
        events=frame["event"].to_numpy(bool),
    )
    rows = horizon_rows(sample, name, KEY, YEARS)
    found = {
        f"{name} {year} {part}": float(row[part])
        for year, row in zip(YEARS, rows.to_dict("records"), strict=True)
        for part in ("value", "lower", "upper", "numerator")
    }
    test = log_rank_row(sample, frame["level"].to_numpy(np.int64), name, KEY)
    return {**found, f"{name} log-rank": float(test["value"].iloc[0])}


def _cox(frame: pd.DataFrame, name: str) -> dict[str, float]:
    none = np.zeros(len(frame), dtype=np.int64)
    columns = {column: frame[column].to_numpy(np.int64) for column in frame}
    spells = Spells(
        columns["start"],
        columns["stop"],
        columns["event"].astype(bool),
        np.zeros((1, 0)),
        none,
        columns["cluster"],
        none,
    )
    factors = {
        column: Factor([str(code) for code in range(codes.max() + 1)], codes)
        for column, codes in columns.items()
        if column.startswith("x") or column == "stratum"
    }
    several = columns["stratum"].max() > 0
    if not several:
        factors.pop("stratum")
    study = Study(spells, columns["cluster"], factors)
    rows = model_rows(study, name, KEY, strata=["stratum"] if several else [])
    found = {}
    for row in rows[rows["variant"] == "main"].to_dict("records"):
        levels = split_group(row["group"])
        if row["statistic"] == "concordance":
            found[f"{name} concordance"] = float(row["value"])
        elif row["statistic"] == "effect_over_time":
            months = row["horizon"].partition(" ")[0]
            found[f"{name} effect {levels['covariate']} {months}"] = float(row["value"])
        elif row["statistic"] == "p_value":
            found[f"{name} proportional hazards {levels.get('covariate', '')}"] = float(
                row["value"]
            )
        elif "follow-up" not in levels and not pd.isna(row["lower"]):
            ((column, code),) = levels.items()
            for part in ("value", "lower", "upper"):
                found[f"{name} {column} {code} {part}"] = float(row[part])
    return found


def _logistic(frame: pd.DataFrame, name: str) -> dict[str, float]:
    columns = [column for column in frame if column.startswith("x")]
    levels = {column: [str(code) for code in range(frame[column].max() + 1)] for column in columns}
    named = frame.assign(**{column: frame[column].astype(str) for column in columns})
    named["outcome"] = named["outcome"].astype(bool)
    fit = logistic(named, "outcome", levels, "cluster")
    return {
        f"{name} {row['covariate']} {row['level']} {part}": float(row[part])
        for row in fit.levels.to_dict("records")
        if not pd.isna(row["lower"])
        for part in ("value", "lower", "upper")
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for old in HERE.glob("*.csv"):
            old.unlink()
        write_tables(HERE, Path(scratch), scale=0.02, seed=5)
        # Its spells are those of any return, but for few.
        (HERE / "cox-new_child_return.csv").unlink()
        ask_r(HERE)

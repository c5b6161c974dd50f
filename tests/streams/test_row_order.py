"""Whole notebooks: the order of rows in a source and the number of threads change no digit, and nothing is missing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from fjanalysis.project import open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.sources.synthetic import synthesise
from fjanalysis.streams.study import FOLDER, THREADS, WORKSPACE

DATE = "2026-02-01"
ANALYSES = Path(__file__).parents[2] / "analyses"
STREAMS = ("urgent-hearings", "recurrence", "private-law-returns")


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    straight, turned = (tmp_path_factory.mktemp(name) for name in ("straight", "turned"))
    synthesise(straight / "source", DATE, scale=0.01, seed=3)
    (turned / "source").mkdir()
    for path in (straight / "source").iterdir():
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            backwards = table.take(list(range(len(table) - 1, -1, -1)))
            pq.write_table(backwards, turned / "source" / path.name)
    for folder in (straight, turned):
        ingest(open_project(folder, Path(__file__)), DATE, str(folder / "source"))
    return straight, turned


def results_of(
    stream: str, workspace: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """Run a notebook's cells as they stand, and return the files that they write."""
    monkeypatch.setenv(WORKSPACE, str(workspace))
    monkeypatch.setenv(FOLDER, str(workspace / "results" / stream))
    monkeypatch.setenv(THREADS, str(threads))
    monkeypatch.chdir(ANALYSES)
    notebook = json.loads((ANALYSES / f"{stream}.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {"display": lambda *_: None}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), stream, "exec"), names)
    written = sorted((workspace / "results" / stream).iterdir())
    return {path.name: path.read_bytes() for path in written}


@pytest.fixture(scope="module", params=STREAMS)
def stream(request: pytest.FixtureRequest) -> str:
    """Each stream in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def written(stream: str, workspaces: tuple[Path, Path]) -> dict[str, bytes]:
    """What the stream's notebook writes."""
    with pytest.MonkeyPatch.context() as patched:
        return results_of(stream, workspaces[0], 2, patched)


def test_results_are_the_same_bytes_whatever_the_order_of_rows_and_the_threads(
    stream, written, workspaces, monkeypatch
):
    assert written == results_of(stream, workspaces[1], 1, monkeypatch)
    assert sorted(written) == ["results.csv", "stream.json"]
    assert written["results.csv"].count(b"\n") > 5000


# Names of the contract: measures with their statistics, and groups that stand among their rows.
COHORT = {
    "cohort_flow": ["count"],
    "missing": ["percent"],
    "mended": ["count"],
    "unmatched": ["percent"],
}
EVENT = [
    "cumulative_percent",
    "half_time_days",
    "restricted_mean_days",
    "hazard_ratio",
    "concordance",
    "p_value",
]
MEASURES = {
    "urgent-hearings": {
        "newborn_cases": ["count", "rate_per_10000"],
        "infant_cases": ["count"],
        "newborn_share_of_infants": ["percent"],
        **dict.fromkeys(
            ["same_day_hearing", "emergency_hearing", "short_notice_hearing", "unknown_notice"],
            ("count", "percent"),
        ),
        "notice_days": ["median_days", "lower_quartile_days", "upper_quartile_days"],
        "notice_trend": ["odds_ratio"],
        "subsequent_infant": ["percent"],
        "emergency_protection_order": ["count"],
        "epo_followed_by_s31": ["percent"],
        "final_order": ("count", "percent"),
        "adoption": ["odds_ratio", "auc", "p_value"],
    },
    "recurrence": {
        "index_parents": ["count"],
        "any_return": [*EVENT, "effect_over_time"],
        "new_child_return": [*EVENT, "effect_over_time"],
        **dict.fromkeys(
            [
                f"{event}_{part}"
                for event in ("any_return", "new_child_return", "later_return")
                for part in ("at_risk", "events", "censored")
            ],
            ("count",),
        ),
        "sets_per_parent": ["percent"],
        "later_return": ["cumulative_percent", "hazard_ratio"],
        "seen_before": ["percent"],
    },
    "private-law-returns": {
        "private_cases": ["count", "rate_per_10000"],
        "applicant": ["percent"],
        "order_sought": ["percent"],
        "returning_case": ["percent"],
        "first_return": [*EVENT, "effect_over_time"],
        **dict.fromkeys(
            [f"first_return_{part}" for part in ("at_risk", "events", "censored")], ("count",)
        ),
        "return_brought_by": ["percent"],
        "later_return": ["cumulative_percent"],
        "public_after_private": ["percent"],
        "private_after_public": ["percent"],
        "non_parent_cases": ("count", "percent"),
    },
}
GROUPS = {
    "urgent-hearings": {
        "final_order": ["final order: placement order", "final order: still open"],
        "adoption": ["test: hosmer-lemeshow", "notice: same day", "deprivation quintile: 1"],
        "notice_trend": ["notice: same day"],
    },
    "recurrence": {
        "index_parents": ["parent: mother", "parent: father"],
        "any_return": [
            "parent: mother; age: under 20",
            "parent: mother; final order: special guardianship",
            "parent: father; youngest child: under 1",
            "parent: mother; children: 1",
            "parent: mother; index period: before April 2014",
            "parent: mother; covariate: age; test: log-rank",
            "parent: mother; covariate: nation; test: log-rank",
            "parent: mother; covariate: region; test: log-rank",
            "parent: mother; test: proportional hazards",
            "parent: mother; covariate: age; test: proportional hazards",
        ],
        "sets_per_parent": ["parent: mother; sets: 1", "parent: mother; sets: 4 and over"],
        "later_return": ["parent: mother; from set: 2", "parent: mother; from set: 3"],
        "seen_before": ["parent: mother; look-back: 5 years", "parent: mother; look-back: ever"],
    },
    "private-law-returns": {
        "applicant": ["sex: female", "age: under 20", "deprivation quintile: 1"],
        "order_sought": ["order sought: live and time with", "order sought: enforcement"],
        "returning_case": [
            f"look-back: {words}" for words in ("1 year", "2 years", "3 years", "5 years", "ever")
        ],
        "return_brought_by": [
            f"applicant: {words}" for words in ("same", "former respondent", "another person")
        ],
        "first_return": [
            "",
            "sex: female",
            "order sought: time with",
            "youngest child: under 1",
            "covariate: region; test: log-rank",
            "test: proportional hazards",
        ],
        "non_parent_cases": ["relation: grandparent", "order sought: live with"],
    },
}


def test_every_name_of_the_contract_stands_in_the_results(stream, written):
    rows = pd.read_csv(io.BytesIO(written["results.csv"]), keep_default_na=False, dtype=str)
    for measure, statistics in {**COHORT, **MEASURES[stream]}.items():
        own = rows[rows["measure"] == measure]
        assert set(statistics) <= set(own["statistic"]), measure
        assert set(GROUPS[stream].get(measure, ())) <= set(own["group"]), measure
    assert {"K04000001", "E92000001", "W92000004", "E12000007"} <= set(rows["area"])
    assert rows["area"].str.startswith("DFJ-").any()
    if stream == "recurrence":
        quality = ["cohort_flow", *COHORT]
        assert not (rows[~rows["measure"].isin(quality)]["group"] == "").any()
    tables = rows[rows["measure"].str.endswith("_at_risk")]
    national = tables[(tables["area"] == "E92000001") & tables["period"].str.contains(" to ")]
    local = tables[tables["area"].str.startswith("DFJ-")]
    monthly = {f"{month} months" for month in range(0, 121)}
    assert set(national["horizon"]) == (monthly if len(national) else set())
    assert set(local["horizon"]) <= {f"{month} months" for month in range(0, 121, 12)}
    flow = rows[rows["measure"] == "cohort_flow"]
    assert set(flow["area"]) == {"K04000001", "E92000001", "W92000004"}
    held = 0
    for relation in json.loads(written["stream.json"])["relations"]:
        if relation["where"].get("measure") == "cohort_flow" and relation["kind"] == "partition":
            over = relation["over"]
            for _, own in flow.groupby(["period", "group" if over == "area" else "area"]):
                number = own.set_index(over)["numerator"].astype(int)
                if {*relation["members"], relation["whole"]} <= set(number.index):
                    parts = sum(number[member] for member in relation["members"])
                    assert parts == number[relation["whole"]], relation
                    held += 1
    assert held > 3

"""The analyses find what synthetic families were drawn from, as far as chance allows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.truth import against_truth, summary
from fjanalysis.project import open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.refresh.model import open_refresh
from fjanalysis.results import conform
from fjanalysis.sources.synthetic import synthesise
from fjanalysis.streams.private_law_returns import cohort as private_cohort
from fjanalysis.streams.private_law_returns import measures as private_measures
from fjanalysis.streams.private_law_returns import models as private_models
from fjanalysis.streams.recurrence import cohort as recurrence_cohort
from fjanalysis.streams.recurrence import measures as recurrence_measures
from fjanalysis.streams.recurrence import models as recurrence_models
from fjanalysis.streams.stream import load
from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings import cohort as urgent_cohort
from fjanalysis.streams.urgent_hearings import measures as urgent_measures
from fjanalysis.streams.windows import region_names

DATE, SCALE = "2026-02-01", 0.06


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("truth")
    source = folder / "source"
    synthesise(source, DATE, scale=SCALE, seed=8, faults=False)
    project = open_project(folder, Path(__file__))
    ingest(project, DATE, str(source))

    def study(name: str) -> Study:
        stream = load(name)
        refresh = open_refresh(project.refreshes / DATE)
        chosen = stream.Parameters.from_values({})
        return Study(name, "main", stream, chosen, refresh, folder / name, project)

    urgent = study("urgent-hearings")
    babies = urgent_cohort.gather(urgent)
    families = recurrence_cohort.load_families(study("recurrence"))
    law = private_cohort.load_private_law(study("private-law-returns"))
    names = region_names(urgent.areas)
    tables = [
        urgent_measures.notice_rows(babies, urgent.parameters),  # type: ignore[arg-type]
        urgent_measures.final_order_rows(babies),
        recurrence_measures.returns(families),
        recurrence_measures.returns_by_level(families),
        recurrence_models.return_models(families, names),
        private_measures.first_returns(law),
        private_measures.first_returns_by_level(law),
        private_models.return_models(law, names),
    ]
    expected = pd.read_csv(source / "truth" / "expected.csv", keep_default_na=False)
    return against_truth(pd.concat([conform(each) for each in tables]), expected)


def test_intervals_hold_the_truth_about_as_often_as_they_say(compared: pd.DataFrame) -> None:
    expected = compared[compared["against"] == "expected"]
    found = summary(expected).set_index(["measure", "statistic"])
    assert len(found) == 9
    assert (found["inside"] >= 0.85).all(), found
    assert (expected["inside"].mean() > 0.93) & (expected["inside"].mean() < 0.98)


def test_no_kind_of_estimate_lies_to_one_side_of_the_truth(compared: pd.DataFrame) -> None:
    found = summary(compared[compared["against"] == "expected"]).set_index(["measure", "statistic"])
    assert (found["mean_square_distance"] < 2).all(), found
    assert found["mean_distance"].abs().max() < 0.8, found


@pytest.mark.parametrize("against", ["expected", "drawn"])
@pytest.mark.parametrize("measure", ["any_return", "first_return"])
def test_hazard_ratios_are_those_that_families_were_drawn_with(
    compared: pd.DataFrame, measure: str, against: str
) -> None:
    compared = compared[compared["against"] == against]
    ratios = compared[(compared["measure"] == measure) & (compared["statistic"] == "hazard_ratio")]
    assert len(ratios) >= 9
    assert (ratios["distance"].abs() < 3.5).all()
    assert set(ratios["truth"]) - {1.0}

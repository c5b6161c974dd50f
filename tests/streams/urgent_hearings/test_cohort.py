import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fjanalysis.errors import SourceError
from fjanalysis.project import open_project
from fjanalysis.streams import urgent_hearings
from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings.cohort import Babies, gather
from tests.refreshes import build_refresh
from tests.streams.families import random_families
from tests.streams.urgent_hearings.plain import infants

END = date(2024, 3, 31)


def study_of(folder: Path, rows: dict, **parameters: object) -> Study:
    refresh = build_refresh(folder / "refresh", rows, follow_up_end=END)
    return Study(
        "urgent-hearings",
        "main",
        urgent_hearings,
        urgent_hearings.Parameters.from_values(parameters),
        refresh,
        folder / "results",
        open_project(folder, Path(__file__)),
    )


def records(babies: Babies, columns: list[str]) -> list[dict]:
    frame = babies.infants[columns].sort_values(["child_id", "set_number"])
    out = []
    for row in frame.to_dict("records"):
        plain = {name: None if pd.isna(value) else value for name, value in row.items()}
        plain["issue_date"] = plain["issue_date"].date()
        out.append(plain)
    return out


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    newborn_days=st.sampled_from([7, 14, 28]),
    merge_gap_days=st.sampled_from([0, 14, 30]),
    look_back_years=st.sampled_from([1, 3]),
    new_baby_starts_set=st.booleans(),
)
def test_the_cohort_is_what_plain_python_finds(seed: int, **parameters: int) -> None:
    rows = random_families(seed, 25)
    expected = infants(rows, END, **parameters)
    with tempfile.TemporaryDirectory() as place:
        babies = gather(study_of(Path(place), rows, **parameters))
    assert expected
    found = records(babies, list(expected[0]))
    assert found == sorted(expected, key=lambda row: (row["child_id"], row["set_number"]))


def test_the_cohort_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = random_families(7, 40)
    turned = {name: table[::-1] for name, table in rows.items()}
    pd.testing.assert_frame_equal(
        gather(study_of(tmp_path / "a", rows)).infants,
        gather(study_of(tmp_path / "b", turned)).infants,
    )


def test_a_refresh_without_any_hearing_is_an_error_of_the_source(tmp_path: Path) -> None:
    rows = random_families(1, 5)
    rows["hearings"] = []
    with pytest.raises(SourceError, match="holds no hearings"):
        gather(study_of(tmp_path, rows))

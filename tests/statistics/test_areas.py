from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fjanalysis.statistics.standardised import directly_standardised
from fjanalysis.statistics.variation import variation
from tests.machine import need_r

HERE = Path(__file__).parent / "r"
STRATA = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 500)), min_size=1, max_size=6)


def from_r(folder: Path = HERE) -> dict[str, float]:
    return pd.read_csv(folder / "areas.csv").set_index("name")["value"].to_dict()


def myeloma() -> pd.DataFrame:
    return pd.read_csv(HERE / "myeloma.csv")


def test_tests_of_homogeneity_agree_with_r_on_real_data() -> None:
    both, oracle = myeloma().groupby("band")[["deaths", "persons", "months"]].sum(), from_r()
    shares = variation(both["deaths"], both["persons"])
    assert shares.p_value == pytest.approx(oracle["homogeneity"], rel=1e-9)
    rates = variation(both["deaths"], both["months"], of_persons=False)
    assert rates.p_value == pytest.approx(oracle["homogeneity of rates"], rel=1e-9)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_a_standardised_rate_and_its_gamma_interval_agree_with_r_on_real_data(sex: str) -> None:
    frame, oracle = myeloma(), from_r()
    own = frame[frame["sex"] == sex]
    found = directly_standardised(
        own["deaths"], own["months"], frame.groupby("band")["months"].sum()
    )
    expected = [oracle[f"{name} {sex}"] for name in ("standardised", "lower", "upper")]
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.machine
def test_r_still_says_of_areas_what_the_fixtures_hold(tmp_path: Path) -> None:
    need_r("survival")
    subprocess.run(["Rscript", str(HERE / "areas.R"), str(tmp_path)], check=True)
    assert (tmp_path / "myeloma.csv").read_text() == (HERE / "myeloma.csv").read_text()
    assert from_r(tmp_path) == pytest.approx(from_r(), rel=1e-10)


@given(STRATA)
def test_a_place_that_is_the_standard_keeps_its_own_rate(rows: list[tuple[int, int]]) -> None:
    events, people = np.array(rows).T
    rate, lower, upper = directly_standardised(events, people, people)
    assert rate == pytest.approx(events.sum() / people.sum())
    assert lower <= rate < upper


def test_a_stratum_of_the_standard_without_anybody_leaves_the_rate_unknown() -> None:
    assert np.isnan(directly_standardised([1, 0], [10, 0], [5, 5])).all()
    assert directly_standardised([1, 0], [10, 0], [5, 0])[0] == pytest.approx(0.1)


def test_equal_shares_vary_less_than_chance_and_one_place_or_no_case_says_nothing() -> None:
    found = variation([5, 50], [10, 100])
    assert (found.p_value, found.dispersion) == (1.0, 0.0)
    for cases, base in (([5], [10]), ([0, 0], [10, 20]), ([10, 20], [10, 20]), ([5, 0], [10, 0])):
        assert np.isnan([variation(cases, base).p_value, variation(cases, base).dispersion]).all()


def test_a_place_far_from_the_others_is_drawn_in_before_the_dispersion_is_taken() -> None:
    base = np.full(20, 1000)
    cases = np.full(20, 100)
    cases[0] = 900
    share = cases.sum() / base.sum()
    scores = (cases / 1000 - share) / np.sqrt(share * (1 - share) / 1000)
    assert variation(cases, base).dispersion < (scores**2).mean() / 5

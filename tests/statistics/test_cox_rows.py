from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fjanalysis.statistics.cox_rows import Factor, Study, fit_factors, model_rows, within
from fjanalysis.statistics.risk_sets import Spells

KEY = {"area": "E92000001", "period": "2010-11 to 2024-25", "group": "parent: mother"}
TRUE_RATIOS = {"25 to 29": 1.0, "under 20": 2.0, "30 to 34": 0.5}


def study(size: int = 6000, empty_level: bool = False, changing: bool = False) -> Study:
    """Parents whose hazard is known: exponential times by age, all censored by ten years."""
    chance = np.random.default_rng(5)
    age = chance.integers(0, 3, size)
    region = chance.integers(0, 2, size)
    rate = np.array(list(TRUE_RATIOS.values()))[age] / 3000
    times = chance.exponential(1 / rate)
    if changing:
        times = np.where(age == 1, times**1.6 / 60, times)
    followed = chance.integers(500, 3650, size)
    events = times <= followed
    if empty_level:
        region[:40], events[:40] = 2, False
    stop = np.minimum(np.ceil(times), followed).astype(np.int64)
    zeros = np.zeros(size, dtype=np.int64)
    units = np.arange(size)
    spells = Spells(zeros, stop, events, np.zeros((1, 0)), zeros, units, zeros)
    factors = {
        "age": Factor(list(TRUE_RATIOS), age),
        "region": Factor(["North West", "London", "Wales"], region),
    }
    return Study(spells, units, factors)


def rows_of(
    rows: pd.DataFrame, variant: str = "main", statistic: str = "hazard_ratio"
) -> pd.DataFrame:
    kept = rows[(rows["variant"] == variant) & (rows["statistic"] == statistic)]
    return kept[~kept["group"].str.contains("follow-up")].set_index("group")


def test_known_ratios_are_recovered_within_their_intervals() -> None:
    rows = rows_of(model_rows(study(), "any_return", KEY))
    for level, ratio in TRUE_RATIOS.items():
        row = rows.loc[f"parent: mother; age: {level}"]
        if level == "25 to 29":
            assert row["value"] == 1
            assert np.isnan(row["lower"])
        else:
            assert row["lower"] < ratio < row["upper"]


def test_counts_are_events_and_persons_of_the_level() -> None:
    data = study()
    row = rows_of(model_rows(data, "any_return", KEY)).loc["parent: mother; age: under 20"]
    own = data.factors["age"].codes == 1
    assert (row["numerator"], row["denominator"]) == (data.spells.events[own].sum(), own.sum())


def test_a_level_without_events_is_unavailable_and_its_persons_are_left_out() -> None:
    rows = rows_of(model_rows(study(empty_level=True), "any_return", KEY))
    row = rows.loc["parent: mother; region: Wales"]
    assert (row["status"], row["note"]) == ("x", "no event")
    assert np.isnan(row["value"])
    assert rows.loc["parent: mother; region: London", "value"] > 0


def test_too_few_events_give_no_number() -> None:
    rows = model_rows(study(size=12), "any_return", KEY)
    assert set(rows["status"]) == {"x"}
    assert "value" not in rows or rows["value"].isna().all()


def test_where_hazards_are_not_proportional_the_model_is_refitted_with_strata() -> None:
    rows = model_rows(study(changing=True), "any_return", KEY)
    tests = rows_of(rows, statistic="p_value")
    assert tests.loc["parent: mother; covariate: age; test: proportional hazards", "value"] < 0.05
    refit = rows_of(rows, "main/stratified")
    assert not any("age:" in group for group in refit.index)
    assert "parent: mother; region: London" in refit.index


def test_a_model_of_time_after_a_day_counts_only_what_happens_then() -> None:
    data = study()
    late = within(data, 1095, 36_500)
    assert late.spells.start.min() == 1095
    assert late.spells.events.sum() == (data.spells.events & (data.spells.stop > 1095)).sum()
    early = within(data, 0, 365)
    assert early.spells.events.sum() == (data.spells.events & (data.spells.stop <= 365)).sum()


def test_the_order_of_rows_changes_nothing_beyond_rounding() -> None:
    data = study()
    order = np.random.default_rng(1).permutation(len(data.units))
    ours, theirs = fit_factors(data).fitted, fit_factors(data.take(order)).fitted
    assert ours.coefficients == pytest.approx(theirs.coefficients, rel=1e-9)
    assert ours.errors == pytest.approx(theirs.errors, rel=1e-9)


def test_the_effect_of_each_covariate_over_time_is_a_row_of_every_interval() -> None:
    rows = rows_of(model_rows(study(), "any_return", KEY), statistic="effect_over_time")
    age = rows.loc["parent: mother; covariate: age"]
    assert age["horizon"].tolist()[:4] == ["6 months", "12 months", "18 months", "24 months"]
    assert age["horizon"].tolist()[-1] == "120 months"
    assert (age["numerator"] >= 20).all()
    assert age["numerator"].sum() == study().spells.events.sum()
    assert ((age["lower"] < 1) & (age["upper"] > 1)).mean() >= 0.8
    assert age["denominator"].unique().tolist() == [6000]


def test_an_effect_that_grows_is_seen_to_grow() -> None:
    rows = rows_of(
        model_rows(study(changing=True), "any_return", KEY), statistic="effect_over_time"
    )
    age = rows.loc["parent: mother; covariate: age"]
    early, late = age["value"].iloc[0], age["value"].iloc[-1]
    assert (
        age["upper"].iloc[0] < age["lower"].iloc[-1] or age["lower"].iloc[0] > age["upper"].iloc[-1]
    )
    assert early != late

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_rossi, load_waltons
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import restricted_mean_survival_time

from fjanalysis.periods import anniversary
from fjanalysis.statistics.survival import (
    TICKS_A_MONTH,
    calendar_ticks,
    kaplan_meier,
    level_rows,
    life_table,
    log_rank,
    months_ended,
)

SAMPLES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def sample(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    times, events = zip(*rows, strict=True)
    return np.array(times, dtype=np.int64), np.array(events, dtype=bool)


@given(
    st.dates(date(2000, 1, 1), date(2012, 12, 31)),
    st.integers(0, 5000),
    st.integers(1, 120),
)
def test_ticks_put_an_exit_before_or_after_an_anniversary_as_the_calendar_does(
    start: date, length: int, months: int
) -> None:
    first = np.array([start], dtype="datetime64[D]")
    end = first + length
    ticks = calendar_ticks(first, end)[0]
    reached = end[0].astype(object) >= anniversary(start, months=months)
    assert (ticks >= months * TICKS_A_MONTH) == reached
    assert (months_ended(np.array([ticks]))[0] > months) == (
        end[0].astype(object) > anniversary(start, months=months)
    )


def test_a_year_from_the_29th_of_february_ends_on_the_28th() -> None:
    starts = days("2012-02-29", "2012-02-29", "2012-02-29")
    ticks = calendar_ticks(starts, days("2013-02-27", "2013-02-28", "2013-03-01"))
    assert np.sign(ticks - 12 * TICKS_A_MONTH).tolist() == [-1, 0, 1]


@given(SAMPLES)
def test_a_life_table_accounts_for_everybody_in_every_month(rows: list[tuple[int, bool]]) -> None:
    ticks, events = sample([(t * 7, e) for t, e in rows])
    table = life_table(ticks, events, 3)
    assert table.at_risk[0] == len(rows)
    assert table.events[0] == table.censored[0] == 0
    assert (table.at_risk[:-1] - table.events[1:] - table.censored[1:] == table.at_risk[1:]).all()
    for month in (1, 2, 3):
        inside = [e for t, e in zip(ticks, events, strict=True) if t <= 32 * month]
        assert table.events[: month + 1].sum() == sum(inside)
    coarse = table.every(3)
    assert coarse.at_risk.tolist() == [len(rows), table.at_risk[3]]
    assert coarse.events.tolist() == [0, table.events.sum()]
    assert coarse.censored.tolist() == [0, table.censored.sum()]


@given(SAMPLES)
def test_a_curve_is_the_product_of_shares_without_the_event(rows: list[tuple[int, bool]]) -> None:
    times, events = sample(rows)
    curve = kaplan_meier(times, events)
    for time in range(14):
        expected = 1.0
        for at in sorted({t for t, e in rows if e and t <= time}):
            at_risk = sum(t >= at for t, _ in rows)
            happened = sum(t == at and e for t, e in rows)
            expected *= 1 - happened / at_risk
        assert curve.survival_at(time) == pytest.approx(expected, abs=1e-12)
        assert curve.cumulative_at(time).events == sum(e and t <= time for t, e in rows)


@pytest.mark.parametrize("name", ["waltons", "rossi"])
def test_curves_and_intervals_agree_with_lifelines_on_real_data(name: str) -> None:
    if name == "waltons":
        frame = load_waltons()
        times, events = frame["T"].to_numpy(np.int64), frame["E"].to_numpy(bool)
    else:
        frame = load_rossi()
        times, events = frame["week"].to_numpy(np.int64), frame["arrest"].to_numpy(bool)
    fitted = KaplanMeierFitter().fit(times, events)
    curve = kaplan_meier(times, events)
    for time in curve.times[:-1]:
        estimate = curve.cumulative_at(time)
        assert 1 - estimate.value == pytest.approx(fitted.predict(time), rel=1e-12)
        bounds = fitted.confidence_interval_survival_function_.loc[time].to_numpy()
        if 0 < estimate.value < 1:
            assert [1 - estimate.upper, 1 - estimate.lower] == pytest.approx(bounds, rel=1e-9)
    mean = restricted_mean_survival_time(fitted, t=45)
    restricted = curve.restricted_mean(45)
    assert restricted.value == pytest.approx(mean, rel=1e-9)
    assert restricted.upper > restricted.value > restricted.lower


def test_events_come_before_censorings_on_the_same_day() -> None:
    curve = kaplan_meier(np.array([5, 5, 9]), np.array([False, True, False]))
    assert curve.survival_at(5) == pytest.approx(2 / 3)


def test_an_event_at_time_zero_lowers_the_curve_from_the_start() -> None:
    curve = kaplan_meier(np.array([0, 3, 4, 5]), np.array([True, False, False, True]))
    assert curve.survival_at(0) == pytest.approx(0.75)


def test_half_of_five_year_returns_is_the_first_time_the_curve_reaches_half_of_its_fall() -> None:
    times = np.array([100, 200, 300, 400] + [2000] * 6)
    curve = kaplan_meier(times, times < 2000)
    assert curve.half_time().value == 200
    assert np.isnan(kaplan_meier(times, times < 0).half_time().value)


def test_a_curve_is_not_known_beyond_the_last_follow_up() -> None:
    curve = kaplan_meier(np.array([3, 8]), np.array([True, False]))
    assert curve.reached(8)
    assert not curve.reached(9)
    assert kaplan_meier(np.array([3]), np.array([True])).reached(9), "nobody is left to return"


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 3)), min_size=8, max_size=60
    )
)
def test_log_rank_agrees_with_lifelines(rows: list[tuple[int, bool, int]]) -> None:
    times, events, groups = (np.array(column) for column in zip(*rows, strict=True))
    ours = log_rank(times, events.astype(bool), groups)
    if np.isnan(ours.p_value) or ours.freedom < len(set(groups.tolist())) - 1:
        return
    theirs = multivariate_logrank_test(times, groups, events)
    assert ours.statistic == pytest.approx(theirs.test_statistic, rel=1e-6, abs=1e-9)
    assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-6, abs=1e-9)


def test_log_rank_of_one_group_or_no_event_has_no_p_value() -> None:
    times = np.array([1, 2, 3])
    assert np.isnan(log_rank(times, np.ones(3, bool), np.zeros(3, int)).p_value)
    assert np.isnan(log_rank(times, np.zeros(3, bool), np.arange(3)).p_value)


def test_rows_of_levels_are_found_in_order_and_unknown_levels_are_in_none() -> None:
    found = {level: rows.tolist() for level, rows in level_rows(np.array([2, 0, -1, 0, 2]), 3)}
    assert found == {0: [1, 3], 1: [], 2: [0, 4]}

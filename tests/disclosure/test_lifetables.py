"""Life tables in bands, and curves read from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.disclosure import lifetables, rules
from fjanalysis.limits import survival_curve
from fjanalysis.project import DisclosureProfile

STANDARD = DisclosureProfile()
WITHOUT_ROUNDING = DisclosureProfile(rounding_base=1)


def table(
    persons: int, events: list[int], censored: list[int], profile: DisclosureProfile = STANDARD
) -> lifetables.LifeTable:
    d, c = np.array([0, *events], dtype=float), np.array([0, *censored], dtype=float)
    return lifetables.release(
        persons - np.cumsum(d + c), d, c, np.arange(len(d), dtype=float), profile
    )


def test_horizons_are_read_as_months() -> None:
    assert lifetables.months("0 months") == 0
    assert lifetables.months("5 years") == 60
    assert lifetables.months("26 weeks") == pytest.approx(5.98, abs=0.01)
    assert np.isnan(lifetables.months("soon"))


def test_the_curve_is_the_product_limit_curve_when_nobody_is_censored() -> None:
    survival, greenwood = lifetables.released_curve(
        np.array([400.0, 380, 350, 310]), np.array([0.0, 20, 50, 90])
    )
    expected, terms = survival_curve([400, 380, 350], [20, 30, 40])
    assert survival[1:] == pytest.approx(expected)
    assert greenwood[1:] == pytest.approx(terms)


def test_those_censored_within_an_interval_count_half() -> None:
    survival, _ = lifetables.released_curve(np.array([100.0, 40]), np.array([0.0, 20]))
    assert survival[1] == pytest.approx(1 - 20 / 80)


def test_months_are_shown_as_long_as_the_threshold_is_surely_at_risk() -> None:
    made = table(100, [20, 20, 20, 20, 15], [0, 0, 0, 0, 0])
    # 100 rounded is at least 98; 60 events are at most 65, and with at most 10 censored 23 are left.
    assert made.shown == 4
    assert made.reason == rules.FEW_AT_RISK


def test_a_table_with_few_events_is_withheld_whole() -> None:
    made = table(400, [3, 3, 3], [0, 0, 0])
    assert (made.shown, made.reason) == (0, rules.FEW_EVENTS)


def test_a_horizon_is_withheld_and_never_zero_where_few_had_the_event_by_it() -> None:
    made = table(400, [9, 30, 30], [0, 0, 0])
    first, second, _ = lifetables.horizons(made, [1, 2, 3], STANDARD)
    assert first.reason == rules.FEW_EVENTS
    assert np.isnan(first.value)
    assert second.reason == ""


def test_a_horizon_is_withheld_where_few_may_have_left_since_the_one_before() -> None:
    made = table(400, [30, 4, 30], [0, 5, 0])
    assert [each.reason for each in lifetables.horizons(made, [1, 2, 3], STANDARD)] == [
        "",
        rules.FEW_EXITS,
        "",
    ]


def test_a_horizon_past_the_months_shown_is_withheld_for_those_at_risk() -> None:
    made = table(60, [20, 20, 15], [0, 0, 0])
    last = lifetables.horizons(made, [3], STANDARD)[0]
    assert last.reason == rules.FEW_AT_RISK


tables = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=24)


def interval(total: float, released: float) -> tuple[float, float]:
    """Return what a reader knows of a running total of which he sees the middle of a band of 11."""
    least, most = (0, 10) if released == 0 else (released - 5, released + 5)
    assert least <= total <= most
    return least, most


@settings(max_examples=300, deadline=None)
@given(tables, st.integers(10, 300), st.sampled_from([STANDARD, WITHOUT_ROUNDING]))
def test_no_number_of_a_released_table_or_horizon_is_under_the_threshold(
    steps: list[tuple[int, int]], left: int, profile: DisclosureProfile
) -> None:
    events, censored = [e for e, _ in steps], [c for _, c in steps]
    made = table(sum(events) + sum(censored) + left, events, censored, profile)
    for numbers in made.steps().values():
        shown = numbers[: made.shown]
        assert ((shown == 0) | (shown >= 10)).all()
    assert (np.diff(made.at_risk[: made.shown]) <= 0).all()
    survival, _ = made.curve()
    assert ((survival > 0) & (survival <= 1)).all()
    assert (np.diff(survival) <= 1e-12).all()
    for horizon in lifetables.horizons(made, list(made.month[1:]), profile):
        assert horizon.reason or (horizon.events >= 10 and horizon.value > 0)


@settings(max_examples=300, deadline=None)
@given(tables, st.integers(0, 300))
def test_a_withheld_horizon_leaves_open_whether_its_counts_reach_the_threshold(
    steps: list[tuple[int, int]], left: int
) -> None:
    events, censored = [e for e, _ in steps], [c for _, c in steps]
    made = table(sum(events) + sum(censored) + left, events, censored)
    running = np.cumsum([0, *events])
    read = lifetables.horizons(made, list(made.month[1:]), STANDARD)
    for place, horizon in enumerate(read, start=1):
        if not horizon.reason or place >= made.shown:
            continue
        least, most = interval(float(running[place]), float(made.events[place]))
        assert most - least >= 10
        assert most >= 10
        assert least < 10 or horizon.reason == rules.FEW_EXITS


@settings(max_examples=200, deadline=None)
@given(tables, st.integers(0, 60))
def test_a_released_horizon_has_enough_events_persons_at_risk_and_exits_since_the_one_before(
    steps: list[tuple[int, int]], left: int
) -> None:
    events, censored = [e for e, _ in steps], [c for _, c in steps]
    persons = sum(events) + sum(censored) + left
    made = table(persons, events, censored)
    exits, before = np.cumsum([0, *events]) + np.cumsum([0, *censored]), 0
    read = lifetables.horizons(made, list(made.month[1:]), STANDARD)
    for place, horizon in enumerate(read, start=1):
        if horizon.reason:
            continue
        assert sum(events[:place]) >= 10
        assert persons - exits[place] >= 10
        assert exits[place] - before >= 10
        before = exits[place]


@settings(max_examples=200, deadline=None)
@given(tables, st.integers(0, 300), st.integers(0, 2**31))
def test_what_is_withheld_follows_from_the_bands_alone(
    steps: list[tuple[int, int]], left: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    running = np.cumsum([[0, 0], *steps], axis=0)
    other = running.copy()
    for column in (0, 1):
        for band in np.unique(running[:, column] // 11):
            own = running[:, column] // 11 == band
            own[0] = False
            other[own, column] = np.sort(random.integers(11 * band, 11 * band + 11, own.sum()))
    made = []
    for totals in (running, other):
        d, c = np.diff(totals, axis=0).T
        persons = int(running[-1].sum() + left) // 5 * 5 + 20
        made.append(table(persons, d.tolist(), c.tolist()))
    assert made[0].shown == made[1].shown
    assert (made[0].at_risk == made[1].at_risk).all()
    months = list(made[0].month[1:])
    first, second = (lifetables.horizons(each, months, STANDARD) for each in made)
    assert [each.reason for each in first] == [each.reason for each in second]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_released_curve_stays_near_the_exact_one_in_a_cohort_of_six_hundred(seed: int) -> None:
    random = np.random.default_rng(seed)
    events, censored, left = [], [], 600
    for _ in range(60):
        d = int(random.binomial(left, 0.004))
        c = int(random.binomial(left - d, 0.004))
        events.append(d)
        censored.append(c)
        left -= d + c
    made = table(600, events, censored)
    if made.shown < 61:
        return
    at_start = 600 - np.cumsum(np.array(events) + np.array(censored)) + events + censored
    exact, _ = survival_curve(at_start, events)
    assert abs(made.curve()[0][60] - exact[-1]) < 0.03

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


def test_without_rounding_the_curve_is_the_product_limit_curve_when_nobody_is_censored() -> None:
    exact = DisclosureProfile(rounding_base=1)
    made = table(400, [20, 30, 40], [0, 0, 0], exact)
    survival, greenwood = made.curve()
    expected, terms = survival_curve([400, 380, 350], [20, 30, 40])
    assert survival[1:] == pytest.approx(expected)
    assert greenwood[1:] == pytest.approx(terms)


def test_those_censored_within_an_interval_count_half() -> None:
    made = table(100, [20], [40], DisclosureProfile(rounding_base=1))
    assert made.curve()[0][1] == pytest.approx(1 - 20 / 80)


def test_months_are_shown_as_long_as_the_threshold_is_still_at_risk() -> None:
    made = table(100, [20, 20, 20, 20, 15], [0, 0, 0, 0, 0])
    assert made.shown == 5
    assert made.reason == rules.FEW_AT_RISK


def test_a_table_with_few_events_is_withheld_whole() -> None:
    made = table(400, [3, 3, 3], [0, 0, 0])
    assert (made.shown, made.reason) == (0, rules.FEW_EVENTS)


def test_a_horizon_is_withheld_where_few_had_the_event_by_it() -> None:
    made = table(400, [9, 30, 30], [0, 0, 0])
    first, second, _ = lifetables.horizons(made, [1, 2, 3], STANDARD)
    assert first.reason == rules.FEW_EVENTS
    assert np.isnan(first.value)
    assert second.reason == ""


def test_a_horizon_is_withheld_where_few_left_since_the_one_before() -> None:
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


@settings(max_examples=300, deadline=None)
@given(tables, st.integers(0, 300))
def test_a_released_table_falls_and_hides_every_step_in_bands(
    steps: list[tuple[int, int]], left: int
) -> None:
    events, censored = [e for e, _ in steps], [c for _, c in steps]
    persons = sum(events) + sum(censored) + left
    made = table(persons, events, censored)
    seen = made.at_risk[: made.shown]
    assert (np.diff(seen) <= 0).all()
    assert (seen >= 10).all()
    survival, _ = made.curve()
    assert ((survival >= 0) & (survival <= 1)).all()
    assert (np.diff(survival) <= 1e-12).all()
    # Whatever the true table, released totals are 0 or a band's middle: 6, 17, 28 …
    assert set(np.unique(made.events % 11)) <= {0.0, 6.0}
    assert (np.abs(made.events - made.exact_events) <= 5).all()


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

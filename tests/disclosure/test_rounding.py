"""Rounding, and figures made anew from rounded counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fjanalysis.disclosure import rounding


def test_counts_go_to_the_nearest_multiple_and_halves_upwards() -> None:
    assert rounding.to_base([0, 2, 3, 7, 8, 12.5], 5).tolist() == [0, 0, 5, 5, 10, 15]


def test_base_one_leaves_counts_as_they_are() -> None:
    assert rounding.to_base([0, 7, 2914], 1).tolist() == [0, 7, 2914]


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 12))
def test_rounding_keeps_order_and_moves_no_count_by_more_than_half_the_base(
    a: int, b: int, base: int
) -> None:
    first, second = rounding.to_base([a, b], base)
    assert (first <= second) if a <= b else (first >= second)
    assert abs(first - a) <= base / 2


@given(st.integers(0, 10**5), st.integers(3, 30))
def test_the_band_of_a_running_total_holds_it_and_is_wider_than_the_threshold(
    total: int, threshold: int
) -> None:
    width = rounding.band_width(threshold)
    shown = float(rounding.to_band(total, width))
    top = float(rounding.band_top(shown, width))
    assert width > threshold
    assert shown == int(shown)
    assert top - width + 1 <= total <= top


@given(st.integers(0, 10**5), st.integers(0, 10**5), st.integers(3, 30))
def test_no_step_between_banded_totals_is_under_the_threshold(
    a: int, b: int, threshold: int
) -> None:
    width = rounding.band_width(threshold)
    first, second = rounding.to_band([a, b], width)
    assert (first <= second) if a <= b else (first >= second)
    assert first == second or abs(first - second) > threshold


def test_the_first_band_is_shown_as_nobody_and_reaches_the_threshold() -> None:
    assert rounding.to_band([0, 1, 10, 11, 21, 22], 11).tolist() == [0, 0, 0, 16, 16, 27]
    assert rounding.band_top([0, 16, 27], 11).tolist() == [10, 21, 32]


def test_a_percentage_and_its_interval_follow_from_the_rounded_counts_alone() -> None:
    # Wilson interval of 40 in 200, from Newcombe's formula worked by hand.
    value, lower, upper = rounding.percent(np.array([40.0]), np.array([200.0]))
    assert value[0] == 20
    assert lower[0] == pytest.approx(15.04, abs=0.01)
    assert upper[0] == pytest.approx(26.08, abs=0.01)


def test_a_rate_uses_the_exact_population() -> None:
    value, lower, upper = rounding.rate(np.array([10.0]), np.array([20_001.0]))
    assert value[0] == pytest.approx(10 / 2.0001)
    # Garwood's interval of ten events: 4.795 to 18.39.
    assert lower[0] == pytest.approx(4.795 / 2.0001, abs=0.001)
    assert upper[0] == pytest.approx(18.39 / 2.0001, abs=0.01)


def test_digits_are_cut_and_zero_stays_zero() -> None:
    cut = rounding.significant([0.0, 1234.5, 0.0012345, -1.2351, np.nan], 3)
    assert cut[:4].tolist() == [0.0, 1230.0, 0.00123, -1.24]
    assert np.isnan(cut[4])


@given(st.floats(0, 100), st.integers(10, 10**6))
def test_a_coarse_percentage_is_on_a_step_worth_at_least_the_base(value: float, n: int) -> None:
    steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    worth = [step for step in steps if step * n / 100 >= 5 - 1e-9]
    coarse = float(rounding.coarse_percent(value, n, 5))
    assert any(abs(coarse / step - round(coarse / step)) < 1e-6 for step in worth)
    assert abs(coarse - value) <= min(worth) / 2 + 0.051

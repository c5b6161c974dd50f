"""Expected hazard ratios are what a Cox model of the families drawn finds on average."""

from __future__ import annotations

import numpy as np
import pytest

from fjanalysis.sources.synthetic.expectations import Baseline, Followed
from fjanalysis.sources.synthetic.proceedings import of_cases
from fjanalysis.sources.synthetic.ratios import Ratios

STEADY = Baseline(np.array([0.0, 30.0]), np.array([0.0, 1 - np.exp(-1.5)]))
FACTORS = {"age": ("middle", "young"), "period": ("early", "late")}


def ratios_of(
    young: np.ndarray, late: np.ndarray, ratio: np.ndarray, baseline: Baseline = STEADY
) -> dict[str, float]:
    made = Ratios("any_return", "parent: mother", FACTORS, baseline)
    until = np.where(late, 1500, 4000)
    made.add(Followed(ratio, until, until), [young, late], ("E92000001", "2010-11"))
    return {group.rpartition("; ")[2]: value for group, value, _ in made.values()}


def families(size: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(4)
    return chance.integers(0, 2, size), chance.integers(0, 2, size), chance.integers(0, 2, size)


def test_a_model_that_knows_all_finds_the_ratios_drawn_with() -> None:
    young, late, _ = families()
    found = ratios_of(young, late, 1.6**young * 0.8**late)
    assert found["age: young"] == pytest.approx(1.6, rel=1e-9)
    assert found["period: late"] == pytest.approx(0.8, rel=1e-9)
    assert found["age: middle"] == 1


def test_what_a_model_does_not_know_draws_its_ratios_to_one() -> None:
    young, late, hidden = families()
    found = ratios_of(young, late, 3.0**young * 4.0**hidden)
    assert 2.0 < found["age: young"] < 2.95


def test_those_who_return_at_once_count_as_the_first_events() -> None:
    young, late, _ = families()
    early = Baseline(STEADY.years, STEADY.shares, early=0.3)
    found = ratios_of(young, late, 1.6**young, early)
    assert 1.2 < found["age: young"] < 1.59


def test_a_level_of_nobody_has_no_ratio() -> None:
    young, late, _ = families()
    found = ratios_of(np.zeros_like(young), late, np.ones(len(young)))
    assert "age: young" not in found


def test_of_two_babies_the_more_interventionist_order_is_that_of_the_case() -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    (found,) = of_cases(shares, np.array([0, 0]), np.array([3, 3]), 1)
    recorded = 0.97 * np.array([0.5, 0.8, 1.0])
    none = (1 - recorded) ** 2
    assert found == pytest.approx(-np.diff(none, prepend=1))


def test_an_only_child_s_order_is_that_of_the_case() -> None:
    shares = np.array([[0.5, 0.3, 0.2]])
    for age in (3, 3000):
        (found,) = of_cases(shares, np.array([0]), np.array([age]), 1)
        assert found == pytest.approx(0.97 * shares[0], abs=0.01)

"""Each rule on its own, at its edges."""

from __future__ import annotations

import numpy as np
import pytest

from fjanalysis.disclosure import rules
from fjanalysis.project import DisclosureProfile

STANDARD = DisclosureProfile()


def test_a_count_is_withheld_from_one_to_just_under_the_threshold() -> None:
    counts = np.arange(0, 12)
    assert counts[rules.low_count(counts, STANDARD)].tolist() == list(range(1, 10))


def test_nobody_is_withheld_only_where_the_profile_says_so() -> None:
    strict = DisclosureProfile(zeros_are_disclosive=True)
    assert not rules.low_count(0, STANDARD)
    assert rules.low_count(0, strict)


def test_a_missing_count_is_not_withheld_by_any_rule_of_counts() -> None:
    assert not rules.low_count(np.nan, STANDARD)
    assert not rules.low_complement(np.nan, 50, STANDARD)
    assert not rules.low_base(np.nan, STANDARD)


@pytest.mark.parametrize(("count", "withheld"), [(41, True), (40, False), (49, True), (50, False)])
def test_a_complement_under_the_threshold_is_withheld_but_not_an_empty_one(
    count: int, withheld: bool
) -> None:
    assert bool(rules.low_complement(count, 50, STANDARD)) is withheld


def test_a_group_all_of_one_kind_is_withheld_where_zeros_are_disclosive() -> None:
    assert rules.low_complement(50, 50, DisclosureProfile(zeros_are_disclosive=True))


def test_an_empty_base_is_too_small() -> None:
    assert rules.low_base([0, 9, 10], STANDARD).tolist() == [True, True, False]


def test_a_ratio_needs_events_and_persons_without_the_event() -> None:
    events, persons = np.array([9, 10, 10, 0]), np.array([100, 19, 20, 50])
    assert rules.few_events(events, persons, 10).tolist() == [True, True, False, True]


def test_a_quartile_needs_twice_the_persons_of_a_median() -> None:
    persons = np.array([19, 20, 39, 40])
    assert rules.few_beside(persons, 0.5, 10).tolist() == [True, False, False, False]
    assert rules.few_beside(persons, 0.75, 10).tolist() == [True, True, True, False]


def test_a_model_needs_ten_residual_degrees_of_freedom() -> None:
    assert rules.few_degrees([15, 16], [5, 5]).tolist() == [True, False]


def test_a_model_of_one_covariate_is_saturated() -> None:
    assert rules.saturated([1, 2, 7]).tolist() == [True, False, False]


def test_a_gap_between_nested_classes_is_a_complement_like_any_other() -> None:
    inner, outer = np.array([91, 90, 100]), np.array([100, 100, 100])
    assert rules.small_gap(inner, outer, STANDARD).tolist() == [True, False, False]
    strict = DisclosureProfile(zeros_are_disclosive=True)
    assert rules.small_gap(inner, outer, strict).tolist() == [True, False, True]


def test_every_reason_is_explained() -> None:
    named = {
        value
        for name, value in vars(rules).items()
        if name.isupper() and isinstance(value, str) and name != "QUANTILES"
    }
    assert named == set(rules.REASONS)

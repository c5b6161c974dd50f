"""What a reader knows of the counts of a system always leaves room for the truth."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fjanalysis.disclosure.rounding import to_base
from fjanalysis.disclosure.suppression.system import Builder
from fjanalysis.project import DisclosureProfile


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_gap_of_two_known_counts_lies_within_its_bounds_whoever_showed_them(
    inner: int, gap: int
) -> None:
    profile = DisclosureProfile()
    value = np.array([inner, inner + gap], dtype=np.float64)
    builder = Builder(value, profile)
    builder.contain(0, 1, guarded=True, name="nested")
    shown = to_base(value, profile.rounding_base)
    nobody = np.zeros(2, dtype=bool)
    system = builder.system(
        low=np.maximum(shown - 2, 0),
        high=shown + 2,
        hidden=nobody,
        strict=nobody,
        apart=nobody,
        together=nobody,
        watched=nobody,
        cost=value,
    )
    low, high = system.bounds()
    assert (low <= system.value).all()
    assert (system.value <= high).all()


def test_a_published_gap_that_is_not_nobody_reaches_the_threshold() -> None:
    builder = Builder(np.array([30.0, 42.0]), DisclosureProfile())
    builder.contain(0, 1, guarded=True, name="nested")
    nobody = np.zeros(2, dtype=bool)
    system = builder.system(
        low=np.array([28.0, 38.0]),
        high=np.array([32.0, 42.0]),
        hidden=nobody,
        strict=nobody,
        apart=nobody,
        together=nobody,
        watched=nobody,
        cost=np.ones(2),
    )
    low, high = system.bounds()
    assert (low[2], high[2]) == (10, 14)


def test_where_one_part_is_the_whole_the_others_are_nobody() -> None:
    value = np.array([14.0, 0.0, 0.0])
    builder = Builder(value, DisclosureProfile())
    builder.add_up([0, 1, 2], 0, remainder=False, name="partition over group")
    assert all(weights @ value[counts] == 0 for counts, weights in builder.equations)
    assert [counts.tolist() for counts, _ in builder.equations] == [[1, 2]]

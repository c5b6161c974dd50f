"""What a reader knows of the counts of a system always leaves room for the truth."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fjanalysis.disclosure.rounding import to_base
from fjanalysis.disclosure.suppression import suppress
from fjanalysis.disclosure.suppression.system import Builder, System
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


def exact_system(
    builder: Builder,
    value: np.ndarray,
    hidden: list[int],
    cost: np.ndarray,
    leaders: dict[int, tuple[int, ...]] | None = None,
) -> System:
    """Return a system whose published counts are exact; counts with leaders go only with one of them."""
    none, withheld, together = np.zeros((3, len(value)), dtype=bool)
    withheld[hidden], together[list(leaders or {})] = True, True
    return builder.system(
        low=value.copy(),
        high=value.copy(),
        hidden=withheld,
        strict=withheld.copy(),
        apart=none,
        together=together,
        watched=none,
        cost=np.where(together | withheld, np.inf, cost),
        open_cost=np.where(withheld, np.inf, cost),
        leaders=leaders,
    )


def test_what_is_withheld_gives_the_bound_and_is_not_merely_near() -> None:
    # 4 + 5 = 9 are all withheld, and 9 = 29 - 20. The cheapest count near, 60, is around the 5, and tells nothing.
    value = np.array([4.0, 5.0, 9.0, 20.0, 29.0, 60.0])
    builder = Builder(value, DisclosureProfile(rounding_base=1))
    builder.add_up([0, 1], 2, remainder=False, name="withheld")
    builder.add_up([2, 3], 4, remainder=False, name="telling")
    builder.contain(1, 5, guarded=False, name="around")
    system = exact_system(builder, value, [0, 1, 2], np.array([1.0, 1.0, 1.0, 5.0, 6.0, 0.1]))
    done = suppress(system, 10)
    assert set(done.withheld) <= {3, 4}
    assert done.withheld
    assert done.unprotected == []


def test_a_figure_of_both_nations_is_withheld_by_way_of_that_of_one() -> None:
    # Two groups and their total in England, in Wales and in both; of Wales the first group is nobody.
    england, wales = [4.0, 30.0, 34.0], [0.0, 25.0, 25.0]
    value = np.array([*england, *wales, 4.0, 55.0, 59.0])
    builder = Builder(value, DisclosureProfile(rounding_base=1))
    for group in range(3):
        builder.add_up([group, 3 + group], 6 + group, remainder=False, name="area")
    for area in (0, 3, 6):
        builder.add_up([area, area + 1], area + 2, remainder=False, name="group")
    cost = np.array([1.0, 1.0, 5.0, np.inf, 4.0, 5.0, 1.0, 1.0, 5.0])
    together = {7: (1, 4), 8: (2, 5)}
    done = suppress(exact_system(builder, value, [0, 6], cost, together), 10)
    assert (done.withheld, done.unprotected) == ([1, 7], [])
    alone = exact_system(builder, value, [0, 6], cost, together)
    alone.leaders = {}
    assert suppress(alone, 10).unprotected == [0, 6]

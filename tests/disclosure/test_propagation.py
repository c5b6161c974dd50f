"""Bounds worked out again where little changed are those that would be worked out from the beginning."""

from __future__ import annotations

import numpy as np
import pytest

from fjanalysis.disclosure.suppression.propagation import Bounds, Reach, worked_out

COUNTS, EQUATIONS = 60, 45


def some_equations(rng: np.random.Generator) -> Reach:
    sizes = rng.integers(2, 5, EQUATIONS)
    counts = [rng.choice(COUNTS, size, replace=False) for size in sizes]
    weights = [np.r_[-1.0, np.ones(size - 1)] for size in sizes]
    return Reach(
        np.concatenate(counts),
        np.repeat(np.arange(EQUATIONS), sizes),
        np.concatenate(weights),
        EQUATIONS,
        COUNTS,
    )


@pytest.mark.parametrize("seed", range(200))
def test_what_is_done_again_is_all_that_hangs_on_what_changed(seed):
    rng = np.random.default_rng(seed)
    reach = some_equations(rng)
    # Bounds that a table fits, so that they never cross: nobody anywhere does.
    low = np.zeros(COUNTS)
    high = np.where(rng.random(COUNTS) < 0.4, np.inf, rng.integers(0, 30, COUNTS))
    bounds = Bounds(reach, (low, high))
    for _ in range(3):
        before = bounds.high.copy()
        loosened = rng.choice(COUNTS, 4, replace=False)
        bounds.known[1][loosened] = np.inf
        again = bounds.loosened(loosened)
        whole = worked_out(reach, low, bounds.known[1])
        assert (bounds.low == whole[0]).all()
        assert (bounds.high == whole[1]).all()
        assert (whole[1] >= before).all()
        assert set(np.flatnonzero(whole[1] != before)) <= set(again.tolist())


def test_a_count_far_from_the_change_keeps_its_bounds_without_being_looked_at():
    rng = np.random.default_rng(1)
    reach = some_equations(rng)
    assert reach.hanging_on(np.array([0]), np.zeros(len(reach.count), dtype=bool)).tolist() == [0]

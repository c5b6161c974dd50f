"""Harrell's concordance of a survival model, with delayed entry and strata."""

from __future__ import annotations

import numpy as np

from fjanalysis.statistics.cox import Fit, Spells
from fjanalysis.statistics.survival import Integers


def concordance(spells: Spells, fitted: Fit) -> float:
    """Return the share of comparable pairs in which the higher hazard has the earlier event.

    A pair is comparable where one spell ends in the event while the other is at risk and goes on, within
    a stratum; pairs of the same hazard count half. Missing where no pair is comparable.

    Parameters
    ----------
    spells, fitted
        Time at risk and the model fitted to it.

    Source: Harrell, Lee and Mark (1996), Statistics in Medicine 15:361-387; R `concordance`.
    """
    hazards = np.round(spells.covariates @ fitted.coefficients, 12)
    ranks = np.unique(hazards, return_inverse=True)[1].astype(np.int64)[spells.patterns]
    below = same = every = 0
    for stratum in np.unique(spells.strata):
        own = spells.strata == stratum
        counts = _pairs(spells.take(own), ranks[own])
        below, same, every = below + counts[0], same + counts[1], every + counts[2]
    return (below + same / 2) / every if every else float("nan")


def _pairs(spells: Spells, ranks: Integers) -> tuple[int, int, int]:
    """Return for all events the spells at risk of lower, of the same, and of any hazard."""
    happened = spells.events
    asked = 2 * spells.stop[happened]
    # At the time of an event, a censored spell goes on and another that ends in the event does not.
    ends = 2 * spells.stop + ~happened
    totals = np.array(_later(ends, ranks, asked, ranks[happened]))
    late = spells.start > 0
    if late.any():
        begun = 2 * spells.start[late] + 1
        totals -= np.array(_later(begun, ranks[late], asked, ranks[happened]))
    return int(totals[0]), int(totals[1]), int(totals[2])


def _later(
    times: Integers, ranks: Integers, asked: Integers, asked_ranks: Integers
) -> tuple[int, int, int]:
    """Return, over all queries, how many points are later and lower, later and equal, and later."""
    later = len(times) - np.searchsorted(np.sort(times), asked, side="right")
    lower = _later_and_lower(times, 2 * ranks, asked, 2 * asked_ranks - 1)
    upto = _later_and_lower(times, 2 * ranks, asked, 2 * asked_ranks + 1)
    return lower, upto - lower, int(later.sum())


def _later_and_lower(
    times: Integers, values: Integers, asked: Integers, asked_values: Integers
) -> int:
    """Return the number of pairs of a query and a point with a later time and a lower value.

    Pairs are counted in merges of ever longer runs of the sequence in order of time, each merge for
    all runs at once; no value of a point equals one of a query.
    """
    points = np.concatenate([np.ones(len(times), bool), np.zeros(len(asked), bool)])
    time = np.concatenate([times, asked])
    value = np.concatenate([values, asked_values])
    # Latest first; at the same time the query comes before the point, which is not later.
    sequence = np.lexsort((points, -time))
    by_value = np.argsort(value[sequence], kind="stable")
    place, is_point = by_value, points[sequence][by_value]
    total, size = 0, 1
    while size < len(place):
        block = place // (2 * size)
        order = np.argsort(block, kind="stable")
        right = (place[order] // size) % 2 == 1
        counted = np.cumsum(is_point[order] & ~right)
        first = np.searchsorted(block[order], block[order], side="left")
        before = np.where(first > 0, counted[first - 1], 0)
        total += int((counted - before)[right & ~is_point[order]].sum())
        size *= 2
    return total

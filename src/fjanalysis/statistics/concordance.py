"""Harrell's concordance of a survival model, with delayed entry and strata."""

from __future__ import annotations

import numpy as np

from fjanalysis.statistics.cox import Fit
from fjanalysis.statistics.risk_sets import Spells
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
    # A time and rank as one number, so that those of a rank stand together in order of time.
    width = int(max(times.max(initial=0), asked.max(initial=0))) + 1
    points = np.sort(ranks * width + times)
    upto = np.searchsorted(points, asked_ranks * width + asked, side="right")
    equal = np.searchsorted(points, (asked_ranks + 1) * width, side="left") - upto
    lower = _later_and_lower(times, 2 * ranks, asked, 2 * asked_ranks - 1)
    return lower, int(equal.sum()), int(later.sum())


def _later_and_lower(
    times: Integers, values: Integers, asked: Integers, asked_values: Integers
) -> int:
    """Return the number of pairs of a query and a point with a later time and a lower value.

    All are put in order of time, latest first, and then split in halves, and these again, down to single
    ones: at each split the points of a left half below the queries of its right half are counted, all
    halves at once. No value of a point equals one of a query.
    """
    count = len(times) + len(asked)
    is_point = np.arange(count) < len(times)
    # Latest first; at the same time the query comes before the point, which is not later.
    moment = np.concatenate([2 * times + 1, 2 * asked + 2])
    sequence = np.argsort(-moment, kind="stable")
    place = np.argsort(np.concatenate([values, asked_values])[sequence], kind="stable")
    is_point = is_point[sequence]
    total = 0
    for bit in range(count.bit_length() - 1, -1, -1):
        # `place` holds the places of each block of 2^(bit+1), in order of value.
        right = (place >> bit) & 1
        begins = (place >> (bit + 1)) << (bit + 1)
        points = is_point[place]
        counted = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(points & (right == 0), out=counted[1:])
        asking = np.flatnonzero(~points & (right == 1))
        total += int((counted[asking] - counted[begins[asking]]).sum())
        rights = np.cumsum(right) - right
        lefts = np.arange(count) - rights
        # Before a block, its half of the places were left ones.
        to_left = begins + lefts - (begins >> 1)
        to_right = begins + (1 << bit) + rights - (begins >> 1)
        moved = np.empty_like(place)
        moved[np.where(right == 1, to_right, to_left)] = place
        place = moved
    return total

"""What a reader can work out by carrying bounds from relation to relation until nothing changes.

Each relation bounds each of its counts by the others; the bounds so found tighten the next relation's.
It uses all relations together and is fast enough for hundreds of thousands of counts. What it does not
see is what only follows from several equations added up; `docs/disclosure-control.md` says how much that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fjanalysis.disclosure.suppression.system import Builder, Floats, Ints, Mask, System

ROUNDS = 200


@dataclass(frozen=True)
class Reach:
    """The equations of a system laid out as arrays, one entry a count in an equation.

    Parameters
    ----------
    count, equation
        The count and the equation of each entry.
    weight
        Its coefficient, 1 or -1.
    equations, counts
        How many equations and how many counts there are.
    """

    count: Ints
    equation: Ints
    weight: Floats
    equations: int
    counts: int

    @staticmethod
    def of(system: System | Builder) -> Reach:
        """Return the layout of a system's equations."""
        sizes = [len(counts) for counts, _ in system.equations]
        empty: list[Ints] = [np.zeros(0, dtype=np.int64)]
        none: list[Floats] = [np.zeros(0)]
        return Reach(
            np.concatenate([counts for counts, _ in system.equations] or empty),
            np.repeat(np.arange(len(sizes), dtype=np.int64), sizes),
            np.concatenate([weights for _, weights in system.equations] or none),
            len(sizes),
            system.counts,
        )

    @cached_property
    def _by_count(self) -> tuple[Ints, Ints]:
        """Entries in the order of their counts, and where those of each count begin."""
        order = np.argsort(self.count, kind="stable")
        return order, np.searchsorted(self.count[order], np.arange(self.counts + 1))

    @cached_property
    def _starts(self) -> Ints:
        """Where the entries of each equation begin."""
        return np.searchsorted(self.equation, np.arange(self.equations + 1))

    def entries_of(self, count: int) -> Ints:
        """Return the entries of one count, one an equation that it is in."""
        order, starts = self._by_count
        return order[starts[count] : starts[count + 1]]

    def entries_around(self, counts: Ints) -> Ints:
        """Return the entries of all equations that hold any of some counts, equation by equation."""
        order, starts = self._by_count
        own = order[spans(starts[counts], starts[counts + 1])]
        equations = _distinct(self.equation[own])
        return spans(self._starts[equations], self._starts[equations + 1])

    def around(self, counts: Ints) -> Reach:
        """Return the part of the layout whose equations hold any of some counts."""
        return self.part(self.entries_around(counts))

    def part(self, entries: Ints) -> Reach:
        """Return the layout of some entries, which are whole equations, equation by equation."""
        equation = self.equation[entries]
        begins = np.flatnonzero(np.diff(equation, prepend=-1))
        sizes = np.diff(begins, append=len(entries))
        return Reach(
            self.count[entries],
            np.repeat(np.arange(len(begins), dtype=np.int64), sizes),
            self.weight[entries],
            len(begins),
            self.counts,
        )

    def all_entries_of(self, counts: Ints) -> Ints:
        """Return the entries of some counts, count by count."""
        order, starts = self._by_count
        return order[spans(starts[counts], starts[counts + 1])]

    def hanging_on(self, counts: Ints, used: Mask) -> Ints:
        """Return some counts, and all whose bounds may have been worked out from theirs.

        Parameters
        ----------
        counts
            Where to begin.
        used
            Which entries have given their count a bound.
        """
        reached = np.zeros(self.counts, dtype=bool)
        reached[counts] = True
        edge = counts
        while len(edge):
            entries = self.entries_around(edge)
            near = self.count[entries[used[entries]]]
            edge = _distinct(near[~reached[near]])
            reached[edge] = True
        return np.flatnonzero(reached)

    def implied(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return the bounds that each entry's equation gives its count, from the others' bounds."""
        own_low, own_high = low[self.count], high[self.count]
        positive = self.weight > 0
        least = np.where(positive, own_low, -own_high)
        most = np.where(positive, own_high, -own_low)
        others_least = self._without_own(least)
        others_most = self._without_own(most)
        # weight x = -(others), so x lies between -most and -least of the others, or the reverse.
        return (
            np.where(positive, -others_most, others_least),
            np.where(positive, -others_least, others_most),
        )

    def _without_own(self, bound: Floats) -> Floats:
        endless = ~np.isfinite(bound)
        finite = np.where(endless, 0.0, bound)
        total = np.bincount(self.equation, finite, self.equations)[self.equation] - finite
        number = np.bincount(self.equation, endless, self.equations)[self.equation] - endless
        sign = np.sign(np.where(endless, bound, 0.0))
        side = np.bincount(self.equation, sign, self.equations)[self.equation]
        return np.where(number > 0, np.where(side < 0, -np.inf, np.inf), total)


def spans(start: Ints, end: Ints) -> Ints:
    """Return all numbers from each start up to its end, one span after the other."""
    size = end - start
    before = np.cumsum(size) - size
    return np.repeat(start - before, size) + np.arange(int(size.sum()), dtype=np.int64)


def _distinct(numbers: Ints) -> Ints:
    """Return each number once, in order: of a few, sooner found by sorting than by `numpy.unique`."""
    found = np.sort(numbers)
    return found[np.diff(found, prepend=-1) > 0]


class Bounds:
    """The bounds of every count, worked out from all relations and kept up as less is known.

    Parameters
    ----------
    reach
        The equations.
    known
        What is known of each count by itself, low and high.
    """

    def __init__(self, reach: Reach, known: tuple[Floats, Floats]) -> None:
        self.reach, self.known = reach, known
        self.low, self.high = known[0].copy(), known[1].copy()
        # Which entries have ever given their count a bound since it was last worked out anew.
        self._used = np.zeros(len(reach.count), dtype=bool)
        self._tighten(np.arange(len(reach.count), dtype=np.int64))

    def loosened(self, counts: Ints) -> Ints:
        """Bring the bounds up to date where less is known of some counts; return those that may have changed."""
        reach = self.reach
        again = reach.hanging_on(counts, self._used)
        self.low[again], self.high[again] = self.known[0][again], self.known[1][again]
        self._used[reach.all_entries_of(again)] = False
        self._tighten(reach.entries_around(again))
        return again

    def _tighten(self, entries: Ints) -> None:
        """Use the equations of some entries, and then those around what changed, until nothing does."""
        reach, low, high = self.reach, self.low, self.high
        for _ in range(ROUNDS):
            active = reach.part(entries)
            least, most = active.implied(low, high)
            tighter = (least > low[active.count]) | (most < high[active.count])
            if not tighter.any():
                return
            counts = active.count[tighter]
            self._used[entries[tighter]] = True
            np.maximum.at(low, counts, least[tighter])
            np.minimum.at(high, counts, most[tighter])
            entries = reach.entries_around(_distinct(counts))


def worked_out(reach: Reach, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of every count once all relations have been used until nothing changes."""
    bounds = Bounds(reach, (low, high))
    return bounds.low, bounds.high

"""What a reader can work out by carrying bounds from relation to relation until nothing changes.

Each relation bounds each of its counts by the others; the bounds so found tighten the next relation's.
It uses all relations together and is fast enough for hundreds of thousands of counts. What it does not
see is what only follows from several equations added up; `docs/disclosure-control.md` says how much that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fjanalysis.disclosure.suppression.system import Builder, Floats, Ints, System

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

    def around(self, counts: Ints) -> Reach:
        """Return the part of the layout whose equations hold any of some counts."""
        chosen = np.zeros(self.counts, dtype=bool)
        chosen[counts] = True
        equations = np.zeros(self.equations, dtype=bool)
        equations[self.equation[chosen[self.count]]] = True
        entries = equations[self.equation]
        numbers = np.cumsum(equations) - 1
        return Reach(
            self.count[entries],
            numbers[self.equation[entries]],
            self.weight[entries],
            int(equations.sum()),
            self.counts,
        )

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


def worked_out(reach: Reach, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of every count once all relations have been used until nothing changes."""
    low, high = low.copy(), high.copy()
    active = reach
    for _ in range(ROUNDS):
        least, most = active.implied(low, high)
        tighter = (least > low[active.count]) | (most < high[active.count])
        if not tighter.any():
            break
        touched = np.unique(active.count[tighter])
        np.maximum.at(low, active.count[tighter], least[tighter])
        np.minimum.at(high, active.count[tighter], most[tighter])
        active = reach.around(touched)
    return low, high

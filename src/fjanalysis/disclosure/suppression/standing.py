"""What a reader can work out as things stand, kept up as counts are withheld one after the other.

Withholding a count loosens only what was worked out from it. So bounds, and which counts they tell, are
brought up to date around it; a round of suppression costs what it changes, not what there is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from fjanalysis.disclosure.suppression.propagation import Bounds, Reach, spans
from fjanalysis.disclosure.suppression.system import FREE, Floats, Ints, Mask, System


class Standing:
    """Bounds of all counts of a system, and the counts that they tell.

    Parameters
    ----------
    system
        Counts and equations; `withhold` changes what is hidden of it.
    reach
        Its equations laid out as arrays.
    protection
        Least width of the interval in which a withheld count must be able to lie.
    every
        Whether a count that is known to reach the threshold must not be known too closely either.
    """

    def __init__(self, system: System, reach: Reach, protection: int, *, every: bool) -> None:
        self.system, self.reach = system, reach
        self._protection, self._every = protection, every
        self._bounds = Bounds(reach, system.bounds())
        self.low, self.high = self._bounds.low, self._bounds.high
        self._gaps, self._first_gap = _gaps_at(system)
        self._loosened: list[int] = []
        self._told = np.zeros(system.counts, dtype=bool)
        counts = at_stake(system)
        self._told[counts] = self._are_told(counts)

    def told(self, without: Collection[int] = ()) -> Ints:
        """Return the counts that must be protected and are told, but for some."""
        found = np.flatnonzero(self._told)
        if not without:
            return found
        return np.array([each for each in found.tolist() if each not in without], dtype=np.int64)

    def withhold(self, count: int) -> None:
        """Hide a count; bounds follow with `renew`."""
        self.system.hide(count)
        self._loosened.append(count)

    def renew(self) -> None:
        """Work out anew what hangs on the counts that were hidden since."""
        hidden = np.array(self._loosened, dtype=np.int64)
        # A gap is known by itself only between two counts that are shown.
        gaps = self._gaps[spans(self._first_gap[hidden], self._first_gap[hidden + 1])]
        self._loosened = []
        loosened = np.r_[hidden, gaps]
        low, high = self._bounds.known
        low[loosened], high[loosened] = 0.0, FREE
        again = self._bounds.loosened(loosened)
        self._told[again] = _is_at_stake(self.system, again) & self._are_told(again)

    def _are_told(self, counts: Ints) -> Mask:
        return told(self.system, counts, self.low, self.high, self._protection, every=self._every)


def _gaps_at(system: System) -> tuple[Ints, Ints]:
    """Return the gaps beside each count, count by count, and where those of each begin."""
    gap, inner, outer = system.pairs.T
    beside, ends = np.r_[gap, gap], np.r_[inner, outer]
    order = np.argsort(ends, kind="stable")
    return beside[order], np.searchsorted(ends[order], np.arange(system.counts + 1))


def _is_at_stake(system: System, counts: Ints) -> Mask:
    own = (system.hidden[counts] | system.watched[counts]) & ~system.leftover[counts]
    return np.asarray(own | system.guarded[counts])


def at_stake(system: System) -> Ints:
    """Return the counts that must be protected: those hidden, small gaps, and horizons in a first band."""
    return np.flatnonzero(at_stake_mask(system))


def at_stake_mask(system: System) -> Mask:
    """Say of each count whether it must be protected."""
    return _is_at_stake(system, np.arange(system.counts, dtype=np.int64))


def told(
    system: System, counts: Ints, low: Floats, high: Floats, protection: int, *, every: bool = False
) -> Mask:
    """Return which of some counts their bounds tell: that they are small, or nearly how many.

    Parameters
    ----------
    system, protection
        As for `Standing`.
    counts
        The counts asked about.
    low, high
        Bounds of all counts.
    every
        Whether a count that is known to reach the threshold must not be known too closely either.
    """
    least, most = low[counts], high[counts]
    with np.errstate(invalid="ignore"):
        close = (most - least < protection) | (most < system.threshold)
    if not system.zeros_matter:
        # Nobody is no secret then: what is known to be nobody may be known.
        close &= most > 0
    found = close & ((least < system.threshold) | (every & system.strict[counts]))
    # However wide its interval: what reaches the threshold for sure is told from what is small.
    known = system.apart[counts] & system.hidden[counts] & (least >= system.threshold)
    return np.asarray(found | known)


@dataclass(frozen=True)
class Rule:
    """What `told` says, of one count at a time: for loops that look at few.

    Parameters
    ----------
    threshold, protection
        Smallest count that may be published, and least width of an interval.
    zeros_matter
        Whether a count of nobody is withheld as well.
    however_large
        Counts that must not be known too closely even where they are known to reach the threshold.
    apart
        Counts that must not be known to reach it.
    """

    threshold: int
    protection: int
    zeros_matter: bool
    however_large: Sequence[bool]
    apart: Sequence[bool]

    @staticmethod
    def of(system: System, protection: int, *, every: bool) -> Rule:
        """Return the rule of a system; parameters as for `told`."""
        large: list[bool] = (every & system.strict).tolist()
        apart: list[bool] = (system.apart & system.hidden).tolist()
        return Rule(system.threshold, protection, system.zeros_matter, large, apart)

    def tells(self, count: int, least: float, most: float) -> bool:
        """Say whether such bounds tell a count."""
        if least >= self.threshold and self.apart[count]:
            return True
        if most - least >= self.protection and most >= self.threshold:
            return False
        if most <= 0 and not self.zeros_matter:
            return False
        return least < self.threshold or self.however_large[count]

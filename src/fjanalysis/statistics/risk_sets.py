"""Time at risk for a hazards model, and who is at risk at each event time.

Spells with the same covariates enter and leave risk sets by one sparse matrix of event times by combinations of
covariates, so that all sums over risk sets are products with it, added up over time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fjanalysis.statistics.survival import Booleans, Floats, Integers

# Whole numbers up to so many times their number are looked up rather than sorted.
DENSE = 8


@dataclass(frozen=True)
class Spells:
    """Time at risk: one row a spell, in which its covariates do not change.

    Parameters
    ----------
    start, stop
        The spell is at risk after `start` and up to `stop`, `start` < `stop`; a spell from `start` 0 that
        stops at 0 is at risk at 0, as in R. Shape (n,).
    events
        Whether the spell ends in the event, shape (n,).
    covariates
        Distinct combinations of covariates, shape (c, p).
    patterns
        The combination that each spell has, shape (n,).
    clusters
        Codes of persons or families, within which spells are not independent, shape (n,).
    strata
        Codes of strata, each with a baseline hazard of its own, shape (n,).
    """

    start: Integers
    stop: Integers
    events: Booleans
    covariates: Floats
    patterns: Integers
    clusters: Integers
    strata: Integers

    def take(self, rows: npt.NDArray[np.int64] | Booleans) -> Spells:
        """Return some of the spells."""
        return Spells(
            self.start[rows],
            self.stop[rows],
            self.events[rows],
            self.covariates,
            self.patterns[rows],
            self.clusters[rows],
            self.strata[rows],
        )


class RiskSets:
    """Who is at risk at each event time, as places in sorted orders that a fit never changes.

    Parameters
    ----------
    spells
        Time at risk.

    Attributes
    ----------
    times
        Distinct event times of each stratum, as keys that rise by stratum and time, shape (k,).
    deaths
        Rows that end in the event, by event time, shape (d,).
    tie
        The place in `times` of each of them, shape (d,).
    fraction
        The share of its tied deaths that Efron's method takes as gone before each, shape (d,).
    """

    def __init__(self, spells: Spells) -> None:
        n = len(spells.stop)
        both = np.concatenate([spells.start, spells.stop])
        values, ranks = _ranked(both)
        width = len(values) + 2
        strata, stratum = _ranked(spells.strata)
        stratum = stratum * width
        # A spell from time zero is at risk before the first time, so also at an event at zero.
        start = stratum + np.where(spells.start <= 0, 0, ranks[:n] + 1)
        stop = stratum + ranks[n:] + 1
        happened = np.flatnonzero(spells.events)
        self.times, tie = _ranked(stop[happened])
        order = np.argsort(tie, kind="stable")
        self.deaths, self.tie = happened[order], tie[order]
        self._first = np.searchsorted(self.tie, np.arange(len(self.times)))
        tied = np.diff(np.append(self._first, len(self.deaths)))
        self.fraction = (np.arange(len(self.deaths)) - self._first[self.tie]) / tied[self.tie]
        self.values = values[self.times % width - 1]
        size = len(strata) * width
        self.upto_start, self.upto_stop = (_upto(self.times, each, size) for each in (start, stop))
        # Spells are at risk at the event times from `upto_start` to just before `upto_stop`.
        places = np.concatenate([self.upto_start, self.upto_stop])
        signs = np.concatenate([np.ones(n), -np.ones(n)])
        shape = (len(self.times) + 1, len(spells.covariates))
        patterns = np.concatenate([spells.patterns, spells.patterns])
        self._enters = sparse.csr_array((signs, (places, patterns)), shape=shape)
        ones = np.ones(len(self.deaths))
        dying = (ones, (self.tie, spells.patterns[self.deaths]))
        self._dying = sparse.csr_array(dying, shape=(len(self.times), shape[1]))
        self._leaves = self._enters.T.tocsr()

    def at_risk(self, values: Floats) -> Floats:
        """Return the sum at each event time over the spells at risk of a value by combination."""
        entering = self._enters @ values
        # Added up from the end, so that the few who are left last are sums of few.
        after = np.cumsum(entering[::-1], axis=0)[::-1]
        return np.asarray(-after[1:], dtype=np.float64)

    def dying(self, values: Floats) -> Floats:
        """Return the sum at each event time over the deaths of a value by combination."""
        return np.asarray(self._dying @ values, dtype=np.float64)

    def exposure(self, increments: Floats) -> Floats:
        """Return by combination the sum of increments over the event times at which it was at risk."""
        return np.asarray(-(self._leaves @ _running(increments)), dtype=np.float64)

    def passed(self, increments: Floats) -> Floats:
        """Return by spell the sum of increments over the event times at which it was at risk."""
        running = _running(increments)
        return np.asarray(running[self.upto_stop] - running[self.upto_start], dtype=np.float64)

    def of_ties(self, values: Floats) -> Floats:
        """Return sums over tied deaths, given a value for each death in the order of `deaths`."""
        return np.asarray(np.add.reduceat(values, self._first, axis=0), dtype=np.float64)


def _ranked(values: Integers) -> tuple[Integers, Integers]:
    """Return the distinct values in order, and the place of each value among them."""
    if len(values) == 0 or values.min() < 0 or values.max() > DENSE * len(values):
        distinct, places = np.unique(values, return_inverse=True)
        return distinct, places.astype(np.int64)
    present = np.zeros(int(values.max()) + 1, dtype=bool)
    present[values] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[values]


def _upto(times: Integers, keys: Integers, size: int) -> Integers:
    """Return how many of the rising `times` are at or before each key, all of them below `size`."""
    if size > DENSE * len(keys):
        return np.searchsorted(times, keys, side="right")
    return np.cumsum(np.bincount(times, minlength=size))[keys]


def _running(values: Floats) -> Floats:
    out = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=out[1:])
    return out

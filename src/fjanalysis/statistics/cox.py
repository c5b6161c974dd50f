"""Cox's proportional hazards model: Efron ties, delayed entry, strata and cluster-robust errors.

The model is fitted by Newton's method. Spells with the same covariates enter and leave risk sets by one
sparse matrix of event times by combinations of covariates, so that all sums over risk sets are
products with it, added up over time. The second moments need no sums over risk sets at all: over all
event times, a combination enters with the increments of the baseline hazard while it was at risk, so
the information is one matrix product.

Sources: Cox (1972), JRSS B 34:187-220; Efron (1977), JASA 72:557-565; Lin and Wei (1989), JASA
84:1074-1078; Grambsch and Therneau (1994), Biometrika 81:515-526; Therneau and Grambsch (2000),
Modeling Survival Data. Results agree with R's `survival`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

from fjanalysis.limits import Z95
from fjanalysis.statistics.regression import NotFitted
from fjanalysis.statistics.survival import Booleans, Floats, Integers
from fjanalysis.statistics.unavailable import (
    COLLINEAR,
    NO_CONVERGENCE,
    NO_EVENT,
    SEPARATION,
)

MOST_ITERATIONS = 40
TOLERANCE = 1e-11
# A coefficient beyond this is on its way to infinity: the hazard ratio would be over a million.
LARGEST_COEFFICIENT = 14.0
SMALLEST_CONDITION = 1e-11
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


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Parameters
    ----------
    coefficients
        Log hazard ratios, shape (p,).
    information_inverse
        The model's own covariance of them, shape (p, p).
    robust
        Their cluster-robust covariance, shape (p, p).
    log_likelihood, null_log_likelihood
        Log partial likelihood at the coefficients, and with all of them 0.
    """

    coefficients: Floats
    information_inverse: Floats
    robust: Floats
    log_likelihood: float
    null_log_likelihood: float

    @property
    def errors(self) -> Floats:
        """Robust standard errors of the log hazard ratios, shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.robust)), dtype=np.float64)


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


@dataclass(frozen=True)
class _Moments:
    """What the partial likelihood needs at given coefficients.

    `hazard` is one over Efron's risk-set sum for each death, `means` the risk set's mean covariates with
    it, both in the order of deaths; `weights` the relative hazard of each combination.
    """

    weights: Floats
    hazard: Floats
    means: Floats
    log_likelihood: float


def _moments(spells: Spells, sets: RiskSets, coefficients: Floats) -> _Moments:
    linear = spells.covariates @ coefficients
    weights = np.exp(linear)
    both = np.column_stack([weights, spells.covariates * weights[:, None]])
    of_all, of_dying = sets.at_risk(both)[sets.tie], sets.dying(both)[sets.tie]
    left = of_all - sets.fraction[:, None] * of_dying
    denominator = left[:, 0]
    means = left[:, 1:] / denominator[:, None]
    died = linear[spells.patterns[sets.deaths]]
    return _Moments(weights, 1 / denominator, means, float((died - np.log(denominator)).sum()))


def _score(
    spells: Spells, sets: RiskSets, moments: _Moments, scale: Floats | None = None
) -> Floats:
    factor = np.ones(len(sets.deaths)) if scale is None else scale
    own = np.bincount(spells.patterns[sets.deaths], factor, minlength=len(spells.covariates))
    return np.asarray(own @ spells.covariates - factor @ moments.means, dtype=np.float64)


def _information(
    spells: Spells, sets: RiskSets, moments: _Moments, scale: Floats | None = None
) -> Floats:
    """Return the sum over deaths of `scale` times the covariance of covariates in the risk set."""
    factor = np.ones(len(sets.deaths)) if scale is None else scale
    hazard = factor * moments.hazard
    exposure = sets.exposure(sets.of_ties(hazard))
    # A death counts only in part among its own ties: Efron's correction.
    gone = sets.of_ties(sets.fraction * hazard)[sets.tie]
    exposure -= np.bincount(spells.patterns[sets.deaths], gone, minlength=len(exposure))
    weighted = spells.covariates * (moments.weights * exposure)[:, None]
    second = spells.covariates.T @ weighted
    return np.asarray(second - moments.means.T @ (moments.means * factor[:, None]))


def fit(spells: Spells, sets: RiskSets | None = None) -> Fit:
    """Fit the model.

    Parameters
    ----------
    spells
        Time at risk, with rows in an order that does not depend on the machine (sorted by an id), since
        sums are taken in it.
    sets
        Its risk sets, where they are at hand.

    Raises
    ------
    NotFitted
        There is no event, the covariates are collinear, a coefficient runs to infinity, or Newton's
        method does not converge.
    """
    if not spells.events.any():
        raise NotFitted(NO_EVENT)
    centred = _centred(spells)
    sets = sets or RiskSets(centred)
    coefficients = np.zeros(centred.covariates.shape[1])
    moments = _moments(centred, sets, coefficients)
    null = moments.log_likelihood
    for _step in range(MOST_ITERATIONS):
        information = _information(centred, sets, moments)
        step = _solve(information, _score(centred, sets, moments))
        moved, better = _line_search(centred, sets, coefficients, step, moments)
        gain = better.log_likelihood - moments.log_likelihood
        coefficients, moments = moved, better
        if np.abs(coefficients).max(initial=0.0) > LARGEST_COEFFICIENT:
            raise NotFitted(SEPARATION)
        if abs(gain) <= TOLERANCE * (abs(moments.log_likelihood) + 1):
            break
    else:
        raise NotFitted(NO_CONVERGENCE)
    inverse = _solve(_information(centred, sets, moments), np.eye(len(coefficients)))
    residuals = score_residuals(centred, sets, moments)
    robust = _sandwich(inverse, residuals, centred.clusters)
    return Fit(coefficients, inverse, robust, moments.log_likelihood, null)


def _centred(spells: Spells) -> Spells:
    share = np.bincount(spells.patterns, minlength=len(spells.covariates)) / len(spells.patterns)
    used = np.where((share > 0)[:, None], spells.covariates, 0.0)
    return replace(spells, covariates=used - share @ used)


def _line_search(
    spells: Spells, sets: RiskSets, coefficients: Floats, step: Floats, moments: _Moments
) -> tuple[Floats, _Moments]:
    size = 1.0
    for _ in range(20):
        moved = coefficients + size * step
        with np.errstate(over="ignore", invalid="ignore"):
            better = _moments(spells, sets, moved)
        slack = TOLERANCE * (abs(moments.log_likelihood) + 1)
        if better.log_likelihood >= moments.log_likelihood - slack:
            return moved, better
        size /= 2
    raise NotFitted(NO_CONVERGENCE)


def _solve(information: Floats, right: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise NotFitted(COLLINEAR)
    scaled = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] < SMALLEST_CONDITION:
        raise NotFitted(COLLINEAR)
    divided = right / (scale[:, None] if right.ndim == 2 else scale)
    solved = np.linalg.solve(scaled, divided)
    return np.asarray(solved / (scale[:, None] if right.ndim == 2 else scale))


def score_residuals(spells: Spells, sets: RiskSets, moments: _Moments) -> Floats:
    """Return each row's contribution to the score, shape (n, p).

    Tied deaths share their event times as Efron's method does.
    Source: Therneau and Grambsch (2000), section 7.1; R `residuals(type = "score")`.
    """
    hazard, means, gone = moments.hazard, moments.means, sets.fraction
    passed = sets.passed(sets.of_ties(hazard))
    passed_means = sets.passed(sets.of_ties(hazard[:, None] * means))
    # Of its own event time, a death misses the part for which it is already gone.
    missed = sets.of_ties(gone * hazard)[sets.tie]
    missed_means = sets.of_ties((gone * hazard)[:, None] * means)[sets.tie]
    passed[sets.deaths] -= missed
    passed_means[sets.deaths] -= missed_means
    own = spells.covariates[spells.patterns]
    weights = moments.weights[spells.patterns]
    out = -weights[:, None] * (own * passed[:, None] - passed_means)
    tied = sets.of_ties(np.ones(len(sets.deaths)))
    average = sets.of_ties(means) / tied[:, None]
    out[sets.deaths] += own[sets.deaths] - average[sets.tie]
    return np.asarray(out, dtype=np.float64)


def _sandwich(inverse: Floats, residuals: Floats, clusters: Integers) -> Floats:
    codes = clusters
    if clusters.min() < 0 or clusters.max() > 2 * len(clusters):
        codes = np.unique(clusters, return_inverse=True)[1]
    influence = residuals @ inverse
    summed = [np.bincount(codes, column) for column in influence.T]
    return np.asarray(np.array(summed) @ np.array(summed).T, dtype=np.float64)


@dataclass(frozen=True)
class Proportionality:
    """Tests that hazards are proportional: for each term and for all, chi-squared and freedom."""

    statistics: Floats
    freedom: Integers
    p_values: Floats


def proportionality(
    spells: Spells, fitted: Fit, terms: Sequence[Sequence[int]], sets: RiskSets | None = None
) -> Proportionality:
    """Test that hazard ratios do not change with time, by term and for all (the last entry).

    The score test of an interaction of the term's covariates with one minus the left-continuous
    Kaplan-Meier curve of all spells.

    Parameters
    ----------
    spells, fitted
        Time at risk and the model fitted to it.
    terms
        The columns of covariates that belong to each term.
    sets
        The risk sets, where they are at hand.

    Source: Grambsch and Therneau (1994); R `cox.zph` of `survival` 3.0 and later.
    """
    centred = _centred(spells)
    sets = sets or RiskSets(centred)
    moments = _moments(centred, sets, fitted.coefficients)
    scale = _left_continuous(spells)[sets.deaths]
    scale = scale - scale.mean()
    score = _score(centred, sets, moments, scale)
    plain = _information(centred, sets, moments)
    mixed = _information(centred, sets, moments, scale)
    squared = _information(centred, sets, moments, scale**2)
    # The part of the interactions that the covariates themselves do not explain.
    residual = squared - mixed @ _solve(plain, mixed)
    chosen = [list(term) for term in terms] + [list(range(len(score)))]
    found = np.array(
        [float(score[at] @ _solve(residual[np.ix_(at, at)], score[at])) for at in chosen]
    )
    freedom = np.array([len(at) for at in chosen], dtype=np.int64)
    return Proportionality(found, freedom, np.asarray(special.chdtrc(freedom, found)))


@dataclass(frozen=True)
class Effects:
    """How strong each term was at a time, as a multiple of what the model says: 1 where hazards are proportional.

    Parameters
    ----------
    ends
        The end of each interval of time, in days, shape (k,).
    deaths
        Events in the interval, shape (k,).
    values, lower, upper
        The multiple, and its 95% interval if hazards are proportional, shape (k, terms).
    """

    ends: Integers
    deaths: Integers
    values: Floats
    lower: Floats
    upper: Floats


def effects_over_time(
    spells: Spells,
    fitted: Fit,
    terms: Sequence[Sequence[int]],
    ends: Sequence[int],
    least_deaths: int,
    sets: RiskSets | None = None,
) -> Effects:
    """Return the means of scaled Schoenfeld residuals by interval of time and term.

    A term's columns are taken together, by its part of the linear predictor, whose coefficient is then 1. A mean
    rests on all events of its interval, so that no residual of one person can be read from it.

    Parameters
    ----------
    spells, fitted
        Time at risk and the model fitted to it.
    terms
        The columns of covariates that belong to each term.
    ends
        Rising ends of the intervals, in days; later events are in none.
    least_deaths
        An interval with fewer events is joined to the next, the last ones to the one before.
    sets
        The risk sets, where they are at hand.

    Raises
    ------
    NotFitted
        The terms' parts of the linear predictor are collinear, or one has no spread.

    Source: Grambsch and Therneau (1994); R `cox.zph(terms = TRUE)`, whose `y` is averaged here.
    """
    weights = np.zeros((len(fitted.coefficients), len(terms)))
    for place, columns in enumerate(terms):
        weights[list(columns), place] = fitted.coefficients[list(columns)]
    parts = _centred(replace(spells, covariates=spells.covariates @ weights))
    sets = sets or RiskSets(parts)
    moments = _moments(parts, sets, np.ones(len(terms)))
    own = parts.covariates[parts.patterns[sets.deaths]]
    bounds = np.asarray(ends, dtype=np.int64)
    interval = np.searchsorted(bounds, spells.stop[sets.deaths], side="left")
    counts = np.bincount(interval, minlength=len(bounds) + 1)[: len(bounds)]
    joined = np.array([*_joined(counts.tolist(), least_deaths), -1], dtype=np.int64)[interval]
    total = len(sets.deaths)
    inverse = _solve(_information(parts, sets, moments), np.eye(len(terms)))
    kept = sorted(set(joined[joined >= 0].tolist()))
    values, errors = np.zeros((2, len(kept), len(terms)))
    deaths = np.zeros(len(kept), dtype=np.int64)
    for row, end in enumerate(kept):
        inside = joined == end
        deaths[row] = inside.sum()
        scale = inverse * (total / deaths[row])
        values[row] = 1 + scale @ (own[inside] - moments.means[inside]).sum(axis=0)
        variance = scale @ _information(parts, sets, moments, inside.astype(np.float64)) @ scale
        errors[row] = np.sqrt(np.maximum(np.diag(variance), 0.0))
    half = Z95 * errors
    return Effects(bounds[kept], deaths, values, values - half, values + half)


def _joined(counts: Sequence[int], least: int) -> list[int]:
    """Return for each interval the one at whose end it ends, so that each has `least` events; -1: in none."""
    joined: list[int] = []
    waiting = 0
    for at, count in enumerate(counts):
        waiting += count
        if waiting >= least:
            joined += [at] * (at + 1 - len(joined))
            waiting = 0
    if waiting and joined:
        # What is left at the end goes with the interval before it.
        last = max(at for at, count in enumerate(counts) if count)
        joined = [last if each == joined[-1] else each for each in joined]
        joined += [last] * (last + 1 - len(joined))
    return joined + [-1] * (len(counts) - len(joined))


def _left_continuous(spells: Spells) -> Floats:
    alone = replace(spells, strata=np.zeros(len(spells.stop), dtype=np.int64))
    sets = RiskSets(alone)
    at_risk = sets.at_risk(np.ones(len(spells.covariates)))
    died = sets.of_ties(np.ones(len(sets.deaths)))
    survival = np.concatenate([[1.0], np.cumprod(1 - died / at_risk)])
    before = np.searchsorted(sets.values, spells.stop, side="left")
    return np.asarray(1 - survival[before], dtype=np.float64)

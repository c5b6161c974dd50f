"""Cox's proportional hazards model: Efron ties, delayed entry, strata and cluster-robust errors.

The model is fitted by Newton's method. The second moments need no sums over risk sets: over all
event times, a combination of covariates enters with the increments of the baseline hazard while it was at
risk, so the information is one matrix product.

Sources: Cox (1972), JRSS B 34:187-220; Efron (1977), JASA 72:557-565; Lin and Wei (1989), JASA
84:1074-1078; Therneau and Grambsch (2000), Modeling Survival Data. Results agree with R's `survival`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fjanalysis.statistics.regression import NotFitted
from fjanalysis.statistics.risk_sets import RiskSets, Spells
from fjanalysis.statistics.survival import Floats, Integers
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


@dataclass(frozen=True)
class Moments:
    """What the partial likelihood needs at given coefficients.

    `hazard` is one over Efron's risk-set sum for each death, `means` the risk set's mean covariates with
    it, both in the order of deaths; `weights` the relative hazard of each combination.
    """

    weights: Floats
    hazard: Floats
    means: Floats
    log_likelihood: float


def moments_at(spells: Spells, sets: RiskSets, coefficients: Floats) -> Moments:
    """Return what the partial likelihood needs at some coefficients."""
    linear = spells.covariates @ coefficients
    weights = np.exp(linear)
    both = np.column_stack([weights, spells.covariates * weights[:, None]])
    of_all, of_dying = sets.at_risk(both)[sets.tie], sets.dying(both)[sets.tie]
    left = of_all - sets.fraction[:, None] * of_dying
    denominator = left[:, 0]
    means = left[:, 1:] / denominator[:, None]
    died = linear[spells.patterns[sets.deaths]]
    return Moments(weights, 1 / denominator, means, float((died - np.log(denominator)).sum()))


def score_at(
    spells: Spells, sets: RiskSets, moments: Moments, scale: Floats | None = None
) -> Floats:
    """Return the sum over deaths of `scale` times the covariates less their mean in the risk set."""
    factor = np.ones(len(sets.deaths)) if scale is None else scale
    own = np.bincount(spells.patterns[sets.deaths], factor, minlength=len(spells.covariates))
    return np.asarray(own @ spells.covariates - factor @ moments.means, dtype=np.float64)


def information_at(
    spells: Spells, sets: RiskSets, moments: Moments, scale: Floats | None = None
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
    centred = on_centred(spells)
    sets = sets or RiskSets(centred)
    coefficients = np.zeros(centred.covariates.shape[1])
    moments = moments_at(centred, sets, coefficients)
    null = moments.log_likelihood
    for _step in range(MOST_ITERATIONS):
        information = information_at(centred, sets, moments)
        step = solve(information, score_at(centred, sets, moments))
        moved, better = _line_search(centred, sets, coefficients, step, moments)
        gain = better.log_likelihood - moments.log_likelihood
        coefficients, moments = moved, better
        if np.abs(coefficients).max(initial=0.0) > LARGEST_COEFFICIENT:
            raise NotFitted(SEPARATION)
        if abs(gain) <= TOLERANCE * (abs(moments.log_likelihood) + 1):
            break
    else:
        raise NotFitted(NO_CONVERGENCE)
    inverse = solve(information_at(centred, sets, moments), np.eye(len(coefficients)))
    residuals = score_residuals(centred, sets, moments)
    robust = _sandwich(inverse, residuals, centred.clusters)
    return Fit(coefficients, inverse, robust, moments.log_likelihood, null)


def on_centred(spells: Spells) -> Spells:
    """Return the spells with covariates less their means, which changes nothing in a fit but its rounding."""
    share = np.bincount(spells.patterns, minlength=len(spells.covariates)) / len(spells.patterns)
    used = np.where((share > 0)[:, None], spells.covariates, 0.0)
    return replace(spells, covariates=used - share @ used)


def _line_search(
    spells: Spells, sets: RiskSets, coefficients: Floats, step: Floats, moments: Moments
) -> tuple[Floats, Moments]:
    size = 1.0
    for _ in range(20):
        moved = coefficients + size * step
        with np.errstate(over="ignore", invalid="ignore"):
            better = moments_at(spells, sets, moved)
        slack = TOLERANCE * (abs(moments.log_likelihood) + 1)
        if better.log_likelihood >= moments.log_likelihood - slack:
            return moved, better
        size /= 2
    raise NotFitted(NO_CONVERGENCE)


def solve(information: Floats, right: Floats) -> Floats:
    """Return the inverse of an information matrix times the right side.

    Raises
    ------
    NotFitted
        The covariates are collinear, or one has no spread.
    """
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise NotFitted(COLLINEAR)
    scaled = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] < SMALLEST_CONDITION:
        raise NotFitted(COLLINEAR)
    divided = right / (scale[:, None] if right.ndim == 2 else scale)
    solved = np.linalg.solve(scaled, divided)
    return np.asarray(solved / (scale[:, None] if right.ndim == 2 else scale))


def score_residuals(spells: Spells, sets: RiskSets, moments: Moments) -> Floats:
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

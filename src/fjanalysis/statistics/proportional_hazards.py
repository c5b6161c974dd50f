"""Whether hazards are proportional: score tests, and how strong each covariate was at a time.

Sources: Grambsch and Therneau (1994), Biometrika 81:515-526; Therneau and Grambsch (2000), Modeling Survival Data.
Results agree with R's `survival`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from fjanalysis.limits import Z95
from fjanalysis.statistics.cox import Fit, information_at, moments_at, on_centred, score_at, solve
from fjanalysis.statistics.risk_sets import RiskSets, Spells
from fjanalysis.statistics.survival import Floats, Integers


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
    centred = on_centred(spells)
    sets = sets or RiskSets(centred)
    moments = moments_at(centred, sets, fitted.coefficients)
    scale = _left_continuous(spells)[sets.deaths]
    scale = scale - scale.mean()
    score = score_at(centred, sets, moments, scale)
    plain = information_at(centred, sets, moments)
    mixed = information_at(centred, sets, moments, scale)
    squared = information_at(centred, sets, moments, scale**2)
    # The part of the interactions that the covariates themselves do not explain.
    residual = squared - mixed @ solve(plain, mixed)
    chosen = [list(term) for term in terms] + [list(range(len(score)))]
    found = np.array(
        [float(score[at] @ solve(residual[np.ix_(at, at)], score[at])) for at in chosen]
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
    spells, fitted, terms, sets
        As for `proportionality`.
    ends
        Rising ends of the intervals, in days; later events are in none.
    least_deaths
        An interval with fewer events is joined to the next, the last ones to the one before.

    Raises
    ------
    NotFitted
        The terms' parts of the linear predictor are collinear, or one has no spread.

    Source: Grambsch and Therneau (1994); R `cox.zph(terms = TRUE)`, whose `y` is averaged here.
    """
    weights = np.zeros((len(fitted.coefficients), len(terms)))
    for place, columns in enumerate(terms):
        weights[list(columns), place] = fitted.coefficients[list(columns)]
    parts = on_centred(replace(spells, covariates=spells.covariates @ weights))
    sets = sets or RiskSets(parts)
    moments = moments_at(parts, sets, np.ones(len(terms)))
    own = parts.covariates[parts.patterns[sets.deaths]]
    bounds = np.asarray(ends, dtype=np.int64)
    interval = np.searchsorted(bounds, spells.stop[sets.deaths], side="left")
    counts = np.bincount(interval, minlength=len(bounds) + 1)[: len(bounds)]
    joined = np.array([*_joined(counts.tolist(), least_deaths), -1], dtype=np.int64)[interval]
    total = len(sets.deaths)
    inverse = solve(information_at(parts, sets, moments), np.eye(len(terms)))
    kept = sorted(set(joined[joined >= 0].tolist()))
    values, errors = np.zeros((2, len(kept), len(terms)))
    deaths = np.zeros(len(kept), dtype=np.int64)
    for row, end in enumerate(kept):
        inside = joined == end
        deaths[row] = inside.sum()
        scale = inverse * (total / deaths[row])
        values[row] = 1 + scale @ (own[inside] - moments.means[inside]).sum(axis=0)
        variance = scale @ information_at(parts, sets, moments, inside.astype(np.float64)) @ scale
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

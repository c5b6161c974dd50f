"""The rules of disclosure control, one a function, as pure functions of exact counts.

Each takes arrays of counts (missing counts as NaN) and the profile in force, and returns which of them
the rule withholds. Who asks, and what is done about it, stand elsewhere (`control`, `suppression`).

Sources: Handbook on Statistical Disclosure Control for Outputs, version 2.0 (2024); the defaults of
ACRO 1.0 (threshold 10, ten residual degrees of freedom, rounding to base 5).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fjanalysis.project import DisclosureProfile

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LOW_COUNT = "low count"
LOW_BASE = "low base"
LOW_COMPLEMENT = "low complement"
SMALL_GAP = "small gap"
FEW_EVENTS = "few events"
FEW_BESIDE = "few beside the quantile"
SMALL_MODEL = "model too small"
FEW_AT_RISK = "few at risk"
FEW_EXITS = "few exits"
SAME_COUNT = "same count"
SECONDARY = "secondary"

REASONS: dict[str, str] = {
    LOW_COUNT: "the count itself is under the threshold",
    LOW_BASE: "fewer persons than the threshold stand in the base",
    LOW_COMPLEMENT: "those in the base who are not counted are fewer than the threshold",
    SMALL_GAP: "the difference from a count that contains it, or that it contains, is under the threshold",
    FEW_EVENTS: "events, or persons without the event, are under the threshold",
    FEW_BESIDE: "fewer persons than the threshold lie on one side of the quantile",
    SMALL_MODEL: "the model has too few events or residual degrees of freedom, or is saturated",
    FEW_AT_RISK: "fewer persons than the threshold are still at risk",
    FEW_EXITS: "fewer persons than the threshold left since the horizon released before",
    SAME_COUNT: "another row that shows the same count is withheld",
    SECONDARY: "withheld so that another withheld count cannot be worked out",
}

QUANTILES = {
    "median_days": 0.5,
    "lower_quartile_days": 0.25,
    "upper_quartile_days": 0.75,
    "half_time_days": 0.5,
}
RESIDUAL_DEGREES = 10


def small(count: npt.ArrayLike, profile: DisclosureProfile) -> Mask:
    """Say which counts may not be shown: 1 to threshold less 1, and 0 where the profile says so."""
    x = np.asarray(count, dtype=np.float64)
    least = 0 if profile.zeros_are_disclosive else 1
    with np.errstate(invalid="ignore"):
        return np.asarray((x >= least) & (x < profile.threshold))


def low_count(count: npt.ArrayLike, profile: DisclosureProfile) -> Mask:
    """Withhold a count of persons under the threshold."""
    return small(count, profile)


def low_base(base: npt.ArrayLike, profile: DisclosureProfile) -> Mask:
    """Withhold a percentage whose base is under the threshold, an empty one included."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.asarray(base, dtype=np.float64) < profile.threshold)


def low_complement(count: npt.ArrayLike, base: npt.ArrayLike, profile: DisclosureProfile) -> Mask:
    """Withhold a count where those in the base who are not counted are under the threshold.

    A complement of nobody is class disclosure (a group all of one kind); like any other zero it is
    withheld where the profile says that zeros are disclosive.
    """
    return small(np.asarray(base, dtype=np.float64) - np.asarray(count, dtype=np.float64), profile)


def small_gap(inner: npt.ArrayLike, outer: npt.ArrayLike, profile: DisclosureProfile) -> Mask:
    """Withhold a count whose difference from one that contains it is under the threshold."""
    return low_complement(inner, outer, profile)


def few_events(events: npt.ArrayLike, persons: npt.ArrayLike, threshold: int) -> Mask:
    """Withhold a ratio of a level with events, or persons without the event, under the threshold.

    Nobody with the event is too few as well: the ratio of such a level is not an estimate.
    """
    d = np.asarray(events, dtype=np.float64)
    n = np.asarray(persons, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray((d < threshold) | (n - d < threshold))


def few_beside(persons: npt.ArrayLike, quantile: npt.ArrayLike, threshold: int) -> Mask:
    """Withhold a quantile with fewer persons than the threshold on one side of it."""
    n = np.asarray(persons, dtype=np.float64)
    q = np.asarray(quantile, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(n * np.minimum(q, 1 - q) < threshold)


def few_degrees(persons: npt.ArrayLike, terms: npt.ArrayLike) -> Mask:
    """Withhold a model with fewer than ten residual degrees of freedom: it is near saturated."""
    n = np.asarray(persons, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(n - np.asarray(terms, dtype=np.float64) - 1 < RESIDUAL_DEGREES)


def saturated(covariates: npt.ArrayLike) -> Mask:
    """Withhold a logistic model of a single set of levels: its ratios are the odds of a table, level by level.

    A model of two sets of levels or more without their product does not give its table back.
    """
    return np.asarray(np.asarray(covariates, dtype=np.float64) < 2)

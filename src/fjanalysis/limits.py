"""Intervals and funnel limits as pure functions of counts, used on both sides of the airlock.

Every function takes arrays (or scalars) of counts and returns float arrays; a missing count gives a
missing limit. Proportions are returned as proportions (0 to 1): the caller puts them in its unit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Z95 = 1.959963984540054


def wilson(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, z: float = Z95
) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of a proportion.

    Source: Wilson (1927), JASA 22:209-212, without continuity correction.
    """
    x = np.asarray(numerator, dtype=np.float64)
    n = np.asarray(denominator, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = x / n
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    lower = np.where(x == 0, 0.0, centre - half)
    upper = np.where(x == n, 1.0, centre + half)
    bad = ~(n > 0)
    return np.where(bad, np.nan, lower), np.where(bad, np.nan, upper)


def exact_poisson(count: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the exact (Garwood) interval of a Poisson mean, given one count of events.

    Source: Garwood (1936), Biometrika 28:437-442, by quantiles of the gamma distribution.
    """
    x = np.asarray(count, dtype=np.float64)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        lower = np.where(x > 0, special.gammaincinv(np.where(x > 0, x, 1.0), tail), 0.0)
        upper = special.gammaincinv(x + 1, 1 - tail)
    return np.where(np.isnan(x), np.nan, lower), np.where(np.isnan(x), np.nan, upper)


def binomial_funnel(
    denominator: npt.ArrayLike, target: float, level: float
) -> tuple[Floats, Floats]:
    """Return exact binomial funnel limits for proportions of `denominator` persons around `target`.

    The limits are interpolated between adjacent counts so that they run smoothly.
    Source: Spiegelhalter (2005), Statistics in Medicine 24:1185-1202, appendix A.1.1.
    """
    n = np.asarray(denominator, dtype=np.float64)
    tail = (1 - level) / 2

    def within(k: Floats) -> Floats:
        """Return the probability of at most `k` cases."""
        some = special.betainc(np.maximum(n - k, 1e-9), np.maximum(k, 0) + 1, 1 - target)
        return np.asarray(np.where(k < 0, 0.0, np.where(k >= n, 1.0, some)))

    def reached(quantile: float) -> Floats:
        """Return a count near that at which the distribution function reaches a quantile."""
        return np.where(target > 0, special.bdtrik(quantile, n, target), 0.0)

    with np.errstate(divide="ignore", invalid="ignore"):
        lower = _interpolated(within, reached, tail) / n
        upper = np.minimum(_interpolated(within, reached, 1 - tail), n) / n
    return lower, upper


def poisson_funnel(population: npt.ArrayLike, target: float, level: float) -> tuple[Floats, Floats]:
    """Return exact Poisson funnel limits for rates (events a person) around `target`.

    Source: Spiegelhalter (2005), Statistics in Medicine 24:1185-1202, appendix A.1.2.
    """
    n = np.asarray(population, dtype=np.float64)
    tail = (1 - level) / 2
    mean = n * target

    def within(k: Floats) -> Floats:
        """Return the probability of at most `k` events."""
        return np.where(k < 0, 0.0, special.pdtr(np.maximum(k, 0), mean))

    def reached(quantile: float) -> Floats:
        """Return a count near that at which the distribution function reaches a quantile."""
        return np.where(mean > 0, special.pdtrik(quantile, mean), 0.0)

    with np.errstate(divide="ignore", invalid="ignore"):
        lower = _interpolated(within, reached, tail) / n
        return lower, _interpolated(within, reached, 1 - tail) / n


def _interpolated(
    within: Callable[[Floats], Floats], reached: Callable[[float], Floats], quantile: float
) -> Floats:
    """Return a quantile of a distribution of counts, interpolated between adjacent counts.

    Parameters
    ----------
    within
        The probability of at most so many.
    reached
        Where it reaches a quantile, to the nearest count or so.
    """
    k = np.maximum(np.ceil(reached(quantile)), 0.0)
    k = np.where(within(k - 1) >= quantile, np.maximum(k - 1, 0.0), k)
    here, before = within(k), within(k - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (here - quantile) / (here - before)
    return np.asarray(np.maximum(k - np.where(np.isfinite(step), step, 0.0), 0.0))


def survival_curve(at_risk: npt.ArrayLike, events: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the product-limit survival curve and Greenwood's sum of a life table.

    Parameters
    ----------
    at_risk, events
        One entry an interval, in order of time: persons at risk when it begins, events within it.

    Returns
    -------
    survival, greenwood
        Survival at the end of each interval, and the sum of d / (n (n - d)) up to it.

    Source: Kaplan and Meier (1958), JASA 53:457-481; Greenwood (1926).
    """
    n = np.asarray(at_risk, dtype=np.float64)
    d = np.asarray(events, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(n > 0, 1 - d / n, 1.0)
        term = np.where((n > 0) & (n > d), d / (n * (n - d)), np.where(d > 0, np.inf, 0.0))
    return np.asarray(np.cumprod(step)), np.asarray(np.cumsum(term))


def log_log(
    survival: npt.ArrayLike, greenwood: npt.ArrayLike, z: float = Z95
) -> tuple[Floats, Floats]:
    """Return the log-log interval of a survival probability.

    It is missing where the survival is 0 or 1, as in R's `survival`.
    Source: Kalbfleisch and Prentice (2002), section 1.4.1; R `survfit(conf.type = "log-log")`.
    """
    s = np.asarray(survival, dtype=np.float64)
    g = np.asarray(greenwood, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_s = np.log(s)
        spread = z * np.sqrt(g) / np.abs(log_s)
        lower = np.exp(log_s * np.exp(spread))
        upper = np.exp(log_s * np.exp(-spread))
    bad = ~((s > 0) & (s < 1))
    return np.where(bad, np.nan, lower), np.where(bad, np.nan, upper)

"""Rounding of counts, and figures made anew from what was rounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fjanalysis.limits import exact_poisson, wilson

Floats = npt.NDArray[np.float64]


def to_base(count: npt.ArrayLike, base: int) -> Floats:
    """Return each count rounded to the nearest multiple of `base`, halves upwards.

    Each count is rounded on its own, totals too, so that parts may not add up. The rule keeps order
    (a part never rises above its whole) and gives equal counts equal results.
    """
    x = np.asarray(count, dtype=np.float64)
    return np.asarray(np.floor(x / base + 0.5) * base)


def band_width(threshold: int) -> int:
    """Return the width of the bands into which the running totals of a life table are put.

    It is the smallest odd number above the threshold, so that the first band, which holds nobody and
    everything under the threshold, reaches the threshold too; odd, so that a band's middle is whole.
    """
    return threshold + 1 + threshold % 2


def to_band(total: npt.ArrayLike, width: int) -> Floats:
    """Return each running total as the middle of its band of `width`; the first band is shown as 0.

    The bands are 0 to width - 1, width to 2 width - 1 and so on. Of a width of 11 the totals shown are 0,
    16, 27, 38 …, so that no step between two of them is smaller than 11.

    Source: midpoint rounding of cumulative counts, as in the OpenSAFELY output guidance; there the first
    band shows its middle as well, which is a count under the threshold.
    """
    x = np.asarray(total, dtype=np.float64)
    band = np.floor(x / width)
    return np.asarray(np.where(band > 0, band * width + (width - 1) / 2, 0.0))


def band_top(shown: npt.ArrayLike, width: int) -> Floats:
    """Return the largest running total that is shown so by `to_band`."""
    x = np.asarray(shown, dtype=np.float64)
    return np.asarray(np.where(x > 0, x + (width - 1) / 2, width - 1.0))


def percent(count: Floats, base: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the percentage of `base` and its Wilson interval, from rounded counts."""
    lower, upper = wilson(count, base)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, 100 * count / base, np.nan), 100 * lower, 100 * upper


def rate(count: Floats, population: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the rate per 10,000 and its exact Poisson interval, from a rounded count."""
    lower, upper = exact_poisson(count)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(population > 0, 10_000 / population, np.nan)
    return count * factor, lower * factor, upper * factor


def significant(value: npt.ArrayLike, digits: int) -> Floats:
    """Return values cut to so many significant digits; 0 and missing values stay."""
    x = np.asarray(value, dtype=np.float64)
    out = x.copy()
    usable = np.isfinite(x) & (x != 0)
    places = digits - 1 - np.floor(np.log10(np.abs(x[usable]))).astype(int)
    out[usable] = [round(float(v), int(p)) for v, p in zip(x[usable], places, strict=True)]
    return out


def coarse_percent(value: npt.ArrayLike, persons: npt.ArrayLike, base: int) -> Floats:
    """Return percentages on a scale so coarse that one step is worth at least `base` persons.

    The steps are 0.1, 0.2, 0.5, 1, 2, 5, 10, 20 and 50 percentage points.
    """
    x = np.asarray(value, dtype=np.float64)
    n = np.asarray(persons, dtype=np.float64)
    steps = np.array([0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50])
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.nan_to_num(100 * base / n, nan=50.0, posinf=50.0)
    step = steps[np.minimum(np.searchsorted(steps, least), len(steps) - 1)]
    return np.asarray(np.round(np.round(x / step) * step, 1))

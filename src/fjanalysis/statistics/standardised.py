"""Directly standardised rates: what a place's rate would be if its people were of the ages of all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]


def directly_standardised(
    events: npt.ArrayLike, population: npt.ArrayLike, standard: npt.ArrayLike, level: float = 0.95
) -> tuple[float, float, float]:
    """Return a directly standardised rate with its gamma interval.

    Parameters
    ----------
    events, population
        Of the place, by stratum (an age band), shape (k,): counts, and persons or person-years.
    standard
        The standard population by stratum, in any unit, shape (k,).
    level
        Of the interval.

    Returns
    -------
    rate, lower, upper
        Events a person, or a person-year. All are missing where a stratum of the standard has nobody in
        the place: its rate is then unknown. Without any event the lower limit is 0.

    Source: Fay and Feuer (1997), Statistics in Medicine 16:791-801.
    """
    x, n = np.asarray(events, dtype=np.float64), np.asarray(population, dtype=np.float64)
    share = np.asarray(standard, dtype=np.float64)
    counts = share > 0
    x, n, share = x[counts], n[counts], share[counts]
    if len(n) == 0 or not (n > 0).all():
        return (float("nan"),) * 3
    weight = share / share.sum() / n
    rate, variance, most = float(weight @ x), float(weight**2 @ x), float(weight.max())
    tail = (1 - level) / 2
    lower = 0.0
    if rate > 0:
        lower = float(special.gammaincinv(rate**2 / variance, tail) * (variance / rate))
    ahead, spread = rate + most, variance + most**2
    upper = float(special.gammaincinv(ahead**2 / spread, 1 - tail) * (spread / ahead))
    return rate, lower, upper

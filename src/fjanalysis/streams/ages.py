"""Ages from weeks of birth, and the bands that they are given in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

AGES = ("under 20", "20 to 24", "25 to 29", "30 to 34", "35 and over")
YOUNGEST = ("under 1", "1 to 4", "5 to 9", "10 and over")
UNKNOWN = "unknown"
_AGE_BOUNDS = (-np.inf, 20, 25, 30, 35, np.inf)
_YOUNGEST_BOUNDS = (-np.inf, 1, 5, 10, np.inf)


def completed_years(birth_week: pd.Series, day: pd.Series) -> pd.Series:
    """Return the completed years from the Monday of the birth week to a day; null where unknown."""
    years: pd.Series = day.dt.year - birth_week.dt.year
    before = (day.dt.month * 100 + day.dt.day) < (birth_week.dt.month * 100 + birth_week.dt.day)
    completed: pd.Series = years - before.astype("int64")
    return completed


def banded(values: pd.Series, bounds: Sequence[float], names: Sequence[str]) -> pd.Series:
    """Return the name of the band that each number is in, its lower bound included; else `unknown`."""
    number = pd.to_numeric(values).astype("float64")
    cut = pd.cut(number, list(bounds), right=False, labels=list(names))
    return cut.astype(object).where(cut.notna(), UNKNOWN)


def chosen(conditions: Mapping[str, pd.Series], otherwise: str) -> npt.NDArray[np.object_]:
    """Return for each row the name of the first condition that holds; equal names are one object.

    Parameters
    ----------
    conditions
        Truth values by name, each of shape (n,).
    otherwise
        The name where none holds.
    """
    names = np.array([otherwise, *conditions], dtype=object)
    codes = np.select(
        [each.to_numpy(dtype=bool) for each in conditions.values()],
        list(range(1, len(names))),
        default=0,
    )
    return np.asarray(names[codes])


def adult_ages(years: pd.Series) -> pd.Series:
    """Return the age band of adults, from completed years."""
    return banded(years, _AGE_BOUNDS, AGES)


def youngest_ages(years: pd.Series) -> pd.Series:
    """Return the age band of a youngest child, from completed years; before birth is under 1."""
    return banded(years, _YOUNGEST_BOUNDS, YOUNGEST)

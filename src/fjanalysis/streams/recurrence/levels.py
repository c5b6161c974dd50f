"""The levels by which recurrence is broken down, and how a parent is put into them."""

from __future__ import annotations

import numpy as np
import pandas as pd

PARENTS = ("mother", "father")
EVENTS = ("any_return", "new_child_return")
AGES = ("under 20", "20 to 24", "25 to 29", "30 to 34", "35 and over")
CHILDREN = ("1", "2", "3", "4 and over")
YOUNGEST = ("under 1", "1 to 4", "5 to 9", "10 and over")
INDEX_PERIODS = ("before April 2014", "from April 2014")
FINAL_ORDERS = (
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
)
NOT_YET_MADE = "not yet made"
UNKNOWN = "unknown"
LENGTH_OF_DATA = "length of the data"
# Dimensions as known at the index issue; `unknown` is a further level of each where it occurs.
DIMENSIONS = {
    "age": AGES,
    "children": CHILDREN,
    "index period": INDEX_PERIODS,
    "youngest child": YOUNGEST,
}
SETS = ("1", "2", "3", "4 and over")
SINGLE_COURT = pd.Timestamp("2014-04-01")


def add_levels(parents: pd.DataFrame) -> pd.DataFrame:
    """Return the cohort with a column of levels for each dimension.

    Parameters
    ----------
    parents
        `age` (completed years, null where unknown), `children` (named on the day of index issue),
        `youngest_birth_week`, `index_date` and `sets`.
    """
    out = parents.copy()
    index = out["index_date"]
    out["age_level"] = _banded(out["age"], [-np.inf, 20, 25, 30, 35, np.inf], AGES)
    number = out["children"].where(out["children"] > 0)
    out["children_level"] = _banded(number, [1, 2, 3, 4, np.inf], CHILDREN)
    out["youngest_child_level"] = _banded(
        completed_years(out["youngest_birth_week"], index), [-np.inf, 1, 5, 10, np.inf], YOUNGEST
    )
    out["index_period_level"] = np.where(index < SINGLE_COURT, *INDEX_PERIODS)
    out["sets_level"] = _banded(out["sets"], [1, 2, 3, 4, np.inf], SETS)
    return out


def level_column(dimension: str) -> str:
    """Return the name of the column that holds the levels of a dimension."""
    return dimension.replace(" ", "_") + "_level"


def completed_years(birth_week: pd.Series, day: pd.Series) -> pd.Series:
    """Return the completed years from the Monday of the birth week to a day; null where unknown."""
    years: pd.Series = day.dt.year - birth_week.dt.year
    before = (day.dt.month * 100 + day.dt.day) < (birth_week.dt.month * 100 + birth_week.dt.day)
    completed: pd.Series = years - before.astype("int64")
    return completed


def _banded(values: pd.Series, bounds: list[float], names: tuple[str, ...]) -> pd.Series:
    number = pd.to_numeric(values).astype("float64")
    cut = pd.cut(number, bounds, right=False, labels=list(names))
    return cut.astype(object).where(number.notna(), UNKNOWN)

"""The levels by which recurrence is broken down, and how a parent is put into them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fjanalysis.streams.ages import (
    AGES,
    YOUNGEST,
    adult_ages,
    banded,
    chosen,
    completed_years,
    youngest_ages,
)

PARENTS = ("mother", "father")
EVENTS = ("any_return", "new_child_return")
CHILDREN = ("1", "2", "3", "4 and over")
INDEX_PERIODS = ("before April 2014", "from April 2014")
NOT_YET_MADE = "not yet made"
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
    out["age_level"] = adult_ages(out["age"])
    number = out["children"].where(out["children"] > 0)
    out["children_level"] = banded(number, [1, 2, 3, 4, np.inf], CHILDREN)
    out["youngest_child_level"] = youngest_ages(completed_years(out["youngest_birth_week"], index))
    out["index_period_level"] = chosen({INDEX_PERIODS[0]: index < SINGLE_COURT}, INDEX_PERIODS[1])
    out["sets_level"] = banded(out["sets"], [1, 2, 3, 4, np.inf], SETS)
    return out

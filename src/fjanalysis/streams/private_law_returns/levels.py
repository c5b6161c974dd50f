"""The levels by which private-law cases are broken down, and how a case is put into them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fjanalysis.streams.ages import AGES, YOUNGEST, adult_ages, completed_years, youngest_ages

ORDERS = (
    "time with",
    "live with",
    "live and time with",
    "prohibited steps",
    "specific issue",
    "enforcement",
)
SEXES = ("female", "male", "both")
QUINTILES = ("1", "2", "3", "4", "5")
BRINGERS = ("same", "former respondent", "another person")
RELATIONS = ("grandparent", "sibling", "other relative", "parent", "none recorded")
LENGTH_OF_DATA = "length of the data"
OTHER_BASE = "of non-parent cases"
# Dimensions of a first case as known at its issue; `unknown` is a further level of each.
DIMENSIONS = {
    "order sought": ORDERS,
    "sex": SEXES,
    "youngest child": YOUNGEST,
}
APPLICANT_LEVELS = {
    "sex": ("female", "male", "unknown"),
    "age": (*AGES, "unknown"),
    "deprivation quintile": (*QUINTILES, "unknown"),
}


def order_column(order: str) -> str:
    """Return the column that says whether a case seeks the order."""
    return order.replace(" ", "_")


def add_levels(cases: pd.DataFrame) -> pd.DataFrame:
    """Return cases with a column of levels for each dimension.

    A case that seeks several orders is put at where the child lives and spends time first (both
    together where both are sought), then enforcement, prohibited steps and specific issues.
    """
    out = cases.copy()
    lives, times = out["live_with"], out["time_with"]
    out["order_sought_level"] = np.select(
        [
            out["live_and_time_with"] | (lives & times),
            lives,
            times,
            out["enforcement"],
            out["prohibited_steps"],
        ],
        ["live and time with", "live with", "time with", "enforcement", "prohibited steps"],
        default="specific issue",
    )
    woman, man = out["by_woman"], out["by_man"]
    out["sex_level"] = np.select(
        [woman & man, woman, man], ["both", "female", "male"], default="unknown"
    )
    age = completed_years(out["youngest_birth_week"], out["issue_date"])
    out["youngest_child_level"] = youngest_ages(age)
    out["relation"] = np.select(
        [out["by_grandparent"], out["by_sibling"], out["by_other"], out["by_parent"]],
        ["grandparent", "sibling", "other relative", "parent"],
        default="none recorded",
    )
    return out


def add_applicant_levels(applicants: pd.DataFrame) -> pd.DataFrame:
    """Return applicants (`sex`, `birth_week`, `deprivation_quintile`, `issue_date`) with their levels."""
    out = applicants.copy()
    out["sex"] = out["sex"].where(out["sex"].isin(["female", "male"]), "unknown")
    out["age"] = adult_ages(completed_years(out["birth_week"], out["issue_date"]))
    quintile = out["deprivation_quintile"].astype("Int64").astype("string")
    out["deprivation quintile"] = quintile.where(quintile.isin(QUINTILES), "unknown").fillna(
        "unknown"
    )
    return out

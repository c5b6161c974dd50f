"""The levels by which private-law cases are broken down, and how a case is put into them."""

from __future__ import annotations

import pandas as pd

from fjanalysis.streams.ages import (
    AGES,
    UNKNOWN,
    YOUNGEST,
    adult_ages,
    chosen,
    completed_years,
    youngest_ages,
)

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
    out["order_sought_level"] = chosen(
        {
            "live and time with": out["live_and_time_with"] | (lives & times),
            "live with": lives,
            "time with": times,
            "enforcement": out["enforcement"],
            "prohibited steps": out["prohibited_steps"],
        },
        "specific issue",
    )
    woman, man = out["by_woman"], out["by_man"]
    out["sex_level"] = chosen({"both": woman & man, "female": woman, "male": man}, UNKNOWN)
    age = completed_years(out["youngest_birth_week"], out["issue_date"])
    out["youngest_child_level"] = youngest_ages(age)
    out["relation"] = chosen(
        {
            "grandparent": out["by_grandparent"],
            "sibling": out["by_sibling"],
            "other relative": out["by_other"],
            "parent": out["by_parent"],
        },
        "none recorded",
    )
    return out


def add_applicant_levels(applicants: pd.DataFrame) -> pd.DataFrame:
    """Return applicants (`sex`, `birth_week`, `deprivation_quintile`, `issue_date`) with their levels."""
    out = applicants.copy()
    out["sex"] = out["sex"].where(out["sex"].isin(["female", "male"]), "unknown")
    out["age"] = adult_ages(completed_years(out["birth_week"], out["issue_date"]))
    quintile = out["deprivation_quintile"].fillna(0).astype("int64")
    out["deprivation quintile"] = chosen(
        {name: quintile == place for place, name in enumerate(QUINTILES, start=1)}, UNKNOWN
    )
    return out

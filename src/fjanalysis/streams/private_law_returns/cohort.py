"""Private-law cases, their applicants, and children's ended sets of care proceedings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from fjanalysis.periods import anniversary
from fjanalysis.reference import child_population
from fjanalysis.statistics.survival import Integers
from fjanalysis.streams.cohort import Cohort, as_frame, read_sql
from fjanalysis.streams.flow import Window, flow_of, number, windows
from fjanalysis.streams.grid import make_grid
from fjanalysis.streams.private_law_returns.levels import add_applicant_levels, add_levels
from fjanalysis.streams.private_law_returns.method import (
    GROWN_UP,
    STILL_OPEN,
    WASHED_OUT,
    WITHOUT_APPLICATION,
    YEARS_LEFT_OUT,
)
from fjanalysis.streams.private_law_returns.parameters import Parameters
from fjanalysis.streams.proceedings import prepare_final_orders, prepare_sets
from fjanalysis.streams.study import Study
from fjanalysis.streams.windows import area_nations, headline_grid

# No legal output before this day is used.
FIRST_ORDERS = date(2010, 4, 1)
OF_APPLICANT = (
    "nation", "region", "dfj_area", "issue_date", "year", "sex", "birth_week", "deprivation_quintile",
)  # fmt: skip


@dataclass(frozen=True)
class PrivateLaw:
    """What the private-law returns stream counts.

    Parameters
    ----------
    cases
        One row a case, sorted by case, with its levels: where and when it was issued, the date of the case
        before it, the date and row (`return_row`, -1: none) of the next return about the same children,
        and `is_first`, `origin_date`, `follow_up_date` and `family` (the same number for cases linked
        through the children whom they share).
    applicants
        One row a case and applicant, with their levels and the case's place and year.
    ended_sets
        One row a child and set of care proceedings with a final order.
    flow
        From records read to cohort, as results rows.
    grid, first_grid, seen_grid, ended_grid
        Areas and complete years of cases, of first cases, of first cases within the records of public law, and
        of final orders in care proceedings.
    nations
        The nation's name of each area that lies in one.
    data_start
        First day of private-law data, by nation.
    population
        Children by area and financial year.
    follow_up_end
        Last day of follow-up.
    headlines
        Whether only headlines of nations over the whole window are given, as in variants.
    """

    cases: pd.DataFrame
    applicants: pd.DataFrame
    ended_sets: pd.DataFrame
    flow: pd.DataFrame
    grid: pd.DataFrame
    first_grid: pd.DataFrame
    seen_grid: pd.DataFrame
    ended_grid: pd.DataFrame
    nations: Mapping[str, str]
    data_start: Mapping[str, date]
    population: pd.DataFrame
    follow_up_end: date
    headlines: bool = False


def load_private_law(study: Study) -> PrivateLaw:
    """Return the cases of a study's refresh, by its parameters."""
    parameters = study.parameters
    assert isinstance(parameters, Parameters)  # noqa: S101 - the study's stream is this one
    end = study.refresh.follow_up_end
    starts = study.data_start("private")
    starting = {
        nation: anniversary(day, years=parameters.washout_years) for nation, day in starts.items()
    }
    public = study.data_start("public")
    ended = {
        nation: max(starts[nation], public[nation], FIRST_ORDERS)
        for nation in starts
        if nation in public
    }
    # What follows a case can be seen only where the records of the other law have begun.
    seen = {nation: max(starting[nation], public[nation]) for nation in ended}
    local = parameters.local_period_years
    grids = [make_grid(study.areas, days, end, local) for days in (starts, starting, seen, ended)]
    if study.variant != "main":
        grids = [headline_grid(grid) for grid in grids]
    grid, first_grid, seen_grid, ended_grid = grids
    with study.database() as cohort:
        prepare_sets(
            cohort,
            end,
            merge_gap_days=parameters.merge_gap_days,
            new_baby_starts_set=parameters.new_baby_starts_set,
        )
        prepare_final_orders(cohort, end)
        make_cases(cohort, end, parameters)
        cohort.run(read_sql(__package__, "applicants.sql"), {}, result="placed_applicants")
        cohort.run(read_sql(__package__, "ended_sets.sql"), {}, result="ended_sets")
        cases = frame_of(cohort.arrow("cohort", key=["case_id"]), cohort.arrow("private_children"))
        applicants = cohort.frame(
            "placed_applicants", key=["case_id", "person_id"], columns=OF_APPLICANT
        )
        ended_sets = cohort.frame("ended_sets")
        cases = add_times(add_levels(cases), starting, end, parameters.origin)
        flow = flow_rows(cohort, cases, grid, first_grid)
    return PrivateLaw(
        cases=cases,
        applicants=add_applicant_levels(applicants),
        ended_sets=ended_sets,
        flow=flow,
        grid=grid,
        first_grid=first_grid,
        seen_grid=seen_grid,
        ended_grid=ended_grid,
        nations=area_nations(study.areas),
        data_start=starts,
        population=child_population(study.project.workspace / "reference"),
        follow_up_end=end,
        headlines=study.variant != "main",
    )


def make_cases(cohort: Cohort, follow_up_end: date, parameters: Parameters) -> None:
    """Make the cases (the step `cohort`) and all steps before them in a cohort's database."""
    values = {
        "follow_up_end": follow_up_end,
        "merge_gap_days": parameters.merge_gap_days,
        "child_rule": parameters.child_rule,
    }
    cohort.run(read_sql(__package__), values)


def frame_of(cases: pa.Table, children: pa.Table) -> pd.DataFrame:
    """Return cases as a frame, with rows and families in place of the ids of cases.

    Parameters
    ----------
    cases
        The step `cohort`, sorted by `case_id`.
    children
        One row a case and child: `case_id`, `child_id`.

    Returns
    -------
    pandas.DataFrame
        The other columns of `cases`, with `return_row` (the row of the next return, -1: none) and `family`.
    """
    ids = cases.column("case_id").combine_chunks()
    returns = pc.fill_null(pc.index_in(cases.column("return_id"), value_set=ids), -1)
    frame = as_frame(cases.drop_columns(["case_id", "before_id", "return_id"]))
    frame["return_row"] = returns.to_numpy().astype(np.int64)
    frame["family"] = families_of(ids, children)
    return frame


def add_times(
    cases: pd.DataFrame, starting: Mapping[str, date], follow_up_end: date, origin: str
) -> pd.DataFrame:
    """Return the cases with time zero and the end of follow-up of a return.

    Parameters
    ----------
    cases
        Dates of issue, last final order, last hearing and closure, the youngest child's birth week.
    starting
        First day of issue of a first case, by nation.
    follow_up_end
        Last day of follow-up.
    origin
        `closure`: the last final order, else the last hearing, else the closure of a closed case; an open
        one has none. `issue`: the issue of the case.

    Returns
    -------
    pandas.DataFrame
        With `is_first`, `origin_date` (null: none) and `follow_up_date`, the end of follow-up or the 18th
        birthday of the youngest child.
    """
    out = cases.copy()
    start = out["nation"].map({nation: pd.Timestamp(day) for nation, day in starting.items()})
    out["is_first"] = out["is_earliest"] & (out["issue_date"] >= start)
    closing = out["last_order_date"].fillna(out["last_hearing_date"]).fillna(out["closed_date"])
    # An order or hearing recorded before the issue does not end the case before it began.
    closing = closing.where(closing.isna() | (closing >= out["issue_date"]), out["issue_date"])
    out["origin_date"] = (
        closing.where(out["closed_date"].notna()) if origin == "closure" else out["issue_date"]
    )
    adult = out["youngest_birth_week"] + pd.DateOffset(years=18)
    end = pd.Timestamp(follow_up_end)
    out["follow_up_date"] = adult.where(adult <= end, end)
    return out


def families_of(case_ids: pa.Array, children: pa.Table) -> Integers:
    """Return a number for each case's family: cases that share children, directly or through others.

    Parameters
    ----------
    case_ids
        Cases, sorted, shape (n,).
    children
        One row a case and child: `case_id`, `child_id`.
    """
    cases = pc.index_in(children.column("case_id"), value_set=case_ids).to_numpy()
    named = children.column("child_id").combine_chunks().dictionary_encode()
    child = named.indices.to_numpy().astype(np.int64) + len(case_ids)
    size = len(case_ids) + int(child.max() - len(case_ids) + 1 if len(child) else 0)
    links = sparse.coo_array((np.ones(len(cases), np.int8), (cases, child)), shape=(size, size))
    labels = csgraph.connected_components(links, directed=False)[1]
    return np.asarray(labels[: len(case_ids)], dtype=np.int64)


def followed(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the cases that can be followed: with a time zero, and a child then under 18."""
    kept = cases["origin_date"].notna() & (cases["origin_date"] <= cases["follow_up_date"])
    return cases[kept].reset_index(drop=True)


PRIVATE_READ = """
    SELECT COUNT(*) FROM cases WHERE law_type = 'private' AND LIST_CONTAINS($nations, nation)
"""
IMPOSSIBLE = """
    SELECT COUNT(*) FROM impossible_applicants
    INNER JOIN cohort ON impossible_applicants.case_id = cohort.case_id
    WHERE LIST_CONTAINS($nations, nation) AND issue_date BETWEEN $first AND $last
"""


def flow_rows(
    cohort: Cohort, cases: pd.DataFrame, grid: pd.DataFrame, first_grid: pd.DataFrame
) -> pd.DataFrame:
    """Return the flow from cases read to the first cases whose returns are given, as results rows.

    Parameters
    ----------
    cohort
        The database of the cases.
    cases
        What `add_times` gave.
    grid, first_grid
        Areas and complete years of cases, and of first cases.
    """
    of_first = {window.area: window for window in windows(first_grid)}
    return flow_of(
        {
            window: _steps(cohort, cases, window, of_first.get(window.area))
            for window in windows(grid)
        }
    )


def _steps(
    cohort: Cohort, cases: pd.DataFrame, window: Window, first_window: Window | None
) -> list[tuple[str, int]]:
    nations = list(window.nations)
    days = {"first": window.first, "last": window.last}
    read = number(cohort, PRIVATE_READ, nations=nations)
    about = int(cases["nation"].isin(nations).sum())
    own = cases[window.holds(cases, "issue_date")]
    earliest = own["is_earliest"]
    first = own[
        own["is_first"] & (first_window.holds(own, "issue_date") if first_window else False)
    ]
    kept = followed(first)
    early = kept["return_date"] < kept["origin_date"]
    outside = {
        "private-law cases read": read,
        WITHOUT_APPLICATION: read - about,
        "private-law cases about arrangements for children": about,
        YEARS_LEFT_OUT: about - len(own),
    }
    counted = ({} if window.pooled else outside) | {
        "cases issued in the years given": len(own),
        "cases without a recorded child": (own["children"] == 0).sum(),
        "cases without a recorded applicant": (own["applicants"] == 0).sum(),
        "applicants of an impossible age, taken as unknown": number(
            cohort, IMPOSSIBLE, nations=nations, **days
        ),
        "cases that are returns": own["is_return"].sum(),
        "cases inside the merge gap, neither return nor first": (
            ~earliest & ~own["is_return"]
        ).sum(),
        "cases without an earlier one": earliest.sum(),
        WASHED_OUT: earliest.sum() - len(first),
        "first cases, issued after the wash-out": len(first),
        STILL_OPEN: first["origin_date"].isna().sum(),
        GROWN_UP: (first["origin_date"] > first["follow_up_date"]).sum(),
        "first cases followed": len(kept),
        "first cases whose return was issued before time zero": early.sum(),
    }
    return [(words, int(count)) for words, count in counted.items()]

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
from fjanalysis.streams.grid import make_grid
from fjanalysis.streams.private_law_returns.levels import add_applicant_levels, add_levels
from fjanalysis.streams.private_law_returns.parameters import Parameters
from fjanalysis.streams.proceedings import prepare_final_orders, prepare_sets
from fjanalysis.streams.study import Study, cohort_flow
from fjanalysis.streams.windows import area_nations, headline_grid, whole_area

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
    grid, first_grid, ended_grid
        Areas and complete years of cases, of first cases, and of final orders in care proceedings.
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
    windows = {
        nation: anniversary(day, years=parameters.washout_years) for nation, day in starts.items()
    }
    public = study.data_start("public")
    ended = {
        nation: max(starts[nation], public[nation], FIRST_ORDERS)
        for nation in starts
        if nation in public
    }
    local = parameters.local_period_years
    grids = [make_grid(study.areas, days, end, local) for days in (starts, windows, ended)]
    if study.variant != "main":
        grids = [headline_grid(grid) for grid in grids]
    grid, first_grid, ended_grid = grids
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
        impossible = cohort.count("impossible_applicants")
    cases = add_times(add_levels(cases), windows, end, parameters.origin)
    return PrivateLaw(
        cases=cases,
        applicants=add_applicant_levels(applicants),
        ended_sets=ended_sets,
        flow=flow_rows(cases, grid, parameters.origin, impossible),
        grid=grid,
        first_grid=first_grid,
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
    cases: pd.DataFrame, windows: Mapping[str, date], follow_up_end: date, origin: str
) -> pd.DataFrame:
    """Return the cases with time zero and the end of follow-up of a return.

    Parameters
    ----------
    cases
        Dates of issue, last final order, last hearing and closure, the youngest child's birth week.
    windows
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
    start = out["nation"].map({nation: pd.Timestamp(day) for nation, day in windows.items()})
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


def flow_rows(
    cases: pd.DataFrame, grid: pd.DataFrame, origin: str, impossible: int
) -> pd.DataFrame:
    """Return the flow from cases read to first cases followed as results rows.

    `impossible` applicants have an age that cannot be, and is taken as unknown.
    """
    first = cases[cases["is_first"]]
    kept = followed(first)
    early = kept["return_date"] < kept["origin_date"]
    within = ~cases["is_earliest"] & ~cases["is_return"]
    steps = [
        ("private-law cases about arrangements for children", len(cases)),
        ("cases without a recorded child", int((cases["children"] == 0).sum())),
        ("cases without a recorded applicant", int((cases["applicants"] == 0).sum())),
        ("applicants of an impossible age, taken as unknown", impossible),
        ("cases that are returns", int(cases["is_return"].sum())),
        ("cases inside the merge gap, neither return nor first", int(within.sum())),
        ("cases without an earlier one", int(cases["is_earliest"].sum())),
        ("first cases, issued after the wash-out", len(first)),
        ("first cases followed", len(kept)),
        ("first cases whose return was issued before time zero", int(early.sum())),
    ]
    if origin == "closure":
        still_open = int(first["origin_date"].isna().sum())
        steps.insert(8, ("first cases left out: still open", still_open))
    adult = int((first["origin_date"] > first["follow_up_date"]).sum())
    steps.insert(-2, ("first cases left out: youngest child 18 at time zero", adult))
    area = whole_area(grid)
    period = grid.loc[(grid["area"] == area) & (grid["span"] == "whole"), "period"]
    return cohort_flow(steps, area, str(period.iloc[0]) if len(period) else "")

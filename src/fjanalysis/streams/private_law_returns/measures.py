"""Counts, shares and curves of the private-law returns stream as tidy results."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fjanalysis.statistics import rates
from fjanalysis.statistics.survival_rows import Exits, exits, summary_rows
from fjanalysis.streams.curves import (
    Cell,
    Table,
    cohort_cells,
    curve_rows,
    gathered,
    grouped,
    level_codes,
    level_column,
    level_curves,
    place_tests,
)
from fjanalysis.streams.denominators import population_of
from fjanalysis.streams.grid import POOLED, UNIT_AREAS, cells, counted, estimated, placed
from fjanalysis.streams.private_law_returns.cohort import PrivateLaw, followed
from fjanalysis.streams.private_law_returns.levels import (
    APPLICANT_LEVELS,
    BRINGERS,
    DIMENSIONS,
    LENGTH_OF_DATA,
    ORDERS,
    OTHER_BASE,
    RELATIONS,
    order_column,
)
from fjanalysis.streams.windows import headline_grid, without_look_back

UNIT_COLUMNS = (*UNIT_AREAS.values(), "year")


def case_rows(law: PrivateLaw) -> pd.DataFrame:
    """Return the number of cases by area and year, and the rate per 10,000 children aged 0 to 17."""
    units = law.cases[list(UNIT_COLUMNS)].assign(cases=1)
    plain = cells(units, ["cases"], counted(law.grid))
    longer = cells(units, ["cases"], estimated(law.grid))
    children = population_of(law.grid, law.population).rename(columns={"population": "children"})
    longer = longer.merge(children, on=["area", "period"], how="left")
    return pd.concat(
        [
            rates.counts(plain, "private_cases", "cases"),
            rates.rates(longer, "private_cases", "cases", "children", note=longer["note"]),
        ],
        ignore_index=True,
    )


def applicant_rows(law: PrivateLaw) -> pd.DataFrame:
    """Return who applies: applicants by sex, age and deprivation quintile, as percentages.

    An applicant counts once in each case. Quintiles are ranks within a nation, so the two nations are not
    put together.
    """
    people = law.applicants[[*UNIT_COLUMNS, *APPLICANT_LEVELS]].assign(applicants=1)
    found = []
    for dimension, levels in APPLICANT_LEVELS.items():
        grid = estimated(law.grid)
        if dimension == "deprivation quintile":
            grid = grid[grid["area"] != POOLED]
        part = cells(people, ["applicants"], grid, by={dimension: levels})
        part["base"] = part.groupby(["area", "period"])["applicants"].transform("sum")
        found.append(
            rates.percents(part, "applicant", "applicants", "base", dimensions=[dimension])
        )
    return pd.concat(found, ignore_index=True)


def order_rows(law: PrivateLaw) -> pd.DataFrame:
    """Return the share of cases that seek each order; a case may seek several."""
    columns = [order_column(order) for order in ORDERS]
    cases = law.cases[[*UNIT_COLUMNS, *columns]].assign(cases=1)
    found = cells(cases, ["cases", *columns], estimated(law.grid))
    rows = []
    for order, column in zip(ORDERS, columns, strict=True):
        part = found.assign(**{"order sought": order})
        rows.append(
            rates.percents(part, "order_sought", column, "cases", dimensions=["order sought"])
        )
    return pd.concat(rows, ignore_index=True)


def returning_rows(law: PrivateLaw, look_back_years: int) -> pd.DataFrame:
    """Return the share of cases that are returns, looking back 1, 2, 3 and more years, and ever.

    A period with a year whose look-back is not all within the data is not applicable (`z`); with an open
    look-back the share rises with the length of the data.
    """
    columns = [*UNIT_COLUMNS, "is_return", "before_date", "issue_date"]
    cases = law.cases[columns].assign(cases=1)
    fixed = (1, 2, 3, look_back_years)
    for years in fixed:
        recent = cases["before_date"] >= cases["issue_date"] - pd.DateOffset(years=years)
        cases[f"within_{years}"] = cases["is_return"] & recent
    sums = ["cases", "is_return", *(f"within_{years}" for years in fixed)]
    found = cells(cases, sums, estimated(law.grid))
    rows = []
    for years in fixed:
        words = "1 year" if years == 1 else f"{years} years"
        part = rates.percents(
            found.assign(**{"look-back": words}),
            "returning_case",
            f"within_{years}",
            "cases",
            dimensions=["look-back"],
        )
        short = without_look_back(part, law.nations, law.data_start, years)
        rows.append(rates.withhold(part, short, "z"))
    ever = found.assign(**{"look-back": "ever"})
    rows.append(
        rates.percents(
            ever,
            "returning_case",
            "is_return",
            "cases",
            dimensions=["look-back"],
            note=LENGTH_OF_DATA,
        )
    )
    return pd.concat(rows, ignore_index=True)


def brought_rows(law: PrivateLaw) -> pd.DataFrame:
    """Return who brings returns, by what they were in the case before, as percentages."""
    kept = law.cases["is_return"] & (law.cases["applicants"] > 0)
    known = law.cases.loc[kept, [*UNIT_COLUMNS, "brought_by"]].assign(returns=1)
    part = cells(known, ["returns"], estimated(law.grid), by={"brought_by": BRINGERS})
    part["base"] = part.groupby(["area", "period"])["returns"].transform("sum")
    part = part.rename(columns={"brought_by": "applicant"})
    return rates.percents(part, "return_brought_by", "returns", "base", dimensions=["applicant"])


def first_returns(law: PrivateLaw) -> pd.DataFrame:
    """Return curves, horizons and summaries of the first return by area and period of first issue.

    Life tables are monthly over the whole window, and every 12 months in DFJ areas and single years, of
    which no curve is drawn.
    """
    first = first_cases(law)
    everybody = return_exits(first)
    found: list[Table] = []
    for cell in cohort_cells(first, law.first_grid):
        sample = everybody.take(cell.rows)
        every = 1 if cell.span == "whole" and not cell.local else 12
        found.append(curve_rows(sample, "first_return", cell.key, every=every))
        if cell.span == "whole":
            found.append(summary_rows(sample, "first_return", cell.key))
    return gathered(found)


def first_returns_by_level(law: PrivateLaw) -> pd.DataFrame:
    """Return curves, summaries and log-rank tests of the first return by what was known at issue."""
    first = first_cases(law)
    everybody = return_exits(first)
    codes = {
        name: level_codes(first[level_column(name)], levels) for name, levels in DIMENSIONS.items()
    }
    found: list[Table] = []
    for cell in national_cells(first, law):
        for dimension, levels in DIMENSIONS.items():
            sample, own = everybody.take(cell.rows), codes[dimension][cell.rows]
            found += level_curves(
                sample, own, "first_return", cell.key, dimension=dimension, levels=levels
            )
    return gathered(found)


def first_returns_by_place(law: PrivateLaw, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the log-rank tests that the nations, and the places within one, have the same curves."""
    first = first_cases(law)
    sample, inside = return_exits(first), national_cells(first, law)
    return gathered(place_tests(sample, first, "first_return", inside, areas))


def time_between(law: PrivateLaw) -> pd.DataFrame:
    """Return the median and quartiles of the days from the issue of the case before to a return's.

    The longer the data reach back, the longer the times that can be seen.
    """
    columns = [*UNIT_COLUMNS, "issue_date", "before_date"]
    returns = law.cases.loc[law.cases["is_return"], columns].assign(returns=1)
    returns["days"] = (returns["issue_date"] - returns["before_date"]).dt.days
    grid = estimated(law.grid)
    there = placed(returns[[*UNIT_COLUMNS, "days"]], grid)
    full = cells(returns, ["returns"], grid)
    return rates.quartiles(there, "time_between", "days", full, note=LENGTH_OF_DATA)


def later_returns(law: PrivateLaw) -> pd.DataFrame:
    """Return the cumulative percent with a second and a third return, from the return before."""
    cases = law.cases[[*UNIT_COLUMNS, "origin_date", "follow_up_date", "return_date", "return_row"]]
    first = cases[law.cases["is_first"] & (cases["return_row"] >= 0)]
    places, at = first[list(UNIT_COLUMNS)], first["return_row"].to_numpy()
    found: list[Table] = []
    for number in (1, 2):
        here = cases.iloc[at].reset_index(drop=True)
        here[list(UNIT_COLUMNS)] = places.reset_index(drop=True)
        kept = followed(here)
        everybody = return_exits(kept)
        for cell in national_cells(kept, law):
            key = grouped(cell.key, **{"from return": str(number)})
            found.append(curve_rows(everybody.take(cell.rows), "later_return", key))
        again = here["return_row"] >= 0
        places, at = here.loc[again, list(UNIT_COLUMNS)], here.loc[again, "return_row"].to_numpy()
    return gathered(found)


def public_after_private(law: PrivateLaw, years: int) -> pd.DataFrame:
    """Return the share of first cases that public-law proceedings about a shared child follow.

    Of first cases, open or not, with so many full years of follow-up; followed within as many years
    of issue. Years begin where the records of public law do: of a case before, nothing could be seen.
    """
    first = law.cases.loc[law.cases["is_first"], [*UNIT_COLUMNS, "issue_date", "public_date"]]
    units = _with_follow_up(first, "issue_date", "public_date", law, years)
    part = cells(units, ["base", "followed"], estimated(law.seen_grid))
    return rates.percents(part, "public_after_private", "followed", "base")


def private_after_public(law: PrivateLaw, years: int) -> pd.DataFrame:
    """Return the share of children's ended care sets that a private case about the child follows.

    Of sets with a final order and so many full years of follow-up; followed within as many years of
    the final order.
    """
    units = _with_follow_up(law.ended_sets, "final_order_date", "private_date", law, years)
    part = cells(units, ["base", "followed"], estimated(law.ended_grid))
    return rates.percents(part, "private_after_public", "followed", "base")


def non_parent_rows(law: PrivateLaw) -> pd.DataFrame:
    """Return non-parent cases: their number, share, the applicant's relation and the orders sought."""
    columns = [order_column(order) for order in ORDERS]
    cases = law.cases[[*UNIT_COLUMNS, "relation", *columns]]
    cases = cases.assign(cases=1, non_parent=~law.cases["parental"])
    shares = cells(cases, ["non_parent", "cases"], estimated(law.grid))
    rows = [
        rates.counts(shares, "non_parent_cases", "non_parent"),
        rates.percents(shares, "non_parent_cases", "non_parent", "cases"),
    ]
    own = cases[cases["non_parent"]]
    related = cells(own, ["cases"], estimated(law.grid), by={"relation": RELATIONS})
    related["base"] = related.groupby(["area", "period"])["cases"].transform("sum")
    rows.append(
        rates.percents(
            related,
            "non_parent_cases",
            "cases",
            "base",
            dimensions=["relation"],
            note=OTHER_BASE,
        )
    )
    sought = cells(own, ["cases", *columns], estimated(law.grid))
    for order, column in zip(ORDERS, columns, strict=True):
        part = sought.assign(**{"order sought": order})
        rows.append(
            rates.percents(
                part,
                "non_parent_cases",
                column,
                "cases",
                dimensions=["order sought"],
                note=OTHER_BASE,
            )
        )
    return pd.concat(rows, ignore_index=True)


def first_cases(law: PrivateLaw) -> pd.DataFrame:
    """Return the first cases that can be followed, with what curves and models of returns read of them."""
    levels = [level_column(dimension) for dimension in DIMENSIONS]
    dates = ["origin_date", "follow_up_date", "return_date"]
    return followed(
        law.cases.loc[law.cases["is_first"], [*UNIT_COLUMNS, *dates, *levels, "family"]]
    )


def return_exits(cases: pd.DataFrame) -> Exits:
    """Return when each case's families came back; an issue before time zero is a time of 0."""
    back = cases["return_date"].where(
        cases["return_date"].isna() | (cases["return_date"] >= cases["origin_date"]),
        cases["origin_date"],
    )
    return exits(cases["origin_date"], back, cases["follow_up_date"])


def _with_follow_up(
    units: pd.DataFrame, start: str, event: str, law: PrivateLaw, years: int
) -> pd.DataFrame:
    within = units[start] + pd.DateOffset(years=years)
    full = within <= pd.Timestamp(law.follow_up_end)
    out = units[full].copy()
    out["base"] = np.ones(len(out), dtype=np.int64)
    out["followed"] = out[event] <= within[full]
    return out


def national_cells(units: pd.DataFrame, law: PrivateLaw) -> Iterator[Cell]:
    """Yield nations over the whole window, in which breakdowns and models are given; none for headlines."""
    if not law.headlines:
        yield from cohort_cells(units, headline_grid(law.first_grid))

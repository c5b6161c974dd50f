"""Counts and curves of the recurrence stream as tidy results."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fjanalysis.results import horizon_name
from fjanalysis.statistics import rates
from fjanalysis.statistics.standardised import directly_standardised
from fjanalysis.statistics.survival_rows import Exits, exits, summary_rows
from fjanalysis.statistics.unavailable import EMPTY_AGE
from fjanalysis.streams.ages import AGES
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
from fjanalysis.streams.grid import cells, estimated
from fjanalysis.streams.proceedings import FINAL_ORDERS
from fjanalysis.streams.recurrence.cohort import Families
from fjanalysis.streams.recurrence.levels import (
    DIMENSIONS,
    EVENTS,
    LENGTH_OF_DATA,
    PARENTS,
    SETS,
)
from fjanalysis.streams.windows import headline_grid, without_look_back

YEAR_DAYS = 365.25


def index_parents(families: Families) -> pd.DataFrame:
    """Return the number of parents in the cohort by area and year of index issue; longer in DFJ areas."""
    found = cells(
        families.parents.assign(one=1),
        ["one"],
        estimated(families.grid),
        by={"parent": PARENTS},
    )
    return rates.counts(found, "index_parents", "one", dimensions=["parent"])


def returns(families: Families) -> pd.DataFrame:
    """Return curves, horizons and summaries of each event by parent, area and period.

    Life tables are monthly over the whole window, and every 12 months in DFJ areas and single years, of
    which no curve is drawn.
    """
    found: list[Table] = []
    samples = _samples(families)
    for cell in cohort_cells(families.parents, families.grid):
        for event, everybody in samples.items():
            sample = everybody.take(cell.rows)
            found.append(
                curve_rows(
                    sample,
                    event,
                    cell.key,
                    every=1 if cell.span == "whole" and not cell.local else 12,
                )
            )
            if cell.span == "whole":
                found.append(summary_rows(sample, event, cell.key))
    return gathered(found)


def returns_by_level(families: Families) -> pd.DataFrame:
    """Return curves, summaries and log-rank tests of each event by what was known at index issue.

    For nations, over the whole window. The level `unknown` has a curve but is in no test.
    """
    found: list[Table] = []
    samples = _samples(families)
    codes = {
        dimension: level_codes(families.parents[level_column(dimension)], levels)
        for dimension, levels in DIMENSIONS.items()
    }
    for cell in national_cells(families.parents, families):
        for event, everybody in samples.items():
            for dimension, levels in DIMENSIONS.items():
                sample, own = everybody.take(cell.rows), codes[dimension][cell.rows]
                found += level_curves(
                    sample, own, event, cell.key, dimension=dimension, levels=levels
                )
    return gathered(found)


def returns_by_place(families: Families, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the log-rank tests that the nations, and the places within one, have the same curves."""
    parents = families.parents
    inside = list(national_cells(parents, families))
    found = []
    for event, everybody in _samples(families).items():
        found += place_tests(everybody, parents, event, inside, areas)
    return gathered(found)


def standardised_returns(families: Families, years: int = 5) -> pd.DataFrame:
    """Return returns per 10,000 parents followed for a year, standardised to the ages of all.

    Parents are followed for `years` years at most, over the whole window, in nations, regions and DFJ areas.
    The standard is the time for which all parents of the same sex were followed, by age band at index
    issue; an unknown age is in neither.
    """
    if families.headlines:
        return gathered([])
    parents = families.parents
    age = level_codes(parents["age_level"], AGES)
    whole = families.grid[families.grid["span"] == "whole"]
    inside = list(cohort_cells(parents, whole))
    of_sex = {
        name: (parents["parent"] == name).to_numpy() & (age >= 0) for name in set(parents["parent"])
    }
    found = []
    for event, everybody in _samples(families).items():
        limit = np.minimum(everybody.days, int(years * YEAR_DAYS))
        at_risk = np.where(age >= 0, limit / YEAR_DAYS, 0.0)
        happened = everybody.events & (everybody.days <= limit) & (age >= 0)
        for cell in inside:
            same = of_sex[parents["parent"].iloc[cell.rows[0]]]
            standard = np.bincount(age[same], at_risk[same], minlength=len(AGES))
            own = cell.rows[age[cell.rows] >= 0]
            events = np.bincount(age[own], happened[own], minlength=len(AGES))
            time = np.bincount(age[own], at_risk[own], minlength=len(AGES))
            rate = [10_000 * each for each in directly_standardised(events, time, standard)]
            row: dict[str, object] = {**cell.key, "measure": event}
            row |= {"statistic": "standardised_rate_per_10000"}
            row |= {"horizon": horizon_name(years, "year")}
            if np.isnan(rate[0]):
                found.append({**row, "status": "x", "note": EMPTY_AGE})
                continue
            row |= {"value": rate[0], "lower": rate[1], "upper": rate[2]}
            found.append({**row, "numerator": int(events.sum()), "denominator": len(own)})
    return pd.DataFrame(found)


def returns_by_final_order(families: Families) -> pd.DataFrame:
    """Return curves from the final order of the index set on: a landmark analysis.

    Time zero is the first day on which the most interventionist order among the set's children was
    made; parents with such an order and no return before it are followed.
    """
    found: list[Table] = []
    for event in EVENTS:
        landmark = families.parents["final_order_date"]
        returned = families.parents[f"{event}_date"] < landmark
        kept = families.parents[landmark.notna() & ~returned].reset_index(drop=True)
        everybody = _exits(kept["final_order_date"], kept[f"{event}_date"], families)
        codes = level_codes(kept["final_order"], FINAL_ORDERS)
        for cell in national_cells(kept, families):
            sample, own = everybody.take(cell.rows), codes[cell.rows]
            found += level_curves(
                sample, own, event, cell.key, dimension="final order", levels=FINAL_ORDERS
            )
    return gathered(found)


def sets_per_parent(families: Families) -> pd.DataFrame:
    """Return how many sets of proceedings the cohort's parents had, as percentages."""
    parents = families.parents.assign(one=1)
    by = {"parent": PARENTS, "sets_level": SETS}
    found = cells(parents, ["one"], estimated(families.grid), by=by)
    found = found.rename(columns={"sets_level": "sets"})
    found["base"] = found.groupby(["area", "period", "parent"])["one"].transform("sum")
    return rates.percents(found, "sets_per_parent", "one", "base", dimensions=["parent", "sets"])


def later_returns(families: Families) -> pd.DataFrame:
    """Return the cumulative percent with a third and a fourth set, from the set before (gap time)."""
    sets = families.sets.sort_values(["parent", "person_id", "set_number"], ignore_index=True)
    sets["next_date"] = sets.groupby(["parent", "person_id"])["set_issue_date"].shift(-1)
    places = families.parents[["parent", "person_id", "nation", "region", "dfj_area", "year"]]
    own = ["parent", "person_id", "set_number", "set_issue_date", "next_date"]
    sets = sets[own].merge(places, on=["parent", "person_id"])
    found: list[Table] = []
    for number in (2, 3):
        part = sets[sets["set_number"] == number].reset_index(drop=True)
        everybody = _exits(part["set_issue_date"], part["next_date"], families)
        for cell in national_cells(part, families):
            key = grouped(cell.key, **{"from set": str(number)})
            found.append(curve_rows(everybody.take(cell.rows), "later_return", key))
    return gathered(found)


def seen_before(families: Families, look_back_years: int) -> pd.DataFrame:
    """Return the share of a year's sets that concern a mother who had a set before.

    Once with a look-back of fixed length, which is not applicable (`z`) to periods that begin before the
    data reach back so far, and once over all data, which rises with the length of the data.
    """
    sets = families.sets[families.sets["parent"] == "mother"]
    sets = sets.sort_values(["person_id", "set_number"], ignore_index=True)
    before = sets.groupby("person_id")["set_issue_date"].shift(1)
    issue = sets["set_issue_date"]
    fixed = before.notna() & (before >= issue - pd.DateOffset(years=look_back_years))
    units = sets.assign(
        year=issue.dt.year - (issue.dt.month < 4), base=1, ever=before.notna(), fixed=fixed
    )
    found = cells(units, ["base", "ever", "fixed"], estimated(families.sets_grid))
    found["parent"] = "mother"
    rows = []
    for column, words, note in (
        ("fixed", f"{look_back_years} years", ""),
        ("ever", "ever", LENGTH_OF_DATA),
    ):
        found["look-back"] = words
        dimensions = ["parent", "look-back"]
        part = rates.percents(
            found, "seen_before", column, "base", dimensions=dimensions, note=note
        )
        if column == "fixed":
            short = without_look_back(part, families.nations, families.data_start, look_back_years)
            part = rates.withhold(part, short, "z")
        rows.append(part)
    return pd.concat(rows, ignore_index=True)


def _samples(families: Families) -> dict[str, Exits]:
    parents = families.parents
    return {
        event: _exits(parents["index_date"], parents[f"{event}_date"], families) for event in EVENTS
    }


def _exits(start: pd.Series, event: pd.Series, families: Families) -> Exits:
    return exits(start, event, pd.Timestamp(families.follow_up_end))


def national_cells(units: pd.DataFrame, families: Families) -> Iterator[Cell]:
    """Yield nations over the whole window, in which breakdowns and models are given; none for headlines."""
    if not families.headlines:
        yield from cohort_cells(units, headline_grid(families.grid))

"""The measures of urgent hearings, from the cohort to rows of the results table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from fjanalysis.periods import anniversary, first_day
from fjanalysis.reference import births
from fjanalysis.statistics.rates import counts, percents, quartiles, rates, withhold
from fjanalysis.streams.denominators import population_of
from fjanalysis.streams.grid import NATIONS, POOLED, cells, counted, estimated, placed
from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings.cohort import Babies
from fjanalysis.streams.urgent_hearings.method import (
    CASE_LEVEL_NOTE,
    ENDS,
    OPEN_NOTE,
    RECENT_NOTE,
    STILL_OPEN,
)
from fjanalysis.streams.urgent_hearings.parameters import Parameters

NOTICE = ("same_day_hearing", "emergency_hearing", "short_notice_hearing")


def case_rows(babies: Babies, denominators: pd.DataFrame) -> pd.DataFrame:
    """Return newborn and infant cases, the newborn share, and newborns per 10,000 live births.

    Parameters
    ----------
    babies
        The cohort.
    denominators
        Live births: `area`, `period` (financial year), `population`, `note`.
    """
    units = babies.infants.assign(infant=True)
    sums = ("newborn", "infant")
    plain = cells(units, sums, counted(babies.grid))
    longer = cells(units, sums, estimated(babies.grid))
    population = population_of(babies.grid, denominators)
    longer = longer.merge(population, on=["area", "period"], how="left")
    return pd.concat(
        [
            counts(plain, "newborn_cases", "newborn"),
            counts(plain, "infant_cases", "infant"),
            percents(longer, "newborn_share_of_infants", "newborn", "infant"),
            rates(longer, "newborn_cases", "newborn", "population", note=longer["note"].fillna("")),
        ],
        ignore_index=True,
    )


def classified(newborns: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """Return newborn cases outside the last days of follow-up, with their nested classes of notice."""
    units = newborns[newborns["settled"]].copy()
    units["known"] = units["notice_days"].notna()
    days = units["notice_days"]
    units["same_day_hearing"] = units["known"] & (days == 0)
    units["emergency_hearing"] = units["known"] & (days < parameters.emergency_days)
    units["short_notice_hearing"] = units["known"] & (days <= parameters.short_notice_days)
    units["unknown_notice"] = ~units["known"]
    units["all"] = True
    return units


def notice_rows(babies: Babies, parameters: Parameters) -> pd.DataFrame:
    """Return the classes of notice, the share without a hearing, and the quartiles of days."""
    units = classified(babies.newborns, parameters)
    sums = (*NOTICE, "unknown_notice", "known", "all")
    longer = cells(units, sums, estimated(babies.grid))
    found = []
    for measure in (*NOTICE, "unknown_notice"):
        base = "all" if measure == "unknown_notice" else "known"
        found.append(counts(longer, measure, measure, note=RECENT_NOTE))
        found.append(percents(longer, measure, measure, base, note=RECENT_NOTE))
    there = placed(units, estimated(babies.grid))
    found.append(quartiles(there, "notice_days", "notice_days", longer, note=RECENT_NOTE))
    return pd.concat(found, ignore_index=True)


def subsequent_rows(babies: Babies, study: Study, parameters: Parameters) -> pd.DataFrame:
    """Return the share of subsequent infants; `z` where a year's look-back is not all in the data."""
    units = babies.newborns[babies.newborns["mother_id"].notna()].assign(all=True)
    longer = cells(units, ("subsequent", "all"), estimated(babies.grid))
    rows = percents(longer, "subsequent_infant", "subsequent", "all")
    starts = study.data_start("public")
    nations = babies.grid.drop_duplicates("area").set_index("area")
    first = {
        area: _first_with_look_back(area, starts, study.areas, parameters.look_back_years)
        for area in nations.index
    }
    begins = rows["period"].map(first_day)
    short = pd.Series(
        [begin < first[area] for begin, area in zip(begins, rows["area"], strict=True)]
    )
    return withhold(rows, short, "z")


def _first_with_look_back(
    area: str, starts: Mapping[str, date], areas: pd.DataFrame, years: int
) -> date:
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    names = {code: name for name, code in NATIONS.items()}
    own = area
    while own not in names and parents.get(own):
        own = parents[own]
    days = list(starts.values()) if area == POOLED else [starts[names[own]]]
    return anniversary(max(days), years=years)


def protection_rows(babies: Babies) -> pd.DataFrame:
    """Return emergency protection applications for newborns, and the share followed by care ones."""
    units = babies.protections.assign(all=True)
    units["followed"] = units["followed"] & units["observed"]
    longer = cells(units, ("all", "observed", "followed"), estimated(babies.grid))
    return pd.concat(
        [
            counts(longer, "emergency_protection_order", "all"),
            percents(longer, "epo_followed_by_s31", "followed", "observed"),
        ],
        ignore_index=True,
    )


def final_order_rows(babies: Babies) -> pd.DataFrame:
    """Return final orders of newborn cases: of those ended, and of all those still open."""
    grid = estimated(babies.order_grid)
    units = babies.newborns.assign(all=True, **{"final order": babies.newborns["final_order"]})
    units["ended"] = units["final_order"] != STILL_OPEN
    units["open"] = ~units["ended"]
    units["by_case"] = units["case_level"].fillna(False).astype(bool)
    bases = cells(units, ("ended", "all", "open", "by_case"), grid)
    by_order = cells(units, ("all",), grid, {"final order": ENDS})
    by_order = by_order.rename(columns={"all": "cases"})
    by_order = by_order.merge(bases[["area", "period", "ended", "by_case"]], on=["area", "period"])
    found = [counts(bases, "final_order", "ended")]
    for flagged, rows in by_order.groupby(by_order["by_case"] > 0):
        note = CASE_LEVEL_NOTE if flagged else ""
        dimensions = ("final order",)
        found.append(counts(rows, "final_order", "cases", dimensions=dimensions, note=note))
        found.append(
            percents(rows, "final_order", "cases", "ended", dimensions=dimensions, note=note)
        )
    still = bases.assign(**{"final order": STILL_OPEN})
    dimensions = ("final order",)
    found.append(counts(still, "final_order", "open", dimensions=dimensions, note=OPEN_NOTE))
    found.append(
        percents(still, "final_order", "open", "all", dimensions=dimensions, note=OPEN_NOTE)
    )
    return pd.concat(found, ignore_index=True)


def live_births(study: Study) -> pd.DataFrame:
    """Return the live births that rates rest on, the project's own file first."""
    return births(study.project.workspace / "reference")

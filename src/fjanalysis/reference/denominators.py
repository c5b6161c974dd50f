"""Live births and child population by area and financial year: the denominators of rates.

Both are published by calendar year; a financial year takes 9/12 of its first and 3/12 of its
second. A year or area that the source does not give is absent: nothing is carried forward.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from fjanalysis.periods import year_name
from fjanalysis.reference.places import areas, known_areas
from fjanalysis.reference.tables import read, source

ENGLAND, WALES, BOTH = "E92000001", "W92000004", "K04000001"
PROVISIONAL = "provisional denominator"
NOTES = {
    PROVISIONAL: (
        "The population under this rate is provisional: it was not checked against the official "
        "publication, or stands in for one (an area's share of children in 2020, scaled to the "
        "nation's figure of the year)."
    )
}


def births(folder: Path | None = None) -> pd.DataFrame:
    """Return live births: `area`, `period` (financial year), `population` (whole births), `note`.

    Nations as published; regions are a stand-in: the nation's births of the year by the region's
    share of its children aged 0 in mid-2020. England and Wales together is their sum.
    """
    read_births = known_areas(read("live_births", folder), "live_births", folder)
    published = read_births.rename(columns={"births": "population"})
    published["note"] = _note("live_births", folder)
    babies = _ages("0", folder)
    return _financial(_with_stand_ins(published, babies, areas(folder)))


def child_population(folder: Path | None = None) -> pd.DataFrame:
    """Return children aged 0 to 17: `area`, `period` (financial year), `population`, `note`.

    A region without a figure for a year that its nation has takes the stand-in by its share in 2020.
    """
    children = _ages("0 to 17", folder)
    children["note"] = _note("child_population", folder)
    return _financial(_with_stand_ins(children, children, areas(folder)))


def _note(name: str, folder: Path | None) -> str:
    return PROVISIONAL if source(name, folder).confidence == "general knowledge" else ""


def _ages(ages: str, folder: Path | None) -> pd.DataFrame:
    frame = known_areas(read("child_population", folder), "child_population", folder)
    return frame.loc[frame["ages"] == ages, ["area", "year", "population"]].copy()


def _with_stand_ins(
    published: pd.DataFrame, shares: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    """Return the published rows and, for regions that lack a year of their nation's, stand-ins."""
    regions = places[places["level"] == "region"]
    base = shares[shares["year"] == 2020].set_index("area")["population"]
    have = set(zip(published["area"], published["year"], strict=True))
    nation_rows = published[published["area"].isin(set(regions["parent"]))]
    made: list[tuple[str, int, float, str]] = []
    for region, nation in zip(regions["code"], regions["parent"], strict=True):
        if region not in base or nation not in base:
            continue
        share = base[region] / base[nation]
        made.extend(
            (region, row.year, row.population * share, PROVISIONAL)
            for row in nation_rows[nation_rows["area"] == nation].itertuples()
            if (region, row.year) not in have
        )
    columns = ["area", "year", "population", "note"]
    own = published[columns].astype({"population": "float64"})
    if not made:
        return own.reset_index(drop=True)
    return pd.concat([own, pd.DataFrame(made, columns=columns)], ignore_index=True)


def _financial(calendar: pd.DataFrame) -> pd.DataFrame:
    both = (
        calendar[calendar["area"].isin([ENGLAND, WALES])]
        .groupby("year")
        .filter(lambda rows: len(rows) == 2)
    )
    summed = both.groupby("year", as_index=False).agg(
        population=("population", "sum"), note=("note", "max")
    )
    summed["area"] = BOTH
    calendar = pd.concat([calendar, summed], ignore_index=True)
    second = calendar.assign(year=calendar["year"] - 1)
    pairs = calendar.merge(second, on=["area", "year"], suffixes=("", "_second"))
    pairs["population"] = (
        ((pairs["population"] * 9 + pairs["population_second"] * 3) / 12).round().astype("int64")
    )
    pairs["period"] = pairs["year"].map(year_name)
    pairs["note"] = pairs[["note", "note_second"]].max(axis=1)
    out = pairs[["area", "period", "population", "note"]].sort_values(["area", "period"])
    return out.reset_index(drop=True)

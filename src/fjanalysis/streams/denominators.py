"""What rates are made of: births or children of each area, summed over the years of each period."""

from __future__ import annotations

import pandas as pd

from fjanalysis.periods import year_name


def population_of(grid: pd.DataFrame, denominators: pd.DataFrame) -> pd.DataFrame:
    """Return the population of every area and period: null where one of its years is not known.

    Parameters
    ----------
    grid
        What `make_grid` gave, or a part of it.
    denominators
        `area`, `period` (financial year), `population` (births, or persons for a year) and `note`.

    Returns
    -------
    pandas.DataFrame
        `area`, `period`, `population` and `note`, which is empty where the population is null.
    """
    years = grid.assign(name=grid["year"].map(year_name))
    known = denominators.rename(columns={"period": "name"})
    joined = years.merge(known, on=["area", "name"], how="left")
    joined["unknown"] = joined["population"].isna()
    summed = joined.groupby(["area", "period"], as_index=False).agg(
        population=("population", "sum"),
        unknown=("unknown", "any"),
        note=("note", lambda notes: max(notes.dropna(), default="")),
    )
    summed["population"] = summed["population"].where(~summed["unknown"])
    summed["note"] = summed["note"].where(~summed["unknown"], "")
    return summed.drop(columns="unknown")

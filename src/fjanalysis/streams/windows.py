"""Areas of a grid, the nations they lie in, and the periods whose look-back the data cover."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from fjanalysis.periods import first_day
from fjanalysis.streams.grid import NATIONS, POOLED


def area_nations(areas: pd.DataFrame) -> dict[str, str]:
    """Return the name of the nation of each area that lies in one.

    Parameters
    ----------
    areas
        The area table: `code` and `parent`.
    """
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    names = {code: nation for nation, code in NATIONS.items()}
    found = {}
    for code in parents:
        at = code
        while at and at not in names:
            at = parents.get(at, "")
        if at:
            found[code] = names[at]
    return found


def headline_grid(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the grid of nations, and of both together, over the whole window alone."""
    return grid[grid["level"].isin(["nations", "nation"]) & (grid["span"] == "whole")]


def whole_area(grid: pd.DataFrame) -> str:
    """Return the largest area that has complete years: both nations together, else one of them."""
    present = set(grid["area"])
    for code in (POOLED, *NATIONS.values()):
        if code in present:
            return code
    return POOLED


def without_look_back(
    rows: pd.DataFrame, nations: Mapping[str, str], data_start: Mapping[str, date], years: int
) -> pd.Series:
    """Return whether each row's period holds a year whose look-back is not all within the data.

    Parameters
    ----------
    rows
        Columns `area` and `period`.
    nations
        The nation's name of each area that lies in one; other areas need the data of all.
    data_start
        First day of the data, by nation.
    years
        Length of the look-back.
    """
    starts = {name: pd.Timestamp(day) for name, day in data_start.items()}
    reach = rows["area"].map(dict(nations)).map(starts).fillna(max(starts.values()))
    return pd.to_datetime(rows["period"].map(first_day)) < reach + pd.DateOffset(years=years)


def region_names(areas: pd.DataFrame) -> dict[str, str]:
    """Return the names of the ONS regions by code.

    Parameters
    ----------
    areas
        The area table: `code`, `name` and `level`.
    """
    regions = areas[areas["level"] == "region"]
    return dict(zip(regions["code"], regions["name"], strict=True))

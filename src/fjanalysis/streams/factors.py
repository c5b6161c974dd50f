"""Covariates of a cohort's Cox model: levels known when each unit came in, and where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from fjanalysis.statistics.cox_rows import Factor
from fjanalysis.streams.curves import Cell, level_codes, level_column

# What the others are compared with: the North West, and of both nations England.
REGION = "E12000002"
NATIONS = ("England", "Wales")


def cohort_factors(
    units: pd.DataFrame,
    cell: Cell,
    levels: Mapping[str, Sequence[str]],
    region_names: Mapping[str, str],
) -> dict[str, Factor]:
    """Return the covariates of a cell's units: those of `levels`, and of both nations the nation, of England the region.

    Parameters
    ----------
    units
        One row a unit: a column of levels for each dimension, `nation` and `region`.
    cell
        Whose units they are.
    levels
        By dimension, names of levels; the first is what the others are compared with.
    region_names
        Names of regions by code.
    """
    factors = {
        name: Factor(names, level_codes(units[level_column(name)], names))
        for name, names in levels.items()
    }
    if cell.level == "nations":
        factors["nation"] = Factor(NATIONS, level_codes(units["nation"], NATIONS))
    elif units["region"].nunique() > 1:
        codes = [REGION, *sorted(set(region_names) - {REGION})]
        names = [region_names[code] for code in codes]
        factors["region"] = Factor(names, level_codes(units["region"], codes))
    return factors

"""Which families return to court: the Cox model of the private-law returns stream."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fjanalysis.statistics.cox_rows import Study, model_rows
from fjanalysis.statistics.risk_sets import Spells
from fjanalysis.streams.curves import gathered
from fjanalysis.streams.factors import cohort_factors
from fjanalysis.streams.private_law_returns.cohort import PrivateLaw
from fjanalysis.streams.private_law_returns.levels import DIMENSIONS
from fjanalysis.streams.private_law_returns.measures import (
    first_cases,
    national_cells,
    return_exits,
)

# The first level of each is what the others are compared with.
LEVELS = {
    **DIMENSIONS,
    "sex": ("male", "female", "both"),
    "youngest child": ("1 to 4", "under 1", "5 to 9", "10 and over"),
}


def return_models(law: PrivateLaw, region_names: Mapping[str, str]) -> pd.DataFrame:
    """Return models of the first return, by nation.

    Covariates are those known at the issue of the first case. Intervals are robust by family: cases
    linked through the children whom they share. England's model has the region, that of both nations the
    nation.

    Parameters
    ----------
    law
        The cases.
    region_names
        Names of regions by code.
    """
    first = first_cases(law)
    sample = return_exits(first)
    found = []
    for cell in national_cells(first, law):
        cases = first.iloc[cell.rows].reset_index(drop=True)
        own = sample.take(cell.rows)
        zeros = np.zeros(len(cases), dtype=np.int64)
        families = cases["family"].to_numpy(dtype=np.int64)
        spells = Spells(zeros, own.days, own.events, np.zeros((1, 0)), zeros, families, zeros)
        factors = cohort_factors(cases, cell, LEVELS, region_names)
        study = Study(spells, np.arange(len(cases), dtype=np.int64), factors)
        found.append(model_rows(study, "first_return", cell.key))
    return gathered(found)

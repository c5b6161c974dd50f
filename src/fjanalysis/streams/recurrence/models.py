"""Who is most likely to return: Cox models of the recurrence stream."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fjanalysis.statistics.cox_rows import Factor, Study, model_rows
from fjanalysis.statistics.risk_sets import Spells
from fjanalysis.streams.curves import gathered, level_codes
from fjanalysis.streams.factors import cohort_factors
from fjanalysis.streams.proceedings import FINAL_ORDERS
from fjanalysis.streams.recurrence.cohort import Families
from fjanalysis.streams.recurrence.levels import DIMENSIONS, EVENTS, NOT_YET_MADE
from fjanalysis.streams.recurrence.measures import national_cells

# The first level of each is what the others are compared with.
LEVELS = {**DIMENSIONS, "age": ("25 to 29", "under 20", "20 to 24", "30 to 34", "35 and over")}
FROM_SET = ("1", "2", "3 and over")


def return_models(families: Families, region_names: Mapping[str, str]) -> pd.DataFrame:
    """Return models of each event, by nation and parent.

    Covariates are those known at index issue, and the final order of the index set from the day it was
    made (`final order: not yet made` before). Intervals are robust by parent. England's model has the
    region, that of both nations the nation.

    Parameters
    ----------
    families
        The cohort.
    region_names
        Names of regions by code.
    """
    found = []
    for cell in national_cells(families.parents, families):
        parents = families.parents.iloc[cell.rows].reset_index(drop=True)
        for event in EVENTS:
            rows, start, stop, happened, made = order_spells(parents, event, families)
            factors = cohort_factors(parents, cell, LEVELS, region_names)
            factors = {name: Factor(f.levels, f.codes[rows]) for name, f in factors.items()}
            levels = (NOT_YET_MADE, *FINAL_ORDERS)
            orders = level_codes(parents["final_order"], FINAL_ORDERS)[rows] + 1
            factors["final order"] = Factor(levels, np.where(made, orders, 0))
            spells = _spells(start, stop, happened, rows)
            found.append(model_rows(Study(spells, rows, factors), event, cell.key))
    return gathered(found)


def later_models(families: Families, region_names: Mapping[str, str]) -> pd.DataFrame:
    """Return a model of every further set in gap time, stratified by the number of the set before.

    The model of Prentice, Williams and Peterson (1981), Biometrika 68:373-379: the clock starts anew at
    each set, and the baseline hazard is that of the set. Intervals are robust by parent.
    """
    sets = families.sets.sort_values(["parent", "person_id", "set_number"], ignore_index=True)
    sets["next_date"] = sets.groupby(["parent", "person_id"])["set_issue_date"].shift(-1)
    own = ["parent", "person_id", "set_number", "set_issue_date", "next_date"]
    gaps = sets[own].merge(families.parents, on=["parent", "person_id"])
    gaps["code"] = gaps.groupby(["parent", "person_id"]).ngroup()
    end = pd.Timestamp(families.follow_up_end)
    found = []
    for cell in national_cells(gaps, families):
        part = gaps.iloc[cell.rows].reset_index(drop=True)
        length = part["next_date"].fillna(end) - part["set_issue_date"]
        units = part["code"].to_numpy(dtype=np.int64)
        spells = _spells(
            np.zeros(len(part), dtype=np.int64),
            length.dt.days.to_numpy(dtype=np.int64),
            part["next_date"].notna().to_numpy(),
            units,
        )
        factors = cohort_factors(part, cell, LEVELS, region_names)
        number = np.minimum(part["set_number"].to_numpy(dtype=np.int64), len(FROM_SET)) - 1
        factors["from set"] = Factor(FROM_SET, number)
        study = Study(spells, units, factors)
        found.append(model_rows(study, "later_return", cell.key, strata=["from set"]))
    return gathered(found)


def order_spells(
    parents: pd.DataFrame, event: str, families: Families
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each parent's time at risk, in two spells where the final order is made within it.

    Returns
    -------
    rows, start, stop, happened, made
        The parent's row number, the spell in days since index issue, whether it ends in the event, and
        whether the final order has been made; sorted by parent and time.
    """
    index = parents["index_date"]
    date = parents[f"{event}_date"]
    end = pd.Timestamp(families.follow_up_end)
    stop = (date.fillna(end) - index).dt.days.to_numpy(dtype=np.int64)
    happened = date.notna().to_numpy()
    made_at = (parents["final_order_date"] - index).dt.days.fillna(-1).to_numpy(dtype=np.int64)
    row = np.arange(len(parents))
    known = made_at >= 0
    split = known & (made_at > 0) & (made_at < stop)
    from_start = known & (made_at == 0)
    rows = np.concatenate([row, row[split]])
    begins = np.concatenate([np.zeros(len(row), dtype=np.int64), made_at[split]])
    ends = np.concatenate([np.where(split, made_at, stop), stop[split]])
    ended = np.concatenate([happened & ~split, happened[split]])
    made = np.concatenate([from_start, np.ones(int(split.sum()), dtype=bool)])
    order = np.lexsort((begins, rows))
    return rows[order], begins[order], ends[order], ended[order], made[order]


def _spells(
    start: np.ndarray, stop: np.ndarray, happened: np.ndarray, clusters: np.ndarray
) -> Spells:
    none = np.zeros((1, 0))
    zeros = np.zeros(len(start), dtype=np.int64)
    return Spells(start, stop, happened, none, zeros, clusters.astype(np.int64), zeros)

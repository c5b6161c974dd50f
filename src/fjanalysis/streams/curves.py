"""Curves of a cohort in the cells of the grid, and by level: what the two return streams share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fjanalysis.results import COLUMNS, join_group, split_group
from fjanalysis.statistics.survival import Integers, level_rows
from fjanalysis.statistics.survival_rows import (
    Columns,
    Exits,
    horizon_columns,
    joined,
    log_rank_row,
    summary_rows,
    table_columns,
)
from fjanalysis.streams.ages import UNKNOWN
from fjanalysis.streams.curve_rules import YEARS
from fjanalysis.streams.grid import area_rows, estimated

Table = pd.DataFrame | Columns


@dataclass(frozen=True)
class Cell:
    """An area and period, and the rows of the cohort that are in it.

    Parameters
    ----------
    key
        `area`, `period` and `group` of its results.
    rows
        Row numbers in the cohort, rising.
    level, span
        The area's level, and whether the period is a `year`, `local` or the `whole` window.
    """

    key: Mapping[str, str]
    rows: Integers
    level: str
    span: str

    @property
    def local(self) -> bool:
        """Whether the area is a DFJ area."""
        return self.level == "dfj-area"


def cohort_cells(units: pd.DataFrame, grid: pd.DataFrame) -> Iterator[Cell]:
    """Yield the cells in which curves are given, by parent where the units have one, in order.

    Nations and regions have years and the whole window, DFJ areas their own longer periods and the whole
    window. A cell without units is left out.

    Parameters
    ----------
    units
        One row a unit, numbered from 0: `nation`, `region`, `dfj_area`, `year`, and `parent` if any.
    grid
        What `make_grid` gave, or a part of it.
    """
    inside = estimated(grid)
    if inside.empty or len(units) == 0:
        return
    members = dict(area_rows(units))
    year = units["year"].to_numpy(dtype=np.int64)
    parents = units["parent"].to_numpy() if "parent" in units else np.full(len(units), "")
    for names, period in inside.groupby(["area", "level", "period", "span"], sort=True):
        area, level, own, span = (str(name) for name in names)
        rows = members.get(area, np.empty(0, dtype=np.int64))
        rows = rows[np.isin(year[rows], period["year"].to_numpy(dtype=np.int64))]
        for parent in sorted(set(parents[rows].tolist())):
            group = join_group({"parent": parent}) if parent else ""
            mine = rows[parents[rows] == parent]
            yield Cell({"area": area, "period": own, "group": group}, mine, level, span)


def level_column(dimension: str) -> str:
    """Return the name of the column that holds the levels of a dimension."""
    return dimension.replace(" ", "_") + "_level"


def gathered(tables: Sequence[Table]) -> pd.DataFrame:
    """Return tables one below the other, those of columns first; an empty one where there are none."""
    columns = [table for table in tables if isinstance(table, dict) and table]
    full = [table for table in tables if isinstance(table, pd.DataFrame) and len(table)]
    if columns:
        full.insert(0, joined(columns))
    if not full:
        return pd.DataFrame(columns=[name for name in COLUMNS if name != "stream"])
    return pd.concat(full, ignore_index=True)


def level_codes(levels: pd.Series, names: Sequence[str]) -> Integers:
    """Return each unit's place among the names of levels; -1 for `unknown` and any other."""
    return pd.Categorical(levels, categories=list(names)).codes.astype(np.int64)


def grouped(key: Mapping[str, str], **levels: str) -> dict[str, str]:
    """Return a key with further levels in its group."""
    return {**key, "group": join_group({**split_group(key["group"]), **levels})}


def curve_rows(sample: Exits, measure: str, key: Mapping[str, str], *, every: int = 1) -> Columns:
    """Return a sample's life table (to ten years) and cumulative percentages at the horizons, as columns."""
    table = table_columns(sample, measure, key, every=every)
    horizons = horizon_columns(sample, measure, key, YEARS)
    rows = len(table["measure"])
    return {name: table.get(name, [None] * rows) + own for name, own in horizons.items()}


def level_curves(
    sample: Exits,
    codes: Integers,
    measure: str,
    key: Mapping[str, str],
    *,
    dimension: str,
    levels: Sequence[str],
) -> list[Table]:
    """Return the curve and summaries of each level, and the log-rank test between the known ones.

    Parameters
    ----------
    sample
        Exits of the units, shape (n,).
    codes
        Each unit's level; below 0 where it is unknown, which has a curve but is in no test.
    measure, key
        The measure's id, and the key of its rows without the level.
    dimension, levels
        The name of the breakdown, and those of its levels by code.
    """
    found: list[Table] = []
    known = np.where(codes < 0, len(levels), codes)
    for code, rows in level_rows(known, len(levels) + 1):
        if len(rows) == 0:
            continue
        name = levels[code] if code < len(levels) else UNKNOWN
        own = grouped(key, **{dimension: name})
        found.append(curve_rows(sample.take(rows), measure, own))
        found.append(summary_rows(sample.take(rows), measure, own))
    tested = grouped(key, covariate=dimension, test="log-rank")
    found.append(log_rank_row(sample, codes, measure, tested))
    return found


def place_tests(
    sample: Exits, units: pd.DataFrame, measure: str, inside: Iterable[Cell], areas: pd.DataFrame
) -> list[pd.DataFrame]:
    """Return the log-rank tests that nations, or a nation's regions, HMCTS regions and DFJ areas, agree.

    Parameters
    ----------
    sample
        Exits of the units, shape (n,).
    units
        Columns `nation`, `region` and `dfj_area`, one row a unit; a unit without one is in no test of it.
    measure
        The measure's id.
    inside
        Cells of nations: a test in each of the places that it holds more than one of.
    areas
        The area table: `code` and `parent`.
    """
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    places = {
        "nation": units["nation"],
        "region": units["region"],
        "HMCTS region": units["dfj_area"].map(parents),
        "DFJ area": units["dfj_area"],
    }
    found = []
    for cell in inside:
        for covariate, place in places.items():
            if (covariate == "nation") != (cell.level == "nations"):
                continue
            own = place.iloc[cell.rows]
            codes = level_codes(own, sorted(own.dropna().unique()))
            if len(set(codes[codes >= 0].tolist())) > 1:
                key = grouped(cell.key, covariate=covariate, test="log-rank")
                found.append(log_rank_row(sample.take(cell.rows), codes, measure, key))
    return found

"""The grid of areas and periods in which every stream counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.periods import complete_years, local_periods, span, start_year, year_name
from fjanalysis.results import Relation

NATIONS = {"England": "E92000001", "Wales": "W92000004"}
POOLED = "K04000001"
UNIT_AREAS = {"nation": "nation", "region": "region", "dfj-area": "dfj_area"}


def make_grid(
    areas: pd.DataFrame,
    data_start: Mapping[str, date],
    follow_up_end: date,
    local_period_years: int,
) -> pd.DataFrame:
    """Return the areas and periods of a refresh, a row for each financial year in each period.

    Parameters
    ----------
    areas
        The area table: `code`, `level` (`nations`, `nation`, `region`, `hmcts-region`, `dfj-area`)
        and `parent`.
    data_start
        First day of the data by nation; a nation that is not named has none.
    follow_up_end
        Last day of the last complete month.
    local_period_years
        Length of the periods of DFJ areas.

    Returns
    -------
    pandas.DataFrame
        `area`, `level`, `period`, `span` (`year`, `local`, `whole`) and `year` (in which the
        financial year begins). England and Wales together have the years that both have.
    """
    years = {nation: complete_years(start, follow_up_end) for nation, start in data_start.items()}
    years = {nation: names for nation, names in years.items() if names}
    rows: list[tuple[str, str, str, str, int]] = []
    for code, level, nation in _located(areas):
        if level == "nations":
            shared = set.intersection(*map(set, years.values())) if len(years) == 2 else set()
            own = sorted(shared)
        else:
            own = years.get(nation, [])
        for kind, names in _spans(own, local_period_years if level == "dfj-area" else 0):
            rows += [(code, level, span(names), kind, start_year(name)) for name in names]
    return pd.DataFrame(rows, columns=["area", "level", "period", "span", "year"])


def _located(areas: pd.DataFrame) -> list[tuple[str, str, str]]:
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    names = {code: nation for nation, code in NATIONS.items()}

    def nation_of(code: str) -> str:
        seen = code
        while seen and seen not in names:
            seen = parents.get(seen, "")
        return names.get(seen, "")

    levels = ("nations", "nation", "region", "dfj-area")
    kept = areas[areas["level"].isin(levels)]
    return [
        (code, level, nation_of(code))
        for code, level in zip(kept["code"], kept["level"], strict=True)
    ]


def _spans(years: Sequence[str], local_years: int) -> list[tuple[str, list[str]]]:
    if not years:
        return []
    found = [("year", [year]) for year in years] + [("whole", list(years))]
    if local_years:
        found += [("local", names) for names in local_periods(list(years), local_years)]
    # Where two have one name, a whole window of one year is the whole, and a local period of one year is local.
    kept = {span(names): (kind, names) for kind, names in found if kind == "year"}
    for wanted in ("local", "whole"):
        kept |= {span(names): (kind, names) for kind, names in found if kind == wanted}
    return list(kept.values())


def counted(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the grid of the plain counts: years and the whole window in every area."""
    return grid[(grid["span"] != "local") | ~grid["period"].str.contains(" to ")]


def estimated(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the grid of everything else: in DFJ areas longer periods stand for years."""
    local = grid["level"] == "dfj-area"
    return grid[~local | (grid["span"] != "year")]


def national(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the grid of nations, and of both together."""
    return grid[grid["level"].isin(["nations", "nation"])]


def located(units: pd.DataFrame) -> pd.DataFrame:
    """Return units once for each area that they are in, with the column `area`.

    Parameters
    ----------
    units
        Columns `nation` (its name), `region` and `dfj_area` (codes; null where unknown).
    """
    frames = []
    for level, column in UNIT_AREAS.items():
        codes = units[column].map(NATIONS) if level == "nation" else units[column]
        known = codes.notna() & (codes != "")
        # Wales is a nation, never a region of itself.
        if level == "region":
            known &= ~codes.isin(NATIONS.values())
        frames.append(units[known].assign(area=codes[known]))
    pooled = units[units["nation"].isin(NATIONS)]
    frames.append(pooled.assign(area=POOLED))
    return pd.concat(frames, ignore_index=True)


def area_rows(units: pd.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    """Yield each area that has units, with their row numbers, rising.

    Parameters
    ----------
    units
        Columns `nation` (its name), `region` and `dfj_area` (codes; null where unknown).
    """
    for level, column in UNIT_AREAS.items():
        names = units[column].map(NATIONS) if level == "nation" else units[column]
        codes, areas = pd.factorize(names, use_na_sentinel=True)
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(areas) + 1))
        for code, area in enumerate(areas):
            # Wales is a nation, never a region of itself.
            if area and not (level == "region" and area in NATIONS.values()):
                yield str(area), order[bounds[code] : bounds[code + 1]]
    yield POOLED, np.flatnonzero(units["nation"].isin(list(NATIONS)))


def placed(units: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """Return units once for each area and period of the grid that they are in.

    Parameters
    ----------
    units
        Columns `nation`, `region`, `dfj_area` and `year` (in which the financial year begins).
    grid
        What `make_grid` gave, or a part of it.

    Returns
    -------
    pandas.DataFrame
        The units' columns, with `area` and `period`.
    """
    return located(units).merge(grid[["area", "period", "year"]], on=["area", "year"])


def cells(
    units: pd.DataFrame,
    sums: Sequence[str],
    grid: pd.DataFrame,
    by: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return sums over units in every cell of a grid, zero where nobody is.

    Parameters
    ----------
    units
        Columns `nation`, `region`, `dfj_area`, `year`, those of `sums` and those of `by`.
    sums
        Columns to add up: whole numbers or booleans.
    grid
        What `make_grid` gave, or a part of it.
    by
        Dimensions to break down by, with all their levels; a unit of another level is left out.

    Returns
    -------
    pandas.DataFrame
        `area`, `period`, the dimensions, and the sums as integers; a row for each combination.
    """
    by = by or {}
    keys = [*UNIT_AREAS.values(), "year", *by]
    small = _added(units, keys, sums)
    over = ["area", "period", *by]
    added = placed(small, grid).groupby(over)[list(sums)].sum()
    pairs = grid[["area", "period"]].drop_duplicates().itertuples(index=False, name=None)
    full = [(*pair, *levels) for pair in pairs for levels in product(*by.values())]
    index = pd.MultiIndex.from_tuples(full, names=over)
    return added.reindex(index, fill_value=0).reset_index()


def _added(units: pd.DataFrame, keys: Sequence[str], sums: Sequence[str]) -> pd.DataFrame:
    """Return sums over units with the same keys, a row for each combination there is; null keys are empty."""
    combined, levels = np.zeros(len(units), dtype=np.int64), []
    for key in keys:
        codes, names = pd.factorize(units[key], use_na_sentinel=True)
        # A missing key has the last code.
        levels.append([*names, ""])
        combined = combined * len(levels[-1]) + np.where(codes < 0, len(names), codes)
    distinct, place = np.unique(combined, return_inverse=True)
    sizes = tuple(len(names) for names in levels)
    found: dict[str, Any] = {
        key: [names[code] for code in codes]
        for key, names, codes in zip(keys, levels, np.unravel_index(distinct, sizes), strict=True)
    }
    for name in sums:
        values = units[name].to_numpy(dtype=np.float64)
        # Whole numbers this small are exact as floats.
        found[name] = np.bincount(place, values, len(distinct)).astype(np.int64)
    return pd.DataFrame(found)


def area_relations(
    areas: pd.DataFrame, present: Sequence[str], where: Mapping[str, str | tuple[str, ...]]
) -> list[Relation]:
    """Return how areas add up: nations to both, regions and DFJ areas to their nation.

    Regions and DFJ areas may fall short of the nation, since a case can lack either.

    Parameters
    ----------
    areas
        The area table.
    present
        Codes of the areas that have results.
    where
        The rows that the relations hold for.
    """
    found = []
    here = set(present)
    if {POOLED, *NATIONS.values()} <= here:
        found += _of_both_counts("area", sorted(NATIONS.values()), POOLED, where, exhaustive=True)
    for nation, code in NATIONS.items():
        for level in ("region", "dfj-area"):
            members = sorted(
                area
                for area, own, parent in _located(areas)
                if own == level and parent == nation and area in here
            )
            if members and code in here:
                found += _of_both_counts("area", members, code, where, exhaustive=False)
    return found


def period_relations(
    rows: pd.DataFrame, where: Mapping[str, str | tuple[str, ...]]
) -> list[Relation]:
    """Return how periods add up: the years of a span to the span, where all of them have rows.

    Parameters
    ----------
    rows
        Results rows: `area` and `period`.
    where
        The rows that the relations hold for.
    """
    held: dict[tuple[str, tuple[str, ...], bool, str], set[str]] = {}
    pairs: dict[tuple[str, str], set[str]] = {}
    for measure, area, period in zip(rows["measure"], rows["area"], rows["period"], strict=True):
        pairs.setdefault((measure, area), set()).add(period)
    for (measure, area), periods in pairs.items():
        for whole, members, full in _sums_of(sorted(periods)):
            held.setdefault((whole, members, full, measure), set()).add(area)
    # Measures of the same areas share a relation.
    shared: dict[tuple[str, tuple[str, ...], bool, tuple[str, ...]], list[str]] = {}
    for (whole, members, full, measure), areas in sorted(held.items()):
        shared.setdefault((whole, members, full, tuple(sorted(areas))), []).append(measure)
    found = []
    for (whole, members, full, together), measures in sorted(shared.items()):
        own = {**where, "area": together, "measure": tuple(measures)}
        found += _of_both_counts("period", members, whole, own, exhaustive=full)
    return found


def flow_relations(*chains: Sequence[str]) -> list[Relation]:
    """Return how the steps of the cohort flow lie within one another.

    Parameters
    ----------
    chains
        Steps in words, each contained in the next.
    """
    where = {"measure": "cohort_flow"}
    return [
        Relation("nested", "group", tuple(f"step: {words}" for words in chain), where=where)
        for chain in chains
    ]


def flow_sums(whole: str, *members: str) -> Relation:
    """Return that steps of the cohort flow, in words, add up to another one."""
    names = tuple(f"step: {words}" for words in members)
    return Relation("partition", "group", names, f"step: {whole}", {"measure": "cohort_flow"})


def _sums_of(periods: Sequence[str]) -> list[tuple[str, tuple[str, ...], bool]]:
    """Return each span with the periods that add up to it, and whether they cover it all."""
    found = []
    for whole in periods:
        years = _years_of(whole)
        if len(years) == 1:
            continue
        if set(years) <= set(periods):
            found.append((whole, tuple(years), True))
        inner = [each for each in periods if each != whole and set(_years_of(each)) < set(years)]
        spans = [each for each in inner if len(_years_of(each)) > 1]
        covered = sorted(year for each in spans for year in _years_of(each))
        if spans and len(covered) == len(set(covered)):
            found.append((whole, tuple(spans), covered == years))
    return found


def _years_of(span_name: str) -> list[str]:
    first, last = start_year(span_name), start_year(span_name.rsplit(" to ", maxsplit=1)[-1])
    return [year_name(year) for year in range(first, last + 1)]


def _of_both_counts(
    over: str,
    members: Sequence[str],
    whole: str,
    where: Mapping[str, str | tuple[str, ...]],
    *,
    exhaustive: bool,
) -> list[Relation]:
    fields: tuple[Literal["numerator", "denominator"], ...] = ("numerator", "denominator")
    return [
        Relation("partition", over, tuple(members), whole, where, field, exhaustive)
        for field in fields
    ]

"""What a row that is not withheld shows: rounded counts, and everything else made anew from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.disclosure import lifetables, rounding, rules
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import FLOATS, STATISTICS, WITHHELD

Floats = npt.NDArray[np.float64]
# Figures made from released counts are written so long: enough to check them, and the same everywhere.
DECIMALS = 6


@dataclass
class Controlled:
    """A results table after disclosure control.

    Parameters
    ----------
    results
        The table as it may be released.
    reason
        Why each row is withheld (a key of `rules.REASONS`), or empty. It holds no number, but tells a
        small count from one withheld for its sake, and so stays on the secure side.
    distance
        By stream and area, the distances of released survival percentages from the exact ones, in points.
    work
        How large the task was: counts, equations, integer programmes solved and the like.
    excepted
        Of each exception in the settings, how many rows it released.
    """

    results: pd.DataFrame
    reason: pd.Series
    distance: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)
    excepted: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Curves:
    """Life tables and what is read from them.

    Parameters
    ----------
    tables
        By stream, variant, measure, area, period and group: the table, and its rows by part and month.
    read
        By row of a cumulative percentage, the horizon read from its life table.
    bare
        Rows of cumulative percentages without a life table.
    """

    tables: Mapping[tuple[str, ...], tuple[lifetables.LifeTable, Mapping[str, Floats]]]
    read: Mapping[int, lifetables.Horizon]
    bare: npt.NDArray[np.int64]


@dataclass
class _Sheet:
    """The numbers of a table while they are made, an array a column, a place a row."""

    frame: pd.DataFrame
    reason: pd.Series
    numerator: Floats
    denominator: Floats
    values: dict[str, Floats]


def released(
    frame: pd.DataFrame,
    reason: pd.Series,
    part: pd.Series,
    curves: Curves,
    profile: DisclosureProfile,
    counts: tuple[Floats, Floats],
    excepted: npt.NDArray[np.bool_],
) -> Controlled:
    """Return a table with counts rounded, everything else made anew, and withheld rows emptied.

    Parameters
    ----------
    frame
        The exact table.
    reason
        Why a row is withheld, or empty.
    part
        Which part of a life table a row is, or empty.
    curves
        Its life tables.
    profile
        The rules in force.
    counts
        Numerator and denominator of each row before rounding.
    excepted
        Rows whose figure is released all the same, without its counts.
    """
    numerator, denominator = counts
    population = (frame["statistic"] == "rate_per_10000").to_numpy()
    sheet = _Sheet(
        frame,
        reason.copy(),
        rounding.to_base(numerator, profile.rounding_base),
        np.where(population, denominator, rounding.to_base(denominator, profile.rounding_base)),
        {name: frame[name].to_numpy(dtype=np.float64, copy=True) for name in FLOATS},
    )
    _counts(sheet)
    _cut(sheet, profile)
    _coarse(sheet, curves.bare, profile)
    distance = _survival(sheet, curves)
    out = frame.copy()
    for name, array in sheet.values.items():
        out[name] = np.round(array, DECIMALS) + 0.0
    out["numerator"] = pd.array(sheet.numerator, dtype="Float64").astype("Int64")
    out["denominator"] = pd.array(sheet.denominator, dtype="Float64").astype("Int64")
    low = (frame["statistic"] == "count") & (out["numerator"] == 0) & (frame["numerator"] > 0)
    low &= part == ""
    out.loc[low.fillna(False).astype(bool), "status"] = "low"
    out.loc[(sheet.reason != "") & ~excepted, "status"] = "c"
    out.loc[excepted, ["numerator", "denominator"]] = pd.NA
    empty = out["status"].isin(WITHHELD)
    out.loc[empty, list(FLOATS)] = np.nan
    out.loc[empty, ["numerator", "denominator"]] = pd.NA
    return Controlled(out, sheet.reason, distance)


def _counts(sheet: _Sheet) -> None:
    for name, make in (("percent", rounding.percent), ("rate_per_10000", rounding.rate)):
        rows = (sheet.frame["statistic"] == name).to_numpy()
        made = make(sheet.numerator[rows], sheet.denominator[rows])
        for column, array in zip(FLOATS, made, strict=True):
            sheet.values[column][rows] = array
    rows = (sheet.frame["statistic"] == "count").to_numpy()
    sheet.values["value"][rows] = sheet.numerator[rows]
    sheet.values["lower"][rows] = np.nan
    sheet.values["upper"][rows] = np.nan


def _cut(sheet: _Sheet, profile: DisclosureProfile) -> None:
    model = sheet.frame["statistic"].map(lambda name: STATISTICS[name].source == "model")
    rows = model.to_numpy()
    for array in sheet.values.values():
        array[rows] = rounding.significant(array[rows], profile.significant_digits)


def curves_of(frame: pd.DataFrame, part: pd.Series, profile: DisclosureProfile) -> Curves:
    """Return the released life tables of a table, and the horizons read from them."""
    tables = lifetables.tables(frame, part, profile)
    read: dict[int, lifetables.Horizon] = {}
    bare = []
    curves = (frame["statistic"] == "cumulative_percent") & ~frame["status"].isin(WITHHELD)
    months = frame.loc[curves, "horizon"].map(lifetables.months)
    for key, at in months.groupby([frame.loc[curves, c] for c in lifetables.TABLE], sort=True):
        month = at.to_numpy(dtype=np.float64)
        order = np.argsort(month, kind="stable")
        index = at.index.to_numpy()[order].tolist()
        name = tuple(str(each) for each in key)
        if name not in tables:
            bare += index
            continue
        found = lifetables.horizons(tables[name][0], month[order].tolist(), profile)
        read.update(zip(index, found, strict=True))
    return Curves(tables, read, np.array(sorted(bare), dtype=np.int64))


def mark_curves(curves: Curves, reason: pd.Series) -> None:
    """Write into `reason` which months and horizons are withheld."""
    marks = reason.to_numpy(copy=True)
    for table, places in curves.tables.values():
        for name in lifetables.PARTS:
            # Everybody at time zero is a count like any other, and stands where the table does not.
            past = places[name][max(table.shown, 1) :]
            marks[past[~np.isnan(past)].astype(np.int64)] = table.reason or rules.FEW_AT_RISK
    for row, horizon in curves.read.items():
        marks[row] = marks[row] or horizon.reason
    reason[:] = marks


def _survival(sheet: _Sheet, curves: Curves) -> dict[tuple[str, str], list[float]]:
    """Fill in life tables and the horizons read from them; return how far these are from the exact."""
    for table, places in curves.tables.values():
        _life_rows(sheet, table, places)
    distance: dict[tuple[str, str], list[float]] = {}
    streams, areas = sheet.frame["stream"].to_numpy(), sheet.frame["area"].to_numpy()
    for row, horizon in curves.read.items():
        if sheet.reason[row]:
            continue
        away = abs(horizon.value - sheet.values["value"][row])
        distance.setdefault((streams[row], areas[row]), []).append(float(away))
        sheet.values["value"][row] = horizon.value
        sheet.values["lower"][row] = horizon.lower
        sheet.values["upper"][row] = horizon.upper
        sheet.numerator[row], sheet.denominator[row] = horizon.events, horizon.persons
    return distance


def _life_rows(sheet: _Sheet, table: lifetables.LifeTable, places: Mapping[str, Floats]) -> None:
    numbers = table.steps()
    for name in lifetables.PARTS:
        there = ~np.isnan(places[name])
        rows = places[name][there].astype(np.int64)
        sheet.numerator[rows] = numbers[name][there]
        sheet.values["value"][rows] = numbers[name][there]


def _coarse(sheet: _Sheet, index: npt.NDArray[np.int64], profile: DisclosureProfile) -> None:
    """Cut a survival percentage without a life table to steps that are worth the rounding base."""
    persons = sheet.frame["denominator"].astype("float64").to_numpy()[index]
    for array in sheet.values.values():
        array[index] = rounding.coarse_percent(array[index], persons, profile.rounding_base)

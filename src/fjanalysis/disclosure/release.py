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
        By stream, the largest distance of a released survival percentage from the exact one, in points.
    """

    results: pd.DataFrame
    reason: pd.Series
    distance: dict[str, float] = field(default_factory=dict)


@dataclass
class _Sheet:
    """The numbers of a table while they are made, an array a column, a place a row."""

    frame: pd.DataFrame
    reason: pd.Series
    numerator: Floats
    denominator: Floats
    values: dict[str, Floats]


def released(
    frame: pd.DataFrame, reason: pd.Series, part: pd.Series, profile: DisclosureProfile
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
    profile
        The rules in force.
    """
    denominator = frame["denominator"].astype("float64").to_numpy(copy=True)
    population = (frame["statistic"] == "rate_per_10000").to_numpy()
    sheet = _Sheet(
        frame,
        reason.copy(),
        rounding.to_base(frame["numerator"].astype("float64"), profile.rounding_base),
        np.where(population, denominator, rounding.to_base(denominator, profile.rounding_base)),
        {name: frame[name].to_numpy(dtype=np.float64, copy=True) for name in FLOATS},
    )
    _counts(sheet)
    _cut(sheet, profile)
    distance = _survival(sheet, part, profile)
    out = frame.copy()
    for name, array in sheet.values.items():
        out[name] = np.round(array, DECIMALS) + 0.0
    out["numerator"] = pd.array(sheet.numerator, dtype="Float64").astype("Int64")
    out["denominator"] = pd.array(sheet.denominator, dtype="Float64").astype("Int64")
    low = (frame["statistic"] == "count") & (out["numerator"] == 0) & (frame["numerator"] > 0)
    low &= part == ""
    out.loc[low.fillna(False).astype(bool), "status"] = "low"
    out.loc[sheet.reason != "", "status"] = "c"
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


def _survival(sheet: _Sheet, part: pd.Series, profile: DisclosureProfile) -> dict[str, float]:
    """Fill in life tables and the horizons read from them; return how far these are from the exact."""
    frame, reason = sheet.frame, sheet.reason
    tables = lifetables.tables(frame, part, profile)
    for table, places in tables.values():
        _life_rows(sheet, table, places)
    curves = (frame["statistic"] == "cumulative_percent") & ~frame["status"].isin(WITHHELD)
    distance: dict[str, float] = {}
    for key, group in frame[curves].groupby(lifetables.TABLE, sort=True):
        month = group["horizon"].map(lifetables.months).to_numpy(dtype=np.float64)
        order = np.argsort(month, kind="stable")
        index = group.index.to_numpy()[order]
        name = tuple(str(each) for each in key)
        if name not in tables:
            _coarse(sheet, index, profile)
            continue
        read = lifetables.horizons(tables[name][0], month[order].tolist(), profile)
        for row, horizon in zip(index.tolist(), read, strict=True):
            if horizon.reason or reason[row]:
                reason[row] = reason[row] or horizon.reason
                continue
            away = abs(horizon.value - sheet.values["value"][row])
            distance[name[0]] = max(distance.get(name[0], 0.0), float(away))
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
        past = rows[np.flatnonzero(there) >= table.shown]
        sheet.reason.iloc[past] = table.reason or rules.FEW_AT_RISK


def _coarse(sheet: _Sheet, index: npt.NDArray[np.int64], profile: DisclosureProfile) -> None:
    """Cut a survival percentage without a life table to steps that are worth the rounding base."""
    persons = sheet.frame["denominator"].astype("float64").to_numpy()[index]
    for array in sheet.values.values():
        array[index] = rounding.coarse_percent(array[index], persons, profile.rounding_base)

"""A pack as an attacker reads it: every count as an unknown, and how far each is given away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.disclosure.audit.links import one_count
from fjanalysis.results import written_key

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
ALIKE = ("count", "percent", "rate_per_10000")
WHERE = ("stream", "variant", "measure", "area", "period", "group", "horizon")
CURVE = "cumulative_percent"
STEPS = r"_(?:at_risk|events|censored)$"
_TIME = re.compile(r"(\d+) (month|year)s?")


@dataclass
class Reader:
    """What an attacker knows of each count: an interval.

    Parameters
    ----------
    low, high
        The interval of each unknown.
    upper, base
        The unknown that each row shows as numerator and as denominator; -1 for none.
    secret
        Unknowns that a withheld row of counts or of a curve hides, as its count or as the base of its percentage,
        and no other row shows.
    visible
        Unknowns that a row shows.
    ended
        Withheld horizons past the last month of the life table that they would be read from.
    rows
        The rows as they stand in the pack, absent ones and steps of life tables aside.
    codes
        Key columns of the rows as numbers, with `kind`: rows alike but for the statistic, and of one kind,
        show the same count.
    names
        By column, the number of each value.
    """

    low: Floats
    high: Floats
    upper: Ints
    base: Ints
    secret: Ints
    visible: Mask
    ended: Ints
    rows: pd.DataFrame
    codes: dict[str, Ints]
    names: dict[str, dict[str, int]]

    def name(self, unknown: int) -> str:
        """Return the written key of the first row that shows an unknown."""
        at = np.flatnonzero((self.upper == unknown) | (self.base == unknown))[0]
        return written_key(self.rows.iloc[int(at)])

    def is_one_of(self, column: str, values: Sequence[str]) -> Mask:
        """Return the rows that have one of some values in a key column."""
        known = self.names[column]
        wanted = [known[value] for value in values if value in known]
        return np.isin(self.codes[column], wanted)

    def lines(self, rows: Mask, over: str) -> tuple[Ints, int]:
        """Return, of some rows, a number a combination of all key columns but one, and how many there are."""
        free = [column for column in (*WHERE, "kind") if column != over]
        return _combined([self.codes[column][rows] for column in free])


def _combined(columns: Sequence[Ints]) -> tuple[Ints, int]:
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        key = key * (int(column.max(initial=0)) + 1) + column
    found, numbers = np.unique(key, return_inverse=True)
    return numbers.astype(np.int64), len(found)


def read(
    rows: pd.DataFrame, threshold: int, rounding: int, earlier: Sequence[pd.DataFrame] = ()
) -> Reader:
    """Return what the rows of a pack say of each count.

    Parameters
    ----------
    rows
        The released table.
    threshold, rounding
        The rules, which an attacker knows.
    earlier
        Released tables of earlier packs made from the same records.
    """
    live = rows[~rows["status"].isin(["z", "x"])].reset_index(drop=True)
    step = live["measure"].str.contains(STEPS, regex=True).to_numpy()
    everybody = live["measure"].str.endswith("_at_risk") & (live["horizon"] == "0 months")
    steps, live = live[step], live[~step | everybody.to_numpy()].reset_index(drop=True)
    before = [each[each["statistic"].isin(ALIKE) & each["numerator"].notna()] for each in earlier]
    stacked = pd.concat([live, *before], ignore_index=True) if before else live
    codes, names = _coded(stacked)
    every, size = _combined([codes[column] for column in (*WHERE, "kind")])
    upper, told = every[: len(live)], every[len(live) :]
    codes = {column: code[: len(live)] for column, code in codes.items()}
    statistic = live["statistic"]
    has_base = ~statistic.isin(["count", "rate_per_10000"]).to_numpy()
    base = np.where(has_base, upper + size, -1)
    curve = (statistic == CURVE).to_numpy()
    band = float(threshold + 1 + threshold % 2)
    n = live["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
    d = live["denominator"].to_numpy(dtype=np.float64, na_value=np.nan)
    first = _linked(live, upper, base, n, d, 2 * size)
    upper, base = first[upper], np.where(has_base, first[base], -1)
    told = first[told]
    low, high = np.zeros(2 * size), np.full(2 * size, np.inf)
    for ids, shown, width in (
        (upper, n, np.where(curve, band, rounding)),
        (base, d, np.full(len(live), float(rounding))),
    ):
        known = (ids >= 0) & ~np.isnan(shown)
        least, most = interval(shown[known], width[known], threshold)
        np.maximum.at(low, ids[known], least)
        np.minimum.at(high, ids[known], most)
    visible = np.zeros(2 * size, dtype=bool)
    visible[upper[~np.isnan(n)]] = True
    visible[base[has_base & ~np.isnan(d)]] = True
    if before:
        numbers = stacked["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)[len(live) :]
        visible |= _tell(told, numbers, rounding, threshold, low, high)
    hidden = (live["status"] == "c").to_numpy() & (statistic.isin(ALIKE).to_numpy() | curve)
    beneath = (live["status"] == "c").to_numpy() & (statistic == "percent").to_numpy()
    secret = np.unique(np.r_[upper[hidden], base[beneath]])
    ended = _read_curves(live[curve & hidden], upper[curve & hidden], steps, band, low, high)
    # A horizon whose life table shows that enough had the event is withheld for those who left since.
    secret = secret[~visible[secret] & (low[secret] < threshold)]
    return Reader(low, high, upper, base, secret, visible, ended, live, codes, names)


def _linked(live: pd.DataFrame, upper: Ints, base: Ints, n: Floats, d: Floats, size: int) -> Ints:
    """Return, for each unknown, the first of those that are one count with it."""
    kind = live["statistic"].where(~live["statistic"].isin(ALIKE), "counts")
    place, _ = _combined([pd.factorize(live[name])[0] for name in ("area", "period")])
    columns = [pd.factorize(live[name])[0] for name in WHERE if name not in ("area", "period")]
    series, count = _combined([*columns, pd.factorize(kind)[0]])
    counts = live["statistic"].isin(ALIKE).to_numpy()
    whole = live["statistic"].isin(["percent", CURVE]).to_numpy()
    every = np.arange(size, dtype=np.int64)
    # Variants are much alike without being one; what is alike within each is taken for one.
    streams, _ = _combined([pd.factorize(live[name])[0] for name in ("stream", "variant")])
    for stream in np.unique(streams):
        own, below = counts & (streams == stream), whole & (streams == stream)
        found = one_count(
            np.r_[series[own], series[below] + count],
            np.r_[place[own], place[below]],
            np.r_[upper[own], base[below]],
            np.r_[n[own], d[below]],
        )
        mine = np.unique(np.r_[upper[own], base[below]])
        every[mine] = found[mine]
    return every


def _coded(rows: pd.DataFrame) -> tuple[dict[str, Ints], dict[str, dict[str, int]]]:
    codes, names = {}, {}
    kind = rows["statistic"].where(~rows["statistic"].isin(ALIKE), "counts")
    for column, values in [*((name, rows[name]) for name in (*WHERE, "statistic")), ("kind", kind)]:
        code, found = pd.factorize(values, sort=True)
        codes[column] = code.astype(np.int64)
        names[column] = {str(value): at for at, value in enumerate(found)}
    return codes, names


def interval(shown: Floats, width: Floats, threshold: int) -> tuple[Floats, Floats]:
    """Return the whole numbers that are shown so, given that none from 1 to the threshold is shown."""
    least = np.ceil(shown - width / 2)
    most = np.ceil(shown + width / 2) - 1
    least = np.where(shown > 0, np.maximum(least, threshold), 0)
    return least, np.where(shown > 0, np.maximum(most, least), 0)


def _tell(
    at: Ints, shown: Floats, rounding: int, threshold: int, low: Floats, high: Floats
) -> Mask:
    """Narrow what an earlier pack showed, where it agrees with this one; return what it told."""
    least, most = interval(shown, np.full(len(shown), float(rounding)), threshold)
    fits = (least <= high[at]) & (most >= low[at])
    np.maximum.at(low, at[fits], least[fits])
    np.minimum.at(high, at[fits], most[fits])
    told = np.zeros(len(low), dtype=bool)
    told[at[fits]] = True
    return told


def _months(horizon: str) -> float:
    match = _TIME.fullmatch(horizon)
    return int(match[1]) * (12.0 if match[2] == "year" else 1.0) if match else -1.0


def _read_curves(
    hidden: pd.DataFrame, unknown: Ints, steps: pd.DataFrame, band: float, low: Floats, high: Floats
) -> Ints:
    """Narrow the events of withheld horizons by the life tables shown; return those past the end of theirs."""
    events = steps[steps["measure"].str.endswith("_events")]
    if hidden.empty or events.empty:
        return unknown[:0]
    table = ["stream", "variant", "measure", "area", "period", "group"]
    events = events[[*table, "horizon", "numerator"]].copy()
    events["measure"] = events["measure"].str.removesuffix("_events")
    months = {horizon: _months(horizon) for horizon in {*hidden["horizon"], *events["horizon"]}}
    events["month"] = events["horizon"].map(months)
    events = events.sort_values("month", kind="stable")
    # A month that is withheld ends what its table shows.
    number = events["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
    group = events.groupby(table, sort=False).ngroup()
    running = pd.Series(np.nan_to_num(number), index=events.index).groupby(group).cumsum()
    ended = pd.Series(np.isnan(number), index=events.index).groupby(group).cummax()
    events["total"] = running.where(~ended)
    asked = hidden[table].assign(month=hidden["horizon"].map(months))
    total = asked.merge(events[[*table, "month", "total"]], on=[*table, "month"], how="left")
    shown = total["total"].to_numpy(dtype=np.float64)
    seen = ~np.isnan(shown)
    middle = (band - 1) / 2
    first = shown[seen] == 0
    low[unknown[seen]] = np.where(first, 0.0, shown[seen] - middle)
    high[unknown[seen]] = np.where(first, band - 1, shown[seen] + middle)
    last = (
        events[events["total"].notna() & (events["month"] > 0)]
        .groupby(table)["month"]
        .max()
        .rename("last")
    )
    past = asked.merge(last, on=table, how="left")
    return unknown[(past["last"] < past["month"]).to_numpy()]

"""Life tables under disclosure control: running totals in bands, and curves read from those alone.

The running totals of events and of censorings are each put in a band wider than the threshold, so that no
step of the released table is smaller than that and none shows whether few persons stand behind it. The
number at risk, the curve and the horizons follow from the released totals. So does what is withheld: it
tells nothing that the table does not tell already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.rounding import band_top, band_width, to_band, to_base
from fjanalysis.limits import log_log
from fjanalysis.project import DisclosureProfile

Floats = npt.NDArray[np.float64]
TABLE = ["stream", "variant", "measure", "area", "period", "group"]
PARTS = ("at_risk", "events", "censored")
_HORIZON = re.compile(r"(\d+) (week|month|year)s?")


@dataclass(frozen=True)
class LifeTable:
    """A released life table. It holds nothing exact.

    Parameters
    ----------
    month
        Ends of the intervals, in months from time zero, in order; the first is 0.
    persons
        Persons at time zero, rounded.
    events, censored
        Released running totals of events and of censorings at each month.
    shown
        How many of the months may be shown; 0 withholds the table.
    reason
        Why the rest is withheld, or empty.
    """

    month: Floats
    persons: float
    events: Floats
    censored: Floats
    shown: int
    reason: str

    @property
    def at_risk(self) -> Floats:
        """The released number still at risk at each month."""
        return self.persons - self.events - self.censored

    def curve(self) -> tuple[Floats, Floats]:
        """Return survival and Greenwood's sum at each month shown, from released numbers alone."""
        return released_curve(self.at_risk[: self.shown], self.events[: self.shown])

    def steps(self) -> dict[str, Floats]:
        """Return the released number at risk, and events and censorings, of each interval."""
        return {
            "at_risk": self.at_risk,
            "events": np.diff(self.events, prepend=0.0),
            "censored": np.diff(self.censored, prepend=0.0),
        }


def released_curve(at_risk: Floats, events: Floats) -> tuple[Floats, Floats]:
    """Return survival and Greenwood's sum of a life table, by the actuarial method.

    Parameters
    ----------
    at_risk
        Still at risk at the end of each interval; the first entry is everybody at time zero.
    events
        Running total of events at the same times.

    Returns
    -------
    survival, greenwood
        One entry a time; 1 and 0 at the first.

    Source: Cutler and Ederer (1958): those censored within an interval count half in its risk set.
    """
    step = np.diff(events)
    exits = -np.diff(at_risk)
    at_start = at_risk[:-1] - (exits - step) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(at_start > 0, np.clip(step / at_start, 0, 1), 0.0)
        term = np.where((step > 0) & (at_start > step), step / (at_start * (at_start - step)), 0.0)
    return np.r_[1.0, np.cumprod(1 - share)], np.r_[0.0, np.cumsum(term)]


@cache
def months(horizon: str) -> float:
    """Return a horizon in months, or NaN where it is not written as weeks, months or years."""
    match = _HORIZON.fullmatch(horizon)
    if not match:
        return float("nan")
    return int(match[1]) * {"week": 12 / 365.25 * 7, "month": 1.0, "year": 12.0}[match[2]]


def life_measures(frame: pd.DataFrame) -> pd.Series:
    """Return, for each row, the part of a life table that it is, or an empty text."""
    names = set(frame["measure"])
    stems = {
        name.removesuffix("_at_risk")
        for name in names
        if name.endswith("_at_risk")
        and all(f"{name.removesuffix('_at_risk')}_{part}" in names for part in PARTS)
    }
    part = {f"{stem}_{each}": each for stem in stems for each in PARTS}
    return frame["measure"].map(part).fillna("").where(frame["statistic"] == "count", "")


def release(
    at_risk: Floats, events: Floats, censored: Floats, month: Floats, profile: DisclosureProfile
) -> LifeTable:
    """Return the life table that may be shown, made from an exact one.

    Months are shown as long as the released totals make sure that at least the threshold is still at risk.
    A table whose events by its last month shown are in the first band is withheld.

    Parameters
    ----------
    at_risk, events, censored
        Exact, by month: at risk when it is reached, and leaving in the interval that ends there.
    month
        Ends of the intervals in months, rising from 0.
    profile
        The rules in force.
    """
    width = band_width(profile.threshold)
    rounded = float(to_base(float(at_risk[0]), profile.rounding_base))
    seen, left = (to_band(np.cumsum(np.nan_to_num(each)), width) for each in (events, censored))
    most_left = band_top(seen, width) + band_top(left, width)
    most_left[0] = 0.0
    least_at_risk = rounded - profile.rounding_base // 2 - most_left
    few = least_at_risk < profile.threshold
    shown = int(np.argmax(few)) if few.any() else len(month)
    reason = rules.FEW_AT_RISK if shown < len(month) else ""
    if shown and seen[shown - 1] == 0:
        shown, reason = 0, rules.FEW_EVENTS
    return LifeTable(month, rounded, seen, left, shown, reason)


def tables(
    frame: pd.DataFrame, part: pd.Series, profile: DisclosureProfile
) -> dict[tuple[str, ...], tuple[LifeTable, dict[str, Floats]]]:
    """Return the released life tables by stream, variant, measure, area, period and group.

    Each comes with the row numbers of its parts by month (missing where there is no such row).
    """
    rows = frame.loc[part != "", ["numerator", "horizon", *TABLE]].copy()
    if rows.empty:
        return {}
    rows["part"] = part[part != ""]
    rows["measure"] = [
        measure.removesuffix(f"_{each}")
        for measure, each in zip(rows["measure"], rows["part"], strict=True)
    ]
    rows["month"] = rows["horizon"].map(months)
    rows["count"] = rows["numerator"].astype("float64")
    rows["row"] = rows.index
    groups = rows.groupby(TABLE, sort=True)
    firsts = groups[TABLE].first()
    names = [tuple(map(str, key)) for key in firsts.itertuples(index=False, name=None)]
    rows["table"] = groups.ngroup()
    wide = rows.set_index(["table", "month", "part"])[["count", "row"]].unstack("part").sort_index()
    starts = np.flatnonzero(np.diff(wide.index.get_level_values("table"), prepend=-1))
    month = wide.index.get_level_values("month").to_numpy(dtype=np.float64)
    counts = {name: wide["count"][name].to_numpy(dtype=np.float64) for name in PARTS}
    places = {name: wide["row"][name].to_numpy(dtype=np.float64) for name in PARTS}
    found = {}
    for name, start, end in zip(names, starts, [*starts[1:], len(month)], strict=True):
        own = slice(int(start), int(end))
        at_risk, events, censored = (counts[each][own] for each in PARTS)
        table = release(at_risk, events, censored, month[own], profile)
        found[name] = (table, {each: places[each][own] for each in PARTS})
    return found


@dataclass(frozen=True)
class Horizon:
    """A released horizon: percentages, the counts beneath them, and why it is withheld, if it is."""

    value: float
    lower: float
    upper: float
    events: float
    persons: float
    reason: str


def withheld(reason: str) -> Horizon:
    """Return a horizon that is withheld."""
    nan = float("nan")
    return Horizon(nan, nan, nan, nan, nan, reason)


def horizons(table: LifeTable, at: list[float], profile: DisclosureProfile) -> list[Horizon]:
    """Read horizons (in months, rising) from a released life table.

    A horizon is withheld where its events are in the first band, where fewer than the threshold may still
    be at risk, or where fewer may have left since the horizon released before it. As this follows from the
    released table, a withheld horizon tells nothing more of its counts than their bands do.
    """
    width = band_width(profile.threshold)
    survival, greenwood = table.curve()
    lower, upper = log_log(survival, greenwood)
    out, before = [], 0
    for month in at:
        place = int(np.searchsorted(table.month, month - 1e-9))
        reason = ""
        if place >= table.shown or abs(table.month[place] - month) > 1e-6:
            reason = table.reason or rules.FEW_AT_RISK
        elif table.events[place] == 0:
            reason = rules.FEW_EVENTS
        elif _least_between(table, before, place, width) < profile.threshold:
            reason = rules.FEW_EXITS
        if reason:
            out.append(withheld(reason))
            continue
        before = place
        out.append(
            Horizon(
                100 * (1 - survival[place]),
                100 * (1 - upper[place]),
                100 * (1 - lower[place]),
                float(table.events[place]),
                table.persons,
                "",
            )
        )
    return out


def _least_between(table: LifeTable, before: int, now: int, width: int) -> float:
    """Return the fewest exits between two months that the released totals allow."""
    fewest = 0.0
    for total in (table.events, table.censored):
        least = max(float(total[now]) - (width - 1) / 2, 0.0)
        most = float(band_top(total[before], width)) if before else 0.0
        fewest += max(least - most, 0.0)
    return fewest

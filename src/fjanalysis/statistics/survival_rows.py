"""Survival estimates as rows of the tidy results table: life tables, horizons, summaries and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.results import horizon_name
from fjanalysis.statistics.survival import (
    FIVE_YEARS_IN_DAYS,
    TICKS_A_MONTH,
    Booleans,
    Integers,
    calendar_ticks,
    kaplan_meier,
    life_table,
    log_rank,
)
from fjanalysis.statistics.unavailable import NO_EVENT, TOO_SHORT

# Rows as columns of equal length: many small tables are put together faster so than as frames.
Columns = dict[str, list[object]]


@dataclass(frozen=True)
class Exits:
    """When each person of a sample left, and whether by the event; one entry a person.

    Parameters
    ----------
    ticks
        Time to exit in calendar ticks, shape (n,).
    days
        Time to exit in days, shape (n,).
    events
        Whether the exit is the event (else a censoring), shape (n,).
    """

    ticks: Integers
    days: Integers
    events: Booleans

    def take(self, rows: npt.NDArray[np.int64] | Booleans) -> Exits:
        """Return the exits of some of the persons."""
        return Exits(self.ticks[rows], self.days[rows], self.events[rows])

    def __len__(self) -> int:
        return len(self.days)


def exits(start: pd.Series, event: pd.Series, end: pd.Series | pd.Timestamp) -> Exits:
    """Return each person's exit from dates.

    Parameters
    ----------
    start
        Time zero, shape (n,).
    event
        Date of the event, not before time zero; null where it was not seen.
    end
        Last day of follow-up: one for all, or one a person; an event after it is not seen.
    """
    first = start.to_numpy(dtype="datetime64[D]")
    happened = event.to_numpy(dtype="datetime64[D]")
    last = (
        end.to_numpy(dtype="datetime64[D]")
        if isinstance(end, pd.Series)
        else np.full(len(first), np.datetime64(end, "D"))
    )
    seen = ~np.isnat(happened) & (happened <= last)
    left = np.where(seen, happened, last)
    return Exits(calendar_ticks(first, left), (left - first).astype(np.int64), seen)


def table_rows(
    sample: Exits, measure: str, key: Mapping[str, str], *, months: int = 120, every: int = 1
) -> pd.DataFrame:
    """Return the life table of a sample: `…_at_risk`, `…_events`, `…_censored` by month.

    Parameters
    ----------
    sample
        Exits of the persons.
    measure
        The measure's id.
    key
        `area`, `period` and `group` of the rows.
    months, every
        Last month, and months between ends. The table ends earlier once nobody is at risk.
    """
    return pd.DataFrame(table_columns(sample, measure, key, months=months, every=every))


def table_columns(
    sample: Exits, measure: str, key: Mapping[str, str], *, months: int = 120, every: int = 1
) -> Columns:
    """Return what `table_rows` gives as columns."""
    table = life_table(sample.ticks, sample.events, months).every(every)
    empty = np.flatnonzero(table.at_risk == 0)
    shown = int(empty[0]) + 1 if len(empty) else len(table.at_risk)
    names = [horizon_name(month, "month") for month in range(0, shown * every, every)]
    counts: list[object] = [
        int(each) for part in (table.at_risk, table.events, table.censored) for each in part[:shown]
    ]
    rows = 3 * shown
    found: Columns = {name: [value] * rows for name, value in key.items()}
    found["measure"] = [
        f"{measure}_{part}" for part in ("at_risk", "events", "censored") for _ in range(shown)
    ]
    found["statistic"] = ["count"] * rows
    found["horizon"] = [*names, *names, *names]
    return found | {"value": counts, "numerator": counts}


def horizon_rows(
    sample: Exits, measure: str, key: Mapping[str, str], years: Sequence[int]
) -> pd.DataFrame:
    """Return the cumulative percent with the event by calendar anniversaries of time zero.

    A horizon to which nobody was followed is unavailable (`x`).

    Parameters
    ----------
    sample, measure, key
        As in `table_rows`.
    years
        The anniversaries.
    """
    return pd.DataFrame(horizon_columns(sample, measure, key, years))


def horizon_columns(
    sample: Exits, measure: str, key: Mapping[str, str], years: Sequence[int]
) -> Columns:
    """Return what `horizon_rows` gives as columns."""
    curve = kaplan_meier(sample.ticks, sample.events)
    times = [year * 12 * TICKS_A_MONTH for year in years]
    known = np.array([curve.reached(time) for time in times])
    shares, lower, upper, happened = curve.cumulative(times)
    found: Columns = {name: [value] * len(years) for name, value in key.items()}
    found["measure"] = [measure] * len(years)
    found["statistic"] = ["cumulative_percent"] * len(years)
    found["horizon"] = [horizon_name(year, "year") for year in years]
    for name, values in (("value", shares), ("lower", lower), ("upper", upper)):
        found[name] = np.where(known, 100 * values, np.nan).tolist()
    found["numerator"] = [
        int(events) if there else None for events, there in zip(happened, known, strict=True)
    ]
    found["denominator"] = [curve.persons if there else None for there in known]
    found["status"] = ["ok" if there else "x" for there in known]
    found["note"] = ["" if there else TOO_SHORT for there in known]
    return found


def joined(parts: Iterable[Columns]) -> pd.DataFrame:
    """Return columns of several parts as one table; a column that a part has not is empty there."""
    listed = list(parts)
    sizes = [len(next(iter(part.values()), [])) for part in listed]
    names = dict.fromkeys(name for part in listed for name in part)
    return pd.DataFrame(
        {
            name: [
                value
                for part, size in zip(listed, sizes, strict=True)
                for value in part.get(name, [None] * size)
            ]
            for name in names
        }
    )


def summary_rows(sample: Exits, measure: str, key: Mapping[str, str]) -> pd.DataFrame:
    """Return the half time and the restricted mean at five years, in days.

    Both are unavailable (`x`) where nobody was followed for five years; so is the half time without
    an event.
    """
    curve = kaplan_meier(sample.days, sample.events)
    five_years = int(FIVE_YEARS_IN_DAYS)
    rows = []
    for statistic, estimate in (
        ("half_time_days", curve.half_time),
        ("restricted_mean_days", curve.restricted_mean),
    ):
        row: dict[str, object] = {**key, "measure": measure, "statistic": statistic}
        if not curve.reached(five_years):
            rows.append({**row, "status": "x", "note": TOO_SHORT})
            continue
        found = estimate()
        if np.isnan(found.value):
            rows.append({**row, "status": "x", "note": NO_EVENT})
            continue
        row |= {"value": found.value, "lower": found.lower, "upper": found.upper}
        rows.append({**row, "numerator": found.events, "denominator": found.persons})
    return pd.DataFrame(rows)


def log_rank_row(
    sample: Exits, codes: Integers, measure: str, key: Mapping[str, str]
) -> pd.DataFrame:
    """Return the p-value of the log-rank test between levels; codes below 0 are left out.

    It is unavailable (`x`) where there are fewer than two levels or no event.
    """
    known = codes >= 0
    test = log_rank(sample.days[known], sample.events[known], codes[known])
    row: dict[str, object] = {**key, "measure": measure, "statistic": "p_value"}
    if np.isnan(test.p_value):
        return pd.DataFrame([{**row, "status": "x", "note": NO_EVENT}])
    row |= {"value": test.p_value, "numerator": test.events, "denominator": test.persons}
    return pd.DataFrame([row])

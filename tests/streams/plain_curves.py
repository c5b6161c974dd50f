"""Times to a return again, slowly and obviously: one person and one anniversary after another, without arrays."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

FIVE_YEARS = Fraction(182625, 100)
HORIZONS = (1, 2, 3, 4, 5, 7, 8, 10)
# By measure, statistic, group and horizon: value, numerator and denominator; None where there is none.
Key = tuple[str, str, str, str]
Numbers = tuple[float | None, int | None, int | None]


@dataclass(frozen=True)
class Life:
    """A person followed from `start` to a return, or to `end` without one."""

    start: date
    returned: date | None
    end: date

    @property
    def back(self) -> bool:
        """Whether the return was seen."""
        return self.returned is not None and self.returned <= self.end

    @property
    def exit(self) -> date:
        """The day of the return, or the last day of follow-up."""
        return self.returned if self.back and self.returned else self.end

    @property
    def days(self) -> int:
        """Days from start to exit."""
        return (self.exit - self.start).days

    @property
    def time(self) -> tuple[int, int]:
        """Whole months from start to exit, and the days beyond them."""
        months = 0
        while months_later(self.start, months + 1) <= self.exit:
            months += 1
        return months, (self.exit - months_later(self.start, months)).days


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def curve(lives: Sequence[Life], measure: str, group: str, every: int) -> dict[Key, Numbers]:
    """Return the life table of some persons, and the cumulative percentages."""
    found: dict[Key, Numbers] = {}
    for month in range(0, 121, every):
        name = f"{month} months"
        ended = {
            life: months_later(life.start, month - every) < life.exit or month == every
            for life in set(lives)
            if month > 0 and life.exit <= months_later(life.start, month)
        }
        inside = [life for life in lives if ended.get(life)]
        gone = [life for life in lives if life in ended]
        parts = {
            "at_risk": len(lives) - len(gone),
            "events": sum(life.back for life in inside),
            "censored": sum(not life.back for life in inside),
        }
        for part, count in parts.items():
            found[f"{measure}_{part}", "count", group, name] = (count, count, None)
        if parts["at_risk"] == 0:
            break
    times = {life: life.time for life in set(lives)}
    steps = falls([times[life] for life in lives], [life.back for life in lives])
    for year in HORIZONS:
        limit = (12 * year, 0)
        left = left_at(steps, limit)
        known = max(times.values()) >= limit or left == 0
        numbers = (
            float(100 * (1 - left)),
            sum(life.back and times[life] <= limit for life in lives),
            len(lives),
        )
        name = "1 year" if year == 1 else f"{year} years"
        found[measure, "cumulative_percent", group, name] = numbers if known else (None, None, None)
    return found


def falls(times: Sequence[Any], back: Sequence[bool]) -> list[tuple[Any, Fraction]]:
    """Return each time of a return, and the share still without one after it."""
    found, left = [], Fraction(1)
    for time in sorted({t for t, event in zip(times, back, strict=True) if event}):
        at_risk = sum(t >= time for t in times)
        returned = sum(t == time and event for t, event in zip(times, back, strict=True))
        left *= 1 - Fraction(returned, at_risk)
        found.append((time, left))
    return found


def left_at(steps: Sequence[tuple[Any, Fraction]], limit: Any) -> Fraction:
    """Return the share still without a return after `limit`."""
    return next((left for time, left in reversed(steps) if time <= limit), Fraction(1))


def summaries(lives: Sequence[Life], measure: str, group: str) -> dict[Key, Numbers]:
    """Return the half time and the restricted mean at five years."""
    times, back = [life.days for life in lives], [life.back for life in lives]
    half, mean = ((measure, name, group, "") for name in ("half_time_days", "restricted_mean_days"))
    nothing: Numbers = (None, None, None)
    steps = falls(times, back)
    if max(times) < 1826 and left_at(steps, max(times)) > 0:
        return {half: nothing, mean: nothing}
    early = sum(event and time <= FIVE_YEARS for time, event in zip(times, back, strict=True))
    wanted = (1 - left_at(steps, FIVE_YEARS)) / 2
    at = next((time for time, left in steps if 1 - left >= wanted), None)
    inner = [(0, left_at(steps, 0)), *(step for step in steps if 0 < step[0] < FIVE_YEARS)]
    ends = [*(time for time, _ in inner[1:]), FIVE_YEARS]
    area = sum(left * (end - begin) for (begin, left), end in zip(inner, ends, strict=True))
    return {
        half: (at, early, len(lives)) if early else nothing,
        mean: (float(area), early, len(lives)),
    }


def compare(rows: pd.DataFrame, expected: Mapping[tuple[str, ...], Numbers]) -> None:
    """Hold rows of the results (keys without a variant) against what is expected: counts exactly, values nearly."""
    found = dict(numbers(rows))
    assert set(found) == set(expected)
    for key, (value, *counts) in expected.items():
        assert found[key][1:] == tuple(counts), key
        assert (found[key][0] is None) == (value is None), key
        if value is not None:
            assert found[key][0] == pytest.approx(value, rel=1e-12, abs=1e-9), key


def numbers(rows: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], Numbers]]:
    """Yield rows by area, period, measure, statistic, group and horizon."""
    for row in rows.to_dict("records"):
        key = tuple(
            str(row.get(name) or "") if not pd.isna(row.get(name)) else ""
            for name in ("area", "period", "measure", "statistic", "group", "horizon")
        )
        value, *counts = (
            None if pd.isna(row.get(name)) else row[name]
            for name in ("value", "numerator", "denominator")
        )
        yield key, (value, *(None if each is None else int(each) for each in counts))

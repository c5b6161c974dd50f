"""Financial years (April to March), spans of them, and whole months."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def financial_year(day: date) -> str:
    """Return the financial year that a day is in.

    >>> financial_year(date(2020, 3, 31))
    '2019-20'
    """
    return year_name(day.year if day.month >= 4 else day.year - 1)


def year_name(start: int) -> str:
    """Return the name of the financial year that begins in April of the year `start`.

    >>> year_name(1999)
    '1999-00'
    """
    return f"{start}-{(start + 1) % 100:02d}"


def start_year(name: str) -> int:
    """Return the calendar year in which a financial year begins."""
    return int(name[:4])


def first_day(period: str) -> date:
    """Return the first day of a financial year or span (`2012-13 to 2019-20`)."""
    return date(start_year(period), 4, 1)


def last_day(period: str) -> date:
    """Return the last day of a financial year or span."""
    return date(start_year(period.rsplit(" to ", maxsplit=1)[-1]) + 1, 3, 31)


def complete_years(data_start: date, follow_up_end: date) -> list[str]:
    """Return the financial years that lie wholly from `data_start` to `follow_up_end`, in order."""
    first = data_start.year if data_start <= date(data_start.year, 4, 1) else data_start.year + 1
    last = (
        follow_up_end.year
        if follow_up_end >= date(follow_up_end.year, 3, 31)
        else follow_up_end.year - 1
    )
    return [year_name(year) for year in range(first, last)]


def span(years: list[str]) -> str:
    """Return the period that runs from the first to the last of `years`."""
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def local_periods(years: list[str], length: int) -> list[list[str]]:
    """Return runs of `length` years cut backwards from the last; a shorter one at the start is left out."""
    runs = [years[end - length : end] for end in range(len(years), length - 1, -length)]
    return runs[::-1]


def last_complete_month_end(day: date) -> date:
    """Return the last day of the last month that is complete on `day`."""
    if day.day == calendar.monthrange(day.year, day.month)[1]:
        return day
    return day.replace(day=1) - timedelta(days=1)


def anniversary(day: date, *, years: int = 0, months: int = 0) -> date:
    """Return the same day so many years and months later, or the last day of that month."""
    total = day.year * 12 + day.month - 1 + years * 12 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

"""How a released number, interval, period or date is written, by statistic and language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import pandas as pd
from babel.dates import format_date as babel_date
from babel.numbers import format_decimal

from fjanalysis.briefings.messages import locale, message
from fjanalysis.results import STATISTICS, WITHHELD

# What stands behind a number of words that was corrected: the mark, on the number's own line.
CORRECTED = "\N{NO-BREAK SPACE}[r]"
Row = Mapping[str, Any] | pd.Series


def mark(status: str) -> str:
    """Return the shorthand that stands for a number that is not printed: `[c]`, `[z]`, `[x]`.

    Source: Analysis Function, guidance on symbols in tables.
    """
    return f"[{status}]"


def is_withheld(row: Row) -> bool:
    """Return whether a result has no number to print."""
    return row["status"] in WITHHELD or bool(pd.isna(row["value"]))


def rounded(value: float, decimals: int) -> Decimal:
    """Return a number rounded half up, as a reader rounds it, from its shortest decimal form."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@lru_cache(maxsize=20_000)
def number(value: float, decimals: int, language: str = "en-GB") -> str:
    """Return a number with the language's separators and a true minus sign.

    >>> number(2914.0, 0)
    '2,914'
    """
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(rounded(value, decimals), format=pattern, locale=locale(language))
    return str(text).replace("-", "\N{MINUS SIGN}")


def figure(value: float, statistic: str, language: str = "en-GB") -> str:
    """Return a value as a table's cell or an axis prints it: without its unit, percentages with %.

    >>> figure(17.08, "percent"), figure(48.0, "rate_per_10000"), figure(1.234, "odds_ratio")
    ('17.1%', '48.0', '1.23')
    """
    kind = STATISTICS[statistic]
    if kind.unit == "probability" and statistic == "p_value" and value < 0.001:
        return "<" + number(0.001, 3, language)
    text = number(value, kind.decimals, language)
    return f"{text}%" if kind.unit == "percent" else text


def phrase(value: float, statistic: str, language: str = "en-GB") -> str:
    """Return a value as prose prints it: with its unit.

    >>> phrase(48.0, "rate_per_10000"), phrase(1, "median_days"), phrase(12, "median_days")
    ('48.0 per 10,000', '1 day', '12 days')
    """
    text = figure(value, statistic, language)
    unit = STATISTICS[statistic].unit
    if unit == "per 10,000":
        return message("{number} per 10,000", language, number=text)
    if unit == "days":
        words = "{number} day" if rounded(value, 0) == 1 else "{number} days"
        return message(words, language, number=text)
    return text


def one_in(percent: float, language: str = "en-GB") -> str:
    """Return a percentage as the nearest `1 in N`, with `about` where 1/N is off by over 5% of it.

    >>> one_in(16.7), one_in(17.9), one_in(40.0)
    ('1 in 6', 'about 1 in 6', 'about 1 in 3')

    Raises
    ------
    ValueError
        The percentage is not above 0 and at most 100.
    """
    if not 0 < percent <= 100:
        raise ValueError(
            "Only a percentage above 0 and at most 100 can be written as one in so many."
        )
    fewer = max(1, math.floor(100 / percent))
    people = min((fewer, fewer + 1), key=lambda people: abs(100 / people - percent))
    words = message("1 in {people}", language, people=number(people, 0, language))
    if abs(100 / people - percent) > 0.05 * percent:
        return message("about {share}", language, share=words)
    return words


def cell(row: Row, language: str = "en-GB") -> str:
    """Return what a table prints for a result: its number, or the shorthand of its status."""
    if is_withheld(row):
        return mark(str(row["status"]) if row["status"] in WITHHELD else "x")
    text = figure(float(row["value"]), str(row["statistic"]), language)
    return f"{text} {mark(str(row['status']))}" if row["status"] in ("r", "low") else text


def interval(row: Row, language: str = "en-GB") -> str:
    """Return a result's 95% interval, `16.0% to 18.2%`, or an empty string where it has none."""
    if is_withheld(row) or pd.isna(row["lower"]) or pd.isna(row["upper"]):
        return ""
    ends = (figure(float(row[end]), str(row["statistic"]), language) for end in ("lower", "upper"))
    return message(
        "{lower} to {upper}", language, **dict(zip(("lower", "upper"), ends, strict=True))
    )


def change(before: float, after: float, statistic: str, language: str = "en-GB") -> str:
    """Return how a number changed: a percentage by percentage points, all else by per cent.

    The change is that of the unrounded numbers.

    >>> change(2425, 2914, "count"), change(14.0, 17.1, "percent"), change(5, 5, "count")
    ('rose by 20%', 'rose by 3.1 percentage points', 'did not change')

    Raises
    ------
    ValueError
        A per cent change from zero.
    """
    points = STATISTICS[statistic].unit == "percent"
    if before == 0 and not points:
        raise ValueError("A change from zero cannot be given in per cent.")
    size = after - before if points else 100 * (after - before) / before
    decimals = 1 if points else 0
    shown = rounded(abs(size), decimals)
    if shown == 0:
        small = "hardly changed" if size else "did not change"
        return message(small, language)
    text = number(float(shown), decimals, language)
    if points:
        words = (
            "rose by {size} percentage points" if size > 0 else "fell by {size} percentage points"
        )
    else:
        words = "rose by {size}%" if size > 0 else "fell by {size}%"
    return message(words, language, size=text)


def period(text: str, language: str = "en-GB") -> str:
    """Return a financial year or span as the pages write it.

    >>> period("2019-20"), period("2012-13 to 2019-20")
    ('2019/20', '2012/13 to 2019/20')
    """
    years = [year.replace("-", "/") for year in text.split(" to ")]
    if len(years) == 1:
        return years[0]
    return message("{first} to {last}", language, first=years[0], last=years[1])


def day(text: str, language: str = "en-GB") -> str:
    """Return a date YYYY-MM-DD in words.

    >>> day("2026-02-01")
    '1 February 2026'
    """
    return str(babel_date(date.fromisoformat(text), format="d MMMM y", locale=locale(language)))

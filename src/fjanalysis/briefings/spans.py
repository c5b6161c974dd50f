"""Periods named by what they are in the pack, so that a briefing survives the next refresh.

A written key or a figure may say `last`, `first`, `previous` or `window` instead of a year. The word is
read against the periods that the other parts of the key leave, so `last` of a measure that is given
for three-year periods only is the last of these.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from fjanalysis.errors import UsageError
from fjanalysis.periods import start_year

WORDS = ("first", "last", "previous", "earliest", "latest", "window", "years", "spans")
_ABSENT = ("x", "z")


def is_span(period: str) -> bool:
    """Return whether a period covers several years."""
    return " to " in period


def in_order(periods: Iterable[str]) -> list[str]:
    """Return periods by their first and last year, each once."""
    return sorted(
        set(periods), key=lambda name: (start_year(name), start_year(name.split(" to ")[-1]))
    )


def whole_window(periods: Iterable[str]) -> str | None:
    """Return the longest span, which covers the whole of the data, or None where there is no span."""
    spans = [period for period in in_order(periods) if is_span(period)]
    return max(spans, key=years_of, default=None)


def available(rows: pd.DataFrame, word: str) -> Iterable[str]:
    """Return the periods that a word is read against.

    For `earliest` and `latest` those with a result that is neither unavailable nor not applicable, so that
    a rate is that of the last year with a known population; for every other word all of them.

    Parameters
    ----------
    rows
        Results rows: `period` and `status`.
    """
    if word in ("earliest", "latest"):
        rows = rows[~rows["status"].isin(_ABSENT)]
    return [str(period) for period in rows["period"]]


def resolve(word: str, periods: Iterable[str]) -> list[str]:
    """Return the periods that a word means, in order; a period's own name means itself.

    `years` are all single years. `spans` are the spans shorter than the window. `first`, `previous` and
    `last` count among the years, else among the spans, else mean the window; `earliest` and `latest` are the
    same among periods that are available (see `available`).

    Raises
    ------
    UsageError
        No period fits the word.
    """
    known = in_order(periods)
    if word not in WORDS:
        return [period for period in known if period == word]
    window = whole_window(known)
    years = [period for period in known if not is_span(period)]
    spans = [period for period in known if is_span(period) and period != window]
    if word == "window":
        found = [window] if window else []
    elif word == "years":
        found = years
    elif word == "spans":
        found = spans
    else:
        series = years or spans or ([window] if window else [])
        place = {"first": 0, "earliest": 0, "last": -1, "latest": -1, "previous": -2}[word]
        found = series[place:][:1] if len(series) >= abs(place) else []
    if not found:
        raise UsageError(
            f"No period fits the word '{word}'.",
            mend="The periods are " + ", ".join(known) + "." if known else "",
        )
    return found


def years_of(period: str) -> int:
    """Return how many years a period covers."""
    years = period.split(" to ")
    return start_year(years[-1]) - start_year(years[0]) + 1

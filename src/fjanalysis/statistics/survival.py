"""Time to an event: calendar time, life tables, Kaplan-Meier curves, their summaries and log-rank.

Time runs on one of two scales. Cumulative percentages use **calendar ticks** (completed calendar
months and days beyond them), so that an anniversary is the same moment for everybody whatever leap
days lie between. Half times, restricted means, tests and models use **days**.

Events come before censorings at the same time, and times of zero are at risk at time zero, as in R.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from fjanalysis.limits import Z95, log_log

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

TICKS_A_MONTH = 32
FIVE_YEARS_IN_DAYS = 5 * 365.25
MONTH_DAYS = 365.25 / 12
# Survival is compared across times through products of the same factors: this is their rounding.
_ROUNDING = 1e-10


def calendar_ticks(start: Days, end: Days) -> Integers:
    """Return the calendar time from `start` to `end`: completed months x 32 + days beyond them.

    Parameters
    ----------
    start, end
        Days (`datetime64[D]`), shape (n,), `end` not before `start`. The end of a month later is the
        same day of that month, or its last day where it is shorter: a year from 29 February is
        28 February.

    Examples
    --------
    >>> days = np.array(["2012-02-29", "2013-01-31"], dtype="datetime64[D]")
    >>> calendar_ticks(days, np.array(["2013-02-28", "2013-03-01"], dtype="datetime64[D]")).tolist()
    [384, 33]
    """
    first = np.asarray(start, dtype="datetime64[D]")
    last = np.asarray(end, dtype="datetime64[D]")
    first_month = first.astype("datetime64[M]")
    last_month = last.astype("datetime64[M]")
    day = (first - first_month).astype(np.int64)
    passed = (last_month - first_month).astype(np.int64)
    passed -= _day_of_month(last_month, day) > last
    beyond = last - _day_of_month(first_month + passed, day)
    return np.asarray(passed * TICKS_A_MONTH + beyond.astype(np.int64), dtype=np.int64)


def _day_of_month(month: Days, day: Integers) -> Days:
    first = month.astype("datetime64[D]")
    length = ((month + 1).astype("datetime64[D]") - first).astype(np.int64)
    return np.asarray(first + np.minimum(day, length - 1))


def months_ended(ticks: Integers) -> Integers:
    """Return the number of the month, from 1, in which calendar ticks fall.

    Month k runs from after the end of month k - 1 to its own end, both as calendar months from time
    zero; time zero itself is in month 1.
    """
    return np.maximum((ticks + TICKS_A_MONTH - 1) // TICKS_A_MONTH, 1)


@dataclass(frozen=True)
class LifeTable:
    """Persons at risk, events and censorings by calendar month from time zero.

    Parameters
    ----------
    at_risk
        Persons still at risk at the end of month 0, 1, …, shape (months + 1,); everybody at 0.
    events, censored
        Those in the month that ends there, shape (months + 1,); none at 0.
    """

    at_risk: Integers
    events: Integers
    censored: Integers

    def every(self, months: int) -> LifeTable:
        """Return the table with ends every so many months only; what lies between is added up."""
        starts = np.arange(1, len(self.events), months)
        kept = np.arange(0, len(self.at_risk), months)
        return LifeTable(
            self.at_risk[kept],
            np.concatenate([[0], np.add.reduceat(self.events, starts)])[: len(kept)],
            np.concatenate([[0], np.add.reduceat(self.censored, starts)])[: len(kept)],
        )


def life_table(ticks: Integers, events: Booleans, months: int) -> LifeTable:
    """Return the life table of exits at calendar `ticks` to the end of month `months`.

    Parameters
    ----------
    ticks
        Exit of each person in calendar ticks, shape (n,).
    events
        Whether the exit is the event (else a censoring), shape (n,).
    """
    ended = np.minimum(months_ended(ticks), months + 1)
    happened = np.bincount(ended[events], minlength=months + 2)[: months + 1]
    left = np.bincount(ended[~events], minlength=months + 2)[: months + 1]
    at_risk = len(ticks) - np.cumsum(happened + left)
    return LifeTable(at_risk.astype(np.int64), happened.astype(np.int64), left.astype(np.int64))


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve.

    Parameters
    ----------
    times
        Distinct exit times in order, shape (k,).
    at_risk, events
        Persons at risk just before each time, and events at it, shape (k,).
    survival, greenwood
        Survival just after each time, and the sum of d / (n (n - d)) up to it, shape (k,).
    persons
        Persons at time zero.
    """

    times: Integers
    at_risk: Integers
    events: Integers
    survival: Floats
    greenwood: Floats
    persons: int

    def _at(self, time: float) -> int:
        return int(np.searchsorted(self.times, time, side="right")) - 1

    def survival_at(self, time: float) -> float:
        """Return the survival at `time`, exits at that very time included."""
        at = self._at(time)
        return 1.0 if at < 0 else float(self.survival[at])

    def reached(self, time: float) -> bool:
        """Whether anybody was followed to `time`, so that the curve is known there."""
        return len(self.times) > 0 and bool(self.times[-1] >= time or self.survival[-1] == 0)

    def cumulative_at(self, time: float) -> Estimate:
        """Return the cumulative share with the event by `time` (0 to 1), and its log-log interval.

        The interval is missing where no event or every event has happened.
        """
        share, lower, upper, happened = self.cumulative(np.array([time]))
        return Estimate(
            float(share[0]), float(lower[0]), float(upper[0]), int(happened[0]), self.persons
        )

    def cumulative(self, times: npt.ArrayLike) -> tuple[Floats, Floats, Floats, Integers]:
        """Return what `cumulative_at` gives, at several times: shares, lower, upper and events, shape (k,)."""
        at = np.searchsorted(self.times, np.asarray(times), side="right")
        survival = np.concatenate([[1.0], self.survival])[at]
        greenwood = np.concatenate([[0.0], self.greenwood])[at]
        happened = np.concatenate([[0], np.cumsum(self.events)])[at]
        lower, upper = log_log(survival, greenwood)
        return 1 - survival, 1 - upper, 1 - lower, happened.astype(np.int64)

    def half_time(self, limit: float = FIVE_YEARS_IN_DAYS) -> Estimate:
        """Return the first time by which half of the events up to `limit` have happened.

        That is the first t where 1 - S(t) reaches half of 1 - S(limit), S the survival; missing where
        there is no event. It has no interval.
        """
        end = self._at(limit)
        happened = int(self.events[: end + 1].sum())
        if happened == 0:
            return Estimate(np.nan, np.nan, np.nan, 0, self.persons)
        half = (1 - self.survival[end]) / 2
        first = int(np.argmax(1 - self.survival >= half - _ROUNDING))
        return Estimate(float(self.times[first]), np.nan, np.nan, happened, self.persons)

    def restricted_mean(self, limit: float = FIVE_YEARS_IN_DAYS) -> Estimate:
        """Return the mean time without the event up to `limit`, with its normal interval.

        The variance is the sum over event times of (area to the right)^2 d / (n (n - d)).
        Source: Klein and Moeschberger (2003), section 4.5; R `survfit`, `print(rmean =)`.
        """
        end = self._at(limit)
        times = np.concatenate([[0.0], self.times[: end + 1], [limit]])
        steps = np.concatenate([[1.0], self.survival[: end + 1]])
        areas = steps * np.diff(times)
        mean = float(areas.sum())
        right = mean - np.cumsum(areas)[:-1]
        n = self.at_risk[: end + 1].astype(np.float64)
        d = self.events[: end + 1].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where((d > 0) & (n > d), right**2 * d / (n * (n - d)), 0.0)
        spread = Z95 * float(np.sqrt(terms.sum()))
        happened = int(self.events[: end + 1].sum())
        return Estimate(mean, mean - spread, mean + spread, happened, self.persons)


@dataclass(frozen=True)
class Estimate:
    """An estimate, its 95% interval, and the events and persons that it rests on."""

    value: float
    lower: float
    upper: float
    events: int
    persons: int


def kaplan_meier(times: Integers, events: Booleans) -> Curve:
    """Return the Kaplan-Meier curve of exits at `times`.

    Parameters
    ----------
    times
        Exit of each person, in days or calendar ticks, not negative, shape (n,).
    events
        Whether the exit is the event (else a censoring), shape (n,).

    Source: Kaplan and Meier (1958), JASA 53:457-481; intervals Kalbfleisch and Prentice (2002).
    """
    distinct, place = np.unique(times, return_inverse=True)
    exits = np.bincount(place, minlength=len(distinct))
    happened = np.bincount(place, weights=events, minlength=len(distinct)).astype(np.int64)
    at_risk = (len(times) - np.concatenate([[0], np.cumsum(exits)[:-1]])).astype(np.int64)
    at_risk = at_risk[: len(distinct)]
    with np.errstate(divide="ignore"):
        survival = np.cumprod(1 - happened / at_risk)
        terms = np.where(happened > 0, happened / (at_risk * (at_risk - happened)), 0.0)
    greenwood = np.cumsum(terms).astype(np.float64)
    return Curve(distinct, at_risk, happened, survival.astype(np.float64), greenwood, len(times))


@dataclass(frozen=True)
class Test:
    """A test: its statistic, degrees of freedom and p-value, and what it rests on."""

    statistic: float
    freedom: int
    p_value: float
    events: int
    persons: int


def log_rank(times: Integers, events: Booleans, groups: Integers) -> Test:
    """Return the log-rank test that all groups have the same survival.

    Parameters
    ----------
    times, events
        As in `kaplan_meier`, shape (n,).
    groups
        Codes of groups, shape (n,).

    Returns
    -------
    Test
        Its p-value is missing where there are fewer than two groups or no event.

    Source: Mantel (1966); Peto and Peto (1972); R `survdiff`.
    """
    present, codes = np.unique(groups, return_inverse=True)
    freedom = len(present) - 1
    total = int(events.sum())
    if freedom < 1 or total == 0:
        return Test(np.nan, max(freedom, 0), np.nan, total, len(times))
    distinct, place = np.unique(times, return_inverse=True)
    cells = (len(distinct), len(present))
    exits = np.zeros(cells)
    happened = np.zeros(cells)
    np.add.at(exits, (place, codes), 1)
    np.add.at(happened, (place, codes), events.astype(np.float64))
    at_risk = exits.sum(axis=0) - np.vstack([np.zeros(len(present)), np.cumsum(exits, axis=0)[:-1]])
    d = happened.sum(axis=1)
    kept = d > 0
    d, at_risk = d[kept], at_risk[kept]
    n = at_risk.sum(axis=1)
    share = at_risk / n[:, None]
    excess = happened.sum(axis=0) - (d[:, None] * share).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(n > 1, d * (n - d) / (n - 1), 0.0)
    variance = np.diag((scale[:, None] * share).sum(axis=0)) - (share * scale[:, None]).T @ share
    # A group that nobody was at risk in at any event time adds no information: the pseudo-inverse
    # leaves it out, and it is not counted as a degree of freedom.
    informative = np.diag(variance) > 0
    freedom = int(informative.sum()) - 1
    if freedom < 1:
        return Test(np.nan, 0, np.nan, total, len(times))
    reduced = np.ix_(np.flatnonzero(informative)[1:], np.flatnonzero(informative)[1:])
    part = excess[informative][1:]
    statistic = float(part @ np.linalg.solve(variance[reduced], part))
    return Test(statistic, freedom, float(special.chdtrc(freedom, statistic)), total, len(times))


def level_rows(codes: Integers, levels: int) -> Iterator[tuple[int, Integers]]:
    """Yield each level's code and the rows that have it, in order; codes below 0 are in none."""
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(levels + 1))
    for level in range(levels):
        yield level, order[bounds[level] : bounds[level + 1]]

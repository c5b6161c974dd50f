"""How many families come to court for the first time in each quarter of a year.

The published volumes count all cases. First ones are what is left after the returns of families
who came before, which follow from the curve of returns: a convolution, undone quarter by quarter.
"""

from __future__ import annotations

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.calibration import Anchors, Floats
from fjanalysis.sources.synthetic.records import Ints, day

QUARTERS = (c.LAST_YEAR - c.FIRST_YEAR + 1) * 4
START = day(f"{c.FIRST_YEAR}-04-01")
END = day(f"{c.LAST_YEAR + 1}-03-31")


def return_density(
    years: Floats, shares: Floats, ratios: Floats, weights: Floats, later: float, delay: int
) -> Floats:
    """Return the expected returns of a first case in each quarter after it, further ones included.

    Parameters
    ----------
    years, shares
        The curve of returns: cumulative share by years since the case before.
    ratios, weights
        Hazard ratios of the kinds of family, and their shares.
    later
        Hazard ratio of a return after a return.
    delay
        Quarters from issue to the moment from which `years` count.
    """
    hazard = c.cumulative_hazard(shares)
    ends = np.interp(np.arange(1, QUARTERS + 1) / 4, years, hazard)

    def density(factor: float, mix: Floats) -> Floats:
        curve = ((1 - np.exp(-np.outer(ends, ratios * factor))) * mix).sum(axis=1)
        steps = np.diff(curve, prepend=0)
        return np.concatenate([np.zeros(delay), steps])[:QUARTERS]

    first = density(1, weights)
    back = weights * (1 - np.exp(-ends[39] * ratios))
    again = density(later, back / back.sum())
    total, wave = first.copy(), first
    for _ in range(6):
        wave = np.convolve(wave, again)[:QUARTERS]
        total += wave
    return np.asarray(total)


def first_cases(target: Anchors, returns: Floats) -> Floats:
    """Return the expected number of first cases by quarter, such that all cases meet the target."""
    years = c.FIRST_YEAR + np.arange(QUARTERS) // 4
    wanted = c.at(target, years.astype(np.int64)) / 4
    # Before the first year families came as well: their returns are those of a steady state.
    firsts = np.zeros(QUARTERS)
    tail = returns.sum() - np.cumsum(np.concatenate([[0], returns[:-1]]))
    steady = wanted[0] / (1 + returns.sum())
    for quarter in range(QUARTERS):
        seen = firsts[:quarter] @ returns[:quarter][::-1] if quarter else 0.0
        firsts[quarter] = max(wanted[quarter] - seen - steady * tail[quarter] * 0.5, 0)
    return firsts


def drawn(expected: Floats, weights: Floats, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Return region and day of issue of each first case drawn.

    Parameters
    ----------
    expected
        Expected first cases by quarter.
    weights
        Relative volume of the regions.
    """
    table = random.poisson(np.outer(expected, weights / weights.sum()))
    quarters, regions = np.nonzero(table)
    counts = table[quarters, regions]
    quarter = np.repeat(quarters, counts)
    within = _within_quarter(quarter % 4, random.random(len(quarter)))
    days = START + np.floor((quarter + within) * 91.3125).astype(np.int64)
    return np.repeat(regions, counts), days


def _within_quarter(quarter: Ints, even: Floats) -> Floats:
    """Return places within a quarter by the weights of its months, from places spread evenly."""
    out = np.empty(len(even))
    for number in range(4):
        weights = c.MONTHS[3 * number : 3 * number + 3]
        ends = np.concatenate([[0], np.cumsum(weights) / weights.sum()])
        mine = quarter == number
        out[mine] = np.interp(even[mine], ends, np.arange(4) / 3)
    return out


def return_days(years: Floats, shares: Floats, ratios: Floats, random: np.random.Generator) -> Ints:
    """Return the days until each family's next case, or a day that never comes.

    The cumulative hazard of `shares` is stretched by each family's hazard ratio.
    """
    hazard = c.cumulative_hazard(shares)
    drawn_hazard = random.exponential(size=len(ratios)) / ratios
    times = np.interp(drawn_hazard, hazard, years) * 365.25
    return np.where(drawn_hazard >= hazard[-1], 10**6, times).astype(np.int64)

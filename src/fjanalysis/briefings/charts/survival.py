"""Cumulative per cent over time since the first event, as steps, with the number still at risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import (
    DASHES,
    Look,
    apart,
    canvas,
    legend,
    legend_height,
    nice_top,
    place,
    step_decimals,
    widest,
    wrap,
    write,
)
from fjanalysis.briefings.messages import message
from fjanalysis.limits import log_log

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One series: its label, and its steps made anew from the released life table.

    Parameters
    ----------
    months
        Ends of the intervals, from 0.
    percent, lower, upper
        Cumulative per cent with its log-log interval, at those ends.
    at_risk
        Months and released numbers still at risk.
    """

    label: str
    months: Floats
    percent: Floats
    lower: Floats
    upper: Floats
    at_risk: dict[int, float]


def curve(label: str, table: pd.DataFrame) -> Curve:
    """Return the curve that a released life table gives.

    By the actuarial method, those censored within an interval count half in its risk set, so the curve
    is the one that the released percentages were read from. It ends at the first withheld row.

    Parameters
    ----------
    table
        Columns `months`, `at_risk` (still at risk when the month is reached) and `events` (in the
        interval that ends there), in order of months.

    Source: Cutler and Ederer (1958), Journal of Chronic Diseases 8:699-712; Greenwood (1926).
    """
    counts = table[["months", "at_risk", "events"]].to_numpy(dtype=np.float64)
    known = ~np.isnan(counts[:, 1]) & (~np.isnan(counts[:, 2]) | (counts[:, 0] == 0))
    shown = len(known) if known.all() else int(np.argmin(known))
    months, risk, events = counts[:shown].T
    step = np.nan_to_num(events)[1:]
    exits = -np.diff(risk)
    start = risk[:-1] - (exits - step) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(start > 0, np.clip(step / start, 0, 1), 0.0)
        term = np.where((step > 0) & (start > step), step / (start * (start - step)), 0.0)
    survival, greenwood = np.cumprod(1 - share), np.cumsum(term)
    low, high = log_log(survival, greenwood)
    return Curve(
        label=label,
        months=months,
        percent=np.concatenate([[0.0], 100 * (1 - survival)]),
        lower=np.concatenate([[0.0], np.nan_to_num(100 * (1 - high))]),
        upper=np.concatenate([[0.0], np.nan_to_num(100 * (1 - low))]),
        at_risk={int(month): float(count) for month, count in zip(months, risk, strict=True)},
    )


def draw(curves: list[Curve], look: Look, axis: str) -> Canvas:
    """Return the chart: a step curve a series over years, and below it who is still at risk.

    Parameters
    ----------
    axis
        The words under the axis of time.
    """
    names = [each.label for each in curves]
    several = len(names) > 1
    beside = several and not look.narrow
    above = legend_height(names, look, "line") if several and not beside else 0.0
    top, step = nice_top(max(float(np.nanmax(each.upper, initial=1.0)) for each in curves))
    ticks = np.arange(0, top + step / 2, step)
    printed = [formats.number(tick, step_decimals(step), look.language) + "%" for tick in ticks]
    shown = [each + ":" for each in names] if several else []
    left = max(
        widest(printed, look.size, look) + 12,
        0.0 if look.narrow else widest(shown, look.small, look) + 34,
    )
    right = widest(names, look.size, look) + 18 if beside else 26.0
    line = look.small * 1.5
    words = wrap(axis, look.width - left - right, look.size, look)
    under = 26 + look.size * 1.2 * (words.count("\n") + 1)
    foot = under + 18 + line * (len(curves) * (2 if look.narrow and several else 1) + 1)
    height = (280.0 if look.narrow else 350.0) + above + foot
    drawing = canvas(look, height)
    if above:
        legend(
            drawing,
            [(name, look.colour(at), at) for at, name in enumerate(names)],
            look,
            top=2,
            kind="dash",
        )
    axes = place(drawing, look, left=left, right=right, top=above + 14, bottom=foot)
    years = max(1, *(int(np.ceil(each.months[-1] / 12)) for each in curves))
    jump = 2 if look.narrow and years > 6 else 1
    axes.set_xlim(0, 12 * years)
    axes.set_ylim(0, top)
    axes.set_yticks(ticks, printed)
    axes.set_xticks(
        [12 * year for year in range(0, years + 1, jump)],
        [formats.number(year, 0, look.language) for year in range(0, years + 1, jump)],
    )
    axes.tick_params(axis="y", length=0)
    ends = []
    for at, each in enumerate(curves):
        axes.fill_between(
            each.months,
            each.lower,
            each.upper,
            step="post",
            color=look.colour(at),
            alpha=0.16,
            linewidth=0,
        )
        axes.step(
            each.months, each.percent, where="post", color=look.colour(at), linestyle=DASHES[at]
        )
        ends.append(float(each.percent[-1]))
    bottom = height - foot
    if beside:
        wanted = [bottom - end / top * (bottom - above - 14) for end in ends]
        for at, y in enumerate(apart(wanted, look.size * 1.25, above + 14, bottom)):
            write(drawing, look.width - right + 6, y, names[at], look)
    middle = left + (look.width - left - right) / 2
    write(drawing, middle, bottom + 26, words, look, align="center", vertical="top")
    _risk_table(
        drawing,
        curves,
        look,
        years=years,
        jump=jump,
        left=left,
        right=right,
        top=bottom + under + 18,
    )
    return drawing


def _risk_table(
    drawing: Canvas,
    curves: list[Curve],
    look: Look,
    *,
    years: int,
    jump: int,
    left: float,
    right: float,
    top: float,
) -> None:
    line = look.small * 1.5
    several = len(curves) > 1
    write(
        drawing,
        2,
        top,
        message("Number still at risk", look.language),
        look,
        size=look.small,
        weight="semibold",
    )
    scale = (look.width - left - right) / (12 * years)
    step = max(jump, 2) if look.narrow or years > 8 else jump
    y = top
    for each in curves:
        y += line
        if several:
            write(drawing, 2, y, each.label, look, size=look.small)
            y += line if look.narrow else 0
        for year in range(0, years + 1, step):
            number = each.at_risk.get(12 * year)
            text = formats.mark("c") if number is None else formats.number(number, 0, look.language)
            x = left + 12 * year * scale
            write(drawing, max(x, 20.0), y, text, look, size=look.small, align="center")

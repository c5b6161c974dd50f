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
    widest,
    write,
)
from fjanalysis.briefings.messages import message
from fjanalysis.limits import log_log, survival_curve

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

    An interval whose events or risk set are withheld joins the next released one: the risk set is then
    that of the last released row before it.

    Parameters
    ----------
    table
        Columns `months`, `at_risk` (still at risk when the month is reached) and `events` (in the
        interval that ends there), in order of months.
    """
    months, risk, events = [0.0], [], []
    before = np.nan
    for row in table.itertuples():
        if row.months > 0 and pd.notna(row.events) and not np.isnan(before):
            months.append(float(row.months))
            risk.append(before)
            events.append(min(float(row.events), before))
        if pd.notna(row.at_risk):
            before = float(row.at_risk)
    survival, greenwood = survival_curve(risk, events)
    low, high = log_log(survival, greenwood)
    return Curve(
        label=label,
        months=np.array(months),
        percent=np.concatenate([[0.0], 100 * (1 - survival)]),
        lower=np.concatenate([[0.0], 100 * (1 - high)]),
        upper=np.concatenate([[0.0], 100 * (1 - low)]),
        at_risk={
            int(row.months): float(row.at_risk)
            for row in table.itertuples()
            if pd.notna(row.at_risk)
        },
    )


def draw(curves: list[Curve], look: Look) -> Canvas:
    """Return the chart: a step curve a series over years, and below it who is still at risk."""
    names = [each.label for each in curves]
    several = len(names) > 1
    beside = several and not look.narrow
    above = legend_height(names, look, "line") if several and not beside else 0.0
    top, step = nice_top(max(float(np.nanmax(each.upper, initial=1.0)) for each in curves))
    ticks = np.arange(0, top + step / 2, step)
    printed = [formats.number(tick, 0 if step >= 1 else 1, look.language) + "%" for tick in ticks]
    shown = [each + ":" for each in names] if several else []
    left = max(
        widest(printed, look.size, look) + 12,
        0.0 if look.narrow else widest(shown, look.small, look) + 26,
    )
    right = widest(names, look.size, look) + 18 if beside else 26.0
    line = look.small * 1.5
    foot = 62 + line * (len(curves) * (2 if look.narrow and several else 1) + 1)
    height = (280.0 if look.narrow else 350.0) + above + foot
    drawing = canvas(look, height)
    if above:
        legend(
            drawing,
            [(name, look.colour(at), at) for at, name in enumerate(names)],
            look,
            top=2,
            kind="line",
        )
    axes = place(drawing, left, right, above + 14, foot)
    longest = max(float(each.months[-1]) for each in curves)
    years = max(1, round(longest / 12))
    jump = 2 if look.narrow and years > 6 else 1
    axes.set_xlim(0, longest)
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
    write(
        drawing,
        middle,
        bottom + 38,
        message("Years since the first", look.language),
        look,
        align="center",
    )
    _risk_table(
        drawing, curves, look, years=years, jump=jump, left=left, right=right, top=bottom + 62
    )
    return drawing


def _risk_table(drawing, curves, look, *, years, jump, left, right, top) -> None:  # type: ignore[no-untyped-def]
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
    longest = max(float(each.months[-1]) for each in curves)
    scale = (look.width - left - right) / longest
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
            align = "center" if several or look.narrow or year else "center"
            write(drawing, max(x, 18.0), y, text, look, size=look.small, align=align)

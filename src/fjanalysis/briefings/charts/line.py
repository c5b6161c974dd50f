"""Lines over periods, each with its 95% interval as a band."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import (
    DASHES,
    MARKERS,
    Look,
    apart,
    canvas,
    legend,
    legend_height,
    nice_top,
    place,
    step_decimals,
    text_width,
    widest,
    write,
)
from fjanalysis.briefings.figures import Figure
from fjanalysis.briefings.selection import Selection

Numbers = npt.NDArray[np.float64]


def draw(figure: Figure, selection: Selection, look: Look) -> Canvas:
    """Return the chart: categories from left to right, a line a series, gaps where values are withheld."""
    names = [selection.column_labels[name] for name in selection.columns]
    several = len(names) > 1
    beside = several and not look.narrow
    above = legend_height(names, look, "line") if several and not beside else 0.0
    counted = selection.statistic == "count"
    top, step = nice_top(_highest(figure, selection), whole=counted)
    ticks = np.arange(0, top + step / 2, step)
    printed = [_tick(value, selection.statistic, look.language, step) for value in ticks]
    left = widest(printed, look.size, look) + 12
    edge = widest(list(selection.row_labels.values()), look.size, look) / 2 + 2
    end = edge if look.tiny else edge - 0.3 * look.size
    right = widest(names, look.size, look) + 18 if beside else end
    height = (300.0 if look.narrow else 380.0) + above
    if look.tiny:
        height = 150.0 + above
    drawing = canvas(look, height)
    if above:
        legend(
            drawing,
            [(name, look.colour(at), at) for at, name in enumerate(names)],
            look,
            top=2,
            kind="line",
        )
    axes = place(drawing, look, left=left, right=right, top=above + 14, bottom=34)
    axes.set_ylim(0, top)
    axes.set_yticks(ticks, printed)
    axes.tick_params(axis="y", length=0)
    places = np.arange(len(selection.rows))
    axes.set_xlim(-0.3, len(places) - 0.85)
    _label_periods(axes, selection, look, look.width - left - right)
    ends = []
    for at, name in enumerate(selection.columns):
        series = selection.column(name)
        values = series["value"].to_numpy(dtype=float)
        if figure.interval:
            low, high = (series[end].to_numpy(dtype=float) for end in ("lower", "upper"))
            axes.fill_between(places, low, high, color=look.colour(at), alpha=0.16, linewidth=0)
            _lone_intervals(axes, values, low, high, look.colour(at))
        axes.plot(
            places,
            values,
            color=look.colour(at),
            linestyle=DASHES[at],
            marker=MARKERS[at],
            markersize=4.5,
            clip_on=False,
        )
        shown = np.flatnonzero(~np.isnan(values))
        ends.append(values[shown[-1]] if len(shown) else np.nan)
    if beside:
        _label_ends(
            drawing, names, ends, top, look, left=look.width - right, box=(above + 14, height - 34)
        )
    return drawing


def _lone_intervals(axes: Axes, values: Numbers, low: Numbers, high: Numbers, colour: str) -> None:
    """Draw the interval of each value between two gaps as a bar, since a band needs two values side by side."""
    given = np.concatenate([[False], ~np.isnan(values), [False]])
    alone = given[1:-1] & ~given[:-2] & ~given[2:]
    for at in np.flatnonzero(alone & ~np.isnan(low) & ~np.isnan(high)):
        axes.plot(
            [at, at],
            [low[at], high[at]],
            color=colour,
            alpha=0.35,
            linewidth=4,
            solid_capstyle="butt",
        )


def _highest(figure: Figure, selection: Selection) -> float:
    ends = ["value", "upper"] if figure.interval else ["value"]
    return float(np.nanmax(selection.frame[ends].to_numpy(dtype=float), initial=0.0))


def _tick(value: float, statistic: str, language: str, step: float) -> str:
    text = formats.number(value, step_decimals(step), language)
    return f"{text}%" if statistic in ("percent", "cumulative_percent") else text


def _label_periods(axes: Axes, selection: Selection, look: Look, room: float) -> None:
    labels = [selection.row_labels[name] for name in selection.rows]
    each = max(text_width(label, look.size, look.brand.family) for label in labels) + 14
    step = max(1, int(np.ceil(each * len(labels) / room)))
    last = len(labels) - 1
    shown = [at for at in range(len(labels)) if (last - at) % step == 0]
    axes.set_xticks(shown, [labels[at] for at in shown])
    axes.tick_params(axis="x", length=4)


def _label_ends(
    drawing: Canvas,
    names: list[str],
    ends: list[float],
    top: float,
    look: Look,
    *,
    left: float,
    box: tuple[float, float],
) -> None:
    known = [at for at, end in enumerate(ends) if not np.isnan(end)]
    wanted = [box[1] - ends[at] / top * (box[1] - box[0]) for at in known]
    for at, y in zip(known, apart(wanted, look.size * 1.25, box[0], box[1]), strict=True):
        write(drawing, left + 4, y, names[at], look)

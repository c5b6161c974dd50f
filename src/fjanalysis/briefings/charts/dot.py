"""Dots with their 95% intervals, a row a category, against a benchmark."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import (
    MARKERS,
    Look,
    canvas,
    legend,
    legend_height,
    nice_top,
    place,
    step_decimals,
    text_width,
    widest,
    wrap,
    write,
)
from fjanalysis.briefings.figures import Figure
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection


def draw(
    figure: Figure,
    selection: Selection,
    look: Look,
    mark: tuple[str, float] | None = None,
    highlight: tuple[str, ...] = (),
) -> Canvas:
    """Return the chart: a row a category, a dot a series; with one series, its numbers at the right.

    Parameters
    ----------
    mark
        Label and value of a line that all rows are held against.
    highlight
        Labels of rows that stand out, where there is one series.
    """
    names = [selection.column_labels[name] for name in selection.columns]
    several = len(names) > 1
    head = legend_height(names, look, "dot") if several else 0.0
    head += look.size * 1.7 if mark else 4.0
    limit = look.width * (0.36 if look.narrow else 0.4)
    labels = [wrap(selection.row_labels[name], limit, look.size, look) for name in selection.rows]
    cells = [] if several else [_printed(selection, name, look) for name in selection.rows]
    left = widest(labels, look.size, look, "semibold" if highlight else "normal") + 14
    right = widest(cells, look.size, look) + 16
    lines = [label.count("\n") + 1 for label in labels]
    rows = [max(26.0 if not several else 32.0, 8 + count * look.size * 1.2) for count in lines]
    height = head + sum(rows) + 34
    drawing = canvas(look, height)
    if several:
        entries = [(name, look.colour(at), at) for at, name in enumerate(names)]
        legend(drawing, entries, look, top=0, kind="dot")
    axes = place(drawing, look, left=left, right=right, top=head, bottom=34)
    top, step = nice_top(_highest(figure, selection, mark))
    if look.narrow:
        step = step * 2 if top / step > 3 else step
    ticks = np.arange(0, top + step / 2, step)
    ticks = ticks[ticks <= top * 1.0001]
    axes.set_xlim(0, top)
    axes.set_xticks(
        ticks, [_tick(value, selection.statistic, look.language, step) for value in ticks]
    )
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")
    axes.set_ylim(sum(rows), 0)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    middles = np.cumsum(rows) - np.array(rows) / 2
    spread = (np.arange(len(names)) - (len(names) - 1) / 2) * (10.0 if several else 0.0)
    for at, name in enumerate(selection.columns):
        series = selection.column(name)
        value, low, high = (
            series[end].to_numpy(dtype=float) for end in ("value", "lower", "upper")
        )
        y = middles + spread[at]
        if figure.interval:
            axes.hlines(y, low, high, color=look.colour(at), linewidth=3.2, alpha=0.35)
        axes.plot(
            value,
            y,
            linestyle="none",
            marker=MARKERS[at],
            markersize=7,
            color=look.colour(at),
            clip_on=False,
        )
    chosen = [
        at for at, name in enumerate(selection.rows) if selection.row_labels[name] in highlight
    ]
    if chosen and not several:
        values = selection.column(selection.columns[0])["value"].to_numpy(dtype=float)
        axes.plot(
            values[chosen],
            middles[chosen],
            "D",
            markersize=8.5,
            color=look.colour(1),
            clip_on=False,
        )
    for at, (label, middle) in enumerate(zip(labels, middles, strict=True)):
        weight = "semibold" if at in chosen else "normal"
        write(drawing, left - 10, head + middle, label, look, align="right", weight=weight)
    for cell, middle in zip(cells, middles, strict=False):
        write(drawing, look.width - 2, head + middle, cell, look, align="right")
    if mark:
        axes.axvline(mark[1], color=look.ink, linewidth=1.2, linestyle=(0, (4, 3)))
        x = left + mark[1] / top * (look.width - left - right)
        _name_mark(drawing, mark, selection.statistic, look, at=x, y=head - look.size * 0.75)
    return drawing


def _printed(selection: Selection, row: str, look: Look) -> str:
    found = selection.cell(row, selection.columns[-1])
    return formats.cell(found, look.language) if found is not None else formats.mark("x")


def _highest(figure: Figure, selection: Selection, mark: tuple[str, float] | None) -> float:
    ends = ["value", "upper"] if figure.interval else ["value"]
    highest = float(np.nanmax(selection.frame[ends].to_numpy(dtype=float), initial=0.0))
    return max(highest, mark[1]) if mark else highest


def _tick(value: float, statistic: str, language: str, step: float) -> str:
    text = formats.number(value, step_decimals(step), language)
    return f"{text}%" if statistic in ("percent", "cumulative_percent") else text


def _name_mark(
    drawing: Canvas, mark: tuple[str, float], statistic: str, look: Look, *, at: float, y: float
) -> None:
    value = formats.figure(mark[1], statistic, look.language)
    label = message("{area}: {value}", look.language, area=mark[0], value=value)
    half = text_width(label, look.small, look.brand.family) / 2
    x = min(max(at, half + 2), look.width - half - 2)
    write(drawing, x, y, label, look, size=look.small, align="center")

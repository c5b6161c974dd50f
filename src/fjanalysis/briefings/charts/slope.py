"""Slopes: the same categories at two periods."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import DPI, Look, apart, canvas, place, widest, write
from fjanalysis.briefings.selection import Selection

# How far from its dot a label begins, in CSS pixels.
LEADER = 20.0


def draw(selection: Selection, look: Look, highlight: tuple[str, ...]) -> Canvas:
    """Return the chart: a line a category from the first column to the last, both ends named.

    Parameters
    ----------
    highlight
        Labels of at most four categories drawn in colour; without any, all are drawn alike.
    """
    ends = (selection.columns[0], selection.columns[-1])
    series = {name: [_value(selection, name, end) for end in ends] for name in selection.rows}
    labels = [
        [_words(selection, name, end, look, named=at == 1) for name in selection.rows]
        for at, end in enumerate(ends)
    ]
    left = widest(labels[0], look.size, look) + LEADER + 8
    right = widest(labels[1], look.size, look) + LEADER + 8
    room = look.size * 1.22
    tall = max(300.0, room * len(selection.rows) * 1.6)
    head = 30.0
    drawing = canvas(look, head + tall + 14)
    axes = place(drawing, look, left=left, right=right, top=head, bottom=14)
    known = np.array([value for pair in series.values() for value in pair], dtype=float)
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    margin = (high - low or 1.0) * 0.06
    axes.set_xlim(0, 1)
    axes.set_ylim(low - margin, high + margin)
    axes.axis("off")
    for end in (0, 1):
        axes.axvline(end, color=look.brand.role("grid"), linewidth=1.2)
    for at, x in enumerate((left, look.width - right)):
        words = selection.column_labels[ends[at]]
        write(drawing, float(x), 12, words, look, weight="semibold", align="center")
    for name, pair in series.items():
        colour = _colour(selection.row_labels[name], highlight, look)
        axes.plot([0, 1], pair, color=colour, marker="o", markersize=6, clip_on=False)
    for at, align in ((0, "right"), (1, "left")):
        edge, way = (left, -1) if at == 0 else (look.width - right, 1)
        shown = [place_ for place_, pair in enumerate(series.values()) if not np.isnan(pair[at])]
        span = (high - low) + 2 * margin
        values = [list(series.values())[each][at] for each in shown]
        wanted = [head + tall * (1 - (value - low + margin) / span) for value in values]
        for each, y in zip(shown, apart(wanted, room, head, head + tall), strict=True):
            write(drawing, edge + way * LEADER, y, labels[at][each], look, align=align)
        for own, y in zip(wanted, apart(wanted, room, head, head + tall), strict=True):
            if abs(own - y) > room / 2:
                _lead(drawing, look, (edge + way * 5, own), (edge + way * (LEADER - 3), y))
    return drawing


def _lead(
    drawing: Canvas, look: Look, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """Draw a thin line from a dot to a label that had to be moved away from it, in CSS pixels."""
    width, height = drawing.get_figwidth() * DPI, drawing.get_figheight() * DPI
    (x, y), (x_end, y_end) = start, end
    colour = look.brand.role("muted")
    ends = ([x / width, x_end / width], [1 - y / height, 1 - y_end / height])
    drawing.add_artist(Line2D(*ends, color=colour, linewidth=0.7))


def _value(selection: Selection, row: str, column: str) -> float:
    found = selection.cell(row, column)
    return float("nan") if found is None else float(found["value"])


def _words(selection: Selection, row: str, column: str, look: Look, *, named: bool) -> str:
    found = selection.cell(row, column)
    value = formats.mark("x") if found is None else formats.cell(found, look.language)
    label = selection.row_labels[row]
    if named:
        return f"{value} {label}"
    return value if look.narrow else f"{label} {value}"


def _colour(label: str, highlight: tuple[str, ...], look: Look) -> str:
    if not highlight:
        return look.colour(0)
    return look.colour(highlight.index(label)) if label in highlight else look.brand.role("muted")

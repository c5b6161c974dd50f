"""Stacked shares: how a whole divides, a bar a category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import (
    Look,
    canvas,
    legend,
    legend_height,
    place,
    points,
    text_width,
    widest,
    wrap,
    write,
)
from fjanalysis.briefings.figures import Figure
from fjanalysis.briefings.selection import Selection


def draw(figure: Figure, selection: Selection, look: Look) -> Canvas:
    """Return the chart: a bar of 100% a category, a part a series, what is left over pale with an edge.

    A withheld part is a gap with its shorthand; nothing is said of what is left over then.
    """
    names = [selection.column_labels[name] for name in selection.columns]
    entries = [(name, look.colour(at), at) for at, name in enumerate(names)]
    if figure.rest:
        entries.append((figure.rest, look.brand.role("grid"), 0))
    head = legend_height([entry[0] for entry in entries], look, "box") + 8
    labels = [
        wrap(selection.row_labels[name], look.width * 0.36, look.size, look)
        for name in selection.rows
    ]
    left = widest(labels, look.size, look) + 12
    rows = [max(28.0, 8 + (label.count("\n") + 1) * look.size * 1.2) for label in labels]
    right = text_width("100%", look.size, look.brand.family) / 2 + 4
    drawing = canvas(look, head + sum(rows) + 30)
    legend(drawing, entries, look, top=0, kind="box")
    axes = place(drawing, look, left=left, right=right, top=head, bottom=30)
    axes.set_xlim(0, 100)
    axes.set_ylim(sum(rows), 0)
    axes.set_yticks([])
    ticks = (0, 50, 100) if look.narrow else (0, 25, 50, 75, 100)
    axes.set_xticks(ticks, [formats.number(tick, 0, look.language) + "%" for tick in ticks])
    axes.tick_params(axis="x", length=0)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    middles = np.cumsum(rows) - np.array(rows) / 2
    scale = (look.width - left - right) / 100
    for row, middle, tall in zip(selection.rows, middles, rows, strict=True):
        parts = [
            (selection.cell(row, name), colour)
            for name, (_, colour, _) in zip(selection.columns, entries, strict=False)
        ]
        _bar(axes, figure, look, parts, (middle, tall - 7), scale)
    for label, middle in zip(labels, middles, strict=True):
        write(drawing, left - 8, head + middle, label, look, align="right")
    return drawing


def _bar(
    axes: Axes,
    figure: Figure,
    look: Look,
    parts: Sequence[tuple[Mapping[str, Any] | None, str]],
    place: tuple[float, float],
    scale: float,
) -> None:
    """Draw one bar.

    Parameters
    ----------
    parts
        The result of each part, and its colour.
    place
        The bar's middle and height in CSS pixels.
    scale
        How many CSS pixels a percentage point takes.
    """
    gone = [formats.is_withheld(found) if found is not None else True for found, _ in parts]
    known = sum(
        float(found["value"])
        for (found, _), lost in zip(parts, gone, strict=True)
        if found is not None and not lost
    )
    mark = text_width("[c]", look.small, look.brand.family) + 8
    gap = min(mark / scale, (100 - known) / max(1, sum(gone)))
    start = 0.0
    for (found, colour), lost in zip(parts, gone, strict=True):
        if found is None or lost:
            if gap * scale >= mark - 1e-6:
                text = formats.mark("x" if found is None else str(found["status"]))
                _write(axes, look, start + gap / 2, place[0], text, look.ink)
            start += gap
            continue
        size = float(found["value"])
        _part(axes, start, size, place, colour, edge=look.paper, wide=1.2)
        _number(axes, look, start, size, place[0], scale, look.on(colour))
        start += size
    if figure.rest and not any(gone):
        size = max(0.0, 100 - known)
        pale, edge = look.brand.role("grid"), look.brand.role("muted")
        _part(axes, start, size, place, pale, edge=edge, wide=0.8)
        _number(axes, look, start, size, place[0], scale, look.ink)


def _part(
    axes: Axes,
    start: float,
    size: float,
    place: tuple[float, float],
    colour: str,
    *,
    edge: str,
    wide: float,
) -> None:
    axes.barh(
        place[0], size, left=start, height=place[1], color=colour, edgecolor=edge, linewidth=wide
    )


def _number(
    axes: Axes, look: Look, start: float, size: float, middle: float, scale: float, colour: str
) -> None:
    """Write a part's share into it, where it fits."""
    text = formats.number(size, 0, look.language) + ("" if look.narrow else "%")
    if size * scale > text_width(text, look.small, look.brand.family) + 8:
        _write(axes, look, start + size / 2, middle, text, colour)


def _write(axes: Axes, look: Look, x: float, y: float, text: str, colour: str) -> None:
    axes.text(
        x, y, text, color=colour, fontsize=points(look.small), ha="center", va="center_baseline"
    )

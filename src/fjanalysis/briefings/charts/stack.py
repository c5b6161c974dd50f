"""Stacked shares: how a whole divides, a bar a category."""

from __future__ import annotations

import numpy as np
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
    """Return the chart: a bar of 100% a category, a part a series, what is left over pale with an edge."""
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
        start = 0.0
        parts = []
        for name, (_, colour, _) in zip(selection.columns, entries, strict=False):
            found = selection.cell(row, name)
            size = 0.0 if found is None or np.isnan(found["value"]) else float(found["value"])
            parts.append((size, colour))
        if figure.rest:
            parts.append((max(0.0, 100 - sum(size for size, _ in parts)), look.brand.role("grid")))
        for at, (size, colour) in enumerate(parts):
            rest = at == len(names)
            axes.barh(
                middle,
                size,
                left=start,
                height=tall - 7,
                color=colour,
                edgecolor=look.brand.role("muted") if rest else look.paper,
                linewidth=0.8 if rest else 1.2,
            )
            text = formats.number(size, 0, look.language) + ("" if look.narrow else "%")
            if size * scale > text_width(text, look.small, look.brand.family) + 8:
                axes.text(
                    start + size / 2, middle, text, color=look.ink if rest else look.on(colour), fontsize=points(look.small),
                    ha="center", va="center_baseline",
                )  # fmt: skip
            start += size
    for label, middle in zip(labels, middles, strict=True):
        write(drawing, left - 8, head + middle, label, look, align="right")
    return drawing

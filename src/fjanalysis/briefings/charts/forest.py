"""Forest plots: ratios with their 95% intervals on a ratio scale, against a reference of 1."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import Look, canvas, place, text_width, widest, wrap, write
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection

_TICKS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 10.0)


def draw(selection: Selection, look: Look) -> Canvas:
    """Return the chart: a row a level under the name of its dimension, its ratio printed at the right."""
    rows = _rows(selection)
    limit = look.width * (0.38 if look.narrow else 0.36)
    labels = [wrap(label, limit, look.size, look) for _, label in rows]
    cells = ["" if name is None else _printed(selection, name, look) for name, _ in rows]
    left = widest(labels, look.size, look, "semibold") + 26
    right = widest(cells, look.size, look) + 14
    heights = [max(25.0, 7 + (label.count("\n") + 1) * look.size * 1.2) for label in labels]
    head = 30.0
    drawing = canvas(look, head + sum(heights) + 34)
    axes = place(drawing, look, left=left, right=right, top=head, bottom=34)
    low, high = _range(selection)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [
        tick for tick in _TICKS if low <= tick <= high and not (look.narrow and tick in (0.25, 4.0))
    ]
    axes.set_xticks(
        ticks,
        [
            formats.number(tick, 0 if tick >= 1 else 2 if tick == 0.25 else 1, look.language)
            for tick in ticks
        ],
    )
    axes.set_xticks([], minor=True)
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0, which="both")
    axes.axvline(1.0, color=look.ink, linewidth=1.2)
    middles = np.cumsum(heights) - np.array(heights) / 2
    for (name, _), label, cell, middle in zip(rows, labels, cells, middles, strict=True):
        y = head + middle
        if name is None:
            write(drawing, 2, y, label, look, weight="semibold")
            continue
        write(drawing, 14, y, label, look)
        write(drawing, look.width - 2, y, cell, look, align="right")
        _mark(axes, selection, name, middle, look)
    _name_sides(drawing, look, left=left, right=right, one=_share(1.0, low, high))
    return drawing


def _rows(selection: Selection) -> list[tuple[str | None, str]]:
    """Return name and label of each row; a dimension's heading has no name."""
    rows: list[tuple[str | None, str]] = []
    last = ""
    for name in selection.rows:
        dimension = selection.headings.get(name, "")
        if dimension and dimension != last:
            rows.append((None, dimension))
            last = dimension
        rows.append((name, selection.row_labels[name]))
    return rows


def _mark(axes, selection, name, middle, look) -> None:  # type: ignore[no-untyped-def]
    row = selection.cell(name, selection.columns[0])
    if row is None or np.isnan(row["value"]):
        return
    reference = np.isnan(row["lower"])
    if not reference:
        low, high = axes.get_xlim()
        ends = np.clip([row["lower"], row["upper"]], low, high)
        axes.hlines(middle, *ends, color=look.colour(0), linewidth=2.2)
    axes.plot(
        [row["value"]], [middle], "s", markersize=7, color=look.colour(0),
        fillstyle="none" if reference else "full", clip_on=False,
    )  # fmt: skip


def _printed(selection: Selection, name: str, look: Look) -> str:
    row = selection.cell(name, selection.columns[0])
    if row is None or formats.is_withheld(row):
        return formats.cell(row, look.language) if row is not None else formats.mark("x")
    value = formats.figure(float(row["value"]), str(row["statistic"]), look.language)
    if np.isnan(row["lower"]) and look.narrow:
        return formats.number(1, 0, look.language)
    if np.isnan(row["lower"]):
        return message(
            "{value} (reference)", look.language, value=formats.number(1, 0, look.language)
        )
    if look.narrow:
        return value
    interval = formats.interval(row, look.language)
    return message("{value} ({interval})", look.language, value=value, interval=interval)


def _range(selection: Selection) -> tuple[float, float]:
    ends = selection.frame[["value", "lower", "upper"]].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low = max([tick for tick in _TICKS if tick <= min(ends.min(), 0.5)], default=0.1)
    high = min([tick for tick in _TICKS if tick >= max(ends.max(), 2.0)], default=10.0)
    return low * 0.95, high * 1.05


def _share(value: float, low: float, high: float) -> float:
    return float(np.log(value / low) / np.log(high / low))


def _name_sides(drawing: Canvas, look: Look, *, left: float, right: float, one: float) -> None:
    room = look.width - left - right
    # Nothing else stands on this line, so the words may run into the margins.
    for text, align, width, step in (
        (message("Less likely", look.language), "right", left + room * one, -6),
        (message("More likely", look.language), "left", room * (1 - one) + right, 6),
    ):
        if text_width(text, look.small, look.brand.family) < width - 6:
            write(drawing, left + room * one + step, 14, text, look, size=look.small, align=align,
                  colour=look.brand.role("note"))  # fmt: skip

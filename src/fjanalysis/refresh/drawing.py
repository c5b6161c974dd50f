"""Charts of the data quality report as inline SVG: lines by year, and bars.

Drawn here because the analysis side does without a drawing library. Every chart has a title and a
description for screen readers, direct labels, and line patterns and marks that do not need colour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#12436d", "#801650", "#28a197", "#3d3d3d")
# The same on a dark page.
DARK = ("#9dcaf3", "#e58fb6", "#3cada2", "#c3c7cc")
DASHES = ("", "7 4", "2 3", "10 3 2 3")
WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 64, 96, 12, 34
LABEL_GAP = 15
BAR, BAR_LABEL, BAR_VALUE = 26, 250, 110


def dark_rules() -> str:
    """Return the style rules that give charts their colours on a dark page; their words have the page's own."""
    return "\n".join(
        f'  svg [stroke="{light}"] {{ stroke: {dark}; }} svg :not(text)[fill="{light}"] {{ fill: {dark}; }}'
        for light, dark in zip(COLOURS, DARK, strict=True)
    )


def lines(
    name: str,
    title: str,
    periods: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    percent: bool,
) -> str:
    """Return a line chart: one line a series over the periods, with gaps where a value is None.

    Parameters
    ----------
    name
        An id of letters, digits and hyphens, used once a page.
    title
        What the chart shows; it is its accessible name.
    periods
        Names of financial years, in order.
    series
        Values by the series' label, one a period; up to four series.
    percent
        Whether the values are percentages; else they are counts.
    """
    top = ceiling(
        max((v for values in series.values() for v in values if v is not None), default=1)
    )
    if percent:
        top = min(top, 100.0)
    across = (WIDTH - LEFT - RIGHT) / max(len(periods) - 1, 1)
    down = HEIGHT - TOP - BOTTOM

    def x(at: int) -> float:
        return LEFT + at * across

    def y(value: float) -> float:
        return TOP + down * (1 - value / top)

    parts = []
    for step in range(5):
        value = top * step / 4
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>'
            f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{_tick(value, percent)}</text>'
        )
    every = max(1, math.ceil(len(periods) / 6))
    parts += [
        f'<text x="{x(at):.1f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(period)}</text>'
        for at, period in enumerate(periods)
        if at % every == 0
    ]
    drawn = list(series.items())
    labels = []
    ends = _apart([(_last(values), values) for _, values in drawn], y)
    for at, (label, values) in enumerate(drawn):
        colour, dash = COLOURS[at % 4], DASHES[at % 4]
        for run in _runs(values):
            points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in run)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" '
                f'stroke-dasharray="{dash}"/>'
            )
            parts += [_mark(at, x(i), y(v), colour) for i, v in run]
        last = _last(values)
        if last is not None:
            labels.append(
                f'<text x="{x(last) + 9:.1f}" y="{ends[at]:.1f}" fill="{colour}" class="name">{escape(label)}</text>'
            )
    return _svg(name, title, _told(periods, series, percent), HEIGHT, parts + labels)


def bars(name: str, title: str, rows: Sequence[tuple[str, float | None, str]]) -> str:
    """Return a bar chart: a label, a bar and its value in words a row; no bar where it is None."""
    top = max((value for _, value, _ in rows if value is not None), default=0.0) or 1.0
    wide = WIDTH - BAR_LABEL - BAR_VALUE
    parts = []
    for at, (label, value, words) in enumerate(rows):
        middle = at * BAR + BAR / 2
        length = wide * (value or 0.0) / top
        parts.append(
            f'<text x="{BAR_LABEL - 8}" y="{middle + 4:.1f}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{BAR_LABEL}" y="{middle - 8:.1f}" width="{length:.1f}" height="16" fill="{COLOURS[0]}"/>'
            f'<text x="{BAR_LABEL + length + 6:.1f}" y="{middle + 4:.1f}">{escape(words)}</text>'
        )
    told = "; ".join(f"{label}: {words}" for label, _, words in rows) + "."
    return _svg(name, title, told, max(len(rows), 1) * BAR, parts)


def ceiling(value: float) -> float:
    """Return the smallest of 1, 2, 4, 5, 8, 10 times a power of ten that is not below the value.

    >>> ceiling(37.0)
    40.0
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 4, 5, 8, 10) if power * step >= value * 0.999999)


def _tick(value: float, percent: bool) -> str:
    if percent:
        return f"{value:.3g}%"
    return f"{value:,.0f}" if value == int(value) else f"{value:.1f}"


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the stretches of values without a gap, each value with its place."""
    runs: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((at, value))
    return [run for run in runs if run]


def _last(values: Sequence[float | None]) -> int | None:
    return max((at for at, value in enumerate(values) if value is not None), default=None)


def _apart(
    ends: Sequence[tuple[int | None, Sequence[float | None]]], y: object
) -> dict[int, float]:
    """Return the heights of the labels at the lines' ends, moved so that labels near by do not touch, and no line goes through one."""
    placed: dict[int, float] = {}

    def crossed(at: int, height: float) -> bool:
        after = (ends[at][0] or 0) + 1
        others = [values[after : after + 3] for o, (_, values) in enumerate(ends) if o != at]
        return any(
            value is not None and abs(y(value) + 4 - height) < LABEL_GAP - 2  # type: ignore[operator]
            for values in others
            for value in values
        )

    wanted = sorted(
        (y(values[last]), at)  # type: ignore[operator]
        for at, (last, values) in enumerate(ends)
        if last is not None
    )
    for height, at in wanted:
        near = [placed[o] for o in placed if abs((ends[o][0] or 0) - (ends[at][0] or 0)) < 4]
        free = height + 4
        while crossed(at, free) and free > LABEL_GAP:
            free -= 2
        placed[at] = max([free, *(each + LABEL_GAP for each in near)])
    return placed


def _mark(kind: int, x: float, y: float, colour: str) -> str:
    if kind % 4 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    if kind % 4 == 1:
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{colour}"/>'
    if kind % 4 == 2:
        return f'<path d="M{x:.1f} {y - 4:.1f}l4 7h-8z" fill="{colour}"/>'
    return f'<path d="M{x:.1f} {y - 4:.1f}l4 4-4 4-4-4z" fill="{colour}"/>'


def _told(
    periods: Sequence[str], series: Mapping[str, Sequence[float | None]], percent: bool
) -> str:
    sentences = []
    for label, values in series.items():
        known = [(at, value) for at, value in enumerate(values) if value is not None]
        if known:
            (first, before), (last, after) = known[0], known[-1]
            sentences.append(
                f"{label}: {_said(before, percent)} in {periods[first]}, {_said(after, percent)} in {periods[last]}."
            )
    return " ".join(sentences) or "Nothing to draw."


def _said(value: float, percent: bool) -> str:
    return f"{value:.1f}%" if percent else f"{value:,.0f}"


def _svg(name: str, title: str, told: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-title {name}-told">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
        + "".join(parts)
        + "</svg>"
    )

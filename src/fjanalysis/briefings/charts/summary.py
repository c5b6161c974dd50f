"""The main numbers of one area beside those of larger ones: a table with a small chart in each row.

The small charts hold no words, and no number that does not stand in their row; what they show at a glance,
on which side of the largest area this one lies, is their text alternative. The rows under one heading have one
scale, which stands beside the heading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import Any

import pandas as pd

from fjanalysis.briefings import formats
from fjanalysis.briefings.brand import Brand, dark_rules
from fjanalysis.briefings.charts.style import nice_top
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection
from fjanalysis.results import STATISTICS, written_key

# Of a small chart, in points, and the room at its ends.
WIDTH, HEIGHT, EDGE = 120.0, 12.0, 5.0
KEY_WIDTH = 21.0
# Stands where a row has no chart.
DASH = "\N{EN DASH}"
# How far a circle's control points lie from its ends, as a share of the radius.
_ROUND = 0.5523
_MIDDLE = HEIGHT / 2

# The results of one row, by area; None where there is none.
Cells = Sequence[Mapping[str, Any] | None]


def html(selection: Selection, caption: str, stem: str, language: str) -> str:
    """Return the key and the table: a row a measure, a column an area, a small chart at the end.

    Parameters
    ----------
    stem
        What the names of the small charts' files begin with.
    """
    names = [selection.column_labels[each] for each in selection.columns]
    drawn = any(_top(rows) for rows in _groups(selection).values())
    heads = "".join(f'<th scope="col" class="number">{escape(name)}</th>\n' for name in names)
    if drawn:
        heads += f'<th scope="col" class="drawn">{escape(message("Chart", language))}</th>\n'
    lines = [
        _key(names, stem, language) if drawn else "",
        f'<table class="data summary">\n<caption>{escape(caption)}</caption>\n<thead>\n<tr>\n',
        f'<th scope="col">{escape(message("Measure", language))}</th>\n{heads}</tr>\n</thead>\n',
    ]
    at = 0
    for heading, rows in _groups(selection).items():
        lines += ["<tbody>\n", _heading(heading, _top(rows), len(names), language, drawn=drawn)]
        for cells in rows:
            at += 1
            picture = f"{stem}-{at}" if _drawn(cells) else ""
            label = selection.row_labels[selection.rows[at - 1]]
            lines.append(_row(label, cells, names, picture, language, drawn=drawn))
        lines.append("</tbody>\n")
    return "".join([*lines, "</table>\n"])


def small(selection: Selection, brand: Brand, stamp: str = "") -> dict[str, bytes]:
    """Return the small charts, and the marks of the key, as SVG by what ends the names of their files.

    Parameters
    ----------
    stamp
        A warning that every chart carries, such as that the data are synthetic; or empty.
    """
    found = {
        f"key-{at}": _svg(KEY_WIDTH, _mark(at, KEY_WIDTH / 2, (4.0, KEY_WIDTH - 4.0), brand), brand)
        for at, _ in enumerate(selection.columns, start=1)
    }
    at = 0
    for rows in _groups(selection).values():
        for cells in rows:
            at += 1
            if _drawn(cells):
                found[str(at)] = _svg(WIDTH, _chart(cells, _top(rows), brand), brand, stamp)
    return found if len(found) > len(selection.columns) else {}


def _groups(selection: Selection) -> dict[str, list[Cells]]:
    """Return the cells of each row, under the heading that it stands under."""
    found: dict[str, list[Cells]] = {}
    for row in selection.rows:
        cells = [selection.cell(row, name) for name in selection.columns]
        found.setdefault(selection.headings.get(row, ""), []).append(cells)
    return found


def _heading(heading: str, top: float, areas: int, language: str, *, drawn: bool) -> str:
    """Return the row above the rows of a heading, with their scale."""
    if not heading and not top:
        return ""
    across = areas + 1 + (drawn and not top)
    cell = f'<th scope="rowgroup" colspan="{across}">{escape(heading)}</th>'
    if top:
        ends = (formats.figure(end, "percent", language).replace(".0", "") for end in (0.0, top))
        low, high = (f"<span>{escape(end)}</span>" for end in ends)
        cell += f'<td class="drawn scale">{low} {high}</td>'
    return f'<tr class="group">{cell}</tr>\n'


def _row(
    name: str, cells: Cells, areas: Sequence[str], picture: str, language: str, *, drawn: bool
) -> str:
    label, _, when = name.partition("\n")
    shown = escape(label) + (f' <span class="when">{escape(when)}</span>' if when else "")
    parts = [f'<tr>\n<th scope="row">{shown}</th>\n']
    parts += [_cell(cell, language, own=at == 0) for at, cell in enumerate(cells)]
    if drawn:
        width, height = (round(each * 4 / 3) for each in (WIDTH, HEIGHT))
        said = escape(_compared(cells, areas, language))
        image = f'<img src="charts/{picture}.svg" alt="{said}" width="{width}" height="{height}">'
        parts.append(f'<td class="drawn">{image if picture else DASH}</td>\n')
    return "".join([*parts, "</tr>\n"])


def _compared(cells: Cells, areas: Sequence[str], language: str) -> str:
    """Return on which side of the largest area the first one lies, its interval allowed for."""
    own, whole = cells[0], cells[-1]
    words = "Not compared: a number is not published."
    if _known(own) and _known(whole):
        value = float(whole["value"])  # type: ignore[index]
        words = "The interval of {area} takes in {whole}."
        if own["lower"] > value:  # type: ignore[index]
            words = "{area} is above {whole}."
        elif own["upper"] < value:  # type: ignore[index]
            words = "{area} is below {whole}."
    return message(words, language, area=areas[0], whole=areas[-1])


def _cell(cell: Mapping[str, Any] | None, language: str, *, own: bool) -> str:
    if cell is None:
        return f'<td class="number">{formats.mark("x")}</td>\n'
    text = escape(formats.cell(cell, language))
    interval = formats.interval(cell, language) if own else ""
    if interval:
        text += f' <span class="interval">{escape(interval)}</span>'
    return f'<td class="number" data-key="{escape(written_key(cell))}">{text}</td>\n'


def _key(names: Sequence[str], stem: str, language: str) -> str:
    marks = ("Dot with a bar", "Square", "Upright line")
    width, height = round(KEY_WIDTH * 4 / 3), round(HEIGHT * 4 / 3)
    parts = []
    for at, (mark, name) in enumerate(zip(marks, names, strict=False), start=1):
        said = escape(message(mark, language))
        words = message("{area} and its 95% interval", language, area=name) if at == 1 else name
        image = f'<img src="charts/{stem}-key-{at}.svg" alt="{said}:" width="{width}" height="{height}">'
        parts.append(f"<span>{image} {escape(words)}</span>")
    return f'<p class="key">{" ".join(parts)}</p>\n'


def _percent(cell: Mapping[str, Any] | None) -> bool:
    return cell is not None and STATISTICS[str(cell["statistic"])].unit == "percent"


def _drawn(cells: Cells) -> bool:
    return any(_percent(cell) and _known(cell) for cell in cells)


def _known(cell: Mapping[str, Any] | None) -> bool:
    return cell is not None and bool(pd.notna(cell["value"]))


def _top(rows: Sequence[Cells]) -> float:
    """Return the end of the scale of some rows' charts; 0 where none can be drawn."""
    ends = [
        float(cell["upper" if at == 0 and pd.notna(cell["upper"]) else "value"])
        for cells in rows
        for at, cell in enumerate(cells)
        if cell is not None and _percent(cell) and _known(cell)
    ]
    return min(100.0, nice_top(max(ends))[0]) if ends else 0.0


def _chart(cells: Cells, top: float, brand: Brand) -> str:
    def place(value: float) -> float:
        return EDGE + min(value, top) / top * (WIDTH - 2 * EDGE)

    grid = brand.role("muted")
    parts = [_line(EDGE, _MIDDLE, WIDTH - EDGE, _MIDDLE, grid, 0.5)]
    parts += [_line(x, _MIDDLE - 2.5, x, _MIDDLE + 2.5, grid, 0.5) for x in (EDGE, WIDTH - EDGE)]
    for at, cell in reversed(list(enumerate(cells, start=1))):
        if cell is None or not _percent(cell) or not _known(cell):
            continue
        ends = float(cell["lower"]), float(cell["upper"])
        known = at == 1 and not isnan(ends[0]) and not isnan(ends[1])
        bar = (place(ends[0]), place(ends[1])) if known else None
        parts.append(_mark(at, place(float(cell["value"])), bar, brand))
    return "".join(parts)


def _mark(at: int, x: float, bar: tuple[float, float] | None, brand: Brand) -> str:
    """Return the mark of the area in a place: a dot with its interval, a square, an upright line."""
    colour = brand.series[0]
    if at == 1:
        drawn = _line(bar[0], _MIDDLE, bar[1], _MIDDLE, colour, 2.0) if bar else ""
        return drawn + _path(_circle(x, _MIDDLE, 3.4), fill=colour)
    if at == 2:
        low, high = _MIDDLE - 2.9, _MIDDLE + 2.9
        box = f"M {x - 2.9:.2f} {low:.2f} L {x + 2.9:.2f} {low:.2f} L {x + 2.9:.2f} {high:.2f} L {x - 2.9:.2f} {high:.2f} z"
        return _path(box, fill=brand.role("background"), stroke=brand.series[1], width=1.5)
    return _line(x, 1.5, x, HEIGHT - 1.5, brand.role("foreground"), 1.8)


def _circle(x: float, y: float, radius: float) -> str:
    k = radius * _ROUND
    arcs = (
        (x + radius, y + k, x + k, y + radius, x, y + radius),
        (x - k, y + radius, x - radius, y + k, x - radius, y),
        (x - radius, y - k, x - k, y - radius, x, y - radius),
        (x + k, y - radius, x + radius, y - k, x + radius, y),
    )
    curves = " ".join("C " + " ".join(f"{each:.2f}" for each in arc) for arc in arcs)
    return f"M {x + radius:.2f} {y:.2f} {curves} z"


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, width: float) -> str:
    return _path(f"M {x:.2f} {y:.2f} L {to_x:.2f} {to_y:.2f}", stroke=colour, width=width)


def _path(outline: str, *, fill: str = "none", stroke: str = "", width: float = 0.0) -> str:
    style = f"fill: {fill.lower()}"
    if stroke:
        style += f"; stroke: {stroke.lower()}; stroke-width: {width}"
    return f'<path d="{outline}" style="{style}"/>\n'


def _svg(width: float, drawn: str, brand: Brand, stamp: str = "") -> bytes:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}pt" height="{HEIGHT:g}pt" '
        f'viewBox="0 0 {width:g} {HEIGHT:g}" version="1.1" stroke-linejoin="round" stroke-linecap="butt">\n'
    )
    said = f"<desc>{escape(stamp)}</desc>\n" if stamp else ""
    return f"{head}{said}<style>{dark_rules(drawn, brand)}</style>\n{drawn}</svg>\n".encode()

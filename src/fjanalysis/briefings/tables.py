"""Tables for reading (HTML with scoped headers) and for reuse (CSV), from the same selection."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from fjanalysis.briefings import formats, labels
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection
from fjanalysis.packs import Pack
from fjanalysis.results import COLUMNS, COUNTS, STATISTICS, STATUSES, Statistic, written_key

if TYPE_CHECKING:
    from fjanalysis.briefings.figures import Figure

_SHORTHAND = {
    "c": "[c] confidential: withheld so that nobody can be recognised.",
    "low": "[low] rounds to zero, but is not zero.",
    "z": "[z] not applicable.",
    "x": "[x] unavailable.",
    "r": "[r] revised since it was last published.",
}


@dataclass(frozen=True)
class Cell:
    """One cell: what a page prints, the number behind it, rounded as printed, and its written key."""

    text: str
    number: float | None = None
    key: str = ""


@dataclass(frozen=True)
class Grid:
    """A table without merged or empty cells.

    Parameters
    ----------
    heads
        Column headings, that of the row names first.
    names
        The row names.
    cells
        A list of cells a row, one fewer than headings.
    decimals
        Of each column of cells; None where its rows differ.
    units
        Of each column of cells: `%` or nothing.
    """

    heads: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    decimals: tuple[int | None, ...]
    units: tuple[str, ...]


def grid(figure: Figure, selection: Selection, language: str, *, spread: bool = False) -> Grid:
    """Return the table of a selection: a number, or the shorthand of why there is none, in every cell.

    Parameters
    ----------
    spread
        Whether an interval takes two columns of numbers, as a workbook needs, instead of one of text.
    """
    columns = [
        (name, head, part)
        for name in selection.columns
        for head, part in _columns(figure, selection, name, language, spread=spread)
    ]
    names = []
    for row in selection.rows:
        label = selection.row_labels[row].replace("\n", ", ")
        names.append(f"{selection.headings[row]}: {label}" if row in selection.headings else label)
    cells = tuple(
        tuple(_cell(selection.cell(row, name), part, language) for name, _, part in columns)
        for row in selection.rows
    )
    kinds = [_statistic(selection, name) for name, _, _ in columns]
    counts = [part in COUNTS for _, _, part in columns]
    return Grid(
        heads=(_heading(figure, language), *(head for _, head, _ in columns)),
        names=tuple(names),
        cells=cells,
        decimals=tuple(
            0 if count else kind.decimals if kind else None
            for kind, count in zip(kinds, counts, strict=True)
        ),
        units=tuple(
            "%" if kind and kind.unit == "percent" and not count else ""
            for kind, count in zip(kinds, counts, strict=True)
        ),
    )


def html(table: Grid, caption: str) -> str:
    """Return one table: a caption, a header cell for every column and row, numbers in `td.number`."""
    lines = [
        '<table class="data">',
        f"<caption>{escape(caption)}</caption>",
        "<thead>",
        "<tr>",
        f'<th scope="col">{escape(table.heads[0])}</th>',
        *(f'<th scope="col" class="number">{escape(head)}</th>' for head in table.heads[1:]),
        "</tr>",
        "</thead>",
        "<tbody>",
    ]
    for name, cells in zip(table.names, table.cells, strict=True):
        lines += ["<tr>", f'<th scope="row">{escape(name)}</th>']
        lines += [_td(cell) for cell in cells]
        lines.append("</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"]) + "\n"


def _td(cell: Cell) -> str:
    key = f' data-key="{escape(cell.key)}"' if cell.key else ""
    return f'<td class="number"{key}>{escape(cell.text)}</td>'


def csv(selection: Selection, pack: Pack, more: Iterable[pd.DataFrame] = ()) -> str:
    """Return the tidy rows behind a figure, areas with names, as CSV with a header.

    Parameters
    ----------
    more
        Further tidy rows to give with them, such as a curve's life table.
    """
    frame = pd.concat([selection.frame, *more], ignore_index=True)[list(COLUMNS)]
    frame = frame.drop_duplicates(list(COLUMNS[:8])).sort_values(list(COLUMNS[:8]), kind="stable")
    names = dict(zip(pack.areas["code"], pack.areas["name"], strict=True))
    frame.insert(5, "area_name", [names.get(code, code) for code in frame["area"]])
    frame["synthetic"] = "yes" if pack.synthetic else "no"
    frame["refresh"] = pack.date
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()


def shorthand(frame: pd.DataFrame, language: str) -> list[str]:
    """Return a sentence for each shorthand that stands in place of, or beside, a number."""
    present = set(frame["status"])
    return [
        message(_SHORTHAND[code], language)
        for code in STATUSES
        if code in present & set(_SHORTHAND)
    ]


def _heading(figure: Figure, language: str) -> str:
    """Return the heading of the row names: the author's, the dimension's, or the general one."""
    if figure.heading:
        return figure.heading
    if figure.rows == "level" and len(figure.by) == 1:
        return figure.names.get(figure.by[0]) or labels.dimension(figure.by[0], language)
    return labels.heading(figure.rows, language)


def _columns(
    figure: Figure, selection: Selection, name: str, language: str, *, spread: bool
) -> list[tuple[str, str]]:
    label = selection.column_labels[name]
    part = selection.frame[selection.frame["column"] == name]
    columns = [(label, "value")]
    if figure.interval and part["lower"].notna().any():
        if spread:
            columns.append((message("{label}: lower limit", language, label=label), "lower"))
            columns.append((message("{label}: upper limit", language, label=label), "upper"))
        else:
            columns.append((message("{label}: 95% interval", language, label=label), "interval"))
    if figure.counts and part["denominator"].notna().any():
        columns.append((message("{label}: number", language, label=label), "numerator"))
        columns.append((message("{label}: out of", language, label=label), "denominator"))
    return columns


def _statistic(selection: Selection, name: str) -> Statistic | None:
    """Return the one statistic of a column; None where its rows have several kinds of numbers."""
    rows = selection.frame[selection.frame["column"] == name]
    kinds = [STATISTICS[str(each)] for each in rows["statistic"].unique()]
    alike = len({(kind.unit, kind.decimals) for kind in kinds}) == 1
    return kinds[0] if alike else None


def _cell(row: Mapping[str, Any] | None, part: str, language: str) -> Cell:
    if row is None:
        return Cell(formats.mark("x"))
    key = written_key(row)
    if part == "interval":
        return Cell(formats.interval(row, language) or formats.mark(_why(row)), key=key)
    if pd.isna(row[part]):
        return Cell(formats.mark(_why(row)), key=key)
    value, decimals = float(row[part]), STATISTICS[str(row["statistic"])].decimals
    if part in COUNTS:
        return Cell(formats.number(value, 0, language), value, key)
    if part == "value":
        return Cell(formats.cell(row, language), float(formats.rounded(value, decimals)), key)
    text = formats.figure(value, str(row["statistic"]), language)
    return Cell(text, float(formats.rounded(value, decimals)), key)


def _why(row: Mapping[str, Any]) -> str:
    return str(row["status"]) if formats.is_withheld(row) else "z"

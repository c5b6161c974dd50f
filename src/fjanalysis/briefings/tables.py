"""Tables for reading (HTML with scoped headers) and for reuse (CSV), from the same selection."""

from __future__ import annotations

import io
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from fjanalysis.briefings import formats, labels
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection
from fjanalysis.packs import Pack
from fjanalysis.results import COLUMNS, STATUSES

if TYPE_CHECKING:
    from fjanalysis.briefings.figures import Figure

_SHORTHAND = {
    "c": "[c] confidential: withheld so that nobody can be recognised.",
    "low": "[low] rounds to zero, but is not zero.",
    "z": "[z] not applicable.",
    "x": "[x] unavailable.",
    "r": "[r] revised since it was last published.",
}


def html(figure: Figure, selection: Selection, caption: str, language: str) -> str:
    """Return one table: a caption, a header cell for every column and row, numbers in `td.number`.

    Every cell is filled: a number, or the shorthand of why there is none.
    """
    heads = [labels.heading(figure.rows, language)]
    for name in selection.columns:
        heads += [head for head, _ in _columns(figure, selection, name, language)]
    lines = [
        '<table class="data">',
        f"<caption>{escape(caption)}</caption>",
        "<thead>",
        "<tr>",
        f'<th scope="col">{escape(heads[0])}</th>',
        *(f'<th scope="col" class="number">{escape(head)}</th>' for head in heads[1:]),
        "</tr>",
        "</thead>",
        "<tbody>",
    ]
    for row in selection.rows:
        label = selection.row_labels[row]
        if row in selection.headings:
            label = f"{selection.headings[row]}: {label}"
        lines += ["<tr>", f'<th scope="row">{escape(label)}</th>']
        for name in selection.columns:
            found = selection.cell(row, name)
            for _, part in _columns(figure, selection, name, language):
                lines.append(_cell(found, part, language))
        lines.append("</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"]) + "\n"


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


def _columns(
    figure: Figure, selection: Selection, name: str, language: str
) -> list[tuple[str, str]]:
    label = selection.column_labels[name]
    part = selection.frame[selection.frame["column"] == name]
    columns = [(label, "value")]
    if figure.interval and part["lower"].notna().any():
        words = message("{label}: 95% interval", language, label=label)
        columns.append((words, "interval"))
    if figure.counts and part["denominator"].notna().any():
        columns.append((message("{label}: number", language, label=label), "numerator"))
        columns.append((message("{label}: out of", language, label=label), "denominator"))
    return columns


def _cell(row: pd.Series | None, part: str, language: str) -> str:
    if row is None:
        return f'<td class="number">{formats.mark("x")}</td>'
    if part == "value":
        text = formats.cell(row, language)
    elif part == "interval":
        text = formats.interval(row, language) or formats.mark(_why(row))
    else:
        count = row[part]
        text = (
            formats.mark(_why(row)) if pd.isna(count) else formats.number(float(count), 0, language)
        )
    return f'<td class="number">{escape(text)}</td>'


def _why(row: pd.Series) -> str:
    return str(row["status"]) if formats.is_withheld(row) else "z"

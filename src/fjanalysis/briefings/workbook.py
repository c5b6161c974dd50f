"""A briefing's data as one workbook, to the government's guidance on accessible spreadsheets.

A cover, a list of tables, a sheet of notes, and one table a sheet, each a named table without merged or empty
cells; shorthand instead of gaps, units in the headings, numbers as numbers. A note is referred to by its number
in the title of each table that it belongs to. The same input gives the same bytes.

Source of the guidance: Government Statistical Service, Releasing statistics in spreadsheets.
"""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gptables
import pandas as pd

from fjanalysis.briefings.figures import Rendered
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.tables import Grid

# What gptables writes on every cover, whatever the language.
_COVER_HEADINGS = ("Introductory information", "About these data", "Contact")


def write_workbook(
    path: Path,
    figures: Sequence[Rendered],
    *,
    title: str,
    titles: Mapping[str, str],
    about: Sequence[str],
    contact: str,
    author: str,
    refresh: str,
    language: str,
) -> None:
    """Write the tables of a briefing's figures to an `.xlsx` file.

    Parameters
    ----------
    figures
        The figures in the order of the page.
    title
        The briefing's title.
    titles
        The headline of each figure by id, its shortcodes filled in.
    about
        Sentences for the cover: what the data are, that they are synthetic, what shorthand means.
    contact
        Whom to ask, or empty.
    author
        Whose the workbook is, for its metadata.
    refresh
        The refresh's date, YYYY-MM-DD, which stands for the time of writing.
    """
    named = {figure.id: f"{at}" for at, figure in enumerate(figures, start=1)}
    notes = _numbered(figures)
    sheets = _notes_sheet(figures, notes, language)
    sheets |= {
        message("Table {number}", language, number=named[figure.id]): _sheet(
            figure, titles.get(figure.id, figure.title), notes, language
        )
        for figure in figures
    }
    cover = gptables.Cover(
        cover_label=message("Cover", language),
        title=title,
        intro=[message("The data behind the charts and tables of this briefing.", language)],
        about=list(about),
        contact=[contact or message("Ask the publisher for other formats.", language)],
    )
    with warnings.catch_warnings():
        # Our own sheet of notes is in the language of the page; the library's is English.
        warnings.filterwarnings("ignore", message="No note text provided")
        book = gptables.produce_workbook(
            str(path),
            sheets=sheets,
            cover=cover,
            contentsheet_label=message("List of tables", language),
            contentsheet_options={
                "column_names": [message("Sheet", language), message("Table", language)],
                "title": message("List of tables", language),
                "instructions": message("This sheet lists the tables of the workbook.", language),
                "additional_elements": ["subtitles"],
            },
            auto_width=True,
            workbook_options={"in_memory": True},
        )
    _translate_headings(book, language)
    day = datetime.datetime.fromisoformat(refresh)
    book.set_properties(
        {"title": title, "author": author, "created": day, "comments": " ".join(about)}
    )
    book.close()


def _translate_headings(book: Any, language: str) -> None:
    """Put the headings that the library writes on every cover in English into the workbook's language."""
    strings = book.str_table.string_table
    for heading in _COVER_HEADINGS:
        if heading in strings:
            words = message(heading, language)
            book.str_table.string_table = strings = {
                words if text == heading else text: at for text, at in strings.items()
            }


def _footnotes(figure: Rendered) -> list[str]:
    """Return a figure's notes that are neither shorthand, nor of its drawing, nor its source, which comes last."""
    return [
        each
        for each in figure.notes[:-1]
        if not each.startswith("[") and each not in figure.of_drawing
    ]


def _numbered(figures: Sequence[Rendered]) -> dict[str, int]:
    """Return the footnotes of all figures, each once, with their numbers."""
    texts = dict.fromkeys(text for figure in figures for text in _footnotes(figure))
    return {text: at for at, text in enumerate(texts, start=1)}


def _notes_sheet(
    figures: Sequence[Rendered], notes: Mapping[str, int], language: str
) -> dict[str, gptables.GPTable]:
    """Return the sheet of shorthand and notes, by its label; nothing where there are none."""
    marks = dict.fromkeys(text for figure in figures for text in figure.notes if text[:1] == "[")
    rows = [tuple(text.split(" ", 1)) for text in sorted(marks)]
    rows += [(message("[note {number}]", language, number=at), text) for text, at in notes.items()]
    if not rows:
        return {}
    label = message("Notes", language)
    table = pd.DataFrame(
        rows, columns=[message("Note number", language), message("Note", language)]
    )
    sheet = gptables.GPTable(
        table=table,
        table_name="notes",
        title=label,
        instructions=message("This sheet lists the notes that the tables refer to.", language),
        index_columns={},
    )
    return {label: sheet}


def _sheet(
    figure: Rendered, title: str, notes: Mapping[str, int], language: str
) -> gptables.GPTable:
    grid = figure.sheet
    references = [
        message("[note {number}]", language, number=notes[each]) for each in _footnotes(figure)
    ]
    frame = pd.DataFrame(
        [
            [name, *(_value(cell) for cell in cells)]
            for name, cells in zip(grid.names, grid.cells, strict=True)
        ],
        columns=_heads(grid),
    ).astype(object)
    return gptables.GPTable(
        table=frame,
        table_name="t_" + re.sub(r"\W", "_", figure.id),
        title=" ".join([title, *references]),
        subtitles=[figure.subtitle],
        instructions=message("This sheet holds one table.", language),
        legend=[
            each for each in figure.notes if each not in notes and each not in figure.of_drawing
        ],
        index_columns={1: 0},
        additional_formatting=[
            {
                "column": {
                    "columns": [at],
                    "format": {
                        "num_format": _number_format(decimals),
                        "align": "right",
                    },
                }
            }
            for at, decimals in enumerate(grid.decimals, start=1)
        ],
    )


def _number_format(decimals: int | None) -> str:
    """Return the format of a column's numbers; where they differ, each shows the digits it has."""
    if decimals is None:
        return "General"
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _value(cell: Any) -> float | str:
    return cell.text if cell.number is None else float(cell.number)


def _heads(grid: Grid) -> list[str]:
    """Return headings with their units, each unlike the others."""
    heads = [grid.heads[0]]
    for head, unit in zip(grid.heads[1:], grid.units, strict=True):
        words = f"{head} ({unit})" if unit else head
        same = heads.count(words)
        heads.append(f"{words} {same + 1}" if same else words)
    return heads

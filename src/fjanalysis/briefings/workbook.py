"""A briefing's data as one workbook, to the government's guidance on accessible spreadsheets.

A cover, a table of contents, and one table a sheet, each a named table without merged or empty cells;
shorthand instead of gaps, units in the headings, numbers as numbers. The same input gives the same bytes.

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


def write_workbook(
    path: Path,
    figures: Sequence[Rendered],
    *,
    title: str,
    titles: Mapping[str, str],
    about: Sequence[str],
    contact: str,
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
    refresh
        The refresh's date, YYYY-MM-DD, which stands for the time of writing.
    """
    named = {figure.id: f"{at}" for at, figure in enumerate(figures, start=1)}
    sheets = {
        message("Table {number}", language, number=named[figure.id]): _sheet(
            figure, titles.get(figure.id, figure.title), language
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
        # Notes stand on the sheets they belong to, so there is no sheet of notes.
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
        )
    day = datetime.datetime.fromisoformat(refresh)
    book.set_properties({"title": title, "author": "", "created": day, "comments": " ".join(about)})
    book.close()


def _sheet(figure: Rendered, title: str, language: str) -> gptables.GPTable:
    grid = figure.sheet
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
        title=title,
        subtitles=[figure.subtitle],
        instructions=message("This sheet holds one table.", language),
        legend=list(figure.notes),
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

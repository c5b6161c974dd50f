"""A notebook as a page: its words and code, with tables read from the pack and never from a run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pypandoc

from fjanalysis.folders import write_text
from fjanalysis.packs import Pack, steps
from fjanalysis.project import Project
from fjanalysis.releases.pages import document, table
from fjanalysis.releases.sources import made_by, writer
from fjanalysis.results import STATISTICS, series_name

LISTED = 40


def write_notebooks(project: Project, pack: Pack, folder: Path) -> None:
    """Write of each stream its notebook as a page, and the parameters in force of all its variants as JSON."""
    for stream in sorted(pack.streams):
        path = project.root / project.stream(stream).notebook
        write_text(folder / f"{stream}.html", notebook_page(path, pack, stream))
        variants = pack.streams[stream]["variants"]
        values = {name: each["parameters"] for name, each in variants.items()}
        text = json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        write_text(folder / f"{stream}.parameters.json", text)


def notebook_page(path: Path, pack: Pack, stream: str) -> str:
    """Return a stream's notebook as an HTML page.

    Parameters
    ----------
    path
        The stored notebook, without outputs.
    pack
        Whose released numbers and parameters are shown.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    about = pack.streams[stream]
    main = about["variants"]["main"]
    rows = _national(pack, stream)
    parts = [
        "<p>The method as the analysts run it. Executed notebooks stay in the secure environment: below each "
        "cell stand the released numbers, for the nations, of the tables that it makes.</p>\n",
        "<h2>Parameters in force</h2>\n",
        table(
            "Parameters",
            ["Name", "Value"],
            [(name, str(value)) for name, value in sorted(main["parameters"].items())],
        ),
    ]
    shown: set[str] = set()
    for cell in cells:
        parts.append(_cell(cell))
        for name, series in _made_in(cell, about.get("written", [])):
            own = rows[rows["series"].isin(series)]
            shown |= series
            parts.append(_folded(f"Released numbers: {name}", _tables(own, about, name)))
    rest = rows[~rows["series"].isin(shown)]
    if not rest.empty:
        parts += ["<h2>Released numbers</h2>\n", *_tables(rest, about, "all")]
    marks = ["Synthetic data: these are not findings."] if pack.synthetic else []
    return document(str(about["title"]), "".join(parts), marks=marks)


def _made_in(
    cell: dict[str, Any], written: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, set[str]]]:
    """Yield the tables that a cell makes, by name, with the series in each, as the run recorded them."""
    if cell["cell_type"] != "code":
        return
    tree = ast.parse("".join(cell["source"]))
    for each in written:
        name = str(each["table"])
        made = made_by(tree, name.split(".", maxsplit=1)[0]) if name else writer(tree)
        if made is not None:
            yield name or "quality of the records", set(each["series"])


def _folded(summary: str, tables: Sequence[str]) -> str:
    if not tables:
        return f"<p>{escape(summary)}: none for the nations.</p>\n"
    return f"<details>\n<summary>{escape(summary)}</summary>\n{''.join(tables)}</details>\n"


def _cell(cell: dict[str, Any]) -> str:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        # The title stands above the page.
        text = re.sub(r"\A\s*# [^\n]*\n?", "", text)
        html: str = pypandoc.convert_text(text, "html", "markdown-auto_identifiers")
        return html
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>\n' if text else ""


def _national(pack: Pack, stream: str) -> pd.DataFrame:
    """Return the nations' released rows of a stream's main analysis, each with the series that it is of."""
    rows = pack.results
    nations = set(pack.areas.loc[pack.areas["level"].isin(["nations", "nation"]), "code"])
    own = rows[
        (rows["stream"] == stream) & (rows["variant"] == "main") & rows["area"].isin(nations)
    ]
    names = {
        key: series_name(*key)
        for key in own[["measure", "statistic", "group"]].itertuples(index=False, name=None)
    }
    keys = own[["measure", "statistic", "group"]].itertuples(index=False, name=None)
    called = dict(zip(pack.areas["code"], pack.areas["name"], strict=True))
    return own.assign(series=[names[key] for key in keys], area_name=own["area"].map(called))


def _in_order(rows: pd.DataFrame, about: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows with the steps from records to cohort in the order of the stream, others as they are."""
    places = {f"step: {name}": at for at, name in enumerate(steps(about["measures"]))}
    at = rows["group"].map(places).fillna(len(places))
    return (
        rows.assign(at=at).sort_values(["area", "period", "at"], kind="stable").drop(columns="at")
    )


def _tables(rows: pd.DataFrame, about: Mapping[str, Any], name: str) -> list[str]:
    """Return rows as a table a measure and statistic; what is left out is said, and stands in the pack."""
    labels = {each["id"]: each["label"] for each in about["measures"]}
    found = []
    for (measure, statistic), chosen in _in_order(rows, about).groupby(["measure", "statistic"]):
        known = STATISTICS[str(statistic)]
        caption = f"{labels.get(measure, measure)}: {known.label} ({measure}.{statistic})"
        if len(chosen) > LISTED:
            caption += f", the first {LISTED} of {len(chosen)}; all are in the pack"
        parts = [part for part in ("group", "horizon") if chosen[part].any()]
        found.append(
            table(
                caption,
                ["Area", "Period", *(part.capitalize() for part in parts), "Value"],
                [
                    (
                        str(row["area_name"]),
                        str(row["period"]),
                        *(str(row[part]) or "all" for part in parts),
                        _value(row),
                    )
                    for _, row in chosen.head(LISTED).iterrows()
                ],
                numbers=1,
                about=name,
            )
        )
    return found


def _value(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return f"[{row['status']}]"
    return f"{row['value']:,.{STATISTICS[str(row['statistic'])].decimals}f}"

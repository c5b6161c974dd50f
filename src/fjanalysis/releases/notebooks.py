"""A notebook as a page: its words and code, with tables read from the pack and never from a run."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pypandoc

from fjanalysis.folders import write_text
from fjanalysis.packs import Pack
from fjanalysis.project import Project
from fjanalysis.releases.pages import document, table
from fjanalysis.results import STATISTICS

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
    parts = [
        "<p>The method as the analysts run it. Executed notebooks stay in the secure environment: the "
        "tables below the code are the released numbers.</p>\n",
        "<h2>Parameters in force</h2>\n",
        table(
            "Parameters",
            ["Name", "Value"],
            [(name, str(value)) for name, value in sorted(main["parameters"].items())],
        ),
        *(_cell(cell) for cell in cells if not _titled(cell)),
        "<h2>Released numbers</h2>\n",
        *_tables(pack, stream),
    ]
    marks = ["Synthetic data: these are not findings."] if pack.synthetic else []
    return document(str(about["title"]), "".join(parts), marks=marks)


def _titled(cell: dict[str, Any]) -> bool:
    return (
        cell["cell_type"] == "markdown"
        and "".join(cell["source"]).strip().count("\n") == 0
        and ("".join(cell["source"]).startswith("# "))
    )


def _cell(cell: dict[str, Any]) -> str:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        options = ["--shift-heading-level-by=1"] if text.startswith("# ") else []
        html: str = pypandoc.convert_text(
            text, "html", "markdown-auto_identifiers", extra_args=options
        )
        return html
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>\n' if text else ""


def _tables(pack: Pack, stream: str) -> list[str]:
    """Return the national numbers of each measure; all others stand in the pack."""
    rows = pack.results
    nations = set(pack.areas.loc[pack.areas["level"].isin(["nations", "nation"]), "code"])
    own = rows[
        (rows["stream"] == stream) & (rows["variant"] == "main") & rows["area"].isin(nations)
    ]
    labels = {each["id"]: each["label"] for each in pack.streams[stream]["measures"]}
    found = []
    for (measure, statistic), chosen in own.groupby(["measure", "statistic"]):
        known = STATISTICS[str(statistic)]
        caption = f"{labels.get(measure, measure)}: {known.label} ({measure}.{statistic})"
        if len(chosen) > LISTED:
            caption += f", the first {LISTED} of {len(chosen)}; all are in the pack"
        found.append(
            table(
                caption,
                ["Area", "Period", "Group", "Horizon", "Value"],
                [
                    (
                        str(row["area"]),
                        str(row["period"]),
                        str(row["group"]),
                        str(row["horizon"]),
                        f"[{row['status']}]"
                        if row["value"] != row["value"]
                        else f"{row['value']:,.{known.decimals}f}",
                    )
                    for _, row in chosen.head(LISTED).iterrows()
                ],
                numbers=1,
            )
        )
    return found

"""The pages alone of one briefing: HTML and PDF in all its languages, from figures that are drawn already.

Run as `python pages.py draw|make WORKSPACE DATE NAME FOLDER`: `draw` leaves the figures in FOLDER, `make` is measured.
The processes are those of `fjanalysis render`; charts, tables, workbook, card, archive and the pages around the
briefings are left out, as they are where `pandoc` and `weasyprint` alone are measured.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
from collections.abc import MutableMapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fjanalysis.briefings.loading import in_loaded_process, processes

FIGURES = "figures.pickle"


def main(task: str, workspace: str, date: str, name: str, folder: str) -> None:
    """Draw the figures, or make the pages."""
    work = {"draw": draw, "make": make}[task]
    in_loaded_process(work, Path(workspace), date, name, Path(folder))


def draw(workspace: Path, date: str, name: str, folder: Path) -> None:
    """Leave all figures of a briefing that stands in the site, as they were drawn, in a folder."""
    figures: MutableMapping[str, object] = {}
    prepare(workspace, date)
    for language in ("en", "cy"):
        compose(name, language, folder, figures)
    (folder / FIGURES).write_bytes(pickle.dumps(figures))
    shutil.copytree(workspace / "_site" / name / "charts", folder / "charts")


def make(workspace: Path, date: str, name: str, folder: Path) -> None:
    """Make the pages, a process a language."""
    prepare(workspace, date)
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=processes()) as pool:
        for done in [pool.submit(page, name, language, folder) for language in ("en", "cy")]:
            done.result()


def prepare(workspace: Path, date: str) -> None:
    """Read what all pages share."""
    from fjanalysis.briefings.rendering import Rendering
    from fjanalysis.packs import find_pack, read_pack
    from fjanalysis.project import open_project

    project = open_project(workspace)
    pack = read_pack(find_pack(project.outputs, date))
    SHARED["rendering"] = Rendering.prepare(project, pack, "pandoc")


def compose(name: str, language: str, folder: Path, figures: MutableMapping[str, object]):  # type: ignore[no-untyped-def]
    """Return an edition, its figures taken from those given and added to them."""
    from fjanalysis.briefings.briefing import Edition, edition_files

    rendering = SHARED["rendering"]
    path = edition_files(rendering.project.root / "briefings" / name)[language]
    return Edition.compose(rendering, name, language, path, folder, kept=figures)  # type: ignore[arg-type]


def page(name: str, language: str, folder: Path) -> None:
    """Make one language's page and its PDF."""
    from fjanalysis.briefings import trees
    from fjanalysis.briefings.documents import unswept

    with unswept():
        figures = pickle.loads((folder / FIGURES).read_bytes())
        edition = compose(name, language, folder, figures)
        root = edition.typeset(["cy" if language == "en" else "en"])
        (folder / edition.page).write_text(trees.write(root), encoding="utf-8")
        mark = edition.rendering.short_mark(language)
        printed = edition.rendering.press.print(
            root, folder, mark=mark, site_url="", address=edition.page
        )
        (folder / edition.pdf).write_bytes(printed)


SHARED: dict = {}  # type: ignore[type-arg]

if __name__ == "__main__":
    main(*sys.argv[1:])

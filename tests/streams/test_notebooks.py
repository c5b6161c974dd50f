"""The notebooks can be read as the section on methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ANALYSES = sorted((Path(__file__).parents[2] / "analyses").glob("*.ipynb"))
LONGEST_CELL = 15


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "text": "".join(cell["source"])} for cell in found]


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_cells_are_short_and_stored_without_outputs(path: Path) -> None:
    for cell in cells(path):
        if cell["cell_type"] == "code":
            assert len(cell["text"].splitlines()) <= LONGEST_CELL, cell["id"]
            assert (cell["outputs"], cell["execution_count"]) == ([], None), cell["id"]


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_each_step_has_a_heading_and_says_what_it_does(path: Path) -> None:
    first, *rest = cells(path)
    assert first["text"].startswith("# ")
    assert "?" in first["text"], "the question"
    steps = [cell["text"] for cell in rest if cell["cell_type"] == "markdown"]
    assert len(steps) > 8
    for text in steps:
        heading, _, words = text.partition("\n\n")
        assert heading.startswith("## "), heading
        assert words.count(". ") + words.count(".\n") + words.endswith(".") >= 1, heading


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_no_cell_looks_at_rows_of_persons(path: Path) -> None:
    """What a cell ends with is shown: it must be a table of results, never the cohort itself."""
    for cell in cells(path):
        if cell["cell_type"] == "code":
            last = cell["text"].splitlines()[-1]
            assert not any(
                name in last for name in (".parents", ".infants", ".newborns", ".sets", ".cases")
            ), last

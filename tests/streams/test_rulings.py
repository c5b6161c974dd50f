"""The map from each definition to its code and its test leads to things that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "docs" / "rulings.md").read_text(encoding="utf-8").splitlines()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in LINES
    if line.startswith("| ") and not line.startswith("| What holds")
]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def tests() -> set[str]:
    paths = (ROOT / "tests").rglob("test_*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))


def test_the_map_is_long_and_every_row_names_code_and_tests() -> None:
    assert len(ROWS) > 80
    for row in ROWS:
        assert len(row) == 3, row
        assert quoted(row[1]), row
        assert quoted(row[2]), row


def test_all_code_that_the_map_names_is_there() -> None:
    for what, code, _ in ROWS:
        for place in quoted(code):
            path, _, name = place.partition(":")
            text = (ROOT / "src" / "fjanalysis" / path).read_text(encoding="utf-8")
            assert re.search(rf"(def|class) {name}\b|\b{name}\b", text), (what, place)


def test_every_test_that_the_map_names_is_there(tests: set[str]) -> None:
    for what, _, named in ROWS:
        assert set(quoted(named)) <= tests, what

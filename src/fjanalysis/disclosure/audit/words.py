"""What a pack's words, names and files could give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fjanalysis.folders import files_below
from fjanalysis.packs import Pack

KINDS = (".csv", ".json", ".html", ".sha256", ".txt")
LARGEST = 200_000_000
PEOPLE = r"(?:cases?|children|child|mothers?|fathers?|parents?|babies|baby|persons?|people|families|applicants?)"
FEW = re.compile(rf"\b(\d{{1,4}}|one|two|three|four|five|six|seven|eight|nine)\s+{PEOPLE}\b", re.I)
NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1
    )
}


def word_failures(pack: Pack, threshold: int) -> list[str]:
    """Return labels, notes and definitions that state a count of people under the threshold.

    Parameters in force are not counts of people; a definition may name them (a case names one child).
    """
    found = []
    for stream, about in sorted(pack.streams.items()):
        for place, text in _texts(about):
            for match in FEW.finditer(text):
                word = match[1].lower()
                number = NUMBERS.get(word, int(word) if word.isdigit() else 0)
                if word.isdigit() and 0 < number < threshold:
                    found.append(
                        f"{stream}, {place}: '{match[0]}' states a count under the threshold."
                    )
    return found


def _texts(about: Any) -> Iterator[tuple[str, str]]:
    yield "title", str(about["title"])
    for measure in about["measures"]:
        yield f"measure {measure['id']}", f"{measure['label']}. {measure['definition']}"
    for key, text in about["notes"].items():
        yield f"note {key}", str(text)


def file_failures(folder: Path) -> list[str]:
    """Return files that a pack may not hold: other kinds, hidden ones, or too large to be aggregates."""
    found = []
    for name in files_below(folder):
        path = folder / name
        if path.suffix not in KINDS or any(part.startswith(".") for part in Path(name).parts):
            found.append(f"{name} is of a kind that no pack may hold.")
        elif path.stat().st_size > LARGEST:
            found.append(f"{name} is larger than aggregates can be.")
    return found

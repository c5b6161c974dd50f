"""What the Welsh editions still lack, listed for the translator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fjanalysis.briefings.briefing import edition_files
from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.render import FOLDER, briefing_names

LANGUAGE = "cy"
RULE = "translation"


def check_translations(root: Path, notes: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield, as warnings, briefings without a Welsh edition, English words in one, and unchecked ones.

    Parameters
    ----------
    notes
        The notes of the briefings in a site.
    """
    for name in briefing_names(root):
        if LANGUAGE not in edition_files(root / FOLDER / name):
            yield _warning(f"{FOLDER}/{name}", "There is no Welsh edition, index.cy.qmd.")
    for note in notes:
        edition = note["editions"].get(LANGUAGE)
        if edition is None:
            continue
        where = f"{note['name']}/{edition['page']}"
        for text in edition.get("untranslated", []):
            yield _warning(where, f"No Welsh for “{text}”.")
        count = len(edition.get("unchecked", []))
        if count:
            yield _warning(
                where, f"No translator has checked {count} of the program's Welsh words."
            )


def _warning(where: str, what: str) -> Finding:
    return Finding(where, what, RULE, warning=True)

"""Notes, beside a page, of the words that its Welsh lacks: what a check lists for the translator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fjanalysis.briefings.messages import Gaps, listening
from fjanalysis.folders import write_text

FILE = "translation.json"


@dataclass(frozen=True)
class Note:
    """What the Welsh of one page lacks.

    Parameters
    ----------
    briefing
        The folder of its words below `briefings/`.
    page
        Its path in the site.
    untranslated
        English words that stand in it.
    unchecked
        English words whose Welsh no translator has checked.
    """

    briefing: str
    page: str
    untranslated: tuple[str, ...]
    unchecked: tuple[str, ...]


@contextmanager
def noted(target: Path, page: str) -> Iterator[None]:
    """Write down, in the folder `target`, what the Welsh of a page made within the block lacks.

    Parameters
    ----------
    page
        The name of its file.
    """
    with listening(Gaps()) as gaps:
        yield
    lacks = {
        "page": page,
        "untranslated": sorted(gaps.missing),
        "unchecked": sorted(gaps.unchecked),
    }
    write_text(
        target / FILE, json.dumps(lacks, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    )


def read_notes_of_pages(site: Path) -> list[Note]:
    """Return the notes of a site, in the order of their pages."""
    found = []
    for path in sorted(site.rglob(FILE)):
        folder = path.parent.relative_to(site)
        if any(part.startswith(".") for part in folder.parts):
            continue
        lacks = json.loads(path.read_text(encoding="utf-8"))
        found.append(
            Note(
                folder.parts[0],
                f"{folder.as_posix()}/{lacks['page']}",
                tuple(lacks["untranslated"]),
                tuple(lacks["unchecked"]),
            )
        )
    return found

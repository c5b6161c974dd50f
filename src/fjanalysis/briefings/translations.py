"""What the Welsh editions still lack, listed for the translator with the file and line of the English words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fjanalysis.briefings import newsletter, profiles
from fjanalysis.briefings.briefing import edition_files
from fjanalysis.briefings.figures import FILE as FIGURES
from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.render import FOLDER, briefing_names
from fjanalysis.briefings.translation_notes import Note, read_notes_of_pages
from fjanalysis.briefings.yaml_lines import read_yaml

LANGUAGE = "cy"
RULE = "translation"


def check_translations(
    root: Path, notes: Sequence[Mapping[str, Any]], site: Path | None = None
) -> Iterator[Finding]:
    """Yield, as warnings, pages without a Welsh edition, English words in one, and unchecked ones.

    Parameters
    ----------
    root
        The project's root.
    notes
        The notes of the briefings in a site.
    site
        The site, for the area profiles and the newsletter in it.
    """
    for name in briefing_names(root):
        if LANGUAGE not in edition_files(root / FOLDER / name):
            yield _warning(
                f"{FOLDER}/{name}/index.qmd:1", "There is no Welsh edition, index.cy.qmd."
            )
    for template in (
        f"{profiles.NAME}/{profiles.TEMPLATE}",
        f"{newsletter.NAME}/{newsletter.TEMPLATE}",
    ):
        welsh = template.replace(".qmd", f".{LANGUAGE}.qmd")
        if (root / FOLDER / template).is_file() and not (root / FOLDER / welsh).is_file():
            name = Path(welsh).name
            yield _warning(f"{FOLDER}/{template}:1", f"There is no Welsh edition, {name}.")
    lacks = [
        Note(
            str(note["name"]),
            f"{note['name']}/{note['editions'][LANGUAGE]['page']}",
            tuple(note["editions"][LANGUAGE].get("untranslated", [])),
            tuple(note["editions"][LANGUAGE].get("unchecked", [])),
        )
        for note in notes
        if LANGUAGE in note["editions"]
    ]
    lacks += read_notes_of_pages(site) if site is not None else []
    yield from _gaps(root, lacks)


def _gaps(root: Path, lacks: Sequence[Note]) -> Iterator[Finding]:
    """Yield what pages lack: each English text of a briefing once, whatever the number of its pages."""
    places: dict[str, dict[str, str]] = {}
    missing: dict[tuple[str, str], str] = {}
    unchecked: dict[str, tuple[str, set[str]]] = {}
    for each in lacks:
        known = places.setdefault(each.briefing, _written(root, each.briefing))
        for text in each.untranslated:
            missing.setdefault((each.briefing, text), known.get(text, each.page))
        unchecked.setdefault(each.briefing, (each.page, set()))[1].update(each.unchecked)
    for (_, text), where in missing.items():
        yield _warning(where, f"No Welsh for “{text}”.")
    for where, texts in unchecked.values():
        if texts:
            yield _warning(
                where, f"No translator has checked {len(texts)} of the program's Welsh words."
            )


def _written(root: Path, briefing: str) -> dict[str, str]:
    """Return the place, file and line, of each text of a briefing's figures."""
    path = root / FOLDER / briefing / FIGURES
    if not path.is_file():
        return {}
    document = read_yaml(path)
    found: dict[str, str] = {}
    for name, entry in document.data.items():
        for part, text in (entry if isinstance(entry, dict) else {}).items():
            texts: dict[str, tuple[str, ...]] = {str(text): (part,)}
            if isinstance(text, dict):
                texts = {str(each): (part, str(key)) for key, each in text.items()}
            for each, at in texts.items():
                where = document.where(str(name), *at).removeprefix(f"{root}/")
                found.setdefault(each, where)
    return found


def _warning(where: str, what: str) -> Finding:
    return Finding(where, what, RULE, warning=True)

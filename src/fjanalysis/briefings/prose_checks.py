"""Words that the next refresh could make untrue: typed numbers, and trend, rank and quantity words.

Both may stand in a shortcode or in a claim, where they follow the data or are tested against them.
Anywhere else they are listed for the author, with file and line, in English and Welsh. Words that no data
can change, such as a legal age, are marked as such: `[under 18]{.fixed}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fjanalysis.briefings.figures import FILE
from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.messages import SOURCE, short
from fjanalysis.briefings.prose_words import WORDS
from fjanalysis.briefings.source import Source, opening, read_source
from fjanalysis.briefings.yaml_lines import read_yaml

# Numbers that are names or law, not findings.
_NAMES = re.compile(
    r"\b(?:section|sections|s\.|adran|Act|Deddf|Part|Article|version|v|WCAG|ISO|IMD|WIMD|LSOA|step|page)\s*\d[\w.()]*"
    r"|\b(?:19|20)\d\d\b(?:[/-]\d\d)?|\b95%|\b99\.8%|\bs31\b|\b10,000\b|\baged \d+ to \d+|\b\d+ i \d+ oed\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.#/-])\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th|fed|ain|eg|m|bn|k)?\s?%?(?!\w|-\d)"
)
_HIDDEN = re.compile(
    r"\{\{<[^>]*>\}\}|`[^`\n]*`|\]\([^)]*\)|\{[^}\n]*\}|<!--[^>]*-->|https?://\S+|\[\^[^\]]*\]|@[\w:-]+|<[^>\n]+>"
    r"|^\s*\d+[.)](?=\s)|^:::.*$",
    re.MULTILINE,
)
_PLACE = re.compile(r"\{[a-z_]+\}")
# The words of a figure that state something; names of series and areas are labels.
CHECKED = ("title", "neutral", "subtitle", "note", "otherwise")
_FIXED = re.compile(r"\]\{[^}\n]*\.fixed\b[^}\n]*\}")
_CODE_BLOCK = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def check_prose(root: Path) -> Iterator[Finding]:
    """Yield the words of a project's briefings that no number stands behind, as warnings.

    Raises
    ------
    RenderError
        A briefing cannot be read.
    """
    seen = set()
    for path in sorted(root.glob("briefings/*/*.qmd")):
        if path.parent.name.startswith("_"):
            continue  # shared parts are read where they are included
        source = read_source(path)
        for finding in (*loose_words(source, root), *loose_head(source, root)):
            if finding not in seen:
                seen.add(finding)
                yield finding
    for path in sorted(root.glob(f"briefings/*/{Path(FILE).stem}*.yml")):
        yield from loose_figures(path, root)


def loose_head(source: Source, root: Path) -> Iterator[Finding]:
    """Yield the same of a document's title, subtitle, description and card."""
    card = source.meta.get("card")
    words = {name: source.meta.get(name, "") for name in ("title", "subtitle", "description")}
    words |= {f"card: {name}": text for name, text in (card or {}).items()}
    lines = source.head.split("\n")
    for name, text in words.items():
        key = name.removeprefix("card: ") + ":"
        at = next((at for at, line in enumerate(lines) if line.strip().startswith(key)), 0)
        where = f"{_shown(source.path, root)}:{at + 2}"
        yield from _loose(str(text), where, short(source.language), title=name == "title")


def loose_figures(path: Path, root: Path) -> Iterator[Finding]:
    """Yield the same of the words of a briefing's figures; a title that has a claim is tested by it."""
    document = read_yaml(path)
    language = path.stem.partition(".")[2] or SOURCE
    tested = set()
    if language != SOURCE:
        own = read_yaml(path.with_name(FILE)).data
        tested = {name for name, entry in own.items() if "claim" in entry}
    for name, entry in document.data.items():
        for part in CHECKED:
            if part == "title" and ("claim" in entry or name in tested):
                continue
            line = document.where(str(name), part).rpartition(":")[2]
            where = f"{_shown(path, root)}:{line}"
            title = part in ("title", "neutral")
            yield from _loose(str(entry.get(part, "")), where, language, title=title)


def _loose(text: str, where: str, language: str, *, title: bool) -> Iterator[Finding]:
    """Yield what is loose in words that stand alone; a title that asks a question states nothing."""
    if title and text.rstrip().endswith("?"):
        return
    text = _PLACE.sub("", _HIDDEN.sub(lambda match: _blank(match[0]), text))
    for _, kind, shown in _found(text, language):
        yield _finding(where, kind, shown)


def _shown(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix()


def loose_words(source: Source, root: Path) -> Iterator[Finding]:
    """Yield a document's typed numbers and trend words outside values and claims, in order."""
    text = _blanked(source)
    for at, kind, shown in _found(text, short(source.language)):
        line = source.where(at)
        yield _finding(f"{_shown(line.path, root)}:{line.number}", kind, shown)


def _found(text: str, language: str) -> list[tuple[int, str, str]]:
    """Return the numbers and words of a text, each with its place and kind, in order."""
    words = re.compile(
        r"\b(?:" + "|".join(WORDS.get(language, WORDS[SOURCE])) + r")\b", re.IGNORECASE
    )
    numbers = _NAMES.sub(lambda match: " " * len(match[0]), text)
    found = [(match.start(), "number", match[0].strip()) for match in _NUMBER.finditer(numbers)]
    return sorted(found + [(match.start(), "word", match[0]) for match in words.finditer(text)])


def _finding(where: str, kind: str, shown: str) -> Finding:
    if kind == "number":
        what = f"The number {shown} is typed by hand: print it with a value, or test it in a claim."
    else:
        what = f"“{shown}” says how much or which way, and no claim tests it."
    return Finding(where, what, f"loose {kind}", warning=True)


def _blanked(source: Source) -> str:
    """Return the body with everything blank that is not loose prose, each character in its place."""
    text = source.body
    for claim in source.claims():
        text = text[: claim.start] + _blank(text[claim.start : claim.end]) + text[claim.end :]
    for match in _FIXED.finditer(source.body):
        start = opening(source.body, match.start())
        text = text[:start] + _blank(text[start : match.end()]) + text[match.end() :]
    text = _CODE_BLOCK.sub(lambda match: _blank(match[0]), text)
    return _HIDDEN.sub(lambda match: _blank(match[0]), text)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)

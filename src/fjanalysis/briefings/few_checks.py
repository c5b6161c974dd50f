"""No count of few people in the words, claims and figure data of a site: what the pack withholds stays out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from fjanalysis.briefings.figures import FILE
from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.source import Source, read_source
from fjanalysis.briefings.yaml_lines import read_yaml
from fjanalysis.few import few_people

_UNSAID = re.compile(r"\{\{<[^>]*>\}\}|\{[^}\n]*\}|<!--[^>]*-->")
_FIXED = re.compile(r"\[[^\]]*\]\{[^}\n]*\.fixed\b[^}\n]*\}")
COUNTS = ("numerator", "denominator")


def check_few(root: Path, site: Path, threshold: int) -> Iterator[Finding]:
    """Yield counts of people under the threshold: in words and claims of briefings, and in the figures' data.

    Parameters
    ----------
    root
        The project's root.
    site
        The rendered site.
    threshold
        Smallest count that may be shown.

    Raises
    ------
    RenderError
        A briefing cannot be read.
    """
    for path in sorted(root.glob("briefings/*/*.qmd")):
        if not path.parent.name.startswith("_"):
            yield from few_in_words(read_source(path), root, threshold)
    for path in sorted(root.glob(f"briefings/*/{Path(FILE).stem}*.yml")):
        yield from few_in_figures(path, root, threshold)
    for path in sorted(site.rglob("data/*.csv")):
        yield from few_in_data(path, site, threshold)


def few_in_words(source: Source, root: Path, threshold: int) -> Iterator[Finding]:
    """Yield the same of a document: as figures anywhere, in claims as words too. `.fixed` marks what is no count."""
    claims = source.claims()
    seen: set[tuple[str, str]] = set()
    body = _FIXED.sub(_blank, source.body)
    for claim in claims:
        for phrase in few_people(_UNSAID.sub(_blank, body[claim.start : claim.end]), threshold):
            line = source.where(claim.start)
            where = f"{line.path.resolve().relative_to(root.resolve()).as_posix()}:{line.number}"
            seen.add((where, phrase))
            yield _finding(where, "A claim", phrase)
    said = _UNSAID.sub(_blank, body)
    for phrase in few_people(said, threshold, words=False):
        line = source.where(said.index(phrase))
        where = f"{line.path.resolve().relative_to(root.resolve()).as_posix()}:{line.number}"
        if (where, phrase) not in seen:
            yield _finding(where, "The text", phrase)


def few_in_figures(path: Path, root: Path, threshold: int) -> Iterator[Finding]:
    """Yield the same of the words of a briefing's figures: titles, notes and labels."""
    document = read_yaml(path)
    for name, entry in document.data.items():
        for part, text in entry.items():
            if part == "claim" or not isinstance(text, str):
                continue
            for phrase in few_people(_UNSAID.sub(_blank, text), threshold):
                line = document.where(str(name), part).rpartition(":")[2]
                where = f"{path.resolve().relative_to(root.resolve()).as_posix()}:{line}"
                yield _finding(where, f"The {part} of {name}", phrase)


def few_in_data(path: Path, site: Path, threshold: int) -> Iterator[Finding]:
    """Yield the rows of a figure's data that show a count under the threshold, or any number of a withheld one."""
    table = pd.read_csv(path)
    if not set(COUNTS) <= set(table):
        return
    numbers = table[["value", "lower", "upper", *COUNTS]]
    few = table[list(COUNTS)].gt(0) & table[list(COUNTS)].lt(threshold)
    withheld = table["status"].eq("c") & numbers.notna().any(axis=1)
    name = path.relative_to(site).as_posix()
    for what, rows in (
        ("shows a count under the threshold", few.any(axis=1)),
        ("shows a number of a withheld row", withheld),
    ):
        for at in table.index[rows]:
            yield Finding(f"{name}:{at + 2}", f"The figure's data {what}.", "few people")


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _finding(where: str, what: str, phrase: str) -> Finding:
    said = f"{what} states a count of people under the threshold: “{phrase}”."
    return Finding(where, said, "few people")

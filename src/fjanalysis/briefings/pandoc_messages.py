"""What pandoc says when it cannot read a document, as a sentence with the file and line of the words."""

from __future__ import annotations

import re
from pathlib import Path

from fjanalysis.briefings.source import Source
from fjanalysis.errors import RenderError, nearest

_HEADING_ID = re.compile(r"\{[^}\n]*#([\w:.-]+)|\{\{<\s*(chart|table)\s+\"([\w-]+)\"")


def refusal(stderr: str, code: int, source: Source, text: str) -> RenderError | None:
    """Return why a document is no page, or None where it is one.

    Parameters
    ----------
    stderr, code
        What pandoc said, and how it ended.
    source
        The author's words.
    text
        What pandoc was given: front matter written anew, then the body.
    """
    unknown = re.search(r"Citeproc: citation (\S+) not found", stderr)
    nowhere = re.search(r"There is nothing with the id '([^']+)' to refer to", stderr)
    bibliography = re.search(r"File (\S+) not found|reading bibliography file ([^:\n]+):", stderr)
    mathematics = re.search(r"Could not convert TeX math (.+), rendering as TeX", stderr)
    if code and nowhere:
        known = _places(source)
        return RenderError(
            f"There is nothing with the id '{nowhere[1]}' to refer to.{nearest(nowhere[1], known)}",
            where=_found(source, f"@{nowhere[1]}"),
            mend="Refer to a chart as @fig-ID, to a table as @tbl-ID, to a heading as @sec-NAME.",
        )
    if code and bibliography and source.meta.get("bibliography"):
        name = Path((bibliography[1] or bibliography[2]).strip("'\"")).name
        return RenderError(
            f"The bibliography '{name}' is not there, or cannot be read.",
            where=_head_line(source, "bibliography"),
            mend="Put the file beside the words, in BibTeX or CSL JSON, or correct its name.",
        )
    if code:
        return RenderError(
            f"The document cannot be read: {reason(stderr)}",
            where=_line(stderr, source, text),
            mend="Mend the words at that place; a row of --- begins settings, so write *** for a rule.",
        )
    if unknown:
        return RenderError(
            f"There is no source '{unknown[1]}' in the bibliography.",
            where=_found(source, f"@{unknown[1]}"),
            mend="Add it to the file that bibliography: names, or correct the name.",
        )
    if mathematics:
        return RenderError(
            f"The formula '{mathematics[1]}' cannot be read.",
            where=_found(source, mathematics[1]),
            mend="Check its braces, or write the dollar sign of an amount as \\$.",
        )
    return None


def reason(stderr: str) -> str:
    """Return what pandoc said in one sentence, without paths of this machine or lines of another text."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("[WARNING]", "stack traceback"))]
    telling = [line for line in lines if not line.startswith("Error running")]
    said = re.sub(
        r"(/\S+/)+(?=[^/\s]+:\d+:)", "", " ".join(telling[:4]) or "pandoc gave no reason."
    )
    return re.sub(
        r"\s*\(?(?:at )?\(?line \d+, column \d+\)?:?|YAML parse exception at [^:]*:", "", said
    )


def _line(stderr: str, source: Source, text: str) -> str:
    """Return file and line of the place that pandoc names in the text that it was given."""
    named = re.search(r"line (\d+), column", stderr)
    if not named:
        return str(source.path)
    before = text.count("\n") - source.body.count("\n")
    at = int(named[1]) - before - 1
    return str(source.lines[at]) if 0 <= at < len(source.lines) else f"{source.path}:1"


def _found(source: Source, written: str) -> str:
    at = source.body.find(written)
    return str(source.where(at) if at >= 0 else source.path)


def _head_line(source: Source, name: str) -> str:
    lines = source.head.split("\n")
    at = next((at for at, line in enumerate(lines) if line.startswith(f"{name}:")), -1)
    return f"{source.path}:{at + 2}"


def _places(source: Source) -> list[str]:
    """Return the ids that a document's words give."""
    kinds = {"chart": "fig", "table": "tbl"}
    found = _HEADING_ID.findall(source.body)
    return [own or f"{kinds[kind]}-{name}" for own, kind, name in found]

"""The built-in renderer: a briefing's words through pandoc, in the markup that Quarto gives them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date

from fjanalysis.briefings.messages import locale
from fjanalysis.briefings.pandoc_messages import refusal
from fjanalysis.briefings.quarto_project import QuartoProject
from fjanalysis.briefings.shortcodes import Call, calls
from fjanalysis.briefings.source import Source
from fjanalysis.errors import MachineError, RenderError, nearest

_FILTER = Path(__file__).with_name("pandoc.lua")
# Day.js letters, which Quarto's date-format is written in, and Unicode's, which Babel reads.
_DATE_LETTERS = {"YYYY": "y", "YY": "yy", "MMMM": "MMMM", "MMM": "MMM", "MM": "MM", "M": "M"} | {
    "DD": "dd",
    "D": "d",
    "dddd": "EEEE",
    "ddd": "EEE",
}


@cache
def pandoc_program() -> str:
    """Return the path of pandoc.

    Raises
    ------
    MachineError
        It is not installed.
    """
    import pypandoc  # noqa: PLC0415 - found only where a page is rendered

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise MachineError(
            "pandoc is not installed.", mend="Install the publishing side: uv sync --extra publish."
        ) from error


class _Document:
    """A source with its shortcodes out of pandoc's way: `meta` and `var` filled in, others numbered."""

    def __init__(self, source: Source, project: QuartoProject) -> None:
        self.source, self.project = source, project
        self.calls: list[Call] = []

    def text(self) -> str:
        meta = self._filled(self.source.meta)
        meta.setdefault("lang", self.project.language)
        head = yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=10_000)
        return f"---\n{head}---\n\n{self._body(self.source.body)}"

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._body(value) if "{{<" in value else value
        if isinstance(value, Mapping):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if isinstance(value, date | datetime):
            return value.isoformat()
        return value

    def _body(self, text: str) -> str:
        parts, at = [], 0
        for call in calls(text):
            parts += [text[at : call.start], self._placed(call, text)]
            at = call.end
        shown = "".join([*parts, text[at:]])
        return re.sub(r"\{\{\{<(.*?)>\}\}\}", r"{{<\1>}}", shown)

    def _placed(self, call: Call, text: str) -> str:
        if call.name in ("meta", "var"):
            known = self.source.meta if call.name == "meta" else self.project.variables
            return self._named(call, known, text)
        self.calls.append(call)
        return f"[]{{.shortcode-call n={len(self.calls)}}}"

    def _named(self, call: Call, known: Mapping[str, Any], text: str) -> str:
        value: Any = known
        for part in ".".join(call.args).split("."):
            if not isinstance(value, Mapping) or part not in value:
                where = self.source.where(call.start) if text is self.source.body else None
                names = value if isinstance(value, Mapping) else ()
                raise RenderError(
                    f"'{call.name}' knows no '{'.'.join(call.args)}'."
                    + nearest(part, map(str, names)),
                    where=str(where or self.source.path),
                    mend="Set it in the front matter."
                    if call.name == "meta"
                    else "Set it in _variables.yml.",
                )
            value = value[part]
        return value.isoformat() if isinstance(value, date) else str(value)


def authors(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the authors of a front matter as Quarto gives them to a template (`by-author`).

    An author is a person who has a given and a family name or an ORCID, or of whom it is said: `person: true`.
    """
    given = meta.get("author") or []
    found = []
    for each in given if isinstance(given, list) else [given]:
        entry = each if isinstance(each, Mapping) else {"name": each}
        name = entry.get("name", "")
        parts = name if isinstance(name, Mapping) else {"literal": name}
        own = [str(parts[part]) for part in ("given", "family") if parts.get(part)]
        literal = parts.get("literal") or " ".join(own)
        places = entry.get("affiliations") or entry.get("affiliation") or []
        places = places if isinstance(places, list) else [places]
        named = [place.get("name", "") if isinstance(place, Mapping) else place for place in places]
        found.append(
            {
                "name": {"literal": str(literal)},
                "affiliations": [{"name": str(place)} for place in named],
                "person": bool(own or entry.get("orcid") or entry.get("person")),
            }
        )
    return found


def written_date(source: Source) -> str | None:
    """Return a document's date in its `date-format`, or None where it has none, or a shortcode."""
    given = source.meta.get("date")
    if given is None or "{{<" in str(given):
        return None
    return shown_date(str(given), source)


def shown_date(day: str, source: Source) -> str:
    """Return a day, YYYY-MM-DD, in a document's `date-format` (Day.js letters) and language.

    Raises
    ------
    RenderError
        It is not a day; `today` and `last-modified` are refused, since pages do not read the clock.
    """
    try:
        read = date.fromisoformat(day)
    except ValueError:
        raise RenderError(
            f"The date '{day}' is not of the form YYYY-MM-DD.",
            where=f"{source.path}:1",
            mend="Write the day of publication; pages never read the clock.",
        ) from None
    pattern = str(source.meta.get("date-format", "D MMMM YYYY"))
    letters = re.sub(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd", lambda m: _DATE_LETTERS[m[0]], pattern)
    return str(format_date(read, format=letters, locale=locale(source.language)))


def render_pandoc(
    source: Source,
    project: QuartoProject,
    meta: Mapping[str, Any],
    *,
    content: Path | None = None,
    contents: bool = True,
) -> str:
    """Return a document's page, as HTML.

    Parameters
    ----------
    meta
        More metadata for the template.
    content
        What the shortcodes print: the file that `templates/shortcodes.lua` reads.
    contents
        Whether the page has a list of contents.

    Raises
    ------
    RenderError
        Pandoc, or a Lua file, refuses the document.
    """
    document = _Document(source, project)
    text = document.text()
    extra = {"by-author": authors(source.meta), **meta}
    day = written_date(source)
    if day:
        extra["date"] = day
    job = {
        "input": source.path.as_posix(),
        "project": project.root.as_posix(),
        "shortcodes": [
            path.as_posix() for path in (*project.shortcodes, *source.lua_files("shortcodes"))
        ],
        "calls": [
            {"name": call.name, "args": list(call.args), "kwargs": dict(call.kwargs)}
            for call in document.calls
        ],
        "meta": extra,
    }
    command = [
        pandoc_program(),
        "--from=markdown",
        "--to=html5",
        "--wrap=none",
        "--mathml",
        f"--template={project.template}",
        f"--lua-filter={_FILTER}",
        *(f"--lua-filter={path}" for path in (*project.filters, *source.lua_files("filters"))),
        # What makes citations takes longer to begin than all the rest of pandoc.
        *(["--citeproc"] if "@" in text or "bibliography" in source.meta else []),
        f"--resource-path={source.path.parent}",
        *(["--section-divs"] if project.section_divs else []),
        *(["--toc", f"--toc-depth={project.toc_depth}"] if project.toc_depth and contents else []),
        *(f"--css={name}" for name in project.css),
    ]
    with tempfile.TemporaryDirectory(prefix="fjanalysis-") as folder:
        note = Path(folder) / "job.json"
        note.write_text(json.dumps(job), encoding="utf-8")
        environment = {**os.environ, "FJANALYSIS_JOB": str(note)}
        if content is not None:
            environment["FJANALYSIS_CONTENT"] = str(content)
        done = subprocess.run(  # noqa: S603
            command,
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=source.path.parent,
            check=False,
        )
    refused = refusal(done.stderr, done.returncode, source, text)
    if refused:
        raise refused
    return done.stdout

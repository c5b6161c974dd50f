"""What every shortcode of a briefing puts on the page, worked out before any renderer starts.

The result is one JSON value. `templates/shortcodes.lua` reads it under Quarto and under the built-in
renderer alike, so that both give the same content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from fjanalysis.briefings import labels
from fjanalysis.briefings.claims import Verdict, judge
from fjanalysis.briefings.figures import FILE, TABLES, Figure, Rendered
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.revisions import entry
from fjanalysis.briefings.shortcodes import Call, calls
from fjanalysis.briefings.source import Line, Source
from fjanalysis.briefings.values import NUMBERS, Lookup, Printed, placed
from fjanalysis.errors import FjanalysisError, RenderError, nearest
from fjanalysis.packs import Pack

BLOCKS = ("chart", "table", "definitions", "changes")
OWN = ("meta", "var", "include", "pagebreak")
KNOWN = (*NUMBERS, *BLOCKS, "definition", "parameter", "fact", *OWN)
_SIZE = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Content:
    """What the shortcodes of one document print.

    Parameters
    ----------
    calls
        By a call's canonical key: what takes its place, as plain JSON values.
    figures
        The charts and tables placed, by id, in order.
    keys
        Full written keys of every result that the words rest on, with the place of each.
    stale
        The sentences whose claims no longer hold.
    titles
        The figures' titles in words, by id.
    turned
        Claims that do not hold and have words for this case.
    """

    calls: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Rendered]
    keys: tuple[tuple[str, str], ...]
    stale: tuple[Stale, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    turned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stale:
    """A sentence whose claim no longer holds.

    Parameters
    ----------
    words
        The author's words.
    test
        The claim.
    why
        What the numbers are now.
    where
        File and line.
    """

    words: str
    test: str
    why: str
    where: str


def stale_error(found: Sequence[Stale]) -> RenderError:
    """Return the error that lists stale sentences with file and line."""
    count = (
        "A claim no longer holds." if len(found) == 1 else f"{len(found)} claims no longer hold."
    )
    listed = "".join(f"\n{each.where}: “{each.words}”: {each.why}" for each in found)
    return RenderError(
        count + listed, mend="Rewrite these words, or correct their claims, to fit the numbers."
    )


@dataclass
class Composer:
    """Works out the content of a document.

    Parameters
    ----------
    source
        The document.
    lookup
        The released numbers.
    figures
        What `figures.yml` declares.
    draw
        Draws one of them.
    facts
        Facts by name.
    places
        By a figure's id: file and line of its claim.
    earlier
        The pack that was cleared before this one, or None.
    """

    source: Source
    lookup: Lookup
    figures: Mapping[str, Figure]
    draw: Callable[[Figure], Rendered]
    facts: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)
    earlier: Pack | None = None
    _found: dict[str, dict[str, Any]] = field(default_factory=dict)
    _drawn: dict[str, Rendered] = field(default_factory=dict)
    _keys: list[tuple[str, str]] = field(default_factory=list)
    _stale: list[Stale] = field(default_factory=list)
    _titles: dict[str, str] = field(default_factory=dict)

    def compose(self) -> Content:
        """Return the document's content.

        Raises
        ------
        RenderError
            A shortcode is unknown or wrong, or its number is not released; with file and line.
        """
        for call, line in self.source.head_shortcodes():
            if call.name in BLOCKS:
                raise RenderError(
                    f"'{call.name}' cannot stand in front matter.",
                    where=str(line),
                    mend="Place it in the text, alone in a paragraph.",
                )
            self._take(call, line)
        self._check_headings()
        for call in self.source.shortcodes():
            line = self.source.where(call.start)
            if call.name in BLOCKS:
                self._check_alone(call, line)
            self._take(call, line)
        for call in self.source.shortcodes():
            if call.name == "changes":
                keys = [key for key, _ in self._keys]
                keys += [key for drawn in self._drawn.values() for key in drawn.keys]
                lookup = self.lookup
                self._found[call.key] = entry(keys, self.earlier, lookup.pack, lookup.language)
        turned = set()
        for claim in self.source.claims():
            words = self._readable(self.source.body[claim.start + 1 : claim.attributes])
            verdict = self._verdict(claim.test, str(claim.where))
            if verdict.holds:
                continue
            if claim.otherwise is None:
                self._stale.append(Stale(words, claim.test, verdict.why, str(claim.where)))
            else:
                turned.add(claim.test)
        return Content(
            self._found,
            self._drawn,
            tuple(self._keys),
            tuple(self._stale),
            self._titles,
            frozenset(turned),
        )

    def _verdict(self, test: str, where: str) -> Verdict:
        try:
            verdict = judge(test, self.lookup)
        except FjanalysisError as error:
            raise placed(error, where) from error
        self._keys += [(key, where) for key in verdict.keys]
        return verdict

    def _readable(self, words: str) -> str:
        """Return a claim's words as the reader sees them."""
        for call in reversed(list(calls(words))):
            shown = str(self._found.get(call.key, {}).get("text", ""))
            words = words[: call.start] + shown + words[call.end :]
        return " ".join(words.split())

    def _take(self, call: Call, line: Line) -> None:
        if call.name in OWN:
            return
        makers = dict.fromkeys(NUMBERS, self._number) | {
            "chart": self._figure,
            "table": self._figure,
            "definitions": self._definitions,
            "definition": self._definition,
            "changes": self._changes,
            "parameter": self._parameter,
            "fact": self._fact,
        }
        if call.name not in makers:
            raise RenderError(
                f"There is no shortcode '{call.name}'.{nearest(call.name, KNOWN)}",
                where=str(line),
                mend="The shortcodes are " + ", ".join(KNOWN) + ".",
            )
        if call.name in ("chart", "table") and call.key in self._found:
            raise RenderError(
                f"'{call.args[0]}' is placed twice.", where=str(line), mend="Place it once."
            )
        try:
            self._found[call.key] = makers[call.name](call, line)
        except RenderError as error:
            if re.search(r"\.(?:qmd|yml):\d+$", error.where or ""):
                raise
            raise placed(error, str(line)) from error
        except FjanalysisError as error:
            raise placed(error, str(line)) from error

    def _number(self, call: Call, line: Line) -> dict[str, Any]:
        return self._words(self.lookup.printed(call), line)

    def _words(self, printed: Printed, line: Line | str) -> dict[str, Any]:
        self._keys += [(key, str(line)) for key in printed.keys]
        return {
            "kind": "words",
            "text": printed.text,
            "class": "value withheld" if printed.withheld else "value",
            "key": "; ".join(printed.keys),
        }

    def _figure(self, call: Call, line: Line) -> dict[str, Any]:
        if len(call.args) != 1 or call.kwargs:
            raise RenderError(
                f"'{call.name}' takes the id of one figure.",
                mend=f'Write {{{{< {call.name} "ID" >}}}} with an id of {FILE}.',
            )
        name = call.args[0]
        figure = self.figures.get(name)
        if figure is None:
            raise RenderError(
                f"{FILE} declares no '{name}'.{nearest(name, self.figures)}",
                mend=f"Declare it in {FILE} beside the words, or correct the id.",
            )
        if (figure.kind in TABLES) != (call.name == "table"):
            other = "table" if figure.kind in TABLES else "chart"
            raise RenderError(
                f"'{name}' is a {other}, not a {call.name}.",
                mend=f'Write {{{{< {other} "{name}" >}}}}.',
            )
        where = self.places.get(name, str(line))
        try:
            drawn = self.draw(figure)
        except FjanalysisError as error:
            raise RenderError(error.what, where=where, mend=error.mend) from error
        verdict = self._verdict(figure.claim, where) if figure.claim else None
        fails = verdict is not None and not verdict.holds
        title = self._title(figure.neutral if fails and figure.neutral else drawn.title, line)
        self._drawn[name] = drawn
        self._titles[name] = "".join(str(part["text"]) for part in title)
        if verdict is not None and fails and not figure.neutral:
            self._stale.append(Stale(self._titles[name], figure.claim, verdict.why, where))
        return figure_entry(drawn, title, self.lookup.language)

    def _title(self, title: str, line: Line) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        at = 0
        for call in calls(title):
            if call.name not in NUMBERS:
                raise RenderError(
                    f"A figure's title cannot hold the shortcode '{call.name}'.",
                    mend="It may hold " + ", ".join(NUMBERS) + ".",
                )
            if call.start > at:
                parts.append({"text": title[at : call.start]})
            parts.append(self._number(call, line))
            at = call.end
        if at < len(title):
            parts.append({"text": title[at:]})
        return parts

    def _definitions(self, call: Call, _: Line) -> dict[str, Any]:
        listed = self.lookup.definitions(call.kwargs.get("variant", "main"))
        return {"kind": "definitions", "items": [list(pair) for pair in listed]}

    def _definition(self, call: Call, _: Line) -> dict[str, Any]:
        listed = dict(self.lookup.definitions(call.kwargs.get("variant", "main")))
        by_name = {term.casefold(): text for term, text in listed.items()}
        term = call.args[0] if call.args else ""
        if term.casefold() not in by_name:
            raise RenderError(
                f"There is no definition of '{term}'.{nearest(term, listed)}",
                mend="The stream defines " + ", ".join(listed) + ".",
            )
        return {"kind": "words", "text": by_name[term.casefold()], "class": "", "key": ""}

    def _changes(self, call: Call, _: Line) -> dict[str, Any]:
        """Hold the place until every number of the page is known."""
        if call.args or call.kwargs:
            raise RenderError("'changes' takes no arguments.", mend="Write {{< changes >}}.")
        return {}

    def _parameter(self, call: Call, _: Line) -> dict[str, Any]:
        stream = call.kwargs.get("stream", self.lookup.stream)
        variant = call.kwargs.get("variant", "main")
        variants = self.lookup.pack.streams.get(stream, {}).get("variants", {})
        known = variants.get(variant, {}).get("parameters", {})
        name = call.args[0] if call.args else ""
        if name not in known:
            raise RenderError(
                f"{stream} has no parameter '{name}'.{nearest(name, known)}",
                mend="Its parameters are " + ", ".join(sorted(known)) + ".",
            )
        return {"kind": "words", "text": str(known[name]), "class": "", "key": ""}

    def _fact(self, call: Call, _: Line) -> dict[str, Any]:
        name = call.args[0] if call.args else ""
        if name not in self.facts:
            raise RenderError(
                f"There is no fact '{name}'.{nearest(name, self.facts)}",
                mend="The facts are " + ", ".join(sorted(self.facts)) + ".",
            )
        text = self.facts[name] or call.kwargs.get("else")
        if text is None:
            raise RenderError(
                f"The settings leave '{name}' empty.",
                mend='Set it in fjanalysis.toml, or give the words for this case with else="…".',
            )
        return {"kind": "words", "text": text, "class": "", "key": ""}

    def _check_alone(self, call: Call, line: Line) -> None:
        body = self.source.body
        before = body.rfind("\n\n", 0, call.start)
        after = body.find("\n\n", call.end)
        around = body[before + 2 if before >= 0 else 0 : after if after >= 0 else len(body)]
        lines = [each for each in around.split("\n") if not each.startswith(":::")]
        if "\n".join(lines).strip() != body[call.start : call.end]:
            raise RenderError(
                f"'{call.name}' must stand alone in its paragraph.",
                where=str(line),
                mend="Put an empty line before and after it.",
            )

    def _check_headings(self) -> None:
        for at, text in enumerate(self.source.body.split("\n")):
            if re.match(r"#{1,6}\s", text) and "{{<" in text and not re.search(r"\{[^}]*#", text):
                raise RenderError(
                    "A heading with a shortcode needs an id of its own.",
                    where=str(self.source.lines[at]),
                    mend="Add {#name} at its end.",
                )


def figure_entry(drawn: Rendered, title: list[dict[str, Any]], language: str) -> dict[str, Any]:
    """Return a chart or table as the shortcode writes it: caption, picture, data, notes."""
    table = drawn.kind in TABLES and not drawn.folded
    name = drawn.id
    head = "".join(str(part["text"]) for part in title)
    wrapped = (
        f'<div class="table-scroll" role="region" aria-label="{escape(head)}" tabindex="0">\n'
        f"{drawn.table_html.strip()}\n</div>\n"
    )
    words = message("Download the data of “{title}” (CSV)", language, title=head)
    download = f'<p class="download"><a href="data/{labels.file_stem(name, language)}.csv">{escape(words)}</a></p>\n'
    if table:
        body = wrapped + _notes(drawn) + download
    else:
        summary = escape(message("Show the data as a table", language))
        body = (
            ("" if drawn.folded else picture(drawn, language))
            + _notes(drawn)
            + f'<details class="data">\n<summary>{summary}</summary>\n{wrapped}{download}</details>\n'
        )
    return {
        "kind": "figure",
        "anchor": f"{'tbl' if table else 'fig'}-{name}",
        "type": "Table" if table else "Figure",
        "title": title,
        "subtitle": drawn.subtitle,
        "html": body,
    }


def picture(drawn: Rendered, language: str) -> str:
    """Return the `<picture>` of a chart, with the drawing for phones and the size of the wide one."""
    size = _SIZE.search(drawn.svg or b"")
    width, height = (round(float(each) * 4 / 3) for each in size.groups()) if size else (720, 400)
    stem = labels.file_stem(drawn.id, language)
    narrow = (
        f'<source media="(max-width: 40em)" srcset="charts/{stem}-narrow.svg">\n'
        if drawn.svg_narrow
        else ""
    )
    return (
        f'<picture>\n{narrow}<img src="charts/{stem}.svg" alt="{escape(drawn.alt)}" '
        f'width="{width}" height="{height}">\n</picture>\n'
    )


def _notes(drawn: Rendered) -> str:
    lines = "".join(f"<p>{escape(note)}</p>\n" for note in drawn.notes)
    return f'<div class="notes">\n{lines}</div>\n' if lines else ""

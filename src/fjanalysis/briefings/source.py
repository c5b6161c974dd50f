"""A briefing's words as the author wrote them: read, joined with what they include, and checked.

This parser runs before any renderer. Quarto prints an unknown shortcode and ends well, and one that is
closed without a space swallows the rest of its sentence; here both stop with file and line.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from babel.core import UnknownLocaleError

from fjanalysis.briefings.front_matter import NAMES, lua_files
from fjanalysis.briefings.messages import locale
from fjanalysis.briefings.shortcodes import BrokenShortcodeError, Call, calls
from fjanalysis.briefings.yaml_lines import fill
from fjanalysis.errors import RenderError

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})")
_DIV = re.compile(r"^(?P<colons>:{3,})\s*(?P<attributes>[^\s:].*?)?\s*:*\s*$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_SCRIPT = re.compile(
    r"(?<!\{)<(script|iframe|object|embed|style|link|meta|base|form)\b"
    r"|<[a-z][^>]*\son[a-z]+\s*=|(?:href|src)\s*=\s*[\"']?\s*javascript:|\]\(\s*javascript:",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"<(/?)(div|section|article|aside|details|figure|table|ul|ol|dl|blockquote|main|header|footer|nav)\b[^>]*(?<!/)>",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_QUOTED = r"\"(?:[^\"\\]|\\.)*\""
_SPAN_CLAIM = re.compile(
    rf"\]\{{(?:[^}}\"]|{_QUOTED})*?\bclaim=(?P<value>{_QUOTED})(?P<rest>(?:[^}}\"]|{_QUOTED})*)\}}"
)
_ELSE = re.compile(rf"(?:^|\s)else=(?P<value>{_QUOTED})")


@dataclass(frozen=True)
class Line:
    """Where a line of the joined text stands."""

    path: Path
    number: int

    def __str__(self) -> str:
        return f"{self.path}:{self.number}"


@dataclass(frozen=True)
class Claim:
    """A span of prose with a test.

    Parameters
    ----------
    test
        The claim as written, in the grammar of claims.
    start, end
        The span's text in the body, from its opening bracket to the end of its attributes.
    attributes
        Where its closing bracket stands.
    where
        File and line.
    otherwise
        The author's words for when it does not hold, or None: then it may not fail.
    """

    test: str
    start: int
    end: int
    attributes: int
    where: Line
    otherwise: str | None = None


@dataclass(frozen=True)
class Source:
    """A `.qmd` file, joined with all that it includes.

    Parameters
    ----------
    path
        The file.
    meta
        Its front matter.
    head
        The front matter's text, without its fences; it begins on line 2.
    body
        The words, with includes in place.
    lines
        Where each line of the body stands.
    """

    path: Path
    meta: Mapping[str, Any]
    head: str
    body: str
    lines: tuple[Line, ...]

    def where(self, at: int) -> Line:
        """Return where a character of the body stands."""
        return self.lines[min(self.body.count("\n", 0, at), len(self.lines) - 1)]

    @property
    def language(self) -> str:
        """The language of the words."""
        return str(self.meta.get("lang", "en-GB"))

    def lua_files(self, name: str) -> tuple[Path, ...]:
        """Return the document's own Lua files: its `filters` or its `shortcodes`."""
        return lua_files(self.path, self.meta, self.head, name)

    def shortcodes(self) -> list[Call]:
        """Return the body's shortcodes in order.

        Raises
        ------
        RenderError
            One cannot be read.
        """
        return _calls(self.body, self.where)

    def head_shortcodes(self) -> list[tuple[Call, Line]]:
        """Return the front matter's shortcodes, each with its place.

        Raises
        ------
        RenderError
            One cannot be read, or has an unquoted argument, which renderers read differently there.
        """

        def where(at: int) -> Line:
            return Line(self.path, self.head.count("\n", 0, at) + 2)

        found = [(call, where(call.start)) for call in _calls(self.head, where)]
        for call, line in found:
            if call.unquoted:
                raise RenderError(
                    f"In front matter, {call.unquoted[0]} of '{call.name}' needs quotes.",
                    where=str(line),
                    mend=f'Write {call.unquoted[0]}="…"; renderers read it differently without.',
                )
        return found

    def claims(self) -> list[Claim]:
        """Return the spans with a claim, in order."""
        code = [match.span() for match in _CODE.finditer(self.body)]
        found = []
        for match in _SPAN_CLAIM.finditer(self.body):
            if any(start <= match.start() < end for start, end in code):
                continue
            start = opening(self.body, match.start())
            other = _ELSE.search(match["rest"])
            found.append(
                Claim(
                    _plain(match["value"]),
                    start,
                    match.end(),
                    match.start(),
                    self.where(match.start("value")),
                    _plain(other["value"]) if other else None,
                )
            )
        return found


def _plain(quoted: str) -> str:
    """Return a quoted attribute's value."""
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def opening(text: str, close: int) -> int:
    """Return where the bracket opens that closes at `close`, in a Markdown text."""
    depth = 0
    for at in range(close, -1, -1):
        if text[at] == "]" and text[at - 1 : at] != "\\":
            depth += 1
        elif text[at] == "[" and text[at - 1 : at] != "\\":
            depth -= 1
            if depth == 0:
                return at
    return close


def _calls(text: str, where: Any) -> list[Call]:
    try:
        return list(calls(text))
    except BrokenShortcodeError as error:
        raise RenderError(error.what, where=str(where(error.at)), mend=error.mend) from error


def read_source(path: Path, filled: Mapping[str, str] | None = None) -> Source:
    """Read a `.qmd` file with its includes, and check its form.

    Parameters
    ----------
    filled
        What takes the place of `[[name]]` in the file, by name.

    Raises
    ------
    RenderError
        A file cannot be read, its front matter is not good YAML or names a Lua file that is not there, a
        shortcode, div or code block is not closed, a shortcode stands in code, or raw HTML holds script.
    """
    head, head_lines, rest = _split(path, filled or {})
    try:
        meta = yaml.safe_load(head) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise RenderError(
            f"The front matter is not good YAML: {getattr(error, 'problem', error)}.",
            where=f"{path}:{line}",
            mend="Put values that hold colons, quotes or braces in quotes.",
        ) from error
    if not isinstance(meta, dict) or not meta.get("title"):
        raise RenderError(
            "The file has no title.", where=f"{path}:1", mend="Begin it with ---, title: … and ---."
        )
    _check_language(meta, head, path)
    for name in NAMES:
        lua_files(path, meta, head, name)
    pieces = list(_include(path, rest, head_lines, (path,)))
    body = "\n".join(text for text, _ in pieces) + "\n"
    source = Source(path, meta, head, body, tuple(line for _, line in pieces) or (Line(path, 1),))
    source.shortcodes()
    source.head_shortcodes()
    _check_blocks(source)
    return source


def _check_language(meta: Mapping[str, Any], head: str, path: Path) -> None:
    """Stop at a `lang` that is no language."""
    given = str(meta.get("lang", "en-GB"))
    try:
        locale(given)
    except (ValueError, UnknownLocaleError):
        lines = head.split("\n")
        at = next((at for at, line in enumerate(lines) if line.startswith("lang:")), -1)
        raise RenderError(
            f"'{given}' is no language.",
            where=f"{path}:{at + 2}",
            mend="Write lang: en-GB, or lang: cy for Welsh.",
        ) from None


def read_text(path: Path) -> str:
    """Return a text file of a briefing.

    Raises
    ------
    RenderError
        It is absent, unreadable or not UTF-8.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RenderError(
            "The file is not UTF-8 text.",
            where=f"{path}:{line}",
            mend="Save it as UTF-8 (in Notepad and Word: Save as, Encoding), and write that line again.",
        ) from error
    except OSError as error:
        raise RenderError(
            f"The file cannot be read: {error.strerror}.",
            where=str(path),
            mend="Restore or rename it.",
        ) from error
    odd = _CONTROL.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise RenderError(
            "The file holds a character that no page can show.",
            where=f"{path}:{line}",
            mend="Write that line again by hand; such characters come with words pasted from elsewhere.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(path: Path, filled: Mapping[str, str]) -> tuple[str, int, list[str]]:
    lines = fill(read_text(path), filled).split("\n")
    if lines[0].rstrip() != "---":
        return "", 0, lines
    for at, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ("---", "..."):
            return "\n".join(lines[1:at]) + "\n", at + 1, lines[at + 1 :]
    raise RenderError(
        "The front matter is not closed.", where=f"{path}:1", mend="End it with a line of ---."
    )


def _include(
    path: Path, lines: list[str], skipped: int, chain: tuple[Path, ...]
) -> Iterator[tuple[str, Line]]:
    fence = ""
    for at, line in enumerate(lines, start=skipped + 1):
        place = Line(path, at)
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark["fence"]
        elif mark and mark["fence"].startswith(fence):
            fence = ""
        wanted = None if fence else _included(line, place)
        if wanted is None:
            yield line, place
            continue
        target = (path.parent / wanted).resolve()
        if target in [each.resolve() for each in chain]:
            raise RenderError(
                f"'{wanted}' includes itself.", where=str(place), mend="Take one include out."
            )
        if not target.is_file():
            raise RenderError(
                f"There is no file '{wanted}' to include.",
                where=str(place),
                mend="Paths in an include are relative to the file that includes.",
            )
        inner = path.parent / wanted
        text = read_text(inner).removesuffix("\n").split("\n")
        yield from _include(inner, text, 0, (*chain, inner))


def _included(line: str, place: Line) -> str | None:
    if "include" not in line:
        return None
    found = [call for call in _calls(line, lambda _: place) if call.name == "include"]
    if not found:
        return None
    if len(found[0].args) != 1 or line.strip() != line[found[0].start : found[0].end]:
        raise RenderError(
            "An include names one file and stands alone on its line.",
            where=str(place),
            mend="Write {{< include _file.qmd >}} on a line of its own.",
        )
    return found[0].args[0]


def _check_blocks(source: Source) -> None:
    starts = [0]
    for line in source.body.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    code = _code_spans(source)
    for call in source.shortcodes():
        if any(start <= call.start < end for start, end in code):
            raise RenderError(
                f"The shortcode '{call.name}' stands in code.",
                where=str(source.where(call.start)),
                mend="Take it out of the code, or write {{{< … >}}} to show it.",
            )
    opened: list[Line] = []
    raw_opened: list[tuple[str, Line]] = []
    for at, line in enumerate(source.body.split("\n")[:-1]):
        inside = bisect.bisect([start for start, _ in code], starts[at]) - 1
        if inside >= 0 and starts[at] < code[inside][1]:
            continue
        where = source.lines[at]
        raw = _SCRIPT.search(line)
        if raw:
            raise RenderError(
                f"Raw HTML that could run or load something is not allowed: '{raw[0].strip()}'.",
                where=str(where),
                mend="Say it in Markdown; pages work without script and load nothing from outside.",
            )
        _follow_raw(line, where, raw_opened)
        div = _DIV.match(line)
        if not div:
            continue
        if div["attributes"]:
            opened.append(where)
        elif opened:
            opened.pop()
        else:
            raise RenderError(
                "This line closes a div that was not opened.",
                where=str(where),
                mend="Take it out, or open the div with ::: {.name}.",
            )
    if opened:
        raise RenderError(
            "The div is not closed.", where=str(opened[-1]), mend="End it with a line of :::."
        )
    if raw_opened:
        tag, where = raw_opened[-1]
        raise RenderError(
            f"<{tag}> is not closed.",
            where=str(where),
            mend=f"End it with </{tag}>, or use ::: {{.name}}.",
        )


def _follow_raw(line: str, where: Line, opened: list[tuple[str, Line]]) -> None:
    """Take note of the blocks of raw HTML that a line opens and closes.

    Raises
    ------
    RenderError
        It closes one that was not opened.
    """
    for closing, name in _BLOCK.findall(_CODE.sub("", line)):
        tag = name.lower()
        if not closing:
            opened.append((tag, where))
        elif opened and opened[-1][0] == tag:
            opened.pop()
        else:
            raise RenderError(
                f"</{tag}> closes what was not opened.",
                where=str(where),
                mend="Take it out, or close the blocks in the order in which they were opened.",
            )


def _code_spans(source: Source) -> list[tuple[int, int]]:
    """Return where code stands, in order.

    Raises
    ------
    RenderError
        A code block is not closed.
    """
    spans: list[tuple[int, int]] = []
    at, begun, fence = 0, 0, ""
    for line in source.body.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            begun, fence = at, mark["fence"]
        elif mark and mark["fence"].startswith(fence) and not line[mark.end() :].strip():
            spans.append((begun, at + len(line)))
            fence = ""
        at += len(line) + 1
    if fence:
        raise RenderError(
            "The code block is not closed.",
            where=str(source.where(begun)),
            mend=f"End it with a line of {fence}.",
        )
    blocks = list(spans)
    for match in _CODE.finditer(source.body):
        inside = any(start <= match.start() < end for start, end in blocks)
        if not inside and "\n\n" not in match[0]:
            spans.append(match.span())
    return sorted(spans)

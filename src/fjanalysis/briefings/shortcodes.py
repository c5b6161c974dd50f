"""Shortcodes in a text: `{{< name "argument" key="value" >}}`, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

OPEN, CLOSE = "{{<", ">}}"
_ESCAPED = re.compile(r"\{\{\{<.*?>\}\}\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z][\w-]*)=)?(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'=]+))(?=\s|$)"""
)


@dataclass(frozen=True)
class Call:
    """One shortcode as it stands in a text.

    Parameters
    ----------
    name
        Which shortcode.
    args, kwargs
        Its positional and named arguments.
    start, end
        Where its first character stands, and the character after its last.
    unquoted
        Names of arguments given without quotes.
    """

    name: str
    args: tuple[str, ...]
    kwargs: Mapping[str, str]
    start: int = 0
    end: int = 0
    unquoted: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """The call in one canonical line: what it is looked up by on both sides."""
        named = (f"{name}={self.kwargs[name]}" for name in sorted(self.kwargs))
        return "\x1f".join((self.name, *self.args, *named))


class BrokenShortcodeError(ValueError):
    """A shortcode cannot be read.

    Parameters
    ----------
    at
        Where in the text it begins.
    what, mend
        What is wrong with it, and what to do.
    """

    def __init__(self, at: int, what: str, mend: str) -> None:
        self.at, self.what, self.mend = at, what, mend
        super().__init__(what)


def calls(text: str) -> Iterator[Call]:
    """Yield the shortcodes of a text in order; escaped ones (`{{{< … >}}}`) are text.

    Raises
    ------
    BrokenShortcodeError
        One is not closed, not closed after a space, or its arguments cannot be read.
    """
    hidden = [match.span() for match in _ESCAPED.finditer(text)]
    at = 0
    while (start := text.find(OPEN, at)) >= 0:
        inside = next((end for begin, end in hidden if begin <= start < end), None)
        if inside is not None:
            at = inside
            continue
        close = text.find(CLOSE, start)
        following = text.find(OPEN, start + len(OPEN))
        blank = text.find("\n\n", start)
        if close < 0 or 0 <= following < close or 0 <= blank < close:
            raise BrokenShortcodeError(
                start, "The shortcode is not closed.", "End it with a space and >}}."
            )
        yield _call(text, start, close)
        at = close + len(CLOSE)


def _call(text: str, start: int, close: int) -> Call:
    inner = text[start + len(OPEN) : close]
    if not inner[:1].isspace() or not inner[-1:].isspace():
        raise BrokenShortcodeError(
            start,
            "The shortcode needs a space after {{< and before >}}.",
            'Write it as {{< name "…" >}}, with the spaces.',
        )
    words = inner.strip()
    head = re.match(r"[A-Za-z][\w-]*(?=\s|$)", words)
    if not head:
        raise BrokenShortcodeError(start, "The shortcode has no name.", "Name one after {{<.")
    args: list[str] = []
    kwargs: dict[str, str] = {}
    unquoted: list[str] = []
    at = head.end()
    while words[at:].strip():
        token = _TOKEN.match(words, at)
        if not token:
            raise BrokenShortcodeError(
                start,
                f"The shortcode '{head[0]}' has a part that cannot be read: '{words[at:].strip()}'.",
                'Write arguments as "…" or name="…", with plain double quotes.',
            )
        value = _unquote(token)
        name = token["name"]
        if name is None:
            args.append(value)
        elif name in kwargs:
            raise BrokenShortcodeError(
                start, f"The shortcode '{head[0]}' gives {name} twice.", "Leave one of them out."
            )
        else:
            kwargs[name] = value
            if token["bare"] is not None:
                unquoted.append(name)
        at = token.end()
    return Call(head[0], tuple(args), kwargs, start, close + len(CLOSE), tuple(unquoted))


def _unquote(token: re.Match[str]) -> str:
    if token["double"] is not None:
        return re.sub(r"\\(.)", r"\1", token["double"])
    return token["single"] if token["single"] is not None else token["bare"]

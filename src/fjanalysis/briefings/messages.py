"""Every word that the program itself writes, in each language of the pages.

The English sentence is the message's key. Other languages stand as gettext catalogues in
`locale/LANGUAGE.po` beside this module and are read as they are, without compiling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).with_name("locale")
SOURCE = "en"


@dataclass
class Gaps:
    """Words of the program that a page lacks in its language.

    Parameters
    ----------
    missing
        Those that stand in English for want of a translation.
    unchecked
        Those whose translation no translator has checked.
    """

    missing: set[str] = field(default_factory=set)
    unchecked: set[str] = field(default_factory=set)


_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_LISTENING: ContextVar[Gaps | None] = ContextVar("listening", default=None)


@contextmanager
def listening(gaps: Gaps) -> Iterator[Gaps]:
    """Collect in `gaps` what is asked for within the block and not, or not surely, translated."""
    token = _LISTENING.set(gaps)
    try:
        yield gaps
    finally:
        _LISTENING.reset(token)


def note_missing(text: str) -> None:
    """Record an author's words that stand in English on a page of another language."""
    gaps = _LISTENING.get()
    if gaps is not None:
        gaps.missing.add(text)


def short(language: str) -> str:
    """Return the language of a tag without its country: `en` of `en-GB`."""
    return language.replace("_", "-").split("-")[0].lower() or SOURCE


@cache
def locale(language: str) -> Locale:
    """Return Babel's locale of a page's language; plain `en` means British English."""
    tag = "en-GB" if language == SOURCE else language
    return Locale.parse(tag, sep="-")


@cache
def _catalogue(language: str) -> Catalog | None:
    path = CATALOGUES / f"{language}.po"
    if language == SOURCE or not path.is_file():
        return None
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def is_translated(text: str, language: str) -> bool:
    """Return whether a language's catalogue holds a checked translation of an English message."""
    if short(language) == SOURCE:
        return True
    catalogue = _catalogue(short(language))
    entry = catalogue.get(text) if catalogue is not None else None
    return bool(entry and entry.string and not entry.fuzzy)


def message(text: str, language: str, /, **values: object) -> str:
    """Return an English message in `language`, its `{names}` filled in; English where untranslated.

    >>> message("{count} rows are withheld.", "en-GB", count=3)
    '3 rows are withheld.'
    """
    catalogue = _catalogue(short(language))
    entry = catalogue.get(text) if catalogue is not None else None
    template = str(entry.string) if entry and entry.string else text
    gaps = _LISTENING.get()
    if gaps is not None and short(language) != SOURCE and any(map(str.isalpha, _plain(text))):
        if not (entry and entry.string):
            gaps.missing.add(text)
        elif entry.fuzzy:
            gaps.unchecked.add(text)
    return template.format(**values) if values else template


def sentence(text: str, language: str, /) -> str:
    """Return a sentence of a pack in `language`; numbers in it may be others than the catalogue's.

    Definitions are written with the parameters in force. Their messages hold `{n0}`, `{n1}` … for the
    numbers, in order, so that another parameter needs no other translation.

    >>> sentence("A baby under 14 days old.", "en-GB")
    'A baby under 14 days old.'
    """
    if is_known(text, language) or short(language) == SOURCE:
        return message(text, language)
    numbers = _NUMBER.findall(text)
    places = iter(range(len(numbers)))
    template = _NUMBER.sub(lambda _: f"{{n{next(places)}}}", text)
    if not is_known(template, language):
        return message(text, language)
    return message(template, language, **{f"n{at}": each for at, each in enumerate(numbers)})


def is_draft(language: str) -> bool:
    """Return whether a language's catalogue holds any translation that no translator has checked."""
    catalogue = _catalogue(short(language))
    return catalogue is not None and any(entry.fuzzy for entry in catalogue if entry.id)


def is_known(text: str, language: str) -> bool:
    """Return whether a language's catalogue holds a translation of a message, checked or not."""
    catalogue = _catalogue(short(language))
    entry = catalogue.get(text) if catalogue is not None else None
    return bool(entry and entry.string)


def _plain(text: str) -> str:
    """Return a message without its `{names}`."""
    return re.sub(r"\{\w+\}", "", text)

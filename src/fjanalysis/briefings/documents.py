"""The documents of a site, made by as many processes as there are cores.

A document is one language edition of a briefing, an area profile or the newsletter. None needs another,
and the same bytes come out whatever the number of processes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fjanalysis.briefings import newsletter, profiles
from fjanalysis.briefings.briefing import NOTE, Edition, edition_files
from fjanalysis.briefings.content import Stale, stale_error
from fjanalysis.briefings.loading import processes
from fjanalysis.briefings.messages import Gaps, listening
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.errors import MachineError, RenderError
from fjanalysis.folders import write_text
from fjanalysis.packs import pack_name
from fjanalysis.progress import Progress

# The name of a briefing, and the language of an edition; empty where there is but one.
Document = tuple[str, str]
# How many objects may lie about in memory, some 50 megabytes, before it is swept between two documents.
LITTER = 500_000
_shared: list[Rendering] = []


@dataclass(frozen=True)
class Made:
    """What became of one language edition.

    Parameters
    ----------
    note
        What the site notes of it; nothing where its claims are stale.
    stale
        The sentences whose claims no longer hold.
    """

    note: Mapping[str, Any]
    stale: tuple[Stale, ...] = ()


def render_edition(rendering: Rendering, name: str, language: str, target: Path) -> Made:
    """Write one language edition of a briefing, its page, charts, data and PDF, to the folder `target`.

    Editions do not need each other: each may be made in a process of its own.

    Raises
    ------
    RenderError
        The words or figures are wrong, or a number they need is not released.
    """
    files = edition_files(rendering.project.root / "briefings" / name)
    with listening(Gaps()) as gaps:
        edition = Edition.compose(rendering, name, language, files[language], target)
        if edition.content.stale:
            return Made({}, edition.content.stale)
        note = edition.write([each for each in files if each != language])
    note["untranslated"] = sorted(gaps.missing)
    note["unchecked"] = sorted(gaps.unchecked)
    return Made(note)


def write_note(rendering: Rendering, name: str, editions: Mapping[str, Made], target: Path) -> None:
    """Write a briefing's note for the site, once all its editions stand in the folder `target`."""
    note = {
        "name": name,
        "pack": pack_name(rendering.pack.date, rendering.pack.revision),
        "pack_sha256": rendering.pack.checksum,
        "refresh": rendering.pack.date,
        "cleared": rendering.pack.cleared,
        "synthetic": rendering.pack.synthetic,
        "editions": {language: made.note for language, made in editions.items()},
    }
    write_text(target / NOTE, json.dumps(note, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def hidden(site: Path, name: str) -> Path:
    """Return where a briefing stands until all of it is made."""
    return site / f".{name}"


def documents_of(rendering: Rendering, name: str) -> list[Document]:
    """Return the documents of a briefing, an area profile (`area-profiles/SLUG`) or the newsletter."""
    if name == newsletter.NAME or name.startswith(f"{profiles.NAME}/"):
        return [(name, "")]
    files = edition_files(rendering.project.root / "briefings" / name)
    return [(name, language) for language in files]


def made_by_name(
    rendering: Rendering,
    names: Sequence[str],
    site: Path,
    display: Progress,
    meanwhile: Callable[[], None],
) -> Iterator[tuple[str, RenderError | None]]:
    """Make every document of some briefings, and yield each briefing's name with its failure, in order.

    Parameters
    ----------
    site
        Where the hidden folders of the briefings come to stand.
    meanwhile
        What else is to be done, while other processes make the documents.
    """
    wanted = {name: documents_of(rendering, name) for name in names}
    # The longest first, so that no process is left with a long one while the others have nothing to do.
    begun = sorted(
        (each for listed in wanted.values() for each in listed),
        key=lambda each: _length(rendering, each),
        reverse=True,
    )
    with _makers(rendering, len(begun)) as make:
        running = {each: make(each, hidden(site, each[0])) for each in begun}
        meanwhile()
        for name, listed in wanted.items():
            display.step(name)
            outcomes = {each: running[each]() for each in listed}
            failure = _failure(list(outcomes.values()))
            if failure is None and listed[0][1]:
                made = {language: each for (_, language), each in outcomes.items()}
                write_note(rendering, name, made, hidden(site, name))  # type: ignore[arg-type]
            yield name, failure
            display.advance()


def _length(rendering: Rendering, document: Document) -> int:
    """Return how long the words of a document are, in bytes; those without words of their own are alike."""
    name, language = document
    if not language:
        return 0
    return edition_files(rendering.project.root / "briefings" / name)[language].stat().st_size


def _failure(outcomes: Sequence[Outcome]) -> RenderError | None:
    """Return what is wrong with a briefing: the first error, else the stale claims of all its editions."""
    for each in outcomes:
        if isinstance(each, RenderError):
            return each
    stale = [found for each in outcomes if isinstance(each, Made) for found in each.stale]
    return stale_error(stale) if stale else None


Outcome = Made | RenderError
Maker = Callable[[Document, Path], Callable[[], Outcome]]


@contextlib.contextmanager
def _makers(rendering: Rendering, count: int) -> Iterator[Maker]:
    """Yield what begins a document and returns what waits for it: a process a core, or this one alone."""
    jobs = min(count, os.cpu_count() or 1)
    if jobs < 2:
        yield lambda document, folder: lambda: _made(rendering, document, folder)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=processes(), initializer=_share, initargs=(rendering,)
    ) as pool:

        def make(document: Document, folder: Path) -> Callable[[], Outcome]:
            with _alive(document):
                begun = pool.submit(_made_here, document, folder)

            def wait() -> Outcome:
                with _alive(document):
                    return begun.result()

            return wait

        yield make


@contextlib.contextmanager
def _alive(document: Document) -> Iterator[None]:
    """Say so where the processes that make documents have ended before their time.

    Raises
    ------
    MachineError
        They have.
    """
    try:
        yield
    except (BrokenProcessPool, ConnectionError, EOFError) as error:
        raise MachineError(
            "The process that makes pages was ended from outside, most often for want of memory.",
            where=" ".join(filter(None, document)),
            mend="Close other programs and render again; what was published before stands as it was.",
        ) from error


def _share(rendering: Rendering) -> None:
    """Keep what all documents of this process share, out of the sweeps of memory."""
    _shared.append(rendering)
    gc.freeze()


def _made_here(document: Document, folder: Path) -> Outcome:
    return _made(_shared[-1], document, folder)


def _made(rendering: Rendering, document: Document, folder: Path) -> Outcome:
    name, language = document
    with unswept():
        try:
            if language:
                return render_edition(rendering, name, language, folder)
            if name == newsletter.NAME:
                newsletter.render_newsletter(rendering, folder)
            else:
                found = {profile.slug: profile for profile in profiles.profiles(rendering.pack)}
                slug = name.removeprefix(f"{profiles.NAME}/")
                profiles.render_profile(rendering, found[slug], folder)
        except RenderError as error:
            return error
    return Made({})


@contextlib.contextmanager
def unswept() -> Iterator[None]:
    """Leave memory unswept while a document is made: its boxes live until its end in any case."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
        if gc.get_count()[0] > LITTER:
            gc.collect()

"""Progress of long work: a live display on a terminal, plain lines in a log."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import time
from collections.abc import Iterator
from typing import Protocol


class Progress(Protocol):
    """What long work tells of itself."""

    def step(self, message: str) -> None:
        """Say what is being done now."""

    def advance(self, amount: float = 1.0) -> None:
        """Say that `amount` of the announced total is done."""


class Silent:
    """Progress that nobody looks at."""

    def step(self, message: str) -> None:
        """Ignore the message."""

    def advance(self, amount: float = 1.0) -> None:
        """Ignore the amount."""


class _Lines:
    def __init__(self, title: str, total: float) -> None:
        self._title = title
        self._total = total
        self._done = 0.0

    def step(self, message: str) -> None:
        print(f"{self._title}: {message}", file=sys.stderr, flush=True)

    def advance(self, amount: float = 1.0) -> None:
        self._done = min(self._total, self._done + amount)


class _Live:
    def __init__(self, title: str, total: float) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.fields[title]:<8}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("", total=total, title=title)

    def __enter__(self) -> _Live:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, message: str) -> None:
        self._bar.update(self._task, description=message)

    def advance(self, amount: float = 1.0) -> None:
        self._bar.advance(self._task, amount)


_stands_in = False


def speak_for_parent() -> None:
    """Let this process say what its work does, in place of the one that began it and waits."""
    global _stands_in  # noqa: PLW0603 - of the process, once, at its beginning
    _stands_in = True


@contextlib.contextmanager
def progress(title: str, total: float = 1.0) -> Iterator[Progress]:
    """Yield a progress display for work named `title` of `total` units.

    On a terminal it is one live line; elsewhere a line a step, and a last one with the time taken,
    both on standard error. A terminal belongs to the process that was begun there: those that it began
    for parts of its work say nothing.
    """
    if sys.stderr.isatty():
        if multiprocessing.parent_process() is not None and not _stands_in:
            yield Silent()
            return
        with _Live(title, total) as live:
            yield live
        return
    start = time.monotonic()
    yield _Lines(title, total)
    print(f"{title}: done in {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)

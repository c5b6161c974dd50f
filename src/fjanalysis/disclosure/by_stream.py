"""Control and attack of each stream by itself, several at a time: no relation joins counts of two streams.

That none does is asked of the pack as a whole once more, by the audit of what is written.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fjanalysis.disclosure import audit, inputs, provenance
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.mending import until_nothing_tells
from fjanalysis.disclosure.release import Controlled
from fjanalysis.errors import MachineError
from fjanalysis.processes import clean
from fjanalysis.project import Project
from fjanalysis.reference import areas
from fjanalysis.results import conform

# What the processes load before they are forked.
LOADED = "fjanalysis.disclosure.by_stream"
# Bytes of exact results from which on processes are worth their beginning.
WORTH = 5_000_000


@dataclass(frozen=True)
class Task:
    """A stream of a pack that is to be made.

    Parameters
    ----------
    project, refresh, stream
        Whose results are controlled.
    same, others
        What cleared packs of the same records, and of others, show of the stream.
    proved
        Whether the attack goes on to programmes.
    stands
        Released table of a stream that is taken over as it stands, and what its pack says of it: it is attacked only.
    """

    project: Project
    refresh: str
    stream: str
    same: tuple[pd.DataFrame, ...]
    others: tuple[pd.DataFrame, ...]
    proved: bool
    stands: tuple[pd.DataFrame, Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Done:
    """A stream after disclosure control.

    Parameters
    ----------
    stream
        Its name.
    about
        What a pack says of it.
    controlled
        What may be released; None of a stream that is taken over.
    attacked
        The last attack on it.
    """

    stream: str
    about: Mapping[str, Any]
    controlled: Controlled | None
    attacked: audit.Report


Runner = Callable[[Iterable[Task]], list[Done]]


@contextmanager
def processes(project: Project, refresh: str, streams: Sequence[str]) -> Iterator[Runner]:
    """Yield what does tasks, in the order given: in processes that begin at once, or here where there is little to do.

    Raises
    ------
    MachineError
        A process was ended from outside.
    """
    found = [project.results / refresh / name for name in streams]
    size = sum(path.stat().st_size for each in found for path in each.glob(f"*/{inputs.RESULTS}"))
    jobs = min(len(streams), os.cpu_count() or 1)
    if jobs < 2 or size < WORTH:
        yield lambda tasks: [controlled(task) for task in tasks]
        return
    with ProcessPoolExecutor(jobs, clean(LOADED), initializer=gc.freeze) as pool:
        # Begun before this process reads anything, which it then does while they load.
        pool.submit(os.getpid)

        def run(tasks: Iterable[Task]) -> list[Done]:
            every = list(tasks)
            # The longest first, so that the others are done beside it.
            ahead = sorted(every, key=lambda task: -_size(task))
            begun: dict[str, Future[Done]] = {}
            try:
                for task in ahead:
                    begun[task.stream] = pool.submit(controlled, task)
                return [begun[task.stream].result() for task in every]
            except BrokenProcessPool as error:
                raise MachineError(
                    "A process of disclosure control was ended from outside, most often for want of memory.",
                    where=", ".join(task.stream for task in every),
                    mend="Close other programs and pack again; nothing was written.",
                ) from error
            finally:
                for each in begun.values():
                    each.cancel()

        yield run


def _size(task: Task) -> int:
    if task.stands is not None:
        return 0
    folder = task.project.results / task.refresh / task.stream
    return sum(path.stat().st_size for path in folder.glob(f"*/{inputs.RESULTS}"))


def controlled(task: Task) -> Done:
    """Return a stream after disclosure control, and the attack on it.

    Raises
    ------
    DisclosureError
        Results cannot be read or break their contract, or a count cannot be protected.
    """
    if task.stands is not None:
        rows, about = task.stands
        return Done(task.stream, about, None, _attacked(task, rows, about, audit.Memory()))
    manifest = inputs.read_refresh(task.project, task.refresh)
    found = inputs.read_stream(task.project, task.refresh, task.stream)
    inputs.check_fingerprint(found, manifest)
    about = provenance.stream_provenance(found)
    prepared = prepare(
        conform(pd.concat([each.rows for each in found], ignore_index=True)),
        {(each.stream, each.variant): each.relations for each in found},
        task.project.profile,
        dict(areas()[["code", "level"]].itertuples(index=False, name=None)),
        task.same,
        task.others,
        task.project.settings.disclosure.exceptions,
    )
    del found
    done, attacked = until_nothing_tells(
        prepared, lambda some, memory: _attacked(task, some.results, about, memory)
    )
    return Done(task.stream, about, done, attacked)


def _attacked(
    task: Task, rows: pd.DataFrame, about: Mapping[str, Any], memory: audit.Memory
) -> audit.Report:
    profile = task.project.profile
    return audit.attack(
        conform(rows),
        {task.stream: about},
        profile.threshold,
        profile.rounding_base,
        task.same,
        proved=task.proved,
        zeros=profile.zeros_are_disclosive,
        revised=task.others,
        exceptions=task.project.settings.disclosure.exceptions,
        memory=memory,
    )


def joined(every: Sequence[Done]) -> tuple[Controlled, audit.Report]:
    """Return what may be released of several streams as one table, and the attacks on them as one."""
    parts = [each.controlled for each in every if each.controlled is not None]
    numbers = sorted({name for part in parts for name in part.work})
    whole = Controlled(
        pd.concat([part.results for part in parts], ignore_index=True),
        pd.concat([part.reason for part in parts], ignore_index=True),
        {place: found for part in parts for place, found in part.distance.items()},
        {name: sum(part.work.get(name, 0) for part in parts) for name in numbers},
        [sum(some) for some in zip(*(part.excepted for part in parts), strict=True)],
    )
    return whole, audit.together([each.attacked for each in every])

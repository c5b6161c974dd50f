"""Where notebooks run: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from fjanalysis.errors import FjanalysisError, MachineError, NotebookError, UsageError
from fjanalysis.processes import may_fork
from fjanalysis.progress import Progress
from fjanalysis.runner import warm
from fjanalysis.runner.jobs import Job

PATIENCE = "10s"


class Executor(Protocol):
    """Runs jobs, and yields each as it ends: the job, its rows, and the seconds that it took."""

    def run(self, jobs: Sequence[Job], display: Progress) -> Iterator[tuple[Job, int, float]]:
        """Run the jobs; the first failure is raised when those under way have ended."""


def choose_executor(name: str, at_once: int, threads: int, megabytes: int) -> Executor:
    """Return the executor that `--executor` names.

    Parameters
    ----------
    name
        `local`, or `dask://HOST:PORT`.
    at_once
        Notebooks at a time.
    threads, megabytes
        Threads and memory that each notebook's queries may use.

    Raises
    ------
    UsageError
        It is neither.
    MachineError
        Dask is not installed, or its scheduler does not answer.
    """
    if name == "local":
        return LocalExecutor(at_once, threads, megabytes)
    if name.startswith("dask://"):
        return DaskExecutor(name.removeprefix("dask://"), threads, megabytes)
    raise UsageError(
        f"There is no executor '{name}'.",
        where="--executor",
        mend="Use local, or dask://HOST:PORT.",
    )


def _begin() -> None:
    # What a kernel prints of a failure can hold values of records; the error itself is reported.
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)
    os.close(silent)


def _run_one(
    job: Job,
    threads: int,
    megabytes: int,
    said: Callable[[str], None] = lambda _: None,
    kernel: Any = None,
) -> tuple[int, float]:
    from fjanalysis.runner.notebook import run_notebook  # noqa: PLC0415 - only workers need Papermill

    started = time.monotonic()
    rows = run_notebook(job, threads, megabytes, said, kernel)
    return rows, time.monotonic() - started


class LocalExecutor:
    """Processes of this machine, each with one notebook.

    On Linux they and their kernels are forked from a process that has loaded what all of them need, and has
    done nothing else: one that is begun for it, or this very process where it was itself forked so. Elsewhere
    each is an interpreter of its own, since a fork would share threads of the libraries already loaded.
    """

    def __init__(self, at_once: int, threads: int, megabytes: int) -> None:
        self._at_once = at_once
        self._share = (threads, megabytes)

    def run(self, jobs: Sequence[Job], display: Progress) -> Iterator[tuple[Job, int, float]]:
        """Run the jobs; the first failure is raised when those under way have ended."""
        if sys.platform != "linux":
            events = _events("spawn", jobs, self._at_once, self._share)
        elif warm.AS_NOTEBOOKS and may_fork(warm.__name__):
            events = _events("fork", jobs, self._at_once, self._share)
        else:
            events = _of_host(jobs, self._at_once, self._share)
        failure: Exception | None = None
        for place, event in events:
            if isinstance(event, str):
                display.step(f"{jobs[place].name}: {event}")
            elif isinstance(event, Exception):
                failure = failure or event
            else:
                yield (jobs[place], *event)
        if failure is not None:
            raise failure


# What happens to a job, by its place: a heading is reached, it ends with rows and seconds, or it fails.
Event = str | tuple[int, float] | Exception


def _of_host(
    jobs: Sequence[Job], at_once: int, share: tuple[int, int]
) -> Iterator[tuple[int, Event]]:
    """Yield the events of jobs whose processes are forked from one that is begun for them."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    host = context.Process(target=_host, args=(sender, jobs, at_once, share))
    with warm.environment(warm.ENVIRONMENT):
        host.start()
    sender.close()
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        host.join()
        if host.exitcode:
            yield 0, _ended_from_outside()
    finally:
        receiver.close()
        host.join()


def _host(sender: Connection, jobs: Sequence[Job], at_once: int, share: tuple[int, int]) -> None:
    try:
        warm.load()
    except Exception as error:
        sender.send((0, _sendable(error)))
        return
    _begin()
    for event in _events("fork", jobs, at_once, share):
        sender.send(event)


def _events(
    how: str, jobs: Sequence[Job], at_once: int, share: tuple[int, int]
) -> Iterator[tuple[int, Event]]:
    """Yield the events of jobs, each in a process of its own; after a failure none is begun."""
    context: Any = multiprocessing.get_context(how)
    waiting = list(range(len(jobs)))
    running: dict[Connection, tuple[int, BaseProcess]] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            place = waiting.pop(0)
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(
                target=_work, args=(sender, jobs[place], *share, how == "fork")
            )
            process.start()
            sender.close()
            running[receiver] = place, process
        ready = connection.wait(list(running))
        for receiver in [each for each in running if each in ready]:
            place, process = running[receiver]
            try:
                event = receiver.recv()
            except EOFError:
                event = _ended_from_outside()
            yield place, event
            if isinstance(event, str):
                continue
            if isinstance(event, Exception):
                waiting.clear()
            receiver.close()
            process.join()
            del running[receiver]


def _ended_from_outside() -> NotebookError:
    return NotebookError(
        "A process that ran a notebook was ended from outside; most often memory ran out.",
        mend="Run fewer notebooks at a time with --jobs 1.",
    )


def _work(sender: Connection, job: Job, threads: int, megabytes: int, forked: bool) -> None:
    _begin()
    event: Event
    try:
        kernel = None
        if forked:
            from fjanalysis.runner.kernel import WaitingKernel  # noqa: PLC0415

            kernel = WaitingKernel()
        event = _run_one(job, threads, megabytes, sender.send, kernel)
    except Exception as error:
        event = _sendable(error)
    sender.send(event)


def _sendable(error: Exception) -> Exception:
    """Return an error that another process can be told: a user's as it is, a defect as its traceback."""
    if isinstance(error, FjanalysisError):
        return error
    return RuntimeError("".join(traceback.format_exception(error)))


class DaskExecutor:
    """The workers of a Dask cluster, which see the same checkout and workspace.

    Parameters
    ----------
    address
        `HOST:PORT` of the scheduler.
    threads, megabytes
        Threads and memory that each notebook's queries may use.
    """

    def __init__(self, address: str, threads: int, megabytes: int) -> None:
        try:
            distributed = importlib.import_module("distributed")
        except ModuleNotFoundError as error:
            raise MachineError(
                "Dask is not installed.",
                where="--executor",
                mend="Install it with: uv sync --extra analysis --extra dask.",
            ) from error
        try:
            self._client = distributed.Client(f"tcp://{address}", timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise MachineError(
                "The Dask scheduler does not answer.",
                where=address,
                mend="Start it with dask scheduler, and workers with dask worker --nthreads 1.",
            ) from error
        self._as_completed = distributed.as_completed
        self._share = (threads, megabytes)

    def run(self, jobs: Sequence[Job], display: Progress) -> Iterator[tuple[Job, int, float]]:
        """Run the jobs; the first failure is raised when those under way have ended."""
        # As on this machine: what a kernel prints of a failure stays out of the workers' logs.
        self._client.run(_begin)
        try:
            yield from self._ended(jobs, display)
        finally:
            self._client.close()

    def _ended(self, jobs: Sequence[Job], display: Progress) -> Iterator[tuple[Job, int, float]]:
        futures = {
            self._client.submit(_run_one, job, *self._share, pure=False): job for job in jobs
        }
        failure: BaseException | None = None
        for future in self._as_completed(list(futures)):
            if future.cancelled():
                continue
            error = future.exception()
            if error is None:
                job = futures[future]
                display.step(f"{job.name}: done")
                yield (job, *future.result())
            elif failure is None:
                failure = error
                self._client.cancel([other for other in futures if not other.done()])
        if failure is not None:
            raise failure

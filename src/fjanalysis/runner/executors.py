"""Where notebooks run: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import queue
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from fjanalysis.errors import MachineError, NotebookError, UsageError
from fjanalysis.progress import Progress
from fjanalysis.runner.jobs import Job

LOOK_SECONDS = 0.2
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


_steps: Any = None


def _begin(steps: Any) -> None:
    global _steps  # noqa: PLW0603 - how a pool hands its workers a queue
    _steps = steps
    # What a kernel prints of a failure can hold values of records; the error itself is reported.
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)
    os.close(silent)


def _run_one(job: Job, threads: int, megabytes: int) -> tuple[int, float]:
    from fjanalysis.runner.notebook import run_notebook  # noqa: PLC0415 - only workers need Papermill

    started = time.monotonic()

    def said(heading: str) -> None:
        if _steps is not None:
            _steps.put(f"{job.name}: {heading}")

    rows = run_notebook(job, threads, megabytes, said)
    return rows, time.monotonic() - started


class LocalExecutor:
    """Processes of this machine, each with one notebook at a time."""

    def __init__(self, at_once: int, threads: int, megabytes: int) -> None:
        self._at_once = at_once
        self._share = (threads, megabytes)

    def run(self, jobs: Sequence[Job], display: Progress) -> Iterator[tuple[Job, int, float]]:
        """Run the jobs; the first failure is raised when those under way have ended."""
        # A fresh interpreter: a fork would share the threads of the libraries already loaded.
        context = multiprocessing.get_context("spawn")
        steps = context.Queue()
        workers = min(self._at_once, len(jobs))
        with ProcessPoolExecutor(workers, context, _begin, (steps,)) as pool:
            futures: dict[Future[tuple[int, float]], Job] = {
                pool.submit(_run_one, job, *self._share): job for job in jobs
            }
            waiting = set(futures)
            failure: BaseException | None = None
            while waiting:
                ended, waiting = wait(waiting, LOOK_SECONDS, FIRST_COMPLETED)
                _show(steps, display)
                for future in sorted(ended, key=lambda each: futures[each].name):
                    if future.cancelled():
                        continue
                    error = future.exception()
                    if error is None:
                        yield (futures[future], *future.result())
                    elif failure is None:
                        failure = error
                        for other in waiting:
                            other.cancel()
            if isinstance(failure, BrokenProcessPool):
                raise NotebookError(
                    "A process that ran a notebook was ended from outside; most often memory ran out.",
                    mend="Run fewer notebooks at a time with --jobs 1.",
                ) from failure
            if failure is not None:
                raise failure


def _show(steps: Any, display: Progress) -> None:
    while True:
        try:
            display.step(steps.get_nowait())
        except queue.Empty:
            return


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
        self._client.run(_begin, None)
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

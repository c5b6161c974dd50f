"""`fjanalysis run`: what has to be run, in as many processes as there are cores, and a report."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fjanalysis.folders import no_empty_folder
from fjanalysis.progress import progress
from fjanalysis.project import Project
from fjanalysis.refresh.model import open_refresh
from fjanalysis.runner.executors import choose_executor
from fjanalysis.runner.jobs import is_done, longest_first, make_jobs, parse_assignments
from fjanalysis.runner.sensitivity import write_sensitivity

# What the queries of all notebooks may hold in memory together, and those of one at the least.
MEGABYTES, LEAST_MEGABYTES = 1024, 256


@dataclass(frozen=True)
class Outcome:
    """What became of one job: how many rows, in how many seconds, or that it stood already."""

    name: str
    rows: int
    seconds: float
    kept: bool


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Parameters
    ----------
    refresh
        The refresh's date.
    place
        Where the results stand.
    outcomes
        One a job, in order.
    sensitivity
        Where the sensitivity tables of the streams stand.
    """

    refresh: str
    place: str
    outcomes: tuple[Outcome, ...]
    sensitivity: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The report as the command prints it."""
        lines = []
        for each in self.outcomes:
            how = "unchanged" if each.kept else f"{each.rows:,} rows in {each.seconds:.1f} s"
            lines.append(f"{each.name}: {how}")
        lines += [f"Variants side by side: {path}" for path in self.sensitivity]
        lines.append(f"The results of {self.refresh} are in {self.place}")
        return "\n".join(lines)


def run_streams(
    project: Project,
    streams: Sequence[str],
    refresh: str,
    *,
    parameters: Sequence[str] = (),
    jobs: int = 0,
    executor: str = "local",
    variants: bool | Collection[str] = True,
) -> RunReport:
    """Run stream notebooks and their variants; those whose inputs did not change are left alone.

    Parameters
    ----------
    project
        The settings and the workspace.
    streams
        Names; all of the settings where there is none.
    refresh
        The refresh's date.
    parameters
        `NAME=VALUE` texts from the command.
    jobs
        Notebooks at a time; one a core where it is 0.
    executor
        `local`, or `dask://HOST:PORT`.
    variants
        Whether the sensitivity runs of the settings are wanted too, or the names of those that are.

    Raises
    ------
    UsageError
        A stream, parameter, value or executor is unknown; nothing was started.
    SourceError
        There is no such refresh, or a stream found that it cannot be used.
    NotebookError
        A notebook failed; those that had succeeded keep their results.
    """
    for name in streams:
        project.stream(name)  # a name that is mistyped is told before anything is read
    opened = open_refresh(project.refreshes / refresh)
    made = make_jobs(
        project,
        streams,
        opened.date,
        opened.fingerprint,
        parse_assignments(parameters),
        variants=variants,
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    at_once = jobs if jobs > 0 else max(1, cores or 1)
    threads = max(1, (cores or 1) // at_once)
    megabytes = max(LEAST_MEGABYTES, MEGABYTES // at_once)
    chosen = choose_executor(executor, at_once, threads, megabytes)
    waiting = longest_first([job for job in made if not is_done(job)])
    done: dict[str, Outcome] = {}
    if waiting:
        with (
            no_empty_folder(*(job.folder.parent for job in waiting)),
            progress("run", total=float(len(waiting))) as display,
        ):
            started = time.monotonic()
            for job, rows, seconds in chosen.run(waiting, display):
                done[job.name] = Outcome(job.name, rows, seconds, kept=False)
                display.advance()
                display.step(f"{job.name}: {rows:,} rows, {time.monotonic() - started:.1f} s")
    outcomes = tuple(done.get(job.name, Outcome(job.name, 0, 0.0, kept=True)) for job in made)
    tables = [
        write_sensitivity(
            project.results / opened.date / name, project.stream(name).variants if variants else ()
        )
        for name in dict.fromkeys(job.stream for job in made)
    ]
    return RunReport(
        opened.date,
        str(project.results / opened.date),
        outcomes,
        tuple(str(path) for path in tables if path),
    )

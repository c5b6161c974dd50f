"""The whole road on two small synthetic refreshes, so that the later one has something to revise.

A step whose inputs are unchanged is not walked again.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from pathlib import Path

from fjanalysis.errors import MachineError, UsageError
from fjanalysis.folders import cannot_write, files_below, sha256, write_text
from fjanalysis.progress import Progress, progress
from fjanalysis.project import SETTINGS, Project, open_project
from fjanalysis.runner.warm import ENVIRONMENT, environment

EARLIER = "2025-08-01"
REFRESH = "2026-02-01"
SEED = 1
SCALE = 0.1
AT_ONCE = 2
STATE = ".demo.json"
REFERENCE = "reference"
COMPARISONS = "comparisons"
# What is kept beside results and packs without being of them: a clearance, and what `pack` keeps for itself.
BESIDE = frozenset({"clearance.json", "packed.json", "withheld.csv"})
# The longest notebook first.
STREAMS = ("recurrence", "private-law-returns", "urgent-hearings")
# Where the steps are done: all that they import is heavy, and is loaded by their processes alone.
STEPS_MODULE = "fjanalysis.demo.steps"

# The core, and what the steps do, as paths of the checkout: every step rests on them.
CORE = (
    *(
        f"src/fjanalysis/{name}.py"
        for name in ("few", "folders", "limits", "packs", "periods", "project", "results")
    ),
    "src/fjanalysis/demo/steps.py",
)


@dataclass(frozen=True)
class Step:
    """One arrow of the road, walked for one refresh.

    Parameters
    ----------
    name, says
        The command, and what is said while it runs.
    refresh
        The date of the refresh.
    reads, writes
        Folders of the workspace.
    code
        Files and folders of the checkout that the outcome depends on, the core and the settings aside.
    walk
        The function that does it, as MODULE:NAME: in a project whose workspace is the demo's folder, for a refresh, at a scale.
    stream
        The stream that it is walked for, and that the function is given as well; all where it is empty.
    """

    name: str
    says: str
    refresh: str
    reads: tuple[str, ...]
    writes: str
    code: tuple[str, ...]
    walk: str
    stream: str = ""

    @property
    def label(self) -> str:
        """The command, the refresh and the stream, as one name."""
        return " ".join(part for part in (self.name, self.refresh, self.stream) if part)


@dataclass(frozen=True)
class Report:
    """Where to look, and how long each step took (seconds; None where it was left out)."""

    folder: Path
    taken: dict[str, float | None]

    @property
    def text(self) -> str:
        """The final message: which pages to open."""
        site = self.folder / "_site"
        pages = sorted(site.glob("**/*.pdf"))
        lines = ["", "The whole road is walked. Where to look:", ""]
        lines.append(f"  The briefings      {site / 'index.html'}")
        for number, page in enumerate(pages):
            lines.append(f"  {'as PDF' if number == 0 else '':<17}  {page}")
        lines.append(f"  What was revised   {_comparison(self.folder) / 'index.html'}")
        lines.append(f"  For the reviewer   {self.folder / 'outputs' / REFRESH / 'review.html'}")
        lines.append(f"  The numbers        {self.folder / 'outputs' / REFRESH / 'results.csv'}")
        left_out = [name for name, seconds in self.taken.items() if seconds is None]
        if left_out:
            lines += [
                "",
                f"Unchanged since the last time, so not done again: {', '.join(left_out)}.",
            ]
        lines += ["", "All numbers are synthetic: made by a generator, about nobody."]
        return "\n".join(lines)


def walk(folder: Path, scale: float | None = None) -> Report:
    """Walk the whole road into `folder`, for two refreshes: synth, ingest, run, pack; then compare, render.

    Parameters
    ----------
    folder
        The workspace of the demo; made where it does not exist.
    scale
        Share of the real volume, more than 0 and at most 1; default: 0.1.

    Raises
    ------
    UsageError
        `scale` is out of range, or the working folder is in no checkout.
    MachineError
        `folder` cannot be written.
    """
    scale = SCALE if scale is None else scale
    if not 0 < scale <= 1:
        raise UsageError(
            f"The scale {scale} is out of range.",
            where="--scale",
            mend="Give a share of the real volume, more than 0 and at most 1.",
        )
    project = open_project(folder)
    folder = project.workspace
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = _walk(project, scale)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return Report(_as_typed(folder), taken)


def _walk(project: Project, scale: float) -> dict[str, float | None]:
    """Walk the steps whose inputs changed; return the seconds of each, None where it was left out."""
    return dict(sorted(_Road(project, scale).walk().items(), key=lambda each: _NUMBER[each[0]]))


class _Road:
    """Walks each step as soon as those that it reads from are done, two at a time.

    Each step has a process of its own, whose memory is given back at its end.
    """

    def __init__(self, project: Project, scale: float) -> None:
        self._project = project
        self._scale = scale
        self._recorded = _recorded(project.workspace)
        self._taken: dict[str, float | None] = {}
        self._waiting = list(STEPS)
        self._walking: dict[Future[None], _Walking] = {}

    def walk(self) -> dict[str, float | None]:
        """Walk all steps; the first failure is raised when what is under way has ended."""
        failure: Exception | None = None
        with (
            environment(ENVIRONMENT),
            ProcessPoolExecutor(AT_ONCE, _processes(), max_tasks_per_child=1) as pool,
            progress("demo", total=len(STEPS)) as display,
        ):
            while self._walking or (self._waiting and failure is None):
                while failure is None and (step := self._next()) is not None:
                    self._begin(step, pool, display)
                ended, _ = wait(self._walking, return_when=FIRST_COMPLETED)
                for future in sorted(
                    ended, key=lambda each: _NUMBER[self._walking[each].step.label]
                ):
                    try:
                        self._end(future)
                        display.advance()
                    except Exception as error:
                        failure = failure or error
        if failure is not None:
            raise failure
        return self._taken

    def _next(self) -> Step | None:
        """Return the first step that may begin now."""
        if len(self._walking) >= AT_ONCE:
            return None
        undone = [each.step for each in self._walking.values()]
        for step in self._waiting:
            if not any(reads_from(step, each) for each in undone):
                return step
            undone.append(step)
        return None

    def _begin(self, step: Step, pool: ProcessPoolExecutor, display: Progress) -> None:
        self._waiting.remove(step)
        said = f"[{_NUMBER[step.label]}/{len(STEPS)}] {step.says}, {step.refresh}"
        inputs = _inputs(self._project, step, self._scale)
        if self._recorded.get(step.label) == [inputs, self._written(step)]:
            _say(f"{said}: unchanged")
            self._taken[step.label] = None
            display.advance()
            return
        _say(f"{said} …")
        begun = pool.submit(_walk_step, step, self._project, self._scale)
        self._walking[begun] = _Walking(step, said, inputs, time.monotonic())

    def _end(self, future: Future[None]) -> None:
        walked = self._walking.pop(future)
        step = walked.step
        try:
            future.result()
        except BrokenProcessPool as error:
            others = [each.step.label for each in self._walking.values()]
            raise MachineError(
                "The process of this step was ended from outside, most often for want of memory.",
                where=" or ".join([step.label, *others]),
                mend="Close other programs, or walk fewer records with --scale; what was done stays done.",
            ) from error
        self._taken[step.label] = time.monotonic() - walked.since
        _say(f"{walked.said}: {self._taken[step.label]:.1f} s")
        self._recorded[step.label] = [walked.inputs, self._written(step)]
        text = json.dumps(self._recorded, indent=1, sort_keys=True) + "\n"
        write_text(self._project.workspace / STATE, text)

    def _written(self, step: Step) -> str:
        return _contents(self._project.workspace / step.writes)


@dataclass(frozen=True)
class _Walking:
    """A step under way: how it is announced, what its inputs hash to, and when it began (monotonic seconds)."""

    step: Step
    said: str
    inputs: str
    since: float


def reads_from(step: Step, other: Step) -> bool:
    """Return whether a step reads what another one writes."""
    return any(other.writes == read or other.writes.startswith(f"{read}/") for read in step.reads)


def _walk_step(step: Step, project: Project, scale: float) -> None:
    module, _, name = step.walk.partition(":")
    about = (step.stream,) if step.stream else ()
    getattr(importlib.import_module(module), name)(project, step.refresh, scale, *about)


def _processes() -> BaseContext:
    """Return clean processes that load this road's libraries once, where the system has them."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([STEPS_MODULE])
    return context


def source(refresh: str) -> str:
    """Return the folder of a refresh's source tables, below the workspace."""
    return f"source/{refresh}"


def _comparison(folder: Path) -> Path:
    return folder / COMPARISONS / f"{EARLIER}--{REFRESH}"


def _package(*names: str) -> tuple[str, ...]:
    return tuple(f"src/fjanalysis/{name}" for name in names)


def _secure_side(refresh: str) -> Sequence[Step]:
    """Return the steps of one refresh, from source tables to an output pack."""
    earlier = refresh == EARLIER
    return (
        Step(
            "synth",
            "Synthetic source tables in the Cafcass layout",
            refresh,
            (),
            source(refresh),
            _package("sources", "reference"),
            f"{STEPS_MODULE}:synth",
        ),
        Step(
            "ingest",
            "Research-ready tables, checked",
            refresh,
            (source(refresh),),
            f"refreshes/{refresh}",
            _package("sources", "refresh", "reference"),
            f"{STEPS_MODULE}:ingest",
        ),
        *(
            Step(
                "run",
                f"The notebook of {stream}",
                refresh,
                (f"refreshes/{refresh}", REFERENCE),
                f"results/{refresh}/{stream}",
                (*_package("refresh", "statistics", "streams", "runner", "reference"), "analyses"),
                f"{STEPS_MODULE}:run",
                stream,
            )
            for stream in STREAMS
        ),
        Step(
            "pack",
            "Disclosure control",
            refresh,
            (f"results/{refresh}", *(() if earlier else (f"outputs/{EARLIER}",))),
            f"outputs/{refresh}",
            _package("disclosure", "reference"),
            f"{STEPS_MODULE}:{'pack_cleared' if earlier else 'pack'}",
        ),
    )


STEPS = (
    Step(
        "denominators",
        "Births and children, at the scale of the records",
        REFRESH,
        (),
        REFERENCE,
        _package("reference"),
        f"{STEPS_MODULE}:denominators",
    ),
    *_secure_side(EARLIER),
    *_secure_side(REFRESH),
    Step(
        "compare",
        "What the later refresh revised",
        REFRESH,
        (f"outputs/{EARLIER}", f"outputs/{REFRESH}"),
        f"{COMPARISONS}/{EARLIER}--{REFRESH}",
        (*_package("releases", "briefings", "reference", "changes.py"), "_brand.yml"),
        f"{STEPS_MODULE}:compare",
    ),
    Step(
        "render",
        "Briefings as HTML and PDF",
        REFRESH,
        (f"outputs/{EARLIER}", f"outputs/{REFRESH}"),
        "_site",
        (
            *_package("briefings", "changes.py"),
            "briefings",
            "templates",
            "_brand.yml",
            "_quarto.yml",
        ),
        f"{STEPS_MODULE}:render",
    ),
)
_NUMBER = {step.label: number for number, step in enumerate(STEPS, start=1)}


def _inputs(project: Project, step: Step, scale: float) -> str:
    """Hash everything that a step's outcome depends on."""
    parts = [step.label, SEED, scale if step.name in ("synth", "denominators") else None]
    names = (*CORE, SETTINGS, "uv.lock", *step.code)
    parts.extend(_contents(project.root / name) for name in names)
    parts.extend(_contents(project.workspace / name) for name in step.reads)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _contents(path: Path) -> str:
    """Hash a file, or all files below a folder; an absent path has a hash of its own.

    What is kept beside results and packs without being of them, a clearance too, is left aside.
    """
    if path.is_file():
        return sha256(path)
    digest = hashlib.sha256()
    for name in files_below(path):
        if "__pycache__" not in name and name not in BESIDE:
            digest.update(f"{sha256(path / name)}  {name}\n".encode())
    return digest.hexdigest()


def _recorded(folder: Path) -> dict[str, list[str]]:
    try:
        recorded = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return recorded if isinstance(recorded, dict) else {}


def _as_typed(folder: Path) -> Path:
    """Return the folder from the working folder, as the user would type it, where it is below that."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201

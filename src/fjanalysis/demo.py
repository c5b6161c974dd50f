"""The whole road on two small synthetic refreshes, so that the later one has something to revise.

A step whose inputs are unchanged is not walked again.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from fjanalysis.briefings.render import render
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import STAMP, WITHHELD_LIST, pack
from fjanalysis.errors import MachineError, UsageError
from fjanalysis.folders import cannot_write, files_below, sha256, write_text
from fjanalysis.packs import CLEARANCE
from fjanalysis.project import SETTINGS, Project, open_project
from fjanalysis.reference.tables import read
from fjanalysis.refresh.ingest import ingest
from fjanalysis.releases.compare import FOLDER as COMPARISONS
from fjanalysis.releases.compare import compare_packs
from fjanalysis.runner.run import run_streams
from fjanalysis.sources.synthetic import synthesise

EARLIER = "2025-08-01"
REFRESH = "2026-02-01"
SEED = 1
SCALE = 0.1
STATE = ".demo.json"
REFERENCE = "reference"
# Of the settings' sensitivity runs one a stream, for the refresh that the pages show.
VARIANTS = ("newborn-28", "merge-gap-30", "origin-issue")
DENOMINATORS = ("live_births", "child_population")
# Nobody has to review numbers about nobody; a later pack and the pages build on a cleared one.
CLEARED_BY = "demonstration"
CLEARED_AS = "synthetic records, made by a generator"
# What `pack` keeps for itself beside the results: no result of a run.
PACKING = (STAMP, WITHHELD_LIST)

_CORE = tuple(
    f"src/fjanalysis/{name}.py"
    for name in ("folders", "limits", "packs", "periods", "project", "results")
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
        Does it, in a project whose workspace is the demo's folder, for a refresh, at a scale.
    """

    name: str
    says: str
    refresh: str
    reads: tuple[str, ...]
    writes: str
    code: tuple[str, ...]
    walk: Callable[[Project, str, float], object]

    @property
    def label(self) -> str:
        """The command and the refresh, as one name."""
        return f"{self.name} {self.refresh}"


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
    folder = project.workspace
    recorded = _recorded(folder)
    taken: dict[str, float | None] = {}
    with _Aside() as aside:
        for number, step in enumerate(STEPS, start=1):
            said = f"[{number}/{len(STEPS)}] {step.says}, {step.refresh}"
            inputs = _inputs(project, step, scale)
            if recorded.get(step.label) == [inputs, _contents(folder / step.writes)]:
                _say(f"{said}: unchanged")
                taken[step.label] = None
                continue
            _say(f"{said} …")
            start = time.monotonic()
            aside.walk(step, project, scale)
            taken[step.label] = time.monotonic() - start
            _say(f"{said}: {taken[step.label]:.1f} s")
            recorded[step.label] = [inputs, _contents(folder / step.writes)]
            write_text(folder / STATE, json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    return taken


class _Aside:
    """Walks the steps before the last in a process of its own, whose memory is given back where others need it.

    Those are the notebooks, each in a process too, and the pages, made by a process a core.
    """

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Aside:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def walk(self, step: Step, project: Project, scale: float) -> None:
        if step.name in ("run", "render"):
            self._end()
        if step.name == "render":
            step.walk(project, step.refresh, scale)
            return
        if self._process is None:
            self._process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            self._process.submit(step.walk, project, step.refresh, scale).result()
        except BrokenProcessPool as error:
            raise MachineError(
                "The process of this step was ended from outside, most often for want of memory.",
                where=step.label,
                mend="Close other programs, or walk fewer records with --scale; what was done stays done.",
            ) from error

    def _end(self) -> None:
        if self._process is not None:
            self._process.shutdown()
            self._process = None


def _source(refresh: str) -> str:
    return f"source/{refresh}"


def _comparison(folder: Path) -> Path:
    return folder / COMPARISONS / f"{EARLIER}--{REFRESH}"


def _synth(project: Project, refresh: str, scale: float) -> None:
    synthesise(project.workspace / _source(refresh), refresh, scale=scale, seed=SEED, faults=True)


def _denominators(project: Project, _: str, scale: float) -> None:
    """Write births and children at the scale of the records, so that rates are of the size they would be."""
    for name in DENOMINATORS:
        table = read(name)
        counts = table.columns[-1]
        table[counts] = (table[counts] * scale).round().astype("int64")
        text = table.to_csv(index=False, lineterminator="\n")
        write_text(project.workspace / REFERENCE / f"{name}.csv", text)


def _ingest(project: Project, refresh: str, _: float) -> None:
    ingest(project, refresh, str(project.workspace / _source(refresh)))


def _run(project: Project, refresh: str, _: float) -> None:
    run_streams(project, (), refresh, variants=VARIANTS if refresh == REFRESH else ())


def _pack(project: Project, refresh: str, _: float) -> None:
    pack(project, (), refresh)


def _pack_cleared(project: Project, refresh: str, scale: float) -> None:
    # A cleared pack never changes; where its results did, the demo begins anew.
    shutil.rmtree(project.outputs / refresh, ignore_errors=True)
    _pack(project, refresh, scale)
    clear(project, refresh, by=CLEARED_BY, reference=CLEARED_AS)


def _compare(project: Project, refresh: str, _: float) -> None:
    compare_packs(project, EARLIER, refresh)


def _render(project: Project, refresh: str, _: float) -> None:
    render(project, (), refresh, renderer=None)


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
            _source(refresh),
            _package("sources", "reference"),
            _synth,
        ),
        Step(
            "ingest",
            "Research-ready tables, checked",
            refresh,
            (_source(refresh),),
            f"refreshes/{refresh}",
            _package("sources", "refresh", "reference"),
            _ingest,
        ),
        Step(
            "run",
            "The stream notebooks",
            refresh,
            (f"refreshes/{refresh}", REFERENCE),
            f"results/{refresh}",
            (*_package("refresh", "statistics", "streams", "runner"), "analyses"),
            _run,
        ),
        Step(
            "pack",
            "Disclosure control",
            refresh,
            (f"results/{refresh}", *(() if earlier else (f"outputs/{EARLIER}",))),
            f"outputs/{refresh}",
            _package("disclosure"),
            _pack_cleared if earlier else _pack,
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
        _denominators,
    ),
    *_secure_side(EARLIER),
    *_secure_side(REFRESH),
    Step(
        "compare",
        "What the later refresh revised",
        REFRESH,
        (f"outputs/{EARLIER}", f"outputs/{REFRESH}"),
        f"{COMPARISONS}/{EARLIER}--{REFRESH}",
        _package("releases", "changes.py"),
        _compare,
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
        _render,
    ),
)


def _inputs(project: Project, step: Step, scale: float) -> str:
    """Hash everything that a step's outcome depends on."""
    parts = [step.label, SEED, scale if step.name in ("synth", "denominators") else None]
    names = (*_CORE, SETTINGS, "uv.lock", *step.code)
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
        if "__pycache__" not in name and name not in {CLEARANCE, *PACKING}:
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

"""The whole road on a small synthetic refresh; a step whose inputs are unchanged is not walked again."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fjanalysis.briefings.render import render
from fjanalysis.disclosure.pack import STAMP, WITHHELD_LIST, pack
from fjanalysis.errors import UsageError
from fjanalysis.folders import cannot_write, files_below, sha256, write_text
from fjanalysis.packs import CLEARANCE
from fjanalysis.project import SETTINGS, Project, open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.runner.run import run_streams
from fjanalysis.sources.synthetic import synthesise

REFRESH = "2026-02-01"
SEED = 1
SCALE = 0.1
STATE = ".demo.json"
# What `pack` keeps for itself beside the results: no result of a run.
PACKING = (STAMP, WITHHELD_LIST)

_CORE = tuple(
    f"src/fjanalysis/{name}.py"
    for name in ("folders", "limits", "packs", "periods", "project", "results")
)


@dataclass(frozen=True)
class Step:
    """One arrow of the road.

    Parameters
    ----------
    name, says
        The command, and what is said while it runs.
    reads, writes
        Folders of the workspace.
    code
        Files and folders of the checkout that the outcome depends on, the core and the settings aside.
    walk
        Does it, in a project whose workspace is the demo's folder.
    """

    name: str
    says: str
    reads: str | None
    writes: str
    code: tuple[str, ...]
    walk: Callable[[Project, float], object]


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
    """Walk the whole road into `folder`: synth, ingest, run, pack, render.

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
        recorded = _recorded(folder)
        taken: dict[str, float | None] = {}
        for number, step in enumerate(STEPS, start=1):
            label = f"[{number}/{len(STEPS)}] {step.says}"
            inputs = _inputs(project, step, scale)
            if recorded.get(step.name) == [
                inputs,
                _contents(folder / step.writes, leaving=CLEARANCE),
            ]:
                _say(f"{label}: unchanged")
                taken[step.name] = None
                continue
            _say(f"{label} …")
            start = time.monotonic()
            step.walk(project, scale)
            taken[step.name] = time.monotonic() - start
            _say(f"{label}: {taken[step.name]:.1f} s")
            recorded[step.name] = [inputs, _contents(folder / step.writes, leaving=CLEARANCE)]
            write_text(folder / STATE, json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise cannot_write(folder, error) from error
    return Report(_as_typed(folder), taken)


def _synth(project: Project, scale: float) -> None:
    synthesise(project.workspace / "source", REFRESH, scale=scale, seed=SEED, faults=True)


def _ingest(project: Project, _: float) -> None:
    ingest(project, REFRESH, str(project.workspace / "source"))


def _run(project: Project, _: float) -> None:
    run_streams(project, (), REFRESH, variants=False)


def _pack(project: Project, _: float) -> None:
    pack(project, (), REFRESH)


def _render(project: Project, _: float) -> None:
    render(project, (), REFRESH, renderer=None)


def _package(*names: str) -> tuple[str, ...]:
    return tuple(f"src/fjanalysis/{name}" for name in names)


STEPS = (
    Step(
        "synth",
        "Synthetic source tables in the Cafcass layout",
        None,
        "source",
        _package("sources", "reference"),
        _synth,
    ),
    Step(
        "ingest",
        "Research-ready tables, checked",
        "source",
        f"refreshes/{REFRESH}",
        _package("sources", "refresh", "reference"),
        _ingest,
    ),
    Step(
        "run",
        "The stream notebooks",
        f"refreshes/{REFRESH}",
        f"results/{REFRESH}",
        (*_package("refresh", "statistics", "streams", "runner"), "analyses"),
        _run,
    ),
    Step(
        "pack",
        "Disclosure control",
        f"results/{REFRESH}",
        f"outputs/{REFRESH}",
        _package("disclosure"),
        _pack,
    ),
    Step(
        "render",
        "Briefings as HTML and PDF",
        f"outputs/{REFRESH}",
        "_site",
        (*_package("briefings"), "briefings", "templates", "_brand.yml", "_quarto.yml"),
        _render,
    ),
)


def _inputs(project: Project, step: Step, scale: float) -> str:
    """Hash everything that a step's outcome depends on."""
    parts = [step.name, SEED, scale if step.name == "synth" else None]
    names = (*_CORE, SETTINGS, "uv.lock", *step.code)
    parts.extend(_contents(project.root / name) for name in names)
    if step.reads:
        parts.append(_contents(project.workspace / step.reads))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _contents(path: Path, leaving: str = "") -> str:
    """Hash a file, or all files below a folder, `leaving` aside; an absent path has a hash of its own."""
    if path.is_file():
        return sha256(path)
    digest = hashlib.sha256()
    for name in files_below(path):
        if "__pycache__" not in name and name not in {leaving, *PACKING}:
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

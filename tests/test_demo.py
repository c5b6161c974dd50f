"""A step of the demo that fails says so as the command itself would, and leaves no process behind."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grimp
import pytest

from fjanalysis import demo, packs
from fjanalysis.demo import steps
from fjanalysis.disclosure import pack
from fjanalysis.errors import MachineError, SourceError
from fjanalysis.processes import may_fork
from fjanalysis.project import Project
from fjanalysis.releases import compare
from fjanalysis.runner import warm

# What nothing that a step writes hangs on: how it says what it does, and how processes are begun.
LEFT_ASIDE = {
    "fjanalysis",
    *(f"fjanalysis.{name}" for name in ("demo", "errors", "processes", "progress")),
}


def refuse(_: Project, refresh: str, __: float) -> None:
    raise SourceError("The source is not there.", where=refresh, mend="Bring it.")


def die(_: Project, __: str, ___: float) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def mark(project: Project, refresh: str, _: float) -> None:
    folder = project.workspace / demo.source(refresh)
    folder.mkdir(parents=True)
    (folder / "table").write_text("made")


def tell(project: Project, refresh: str, _: float) -> None:
    forked = warm.AS_NOTEBOOKS and all(may_fork(name) for name in steps.PRELOADED)
    mark(project, "forked" if forked else "anew", 0)


@pytest.fixture
def first() -> demo.Step:
    return demo.STEPS[0]


def walk_only(
    steps: tuple[demo.Step, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> demo.Report:
    monkeypatch.setattr(demo, "STEPS", steps)
    return demo.walk(folder / "demo", scale=0.001)


def by(step: demo.Step, walk: Callable[..., None], **changed: str) -> demo.Step:
    return replace(step, walk=f"{walk.__module__}:{walk.__name__}", **changed)


def test_a_step_s_own_sentence_and_class_come_through(first, tmp_path, monkeypatch):
    with pytest.raises(SourceError) as caught:
        walk_only((by(first, refuse),), tmp_path, monkeypatch)
    assert caught.value.sentence.splitlines() == [
        "The source is not there.",
        f"Where: {first.refresh}",
        "To mend: Bring it.",
    ]
    assert multiprocessing.active_children() == []


def test_a_step_whose_process_is_killed_is_a_sentence_that_names_it(first, tmp_path, monkeypatch):
    with pytest.raises(MachineError, match="ended from outside") as caught:
        walk_only((by(first, die),), tmp_path, monkeypatch)
    assert first.label in caught.value.sentence
    assert multiprocessing.active_children() == []


def test_a_step_under_way_beside_one_that_fails_is_done_to_its_end_and_not_again(
    tmp_path, monkeypatch
):
    failing = by(demo.STEPS[0], refuse)
    beside = by(next(step for step in demo.STEPS if step.name == "synth"), mark)
    with pytest.raises(SourceError):
        walk_only((failing, beside), tmp_path, monkeypatch)
    report = walk_only((beside,), tmp_path, monkeypatch)
    assert report.taken == {beside.label: None}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process loads what it needs")
def test_a_step_can_fork_what_makes_notebooks_and_pages(first, tmp_path):
    step = replace(first, walk=f"{Path(__file__).stem}:{tell.__name__}")
    code = """
import pickle, sys
from pathlib import Path
from fjanalysis import demo
demo.STEPS = (pickle.loads(sys.stdin.buffer.read()),)
demo.walk(Path(sys.argv[1]), scale=0.001)
"""
    # In a program of its own, as users walk it: here another test may have begun the server that steps are forked from.
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "demo")],
        input=pickle.dumps(step),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        check=True,
    )
    assert (tmp_path / "demo" / demo.source("forked")).is_dir()
    assert not may_fork(warm.__name__), "nor can this one, which did other things before"


def test_no_step_begins_before_one_that_it_reads_from_has_ended(tmp_path, monkeypatch):
    synth, ingest = (
        next(step for step in demo.STEPS if step.name == name) for name in ("synth", "ingest")
    )
    with pytest.raises(SourceError):
        walk_only((by(synth, refuse), by(ingest, mark)), tmp_path, monkeypatch)
    assert not (tmp_path / "demo" / demo.source(synth.refresh)).exists()


def test_every_step_names_a_function_that_is_there_and_reads_what_an_earlier_one_writes():
    written = set()
    for step in demo.STEPS:
        module, _, name = step.walk.partition(":")
        assert module == steps.__name__
        assert callable(getattr(steps, name))
        assert all(any(folder.startswith(read) for folder in written) for read in step.reads)
        written.add(step.writes)


def test_a_step_is_done_again_when_any_module_changes_that_it_rests_on():
    graph = grimp.build_graph("fjanalysis")
    for step in demo.STEPS:
        hashed = [*demo.CORE, *step.code]
        walk = getattr(steps, step.walk.partition(":")[2])
        for module in modules_of(walk):
            for name in {module, *graph.find_upstream_modules(module)} - LEFT_ASIDE:
                path = "src/" + name.replace(".", "/")
                known = any(
                    f"{path}.py" == each or f"{path}/".startswith(f"{each}/") for each in hashed
                )
                assert known, f"{step.label} rests on {name}"


def modules_of(function: Callable[..., None]) -> set[str]:
    """Return the modules of the project that a step's function uses, directly or by another one of the steps."""
    found = set()
    for name in function.__code__.co_names:
        used = getattr(steps, name, None)
        module = getattr(used, "__module__", "") or ""
        if module == steps.__name__ and callable(used) and used is not function:
            found |= modules_of(used)
        elif module.startswith("fjanalysis."):
            found.add(module)
    return found


def test_a_notebook_needs_no_step_of_another_and_the_pack_needs_all():
    packing = next(step for step in demo.STEPS if step.name == "pack")
    notebooks = [each for each in demo.STEPS if each.name == "run"]
    own = [each for each in notebooks if each.refresh == packing.refresh]
    assert {each.stream for each in own} == set(demo.STREAMS) == set(steps.VARIANTS)
    assert all(demo.reads_from(packing, each) for each in own)
    assert not any(demo.reads_from(each, other) for each in notebooks for other in notebooks)


def test_names_that_the_light_module_repeats_are_those_of_the_rooms_that_write_them():
    assert {packs.CLEARANCE, pack.STAMP, pack.WITHHELD_LIST} == demo.BESIDE
    assert compare.FOLDER == demo.COMPARISONS


def test_the_process_that_waits_loads_no_heavy_library():
    heavy = "pandas", "duckdb", "scipy", "matplotlib", "pyarrow"
    code = f"import sys, fjanalysis.demo; sys.exit(any(name in sys.modules for name in {heavy}))"
    subprocess.run([sys.executable, "-c", code], check=True)

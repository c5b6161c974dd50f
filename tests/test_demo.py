"""A step of the demo that fails says so as the command itself would, and leaves no process behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from fjanalysis import demo
from fjanalysis.errors import MachineError, SourceError
from fjanalysis.project import Project


def refuse(_: Project, refresh: str, __: float) -> None:
    raise SourceError("The source is not there.", where=refresh, mend="Bring it.")


def die(_: Project, __: str, ___: float) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def first() -> demo.Step:
    return next(step for step in demo.STEPS if step.name not in ("run", "render"))


def walk_only(step: demo.Step, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STEPS", (step,))
    demo.walk(folder / "demo", scale=0.001)


def test_a_step_s_own_sentence_and_class_come_through(first, tmp_path, monkeypatch):
    with pytest.raises(SourceError) as caught:
        walk_only(replace(first, walk=refuse), tmp_path, monkeypatch)
    assert caught.value.sentence.splitlines() == [
        "The source is not there.",
        f"Where: {first.refresh}",
        "To mend: Bring it.",
    ]
    assert multiprocessing.active_children() == []


def test_a_step_whose_process_is_killed_is_a_sentence_that_names_it(first, tmp_path, monkeypatch):
    with pytest.raises(MachineError, match="ended from outside") as caught:
        walk_only(replace(first, walk=die), tmp_path, monkeypatch)
    assert first.label in caught.value.sentence
    assert multiprocessing.active_children() == []

"""Notebooks on the workers of a Dask cluster: the same bytes as on this machine's own processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from fjanalysis.errors import MachineError, NotebookError
from fjanalysis.folders import files_below
from fjanalysis.runner.executors import choose_executor
from tests.refreshes import build_refresh
from tests.runner.test_run import DATE, URGENT, notebook, project_of, run
from tests.streams.families import random_families


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        worker_dashboard_address=None,
    ) as cluster:
        yield cluster.scheduler_address.removeprefix("tcp://")


def workspace(folder: Path) -> Path:
    build_refresh(folder / "refreshes" / DATE, random_families(3, 40))
    return folder


def test_results_of_a_cluster_are_those_of_this_machine(tmp_path: Path, address: str) -> None:
    project = project_of(workspace(tmp_path))
    folder = project.results / DATE / URGENT
    assert " rows in " in run(project, executor=f"dask://{address}")
    of_cluster = {name: (folder / name).read_bytes() for name in files_below(folder)}
    for name in of_cluster:
        (folder / name).unlink()
    run(project, jobs=1)
    assert {name: (folder / name).read_bytes() for name in files_below(folder)} == of_cluster


def test_a_notebook_that_fails_on_a_worker_is_told_as_here(tmp_path: Path, address: str) -> None:
    path = notebook(tmp_path / "broken.ipynb", "{}['mother E0123']")
    project = project_of(workspace(tmp_path / "work"), path)
    with pytest.raises(NotebookError, match="step 'Step 1'") as error:
        run(project, executor=f"dask://{address}")
    assert "E0123" not in error.value.sentence


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fjanalysis.runner.executors.PATIENCE", "0.5s")
    with pytest.raises(MachineError, match="does not answer") as error:
        choose_executor("dask://127.0.0.1:9", 1, 1, 512)
    assert "127.0.0.1:9" in error.value.sentence

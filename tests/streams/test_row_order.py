"""The order of rows in a source, and the number of threads, change no digit of any result."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fjanalysis.project import open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.sources.synthetic import synthesise
from fjanalysis.streams.study import FOLDER, THREADS, WORKSPACE

DATE = "2026-02-01"
ANALYSES = Path(__file__).parents[2] / "analyses"
STREAMS = ("urgent-hearings", "recurrence", "private-law-returns")


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    straight, turned = (tmp_path_factory.mktemp(name) for name in ("straight", "turned"))
    synthesise(straight / "source", DATE, scale=0.01, seed=3)
    (turned / "source").mkdir()
    for path in (straight / "source").iterdir():
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            backwards = table.take(list(range(len(table) - 1, -1, -1)))
            pq.write_table(backwards, turned / "source" / path.name)
    for folder in (straight, turned):
        ingest(open_project(folder, Path(__file__)), DATE, str(folder / "source"))
    return straight, turned


def results_of(
    stream: str, workspace: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """Run a notebook's cells as they stand, and return the files that they write."""
    monkeypatch.setenv(WORKSPACE, str(workspace))
    monkeypatch.setenv(FOLDER, str(workspace / "results" / stream))
    monkeypatch.setenv(THREADS, str(threads))
    monkeypatch.chdir(ANALYSES)
    notebook = json.loads((ANALYSES / f"{stream}.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {"display": lambda *_: None}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), stream, "exec"), names)
    written = sorted((workspace / "results" / stream).iterdir())
    return {path.name: path.read_bytes() for path in written}


@pytest.mark.parametrize("stream", STREAMS)
def test_results_are_the_same_bytes_whatever_the_order_of_rows_and_the_threads(
    stream: str, workspaces: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    straight, turned = workspaces
    first = results_of(stream, straight, 2, monkeypatch)
    assert first == results_of(stream, turned, 1, monkeypatch)
    assert sorted(first) == ["results.csv", "stream.json"]
    assert first["results.csv"].count(b"\n") > 5000

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.errors import NotebookError, SourceError, UsageError
from fjanalysis.folders import files_below
from fjanalysis.project import Project, StreamSettings, open_project
from fjanalysis.results import read_csv
from fjanalysis.runner.executors import choose_executor
from fjanalysis.runner.notebook import tidy_notebook
from fjanalysis.runner.run import run_streams
from tests.refreshes import build_refresh
from tests.streams.families import random_families

DATE = "2026-02-01"
URGENT = "urgent-hearings"
START = 'refresh = ""\nvariant = "main"\nparameters = {}'
WRITE = """
import pandas as pd
from fjanalysis.streams.study import open_study
study = open_study("urgent-hearings", refresh, variant, parameters)
row = dict(measure="newborn_cases", statistic="count", area="E92000001", period="2019-20", value=1.0)
study.write([pd.DataFrame([row])])
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    build_refresh(folder / "refreshes" / DATE, random_families(3, 60))
    return folder


def notebook(path: Path, *sources: str) -> str:
    cells: list[dict] = [code(START, "parameters", {"tags": ["parameters"]})]
    for number, source in enumerate(sources, 1):
        text = {"cell_type": "markdown", "id": f"t{number}", "metadata": {}}
        cells.append(text | {"source": f"## Step {number}"})
        cells.append(code(source, f"c{number}", {}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole))
    return str(path)


def code(source: str, name: str, metadata: dict) -> dict:
    empty = {"cell_type": "code", "execution_count": None, "outputs": []}
    return empty | {"id": name, "metadata": metadata, "source": source}


def project_of(workspace: Path, path: str = "", **variants: dict) -> Project:
    project = open_project(workspace, Path(__file__))
    urgent = StreamSettings(
        notebook=path or "analyses/urgent-hearings.ipynb", variants=dict(variants)
    )
    streams = {**project.settings.streams, URGENT: urgent}
    return replace(project, settings=project.settings.model_copy(update={"streams": streams}))


def run(project: Project, **options: object) -> str:
    return run_streams(project, [URGENT], DATE, **options).text  # type: ignore[arg-type]


def test_the_stored_notebook_gives_the_same_bytes_in_any_number_of_processes(
    workspace: Path,
) -> None:
    project = project_of(workspace, short={"newborn_days": 7})
    report = run(project, jobs=2)
    assert report.count(" rows in ") == 2
    folder = project.results / DATE / URGENT
    assert "Variants side by side" in report
    assert files_below(folder / "main") == [
        "notebook.ipynb",
        "results.csv",
        "run.json",
        "stream.json",
    ]
    first = {name: (folder / name).read_bytes() for name in files_below(folder)}
    assert run(project).count("unchanged") == 2
    for name in files_below(folder):
        (folder / name).unlink()
    run(project, jobs=1)
    assert {name: (folder / name).read_bytes() for name in files_below(folder)} == first
    assert not list(folder.rglob("*.partial"))
    text = (folder / "main" / "notebook.ipynb").read_text()
    assert str(project.root) not in text
    assert str(workspace) not in text
    table = read_csv(folder / "short" / "results.csv")
    assert set(table["variant"]) == {"short"}
    side = pd.read_csv(folder / "sensitivity.csv", keep_default_na=False)
    assert list(side.columns[5:]) == ["main", "short"]
    counts = side[(side["measure"] == "newborn_cases") & (side["statistic"] == "count")]
    assert (counts["short"] <= counts["main"]).all()
    assert len(counts) == 3, "nations, and both together"


def test_a_failing_notebook_names_its_step_and_nothing_of_a_record(
    workspace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path / "broken.ipynb", "a = 1", "{}['mother E0123']")
    project = project_of(workspace, path)
    target = project.results / DATE / URGENT / "main"
    before = files_below(target) if target.exists() else []
    with pytest.raises(NotebookError, match="step 'Step 2'") as error:
        run(project)
    assert error.value.exit_code == 11
    assert "KeyError" in error.value.sentence
    assert "E0123" not in error.value.sentence + capfd.readouterr().err
    assert (files_below(target) if target.exists() else []) == before
    assert not list(project.results.rglob("*.partial"))


def test_a_user_error_in_a_notebook_keeps_its_sentence_and_exit_code(
    workspace: Path, tmp_path: Path
) -> None:
    source = (
        "from fjanalysis.errors import SourceError\n"
        "raise SourceError('No hearings.', where='hearings', mend='Map the table.')"
    )
    project = project_of(workspace, notebook(tmp_path / "source.ipynb", source))
    with pytest.raises(SourceError) as error:
        run(project)
    assert (error.value.what, error.value.where) == ("No hearings.", "hearings")
    assert error.value.mend == "Map the table."


def test_a_notebook_that_writes_nothing_is_an_error(workspace: Path, tmp_path: Path) -> None:
    project = project_of(workspace, notebook(tmp_path / "empty.ipynb", "a = 1"))
    with pytest.raises(NotebookError, match="without writing its results"):
        run(project)


def test_a_kernel_runs_linear_algebra_in_one_thread_and_reads_no_settings_of_the_user(
    workspace: Path, tmp_path: Path
) -> None:
    ask = (
        "import os, sys\n"
        f"assert sys.executable == {sys.executable!r}\n"
        "assert os.environ['OPENBLAS_NUM_THREADS'] == os.environ['OMP_NUM_THREADS'] == '1'\n"
        "assert not sys.flags.hash_randomization\n"
        "assert os.getcwd() == " + repr(str(Path(__file__).parents[2])) + "\n"
        "assert not os.environ['IPYTHONDIR'].startswith(os.path.expanduser('~/.ipython'))"
    )
    project = project_of(workspace, notebook(tmp_path / "ask.ipynb", ask, WRITE))
    assert "1 rows" in run(project)


@pytest.mark.parametrize(
    ("killed", "said"), [("getpid", "kernel of urgent-hearings died"), ("getppid", "from outside")]
)
def test_a_process_that_is_killed_is_a_sentence_and_leaves_nothing_written(
    workspace: Path, tmp_path: Path, killed: str, said: str
) -> None:
    source = f"import os, signal\nos.kill(os.{killed}(), signal.SIGKILL)\nwhile True:\n    pass"
    project = project_of(tmp_path / "work", notebook(tmp_path / "killed.ipynb", source))
    shutil.copytree(workspace / "refreshes", tmp_path / "work" / "refreshes")
    with pytest.raises(NotebookError, match=said):
        run(project)
    assert not list(project.results.rglob("*.csv"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels are programs of their own")
def test_a_kernel_is_forked_with_what_it_needs_loaded(workspace: Path, tmp_path: Path) -> None:
    ask = "import sys\nassert {'duckdb', 'statsmodels.api', 'papermill'} <= set(sys.modules)"
    project = project_of(workspace, notebook(tmp_path / "loaded.ipynb", ask, WRITE))
    assert "1 rows" in run(project)


def test_nothing_starts_when_the_refresh_is_not_there(workspace: Path) -> None:
    with pytest.raises(SourceError):
        run_streams(project_of(workspace), [URGENT], "1999-01-01")


def test_an_unknown_executor_is_refused() -> None:
    with pytest.raises(UsageError, match="no executor 'slurm'"):
        choose_executor("slurm", 1, 1, 512)


def test_an_executed_notebook_keeps_no_time_id_or_folder() -> None:
    raw = {
        "cells": [
            {
                "id": "random",
                "metadata": {"tags": ["injected-parameters"], "papermill": {"duration": 1}},
                "source": "read('/here/data')",
            }
        ],
        "metadata": {"papermill": {"start_time": "now"}, "kernelspec": {"name": "python3"}},
    }
    tidy = json.loads(tidy_notebook(json.dumps(raw), {Path("/here"): "."}))
    assert tidy["cells"][0] == {
        "id": "injected-parameters",
        "metadata": {"tags": ["injected-parameters"]},
        "source": "read('./data')",
    }
    assert tidy["metadata"] == {"kernelspec": {"name": "python3"}}

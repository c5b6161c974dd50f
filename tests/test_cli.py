"""Every command through the installed program: what it prints, what it leaves, and how it fails."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis import __version__
from fjanalysis.packs import read_pack
from tests.packs import make_pack

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).with_name("fjanalysis")
REFRESH = "2026-02-01"
SCALE = "0.1"
STREAMS = ("private-law-returns", "recurrence", "urgent-hearings")


def fjanalysis(*arguments, cwd=ROOT, code=0):
    """Run the installed program; assert its exit code, and that no failure shows a traceback."""
    done = subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def left(folder):
    """Return the names in a folder, hidden ones included; empty when it does not exist."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Synthetic source tables, small."""
    folder = tmp_path_factory.mktemp("source") / "source"
    fjanalysis("synth", folder, "--refresh", REFRESH, "--scale", SCALE)
    return folder


@pytest.fixture(scope="module")
def workspace(source, tmp_path_factory):
    """The left side of the road: ingested, run and packed."""
    folder = tmp_path_factory.mktemp("workspace")
    fjanalysis("--workspace", folder, "ingest", "--source", source, "--refresh", REFRESH)
    ran = fjanalysis("--workspace", folder, "run", "--no-variants", "--refresh", REFRESH)
    packed = fjanalysis("--workspace", folder, "pack", "--refresh", REFRESH)
    for stream in STREAMS:
        assert stream in ran.stdout
        assert (folder / "results" / REFRESH / stream / "main" / "results.csv").is_file()
    assert REFRESH in packed.stdout
    return folder


@pytest.fixture(scope="module")
def right(workspace, tmp_path_factory):
    """The right side of the road: a folder with the pack alone."""
    folder = tmp_path_factory.mktemp("right")
    shutil.copytree(workspace / "outputs", folder / "outputs")
    return folder


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose briefings and settings a test may change, with a pack made by formula."""
    root = tmp_path / "checkout"
    root.mkdir()
    names = ("fjanalysis.toml", "_brand.yml", "_quarto.yml", "uv.lock", "pyproject.toml")
    for name in names:
        shutil.copy(ROOT / name, root / name)
    for name in ("analyses", "briefings", "templates"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.mark.whole
@pytest.mark.xdist_group("road")
class TestTheRoad:
    def test_synthetic_tables_are_the_same_for_the_same_seed(self, source, tmp_path):
        fjanalysis("synth", tmp_path / "again", "--refresh", REFRESH, "--scale", SCALE)
        for path in sorted(source.iterdir()):
            assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()

    def test_the_pack_is_valid_synthetic_and_not_cleared(self, workspace):
        pack = read_pack(workspace / "outputs" / REFRESH)
        assert sorted(pack.streams) == list(STREAMS)
        assert pack.synthetic
        assert not pack.cleared

    def test_no_count_below_the_threshold_is_in_the_pack(self, workspace):
        results = read_pack(workspace / "outputs" / REFRESH).results
        assert not results["numerator"].between(1, 9).any()
        assert (results["status"] == "c").any()

    def test_running_again_does_nothing_again(self, workspace):
        again = fjanalysis("--workspace", workspace, "run", "--no-variants", "--refresh", REFRESH)
        assert again.stdout.count("unchanged") >= len(STREAMS)

    def test_the_right_side_needs_neither_refreshes_nor_results(self, right):
        assert left(right) == ["outputs"]
        rendered = fjanalysis("--workspace", right, "render", "--refresh", REFRESH)
        assert "draft" in (right / "_site" / "index.html").read_text(encoding="utf-8").lower()
        assert rendered.stdout
        cleared = ("clear", REFRESH, "--by", "output reviewer", "--reference", "T-1")
        fjanalysis("--workspace", right, *cleared)
        assert read_pack(right / "outputs" / REFRESH).cleared
        fjanalysis("--workspace", right, "render", "--refresh", REFRESH)
        pages = sorted(path.name for path in (right / "_site").rglob("*.html"))
        documents = sorted((right / "_site").rglob("*.pdf"))
        assert len(documents) >= len(STREAMS)
        assert len(pages) > len(STREAMS)
        fjanalysis("--workspace", right, "check")
        fjanalysis("--workspace", right, "check", right / "outputs" / REFRESH)
        assert left(right) == ["_site", "outputs"]

    def test_a_column_that_is_missing_stops_ingest_with_its_name(self, source, tmp_path):
        broken = tmp_path / "source"
        shutil.copytree(source, broken)
        path = next(path for path in broken.iterdir() if "_APPLICATIONS_" in path.name.upper())
        table = pd.read_parquet(path)
        column = next(name for name in table.columns if name.upper() == "DATEOFAPPLICATION")
        table.drop(columns=column).to_parquet(path)
        done = fjanalysis(
            "--workspace", tmp_path, "ingest", "--source", broken, "--refresh", REFRESH, code=10
        )
        assert column in done.stderr
        assert "ECMS_APPLICATIONS" in done.stderr
        assert left(tmp_path / "refreshes") == []

    def test_a_failing_notebook_names_itself_and_leaves_nothing(self, workspace, checkout):
        path = checkout / "analyses" / "recurrence.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        code[-1]["source"] = ["raise RuntimeError('the method failed')"]
        path.write_text(json.dumps(notebook), encoding="utf-8")
        (checkout / "refreshes").symlink_to(workspace / "refreshes")
        done = fjanalysis("run", "recurrence", "--refresh", REFRESH, cwd=checkout, code=11)
        assert "recurrence" in done.stderr
        assert [name for name in left(checkout / "results" / REFRESH) if "recurrence" in name] == []

    def test_an_unknown_parameter_is_refused_before_any_notebook_starts(self, workspace, tmp_path):
        (tmp_path / "refreshes").symlink_to(workspace / "refreshes")
        done = fjanalysis(
            "--workspace", tmp_path, "run", "urgent-hearings", "-p", "newborn_day=7",
            "--refresh", REFRESH, code=2,
        )  # fmt: skip
        assert "newborn_day" in done.stderr
        assert "newborn_days" in done.stderr
        assert left(tmp_path / "results") == []

    def test_the_demo_walks_the_road_once_and_then_leaves_out_what_is_unchanged(self, tmp_path):
        first = fjanalysis("demo", tmp_path / "demo", "--scale", SCALE)
        second = fjanalysis("demo", tmp_path / "demo", "--scale", SCALE)
        assert "Where to look" in first.stdout
        assert "Unchanged" not in first.stdout
        assert "not done again: synth, ingest, run, pack, render" in second.stdout
        for line in first.stdout.splitlines():
            if line.startswith("  "):
                assert Path(line.split()[-1]).exists()


def test_the_version_is_the_package_s():
    assert fjanalysis("--version").stdout.strip().endswith(__version__)


def test_help_lists_the_commands_in_the_order_of_the_road():
    text = fjanalysis("--help").stdout
    at = [
        text.index(f"  {name}  ") for name in ("synth", "ingest", "run", "pack", "clear", "render")
    ]
    assert at == sorted(at)


def test_doctor_finds_the_machine_that_the_tests_run_on_fit():
    assert "This machine has what it needs." in fjanalysis("doctor").stdout


def test_outside_a_checkout_a_command_says_so(tmp_path):
    done = fjanalysis("check", cwd=tmp_path, code=2)
    assert "fjanalysis.toml" in done.stderr


@pytest.mark.parametrize("scale", ["0", "-1", "1.5"])
def test_a_scale_out_of_range_is_refused(tmp_path, scale):
    done = fjanalysis("demo", tmp_path / "demo", "--scale", scale, code=2)
    assert "out of range" in done.stderr
    assert left(tmp_path) == []


def test_an_unknown_stream_is_answered_with_the_nearest(tmp_path):
    (tmp_path / "refreshes" / REFRESH).mkdir(parents=True)
    done = fjanalysis("--workspace", tmp_path, "run", "recurence", code=2)
    assert "Did you mean 'recurrence'?" in done.stderr
    assert left(tmp_path) == ["refreshes"]


def test_a_date_that_is_none_is_refused(tmp_path):
    done = fjanalysis("--workspace", tmp_path, "pack", "--refresh", "yesterday", code=2)
    assert "YYYY-MM-DD" in done.stderr


@pytest.mark.parametrize(
    ("command", "what"), [("run", "refresh"), ("pack", "result"), ("render", "output pack")]
)
def test_with_nothing_to_read_the_error_names_what_is_missing(tmp_path, command, what):
    done = fjanalysis("--workspace", tmp_path, command, code=2)
    assert f"There is no {what} yet" in done.stderr


def test_a_source_that_is_not_there_is_an_error_of_the_source(tmp_path):
    done = fjanalysis(
        "--workspace", tmp_path, "ingest", "--source", tmp_path / "absent", "--refresh", REFRESH,
        code=10,
    )  # fmt: skip
    assert "absent" in done.stderr
    assert left(tmp_path / "refreshes") == []


def test_a_workspace_that_cannot_be_written_is_an_error_of_the_machine(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = fjanalysis("demo", blocked / "demo", "--scale", SCALE, code=15)
    assert "cannot be written" in done.stderr
    done = fjanalysis("synth", blocked / "source", "--refresh", REFRESH, "--scale", SCALE, code=15)
    assert "cannot be written" in done.stderr


def test_a_withheld_number_in_prose_stops_the_render_with_file_and_line(checkout):
    key = {
        "measure": "newborn_cases",
        "statistic": "count",
        "area": "E92000001",
        "period": "2019-20",
    }
    make_pack(checkout / "outputs" / REFRESH, withhold=(key,))
    page = checkout / "briefings" / "urgent-hearings" / "index.qmd"
    words = '{{< value "newborn_cases.count" area="England" period="2019-20" >}}'
    lines = page.read_text(encoding="utf-8").splitlines()
    page.write_text("\n".join([*lines, "", f"There were {words} newborn babies."]) + "\n")
    done = fjanalysis("render", "--refresh", REFRESH, cwd=checkout, code=13)
    assert f"index.qmd:{len(lines) + 2}" in done.stderr
    assert "newborn_cases.count" in done.stderr
    assert not (checkout / "_site" / "urgent-hearings").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("clear", REFRESH, "--by", "output reviewer", "--reference", "T-1"),
        ("render", "--refresh", REFRESH),
    ],
)
def test_an_edited_pack_is_refused(tmp_path, command):
    folder = make_pack(tmp_path / "outputs" / REFRESH)
    with (folder / "results.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    done = fjanalysis("--workspace", tmp_path, *command, code=12)
    assert "results.csv was edited" in done.stderr


def test_an_unknown_briefing_is_answered_with_the_known_ones(tmp_path):
    make_pack(tmp_path / "outputs" / REFRESH)
    done = fjanalysis("--workspace", tmp_path, "render", "recurence", "--refresh", REFRESH, code=2)
    assert "recurrence" in done.stderr
    assert left(tmp_path) == ["outputs"]

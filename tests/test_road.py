"""The whole road through the installed program: each command, what it leaves, and how it fails on the way."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.packs import read_pack
from fjanalysis.results import read_csv
from tests.program import PROGRAM, ROOT, copy_checkout, fjanalysis, left

EARLIER, REFRESH = "2025-08-01", "2026-02-01"
SCALE = "0.1"  # the smallest at which the briefings have their numbers
SMALL = "0.02"
STREAMS = ("private-law-returns", "recurrence", "urgent-hearings")
KEY = 'urgent-hearings/newborn_cases.count area="England" period="2019-20"'
pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("road")]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Synthetic source tables, small."""
    folder = tmp_path_factory.mktemp("source") / "source"
    fjanalysis("synth", folder, "--refresh", REFRESH, "--scale", SMALL)
    return folder


@pytest.fixture(scope="module")
def workspace(source, tmp_path_factory):
    """The left side of the road, a command at a time: ingested, run and packed."""
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
def demo(tmp_path_factory):
    """The demo's folder, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    return folder, fjanalysis("demo", folder, "--scale", SCALE).stdout


@pytest.fixture(scope="module")
def right(demo, tmp_path_factory):
    """The right side of the road: a folder with the demo's packs alone."""
    folder = tmp_path_factory.mktemp("right")
    shutil.copytree(demo[0] / "outputs", folder / "outputs")
    return folder


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose notebooks, briefings and settings a test may change."""
    return copy_checkout(tmp_path / "checkout")


def test_synthetic_tables_are_the_same_for_the_same_seed(source, tmp_path):
    fjanalysis("synth", tmp_path / "again", "--refresh", REFRESH, "--scale", SMALL)
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        again = tmp_path / "again" / path.relative_to(source)
        assert again.read_bytes() == path.read_bytes()


def test_the_pack_is_valid_synthetic_and_not_cleared(workspace):
    pack = read_pack(workspace / "outputs" / REFRESH)
    assert sorted(pack.streams) == list(STREAMS)
    assert pack.synthetic
    assert not pack.cleared


def test_no_count_below_the_threshold_is_in_a_pack(workspace, demo):
    for outputs in (workspace / "outputs", demo[0] / "outputs"):
        results = read_pack(outputs / REFRESH).results
        for name in ("numerator", "denominator"):
            assert int(results[name].between(1, 9).sum()) == 0
        assert (results["status"] == "c").any()


def test_running_and_packing_again_does_nothing_again(workspace):
    again = fjanalysis("--workspace", workspace, "run", "--no-variants", "--refresh", REFRESH)
    assert again.stdout.count("unchanged") >= len(STREAMS)
    packed = fjanalysis("--workspace", workspace, "pack", "--refresh", REFRESH)
    assert "stands as it is" in packed.stdout


def test_the_quality_of_the_records_goes_from_ingest_to_the_page_of_each_briefing(demo):
    folder = demo[0]
    exact = read_csv(folder / "refreshes" / REFRESH / "quality.csv")
    released = read_pack(folder / "outputs" / REFRESH).results
    quoted = {
        "urgent-hearings": ("records", "2024-25", "table: hearings"),
        "recurrence": ("linked", "2013-14", "systems: cms to ecms"),
        "private-law-returns": ("records", "2024-25", "table: cases"),
    }
    for stream, (measure, period, group) in quoted.items():
        key = {"measure": measure, "area": "E92000001", "period": period, "group": group}
        (before,) = exact[(exact[list(key)] == list(key.values())).all(axis=1)].to_dict("records")
        own = {"stream": stream, "variant": "main", **key}
        (row,) = released[(released[list(own)] == list(own.values())).all(axis=1)].to_dict(
            "records"
        )
        assert row["numerator"] % 5 == 0
        assert abs(row["numerator"] - before["numerator"]) <= 2
        percent = row["statistic"] == "percent"
        shown = f"{row['value']:.1f}%" if percent else f"{row['numerator']:,}"
        for name in ("index.html", "index.cy.html"):
            page = (folder / "_site" / stream / name).read_text(encoding="utf-8")
            limits = page[page.index('id="sec-limits"') :]
            assert shown in limits, (stream, name)


def test_a_column_that_is_missing_stops_ingest_with_its_name(source, tmp_path):
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


def test_a_failing_notebook_names_itself_and_leaves_nothing(workspace, checkout):
    path = checkout / "analyses" / "recurrence.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code[-1]["source"] = ["raise RuntimeError('the method failed')"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (checkout / "refreshes").symlink_to(workspace / "refreshes")
    done = fjanalysis("run", "recurrence", "--refresh", REFRESH, cwd=checkout, code=11)
    assert "recurrence" in done.stderr
    assert left(checkout / "results") == []


def test_an_unknown_parameter_is_refused_before_any_notebook_starts(workspace, tmp_path):
    (tmp_path / "refreshes").symlink_to(workspace / "refreshes")
    done = fjanalysis(
        "--workspace", tmp_path, "run", "urgent-hearings", "-p", "newborn_day=7",
        "--refresh", REFRESH, code=2,
    )  # fmt: skip
    assert "newborn_day" in done.stderr
    assert "newborn_days" in done.stderr
    assert left(tmp_path / "results") == []


def test_the_demo_walks_the_road_and_then_leaves_out_what_is_unchanged(demo):
    folder, said = demo
    assert "Where to look" in said
    assert "Unchanged" not in said
    shown = [Path(line.split()[-1]) for line in said.splitlines() if line.startswith("  ")]
    assert [path for path in shown if not path.exists()] == []
    again = fjanalysis("demo", folder, "--scale", SCALE).stdout
    for command in ("synth", "ingest", "run", "pack"):
        for refresh in (EARLIER, REFRESH):
            assert f"{command} {refresh}" in again.partition("not done again: ")[2]
    assert f"render {REFRESH}" in again.partition("not done again: ")[2]


def test_the_demo_s_later_refresh_revises_the_earlier(demo):
    earlier, later = (read_pack(demo[0] / "outputs" / date) for date in (EARLIER, REFRESH))
    assert earlier.cleared
    assert not later.cleared
    done = fjanalysis("--workspace", demo[0], "compare", EARLIER, REFRESH)
    assert "revised" in done.stdout
    page = demo[0] / "comparisons" / f"{EARLIER}--{REFRESH}" / "index.html"
    assert page.is_file()


def test_the_right_side_needs_neither_refreshes_nor_results(right):
    assert left(right) == ["outputs"]
    rendered = fjanalysis("--workspace", right, "render", STREAMS[0], "--refresh", REFRESH)
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
    traced = fjanalysis("--workspace", right, "trace", KEY, "--refresh", REFRESH)
    assert "analyses/urgent-hearings.ipynb" in traced.stdout
    assert left(right) == ["_site", "outputs"]


def test_preview_serves_the_pages(right):
    command = [str(PROGRAM), "--workspace", str(right), "preview", "--refresh", REFRESH]
    with subprocess.Popen(
        [*command, "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            address = serving.stdout.readline().split()[1]
            with urllib.request.urlopen(address, timeout=60) as page:
                assert b"<html" in page.read()
        finally:
            serving.terminate()


def test_a_release_is_written_and_verifies_from_its_archive(demo, checkout, tmp_path):
    for name in ("private-law-returns", "recurrence", "newsletter", "area-profiles"):
        shutil.rmtree(checkout / "briefings" / name)
    (checkout / "briefings" / "urgent-hearings" / "index.cy.qmd").unlink()
    git = [
        "git",
        "-C",
        str(checkout),
        "-c",
        "user.name=Tests",
        "-c",
        "user.email=tests@example.org",
    ]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "A checkout"], ["tag", "v9.9"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    data = tmp_path / "data"
    shutil.copytree(demo[0] / "outputs", data / "outputs")
    where = ("--workspace", data)
    fjanalysis(*where, "render", "--refresh", REFRESH, cwd=checkout)
    refused = fjanalysis(*where, "release", "v9.9", "--refresh", REFRESH, cwd=checkout, code=14)
    assert "cleared" in refused.stderr
    fjanalysis(*where, "release", "v9.9", "--refresh", REFRESH, "--draft", cwd=checkout)
    (archive,) = (data / "releases").glob("*.zip")
    verified = fjanalysis("verify", archive, "--page", tmp_path / "verify.html", cwd=checkout)
    assert "Integrity" in verified.stdout
    assert (tmp_path / "verify.html").is_file()

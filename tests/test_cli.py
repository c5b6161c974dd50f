"""What the installed program says before it sets out, and how it fails."""

from __future__ import annotations

import pytest

from fjanalysis import __version__
from tests.packs import make_pack
from tests.program import copy_checkout, fjanalysis, left

REFRESH = "2026-02-01"
SCALE = "0.1"


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose briefings and settings a test may change, with a pack made by formula."""
    return copy_checkout(tmp_path / "checkout")


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


def test_the_demo_goes_to_the_workspace_where_no_folder_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = fjanalysis("--workspace", blocked / "w", "demo", "--scale", SCALE, code=15)
    assert str(blocked / "w") in done.stderr


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
    assert left(tmp_path) == []


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
    folder = checkout / "briefings" / "urgent-hearings"
    (folder / "index.cy.qmd").unlink()
    words = '{{< value "newborn_cases.count" area="England" period="2019-20" >}}'
    head = "---\ntitle: Newborn babies\nstream: urgent-hearings\nlang: en-GB\n---\n\n"
    (folder / "index.qmd").write_text(f"{head}There were {words} newborn babies.\n")
    done = fjanalysis("render", "urgent-hearings", "--refresh", REFRESH, cwd=checkout, code=13)
    assert "index.qmd:7" in done.stderr
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

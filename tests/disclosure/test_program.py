"""Bad input through the installed program: exit code 12, the cell and the rule named, nothing partial written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fjanalysis.folders import files_below, sha256
from fjanalysis.packs import CHECKSUMS, checksum_lines
from fjanalysis.project import Project
from fjanalysis.results import Relation
from tests.disclosure.folders import (
    DATE,
    ENGLAND,
    count,
    percent,
    project,
    write_refresh,
    write_results,
)
from tests.program import fjanalysis, left

LATER = "2026-08-01"
REGIONS = ("E12000001", "E12000002")
CELL = f'urgent-hearings/newborn_cases.count area="{ENGLAND}" period="2019-20"'


@pytest.fixture
def made(tmp_path: Path) -> Project:
    """A workspace with one refresh and results of one stream."""
    found = project(tmp_path)
    write_refresh(found)
    write_results(found, [count("newborn_cases", 100), percent("same_day_hearing", 40, 90)])
    return found


def run(made: Project, *arguments: str, code: int = 12) -> str:
    """Run a command in the workspace and return what it said."""
    done = fjanalysis("--workspace", made.outputs.parent, *arguments, code=code)
    return done.stderr if code else done.stdout


def state(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_below(folder)}


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


BROKEN: dict[str, tuple[list[dict[str, object]], str, str]] = {
    "a count above its base": (
        [percent("newborn_cases", 50, 60) | {"denominator": 40}],
        "count more than their base",
        "newborn_cases.percent",
    ),
    "a value that is not its count": (
        [count("newborn_cases", 50) | {"value": 51}],
        "value other than their count",
        CELL,
    ),
    "a key that stands twice": (
        [count("newborn_cases", 50), count("newborn_cases", 60)],
        "share a key",
        CELL,
    ),
    "a share without a base": (
        [percent("newborn_cases", 50, 60) | {"denominator": None}],
        "shares without a base",
        "newborn_cases.percent",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_result_table_that_breaks_its_contract(made: Project, name: str) -> None:
    rows, rule, cell = BROKEN[name]
    write_results(made, rows)
    said = run(made, "pack", "--refresh", DATE)
    assert rule in said
    assert cell in said
    assert "results.csv" in said
    assert left(made.outputs) == []
    assert not (made.results / DATE / "withheld.csv").exists()


def test_a_relation_that_cannot_be_satisfied(made: Project) -> None:
    rows = [
        count("newborn_cases", 100),
        count("newborn_cases", 40, area=REGIONS[0]),
        count("newborn_cases", 50, area=REGIONS[1]),
    ]
    parts = Relation("partition", "area", REGIONS, ENGLAND)
    write_results(made, rows, relations=[parts])
    said = run(made, "pack", "--refresh", DATE)
    assert "partition over area" in said
    assert "newborn_cases.count area=" in said
    assert left(made.outputs) == []


def add_a_file(folder: Path) -> str:
    (folder / "more.csv").write_text("a\n1\n")
    return "more.csv was added"


def edit_a_number(folder: Path) -> str:
    edit(folder / "results.csv", ",100,", ",105,")
    return "results.csv was edited"


def remove_a_file(folder: Path) -> str:
    (folder / "areas.csv").unlink()
    return "areas.csv is missing"


@pytest.mark.parametrize("change", [add_a_file, edit_a_number, remove_a_file])
def test_a_pack_folder_edited_after_the_checksums(
    made: Project, change: Callable[[Path], str]
) -> None:
    run(made, "pack", "--refresh", DATE, code=0)
    folder = made.outputs / DATE
    what = change(folder)
    after = state(folder)
    for command in (
        ("check", str(folder)),
        ("clear", DATE, "--by", "output reviewer", "--reference", "OR-1"),
    ):
        said = run(made, *command)
        assert what in said
        assert str(folder) in said
    assert state(folder) == after
    assert not (folder / "clearance.json").exists()


def test_a_number_that_is_edited_with_its_checksums_is_named_with_the_rule(made: Project) -> None:
    run(made, "pack", "--refresh", DATE, code=0)
    folder = made.outputs / DATE
    edit(folder / "results.csv", "100.0,,,100,", "7.0,,,7,")
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    done = fjanalysis("--workspace", made.outputs.parent, "check", folder, code=12)
    said = done.stdout + done.stderr
    assert f"{CELL} shows a count under the threshold" in said


def test_a_cleared_pack_is_not_overwritten_and_an_edited_one_stops_packing(made: Project) -> None:
    run(made, "pack", "--refresh", DATE, code=0)
    run(made, "clear", DATE, "--by", "output reviewer", "--reference", "OR-1", code=0)
    folder = made.outputs / DATE
    cleared = state(folder)
    write_results(made, [count("newborn_cases", 120)])
    assert f"{DATE}.2" in run(made, "pack", "--refresh", DATE, code=0)
    assert state(folder) == cleared
    again = run(made, "clear", DATE + ".1", "--by", "x", "--reference", "y")
    assert "cleared before" in again
    said = run(made, "clear", DATE + ".7", "--by", "x", "--reference", "y", code=2)
    assert "no revision 7" in said
    edit(folder / "results.csv", ",100,", ",105,")
    edited = state(folder)
    second = state(made.outputs / f"{DATE}.2")
    write_results(made, [count("newborn_cases", 140)])
    assert "results.csv was edited" in run(made, "pack", "--refresh", DATE)
    assert state(folder) == edited
    assert state(made.outputs / f"{DATE}.2") == second
    assert left(made.outputs) == [DATE, f"{DATE}.2"]


def unreadable_manifest(folder: Path) -> str:
    (folder / "pack.json").write_text("{")
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    return "cannot be read"


def another_schema(folder: Path) -> str:
    edit(folder / "pack.json", '"schema": 1', '"schema": 99')
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    return "schema 99"


def another_clearance(folder: Path) -> str:
    edit(folder / "clearance.json", sha256(folder / CHECKSUMS), "0" * 64)
    return "clearance is of another pack"


def no_checksums(folder: Path) -> str:
    (folder / CHECKSUMS).unlink()
    return "checksums.sha256"


@pytest.mark.parametrize(
    "change", [unreadable_manifest, another_schema, another_clearance, no_checksums]
)
def test_an_earlier_pack_that_cannot_be_read(made: Project, change: Callable[[Path], str]) -> None:
    run(made, "pack", "--refresh", DATE, code=0)
    run(made, "clear", DATE, "--by", "output reviewer", "--reference", "OR-1", code=0)
    folder = made.outputs / DATE
    what = change(folder)
    before = state(folder)
    write_refresh(made, date=LATER, fingerprint="cd" * 32)
    write_results(made, [count("newborn_cases", 120)], date=LATER, fingerprint="cd" * 32)
    said = run(made, "pack", "--refresh", LATER)
    assert what in said
    assert str(folder) in said
    assert state(folder) == before
    assert left(made.outputs) == [DATE]


def test_a_count_that_cannot_be_protected_is_named_with_the_rule(made: Project) -> None:
    parts = Relation("partition", "area", REGIONS, ENGLAND)
    first = [
        count("newborn_cases", 100),
        count("newborn_cases", 93, area=REGIONS[0]),
    ]
    write_results(made, first)
    run(made, "pack", "--refresh", DATE, code=0)
    run(made, "clear", DATE, "--by", "output reviewer", "--reference", "OR-1", code=0)
    # What the cleared pack showed of the same records leaves only 7 or so for the second region.
    write_results(made, [*first, count("newborn_cases", 7, area=REGIONS[1])], relations=[parts])
    said = run(made, "pack", "--refresh", DATE)
    assert "can be worked out" in said
    assert "partition over area" in said
    assert f'newborn_cases.count area="{REGIONS[1]}" period="2019-20"' in said
    assert left(made.outputs) == [DATE]


def test_packing_one_stream_takes_the_others_over_and_needs_the_same_state(made: Project) -> None:
    write_results(made, [count("index_parents", 800)], stream="recurrence")
    run(made, "pack", "--refresh", DATE, code=0)
    run(made, "clear", DATE, "--by", "output reviewer", "--reference", "OR-1", code=0)
    record = json.loads((made.outputs / DATE / "clearance.json").read_text())
    assert record == {
        "by": "output reviewer",
        "reference": "OR-1",
        "pack_sha256": sha256(made.outputs / DATE / CHECKSUMS),
    }
    write_results(made, [count("index_parents", 900)], stream="recurrence")
    write_results(made, [count("newborn_cases", 3000)])
    said = run(made, "pack", "recurrence", "--refresh", DATE, code=0)
    assert "Taken over unchanged: urgent-hearings." in said
    first, second = (
        [
            line
            for line in (made.outputs / name / "results.csv").read_text().splitlines()
            if line.startswith("urgent-hearings,")
        ]
        for name in (DATE, f"{DATE}.2")
    )
    assert first == second
    write_refresh(made, fingerprint="99" * 32)
    write_results(made, [count("index_parents", 950)], stream="recurrence", fingerprint="99" * 32)
    said = run(made, "pack", "recurrence", "--refresh", DATE)
    assert "another state of the refresh" in said
    assert left(made.outputs) == [DATE, f"{DATE}.2"]

"""What stops packing, each with exit code 12, the cell and the rule named, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fjanalysis.disclosure.audit import check_pack
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import pack
from fjanalysis.errors import DisclosureError
from fjanalysis.folders import files_below, sha256
from fjanalysis.packs import CHECKSUMS, checksum_lines
from fjanalysis.project import Project
from fjanalysis.results import Relation
from tests.disclosure.folders import DATE, count, project, write_refresh, write_results
from tests.program import fjanalysis, left

LATER = "2026-08-01"
REGIONS = ("E12000001", "E12000002")
SUM = Relation("partition", "area", REGIONS, "E92000001")
NESTED = Relation("nested", "measure", ("same_day_hearing", "newborn_cases"))


def ready(folder: Path) -> Project:
    made = project(folder)
    write_refresh(made)
    return made


@pytest.mark.parametrize("relation", [SUM, NESTED], ids=["partition", "nested"])
def test_a_relation_that_does_not_hold_is_named_with_a_cell_and_nothing_is_written(
    tmp_path: Path, relation: Relation
) -> None:
    made = ready(tmp_path)
    rows = [
        count("newborn_cases", 100),
        count("newborn_cases", 40, area=REGIONS[0]),
        count("newborn_cases", 50, area=REGIONS[1]),
        count("same_day_hearing", 60, area=REGIONS[0]),
    ]
    write_results(made, rows, relations=[relation])
    with pytest.raises(DisclosureError, match=f"{relation.kind} over .* does not hold") as caught:
        pack(made, (), DATE)
    assert caught.value.exit_code == 12
    assert 'count area="E' in str(caught.value)
    assert not list(tmp_path.glob("outputs/*"))


def test_an_earlier_cleared_pack_that_cannot_be_read_stops_packing_and_leaves_it_alone(
    tmp_path: Path,
) -> None:
    made = ready(tmp_path)
    write_results(made, [count("newborn_cases", 100)])
    folder = pack(made, (), DATE).folder
    clear(made, DATE, by="output reviewer", reference="OR-1")
    (folder / "pack.json").unlink()
    before = files_below(folder)
    write_refresh(made, date=LATER)
    write_results(made, [count("newborn_cases", 120)], date=LATER)
    with pytest.raises(DisclosureError, match=r"pack\.json") as caught:
        pack(made, (), LATER)
    assert caught.value.exit_code == 12
    assert files_below(folder) == before
    assert [path.name for path in made.outputs.iterdir()] == [DATE]


def describe(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a results folder says of itself, as a run would have written it."""
    about = json.loads((folder / "stream.json").read_text())
    change(about)
    (folder / "stream.json").write_text(json.dumps(about))
    record = json.loads((folder / "run.json").read_text())
    record["files"]["stream.json"] = sha256(folder / "stream.json")
    (folder / "run.json").write_text(json.dumps(record))


PLACES: dict[str, Callable[[dict[str, Any], str], None]] = {
    "note few": lambda about, words: about["notes"].update(few=f"One area had {words} only."),
    "title": lambda about, words: about.update(title=f"Hearings of {words}"),
    "measure newborn_cases": lambda about, words: about["measures"][0].update(label=words),
}


@pytest.mark.parametrize("words", ["4 mothers", "four mothers"])
@pytest.mark.parametrize("place", PLACES)
def test_words_that_state_a_count_under_the_threshold_are_refused(
    tmp_path: Path, place: str, words: str
) -> None:
    made = ready(tmp_path)
    folder = write_results(made, [count("newborn_cases", 100)])
    describe(folder, lambda about: PLACES[place](about, words))
    with pytest.raises(DisclosureError, match=f"{place}: '{words}' states a count under"):
        pack(made, (), DATE)
    assert not list(tmp_path.glob("outputs/*"))


def test_a_definition_with_a_count_in_figures_is_refused_by_the_program(tmp_path: Path) -> None:
    made = ready(tmp_path)
    folder = write_results(made, [count("newborn_cases", 100)])
    describe(folder, lambda about: about["definitions"][0].update(text="As the 7 mothers of 2019."))
    done = fjanalysis("--workspace", tmp_path, "pack", "--refresh", DATE, code=12)
    assert "definition of Newborn (main): '7 mothers' states a count under" in done.stderr
    assert left(tmp_path / "outputs") == []


def test_a_group_that_names_a_count_of_people_is_refused(tmp_path: Path) -> None:
    made = ready(tmp_path)
    write_results(made, [count("newborn_cases", 100, group="area: where 3 mothers live")])
    with pytest.raises(DisclosureError, match="a group: '3 mothers' states a count under"):
        pack(made, (), DATE)
    # A family of two mothers is a kind of family.
    write_results(made, [count("newborn_cases", 100, group="relation: two mothers")])
    assert pack(made, (), DATE).written


def test_a_file_of_rows_or_a_hidden_one_is_found_by_the_audit(tmp_path: Path) -> None:
    made = ready(tmp_path)
    write_results(made, [count("newborn_cases", 100)])
    folder = pack(made, (), DATE).folder
    (folder / "records.parquet").write_bytes(b"PAR1")
    (folder / ".notes.txt").write_text("4 mothers")
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    report = check_pack(made, folder)
    assert "records.parquet is of a kind that no pack may hold" in report.text
    assert ".notes.txt is of a kind that no pack may hold" in report.text
    assert report.exit_code == 12


def test_a_table_of_more_rows_than_aggregates_have_is_found_by_the_audit(tmp_path: Path) -> None:
    made = ready(tmp_path)
    write_results(made, [count("newborn_cases", 100)])
    folder = pack(made, (), DATE).folder
    with (folder / "dictionary.csv").open("a") as dictionary:
        dictionary.writelines(f"measure,record {number},,\n" for number in range(5_001))
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    report = check_pack(made, folder)
    assert "rows; aggregates have 5000 at most" in report.text
    assert report.exit_code == 12


def test_a_file_larger_than_aggregates_is_found_by_the_audit(tmp_path: Path) -> None:
    made = ready(tmp_path)
    write_results(made, [count("newborn_cases", 100)])
    folder = pack(made, (), DATE).folder
    with (folder / "review.html").open("a") as page:
        page.write("<!-- " + "x" * 15_000_000 + " -->")
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    assert "review.html is larger than aggregates can be" in check_pack(made, folder).text

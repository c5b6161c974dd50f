"""Packs: whole, stable to the byte, and never changed once cleared."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fjanalysis.disclosure.audit import check_pack
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import pack
from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.folders import files_below
from fjanalysis.packs import read_pack
from fjanalysis.project import Project
from tests.disclosure.folders import (
    DATE,
    count,
    percent,
    project,
    write_refresh,
    write_results,
)

ROWS = [count("newborn_cases", 2914), percent("same_day_hearing", 503, 2800), count("twins", 7)]


def ready(folder: Path, rows: Any = ROWS, **profile: Any) -> Project:
    made = project(folder, **profile)
    write_refresh(made)
    write_results(made, rows)
    return made


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_below(folder)}


def test_a_pack_holds_what_its_contract_names_and_reads_as_one(tmp_path: Path) -> None:
    made = ready(tmp_path)
    report = pack(made, (), DATE)
    assert report.written
    found = read_pack(report.folder)
    assert set(files_below(report.folder)) >= {
        "results.csv",
        "areas.csv",
        "dictionary.csv",
        "pack.json",
        "review.html",
        "checksums.sha256",
        "provenance/refresh.json",
        "provenance/urgent-hearings.json",
    }
    assert found.synthetic
    assert (found.date, found.revision, found.cleared) == (DATE, 1, False)
    assert found.manifest["profile"]["rules"]["threshold"] == 10
    assert found.streams["urgent-hearings"]["variants"]["main"]["hashes"]["code"] == "1" * 64


def test_nothing_exact_or_of_the_machine_stands_anywhere_in_a_pack(tmp_path: Path) -> None:
    report = pack(ready(tmp_path), (), DATE)
    for name, data in bytes_of(report.folder).items():
        text = data.decode()
        for exact in ("2914", ",503,", "12343", "0.9123456789", str(tmp_path)):
            assert exact not in text, name
    sources = read_pack(report.folder).refresh["sources"]
    assert [(each["name"], each["rows"]) for each in sources] == [
        ("CAFE_ECMS_CASES", 12_345),
        ("CAFE_ECMS_EXPERTS", None),
    ]


def test_the_fingerprint_is_given_table_by_table_but_of_none_that_could_be_guessed(
    tmp_path: Path,
) -> None:
    report = pack(ready(tmp_path), (), DATE)
    assert read_pack(report.folder).refresh["tables"] == [
        {"name": "cases", "rows": 12_345, "sha256": "ab" * 32},
        {"name": "orders", "rows": None, "sha256": None},
    ]


def test_which_rule_withheld_a_row_stays_on_the_secure_side(tmp_path: Path) -> None:
    made = ready(tmp_path)
    report = pack(made, (), DATE)
    listed = pd.read_csv(made.results / DATE / "withheld.csv")
    assert listed[["measure", "rule"]].to_numpy().tolist() == [["twins", "low count"]]
    assert "withheld.csv" not in files_below(report.folder)


def test_packing_twice_gives_the_same_bytes_and_leaves_the_pack_alone(tmp_path: Path) -> None:
    made = ready(tmp_path)
    first = pack(made, (), DATE)
    before = bytes_of(first.folder)
    stamp = first.folder.stat().st_mtime_ns
    second = pack(made, (), DATE)
    assert not second.written
    assert bytes_of(second.folder) == before
    assert second.folder.stat().st_mtime_ns == stamp
    other = ready(tmp_path / "elsewhere")
    assert bytes_of(pack(other, (), DATE).folder) == before


def test_a_draft_is_replaced_but_a_cleared_pack_is_followed_by_a_revision(tmp_path: Path) -> None:
    made = ready(tmp_path)
    pack(made, (), DATE)
    write_results(made, [*ROWS, count("infant_cases", 5000)])
    assert pack(made, (), DATE).folder.name == DATE
    clear(made, DATE, by="output reviewer", reference="OR-1")
    before = bytes_of(made.outputs / DATE)
    assert not pack(made, (), DATE).written
    write_results(made, [*ROWS, count("infant_cases", 5100)])
    report = pack(made, (), DATE)
    assert report.folder.name == f"{DATE}.2"
    assert read_pack(report.folder).revision == 2
    assert bytes_of(made.outputs / DATE) == before


def test_packing_one_stream_takes_the_others_over_unchanged(tmp_path: Path) -> None:
    made = ready(tmp_path)
    write_results(made, [count("index_parents", 800)], stream="recurrence")
    pack(made, (), DATE)
    write_results(made, [count("index_parents", 900)], stream="recurrence")
    write_results(made, [count("newborn_cases", 3000)])
    report = pack(made, ("recurrence",), DATE)
    results = read_pack(report.folder).results.set_index("measure")["value"]
    assert results["index_parents"] == 900
    assert results["newborn_cases"] == 2915
    assert "Taken over unchanged: urgent-hearings." in report.text


def test_streams_of_another_refresh_state_are_not_taken_over(tmp_path: Path) -> None:
    made = ready(tmp_path)
    write_results(made, [count("index_parents", 800)], stream="recurrence")
    pack(made, (), DATE)
    write_refresh(made, fingerprint="99" * 32)
    write_results(made, [count("index_parents", 900)], stream="recurrence", fingerprint="99" * 32)
    with pytest.raises(DisclosureError, match="another state of the refresh"):
        pack(made, ("recurrence",), DATE)


def test_the_dictionary_names_every_measure_and_statistic(tmp_path: Path) -> None:
    report = pack(ready(tmp_path), (), DATE)
    words = pd.read_csv(report.folder / "dictionary.csv", keep_default_na=False)
    results = read_pack(report.folder).results
    assert set(words[words["kind"] == "measure"]["name"]) == set(results["measure"])
    assert set(words[words["kind"] == "statistic"]["name"]) == set(results["statistic"])


def test_clearing_records_the_role_over_the_checksum_and_only_once(tmp_path: Path) -> None:
    made = ready(tmp_path)
    folder = pack(made, (), DATE).folder
    clear(made, DATE, by="output reviewer", reference="OR-1")
    found = read_pack(folder)
    assert found.cleared
    assert found.clearance == {
        "by": "output reviewer",
        "reference": "OR-1",
        "pack_sha256": found.checksum,
    }
    with pytest.raises(DisclosureError, match="cleared before"):
        clear(made, DATE, by="output reviewer", reference="OR-2")


def test_clearing_needs_a_pack_a_role_and_a_reference(tmp_path: Path) -> None:
    made = ready(tmp_path)
    with pytest.raises(UsageError, match="no output pack"):
        clear(made, DATE, by="output reviewer", reference="OR-1")
    pack(made, (), DATE)
    with pytest.raises(UsageError, match="--by"):
        clear(made, DATE, by=" ", reference="OR-1")


def test_an_edited_pack_is_neither_cleared_nor_passed(tmp_path: Path) -> None:
    made = ready(tmp_path)
    folder = pack(made, (), DATE).folder
    text = (folder / "results.csv").read_text().replace("2915", "2910")
    (folder / "results.csv").write_text(text)
    for act in (
        lambda: clear(made, DATE, by="output reviewer", reference="OR-1"),
        lambda: check_pack(made, folder),
    ):
        with pytest.raises(DisclosureError, match=r"results\.csv was edited"):
            act()


def test_a_cleared_pack_that_was_edited_stops_packing(tmp_path: Path) -> None:
    made = ready(tmp_path)
    folder = pack(made, (), DATE).folder
    clear(made, DATE, by="output reviewer", reference="OR-1")
    (folder / "areas.csv").write_text("code\n")
    with pytest.raises(DisclosureError, match=r"areas\.csv was edited"):
        pack(made, (), DATE)


BAD: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a negative count": ([{**count("a", 50), "numerator": -1}], "negative count"),
    "a count above its base": (
        [percent("a", 50, 60) | {"denominator": 40}],
        "more than their base",
    ),
    "a percentage without counts": (
        [percent("a", 50, 60) | {"numerator": None}],
        "without their counts",
    ),
    "a value that is not its count": ([{**count("a", 50), "value": 51}], "other than their count"),
    "a key that stands twice": ([count("a", 50), count("a", 60)], "share a key"),
    "an unknown statistic": ([{**count("a", 50), "statistic": "mean"}], "Unknown statistic"),
    "an unknown area": ([count("a", 50, area="E99")], "area table does not know"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_breaks_its_contract_stops_packing_and_writes_nothing(
    tmp_path: Path, name: str
) -> None:
    rows, message = BAD[name]
    made = ready(tmp_path, rows)
    with pytest.raises(DisclosureError, match=message) as caught:
        pack(made, (), DATE)
    assert caught.value.exit_code == 12
    assert caught.value.where
    assert not made.outputs.exists() or not list(made.outputs.iterdir())


def test_results_that_are_missing_edited_or_of_another_state_are_named(tmp_path: Path) -> None:
    made = ready(tmp_path)
    with pytest.raises(DisclosureError, match="recurrence has no results"):
        pack(made, ("recurrence",), DATE)
    with pytest.raises(UsageError, match="no stream 'recurence'"):
        pack(made, ("recurence",), DATE)
    with pytest.raises(UsageError, match="no results of the refresh"):
        pack(made, (), "2020-01-01")
    folder = made.results / DATE / "urgent-hearings" / "main"
    text = (folder / "results.csv").read_text()
    (folder / "results.csv").write_text(text.replace("503", "504"))
    with pytest.raises(DisclosureError, match="edited after the run"):
        pack(made, (), DATE)
    write_results(made, ROWS, fingerprint="99" * 32)
    with pytest.raises(DisclosureError, match="another state of the refresh"):
        pack(made, (), DATE)
    shutil.rmtree(folder)
    (made.refreshes / DATE / "refresh.json").unlink()
    write_results(made, ROWS)
    with pytest.raises(DisclosureError, match=r"refresh\.json is missing"):
        pack(made, (), DATE)


def test_a_pack_cannot_pass_with_a_small_count_put_back(tmp_path: Path) -> None:
    made = ready(tmp_path)
    folder = pack(made, (), DATE).folder
    from fjanalysis.packs import CHECKSUMS, checksum_lines

    text = (folder / "results.csv").read_text()
    text = re.sub(r",,,,,,,,c,", ",,,7.0,,,7,,ok,", text)
    (folder / "results.csv").write_text(text)
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    report = check_pack(made, folder)
    assert not report.passed
    assert report.exit_code == 12
    assert (
        'twins.count area="E92000001" period="2019-20" shows a count under the threshold'
        in report.text
    )


def test_the_manifest_says_what_control_was_done(tmp_path: Path) -> None:
    folder = pack(ready(tmp_path), (), DATE).folder
    manifest = json.loads((folder / "pack.json").read_text())
    assert any("rounded" in line for line in manifest["control"]["done"])


def test_a_next_revision_names_the_cleared_pack_and_does_not_lean_on_what_it_showed(
    tmp_path: Path,
) -> None:
    from fjanalysis.results import Relation

    regions = ("E12000001", "E12000002", "E12000003")
    parts = Relation("partition", "area", regions, "E92000001")

    def rows(third: int) -> list[dict[str, Any]]:
        numbers = (40, 60, third)
        own = [count("twins", n, area=area) for n, area in zip(numbers, regions, strict=True)]
        return [*own, count("twins", sum(numbers))]

    made = ready(tmp_path, rounding_base=1)
    write_results(made, rows(30), relations=[parts])
    first = pack(made, (), DATE).folder
    clear(made, DATE, by="output reviewer", reference="OR-1")
    checksum = read_pack(first).checksum
    # The third region was 30 and is 7 now; the two others stand in the cleared pack as they are.
    write_results(made, rows(7), relations=[parts])
    report = pack(made, (), DATE)
    found = read_pack(report.folder)
    assert found.manifest["earlier"] == [{"pack": DATE, "sha256": checksum}]
    shown = found.results.set_index("area")["status"]
    # To withhold a region that the cleared pack showed would hide nothing: the nation goes.
    assert shown.to_dict() == {
        "E12000001": "ok",
        "E12000002": "ok",
        "E12000003": "c",
        "E92000001": "c",
    }

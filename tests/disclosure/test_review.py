"""The review page, and exceptions: what a reviewer is told, and what he is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from fjanalysis.disclosure.audit import check_pack
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import pack
from fjanalysis.disclosure.suppression import Outcome
from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.packs import read_pack
from fjanalysis.project import DisclosureException, Project, read_settings
from fjanalysis.results import Relation
from tests.disclosure.folders import DATE, count, project, write_refresh, write_results

REASON = "The method paper printed this very ratio in 2024."
RATIO = {
    "measure": "adoption",
    "statistic": "odds_ratio",
    "area": "E92000001",
    "period": "2012-13 to 2019-20",
    "value": 1.23456,
    "lower": 0.61234,
    "upper": 2.34567,
}
ROWS = [
    {**RATIO, "group": "age: under 20", "numerator": 7, "denominator": 300},
    {**RATIO, "group": "age: 20 to 24", "numerator": 90, "denominator": 400},
    count("newborn_cases", 2914),
    count("twins", 7),
]


def ready(folder: Path, *exceptions: dict[str, Any]) -> Project:
    made = project(folder)
    listed = tuple(DisclosureException.model_validate(each) for each in exceptions)
    disclosure = made.settings.disclosure.model_copy(update={"exceptions": listed})
    made = replace(made, settings=made.settings.model_copy(update={"disclosure": disclosure}))
    write_refresh(made)
    write_results(made, ROWS)
    return made


def exception(**more: Any) -> dict[str, Any]:
    rows = {"stream": "urgent-hearings", "measure": "adoption", "group": "age: under 20"}
    return {"rows": rows, "rule": "few events", "reason": REASON, **more}


def test_an_exception_releases_a_figure_without_its_counts_and_stands_first(tmp_path: Path) -> None:
    made = ready(tmp_path, exception())
    folder = pack(made, (), DATE).folder
    found = read_pack(folder)
    ratios = found.results[found.results["measure"] == "adoption"].set_index("group")
    assert ratios.loc["age: under 20", "value"] == 1.23
    assert ratios.loc["age: under 20", ["numerator", "denominator"]].isna().all()
    assert found.manifest["exceptions"] == [{**exception(), "released": 1}]
    page = (folder / "review.html").read_text()
    assert page.index(REASON) < page.index("What the pack holds")
    outputs = json.loads((folder / "results.json").read_text())["results"]
    assert outputs["output-urgent-hearings-adoption"]["exception"] == REASON
    assert check_pack(made, folder).passed


def test_no_exception_releases_a_count_under_the_threshold(tmp_path: Path) -> None:
    rows = {"stream": "urgent-hearings", "measure": "twins"}
    folder = pack(ready(tmp_path, exception(rows=rows)), (), DATE).folder
    results = read_pack(folder).results
    assert results.loc[results["measure"] == "twins", "status"].tolist() == ["c"]
    with pytest.raises(ValueError, match="few events"):
        DisclosureException.model_validate(exception(rows=rows, rule="low count"))


@pytest.mark.parametrize("reason", ["", "   ", "because"])
def test_an_exception_without_a_written_reason_is_refused(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "fjanalysis.toml"
    path.write_text(
        '[project]\ntitle = "A"\npublisher = "B"\n[[disclosure.exceptions]]\n'
        'rows = { stream = "recurrence", measure = "any_return" }\n'
        f'rule = "few events"\nreason = "{reason}"\n'
    )
    with pytest.raises(UsageError, match=r"disclosure\.exceptions\.0\.reason"):
        read_settings(path)


def test_the_page_says_what_each_output_is_and_what_changed_since_the_last_cleared_pack(
    tmp_path: Path,
) -> None:
    made = ready(tmp_path)
    folder = pack(made, (), DATE).folder
    first = (folder / "review.html").read_text()
    assert "No pack was cleared before this one." in first
    assert "What the outputs of urgent-hearings are" in first
    clear(made, DATE, by="output reviewer", reference="OR-1")
    write_results(made, [*ROWS[:2], count("newborn_cases", 3000), count("infant_cases", 5000)])
    page = (pack(made, (), DATE).folder / "review.html").read_text()
    assert f"Against {DATE}, cleared; rows by output" in page
    line = page[page.index("urgent-hearings/newborn_cases") :].split("</tr>")[0]
    assert [cell.split("<")[0] for cell in line.split('class="number">')[1:]] == list("001000")


PARTS = ("E12000001", "E12000002", "E12000003")
SUM = Relation("partition", "area", PARTS, "E92000001")
AREAS = [
    *(count("twins", n, area=area) for n, area in zip((50, 60, 7), PARTS, strict=True)),
    count("twins", 117),
]


def nothing(*given: object) -> Outcome:
    del given
    return Outcome([], 0, 0, [])


def test_what_the_attacker_names_is_withheld_as_well_where_suppression_overlooked_it(
    tmp_path: Path,
) -> None:
    made = project(tmp_path, rounding_base=1)
    write_refresh(made)
    write_results(made, AREAS, relations=[SUM])
    with mock.patch("fjanalysis.disclosure.control.suppress", nothing):
        folder = pack(made, (), DATE).folder
    status = read_pack(folder).results.set_index("area")["status"]
    assert status["E12000003"] == "c"
    assert {status["E12000001"], status["E12000002"]} == {"c"}
    assert check_pack(made, folder).passed


def test_a_pack_that_the_attacker_still_reads_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    made = project(tmp_path, rounding_base=1)
    write_refresh(made)
    write_results(made, AREAS, relations=[SUM])
    with (
        mock.patch("fjanalysis.disclosure.control.suppress", nothing),
        mock.patch("fjanalysis.disclosure.pack._telling", lambda *given: []),
        pytest.raises(DisclosureError, match=r"not safe.*E12000003.*under the threshold") as caught,
    ):
        pack(made, (), DATE)
    assert caught.value.exit_code == 12
    assert not list(tmp_path.glob("outputs/*"))

"""The review page, and exceptions: what a reviewer is told, and what he is asked."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import pytest

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.audit import Report, check_pack
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import pack
from fjanalysis.disclosure.review_outputs import Output, section
from fjanalysis.disclosure.suppression import Outcome
from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.packs import read_pack
from fjanalysis.project import DisclosureException, Project, read_settings
from fjanalysis.results import Relation, tidy
from tests.browser import dark_violations, needs_chromium, opened, violations
from tests.disclosure.folders import DATE, count, percent, project, write_refresh, write_results

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
    assert '<h3 id="urgent-hearings-twins">twins' in first
    clear(made, DATE, by="output reviewer", reference="OR-1")
    write_results(made, [*ROWS[:2], count("newborn_cases", 3000), count("infant_cases", 5000)])
    page = (pack(made, (), DATE).folder / "review.html").read_text()
    assert f"Against {DATE}, cleared; rows by output" in page
    line = page[page.index("urgent-hearings/newborn_cases") :].split("</tr>")[0]
    assert [cell.split("<")[0] for cell in line.split('class="number">')[1:]] == list("001000")


def text_of(page: str, output: str) -> str:
    """Return the words of an output's section."""
    part = page[page.index(f'<h3 id="urgent-hearings-{output}"') :]
    ends = [at for at in (part.find("<h3", 4), part.find("<h2")) if at > 0]
    inside = re.sub(r"</?(?:span|a)\b[^>]*>", "", part[: min(ends)])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside))


def test_each_output_has_its_definition_cohort_counts_outcome_reasons_and_changes(
    tmp_path: Path,
) -> None:
    made = project(tmp_path)
    write_refresh(made)
    areas = [
        f"DFJ-{name}" for name in ("birmingham", "brighton", "bristol", "bournemouth-and-dorset")
    ]
    years = [f"20{year}-{year + 1}" for year in range(10, 20)]

    def rows(more: int) -> list[dict[str, Any]]:
        return [
            *(
                percent("rare", 7 if at % 2 else 200 + more, 400, area=area, period=year)
                for at, (area, year) in enumerate(product(areas, years))
            ),
            count("newborn_cases", 2914 + more),
            count("twins", 7),
        ]

    write_results(made, rows(0))
    folder = pack(made, (), DATE).folder
    page = (folder / "review.html").read_text()
    said = text_of(page, "rare")
    assert "rare One child&#x27;s case counts once." in said
    assert "Largest base shown: 400, unweighted." in said
    assert "Per cent 20 20 0 200 400 passed after suppression" in said
    assert "Published: DFJ areas 50% of 40 (under 70%)." in said
    assert "output-urgent-hearings-rare.csv" in said
    # Which of two kinds of reason a row has could be told where one of them is rare.
    assert "which, is not said of so few rows" in said
    assert "low count" not in said
    assert "passed 0" not in text_of(page, "newborn_cases")
    assert "Number 1 0 0 2,915 2,915 passed" in text_of(page, "newborn_cases")
    assert "Since the last cleared pack" not in page
    clear(made, DATE, by="output reviewer", reference="OR-1")
    write_results(made, rows(50))
    page = (pack(made, (), DATE).folder / "review.html").read_text()
    assert "Since the last cleared pack, rows: changed 20." in text_of(page, "rare")
    assert f"Earlier cleared packs taken into account Pack SHA-256 {DATE}" in re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", page)
    )


@needs_chromium
def test_the_page_is_accessible_and_its_contents_lead_to_every_output(tmp_path: Path) -> None:
    made = ready(tmp_path, exception())
    path = pack(made, (), DATE).folder / "review.html"
    with opened(path) as page:
        assert violations(page) == []
        assert dark_violations(page) == []
        links = page.locator("nav a").evaluate_all("all => all.map(each => each.hash.slice(1))")
        assert {"urgent-hearings", "urgent-hearings-twins", "urgent-hearings-adoption"} <= set(
            links
        )
        for name in links:
            assert page.locator(f'[id="{name}"]').count() == 1
        headings = page.locator("h2").all_inner_texts()
        assert headings[0] == "Exceptions"
    with opened(path, width=320) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_reasons_are_counted_where_small_counts_and_those_withheld_for_them_are_many() -> None:
    rows = tidy([{**count("a", 100, period=f"{year}-x"), "stream": "s"} for year in range(40)])
    reasons = [rules.LOW_COUNT] * 15 + [rules.SECONDARY] * 12 + [rules.SMALL_GAP] * 3
    output = Output("s", "a", {}, rows.assign(level="nation"), pd.Series(reasons), {})
    said = " ".join(section(output))
    assert f"{rules.REASONS[rules.LOW_COUNT]} (15 rows)" in said
    assert f"{rules.REASONS[rules.SECONDARY]} (12 rows)" in said
    assert f"{rules.REASONS[rules.SMALL_GAP]} (fewer than 10 rows)" in said


PARTS = ("E12000001", "E12000002", "E12000003")
SUM = Relation("partition", "area", PARTS, "E92000001")
AREAS = [
    *(count("twins", n, area=area) for n, area in zip((50, 60, 7), PARTS, strict=True)),
    count("twins", 117),
]


def nothing(*given: object, **more: object) -> Outcome:
    del given, more
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
    assert sorted([status["E12000001"], status["E12000002"]]) == ["c", "ok"]
    assert check_pack(made, folder).passed


def test_a_pack_that_the_attacker_still_reads_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    made = project(tmp_path, rounding_base=1)
    write_refresh(made)
    write_results(made, AREAS, relations=[SUM])
    with (
        mock.patch("fjanalysis.disclosure.control.suppress", nothing),
        mock.patch("fjanalysis.disclosure.by_stream._attacked", lambda *_, **__: Report("nothing")),
        pytest.raises(DisclosureError, match=r"not safe.*E12000003.*under the threshold") as caught,
    ):
        pack(made, (), DATE)
    assert caught.value.exit_code == 12
    assert not list(tmp_path.glob("outputs/*"))


def test_each_area_has_its_own_steps_from_records_to_cohort(tmp_path: Path) -> None:
    made = project(tmp_path)
    write_refresh(made)
    flow = [
        count("cohort_flow", number, area=area, period=period, group=f"step: {step}")
        for area, period, numbers in (
            ("E92000001", "2010-11 to 2019-20", (900, 700)),
            ("W92000004", "2014-15 to 2019-20", (120, 80)),
        )
        for step, number in zip(("cases read", "cases in the cohort"), numbers, strict=True)
    ]
    # In the order of the stream, not by size.
    flow.append(
        count(
            "cohort_flow",
            40,
            area="W92000004",
            period="2014-15 to 2019-20",
            group="step: cases left out",
        )
    )
    steps = ("cases read", "cases left out", "cases in the cohort")
    write_results(made, [*ROWS, *flow], steps=steps)
    page = (pack(made, (), DATE).folder / "review.html").read_text(encoding="utf-8")
    tables = re.findall(r"<caption>From records to cohort, (.*?)</caption>.*?</table>", page)
    assert tables == [
        "England, 2010-11 to 2019-20: unweighted counts",
        "Wales, 2014-15 to 2019-20: unweighted counts",
    ]
    england, wales = re.findall(r"<caption>From records to cohort.*?</table>", page)
    assert re.findall(r"<td[^>]*>(.*?)</td>", england) == ["900", "700"]
    assert re.findall(r"<td[^>]*>(.*?)</td>", wales) == ["120", "40", "80"]

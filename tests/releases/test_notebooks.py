"""A notebook is shown with the released numbers below the cells that made them, and nothing of a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from fjanalysis.briefings import trees
from fjanalysis.packs import read_pack
from fjanalysis.releases.notebooks import notebook_page
from tests import browser, vnu
from tests.packs import make_pack

ROOT = Path(__file__).parents[2]
STREAM = "urgent-hearings"
WRITTEN = [
    {"table": "", "series": ["missing.percent by field"]},
    {"table": "babies.flow", "series": ["cohort_flow.count by step"]},
    {"table": "cases", "series": ["newborn_cases.count", "newborn_cases.rate_per_10000"]},
]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return read_pack(make_pack(tmp_path_factory.mktemp("packs") / "2026-02-01", streams=(STREAM,)))


def shown(pack, written=WRITTEN):
    about = {**pack.streams[STREAM], "written": written}
    pack = replace(pack, streams={STREAM: about})
    return notebook_page(ROOT / "analyses" / f"{STREAM}.ipynb", pack, STREAM)


def test_each_table_stands_below_the_cell_that_makes_it_as_the_pack_gives_it(pack):
    root = trees.parse(shown(pack))
    order = [
        trees.text_of(each)
        for each in trees.main_of(root).iter()
        if each.tag in ("summary", "code")
        and ("cases" in trees.text_of(each) or each.tag == "summary")
    ]
    at = order.index("Released numbers: cases")
    assert "measures.case_rows" in order[at - 1]
    details = next(
        each
        for each in root.iter("details")
        if trees.text_of(each.find("summary")).endswith("cases")
    )
    rows = pack.results.query(
        "measure == 'newborn_cases' and statistic == 'count' and area == 'E92000001' "
        "and period == '2019-20' and group == ''"
    )
    assert f"{rows['value'].iloc[0]:,.0f}" in trees.text_of(details)


def test_numbers_of_no_recorded_table_stand_at_the_end(pack):
    page = shown(pack)
    end = page.index("<h2>Released numbers</h2>")
    assert page.index("short_notice_hearing.percent", end)
    assert "newborn_cases.count" not in page[end:]


def test_parameters_in_force_are_those_of_the_pack_and_the_title_stands_once(pack):
    root = trees.parse(shown(pack))
    values = pack.streams[STREAM]["variants"]["main"]["parameters"]
    table = next(root.iter("table"))
    assert {trees.text_of(row[0]) for row in table.iter("tr")} == {"Name", *values}
    title = pack.streams[STREAM]["title"]
    heads = [trees.text_of(each) for each in root.iter() if each.tag in ("h1", "h2")]
    assert heads.count(title) == 1


@browser.needs_chromium
@vnu.needs_vnu
def test_the_page_is_valid_and_accessible(pack, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(shown(pack), encoding="utf-8")
    assert vnu.problems(path) == []
    with browser.opened(path) as page:
        assert browser.violations(page) == []
        assert browser.dark_violations(page) == []

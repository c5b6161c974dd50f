from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis import results
from fjanalysis.refresh import drawing
from fjanalysis.refresh.breaks import Break, breaks, earlier_refresh
from fjanalysis.refresh.report import About, page, share
from tests.browser import dark_violations, needs_chromium, opened, violations
from tests.refreshes import build_refresh
from tests.vnu import needs_vnu, problems

MANIFEST = {
    "refresh": "2020-05-01",
    "synthetic": True,
    "follow_up_end": "2020-04-30",
    "data_start": {"England": {"public": "2017-04-01"}, "Wales": {"public": "2017-04-01"}},
    "tables": {"cases": {"rows": 4321}},
    "source": {"tables": {"CASES_20200501": {"rows": 3}}},
}
ENGLAND, WALES = "E92000001", "W92000004"
YEARS = ("2017-18", "2018-19", "2019-20", "2020-21")


def row(
    measure: str,
    group: str,
    period: str,
    numerator: int,
    of: int | None = None,
    area: str = ENGLAND,
) -> dict[str, object]:
    about = {
        "stream": "refresh",
        "measure": measure,
        "group": group,
        "period": period,
        "area": area,
    }
    kind = {"statistic": "count"} if of is None else {"statistic": "percent", "denominator": of}
    value = numerator if of is None else 100 * numerator / of
    return {**about, **kind, "value": value, "numerator": numerator}


def quality() -> pd.DataFrame:
    rows = []
    for at, year in enumerate(YEARS):
        rows += [
            row("records", "system: ecms; table: cases", year, 1200 + at),
            row("records", "system: cymru; table: cases", year, 7, area=WALES),
            row("missing", "field: ethnicity", year, 600 - 200 * at, 1200 + at),
            row("missing", "field: ethnicity", year, 7, 7, area=WALES),
            row("linked", "systems: cms to ecms", year, 100 + at, 1000),
            row("mended", "field: birth week", year, 8 if at else 4711),
            row("kept", "field: orders before the first application", year, 0),
        ]
    rows.append(row("unmatched", "link: roles to applications", "2017-18 to 2020-21", 250, 5000))
    rows.append(row("unmatched", "link: hearings to cases", "2017-18 to 2020-21", 6, 5000))
    return results.tidy(rows)


MOVES = (
    Break(ENGLAND, "system: ecms; table: cases", "2017-18", 1000, 1200),
    Break(WALES, "system: cymru; table: cases", "2018-19", 9, 18),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "quality.html"
    path.write_text(page(About(MANIFEST, "2020-04-01", MOVES, 5.0), quality()), encoding="utf-8")
    return path


def test_the_report_says_that_it_is_secure_and_synthetic(report):
    text = report.read_text()
    assert "must not leave the secure environment" in text
    assert "Synthetic data" in text
    assert "<title>Secure:" in text


def test_no_small_count_stands_in_a_table_or_a_chart(report):
    text = report.read_text()
    cells = re.findall(r"<td>([^<]*)</td>", text)
    assert "fewer than 10" in cells
    assert not {cell for cell in cells if cell.isdigit() and 0 < int(cell) < 10}
    told = " ".join(re.findall(r"<desc[^>]*>([^<]*)</desc>", text))
    assert re.findall(r"(?<![\d.,])[1-9](?![\d.,])", told.replace("fewer than 10", "")) == []


def test_every_chart_is_named_described_and_stands_beside_a_table(report):
    text = report.read_text()
    charts, pairs = text.count("<svg"), text.split('<div class="pair">')[1:]
    assert charts == len(pairs) == text.count("<title id=") == text.count("<desc id=") > 8
    assert all("<svg" in pair and "<table>" in pair for pair in pairs)


def test_what_stands_out_is_told_first(report):
    text = report.read_text()
    top = text[text.index("What to look at") : text.index("Rows of the research-ready")]
    assert "roles to applications: 5.0% lead nowhere" in top
    assert "hearings to cases" not in top
    assert "ethnicity: missing in 33.3%, then in 16.6%" in top
    assert "2 counts of a year moved by more than 5%" in top


def test_a_year_that_is_not_whole_is_marked_and_not_drawn(report):
    text = report.read_text()
    assert "2020-21 (part)" in text
    assert "2019-20 (part)" not in text
    assert "ECMS: 1,200 in 2017-18, 1,202 in 2019-20." in text


def test_a_move_from_or_to_a_small_count_is_not_told_in_percent(report):
    text = report.read_text()
    assert "+20.0%" in text
    assert "+100.0%" not in text
    assert "too few to say" in text


@pytest.mark.parametrize(
    ("numerator", "denominator", "words"),
    [
        (3, 1000, "fewer than 10"),
        (995, 1000, "all but fewer than 10"),
        (0, 1000, "0.0%"),
        (1000, 1000, "100.0%"),
        (20, 100_000, "under 0.1%"),
        (2, 5, "fewer than 10"),
        (0, 0, "none"),
    ],
)
def test_a_share_that_tells_of_fewer_than_ten_is_not_given(numerator, denominator, words):
    assert share(numerator, denominator)[1] == words


def test_only_years_whole_in_the_earlier_refresh_are_compared(tmp_path):
    def counts(**numbers: int) -> pd.DataFrame:
        named = {name[1:].replace("_", "-"): number for name, number in numbers.items()}
        group = "system: ecms; table: cases"
        return results.tidy([row("records", group, year, n) for year, n in named.items()])

    before = counts(y2017_18=1000, y2018_19=1000, y2019_20=500)
    earlier = build_refresh(tmp_path / "2019-10-01", {}, refresh="2019-10-01", quality=before)
    now = counts(y2016_17=50, y2017_18=1049, y2018_19=1060, y2019_20=1000)
    found = breaks(earlier, now, 5.0)
    assert [(each.period, each.before, each.now) for each in found] == [
        ("2016-17", 0, 50),
        ("2018-19", 1000, 1060),
    ]
    assert found[0].percent is None
    assert found[1].percent == pytest.approx(6.0)


def test_the_newest_whole_refresh_of_an_earlier_date_is_compared_with(tmp_path):
    assert earlier_refresh(tmp_path / "nowhere" / "2020-01-01") is None
    for date in ("2019-10-01", "2019-12-01", "2021-01-01"):
        build_refresh(tmp_path / date, {}, refresh=date)
    (tmp_path / "2019-12-01" / "orders.parquet").unlink()
    found = earlier_refresh(tmp_path / "2020-01-01")
    assert found is not None
    assert found.date == "2019-10-01"


def test_lines_leave_a_gap_where_a_value_is_unknown():
    drawn = drawing.lines("a", "A", YEARS, {"x": [10.0, None, 30.0, 20.0]}, percent=False)
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 3


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (37, 40), (41, 50), (0.3, 0.4), (81, 100)]
)
def test_an_axis_ends_at_a_round_number(value, top):
    assert drawing.ceiling(value) == pytest.approx(top)


@needs_vnu
def test_the_report_is_valid_html(report):
    assert problems(report) == []


@needs_chromium
def test_axe_finds_nothing_wrong_with_the_report(report):
    with opened(report) as view:
        assert violations(view) == []
        assert dark_violations(view) == []


def test_no_line_goes_through_the_name_at_the_end_of_another():
    years = [f"20{year}-{year + 1}" for year in range(10, 18)]
    old = [100.0, 90.0, 3.0, *[None] * 5]
    new = [None, None, *[5.0] * 6]
    drawn = drawing.lines("a", "A", years, {"Old": old, "New": new}, percent=False)
    (name,) = re.findall(r'y="([\d.]+)" fill="[^"]+" class="name">Old<', drawn)
    points = re.findall(r'<polyline points="([^"]+)"', drawn)[1]
    heights = [float(point.split(",")[1]) for point in points.split()]
    # Letters stand on their line and are nine high: the line runs below them.
    assert all(height > float(name) + 2 for height in heights)

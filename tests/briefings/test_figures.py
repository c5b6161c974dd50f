"""Figures are declared strictly, and what cannot be drawn is refused with its reason."""

import re

import pytest

from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.errors import RenderError
from fjanalysis.packs import read_pack
from tests.briefings.conftest import LANGUAGE, ROOT
from tests.briefings.declared import ORDERS, REGIONS, TREND
from tests.packs import make_pack


def test_an_unknown_name_is_refused_with_its_line_and_the_nearest(declare):
    with pytest.raises(RenderError, match="Did you mean 'measure'") as caught:
        declare("one:\n  kind: line\n  title: A\n  subtitle: B\n  measures: a.count\n")
    assert caught.value.where.endswith(":5")
    with pytest.raises(RenderError) as caught:
        declare("one:\n  kind: line\n  title: A\n  subtitle: B\n  measure: a.count\n  aera: X\n")
    assert caught.value.where.endswith(":6")
    assert "'area'" in caught.value.what


def test_a_statistic_that_is_none_is_refused(declare):
    with pytest.raises(RenderError, match="'percentage' is not a statistic") as caught:
        declare("one:\n  kind: line\n  title: A\n  subtitle: B\n  measure: a.percentage\n")
    assert caught.value.where.endswith(":5")


def test_an_id_twice_is_refused_with_its_line(declare):
    with pytest.raises(RenderError, match="stands twice") as caught:
        declare("one:\n  kind: line\none:\n  kind: dot\n")
    assert caught.value.where.endswith(":3")


def test_an_unknown_kind_is_refused(declare):
    with pytest.raises(RenderError, match="kind"):
        declare("one:\n  kind: pie\n  title: A\n  subtitle: B\n  measure: a.count\n")


def test_a_chart_of_two_statistics_is_refused(declare):
    with pytest.raises(RenderError, match="one statistic"):
        declare("one:\n  kind: line\n  title: A\n  subtitle: B\n  measure: [a.count, a.percent]\n")


def test_figures_keep_the_order_of_the_file(declare):
    assert list(declare(TREND + REGIONS)) == ["trend", "regions"]


def test_a_chart_of_nothing_but_withheld_values_is_refused(tmp_path, brand, declare):
    where = {"measure": "same_day_hearing", "statistic": "percent"}
    folder = make_pack(tmp_path / "p", withhold=(where,))
    with pytest.raises(RenderError, match="Every value"):
        render_figure(
            declare(REGIONS)["regions"],
            read_pack(folder),
            brand=brand,
            language=LANGUAGE,
            stream="urgent-hearings",
        )


def test_more_than_four_series_are_refused(render):
    text = TREND.replace(
        "measure: [same_day_hearing.percent, short_notice_hearing.percent]",
        "measure: same_day_hearing.percent\n  area: regions",
    ).replace("series: measure\n  names: {same_day_hearing.percent: Same day}\n", "series: area\n")
    with pytest.raises(RenderError, match="9 series"):
        render(text)


def test_shares_of_another_base_are_never_stacked_on_their_sisters(render):
    open_too = ORDERS.replace("[placement order, care order]", "[placement order, still open]")
    with pytest.raises(RenderError, match="Still open does not belong"):
        render(open_too)


def test_two_results_at_one_place_are_refused_with_what_tells_them_apart(render):
    text = REGIONS.replace("area: regions", "area: regions\n  series: measure").replace(
        "period: window", "period: years"
    )
    with pytest.raises(RenderError, match="differ in period"):
        render(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("area: regions", "area: Englnd", "'England'"),
        ("period: window", "period: 2031-32", "2031-32"),
        ("same_day_hearing.percent", "same_day_hearings.percent", "'same_day_hearing.percent'"),
        ("period: window", "period: window\n  by: age", "by age"),
        ("period: window", "period: window\n  variant: strict", "'strict'"),
    ],
)
def test_what_no_result_fits_is_refused_with_the_figure_and_the_nearest(render, old, new, message):
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        render(REGIONS.replace(old, new))
    assert "figures.yml: regions" in caught.value.where


def test_a_slope_needs_a_row_with_both_ends(tmp_path, brand, declare):
    gone = {"measure": "same_day_hearing", "statistic": "percent", "period": "2012-13"}
    source = read_pack(make_pack(tmp_path / "2026-02-01", withhold=(gone,)))
    words = REGIONS.replace("kind: dot", "kind: slope").replace("  benchmark: England\n", "")
    words = words.replace("period: window", "period: [first, last]")
    draw = {"brand": brand, "language": LANGUAGE, "stream": "urgent-hearings"}
    with pytest.raises(RenderError, match="value at both ends"):
        render_figure(declare(words)["regions"], source, **draw)
    words += "  otherwise: No year can be compared.\n"
    drawn = render_figure(declare(words)["regions"], source, **draw)
    assert drawn.svg is None
    assert "No year can be compared." in drawn.notes


@pytest.mark.parametrize("name", ["urgent-hearings", "recurrence", "private-law-returns"])
def test_the_figures_of_every_briefing_can_be_read(name):
    figures = read_figures(ROOT / "briefings" / name / "figures.yml")
    assert len(figures) >= 8
    for figure in figures.values():
        assert not re.search(r"20\d\d[-/]\d\d", figure.title + figure.subtitle), figure.id

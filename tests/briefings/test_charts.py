"""Funnels, forest plots, tile maps and slopes say what the released numbers say."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fjanalysis.briefings.charts import tiles
from fjanalysis.briefings.charts.funnel import _span, effective_size, funnel, pooled
from fjanalysis.briefings.charts.style import apart, nice_top, step_decimals, text_width
from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.errors import RenderError
from fjanalysis.limits import log_log
from fjanalysis.reference import areas
from tests.briefings.declared import FOREST, FUNNEL, SLOPE, TILES


def percents(cases, bases):
    return pd.DataFrame(
        {
            "statistic": "percent",
            "value": [100 * case / base for case, base in zip(cases, bases, strict=True)],
            "lower": math.nan,
            "upper": math.nan,
            "numerator": cases,
            "denominator": bases,
        }
    )


def test_areas_outside_a_funnel_are_those_of_the_exact_binomial():
    rows = percents([20, 60, 100, 5], [200, 200, 500, 100])
    plot = funnel(rows, ["a", "b", "c", "d"], 15.0, overdispersed=False)
    tails = [
        min(stats.binom.cdf(k, n, 0.15), stats.binom.sf(k - 1, n, 0.15))
        for k, n in ((20, 200), (60, 200), (100, 500), (5, 100))
    ]
    assert plot.outside(0.998) == [at for at, tail in enumerate(tails) if tail < 0.001]


def test_a_funnel_without_a_benchmark_is_held_against_all_its_areas_together():
    assert pooled(percents([20, 60], [200, 400])) == pytest.approx(100 * 80 / 600)


def test_cumulative_percentages_are_not_pooled():
    rows = percents([20], [200]).assign(statistic="cumulative_percent")
    assert pooled(rows) is None


def test_limits_are_widened_only_where_areas_vary_more_than_chance():
    rng = np.random.default_rng(3)
    bases = rng.integers(200, 2000, 60)
    calm = percents(rng.binomial(bases, 0.2), bases)
    wild = percents(rng.binomial(bases, np.clip(rng.normal(0.2, 0.08, 60), 0.01, 0.9)), bases)
    names = [str(at) for at in range(60)]
    for rows, widened in ((calm, False), (wild, True)):
        plot = funnel(rows, names, 20.0, overdispersed=True)
        exact = funnel(rows, names, 20.0, overdispersed=False)
        assert (plot.dispersion > 1.5) is widened
        assert (plot.limits(500, 0.95)[1] > exact.limits(500, 0.95)[1] + 0.5) is np.bool_(widened)


def test_effective_size_is_the_number_of_persons_where_nobody_leaves_early():
    # Without censoring, Greenwood's sum is (1 - s) / (n s).
    number, survival = 800.0, 0.75
    low, high = log_log(survival, (1 - survival) / (number * survival))
    size = effective_size(
        np.array([100 * (1 - survival)]),
        np.array([100 * (1 - float(high))]),
        np.array([100 * (1 - float(low))]),
    )
    assert size[0] == pytest.approx(number)


def test_every_area_of_the_reference_table_has_its_own_square():
    table = areas()
    for levels in (["dfj-area"], ["region"]):
        codes = tuple(table.loc[table["level"].isin(levels), "code"])
        assert tiles.missing(codes) == []
    squares = tiles.layout()
    local = squares[squares.index.str.startswith("DFJ-")]
    assert len(local) == 43
    assert not local.duplicated(["row", "column"]).any()
    assert not local.duplicated("name").any()
    assert not local.duplicated("short").any()
    regions = squares[~squares.index.str.startswith("DFJ-")]
    assert not regions.duplicated(["row", "column"]).any()


def test_classes_hold_every_value_once_and_split_no_tie():
    values = pd.Series([1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, math.nan])
    bands = tiles.classes(values)
    for value in values.dropna():
        assert sum(low <= value <= high for low, high in bands) == 1
    assert bands[0] == (1.0, 1.0)


def test_classes_of_different_values_are_quarters():
    assert tiles.classes(pd.Series(range(8), dtype=float)) == [(0, 1), (2, 3), (4, 5), (6, 7)]


def test_one_value_makes_one_class():
    assert tiles.classes(pd.Series([2.0, 2.0])) == [(2.0, 2.0)]


def test_the_funnel_says_which_areas_lie_outside(render, pack):
    rows = pack.results.query(
        "measure == 'same_day_hearing' and statistic == 'percent' and status == 'ok'"
        " and period == '2012-13 to 2024-25'"
    ).set_index("area")
    target = rows.loc["K04000001", "value"] / 100
    names = dict(zip(pack.areas["code"], pack.areas["name"], strict=True))
    local = rows[rows.index.str.startswith("DFJ-")]
    high = {
        names[code]
        for code, row in local.iterrows()
        if stats.binom.sf(row["numerator"] - 1, row["denominator"], target) < 0.001
    }
    alt = render(FUNNEL).alt
    assert high
    said = alt.split("Above the 99.8% limit: ")[1].split(". ")[0]
    assert set(said.rstrip(".").split(", ")) == high


def test_the_forest_plot_says_which_ratios_differ_from_one(render):
    alt = render(FOREST).alt
    assert "Above 1: Age: Under 20 1.32" in alt
    assert "Below 1: Age: 35 and over 0.81" in alt
    assert "No clear difference from the reference: Age: 30 to 34." in alt
    assert "25 to 29" not in alt


def test_rows_of_several_dimensions_carry_the_dimension_in_the_table(render):
    assert '<th scope="row">Subsequent infant: Yes</th>' in render(FOREST).table_html


def test_a_highlighted_area_changes_the_map_and_an_unknown_one_is_refused(render):
    assert render(TILES).svg != render(TILES.replace("highlight: Luton", "highlight: Derby")).svg
    with pytest.raises(RenderError, match="'Lutonia'"):
        render(TILES.replace("Luton", "Lutonia"))


def test_a_slope_needs_two_periods(render):
    with pytest.raises(RenderError, match="two periods"):
        render(SLOPE.replace("[first, last]", "last"))


def test_labels_are_put_apart_in_order_within_the_box():
    placed = apart([10.0, 11.0, 12.0, 90.0], 15.0, 0.0, 100.0)
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(placed))
    assert placed[0] >= 0
    assert placed[-1] <= 100


@pytest.mark.parametrize("value", [0.4, 1.0, 3.7, 17.2, 99.5, 2980.0, 49_500.0])
def test_an_axis_holds_its_highest_value_with_few_ticks(value):
    top, step = nice_top(value)
    assert top >= value
    assert top - value < step
    assert 2 <= round(top / step) <= 6


@pytest.mark.parametrize(
    ("low", "high", "span"),
    [(4, 35, (0, 40, 10)), (20.1, 27.9, (18, 30, 2)), (96, 98, (94, 100, 1))],
)
def test_the_axis_of_a_funnel_begins_at_zero_unless_its_lower_half_were_empty(low, high, span):
    bottom, top, step = _span(low, high)
    assert bottom <= low
    assert top >= high
    assert (bottom == 0) is (low < 0.5 * high)
    assert (bottom, top, step) == pytest.approx(span)


@pytest.mark.parametrize("high", [0.7, 1.2, 3, 11, 13, 26, 140, 2400])
def test_ticks_are_printed_as_they_stand(high):
    top, step = nice_top(high)
    for tick in np.arange(0, top + step / 2, step):
        assert float(f"{tick:.{step_decimals(step)}f}") == pytest.approx(tick)


def test_text_is_measured_in_the_packaged_typeface():
    one = text_width("Yorkshire", 15, "Source Sans Pro")
    assert text_width("Yorkshire Yorkshire", 15, "Source Sans Pro") > 2 * one
    assert text_width("Yorkshire", 30, "Source Sans Pro") == pytest.approx(2 * one, rel=0.05)
    assert text_width("Yorkshire", 15, "Source Sans Pro", "semibold") > one


def test_each_area_is_shown_over_the_window_of_its_own_records(tmp_path, pack, brand):
    results = pack.results.copy()
    wales = results["area"].isin(["W92000004", "DFJ-north-wales", "DFJ-swansea"])
    later = results["period"] == "2012-13 to 2024-25"
    results.loc[wales & later, "period"] = "2014-15 to 2024-25"
    shorter = replace(pack, results=results)
    path = tmp_path / "figures.yml"
    text = TILES.replace("last", "window") + FUNNEL.replace("England and Wales", "Wales")
    path.write_text(text, encoding="utf-8")
    for figure in read_figures(path).values():
        drawn = render_figure(
            figure, shorter, brand=brand, language="en-GB", stream="urgent-hearings"
        )
        assert len(drawn.sheet.names) == 43
        assert "North Wales" in drawn.sheet.names
        shown = dict(zip(drawn.sheet.names, drawn.sheet.cells, strict=True))
        assert shown["North Wales"][0].number is not None

"""Figures are declared strictly, and drawn from released numbers alone."""

import csv
import dataclasses
import io
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.errors import RenderError
from fjanalysis.packs import read_pack
from tests.packs import make_pack

ROOT = Path(__file__).parents[2]
LANGUAGE = "en-GB"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return read_pack(make_pack(tmp_path_factory.mktemp("packs") / "2026-02-01"))


@pytest.fixture(scope="module")
def real_pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "2026-02-01"
    return read_pack(make_pack(folder, synthetic=False))


@pytest.fixture
def declare(tmp_path):
    def declared(text):
        path = tmp_path / "figures.yml"
        path.write_text(text, encoding="utf-8")
        return read_figures(path)

    return declared


@pytest.fixture
def render(declare, pack, brand):
    def rendered(text, source=pack, language=LANGUAGE):
        figure = next(iter(declare(text).values()))
        return render_figure(
            figure, source, brand=brand, language=language, stream="urgent-hearings"
        )

    return rendered


REGIONS = """
regions:
  kind: dot
  title: Same-day hearings
  subtitle: Per cent of newborn cases, by region, {period}
  measure: same_day_hearing.percent
  area: regions
  period: window
  benchmark: England
"""
TREND = """
trend:
  kind: line
  title: Notice
  subtitle: Per cent of newborn cases, {area}, {period}
  measure: [same_day_hearing.percent, short_notice_hearing.percent]
  series: measure
  names: {same_day_hearing.percent: Same day}
  period: years
"""
ORDERS = """
orders:
  kind: stack
  title: Orders
  subtitle: Per cent of newborn cases, {area}
  measure: final_order.percent
  by: final order
  levels: [placement order, care order]
  rest: All others
  period: years
"""
CURVE = """
curve:
  kind: survival
  title: Returns
  subtitle: Cumulative per cent, {area}, {period}
  measure: recurrence/any_return.cumulative_percent
  by: parent
  area: England
  period: window
"""
TABLE = """
table:
  kind: table
  title: Table
  subtitle: Newborn cases, {period}
  measure: [newborn_cases.count, newborn_cases.rate_per_10000]
  area: [England, Wales]
"""


class Table(HTMLParser):
    """The cells of a table as text, by row, with the scope of each header cell."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.scopes, self.caption, self._at = [], [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._at = tag
        if tag == "tr":
            self.rows.append([])
            self.scopes.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.scopes[-1].append(dict(attrs).get("scope"))

    def handle_data(self, data):
        if self._at == "caption":
            self.caption += data
        elif self._at in ("td", "th"):
            self.rows[-1][-1] += data

    def handle_endtag(self, tag):
        self._at = ""


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


@pytest.mark.parametrize("text", [TREND, REGIONS, ORDERS, CURVE])
def test_a_chart_is_the_same_to_the_byte_when_drawn_again(render, text):
    assert render(text) == render(text)


@pytest.mark.parametrize("text", [TREND, REGIONS, ORDERS, CURVE])
def test_a_chart_holds_no_text_that_could_fall_back_no_date_and_no_path(render, text):
    for svg in (render(text).svg, render(text).svg_narrow):
        body = svg.decode()
        assert "<text" not in body
        assert "font-family" not in body
        assert "<metadata" not in body
        assert "matplotlib.org" not in body
        assert "SourceSansPro" in body
        assert "DejaVu" not in body
        assert "/site-packages" not in body


def test_the_phone_chart_is_as_wide_as_a_phone(render):
    rendered = render(REGIONS)
    assert b'width="540pt"' in rendered.svg
    assert b'width="270pt"' in rendered.svg_narrow


def test_a_chart_has_its_words_inside_it(render):
    rendered = render(REGIONS)
    body = rendered.svg.decode()
    assert f"<title>{rendered.subtitle}</title>" in body
    assert f"<desc>{rendered.alt}</desc>" in body


def test_dark_mode_replaces_every_colour_that_is_drawn(render, brand):
    body = render(TREND).svg.decode().lower()
    rules = re.search(r"prefers-color-scheme:dark\)\{(.*?)\}</style>", body)[1]
    drawn = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", body.split("</style>")[1]))
    kept = {brand.role("on-light").lower()}
    assert drawn - kept <= {light.lower() for light in brand.dark}
    for colour in drawn - kept:
        assert f'{colour}"]' in rules


def test_synthetic_numbers_are_named_as_such_on_chart_and_download(render, real_pack):
    synthetic, real = render(REGIONS), render(REGIONS, real_pack)
    assert "synthetic" in synthetic.notes[-1]
    assert "synthetic" not in real.notes[-1]
    assert len(synthetic.svg) > len(real.svg)
    first = next(csv.DictReader(io.StringIO(synthetic.csv)))
    assert first["synthetic"] == "yes"
    assert next(csv.DictReader(io.StringIO(real.csv)))["synthetic"] == "no"


def test_the_subtitle_names_the_period_and_place_that_are_shown(render):
    assert render(TREND).subtitle == "Per cent of newborn cases, England, 2012/13 to 2024/25"


def test_words_take_parameters_and_horizons_from_the_pack(render):
    words = TREND.replace("Same day}", '"Within {short_notice_days} days"}')
    drawn = render(words.replace("Per cent of", "Per cent under {newborn_days} days of"))
    assert "Per cent under 14 days of newborn cases" in drawn.subtitle
    assert "Within 7 days" in drawn.table_html
    with pytest.raises(RenderError, match=r"no '\{newborn_day\}'.*Did you mean 'newborn_days'"):
        render(words.replace("Per cent of", "Per cent under {newborn_day} days of"))


def test_areas_are_sorted_by_value_and_alt_names_the_extremes(render, pack):
    rendered = render(REGIONS)
    rows = Table(rendered.table_html).rows[1:]
    shown = [float(row[1].rstrip("%")) for row in rows]
    assert shown == sorted(shown, reverse=True)
    assert f"Highest: {rows[0][0]}, {rows[0][1]}." in rendered.alt
    assert f"Lowest: {rows[-1][0]}, {rows[-1][1]}." in rendered.alt
    england = pack.results.query(
        "measure == 'same_day_hearing' and statistic == 'percent' and area == 'E92000001'"
        " and period == '2012-13 to 2024-25'"
    )["value"].item()
    assert f"The line marks England, {england:.1f}%." in rendered.alt


def test_alt_says_rose_only_where_the_intervals_are_apart(render):
    alt = render(TREND).alt
    assert "Same day: Rose from" in alt
    wales = render(TREND.replace("period: years", "period: [first, '2013-14']\n  area: Wales")).alt
    assert "within the margin of error" in wales
    assert "Rose" not in wales.split("Same day:")[1].split("Short")[0]


def test_withheld_values_are_gaps_with_shorthand_and_are_said(tmp_path, brand, declare):
    where = {"measure": "same_day_hearing", "statistic": "percent", "area": "E12000007"}
    folder = make_pack(tmp_path / "p", withhold=({**where, "period": "2012-13 to 2024-25"},))
    figure = declare(REGIONS)["regions"]
    rendered = render_figure(
        figure, read_pack(folder), brand=brand, language=LANGUAGE, stream="urgent-hearings"
    )
    rows = {row[0]: row[1:] for row in Table(rendered.table_html).rows[1:]}
    assert rows["London"] == ["[c]", "[c]"]
    assert list(rows)[-1] == "London"
    assert "1 value is withheld as confidential." in rendered.alt
    assert any(note.startswith("[c]") for note in rendered.notes)
    line = next(
        row for row in csv.DictReader(io.StringIO(rendered.csv)) if row["area_name"] == "London"
    )
    assert (line["value"], line["numerator"], line["status"]) == ("", "", "c")


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


def test_every_header_cell_has_a_scope_and_every_cell_a_text(render):
    table = Table(render(TABLE).table_html)
    assert table.scopes[0] == ["col"] * len(table.rows[0])
    assert all(scopes[0] == "row" for scopes in table.scopes[1:])
    assert all(cell for row in table.rows for cell in row)
    assert all(len(row) == len(table.rows[0]) for row in table.rows)
    assert table.caption == "Newborn cases, 2024/25"


def test_table_numbers_are_the_released_ones(render, pack):
    rows = {row[0]: row[1:] for row in Table(render(TABLE).table_html).rows[1:]}
    for area, code in (("England", "E92000001"), ("Wales", "W92000004")):
        released = pack.results[
            (pack.results["area"] == code)
            & (pack.results["measure"] == "newborn_cases")
            & (pack.results["period"] == "2024-25")
        ].set_index("statistic")["value"]
        assert rows[area] == [f"{released['count']:,.0f}", f"{released['rate_per_10000']:.1f}"]


def test_csv_holds_the_rows_shown_with_names_and_codes(render):
    rows = list(csv.DictReader(io.StringIO(render(TABLE).csv)))
    assert {row["area_name"] for row in rows} == {"England", "Wales"}
    assert {row["statistic"] for row in rows} == {"count", "rate_per_10000"}
    assert {row["refresh"] for row in rows} == {"2026-02-01"}


def test_a_curve_is_the_one_that_the_released_percentages_were_read_from():
    from fjanalysis.briefings.charts.survival import curve
    from fjanalysis.disclosure.lifetables import release
    from fjanalysis.project import DisclosureProfile

    rng = np.random.default_rng(7)
    month = np.arange(0, 121, 6.0)
    events = np.r_[0, rng.integers(20, 90, len(month) - 1)].astype(float)
    censored = np.r_[0, rng.integers(20, 200, len(month) - 1)].astype(float)
    at_risk = 6000 - np.cumsum(events) - np.cumsum(censored)
    table = release(at_risk, events, censored, month, DisclosureProfile())
    survival, _ = table.curve()
    drawn = curve(
        "Mothers",
        pd.DataFrame(
            {
                "months": table.month,
                "at_risk": table.at_risk,
                "events": np.r_[math.nan, np.diff(table.events)],
            }
        ),
    )
    np.testing.assert_allclose(drawn.percent, 100 * (1 - survival), rtol=1e-12)
    assert (drawn.lower <= drawn.percent + 1e-9).all()
    assert (drawn.upper >= drawn.percent - 1e-9).all()


def test_a_curve_ends_where_its_life_table_is_withheld():
    from fjanalysis.briefings.charts.survival import curve

    table = pd.DataFrame(
        {
            "months": [0.0, 12.0, 24.0, 36.0],
            "at_risk": [100.0, 80.0, math.nan, math.nan],
            "events": [math.nan, 10.0, math.nan, math.nan],
        }
    )
    drawn = curve("All", table)
    assert drawn.months.tolist() == [0.0, 12.0]
    # 20 leave, 10 of them censored: half of those count, so 10 / 95.
    assert drawn.percent[-1] == pytest.approx(100 * 10 / 95)
    assert drawn.at_risk == {0: 100.0, 12: 80.0}


def test_the_csv_of_a_curve_holds_its_life_table(render):
    measures = {row["measure"] for row in csv.DictReader(io.StringIO(render(CURVE).csv))}
    assert measures == {
        "any_return",
        "any_return_at_risk",
        "any_return_events",
        "any_return_censored",
    }


NATIONS = """
nations:
  kind: survival
  title: Mothers who return
  subtitle: Cumulative per cent of mothers, by nation, {period}
  measure: recurrence/any_return.cumulative_percent
  group: "parent: mother"
  series: area
  area: [England, Wales]
  period: window
  otherwise: Nothing can be shown.
"""


def test_a_series_without_a_released_life_table_is_left_out_and_named(tmp_path, brand, declare):
    gone = tuple(
        {"measure": f"any_return_{part}", "area": "W92000004", "group": "parent: mother"}
        for part in ("at_risk", "events", "censored")
    )
    source = read_pack(make_pack(tmp_path / "2026-02-01", withhold=gone))
    figure = declare(NATIONS)["nations"]
    draw = {"brand": brand, "language": LANGUAGE, "stream": "recurrence"}
    drawn = render_figure(figure, source, **draw)
    assert drawn.svg is not None
    assert drawn.notes[0].startswith("No curve is drawn for “Wales”")
    alone = figure.model_copy(update={"area": ("Wales",)})
    assert "Nothing can be shown." in render_figure(alone, source, **draw).notes


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


def test_a_table_of_variants_says_that_a_pack_holds_the_main_one_alone(render):
    words = REGIONS.replace("kind: dot", "kind: table").replace("  benchmark: England\n", "")
    words += "  variant: [main, newborn-7]\n  rows: variant\n  otherwise: No other runs.\n"
    drawn = render(words.replace("area: regions", "area: England"))
    assert "No other runs." in drawn.notes


def test_a_table_of_variants_shows_each_over_its_own_window(tmp_path, brand, declare):
    source = read_pack(make_pack(tmp_path / "2026-02-01"))
    rows = source.results
    main = rows[(rows["measure"] == "same_day_hearing") & rows["period"].str.contains(" to ")]
    begins, _, ends = max(main["period"], key=len).partition(" to ")
    shorter = f"{int(begins[:4]) + 1}-{int(begins[5:]) + 1} to {ends}"
    later = main.assign(variant="newborn-7", period=shorter)
    source = dataclasses.replace(source, results=pd.concat([rows, later], ignore_index=True))
    words = REGIONS.replace("kind: dot", "kind: table").replace("  benchmark: England\n", "")
    words += "  variant: [main, newborn-7]\n  rows: variant\n"
    words = words.replace("area: regions", "area: England")
    draw = {"brand": brand, "language": LANGUAGE, "stream": "urgent-hearings"}
    drawn = render_figure(declare(words)["regions"], source, **draw)
    assert len(Table(drawn.table_html).rows) == 3


@pytest.mark.parametrize("name", ["urgent-hearings", "recurrence", "private-law-returns"])
def test_the_figures_of_every_briefing_can_be_read(name):
    figures = read_figures(ROOT / "briefings" / name / "figures.yml")
    assert len(figures) >= 8
    for figure in figures.values():
        assert not re.search(r"20\d\d[-/]\d\d", figure.title + figure.subtitle), figure.id


ADOPTION = """
adoption:
  kind: forest
  title: Who is placed?
  subtitle: Odds ratio of a placement order, {area}
  measure: adoption.odds_ratio
  by: [age]
  area: England
  period: window
  otherwise: The numbers are too small to be published.
"""
WHY = "There were too few events for the model."


@pytest.mark.parametrize(
    ("status", "note", "said"),
    [
        ("x", "too few events", [WHY]),
        ("c", "", ["The numbers are too small to be published."]),
    ],
)
def test_a_model_that_was_not_fitted_says_why_and_one_that_was_withheld_says_so(
    tmp_path, brand, declare, status, note, said
):
    pack = read_pack(make_pack(tmp_path / "2026-02-01"))
    rows = pack.results.copy()
    own = (rows["measure"] == "adoption") & (rows["statistic"] == "odds_ratio")
    rows.loc[own, ["value", "lower", "upper"]] = float("nan")
    rows.loc[own, ["numerator", "denominator"]] = pd.NA
    rows.loc[own, ["status", "note"]] = [status, note]
    streams = {**pack.streams, "urgent-hearings": {**pack.streams["urgent-hearings"]}}
    streams["urgent-hearings"]["notes"] = {"too few events": WHY}
    changed = dataclasses.replace(pack, results=rows, streams=streams)
    draw = {"brand": brand, "language": LANGUAGE, "stream": "urgent-hearings"}
    drawn = render_figure(declare(ADOPTION)["adoption"], changed, **draw)
    assert drawn.svg is None
    both = {WHY, "The numbers are too small to be published."}
    assert [words for words in drawn.notes if words in both] == said

"""Charts are drawn from released numbers alone, and say in words what they show."""

import csv
import io
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fjanalysis.briefings.charts import stack
from fjanalysis.briefings.charts.style import WIDE, Look, styled
from fjanalysis.briefings.figures import render_figure
from fjanalysis.briefings.selection import select
from fjanalysis.errors import RenderError
from fjanalysis.packs import read_pack
from tests.briefings.conftest import LANGUAGE
from tests.briefings.declared import (
    CURVE,
    FOREST,
    FUNNEL,
    ORDERS,
    REGIONS,
    SLOPE,
    TILES,
    TREND,
    Table,
)
from tests.packs import make_pack

KINDS = (TREND, REGIONS, ORDERS, CURVE, FUNNEL, FOREST, TILES, SLOPE)


@pytest.mark.parametrize("text", KINDS)
def test_a_chart_is_the_same_to_the_byte_when_drawn_again(render, text):
    assert render(text) == render(text)


@pytest.mark.parametrize("text", KINDS)
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


@pytest.mark.parametrize("text", KINDS)
def test_dark_mode_replaces_every_colour_that_is_drawn(render, brand, text):
    body = render(text).svg.decode().lower()
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


def years(pack, **changes):
    """Return a pack whose yearly shares of same-day hearings in England have other values."""
    rows = pack.results.copy()
    own = (rows["measure"] == "same_day_hearing") & (rows["statistic"] == "percent")
    own &= (
        (rows["area"] == "E92000001") & (rows["group"] == "") & ~rows["period"].str.contains("to")
    )
    for period, values in changes.items():
        which = own if period == "all" else own & (rows["period"] != period.replace("_", "-")[1:])
        rows.loc[which, list(values)] = list(values.values())
    return replace(pack, results=rows)


ONE = TREND.replace(
    "[same_day_hearing.percent, short_notice_hearing.percent]", "same_day_hearing.percent"
)


def test_a_value_between_two_gaps_shows_its_interval(render, pack):
    alone = years(
        pack, _2015_16={"value": math.nan, "lower": math.nan, "upper": math.nan, "status": "c"}
    )
    plain = ONE + "  interval: false\n"
    bars = [render(text, alone).svg.count(b"stroke-opacity: 0.35") for text in (ONE, plain)]
    assert bars == [1, 0]
    assert b"stroke-opacity: 0.35" not in render(ONE).svg


def test_a_withheld_part_of_a_bar_is_a_gap_with_its_shorthand(tmp_path, brand, declare):
    where = {"measure": "final_order", "group": "final order: placement order", "area": "E92000001"}
    source = read_pack(make_pack(tmp_path / "p", withhold=({**where, "period": "2019-20"},)))
    figure = declare(ORDERS)["orders"]
    chosen = select(figure, source, stream="urgent-hearings", language=LANGUAGE, where="")
    look = Look(brand, WIDE, LANGUAGE)
    with styled(look):
        (axes,) = stack.draw(figure, chosen, look).axes
    bars = {}
    for bar in axes.patches:
        bars.setdefault(round(bar.get_y()), []).append(bar)
    whole = [parts for parts in bars.values() if len(parts) == 3]
    (torn,) = [parts for parts in bars.values() if len(parts) != 3]
    assert len(whole) == len(chosen.rows) - 1
    assert all(sum(bar.get_width() for bar in parts) == pytest.approx(100) for parts in whole)
    (care,) = torn
    assert care.get_x() > 0
    assert [text.get_text() for text in axes.texts].count("[c]") == 1


def test_a_line_along_the_axis_gives_way_to_the_words_for_that_case(render, pack):
    nothing = years(pack, all={"value": 0.0, "lower": 0.0, "upper": 0.0})
    words = ONE + "  otherwise: The yearly numbers are too small.\n"
    drawn = render(words, nothing)
    assert drawn.svg is None
    assert "The yearly numbers are too small." in drawn.notes
    assert render(words).svg is not None
    assert render(ONE, nothing).svg is not None


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

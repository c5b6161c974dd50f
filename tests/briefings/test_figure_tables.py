"""The tables and files of data that stand beside charts."""

import csv
import dataclasses
import io
import math

import pandas as pd
import pytest

from fjanalysis.briefings.figures import render_figure
from fjanalysis.packs import read_pack
from tests.briefings.conftest import LANGUAGE
from tests.briefings.declared import ADOPTION, CURVE, NATIONS, REGIONS, TABLE, Table
from tests.packs import make_pack


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


FLOW = """
flow:
  kind: table
  title: From records to cases
  subtitle: Records kept, {area}, {period}
  measure: cohort_flow.count
  by: step
  rows: level
  period: window
"""


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        # The order of the stream, whatever the sizes; a step that it does not name comes last.
        (
            ["records read", "cohort", "in scope"],
            ["records read", "cohort", "in scope", "with a known issue date"],
        ),
        # A pack made before the order was noted: the largest first.
        ([], ["records read", "in scope", "with a known issue date", "cohort"]),
    ],
)
def test_the_steps_of_a_flow_are_in_the_order_of_their_stream(
    declare, pack, brand, declared, shown
):
    about = pack.streams["urgent-hearings"]
    measures = [
        each | ({"steps": declared} if each["id"] == "cohort_flow" and declared else {})
        for each in about["measures"]
    ]
    streams = {**pack.streams, "urgent-hearings": {**about, "measures": measures}}
    own = dataclasses.replace(pack, streams=streams)
    drawn = render_figure(
        declare(FLOW)["flow"], own, brand=brand, language=LANGUAGE, stream="urgent-hearings"
    )
    names = [row[0].lower() for row in Table(drawn.table_html).rows[1:]]
    assert names == shown

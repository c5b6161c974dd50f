"""Tables of notebooks: rows of the results in full, with names, intervals, and why a value is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from fjanalysis.streams.shown import Shown, shown, whole_window

NAMES = {"E92000001": "England", "W92000004": "Wales"}


def rows() -> pd.DataFrame:
    key = {"measure": "any_return", "statistic": "cumulative_percent", "group": "parent: mother"}
    found = [
        {**key, "area": area, "period": period, "horizon": horizon, "value": 10.04 + number}
        | {"lower": 9.0, "upper": 12.0, "numerator": 1200, "denominator": 12000}
        for number, (area, period, horizon) in enumerate(
            (area, period, horizon)
            for area in NAMES
            for period in ("2014-15", "2013-14", "2013-14 to 2014-15")
            for horizon in ("1 year", "10 years", "5 years")
        )
    ]
    found[1] |= {"value": None, "status": "x", "note": "follow-up too short"}
    return pd.DataFrame(found)


def test_what_is_the_same_in_all_rows_is_said_once_and_the_rest_stands_in_columns() -> None:
    table = shown(rows(), NAMES)
    assert table.heading == "any return; cumulative per cent; parent: mother"
    assert table.columns == ["area", "period", "horizon", "value", "note"]
    assert table.rows[0] == ["England", "2014-15", "1 year", "10.0 (9.0 to 12.0)", ""]
    assert len(table.rows) == len(rows())


def test_a_value_that_is_missing_says_why() -> None:
    assert shown(rows(), NAMES).rows[1][3] == "x: follow-up too short"


def test_horizons_stand_across_by_length_and_periods_down_in_order_with_the_window_last() -> None:
    table = shown(rows(), NAMES, across="horizon", interval=False)
    assert table.columns == ["area", "period", "1 year", "5 years", "10 years"]
    assert [row[:2] for row in table.rows[:3]] == [
        ["England", "2013-14"],
        ["England", "2014-15"],
        ["England", "2013-14 to 2014-15"],
    ]
    assert table.rows[1][2:] == ["10.0", "12.0", "x: follow-up too short"]


def test_a_dimension_of_the_group_can_stand_across() -> None:
    both = pd.concat([rows(), rows().assign(group="parent: father; age: under 20")])
    table = shown(both.iloc[::9], NAMES, across="parent", interval=False)
    assert table.columns[-2:] == ["mother", "father"]
    assert "age: under 20" in {row[table.columns.index("group")] for row in table.rows}


def test_counts_stand_beside_the_values_where_they_are_asked_for() -> None:
    table = shown(rows(), NAMES, counts=True)
    assert table.columns[-3:] == ["numerator", "denominator", "note"]
    assert table.rows[0][-3:-1] == ["1,200", "12,000"]


@pytest.mark.parametrize(("value", "text"), [(0.0004, "< 0.001"), (0.0424, "0.042")])
def test_a_p_value_is_never_nought(value: float, text: str) -> None:
    test = rows().head(1).assign(statistic="p_value", value=value, lower=None, upper=None)
    assert shown(test, NAMES).rows[0][-1] == text


def test_no_rows_are_said_to_be_none() -> None:
    assert "no rows" in shown(rows().iloc[:0], NAMES)._repr_html_()


def test_html_holds_every_row_in_full_and_escapes_what_it_is_given() -> None:
    long = "A definition that goes on for longer than fifty letters < and is not cut off."
    html = Shown("All", ["Term", "Definition"], [["Set", long]] * 70, 2)._repr_html_()
    assert html.count("<tr>") == 71
    assert html.count("longer than fifty letters &lt; and is not cut off.") == 70


def test_the_whole_window_is_each_areas_own() -> None:
    wales = rows().assign(area="W92000004", period="2012-13 to 2014-15")
    found = whole_window(pd.concat([rows(), wales]))
    spans = set(zip(found["area"], found["period"], strict=True))
    assert spans == {("E92000001", "2013-14 to 2014-15"), ("W92000004", "2012-13 to 2014-15")}


def test_in_plain_text_a_table_is_its_heading_alone() -> None:
    assert repr(shown(rows(), NAMES)) == (
        "any return; cumulative per cent; parent: mother (18 rows)"
    )

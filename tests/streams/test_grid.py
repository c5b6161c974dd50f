from datetime import date

import pandas as pd

from fjanalysis.reference import areas
from fjanalysis.streams.grid import (
    POOLED,
    area_relations,
    cells,
    counted,
    estimated,
    flow_sums,
    make_grid,
    period_relations,
    placed,
)
from fjanalysis.streams.windows import headline_grid

STARTS = {"England": date(2015, 4, 1), "Wales": date(2016, 10, 1)}
END = date(2020, 12, 31)
GRID = make_grid(areas(), STARTS, END, 2)
UNITS = pd.DataFrame(
    [
        ("England", "E12000001", "DFJ-manchester", 2015, True),
        ("England", "E12000001", None, 2018, False),
        ("England", None, "DFJ-manchester", 2019, True),
        ("Wales", "W92000004", "DFJ-swansea", 2017, True),
        ("England", "E12000001", None, 2020, True),
    ],
    columns=["nation", "region", "dfj_area", "year", "flag"],
)


def periods(area: str) -> list[str]:
    return GRID[GRID["area"] == area]["period"].drop_duplicates().tolist()


def test_nations_have_their_complete_years_and_their_whole_window() -> None:
    assert periods("E92000001") == [
        "2015-16",
        "2016-17",
        "2017-18",
        "2018-19",
        "2019-20",
        "2015-16 to 2019-20",
    ]
    assert periods("W92000004") == ["2017-18", "2018-19", "2019-20", "2017-18 to 2019-20"]


def test_england_and_wales_have_the_years_that_both_have() -> None:
    assert periods(POOLED) == periods("W92000004")


def test_dfj_areas_have_longer_periods_beside_years_cut_backwards_from_the_last() -> None:
    local = GRID[(GRID["area"] == "DFJ-manchester") & (GRID["span"] == "local")]
    assert sorted(set(local["period"])) == ["2016-17 to 2017-18", "2018-19 to 2019-20"]
    shown = estimated(GRID)
    assert set(shown[shown["area"] == "DFJ-manchester"]["span"]) == {"local", "whole"}
    assert set(counted(GRID)["span"]) == {"year", "whole"}


def test_local_periods_of_one_year_are_the_years_themselves() -> None:
    yearly = make_grid(areas(), STARTS, END, 1)
    for kept in (estimated(yearly), counted(yearly)):
        own = kept[kept["area"] == "DFJ-manchester"]
        assert sorted(set(own["period"])) == sorted(periods("E92000001"))
        assert not own.duplicated(["period", "year"]).any()


def test_a_window_of_one_year_is_whole() -> None:
    short = make_grid(areas(), STARTS, date(2018, 3, 31), 3)
    wales = short[short["area"] == "W92000004"]
    assert wales[["period", "span"]].to_numpy().tolist() == [["2017-18", "whole"]]
    assert len(headline_grid(short)[lambda grid: grid["area"] == "W92000004"]) == 1


def test_a_nation_without_data_has_no_cells_and_nothing_is_pooled() -> None:
    alone = make_grid(areas(), {"England": STARTS["England"]}, END, 3)
    codes = set(alone["area"])
    assert POOLED not in codes
    assert "W92000004" not in codes
    assert "DFJ-swansea" not in codes


def value(frame: pd.DataFrame, area: str, period: str, column: str = "all") -> int:
    row = frame[(frame["area"] == area) & (frame["period"] == period)]
    return int(row[column].iloc[0])


def test_cells_count_a_unit_in_every_area_and_period_that_it_is_in() -> None:
    found = cells(UNITS.assign(all=True), ("all", "flag"), GRID)
    assert value(found, "E92000001", "2015-16 to 2019-20") == 3
    assert value(found, "E92000001", "2015-16 to 2019-20", "flag") == 2
    assert value(found, "E12000001", "2018-19") == 1
    assert value(found, "DFJ-manchester", "2018-19 to 2019-20") == 1
    assert value(found, POOLED, "2017-18 to 2019-20") == 3
    assert value(found, "W92000004", "2018-19") == 0
    assert not found.duplicated(["area", "period"]).any()
    assert len(found) == len(GRID[["area", "period"]].drop_duplicates())


def test_cells_hold_every_level_of_a_breakdown() -> None:
    by = {"flag": ["True", "False"]}
    found = cells(UNITS.assign(all=True, flag=UNITS["flag"].astype(str)), ("all",), GRID, by)
    region = found[(found["area"] == "E12000001") & (found["period"] == "2015-16")]
    assert dict(zip(region["flag"], region["all"], strict=True)) == {"True": 1, "False": 0}


def test_units_outside_complete_years_are_placed_nowhere() -> None:
    assert 2020 not in set(placed(UNITS, GRID)["year"])


def test_regions_and_dfj_areas_fall_short_of_their_nation_and_nations_do_not_of_both() -> None:
    present = ["E92000001", "W92000004", POOLED, "E12000001", "E12000002", "DFJ-swansea"]
    found = area_relations(areas(), present, {"measure": ("m",)})
    wholes = {(each.whole, each.members, each.exhaustive) for each in found}
    assert wholes == {
        (POOLED, ("E92000001", "W92000004"), True),
        ("E92000001", ("E12000001", "E12000002"), False),
        ("W92000004", ("DFJ-swansea",), False),
    }


def test_years_add_up_to_a_span_only_where_all_of_them_are_given() -> None:
    names = ["2015-16", "2016-17", "2015-16 to 2016-17"]
    rows = pd.DataFrame(
        [("m", "a", name) for name in names]
        + [("m", "b", "2015-16"), ("m", "b", "2015-16 to 2016-17")],
        columns=["measure", "area", "period"],
    )
    found = period_relations(rows, {})
    assert {(each.whole, each.members, each.where["area"]) for each in found} == {
        ("2015-16 to 2016-17", ("2015-16", "2016-17"), ("a",))
    }


def test_longer_periods_are_parts_of_the_whole_even_where_some_years_are_left_over() -> None:
    names = ["2016-17 to 2017-18", "2018-19 to 2019-20", "2015-16 to 2019-20"]
    rows = pd.DataFrame([("m", "a", name) for name in names], columns=["measure", "area", "period"])
    (found, _) = period_relations(rows, {})
    assert (found.whole, found.members, found.exhaustive) == (names[2], tuple(names[:2]), False)


def test_steps_left_out_and_kept_of_a_flow_add_up_to_the_step_before() -> None:
    found = flow_sums("all", "kept", "left out")
    assert (found.kind, found.exhaustive) == ("partition", True)
    assert (found.members, found.whole) == (("step: kept", "step: left out"), "step: all")

from __future__ import annotations

import pandas as pd
import pytest

from fjanalysis.reference import births, child_population
from fjanalysis.reference.denominators import PROVISIONAL


def value(frame: pd.DataFrame, area: str, period: str) -> int | None:
    rows = frame[(frame["area"] == area) & (frame["period"] == period)]
    return None if rows.empty else int(rows["population"].iloc[0])


def test_a_financial_year_takes_nine_months_of_its_first_year_and_three_of_its_second():
    assert value(births(), "E92000001", "2012-13") == round((694241 * 9 + 664517 * 3) / 12)
    assert value(child_population(), "W92000004", "2019-20") == round(
        (629939 * 9 + 629872 * 3) / 12
    )


def test_published_rates_of_newborn_cases_come_out():
    # 2,914 and 203 newborn cases gave rates of 48 and 68.3 in 2019/20.
    assert 2914 / value(births(), "E92000001", "2019-20") * 10000 == pytest.approx(48, abs=0.5)
    assert 203 / value(births(), "W92000004", "2019-20") * 10000 == pytest.approx(68.3, abs=1)


def test_a_year_that_is_not_published_is_absent_and_not_carried_forward():
    assert value(births(), "W92000004", "2019-20") is not None
    assert value(births(), "W92000004", "2020-21") is None
    assert value(births(), "K04000001", "2020-21") is None
    assert value(births(), "E92000001", "2023-24") is None
    assert value(births(), "E92000001", "2011-12") is None


def test_regions_sum_to_their_nation_and_are_marked_provisional():
    frame = births()
    regions = frame[frame["area"].str.startswith("E12")]
    assert (regions["note"] == PROVISIONAL).all()
    total = regions[regions["period"] == "2018-19"]["population"].sum()
    assert total == pytest.approx(value(frame, "E92000001", "2018-19"), abs=9)


def test_a_region_with_a_figure_of_its_own_keeps_it(tmp_path):
    (tmp_path / "live_births.csv").write_text(
        "area,year,births\nE92000001,2015,1000\nE92000001,2016,1000\nE12000001,2015,50\nE12000001,2016,50\n"
    )
    frame = births(tmp_path)
    assert value(frame, "E12000001", "2015-16") == 50
    assert frame.loc[frame["area"] == "E12000001", "note"].tolist() == [""]
    assert frame.loc[frame["area"] == "E12000002", "note"].tolist() == [PROVISIONAL]

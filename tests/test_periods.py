"""Financial years run from April to March; only whole ones count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fjanalysis import periods

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_financial_year(day):
    year = periods.financial_year(day)
    assert periods.first_day(year) <= day <= periods.last_day(year)


def test_a_financial_year_begins_on_the_first_of_april():
    assert periods.financial_year(date(2020, 3, 31)) == "2019-20"
    assert periods.financial_year(date(2020, 4, 1)) == "2020-21"
    assert periods.year_name(1999) == "1999-00"


def test_a_span_runs_from_its_first_to_its_last_day():
    name = periods.span(["2012-13", "2013-14", "2014-15"])
    assert name == "2012-13 to 2014-15"
    assert periods.first_day(name) == date(2012, 4, 1)
    assert periods.last_day(name) == date(2015, 3, 31)
    assert periods.span(["2012-13"]) == "2012-13"


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2012, 4, 1), date(2014, 3, 31), ["2012-13", "2013-14"]),
        (date(2012, 4, 2), date(2014, 3, 31), ["2013-14"]),
        (date(2012, 1, 1), date(2014, 3, 30), ["2012-13"]),
        (date(2012, 5, 1), date(2013, 3, 31), []),
    ],
)
def test_only_years_wholly_covered_are_complete(start, end, years):
    assert periods.complete_years(start, end) == years


def test_local_periods_are_cut_backwards_and_a_shorter_rest_is_left_out():
    years = [periods.year_name(year) for year in range(2012, 2020)]
    runs = periods.local_periods(years, 3)
    assert [periods.span(run) for run in runs] == ["2014-15 to 2016-17", "2017-18 to 2019-20"]
    assert periods.local_periods(years[:2], 3) == []


@given(DAYS)
def test_the_last_complete_month_ends_on_or_before_the_day(day):
    end = periods.last_complete_month_end(day)
    assert end <= day
    assert (end + timedelta(days=1)).day == 1
    assert (day - end).days < 31


def test_an_anniversary_of_the_29th_of_february_is_the_28th():
    assert periods.anniversary(date(2016, 2, 29), years=1) == date(2017, 2, 28)
    assert periods.anniversary(date(2016, 2, 29), years=4) == date(2020, 2, 29)
    assert periods.anniversary(date(2019, 8, 31), months=6) == date(2020, 2, 29)
    assert periods.anniversary(date(2019, 12, 15), months=1) == date(2020, 1, 15)

"""Numbers, intervals, changes, periods and dates as the pages write them."""

import doctest

import pytest

from fjanalysis.briefings import formats, messages


def row(value=None, statistic="percent", status="ok", lower=None, upper=None):
    missing = float("nan")
    return {
        "value": missing if value is None else value,
        "statistic": statistic,
        "status": status,
        "lower": missing if lower is None else lower,
        "upper": missing if upper is None else upper,
    }


def test_the_examples_in_the_documentation_hold():
    for module in (formats, messages):
        failed, tried = doctest.testmod(module)
        assert tried
        assert not failed


@pytest.mark.parametrize(
    ("value", "statistic", "printed"),
    [
        (17.05, "percent", "17.1%"),
        (2.5, "count", "3"),
        (1234567, "count", "1,234,567"),
        (0.0004, "p_value", "<0.001"),
        (0.0312, "p_value", "0.031"),
        (-3.0, "count", "\N{MINUS SIGN}3"),
        (0.683, "auc", "0.68"),
    ],
)
def test_a_number_is_rounded_half_up_to_the_decimals_of_its_statistic(value, statistic, printed):
    assert formats.figure(value, statistic) == printed


def test_a_withheld_result_prints_its_shorthand_and_never_a_number():
    assert formats.cell(row(status="c")) == "[c]"
    assert formats.cell(row(status="z")) == "[z]"


def test_a_revised_result_prints_its_number_and_its_mark():
    assert formats.cell(row(12.0, status="r")) == "12.0% [r]"


def test_an_interval_is_given_only_where_there_is_one():
    assert formats.interval(row(17.0, lower=16.04, upper=18.21)) == "16.0% to 18.2%"
    assert formats.interval(row(17.0)) == ""
    assert formats.interval(row(status="c", lower=1.0, upper=2.0)) == ""


@pytest.mark.parametrize(
    ("before", "after", "statistic", "printed"),
    [
        (100, 80, "count", "fell by 20%"),
        (1000, 1001, "count", "hardly changed"),
        (10.0, 11.0, "percent", "rose by 1.0 percentage points"),
        (17.1, 14.0, "cumulative_percent", "fell by 3.1 percentage points"),
        (40.0, 48.0, "rate_per_10000", "rose by 20%"),
    ],
)
def test_a_change_names_its_direction_size_and_unit(before, after, statistic, printed):
    assert formats.change(before, after, statistic) == printed


def test_a_change_from_zero_is_refused():
    with pytest.raises(ValueError, match="zero"):
        formats.change(0, 5, "count")


@pytest.mark.parametrize(
    ("percent", "printed"),
    [
        (50, "1 in 2"),
        (52.4, "1 in 2"),
        (53, "about 1 in 2"),
        (22.2, "about 1 in 5"),  # a fifth is nearer than a quarter
        (100, "1 in 1"),
    ],
)
def test_one_in_says_about_only_where_it_is_off_by_over_a_twentieth(percent, printed):
    assert formats.one_in(percent) == printed


def test_welsh_dates_and_numbers_use_welsh_forms():
    assert formats.day("2026-02-01", "cy") == "1 Chwefror 2026"
    assert formats.number(2914, 0, "cy") == "2,914"

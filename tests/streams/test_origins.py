"""A run records which table of its notebook each series comes from: names alone, no value."""

from types import SimpleNamespace

import pandas as pd

from fjanalysis.streams.origins import written_tables
from fjanalysis.streams.study import Study


def table(*rows):
    return pd.DataFrame(rows, columns=["measure", "statistic", "group", "value"])


def test_a_table_is_known_by_its_variable_and_a_series_by_measure_statistic_and_dimensions():
    returns = table(
        ("any_return", "percent", "parent: mother", 12.0),
        ("any_return", "percent", "parent: father", 13.0),
        ("any_return", "count", "", 14.0),
    )
    equal = returns.copy()
    assert written_tables([returns], {"equal": equal, "returns": returns, "number": 3}) == [
        {"table": "returns", "series": ["any_return.count", "any_return.percent by parent"]}
    ]


def test_a_table_without_a_name_is_listed_under_none_and_an_empty_one_has_no_series():
    quality = table(("missing", "percent", "", 1.0))
    assert written_tables([quality, table()], {"_": quality}) == [
        {"table": "", "series": ["missing.percent"]}
    ]


def test_a_table_that_an_object_of_the_package_holds_is_known_by_both_names():
    flow = table(("cohort_flow", "count", "step: a", 1.0))
    held = Study.__new__(Study)
    held.__dict__["flow"] = flow
    foreign = SimpleNamespace(flow=flow)
    assert written_tables([flow], {"foreign": foreign, "families": held}) == [
        {"table": "families.flow", "series": ["cohort_flow.count by step"]}
    ]

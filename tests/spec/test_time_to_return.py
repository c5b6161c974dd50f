"""Worked examples: how times to a return are counted, and what share has returned by when.

Each person is a line: when time begins, and when they returned or were last followed.
"""

from __future__ import annotations

import pandas as pd
import pytest

from fjanalysis.statistics.survival import kaplan_meier
from fjanalysis.statistics.survival_rows import Exits, exits, horizon_rows, table_rows

KEY = {"area": "E92000001", "period": "2010-11 to 2024-25", "group": "parent: mother"}

PERSONS = """
    from        returned    followed to
    2012-02-29  2013-02-28  2020-01-31
    2012-03-01  2013-03-02  2020-01-31
    2012-04-10  never       2012-12-31
    2012-05-01  never       2020-01-31
"""


def sample() -> Exits:
    rows = [line.split() for line in PERSONS.strip().splitlines()[1:]]
    dates = [
        pd.Series(pd.to_datetime(list(column), errors="coerce"))
        for column in zip(*rows, strict=True)
    ]
    return exits(*dates)


def test_a_return_on_the_anniversary_is_within_the_year_and_a_day_later_is_not() -> None:
    # 29 February's year ends on 28 February. One of the three followed for a year returned within it.
    rows = horizon_rows(sample(), "any_return", KEY, [1, 2, 5])
    found = rows.set_index("horizon")
    assert found.loc["1 year", "value"] == pytest.approx(100 / 3)
    assert found.loc["1 year", "numerator"] == 1
    assert found.loc["1 year", "denominator"] == 4
    # The second of the two still at risk returned the day after the first year.
    assert found.loc["2 years", "value"] == pytest.approx(100 * 2 / 3)


def test_the_life_table_accounts_for_all_four() -> None:
    rows = table_rows(sample(), "any_return", KEY, months=24, every=12)
    table = rows.pivot(index="horizon", columns="measure", values="numerator")
    assert table["any_return_at_risk"].to_dict() == {"0 months": 4, "12 months": 2, "24 months": 1}
    assert table["any_return_events"].to_dict() == {"0 months": 0, "12 months": 1, "24 months": 1}
    assert table["any_return_censored"].to_dict() == {
        "0 months": 0,
        "12 months": 1,
        "24 months": 0,
    }


def test_somebody_censored_on_the_day_of_a_return_was_still_at_risk() -> None:
    start = pd.Series(pd.to_datetime(["2012-01-02", "2012-01-02"]))
    back = pd.Series(pd.to_datetime(["2012-06-01", None]))
    last = pd.Series(pd.to_datetime(["2020-01-31", "2012-06-01"]))
    both = exits(start, back, last)
    assert kaplan_meier(both.days, both.events).survival_at(151) == pytest.approx(0.5)

"""Periods are named by what they are in the pack."""

import pandas as pd
import pytest

from fjanalysis.briefings import spans
from fjanalysis.errors import UsageError

YEARS = ["2017-18", "2018-19", "2019-20"]
LOCAL = ["2011-12 to 2013-14", "2014-15 to 2016-17"]
WINDOW = "2011-12 to 2019-20"


def test_last_is_the_last_single_year_where_there_are_years():
    assert spans.resolve("last", [*LOCAL, WINDOW, *YEARS]) == ["2019-20"]


def test_last_is_the_last_short_span_where_there_are_no_years():
    assert spans.resolve("last", [WINDOW, *LOCAL]) == ["2014-15 to 2016-17"]


def test_last_is_the_window_where_nothing_else_is_given():
    assert spans.resolve("last", [WINDOW]) == [WINDOW]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("first", ["2017-18"]),
        ("previous", ["2018-19"]),
        ("window", [WINDOW]),
        ("years", YEARS),
        ("spans", LOCAL),
        ("2018-19", ["2018-19"]),
        ("2031-32", []),
    ],
)
def test_each_word_reads_the_periods_at_hand(word, found):
    assert spans.resolve(word, [WINDOW, *YEARS, *LOCAL]) == found


def test_a_word_that_no_period_fits_is_refused_with_the_periods_there_are():
    with pytest.raises(UsageError, match="'previous'") as caught:
        spans.resolve("previous", ["2019-20"])
    assert "2019-20" in caught.value.mend


def test_a_span_of_the_same_start_comes_after_the_year():
    assert spans.in_order(["2017-18 to 2019-20", "2017-18"]) == ["2017-18", "2017-18 to 2019-20"]


def test_latest_and_earliest_pass_over_what_is_unavailable_but_not_over_what_is_withheld():
    rows = pd.DataFrame(
        {
            "period": ["2016-17", "2017-18", "2018-19", "2019-20"],
            "status": ["z", "ok", "c", "x"],
        }
    )
    found = {
        word: spans.resolve(word, spans.available(rows, word))[0]
        for word in ("first", "earliest", "latest", "last")
    }
    assert found == {
        "first": "2016-17",
        "earliest": "2017-18",
        "latest": "2018-19",
        "last": "2019-20",
    }

"""Shortcodes print released numbers; what cannot be printed says which key, and what is near it."""

import pytest

from fjanalysis.briefings.shortcodes import calls
from fjanalysis.briefings.values import Lookup
from fjanalysis.errors import FjanalysisError, RenderError, UsageError


@pytest.fixture
def printed(small_pack):
    lookup = Lookup(small_pack, "urgent-hearings")

    def printed(text):
        (call,) = calls("{{< " + text + " >}}")
        return lookup.printed(call)

    return printed


def number(pack, **key):
    rows = pack.results
    for column, value in {"stream": "urgent-hearings", "group": "", **key}.items():
        rows = rows[rows[column] == value]
    (value,) = rows["value"]
    return value


def test_a_value_is_the_released_number_in_the_form_of_its_statistic(printed, small_pack):
    key = {"measure": "newborn_cases", "area": "E92000001", "period": "2019-20"}
    count = number(small_pack, statistic="count", **key)
    assert (
        printed('value "newborn_cases.count" area="England" period="2019-20"').text
        == f"{count:,.0f}"
    )
    rate = number(small_pack, statistic="rate_per_10000", **key)
    text = printed('value "newborn_cases.rate_per_10000" area="England" period="2019-20"').text
    assert text == f"{rate:.1f} per 10,000"


def test_a_word_for_a_period_means_that_period_of_the_pack(printed):
    last = printed('value "newborn_cases.count" area="England" period="last"')
    assert last == printed('value "newborn_cases.count" area="England" period="2024-25"')
    assert printed('period "newborn_cases.count" area="England" period="first"').text == "2012/13"


def test_a_value_names_the_results_that_it_rests_on(printed):
    assert printed('value "newborn_cases.count" area="Wales" period="2019-20"').keys == (
        'urgent-hearings/newborn_cases.count area="W92000004" period="2019-20"',
    )
    changed = printed('change "newborn_cases.count" area="Wales" from="first" to="last"')
    assert len(changed.keys) == 2


def test_a_withheld_number_stops_unless_the_author_gave_words_for_it(printed):
    key = '"newborn_cases.count" area="North East" period="2019-20"'
    with pytest.raises(RenderError, match="not released"):
        printed(f"value {key}")
    given = printed(f'value {key} else="too few to publish"')
    assert (given.text, given.withheld) == ("too few to publish", True)
    changed = printed(
        'change "newborn_cases.count" area="North East" from="first" to="2019-20" else="is hidden"'
    )
    assert changed.text == "is hidden"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            'value "newborn_case.count" area="England" period="last"',
            "Did you mean 'newborn_cases.count'",
        ),
        ('value "newborn_cases.count" area="Englnd" period="last"', "Did you mean 'England'"),
        ('value "newborn_cases.count" area="England" period="2031-32"', "no result|No result"),
        ('value "newborn_cases.count" area="England"', "its period is not given"),
        ('value "newborn_cases.count" aera="England"', "no argument 'aera'"),
        (
            'value "newborn_cases.count" area="England" period="last" as="one-in"',
            "Only a percentage",
        ),
        ('value "same_day_hearing.percent" area="England" period="last" as="words"', "no form"),
        ('value "newborn_cases.count" area="England" period="years"', "several periods"),
        ('change "newborn_cases.count" area="England" from="first"', "two periods"),
        ("value", "one key"),
    ],
)
def test_a_wrong_key_says_what_is_near_it(printed, text, what):
    with pytest.raises(FjanalysisError, match=what):
        printed(text)


def test_the_least_written_key_lists_its_candidates(printed):
    with pytest.raises(UsageError) as caught:
        printed(
            'value "final_order.percent" area="England" period="last" group="final order: adoptoin"'
        )
    assert "final order: placement order" in caught.value.sentence

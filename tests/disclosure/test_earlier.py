"""What earlier cleared packs showed: known for certain of the same records, a guess of a later refresh."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.release import Controlled
from fjanalysis.errors import DisclosureError
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import APART, count

STREAM = {"stream": "urgent-hearings"}
BY_SEX = [Relation("partition", "group", ("sex: female", "sex: male"), whole="")]


def table(female: int, male: int) -> pd.DataFrame:
    rows = [
        count("newborn_cases", female + male),
        {**count("newborn_cases", female), "group": "sex: female"},
        {**count("newborn_cases", male), "group": "sex: male"},
    ]
    return tidy([{**STREAM, **row} for row in rows])


def run(exact: pd.DataFrame, **earlier: list[pd.DataFrame]) -> Controlled:
    relations = {("urgent-hearings", "main"): BY_SEX}
    return prepare(exact, relations, DisclosureProfile(), exceptions=[APART], **earlier).control()


def withheld(done: Controlled) -> list[str]:
    return done.results.loc[done.results["status"] == "c", "group"].tolist()


def test_without_an_earlier_pack_the_other_part_or_the_total_hides_a_small_count() -> None:
    assert len(withheld(run(table(4, 60)))) == 2


def told(*groups: str) -> pd.DataFrame:
    """Return a pack's table that shows these groups, rounded as the counts of 4 and 60 would be."""
    rows = table(5, 60)
    return rows[rows["group"].isin(groups)]


def test_a_small_count_that_an_earlier_pack_of_the_same_records_tells_is_refused() -> None:
    with pytest.raises(DisclosureError, match="can be worked out"):
        run(table(4, 60), earlier=[told("", "sex: male")])


def test_a_later_refresh_is_not_held_up_by_what_an_earlier_one_showed() -> None:
    done = run(table(4, 60), revised=[told("", "sex: male")])
    assert "sex: female" in withheld(done)
    assert len(withheld(done)) == 2
    assert done.work["resting_on_revision"] == 1


@pytest.mark.parametrize("shown", ["", "sex: male"])
def test_what_an_earlier_refresh_showed_is_not_relied_on_where_something_else_can_be_withheld(
    shown: str,
) -> None:
    done = run(table(4, 60), revised=[told(shown)])
    other = {"", "sex: male"} - {shown}
    assert set(withheld(done)) == {"sex: female", *other}
    assert done.work["resting_on_revision"] == 0


def test_no_nation_s_overall_figure_is_given_up_for_what_an_earlier_refresh_showed() -> None:
    exact = table(4, 60)
    relations = {("urgent-hearings", "main"): BY_SEX}
    levels = dict.fromkeys(exact["area"], "nation")
    shown = [told("sex: male")]
    done = prepare(
        exact, relations, DisclosureProfile(), levels, revised=shown, exceptions=[APART]
    ).control()
    assert sorted(withheld(done)) == ["sex: female", "sex: male"]
    assert done.work["resting_on_revision"] == 1


EXACT = DisclosureProfile(rounding_base=1)


def exactly(exact: pd.DataFrame, *revised: pd.DataFrame) -> pd.Series:
    relations = {("urgent-hearings", "main"): BY_SEX}
    done = prepare(exact, relations, EXACT, revised=revised, exceptions=[APART]).control()
    return done.results.set_index("group")["numerator"]


def test_without_rounding_a_count_stays_as_it_was_until_it_has_changed_by_the_threshold() -> None:
    first = prepare(table(40, 60), {}, EXACT, exceptions=[APART]).control().results
    second = (
        prepare(table(44, 63), {}, EXACT, revised=[first], exceptions=[APART]).control().results
    )
    assert second["numerator"].tolist() == first["numerator"].tolist()
    third = exactly(table(49, 69), first, second)
    # Eighteen more in all, nine of each: only the whole has changed by ten.
    assert third.to_dict() == {"": 118, "sex: female": 40, "sex: male": 60}


def test_with_rounding_nothing_is_held_back() -> None:
    first = run(table(40, 60)).results
    now = run(table(44, 63), revised=[first]).results.set_index("group")["numerator"]
    assert now.to_dict() == {"": 105, "sex: female": 45, "sex: male": 65}


@settings(max_examples=60, deadline=None)
@given(*(st.integers(0, 80) for _ in range(4)))
def test_no_two_refreshes_without_rounding_tell_a_change_under_the_threshold(
    a: int, b: int, c: int, d: int
) -> None:
    first = prepare(table(a, b), {}, EXACT, exceptions=[APART]).control().results
    second = prepare(table(c, d), {}, EXACT, revised=[first], exceptions=[APART]).control().results
    change = (first["numerator"] - second["numerator"]).abs().dropna()
    assert ((change == 0) | (change >= 10)).all()

"""What earlier cleared packs showed: known for certain of the same records, a guess of a later refresh."""

from __future__ import annotations

import pandas as pd
import pytest

from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.release import Controlled
from fjanalysis.errors import DisclosureError
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import count

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
    return prepare(exact, relations, DisclosureProfile(), **earlier).control()


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
    done = prepare(exact, relations, DisclosureProfile(), levels, revised=shown).control()
    assert sorted(withheld(done)) == ["sex: female", "sex: male"]
    assert done.work["resting_on_revision"] == 1

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.streams.proceedings import UNKNOWN_BIRTH, fold_cases, number_sets, prepare_sets
from tests.streams.small_refreshes import (
    CHILDREN,
    FIRST_DAY,
    Family,
    cohort_of,
    families,
    slow_parent,
    slow_sets,
)

END = FIRST_DAY + timedelta(days=70)


def fold(
    rows: list[tuple[int, int, int | None]], gap: int = 14, new_baby: bool = True
) -> list[int]:
    persons, days, births = zip(*rows, strict=True)
    return fold_cases(
        np.array(persons),
        np.array(days),
        np.array([UNKNOWN_BIRTH if birth is None else birth for birth in births]),
        merge_gap_days=gap,
        new_baby_starts_set=new_baby,
    ).tolist()


def test_a_case_within_the_gap_of_the_case_before_joins_and_one_beyond_it_does_not() -> None:
    assert fold([(1, 0, None), (1, 14, None), (1, 28, None), (1, 43, None)]) == [1, 1, 1, 2]


def test_a_baby_born_after_the_sets_first_issue_starts_a_set_within_the_gap() -> None:
    assert fold([(1, 0, None), (1, 10, 1)]) == [1, 2]
    assert fold([(1, 0, None), (1, 10, 0)]) == [1, 1], "born in the week of issue is not after it"
    assert fold([(1, 0, None), (1, 10, 1)], new_baby=False) == [1, 1]


def test_a_birth_is_measured_against_the_running_set_and_not_the_one_before() -> None:
    assert fold([(1, 0, None), (1, 30, 20), (1, 40, 20)]) == [1, 2, 2]


def test_each_person_begins_at_the_first_set() -> None:
    assert fold([(1, 0, None), (1, 99, None), (2, 100, 99), (3, 100, None)]) == [1, 2, 1, 1]


def test_no_cases_give_no_sets() -> None:
    none = np.array([], dtype=np.int64)
    assert len(fold_cases(none, none, none, merge_gap_days=14, new_baby_starts_set=True)) == 0


@settings(deadline=None, max_examples=60)
@given(family=families(), gap=st.sampled_from([0, 14, 30]), new_baby=st.booleans())
def test_sets_are_those_of_the_slow_reading(family: Family, gap: int, new_baby: bool) -> None:
    with cohort_of(family) as cohort:
        prepare_sets(cohort, END, merge_gap_days=gap, new_baby_starts_set=new_baby)
        cases = cohort.frame("set_cases").sort_values(
            ["owner", "person_id", "issue_date", "case_id"]
        )
        parents = cohort.frame("child_parents").set_index("child_id")
        children = cohort.frame("child_sets")
    found: dict[tuple[str, str], list[list[str]]] = {}
    for (owner, person, _), rows in cases.groupby(["owner", "person_id", "set_number"]):
        found.setdefault((owner, person), []).append(rows["case_id"].tolist())
        assert (rows["set_issue_date"] == rows["issue_date"].min()).all()
    assert found == slow_sets(family, END, gap, new_baby)
    for child, row in parents.iterrows():
        assert row["mother_id"] == slow_parent(family, child, "female", END)
        assert row["father_id"] == slow_parent(family, child, "male", END)
    assert set(children["child_id"]) == set(parents.index)
    for _, row in children.iterrows():
        owner = ("mother", row["mother_id"]) if row["mother_id"] else ("child", row["child_id"])
        members = found[owner][row["set_number"] - 1]
        naming = [
            (day, application)
            for application, case, kind, day in family.applications
            if case in members
            and kind in ("care", "supervision")
            and day <= END
            and (application, row["child_id"]) in family.subjects
        ]
        assert (row["issue_date"].date(), row["application_id"]) == min(naming)


@settings(deadline=None, max_examples=30)
@given(family=families(), data=st.data())
def test_the_order_of_rows_does_not_matter(family: Family, data: st.DataObject) -> None:
    with cohort_of(family) as cohort:
        prepare_sets(cohort, END, merge_gap_days=14, new_baby_starts_set=True)
        cases, expected = cohort.arrow("owner_cases"), cohort.frame("case_numbers")
    order = data.draw(st.permutations(range(len(cases))))
    shuffled = number_sets(
        cases.take(pa.array(order, pa.int64())), merge_gap_days=14, new_baby_starts_set=True
    ).to_pandas()
    columns = ["owner", "person_id", "case_id"]
    pd.testing.assert_frame_equal(
        shuffled.sort_values(columns, ignore_index=True),
        expected.sort_values(columns, ignore_index=True),
    )


def family_with(parties: list[tuple[str, str, bool]]) -> Family:
    return Family(
        applications=[("Ea1", "Ec1", "care", date(2010, 1, 4))],
        subjects=[("Ea1", "Ek1")],
        parties=parties,
        births=dict.fromkeys(CHILDREN),
        relationships=[("Ek1", "Em1", "parent"), ("Ek1", "Em2", "parent")],
    )


def mother_in(family: Family) -> tuple[str | None, int]:
    with cohort_of(family) as cohort:
        prepare_sets(cohort, END, merge_gap_days=14, new_baby_starts_set=True)
        row = cohort.frame("child_parents").iloc[0]
    return row["mother_id"], int(row["mothers_recorded"])


def test_of_two_recorded_mothers_the_one_who_is_a_party_is_the_mother() -> None:
    assert mother_in(family_with([("Ea1", "Em2", True), ("Ea1", "Em1", False)])) == ("Em2", 2)


def test_of_two_recorded_mothers_both_or_neither_party_neither_is_the_mother() -> None:
    assert mother_in(family_with([("Ea1", "Em2", True), ("Ea1", "Em1", True)])) == (None, 2)
    assert mother_in(family_with([])) == (None, 2)


def test_a_mother_who_is_herself_a_subject_is_no_party_by_that() -> None:
    family = family_with([("Ea1", "Em1", True)])
    family.subjects.append(("Ea1", "Em2"))
    assert mother_in(family) == ("Em1", 2)


def test_a_baby_added_to_an_open_case_later_neither_opens_a_set_nor_is_left_out_of_it() -> None:
    family = Family(
        applications=[
            ("Ea1", "Ec1", "care", date(2010, 1, 4)),
            ("Ea2", "Ec2", "care", date(2010, 1, 11)),
            ("Ea3", "Ec2", "care", date(2010, 3, 1)),
        ],
        subjects=[("Ea1", "Ek1"), ("Ea2", "Ek2"), ("Ea3", "Ek3")],
        parties=[],
        births={**dict.fromkeys(CHILDREN), "Ek3": date(2010, 2, 22)},
        relationships=[(child, "Em1", "parent") for child in CHILDREN],
    )
    with cohort_of(family) as cohort:
        prepare_sets(cohort, END, merge_gap_days=14, new_baby_starts_set=True)
        sets = cohort.frame("child_sets").set_index("child_id")
    assert sets["set_number"].to_dict() == {"Ek1": 1, "Ek2": 1, "Ek3": 1}
    assert sets.loc["Ek3", "issue_date"].date() == date(2010, 3, 1)

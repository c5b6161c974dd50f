from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.streams.cohort import Cohort
from fjanalysis.streams.private_law_returns.cohort import add_times, families_of, make_cases
from fjanalysis.streams.private_law_returns.parameters import Parameters

FIRST = date(2012, 1, 2)
END = date(2012, 4, 30)
CHILDREN = ("Ek1", "Ek2", "Ek3")
ADULTS = ("Ea", "Eb", "Ec")
BIRTHS = {"Ek1": date(2008, 1, 7), "Ek2": date(2004, 1, 5), "Ek3": None}
KINDS = ("time with", "live with", "enforcement", "parental responsibility")

Case = dict[str, Any]


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    return [
        {
            "case_id": f"Ex{9 - number}",
            "kind": draw(st.sampled_from(KINDS)),
            "issue": FIRST + timedelta(days=draw(st.integers(0, 60))),
            "children": draw(st.lists(st.sampled_from(CHILDREN), max_size=2, unique=True)),
            "applicants": draw(st.lists(st.sampled_from(ADULTS), max_size=2, unique=True)),
            "respondents": draw(st.lists(st.sampled_from(ADULTS), max_size=2, unique=True)),
        }
        for number in range(draw(st.integers(1, 6)))
    ]


PARENTS = [("Ek1", "Ea"), ("Ek2", "Ea"), ("Ek1", "Eb")]


def text(rows: list[tuple], names: list[str]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    kinds = {
        "issue_date": pa.date32(),
        "birth_week": pa.date32(),
        "closed_date": pa.date32(),
        "deprivation_quintile": pa.int32(),
        "order_date": pa.date32(),
        "hearing_date": pa.date32(),
        "is_final": pa.bool_(),
    }
    made = {
        n: pa.array(list(c), kinds.get(n, pa.string())) for n, c in zip(names, columns, strict=True)
    }
    return pa.table(made)


def found_by_sql(drawn: list[Case], gap: int, rule: str) -> pd.DataFrame:
    roles = [
        (f"{c['case_id']}a", c["case_id"], person, role)
        for c in drawn
        for role, people in (
            ("subject", c["children"]),
            ("applicant", c["applicants"]),
            ("respondent", c["respondents"]),
        )
        for person in people
    ]
    tables = {
        "cases": text(
            [(c["case_id"], "private", "England", None, None, None) for c in drawn],
            ["case_id", "law_type", "nation", "region", "dfj_area", "closed_date"],
        ),
        "applications": text(
            [(f"{c['case_id']}a", c["case_id"], c["kind"], c["issue"]) for c in drawn],
            ["application_id", "case_id", "application_type", "issue_date"],
        ),
        "roles": text(roles, ["application_id", "case_id", "person_id", "role"]),
        "persons": text(
            [(p, "male", BIRTHS.get(p), None) for p in (*CHILDREN, *ADULTS)],
            ["person_id", "sex", "birth_week", "deprivation_quintile"],
        ),
        "relationships": text(
            [(child, adult, "parent") for child, adult in PARENTS],
            ["person_id", "related_id", "relationship"],
        ),
        "orders": text([], ["case_id", "order_date", "is_final"]),
        "hearings": text([], ["case_id", "hearing_date"]),
    }
    with Cohort(tables=tables) as cohort:
        parameters = Parameters.from_values({"merge_gap_days": gap, "child_rule": rule})
        make_cases(cohort, END, parameters)
        return cohort.frame("cohort")


def slow_reading(drawn: list[Case], gap: int, rule: str) -> dict[str, dict[str, Any]]:
    """Read the cases one by one, in order of issue and id."""
    kept = [c for c in drawn if c["kind"] != "parental responsibility" and c["issue"] <= END]
    kept.sort(key=lambda c: (c["issue"], c["case_id"]))

    def shared(earlier: Case, later: Case) -> bool:
        about = later["children"]
        if rule == "eldest":
            about = sorted(about, key=lambda k: (BIRTHS[k] or date.max, k))[:1]
        return bool(set(about) & set(earlier["children"]))

    found: dict[str, dict[str, Any]] = {}
    for place, case in enumerate(kept):
        before = [other for other in kept[:place] if shared(other, case)]
        last = before[-1] if before else None
        back = last is not None and (case["issue"] - last["issue"]).days > gap
        brought = None
        if back and case["applicants"]:
            brought = "another person"
            if set(case["applicants"]) & set(last["respondents"]):
                brought = "former respondent"
            if set(case["applicants"]) & set(last["applicants"]):
                brought = "same"
        parents = {a for k, a in PARENTS if k in case["children"]}
        adults = {*case["applicants"], *case["respondents"]}
        found[case["case_id"]] = {
            "is_earliest": not before,
            "is_return": back,
            "before_id": last and last["case_id"],
            "brought_by": brought,
            "parental": adults <= parents,
            "children": len(case["children"]),
        }
    for place, case in enumerate(kept):
        later = [
            other["case_id"]
            for other in kept[place + 1 :]
            if shared(case, other) and found[other["case_id"]]["is_return"]
        ]
        found[case["case_id"]]["return_id"] = later[0] if later else None
    return found


@settings(deadline=None, max_examples=60)
@given(cases(), st.sampled_from([0, 14]), st.sampled_from(["any", "eldest"]))
def test_cases_and_returns_are_those_of_the_slow_reading(
    drawn: list[Case], gap: int, rule: str
) -> None:
    expected = slow_reading(drawn, gap, rule)
    frame = found_by_sql(drawn, gap, rule)
    assert set(frame["case_id"]) == set(expected)
    for row in frame.to_dict("records"):
        wanted = expected[row["case_id"]]
        got = {name: None if pd.isna(row[name]) else row[name] for name in wanted}
        assert got == wanted


def timed(origin: str, **dates: str) -> pd.Series:
    columns = ("last_order_date", "last_hearing_date", "closed_date", "youngest_birth_week")
    case = {"nation": "England", "is_earliest": True, "issue_date": pd.Timestamp("2015-01-05")}
    case |= {name: pd.Timestamp(dates[name]) if name in dates else pd.NaT for name in columns}
    frame = pd.DataFrame([case])
    for name in columns:
        frame[name] = pd.to_datetime(frame[name])
    return add_times(frame, {"England": date(2010, 4, 1)}, date(2026, 1, 31), origin).iloc[0]


@pytest.mark.parametrize(
    ("dates", "origin"),
    [
        ({"closed_date": "2015-09-01"}, "2015-09-01"),
        ({"closed_date": "2015-09-01", "last_hearing_date": "2015-06-01"}, "2015-06-01"),
        (
            {
                "closed_date": "2015-09-01",
                "last_hearing_date": "2015-06-01",
                "last_order_date": "2015-07-01",
            },
            "2015-07-01",
        ),
        ({"last_order_date": "2015-07-01"}, None),
    ],
)
def test_a_closed_case_ends_at_its_order_else_hearing_else_closure_and_an_open_one_nowhere(
    dates: dict[str, str], origin: str | None
) -> None:
    found = timed("closure", **dates)["origin_date"]
    assert pd.isna(found) if origin is None else found == pd.Timestamp(origin)


def test_follow_up_ends_at_the_youngest_childs_eighteenth_birthday() -> None:
    row = timed("issue", youngest_birth_week="2001-03-05")
    assert row["follow_up_date"] == pd.Timestamp("2019-03-05")
    assert row["origin_date"] == pd.Timestamp("2015-01-05")
    assert timed("issue")["follow_up_date"] == pd.Timestamp("2026-01-31")


def test_cases_linked_through_other_cases_are_one_family() -> None:
    links = [("E1", "a"), ("E2", "a"), ("E2", "b"), ("E3", "b"), ("E4", "c")]
    cases, named = (list(each) for each in zip(*links, strict=True))
    children = pa.table({"case_id": cases, "child_id": named})
    found = families_of(pa.array(["E1", "E2", "E3", "E4", "E5"]), children)
    assert found[0] == found[1] == found[2]
    assert len(set(found.tolist())) == 3

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.streams.cohort import Cohort
from fjanalysis.streams.proceedings import prepare_final_orders, prepare_sets
from fjanalysis.streams.recurrence.cohort import make_cohort
from fjanalysis.streams.recurrence.parameters import Parameters
from tests.streams.small_refreshes import (
    CHILDREN,
    FIRST_DAY,
    Family,
    families,
    slow_parent,
    slow_sets,
)

START, END = date(2011, 1, 3), date(2011, 4, 30)
SHIFT = START - FIRST_DAY
WINDOW = START + timedelta(days=15)
RANKS = {
    "placement order": 1,
    "care order": 2,
    "special guardianship": 3,
    "child arrangements": 4,
    "supervision order": 5,
    "family assistance order": 6,
    "no order": 7,
    "dismissed": 7,
    "withdrawn": 7,
}
LEVELS = {rank: name for name, rank in reversed(RANKS.items())}
Order = tuple[str, str, str, bool, date]


@dataclass(frozen=True)
class World:
    """A family moved to 2011 (orders before April 2010 are not used), with its orders."""

    family: Family
    orders: list[Order]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    drawn = draw(families())
    family = Family(
        [(a, case, kind, day + SHIFT) for a, case, kind, day in drawn.applications],
        drawn.subjects,
        drawn.parties,
        {child: birth and birth + SHIFT for child, birth in drawn.births.items()},
        drawn.relationships,
    )
    cases = sorted({row[1] for row in family.applications})
    orders = draw(
        st.lists(
            st.tuples(
                st.sampled_from(cases),
                st.sampled_from(CHILDREN),
                st.sampled_from([*RANKS, "interim care order", "prohibited steps"]),
                st.booleans(),
                st.integers(0, 120).map(lambda days: START + timedelta(days=days)),
            ),
            max_size=8,
        )
    )
    return World(family, orders)


def cohort_of(world: World, gap: int) -> pd.DataFrame:
    cases = sorted({row[1] for row in world.family.applications})
    tables: dict[str, Any] = world.family.tables()
    tables["cases"] = pa.table(
        {
            "case_id": cases,
            "nation": ["England"] * len(cases),
            "region": ["E12000007"] * len(cases),
            "dfj_area": ["DFJ-west"] * len(cases),
            "closed_date": pa.array([None] * len(cases), pa.date32()),
        }
    )
    case, child, kind, final, day = zip(*world.orders, strict=True) if world.orders else ((),) * 5
    tables["orders"] = pa.table(
        {
            "case_id": pa.array(case, pa.string()),
            "person_id": pa.array(child, pa.string()),
            "order_type": pa.array(kind, pa.string()),
            "is_final": pa.array(final, pa.bool_()),
            "order_date": pa.array(day, pa.date32()),
            "case_level": pa.array([False] * len(world.orders), pa.bool_()),
        }
    )
    with Cohort(tables=tables) as cohort:
        prepare_sets(cohort, END, merge_gap_days=gap, new_baby_starts_set=True)
        prepare_final_orders(cohort, END)
        parameters = Parameters.from_values({"merge_gap_days": gap})
        return make_cohort(cohort, {"England": WINDOW}, END, parameters)


def slow_cohort(world: World, gap: int) -> dict[tuple[str, str], dict[str, Any]]:
    """Read the cohort row by row, by parent and person."""
    family = world.family
    s31 = [
        row for row in family.applications if row[2] in ("care", "supervision") and row[3] <= END
    ]
    issue = {case: min(r[3] for r in s31 if r[1] == case) for case in {r[1] for r in s31}}
    found = {}
    for (owner, person), sets in slow_sets(family, END, gap, True).items():
        index = issue[sets[0][0]]
        if owner == "child" or index < WINDOW:
            continue
        sex = "female" if owner == "mother" else "male"
        own = [c for c in CHILDREN if slow_parent(family, c, sex, END) == person]

        def named(cases: list[str], own: list[str] = own, on: date | None = None) -> set[str]:
            apps = {a for a, case, _, day in s31 if case in cases and on in (None, day)}
            return {child for a, child in family.subjects if a in apps and child in own}

        later = sets[1:]
        with_new = [
            cases
            for cases in later
            if any((family.births[child] or date.min) > index for child in named(cases))
        ]
        final = [
            (RANKS[kind], day)
            for case, child, kind, is_final, day in world.orders
            if case in sets[0]
            and child in named(sets[0])
            and kind in RANKS
            and is_final
            and index <= day <= END
        ]
        found[owner, person] = {
            "index_date": index,
            "any_return_date": issue[later[0][0]] if later else None,
            "new_child_return_date": issue[with_new[0][0]] if with_new else None,
            "sets": len(sets),
            "children": len(named(sets[0], on=index)),
            "final_order": LEVELS[min(final)[0]] if final else None,
            "final_order_date": min(final)[1] if final else None,
        }
    return found


def plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


@settings(deadline=None, max_examples=60)
@given(worlds(), st.sampled_from([0, 14, 30]))
def test_the_cohort_is_that_of_the_slow_reading(world: World, gap: int) -> None:
    frame = cohort_of(world, gap)
    expected = slow_cohort(world, gap)
    assert set(zip(frame["parent"], frame["person_id"], strict=True)) == set(expected)
    for row in frame.to_dict("records"):
        wanted = expected[row["parent"], row["person_id"]]
        assert {name: plain(row[name]) for name in wanted} == wanted


def aged(parent: str, parent_birth: date, child_birth: date) -> pd.DataFrame:
    sex = "female" if parent == "Em1" else "male"
    family = Family(
        [("Ea1", "Ec1", "care", WINDOW)],
        [("Ea1", "Ek1")],
        [],
        {**dict.fromkeys(CHILDREN), "Ek1": child_birth, parent: parent_birth},
        [("Ek1", parent, "parent")],
        {parent: sex},
    )
    return cohort_of(World(family, []), 14)


def test_a_mother_outside_the_ages_is_left_out_and_a_father_is_not() -> None:
    assert aged("Em1", date(1997, 1, 20), date(2010, 6, 7)).empty, "13 years old"
    assert len(aged("Em1", date(1997, 1, 13), date(2010, 6, 7))) == 1, "14"
    assert len(aged("Em1", date(1960, 1, 25), date(1999, 6, 7))) == 1, "50"
    assert aged("Em1", date(1960, 1, 18), date(1999, 6, 7)).empty, "51 on the very day"
    assert aged("Em1", date(1959, 1, 5), date(1999, 6, 7)).empty, "52 years old"
    assert len(aged("Ef1", date(1959, 1, 5), date(1999, 6, 7))) == 1


def test_an_impossible_age_becomes_unknown_and_stays() -> None:
    row = aged("Em1", date(1996, 1, 15), date(2006, 6, 5)).iloc[0]
    assert row["age_impossible"]
    assert pd.isna(row["age"])


def test_a_birth_at_60_is_possible_and_one_at_61_is_not() -> None:
    assert aged("Em1", date(1950, 1, 9), date(2010, 6, 7)).empty, "her age is known, and beyond 50"
    assert aged("Em1", date(1949, 6, 6), date(2010, 6, 7)).iloc[0]["age_impossible"]

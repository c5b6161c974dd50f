"""Every count and curve of private-law returns is the one that a slow and obvious reading of the same rows finds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fjanalysis.project import open_project
from fjanalysis.streams import private_law_returns
from fjanalysis.streams.private_law_returns import cohort, measures
from fjanalysis.streams.private_law_returns.cohort import PrivateLaw
from fjanalysis.streams.private_law_returns.parameters import Parameters
from fjanalysis.streams.study import Study
from tests.refreshes import build_refresh
from tests.streams.plain_curves import compare, months_later
from tests.streams.private_law_returns import plain
from tests.streams.private_law_returns.plain import Case, Law, Places

END = date(2026, 1, 31)
DATA = {"England": date(2007, 4, 1), "Wales": date(2007, 4, 1)}
STARTS = {"England": date(2010, 4, 1), "Wales": date(2010, 4, 1)}


def law_of(folder: Path, rows: dict, **parameters: object) -> PrivateLaw:
    study = Study(
        "private-law-returns",
        "main",
        private_law_returns,
        Parameters.from_values(parameters),
        build_refresh(folder / "refresh", rows),
        folder / "results",
        open_project(folder, Path(__file__)),
    )
    return cohort.load_private_law(study)


def places_of(grid: pd.DataFrame) -> list[tuple[str, str, str, str, set[int]]]:
    groups = grid.groupby(["area", "level", "period", "span"], sort=True)["year"]
    return [(*map(str, names), set(years.tolist())) for names, years in groups]  # type: ignore[misc]


def check(rows: pd.DataFrame, group: str, wanted: dict, statistic: str = "percent") -> None:
    """Hold a group's rows against shares by area and period; None: not applicable."""
    own = rows[(rows["group"] == group) & (rows["statistic"] == statistic)]
    found = {}
    for row in own.to_dict("records"):
        base = row.get("denominator")
        counts = (row["numerator"], row["numerator"] if pd.isna(base) else base)
        empty = pd.isna(row["numerator"])
        assert not empty or row["status"] == "z"
        found[row["area"], row["period"]] = None if empty else tuple(map(int, counts))
        if not empty and statistic == "percent" and base:
            assert row["value"] == pytest.approx(100 * counts[0] / counts[1])
    assert found == wanted, group


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 10_000),
    gap=st.sampled_from([0, 14, 30]),
    origin=st.sampled_from(["closure", "issue"]),
)
def test_every_count_and_curve_is_what_plain_python_finds(seed: int, gap: int, origin: str) -> None:
    rows = plain.random_law(seed, 30)
    law = Law(rows, END, STARTS, gap, origin)
    with tempfile.TemporaryDirectory() as place:
        found = law_of(Path(place), rows, merge_gap_days=gap, origin=origin)
    places, first_places = places_of(found.grid), places_of(found.first_grid)
    check_cases(found, law, places)
    check_returns(found, law, places)
    check_non_parents(found, law, places)
    check_other_law(found, law)

    rows_of_first = measures.first_returns(found)
    compare(rows_of_first, plain.curves(law, first_places))
    by_level = measures.first_returns_by_level(found)
    compare(
        by_level[by_level["statistic"] != "p_value"],
        plain.grouped_curves(
            [
                (case, f"{name}: {level}", case.life())
                for case in law.cases
                if case.is_first
                for name, level in case.levels.items()
            ],
            first_places,
            "first_return",
            summed=True,
        ),
    )
    first = [case for case in law.cases if case.is_first and case.back]
    second = [(case, case.back) for case in first]
    third = [(case, back.back) for case, back in second if back and back.back]
    later = [(case, "from return: 1", back.life()) for case, back in second if back]
    later += [(case, "from return: 2", back.life()) for case, back in third if back]
    wanted = plain.grouped_curves(later, first_places, "later_return", summed=False)
    compare(measures.later_returns(found), wanted)
    assert wanted


def check_cases(found: PrivateLaw, law: Law, places: Places) -> None:
    counted = measures.case_rows(found)
    wanted = {
        (area, period): (number, number)
        for area, level, period, kind, years in places
        if kind != "local"
        for number in [sum(area in c.areas and c.year in years for c in law.cases)]
    }
    check(counted, "", wanted, "count")
    orders = measures.order_rows(found)
    for order in plain.ORDERS:
        units = [(case.areas, case.year, order in case.kinds) for case in law.cases]
        check(orders, f"order sought: {order}", plain.shares(units, places))
    applicants = measures.applicant_rows(found)
    people = [
        (case, law.applicant_levels(case, adult)) for case in law.cases for adult in case.applicants
    ]
    for group in sorted(set(applicants["group"])):
        name, _, level = group.partition(": ")
        units = [(case.areas, case.year, own[name] == level) for case, own in people]
        unpooled = [p for p in places if p[0] != "K04000001" or name != "deprivation quintile"]
        check(applicants, group, plain.shares(units, unpooled))


def check_returns(found: PrivateLaw, law: Law, places: Places) -> None:
    returning = measures.returning_rows(found, 5)
    for years in (1, 2, 3, 5):
        words = "1 year" if years == 1 else f"{years} years"

        def near(case: Case, years: int = years) -> bool:
            back = case.before if case.is_return else None
            return back is not None and back.issue >= months_later(case.issue, -12 * years)

        units = [(case.areas, case.year, near(case)) for case in law.cases]
        reach = months_later(DATA["England"], 12 * years)
        wanted = {
            (area, period): None if date(int(period[:4]), 4, 1) < reach else share
            for (area, period), share in plain.shares(units, places).items()
        }
        assert None in wanted.values()
        check(returning, f"look-back: {words}", wanted)
    ever = [(case.areas, case.year, case.is_return) for case in law.cases]
    check(returning, "look-back: ever", plain.shares(ever, places))
    returns = [case for case in law.cases if case.is_return]
    brought = measures.brought_rows(found)
    for level in ("same", "former respondent", "another person"):
        units = [
            (case.areas, case.year, law.brought_by(case) == level)
            for case in returns
            if case.applicants
        ]
        check(brought, f"applicant: {level}", plain.shares(units, places))
    check_days(measures.time_between(found), returns, places)


def check_days(between: pd.DataFrame, returns: list[Case], places: Places) -> None:
    for row in between.to_dict("records"):
        years = next(p[4] for p in places if (p[0], p[2]) == (row["area"], row["period"]))
        days = [
            (case.issue - case.before.issue).days
            for case in returns
            if case.before and row["area"] in case.areas and case.year in years
        ]
        assert row["numerator"] == len(days)
        if days:
            share = plain.QUARTILES[row["statistic"]]
            assert row["value"] == pytest.approx(np.quantile(days, share))
        else:
            assert row["status"] == "z"


def check_non_parents(found: PrivateLaw, law: Law, places: Places) -> None:
    rows = measures.non_parent_rows(found)
    units = [(case.areas, case.year, not case.parental) for case in law.cases]
    check(rows, "", plain.shares(units, places))
    own = [case for case in law.cases if not case.parental]
    tests: dict[str, Callable[[Case], bool]] = {
        "relation: grandparent": lambda case: case.relation == "grandparent",
        "relation: parent": lambda case: case.relation == "parent",
        "relation: none recorded": lambda case: case.relation == "none recorded",
        "order sought: live with": lambda case: "live with" in case.kinds,
        "order sought: enforcement": lambda case: "enforcement" in case.kinds,
    }
    for group, holds in tests.items():
        check(rows, group, plain.shares([(c.areas, c.year, holds(c)) for c in own], places))


def check_other_law(found: PrivateLaw, law: Law) -> None:
    units = [
        (case.areas, case.year, followed)
        for case in law.cases
        if case.is_first and (followed := law.public_after(case, 2)) is not None
    ]
    wanted = plain.shares(units, places_of(found.seen_grid))
    check(measures.public_after_private(found, 2), "", wanted)
    ended = []
    for areas, made, child in law.ended_sets():
        limit = months_later(made, 24)
        if limit <= END:
            back = any(child in c.children and made < c.issue <= limit for c in law.cases)
            ended.append((areas, made.year - (made.month < 4), back))
    assert ended
    wanted = plain.shares(ended, places_of(found.ended_grid))
    check(measures.private_after_public(found, 2), "", wanted)

"""The attacker never wins: neither the one in the package, nor an exact one written here."""

from __future__ import annotations

from itertools import pairwise
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from fjanalysis.disclosure.audit import attack
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import APART, count, percent
from tests.disclosure.random_tables import (
    CHAIN,
    NATION,
    SPAN,
    STREAM,
    YEARS,
    RandomTable,
    random_table,
)

ROUNDED = DisclosureProfile()
EXACT = DisclosureProfile(rounding_base=1)


def findings(profile: DisclosureProfile, seed: int, regions: int, mean: int) -> list[str]:
    table = random_table(seed, regions, mean)
    released = table.released(profile).results
    return attack(
        released, table.streams, profile.threshold, profile.rounding_base, exceptions=[APART]
    ).failures


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 5), st.sampled_from([4, 14, 60]))
def test_the_attacker_never_wins_against_random_rounded_tables(
    seed: int, regions: int, mean: int
) -> None:
    assert findings(ROUNDED, seed, regions, mean) == []


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 3), st.sampled_from([14, 60]))
def test_the_attacker_never_wins_against_random_tables_without_rounding(
    seed: int, regions: int, mean: int
) -> None:
    assert findings(EXACT, seed, regions, mean) == []


def unknowns(
    rows: pd.DataFrame, base: int
) -> tuple[dict[tuple[str, str, str], int], list[tuple[float, float]]]:
    """Return each count of a random table as an unknown, and what its released row says of it."""
    place: dict[tuple[str, str, str], int] = {}
    bounds: list[tuple[float, float]] = []
    for row in rows[rows["statistic"] == "count"].to_dict("records"):
        place[row["measure"], row["area"], row["period"]] = len(bounds)
        shown = row["numerator"]
        if pd.isna(shown):
            bounds.append((0, np.inf))
        elif shown == 0:
            bounds.append((0, 0))
        else:
            bounds.append((max(10, shown - base // 2), shown + base // 2))
    return place, bounds


def exact_interval(
    rows: pd.DataFrame, regions: list[str], base: int, target: tuple[str, str, str]
) -> tuple[float, float]:
    """Return the least and largest whole number that a withheld count can be, by integer programme."""
    place, bounds = unknowns(rows, base)
    lines, least, most = [], [], []
    for measure in CHAIN:
        for period in (*YEARS, SPAN):
            line = np.zeros(len(bounds))
            line[[place[measure, region, period] for region in regions]] = 1
            line[place[measure, NATION, period]] = -1
            lines.append(line)
        for area in (*regions, NATION):
            line = np.zeros(len(bounds))
            line[[place[measure, area, year] for year in YEARS]] = 1
            line[place[measure, area, SPAN]] = -1
            lines.append(line)
    least += [0.0] * len(lines)
    most += [0.0] * len(lines)
    for inner, outer in pairwise(CHAIN):
        for area in (*regions, NATION):
            for period in (*YEARS, SPAN):
                line = np.zeros(len(bounds))
                line[place[outer, area, period]] = 1
                line[place[inner, area, period]] = -1
                lines.append(line)
                least.append(0.0)
                most.append(np.inf)
    found = []
    for sign in (1, -1):
        aim = np.zeros(len(bounds))
        aim[place[target]] = sign
        result = optimize.milp(
            aim,
            constraints=optimize.LinearConstraint(np.array(lines), least, most),
            integrality=np.ones(len(bounds)),
            bounds=optimize.Bounds([low for low, _ in bounds], [high for _, high in bounds]),
        )
        found.append(sign * result.fun if result.success else sign * np.inf * sign)
    return found[0], found[1]


@pytest.mark.parametrize("profile", [ROUNDED, EXACT], ids=["rounded", "not rounded"])
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 9), st.sampled_from([4, 14, 60, 300]))
def test_the_attacker_never_wins_where_bounds_stand_in_for_integer_programmes(
    profile: DisclosureProfile, seed: int, regions: int, mean: int
) -> None:
    with mock.patch("fjanalysis.disclosure.suppression.suppress.SMALL", 0):
        assert findings(profile, seed, regions, mean) == []


@pytest.mark.parametrize(("seed", "base"), [(0, 5), (1, 5), (0, 1)])
def test_an_exact_attacker_cannot_tell_a_small_count_from_another(seed: int, base: int) -> None:
    profile = DisclosureProfile(rounding_base=base)
    table = random_table(seed, regions=3, mean=10)
    released = table.released(profile).results
    regions = sorted(set(released["area"]) - {NATION})
    truth = table.rows.set_index(["measure", "area", "period"])
    truth = truth[truth["statistic"] == "count"]["numerator"]
    hidden = released[(released["statistic"] == "count") & (released["status"] == "c")]
    assert len(hidden) > 0
    for target in hidden[["measure", "area", "period"]].itertuples(index=False, name=None):
        if not 0 < truth[target] < 10:
            continue
        low, high = exact_interval(released, regions, base, target)
        assert low < 10 <= high, target
        assert high - low >= 10, target


def test_a_count_withheld_alone_in_its_sum_is_found(tmp_path: object) -> None:
    del tmp_path
    partition = Relation("partition", "area", ("E12000001", "E12000002"), NATION)
    rows = tidy(
        {**row, "stream": STREAM}
        for row in (
            count("twins", 57),
            count("twins", 50, area="E12000001"),
            {
                **count("twins", 0, area="E12000002"),
                "status": "c",
                "value": None,
                "numerator": None,
            },
        )
    )
    found = attack(rows, {STREAM: {"relations": [partition.to_json()]}}, 10, 1, exceptions=[APART])
    assert len(found.failures) == 1
    assert "under the threshold" in found.failures[0]
    assert 'area="E12000002"' in found.failures[0]


def test_a_count_that_an_earlier_pack_of_the_same_records_showed_helps_the_attacker() -> None:
    partition = Relation("partition", "area", ("E12000001", "E12000002"), NATION)
    hidden = {"status": "c", "value": None, "numerator": None}
    now = tidy(
        {**row, "stream": STREAM}
        for row in (
            count("twins", 57),
            {**count("twins", 50, area="E12000001"), **hidden},
            {**count("twins", 7, area="E12000002"), **hidden},
        )
    )
    before = tidy([{**count("twins", 50, area="E12000001"), "stream": STREAM}])
    streams = {STREAM: {"relations": [partition.to_json()]}}
    assert attack(now, streams, 10, 1, exceptions=[APART]).failures == []
    assert len(attack(now, streams, 10, 1, [before], exceptions=[APART]).failures) == 1


def test_a_gap_under_the_threshold_between_published_counts_is_found() -> None:
    rows = tidy({**row, "stream": STREAM} for row in (count("a", 50), count("b", 55)))
    chain = Relation("nested", "measure", ("a", "b"))
    found = attack(rows, {STREAM: {"relations": [chain.to_json()]}}, 10, 5, exceptions=[APART])
    assert any("difference is under the threshold" in each for each in found.failures)


def test_the_same_quantity_under_two_names_is_withheld_under_both() -> None:
    rows = []
    for number, year in enumerate((*YEARS, SPAN, "2015-16", "2016-17")):
        base = (60, 75, 9, 144, 88, 91)[number]
        rows += [
            count("emergency_protection_order", base, period=year),
            percent("epo_followed_by_s31", base // 2, base, period=year),
        ]
    table = RandomTable(tidy({**row, "stream": STREAM} for row in rows), ())
    done = table.released(ROUNDED).results
    lost = done[done["period"] == YEARS[2]]
    assert set(lost["status"]) == {"c"}


WALES, BOTH = "W92000004", "K04000001"


def test_the_other_count_of_a_row_that_is_withheld_is_protected_as_well() -> None:
    span = "2017-18 to 2018-19"
    rows = [
        percent("subsequent_infant", 11, 60, area=WALES, period=YEARS[0]),
        percent("subsequent_infant", 3, 9, area=WALES, period=YEARS[1]),
        percent("subsequent_infant", 14, 69, area=WALES, period=span),
        percent("subsequent_infant", 300, 600, area=NATION, period=YEARS[0]),
        percent("subsequent_infant", 311, 660, area=BOTH, period=YEARS[0]),
    ]
    relations = (
        Relation("partition", "area", (NATION, WALES), BOTH),
        Relation("partition", "period", YEARS[:2], span, field="denominator"),
    )
    table = RandomTable(tidy({**row, "stream": STREAM} for row in rows), relations)
    with mock.patch("fjanalysis.disclosure.suppression.suppress.SMALL", 0):
        released = table.released(ROUNDED).results
    places = released[["area", "period"]].itertuples(index=False, name=None)
    status = dict(zip(places, released["status"], strict=True))
    # The base of the first year hides that of the second; its numerator would follow from the other areas.
    assert status[WALES, YEARS[0]] == "c"
    assert "c" in (status[NATION, YEARS[0]], status[BOTH, YEARS[0]])
    assert attack(released, table.streams, 10, 5, exceptions=[APART]).failures == []

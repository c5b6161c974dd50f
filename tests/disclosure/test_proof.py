"""The proof by tables: it agrees with integer programmes, and finds what bounds do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.disclosure.audit import Report, attack
from fjanalysis.disclosure.audit.attack import narrowed
from fjanalysis.disclosure.audit.proof import prove
from fjanalysis.disclosure.audit.relations import Equations
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.pack import AUDITS
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import written_key
from tests.disclosure.random_tables import STREAM, RandomTable, random_table


def equations(lines: list[dict[int, float]], high: list[float]) -> Equations:
    entries = [(number, *entry) for number, line in enumerate(lines) for entry in line.items()]
    line, unknown, weight = (np.array(column) for column in zip(*entries, strict=True))
    top = np.array(high)
    known = [number for number, most in enumerate(high) if np.isfinite(most)]
    low = np.array([most if at in known else 0.0 for at, most in enumerate(high)])
    return Equations(line, unknown, weight.astype(float), len(lines), low, top, len(high), line[:0])


INF = float("inf")


def test_two_sums_added_up_tell_what_bounds_do_not() -> None:
    # a + b = 30, b + c = 30, a + c = 14: the bounds leave a from 0 to 14, yet a is 7.
    sums = equations(
        [{0: 1, 1: 1, 3: -1}, {1: 1, 2: 1, 4: -1}, {0: 1, 2: 1, 5: -1}], [INF] * 3 + [30, 30, 14]
    )
    low, high = narrowed(sums)
    assert (low[0], high[0]) == (0, 14)
    found = prove(sums, low, high, np.array([0, 1, 2]), 10)
    # Of b it is known that it is 23: no small number, but known to the one.
    assert found.told.tolist() == [True, True, True]
    assert not found.safe.any()


def test_a_count_that_may_be_few_or_many_is_proved_safe_by_two_tables() -> None:
    sums = equations([{0: 1, 1: 1, 2: -1}], [INF, INF, 40])
    found = prove(sums, *narrowed(sums), np.array([0, 1]), 10)
    assert found.safe.tolist() == [True, True]
    assert (found.most - found.least >= 10).all()


def attacked_until_nothing_tells(table: RandomTable, profile: DisclosureProfile) -> Report:
    """Attack and withhold what tells, as `pack` does."""
    prepared = prepare(table.rows, {(STREAM, "main"): table.relations}, profile)
    further: set[tuple[str, ...]] = set()
    for _ in range(AUDITS):
        released = prepared.control(further).results
        report = attack(released, table.streams, 10, profile.rounding_base, proved=True)
        if not set(report.telling) - further:
            break
        further |= set(report.telling)
    return report


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 2**31), st.sampled_from([5, 1]), st.sampled_from([4, 14, 60]))
def test_small_counts_of_small_tables_are_safe_by_the_proof_as_well(
    seed: int, base: int, mean: int
) -> None:
    table = random_table(seed, 3, mean)
    report = attacked_until_nothing_tells(table, DisclosureProfile(rounding_base=base))
    few = table.rows[table.rows["numerator"].between(1, 9)]
    named = {written_key(row) for _, row in few.iterrows()}
    assert [each for each in report.failures if each.split(" is withheld")[0] in named] == []


@pytest.mark.xfail(
    strict=False,
    reason="In a small table a large count withheld for another's sake can be told to within the threshold.",
)
def test_large_counts_of_a_small_table_are_safe_by_the_proof_as_well() -> None:
    table = random_table(79, 3, 14)
    found = attacked_until_nothing_tells(table, DisclosureProfile(rounding_base=1))
    assert found.failures == []


@pytest.mark.parametrize("seed", [3, 7])
def test_the_report_says_how_many_are_proved(seed: int) -> None:
    table = random_table(seed, 3, 14)
    released = table.released(DisclosureProfile()).results
    report = attack(released, table.streams, 10, 5, proved=True)
    assert any("proved safe by two tables of whole numbers" in note for note in report.notes)

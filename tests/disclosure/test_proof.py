"""The proof by tables: it agrees with integer programmes, and finds what bounds do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.disclosure.audit.attack import narrowed
from fjanalysis.disclosure.audit.proof import prove
from fjanalysis.disclosure.audit.relations import Equations
from fjanalysis.project import DisclosureProfile
from tests.disclosure.mended import mended
from tests.disclosure.random_tables import STREAM, random_table


def equations(lines: list[dict[int, float]], high: list[float]) -> Equations:
    entries = [(number, *entry) for number, line in enumerate(lines) for entry in line.items()]
    line, unknown, weight = (np.array(column) for column in zip(*entries, strict=True))
    top = np.array(high)
    known = [number for number, most in enumerate(high) if np.isfinite(most)]
    low = np.array([most if at in known else 0.0 for at, most in enumerate(high)])
    return Equations(
        line,
        unknown,
        weight.astype(float),
        len(lines),
        low,
        top,
        len(high),
        line[:0],
        np.zeros(len(high), dtype=bool),
        np.isfinite(top),
    )


INF = float("inf")


def test_two_sums_added_up_tell_what_bounds_do_not() -> None:
    # a + b = 30, b + c = 30, a + c = 14: the bounds leave a from 0 to 14, yet a is 7.
    sums = equations(
        [{0: 1, 1: 1, 3: -1}, {1: 1, 2: 1, 4: -1}, {0: 1, 2: 1, 5: -1}], [INF] * 3 + [30, 30, 14]
    )
    low, high = narrowed(sums, 10)
    assert (low[0], high[0]) == (0, 14)
    found = prove(sums, low, high, np.array([0, 1, 2]), 10)
    # Of b it is known that it is 23: no small number, but known to the one.
    assert found.told.tolist() == [True, True, True]
    assert not found.safe.any()


def test_what_stands_in_the_way_of_a_told_count_is_named() -> None:
    # As above; and a sum that has nothing to do with it.
    lines: list[dict[int, float]] = [
        {0: 1, 1: 1, 3: -1},
        {1: 1, 2: 1, 4: -1},
        {0: 1, 2: 1, 5: -1},
        {2: 1, 6: 1, 7: -1},
    ]
    sums = equations(lines, [INF, INF, INF, 30, 30, 14, INF, 90])
    found = prove(sums, *narrowed(sums, 10), np.array([0]), 10)
    assert found.told.tolist() == [True]
    assert set(found.beside[0]) <= {3, 4, 5}
    assert found.beside[0]


def test_a_count_that_may_be_few_or_many_is_proved_safe_by_two_tables() -> None:
    sums = equations([{0: 1, 1: 1, 2: -1}], [INF, INF, 40])
    found = prove(sums, *narrowed(sums, 10), np.array([0, 1]), 10)
    assert found.safe.tolist() == [True, True]
    assert (found.most - found.least >= 10).all()


def test_every_told_count_is_found_however_many_hang_together() -> None:
    # As the first test, eighty times over, and one sum through all of them; beside each a count that is safe.
    times = 80
    lines: list[dict[int, float]] = []
    high: list[float] = []
    for at in range(0, 9 * times, 9):
        a, b, c, d, e = range(at, at + 5)
        ab, bc, ac, de = range(at + 5, at + 9)
        lines += [{a: 1, b: 1, ab: -1}, {b: 1, c: 1, bc: -1}, {a: 1, c: 1, ac: -1}]
        lines.append({d: 1, e: 1, de: -1})
        high += [INF] * 5 + [30, 30, 14, 60]
    through = len(high)
    lines.append({**dict.fromkeys(range(0, 9 * times, 9), 1.0), through: -1.0})
    lines.append({**dict.fromkeys(range(3, 9 * times, 9), 1.0), through: 1.0, through + 1: -1.0})
    sums = equations(lines, [*high, INF, INF])
    asked = np.array([at + own for at in range(0, 9 * times, 9) for own in (0, 3)])
    found = prove(sums, *narrowed(sums, 10), asked, 10)
    assert len(sums.low) > 400
    assert found.told.tolist() == [True, False] * times
    assert found.told.sum() == times
    assert not found.open.any()
    assert all(set(found.beside[at]) & {at + 5, at + 6, at + 7} for at in asked[found.told])


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 2**31), st.sampled_from([5, 1]), st.sampled_from([4, 14, 60]))
def test_all_counts_of_small_tables_are_safe_by_the_proof_as_well(
    seed: int, base: int, mean: int
) -> None:
    table = random_table(seed, 3, mean)
    done, report = mended(
        table.rows, {STREAM: table.relations}, DisclosureProfile(rounding_base=base)
    )
    assert report.failures == report.unsettled == []
    assert (done.results["status"] == "ok").any()


def test_a_large_count_that_sums_added_up_would_tell_is_protected_by_withholding_more() -> None:
    table = random_table(79, 3, 14)
    profile = DisclosureProfile(rounding_base=1)
    done, report = mended(table.rows, {STREAM: table.relations}, profile)
    assert report.failures == []
    alone = table.released(profile).results
    assert (done.results["status"] == "c").sum() >= (alone["status"] == "c").sum()


@pytest.mark.parametrize("seed", [3, 7])
def test_the_report_says_how_many_are_proved(seed: int) -> None:
    table = random_table(seed, 3, 14)
    _, report = mended(table.rows, {STREAM: table.relations}, DisclosureProfile())
    assert any("proved safe by two tables of whole numbers" in note for note in report.notes)

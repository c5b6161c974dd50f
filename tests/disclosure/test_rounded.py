"""Counts that are shown rounded: which of them follow exactly, by every table tried one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fjanalysis.disclosure.audit import attack
from fjanalysis.disclosure.audit.attack import narrowed
from fjanalysis.disclosure.audit.relations import Equations
from fjanalysis.disclosure.audit.rounded import told_exactly
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import count

REGIONS = ("E12000001", "E12000002")
SUM = Relation("partition", "area", REGIONS, "E92000001")


def of_sum(one: int, two: int, whole: int) -> Equations:
    """Return what is known of two counts and their sum, each shown rounded to base 5."""
    shown = np.array([one, two, whole], dtype=float)
    line, unknown = np.zeros(3, dtype=np.int64), np.arange(3)
    none = np.zeros(3, dtype=bool)
    weight = np.array([1.0, 1.0, -1.0])
    return Equations(
        line, unknown, weight, 1, shown - 2, shown + 2, 3, line[:0], none, np.ones(3, dtype=bool)
    )


@pytest.mark.parametrize("whole", [40, 45, 50, 51])
def test_what_follows_exactly_is_what_all_tables_agree_on(whole: int) -> None:
    sums = of_sum(20, 25, whole)
    low, high = narrowed(sums, 10)
    fitting = [
        (one, two, one + two)
        for one, two in product(range(18, 23), range(23, 28))
        if abs(one + two - whole) <= 2
    ]
    found = told_exactly(sums, low, high, np.arange(3))
    assert fitting
    agreed = [at for at in range(3) if len({table[at] for table in fitting}) == 1]
    assert found.tolist() == agreed
    # Of 18 to 22 and 23 to 27 only 22 and 27 add up to 49.
    assert len(agreed) == (3 if whole == 51 else 0)


def test_the_report_says_how_many_rounded_counts_follow_exactly() -> None:
    rows = tidy(
        [
            {**count("newborn_cases", number, area=area), "stream": "urgent-hearings"}
            for area, number in zip((*REGIONS, "E92000001"), (20, 25, 50), strict=True)
        ]
    )
    streams = {"urgent-hearings": {"relations": [SUM.to_json()]}}
    said = attack(rows, streams, 10, 5, proved=True, rounded=True).notes
    assert any("Of the 3 counts that are shown rounded, 0 follow exactly" in each for each in said)
    assert any("but for 0." in each for each in said)
    assert not any("but for" in each for each in attack(rows, streams, 10, 5).notes)

"""Life tables of areas and of their nation: their bands together tell no more than each alone."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from fjanalysis.disclosure.audit import attack
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.following import Following
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import APART

STREAM, NATION = "recurrence", "E92000001"
YEARS = 4


def curves(seed: int, regions: int, persons: int) -> tuple[pd.DataFrame, Relation]:
    """Return life tables, and the horizons read from them, of regions and of their nation."""
    random = np.random.default_rng(seed)
    events = random.binomial(persons // 12, random.uniform(0.1, 0.9, (regions, YEARS)))
    censored = random.binomial(persons // 12, 0.5, (regions, YEARS))
    left = random.integers(0, persons, regions)
    areas = [f"E1200000{number + 1}" for number in range(regions)]
    rows: list[dict[str, Any]] = []
    for area, own in [*((area, [at]) for at, area in enumerate(areas)), (NATION, range(regions))]:
        rows += _rows(area, events[own].sum(axis=0), censored[own].sum(axis=0), left[own].sum())
    frame = tidy({"stream": STREAM, "period": "2014-15", **row} for row in rows)
    return frame, Relation("partition", "area", tuple(areas), NATION)


def _rows(area: str, events: Any, censored: Any, left: int) -> list[dict[str, Any]]:
    d, c = np.r_[0, events], np.r_[0, censored]
    start = int(d.sum() + c.sum() + left)
    at_risk = start - np.cumsum(d + c)
    rows = []
    for year in range(YEARS + 1):
        for part, counts in (("at_risk", at_risk), ("events", d), ("censored", c)):
            number = int(counts[year])
            rows.append(
                {
                    "measure": f"any_return_{part}",
                    "statistic": "count",
                    "area": area,
                    "horizon": f"{12 * year} months",
                    "value": number,
                    "numerator": number,
                }
            )
        if year:
            ever = int(d[: year + 1].sum())
            rows.append(
                {
                    "measure": "any_return",
                    "statistic": "cumulative_percent",
                    "area": area,
                    "horizon": "1 year" if year == 1 else f"{year} years",
                    "value": 100 * ever / max(start, 1),
                    "numerator": ever,
                    "denominator": start,
                }
            )
    return rows


def findings(seed: int, regions: int, persons: int) -> list[str]:
    frame, relation = curves(seed, regions, persons)
    released = (
        prepare(frame, {(STREAM, "main"): [relation]}, DisclosureProfile(), exceptions=[APART])
        .control()
        .results
    )
    return attack(
        released, {STREAM: {"relations": [relation.to_json()]}}, 10, 5, exceptions=[APART]
    ).failures


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 6), st.sampled_from([60, 120, 400]))
def test_bands_of_areas_that_add_up_tell_no_withheld_horizon(
    seed: int, regions: int, persons: int
) -> None:
    assert findings(seed, regions, persons) == []


def test_without_that_the_bands_would_tell_some() -> None:
    with (
        mock.patch("fjanalysis.disclosure.control.guarded", lambda *given: given[-1]),
        mock.patch.object(Following, "seen", lambda self, reason: self.open & False),
    ):
        assert findings(2, 3, 120) != []

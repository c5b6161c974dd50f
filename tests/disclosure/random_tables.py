"""Random tables with hierarchies and nestings, for property tests of disclosure control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.release import Controlled
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import APART

STREAM = "urgent-hearings"
NATION = "E92000001"
YEARS = ("2017-18", "2018-19", "2019-20")
SPAN = "2017-18 to 2019-20"
CHAIN = ("same_day_hearing", "short_notice_hearing", "newborn_cases")


@dataclass(frozen=True)
class RandomTable:
    """An exact table, and how its rows relate."""

    rows: pd.DataFrame
    relations: tuple[Relation, ...]

    def released(self, profile: DisclosureProfile) -> Controlled:
        """Return the table after disclosure control."""
        relations = {(STREAM, "main"): self.relations}
        return prepare(self.rows, relations, profile, exceptions=[APART]).control()

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        """What a pack would say of the stream."""
        return {STREAM: {"relations": [each.to_json() for each in self.relations]}}


def random_table(seed: int, regions: int = 4, mean: float = 14) -> RandomTable:
    """Return nested counts and percentages of regions in their nation, by year and over all years."""
    random = np.random.default_rng(seed)
    codes = [f"E1200000{number + 1}" for number in range(regions)]
    cases = random.poisson(random.gamma(1.0, mean, (regions, 1)) + 1, (regions, len(YEARS)))
    short = random.binomial(cases, 0.8)
    same = random.binomial(short, random.uniform(0.1, 0.9))
    rows = []
    for name, table in zip(CHAIN, (same, short, cases), strict=True):
        for area, period, picked in _places(codes):
            number = int(table[np.ix_(*picked)].sum())
            base = int(cases[np.ix_(*picked)].sum())
            rows.append(_row(name, "count", area, period, number, None))
            if name != "newborn_cases" and base:
                rows.append(_row(name, "percent", area, period, number, base))
    # A share whose counts no other row shows: whoever withholds it takes its base away as well.
    known = random.binomial(cases, 0.6)
    subsequent = random.binomial(known, 0.3)
    for area, period, picked in _places(codes):
        number, base = (int(table[np.ix_(*picked)].sum()) for table in (subsequent, known))
        if base:
            rows.append(_row("subsequent_infant", "percent", area, period, number, base))
    relations = (
        *(Relation("partition", "area", tuple(codes), NATION, field=field) for field in _FIELDS),
        *(Relation("partition", "period", YEARS, SPAN, field=field) for field in _FIELDS),
        Relation("nested", "measure", CHAIN),
    )
    return RandomTable(tidy(rows), relations)


_FIELDS = ("numerator", "denominator")


def _places(codes: list[str]) -> list[tuple[str, str, tuple[list[int], list[int]]]]:
    areas = [(code, [at]) for at, code in enumerate(codes)] + [(NATION, list(range(len(codes))))]
    periods = [(year, [at]) for at, year in enumerate(YEARS)] + [(SPAN, list(range(len(YEARS))))]
    return [(area, period, (own, when)) for area, own in areas for period, when in periods]


def _row(
    measure: str, statistic: str, area: str, period: str, number: int, base: int | None
) -> dict[str, Any]:
    value = number if base is None else 100 * number / base
    row = {"stream": STREAM, "measure": measure, "statistic": statistic, "area": area}
    return {**row, "period": period, "value": value, "numerator": number, "denominator": base}

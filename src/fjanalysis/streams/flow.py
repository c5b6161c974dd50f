"""The flow from records read to cohort: in each nation and in both together, over the years that their results cover.

Of both together only the steps within those years are given. What was read in both would be the sum of what was read
in each, and a small number of one nation could be worked out from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from fjanalysis.periods import first_day, last_day
from fjanalysis.results import Relation, typed
from fjanalysis.streams.cohort import Cohort
from fjanalysis.streams.grid import NATIONS, POOLED

# Of the sets of proceedings: what was read in the nations named, whatever the year.
READ = {
    "care and supervision applications read": """
        SELECT COUNT(*) FROM s31_applications INNER JOIN cases ON s31_applications.case_id = cases.case_id
        WHERE LIST_CONTAINS($nations, cases.nation)
    """,
    "cases read": """
        SELECT COUNT(*) FROM case_issues INNER JOIN cases ON case_issues.case_id = cases.case_id
        WHERE LIST_CONTAINS($nations, cases.nation)
    """,
    "children named": """
        SELECT COUNT(DISTINCT case_children.child_id)
        FROM case_children INNER JOIN cases ON case_children.case_id = cases.case_id
        WHERE LIST_CONTAINS($nations, cases.nation)
    """,
}


@dataclass(frozen=True)
class Window:
    """The whole window of an area: its first to its last complete year.

    Parameters
    ----------
    area, period
        As in the results.
    nations
        Names of the nations in the area.
    first, last
        The first and the last day.
    """

    area: str
    period: str
    nations: tuple[str, ...]
    first: date
    last: date

    @property
    def pooled(self) -> bool:
        """Whether it is that of both nations together."""
        return self.area == POOLED

    def holds(self, units: pd.DataFrame, day: str) -> pd.Series:
        """Return whether each unit is of the area's nations and its day (a column of dates) in the window."""
        within = units[day].between(pd.Timestamp(self.first), pd.Timestamp(self.last))
        return within & units["nation"].isin(self.nations)


def windows(grid: pd.DataFrame) -> list[Window]:
    """Return the whole windows of the nations, and of both together, that a grid has.

    Parameters
    ----------
    grid
        What `make_grid` gave, or a part of it.
    """
    nations = {code: (name,) for name, code in NATIONS.items()} | {POOLED: tuple(NATIONS)}
    whole = grid[grid["area"].isin(nations) & (grid["span"] == "whole")]
    pairs = whole[["area", "period"]].drop_duplicates().sort_values("area")
    return [
        Window(area, period, nations[area], first_day(period), last_day(period))
        for area, period in zip(pairs["area"], pairs["period"], strict=True)
    ]


def read_steps(cohort: Cohort, window: Window) -> list[tuple[str, int]]:
    """Return what was read for the sets of proceedings of a nation; nothing for both together."""
    if window.pooled:
        return []
    return [
        (words, number(cohort, sql, nations=list(window.nations))) for words, sql in READ.items()
    ]


def number(cohort: Cohort, sql: str, **values: object) -> int:
    """Return the number that a query over a cohort's tables gives."""
    return int(cohort.connection.execute(sql, values).fetchall()[0][0])


def between_areas() -> Relation:
    """Return that the steps of the nations add up to those of both, where all have the same years."""
    where = {"measure": "cohort_flow"}
    return Relation("partition", "area", tuple(sorted(NATIONS.values())), POOLED, where)


def flow_of(steps: Mapping[Window, Sequence[tuple[str, int]]]) -> pd.DataFrame:
    """Return the steps of each window as results rows, `step: …` in words; no row where there is no window.

    Parameters
    ----------
    steps
        By window, what each step keeps or leaves out, in words, and its count.
    """
    rows = [
        {
            "measure": "cohort_flow",
            "statistic": "count",
            "area": window.area,
            "period": window.period,
            "group": f"step: {words}",
            "value": float(count),
            "numerator": count,
        }
        for window, own in steps.items()
        for words, count in own
    ]
    return typed(pd.DataFrame(rows))

"""The parents who are followed, and the sets of proceedings that they had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa

from fjanalysis.periods import anniversary
from fjanalysis.streams.cohort import Cohort, read_sql
from fjanalysis.streams.flow import Window, flow_of, number, read_steps, windows
from fjanalysis.streams.grid import NATIONS, make_grid
from fjanalysis.streams.proceedings import prepare_final_orders, prepare_sets
from fjanalysis.streams.recurrence.levels import PARENTS, add_levels
from fjanalysis.streams.recurrence.method import AFTER, BEFORE, OUTSIDE
from fjanalysis.streams.recurrence.parameters import Parameters
from fjanalysis.streams.study import Study
from fjanalysis.streams.windows import area_nations, headline_grid

OF_SET = (
    "parent", "person_id", "set_number", "set_issue_date", "nation", "region", "dfj_area",
)  # fmt: skip


@dataclass(frozen=True)
class Families:
    """What the recurrence stream counts.

    Parameters
    ----------
    parents
        The cohort: one row a parent, sorted by parent and person, with its levels.
    sets
        All sets of all parents: `parent`, `person_id`, `set_number`, `set_issue_date`, `nation`,
        `region`, `dfj_area`.
    flow
        From records read to cohort, as results rows.
    grid
        Areas and complete years of index issue.
    sets_grid
        Areas and complete years of the data.
    nations
        The nation's name of each area that lies in one.
    data_start
        First day of the data in use, by nation.
    follow_up_end
        Last day of follow-up.
    headlines
        Whether only headlines of nations over the whole window are given, as in variants.
    """

    parents: pd.DataFrame
    sets: pd.DataFrame
    flow: pd.DataFrame
    grid: pd.DataFrame
    sets_grid: pd.DataFrame
    nations: Mapping[str, str]
    data_start: Mapping[str, date]
    follow_up_end: date
    headlines: bool = False


def load_families(study: Study) -> Families:
    """Return the cohort of a study's refresh, by its parameters."""
    parameters = study.parameters
    assert isinstance(parameters, Parameters)  # noqa: S101 - the study's stream is this one
    end = study.refresh.follow_up_end
    with study.database() as cohort:
        starts = study.data_start("public")
        if parameters.source != "all":
            keep_system(cohort, parameters.source)
            starts = first_months(cohort, end)
        starting = index_starts(starts, parameters)
        prepare_sets(
            cohort,
            end,
            merge_gap_days=parameters.merge_gap_days,
            new_baby_starts_set=parameters.new_baby_starts_set,
        )
        prepare_final_orders(cohort, end)
        index_end = min(parameters.index_end or end, end)
        parents = make_cohort(cohort, starting, index_end, parameters)
        local = parameters.local_period_years
        # The last index issue also ends the last year of index issue.
        grid = make_grid(study.areas, starting, index_end, local)
        sets_grid = make_grid(study.areas, starts, end, local)
        flow = flow_rows(cohort, grid)
        if study.variant != "main":
            grid, sets_grid = headline_grid(grid), headline_grid(sets_grid)
        sets = cohort.frame("sets", key=["parent", "person_id", "set_number"], columns=OF_SET)
    return Families(
        parents=add_levels(parents),
        sets=sets,
        flow=flow,
        grid=grid,
        sets_grid=sets_grid,
        nations=area_nations(study.areas),
        data_start=starts,
        follow_up_end=end,
        headlines=study.variant != "main",
    )


def make_cohort(
    cohort: Cohort, starting: Mapping[str, date], index_end: date, parameters: Parameters
) -> pd.DataFrame:
    """Return the cohort: one row a parent, sorted by parent and person.

    Parameters
    ----------
    cohort
        Holds the sets of proceedings and the final orders.
    starting
        First day of index issue, by nation.
    index_end
        Last day of index issue.
    """
    nations = sorted(starting)
    days = pa.array([starting[nation] for nation in nations], pa.date32())
    cohort.add(
        "nation_starts",
        pa.table({"nation": pa.array(nations, pa.string()), "index_start": days}),
    )
    values = {
        "index_end": index_end,
        "youngest_mother": parameters.youngest_mother,
        "oldest_mother": parameters.oldest_mother,
    }
    cohort.run(read_sql(__package__), values)
    return cohort.frame("cohort", key=["parent", "person_id"])


def index_starts(starts: Mapping[str, date], parameters: Parameters) -> dict[str, date]:
    """Return the first day of index issue by nation: the start of its data plus the wash-out.

    A later `index_start` of the parameters wins.
    """
    earliest = {
        nation: anniversary(day, years=parameters.washout_years) for nation, day in starts.items()
    }
    given = parameters.index_start
    return {nation: max(day, given or day) for nation, day in earliest.items()}


def keep_system(cohort: Cohort, system: str) -> None:
    """Leave in the cohort's database only the cases of one recording system."""
    connection = cohort.connection
    connection.execute("ALTER VIEW cases RENAME TO all_cases")
    connection.execute("ALTER VIEW applications RENAME TO all_applications")
    connection.execute(
        "CREATE TABLE cases AS SELECT * FROM all_cases WHERE system = $system ORDER BY case_id",
        {"system": system},
    )
    connection.execute(
        "CREATE TABLE applications AS SELECT all_applications.* FROM all_applications "
        "INNER JOIN cases ON all_applications.case_id = cases.case_id ORDER BY application_id"
    )


def first_months(cohort: Cohort, end: date) -> dict[str, date]:
    """Return the first day of the first month with a public-law application, by nation."""
    rows = cohort.connection.execute(
        "SELECT cases.nation, MIN(issue_date) FROM applications "
        "INNER JOIN cases ON applications.case_id = cases.case_id "
        "WHERE law_type = 'public' AND issue_date <= $end GROUP BY cases.nation ORDER BY cases.nation",
        {"end": end},
    ).fetchall()
    return {str(nation): day.replace(day=1) for nation, day in rows if nation in NATIONS}


MOTHERS_READ = {
    "children without a recorded mother": "child_parents.mothers_recorded = 0",
    "children with two or more recorded mothers": "child_parents.mothers_recorded > 1",
    "children whose mother stays unknown": "child_parents.mother_id IS NULL",
}
OF_CHILDREN = """
    SELECT COUNT(DISTINCT child_parents.child_id)
    FROM child_parents
    INNER JOIN case_children ON child_parents.child_id = case_children.child_id
    INNER JOIN cases ON case_children.case_id = cases.case_id
    WHERE LIST_CONTAINS($nations, cases.nation) AND {condition}
"""
OF_PARENTS = """
    SELECT COUNT(*) FROM {table}
    WHERE parent = $parent AND LIST_CONTAINS($nations, nation) AND {condition}
"""
INSIDE = "index_date BETWEEN $first AND $last"
# In words, the table that each step counts, and which of its rows.
FOLLOWED = {
    "with a set of proceedings": ("first_sets", "TRUE"),
    BEFORE: ("first_sets", "index_date < $first"),
    AFTER: ("first_sets", "index_date > $last"),
    "with a first set in the window after the wash-out": ("windowed", INSIDE),
    "of an impossible age, taken as unknown": ("aged", f"age_impossible AND {INSIDE}"),
    OUTSIDE: (
        "aged",
        "index_date BETWEEN $first AND $last AND NOT EXISTS (SELECT 1 FROM parents "
        "WHERE parents.parent = aged.parent AND parents.person_id = aged.person_id)",
    ),
    "in the cohort": ("parents", INSIDE),
}


def flow_rows(cohort: Cohort, grid: pd.DataFrame) -> pd.DataFrame:
    """Return the flow from records read to the parents whose returns are given, as results rows."""
    return flow_of({window: _steps(cohort, window) for window in windows(grid)})


def _steps(cohort: Cohort, window: Window) -> list[tuple[str, int]]:
    nations = list(window.nations)
    steps = read_steps(cohort, window)
    for words, condition in () if window.pooled else MOTHERS_READ.items():
        sql = OF_CHILDREN.format(condition=condition)
        steps.append((words, number(cohort, sql, nations=nations)))
    days = {"first": window.first, "last": window.last}
    for parent in PARENTS:
        for words, (table, condition) in FOLLOWED.items():
            # Fathers of all ages are followed.
            of_mothers = parent == "father" and words == OUTSIDE
            if of_mothers or (window.pooled and table == "first_sets"):
                continue
            used = {name: day for name, day in days.items() if f"${name}" in condition}
            sql = OF_PARENTS.format(table=table, condition=condition)
            count = number(cohort, sql, parent=parent, nations=nations, **used)
            steps.append((f"{parent}s {words}", count))
    return steps

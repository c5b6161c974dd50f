"""The cohort of urgent hearings: infants' and newborns' sets of proceedings, protection applications, flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from fjanalysis.errors import SourceError
from fjanalysis.streams.cohort import Cohort, read_sql
from fjanalysis.streams.flow import flow_of, read_steps, windows
from fjanalysis.streams.proceedings import prepare_final_orders
from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings.method import ALL, OUTSIDE

PACKAGE = "fjanalysis.streams.urgent_hearings"
FIRST_ORDERS = date(2010, 4, 1)
# Of the sets issued in the years of a window, the column of `flow.sql` that each step counts.
STEPS = {
    "child's birth week unknown": "no_birth_week",
    "issued before the child's birth week": "unborn",
    "issued in a complete financial year, with a known age": "aged",
    "children of 1 year and over, left out": "older",
    "infants under 1 year": "infants",
    "newborn babies": "newborns",
    "newborn babies with a known mother": "with_mother",
    "newborn babies with a hearing recorded": "with_hearing",
    "newborn babies whose set has ended": "ended",
}


@dataclass(frozen=True)
class Babies:
    """The cohort.

    Parameters
    ----------
    infants
        One row an infant's set of proceedings, as `cohort.sql` gives it.
    protections
        One row a newborn and emergency protection application, as `protection.sql` gives it.
    grid
        Areas and complete years.
    order_grid
        Of these, the years of issue from April 2010, the month in which final orders begin.
    model_grid
        Of those, the years whose full look-back for subsequent infants is in the data.
    flow
        From records to cohort, as results rows.
    """

    infants: pd.DataFrame
    protections: pd.DataFrame
    grid: pd.DataFrame
    order_grid: pd.DataFrame
    model_grid: pd.DataFrame
    flow: pd.DataFrame

    @property
    def newborns(self) -> pd.DataFrame:
        """The infants who were newborn at issue."""
        return self.infants[self.infants["newborn"]]


def gather(study: Study) -> Babies:
    """Return the cohort of a study.

    Raises
    ------
    SourceError
        The refresh holds no hearing at all: notice would be unknown for everybody.
    """
    with study.cohort() as cohort:
        if cohort.count("hearings") == 0:
            raise SourceError(
                "The refresh holds no hearings, so nobody's notice can be known.",
                where=str(study.refresh.folder / "hearings.parquet"),
                mend="Name the hearings table and its columns in the source's mapping, and ingest again.",
            )
        prepare_final_orders(cohort, study.refresh.follow_up_end)
        values = study.values()
        cohort.run(read_sql(PACKAGE, "cohort.sql"), values, result="infant_sets")
        cohort.run(read_sql(PACKAGE, "protection.sql"), values, result="protections")
        grid = study.grid("public")
        return Babies(
            infants=cohort.frame("infant_sets"),
            protections=cohort.frame("protections"),
            grid=grid,
            order_grid=study.grid("public", FIRST_ORDERS),
            model_grid=study.grid("public", FIRST_ORDERS, values["look_back_years"]),
            flow=_flow(cohort, grid),
        )


def _flow(cohort: Cohort, grid: pd.DataFrame) -> pd.DataFrame:
    counts = cohort.query(read_sql(PACKAGE, "flow.sql"))
    steps = {}
    for window in windows(grid):
        own = counts[counts["nation"].isin(window.nations)]
        years = own[own["year"].between(window.first.year, window.last.year - 1)]
        steps[window] = read_steps(cohort, window)
        if not window.pooled:
            everything, inside = (int(each["all_children"].sum()) for each in (own, years))
            steps[window] += [(ALL, everything), (OUTSIDE, everything - inside)]
        steps[window] += [(words, int(years[column].sum())) for words, column in STEPS.items()]
    return flow_of(steps)

"""The cohort of urgent hearings: infants' and newborns' sets of proceedings, protection applications, flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from fjanalysis.errors import SourceError
from fjanalysis.streams.cohort import Cohort, read_sql
from fjanalysis.streams.grid import NATIONS
from fjanalysis.streams.proceedings import prepare_final_orders
from fjanalysis.streams.study import Study, cohort_flow

PACKAGE = "fjanalysis.streams.urgent_hearings"
FIRST_ORDERS = date(2010, 4, 1)
STEPS = {
    "children's sets of care or supervision proceedings": "all_children",
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
    flow
        From records to cohort, as results rows.
    """

    infants: pd.DataFrame
    protections: pd.DataFrame
    grid: pd.DataFrame
    order_grid: pd.DataFrame
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
            flow=_flow(cohort, grid),
        )


def _flow(cohort: Cohort, grid: pd.DataFrame) -> pd.DataFrame:
    counts = cohort.query(read_sql(PACKAGE, "flow.sql"))
    found = []
    for nation, code in NATIONS.items():
        whole = grid[(grid["area"] == code) & (grid["span"].isin(["whole", "year"]))]
        if whole.empty:
            continue
        years = counts[(counts["nation"] == nation) & counts["year"].isin(whole["year"])]
        period = max(whole["period"], key=len)
        steps = [(words, int(years[column].sum())) for words, column in STEPS.items()]
        found.append(cohort_flow(steps, code, period))
    return pd.concat(found, ignore_index=True)

"""Measure a synthetic world as the published studies measured the real one, figure by figure.

Everything is counted from what the systems would record: ages by week of birth, sets by their first
case, returns by shared children. `docs/calibration.md` puts the values beside the published ones.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.records import (
    APPLICANT,
    APPLICATION,
    NEVER,
    SUBJECT,
    World,
    monday,
    year_of,
)

CARE = (APPLICATION["care"], APPLICATION["supervision"])


class Facts:
    """The tables of a world from which figures are counted.

    Parameters
    ----------
    world
        All families, whatever the refresh, each as it is in truth.
    scale
        Its share of the real volume, by which counts are divided.
    """

    def __init__(self, world: World, scale: float) -> None:
        self.world = world
        self.scale = scale

    @cached_property
    def persons(self) -> pd.DataFrame:
        """A row a person, with the Monday of the birth week."""
        frame = pd.DataFrame(self.world.persons.columns())
        frame["monday"] = monday(frame["birth"].to_numpy())
        return frame

    @cached_property
    def cases(self) -> pd.DataFrame:
        """A row a case, with financial year and nation."""
        frame = pd.DataFrame(self.world.cases.columns())
        frame["year"] = year_of(frame["issue"].to_numpy())
        frame["england"] = frame["region"] != c.WALES
        return frame

    @cached_property
    def applications(self) -> pd.DataFrame:
        """A row an application."""
        return pd.DataFrame(self.world.applications.columns())

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """A row a child of a case: case, person, year, law, nation, age in days by week of birth."""
        roles = pd.DataFrame(self.world.roles.columns())
        roles = roles[roles["role"] == SUBJECT]
        case = self.applications["case"].to_numpy()[roles["application"]]
        frame = pd.DataFrame({"case": case, "person": roles["person"]}).drop_duplicates()
        frame = frame.join(self.cases[["year", "law", "england", "region", "issue"]], on="case")
        frame["age"] = frame["issue"] - self.persons["monday"].to_numpy()[frame["person"]]
        frame["days"] = frame["issue"] - self.persons["birth"].to_numpy()[frame["person"]]
        return frame.reset_index(drop=True)

    @cached_property
    def sets(self) -> pd.DataFrame:
        """A row a mother's set of care proceedings, with year, nation, region and issue."""
        frame = pd.DataFrame(self.world.sets.columns())
        return frame.join(self.cases[["year", "england", "region", "issue", "closed"]], on="case")

    @cached_property
    def set_children(self) -> pd.DataFrame:
        """A row a child of a set, with the set's generation and the days since the set before."""
        before = self.sets[["case", "generation", "mother", "next"]]
        return self.subjects.merge(before, on="case")

    @cached_property
    def care_cases(self) -> pd.DataFrame:
        """A row a case with an application for a care or supervision order."""
        chosen = self.applications["type"].isin(CARE)
        return self.cases.loc[np.unique(self.applications["case"].to_numpy()[chosen])]

    @cached_property
    def private_cases(self) -> pd.DataFrame:
        """A row a private case: applicants, order sought, and its place among the family's."""
        frame = pd.DataFrame(self.world.returns.columns()).join(
            self.cases[["year", "england", "region", "issue"]], on="case"
        )
        frame = frame.sort_values(["family", "issue"]).reset_index(drop=True)
        frame["earlier"] = frame.groupby("family").cumcount()
        frame["since"] = frame["issue"] - frame.groupby("family")["issue"].shift()
        return frame

    @cached_property
    def parents(self) -> pd.DataFrame:
        """A row a parent of a set (`side` mother or father) with the day of the parent's next set."""
        frame = self.set_children[["case", "person", "issue", "year", "england"]]
        out = []
        for side in ("mother", "father"):
            mine = frame.assign(parent=self.persons[side].to_numpy()[frame["person"]], side=side)
            mine = mine[mine["parent"] >= 0].drop_duplicates(["case", "parent"])
            mine = mine.sort_values(["parent", "issue", "case"])
            mine["next"] = mine.groupby("parent")["issue"].shift(-1).fillna(NEVER)
            mine["place"] = mine.groupby("parent").cumcount()
            mine["age"] = mine["issue"] - self.persons["birth"].to_numpy()[mine["parent"]]
            out.append(mine.drop(columns="person"))
        return pd.concat(out, ignore_index=True)

    @cached_property
    def applicants(self) -> pd.DataFrame:
        """A row an applicant of a private case: sex, fifth of the area, age, whether a parent."""
        roles = pd.DataFrame(self.world.roles.columns())
        roles = roles[roles["role"] == APPLICANT]
        case = self.applications["case"].to_numpy()[roles["application"]]
        frame = pd.DataFrame({"case": case, "person": roles["person"]}).drop_duplicates()
        frame = frame.join(self.persons[["sex", "fifth", "birth"]], on="person")
        return frame.merge(self.private_cases.drop(columns="sex"), on="case")

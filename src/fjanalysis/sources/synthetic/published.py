"""The published figures that the synthetic world is calibrated to, each beside what it gives.

`data/published.csv` holds the figures with their sources. Each row names a function below, and for
whom and when it is asked: `place` is a nation, a region's code or empty for both nations, `years` a
financial year by the calendar year in which it begins, or a span `2012-2016`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from fjanalysis.periods import year_name
from fjanalysis.reference import births
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.facts import Facts
from fjanalysis.sources.synthetic.people import YEAR, data
from fjanalysis.sources.synthetic.records import (
    APPLICATION,
    FEMALE,
    MALE,
    ORDER,
    PRIVATE,
    PUBLIC,
    RELATION,
    day,
    year_of,
)

Years = tuple[int, int]
Found = tuple[float, float]  # a value, and the share of it by which chance alone moves it
Measure = Callable[[Facts, str, Years, str], Found]
LAST_DAY: Final = "2026-01-31"
_REGION: Final = {code: number for number, code in enumerate(c.REGIONS)}
_LAW: Final = {"public": (PUBLIC,), "private": (PRIVATE,), "all": (PUBLIC, PRIVATE)}


def figures() -> pd.DataFrame:
    """Return the published figures, a row each, as `data/published.csv` holds them."""
    frame = data("published")
    frame["published"] = frame["published"].astype(float)
    frame["tolerance"] = frame["tolerance"].astype(float)
    return frame


def measured(facts: Facts) -> pd.DataFrame:
    """Return the published figures beside the generated ones.

    Returns
    -------
    pandas.DataFrame
        The columns of `figures`, and `generated`, `ratio` of generated to published, and `chance`: the
        standard error of the ratio, from the number of rows that the generated value rests on.
    """
    frame = figures()
    found = [
        MEASURES[measure](facts, place, _span(str(years)), str(detail))
        for measure, place, years, detail in zip(
            frame["measure"], frame["place"], frame["years"], frame["detail"], strict=True
        )
    ]
    frame["generated"] = [value for value, _ in found]
    frame["ratio"] = frame["generated"] / frame["published"]
    frame["chance"] = frame["ratio"] * [spread for _, spread in found]
    return frame


def missed(frame: pd.DataFrame, errors: float = 0) -> pd.DataFrame:
    """Return the figures that are off by more than their tolerance, so many standard errors aside.

    A figure published as a lower bound may be passed by half.
    """
    least = frame["bound"] == "at least"
    slack = errors * frame["chance"]
    low = frame["ratio"] < 1 - frame["tolerance"] - slack
    high = frame["ratio"] > 1 + np.where(least, 0.5, frame["tolerance"]) + slack
    off: pd.Series = low | high
    return frame.loc[off]


def _span(years: str) -> Years:
    first, _, last = years.partition("-")
    return int(first), int(last or first)


def _of(frame: pd.DataFrame, place: str, years: Years) -> pd.DataFrame:
    """Return the rows of a place and span of financial years."""
    mine = frame[frame["year"].between(*years)]
    if place in _REGION:
        return mine[mine["region"] == _REGION[place]]
    return mine[mine["england"] == (place == "England")] if place else mine


def _percent(mine: pd.Series) -> Found:
    """Return a percentage of rows and its standard error, as a share of it."""
    share, rows = float(np.mean(mine)), max(len(mine), 1)
    return 100 * share, float(np.sqrt((1 - share) / max(share * rows, 1)))


def _count(facts: Facts, rows: int) -> Found:
    """Return what a count would be at the real volume."""
    return rows / facts.scale, 1 / max(rows, 1) ** 0.5


def _mean(mine: pd.Series) -> Found:
    return float(mine.mean()), float(mine.std() / mine.mean() / max(len(mine), 1) ** 0.5)


def _cases(facts: Facts, place: str, years: Years, law: str) -> Found:
    return _count(facts, len(_of(facts.cases[facts.cases["law"].isin(_LAW[law])], place, years)))


def _children(facts: Facts, place: str, years: Years, law: str) -> Found:
    rows = _of(facts.subjects[facts.subjects["law"].isin(_LAW[law])], place, years)
    return _count(facts, int(rows["person"].nunique()))


def _care_cases(facts: Facts, place: str, years: Years, _: str) -> Found:
    return _count(facts, len(_of(facts.care_cases, place, years)))


def _care_children(facts: Facts, place: str, years: Years, _: str) -> Found:
    rows = _of(facts.subjects, place, years)
    return _count(facts, int(rows["case"].isin(facts.care_cases.index).sum()))


def _months(facts: Facts, place: str, years: Years, month: str) -> Found:
    """Share of a month among the applications of April to September, in percent."""
    issue = _of(facts.care_cases, place, years)["issue"].to_numpy().astype("datetime64[D]")
    months = issue.astype("datetime64[M]").astype(np.int64) % 12 + 1
    months = months[(months >= 4) & (months <= 9)]
    return _percent(pd.Series(months == int(month)))


def _public_parents(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Parents who are recorded of the children in public law."""
    rows = _of(facts.subjects[facts.subjects["law"] == PUBLIC], place, years)
    mine = facts.persons.loc[rows["person"].unique(), ["mother", "father"]].to_numpy()
    return _count(facts, len(np.unique(mine[mine >= 0])))


def _parents(facts: Facts, place: str, years: Years, side: str) -> Found:
    rows = _of(facts.parents, place, years)
    rows = rows[rows["side"] == side] if side else rows
    return _count(facts, int(rows["parent"].nunique()))


def _newborns(facts: Facts, place: str, years: Years, days: str) -> pd.DataFrame:
    """Under two weeks by week of birth, or under one by age."""
    rows = _of(facts.set_children, place, years)
    return rows[rows["days"] < 7] if days == "under 7 days" else rows[rows["age"] < 14]


def _newborn_cases(facts: Facts, place: str, years: Years, days: str) -> Found:
    return _count(facts, len(_newborns(facts, place, years, days)))


def _newborn_rate(facts: Facts, place: str, years: Years, days: str) -> Found:
    """Newborn cases per 10,000 live births."""
    code = {"England": "E92000001", "Wales": "W92000004"}.get(place, place)
    named = [year_name(year) for year in range(years[0], years[1] + 1)]
    live = births()
    live = live[(live["area"] == code) & live["period"].isin(named)]
    known = (min(live["period"].str[:4].astype(int)), max(live["period"].str[:4].astype(int)))
    cases, spread = _newborn_cases(facts, place, known, days)
    return 10_000 * cases / float(live["population"].sum()), spread


def _against_england(facts: Facts, place: str, years: Years, days: str) -> Found:
    """Return a region's newborn rate as a ratio to that of England."""
    own, all_of_it = (_newborn_rate(facts, where, years, days) for where in (place, "England"))
    return own[0] / all_of_it[0], own[1]


def _newborn_share(facts: Facts, place: str, years: Years, days: str) -> Found:
    infants = _of(facts.set_children, place, years)
    infants = infants[infants["age"] < 365]
    return _percent(infants["days" if days else "age"] < (7 if days else 14))


def _notice(facts: Facts, place: str, years: Years, most: str) -> Found:
    """Percent of newborn cases with a hearing whose first was within so many days."""
    rows = _newborns(facts, place, years, "").set_index("case")["issue"]
    hearings = pd.DataFrame(facts.world.hearings.columns())
    first = hearings.groupby("case")["day"].min().reindex(rows.index)
    notice = (first - rows).dropna()
    return _percent(notice <= int(most))


def _subsequent(facts: Facts, place: str, years: Years, days: str) -> Found:
    rows = _newborns(facts, place, years, days)
    return _percent(rows["generation"] > 1)


def _newborn_orders(facts: Facts, place: str, years: Years, order: str) -> Found:
    babies = _newborns(facts, place, years, "")
    orders = pd.DataFrame(facts.world.orders.columns())
    orders = orders[(orders["final"] == 1) & (orders["type"] == ORDER[order])]
    application = orders["application"].to_numpy()
    made = set(
        zip(facts.applications["case"].to_numpy()[application], orders["person"], strict=True)
    )
    pairs = zip(babies["case"], babies["person"], strict=True)
    return _percent(pd.Series([pair in made for pair in pairs]))


def _returns(facts: Facts, place: str, years: Years, detail: str) -> Found:
    """Percent of parents back within so many years: `mother 5`, `mother 8 under 20`, `… new child`."""
    side, horizon, *more = detail.split(" ", 2)
    words = more[0] if more else ""
    rows = facts.parents[(facts.parents["side"] == side) & (facts.parents["place"] == 0)]
    rows = _of(rows, place, years)
    age = rows["age"] / YEAR
    if "under 20" in words:
        rows = rows[age < 20]
    if "over 30" in words:
        rows = rows[age > 30]
    following = rows["next"]
    if "new child" in words:
        new = facts.sets.set_index("case")["next_new"]
        following = new.reindex(rows["case"]).set_axis(rows.index)
    until = rows["issue"] + float(horizon) * YEAR
    followed = until <= day(LAST_DAY)
    return _percent((following <= until)[followed])


def _repeat_share(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Percent of sets that concern a mother with several in the span."""
    rows = _of(facts.sets, place, years)
    return _percent(rows.groupby("mother")["case"].transform("size") > 1)


def _first_age(facts: Facts, place: str, years: Years, below: str) -> Found:
    """Percent of the mothers with several sets in the span who were younger at the first."""
    rows = _of(facts.sets, place, years).sort_values(["mother", "issue"])
    several = rows[rows.groupby("mother")["case"].transform("size") > 1]
    return _percent(several.drop_duplicates("mother")["age"] / YEAR < float(below))


def _month_old(facts: Facts, place: str, years: Years, which: str) -> Found:
    """Percent of first or later sets with a child under a month old."""
    rows = _of(facts.set_children, place, years)
    rows = rows[(rows["generation"] > 1) == (which == "later")]
    return _percent(rows.groupby("case")["age"].min() < 31)


def _care_weeks(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Mean weeks from issue to final order of the sets that ended in the year."""
    ended = facts.applications[facts.applications["type"] <= 1].groupby("case")["completed"].min()
    rows = facts.sets.assign(final=ended.reindex(facts.sets["case"]).to_numpy())
    rows = rows[rows["england"]] if place == "England" else rows
    year = year_of(rows["final"].to_numpy())
    rows = rows[(year >= years[0]) & (year <= years[1])]
    return _mean((rows["final"] - rows["issue"]) / 7)


def _mean_age(facts: Facts, place: str, years: Years, groups: str) -> Found:
    rows = _by_ethnicity(facts, place, years, groups)
    return _mean(rows["age"] / YEAR)


def _infants_by_ethnicity(facts: Facts, place: str, years: Years, groups: str) -> Found:
    return _percent(_by_ethnicity(facts, place, years, groups)["age"] < 365)


def _by_ethnicity(facts: Facts, place: str, years: Years, groups: str) -> pd.DataFrame:
    """Children at their first set, of these ethnicities."""
    rows = facts.set_children.sort_values("issue").drop_duplicates("person")
    rows = _of(rows, place, years)
    numbers = [c.ETHNICITIES.index(name) for name in groups.split(" and ")]
    return rows[np.isin(facts.persons["ethnicity"].to_numpy()[rows["person"]], numbers)]


def _ethnicity_recorded(facts: Facts, place: str, years: Years, law: str) -> Found:
    """Percent of the year's children whose ethnicity is recorded."""
    first = facts.subjects.groupby("person").agg(year=("year", "min"), law=("law", "min"))
    rows = _of(facts.subjects[facts.subjects["law"].isin(_LAW[law])], place, years)
    own = first.loc[rows["person"].unique()]
    missing = c.at(c.ETHNICITY_MISSING, own["year"].to_numpy())
    private = np.minimum(missing * c.ETHNICITY_MISSING_PRIVATE, 0.85)
    share = 1 - float(np.where(own["law"] == PRIVATE, private, missing).mean())
    return 100 * share, float(np.sqrt((1 - share) / share / max(len(own), 1)))


def _infant_mothers_deprived(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Percent of mothers of infants in care proceedings who live in the most deprived fifth."""
    rows = _of(facts.set_children, place, years)
    mothers = rows[rows["age"] < 365]["mother"].unique()
    return _percent(facts.persons["fifth"].loc[mothers] == 1)


def _back(facts: Facts, place: str, years: Years, look_back: str) -> Found:
    """Percent of private cases that are returns: within so many years, or `ever`."""
    rows = _of(facts.private_cases, place, years)
    if look_back == "ever":
        return _percent(rows["earlier"] > 0)
    return _percent(rows["since"] <= float(look_back) * YEAR)


def _back_within(facts: Facts, place: str, years: Years, limit: str) -> Found:
    """Percent of returns that come within so many years of the case before."""
    rows = _of(facts.private_cases, place, years)
    return _percent(rows["since"][rows["earlier"] > 0] <= float(limit) * YEAR)


def _several_earlier(facts: Facts, place: str, years: Years, _: str) -> Found:
    rows = _of(facts.private_cases, place, years)
    return _percent(rows["earlier"][rows["earlier"] > 0] > 1)


def _sought(facts: Facts, place: str, years: Years, names: str) -> Found:
    """Percent of parental private cases that seek one of these orders."""
    rows = _of(facts.private_cases, place, years)
    kinds = [APPLICATION[name] for name in names.split(" or ")]
    return _percent(rows[rows["parental"] == 1]["sought"].isin(kinds))


def _outside_sought(facts: Facts, place: str, years: Years, names: str) -> Found:
    rows = _of(facts.private_cases, place, years)
    kinds = [APPLICATION[name] for name in names.split(" or ")]
    return _percent(rows[rows["parental"] == 0]["sought"].isin(kinds))


def _outside(facts: Facts, place: str, years: Years, as_what: str) -> Found:
    """Private cases brought by somebody other than a parent: percent, or `a year`."""
    rows = _of(facts.private_cases, place, years)
    if as_what == "a year":
        a_year, spread = _count(facts, int((rows["parental"] == 0).sum()))
        return a_year / (years[1] - years[0] + 1), spread
    return _percent(rows["parental"] == 0)


def _grandparents(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Percent of the applicants who are no parents and are grandparents."""
    rows = _of(facts.applicants, place, years)
    rows = rows[rows["parental"] == 0]
    relations = pd.DataFrame(facts.world.relations.columns())
    grand = set(relations[relations["relation"] == RELATION["grandparent"]]["related"])
    return _percent(rows["person"].isin(grand))


def _applicants(facts: Facts, place: str, years: Years, sex: str) -> Found:
    """Percent of the applicants in parental first cases who are men."""
    rows = _of(facts.applicants, place, years)
    rows = rows[(rows["parental"] == 1) & (rows["earlier"] == 0)]
    return _percent(rows["sex"] == (MALE if sex == "male" else FEMALE))


def _applicant_fifths(facts: Facts, place: str, years: Years, fifths: str) -> Found:
    rows = _of(facts.applicants, place, years)
    return _percent(rows["fifth"].isin([int(each) for each in fifths.split(" and ")]))


def _applicant_age(facts: Facts, place: str, years: Years, _: str) -> Found:
    rows = _of(facts.applicants[facts.applicants["parental"] == 1], place, years)
    age = (rows["issue"] - rows["birth"]) / YEAR
    return float(age.median()), 1.25 * _mean(age)[1]


def _private_children(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Percent of the children in private cases aged 1 to 9."""
    rows = _of(facts.subjects[facts.subjects["law"] == PRIVATE], place, years)
    return _percent((rows["age"] / YEAR).between(1, 10, inclusive="left"))


def _outside_public(facts: Facts, place: str, years: Years, _: str) -> Found:
    """Percent of cases brought by others than parents with a child who is ever in public law."""
    rows = _of(facts.private_cases[facts.private_cases["parental"] == 0], place, years)
    public = facts.subjects[facts.subjects["law"] == PUBLIC]["person"].unique()
    mine = facts.subjects[facts.subjects["case"].isin(rows["case"])]
    overlapping = set(mine[mine["person"].isin(public)]["case"])
    return _percent(rows["case"].isin(overlapping))


MEASURES: Final[Mapping[str, Measure]] = {
    "cases": _cases,
    "children": _children,
    "care cases": _care_cases,
    "care children": _care_children,
    "share of month": _months,
    "parents": _parents,
    "parents in public law": _public_parents,
    "newborn cases": _newborn_cases,
    "newborn rate": _newborn_rate,
    "newborn rate against England's": _against_england,
    "newborn share of infants": _newborn_share,
    "notice": _notice,
    "subsequent infants": _subsequent,
    "newborn orders": _newborn_orders,
    "returns": _returns,
    "repeat share": _repeat_share,
    "age at first": _first_age,
    "child under a month": _month_old,
    "care weeks": _care_weeks,
    "mean age": _mean_age,
    "infants by ethnicity": _infants_by_ethnicity,
    "ethnicity recorded": _ethnicity_recorded,
    "infants' mothers deprived": _infant_mothers_deprived,
    "returning cases": _back,
    "returns within": _back_within,
    "returns with several earlier": _several_earlier,
    "order sought": _sought,
    "order sought by others": _outside_sought,
    "brought by others": _outside,
    "grandparents": _grandparents,
    "applicants": _applicants,
    "applicants' fifths": _applicant_fifths,
    "applicants' age": _applicant_age,
    "children aged 1 to 9": _private_children,
    "others' overlap with public law": _outside_public,
}

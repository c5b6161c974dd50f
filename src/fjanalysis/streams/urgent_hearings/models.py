"""The models of urgent hearings: who is placed for adoption, and whether notice has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fjanalysis.periods import span, start_year, year_name
from fjanalysis.results import join_group, tidy
from fjanalysis.statistics.regression import Logistic, NotFitted, logistic, trend
from fjanalysis.statistics.unavailable import TOO_FEW_EVENTS
from fjanalysis.streams.grid import NATIONS
from fjanalysis.streams.urgent_hearings.cohort import Babies
from fjanalysis.streams.urgent_hearings.measures import NOTICE, classified
from fjanalysis.streams.urgent_hearings.method import STILL_OPEN
from fjanalysis.streams.urgent_hearings.parameters import Parameters

AGES = ("25 to 29", "under 20", "20 to 24", "30 to 34", "35 and over", "unknown")
AGE_LIMITS = (20, 25, 30, 35)
AGE_BANDS = ("under 20", "20 to 24", "25 to 29", "30 to 34", "35 and over")
ETHNICITIES = ("white", "mixed", "asian", "black", "other", "unknown")
QUINTILES = ("5", "4", "3", "2", "1", "unknown")
NOTICE_LEVELS = ("longer", "short notice", "emergency", "same day", "unknown")
FAMILY_COURT = 2014
NOT_MADE = ("no order recorded", STILL_OPEN)


def adoption_rows(babies: Babies, parameters: Parameters, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the odds ratios of a placement order in each nation, with the model's checks.

    The model rests on newborn cases issued from April 2010 with a known final order and a known mother, in the
    years for which the data reach back far enough to tell a subsequent infant; robust by mother.

    Parameters
    ----------
    babies
        The cohort.
    parameters
        For the classes of notice, which exclude one another here.
    areas
        The area table, for names of regions.
    """
    persons = _persons(babies.newborns, parameters, areas)
    found: list[dict[str, Any]] = []
    for nation, code in NATIONS.items():
        years, period = _window(babies.model_grid, code)
        own = persons[(persons["nation"] == nation) & persons["start"].isin(years)]
        if not years:
            continue
        covariates = _covariates(own, areas, code)
        place = {"measure": "adoption", "area": code, "period": period}
        try:
            fit = logistic(own, "placed", covariates, "mother_id")
        except NotFitted as finding:
            found += _unavailable(covariates, place, finding.reason)
        else:
            found += _fitted(fit, place)
    return tidy(found)


def _persons(newborns: pd.DataFrame, parameters: Parameters, areas: pd.DataFrame) -> pd.DataFrame:
    # Of a baby whose mother is not known, nobody knows whether it is a subsequent one.
    known = newborns[~newborns["final_order"].isin(NOT_MADE) & newborns["mother_id"].notna()]
    known = known.sort_values(["child_id", "set_number"], kind="stable")
    names = dict(zip(areas["code"], areas["name"], strict=True))
    days = known["notice_days"]
    notice = pd.Series("longer", index=known.index)
    notice = notice.mask(days <= parameters.short_notice_days, "short notice")
    notice = notice.mask(days < parameters.emergency_days, "emergency")
    notice = notice.mask(days == 0, "same day").mask(days.isna(), "unknown")
    quintile = known["deprivation_quintile"].astype("Int64").astype("string").fillna("unknown")
    return pd.DataFrame(
        {
            "nation": known["nation"],
            "start": known["year"],
            "mother_id": known["mother_id"],
            "placed": known["final_order"] == "placement order",
            "age": age_bands(known["mother_age"]),
            "subsequent infant": known["subsequent"].map({True: "yes", False: "no"}),
            "notice": notice,
            "sex": known["sex"].fillna("unknown"),
            "ethnicity": known["ethnicity"].fillna("unknown"),
            "deprivation quintile": quintile.astype(object),
            "region": known["region"].map(names).fillna("unknown"),
            "year": known["year"].map(year_name),
        }
    )


def age_bands(ages: pd.Series) -> pd.Series:
    """Return the age band of completed years, `unknown` where there is none."""
    limits = [float("-inf"), *AGE_LIMITS, float("inf")]
    bands = pd.cut(ages.astype("float64"), limits, right=False, labels=list(AGE_BANDS))
    return bands.astype(object).where(ages.notna(), "unknown")


def _covariates(persons: pd.DataFrame, areas: pd.DataFrame, code: str) -> dict[str, Sequence[str]]:
    covariates: dict[str, Sequence[str]] = {
        "age": AGES,
        "subsequent infant": ("no", "yes"),
        "notice": NOTICE_LEVELS,
        "sex": ("female", "male", "unknown"),
        "ethnicity": ETHNICITIES,
        "deprivation quintile": QUINTILES,
    }
    own = areas[(areas["level"] == "region") & (areas["parent"] == code)]
    if len(own):
        covariates["region"] = (*own.sort_values("code")["name"], "unknown")
    covariates["year"] = tuple(sorted(set(persons["year"])))
    return covariates


def _window(grid: pd.DataFrame, code: str) -> tuple[list[int], str]:
    years = sorted(set(grid.loc[grid["area"] == code, "year"]))
    return years, span([year_name(year) for year in years]) if years else ""


def _fitted(fit: Logistic, place: Mapping[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            **place,
            "statistic": "odds_ratio",
            "group": join_group({level["covariate"]: level["level"]}),
            "value": level["value"],
            "lower": level["lower"],
            "upper": level["upper"],
            "numerator": level["events"],
            "denominator": level["persons"],
            "status": level["status"],
            "note": level["note"],
        }
        for level in fit.levels.to_dict("records")
    ]
    base = {"numerator": fit.events, "denominator": fit.persons}
    rows.append({**place, **base, "statistic": "auc", "value": fit.auc})
    tests = {("hosmer-lemeshow", ""): fit.hosmer_lemeshow}
    tests |= {("wald", test["covariate"]): test["value"] for test in fit.tests.to_dict("records")}
    for (test, covariate), value in tests.items():
        group = {"test": test} | ({"covariate": covariate} if covariate else {})
        missing = pd.isna(value)
        rows.append(
            {
                **place,
                **base,
                "statistic": "p_value",
                "group": join_group(group),
                "value": value,
                "status": "x" if missing else "ok",
                "note": TOO_FEW_EVENTS if missing else "",
            }
        )
    return rows


def _unavailable(
    covariates: Mapping[str, Sequence[str]],
    place: Mapping[str, str],
    reason: str,
) -> list[dict[str, Any]]:
    base = {**place, "status": "x", "note": reason}
    rows: list[dict[str, Any]] = [
        {**base, "statistic": "odds_ratio", "group": join_group({name: level})}
        for name, levels in covariates.items()
        for level in levels
    ]
    rows.append({**base, "statistic": "auc"})
    rows.append({**base, "statistic": "p_value", "group": "test: hosmer-lemeshow"})
    return rows


def trend_rows(babies: Babies, parameters: Parameters) -> pd.DataFrame:
    """Return the odds ratio a year of each class of notice: in all years, before and from April 2014.

    Each is a logistic regression of the class on the financial year among newborn cases with a hearing
    recorded, robust by mother, in nations, both together, and regions.
    """
    units = classified(babies.newborns, parameters)
    units = units[units["known"]].sort_values(["child_id", "set_number"], kind="stable")
    grid = babies.grid[babies.grid["level"] != "dfj-area"]
    found = []
    for area, own in grid.groupby("area", sort=True):
        years = sorted(set(own["year"]))
        here = _in_area(units, str(area), own["level"].iloc[0])
        for names in _epochs(years):
            part = here[here["year"].isin([start_year(name) for name in names])]
            for measure in NOTICE:
                level = measure.removesuffix("_hearing").replace("_", " ")
                row: dict[str, Any] = {
                    "measure": "notice_trend",
                    "statistic": "odds_ratio",
                    "area": area,
                    "period": span(names),
                    "group": f"notice: {level}",
                }
                try:
                    fit = trend(part, measure, "year", "mother_id")
                except NotFitted as finding:
                    row |= {"status": "x", "note": finding.reason}
                else:
                    row |= {"value": fit.value, "lower": fit.lower, "upper": fit.upper}
                    row |= {"numerator": fit.events, "denominator": fit.persons}
                found.append(row)
    return tidy(found)


def _epochs(years: Sequence[int]) -> list[list[str]]:
    before = [year_name(year) for year in years if year < FAMILY_COURT]
    since = [year_name(year) for year in years if year >= FAMILY_COURT]
    epochs = [[*before, *since], before, since]
    several = [names for names in epochs if len(names) > 1]
    return [names for at, names in enumerate(several) if names not in several[:at]]


def _in_area(units: pd.DataFrame, area: str, level: str) -> pd.DataFrame:
    if level == "nations":
        return units[units["nation"].isin(NATIONS)]
    if level == "nation":
        return units[units["nation"].map(NATIONS) == area]
    return units[units["region"] == area]

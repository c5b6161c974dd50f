"""Cox models of categorical covariates as rows of the tidy results table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fjanalysis.limits import Z95
from fjanalysis.results import horizon_name, join_group, split_group
from fjanalysis.statistics.concordance import concordance
from fjanalysis.statistics.cox import Fit, fit
from fjanalysis.statistics.proportional_hazards import effects_over_time, proportionality
from fjanalysis.statistics.regression import EVENTS_A_PARAMETER, NotFitted
from fjanalysis.statistics.risk_sets import RiskSets, Spells
from fjanalysis.statistics.survival import MONTH_DAYS, Booleans, Floats, Integers
from fjanalysis.statistics.unavailable import ALL_STRATIFIED, NO_EVENT, TOO_FEW_EVENTS

# A test below this says that hazards of a covariate are not proportional.
SIGNIFICANT = 0.05
# Ends, in months, of the intervals in which the effect of a covariate is looked at, and the events in each.
EFFECT_MONTHS = (6, 12, 18, 24, 36, 48, 60, 84, 120, 240)
LEAST_EVENTS = 20
FOLLOW_UP = {
    "year 1": (0, 365),
    "years 2 and 3": (365, 3 * 365),
    "year 4 and later": (3 * 365, 100 * 365),
}


@dataclass(frozen=True)
class Factor:
    """A covariate of named levels.

    Parameters
    ----------
    levels
        Names; the first with events is the reference.
    codes
        The level of each spell, shape (n,); below 0 where it is unknown, so that it is in no model.
    """

    levels: Sequence[str]
    codes: Integers


@dataclass(frozen=True)
class Study:
    """Spells at risk and their covariates, from which a model is fitted.

    Parameters
    ----------
    spells
        Time at risk; its covariates are not read.
    units
        Codes of the persons or cases that spells belong to, shape (n,).
    factors
        Covariates by name.
    """

    spells: Spells
    units: Integers
    factors: Mapping[str, Factor]

    def take(self, rows: Integers | Booleans) -> Study:
        """Return some of the spells."""
        factors = {
            name: Factor(factor.levels, factor.codes[rows]) for name, factor in self.factors.items()
        }
        return Study(self.spells.take(rows), self.units[rows], factors)


@dataclass(frozen=True)
class Model:
    """A fitted model, the study that it rests on, the columns of each covariate's levels, and its risk sets."""

    study: Study
    spells: Spells
    fitted: Fit
    columns: Mapping[str, Mapping[int, int]]
    sets: RiskSets


def fit_factors(study: Study, stratified: Sequence[str] = ()) -> Model:
    """Fit a model of all factors, those of `stratified` as strata.

    Spells of an unknown level, and of a level without events, are left out: the ratio of the latter is
    zero whatever its size.

    Raises
    ------
    NotFitted
        There are fewer than five events for each coefficient, or `fit` finds no answer.
    """
    known = np.ones(len(study.units), dtype=bool)
    for factor in study.factors.values():
        known &= factor.codes >= 0
    kept = study.take(known)
    while True:
        eventless = np.zeros(len(kept.units), dtype=bool)
        for name, factor in kept.factors.items():
            if name not in stratified:
                eventless |= events_by_level(kept, name)[factor.codes] == 0
        if not eventless.any():
            break
        kept = kept.take(~eventless)
    total = int(kept.spells.events.sum())
    if total == 0:
        raise NotFitted(NO_EVENT)
    design, patterns, columns = _design(kept, stratified)
    if total < EVENTS_A_PARAMETER * design.shape[1]:
        raise NotFitted(TOO_FEW_EVENTS)
    strata = np.zeros(len(kept.units), dtype=np.int64)
    for name in stratified:
        factor = kept.factors[name]
        strata = strata * (len(factor.levels) + 1) + factor.codes
    spells = replace(kept.spells, covariates=design, patterns=patterns, strata=strata)
    sets = RiskSets(spells)
    return Model(kept, spells, fit(spells, sets), columns, sets)


def events_by_level(study: Study, name: str) -> Integers:
    """Return the number of events at each level of a factor."""
    factor = study.factors[name]
    codes = factor.codes[study.spells.events]
    return np.bincount(codes[codes >= 0], minlength=len(factor.levels)).astype(np.int64)


def persons_by_level(study: Study, name: str) -> Integers:
    """Return the number of persons who have ever been at each level of a factor."""
    factor = study.factors[name]
    seen = np.zeros((len(factor.levels), int(study.units.max()) + 1), dtype=bool)
    seen[factor.codes, study.units] = True
    return np.asarray(seen.sum(axis=1), dtype=np.int64)


def _design(
    study: Study, stratified: Sequence[str]
) -> tuple[Floats, Integers, dict[str, dict[int, int]]]:
    """Return distinct combinations of levels as columns of 0 and 1, each spell's, and columns by level."""
    modelled = {name: f for name, f in study.factors.items() if name not in stratified}
    combined = np.zeros(len(study.units), dtype=np.int64)
    for factor in modelled.values():
        combined = combined * len(factor.levels) + factor.codes
    first, patterns = np.unique(combined, return_index=True, return_inverse=True)[1:]
    parts: list[Booleans] = []
    columns = {}
    for name, factor in modelled.items():
        present = np.flatnonzero(np.bincount(factor.codes))[1:]
        columns[name] = {int(code): len(parts) + place for place, code in enumerate(present)}
        parts += [factor.codes[first] == code for code in present]
    if not parts:
        # With events at one level alone there is nothing to compare.
        raise NotFitted(TOO_FEW_EVENTS if modelled else ALL_STRATIFIED)
    return np.column_stack(parts).astype(np.float64), patterns.astype(np.int64), columns


def model_rows(
    study: Study, measure: str, key: Mapping[str, str], strata: Sequence[str] = ()
) -> pd.DataFrame:
    """Return hazard ratios, concordance, tests of proportional hazards and refits of a model.

    Variants: `main` is the model; `main/stratified` the refit with the covariates whose test fails as
    strata (only the worst of them where all fail). Where hazards may change, the ratios by time of follow-up show
    how (groups with `follow-up: …`), and so do the means of scaled Schoenfeld residuals by covariate and interval
    (`effect_over_time`).

    Parameters
    ----------
    study
        Spells and covariates.
    measure, key
        The measure's id, and `area`, `period` and `group` of the rows.
    strata
        Factors that are strata of every model.
    """
    key = {"variant": "main", **key}
    try:
        model = fit_factors(study, strata)
    except NotFitted as error:
        return _unavailable(study, measure, key, error.reason, leave_out=strata)
    rows = [_ratios(study, model, measure, key), _concordance(model, measure, key)]
    tests = _proportionality(model, measure, key)
    rows += [tests, _effects(model, measure, key)]
    failing = _failing(tests, model)
    if failing:
        rows.append(_refit(study, [*strata, *failing], measure, key))
    for words, (begins, ends) in FOLLOW_UP.items():
        window = {**key, "group": _grouped(key, {"follow-up": words})}
        cut = within(study, begins, ends)
        try:
            rows.append(_ratios(cut, fit_factors(cut, strata), measure, window))
        except NotFitted as error:
            rows.append(_no_ratios(cut, measure, window, error.reason, leave_out=strata))
    return pd.concat(rows, ignore_index=True)


def within(study: Study, begins: int, ends: int) -> Study:
    """Return the part of the time at risk after day `begins` and up to day `ends`."""
    spells = study.spells
    start, stop = np.maximum(spells.start, begins), np.minimum(spells.stop, ends)
    happened = spells.events & (spells.stop <= ends)
    cut = replace(study, spells=replace(spells, start=start, stop=stop, events=happened))
    return cut.take((stop > start) | ((stop == 0) & (begins == 0)))


def _ratios(study: Study, model: Model, measure: str, key: Mapping[str, str]) -> pd.DataFrame:
    rows = []
    values, errors = model.fitted.coefficients, model.fitted.errors
    for name, factor in study.factors.items():
        if name not in model.columns:
            continue
        events = events_by_level(model.study, name)
        persons = persons_by_level(model.study, name)
        for code, level in enumerate(factor.levels):
            row: dict[str, object] = {**key, "measure": measure, "statistic": "hazard_ratio"}
            row["group"] = _grouped(key, {name: level})
            row |= {"numerator": int(events[code]), "denominator": int(persons[code])}
            if persons[code] == 0:
                there = bool((factor.codes == code).any())
                row |= {"status": "x" if there else "z", "note": NO_EVENT if there else ""}
                row |= {"numerator": pd.NA, "denominator": pd.NA}
            elif code in model.columns[name]:
                at = model.columns[name][code]
                row["value"] = float(np.exp(values[at]))
                row["lower"] = float(np.exp(values[at] - Z95 * errors[at]))
                row["upper"] = float(np.exp(values[at] + Z95 * errors[at]))
            else:
                row["value"] = 1.0
            rows.append(row)
    return pd.DataFrame(rows)


def _base(model: Model) -> dict[str, int]:
    persons = np.count_nonzero(np.bincount(model.study.units))
    return {"numerator": int(model.spells.events.sum()), "denominator": int(persons)}


def _concordance(model: Model, measure: str, key: Mapping[str, str]) -> pd.DataFrame:
    value = concordance(model.spells, model.fitted)
    row = {**key, "measure": measure, "statistic": "concordance", "value": value, **_base(model)}
    return pd.DataFrame([row])


def _proportionality(model: Model, measure: str, key: Mapping[str, str]) -> pd.DataFrame:
    terms = {name: sorted(at.values()) for name, at in model.columns.items() if at}
    tests = proportionality(model.spells, model.fitted, list(terms.values()), model.sets)
    rows = []
    for name, value in zip([*terms, ""], tests.p_values, strict=True):
        levels = {"test": "proportional hazards"} | ({"covariate": name} if name else {})
        row = {**key, "measure": measure, "statistic": "p_value", "value": float(value)}
        rows.append({**row, "group": _grouped(key, levels), **_base(model)})
    return pd.DataFrame(rows)


def _effects(model: Model, measure: str, key: Mapping[str, str]) -> pd.DataFrame:
    terms = {name: sorted(at.values()) for name, at in model.columns.items() if at}
    ends = [round(months * MONTH_DAYS) for months in EFFECT_MONTHS]
    row: dict[str, object] = {**key, "measure": measure, "statistic": "effect_over_time"}
    names = [_grouped(key, {"covariate": name}) for name in terms]
    try:
        found = effects_over_time(
            model.spells, model.fitted, list(terms.values()), ends, LEAST_EVENTS, model.sets
        )
    except NotFitted as error:
        return pd.DataFrame(
            [{**row, "group": name, "status": "x", "note": error.reason} for name in names]
        )
    persons = _base(model)["denominator"]
    return pd.DataFrame(
        [
            {
                **row,
                "group": name,
                "horizon": horizon_name(EFFECT_MONTHS[ends.index(end)], "month"),
                "value": found.values[at, place],
                "lower": found.lower[at, place],
                "upper": found.upper[at, place],
                "numerator": int(found.deaths[at]),
                "denominator": persons,
            }
            for at, end in enumerate(found.ends.tolist())
            for place, name in enumerate(names)
        ]
    )


def _failing(tests: pd.DataFrame, model: Model) -> list[str]:
    by_name = {
        split_group(group).get("covariate", ""): value
        for group, value in zip(tests["group"], tests["value"], strict=True)
    }
    found = [name for name, value in by_name.items() if name and value < SIGNIFICANT]
    if len(found) == len([name for name, at in model.columns.items() if at]) and found:
        return [min(found, key=lambda name: (by_name[name], name))]
    return found


def _refit(
    study: Study, failing: Sequence[str], measure: str, key: Mapping[str, str]
) -> pd.DataFrame:
    own = {**key, "variant": "main/stratified"}
    try:
        model = fit_factors(study, failing)
    except NotFitted as error:
        return _unavailable(study, measure, own, error.reason, leave_out=failing)
    rows = [_ratios(study, model, measure, own), _concordance(model, measure, own)]
    rows.append(_proportionality(model, measure, own))
    return pd.concat(rows, ignore_index=True)


def _unavailable(
    study: Study,
    measure: str,
    key: Mapping[str, str],
    reason: str,
    leave_out: Sequence[str] = (),
) -> pd.DataFrame:
    row = {**key, "measure": measure, "status": "x", "note": reason}
    test = {"statistic": "p_value", "group": _grouped(key, {"test": "proportional hazards"})}
    rows = [{**row, "statistic": "concordance"}, {**row, **test}]
    return pd.concat(
        [pd.DataFrame(rows), _no_ratios(study, measure, key, reason, leave_out)], ignore_index=True
    )


def _no_ratios(
    study: Study,
    measure: str,
    key: Mapping[str, str],
    reason: str,
    leave_out: Sequence[str] = (),
) -> pd.DataFrame:
    row = {**key, "measure": measure, "statistic": "hazard_ratio", "status": "x", "note": reason}
    return pd.DataFrame(
        [
            {**row, "group": _grouped(key, {name: level})}
            for name, factor in study.factors.items()
            if name not in leave_out
            for level in factor.levels
        ]
    )


def _grouped(key: Mapping[str, str], levels: Mapping[str, str]) -> str:
    return join_group({**split_group(key["group"]), **levels})

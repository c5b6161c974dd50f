"""Logistic regression with cluster-robust intervals and its checks, as tidy estimates.

A model that cannot be fitted raises `NotFitted` with the key of its footnote: the caller gives rows
of the status `x`, never a made-up number.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from fjanalysis.limits import Z95
from fjanalysis.statistics.unavailable import (
    COLLINEAR,
    NO_CONVERGENCE,
    SEPARATION,
    TOO_FEW_EVENTS,
)

Floats = npt.NDArray[np.float64]

EVENTS_A_PARAMETER = 5
LARGEST_COEFFICIENT = 15.0


class NotFitted(Exception):  # noqa: N818 - a finding about the data, not a defect
    """A model that the data do not support; `reason` is the key of its footnote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic regression.

    Parameters
    ----------
    levels
        One row a covariate and level: `covariate`, `level`, `value` (odds ratio), `lower`, `upper`,
        `events`, `persons`, `status` (`ok`; `x` where a level predicts the outcome perfectly, or is that of the
        very persons of a level before it; `z` where nobody has it) and `note` (why a level is `x`). The reference
        level has the value 1 without interval.
    tests
        One row a covariate of more than one level: `covariate`, `value` (p-value of its joint Wald test).
    auc
        Area under the receiver operating characteristic curve.
    hosmer_lemeshow
        p-value of the Hosmer-Lemeshow test; missing where risks form too few groups.
    events, persons
        Of the persons that the model rests on.
    """

    levels: pd.DataFrame
    tests: pd.DataFrame
    auc: float
    hosmer_lemeshow: float
    events: int
    persons: int


def logistic(
    frame: pd.DataFrame, outcome: str, covariates: Mapping[str, Sequence[str]], cluster: str
) -> Logistic:
    """Fit a logistic regression of an outcome on categorical covariates.

    Intervals are Wald intervals from the cluster-robust sandwich variance, with the factor
    G / (G - 1) * (n - 1) / (n - k) for G clusters, n persons and k coefficients. Persons at a level at
    which all or none have the outcome are left out, since its coefficient is infinite; the others'
    estimates are then those of the limit.

    Parameters
    ----------
    frame
        One row a person: `outcome` (boolean), the covariates (text), and `cluster`. Rows are taken as
        they stand: sort them by an id first, so that sums do not depend on their order.
    outcome
        The column of the outcome.
    covariates
        Levels by covariate; the first is the reference, or, where nobody has it, the next that
        somebody has.
    cluster
        The column that says which rows belong together; missing values are clusters of their own.

    Raises
    ------
    NotFitted
        Fewer than `EVENTS_A_PARAMETER` events (or persons without the event) for each coefficient,
        collinear covariates, separation, or no convergence.

    Source: White (1980) and Liang and Zeger (1986) for the variance; Vittinghoff and McCulloch (2007),
    American Journal of Epidemiology 165:710-718, for events a coefficient.
    """
    kept, status = _without_perfect(frame, outcome, covariates)
    y = kept[outcome].to_numpy(dtype="float64")
    design, columns, alike = _design(kept, covariates, status)
    fewer = min(y.sum(), len(y) - y.sum())
    if fewer < EVENTS_A_PARAMETER * max(1, design.shape[1] - 1):
        raise NotFitted(TOO_FEW_EVENTS)
    coefficients, risks = _maximum(design, y)
    variance = _robust(design, y - risks, risks, _clusters(kept[cluster]))
    return Logistic(
        levels=_levels(
            frame, outcome, status, _estimates(columns, coefficients, np.diag(variance))
        ).assign(note=lambda levels: _notes(levels, alike)),
        tests=_wald_tests(columns, coefficients, variance),
        auc=area_under_curve(y, risks),
        hosmer_lemeshow=hosmer_lemeshow(y, risks),
        events=int(y.sum()),
        persons=len(y),
    )


@dataclass(frozen=True)
class Trend:
    """The odds ratio of a step of one in a number, with its interval and what it rests on."""

    value: float
    lower: float
    upper: float
    events: int
    persons: int


def trend(frame: pd.DataFrame, outcome: str, number: str, cluster: str) -> Trend:
    """Fit a logistic regression of an outcome on a number (a year), with cluster-robust interval.

    Parameters
    ----------
    frame
        One row a person: `outcome` (boolean), `number`, `cluster`; sorted by an id.

    Raises
    ------
    NotFitted
        As in `logistic`, or the number never varies.
    """
    y = frame[outcome].to_numpy(dtype="float64")
    if min(y.sum(), len(y) - y.sum()) < EVENTS_A_PARAMETER:
        raise NotFitted(TOO_FEW_EVENTS)
    steps = frame[number].to_numpy(dtype="float64")
    design = np.column_stack([np.ones(len(y)), steps - steps.min()])
    coefficients, risks = _maximum(design, y)
    variance = _robust(design, y - risks, risks, _clusters(frame[cluster]))
    spread = Z95 * np.sqrt(variance[1, 1])
    value, lower, upper = np.exp(coefficients[1] + np.array([0.0, -spread, spread]))
    return Trend(float(value), float(lower), float(upper), int(y.sum()), len(y))


def area_under_curve(outcome: npt.ArrayLike, risks: npt.ArrayLike) -> float:
    """Return the chance that a person with the outcome has a higher risk than one without; ties half.

    Source: Hanley and McNeil (1982), Radiology 143:29-36.
    """
    y = np.asarray(outcome, dtype=bool)
    from scipy import stats  # noqa: PLC0415 - half a second to load, as statsmodels

    ranks = stats.rankdata(np.asarray(risks, dtype=np.float64))
    with_it, without = int(y.sum()), int((~y).sum())
    if not with_it or not without:
        return float("nan")
    area = ranks[y].sum() - with_it * (with_it + 1) / 2
    return float(area / (with_it * without))


def hosmer_lemeshow(outcome: npt.ArrayLike, risks: npt.ArrayLike, groups: int = 10) -> float:
    """Return the p-value of the Hosmer-Lemeshow test over groups cut at quantiles of the risk.

    Quantiles that coincide make one group; the degrees of freedom are the groups less two. It is
    missing with fewer than three groups.

    Source: Hosmer and Lemeshow (1980), Communications in Statistics A9:1043-1069.
    """
    y = np.asarray(outcome, dtype=np.float64)
    # Risks equal but for rounding belong together on every machine.
    p = np.round(np.asarray(risks, dtype=np.float64), 12)
    cuts = np.unique(np.quantile(p, np.linspace(0, 1, groups + 1)))
    place = np.clip(np.searchsorted(cuts, p, side="left") - 1, 0, None)
    persons = np.bincount(place)
    full = persons > 0
    observed = np.bincount(place, weights=y)[full]
    expected = np.bincount(place, weights=p)[full]
    size = persons[full]
    if len(size) < 3:
        return float("nan")
    without = (observed - expected) ** 2 / (size - expected)
    statistic = float(((observed - expected) ** 2 / expected + without).sum())
    return float(special.chdtrc(len(size) - 2, statistic))


def _without_perfect(
    frame: pd.DataFrame, outcome: str, covariates: Mapping[str, Sequence[str]]
) -> tuple[pd.DataFrame, dict[tuple[str, str], str]]:
    """Return the persons at levels where some have the outcome and some have not, and levels' status."""
    status: dict[tuple[str, str], str] = {}
    for name, levels in covariates.items():
        present = set(frame[name])
        status |= {(name, level): "ok" if level in present else "z" for level in levels}
    kept = frame
    while True:
        perfect = []
        for name in covariates:
            share = kept.groupby(name)[outcome].mean()
            perfect += [(name, str(level)) for level in share.index[(share == 0) | (share == 1)]]
        if not perfect or kept.empty:
            return kept, status
        for name, level in perfect:
            status[name, level] = "x"
            kept = kept[kept[name] != level]


def _design(
    kept: pd.DataFrame,
    covariates: Mapping[str, Sequence[str]],
    status: dict[tuple[str, str], str],
) -> tuple[Floats, list[tuple[str, str]], set[tuple[str, str]]]:
    """Return the columns of the model, the level of each, and levels left out for being those of another's persons.

    The latter get the status `x`: one coefficient stands for both.
    """
    columns: list[tuple[str, str]] = []
    indicators = [np.ones(len(kept))]
    seen: set[bytes] = set()
    alike: set[tuple[str, str]] = set()
    for name, levels in covariates.items():
        here = set(kept[name])
        usable = [level for level in levels if status[name, level] == "ok" and level in here]
        values = kept[name].to_numpy()
        for level in usable[1:]:
            here_alone = np.asarray(values == level)
            if here_alone.tobytes() in seen:
                alike.add((name, level))
                status[name, level] = "x"
                continue
            seen.add(here_alone.tobytes())
            columns.append((name, level))
            indicators.append(here_alone.astype(np.float64))
    return np.column_stack(indicators), columns, alike


def _notes(levels: pd.DataFrame, alike: Collection[tuple[str, str]]) -> list[str]:
    """Return why each level has no estimate."""
    return [
        "" if status != "x" else COLLINEAR if (name, level) in alike else SEPARATION
        for name, level, status in zip(
            levels["covariate"], levels["level"], levels["status"], strict=True
        )
    ]


def _maximum(design: Floats, y: Floats) -> tuple[Floats, Floats]:
    import statsmodels.api as sm  # noqa: PLC0415 - a second to load, needed only to fit

    if np.linalg.matrix_rank(design.T @ design) < design.shape[1]:
        raise NotFitted(COLLINEAR)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = sm.GLM(y, design, family=sm.families.Binomial()).fit(
                maxiter=100, tol=1e-11, tol_criterion="params"
            )
        except (np.linalg.LinAlgError, ValueError, sm.tools.sm_exceptions.PerfectSeparationError):
            raise NotFitted(SEPARATION) from None
    coefficients = np.asarray(fit.params, dtype=np.float64)
    if not np.all(np.isfinite(coefficients)):
        raise NotFitted(NO_CONVERGENCE)
    if np.abs(coefficients[1:]).max(initial=0.0) > LARGEST_COEFFICIENT:
        raise NotFitted(SEPARATION)
    if not fit.converged:
        raise NotFitted(NO_CONVERGENCE)
    return coefficients, np.asarray(fit.fittedvalues, dtype=np.float64)


def _clusters(values: pd.Series) -> npt.NDArray[np.int64]:
    codes, names = pd.factorize(values, sort=True)
    alone = codes < 0
    codes = codes.astype(np.int64)
    codes[alone] = len(names) + np.arange(int(alone.sum()))
    return np.asarray(codes)


def _robust(
    design: Floats, residuals: Floats, risks: Floats, clusters: npt.NDArray[np.int64]
) -> Floats:
    persons, size = design.shape
    bread = np.linalg.inv(design.T @ (design * (risks * (1 - risks))[:, None]))
    count = int(clusters.max()) + 1
    scores = np.zeros((count, size))
    np.add.at(scores, clusters, design * residuals[:, None])
    meat = scores.T @ scores
    factor = count / (count - 1) * (persons - 1) / (persons - size)
    return np.asarray(factor * bread @ meat @ bread)


def _estimates(
    columns: Sequence[tuple[str, str]], coefficients: Floats, variances: Floats
) -> dict[tuple[str, str], Floats]:
    """Return odds ratio, lower and upper limit of each covariate and level that has a coefficient."""
    sides = Z95 * np.array([0.0, -1.0, 1.0])
    return {
        column: np.asarray(np.exp(coefficients[at] + sides * np.sqrt(variances[at])))
        for at, column in enumerate(columns, 1)
    }


def _levels(
    frame: pd.DataFrame,
    outcome: str,
    status: Mapping[tuple[str, str], str],
    estimates: Mapping[tuple[str, str], Floats],
) -> pd.DataFrame:
    missing = np.full(3, np.nan)
    rows = []
    for (name, level), state in status.items():
        own = frame.loc[frame[name] == level, outcome]
        alone = np.array([1.0 if state == "ok" else np.nan, np.nan, np.nan])
        value, lower, upper = estimates.get((name, level), alone if state == "ok" else missing)
        rows.append((name, level, value, lower, upper, int(own.sum()), len(own), state))
    names = ["covariate", "level", "value", "lower", "upper", "events", "persons", "status"]
    return pd.DataFrame(rows, columns=names)


def _wald_tests(
    columns: Sequence[tuple[str, str]], coefficients: Floats, variance: Floats
) -> pd.DataFrame:
    rows = []
    for name in dict.fromkeys(column[0] for column in columns):
        own = [number for number, column in enumerate(columns, 1) if column[0] == name]
        part = coefficients[own]
        try:
            statistic = float(part @ np.linalg.solve(variance[np.ix_(own, own)], part))
        except np.linalg.LinAlgError:
            statistic = float("nan")
        rows.append({"covariate": name, "value": float(special.chdtrc(len(own), statistic))})
    return pd.DataFrame(rows, columns=["covariate", "value"])

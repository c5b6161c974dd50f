"""Counts, percentages, rates and quantiles as rows of the tidy results table.

Every function takes a frame with the columns `area` and `period`, and one column a dimension of
breakdown, and returns rows of the results table without `stream`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fjanalysis.limits import exact_poisson, wilson
from fjanalysis.results import join_group

_QUARTILES = {"lower_quartile_days": 0.25, "median_days": 0.5, "upper_quartile_days": 0.75}


def counts(
    frame: pd.DataFrame,
    measure: str,
    column: str,
    *,
    dimensions: Sequence[str] = (),
    note: str = "",
) -> pd.DataFrame:
    """Return a count from each row of `frame`.

    Parameters
    ----------
    frame
        Columns `area`, `period`, those of `dimensions`, and the counts in `column`.
    measure
        The measure's id.
    column
        The column of counts.
    dimensions
        Columns that become the `group`.
    note
        Footnote keys, joined by `; `.
    """
    rows = _rows(frame, measure, "count", dimensions, note)
    rows["value"] = frame[column].to_numpy(dtype="float64")
    rows["numerator"] = frame[column].to_numpy(dtype="int64")
    return rows


def percents(
    frame: pd.DataFrame,
    measure: str,
    numerator: str,
    denominator: str,
    *,
    dimensions: Sequence[str] = (),
    note: str = "",
) -> pd.DataFrame:
    """Return a percentage with its Wilson interval from each row of `frame`.

    A percentage of nobody is not applicable (`z`).

    Parameters
    ----------
    frame
        Columns `area`, `period`, those of `dimensions`, and counts.
    measure
        The measure's id.
    numerator, denominator
        The columns of cases and of the base.
    dimensions
        Columns that become the `group`.
    note
        Footnote keys, joined by `; `.
    """
    rows = _rows(frame, measure, "percent", dimensions, note)
    cases = frame[numerator].to_numpy(dtype="int64")
    base = frame[denominator].to_numpy(dtype="int64")
    lower, upper = wilson(cases, base)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows["value"] = 100 * cases / base
    rows["lower"], rows["upper"] = 100 * lower, 100 * upper
    rows["numerator"], rows["denominator"] = cases, base
    rows["status"] = np.where(base > 0, "ok", "z")
    return rows


def rates(
    frame: pd.DataFrame,
    measure: str,
    numerator: str,
    population: str,
    *,
    dimensions: Sequence[str] = (),
    note: str | pd.Series = "",
) -> pd.DataFrame:
    """Return a rate per 10,000 with its exact Poisson interval from each row of `frame`.

    Where the population is unknown, the rate is unavailable (`x`): no other year's is carried forward.

    Parameters
    ----------
    frame
        Columns `area`, `period`, those of `dimensions`, the cases, and the population (persons or births a
        year, summed over the period; null where unknown).
    measure
        The measure's id.
    numerator, population
        The columns of cases and of the population.
    dimensions
        Columns that become the `group`.
    note
        Footnote keys: one text, or one a row.
    """
    rows = _rows(frame, measure, "rate_per_10000", dimensions, note)
    cases = frame[numerator].to_numpy(dtype="int64")
    persons = pd.to_numeric(frame[population]).to_numpy(dtype="float64", na_value=np.nan)
    known = np.isfinite(persons) & (persons > 0)
    persons = np.where(known, persons, np.nan)
    lower, upper = exact_poisson(cases)
    rows["value"] = 10_000 * cases / persons
    rows["lower"], rows["upper"] = 10_000 * lower / persons, 10_000 * upper / persons
    rows["numerator"] = cases
    rows["denominator"] = pd.Series(np.rint(persons)).astype("Int64")
    return withhold(rows, pd.Series(~known), "x")


def quartiles(
    units: pd.DataFrame,
    measure: str,
    column: str,
    cells: pd.DataFrame,
    *,
    dimensions: Sequence[str] = (),
    note: str = "",
) -> pd.DataFrame:
    """Return the median and quartiles in days of `column`, with the persons that they rest on.

    Quantiles are those of type 7 (linear interpolation), R's default.

    Parameters
    ----------
    units
        One row a unit in each area and period that it is in: `area`, `period`, dimensions, `column`.
    measure
        The measure's id.
    column
        Days; a unit without is left out.
    cells
        The areas, periods and dimensions that shall have a row; without units it is `z`.
    dimensions
        Columns that become the `group`.
    note
        Footnote keys, joined by `; `.
    """
    keys = ["area", "period", *dimensions]
    grouped = units.dropna(subset=[column]).groupby(keys)[column]
    size = grouped.size().rename("size")
    found = []
    for statistic, share in _QUARTILES.items():
        values = pd.concat([grouped.quantile(share).rename("value"), size], axis=1).reset_index()
        full = cells[keys].drop_duplicates().merge(values, on=keys, how="left")
        rows = _rows(full, measure, statistic, dimensions, note)
        rows["value"] = full["value"].to_numpy(dtype="float64")
        rows["numerator"] = rows["denominator"] = full["size"].fillna(0).to_numpy(dtype="int64")
        rows["status"] = np.where(full["value"].notna(), "ok", "z")
        found.append(rows)
    return pd.concat(found, ignore_index=True)


def withhold(rows: pd.DataFrame, which: pd.Series, status: str) -> pd.DataFrame:
    """Return the rows with those of `which` emptied and given `status` (`x` or `z`)."""
    out = rows.copy()
    empty = which.to_numpy(dtype=bool)
    out.loc[empty, [c for c in ("value", "lower", "upper") if c in out]] = np.nan
    for column in ("numerator", "denominator"):
        if column in out:
            out[column] = out[column].astype("Int64")
            out.loc[empty, column] = pd.NA
    out["status"] = np.where(empty, status, out.get("status", "ok"))
    return out


def _rows(
    frame: pd.DataFrame,
    measure: str,
    statistic: str,
    dimensions: Sequence[str],
    note: str | pd.Series,
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "measure": measure,
            "statistic": statistic,
            "area": frame["area"].to_numpy(),
            "period": frame["period"].to_numpy(),
            "group": _groups(frame, dimensions),
            "status": "ok",
        }
    )
    rows["note"] = note if isinstance(note, str) else note.to_numpy()
    return rows


def _groups(frame: pd.DataFrame, dimensions: Sequence[str]) -> list[str]:
    if not dimensions:
        return [""] * len(frame)
    levels = frame[list(dimensions)].astype(str).itertuples(index=False, name=None)
    return [join_group(dict(zip(dimensions, each, strict=True))) for each in levels]

"""How counts of several measures are tied: which are one, which lie within another, which add up.

The base of a percentage is the count of another measure; a share and what is left out of it make a whole. A reader
who knows the definitions knows that, so streams declare it and disclosure control reckons with it. Measures, groups
and horizons are bound by each term; areas and periods run free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from fjanalysis.results import Relation, Term

Value = str | tuple[str, ...]
AT_START = "0 months"
QUARTILES = ("lower_quartile_days", "median_days", "upper_quartile_days")
COUNTS = ("count", "percent", "rate_per_10000")


def shown(measure: Value, group: Value | None = "", horizon: Value = "") -> Term:
    """Return the counts that rows of a measure show; with a group of None, in each group on its own."""
    return _term(measure, group, {"horizon": horizon}, base=False)


def base_of(
    measure: Value, group: Value | None = "", horizon: Value = "", statistic: Value = "percent"
) -> Term:
    """Return the bases of rows of a measure; with a group of None, in each group on its own."""
    return _term(measure, group, {"horizon": horizon, "statistic": statistic}, base=True)


def _term(measure: Value, group: Value | None, more: Mapping[str, Value], *, base: bool) -> Term:
    own = {} if group is None else {"group": group}
    return Term({"measure": measure, **own, **more}, base=base)


def step(words: str) -> Term:
    """Return a step of the cohort flow, in words."""
    return shown("cohort_flow", f"step: {words}")


def same(*terms: Term, groups: Sequence[str] = ()) -> Relation:
    """Return that all counts the terms stand for are one; where the group runs free, in these groups."""
    return Relation("same", terms=terms, where={"group": tuple(groups)} if groups else {})


def adds_up(*parts: Term, whole: Term) -> Relation:
    """Return that the parts add up to the whole."""
    return Relation("sum", terms=(*parts, whole))


def tied(rows: pd.DataFrame, *parts: Term, whole: Term) -> Relation:
    """Return that the parts add up to the whole where rows show so wherever all stand, else that they lie within it."""
    if agree(rows, *parts, whole=whole):
        return adds_up(*parts, whole=whole)
    return within(*parts, whole=whole)


def agree(rows: pd.DataFrame, *parts: Term, whole: Term) -> bool:
    """Return whether the parts add up to the whole at every area and period at which all stand."""
    counts = [_counts(rows, term) for term in (*parts, whole)]
    together = pd.concat(counts, axis=1, join="inner")
    exact = together.iloc[:, :-1].sum(axis=1) == together.iloc[:, -1]
    return len(together) > 0 and bool(exact.all())


def _counts(rows: pd.DataFrame, term: Term) -> pd.Series:
    chosen = pd.Series(True, index=rows.index)
    for column, wanted in {"statistic": COUNTS, **term.key}.items():
        chosen &= rows[column].isin([wanted] if isinstance(wanted, str) else list(wanted))
    own = rows[chosen].drop_duplicates(["area", "period"]).set_index(["area", "period"])
    counts: pd.Series = own["denominator" if term.base else "numerator"].dropna()
    return counts


def within(*parts: Term, whole: Term, groups: Sequence[str] = ()) -> Relation:
    """Return that the parts, none of which overlap, lie within the whole; where the group runs free, in these groups.

    What is left over is no count of a measure (of how many a record is missing, say), and is not protected as one.
    """
    where = {"group": tuple(groups)} if groups else {}
    return Relation("sum", terms=(*parts, whole), where=where, exhaustive=False)

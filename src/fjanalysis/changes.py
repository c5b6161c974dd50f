"""What changed from one output pack to a later one: numbers added, gone and revised, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.packs import Pack
from fjanalysis.periods import start_year
from fjanalysis.results import COUNTS, FLOATS, KEY, STATISTICS, WITHHELD
from fjanalysis.results import QUALITY as OF_RECORDS

KINDS = {
    "added": "new in the later refresh",
    "gone": "no longer given",
    "revised": "another value for the same period",
    "moved": "the span of years before it, which this one takes the place of, had another value",
    "withheld": "published before, now withheld",
    "released": "withheld before, now published",
}
CAUSES = {
    "new period": "the period was not complete before",
    "window moved": "the span of years ends later",
    "new definition": "a parameter or the cohort's SQL differs",
    "new measure": "the measure was not given before",
    "new breakdown": "the measure was not given for this area or group before",
    "back series": "the same period and definition, from newer records",
    "disclosure control": "what could be shown differs, since other numbers do",
}
COLUMNS = (
    *KEY,
    "period_before",
    "kind",
    "cause",
    "value_before",
    "value_after",
    "difference",
    "lower_before",
    "upper_before",
    "beyond_interval",
    "status_before",
    "status_after",
)
METHOD = ("sql", "notebook", "code", "lock")
# These differ between any two versions: they are listed, and are no cause of a revision.
CIRCUMSTANCE = ("notebook", "code", "lock")
# Spans of so many years or more are taken for the whole window of the data.
WHOLE = 6
WORKING = ("_at_risk", "_events", "_censored")
# Measures of the records and not of what they tell.
QUALITY = ("cohort_flow", *OF_RECORDS)
# Statistics of how well a model fits, which say nothing of people.
FIT = ("p_value", "concordance", "auc", "dispersion")


@dataclass(frozen=True)
class DefinitionChange:
    """A parameter, or a hash of notebook, code or lock, that differs between two packs."""

    stream: str
    variant: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """The comparison of two packs.

    Parameters
    ----------
    before, after
        The packs.
    rows
        One row a key that differs: the key and the columns of `COLUMNS`. A span of years stands in one row
        with the earlier span that it takes the place of, which is `period_before`.
    definitions
        Parameters and hashes that differ.
    unchanged
        How many keys have the same value and status in both, or none in either.
    """

    before: Pack
    after: Pack
    rows: pd.DataFrame
    definitions: tuple[DefinitionChange, ...]
    unchanged: int


def compare(before: Pack, after: Pack) -> Changes:
    """Return what changed from `before` to `after`.

    Only released numbers are read. A difference between two counts that is itself under the
    larger threshold of the two packs' profiles is not given: `difference` is then missing.
    """
    definitions = changed_definitions(before, after)
    merged = before.results.merge(
        after.results, on=list(KEY), how="outer", suffixes=("_before", "_after"), indicator="side"
    )
    same = (merged["side"] == "both") & _same(merged)
    unlike = merged[~same]
    rows = _with_moved(unlike.assign(period_before=unlike["period"].to_numpy()))
    rows["kind"] = _kinds(rows)
    silent = rows["moved"] & rows[["status_before", "status_after"]].isin(WITHHELD).all(axis=1)
    rows = rows[~silent].copy()
    rows["cause"] = _causes(rows, before.results, definitions)
    rows["difference"] = _differences(rows, max(_threshold(before), _threshold(after)))
    rows["beyond_interval"] = _beyond(rows)
    rows["period_before"] = rows["period_before"].mask(rows["kind"] == "added", "")
    for side in ("before", "after"):
        rows[f"status_{side}"] = rows[f"status_{side}"].fillna("")
    rows = rows[list(COLUMNS)].sort_values(list(KEY), kind="stable").reset_index(drop=True)
    return Changes(before, after, rows, definitions, int(same.sum() + silent.sum()))


def moved_spans(gone: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Return which new spans of years take the place of which that are no longer given.

    Of each series the last spans of equal length answer each other, then those before them; spans of `WHOLE`
    years or more are all taken for the whole window.

    Parameters
    ----------
    gone, added
        Results rows (the key's columns), each index once.

    Returns
    -------
    pandas.DataFrame
        `gone` and `added`: the indices of each pair.
    """
    head = [name for name in KEY if name != "period"]
    found = {}
    for side, rows in (("gone", gone), ("added", added)):
        spans = rows.loc[_is_span(rows), list(KEY)]
        first = spans["period"].str[:7].map(start_year)
        last = spans["period"].str[-7:].map(start_year)
        length = (last - first + 1).clip(upper=WHOLE)
        spans = spans.assign(length=length, last=last).sort_values("last", ascending=False)
        spans["rank"] = spans.groupby([*head, "length"], sort=False).cumcount()
        found[side] = spans.rename_axis(side).reset_index()[[side, *head, "length", "rank"]]
    return found["gone"].merge(found["added"], on=[*head, "length", "rank"])[["gone", "added"]]


def _is_span(rows: pd.DataFrame) -> pd.Series:
    return rows["period"].str.contains(" to ").astype(bool)


def _with_moved(rows: pd.DataFrame) -> pd.DataFrame:
    """Put each pair of spans that answer each other into one row, that of the later span."""
    pairs = moved_spans(rows[rows["side"] == "left_only"], rows[rows["side"] == "right_only"])
    rows = rows.assign(side=rows["side"].astype(str), moved=rows.index.isin(pairs["added"]))
    if pairs.empty:
        return rows
    before = rows.loc[pairs["gone"]].set_axis(pairs["added"].to_numpy(), axis=0)
    columns = ["period_before", *(name for name in rows.columns if name.endswith("_before"))]
    for name in dict.fromkeys(columns):
        rows.loc[before.index, name] = before[name]
    return rows[~rows.index.isin(pairs["gone"])]


def changed_definitions(before: Pack, after: Pack) -> tuple[DefinitionChange, ...]:
    """Return the parameters and hashes that differ, of each variant that both packs have."""
    found = []
    for stream in sorted(set(before.streams) & set(after.streams)):
        old, new = before.streams[stream]["variants"], after.streams[stream]["variants"]
        for variant in sorted(set(old) & set(new)):
            for part in ("parameters", "hashes"):
                was, now = old[variant].get(part, {}), new[variant].get(part, {})
                names = METHOD if part == "hashes" else sorted(set(was) | set(now))
                found += [
                    DefinitionChange(stream, variant, name, _shown(was, name), _shown(now, name))
                    for name in names
                    if was.get(name) != now.get(name)
                    and not _follows_refresh(name)
                    and (part == "parameters" or {name} <= set(was) & set(now))
                ]
    return tuple(found)


def headline(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of the main analysis alone, working tables of curves and flows aside."""
    working = rows["measure"].str.endswith(WORKING) | rows["measure"].isin(QUALITY)
    return rows[(rows["variant"] == "main") & ~working]


def tells(measure: str, statistic: str) -> bool:
    """Return whether a number tells of people: no working table, no quality of records, no fit of a model."""
    return not (measure.endswith(WORKING) or measure in QUALITY or statistic in FIT)


def _follows_refresh(name: str) -> bool:
    """Return whether a value is derived from the refresh, and moves with it."""
    return name.endswith(("_start", "_end"))


def _shown(values: Mapping[str, Any], name: str) -> str:
    return str(values[name]) if name in values else "not set"


def _threshold(pack: Pack) -> int:
    return int(pack.manifest["profile"]["rules"]["threshold"])


def _same(merged: pd.DataFrame) -> pd.Series:
    same = merged["status_before"] == merged["status_after"]
    for column in (*FLOATS, *COUNTS):
        was = merged[f"{column}_before"].astype("Float64")
        now = merged[f"{column}_after"].astype("Float64")
        same &= ((was == now) | (was.isna() & now.isna())).fillna(False).astype(bool)
    return same


def _kinds(rows: pd.DataFrame) -> pd.Series:
    before = rows["status_before"].isin(WITHHELD)
    after = rows["status_after"].isin(WITHHELD)
    kinds = np.select(
        [
            (rows["side"] == "right_only") & ~rows["moved"],
            rows["side"] == "left_only",
            ~before & after,
            before & ~after,
            rows["moved"],
        ],
        ["added", "gone", "withheld", "released", "moved"],
        default="revised",
    )
    return pd.Series(kinds, index=rows.index)


def _causes(
    rows: pd.DataFrame, earlier: pd.DataFrame, definitions: tuple[DefinitionChange, ...]
) -> pd.Series:
    """Return the cause of each change, the surest first."""
    span = _is_span(rows)
    redefined = set(zip(*_pairs(definitions), strict=True)) if definitions else set()
    pairs = pd.Series(list(zip(rows["stream"], rows["variant"], strict=True)), index=rows.index)
    measures = set(zip(earlier["stream"], earlier["measure"], strict=True))
    known = pd.Series(list(zip(rows["stream"], rows["measure"], strict=True)), index=rows.index)
    added, gone = rows["kind"] == "added", rows["kind"] == "gone"
    causes = np.select(
        [
            added & ~span & _later_than_known(rows, earlier),
            (added | gone) & span,
            pairs.isin(redefined),
            added & ~known.isin(measures),
            added | gone,
            rows["moved"],
            rows["kind"].isin(["withheld", "released"]),
        ],
        ["new period", "window moved", "new definition", "new measure", "new breakdown", "window moved", "disclosure control"],
        default="back series",
    )  # fmt: skip
    return pd.Series(causes, index=rows.index)


def _later_than_known(rows: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Return whether a row's year comes after all years that its series had before."""
    series = ["stream", "variant", "measure", "statistic", "horizon"]
    years = earlier[~_is_span(earlier)]
    last = years.assign(last=years["period"].map(start_year)).groupby(series)["last"].max()
    known = rows[series].merge(last.reset_index(), on=series, how="left")["last"]
    ends = rows["period"].str[-7:].map(start_year)
    return pd.Series(ends.to_numpy() > known.fillna(9999).to_numpy(), index=rows.index)


def _pairs(definitions: tuple[DefinitionChange, ...]) -> tuple[list[str], list[str]]:
    own = [each for each in definitions if each.name not in CIRCUMSTANCE]
    return [each.stream for each in own], [each.variant for each in own]


def _differences(rows: pd.DataFrame, threshold: int) -> pd.Series:
    difference = rows["value_after"] - rows["value_before"]
    counted = rows["statistic"].map(lambda name: STATISTICS[name].unit == "count")
    small = counted & (difference.abs() > 0) & (difference.abs() < threshold)
    return difference.mask(small)


def _beyond(rows: pd.DataFrame) -> pd.Series:
    """Return whether the later value lies outside the interval that was published before."""
    value = rows["value_after"]
    outside = (value < rows["lower_before"]) | (value > rows["upper_before"])
    return outside & rows["kind"].isin(["revised", "moved"])

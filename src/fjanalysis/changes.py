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

KINDS = {
    "added": "new in the later refresh",
    "gone": "no longer given",
    "revised": "another value for the same period",
    "withheld": "published before, now withheld",
    "released": "withheld before, now published",
}
CAUSES = {
    "new period": "the period was not complete before",
    "window moved": "the span of years runs further",
    "new definition": "a parameter or the cohort's SQL differs",
    "new measure": "the measure was not given before",
    "new breakdown": "the measure was not given for this area or group before",
    "back series": "the same period and definition, from newer records",
    "disclosure control": "what could be shown differs, since other numbers do",
}
COLUMNS = (
    *KEY,
    "kind",
    "cause",
    "value_before",
    "value_after",
    "difference",
    "beyond_interval",
    "status_before",
    "status_after",
)
METHOD = ("sql", "notebook", "code", "lock")
# Without these no number changes its meaning: they are listed, and no cause of a revision.
CIRCUMSTANCE = ("notebook", "code", "lock")
WORKING = ("_at_risk", "_events", "_censored")


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
        One row a key that differs: the key and the columns of `COLUMNS`.
    definitions
        Parameters and hashes that differ.
    unchanged
        How many keys have the same value and status in both.
    """

    before: Pack
    after: Pack
    rows: pd.DataFrame
    definitions: tuple[DefinitionChange, ...]
    unchanged: int


def compare(before: Pack, after: Pack) -> Changes:
    """Return what changed from `before` to `after`.

    Only released numbers are read. A difference between two counts that is itself under the
    threshold of the later pack's profile is not given: `difference` is then missing.
    """
    definitions = changed_definitions(before, after)
    merged = before.results.merge(
        after.results, on=list(KEY), how="outer", suffixes=("_before", "_after"), indicator="side"
    )
    same = (merged["side"] == "both") & _same(merged)
    rows = merged[~same].copy()
    rows["kind"] = _kinds(rows)
    rows["cause"] = _causes(rows, before.results, definitions)
    rows["difference"] = _differences(rows, _threshold(after))
    rows["beyond_interval"] = _beyond(rows)
    for side in ("before", "after"):
        rows[f"status_{side}"] = rows[f"status_{side}"].fillna("")
    rows = rows[list(COLUMNS)].sort_values(list(KEY), kind="stable").reset_index(drop=True)
    return Changes(before, after, rows, definitions, int(same.sum()))


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
                    if was.get(name) != now.get(name) and not _follows_refresh(name)
                ]
    return tuple(found)


def headline(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of the main analysis alone, working tables of curves and flows aside."""
    working = rows["measure"].str.endswith(WORKING) | rows["measure"].isin(
        ["cohort_flow", "missing", "mended"]
    )
    return rows[(rows["variant"] == "main") & ~working]


def _follows_refresh(name: str) -> bool:
    """Return whether a value is derived from the refresh, and moves with it."""
    return name.endswith(("_start", "_end"))


def _shown(values: Mapping[str, Any], name: str) -> str:
    return str(values[name]) if name in values else "not set"


def _threshold(pack: Pack) -> int:
    profile = pack.manifest.get("profile", {})
    return int(profile.get("threshold", profile.get("rules", {}).get("threshold", 10)))


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
            rows["side"] == "right_only",
            rows["side"] == "left_only",
            ~before & after,
            before & ~after,
        ],
        ["added", "gone", "withheld", "released"],
        default="revised",
    )
    return pd.Series(kinds, index=rows.index)


def _causes(
    rows: pd.DataFrame, earlier: pd.DataFrame, definitions: tuple[DefinitionChange, ...]
) -> pd.Series:
    """Return the cause of each change, the surest first."""
    last = earlier["period"].str[-7:].map(start_year).groupby(earlier["stream"]).max()
    ends = rows["period"].str[-7:].map(start_year)
    span = rows["period"].str.contains(" to ")
    later = ends > rows["stream"].map(last).fillna(9999)
    redefined = set(zip(*_pairs(definitions), strict=True)) if definitions else set()
    pairs = pd.Series(list(zip(rows["stream"], rows["variant"], strict=True)), index=rows.index)
    measures = set(zip(earlier["stream"], earlier["measure"], strict=True))
    known = pd.Series(list(zip(rows["stream"], rows["measure"], strict=True)), index=rows.index)
    added, gone = rows["kind"] == "added", rows["kind"] == "gone"
    causes = np.select(
        [
            added & later & ~span,
            (added | gone) & span,
            pairs.isin(redefined),
            added & ~known.isin(measures),
            added | gone,
            rows["kind"].isin(["withheld", "released"]),
        ],
        ["new period", "window moved", "new definition", "new measure", "new breakdown", "disclosure control"],
        default="back series",
    )  # fmt: skip
    return pd.Series(causes, index=rows.index)


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
    return outside & (rows["kind"] == "revised")

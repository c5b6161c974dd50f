"""The tidy results table and its key grammar: the contract that both sides of the airlock share.

One row an estimate, the same columns for every stream, before and after disclosure control. The
contract is written out for readers in `docs/contracts/results.md`.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.errors import FjanalysisError, UsageError, nearest

_Values = npt.NDArray[np.object_]
_Chosen = npt.NDArray[np.bool_]

KEY = ("stream", "variant", "measure", "statistic", "area", "period", "group", "horizon")
COLUMNS = (
    *KEY,
    "value",
    "lower",
    "upper",
    "numerator",
    "denominator",
    "status",
    "note",
)
TEXT = (*KEY, "status", "note")
FLOATS = ("value", "lower", "upper")
COUNTS = ("numerator", "denominator")
STATUSES = {
    "ok": "published",
    "c": "confidential: withheld so that nobody can be recognised",
    "low": "rounds to zero, but is not zero",
    "z": "not applicable",
    "x": "unavailable",
    "r": "revised since it was last published",
}
WITHHELD = ("c", "z", "x")
# Measures of the records and not of what they tell; every stream carries them.
QUALITY = ("records", "linked", "missing", "mended", "kept", "unmatched")


@dataclass(frozen=True)
class Statistic:
    """How a statistic is measured, printed and, after disclosure control, made anew.

    Parameters
    ----------
    label
        The words for it in a table's heading.
    unit
        What the value counts: `count`, `percent`, `per 10,000`, `days`, `ratio`, `probability`.
    decimals
        Decimal places in print.
    source
        `counts`: follows from numerator and denominator; `life table`: follows from the life-table
        rows of its measure; `model`: follows from neither, so disclosure control cuts it short.
    """

    label: str
    unit: str
    decimals: int
    source: Literal["counts", "life table", "model"]


STATISTICS: dict[str, Statistic] = {
    "count": Statistic("Number", "count", 0, "counts"),
    "percent": Statistic("Per cent", "percent", 1, "counts"),
    "rate_per_10000": Statistic("Rate per 10,000", "per 10,000", 1, "counts"),
    "standardised_rate_per_10000": Statistic(
        "Age-standardised rate per 10,000", "per 10,000", 1, "model"
    ),
    "cumulative_percent": Statistic("Cumulative per cent", "percent", 1, "life table"),
    "median_days": Statistic("Median days", "days", 0, "model"),
    "lower_quartile_days": Statistic("Lower quartile, days", "days", 0, "model"),
    "upper_quartile_days": Statistic("Upper quartile, days", "days", 0, "model"),
    "half_time_days": Statistic("Days to half of the five-year returns", "days", 0, "model"),
    "restricted_mean_days": Statistic("Restricted mean, days", "days", 0, "model"),
    "hazard_ratio": Statistic("Hazard ratio", "ratio", 2, "model"),
    "odds_ratio": Statistic("Odds ratio", "ratio", 2, "model"),
    "p_value": Statistic("p-value", "probability", 3, "model"),
    "dispersion": Statistic("Variation, as a multiple of chance", "ratio", 1, "model"),
    "concordance": Statistic("Concordance", "probability", 2, "model"),
    "effect_over_time": Statistic(
        "Effect at that time, as a multiple of the model's", "ratio", 2, "model"
    ),
    "auc": Statistic("Area under the curve", "probability", 2, "model"),
}


@dataclass(frozen=True)
class Relation:
    """How rows of a stream's table relate, declared as data beside the table.

    Parameters
    ----------
    kind
        `partition`: the members add up to `whole`. `nested`: each member is contained in the next.
    over
        The key column in which the related rows differ.
    members
        The values of that column: the parts of a partition, or a chain from the smallest set to the
        largest.
    whole
        For a partition, the value of that column which the parts add up to.
    where
        Values that other key columns must have; columns named neither here nor in `over` run free,
        and the relation holds for each combination of their values.
    field
        The count that the relation is about: `numerator` or `denominator`.
    exhaustive
        For a partition, whether the parts always cover the whole; False where a remainder may be
        unallocated (cases without a region), so that parts add up to at most the whole.
    """

    kind: Literal["partition", "nested"]
    over: str
    members: tuple[str, ...]
    whole: str | None = None
    where: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    field: Literal["numerator", "denominator"] = "numerator"
    exhaustive: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the relation as plain JSON values."""
        return {
            "kind": self.kind,
            "over": self.over,
            "members": list(self.members),
            "whole": self.whole,
            "where": {
                name: value if isinstance(value, str) else list(value)
                for name, value in sorted(self.where.items())
            },
            "field": self.field,
            "exhaustive": self.exhaustive,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Relation:
        """Return the relation that `to_json` wrote."""
        where = {
            name: value if isinstance(value, str) else tuple(value)
            for name, value in data["where"].items()
        }
        return Relation(
            kind=data["kind"],
            over=data["over"],
            members=tuple(data["members"]),
            whole=data["whole"],
            where=where,
            field=data["field"],
            exhaustive=data["exhaustive"],
        )


@dataclass(frozen=True)
class Measure:
    """What a measure is, declared by its stream, printed in dictionaries, tables and methods."""

    id: str
    label: str
    unit: str
    definition: str

    def to_json(self) -> dict[str, str]:
        """Return the measure as plain JSON values."""
        return {
            "id": self.id,
            "label": self.label,
            "unit": self.unit,
            "definition": self.definition,
        }


def join_group(levels: Mapping[str, str]) -> str:
    """Return the `group` of a row: `dimension: level` joined by `; `, `parent:` first, then A to Z.

    >>> join_group({"age": "under 20", "parent": "mother"})
    'parent: mother; age: under 20'
    """
    order = sorted(levels, key=lambda name: (name != "parent", name))
    return "; ".join(f"{name}: {levels[name]}" for name in order)


def horizon_name(number: int, unit: str) -> str:
    """Return a horizon as the results name it: `1 year`, `5 years`, `0 months`."""
    return f"{number} {unit}" + ("" if number == 1 and unit == "year" else "s")


def series_name(measure: str, statistic: str, group: str) -> str:
    """Return the name of the series that a number belongs to: its measure, statistic and dimensions.

    >>> series_name("any_return", "percent", "parent: mother; age: under 20")
    'any_return.percent by age, parent'
    """
    dimensions = sorted(split_group(group)) if group else []
    return f"{measure}.{statistic}" + (f" by {', '.join(dimensions)}" if dimensions else "")


def split_group(group: str) -> dict[str, str]:
    """Return the levels of a `group` by dimension; the inverse of `join_group`."""
    if not group:
        return {}
    pairs = (part.split(": ", 1) for part in group.split("; "))
    return {pair[0]: pair[1] if len(pair) == 2 else "" for pair in pairs}


def tidy(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows (mappings from column to value) as a results table of the contract's types.

    Columns left out are empty; `variant` defaults to `main` and `status` to `ok`.
    """
    frame = pd.DataFrame(list(rows))
    return conform(frame)


def conform(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the contract's columns, order and types, sorted by key."""
    return typed(frame).sort_values(list(KEY), kind="stable").reset_index(drop=True)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the contract's columns and types, its rows as they stand."""
    out = pd.DataFrame(index=frame.index)
    defaults = {"variant": "main", "status": "ok"}
    for column in COLUMNS:
        if column in TEXT:
            default = defaults.get(column, "")
            series = frame[column] if column in frame else pd.Series(default, index=frame.index)
            out[column] = series.astype(object).where(series.notna(), default).astype(str)
        elif column in FLOATS:
            series = (
                frame[column] if column in frame else pd.Series(float("nan"), index=frame.index)
            )
            out[column] = pd.to_numeric(series).astype("float64")
        else:
            series = frame[column] if column in frame else pd.Series(pd.NA, index=frame.index)
            out[column] = pd.to_numeric(series).astype("Int64")
    return out


def problems(frame: pd.DataFrame) -> list[str]:
    """Return what breaks the contract in a results table, one sentence each; empty when it holds.

    Only columns, keys and counts of rows are named.
    """
    found = []
    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        return [f"The columns {', '.join(missing)} are missing."]
    doubles = frame.duplicated(list(KEY), keep=False)
    if doubles.any():
        found.append(
            f"{int(doubles.sum())} rows share a key, such as {_first_key(frame, doubles)}."
        )
    for column, known in (("status", set(STATUSES)), ("statistic", set(STATISTICS))):
        unknown = sorted(set(frame[column]) - known)
        if unknown:
            found.append(f"Unknown {column}: {', '.join(unknown)}.")
    for column in ("stream", "variant", "measure", "area", "period"):
        empty = frame[column] == ""
        if empty.any():
            found.append(f"{int(empty.sum())} rows have no {column}.")
    withheld = frame["status"].isin(WITHHELD)
    full = withheld & frame["value"].notna()
    if full.any():
        found.append(
            f"{int(full.sum())} withheld rows hold a value, such as {_first_key(frame, full)}."
        )
    void = frame["status"].isin(["ok", "r"]) & frame["value"].isna()
    if void.any():
        found.append(
            f"{int(void.sum())} rows are ok without a value, such as {_first_key(frame, void)}."
        )
    return found


def _first_key(frame: pd.DataFrame, rows: pd.Series) -> str:
    return written_key(frame.loc[rows].iloc[0])


def check(frame: pd.DataFrame, error: type[FjanalysisError], where: str) -> None:
    """Raise `error` naming `where` when the table breaks the contract."""
    found = problems(frame)
    if found:
        raise error(
            "The results table breaks its contract. " + " ".join(found),
            where=where,
            mend="Mend the code that wrote the table; docs/contracts/results.md states the contract.",
        )


def csv_text(frame: pd.DataFrame, *, conformed: bool = False) -> str:
    """Return a results table as CSV: sorted by key, floats in their shortest exact form, Unix line ends.

    A table that is said to be `conformed` is taken as it is.
    """
    table = frame if conformed else conform(frame)
    return table.to_csv(index=False, lineterminator="\n")


def write_csv(frame: pd.DataFrame, path: Path, *, conformed: bool = False) -> None:
    """Write a results table as `csv_text` gives it."""
    path.write_text(csv_text(frame, conformed=conformed), encoding="utf-8", newline="\n")


def read_csv(path: Path) -> pd.DataFrame:
    """Read a table that `write_csv` wrote; every float comes back exactly.

    Raises
    ------
    OSError, ValueError
        The file cannot be read as a table; callers turn these into the error of their side.
    """
    # As categories, each text is read once, and all rows that hold it share it.
    types: dict[Hashable, str] = {
        **dict.fromkeys(TEXT, "category"),
        **dict.fromkeys(COUNTS, "Int64"),
    }
    frame = pd.read_csv(
        path,
        dtype=types,
        keep_default_na=False,
        na_values={column: [""] for column in (*FLOATS, *COUNTS)},
        float_precision="round_trip",
    )
    return conform(frame)


_PART = re.compile(r'\s*([a-z]+)="([^"]*)"')
_HEAD = re.compile(r"(?:([a-z0-9-]+)/)?([a-z0-9_]+)\.([a-z0-9_]+)")


@dataclass(frozen=True)
class KeyPattern:
    """A written key: `[stream/]measure.statistic` and the parts of the key that were given."""

    measure: str
    statistic: str
    stream: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        head = f"{self.stream}/" if self.stream else ""
        tail = "".join(f' {name}="{value}"' for name, value in self.parts.items())
        return f"{head}{self.measure}.{self.statistic}{tail}"


def parse_key(text: str) -> KeyPattern:
    """Return the pattern of a written key.

    >>> str(parse_key('newborn_cases.count area="England" period="2019-20"'))
    'newborn_cases.count area="England" period="2019-20"'

    Raises
    ------
    UsageError
        The text is not a key.
    """
    text = text.strip()
    head = _HEAD.match(text)
    if not head:
        raise UsageError(
            f"'{text}' is not a key.",
            mend='Write it as measure.statistic area="…" period="…" group="…" horizon="…".',
        )
    parts: dict[str, str] = {}
    at = head.end()
    while at < len(text):
        part = _PART.match(text, at)
        if not part or part[1] not in ("area", "period", "group", "horizon", "variant"):
            rest = text[at:].strip()
            raise UsageError(
                f"The key has a part that cannot be read: '{rest}'.",
                where=text,
                mend='Parts are area, period, group, horizon and variant, each as name="value".',
            )
        parts[part[1]] = part[2]
        at = part.end()
    return KeyPattern(head[2], head[3], head[1], parts)


def written_key(row: Mapping[str, Any] | pd.Series) -> str:
    """Return the full written key of a row (areas by code)."""
    text = f"{row['stream']}/{row['measure']}.{row['statistic']}"
    for name in ("area", "period", "group", "horizon"):
        if row[name]:
            text += f' {name}="{row[name]}"'
    if row["variant"] != "main":
        text += f' variant="{row["variant"]}"'
    return text


def area_code(name: str, areas: pd.DataFrame) -> str | None:
    """Return the code of an area given by code or name, or None.

    A name means a nation or ONS region first, then an HMCTS region, then a DFJ area.

    Parameters
    ----------
    areas
        The area table: columns `code`, `name`, `level`.
    """
    if name in set(areas["code"]):
        return name
    order = {"nations": 0, "nation": 1, "region": 2, "hmcts-region": 3, "dfj-area": 4}
    listed = zip(areas["code"], areas["name"], areas["level"], strict=True)
    found = [(order.get(level, 9), code) for code, called, level in listed if called == name]
    return str(min(found, key=lambda each: each[0])[1]) if found else None


def find(
    frame: pd.DataFrame, pattern: KeyPattern, areas: pd.DataFrame, default_stream: str = ""
) -> pd.Series:
    """Return the one row that a written key means.

    Parameters
    ----------
    frame
        A results table.
    pattern
        The key as written; a part left out must have exactly one value among the rows that fit
        the others, `variant` excepted, which defaults to `main`.
    areas
        The area table, to read area names.
    default_stream
        The stream meant where the key names none; without it the measure must be of one stream.

    Raises
    ------
    UsageError
        No row, or more than one, fits; the message lists the candidates or the nearest keys.
    """
    at = str(pattern)
    parts = {"measure": pattern.measure, "statistic": pattern.statistic, "variant": "main"}
    parts |= pattern.parts
    if pattern.stream or default_stream:
        parts["stream"] = pattern.stream or default_stream
    if "area" in parts:
        code = area_code(parts["area"], areas)
        if code is None:
            hint = nearest(parts["area"], areas["name"])
            raise UsageError(
                f"There is no area '{parts['area']}'.{hint}",
                where=at,
                mend="Name a nation, a region or a Designated Family Judge area, or give its code.",
            )
        parts["area"] = code
    # Rows are told apart by their places: taking them out at every step would copy all columns each time.
    places = np.arange(len(frame))
    head = ("stream", "measure", "statistic")
    for name in (
        *(head if "stream" in parts else (*head[1:], head[0])),
        *("variant", "area", "period", "group", "horizon"),
    ):
        values = frame[name].to_numpy()[places]
        kept = _narrow(values, name, parts[name], at) if name in parts else _only(values, name, at)
        places = places[kept]
    return frame.iloc[int(places[0])]


def _narrow(values: _Values, column: str, value: str, at: str) -> _Chosen:
    """Return which values of a column are the one asked for."""
    kept: _Chosen = values == value
    if not kept.any():
        known = sorted(set(values))
        listed = ", ".join(f"'{each}'" for each in known[:12]) + (" …" if len(known) > 12 else "")
        raise UsageError(
            f"No result has the {column} '{value}'.{nearest(value, known)}",
            where=at,
            mend=f"The {column} can be {listed}.",
        )
    return kept


def _only(values: _Values, column: str, at: str) -> _Chosen:
    """Return which values of a column are meant where none is asked for: its one value, or the empty one."""
    known = sorted(set(values))
    if len(known) == 1:
        return np.full(len(values), fill_value=True)
    if column in ("group", "horizon") and "" in known:
        return np.asarray(values == "")
    listed = ", ".join(f"'{each}'" for each in known[:12]) + (" …" if len(known) > 12 else "")
    raise UsageError(
        f"The key fits {len(values)} results: its {column} is not given.",
        where=at,
        mend=f"Write it as STREAM/{at}, with one of {listed}."
        if column == "stream"
        else f'Add {column}="…", one of {listed}.',
    )

"""What every stream shares: its face, its typed parameters, and the folder that it writes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, Self, cast

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fjanalysis.errors import NotebookError, UsageError, nearest
from fjanalysis.folders import staged, write_text
from fjanalysis.results import Measure, Relation, check, conform, split_group, write_csv

STREAMS = ("urgent-hearings", "recurrence", "private-law-returns")
RESULTS = "results.csv"
DESCRIPTION = "stream.json"


class StreamParameters(BaseModel):
    """The definitions of a stream as typed values: strict, and closed to names it does not know.

    A stream adds its own fields, each with a description and, where it has one, its unit
    (`json_schema_extra={"unit": "days"}`). Names are written with hyphens or underscores.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    merge_gap_days: int = Field(
        default=14,
        ge=0,
        le=365,
        description="A case issued at most this long after the case before belongs to the same set.",
        json_schema_extra={"unit": "days"},
    )
    new_baby_starts_set: bool = Field(
        default=True,
        description="A case that names a child born after the set's first issue starts a new set.",
    )
    local_period_years: int = Field(
        default=3,
        ge=1,
        le=10,
        description="Length of the periods in which figures of DFJ areas are given.",
        json_schema_extra={"unit": "years"},
    )

    @classmethod
    def from_values(cls, values: Mapping[str, Any], where: str = "") -> Self:
        """Return the parameters that plain values (from settings, commands, notebooks) mean.

        Parameters
        ----------
        values
            By name; dates as dates or as text written YYYY-MM-DD.
        where
            What gave the values, for the error.

        Raises
        ------
        UsageError
            A name is unknown, or a value is of the wrong kind or impossible.
        """
        named = {name.replace("-", "_"): value for name, value in values.items()}
        known = cls.model_fields
        for name in named:
            if name not in known:
                raise UsageError(
                    f"There is no parameter '{name}'.{nearest(name, known)}",
                    where=where,
                    mend="The parameters are " + ", ".join(sorted(known)) + ".",
                )
        try:
            return cls.model_validate_json(json.dumps(named, default=_plain))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = str(first["loc"][0]) if first["loc"] else "parameters"
            about = known[name].description if name in known else ""
            raise UsageError(
                f"The parameter '{name}' cannot be {named.get(name)!r}: {first['msg']}.",
                where=where,
                mend=f"It means: {about}" if about else "",
            ) from error

    def values(self) -> dict[str, Any]:
        """Return the values in force by name, as plain JSON values."""
        return self.model_dump(mode="json")


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"A parameter cannot be of the kind {type(value).__name__}.")


@dataclass(frozen=True)
class Definition:
    """A term of the methods box and what it means with the parameters in force."""

    term: str
    text: str


class Stream(Protocol):
    """The face of a stream's package (`fjanalysis.streams.urgent_hearings` and its sisters).

    Importing it must be quick: no statistics, no database.
    """

    TITLE: str
    Parameters: type[StreamParameters]
    MEASURES: tuple[Measure, ...]
    NOTES: Mapping[str, str]

    def definitions(self, parameters: Any) -> list[Definition]:
        """Return the methods box, from the parameters in force."""

    def relations(self, rows: pd.DataFrame, places: pd.DataFrame) -> list[Relation]:
        """Return how the rows of the stream's table relate, for the areas (`places`) and periods in it."""


def load(name: str) -> Stream:
    """Return the stream `name`.

    Raises
    ------
    UsageError
        There is no such stream.
    """
    package = "fjanalysis.streams." + name.replace("-", "_")
    try:
        return cast(Stream, importlib.import_module(package))
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise UsageError(
            f"There is no stream '{name}'.{nearest(name, STREAMS)}",
            mend="The streams are " + ", ".join(STREAMS) + ".",
        ) from error


def write_stream(
    folder: Path,
    *,
    stream: str,
    variant: str,
    title: str,
    rows: pd.DataFrame,
    parameters: Mapping[str, Any],
    definitions: Sequence[Definition],
    measures: Sequence[Measure],
    notes: Mapping[str, str],
    relations: Sequence[Relation],
    written: Sequence[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """Write `results.csv` and `stream.json` to a stream's folder, whole or not at all.

    Parameters
    ----------
    folder
        `results/DATE/STREAM/VARIANT`; what stood there is replaced.
    stream, variant, title
        Names; the rows' own `stream` is set from the first, and their `variant` where it is `main` or
        a refit of it (`main/stratified`).
    rows
        The tidy results, in any order.
    parameters
        Values in force, by name.
    definitions, measures, notes, relations, written
        What `docs/contracts/results.md` says of them.

    Returns
    -------
    pandas.DataFrame
        The table as written: conformed and sorted by key.

    Raises
    ------
    NotebookError
        The table breaks the contract, or names a measure or note that is not declared.
    """
    own = rows["variant"].fillna("main") if "variant" in rows else pd.Series("main", rows.index)
    names = {each: _renamed(each, variant) for each in set(own)}
    table = conform(rows.assign(stream=stream, variant=own.map(names)))
    check(table, NotebookError, f"{stream}, {variant}")
    _declared(table, "measure", {measure.id for measure in measures}, stream)
    _declared(table, "note", {"", *notes}, stream)
    description = {
        "stream": stream,
        "variant": variant,
        "title": title,
        "parameters": dict(parameters),
        "definitions": [{"term": each.term, "text": each.text} for each in definitions],
        "measures": [measure.to_json() | _in_order(measure, rows) for measure in measures],
        "notes": dict(sorted(notes.items())),
        "relations": [relation.to_json() for relation in relations],
        "written": [dict(each) for each in written],
    }
    with staged(folder) as staging:
        write_csv(table, staging / RESULTS, conformed=True)
        text = json.dumps(description, indent=2, ensure_ascii=False, default=_plain)
        write_text(staging / DESCRIPTION, text + "\n")
    return table


def _in_order(measure: Measure, rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return the steps of a flow in the order in which the rows give them: sorted by key they lose it."""
    groups = rows.loc[rows["measure"] == measure.id, "group"] if "group" in rows else ()
    parts = (split_group(str(group)) for group in groups)
    steps = list(dict.fromkeys(each["step"] for each in parts if "step" in each))
    return {"steps": steps} if steps else {}


def _renamed(own: str, variant: str) -> str:
    head, slash, tail = own.partition("/")
    return variant + slash + tail if head == "main" else own


def _declared(table: pd.DataFrame, column: str, known: set[str], stream: str) -> None:
    used = {part for text in set(table[column]) for part in (text.split("; ") if text else [""])}
    unknown = sorted(used - known)
    if unknown:
        raise NotebookError(
            f"The results name a {column} that the stream does not declare: {', '.join(unknown)}.",
            where=stream,
            mend=f"Declare it among the stream's {column}s.",
        )

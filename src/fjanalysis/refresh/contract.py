"""The contract of a refresh: checked a batch at a time by pandera, and between tables by SQL.

It is checked of the tables as they were written, in the folder that is not yet the refresh.

No message holds a value of a row: tables, columns and counts only, and a count of 1 to 9 as
"fewer than 10".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import duckdb
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from fjanalysis.errors import SourceError
from fjanalysis.refresh.declaration import EARLIEST_DAY, LATEST_DAY, TABLES, Column, Table

DICTIONARY = "docs/contracts/refresh.md"


def safe_count(count: int) -> str:
    """Return a count that may stand in a message."""
    return "fewer than 10" if 0 < count < 10 else f"{count:,}"


def _checks(column: Column) -> tuple[object, list[pandera.Check]]:
    if column.kind == "code":
        return "category", [pandera.Check.isin(list(column.values), error="an unknown value")]
    if column.kind == "integer":
        low, high = column.values
        return "Int32", [pandera.Check.in_range(low, high, error=f"outside {low} to {high}")]
    if column.kind in ("date", "week"):
        checks = [
            pandera.Check.in_range(
                pd.Timestamp(EARLIEST_DAY), pd.Timestamp(LATEST_DAY), error="an impossible date"
            )
        ]
        if column.kind == "week":
            checks.append(pandera.Check(lambda days: days.dt.dayofweek == 0, error="not a Monday"))
        return None, checks
    if column.kind == "boolean":
        return "boolean", []
    return pd.ArrowDtype(pa.string()), []


@cache
def schema(name: str) -> pandera.DataFrameSchema:
    """Return the pandera schema of a table's batches."""
    columns = {}
    for column in TABLES[name].columns:
        dtype, checks = _checks(column)
        columns[column.name] = pandera.Column(dtype, checks, nullable=column.nullable)
    return pandera.DataFrameSchema(columns, strict=True, ordered=True)


def _frame(batch: pa.RecordBatch, table: Table) -> pd.DataFrame:
    arrays: dict[str, pd.Series] = {}
    for column in table.columns:
        array = batch.column(batch.schema.get_field_index(column.name))
        if column.kind == "code":
            arrays[column.name] = pc.dictionary_encode(array).to_pandas()
        elif column.kind == "integer":
            arrays[column.name] = array.to_pandas(integer_object_nulls=False).astype("Int32")
        elif column.kind == "boolean":
            arrays[column.name] = array.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
        elif column.kind in ("date", "week"):
            arrays[column.name] = array.cast(pa.timestamp("s")).to_pandas()
        else:
            arrays[column.name] = pd.Series(pd.arrays.ArrowExtensionArray(array))
    return pd.DataFrame(arrays)


class Rows:
    """The check within a table's rows, given a batch at a time in the order of the table's key."""

    def __init__(self, name: str) -> None:
        self._table = TABLES[name]
        self._found: dict[tuple[str, str], int] = {}
        self._doubles = 0
        self._last: pa.RecordBatch | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Check a batch, and whether its keys differ from one row to the next."""
        if not batch.num_rows:
            return
        try:
            schema(self._table.name).validate(_frame(batch, self._table), lazy=True)
        except SchemaErrors as errors:
            cases = errors.failure_cases
            for (column, check), rows in cases.groupby(["column", "check"], dropna=False):
                key = (str(column), str(check))
                self._found[key] = self._found.get(key, 0) + len(rows)
        keys = batch.select(list(self._table.key))
        if self._last is not None:
            self._doubles += _repeats(self._last, keys.slice(0, 1))
        self._doubles += _repeats(keys.slice(0, keys.num_rows - 1), keys.slice(1))
        self._last = keys.slice(keys.num_rows - 1)

    @property
    def breaches(self) -> list[str]:
        """What breaks the contract, one sentence each."""
        name, found = self._table.name, []
        if self._doubles:
            key = ", ".join(self._table.key)
            found.append(f"{name}: {safe_count(self._doubles)} keys ({key}) stand more than once.")
        return found + [
            f"{name}.{column}: {_reason(check)} in {safe_count(count)} rows."
            for (column, check), count in sorted(self._found.items())
        ]


def _repeats(first: pa.RecordBatch, second: pa.RecordBatch) -> int:
    """Return how many rows of the one are those of the other at the same place."""
    same = None
    for one, two in zip(first.columns, second.columns, strict=True):
        equal = pc.equal(one, two)
        same = equal if same is None else pc.and_(same, equal)
    return int(pc.sum(same).as_py() or 0)


def _reason(check: str) -> str:
    if check == "not_nullable":
        return "no value"
    if check.startswith("dtype"):
        return "a wrong type"
    return check


def check_shape(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    """Check that a connection has all research-ready tables, with their columns and types.

    Raises
    ------
    SourceError
        A table or column is missing or of another type.
    """
    known = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    found = [f"{name}: the table is missing." for name in TABLES if name not in known]
    for name, table in TABLES.items():
        if name in known:
            rows = connection.execute(f"DESCRIBE {name}").fetchall()
            types = {row[0]: row[1] for row in rows}
            for column in table.columns:
                actual = types.get(column.name, "no such column")
                if actual != column.sql_type:
                    found.append(f"{name}.{column.name}: should be {column.sql_type}, is {actual}.")
    stop_at(found, where)


def check_across(
    connection: duckdb.DuckDBPyConnection, name: str, relations: Mapping[str, str]
) -> list[str]:
    """Return what breaks the contract between tables: ids of a wrong form, and references.

    References are looked up by hashes of 64 bits, in half the time and memory that ids of text take: of a thousand
    million lost references not one is likely to be overlooked.

    Parameters
    ----------
    connection
        Reads the tables.
    name
        The table to check.
    relations
        By table, what stands after FROM to read it.
    """
    found = []
    for column in TABLES[name].columns:
        if column.refers_to:
            other, other_column = column.refers_to.split(".")
            here = f"(SELECT hash({column.name}) AS id FROM {relations[name]} WHERE {column.name} IS NOT NULL)"  # noqa: S608
            there = f"(SELECT hash({other_column}) AS id FROM {relations[other]})"  # noqa: S608
            lost = _number(connection, f"SELECT count(*) FROM {here} ANTI JOIN {there} USING (id)")  # noqa: S608
            if lost:
                found.append(
                    f"{name}.{column.name}: {safe_count(lost)} rows are not found in {column.refers_to}."
                )
        elif column.kind == "id":
            wrong = _number(
                connection,
                f"SELECT count(*) FROM {relations[name]} WHERE NOT ({column.name} >= 'A' "  # noqa: S608
                f"AND {column.name} < '[' AND strlen({column.name}) > 1)",
            )
            if wrong:
                found.append(
                    f"{name}.{column.name}: {safe_count(wrong)} ids do not begin with a system's letter."
                )
    return found


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def stop_at(breaches: Sequence[str], where: str) -> None:
    """Raise the error that names every breach, without values of rows, if there is any."""
    if breaches:
        raise SourceError(
            "The refresh breaks its contract:\n- " + "\n- ".join(breaches),
            where=where,
            mend=f"Mend the source or its mapping; {DICTIONARY} states the contract.",
        )

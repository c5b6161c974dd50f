"""The contract of a refresh: checked a batch at a time by pandera, and across tables by SQL.

No message holds a value of a row: tables, columns and counts only, and a count of 1 to 9 as
"fewer than 10".
"""

from __future__ import annotations

from functools import cache

import duckdb
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from fjanalysis.errors import SourceError
from fjanalysis.refresh.declaration import EARLIEST_DAY, LATEST_DAY, TABLES, Column, Table

BATCH_ROWS = 250_000
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


def check_values(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return what breaks the contract within the rows of a table, one sentence each."""
    table = TABLES[name]
    listed = ", ".join(table.names)
    reader = connection.sql(f"SELECT {listed} FROM {name}").to_arrow_reader(BATCH_ROWS)  # noqa: S608
    found: dict[tuple[str, str], int] = {}
    for batch in reader:
        try:
            schema(name).validate(_frame(batch, table), lazy=True)
        except SchemaErrors as errors:
            cases = errors.failure_cases
            for (column, check), rows in cases.groupby(["column", "check"], dropna=False):
                key = (str(column), str(check))
                found[key] = found.get(key, 0) + len(rows)
    return [
        f"{name}.{column}: {_reason(check)} in {safe_count(count)} rows."
        for (column, check), count in sorted(found.items())
    ]


def _reason(check: str) -> str:
    if check == "not_nullable":
        return "no value"
    if check.startswith("dtype"):
        return "a wrong type"
    return check


def check_across(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return what breaks the contract between the rows and tables: types, keys and references."""
    table = TABLES[name]
    found = []
    types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {name}").fetchall()}
    for column in table.columns:
        if types.get(column.name) != column.sql_type:
            actual = types.get(column.name, "no such column")
            found.append(f"{name}.{column.name}: should be {column.sql_type}, is {actual}.")
    if found:
        return found
    key = ", ".join(table.key)
    grouped = f"SELECT count(*) FROM (SELECT 1 FROM {name} GROUP BY {{}} HAVING count(*) > 1)"  # noqa: S608
    # Numbers are grouped in half the time and memory of texts; only where two agree are the keys looked at.
    doubles = _number(connection, grouped.format(f"hash({key})"))
    if doubles:
        doubles = _number(connection, grouped.format(key))
    if doubles:
        found.append(f"{name}: {safe_count(doubles)} keys ({key}) stand more than once.")
    for column in table.columns:
        if column.kind == "id":
            wrong = _number(
                connection,
                f"SELECT count(*) FROM {name} WHERE NOT regexp_matches({column.name}, '^[A-Z].')",  # noqa: S608
            )
            if wrong:
                found.append(
                    f"{name}.{column.name}: {safe_count(wrong)} ids do not begin with a system's letter."
                )
        if column.refers_to:
            other, other_column = column.refers_to.split(".")
            lost = _number(
                connection,
                f"SELECT count(*) FROM {name} ANTI JOIN {other} "  # noqa: S608
                f"ON {name}.{column.name} = {other}.{other_column} "
                f"WHERE {name}.{column.name} IS NOT NULL",
            )
            if lost:
                found.append(
                    f"{name}.{column.name}: {safe_count(lost)} rows are not found in {column.refers_to}."
                )
    return found


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def check(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    """Check all research-ready tables of a connection.

    Raises
    ------
    SourceError
        A table breaks the contract; every breach is named, without values of rows.
    """
    known = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    found = [f"{name}: the table is missing." for name in TABLES if name not in known]
    if not found:
        for name in TABLES:
            across = check_across(connection, name)
            found += across or check_values(connection, name)
    if found:
        raise SourceError(
            "The refresh breaks its contract:\n- " + "\n- ".join(found),
            where=where,
            mend=f"Mend the source or its mapping; {DICTIONARY} states the contract.",
        )

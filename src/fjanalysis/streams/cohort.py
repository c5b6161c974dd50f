"""Cohorts in SQL: one statement of named steps, each of which can be looked at by its name.

A cohort is a readable `.sql` file: `WITH step AS (…), … SELECT …`. Every step is made once, in order,
as a table of its own in a private DuckDB, so that the flow table, worked examples and tracing
can ask for any of them. Parameters are written `$name`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

RESULT = "cohort"
MOST_MEMORY = 512  # megabytes
_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\$?\w+|[(),;]", re.DOTALL)
_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Step:
    """A named step of a cohort: its name, the comment that stands above it, and its query."""

    name: str
    comment: str
    query: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that the query uses, sorted."""
        return parameters_of(self.query)


def read_sql(package: str, name: str = "cohort.sql") -> str:
    """Return the text of the SQL file `name` that stands in the Python package `package`."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def parameters_of(sql: str) -> tuple[str, ...]:
    """Return the names of the parameters that a piece of SQL uses, sorted; comments do not count.

    >>> parameters_of("SELECT $gap + 1 -- not $this")
    ('gap',)
    """
    tokens = (match[0] for match in _TOKEN.finditer(sql))
    return tuple(sorted({token[1:] for token in tokens if _PARAMETER.fullmatch(token)}))


def steps(sql: str) -> list[Step]:
    """Return the steps of a cohort statement in order; its last SELECT is the step named `cohort`.

    Raises
    ------
    ValueError
        The statement is not of the form `WITH name AS (…), … SELECT …`.
    """
    tokens = [match for match in _TOKEN.finditer(sql) if not _is_comment(match[0])]
    found: list[Step] = []
    at = 0
    before = 0
    if tokens and tokens[0][0].upper() == "WITH":
        at, before = 1, tokens[0].end()
        while True:
            name = tokens[at]
            if tokens[at + 1][0].upper() != "AS" or tokens[at + 2][0] != "(":
                raise ValueError(f"The step '{name[0]}' is not written as: name AS ( … ).")
            end = _closing(tokens, at + 2)
            comment = _comment(sql[before : name.start()])
            found.append(
                Step(name[0], comment, sql[tokens[at + 2].end() : tokens[end].start()].strip())
            )
            at, before = end + 1, tokens[end].end()
            if tokens[at][0] != ",":
                break
            before = tokens[at].end()
            at += 1
    query = sql[tokens[at].start() :].strip().rstrip(";")
    found.append(Step(RESULT, _comment(sql[before : tokens[at].start()]), query))
    return found


def _is_comment(token: str) -> bool:
    return token.startswith(("--", "/*"))


def _closing(tokens: Sequence[re.Match[str]], opening: int) -> int:
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at][0], 0)
        if depth == 0:
            return at
    raise ValueError("A parenthesis is not closed.")


def _comment(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return " ".join(line.removeprefix("--").strip() for line in lines if line.startswith("--"))


class Cohort:
    """A private database over a refresh in which cohort statements are run step by step.

    Parameters
    ----------
    connection
        A DuckDB connection in which the refresh's tables can be read by name
        (`Refresh.connect`); a new, empty one where None. It is closed with the cohort.
    spill
        A folder, made when it is needed and removed with the cohort, for what does not fit into the
        memory that a cohort may use; without one, all is held in memory.
    megabytes
        The memory that a cohort with such a folder may use.
    tables
        Further tables by name: a Parquet file, or a pandas or Arrow table.

    Examples
    --------
    >>> people = pd.DataFrame({"person": ["b", "a"], "age": [3, 17]})
    >>> with Cohort(tables={"people": people}) as cohort:
    ...     _ = cohort.run("WITH young AS (SELECT * FROM people WHERE age < $age) "
    ...                    "SELECT person FROM young", {"age": 18, "not_used": 1})
    ...     cohort.count("young"), cohort.frame("cohort")["person"].tolist()
    (2, ['a', 'b'])
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection | None = None,
        tables: Mapping[str, Path | pd.DataFrame | Any] | None = None,
        spill: Path | None = None,
        megabytes: int = MOST_MEMORY,
    ) -> None:
        self._database = connection if connection is not None else duckdb.connect(":memory:")
        self._spill = spill
        if spill is not None:
            place = str(spill).replace("'", "''")
            self._database.execute(
                f"SET memory_limit = '{megabytes}MB'; SET temp_directory = '{place}'"
            )
        for name, table in (tables or {}).items():
            self.add(name, table)

    def __enter__(self) -> Cohort:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection itself, for shared steps that are made outside a statement."""
        return self._database

    def close(self) -> None:
        """Let go of the database and all its tables."""
        self._database.close()
        if self._spill is not None:
            shutil.rmtree(self._spill, ignore_errors=True)

    def add(self, name: str, table: Path | pd.DataFrame | Any) -> None:
        """Add a table under `name`: a Parquet file (read when it is asked for), or a frame."""
        if isinstance(table, Path):
            self._database.read_parquet(str(table)).create_view(name)
        elif isinstance(table, pd.DataFrame):
            self._database.from_df(table).create(name)
        else:
            self._database.from_arrow(table).create(name)

    def run(self, sql: str, values: Mapping[str, Any], result: str = RESULT) -> list[Step]:
        """Run a cohort statement: make each of its steps, in order, as a table of its own.

        Parameters
        ----------
        sql
            The statement.
        values
            Values by parameter name; each step is given exactly those that it names.
        result
            The name under which the result of the last SELECT is kept.

        Returns
        -------
        steps
            The steps that were made.
        """
        made = steps(sql)
        for step in made:
            name = result if step.name == RESULT else step.name
            given = {key: values[key] for key in step.parameters}
            self._database.execute(f"CREATE TABLE {name} AS {step.query}", given)
        return made

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return what a query over the tables at hand gives, with exactly the parameters it names."""
        given = {key: (values or {})[key] for key in parameters_of(sql)}
        frame: pd.DataFrame = self._database.execute(sql, given).df()
        return frame

    def frame(
        self, name: str, *, key: Sequence[str] = (), columns: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Return the table `name` as a frame, whose equal strings are one object.

        Parameters
        ----------
        name
            The table.
        key
            Columns that together are different in every row, to sort by; all columns from the first
            where there are none.
        columns
            The columns to return; all where there are none.
        """
        rows = self._database.table(name).order(", ".join(key) or "ALL")
        if columns:
            rows = rows.project(", ".join(columns))
        return as_frame(rows.to_arrow_table())

    def arrow(self, name: str, *, key: Sequence[str] = ()) -> Any:
        """Return the table `name` as an Arrow table, sorted by `key`, or all its columns from the first."""
        return self._database.table(name).order(", ".join(key) or "ALL").to_arrow_table()

    def count(self, name: str) -> int:
        """Return the number of rows of the table `name`."""
        return int(self._database.table(name).aggregate("count(*)").fetchall()[0][0])


def as_frame(table: Any) -> pd.DataFrame:
    """Return an Arrow table as a frame of the kinds that DuckDB gives, whose equal strings are one object.

    Whole numbers and truth values that are missing in places are pandas' own kinds, and dates are
    `datetime64[us]`.
    """
    own = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_date(column.type):
            columns[name] = column.cast(pa.timestamp("us")).to_pandas()
        elif pa.types.is_decimal(column.type):
            columns[name] = column.cast(pa.float64()).to_pandas()
        else:
            kinds = own.get if column.null_count else None
            columns[name] = column.to_pandas(types_mapper=kinds)
    return pd.DataFrame(columns)

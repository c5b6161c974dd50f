"""The SQL files of this package: named steps, of which a large one is done in parts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import duckdb

PART_ROWS = 10_000_000
_PARTS = " in parts of "
_CREATE = re.compile(r"CREATE TABLE (\S+) AS\b")


@dataclass(frozen=True)
class Step:
    """A named statement.

    Parameters
    ----------
    name
        What it makes.
    statement
        The SQL, with names in braces to be filled in.
    parted
        The table whose rows say in how many parts it is done, or empty: then it is done at once.
    """

    name: str
    statement: str
    parted: str = ""


@dataclass(frozen=True)
class Part:
    """One of several parts of a table, by the hash of a key: `{part:key}` in a statement stands for it."""

    number: int
    of: int

    def __format__(self, key: str) -> str:
        return f"hash({key}) % {self.of} = {self.number}" if self.of > 1 else "true"


def steps(name: str) -> Iterator[Step]:
    """Yield the steps of one of this package's SQL files, in order."""
    text = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for each in text.split("-- step: ")[1:]:
        head, statement = each.split("\n", 1)
        own, _, parted = head.strip().partition(_PARTS)
        yield Step(own, statement, parted)


def run(connection: duckdb.DuckDBPyConnection, name: str, **named: str) -> None:
    """Run the steps of a SQL file.

    A step in parts is one statement a part of its keys, the table made by the first and added to by the
    others, so that what it holds in memory does not grow with the source. How many parts there are changes
    nothing in the tables but the order of their rows.

    Parameters
    ----------
    connection
        Holds the tables.
    name
        The file, without its ending.
    named
        What stands for the names in braces.
    """
    for step in steps(name):
        for part in parts(connection, step.parted.format(**named)):
            run_part(connection, step.statement.format(**named, part=part), part)


def run_part(connection: duckdb.DuckDBPyConnection, statement: str, part: Part) -> None:
    """Run the statement of a part: the first makes the table, the others add to it."""
    if part.number:
        statement = _CREATE.sub(r"INSERT INTO \1", statement, count=1)
    connection.execute(statement).fetchall()


def parts(connection: duckdb.DuckDBPyConnection, *tables: str) -> Iterator[Part]:
    """Yield the parts in which something is done whose size is that of the largest of some tables."""
    rows = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]  # noqa: S608
        for table in tables
        if table
    ]
    count = max(1, math.ceil(max(rows, default=0) / PART_ROWS))
    for number in range(count):
        yield Part(number, count)

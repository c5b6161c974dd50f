"""Where source tables stand: a folder of Parquet or CSV files, and how each is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import duckdb

from fjanalysis.errors import SourceError, nearest
from fjanalysis.sources.databases import DatabaseSource, DuckdbSource
from fjanalysis.sources.tables import PhysicalTable


class Source(Protocol):
    """A place with source tables."""

    @property
    def where(self) -> str:
        """The place, without secrets, for messages."""

    def tables(self) -> list[PhysicalTable]:
        """Return the tables that stand there."""

    def columns(
        self, connection: duckdb.DuckDBPyConnection, table: PhysicalTable
    ) -> dict[str, str]:
        """Return a table's columns and their DuckDB types."""

    def relation(
        self, connection: duckdb.DuckDBPyConnection, table: PhysicalTable, columns: Iterable[str]
    ) -> str:
        """Return what stands after FROM to read these columns of a table."""

    def unreadable(self, table: PhysicalTable, error: Exception) -> SourceError:
        """Return our error for a table that cannot be read."""

    def finished(self) -> None:
        """Say that the refresh is written: what was set aside is not needed any more."""


class FolderSource:
    """A folder with one Parquet or CSV file a table, named like the physical table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not folder.is_dir():
            raise SourceError(
                "There is no source folder here.",
                where=str(folder),
                mend="Name the source with --source, or in fjanalysis.toml under [source].",
            )
        self._files = {
            path.name.rsplit(".", 1)[0]: path
            for path in sorted(folder.iterdir())
            if path.suffix.lower() in (".parquet", ".csv") and not path.name.startswith(".")
        }

    @property
    def where(self) -> str:
        """The folder."""
        return str(self._folder)

    def tables(self) -> list[PhysicalTable]:
        """Return one table a file."""
        return [PhysicalTable.of(name) for name in self._files]

    def columns(
        self, connection: duckdb.DuckDBPyConnection, table: PhysicalTable
    ) -> dict[str, str]:
        """Return a file's columns; those of a CSV file are all text."""
        relation = self.relation(connection, table, ())
        try:
            rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise self.unreadable(table, error) from error
        return {row[0]: row[1] for row in rows}

    def relation(
        self,
        connection: duckdb.DuckDBPyConnection,  # noqa: ARG002
        table: PhysicalTable,
        columns: Iterable[str],  # noqa: ARG002
    ) -> str:
        """Return the reader of the file; DuckDB reads only the columns that are used."""
        path = self._files[table.whole]
        quoted = str(path).replace("'", "''")
        if path.suffix.lower() == ".csv":
            return f"read_csv('{quoted}', all_varchar = true, header = true)"
        return f"read_parquet('{quoted}')"

    def unreadable(self, table: PhysicalTable, error: Exception) -> SourceError:
        """Return the error that names the file."""
        return unreadable(self._files[table.whole], error)

    def finished(self) -> None:
        """Do nothing: nothing was set aside."""


def unreadable(path: Path, error: Exception) -> SourceError:
    """Return the error for a file that cannot be read, without any of its contents."""
    text = str(error).lower()
    if "utf-8" in text or "unicode" in text or "encoding" in text:
        what, mend = "The file is not UTF-8 text.", "Save it as UTF-8."
    elif path.suffix.lower() == ".parquet":
        what = "The file is no whole Parquet file: it is cut short, or something else."
        mend = "Copy it again from where it came."
    else:
        what, mend = (
            "The file cannot be read as CSV.",
            "Write it as UTF-8 CSV with one header line.",
        )
    return SourceError(what, where=str(path), mend=mend)


@contextlib.contextmanager
def unreadable_relation(source: Source, table: PhysicalTable) -> Iterator[None]:
    """Turn DuckDB's errors of reading a table into ours, which hold nothing of the table's rows."""
    try:
        yield
    except duckdb.Error as error:
        raise source.unreadable(table, error) from error


def open_source(location: str, folder: Path, aside: Path) -> Source:
    """Return the source at a location.

    Parameters
    ----------
    location
        A folder, a DuckDB file (relative ones are looked for from `folder`), or the address of a
        database as SQLAlchemy writes it (`db2+ibm_db://…`, `postgresql+psycopg://…`).
    folder
        From which relative places are looked for.
    aside
        Where tables of a database are set aside while they are read.

    Raises
    ------
    SourceError
        There is nothing to read.
    MachineError
        The driver of the database is not installed.
    """
    if "://" in location:
        return DatabaseSource(location, aside)
    path = folder / location
    return DuckdbSource(path) if path.is_file() else FolderSource(path)


def chosen_table(
    source: Source, physical: str, refresh: str, tables: list[PhysicalTable]
) -> PhysicalTable | None:
    """Return the newest table of that name whose date is not after the refresh, or None.

    A table without a date counts as older than any with one.
    """
    same = [table for table in tables if table.name == physical.upper()]
    fitting = [table for table in same if table.date <= refresh]
    if same and not fitting:
        raise SourceError(
            f"All tables {physical} are newer than the refresh of {refresh}.",
            where=source.where,
            mend="Give a later --refresh, or the tables of that date.",
        )
    newest = max((table.date for table in fitting), default="")
    last = [table for table in fitting if table.date == newest]
    if len(last) > 1:
        raise SourceError(
            f"The table {physical} stands more than once: {', '.join(t.whole for t in last)}.",
            where=source.where,
            mend="Name the schema in the address, or take one away.",
        )
    return last[0] if last else None


def missing_table(source: Source, physical: str, tables: list[PhysicalTable]) -> SourceError:
    """Return the error for a table that is not there, with the nearest names."""
    hint = nearest(physical, sorted({table.name for table in tables}))
    return SourceError(
        f"The source has no table {physical}.{hint}",
        where=source.where,
        mend="Mend the source, or the table's name in a mapping of your own.",
    )

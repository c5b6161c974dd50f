"""Source tables in a database: a DuckDB file, or whatever SQLAlchemy reaches (Db2, PostgreSQL …)."""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from fjanalysis import folders
from fjanalysis.errors import MachineError, SourceError
from fjanalysis.sources.tables import PhysicalTable

PASSWORD = "FJANALYSIS_SOURCE_PASSWORD"  # noqa: S105
BATCH_ROWS = 50_000
SET_ASIDE = "manifest.json"
_ARROW: Mapping[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    dt.datetime: pa.timestamp("us"),
    dt.date: pa.date32(),
    float: pa.float64(),
}
_DUCKDB: Mapping[pa.DataType, str] = {
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.timestamp("us"): "TIMESTAMP",
    pa.date32(): "DATE",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
}
_SYSTEM_SCHEMAS = ("information_schema", "pg_catalog", "sys", "sysibm", "syscat", "sysstat")


class DuckdbSource:
    """A DuckDB file, opened for reading only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                rows = connection.execute(
                    "SELECT schema_name || '.' || name FROM ("
                    "SELECT schema_name, table_name AS name FROM duckdb_tables() UNION ALL "
                    "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal) ORDER BY 1"
                ).fetchall()
        except duckdb.Error as error:
            raise SourceError(
                "The file is no DuckDB database that can be read.",
                where=str(path),
                mend="Copy it again, or close the program that holds it open.",
            ) from error
        self._tables = [PhysicalTable.of(row[0]) for row in rows]

    @property
    def where(self) -> str:
        """The file."""
        return str(self._path)

    def tables(self) -> list[PhysicalTable]:
        """Return the file's tables and views."""
        return self._tables

    def columns(
        self, connection: duckdb.DuckDBPyConnection, table: PhysicalTable
    ) -> dict[str, str]:
        """Return a table's columns and types."""
        relation = self.relation(connection, table, ())
        rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608
        return {row[0]: row[1] for row in rows}

    def relation(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: PhysicalTable,
        columns: Iterable[str],  # noqa: ARG002
    ) -> str:
        """Return the table in the attached file."""
        quoted = str(self._path).replace("'", "''")
        connection.execute(f"ATTACH IF NOT EXISTS '{quoted}' AS source_file (READ_ONLY)").fetchall()
        schema, name = table.whole.split(".", 1)
        return f'source_file."{schema}"."{name}"'

    def unreadable(self, table: PhysicalTable, error: Exception) -> SourceError:  # noqa: ARG002
        """Return the error that names the table."""
        return SourceError(
            f"The table {table.whole} cannot be read.", where=self.where, mend="Mend the file."
        )

    def finished(self) -> None:
        """Do nothing: nothing was set aside."""


def statement(
    table: PhysicalTable, columns: Mapping[str, sa.types.TypeEngine[Any]]
) -> sa.Select[Any]:
    """Return the SELECT of some columns, given with their types, for any dialect."""
    schema, _, name = table.whole.rpartition(".")
    listed: list[sa.ColumnClause[Any]] = [sa.column(each, kind) for each, kind in columns.items()]
    return sa.select(*listed).select_from(sa.table(name, *listed, schema=schema or None))


class DatabaseSource:
    """A database behind SQLAlchemy; tables are read once, in batches, into a folder set aside.

    A table that was read whole before the connection dropped is not read again, if it carries a date
    and the address is the same.

    Parameters
    ----------
    address
        A SQLAlchemy URL without password; that comes from the environment. `schemas=A,B` in its query
        limits the schemas that are looked into.
    aside
        The folder for what is read, kept until the refresh is written.
    """

    def __init__(self, address: str, aside: Path) -> None:
        self._aside = aside
        try:
            url = make_url(address)
            wanted = url.query.get("schemas", "")
            self._schemas = [each for each in str(wanted).split(",") if each]
            url = url.difference_update_query(["schemas"])
            self._where = _public(url)
            plain = url.set(password=None).render_as_string()
            self._identity = hashlib.sha256(f"{plain} {self._schemas}".encode()).hexdigest()
            if os.environ.get(PASSWORD) and url.password is None and url.username:
                url = url.set(password=os.environ[PASSWORD])
            self._engine = sa.create_engine(url)
            self._inspector = sa.inspect(self._engine)
            self._tables = list(self._listed())
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise MachineError(
                f"The database's driver is missing or its address is wrong: {type(error).__name__}.",
                where=address.split("://", maxsplit=1)[0] + "://…",
                mend="Install the driver (for Db2: uv sync --extra analysis --extra db2), or mend the address.",
            ) from error
        except SQLAlchemyError as error:
            raise SourceError(
                f"The database cannot be reached: {type(error).__name__}.",
                where=self._where,
                mend=f"Check address and user; the password comes from {PASSWORD}.",
            ) from error

    @property
    def where(self) -> str:
        """The address, without secrets."""
        return self._where

    def _listed(self) -> Iterable[PhysicalTable]:
        schemas = self._schemas or [
            each
            for each in self._inspector.get_schema_names()
            if not each.strip().lower().startswith(_SYSTEM_SCHEMAS)
        ]
        for schema in sorted(schemas):
            names = self._inspector.get_table_names(schema) + self._inspector.get_view_names(schema)
            for name in sorted(set(names)):
                yield PhysicalTable.of(f"{schema}.{name}")

    def tables(self) -> list[PhysicalTable]:
        """Return the tables and views of the schemas."""
        return self._tables

    def _types(self, table: PhysicalTable) -> dict[str, sa.types.TypeEngine[Any]]:
        schema, _, name = table.whole.rpartition(".")
        return {each["name"]: each["type"] for each in self._inspector.get_columns(name, schema)}

    def columns(
        self,
        connection: duckdb.DuckDBPyConnection,  # noqa: ARG002
        table: PhysicalTable,
    ) -> dict[str, str]:
        """Return a table's columns and the DuckDB types that they are read as."""
        try:
            return {name: _DUCKDB[_arrow(kind)] for name, kind in self._types(table).items()}
        except SQLAlchemyError as error:
            raise self.unreadable(table, error) from error

    def relation(
        self,
        connection: duckdb.DuckDBPyConnection,  # noqa: ARG002
        table: PhysicalTable,
        columns: Iterable[str],
    ) -> str:
        """Return the reader of the table's columns, read from the database where not done before."""
        wanted = sorted(set(columns))
        path = self._aside / f"{table.whole}.parquet"
        done = self._done()
        if done.get(table.whole) != wanted or not table.date or not path.is_file():
            self._read(table, wanted, path)
            tables = done | {table.whole: wanted}
            manifest = {"source": self._identity, "tables": tables}
            try:
                folders.write_text(self._aside / SET_ASIDE, json.dumps(manifest, indent=2) + "\n")
            except OSError as error:
                raise folders.cannot_write(self._aside, error) from error
        quoted = str(path).replace("'", "''")
        return f"read_parquet('{quoted}')"

    def _done(self) -> dict[str, list[str]]:
        """Return the columns of each table that was read whole from this very source."""
        try:
            manifest = json.loads((self._aside / SET_ASIDE).read_text(encoding="utf-8"))
            same = manifest["source"] == self._identity
            return {name: list(columns) for name, columns in manifest["tables"].items() if same}
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return {}

    def _read(self, table: PhysicalTable, columns: list[str], path: Path) -> None:
        known = self._types(table)
        types = {name: known[name] for name in columns}
        schema = pa.schema([(name, _arrow(kind)) for name, kind in types.items()])
        half = path.with_suffix(".half")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with (
                self._engine.connect().execution_options(
                    stream_results=True, yield_per=BATCH_ROWS
                ) as connection,
                pq.ParquetWriter(half, schema) as writer,
            ):
                for rows in connection.execute(statement(table, types)).partitions():
                    arrays = [
                        pa.array([_plain(row[i], field.type) for row in rows], field.type)
                        for i, field in enumerate(schema)
                    ]
                    writer.write_batch(pa.record_batch(arrays, schema=schema))
            half.replace(path)
        except SQLAlchemyError as error:
            raise self.unreadable(table, error) from error
        except OSError as error:
            raise folders.cannot_write(path, error) from error
        finally:
            half.unlink(missing_ok=True)

    def unreadable(self, table: PhysicalTable, error: Exception) -> SourceError:
        """Return the error that names the table, without the database's own message."""
        return SourceError(
            f"The database stopped while the table {table.whole} was read: {type(error).__name__}.",
            where=self.where,
            mend="Run the same command again: dated tables that were read whole are not read twice.",
        )

    def finished(self) -> None:
        """Remove what was set aside: the refresh is written."""
        shutil.rmtree(self._aside, ignore_errors=True)


def _arrow(kind: sa.types.TypeEngine[Any]) -> pa.DataType:
    """Return the Arrow type that a database's type is read as; what is not known is text."""
    try:
        return _ARROW.get(kind.python_type, pa.string())
    except NotImplementedError:
        return pa.string()


def _public(url: URL) -> str:
    return url.set(query={}).render_as_string(hide_password=True)


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None or kind != pa.string() or isinstance(value, str):
        return value
    if isinstance(value, decimal.Decimal) and value == value.to_integral_value():
        return str(int(value))
    return str(value)

"""Read the tables that a mapping names, check their columns and types, and make its records."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import duckdb

from fjanalysis.errors import SourceError, nearest
from fjanalysis.refresh.contract import safe_count
from fjanalysis.refresh.model import is_storage
from fjanalysis.sources.connections import (
    Source,
    chosen_table,
    missing_table,
    unreadable_relation,
)
from fjanalysis.sources.mapping import NOT_AN_ORDER, RECORDS, Mapping, SourceColumn, SourceTable
from fjanalysis.sources.tables import PhysicalTable

TYPES = {
    "key": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "integer": "INTEGER",
    "flag": "BOOLEAN",
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_FITS = {
    "date": ("DATE", "TIMESTAMP"),
    "integer": _WHOLE,
    "flag": ("BOOLEAN",),
}
_VOCABULARIES = (
    "law_type",
    "sex",
    "application_type",
    "order_type",
    "ethnicity",
    "relationship",
    "role",
)
_MAY_BE_EMPTY = ("ethnicities", "deprivation", "relationships")


@dataclass
class Read:
    """What was read by one mapping: physical tables with their rows and a hash of their columns.

    `physical` gives the physical table by the mapping's name for it.
    """

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    physical: dict[str, PhysicalTable] = field(default_factory=dict)


def read(
    connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, refresh: str
) -> Read:
    """Make the views `SYSTEM_source.table` of the source tables and `SYSTEM.raw_record` of the records.

    Keys are BIGINT where every key of the system is written as a whole number and the mapping's SELECTs
    can do with that, else VARCHAR: numbers are joined and grouped in less time and memory than texts.

    Raises
    ------
    SourceError
        A table or column is missing, empty, of a wrong type or holds unknown codes.
    """
    done = Read()
    system = mapping.system.name
    connection.execute(f"CREATE SCHEMA {system}; CREATE SCHEMA {system}_source")
    known = source.tables()
    found: dict[str, _Found] = {}
    for alias, table in mapping.tables.items():
        physical = _physical(source, table, refresh, known)
        if physical is not None:
            found[alias] = _checked(connection, source, table, physical)
            done.tables[physical.whole] = found[alias].said
            done.dates.append(physical.date)
            done.physical[alias] = physical
    whole = all(each.whole_keys for each in found.values())
    _views(connection, mapping, found, "BIGINT" if whole else "VARCHAR")
    if whole and not _bind(connection, mapping):
        _views(connection, mapping, found, "VARCHAR")
    for record in RECORDS:
        _record(connection, source, mapping, record, done)
    return done


def forget(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Drop the raw records of a system, so that the next one has their memory."""
    for record in RECORDS:
        connection.execute(f"DROP TABLE {mapping.system.name}.raw_{record}")


@dataclass(frozen=True)
class _Found:
    """A physical table that was found in order.

    Parameters
    ----------
    relation
        What stands after FROM to read it.
    columns
        By our name for it, the physical column and its type.
    said
        What the manifest says of it.
    whole_keys
        Whether all keys in it are written as whole numbers.
    """

    relation: str
    columns: dict[str, tuple[str, str]]
    said: dict[str, Any]
    whole_keys: bool


def _physical(
    source: Source, table: SourceTable, refresh: str, known: list[PhysicalTable]
) -> PhysicalTable | None:
    """Return the physical table to read; None where an optional one is not there."""
    for name in (table.physical, *table.other_names):
        physical = chosen_table(source, name, refresh, known)
        if physical is not None:
            return physical
    if table.optional:
        return None
    raise missing_table(source, table.physical, known)


def _checked(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    table: SourceTable,
    physical: PhysicalTable,
) -> _Found:
    """Find a table's columns, and check in one pass that it has rows of the right types."""
    columns = source.columns(connection, physical)
    by_upper = {name.upper(): name for name in columns}
    used: dict[str, tuple[str, str]] = {}
    for name, column in table.columns.items():
        actual = next(
            (by_upper[each.upper()] for each in column.names if each.upper() in by_upper), None
        )
        if actual is not None:
            used[name] = (actual, columns[actual])
        elif not column.optional:
            raise _missing_column(source, physical, column, columns)
    relation = source.relation(connection, physical, [actual for actual, _ in used.values()])
    checks, doubtful, keys = ["count(*)"], [], []
    for name, (actual, kind) in used.items():
        column = table.columns[name]
        expression, exact = _cast(f'"{actual}"', column, kind)
        if column.type == "key" and not kind.startswith((*_WHOLE, "FLOAT", "DOUBLE")):
            keys.append(
                f"bool_and(TRY_CAST({expression} AS BIGINT)::VARCHAR IS NOT DISTINCT FROM {expression})"
            )
        elif not exact:
            checks.append(f'count("{actual}") - count({expression})')
            doubtful.append(name)
    with unreadable_relation(source, physical):
        row = connection.execute(
            f"SELECT {', '.join(checks + keys)} FROM {relation}"  # noqa: S608
        ).fetchall()[0]
    if not row[0] and not table.optional:
        raise SourceError(
            f"The table {physical.whole} is empty.", where=source.where, mend="Mend the source."
        )
    for lost, name in zip(row[1 : len(checks)], doubtful, strict=True):
        if lost:
            raise SourceError(
                f"The column {used[name][0]} is no {table.columns[name].type} in {safe_count(lost)} rows.",
                where=f"{source.where}: {physical.whole}",
                mend=f"Mend the source, or the column '{name}' in a mapping of your own.",
            )
    listed = ",".join(f"{name}:{columns[name]}" for name in sorted(columns))
    said = {
        "rows": int(row[0]),
        "columns_sha256": hashlib.sha256(listed.encode()).hexdigest(),
    }
    return _Found(relation, used, said, all(each is not False for each in row[len(checks) :]))


def _views(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    found: dict[str, _Found],
    key_type: str,
) -> None:
    for alias, table in mapping.tables.items():
        _view(
            connection, f"{mapping.system.name}_source.{alias}", table, found.get(alias), key_type
        )


def _bind(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> bool:
    """Say whether the mapping's SELECTs fit the types of the views; one may need keys of text."""
    connection.execute(f"SET search_path = '{mapping.system.name}_source,main'")
    try:
        for record in RECORDS:
            connection.execute(f"DESCRIBE {mapping.records[record]}").fetchall()
    except duckdb.Error:
        return False
    finally:
        connection.execute("SET search_path = 'main'")
    return True


def _view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    table: SourceTable,
    found: _Found | None,
    key_type: str,
) -> None:
    """Make the view of a table under our names and types; of one that is not there, an empty view."""
    selected = []
    for name, column in table.columns.items():
        kind = key_type if column.type == "key" else TYPES[column.type]
        if found is None or name not in found.columns:
            selected.append(f"NULL::{kind} AS {name}")
            continue
        actual, actual_type = found.columns[name]
        expression, _ = _cast(f'"{actual}"', column, actual_type, key_type)
        selected.append(f"{expression} AS {name}")
    origin = f"FROM {found.relation}" if found else "WHERE false"
    connection.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT {', '.join(selected)} {origin}")


def _cast(
    quoted: str, column: SourceColumn, actual: str, key_type: str = "VARCHAR"
) -> tuple[str, bool]:
    """Return the expression that gives our type, and whether it can lose no value."""
    if column.type == "key" and actual.startswith(("FLOAT", "DOUBLE")):
        # Whole numbers that were written with a point because some were missing.
        quoted = f"CAST({quoted} AS BIGINT)"
    if column.type in ("key", "text"):
        kind = key_type if column.type == "key" else "VARCHAR"
        if "CHAR" in actual:
            text = f"nullif(trim({quoted}), '')"
            return (text if kind == "VARCHAR" else f"CAST({text} AS {kind})"), True
        return f"CAST({quoted} AS {kind})", True
    plain = f"nullif(trim({quoted}), '')" if "CHAR" in actual else quoted
    exact = actual.startswith(_FITS[column.type])
    if column.type == "flag" and "CHAR" in actual:
        lowered = f"lower({plain})"
        return (
            f"CASE WHEN {lowered} IN ('true', 'yes', 'y', '1') THEN true "
            f"WHEN {lowered} IN ('false', 'no', 'n', '0') THEN false END",
            False,
        )
    return f"TRY_CAST({plain} AS {TYPES[column.type]})", exact


def _missing_column(
    source: Source, physical: PhysicalTable, column: SourceColumn, columns: dict[str, str]
) -> SourceError:
    hint = nearest(column.names[0], columns)
    assumed = " The public sources do not give this name: it was assumed." if column.assumed else ""
    return SourceError(
        f"The table {physical.whole} has no column {' or '.join(column.names)}.{hint}{assumed}",
        where=source.where,
        mend="Mend the source, or name the column in a mapping of your own (docs/mappings.md).",
    )


def _record(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    record: str,
    done: Read,
) -> None:
    """Make the table `SYSTEM.raw_RECORD` with the mapping's SELECT and our codes."""
    system = mapping.system.name
    connection.execute(f"SET search_path = '{system}_source,main'")
    try:
        statement = mapping.records[record]
        shown = connection.execute(f"DESCRIBE {statement}").fetchall()
        names = tuple(row[0] for row in shown)
        missing = [name for name in RECORDS[record] if name not in names]
        if missing:
            raise SourceError(
                f"The mapping's SELECT for {record} gives no {', '.join(missing)}.",
                where=mapping.system.title,
                mend="Its columns are " + ", ".join(RECORDS[record]) + ".",
            )
        coded = [
            name for name in RECORDS[record] if name in _VOCABULARIES and name in mapping.codes
        ]
        joins, selected = [], []
        for name in RECORDS[record]:
            if name in coded:
                codes = f"codes_{name}"
                _codes(connection, mapping, name)
                joins.append(
                    f"LEFT JOIN {system}.{codes} AS {codes} ON lower(trim(r.{name})) = {codes}.code"
                )
                selected.append(f"{codes}.level AS {name}, r.{name} AS {name}_given")
            elif name == "link_key":
                # The systems may hold the linkage field as different types.
                selected.append(f"CAST(r.{name} AS VARCHAR) AS {name}")
            else:
                selected.append(f"r.{name}")
        connection.execute(
            f"CREATE TABLE {system}.raw_{record} AS SELECT {', '.join(selected)} "  # noqa: S608
            f"FROM ({statement}) AS r {' '.join(joins)}"
        )
        for name in coded:
            _check_codes(connection, mapping, record, name)
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        raise SourceError(
            f"The mapping's SELECT for {record} does not run: {str(error).splitlines()[0]}",
            where=mapping.system.title,
            mend="Mend the mapping.",
        ) from error
    except duckdb.ConversionException as error:
        # The message would hold a value of a row.
        raise SourceError(
            f"The mapping's SELECT for {record} meets a value that it cannot convert.",
            where=f"{source.where}: {mapping.system.title}",
            mend="Use TRY_CAST in the SELECT, or give the column its type under [tables].",
        ) from error
    except duckdb.Error as error:
        if is_storage(error):
            raise
        raise _broken(connection, source, mapping, done) from error
    finally:
        connection.execute("SET search_path = 'main'")


def _broken(
    connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, done: Read
) -> SourceError:
    """Return the error that names the table which cannot be read to its end."""
    system = mapping.system.name
    for alias, physical in done.physical.items():
        try:
            connection.execute(
                f"SELECT bit_xor(hash(COLUMNS(*))) FROM {system}_source.{alias}"  # noqa: S608
            ).fetchall()
        except duckdb.Error as error:
            return source.unreadable(physical, error)
    return SourceError(
        f"A table of {mapping.system.title} cannot be read to its end.",
        where=source.where,
        mend="Copy the tables again from where they came.",
    )


def _codes(connection: duckdb.DuckDBPyConnection, mapping: Mapping, name: str) -> None:
    system = mapping.system.name
    rows = [(code.strip().lower(), level) for code, level in mapping.codes[name].items()]
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {system}.codes_{name} (code VARCHAR, level VARCHAR)"
    )
    connection.execute(f"DELETE FROM {system}.codes_{name}")  # noqa: S608
    connection.executemany(f"INSERT INTO {system}.codes_{name} VALUES (?, ?)", sorted(set(rows)))  # noqa: S608


def _check_codes(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, record: str, name: str
) -> None:
    system = mapping.system.name
    rows = connection.execute(
        f"SELECT {name}_given, count(*) FROM {system}.raw_{record} "  # noqa: S608
        f"WHERE {name} IS NULL AND {name}_given IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if not rows:
        return
    listed = "\n".join(f"- '{code}' in {safe_count(count)} rows" for code, count in rows[:40])
    more = f"\n- and {len(rows) - 40} more" if len(rows) > 40 else ""
    extra = f' ("{NOT_AN_ORDER}" leaves an output out)' if name == "order_type" else ""
    raise SourceError(
        f"The source has codes of {name.replace('_', ' ')} that the mapping does not know:\n{listed}{more}",
        where=mapping.system.title,
        mend=f"Add them under [codes.{name}] in a mapping of your own{extra}.",
    )

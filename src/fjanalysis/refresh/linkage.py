"""Bring the harmonised systems together: one table of each kind, and one row a person."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from fjanalysis.refresh.declaration import TABLES, Column
from fjanalysis.refresh.steps import run
from fjanalysis.sources.mapping import Mapping, System


def link(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> None:
    """Find the persons of a frozen system who are in another system of its nation: the table `links`."""
    connection.execute("CREATE TABLE links (old_system VARCHAR, old_id VARCHAR, new_id VARCHAR)")
    for older in (mapping.system for mapping in mappings if mapping.system.frozen):
        for newer in (mapping.system for mapping in mappings if not mapping.system.frozen):
            if newer.nation == older.nation:
                run(
                    connection,
                    "linkage",
                    s=older.name,
                    t=newer.name,
                    l=older.letter,
                    k=newer.letter,
                    nation=older.nation,
                )


def unite(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> None:
    """Make the declared tables of all systems: ids of text, and those of linked persons replaced."""
    systems = [mapping.system for mapping in mappings]
    frozen = [system for system in systems if system.frozen]
    for system in frozen:
        connection.execute(
            f"CREATE TABLE {system.name}.moved AS SELECT person_key, new_id FROM {system.name}.persons "  # noqa: S608
            f"JOIN links ON old_system = '{system.name}' AND old_id = '{system.letter}' || person_key"
        ).fetchall()
    for name in ("cases", "applications", "hearings", "roles", "orders"):
        parts = " UNION ALL ".join(_declared(system, name) for system in systems)
        connection.execute(f"CREATE VIEW {name} AS {parts}")
    staying = [system for system in systems if not system.frozen]
    _relationships(connection, staying, frozen)
    _persons(connection, staying, frozen)


def _declared(system: System, name: str) -> str:
    """Return the SELECT of a system's rows of a declared table."""
    columns = TABLES[name].columns
    persons = [column.name for column in columns if _refers_to_person(column) and system.frozen]
    joins = "".join(
        f" LEFT JOIN {system.name}.moved AS new_{column} ON t.{_key(column)} = new_{column}.person_key"
        for column in persons
    )
    selected = ", ".join(f"{_expression(system, column)} AS {column.name}" for column in columns)
    return f"SELECT {selected} FROM {system.name}.{name} AS t{joins}"  # noqa: S608


def _refers_to_person(column: Column) -> bool:
    return column.refers_to == "persons.person_id"


def _key(column: str) -> str:
    return column.removesuffix("_id") + "_key"


def _expression(system: System, column: Column) -> str:
    if column.name in ("nation", "system"):
        return f"'{system.nation if column.name == 'nation' else system.name}'"
    if column.kind != "id":
        return f"t.{column.name}"
    own = f"'{system.letter}' || t.{_key(column.name)}"
    if column.name == "order_id":
        # An order of a case stands once for each of its subjects.
        return (
            f"CASE WHEN case_level THEN {own} || '-{system.letter}' || t.person_key ELSE {own} END"
        )
    if _refers_to_person(column) and system.frozen:
        return f"coalesce(new_{column.name}.new_id, {own})"
    return own


def _relationships(
    connection: duckdb.DuckDBPyConnection, staying: Sequence[System], frozen: Sequence[System]
) -> None:
    """Make the relationships; what two systems know of two linked persons stands once, as the newer's."""
    parts = [_declared(system, "relationships") for system in staying]
    for system in frozen:
        own = f"SELECT * FROM ({_declared(system, 'relationships')})"  # noqa: S608
        if parts:
            own += (
                f" ANTI JOIN (FROM ({' UNION ALL '.join(parts)}) SEMI JOIN links ON person_id = new_id) "
                f"USING ({', '.join(TABLES['relationships'].key)})"
            )
        table = f"{system.name}.further_relationships"
        connection.execute(f"CREATE TABLE {table} AS {own}").fetchall()
        parts.append(f"SELECT * FROM {table}")  # noqa: S608
    connection.execute(f"CREATE VIEW relationships AS {' UNION ALL '.join(parts)}")


# What the system that stays does not know, the older one may; two known ethnicities that differ are unknown.
_TOGETHER = """
SELECT
  n.* REPLACE (
    CASE n.sex WHEN 'unknown' THEN coalesce(o.sex, 'unknown') ELSE n.sex END AS sex,
    coalesce(n.birth_week, o.birth_week) AS birth_week,
    CASE WHEN n.birth_week IS NULL THEN coalesce(o.birth_week_mended, false)
      ELSE n.birth_week_mended END AS birth_week_mended,
    CASE WHEN n.ethnicity = 'unknown' THEN coalesce(o.ethnicity, 'unknown')
      WHEN coalesce(o.ethnicity, 'unknown') IN ('unknown', n.ethnicity) THEN n.ethnicity
      ELSE 'unknown' END AS ethnicity,
    coalesce(n.deprivation_quintile, o.deprivation_quintile) AS deprivation_quintile
  )
FROM ({newer}) AS n
LEFT JOIN (FROM {older}.persons JOIN {older}.moved USING (person_key)) AS o ON n.person_id = o.new_id
"""


def _persons(
    connection: duckdb.DuckDBPyConnection, staying: Sequence[System], frozen: Sequence[System]
) -> None:
    """Make the persons: one row for those who are linked, and those of a frozen system who are not."""
    parts = [_declared(system, "persons") for system in staying]
    for system in frozen:
        if parts:
            parts = [_TOGETHER.format(newer=" UNION ALL ".join(parts), older=system.name)]
        parts.append(
            f"SELECT * FROM ({_declared(system, 'persons')}) ANTI JOIN links ON person_id = old_id"  # noqa: S608
        )
    connection.execute(f"CREATE TABLE persons AS {' UNION ALL '.join(parts)}").fetchall()

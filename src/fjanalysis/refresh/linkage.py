"""Bring the harmonised systems together: one table of each kind, and one row a person."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from fjanalysis.refresh.declaration import TABLES, Column
from fjanalysis.refresh.steps import parts, run, run_part
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
    known = [_declared(system, "relationships") for system in staying]
    for system in frozen:
        table = f"{system.name}.further_relationships"
        for part in parts(connection, *(f"{each.name}.relationships" for each in staying)):
            mine = f"{part:person_id}"
            own = f"SELECT * FROM (FROM ({_declared(system, 'relationships')}) WHERE {mine})"  # noqa: S608
            if known:
                own += (
                    f" ANTI JOIN (FROM (FROM ({' UNION ALL '.join(known)}) WHERE {mine}) "
                    f"SEMI JOIN (FROM links WHERE {part:new_id}) AS linked ON person_id = new_id) "
                    f"USING ({', '.join(TABLES['relationships'].key)})"
                )
            run_part(connection, f"CREATE TABLE {table} AS {own}", part)
        known.append(f"SELECT * FROM {table}")  # noqa: S608
    connection.execute(f"CREATE VIEW relationships AS {' UNION ALL '.join(known)}")


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
FROM (FROM ({newer}) WHERE {part:person_id}) AS n
LEFT JOIN (
  FROM {older}.persons JOIN (FROM {older}.moved WHERE {part:new_id}) AS moved USING (person_key)
) AS o ON n.person_id = o.new_id
"""


def _persons(
    connection: duckdb.DuckDBPyConnection, staying: Sequence[System], frozen: Sequence[System]
) -> None:
    """Make the persons: one row for those who are linked, and those of a frozen system who are not."""
    every = [f"{system.name}.persons" for system in (*staying, *frozen)]
    for part in parts(connection, *every):
        found = [_declared(system, "persons") for system in staying]
        for system in frozen:
            if found:
                newer = " UNION ALL ".join(found)
                found = [_TOGETHER.format(newer=newer, older=system.name, part=part)]
            found.append(
                f"SELECT * FROM (FROM ({_declared(system, 'persons')}) WHERE {part:person_id}) "  # noqa: S608
                f"ANTI JOIN (FROM links WHERE {part:old_id}) AS joined ON person_id = old_id"
            )
        if not frozen:
            found = [f"SELECT * FROM ({each}) WHERE {part:person_id}" for each in found]  # noqa: S608
        run_part(connection, f"CREATE TABLE persons AS {' UNION ALL '.join(found)}", part)

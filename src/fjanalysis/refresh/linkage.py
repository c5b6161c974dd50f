"""Bring the harmonised systems together: one table of each kind, and one row a person."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from fjanalysis.refresh.declaration import TABLES, Column
from fjanalysis.refresh.steps import run
from fjanalysis.sources.mapping import Mapping, System


def link(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> None:
    """Find the persons of a frozen system who are in another system of its nation: tables `OLDER.joined_NEWER`."""
    for older, newer in _linkable(mappings):
        named = {"s": older.name, "t": newer.name, "nation": older.nation}
        same = _key_type(connection, older) == _key_type(connection, newer)
        run(connection, "linkage", **named, text="" if same else "::VARCHAR")


def _key_type(connection: duckdb.DuckDBPyConnection, system: System) -> str:
    """Return the type of a system's keys: numbers, or texts."""
    found = connection.execute(f"DESCRIBE {system.name}.persons").fetchall()
    return next(str(row[1]) for row in found if row[0] == "person_key")


def _linkable(mappings: Sequence[Mapping]) -> list[tuple[System, System]]:
    """Return the frozen systems, each with every system of its nation that stays."""
    systems = [mapping.system for mapping in mappings]
    return [
        (older, newer)
        for older in systems
        for newer in systems
        if older.frozen and not newer.frozen and newer.nation == older.nation
    ]


def unite(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> None:
    """Make the declared tables of all systems: ids of text, and those of linked persons replaced.

    Only what concerns linked persons is compared between systems, so that all else is read once and held nowhere.
    """
    systems = [mapping.system for mapping in mappings]
    frozen = [system for system in systems if system.frozen]
    staying = [system for system in systems if not system.frozen]
    pairs = _linkable(mappings)
    for system in frozen:
        moved = [f"SELECT person_key, '' AS new_id FROM {system.name}.persons WHERE false"]  # noqa: S608
        for older, newer in pairs:
            if older is system:
                joined = f"{system.name}.joined_{newer.name}"
                moved.append(f"SELECT old_key, '{newer.letter}' || new_key FROM {joined}")  # noqa: S608
        _table(connection, f"{system.name}.moved", moved)
    for system in staying:
        linked = [f"SELECT person_key FROM {system.name}.persons WHERE false"]  # noqa: S608
        linked += [
            f"SELECT new_key FROM {older.name}.joined_{system.name}"  # noqa: S608
            for older, newer in pairs
            if newer is system
        ]
        _table(connection, f"{system.name}.linked", linked)
    for name in ("cases", "applications", "hearings", "roles", "orders"):
        every = " UNION ALL ".join(_declared(system, name) for system in systems)
        connection.execute(f"CREATE VIEW {name} AS {every}")
    _relationships(connection, staying, frozen)
    _persons(connection, staying, frozen)


def _table(connection: duckdb.DuckDBPyConnection, name: str, selects: Sequence[str]) -> None:
    """Make a table of the distinct rows of some SELECTs, of which the first names the columns."""
    connection.execute(f"CREATE TABLE {name} AS {' UNION '.join(selects)}").fetchall()


def _declared(system: System, name: str, rows: str = "") -> str:
    """Return the SELECT of a system's rows of a declared table, or of some of them, given as what stands after FROM."""
    columns = TABLES[name].columns
    persons = [column.name for column in columns if _refers_to_person(column) and system.frozen]
    joins = "".join(
        f" LEFT JOIN {system.name}.moved AS new_{column} ON t.{_key(column)} = new_{column}.person_key"
        for column in persons
    )
    selected = ", ".join(f"{_expression(system, column)} AS {column.name}" for column in columns)
    return f"SELECT {selected} FROM {rows or f'{system.name}.{name}'} AS t{joins}"  # noqa: S608


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
    every = [_declared(system, "relationships") for system in staying]
    shape = f"SELECT * FROM ({_declared((*staying, *frozen)[0], 'relationships')}) WHERE false"  # noqa: S608
    connection.execute(f"CREATE TABLE known_of_linked AS {shape}")
    for system in staying:
        rows = _of_both(system, "SEMI", "linked")
        known = _declared(system, "relationships", rows)
        connection.execute(f"INSERT INTO known_of_linked {known}").fetchall()
    for system in frozen:
        table = f"{system.name}.further_relationships"
        both = _declared(system, "relationships", _of_both(system, "SEMI", "moved"))
        connection.execute(
            f"CREATE TABLE {table} AS FROM ({both}) "
            f"ANTI JOIN known_of_linked USING ({', '.join(TABLES['relationships'].key)})"
        ).fetchall()
        connection.execute(f"INSERT INTO known_of_linked FROM {table}").fetchall()
        # What is known of persons of whom one is in this system alone cannot be known to another.
        alone = _declared(system, "relationships")
        either = "new_person_id.new_id IS NULL OR new_related_id.new_id IS NULL"
        every += [f"SELECT * FROM {table}", f"{alone} WHERE {either}"]  # noqa: S608
    connection.execute("DROP TABLE known_of_linked")
    connection.execute(f"CREATE VIEW relationships AS {' UNION ALL '.join(every)}")


def _of_both(system: System, join: str, persons: str) -> str:
    """Return what stands after FROM for the relationships of which both persons are in a table."""
    among = f"(SELECT person_key FROM {system.name}.{persons})"  # noqa: S608
    return (
        f"(FROM {system.name}.relationships AS r {join} JOIN {among} AS one ON r.person_key = one.person_key "
        f"{join} JOIN {among} AS two ON r.related_key = two.person_key)"
    )


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
    """Make the persons: one row for those who are linked, and those of one system alone."""
    every: list[str] = []
    together: list[str] = []
    for system in staying:
        rows = f"(FROM {system.name}.persons {{}} JOIN {system.name}.linked USING (person_key))"
        every.append(_declared(system, "persons", rows.format("ANTI")))
        together.append(_declared(system, "persons", rows.format("SEMI")))
    for system in frozen:
        together = [_TOGETHER.format(newer=each, older=system.name) for each in together]
        alone = f"(FROM {system.name}.persons ANTI JOIN {system.name}.moved USING (person_key))"
        every.append(_declared(system, "persons", alone))
    connection.execute(f"CREATE VIEW persons AS {' UNION ALL '.join(every + together)}")

"""Bring the harmonised systems together: one table of each kind, and one row a person."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass

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


def _key_type(
    connection: duckdb.DuckDBPyConnection,
    system: System,
    table: str = "persons",
    key: str = "person_key",
) -> str:
    """Return the type of a system's keys: numbers, or texts."""
    found = connection.execute(f"DESCRIBE {system.name}.{table}").fetchall()
    return next(str(row[1]) for row in found if row[0] == key)


def _linkable(mappings: Sequence[Mapping]) -> list[tuple[System, System]]:
    """Return the frozen systems, each with every system of its nation that stays."""
    systems = [mapping.system for mapping in mappings]
    return [
        (older, newer)
        for older in systems
        for newer in systems
        if older.frozen and not newer.frozen and newer.nation == older.nation
    ]


def unite(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> dict[str, str]:
    """Make the declared tables of all systems, as views: ids of text, and those of linked persons replaced.

    Only what concerns linked persons is compared between systems, so that all else is read once and held nowhere.
    Beside each view stands one of the same rows as they are kept, `numbered.NAME`, with the system's keys in place of ids.

    Returns
    -------
    For each table the SELECT of its rows in the order of its key. Where all keys are whole numbers they are put in order as
    numbers, which takes less time and memory than as texts; the ids are made of the rows in order.
    """
    systems = [mapping.system for mapping in mappings]
    frozen = [system for system in systems if system.frozen]
    staying = [system for system in systems if not system.frozen]
    every = _Systems(
        tuple(sorted(systems, key=lambda system: system.letter)), _key_types(connection, systems)
    )
    pairs = _linkable(mappings)
    kind = every.types["person_key"]
    for system in frozen:
        moved = [
            f"SELECT person_key, NULL::TINYINT AS origin, NULL::{kind} AS new_key FROM {system.name}.persons WHERE false"  # noqa: S608
        ]
        for older, newer in pairs:
            if older is system:
                joined = f"{system.name}.joined_{newer.name}"
                origin = every.origin(newer)
                moved.append(f"SELECT old_key, {origin}, new_key::{kind} FROM {joined}")  # noqa: S608
        _table(connection, f"{system.name}.moved", moved)
    for system in staying:
        linked = [f"SELECT person_key FROM {system.name}.persons WHERE false"]  # noqa: S608
        linked += [
            f"SELECT new_key FROM {older.name}.joined_{system.name}"  # noqa: S608
            for older, newer in pairs
            if newer is system
        ]
        _table(connection, f"{system.name}.linked", linked)
    connection.execute("CREATE SCHEMA numbered")
    rows = {
        name: [_declared(every, system, name) for system in systems]
        for name in ("cases", "applications", "hearings", "roles", "orders")
    }
    rows["relationships"] = _relationships(connection, every, staying, frozen)
    rows["persons"] = _persons(every, staying, frozen)
    limits = _limits(connection, every)
    ordered = {}
    for name, selects in rows.items():
        connection.execute(f"CREATE VIEW numbered.{name} AS {' UNION ALL '.join(selects)}")
        ids = ", ".join(
            f"{_expression(every, column)} AS {column.name}" for column in TABLES[name].columns
        )
        connection.execute(f"CREATE VIEW {name} AS SELECT {ids} FROM numbered.{name}")  # noqa: S608
        order = ", ".join(_order(every, name, limits))
        ordered[name] = f"SELECT {ids} FROM (FROM numbered.{name} ORDER BY {order})"  # noqa: S608
    return ordered


@dataclass(frozen=True)
class _Systems:
    """All systems of a refresh, in the order of their letters, and the types of their keys: numbers where all are such, or texts."""

    all: tuple[System, ...]
    types: MappingType[str, str]

    def origin(self, system: System) -> int:
        """Return the number that stands for a system."""
        return self.all.index(system)

    def told(self, what: str, origin: str = "origin") -> str:
        """Return the expression of a system's letter, nation or name, given the expression of its number."""
        whens = " ".join(
            f"WHEN {at} THEN '{getattr(system, what)}'" for at, system in enumerate(self.all)
        )
        return f"CASE {origin} {whens} END"


def _table(connection: duckdb.DuckDBPyConnection, name: str, selects: Sequence[str]) -> None:
    """Make a table of the distinct rows of some SELECTs, of which the first names the columns."""
    connection.execute(f"CREATE TABLE {name} AS {' UNION '.join(selects)}").fetchall()


def _declared(every: _Systems, system: System, name: str, rows: str = "") -> str:
    """Return the SELECT of a system's rows of a declared table, with keys for ids, or of some of them, given as what stands after FROM."""
    selected, joins = [f"{every.origin(system)}::TINYINT AS origin"], ""
    for column in TABLES[name].columns:
        if column.name in ("nation", "system"):
            continue
        if column.kind != "id":
            selected.append(f"t.{column.name}")
            continue
        key = _key(column.name)
        own = f"t.{key}::{every.types[_kind(key)]}"
        if not _refers_to_person(column):
            selected.append(f"{own} AS {key}")
        elif system.frozen:
            new = f"new_{key}"
            joins += f" LEFT JOIN {system.name}.moved AS {new} ON t.{key} = {new}.person_key"
            selected += [
                f"coalesce({new}.new_key, {own}) AS {key}",
                f"coalesce({new}.origin, {every.origin(system)})::TINYINT AS {_origin(column.name)}",
            ]
        else:
            selected += [
                f"{own} AS {key}",
                f"{every.origin(system)}::TINYINT AS {_origin(column.name)}",
            ]
    if name == "orders":
        selected.append(f"t.person_key::{every.types['person_key']} AS own_key")
    return f"SELECT {', '.join(selected)} FROM {rows or f'{system.name}.{name}'} AS t{joins}"  # noqa: S608


def _refers_to_person(column: Column) -> bool:
    return column.refers_to == "persons.person_id"


def _key(column: str) -> str:
    return column.removesuffix("_id") + "_key"


def _origin(column: str) -> str:
    return column.removesuffix("_id") + "_origin"


def _expression(every: _Systems, column: Column) -> str:
    """Return the expression that gives a declared column of a numbered row."""
    if column.name in ("nation", "system"):
        return every.told("nation" if column.name == "nation" else "name")
    if column.kind != "id":
        return column.name
    if _refers_to_person(column):
        return f"{every.told('letter', _origin(column.name))} || {_key(column.name)}"
    own = f"{every.told('letter')} || {_key(column.name)}"
    if column.name == "order_id":
        # An order of a case stands once for each of its subjects.
        subject = f"{every.told('letter')} || own_key"
        return f"CASE WHEN case_level THEN {own} || '-' || {subject} ELSE {own} END"
    return own


# The tables whose keys are the ids of a kind.
_KINDS = {
    "case_key": "cases",
    "application_key": "applications",
    "person_key": "persons",
    "hearing_key": "hearings",
    "order_key": "orders",
}


def _key_types(connection: duckdb.DuckDBPyConnection, systems: Sequence[System]) -> dict[str, str]:
    """Return for each kind of key the type that fits the keys of all systems."""
    types = {}
    for key, table in _KINDS.items():
        found = {_key_type(connection, system, table, key) for system in systems}
        types[key] = "BIGINT" if found == {"BIGINT"} else "VARCHAR"
    return types


def _kind(key: str) -> str:
    """Return the kind of a key that stands under a name of its own."""
    return key if key in _KINDS else "person_key"


def _limits(connection: duckdb.DuckDBPyConnection, every: _Systems) -> dict[str, tuple[int, int]]:
    """Return the smallest and largest key of each kind that is numbers."""
    found = {}
    for key, table in _KINDS.items():
        if every.types[_kind(key)] == "BIGINT":
            each = [f"SELECT {key} FROM {system.name}.{table}" for system in every.all]  # noqa: S608
            rows = " UNION ALL ".join(each)
            limits = f"SELECT coalesce(min({key}), 0), coalesce(max({key}), 0) FROM ({rows})"  # noqa: S608
            found[key] = connection.execute(limits).fetchall()[0]
        else:
            found[key] = (0, 0)
    return found


def text_order(key: str, least: int, most: int) -> str:
    """Return the expression of a number by which whole numbers are in the order of the texts that they are written as.

    Parameters
    ----------
    key
        The expression of the number.
    least, most
        Between which it lies.
    """
    if least < 0 or most >= 10**17:  # what is filled up would not fit into 64 bits
        return f"{key}::VARCHAR"
    digits = len(str(most))
    if len(str(least)) == digits:
        return key
    # Filled up to one length; of two that are then the same (1 and 10) the shorter text is first.
    whens = "".join(
        f" WHEN {key} >= {10 ** (each - 1)} THEN {key} * {10 ** (digits - each) * 20} + {each}"
        for each in range(digits, 1, -1)
    )
    return f"CASE{whens} ELSE {key} * {10 ** (digits - 1) * 20} + 1 END"


def _order(every: _Systems, name: str, limits: dict[str, tuple[int, int]]) -> list[str]:
    """Return the expressions by which the numbered rows of a table are in the order of its key."""
    order = []
    for each in TABLES[name].key:
        column, key = TABLES[name].column(each), _key(each)
        if column.kind == "code":
            levels = enumerate(sorted(map(str, column.values)))
            whens = " ".join(f"WHEN '{value}' THEN {at}" for at, value in levels)
            order.append(f"(CASE {column.name} {whens} END)::TINYINT")
        elif every.types[_kind(key)] != "BIGINT":
            order.append(_expression(every, column))
        else:
            order.append(_origin(each) if _refers_to_person(column) else "origin")
            order.append(text_order(key, *limits[_kind(key)]))
            if each == "order_id":
                # An id without its subject is the beginning of those that have one.
                order.append("case_level")
                order.append(text_order("own_key", *limits["person_key"]))
    return order


def _relationships(
    connection: duckdb.DuckDBPyConnection,
    every: _Systems,
    staying: Sequence[System],
    frozen: Sequence[System],
) -> list[str]:
    """Return the SELECTs of the relationships; what two systems know of two linked persons stands once, as the newer's."""
    selects = [_declared(every, system, "relationships") for system in staying]
    shape = _declared(every, (*staying, *frozen)[0], "relationships")
    connection.execute(f"CREATE TABLE known_of_linked AS SELECT * FROM ({shape}) WHERE false")  # noqa: S608
    for system in staying:
        known = _declared(every, system, "relationships", _of_both(system, "linked"))
        connection.execute(f"INSERT INTO known_of_linked {known}").fetchall()
    for system in frozen:
        table = f"{system.name}.further_relationships"
        both = _declared(every, system, "relationships", _of_both(system, "moved"))
        connection.execute(
            f"CREATE TABLE {table} AS FROM ({both}) ANTI JOIN known_of_linked "
            "USING (person_origin, person_key, related_origin, related_key, relationship)"
        ).fetchall()
        connection.execute(f"INSERT INTO known_of_linked FROM {table}").fetchall()
        # What is known of persons of whom one is in this system alone cannot be known to another.
        alone = _declared(every, system, "relationships")
        either = "new_person_key.new_key IS NULL OR new_related_key.new_key IS NULL"
        selects += [f"SELECT * FROM {table}", f"{alone} WHERE {either}"]  # noqa: S608
    connection.execute("DROP TABLE known_of_linked")
    return selects


def _of_both(system: System, persons: str) -> str:
    """Return what stands after FROM for the relationships of which both persons are in a table."""
    among = f"(SELECT person_key FROM {system.name}.{persons})"  # noqa: S608
    return (
        f"(FROM {system.name}.relationships AS r SEMI JOIN {among} AS one ON r.person_key = one.person_key "
        f"SEMI JOIN {among} AS two ON r.related_key = two.person_key)"
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
LEFT JOIN (FROM {older}.persons JOIN {older}.moved USING (person_key)) AS o
  ON n.person_key = o.new_key AND n.origin = o.origin
"""


def _persons(every: _Systems, staying: Sequence[System], frozen: Sequence[System]) -> list[str]:
    """Return the SELECTs of the persons: one row for those who are linked, and those of one system alone."""
    selects: list[str] = []
    together: list[str] = []
    for system in staying:
        rows = f"(FROM {system.name}.persons {{}} JOIN {system.name}.linked USING (person_key))"
        selects.append(_declared(every, system, "persons", rows.format("ANTI")))
        together.append(_declared(every, system, "persons", rows.format("SEMI")))
    for system in frozen:
        together = [_TOGETHER.format(newer=each, older=system.name) for each in together]
        alone = f"(FROM {system.name}.persons ANTI JOIN {system.name}.moved USING (person_key))"
        selects.append(_declared(every, system, "persons", alone))
    return selects + together

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.linkage import link, text_order, unite
from fjanalysis.refresh.model import connection
from fjanalysis.sources.mapping import Mapping, read_mapping


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> list[Mapping]:
    folder = tmp_path_factory.mktemp("nothing")
    return [read_mapping(name, folder) for name in ("ecms", "cms")]


def made(
    older: Sequence[tuple[Any, ...]],
    newer: Sequence[tuple[Any, ...]],
    roles: Sequence[tuple[Any, ...]] = (),
) -> duckdb.DuckDBPyConnection:
    """Return a connection with two systems' persons: id, sex, birth week, ethnicity, linkage field."""
    con = connection()
    con.execute(
        "CREATE TABLE quality (nation VARCHAR, measure VARCHAR, field VARCHAR, year BIGINT, "
        "numerator BIGINT, denominator BIGINT)"
    )
    for system, persons in (("cms", older), ("ecms", newer)):
        con.execute(f"CREATE SCHEMA {system}")
        for name, table in TABLES.items():
            columns = ", ".join(
                f"{column.name.replace('_id', '_key')} {column.sql_type}"
                for column in table.columns
                if column.name not in ("nation", "system")
            )
            extra = ", link_key VARCHAR" if name == "persons" else ""
            con.execute(f"CREATE TABLE {system}.{name} ({columns}{extra})")
        con.execute(f"CREATE TABLE {system}.person_years (person_key VARCHAR, year BIGINT)")
        for person, sex, week, ethnicity, field in persons:
            key = person[1:]
            con.execute(
                f"INSERT INTO {system}.persons VALUES (?, ?, ?, false, ?, NULL, ?)",
                [key, sex, week, ethnicity, field],
            ).fetchall()
            con.execute(f"INSERT INTO {system}.person_years VALUES (?, 2012)", [key]).fetchall()
    for application, case, person in roles:
        system = "cms" if application.startswith("C") else "ecms"
        con.execute(
            f"INSERT INTO {system}.roles VALUES (?, ?, ?, 'subject', true)",
            [application[1:], case[1:], person[1:]],
        ).fetchall()
    return con


def links(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> list[tuple[str, str]]:
    link(con, mappings)
    return con.execute(
        "SELECT 'C' || old_key, 'E' || new_key FROM cms.joined_ecms ORDER BY 1"
    ).fetchall()


def test_the_linkage_field_joins_two_persons_who_agree(mappings):
    con = made(
        [("C1", "female", "1990-01-01", "unknown", "7")],
        [("E2", "female", "1990-01-01", "white", "7")],
    )
    assert links(con, mappings) == [("C1", "E2")]


def test_persons_who_contradict_each_other_are_not_joined(mappings):
    con = made(
        [
            ("C1", "female", "1990-01-01", "unknown", "7"),
            ("C2", "male", "1990-01-01", "white", "8"),
        ],
        [("E3", "male", "1990-01-01", "white", "7"), ("E4", "male", "1999-01-04", "white", "8")],
    )
    assert links(con, mappings) == []


def test_a_linkage_field_that_several_persons_hold_joins_nobody(mappings):
    con = made(
        [("C1", "female", None, "unknown", "7"), ("C2", "female", None, "unknown", "7")],
        [("E3", "female", None, "white", "7")],
    )
    assert links(con, mappings) == []


def test_an_id_that_was_carried_over_joins_only_where_sex_and_birth_week_are_the_same(mappings):
    con = made(
        [
            ("C1", "female", "1990-01-01", "unknown", None),
            ("C2", "unknown", "1990-01-01", "unknown", None),
            ("C3", "male", "1990-01-01", "unknown", None),
        ],
        [
            ("E1", "female", "1990-01-01", "unknown", None),
            ("E2", "unknown", "1990-01-01", "unknown", None),
            ("E3", "male", "1991-01-07", "unknown", None),
        ],
    )
    assert links(con, mappings) == [("C1", "E1")]


def test_joined_persons_are_one_row_that_knows_what_either_knew(mappings):
    con = made(
        [("C1", "female", "1990-01-01", "black", "7"), ("C9", "male", None, "white", None)],
        [("E2", "unknown", None, "unknown", "7")],
        roles=[("C10", "C11", "C1"), ("E10", "E11", "E2")],
    )
    link(con, mappings)
    unite(con, mappings)
    rows = con.execute(
        "SELECT person_id, sex, birth_week::VARCHAR, ethnicity FROM persons ORDER BY 1"
    ).fetchall()
    assert rows == [("C9", "male", None, "white"), ("E2", "female", "1990-01-01", "black")]
    assert con.execute("SELECT DISTINCT person_id FROM roles").fetchall() == [("E2",)]


def test_two_known_ethnicities_that_differ_are_unknown(mappings):
    con = made(
        [("C1", "male", None, "black", "7")],
        [("E2", "male", None, "white", "7")],
    )
    link(con, mappings)
    unite(con, mappings)
    assert con.execute("SELECT ethnicity FROM persons").fetchall() == [("unknown",)]


def test_the_share_that_was_joined_is_counted_by_year(mappings):
    con = made(
        [("C1", "male", None, "black", "7"), ("C2", "male", None, "black", "8")],
        [("E2", "male", None, "white", "7")],
    )
    link(con, mappings)
    assert con.execute("SELECT * FROM quality").fetchall() == [
        ("England", "linked", "systems: cms to ecms", 2012, 1, 2)
    ]


def test_what_two_systems_know_of_two_linked_persons_stands_once_and_the_rest_is_kept(mappings):
    con = made(
        [
            ("C1", "female", None, "unknown", "7"),
            ("C2", "male", None, "unknown", "8"),
            ("C3", "male", None, "unknown", None),
        ],
        [("E4", "female", None, "unknown", "7"), ("E5", "male", None, "unknown", "8")],
    )
    for system, person, related, relationship in (
        ("ecms", "5", "4", "parent"),
        ("cms", "2", "1", "parent"),
        ("cms", "2", "1", "other"),
        ("cms", "3", "1", "parent"),
    ):
        con.execute(
            f"INSERT INTO {system}.relationships VALUES (?, ?, ?)", [person, related, relationship]
        ).fetchall()
    link(con, mappings)
    unite(con, mappings)
    rows = con.execute("SELECT * FROM relationships ORDER BY ALL").fetchall()
    assert rows == [
        ("C3", "E4", "parent", "England", "cms"),
        ("E5", "E4", "other", "England", "cms"),
        ("E5", "E4", "parent", "England", "ecms"),
    ]


@pytest.mark.parametrize(
    "numbers",
    [
        [0, 1, 10, 100, 19, 2, 9, 99, 123456789, 10**8, 12345678901234567, 10**16, 10**17 - 1],
        [7, 5, 6],
        [100, 10**14, 211106227891023, 91838852],
        [1, 10, 10**17, 10**18, 12 * 10**17],
        [-1, -10, -2, 0, 3],
    ],
)
def test_keys_that_are_numbers_are_put_in_the_order_of_the_texts_that_they_are_written_as(numbers):
    con = connection()
    con.execute("CREATE TABLE t (key BIGINT)")
    con.executemany("INSERT INTO t VALUES (?)", [(each,) for each in numbers])
    order = text_order("key", min(numbers), max(numbers))
    rows = con.execute(f"SELECT key FROM t ORDER BY {order}").fetchall()
    assert [row[0] for row in rows] == sorted(numbers, key=str)

"""Bring the harmonised systems together: one table of each kind, and one row a person."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.harmonise import statements
from fjanalysis.sources.mapping import Mapping


def link(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> None:
    """Find the persons of a frozen system who are in another system of its nation: the table `links`."""
    connection.execute("CREATE TABLE links (old_id VARCHAR, new_id VARCHAR)")
    for older in (mapping.system for mapping in mappings if mapping.system.frozen):
        for newer in (mapping.system for mapping in mappings if not mapping.system.frozen):
            if newer.nation == older.nation:
                for _, statement in statements("linkage"):
                    connection.execute(
                        statement.format(s=older.name, t=newer.name, nation=older.nation)
                    ).fetchall()


def unite(connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping]) -> None:
    """Make the declared tables of all systems, with the ids of linked persons replaced."""
    for name, table in TABLES.items():
        columns = ", ".join(table.names)
        parts = " UNION ALL ".join(
            f"SELECT {columns} FROM {mapping.system.name}.{name}"  # noqa: S608
            for mapping in mappings
        )
        connection.execute(f"CREATE VIEW all_{name} AS {parts}")
    for name in ("cases", "applications", "hearings"):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM all_{name}")  # noqa: S608
    for name in ("roles", "orders"):
        connection.execute(
            f"CREATE VIEW {name} AS SELECT r.* REPLACE (coalesce(new_id, person_id) AS person_id) "  # noqa: S608
            f"FROM all_{name} AS r LEFT JOIN links ON r.person_id = old_id"
        )
    connection.execute(
        "CREATE TABLE relationships AS SELECT DISTINCT coalesce(one.new_id, person_id) AS person_id, "
        "coalesce(two.new_id, related_id) AS related_id, relationship FROM all_relationships "
        "LEFT JOIN links AS one ON person_id = one.old_id LEFT JOIN links AS two ON related_id = two.old_id"
    )
    # What the system that stays does not know, the older one may; two known ethnicities that differ
    # are unknown.
    connection.execute(
        """
        CREATE TABLE persons AS
        SELECT
          n.person_id, CASE n.sex WHEN 'unknown' THEN coalesce(o.sex, 'unknown') ELSE n.sex END AS sex,
          coalesce(n.birth_week, o.birth_week) AS birth_week,
          CASE WHEN n.birth_week IS NULL THEN coalesce(o.birth_week_mended, false)
            ELSE n.birth_week_mended END AS birth_week_mended,
          CASE WHEN n.ethnicity = 'unknown' THEN coalesce(o.ethnicity, 'unknown')
            WHEN coalesce(o.ethnicity, 'unknown') IN ('unknown', n.ethnicity) THEN n.ethnicity
            ELSE 'unknown' END AS ethnicity,
          coalesce(n.deprivation_quintile, o.deprivation_quintile) AS deprivation_quintile
        FROM all_persons AS n
        LEFT JOIN links ON n.person_id = links.new_id
        LEFT JOIN all_persons AS o ON links.old_id = o.person_id
        WHERE n.person_id NOT IN (SELECT old_id FROM links)
        """
    )

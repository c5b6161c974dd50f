"""Turn the raw records of a system into research-ready rows, mending by stated rule."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb

from fjanalysis import reference
from fjanalysis.reference import normal_name
from fjanalysis.refresh.declaration import ETHNICITIES
from fjanalysis.refresh.steps import run
from fjanalysis.sources.mapping import RECORDS, Mapping

KEYS = {
    "cases": "case_key",
    "applications": "application_key",
    "persons": "person_key",
    "hearings": "hearing_key",
    "orders": "order_key",
}
BEGINNING, END = "0001-01-01", "9999-12-31"


def harmonise(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    refresh: str,
    own_reference: Path | None = None,
) -> None:
    """Make the tables `SYSTEM.cases` … `SYSTEM.orders` of the views `SYSTEM.raw_…`.

    Parameters
    ----------
    connection
        Holds the views.
    mapping
        Of the system.
    refresh
        The refresh's date.
    own_reference
        A folder of the user's own look-ups of places, which win over those of the package.
    """
    system = mapping.system
    _places(connection, mapping, own_reference)
    _list(connection, f"{system.name}.final_orders", "order_type VARCHAR", [
        (order,) for order in sorted(set(mapping.final.order_types))
    ])  # fmt: skip
    for record, key in KEYS.items():
        columns = [name for name in RECORDS[record] if name != key]
        smallest = [f"{_smallest(name)}({name}) AS {name}" for name in columns]
        run(
            connection,
            "keyed",
            s=system.name,
            record=record,
            key=key,
            columns=", ".join(columns),
            smallest=", ".join(smallest),
        )
    known = [name for name in ETHNICITIES if name != "unknown"]
    bits = {
        "ethnicity_bits": " ".join(
            f"WHEN ethnicity = '{name}' THEN {1 << at}" for at, name in enumerate(known)
        ),
        "ethnicity_names": " ".join(
            f"WHEN {1 << at} THEN '{name}'" for at, name in enumerate(known)
        ),
    }
    run(connection, "harmonise", s=system.name, refresh=refresh, **bits)


def _smallest(column: str) -> str:
    return "bool_or" if column == "is_final" else "min"


def _list(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple[object, ...]]
) -> None:
    connection.execute(f"CREATE TABLE {table} ({columns})")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608


def _given(
    connection: duckdb.DuckDBPyConnection, system: str, column: str
) -> list[tuple[str, int]]:
    return connection.execute(
        f"SELECT {column}, count(*) FROM {system}.raw_cases "  # noqa: S608
        f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()


def _places(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, own_reference: Path | None
) -> None:
    """Make look-ups from the names that the cases give to authorities, courts and DFJ areas."""
    system = mapping.system.name
    spans = authority_spans(mapping.system.nation, own_reference)
    rows: list[tuple[object, ...]] = []
    for name, _ in _given(connection, system, "authority"):
        for code, region, first, last in spans.get(_authority(name), []):
            rows.append((name, code, region, first, last))
    columns = "name VARCHAR, code VARCHAR, region VARCHAR, first_day DATE, last_day DATE"
    _list(connection, f"{system}.authority_names", columns, rows)
    # Of several spellings of a court, the one that most cases have.
    spelling: dict[str, str] = {}
    courts: list[tuple[object, ...]] = []
    areas_of_courts = reference.court_areas(own_reference)
    for name, _ in _given(connection, system, "court"):
        normal = reference.court_name(name)
        place = areas_of_courts.get(normal, (None, None))
        courts.append((name, spelling.setdefault(normal, name), *place))
    columns = "name VARCHAR, court VARCHAR, dfj_area VARCHAR, hmcts_region VARCHAR"
    _list(connection, f"{system}.court_names", columns, courts)
    known = {
        row.normal: (row.dfj_area, row.hmcts_region)
        for row in reference.dfj_names(own_reference).itertuples()
    }
    areas: list[tuple[object, ...]] = [
        (name, *known[normal_name(name)])
        for name, _ in _given(connection, system, "dfj")
        if normal_name(name) in known
    ]
    columns = "name VARCHAR, dfj_area VARCHAR, hmcts_region VARCHAR"
    _list(connection, f"{system}.dfj_names", columns, areas)


def _authority(name: str) -> str:
    words = name.lower()
    for filler in (
        "metropolitan borough", "county borough", "london borough", "royal borough", "borough",
        "unitary authority", "city council", "county council", "district council", "council",
        "city of", "county of",
    ):  # fmt: skip
        words = words.replace(filler, " ")
    return normal_name(words.removesuffix(" of"))


def authority_spans(
    nation: str, own_reference: Path | None = None
) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return the authorities of a nation by compared name: code, region, and the days that it is meant.

    Where two authorities share a name, one after the other, the days part them; a name that stood
    once is meant on all days, since cases keep the names of authorities that ended.
    """
    found: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    frame = reference.local_authorities(own_reference)
    frame = frame[frame["nation"] == nation]
    columns = ["code", "name", "region", "started", "ended", "other_names"]
    for code, own, region, started, ended, others in frame[columns].astype(str).to_numpy().tolist():
        names = {_authority(own), *(_authority(name) for name in others.split("; ") if name)}
        for name in sorted(names):
            found[name].append((code, region, started or BEGINNING, ended or END))
    for name, rows in found.items():
        rows.sort(key=lambda each: each[2])
        first, last = rows[0], rows[-1]
        rows[0] = (first[0], first[1], BEGINNING, first[3])
        last = rows[-1]
        rows[-1] = (last[0], last[1], last[2], END)
        found[name] = rows
    return dict(found)

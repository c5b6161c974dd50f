"""How much memory the reading of source tables takes, at one size, at three and at ten times that.

Run as `python benchmarks/reading.py [SCALE …]`; defaults: 1.0, the real volume, 3 and 10. Synthetic sources of all
scales are made. Two ways of reading are measured, each in a process of its own:

- a folder: all tables of the largest system, read from Parquet as `ingest` does, into the records that harmonising begins with;
- a database: the largest table, in batches through SQLAlchemy into a Parquet file set aside, from PostgreSQL (a server is
  started for the purpose), or where none is installed from SQLite; up to ten times the real volume.

Rows, seconds, peak memory, and how far that lies above the same process that reads nothing, are printed and written to
benchmarks/results/reading.json. The goal is under 1 GB, whatever the size.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from fjanalysis.sources.databases import DatabaseSource
from ingest import DATE, Cost, measured, rows_of, synthetic

RESULTS = Path(__file__).parent / "results" / "reading.json"
SYSTEM = "ecms"
TABLE = "CAFE_ECMS_PERSONRELATIONSHIPS"
COLUMNS = ("PERSON_ID_PE", "RELATEDPERSON_ID_PE", "RELATIONSHIPTYPE_ID")
GOAL = 1000.0
LARGEST_DATABASE = 10.0


def read_folder(folder: str, scratch: str) -> None:
    """Read all tables of the largest system as `ingest` does; without a folder, read nothing."""
    from fjanalysis.refresh import ingest, reading
    from fjanalysis.sources.connections import open_source
    from fjanalysis.sources.mapping import read_mapping

    with ingest.workbench(Path(scratch) / DATE) as connection, ingest.reading_memory(connection):
        if folder:
            source = open_source(folder, Path(), Path(scratch) / "aside")
            reading.read(connection, source, read_mapping(SYSTEM, Path()), DATE)


def read_table(address: str, scratch: str) -> None:
    """Read the largest table of a database as `ingest` does; without an address, read nothing."""
    import duckdb

    connection = duckdb.connect()
    if address:
        source = DatabaseSource(address, Path(scratch) / "aside")
        table = next(each for each in source.tables() if each.name == TABLE)
        source.relation(connection, table, source.columns(connection, table))


READERS = {"folder": read_folder, "database": read_table}


@cache
def nothing(way: str) -> float:
    """Return the peak memory of a process that reads nothing."""
    with TemporaryDirectory() as scratch:
        return measured(sys.executable, __file__, "--read", way, "", scratch)["megabytes"]


def reading(way: str, what: str | Path, rows: int) -> Cost:
    """Measure a way of reading in a process of its own."""
    with TemporaryDirectory() as scratch:
        cost = measured(sys.executable, __file__, "--read", way, what, scratch)
    above = cost["megabytes"] - nothing(way)
    return {"rows": rows, **cost, "megabytes_above_nothing": above}


def table_of(source: Path) -> Path:
    """Return the file of the largest table of a source."""
    (path,) = source.glob(f"{TABLE}_*.parquet")
    return path


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield a table's rows."""
    yield from pq.ParquetFile(path).iter_batches(100_000, columns=list(COLUMNS))


def sqlite(path: Path, scratch: Path) -> str:
    """Put a table into an SQLite file and return its address."""
    target = scratch / "records.db"
    with sqlite3.connect(target) as connection:
        listed = ", ".join(f"{column} BIGINT" for column in COLUMNS)
        connection.execute(f"CREATE TABLE {path.stem} ({listed})")
        for batch in batches(path):
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            connection.executemany(f"INSERT INTO {path.stem} VALUES (?, ?, ?)", rows)
    return f"sqlite:///{target}"


@contextmanager
def postgresql(scratch: Path) -> Iterator[str]:
    """Start a PostgreSQL server of our own and yield its address; empty where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        yield ""
        return
    programs, data = found[-1].parent, scratch / "postgresql"
    data.mkdir()
    run: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        for each in (scratch, scratch.parent):
            each.chmod(0o755)
        shutil.chown(data, "postgres")
        run = ["runuser", "-u", "postgres", "--"]
    options = f"-c listen_addresses='' -c unix_socket_directories={data}"
    start = ["-w", "-o", options, "-l", str(data / "log"), "start"]
    for command in (
        [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
        [programs / "pg_ctl", "-D", data, *start],
    ):
        subprocess.run([*run, *command], check=True, capture_output=True)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={data}"
    finally:
        subprocess.run(
            [*run, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False
        )


def fill(address: str, path: Path) -> None:
    """Put a table into a PostgreSQL database."""
    import psycopg

    name = path.stem.lower()
    listed = ", ".join(f"{column.lower()} BIGINT" for column in COLUMNS)
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute(f"CREATE TABLE {name} ({listed})")
        with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
            for batch in batches(path):
                lines = io.BytesIO()
                arrow_csv.write_csv(batch, lines, arrow_csv.WriteOptions(include_header=False))
                copy.write(lines.getvalue())


def of_scale(source: Path, scratch: Path, *, database: bool) -> dict[str, Cost]:
    """Measure the ways of reading a source."""
    table = table_of(source)
    rows = pq.read_metadata(table).num_rows
    costs = {"folder": reading("folder", source, rows_of(source, "*ECMS_*.parquet"))}
    if not database:
        return costs
    with TemporaryDirectory(dir=scratch) as place, postgresql(Path(place)) as address:
        if address:
            fill(address, table)
            costs["postgresql"] = reading("database", address, rows)
        else:
            costs["sqlite"] = reading("database", sqlite(table, Path(place)), rows)
    return costs


def main() -> None:
    """Measure all scales, print and write."""
    scales = [float(each) for each in sys.argv[1:]] or [1.0, 3.0, 10.0]
    with TemporaryDirectory() as scratch:
        place = Path(os.environ.get("BENCHMARK_SOURCES", scratch))
        costs = {
            f"{scale:g}": of_scale(
                synthetic(place, scale), Path(scratch), database=scale <= LARGEST_DATABASE
            )
            for scale in scales
        }
    for scale, ways in costs.items():
        for way, cost in ways.items():
            print(
                f"Scale {scale}, {way}: {cost['rows']:,.0f} rows in {cost['seconds']:.1f} s, {cost['megabytes']:,.0f} MB, "
                f"{cost['megabytes_above_nothing']:,.0f} MB above a process that reads nothing (goal: under {GOAL:,.0f})"
            )
    kept = {
        scale: {
            way: {name: round(value, 1) for name, value in cost.items()}
            for way, cost in ways.items()
        }
        for scale, ways in costs.items()
    }
    RESULTS.write_text(json.dumps({"table": TABLE, "scales": kept}, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        READERS[sys.argv[2]](*sys.argv[3:5])
    else:
        main()

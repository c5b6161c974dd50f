"""How much memory the reading of a database's largest table takes, at one size and at ten times that.

Run as `python benchmarks/reading.py [SCALE [SMALLER]]`; defaults: 1.0, the real volume, and 0.1. Synthetic sources
are made at both scales and their largest table is put into an SQLite file; a process of its own reads it as `ingest`
does, in batches, through SQLAlchemy into a Parquet file. Rows, seconds and peak memory of both are printed and written
to benchmarks/results/reading.json. The goal is under 1 GB, whatever the size. Parquet and CSV files are never set aside:
DuckDB reads them under the limit of memory that is measured by benchmarks/ingest.py.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from fjanalysis.sources.databases import DatabaseSource
from ingest import Cost, measured, synthetic

RESULTS = Path(__file__).parent / "results" / "reading.json"
TABLE = "CAFE_ECMS_PERSONRELATIONSHIPS"
COLUMNS = ("PERSON_ID_PE", "RELATEDPERSON_ID_PE", "RELATIONSHIPTYPE_ID")
GOAL = 1000.0


def database(source: Path, target: Path) -> int:
    """Put the largest table of a source into an SQLite file and return its rows."""
    (path,) = source.glob(f"{TABLE}_*.parquet")
    file = pq.ParquetFile(path)
    with sqlite3.connect(target) as connection:
        listed = ", ".join(f"{column} BIGINT" for column in COLUMNS)
        connection.execute(f"CREATE TABLE {path.stem} ({listed})")
        for batch in file.iter_batches(100_000, columns=list(COLUMNS)):
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            connection.executemany(f"INSERT INTO {path.stem} VALUES (?, ?, ?)", rows)
    return int(file.metadata.num_rows)


def read(file: Path, aside: Path) -> None:
    """Read the table as `ingest` does."""
    import duckdb

    source = DatabaseSource(f"sqlite:///{file}", aside)
    (table,) = source.tables()
    source.relation(duckdb.connect(), table, COLUMNS)


def reading(place: Path, scratch: Path, scale: float) -> Cost:
    """Measure the reading of a scale's table in a process of its own."""
    file = scratch / f"{scale:g}.db"
    rows = database(synthetic(place, scale), file)
    cost = measured(sys.executable, __file__, "--read", file, scratch / f"{scale:g}")
    return {"rows": rows, **cost}


def main() -> None:
    """Measure both scales, print and write."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    smaller = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
    with TemporaryDirectory() as scratch:
        place = Path(os.environ.get("BENCHMARK_SOURCES", scratch))
        costs = {each: reading(place, Path(scratch), each) for each in (smaller, scale)}
    for each, cost in costs.items():
        print(
            f"Scale {each:g}: {cost['rows']:,.0f} rows in {cost['seconds']:.1f} s, "
            f"{cost['megabytes']:,.0f} MB (goal: under {GOAL:,.0f})"
        )
    kept = {
        f"{each:g}": {name: round(value, 1) for name, value in cost.items()}
        for each, cost in costs.items()
    }
    RESULTS.write_text(json.dumps({"table": TABLE, "scales": kept}, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()

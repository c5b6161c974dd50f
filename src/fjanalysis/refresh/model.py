"""A refresh on disk: written whole from tables that hold the contract, opened for the streams."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.csv as arrow_csv

from fjanalysis import folders, results
from fjanalysis.errors import MachineError, SourceError
from fjanalysis.periods import last_complete_month_end
from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.places import area_table

MANIFEST = "refresh.json"
QUALITY = "quality.csv"
QUALITY_PAGE = "quality.html"
AREAS = "areas.csv"
SCHEMA = 1
_BATCH_ROWS = 200_000


def connection(
    threads: int = 2, memory: str = "", file: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection whose answers depend on no setting of the machine.

    Parameters
    ----------
    threads
        How many may be used.
    memory
        The limit of its memory, as DuckDB writes it; default: DuckDB's own.
    file
        Where its tables stand; default: in memory.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "preserve_insertion_order": True,
    }
    made = duckdb.connect(str(file or ":memory:"), config=config)
    made.execute("SET TimeZone = 'UTC'; SET default_null_order = 'NULLS LAST'")
    _no_progress_bar(made)
    if memory:
        made.execute(f"SET memory_limit = '{memory}'")
    return made


def _no_progress_bar(connection: duckdb.DuckDBPyConnection) -> None:
    """Let commands and notebooks tell their progress themselves: the bar would go to the terminal, or into outputs."""
    (shown,) = connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0]
    if shown:  # a kernel without widgets refuses any change of what is off in it
        connection.execute("SET enable_progress_bar = false")


@dataclass(frozen=True)
class Refresh:
    """A research-ready refresh.

    Parameters
    ----------
    folder
        Where it stands.
    manifest
        What its `refresh.json` says.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def date(self) -> str:
        """The refresh's date, YYYY-MM-DD."""
        return str(self.manifest["refresh"])

    @property
    def synthetic(self) -> bool:
        """Whether the records were made by the generator."""
        return bool(self.manifest["synthetic"])

    @property
    def fingerprint(self) -> str:
        """One hash over the sorted content of all tables."""
        return str(self.manifest["fingerprint"])

    @property
    def follow_up_end(self) -> dt.date:
        """The last day of the last complete month; nothing after it is used."""
        return dt.date.fromisoformat(self.manifest["follow_up_end"])

    @property
    def data_start(self) -> dict[tuple[str, str], dt.date]:
        """The first day of the first month of data, by nation and law type.

        A nation without data of a law type is not among them.
        """
        return {
            (nation, law): dt.date.fromisoformat(day)
            for nation, laws in self.manifest["data_start"].items()
            for law, day in laws.items()
        }

    @property
    def quality(self) -> pd.DataFrame:
        """Data quality as tidy results."""
        return results.read_csv(self.folder / QUALITY)

    def connect(self, threads: int = 2) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB connection with one view a table.

        Parameters
        ----------
        threads
            Threads that a query may use; the answers do not depend on it.
        """
        made = connection(threads)
        for name in TABLES:
            path = str(self.folder / f"{name}.parquet").replace("'", "''")
            made.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")  # noqa: S608
        return made


def open_refresh(folder: Path) -> Refresh:
    """Open a refresh.

    Raises
    ------
    SourceError
        The folder holds none, or not a whole one.
    """
    path = folder / MANIFEST
    mend = "Make it with: fjanalysis ingest --refresh DATE."
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError("There is no refresh here.", where=str(folder), mend=mend) from None
    except (OSError, ValueError) as error:
        raise SourceError(
            f"The refresh's manifest cannot be read: {error}.", where=str(path), mend=mend
        ) from error
    if manifest.get("schema") != SCHEMA:
        raise SourceError(
            f"The refresh has the schema {manifest.get('schema')}; this version reads {SCHEMA}.",
            where=str(path),
            mend=mend,
        )
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise SourceError(
            f"The refresh is not whole: {', '.join(missing)} is missing.",
            where=str(folder),
            mend=mend,
        )
    return Refresh(folder, manifest)


def write_refresh(
    folder: Path,
    source: duckdb.DuckDBPyConnection,
    *,
    refresh: str,
    synthetic: bool,
    sources: Mapping[str, Any],
    follow_up_end: dt.date | None = None,
    data_start: Mapping[str, Mapping[str, str]] | None = None,
    quality: pd.DataFrame | None = None,
    areas: pd.DataFrame | None = None,
    ordered: Mapping[str, str] | None = None,
    page: Callable[[Mapping[str, Any]], str] | None = None,
) -> Refresh:
    """Check the research-ready tables of a connection and write them as a refresh, whole or not at all.

    Parameters
    ----------
    folder
        Where the refresh shall stand.
    source
        A connection with a table or view for each declared table.
    refresh
        The refresh's date.
    synthetic
        Whether the records were made by the generator.
    sources
        What was read: mappings, and tables with their row counts and hashes of columns.
    follow_up_end
        Default: the last day of the last month that is complete on the refresh's date.
    data_start
        By nation and law type; default: the month of the earliest issue date of each.
    quality
        Data quality as tidy results.
    areas
        The look-ups of places in force; default: those of the package.
    ordered
        By table, a SELECT of its rows in the order of its key; default: DuckDB puts the ids in order.
    page
        Makes the data quality report from the manifest.

    Raises
    ------
    SourceError
        A table breaks the contract.
    MachineError
        The folder cannot be written.
    """
    from fjanalysis.refresh import contract  # noqa: PLC0415 - pandera is slow to load, and only writing needs it

    contract.check_shape(source, str(folder))
    # Without it, a sorted table of several row groups may be written out of order.
    source.execute("SET preserve_insertion_order = true")
    with folders.staged(folder) as staging, storing(staging):
        relations = {
            name: _written(source, staging, name, (ordered or {}).get(name, "")) for name in TABLES
        }
        tables: dict[str, dict[str, Any]] = {}
        breaches: list[str] = []
        for name, relation in relations.items():
            tables[name], found = _read_again(source, name, relation)
            breaches += contract.check_across(source, name, relations) + found
        contract.stop_at(breaches, str(folder))
        starts = data_start if data_start is not None else first_months(source)
        end = follow_up_end or last_complete_month_end(dt.date.fromisoformat(refresh))
        places = (areas if areas is not None else area_table()).to_csv(
            index=False, lineterminator="\n"
        )
        folders.write_text(staging / AREAS, places)
        joined = "\n".join(f"{name} {tables[name]['sha256']}" for name in sorted(tables))
        manifest = {
            "schema": SCHEMA,
            "refresh": refresh,
            "synthetic": synthetic,
            "source": dict(sources),
            "data_start": {nation: dict(laws) for nation, laws in starts.items()},
            "follow_up_end": end.isoformat(),
            "areas_sha256": hashlib.sha256(places.encode()).hexdigest(),
            "tables": tables,
            "fingerprint": hashlib.sha256(joined.encode()).hexdigest(),
        }
        results.write_csv(quality if quality is not None else results.tidy([]), staging / QUALITY)
        if page:
            folders.write_text(staging / QUALITY_PAGE, page(manifest))
        folders.write_text(staging / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return Refresh(folder, manifest)


@contextlib.contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn DuckDB's errors of writing to a disk, and of memory, into ours."""
    try:
        yield
    except duckdb.Error as error:
        if not is_storage(error):
            raise
        if isinstance(error, duckdb.OutOfMemoryException):
            what = "Memory and the space for what does not fit into it are used up."
        else:
            what = "The folder cannot be written: the disk is full, or a limit is reached."
        raise MachineError(
            what,
            where=str(folder.parent),
            mend="Free some space, or choose another place with --workspace.",
        ) from error


def is_storage(error: duckdb.Error) -> bool:
    """Say whether DuckDB failed for want of space rather than by what it read."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return True
    words = ("no space left", "file too large", "could not write", "disk quota")
    return isinstance(error, duckdb.IOException | duckdb.TransactionException) and any(
        each in str(error).lower() for each in words
    )


def _written(source: duckdb.DuckDBPyConnection, folder: Path, name: str, ordered: str) -> str:
    """Write a table in the order of its key, which stands once, and return what stands after FROM to read it again."""
    table = TABLES[name]
    target = str(folder / f"{name}.parquet").replace("'", "''")
    rows = ordered or (
        f"SELECT {', '.join(table.names)} FROM {name} ORDER BY {', '.join(table.key)}"  # noqa: S608
    )
    source.execute(
        f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    ).fetchall()
    return f"read_parquet('{target}')"


def _read_again(
    source: duckdb.DuckDBPyConnection, name: str, relation: str
) -> tuple[dict[str, Any], list[str]]:
    """Return a written table's number of rows and content hash, and what in its rows breaks the contract.

    The hash is the SHA-256 of the sorted rows as CSV, not of file bytes: other versions of the writer
    give the same. It is taken of a batch while the batch is checked.
    """
    from fjanalysis.refresh import contract  # noqa: PLC0415 - pandera is slow to load, and only writing needs it

    reader = source.sql(f"SELECT * FROM {relation}").to_arrow_reader(_BATCH_ROWS)  # noqa: S608
    digest, rows, check = hashlib.sha256(), 0, contract.Rows(name)
    with (
        arrow_csv.CSVWriter(_HashSink(digest), reader.schema) as writer,
        ThreadPoolExecutor(1) as beside,
    ):
        for batch in reader:
            hashed = beside.submit(writer.write_batch, batch)
            check.add(batch)
            hashed.result()
            rows += batch.num_rows
    return {"rows": rows, "sha256": digest.hexdigest()}, check.breaches


class _HashSink:
    """A file that keeps nothing but the hash of what is written to it."""

    closed = False

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def write(self, data: Any) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


def first_months(source: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the first day of the month of the earliest issue date, by nation and law type."""
    rows = source.execute(
        "SELECT cases.nation, law_type, date_trunc('month', min(issue_date))::DATE "
        "FROM applications JOIN cases USING (case_id) WHERE issue_date IS NOT NULL "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    starts: dict[str, dict[str, str]] = {}
    for nation, law, day in rows:
        starts.setdefault(nation, {})[law] = day.isoformat()
    return starts

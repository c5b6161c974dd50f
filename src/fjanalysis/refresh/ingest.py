"""From source tables to a research-ready refresh: read, harmonise, check, write."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from fjanalysis import folders
from fjanalysis.errors import SourceError
from fjanalysis.periods import last_complete_month_end
from fjanalysis.progress import progress
from fjanalysis.project import Project
from fjanalysis.refresh import breaks, harmonise, linkage, model, quality, reading, report
from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.model import Refresh, write_refresh
from fjanalysis.refresh.places import area_table
from fjanalysis.sources import mapping as mapping_files
from fjanalysis.sources.connections import Source, open_source

SYNTHETIC_MARK = "synthetic.json"
SYNTHETIC_TABLE = "SYNTHETIC"
MEMORY = "2200MB"
READING_MEMORY = "500MB"
THREADS = 2
RECORDS = "records.duckdb"


@dataclass(frozen=True)
class Report:
    """What was ingested, and what the user should know."""

    refresh: Refresh
    mended: int
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """A few sentences for the terminal."""
        tables = self.refresh.manifest["tables"]
        counts = ", ".join(f"{tables[name]['rows']:,} {name}" for name in TABLES)
        lines = [f"Warning: {warning}" for warning in self.warnings]
        lines.append(
            f"The refresh of {self.refresh.date} stands in {self.refresh.folder}: {counts}."
        )
        lines.append(
            f"{self.mended:,} values and rows were mended or left out, each by rule; "
            f"{model.QUALITY_PAGE} beside the tables is the data quality report."
        )
        if self.refresh.synthetic:
            lines.append("The records are synthetic.")
        return "\n".join(lines)


def ingest(project: Project, refresh: str, source: str | None = None) -> Report:
    """Read source tables into the research-ready refresh of a date.

    Parameters
    ----------
    project
        Whose settings name the mappings and, where `source` is not given, the source.
    refresh
        The refresh's date, YYYY-MM-DD; tables of a later date are not read.
    source
        A folder of tables, a DuckDB file, or the address of a database.

    Raises
    ------
    SourceError
        The source breaks its contract; an earlier refresh of the date stays as it was.
    MachineError
        The workspace cannot be written.
    """
    location = source or project.settings.source.location
    folder = project.refreshes / refresh
    aside = project.refreshes / f".{refresh}.partial"
    own_reference = project.workspace / "reference"
    opened = open_source(location, Path.cwd() if source else project.workspace, aside)
    mappings = [
        mapping_files.read_mapping(name, project.root) for name in project.settings.source.mappings
    ]
    _check_names(mappings)
    with (
        progress("ingest", len(mappings) + 2) as display,
        folders.no_empty_folder(folder.parent),
        workbench(folder) as connection,
        model.storing(folder),
    ):
        quality.prepare(connection)
        sources: dict[str, Any] = {"mappings": [], "tables": {}}
        dates: list[str] = []
        for mapping in mappings:
            display.step(f"reading {mapping.system.title}")
            with reading_memory(connection):
                done = reading.read(connection, opened, mapping, refresh)
            harmonise.harmonise(connection, mapping, refresh, own_reference)
            _check_hearings(connection, mapping, opened)
            quality.gather(connection, mapping, refresh)
            reading.forget(connection, mapping)
            sources["mappings"].append(mapping.system.name)
            sources["tables"] |= done.tables
            if not mapping.system.frozen:
                dates += [date for date in done.dates if date]
            display.advance()
        display.step("linking persons")
        linkage.link(connection, mappings)
        frame = quality.measure(connection)
        ordered = linkage.unite(connection, mappings)
        display.advance()
        display.step("checking and writing")
        compared = _comparison(project, folder, frame)
        end = last_complete_month_end(
            dt.date.fromisoformat(min(refresh, max(dates, default=refresh)))
        )
        written = write_refresh(
            folder,
            connection,
            refresh=refresh,
            synthetic=_synthetic(opened),
            sources=sources,
            follow_up_end=end,
            quality=frame,
            areas=area_table(own_reference),
            ordered=ordered,
            page=lambda manifest: report.page(compared(manifest), frame),
        )
        display.advance()
    opened.finished()
    mended = int(frame.loc[frame["measure"] == "mended", "numerator"].sum())
    moved = len(compared(written.manifest).breaks)
    return Report(written, mended, _warnings(project, refresh, moved))


def _comparison(
    project: Project, folder: Path, frame: pd.DataFrame
) -> Callable[[Mapping[str, Any]], report.About]:
    """Return what compares this refresh with the newest earlier one of its kind, given its manifest."""
    earlier = breaks.earlier_refresh(folder)
    percent = project.settings.refresh.break_percent

    def compared(manifest: Mapping[str, Any]) -> report.About:
        if earlier is None or earlier.synthetic != manifest["synthetic"]:
            return report.About(manifest, "", (), percent)
        return report.About(manifest, earlier.date, breaks.breaks(earlier, frame, percent), percent)

    return compared


@contextlib.contextmanager
def workbench(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the connection that a refresh is made in; its tables, and what its memory does not hold, stand beside the refresh.

    In a file, tables are compressed, and one that is read in parts need not be written first to make room.

    Parameters
    ----------
    folder
        Where the refresh shall stand.

    Raises
    ------
    MachineError
        The folder's parent cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        spill = tempfile.TemporaryDirectory(
            prefix=f".{folder.name}.", suffix=".spill", dir=folder.parent
        )
    except OSError as error:
        raise folders.cannot_write(folder.parent, error) from error
    with spill as place:
        with model.storing(folder):
            opened = model.connection(THREADS, MEMORY, Path(place) / RECORDS)
        with contextlib.closing(opened) as connection:
            quoted = place.replace("'", "''")
            connection.execute(f"SET temp_directory = '{quoted}'")
            connection.execute("SET preserve_insertion_order = false")
            # Blocks that are given up are used again, not given back: new pages are most of the kernel's share.
            connection.execute(f"SET block_allocator_memory = '{MEMORY}'")
            # The file goes with the folder: it need not outlive a crash of the machine.
            connection.execute("SET fsync_mode = 'NONE'")
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")
            yield connection


@contextlib.contextmanager
def reading_memory(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Hold a connection to the memory for reading: with its own buffers that is under 1 GB, whatever the table's size."""
    connection.execute(f"SET memory_limit = '{READING_MEMORY}'")
    yield
    connection.execute(f"SET memory_limit = '{MEMORY}'")


def _check_names(mappings: list[mapping_files.Mapping]) -> None:
    """Raise where two mappings would give ids or tables of the same name."""
    for what in ("name", "letter"):
        given = [getattr(mapping.system, what) for mapping in mappings]
        twice = sorted({each for each in given if given.count(each) > 1})
        if twice:
            raise SourceError(
                f"Two mappings have the {what} '{twice[0]}' under [system].",
                where="source.mappings",
                mend="Give each system a name and a letter of its own.",
            )


def _check_hearings(
    connection: duckdb.DuckDBPyConnection, mapping: mapping_files.Mapping, source: Source
) -> None:
    rows = connection.execute(f"SELECT count(*) FROM {mapping.system.name}.hearings").fetchall()  # noqa: S608
    if not rows[0][0]:
        raise SourceError(
            f"No hearing of {mapping.system.title} belongs to a case.",
            where=source.where,
            mend="Check the hearing table's columns in the mapping: they are assumed names.",
        )


def _synthetic(source: Source) -> bool:
    # A table of this name marks a database; a file, a folder.
    if any(table.name == SYNTHETIC_TABLE for table in source.tables()):
        return True
    mark = Path(source.where) / SYNTHETIC_MARK
    if not mark.is_file():
        return False
    try:
        return bool(json.loads(mark.read_text(encoding="utf-8"))["synthetic"])
    except (OSError, ValueError, KeyError) as error:
        raise SourceError(
            "The mark of synthetic data cannot be read.",
            where=str(mark),
            mend="Make the source anew.",
        ) from error


def _warnings(project: Project, refresh: str, moved: int) -> tuple[str, ...]:
    found = []
    newest = project.newest(project.refreshes)
    if newest and refresh < newest:
        found.append(
            f"A newer refresh, of {newest}, is at hand; commands take it unless told otherwise."
        )
    if moved:
        percent = project.settings.refresh.break_percent
        found.append(
            f"{moved} counts of a year moved by more than {percent:g}% since the refresh before: "
            f"see {model.QUALITY_PAGE}."
        )
    return tuple(found)

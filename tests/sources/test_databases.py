from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from fjanalysis.errors import MachineError, SourceError
from fjanalysis.project import Project, open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.sources import databases
from fjanalysis.sources.databases import statement
from fjanalysis.sources.synthetic import synthesise
from fjanalysis.sources.tables import PhysicalTable
from tests.program import fjanalysis

DATE = "2020-04-01"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("databases") / "source"
    synthesise(place, DATE, scale=0.002, seed=3)
    return place


def project_at(folder: Path) -> Project:
    project = open_project(folder, start=ROOT)
    mappings = project.settings.source.model_copy(update={"mappings": ("ecms", "cms", "cymru")})
    settings = project.settings.model_copy(update={"source": mappings})
    return dataclasses.replace(project, settings=settings)


@pytest.fixture(scope="module")
def fingerprint(source: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    project = project_at(tmp_path_factory.mktemp("files"))
    return ingest(project, DATE, str(source)).refresh.fingerprint


def kind(field: pa.Field) -> sa.types.TypeEngine:
    if pa.types.is_integer(field.type):
        return sa.BigInteger()
    if pa.types.is_timestamp(field.type):
        return sa.DateTime()
    return sa.Date() if pa.types.is_date(field.type) else sa.String()


def fill(engine: sa.Engine, folder: Path, lookups: str | None = None) -> None:
    """Put the tables of a folder into a database, look-ups into a schema of their own where one is named."""
    with engine.begin() as connection:
        if lookups:
            connection.execute(sa.schema.CreateSchema(lookups))
        for path in sorted(folder.glob("*.parquet")):
            rows = pq.read_table(path)
            columns = [sa.Column(field.name, kind(field)) for field in rows.schema]
            schema = lookups if path.stem.startswith(("ECMS_", "CMS_")) else None
            table = sa.Table(path.stem.lower(), sa.MetaData(), *columns, schema=schema)
            table.create(connection)
            connection.execute(table.insert(), rows.to_pylist())
        mark = sa.Table("synthetic", sa.MetaData(), sa.Column("made", sa.Integer))
        mark.create(connection)


@pytest.fixture(scope="module")
def sqlite(source: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    address = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'records.db'}"
    fill(sa.create_engine(address), source)
    return address


def test_a_duckdb_file_gives_the_same_refresh_as_the_files(source, fingerprint, tmp_path):
    path = tmp_path / "records.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA SAIL0001V; CREATE TABLE main.SYNTHETIC (made INTEGER)")
        for file in source.glob("*.parquet"):
            schema = "main" if file.name.startswith("ECMS") else "SAIL0001V"
            connection.execute(f"CREATE TABLE {schema}.{file.stem} AS FROM '{file}'").fetchall()
    report = ingest(project_at(tmp_path / "w"), DATE, str(path))
    assert report.refresh.fingerprint == fingerprint
    assert report.refresh.synthetic


def test_a_database_gives_the_same_refresh_as_the_files(sqlite, fingerprint, tmp_path):
    project = project_at(tmp_path / "w")
    report = ingest(project, DATE, sqlite)
    assert report.refresh.fingerprint == fingerprint
    assert report.refresh.synthetic
    assert [path.name for path in project.refreshes.iterdir()] == [DATE], "nothing stays aside"


def test_a_connection_that_drops_keeps_what_was_read_and_goes_on_from_there(
    sqlite, fingerprint, tmp_path, monkeypatch
):
    project = project_at(tmp_path / "w")
    whole = databases.statement
    read: list[str] = []

    def dropping(table: PhysicalTable, columns: dict[str, sa.types.TypeEngine]) -> sa.Select:
        if "HEARINGS" in table.name:
            return sa.select(sa.text("nothing FROM nowhere"))
        read.append(table.name)
        return whole(table, columns)

    monkeypatch.setattr(databases, "statement", dropping)
    with pytest.raises(SourceError, match="Run the same command again"):
        ingest(project, DATE, sqlite)
    assert [path.name for path in project.refreshes.iterdir()] == [f".{DATE}.partial"]
    before, read[:] = set(read), []

    def counting(table: PhysicalTable, columns: dict[str, sa.types.TypeEngine]) -> sa.Select:
        read.append(table.name)
        return whole(table, columns)

    monkeypatch.setattr(databases, "statement", counting)
    assert ingest(project, DATE, sqlite).refresh.fingerprint == fingerprint
    dated = {name for name in before if name != "LSOA_DEPRIVATION"}
    assert dated & set(read) == set()
    assert "CAFE_ECMS_HEARINGS1" in read


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path):
    with pytest.raises(SourceError) as error:
        ingest(project_at(tmp_path), DATE, "postgresql+psycopg://user:hunter2@127.0.0.1:1/none")
    assert "127.0.0.1" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_missing_driver_is_a_matter_of_the_machine(tmp_path):
    with pytest.raises(MachineError, match="driver"):
        ingest(project_at(tmp_path), DATE, "nosuchdatabase://somewhere/else")


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "records.duckdb").write_text("not a database")
    with pytest.raises(SourceError, match="no DuckDB database"):
        ingest(project_at(tmp_path / "w"), DATE, str(tmp_path / "records.duckdb"))


@pytest.fixture(params=["ibm_db", "pyodbc"])
def db2(request) -> sa.engine.default.DefaultDialect:
    pytest.importorskip("ibm_db_sa", reason="the Db2 dialect is installed on Linux alone")
    return sa.make_url(f"db2+{request.param}://").get_dialect()()


def test_the_statements_compile_for_db2(db2):
    table = PhysicalTable.of("SAIL0001V.CAFE_ECMS_CASES_20240111")
    columns = {"ID_PE": sa.BigInteger(), "CLOSUREDATE": sa.Date()}
    text = " ".join(str(statement(table, columns).compile(dialect=db2)).split())
    whole = '"SAIL0001V"."CAFE_ECMS_CASES_20240111"'
    assert text == f'SELECT {whole}."ID_PE", {whole}."CLOSUREDATE" FROM {whole}'


def test_names_that_db2_gives_in_small_letters_are_left_for_it_to_fold(db2):
    table = PhysicalTable.of("sailcaferefv.ecms_courts_20240111")
    text = " ".join(str(statement(table, {"id": sa.Integer()}).compile(dialect=db2)).split())
    whole = "sailcaferefv.ecms_courts_20240111"
    assert text == f"SELECT {whole}.id FROM {whole}"


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("db2+ibm_db://analyst:secret@/PR_SAIL", ("PR_SAIL", "analyst", "secret")),
        ("db2+pyodbc://analyst:secret@PR_SAIL", ("dsn=PR_SAIL;uid=analyst;pwd=secret",)),
    ],
)
def test_a_data_source_name_stands_in_the_address(address, given):
    pytest.importorskip("ibm_db_sa", reason="the Db2 dialect is installed on Linux alone")
    url = sa.make_url(address)
    arguments, _ = url.get_dialect()().create_connect_args(url)
    assert tuple(arguments)[: len(given)] == given


def programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="module")
def postgres(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = programs()
    if not place:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("postgres")
    data = folder / "data"
    data.mkdir()
    run = []
    if os.geteuid() == 0:  # the server refuses to run as root
        for each in (folder, *folder.parents):
            if len(each.parts) > 2 and each.owner() == "root":
                each.chmod(0o755)
        shutil.chown(data, "postgres")
        run = ["runuser", "-u", "postgres", "--"]
    options = f"-c listen_addresses='' -c unix_socket_directories={data}"
    subprocess.run(
        [*run, place / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [*run, place / "pg_ctl", "-D", data, "-w", "-o", options, "-l", data / "log", "start"],
        check=True,
        capture_output=True,
    )
    try:
        address = f"postgresql+psycopg://postgres@/postgres?host={data}"
        fill(sa.create_engine(address), source, lookups="sailcaferefv")
        yield address
    finally:
        subprocess.run([*run, place / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False)


@pytest.mark.machine
def test_a_postgresql_server_gives_the_same_refresh_as_the_files(postgres, fingerprint, tmp_path):
    assert ingest(project_at(tmp_path), DATE, postgres).refresh.fingerprint == fingerprint


@pytest.mark.machine
@pytest.mark.whole
def test_a_pack_made_from_a_postgresql_server_is_the_one_made_from_files(
    postgres, source, tmp_path
):
    """From the source to the pack by the installed program: an address changes no number on the way.

    Streams and packs read the refresh alone, so that equal fingerprints nearly say it; what a refresh tells
    of its source, and so each pack, differs in the names of the tables, and must hold no address.
    """
    packs = {}
    for name, place in (("files", source), ("server", postgres)):
        start = ("--workspace", tmp_path / name)
        fjanalysis(*start, "ingest", "--source", place, "--refresh", DATE)
        fjanalysis(*start, "run", "urgent-hearings", "--no-variants", "--refresh", DATE)
        fjanalysis(*start, "pack", "urgent-hearings", "--refresh", DATE)
        packs[name] = tmp_path / name / "outputs" / DATE
    names = {name: {each.name for each in pack.glob("*.csv")} for name, pack in packs.items()}
    assert names["files"] == names["server"]
    assert "results.csv" in names["files"]
    for name in names["files"]:
        assert (packs["files"] / name).read_bytes() == (packs["server"] / name).read_bytes(), name
    told = [json.loads((pack / "provenance/refresh.json").read_text()) for pack in packs.values()]
    sources = [
        sorted(each["name"].rsplit(".")[-1].upper() for each in one.pop("sources")) for one in told
    ]
    assert sources[0] == sources[1]
    assert told[0] == told[1]
    for path in packs["server"].rglob("*.*"):
        assert b"postgres" not in path.read_bytes(), path


@pytest.mark.machine
def test_a_connection_that_the_server_ends_half_way_is_told_and_taken_up_again(
    postgres, fingerprint, tmp_path, monkeypatch
):
    project = project_at(tmp_path)
    whole = databases.statement
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    at = {"table": "", "batch": 0}
    read: list[str] = []

    def reading(table: PhysicalTable, columns: dict[str, sa.types.TypeEngine]) -> sa.Select:
        at.update(table=table.name, batch=0)
        read.append(table.name)
        return whole(table, columns)

    class Ending(pq.ParquetWriter):
        def write_batch(self, batch: pa.RecordBatch, row_group_size: int | None = None) -> None:
            super().write_batch(batch, row_group_size)
            at["batch"] += 1
            if "ECMS_HEARINGS" in at["table"] and at["batch"] == 2:
                with sa.create_engine(postgres).connect() as other:
                    other.execute(sa.text(ended))

    monkeypatch.setattr(databases, "BATCH_ROWS", 100)
    monkeypatch.setattr(databases, "statement", reading)
    with monkeypatch.context() as patched:
        patched.setattr(databases.pq, "ParquetWriter", Ending)
        with pytest.raises(SourceError, match=r"(?i)cafe_ecms_hearings1_\d+ was read") as error:
            ingest(project, DATE, postgres)
    assert "Run the same command again" in str(error.value)
    assert at["batch"] == 2, "rows had come before the connection dropped"
    (aside,) = project.refreshes.iterdir()
    assert not list(aside.glob("*.half"))
    kept = {PhysicalTable.of(path.stem).name for path in aside.glob("*.parquet")}
    assert {"CAFE_ECMS_CASES", "CAFE_ECMS_APPLICATIONS"} <= kept
    read.clear()
    assert ingest(project, DATE, postgres).refresh.fingerprint == fingerprint
    assert kept & set(read) <= {"LSOA_DEPRIVATION"}, "dated tables are not read twice"
    assert "CAFE_ECMS_HEARINGS1" in read


def test_what_was_set_aside_is_not_taken_for_another_source(sqlite, tmp_path):
    shutil.copy(sqlite.removeprefix("sqlite:///"), tmp_path / "other.db")
    aside = tmp_path / "aside"
    connection = duckdb.connect()
    first = databases.DatabaseSource(sqlite, aside)
    table = next(each for each in first.tables() if each.name == "CAFE_ECMS_CASES")
    first.relation(connection, table, ["ID_PE"])
    read: list[str] = []

    class Counting(databases.DatabaseSource):
        def _read(self, table: PhysicalTable, columns: list[str], path: Path) -> None:
            read.append(table.name)
            super()._read(table, columns, path)

    Counting(sqlite, aside).relation(connection, table, ["ID_PE"])
    assert read == []
    Counting(sqlite, aside).relation(connection, table, ["ID_PE", "LAWTYPE_ID"])
    assert read == ["CAFE_ECMS_CASES"]
    Counting(f"sqlite:///{tmp_path / 'other.db'}", aside).relation(
        connection, table, ["ID_PE", "LAWTYPE_ID"]
    )
    assert len(read) == 2
    Counting(sqlite, aside).relation(connection, table, ["ID_PE", "LAWTYPE_ID"])
    assert len(read) == 3, "the other source took its place"
    (aside / "manifest.json").write_text("{")
    Counting(sqlite, aside).relation(connection, table, ["ID_PE", "LAWTYPE_ID"])
    assert len(read) == 4, "a manifest that cannot be read counts as none"

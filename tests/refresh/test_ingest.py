from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from fjanalysis import results
from fjanalysis.errors import SourceError
from fjanalysis.project import Project
from fjanalysis.refresh import model, steps
from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.ingest import ingest
from fjanalysis.refresh.model import AREAS, QUALITY, QUALITY_PAGE, open_refresh
from tests.refresh.sources import DATE, rewrite

ROOT = Path(__file__).parents[2]


def test_a_source_becomes_a_refresh_that_says_what_it_was_made_of(source, project):
    report = ingest(project, DATE, str(source))
    refresh = open_refresh(project.refreshes / DATE)
    assert refresh.synthetic
    assert refresh.follow_up_end == dt.date(2020, 3, 31)
    assert dt.date(2007, 4, 1) <= refresh.data_start["England", "public"] <= dt.date(2007, 6, 1)
    assert "CAFE_ECMS_CASES_20200401" in refresh.manifest["source"]["tables"]
    assert "synthetic" in report.text
    results.check(refresh.quality, SourceError, "quality.csv")
    measures = {"records", "missing", "mended", "kept", "unmatched", "linked"}
    assert measures == set(refresh.quality["measure"])
    assert "Secure" in (refresh.folder / "quality.html").read_text()


def test_the_refresh_does_not_depend_on_the_order_of_rows_or_on_the_kind_of_file(
    source, copied, project, tmp_path
):
    random = np.random.Generator(np.random.PCG64(1))
    for path in copied.glob("*.parquet"):
        table = pq.read_table(path)
        table = table.take(pa.array(random.permutation(table.num_rows)))
        if "HEARINGS" in path.name or "COURTS" in path.name:
            path.unlink()
            arrow_csv.write_csv(table, path.with_name(path.stem.lower() + ".csv"))
        else:
            pq.write_table(table, path, row_group_size=1000)
    first = ingest(project, DATE, str(source)).refresh
    elsewhere = dataclasses.replace(project, workspace=tmp_path / "other")
    second = ingest(elsewhere, DATE, str(copied)).refresh
    assert second.fingerprint == first.fingerprint


@pytest.mark.parametrize("part_rows", [8_000, 1_500])
def test_the_number_of_parts_changes_nothing_in_the_refresh_or_its_quality(
    source, project, tmp_path, monkeypatch, part_rows
):
    whole = ingest(project, DATE, str(source)).refresh
    counted = set()
    run_part = steps.run_part

    def counting(connection, statement, part):
        counted.add(part.of)
        run_part(connection, statement, part)

    monkeypatch.setattr(steps, "PART_ROWS", part_rows)
    monkeypatch.setattr(steps, "run_part", counting)
    elsewhere = dataclasses.replace(project, workspace=tmp_path / "other")
    parted = ingest(elsewhere, DATE, str(source)).refresh
    assert len(counted) > 1, "tables of different sizes are done in different numbers of parts"
    assert max(counted) > 2
    assert parted.fingerprint == whole.fingerprint
    first, second = ((each.folder / QUALITY).read_bytes() for each in (whole, parted))
    assert first == second


def test_parts_by_a_key_leave_no_row_out_and_take_none_twice():
    rows = [(key,) for key in range(1000)] + [(None,)]
    connection = model.connection()
    connection.execute("CREATE TABLE t (key BIGINT)")
    connection.executemany("INSERT INTO t VALUES (?)", rows)
    parts = [steps.Part(number, 7) for number in range(7)]
    counts = [
        connection.execute(f"SELECT count(*) FROM t WHERE {part:key}").fetchall()[0][0]
        for part in parts
    ]
    assert sum(counts) == len(rows)
    assert min(counts) > 50
    assert f"{steps.Part(0, 1):key}" == "true"


def without(column: str):
    return lambda table: table.drop_columns([column])


def renamed(old: str, new: str):
    return lambda table: table.rename_columns([new if n == old else n for n in table.column_names])


def texted(column: str, value: str):
    def change(table: pa.Table) -> pa.Table:
        values = [str(v) if v is not None else None for v in table[column].to_pylist()]
        values[0] = value
        at = table.column_names.index(column)
        return table.set_column(at, column, pa.array(values))

    return change


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("CAFE_ECMS_CASES", renamed("CLOSUREDATE", "CLOSEDATE"), "Did you mean 'CLOSEDATE'"),
        ("CAFE_ECMS_PEOPLE", without("WEEKOFBIRTH"), "no column WEEKOFBIRTH"),
        ("CAFE_ECMS_HEARINGS1", without("HEARINGDATE"), "it was assumed"),
        (
            "CAFE_ECMS_CASES",
            texted("DATERECEIVED", "soon"),
            "DATERECEIVED is no date in fewer than 10",
        ),
        ("CAFE_ECMS_HEARINGS1", lambda table: table.slice(0, 0), "is empty"),
        ("ECMS_APPLICATIONTYPES", texted("NAME", "Wardship of a dragon"), "'wardship of a dragon'"),
    ],
)
def test_a_source_that_breaks_its_contract_is_named_and_leaves_nothing(
    copied, project, name, change, words
):
    rewrite(copied, name, change)
    with pytest.raises(SourceError) as error:
        ingest(project, DATE, str(copied))
    assert words.lower() in str(error.value).lower()
    assert "soon" not in str(error.value)
    assert list(project.refreshes.glob("*")) == []


def test_an_earlier_refresh_of_the_date_stays_when_a_new_one_fails(source, copied, project):
    before = ingest(project, DATE, str(source)).refresh.fingerprint
    rewrite(copied, "CAFE_ECMS_PEOPLE", without("GENDER"))
    with pytest.raises(SourceError):
        ingest(project, DATE, str(copied))
    assert open_refresh(project.refreshes / DATE).fingerprint == before


def test_a_missing_table_is_named_with_its_nearest(copied, project):
    (path,) = copied.glob("CAFE_ECMS_LEGALOUTPUTS_*")
    path.rename(copied / "CAFE_ECMS_LEGALOUTPUT_20200401.parquet")
    with pytest.raises(SourceError, match="Did you mean 'CAFE_ECMS_LEGALOUTPUT'"):
        ingest(project, DATE, str(copied))


def test_a_parquet_file_that_is_cut_short_is_named(copied, project):
    (path,) = copied.glob("CAFE_ECMS_PEOPLE_*")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(SourceError, match="cut short") as error:
        ingest(project, DATE, str(copied))
    assert "PEOPLE" in str(error.value)


def test_a_csv_file_in_another_encoding_is_named(copied, project):
    (path,) = copied.glob("ECMS_LOCALAUTHORITIES_*")
    frame = pd.read_parquet(path)
    frame["NAME"] = frame["NAME"].str.replace("Isle of Anglesey", "Ynys Môn")
    path.unlink()
    frame.to_csv(path.with_suffix(".csv"), index=False, encoding="latin-1")
    with pytest.raises(SourceError, match="not UTF-8"):
        ingest(project, DATE, str(copied))


def test_tables_newer_than_the_refresh_are_not_read(source, project):
    with pytest.raises(SourceError, match="newer than the refresh"):
        ingest(project, "2019-04-01", str(source))


def test_the_newest_table_that_is_not_after_the_refresh_is_read(copied, project):
    for path in copied.glob("CAFE_ECMS_HEARINGS1_*"):
        shutil.copy(path, path.with_name("CAFE_ECMS_HEARINGS1_20190401.parquet"))
        shutil.copy(path, path.with_name("CAFE_ECMS_HEARINGS1_20300101.parquet"))
    tables = ingest(project, DATE, str(copied)).refresh.manifest["source"]["tables"]
    assert [name for name in tables if "HEARINGS" in name] == ["CAFE_ECMS_HEARINGS1_20200401"]


def test_a_mapping_of_ones_own_corrects_an_assumed_name(copied, project, tmp_path):
    rewrite(copied, "CAFE_ECMS_HEARINGS1", renamed("HEARINGDATE", "LISTEDFOR"))
    (tmp_path / "ours.toml").write_text(
        'extends = "ecms"\n[tables.hearings.columns.held]\nnames = ["LISTEDFOR"]\ntype = "date"\n'
    )
    source_settings = project.settings.source.model_copy(update={"mappings": ("ours.toml",)})
    settings = project.settings.model_copy(update={"source": source_settings})
    own = dataclasses.replace(project, root=tmp_path, settings=settings)
    assert ingest(own, DATE, str(copied)).refresh.manifest["tables"]["hearings"]["rows"] > 1000


def test_a_mapping_that_is_not_there_or_not_well_formed_is_refused(source, project, tmp_path):
    def using(name: str) -> Project:
        source_settings = project.settings.source.model_copy(update={"mappings": (name,)})
        settings = project.settings.model_copy(update={"source": source_settings})
        return dataclasses.replace(project, root=tmp_path, settings=settings)

    with pytest.raises(SourceError, match="Did you mean 'ecms'"):
        ingest(using("ecsm"), DATE, str(source))
    (tmp_path / "ours.toml").write_text('extends = "ecms"\n[system]\nnation = "Scotland"\n')
    with pytest.raises(SourceError, match=r"system\.nation"):
        ingest(using("ours.toml"), DATE, str(source))
    (tmp_path / "ours.toml").write_text('extends = "ours.toml"\n')
    with pytest.raises(SourceError, match="extends itself"):
        ingest(using("ours.toml"), DATE, str(source))


def test_a_refresh_older_than_the_newest_only_warns(source, project):
    ingest(project, "2020-05-01", str(source))
    report = ingest(project, DATE, str(source))
    assert "newer refresh, of 2020-05-01" in report.text


def test_no_source_is_an_error_with_the_way_out(project):
    with pytest.raises(SourceError, match="no source folder"):
        ingest(project, DATE, "/nowhere/at/all")


def test_all_three_systems_stand_together_with_keys_that_do_not_collide(source, project):
    refresh = ingest(project, DATE, str(source)).refresh
    with refresh.connect() as connection:
        systems = connection.execute(
            "SELECT system, nation, left(case_id, 1), count(*) > 50, max(received_date) < DATE '2014-06-01' "
            "FROM cases GROUP BY ALL ORDER BY 1"
        ).fetchall()
        assert systems == [
            ("cms", "England", "C", True, True),
            ("cymru", "Wales", "W", True, False),
            ("ecms", "England", "E", True, False),
        ]
        regions = "SELECT DISTINCT region FROM cases WHERE nation = 'Wales' AND region IS NOT NULL"
        assert connection.execute(regions).fetchall() == [("W92000004",)]
        areas = "SELECT count(DISTINCT dfj_area) FROM cases WHERE nation = 'Wales'"
        assert connection.execute(areas).fetchall() == [(3,)]
        both = connection.execute(
            "SELECT count(DISTINCT person_id) FROM roles "
            "SEMI JOIN (SELECT person_id FROM roles WHERE application_id LIKE 'C%') AS c USING (person_id) "
            "WHERE application_id LIKE 'E%'"
        ).fetchall()
        assert both[0][0] > 10, "persons known in both English systems are one"
    assert ("England", "public") in refresh.data_start
    assert refresh.data_start["Wales", "private"].year == 2005


@pytest.mark.parametrize("text", [False, True])
def test_tables_stand_in_the_order_of_their_ids_whatever_the_type_of_the_keys(
    copied, project, text
):
    if text:  # one key that is no number lets all keys of the system be texts
        rewrite(
            copied,
            "CAFE_ECMS_HEARINGS1",
            lambda table: table.set_column(
                table.schema.get_field_index("ID_PE"),
                "ID_PE",
                pa.array([f"H{key}" for key in table["ID_PE"].to_pylist()]),
            ),
        )
    refresh = ingest(project, DATE, str(copied)).refresh
    for name, table in TABLES.items():
        rows = pq.read_table(refresh.folder / f"{name}.parquet", columns=list(table.key))
        keys = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        assert len(keys) > 50
        assert keys == sorted(keys), name


def test_an_order_of_a_case_is_given_to_all_its_subjects_and_says_so(source, project):
    with ingest(project, DATE, str(source)).refresh.connect() as connection:
        kinds = connection.execute(
            "SELECT system, case_level, count(*) > 0 FROM orders GROUP BY ALL ORDER BY 1, 2"
        ).fetchall()
        assert kinds == [("cms", True, True), ("cymru", True, True), ("ecms", False, True)]
        uneven = connection.execute(
            "WITH o AS (SELECT case_id, order_type, order_date, count(DISTINCT person_id) AS n FROM orders "
            "WHERE case_id LIKE 'C%' GROUP BY ALL), "
            "s AS (SELECT case_id, count(DISTINCT person_id) AS n FROM roles WHERE role = 'subject' GROUP BY 1) "
            "SELECT count(*) FROM o JOIN s USING (case_id) WHERE o.n <> s.n"
        ).fetchall()
        assert uneven == [(0,)]


def test_a_look_up_of_courts_of_ones_own_wins(source, project):
    reference = project.workspace / "reference"
    reference.mkdir(parents=True)
    with ingest(project, DATE, str(source)).refresh.connect() as connection:
        asked = "SELECT court, count(*) FROM cases WHERE court IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        court, number = connection.execute(asked).fetchall()[0]
    (reference / "courts.csv").write_text(f'court,dfj_area\n"{court}",DFJ-truro\n')
    refresh = ingest(project, DATE, str(source)).refresh
    with refresh.connect() as connection:
        asked = "SELECT DISTINCT dfj_area, hmcts_region FROM cases WHERE court = ?"
        assert connection.execute(asked, [court]).fetchall() == [("DFJ-truro", "HMCTS-south-west")]
    assert number > 1
    places = pd.read_csv(refresh.folder / AREAS, dtype=str)
    assert places.loc[places["level"] == "court", "parent"].tolist() == ["DFJ-truro"]


def test_the_areas_in_force_stand_beside_the_records_with_every_place_of_a_case(source, project):
    refresh = ingest(project, DATE, str(source)).refresh
    places = pd.read_csv(refresh.folder / AREAS, dtype=str, keep_default_na=False)
    known = set(places["code"])
    assert places.loc[places["level"] != "court", "code"].is_unique
    assert set(places["parent"]) - {""} <= known
    with refresh.connect() as connection:
        for column in ("local_authority", "region", "dfj_area", "hmcts_region"):
            found = connection.execute(f"SELECT DISTINCT {column} FROM cases").fetchall()
            assert {row[0] for row in found} - {None} <= known, column


def test_every_row_of_every_table_says_its_nation_and_system(source, project):
    with ingest(project, DATE, str(source)).refresh.connect() as connection:
        for name, table in TABLES.items():
            letters = connection.execute(
                f"SELECT DISTINCT system, nation, left({table.key[0]}, 1) FROM {name} ORDER BY 1"
            ).fetchall()
            kinds = [("cms", "England", "C"), ("cymru", "Wales", "W"), ("ecms", "England", "E")]
            if name == "relationships":
                # A person of the older system who is known in the newer one has the newer one's id.
                kinds.insert(1, ("cms", "England", "E"))
            assert sorted(letters) == kinds, name


def test_without_the_table_of_small_areas_deprivation_is_unknown_and_said_so(copied, project):
    (path,) = copied.glob("LSOA_DEPRIVATION*")
    path.unlink()
    refresh = ingest(project, DATE, str(copied)).refresh
    with refresh.connect() as connection:
        known = "SELECT count(deprivation_quintile) FROM persons"
        assert connection.execute(known).fetchall() == [(0,)]
    missing = refresh.quality.query("measure == 'missing' and group == 'field: deprivation'")
    assert set(missing["value"]) == {100.0}
    assert "missing: deprivation" in (refresh.folder / QUALITY_PAGE).read_text().lower()


def test_an_application_without_its_date_is_issued_on_the_day_it_was_received(copied, project):
    def blanked(table: pa.Table) -> pa.Table:
        at = table.column_names.index("DATEOFAPPLICATION")
        nothing = pa.nulls(len(table), table.schema.field(at).type)
        return table.set_column(at, "DATEOFAPPLICATION", nothing)

    rewrite(copied, "CAFE_ECMS_APPLICATIONS", blanked)
    rows = pq.read_table(next(copied.glob("CAFE_ECMS_APPLICATIONS_*.parquet")))
    received = set(pd.to_datetime(rows["DATERECEIVED"].to_pylist()).date)
    refresh = ingest(project, DATE, str(copied)).refresh
    with refresh.connect() as connection:
        asked = "SELECT issue_date FROM applications WHERE system = 'ecms'"
        found = connection.execute(asked).df()["issue_date"].dropna()
    assert len(found) > 100
    assert set(found.dt.date) <= received
    mended = refresh.quality.query("measure == 'mended' and group == 'field: issue date'")
    assert mended["numerator"].sum() >= len(found)

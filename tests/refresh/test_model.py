from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import pyarrow.parquet as pq
import pytest

from fjanalysis.errors import SourceError
from fjanalysis.folders import sha256
from fjanalysis.refresh.declaration import TABLES, dictionary
from fjanalysis.refresh.model import MANIFEST, connection, open_refresh, write_refresh
from tests.refreshes import build_refresh

ROWS = {
    "cases": [{"case_id": "E1", "received_date": "2019-05-02"}],
    "applications": [
        {"application_id": "E10", "case_id": "E1", "issue_date": "2019-05-01"},
        {"application_id": "E11", "case_id": "E1", "issue_date": "2019-06-01"},
    ],
    "persons": [{"person_id": "E100", "sex": "male", "birth_week": "2019-04-29"}],
    "roles": [{"application_id": "E10", "person_id": "E100"}],
    "relationships": [{"person_id": "E100", "related_id": "E101"}],
    "hearings": [{"case_id": "E1", "hearing_date": "2019-05-03"}],
    "orders": [{"case_id": "E1", "person_id": "E100", "order_date": "2019-11-01"}],
}


def test_a_refresh_comes_back_as_it_was_written(tmp_path):
    build_refresh(tmp_path / "2026-02-01", ROWS)
    refresh = open_refresh(tmp_path / "2026-02-01")
    assert refresh.date == "2026-02-01"
    assert refresh.synthetic
    assert refresh.follow_up_end == date(2026, 1, 31)
    assert refresh.data_start["England", "public"] == date(2007, 4, 1)
    with refresh.connect() as connection:
        assert connection.execute(
            "SELECT application_id, issue_date FROM applications ORDER BY 1"
        ).fetchall() == [("E10", date(2019, 5, 1)), ("E11", date(2019, 6, 1))]
        assert connection.execute("SELECT count(*) FROM persons").fetchall() == [(2,)]


def test_the_first_month_of_data_is_found_where_it_is_not_given(tmp_path):
    refresh = build_refresh(tmp_path / "r", ROWS, data_start=None)
    assert refresh.data_start == {("England", "public"): date(2019, 5, 1)}


def test_the_fingerprint_does_not_depend_on_the_order_of_rows_but_on_every_value(tmp_path):
    first = build_refresh(tmp_path / "a", ROWS)
    turned = {name: list(reversed(rows)) for name, rows in ROWS.items()}
    assert build_refresh(tmp_path / "b", turned).fingerprint == first.fingerprint
    changed = ROWS | {"hearings": [{"case_id": "E1", "hearing_date": "2019-05-04"}]}
    assert build_refresh(tmp_path / "c", changed).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("cases", {"case_id": "E1", "nation": "Mercia"}, "cases.nation: an unknown value"),
        ("cases", {"case_id": "1"}, "ids do not begin with a system's letter"),
        ("cases", {"case_id": "E1", "received_date": "1066-10-14"}, "an impossible date"),
        ("persons", {"person_id": "E1", "birth_week": "2019-04-30"}, "not a Monday"),
        ("persons", {"person_id": "E1", "deprivation_quintile": 6}, "outside 1 to 5"),
        ("persons", {"person_id": "E1", "sex": None}, "persons.sex: no value"),
    ],
)
def test_a_row_that_breaks_the_contract_stops_the_refresh_and_is_not_printed(
    tmp_path, table, row, words
):
    with pytest.raises(SourceError, match="fewer than 10") as error:
        build_refresh(tmp_path / "r", {table: [row]})
    assert words in str(error.value)
    assert "Mercia" not in str(error.value)
    assert "1066" not in str(error.value)
    assert not (tmp_path / "r").exists()
    assert list(tmp_path.iterdir()) == []


def test_keys_stand_once_and_references_are_found(tmp_path):
    doubled = {"cases": [{"case_id": "E1"}, {"case_id": "E1", "system": "cms"}]}
    with pytest.raises(SourceError, match=r"keys \(case_id\) stand more than once"):
        build_refresh(tmp_path / "r", doubled)
    lost = {"hearings": [{"hearing_id": "E1", "case_id": "E9", "hearing_date": "2020-01-01"}]}
    with pytest.raises(SourceError, match=r"not found in cases\.case_id"):
        build_refresh(tmp_path / "r", lost, fill=False)


def test_a_refresh_that_is_not_whole_is_refused(tmp_path):
    with pytest.raises(SourceError, match="no refresh here"):
        open_refresh(tmp_path)
    build_refresh(tmp_path / "r", ROWS)
    (tmp_path / "r" / "orders.parquet").unlink()
    with pytest.raises(SourceError, match="orders is missing"):
        open_refresh(tmp_path / "r")
    (tmp_path / "r" / MANIFEST).write_text(json.dumps({"schema": 99}))
    with pytest.raises(SourceError, match="schema 99"):
        open_refresh(tmp_path / "r")


def test_the_dictionary_has_every_column_once():
    rows = dictionary()
    keys = [(row["table"], row["column"]) for row in rows]
    assert len(keys) == len(set(keys)) == sum(len(table.columns) for table in TABLES.values())
    assert all(row["definition"].endswith(".") for row in rows)


def test_a_table_of_many_row_groups_is_written_in_order(tmp_path):
    source = connection()
    source.execute("SET preserve_insertion_order = false")
    source.execute(
        "CREATE TABLE persons AS SELECT 'E' || (i * 7919 % 600011) AS person_id, 'male' AS sex, "
        "NULL::DATE AS birth_week, false AS birth_week_mended, 'white' AS ethnicity, "
        "NULL::INTEGER AS deprivation_quintile, 'England' AS nation, 'ecms' AS system FROM range(600000) AS t(i)"
    )
    for name, table in TABLES.items():
        if name != "persons":
            columns = ", ".join(f"{column.name} {column.sql_type}" for column in table.columns)
            source.execute(f"CREATE TABLE {name} ({columns})")
    for part in ("a", "b"):
        write_refresh(tmp_path / part, source, refresh="2026-02-01", synthetic=True, sources={})
    rows = pq.read_table(tmp_path / "a" / "persons.parquet")["person_id"].to_pylist()
    assert rows == sorted(rows)
    assert sha256(tmp_path / "a" / "persons.parquet") == sha256(tmp_path / "b" / "persons.parquet")


def test_no_progress_bar_of_the_database_stands_beside_the_commands_own():
    # Where Python runs no file, as in a process forked for a notebook, DuckDB would show one.
    code = """
import duckdb
from fjanalysis.refresh import model
for each in (duckdb.connect(), model.connection()):
    print(*each.execute("SELECT current_setting('enable_progress_bar')").fetchone())
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "False"]

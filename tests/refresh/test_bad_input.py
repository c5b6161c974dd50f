"""Sources that break off or cannot be read, and disks that are full: what is said, and what stays."""

from __future__ import annotations

import dataclasses
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fjanalysis.errors import MachineError, SourceError
from fjanalysis.project import Project, open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.refresh.model import is_storage, open_refresh, storing
from fjanalysis.sources.synthetic import synthesise

DATE = "2020-04-01"
ROOT = Path(__file__).parents[2]
ONE_SYSTEM = ("ecms",)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bad") / "source"
    synthesise(place, DATE, scale=0.004, seed=3)
    return place


@pytest.fixture
def copied(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "copied"))


def project_at(folder: Path, mappings: tuple[str, ...] = ONE_SYSTEM, root: Path = ROOT) -> Project:
    project = open_project(folder, start=ROOT)
    own = project.settings.source.model_copy(update={"mappings": mappings})
    settings = project.settings.model_copy(update={"source": own})
    return dataclasses.replace(project, root=root, settings=settings)


def table(folder: Path, name: str) -> Path:
    (path,) = folder.glob(f"{name}_*.parquet")
    return path


def as_csv(path: Path, encoding: str, change=lambda frame: frame) -> Path:
    target = path.with_suffix(".csv")
    change(pd.read_parquet(path)).to_csv(target, index=False, encoding=encoding)
    path.unlink()
    return target


def test_a_wrong_byte_late_in_a_long_csv_file_is_named(copied, tmp_path):
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame.index[-1], "GENDER"] = "Môr"
        return pd.concat([frame.iloc[:-1]] * 30 + [frame.iloc[-1:]])

    as_csv(table(copied, "CAFE_ECMS_PEOPLE"), "latin-1", change)
    with pytest.raises(SourceError, match="not UTF-8") as error:
        ingest(project_at(tmp_path / "w"), DATE, str(copied))
    assert "CAFE_ECMS_PEOPLE" in str(error.value)
    assert not (tmp_path / "w").exists()


def test_a_csv_file_of_two_byte_characters_is_named(copied, tmp_path):
    as_csv(table(copied, "ECMS_LAWTYPES"), "utf-16")
    with pytest.raises(SourceError, match="ECMS_LAWTYPES"):
        ingest(project_at(tmp_path / "w"), DATE, str(copied))


def test_a_csv_file_with_a_byte_order_mark_is_read(source, copied, tmp_path):
    as_csv(table(copied, "ECMS_LAWTYPES"), "utf-8-sig")
    first = ingest(project_at(tmp_path / "a"), DATE, str(source)).refresh
    assert ingest(project_at(tmp_path / "b"), DATE, str(copied)).refresh.fingerprint == (
        first.fingerprint
    )


def test_keys_that_were_written_with_a_point_still_match(source, copied, tmp_path):
    path = table(copied, "CAFE_ECMS_PERSONSONAPPLICATIONS")
    frame = pd.read_parquet(path)
    frame["PERSON_ID_PE"] = frame["PERSON_ID_PE"].astype("float64")
    frame.to_parquet(path)
    first = ingest(project_at(tmp_path / "a"), DATE, str(source)).refresh
    assert ingest(project_at(tmp_path / "b"), DATE, str(copied)).refresh.fingerprint == (
        first.fingerprint
    )


def test_a_parquet_file_with_a_broken_page_is_an_error_of_the_source(copied, tmp_path):
    path = table(copied, "CAFE_ECMS_HEARINGS1")
    held = bytearray(path.read_bytes())
    held[200 : len(held) // 2] = bytes(len(held) // 2 - 200)
    path.write_bytes(held)
    with pytest.raises(SourceError, match="no whole Parquet file"):
        ingest(project_at(tmp_path / "w"), DATE, str(copied))
    assert not (tmp_path / "w").exists()


def test_a_column_of_a_wrong_type_in_parquet_is_named(copied, tmp_path):
    path = table(copied, "CAFE_ECMS_CASES")
    rows = pq.read_table(path)
    at = rows.column_names.index("DATERECEIVED")
    numbers = pa.array([20190401] * rows.num_rows)
    pq.write_table(rows.set_column(at, "DATERECEIVED", numbers), path)
    with pytest.raises(SourceError, match="DATERECEIVED is no date in") as error:
        ingest(project_at(tmp_path / "w"), DATE, str(copied))
    assert "20190401" not in str(error.value).replace("_20200401", "")


def test_unknown_codes_are_listed_each_with_a_safe_count(copied, tmp_path):
    path = table(copied, "CAFE_ECMS_PEOPLE")
    frame = pd.read_parquet(path)
    frame.loc[frame.index[:3], "GENDER"] = "X"
    frame.loc[frame.index[10:40], "GENDER"] = "Y"
    frame.to_parquet(path)
    with pytest.raises(SourceError) as error:
        ingest(project_at(tmp_path / "w"), DATE, str(copied))
    text = str(error.value)
    assert "- 'X' in fewer than 10 rows\n- 'Y' in 30 rows" in text
    assert "[codes.sex]" in text


def test_a_value_that_a_mapping_cannot_convert_is_not_printed(source, tmp_path):
    (tmp_path / "ours.toml").write_text(
        'extends = "ecms"\n[records]\n'
        'hearings = "SELECT id AS hearing_key, case_id AS case_key, '
        "CAST(id || ' o''clock' AS DATE) AS hearing_date FROM hearings\"\n"
    )
    with pytest.raises(SourceError, match="cannot convert") as error:
        ingest(project_at(tmp_path / "w", ("ours.toml",), tmp_path), DATE, str(source))
    assert "o'clock" not in str(error.value)


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from tests.refresh.test_bad_input import project_at
from fjanalysis.errors import FjanalysisError
from fjanalysis.refresh.ingest import ingest
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    ingest(project_at(Path(sys.argv[1])), "2020-04-01", sys.argv[2])
except FjanalysisError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("limit", [20_000, 60_000])
def test_a_full_disk_is_a_matter_of_the_machine_and_leaves_the_refresh_before_whole(
    source, tmp_path, limit
):
    workspace = tmp_path / "w"
    before = ingest(project_at(workspace), DATE, str(source)).refresh
    files = {path.name: path.read_bytes() for path in before.folder.iterdir()}
    assert max(map(len, files.values())) > limit
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(workspace), str(source), str(limit), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == MachineError.exit_code, done.stderr
    assert "cannot be written" in done.stdout
    assert [path.name for path in (workspace / "refreshes").iterdir()] == [DATE]
    assert {path.name: path.read_bytes() for path in before.folder.iterdir()} == files
    assert open_refresh(before.folder).fingerprint == before.fingerprint
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_want_of_memory_is_told_apart_from_what_cannot_be_read(tmp_path):
    connection = duckdb.connect(config={"memory_limit": "10MB", "temp_directory": ""})
    with pytest.raises(MachineError, match="Memory"), storing(tmp_path / "r"):
        connection.execute("CREATE TABLE t AS SELECT hash(range)::VARCHAR FROM range(5000000)")
    assert not is_storage(duckdb.ConversionException("could not write"))


def test_keys_that_are_no_whole_numbers_give_the_same_records(source, copied, tmp_path):
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame, frame.iloc[:1].assign(ID_PE="0x1")])

    as_csv(table(copied, "CAFE_ECMS_HEARINGS1"), "utf-8", change)
    numbers = ingest(project_at(tmp_path / "a"), DATE, str(source)).refresh.manifest["tables"]
    texts = ingest(project_at(tmp_path / "b"), DATE, str(copied)).refresh.manifest["tables"]
    assert texts.pop("hearings")["rows"] == numbers.pop("hearings")["rows"] + 1
    assert texts == numbers

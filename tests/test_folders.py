"""A folder that is written is whole or absent, and what stood there before stays until then."""

import errno
import os

import pytest

from fjanalysis.errors import MachineError
from fjanalysis.folders import files_below, replace, sha256, staged, write_text


def test_a_staged_folder_takes_its_place_when_the_block_succeeds(tmp_path):
    target = tmp_path / "deep" / "results"
    with staged(target) as folder:
        (folder / "a.csv").write_text("1\n")
        assert not target.exists()
    assert files_below(target) == ["a.csv"]
    assert [path.name for path in target.parent.iterdir()] == ["results"]


def test_a_failure_leaves_the_older_folder_and_no_trace_of_the_new(tmp_path):
    target = tmp_path / "results"
    with staged(target) as folder:
        (folder / "a.csv").write_text("old\n")
    with pytest.raises(KeyError), staged(target) as folder:
        (folder / "a.csv").write_text("half\n")
        raise KeyError("a defect")
    assert (target / "a.csv").read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_failure_leaves_no_empty_folder_that_was_made_for_it(tmp_path):
    (tmp_path / "own").mkdir()
    for parent in (tmp_path / "own", tmp_path / "results" / "2026-02-01"):
        with pytest.raises(KeyError), staged(parent / "recurrence" / "main"):
            raise KeyError("a defect")
    assert [path.name for path in tmp_path.rglob("*")] == ["own"]


def test_a_newer_folder_replaces_the_older_whole(tmp_path):
    target = tmp_path / "results"
    for name in ("old.csv", "new.csv"):
        with staged(target) as folder:
            (folder / name).write_text("1\n")
    assert files_below(target) == ["new.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_the_older_folder_comes_back_when_the_newer_cannot_be_moved(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a.csv").write_text("old\n")
    with pytest.raises(OSError):
        replace(tmp_path / "absent", tmp_path / "results")
    assert (tmp_path / "results" / "a.csv").read_text() == "old\n"


def test_a_place_that_cannot_be_written_is_an_error_of_the_machine(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(MachineError) as caught, staged(tmp_path / "file" / "results"):
        pass
    assert "cannot be written" in caught.value.sentence
    assert "--workspace" in caught.value.mend


def test_a_full_disk_is_an_error_of_the_machine_and_leaves_nothing(tmp_path):
    with pytest.raises(MachineError) as caught, staged(tmp_path / "results"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.parquet")
    assert "No space left" in caught.value.what
    assert list(tmp_path.iterdir()) == []


def test_text_is_written_with_unix_line_ends_and_replaces_whole(tmp_path):
    path = tmp_path / "deep" / "notes.txt"
    write_text(path, "first\n")
    write_text(path, "één\n")
    assert path.read_bytes() == "één\n".encode()
    assert [each.name for each in path.parent.iterdir()] == ["notes.txt"]


def test_a_hash_is_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(tmp_path / "abc").startswith("ba7816bf8f01cfea")


def test_files_are_named_from_the_folder_in_order(tmp_path):
    for name in ("b/two", "a", "b/one"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert files_below(tmp_path) == ["a", "b/one", "b/two"]

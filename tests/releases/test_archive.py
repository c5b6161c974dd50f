"""An archive has the same bytes for the same files, and nothing in it is trusted."""

import stat
import zipfile

import pytest

from fjanalysis.errors import VerificationError
from fjanalysis.folders import files_below
from fjanalysis.releases import archive as archives
from fjanalysis.releases.archive import extract, write_archive


@pytest.fixture
def folder(tmp_path):
    for name in ("b/two.txt", "a.txt"):
        path = tmp_path / "release" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "release"


def made(path, *entries):
    """Write an archive of odd entries: (name, data, mode)."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, data, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = mode << 16
            packed.writestr(entry, data)
    return path


def test_what_is_packed_comes_back(folder, tmp_path):
    write_archive(folder, tmp_path / "release.zip")
    extract(tmp_path / "release.zip", tmp_path / "again")
    assert files_below(tmp_path / "again") == ["a.txt", "b/two.txt"]
    assert (tmp_path / "again" / "b" / "two.txt").read_text() == "b/two.txt"


def test_the_bytes_depend_on_no_clock_and_no_permission(folder, tmp_path):
    write_archive(folder, tmp_path / "one.zip")
    (folder / "a.txt").chmod(0o600)
    (folder / "a.txt").touch()
    write_archive(folder, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("../outside.txt", stat.S_IFREG | 0o644),
        ("a/../../outside.txt", stat.S_IFREG | 0o644),
        ("/outside.txt", stat.S_IFREG | 0o644),
        ("C:/outside.txt", stat.S_IFREG | 0o644),
        ("..\\outside.txt", stat.S_IFREG | 0o644),
        ("link", stat.S_IFLNK | 0o777),
    ],
)
def test_an_entry_that_leaves_the_folder_is_refused(tmp_path, name, mode):
    path = made(tmp_path / "bad.zip", (name, "x", mode))
    with pytest.raises(VerificationError, match="outside the folder"):
        extract(path, tmp_path / "deep" / "folder")
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_name_that_stands_twice_is_refused(tmp_path):
    entry = ("a.txt", "x", stat.S_IFREG | 0o644)
    with pytest.warns(UserWarning, match="Duplicate"):
        path = made(tmp_path / "bad.zip", entry, entry)
    with pytest.raises(VerificationError, match="not opened"):
        extract(path, tmp_path / "folder")


def test_a_truncated_archive_is_refused(folder, tmp_path):
    path = tmp_path / "release.zip"
    write_archive(folder, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(VerificationError, match="truncated"):
        extract(path, tmp_path / "folder")


def test_an_edited_byte_is_noticed_before_any_checksum_is_read(folder, tmp_path):
    path = tmp_path / "release.zip"
    write_archive(folder, path)
    path.write_bytes(path.read_bytes().replace(b"b/two.txtPK", b"b/twO.txtPK"))
    with pytest.raises(VerificationError, match="not opened"):
        extract(path, tmp_path / "folder")


def test_sizes_and_numbers_of_files_are_bounded(folder, tmp_path, monkeypatch):
    path = tmp_path / "release.zip"
    write_archive(folder, path)
    monkeypatch.setattr(archives, "MOST_BYTES", 5)
    with pytest.raises(VerificationError, match="more than a release may"):
        extract(path, tmp_path / "one")
    monkeypatch.setattr(archives, "MOST_BYTES", 500)
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    with pytest.raises(VerificationError, match="more than 1 files"):
        extract(path, tmp_path / "two")

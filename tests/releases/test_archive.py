"""An archive has the same bytes for the same files, and nothing in it is trusted."""

import stat
import tarfile
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
        ("pipe", stat.S_IFIFO | 0o644),
        ("a/C:/outside.txt", stat.S_IFREG | 0o644),
        ("a/./../../outside.txt", stat.S_IFREG | 0o644),
        ("a//outside.txt", stat.S_IFREG | 0o644),
        ("a.txt:stream", stat.S_IFREG | 0o644),
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


def test_an_entry_below_a_file_and_a_name_too_long_for_a_disk_are_refused(tmp_path):
    plain = stat.S_IFREG | 0o644
    for entries in ([("a", "x", plain), ("a/b", "x", plain)], [("n" * 5000, "x", plain)]):
        path = made(tmp_path / "bad.zip", *entries)
        with pytest.raises(VerificationError, match="not opened"):
            extract(path, tmp_path / f"folder-{len(entries)}")


def test_a_bomb_that_unpacks_to_more_than_it_may_is_stopped_while_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", b"\0" * 5_000_000)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    with pytest.raises(VerificationError, match="more than a release may"):
        extract(path, tmp_path / "declared")
    lying = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(lying)
    with pytest.raises(VerificationError, match="not opened"):
        extract(path, tmp_path / "lying")
    assert sum(each.stat().st_size for each in (tmp_path / "lying").iterdir()) <= 1_000_000


@pytest.mark.parametrize("kind", ["tar", "text", "empty", "encrypted", "broken stream"])
def test_what_is_no_archive_of_ours_is_answered_with_a_sentence(folder, tmp_path, kind):
    path = tmp_path / "release.zip"
    if kind == "tar":
        with tarfile.open(path, "w:gz") as packed:
            packed.add(folder, "release")
    elif kind == "encrypted":
        write_archive(folder, path)
        data = bytearray(path.read_bytes())
        for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            data[data.index(mark) + at] |= 1
        path.write_bytes(data)
    elif kind == "broken stream":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("a.txt", "words " * 1000)
        data = bytearray(path.read_bytes())
        data[40:60] = bytes(20)
        path.write_bytes(data)
    else:
        path.write_bytes(b"" if kind == "empty" else b"words")
    before = path.read_bytes()
    with pytest.raises(VerificationError, match="not opened") as caught:
        extract(path, tmp_path / "folder")
    assert caught.value.exit_code == 14
    assert path.read_bytes() == before

"""One file of a release: the same bytes for the same contents, and read as something untrusted."""

from __future__ import annotations

import errno
import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from fjanalysis.errors import VerificationError
from fjanalysis.folders import cannot_write, files_below

EPOCH = (1980, 1, 1, 0, 0, 0)
MOST_FILES = 20_000
MOST_BYTES = 2_000_000_000
_CHUNK = 1 << 20
_DAMAGED = "it is truncated, damaged or not an archive of a release"
# What the reader raises at archives that are broken, encrypted or packed in a way that it does not know.
_UNREADABLE = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
)


def write_archive(folder: Path, target: Path) -> None:
    """Write all files below `folder` into a zip archive, whole or not at all.

    Files are stored and not compressed, in order of name, without clock or owner, so that the bytes
    depend on no compression library.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            for name in files_below(folder):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system = 3
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                with (folder / name).open("rb") as source, archive.open(entry, "w") as copy:
                    shutil.copyfileobj(source, copy, _CHUNK)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def extract(archive: Path, folder: Path) -> None:
    """Unpack an archive into an empty folder; the archive itself is only read.

    Raises
    ------
    VerificationError
        It is truncated or no archive, or an entry leaves the folder, is no plain file, stands twice,
        or is more than a release may hold.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            _bound(archive, entries)
            left = MOST_BYTES
            for entry in entries:
                target = folder / _safe(archive, entry)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, target.open("xb") as copy:
                    # The size that an entry declares is as untrusted as the entry.
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise _refused(archive, "it holds more than a release may")
                        copy.write(chunk)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise cannot_write(folder, error) from error
        raise _refused(archive, _DAMAGED) from error
    except _UNREADABLE as error:
        raise _refused(archive, _DAMAGED) from error


def refuse_links(folder: Path) -> None:
    """Stop where a release's folder holds a link, which could lead to any file of the machine.

    Raises
    ------
    VerificationError
        It holds one.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise VerificationError(
                "The release is not read: it holds a link, and a release is made of plain files.",
                where=str(path),
                mend="Fetch the release again from where it was published.",
            )


def _bound(archive: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise _refused(archive, f"it holds more than {MOST_FILES:,} files")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _refused(archive, "it holds more than a release may")


def _safe(archive: Path, entry: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(entry.filename)
    mode = entry.external_attr >> 16
    plain = stat.S_IFMT(mode) in (0, stat.S_IFREG)
    # The name as stored: `filename` is cut at a zero byte and has backslashes turned on some systems.
    odd = not name.parts or "\\" in entry.filename or entry.filename != entry.orig_filename
    odd = (
        odd or ":" in entry.filename or any(part in ("", ".") for part in entry.filename.split("/"))
    )
    if name.is_absolute() or ".." in name.parts or odd or not plain:
        raise _refused(archive, "an entry would be written outside the folder")
    return name


def _refused(archive: Path, why: str) -> VerificationError:
    return VerificationError(
        f"The archive is not opened: {why}.",
        where=str(archive),
        mend="Fetch the release again from where it was published.",
    )

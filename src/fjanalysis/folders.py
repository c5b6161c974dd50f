"""Folders that are whole or absent, and hashes of what is in them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fjanalysis.errors import MachineError


@contextlib.contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `target` that takes its place when the block succeeds.

    When the block raises, the temporary folder is removed and what stood at `target` stays; folders
    above it that were made for it are removed as well.

    Raises
    ------
    MachineError
        The parent folder cannot be written.
    """
    parent = target.parent
    with no_empty_folder(parent):
        try:
            parent.mkdir(parents=True, exist_ok=True)
            staging = Path(
                tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=parent)
            )
        except OSError as error:
            raise cannot_write(parent, error) from error
        try:
            staging.chmod(0o755)
            yield staging
            replace(staging, target)
        except OSError as error:
            raise cannot_write(target, error) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def no_empty_folder(*folders: Path) -> Iterator[None]:
    """Remove, at the end of the block, those of `folders` and of the folders above that it made for nothing."""
    missing = {
        path for folder in folders for path in (folder, *folder.parents) if not path.exists()
    }
    try:
        yield
    finally:
        for path in sorted(missing, key=lambda each: -len(each.parts)):
            with contextlib.suppress(OSError):  # not empty, or never made
                path.rmdir()


def cannot_write(path: Path, error: OSError) -> MachineError:
    """Return the error for a path that cannot be written, with the system's own reason."""
    reason = error.strerror or str(error)
    return MachineError(
        f"The folder cannot be written: {reason}.",
        where=str(error.filename or path),
        mend="Choose another place with --workspace, free some space, or mend the folder's permissions.",
    )


def replace(source: Path, target: Path) -> None:
    """Move the folder `source` to `target`, putting an older `target` out of the way first."""
    if not target.exists():
        source.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    old.rmdir()
    target.rename(old)
    try:
        source.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_below(folder: Path) -> list[str]:
    """Return the relative names of all files below `folder`, with forward slashes, sorted."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )

"""The code of a release: what git says of a checkout, and whether files are those of a commit."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fjanalysis.errors import VerificationError
from fjanalysis.folders import files_below

# Python before 3.11.4 knows no filters of what it unpacks; what git itself packs needs none.
FILTERED: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


@dataclass(frozen=True)
class Commit:
    """The commit that a checkout stands on.

    Parameters
    ----------
    id
        Its hash.
    date
        When it was made, ISO 8601 in UTC: the only date in a release.
    tags
        The tags that point at it.
    clean
        Whether every tracked file is as committed, and no file is untracked.
    """

    id: str
    date: str
    tags: tuple[str, ...]
    clean: bool


def read_commit(root: Path) -> Commit:
    """Return the commit of the checkout `root`.

    Raises
    ------
    VerificationError
        It is no git checkout, or has no commit.
    """
    commit = _git(root, "rev-parse", "HEAD").decode().strip()
    shown = ["show", "-s", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "HEAD"]
    return Commit(
        commit,
        _git(root, *shown).decode().strip(),
        tuple(sorted(_git(root, "tag", "--points-at", "HEAD").decode().split())),
        not _git(root, "status", "--porcelain").strip(),
    )


def export_commit(root: Path, folder: Path) -> None:
    """Write the files of the checkout's commit below `folder`."""
    packed = _git(root, "archive", "--format=tar", "HEAD")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, **FILTERED)  # noqa: S202 - packed by git itself


def differences(root: Path, commit: str, folder: Path) -> list[str] | None:
    """Return the files below `folder` that are not those of a commit, or None where `root` lacks it.

    Parameters
    ----------
    root
        The checkout at hand.
    folder
        Files that claim to be those of `commit`.
    """
    try:
        listed = _git(root, "ls-tree", "-r", "-z", f"{commit}^{{commit}}").decode()
    except VerificationError:
        return None
    blobs = {}
    for line in filter(None, listed.split("\0")):
        about, name = line.split("\t", 1)
        blobs[name] = about.split()[2]
    found = {name: _blob(folder / name) for name in files_below(folder)}
    return sorted(name for name in {*blobs, *found} if blobs.get(name) != found.get(name))


def tagged_commit(root: Path, tag: str) -> str | None:
    """Return the commit that a tag of a checkout points at, or None where it has no such tag."""
    try:
        shown = _git(root, "rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}")
    except VerificationError:
        return None
    return shown.decode().strip() or None


def _blob(path: Path) -> str:
    """Return the name that git gives to a file's content."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _git(root: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (fixed commands on the user's own checkout)
            command, capture_output=True, check=True, env=_environment()
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise VerificationError(
            "A release is made from a git checkout with a commit, and none can be read here.",
            where=str(root),
            mend="Clone the project with git, and try again there.",
        ) from error
    return done.stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "TZ": "UTC", "LC_ALL": "C"}

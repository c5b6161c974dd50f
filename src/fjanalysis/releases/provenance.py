"""Whether the numbers of a pack were made by the code that is released with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fjanalysis.folders import sha256
from fjanalysis.packs import Pack
from fjanalysis.project import Project, code_hash

WORDS = {"notebook": "notebook", "code": "package", "lock": "lock file"}


def other_code(project: Project, pack: Pack) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a pack's numbers were made by and a checkout has not.

    Parameters
    ----------
    project
        The checkout: its notebooks, package and lock file.
    pack
        Each run recorded hashes of these.

    Yields
    ------
    tuple
        Stream, what differs, and its hash in the pack and in the checkout.
    """
    held = {
        "code": code_hash(project.root / "src" / "fjanalysis"),
        "lock": _hash(project.root / "uv.lock"),
    }
    for stream in sorted(pack.streams):
        notebook = project.root / project.stream(stream).notebook
        here = {**held, "notebook": _hash(notebook)}
        for name, about in sorted(pack.streams[stream]["variants"].items()):
            said = stream if name == "main" else f"{stream}, {name}"
            for part, words in WORDS.items():
                recorded = str(about.get("hashes", {}).get(part, "not recorded"))
                if recorded != here[part]:
                    yield said, words, recorded, here[part]


def _hash(path: Path) -> str:
    return sha256(path) if path.is_file() else "absent"

"""The site and notebooks of a release built again from its pack by the code at hand, and held against it."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fjanalysis.briefings.render import choose_renderer, render
from fjanalysis.errors import FjanalysisError
from fjanalysis.folders import files_below, sha256
from fjanalysis.packs import read_pack
from fjanalysis.project import SETTINGS, Project
from fjanalysis.releases.content import same_content, values_of
from fjanalysis.releases.findings import Difference, Step
from fjanalysis.releases.notebooks import write_notebooks

# What pages are made from, besides the pack.
RENDERED_FROM = (
    "src/fjanalysis",
    "analyses",
    "briefings",
    "templates",
    "_brand.yml",
    "_quarto.yml",
    SETTINGS,
    "uv.lock",
)
PARTS = ("site", "notebooks")
_PRINTED = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def examine_rendering(project: Project, folder: Path, about: Mapping[str, Any]) -> Step:
    """Build site and notebooks again, and compare: bytes, or where a library differs, content."""
    unlike = unlike_files(project.root, folder / "code", RENDERED_FROM)
    if unlike:
        return Step(
            "Rendering",
            "not done",
            f"the code at hand is not the release's (such as {unlike[0]}): check out {about['tag']} to rebuild the site.",
        )
    with tempfile.TemporaryDirectory(prefix="fjanalysis-render-") as name:
        own = replace(project, workspace=Path(name).resolve())
        outputs = own.workspace / "outputs"
        outputs.symlink_to((folder / "outputs").resolve(), target_is_directory=True)
        engine = choose_renderer(None)
        try:
            render(own, (), str(about["pack"]), renderer=engine)
            write_notebooks(
                own, read_pack(outputs / str(about["pack"])), own.workspace / "notebooks"
            )
        except FjanalysisError as error:
            return Step("Rendering", "failed", f"the pages cannot be rebuilt: {error.what}")
        return _compared(folder, own.workspace, libraries_that_differ(folder, about, engine))


def _compared(folder: Path, workspace: Path, libraries: list[str]) -> Step:
    pairs = list(_pairs(folder, workspace))
    other_bytes = [
        (name, recorded, found)
        for name, recorded, found in pairs
        if short(recorded) != short(found)
    ]
    if not other_bytes:
        sentence = f"{len(pairs):,} files of pages and notebooks, rebuilt from the pack, have the same bytes."
        return Step("Rendering", "passed", sentence)
    if libraries:
        unlike = [each for each in other_bytes if not same_content(each[1], each[2])]
        named = ", ".join(libraries[:8]) + (" …" if len(libraries) > 8 else "")
        if not unlike:
            names = ", ".join(name for name, _, _ in other_bytes[:3])
            return Step(
                "Rendering",
                "passed",
                f"{len(pairs):,} files were rebuilt; {len(other_bytes):,} have other bytes and the same content "
                f"(such as {names}), where this differs: {named}.",
            )
        sentence = f"{len(unlike)} files differ in content from those rebuilt from the pack; here differs: {named}."
    else:
        unlike = other_bytes
        sentence = f"{len(unlike)} files differ from those rebuilt from the pack."
    differences = [
        each for name, recorded, found in unlike for each in _told(name, recorded, found)
    ]
    return Step("Rendering", "failed", sentence, differences)


def _pairs(folder: Path, workspace: Path) -> Iterator[tuple[str, Path, Path]]:
    for part in PARTS:
        recorded, found = folder / part, workspace / ("_site" if part == "site" else part)
        for each in sorted({*files_below(recorded), *files_below(found)}):
            yield f"{part}/{each}", recorded / each, found / each


def _told(name: str, recorded: Path, found: Path) -> Iterator[Difference]:
    """Yield a file that differs: number by number where it is a page, else as a whole."""
    step = "notebook" if name.startswith("notebooks/") else "render"
    was, now = values_of(recorded), values_of(found)
    unlike = [key for key in sorted({*was, *now}) if was.get(key) != now.get(key)]
    for key in unlike:
        before, after = was.get(key, "not on the page"), now.get(key, "not on the page")
        yield Difference(
            f"pack or {step}", f"{key} ({name})", before, after, _relative(before, after)
        )
    if not unlike:
        yield Difference(step, name, short(recorded), short(found), None)


def _relative(one: str, other: str) -> float | None:
    """Return the relative difference of two numbers as they are printed, or None."""
    found = [_PRINTED.search(text.replace("\N{MINUS SIGN}", "-")) for text in (one, other)]
    if not all(found):
        return None
    a, b = (float(match[0].replace(",", "")) for match in found if match)
    largest = max(abs(a), abs(b))
    return abs(a - b) / largest if largest else 0.0


def libraries_that_differ(folder: Path, about: Mapping[str, Any], engine: str) -> list[str]:
    """Return the renderer and the locked packages whose version here is not the release's."""
    found = []
    if about.get("renderer", engine) != engine:
        found.append(f"renderer {about['renderer']} → {engine}")
    try:
        recorded = json.loads((folder / "environment.json").read_text(encoding="utf-8"))["packages"]
        items = sorted((str(name), str(version)) for name, version in recorded.items())
    except (OSError, ValueError, KeyError, AttributeError):
        return [*found, "the environment is not recorded"]
    for name, version in items:
        try:
            here = importlib.metadata.version(name)
        except (importlib.metadata.PackageNotFoundError, ValueError):
            continue
        if here != version:
            found.append(f"{name} {version} → {here}")
    return found


def short(path: Path) -> str:
    """Return the first digits of a file's hash."""
    return sha256(path)[:12] if path.is_file() else "absent"


def unlike_files(root: Path, other: Path, names: tuple[str, ...]) -> list[str]:
    """Return the files, of some files and folders, that are not the same in two trees."""
    found = []
    for name in names:
        if (root / name).is_file() or (other / name).is_file():
            pairs = [name]
        else:
            below = {*_own_files(root / name), *_own_files(other / name)}
            pairs = [f"{name}/{each}" for each in sorted(below)]
        found += [each for each in pairs if short(root / each) != short(other / each)]
    return found


def _own_files(folder: Path) -> list[str]:
    return [name for name in files_below(folder) if "__pycache__" not in name]

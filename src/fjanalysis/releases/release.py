"""`fjanalysis release`: everything that a stranger needs, in one folder and one archive."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis import __version__
from fjanalysis.briefings.check import check_site
from fjanalysis.briefings.render import choose_renderer, render
from fjanalysis.disclosure.audit import check_pack
from fjanalysis.errors import UsageError, VerificationError
from fjanalysis.folders import files_below, sha256, staged, write_text
from fjanalysis.packs import Pack, pack_name, read_pack
from fjanalysis.progress import progress
from fjanalysis.project import Project
from fjanalysis.releases.archive import write_archive
from fjanalysis.releases.code import Commit, export_commit, read_commit
from fjanalysis.releases.compare import open_pack
from fjanalysis.releases.crate import CHECKSUMS, credit, write_crate
from fjanalysis.releases.notebooks import write_notebooks
from fjanalysis.releases.provenance import other_code
from fjanalysis.releases.signature import SUFFIX, sign
from fjanalysis.results import write_csv

SCHEMA = 1
ABOUT = "release.json"
PROVISIONAL = "provisional denominator"
SYNTHETIC_REFRESH = "2026-02-01"


@dataclass(frozen=True)
class Report:
    """Where a release stands, and what holds it back where it is a draft."""

    folder: Path
    archive: Path
    signed: bool
    reservations: tuple[str, ...]

    @property
    def text(self) -> str:
        """The report for the terminal."""
        lines = [f"Released into {self.folder}", f"One file: {self.archive}"]
        lines.append(f"SHA-256 of the file: {sha256(self.archive)}")
        lines.append(
            "Signed." if self.signed else "Not signed: FJANALYSIS_SIGNING_KEY names no key."
        )
        lines += [f"Draft, since: {each}" for each in self.reservations]
        return "\n".join(lines)


def release(project: Project, tag: str, *, refresh: str, draft: bool = False) -> Report:
    """Write `releases/TAG/` and `releases/TAG.zip`.

    Nothing left of the airlock is read. The synthetic refresh in a release is made anew.

    Parameters
    ----------
    tag
        The git tag of the checkout's commit.
    refresh
        The pack: a date, or a date and revision.
    draft
        Write a trial even where something holds the release back; `release.json` then says what.

    Raises
    ------
    VerificationError
        The tree is dirty, the commit has no such tag, a check fails, the pack is not cleared, or it
        holds rates on provisional denominators that the settings do not allow.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", tag):
        raise UsageError(
            f"'{tag}' is no name for a release.", mend="Use letters, digits, . _ and -."
        )
    commit = read_commit(project.root)
    pack = open_pack(project, refresh)
    held = _reservations(project, commit, pack, tag)
    _stop(held, draft=draft)
    folder = project.releases / tag
    with progress("release", 5) as display, staged(folder) as staging:
        display.step("the code and the pack")
        export_commit(project.root, staging / "code")
        for each in (pack, *earlier_packs(project, pack)):
            shutil.copytree(each.folder, staging / "outputs" / each.folder.name)
        display.advance()
        display.step("the site, rendered anew from the pack, and the checks")
        held += _render(project, pack, staging)
        _stop(held, draft=draft)
        display.advance()
        display.step("notebooks with their parameters")
        write_notebooks(project, pack, staging / "notebooks")
        display.advance()
        display.step("a synthetic refresh, for whoever has no access to records")
        (staging / "synthetic").mkdir()
        write_csv(_synthetic(project), staging / "synthetic" / "results.csv")
        display.advance()
        display.step("checksums and the archive")
        about = _about(project, commit, pack, tag, held)
        _write_json(staging / ABOUT, about)
        _write_json(staging / "environment.json", environment(project.root))
        write_crate(staging, project, pack, about)
        write_text(staging / CHECKSUMS, checksum_lines(staging))
        signed = sign(staging / CHECKSUMS)
        display.advance()
    archive = project.releases / f"{tag}.zip"
    write_archive(folder, archive)
    return Report(folder, archive, signed, tuple(held))


def earlier_packs(project: Project, pack: Pack) -> list[Pack]:
    """Return the earlier packs that a pack's disclosure control took as known, in its own order.

    Raises
    ------
    VerificationError
        One is not at hand, or is not the one that was used.
    """
    found = []
    for each in pack.manifest["earlier"]:
        folder = project.outputs / str(each["pack"])
        before = read_pack(folder) if folder.is_dir() else None
        if before is None or before.checksum != each["sha256"]:
            raise VerificationError(
                f"The earlier pack {each['pack']}, which disclosure control took as known, is not at hand as it was.",
                where=str(folder),
                mend="Put it back from where it was archived, or make the pack again with fjanalysis pack.",
            )
        found.append(before)
    return found


def checksum_lines(folder: Path) -> str:
    """Return a line a file of a release, the checksums and their signature aside."""
    aside = (CHECKSUMS, CHECKSUMS + SUFFIX)
    names = [name for name in files_below(folder) if name not in aside]
    return "".join(f"{sha256(folder / name)}  {name}\n" for name in names)


def environment(root: Path) -> dict[str, Any]:
    """Return Python's version and those of the locked packages that are installed."""
    locked = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))["package"]
    packages = {}
    for name in sorted({str(package["name"]) for package in locked}):
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "system": platform.system(), "packages": packages}


def _reservations(project: Project, commit: Commit, pack: Pack, tag: str) -> list[str]:
    """Return what holds a release back before anything is made."""
    found = []
    if not commit.clean:
        found.append("the tree is dirty: files differ from the commit")
    if tag not in commit.tags:
        found.append(f"the commit does not carry the tag '{tag}'")
    if not pack.cleared:
        found.append("the pack was not cleared")
    unlike = sorted({words for _, words, _, _ in other_code(project, pack)})
    if unlike:
        found.append(
            f"the pack's numbers were made by another {' and '.join(unlike)} than the commit's: run the streams and "
            "pack them again"
        )
    provisional = pack.results["note"].str.contains(PROVISIONAL, regex=False)
    if provisional.any() and not project.settings.releases.allow_provisional:
        found.append(
            f"{int(provisional.sum()):,} rates rest on provisional denominators, which the settings do not allow"
        )
    return found


def _stop(held: list[str], *, draft: bool) -> None:
    if held and not draft:
        raise VerificationError(
            "The release is held back: " + "; ".join(held).rstrip(".") + ".",
            mend="Mend that, or make a trial with --draft.",
        )


def _render(project: Project, pack: Pack, staging: Path) -> list[str]:
    """Render the site into the release from its own copy of the pack, and return what fails."""
    with tempfile.TemporaryDirectory(prefix=".render-", dir=staging) as name:
        own = replace(project, workspace=Path(name))
        (own.workspace / "outputs").symlink_to(staging / "outputs", target_is_directory=True)
        render(own, (), pack_name(pack.date, pack.revision), renderer=choose_renderer(None))
        shutil.copytree(own.site, staging / "site")
    found = []
    site = check_site(project, staging / "site", strict=False)
    if not site.passed:
        first = site.faults[0]
        found.append(
            f"the site's checks find {len(site.faults)} faults, such as in {first.where}: {first.what}"
        )
    audited = check_pack(
        replace(project, workspace=staging), staging / "outputs" / pack.folder.name
    )
    if not audited.passed:
        found.append(
            f"the disclosure audit finds the pack unsafe ({len(audited.failures)} findings, such as: {audited.failures[0]})"
        )
    return found


def _synthetic(project: Project) -> pd.DataFrame:
    from fjanalysis.releases.replay import replay_synthetic  # noqa: PLC0415 - the left side

    settings = project.settings.releases
    return replay_synthetic(
        project, SYNTHETIC_REFRESH, scale=settings.synthetic_scale, seed=settings.synthetic_seed
    )


def _about(
    project: Project, commit: Commit, pack: Pack, tag: str, held: list[str]
) -> dict[str, Any]:
    settings = project.settings.releases
    about: dict[str, Any] = {
        "schema": SCHEMA,
        "tag": tag,
        "version": __version__,
        "commit": commit.id,
        "date": commit.date,
        "draft": bool(held),
        "reservations": held,
        "refresh": pack.date,
        "records": "synthetic" if pack.synthetic else "real",
        "pack": pack.folder.name,
        "pack_checksum": pack.checksum,
        "fingerprint": pack.refresh["fingerprint"],
        "earlier_packs": [str(each["pack"]) for each in pack.manifest["earlier"]],
        "profile": pack.manifest["profile"],
        "publisher": project.settings.project.publisher,
        "licence": project.settings.project.licence,
        "renderer": choose_renderer(None),
        "synthetic": {
            "refresh": SYNTHETIC_REFRESH,
            "scale": settings.synthetic_scale,
            "seed": settings.synthetic_seed,
        },
        "tolerance": {
            "relative": settings.relative_tolerance,
            "absolute": settings.absolute_floor,
        },
    }
    return {**about, "cite_as": credit(project, about)}


def _write_json(path: Path, data: Any) -> None:
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n")

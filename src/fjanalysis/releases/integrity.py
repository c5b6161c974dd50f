"""Whether a release is what it says it is: checksums, signature, commit, lock file and its own description."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fjanalysis.errors import FjanalysisError, VerificationError
from fjanalysis.packs import Pack, read_pack
from fjanalysis.project import SETTINGS, Project, read_settings
from fjanalysis.releases import code, signature
from fjanalysis.releases.crate import CHECKSUMS, METADATA, crate_text
from fjanalysis.releases.findings import Difference, Step
from fjanalysis.releases.provenance import other_code
from fjanalysis.releases.release import ABOUT, checksum_lines


def examine_integrity(
    project: Project, folder: Path, about: Mapping[str, Any], signers: Path | None
) -> Step:
    """Examine checksums, signature, the tag's commit against the code at hand, and what the release says.

    Parameters
    ----------
    signers
        A file of allowed signers, or None.
    """
    differences: list[Difference] = []
    said: list[str] = []
    for examined in (
        _checksums(folder),
        _signature(folder, signers),
        _commit(project, folder, about),
        _description(project, folder, about),
    ):
        sentence, found = examined
        said.append(sentence)
        differences += found
    verdict = "failed" if differences else "passed"
    return Step("Integrity", verdict, "; ".join(said) + ".", differences)  # type: ignore[arg-type]


def _checksums(folder: Path) -> tuple[str, list[Difference]]:
    try:
        recorded = _lines((folder / CHECKSUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = Difference("release", CHECKSUMS, "a line a file", "cannot be read", None)
        return "the checksums cannot be read", [found]
    now = _lines(checksum_lines(folder))
    unlike = [
        Difference(
            origin(name),
            name,
            recorded.get(name, "absent")[:12],
            now.get(name, "absent")[:12],
            None,
        )
        for name in sorted({*recorded, *now})
        if recorded.get(name) != now.get(name)
    ]
    if unlike:
        return f"{len(unlike)} files differ from their checksums", unlike
    return f"all {len(now):,} files have the checksums recorded for them", []


def _lines(text: str) -> dict[str, str]:
    return {name: digest for digest, name in (line.split("  ", 1) for line in text.splitlines())}


def origin(name: str) -> str:
    """Return the step of the road that a file of a release comes from."""
    if name.endswith(".ipynb") or name.startswith("notebooks/"):
        return "notebook"
    if name.endswith("uv.lock") or name == "environment.json":
        return "environment"
    steps = {"outputs": "pack", "site": "render", "synthetic": "run", "code": "code", "src": "code"}
    return steps.get(name.split("/", maxsplit=1)[0], "release" if "/" not in name else "code")


def _signature(folder: Path, signers: Path | None) -> tuple[str, list[Difference]]:
    name = CHECKSUMS + signature.SUFFIX
    signed = (folder / name).is_file()
    if signers is None:
        return ("signed, but by whom was not examined (--signers)" if signed else "not signed"), []
    if not signed:
        return "not signed", [Difference("release", name, "a signature", "none", None)]
    try:
        return f"signed by {signature.verify(folder / CHECKSUMS, signers)}", []
    except VerificationError as error:
        return "the signature does not hold", [Difference("release", name, error.what, "", None)]


def _commit(
    project: Project, folder: Path, about: Mapping[str, Any]
) -> tuple[str, list[Difference]]:
    commit, tag = str(about["commit"]), str(about["tag"])
    differences = []
    tagged = code.tagged_commit(project.root, tag)
    if tagged is not None and tagged != commit and not about.get("draft"):
        differences.append(
            Difference("release", f"commit of the tag {tag}", commit[:12], tagged[:12], None)
        )
    changed = code.differences(project.root, commit, folder / "code")
    if changed is None:
        said = "the commit is not in the checkout at hand, so the code was not compared with it"
        return said, differences
    differences += [
        Difference(origin(name), f"code/{name}", "as in the commit", "another", None)
        for name in changed
    ]
    if differences:
        return "the code is not that of the tagged commit", differences
    where = f"the tag {tag}" if tagged else f"the commit {commit[:12]}"
    return f"the code is that of {where} at hand", []


def _description(
    project: Project, folder: Path, about: Mapping[str, Any]
) -> tuple[str, list[Difference]]:
    """Hold what the release says of itself against what is in it."""
    try:
        pack = read_pack(folder / "outputs" / str(about["pack"]))
    except FjanalysisError as error:
        return "its pack cannot be read", [
            Difference("pack", str(about["pack"]), error.what, "", None)
        ]
    differences = [*_about(pack, about), *_environment(folder)]
    try:
        code_of = (folder / "code").resolve()
        own = replace(project, root=code_of, settings=read_settings(code_of / SETTINGS))
        if not about.get("draft"):
            differences += [
                Difference("run", f"{words} that made {stream}", recorded[:12], here[:12], None)
                for stream, words, recorded, here in other_code(own, pack)
            ]
        recorded = (folder / METADATA).read_text(encoding="utf-8")
        if recorded != crate_text(folder, own, pack, about):
            differences.append(
                Difference("release", METADATA, "another", "as the contents say", None)
            )
    except (OSError, ValueError, KeyError, TypeError, FjanalysisError):
        differences.append(Difference("release", METADATA, "cannot be read", "", None))
    if differences:
        return "what it says of itself is not what is in it", differences
    return "what it says of itself is what is in it", []


def _about(pack: Pack, about: Mapping[str, Any]) -> Iterator[Difference]:
    held = {
        "pack_checksum": pack.checksum,
        "fingerprint": pack.refresh["fingerprint"],
        "refresh": pack.date,
        "records": "synthetic" if pack.synthetic else "real",
        "profile": pack.manifest["profile"],
    }
    for name, value in held.items():
        if about.get(name) != value:
            yield Difference("pack", f"{ABOUT}: {name}", str(about.get(name)), str(value), None)
    if not pack.cleared and not about.get("draft"):
        yield Difference("pack", "clearance of the pack", "cleared", "not cleared", None)


def _environment(folder: Path) -> Iterator[Difference]:
    """Yield the packages whose recorded version is not the one that the lock file names."""
    try:
        recorded = json.loads((folder / "environment.json").read_text(encoding="utf-8"))["packages"]
        lock = tomllib.loads((folder / "code" / "uv.lock").read_text(encoding="utf-8"))["package"]
        locked: dict[str, set[str]] = {}
        for each in lock:
            locked.setdefault(str(each["name"]), set()).add(str(each.get("version", "")))
        items = sorted((str(name), str(version)) for name, version in recorded.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Difference(
            "environment", "environment.json or code/uv.lock", "cannot be read", "", None
        )
        return
    for name, version in items:
        if version not in locked.get(name, {version}):
            found = ", ".join(sorted(locked[name]))
            yield Difference("environment", f"version of {name}", version, f"locked: {found}", None)

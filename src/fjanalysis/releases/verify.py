"""`fjanalysis verify`: a release examined by somebody who never saw the project."""

from __future__ import annotations

import importlib.metadata
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fjanalysis import __version__
from fjanalysis.briefings.render import render
from fjanalysis.disclosure.audit import check_pack
from fjanalysis.errors import FjanalysisError, SourceError, UsageError, VerificationError
from fjanalysis.folders import files_below, sha256, write_text
from fjanalysis.packs import Pack, read_pack
from fjanalysis.progress import progress
from fjanalysis.project import SETTINGS, Project, read_settings
from fjanalysis.releases import code, signature
from fjanalysis.releases.archive import extract
from fjanalysis.releases.findings import Difference, Step, Verification
from fjanalysis.releases.numbers import compare_numbers
from fjanalysis.releases.release import ABOUT, CHECKSUMS, SCHEMA, checksum_lines
from fjanalysis.results import read_csv

RENDERED_FROM = (
    "src/fjanalysis",
    "briefings",
    "templates",
    "_brand.yml",
    "_quarto.yml",
    SETTINGS,
    "uv.lock",
)


@dataclass(frozen=True)
class Options:
    """How far a verification goes.

    Parameters
    ----------
    run
        Whether the notebooks of the release may be run here.
    refresh
        A refresh at hand to compute everything from again, or empty.
    signers
        A file of allowed signers, in the form of ssh-keygen.
    page
        Where to write the page, or None.
    """

    run: bool = False
    refresh: str = ""
    signers: Path | None = None
    page: Path | None = None


def verify(project: Project, target: Path, options: Options) -> Verification:
    """Verify a release; the folder or archive is only read.

    Parameters
    ----------
    project
        The checkout at hand, and the workspace with the refresh, where there is one.
    target
        The folder or the archive of a release.

    Raises
    ------
    VerificationError
        It is no release, an archive that is not safe to open, or by a newer version.
    SourceError
        The refresh that was named is not at hand.
    """
    if options.refresh and not (project.refreshes / options.refresh).is_dir():
        raise SourceError(
            f"The refresh '{options.refresh}' is not at hand.",
            where=str(project.refreshes),
            mend="Name one that is, or leave --refresh out.",
        )
    with tempfile.TemporaryDirectory(prefix="fjanalysis-verify-") as scratch:
        folder = target
        if target.is_file():
            folder = Path(scratch).resolve() / "release"
            extract(target, folder)
        about = read_about(folder)
        with progress("verify", 4) as display:
            steps = []
            for examine in (_integrity, _rendering, _numbers, _disclosure):
                display.step(examine.__name__.strip("_"))
                steps.append(examine(project, folder, about, options))
                display.advance()
    found = Verification({**about, "verified_with": __version__}, steps, options.page)
    if options.page:
        write_text(options.page, found.html())
    return found


def read_about(folder: Path) -> dict[str, Any]:
    """Return what a release says of itself.

    Raises
    ------
    VerificationError
        It is no release, or made by a newer version.
    """
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        schema = int(about["schema"])
        needed = [about[name] for name in ("tag", "commit", "refresh", "synthetic", "tolerance")]
        # The name of the pack is joined to a path, so it must be a name and no path.
        whole = None not in needed and Path(str(about["pack"])).name == str(about["pack"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VerificationError(
            "There is no release here, or it says nothing of itself that can be read.",
            where=str(folder / ABOUT),
            mend="Name the folder or the archive of a release.",
        ) from error
    if not whole:
        raise VerificationError(
            "What the release says of itself is not whole.",
            where=str(folder / ABOUT),
            mend="Fetch the release again from where it was published.",
        )
    if schema > SCHEMA:
        raise VerificationError(
            f"The release was made by a newer version: its schema is {schema}, and this version reads up to {SCHEMA}.",
            where=str(folder / ABOUT),
            mend=f"Use fjanalysis {about.get('version', 'of that release')} or newer.",
        )
    return about


def _integrity(project: Project, folder: Path, about: Mapping[str, Any], options: Options) -> Step:
    """Examine checksums, signature, and the tag's commit against the code at hand."""
    differences = _checksums(folder)
    said = [
        "every file has the checksum recorded for it"
        if not differences
        else "files differ from their checksums"
    ]
    signed = (folder / (CHECKSUMS + signature.SUFFIX)).is_file()
    if signed and options.signers:
        try:
            said.append(f"signed by {signature.verify(folder / CHECKSUMS, options.signers)}")
        except VerificationError as error:
            differences.append(
                Difference("release", CHECKSUMS + signature.SUFFIX, error.what, "", None)
            )
    elif options.signers:
        differences.append(Difference("release", CHECKSUMS, "signed", "no signature", None))
    else:
        said.append(
            "signed, and the signature not examined (--signers)" if signed else "not signed"
        )
    changed = code.differences(project.root, str(about["commit"]), folder / "code")
    if changed is None:
        said.append(
            "the commit is not in the checkout at hand, so the code was not compared with it"
        )
    else:
        said.append(
            "the code is that of the commit"
            if not changed
            else "the code is not that of the commit"
        )
        differences += [
            Difference(_origin(name), f"code/{name}", "as in the commit", "another", None)
            for name in changed
        ]
    return Step(
        "Integrity", "failed" if differences else "passed", "; ".join(said) + ".", differences
    )


def _checksums(folder: Path) -> list[Difference]:
    try:
        recorded = _lines((folder / CHECKSUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [Difference("release", CHECKSUMS, "a line a file", "cannot be read", None)]
    found = _lines(checksum_lines(folder))
    return [
        Difference(
            _origin(name),
            name,
            recorded.get(name, "absent")[:12],
            found.get(name, "absent")[:12],
            None,
        )
        for name in sorted({*recorded, *found})
        if recorded.get(name) != found.get(name)
    ]


def _lines(text: str) -> dict[str, str]:
    return {name: digest for digest, name in (line.split("  ", 1) for line in text.splitlines())}


def _origin(name: str) -> str:
    """Return the step of the road that a file of a release comes from."""
    if name.endswith(".ipynb") or name.startswith("notebooks/"):
        return "notebook"
    if name.endswith("uv.lock") or name == "environment.json":
        return "environment"
    steps = {"outputs": "pack", "site": "render", "synthetic": "run", "code": "code", "src": "code"}
    return steps.get(name.split("/", maxsplit=1)[0], "release" if "/" not in name else "code")


def _rendering(project: Project, folder: Path, about: Mapping[str, Any], _: Options) -> Step:
    """Rebuild the site from the pack by the code at hand, and compare."""
    unlike = _unlike(project.root, folder / "code", RENDERED_FROM)
    if unlike:
        return Step(
            "Rendering",
            "not done",
            f"the code at hand is not the release's (such as {unlike[0]}): check out {about['tag']} to rebuild the site.",
        )
    with tempfile.TemporaryDirectory(prefix="fjanalysis-render-") as name:
        own = replace(project, workspace=Path(name).resolve())
        (own.workspace / "outputs").symlink_to(
            (folder / "outputs").resolve(), target_is_directory=True
        )
        try:
            render(own, (), str(about["pack"]))
        except FjanalysisError as error:
            return Step("Rendering", "failed", f"the site cannot be rebuilt: {error.what}")
        differences = [
            Difference(
                "render",
                f"site/{each}",
                _short(folder / "site" / each),
                _short(own.site / each),
                None,
            )
            for each in sorted({*files_below(folder / "site"), *files_below(own.site)})
            if _short(folder / "site" / each) != _short(own.site / each)
        ]
    if not differences:
        return Step("Rendering", "passed", "the site rebuilt from the pack has the same bytes.")
    sentence = f"{len(differences)} files of the site differ from those rebuilt from the pack"
    libraries = _libraries(folder)
    if libraries:
        sentence += f"; libraries differ as well: {', '.join(libraries)}"
    return Step("Rendering", "failed", sentence + ".", differences)


def _libraries(folder: Path) -> list[str]:
    """Return the locked packages whose version here is not the release's."""
    try:
        recorded = json.loads((folder / "environment.json").read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return ["the environment is not recorded"]
    found = []
    for name, version in sorted(recorded.items()):
        try:
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if here != version:
            found.append(f"{name} {version} → {here}")
    return found


def _short(path: Path) -> str:
    return sha256(path)[:12] if path.is_file() else "absent"


def _unlike(root: Path, other: Path, names: tuple[str, ...]) -> list[str]:
    found = []
    for name in names:
        if (root / name).is_file() or (other / name).is_file():
            pairs = [name]
        else:
            below = {*_own_files(root / name), *_own_files(other / name)}
            pairs = [f"{name}/{each}" for each in sorted(below)]
        found += [each for each in pairs if _short(root / each) != _short(other / each)]
    return found


def _own_files(folder: Path) -> list[str]:
    return [name for name in files_below(folder) if "__pycache__" not in name]


def _numbers(project: Project, folder: Path, about: Mapping[str, Any], options: Options) -> Step:
    """Compute everything again: from the refresh at hand, else from the release's synthetic one."""
    if not options.run:
        sentence = "say --run to run the release's notebooks here; without it no code of the release is run."
        return Step("Numbers", "not done", sentence)
    from fjanalysis.releases.replay import replay_synthetic  # noqa: PLC0415 - the left side

    source = folder / "code"
    own = replace(project, root=source.resolve(), settings=read_settings(source / SETTINGS))
    tolerance = {name: float(about["tolerance"][name]) for name in ("relative", "absolute")}
    try:
        if options.refresh:
            return _refresh_numbers(own, project, folder, about, options.refresh)
        recorded = read_csv(folder / "synthetic" / "results.csv")
        wanted = about["synthetic"]
        found = replay_synthetic(
            own, str(wanted["refresh"]), scale=float(wanted["scale"]), seed=int(wanted["seed"])
        )
    except UsageError as error:
        return Step("Numbers", "failed", f"the analyses cannot be run: {error.what}")
    except (OSError, ValueError) as error:
        return Step(
            "Numbers", "failed", f"the recorded results cannot be read: {type(error).__name__}."
        )
    differences = compare_numbers(recorded, found, step="run", **tolerance)
    sentence = f"{len(found):,} estimates of the synthetic refresh computed again, {len(differences):,} differences."
    return Step("Numbers", "failed" if differences else "passed", sentence, differences)


def _refresh_numbers(
    own: Project, project: Project, folder: Path, about: Mapping[str, Any], refresh: str
) -> Step:
    """Compute everything from the refresh at hand, pack it, and compare with the released pack."""
    from fjanalysis.releases.replay import repack  # noqa: PLC0415 - the left side

    released = read_pack(folder / "outputs" / str(about["pack"]))
    recomputed = repack(own, project.refreshes, refresh)
    if recomputed.refresh["fingerprint"] != released.refresh["fingerprint"]:
        difference = Difference("ingest", "fingerprint of the refresh", str(released.refresh["fingerprint"]), str(recomputed.refresh["fingerprint"]), None)  # fmt: skip
        return Step("Numbers", "failed", "the refresh at hand is another one.", [difference])
    tolerance = {name: float(about["tolerance"][name]) for name in ("relative", "absolute")}
    differences = compare_numbers(
        released.results, recomputed.results, step="run or pack", **tolerance
    )
    sentence = f"{len(recomputed.results):,} released estimates computed again from the refresh, {len(differences):,} differences."
    return Step("Numbers", "failed" if differences else "passed", sentence, differences)


def _disclosure(project: Project, folder: Path, about: Mapping[str, Any], _: Options) -> Step:
    """Audit the pack again, by the independent attacker."""
    path = folder / "outputs" / str(about["pack"])
    try:
        pack = read_pack(path)
        report = check_pack(replace(project, workspace=folder.resolve()), path)
    except FjanalysisError as error:
        return Step(
            "Disclosure",
            "failed",
            error.what,
            [Difference("pack", str(about["pack"]), error.what, "", None)],
        )
    said = _clearance(pack)
    if pack.checksum != about.get("pack_checksum"):
        difference = Difference(
            "pack", "checksum of the pack", str(about.get("pack_checksum")), pack.checksum, None
        )
        return Step(
            "Disclosure", "failed", "the pack is not the one that was released.", [difference]
        )
    if not report.passed:
        return Step("Disclosure", "failed", f"the audit finds the pack unsafe; {said}.")
    return Step("Disclosure", "passed", f"the audit finds no person; {said}.")


def _clearance(pack: Pack) -> str:
    if pack.clearance is None:
        return "the pack was not cleared"
    return f"cleared by {pack.clearance['by']} under {pack.clearance['reference']}"

"""`fjanalysis verify`: a release examined by somebody who never saw the project."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fjanalysis import __version__
from fjanalysis.disclosure.audit import check_pack
from fjanalysis.errors import FjanalysisError, MachineError, SourceError, VerificationError
from fjanalysis.folders import write_text
from fjanalysis.packs import Pack, read_pack
from fjanalysis.progress import progress
from fjanalysis.project import SETTINGS, Project, read_settings
from fjanalysis.releases.archive import extract, refuse_links
from fjanalysis.releases.findings import Difference, Step, Verification
from fjanalysis.releases.integrity import examine_integrity
from fjanalysis.releases.numbers import compare_numbers
from fjanalysis.releases.rebuilt import examine_rendering, unlike_files
from fjanalysis.releases.release import ABOUT, SCHEMA
from fjanalysis.results import read_csv

_PLAIN = {
    "pack": r"\d{4}-\d\d-\d\d(\.\d+)?",
    "tag": r"[A-Za-z0-9][A-Za-z0-9._-]*",
    "commit": r"[0-9a-f]{40,64}",
}


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
        refuse_links(folder)
        about = read_about(folder)
        with progress("verify", 4) as display:
            steps = []
            for name, examine in _STEPS.items():
                display.step(name)
                steps.append(examine(project, folder, about, options))
                display.advance()
    found = Verification({**about, "verified_with": __version__}, steps, options.page)
    if options.page:
        write_text(options.page, found.html())
        if found.too_many:
            write_text(options.page.with_suffix(".csv"), found.csv())
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
        # Names that are joined to a path or given to git must be names, and no path or option.
        whole = None not in needed and all(
            re.fullmatch(pattern, str(about[name])) for name, pattern in _PLAIN.items()
        )
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


def _numbers(project: Project, folder: Path, about: Mapping[str, Any], options: Options) -> Step:
    """Compute everything again: from the refresh at hand, else from the release's synthetic one."""
    if not options.run:
        sentence = "say --run to run the release's notebooks here; without it no code of the release is run."
        return Step("Numbers", "not done", sentence)
    source = folder / "code"
    unlike = unlike_files(project.root, source, ("src/fjanalysis",))
    if unlike:
        return Step(
            "Numbers",
            "not done",
            f"the code at hand is not the release's (such as {unlike[0]}): check out {about['tag']} to run it.",
        )
    settings = project.settings.releases
    tolerance = {"relative": settings.relative_tolerance, "absolute": settings.absolute_floor}
    try:
        own = replace(project, root=source.resolve(), settings=read_settings(source / SETTINGS))
        compare = _from_refresh if options.refresh else _from_synthetic
        step = compare(own, project, folder, about, options.refresh, tolerance)
    except MachineError:
        raise
    except FjanalysisError as error:
        return Step("Numbers", "failed", f"the analyses cannot be run: {error.what}")
    except (OSError, ValueError, KeyError) as error:
        sentence = f"the recorded results cannot be read: {type(error).__name__}."
        return Step("Numbers", "failed", sentence)
    if about.get("tolerance") != tolerance:
        sentence = f"{step.sentence} The tolerance is that of the settings at hand; the release names another."
        return replace(step, sentence=sentence)
    return step


def _from_synthetic(
    own: Project,
    project: Project,  # noqa: ARG001 (the same call as _from_refresh)
    folder: Path,
    about: Mapping[str, Any],
    refresh: str,  # noqa: ARG001
    tolerance: Mapping[str, float],
) -> Step:
    """Run the release's synthetic refresh end to end, and compare with the results recorded for it."""
    from fjanalysis.releases.replay import replay_synthetic  # noqa: PLC0415 - the left side

    recorded = read_csv(folder / "synthetic" / "results.csv")
    wanted = about["synthetic"]
    found = replay_synthetic(
        own, str(wanted["refresh"]), scale=float(wanted["scale"]), seed=int(wanted["seed"])
    )
    differences = compare_numbers(recorded, found, step="run", **tolerance)
    sentence = (
        f"{len(found):,} estimates of the release's synthetic refresh (seed {wanted['seed']}, {float(wanted['scale']):.0%} of "
        f"the real volume) computed again, {len(differences):,} differences; the released numbers themselves need "
        "the refresh (--refresh)."
    )
    said = (
        ""
        if differences
        else "its analyses, run again on synthetic records, give the recorded results"
    )
    return Step("Numbers", "failed" if differences else "passed", sentence, differences, said)


def _from_refresh(
    own: Project,
    project: Project,
    folder: Path,
    about: Mapping[str, Any],
    refresh: str,
    tolerance: Mapping[str, float],
) -> Step:
    """Compute everything from the refresh at hand, pack it, and compare with the released pack."""
    from fjanalysis.releases.replay import repack  # noqa: PLC0415 - the left side

    released = read_pack(folder / "outputs" / str(about["pack"]))
    manifest = json.loads((project.refreshes / refresh / "refresh.json").read_text("utf-8"))
    if manifest["fingerprint"] != released.refresh["fingerprint"]:
        tables = list(_tables_that_differ(released.refresh, manifest))
        whole = Difference(
            "ingest",
            "fingerprint of the refresh",
            str(released.refresh["fingerprint"])[:12],
            str(manifest["fingerprint"])[:12],
            None,
        )
        sentence = "the refresh at hand is not the one that the release was made from."
        return Step("Numbers", "failed", sentence, [whole, *tables])
    earlier = [folder / "outputs" / str(each["pack"]) for each in released.manifest["earlier"]]
    variants = any(set(about["variants"]) - {"main"} for about in released.streams.values())
    recomputed = repack(own, project.refreshes, refresh, earlier, variants=variants)
    differences = compare_numbers(
        released.results, recomputed.results, step="run or pack", **tolerance
    )
    sentence = (
        f"{len(recomputed.results):,} released estimates computed again from the refresh of {refresh}, "
        f"{len(differences):,} differences."
    )
    return Step("Numbers", "failed" if differences else "passed", sentence, differences)


def _tables_that_differ(
    released: Mapping[str, Any], manifest: Mapping[str, Any]
) -> Iterator[Difference]:
    """Yield the research-ready tables whose content is not that of the release, known by their hashes."""
    for each in released.get("tables", []):
        here = manifest.get("tables", {}).get(each["name"], {}).get("sha256", "absent")
        if each["sha256"] is not None and here != each["sha256"]:
            yield Difference(
                "ingest", f"table {each['name']}", each["sha256"][:12], here[:12], None
            )


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
        found = [Difference("pack", failure, "safe", "told", None) for failure in report.failures]
        sentence = f"the audit finds the pack unsafe ({len(found)} findings); {said}."
        return Step("Disclosure", "failed", sentence, found)
    return Step("Disclosure", "passed", f"the audit finds no person; {said}.")


def _clearance(pack: Pack) -> str:
    if pack.clearance is None:
        return "the pack was not cleared"
    return f"cleared by {pack.clearance['by']} under {pack.clearance['reference']}"


_STEPS: dict[str, Callable[[Project, Path, Mapping[str, Any], Options], Step]] = {
    "integrity": lambda project, folder, about, options: examine_integrity(
        project, folder, about, options.signers
    ),
    "rendering": lambda project, folder, about, _: examine_rendering(project, folder, about),
    "numbers": _numbers,
    "disclosure": _disclosure,
}

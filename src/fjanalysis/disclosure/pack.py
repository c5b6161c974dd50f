"""Making an output pack: secure results in, a folder that a reviewer can open and clear out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis import packs
from fjanalysis.disclosure import audit, by_stream, inputs, provenance, review, sacro
from fjanalysis.disclosure.release import Controlled
from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.folders import sha256, staged, write_text
from fjanalysis.packs import Pack
from fjanalysis.progress import progress
from fjanalysis.project import TOLD_APART, Project
from fjanalysis.reference import areas as area_table
from fjanalysis.results import KEY, check, conform, csv_text

WITHHELD_LIST = "withheld.csv"
STAMP = "packed.json"
# What secondary suppression loses at most on many small random tables, as times the least possible; measured in tests.
OPTIMUM = 1.5


@dataclass(frozen=True)
class Report:
    """What `pack` did."""

    text: str
    folder: Path
    written: bool


@dataclass(frozen=True)
class Contents:
    """All that a pack says, but for its revision."""

    results: pd.DataFrame
    areas: pd.DataFrame
    refresh: Mapping[str, Any]
    streams: Mapping[str, Mapping[str, Any]]
    manifest: Mapping[str, Any]
    controlled: Controlled
    taken_over: tuple[str, ...]
    before: Pack | None


def pack(project: Project, streams: Sequence[str], refresh: str, *, proved: bool = True) -> Report:
    """Apply disclosure control to a refresh's results and write the output pack.

    Parameters
    ----------
    project
        The settings and the workspace.
    streams
        Streams to pack anew; the others are taken over unchanged from the date's newest pack. None means
        every stream that has results.
    refresh
        The refresh's date.
    proved
        Whether the attack goes on to programmes, which takes most of the time; a pack says where it did not.

    Returns
    -------
    Report
        A pack that would be the same to the last byte as the newest one is left alone.

    Raises
    ------
    UsageError
        A stream is unknown.
    DisclosureError
        Results or an earlier pack cannot be read or break their contract, or the pack fails its audit.
    """
    for name in streams:
        project.stream(name)
    names = list(dict.fromkeys(streams)) or inputs.streams_at_hand(project, refresh)
    if not names:
        raise UsageError(
            f"There are no results of the refresh {refresh}.",
            where=str(project.results / refresh),
            mend=f"Make them with: fjanalysis run --refresh {refresh}",
        )
    with progress("pack", total=4) as display:
        display.step("reading results")
        newest = _newest(project, refresh)
        stamp = _stamp(project, names, refresh, proved=proved)
        if newest is not None and _is_packed(project, refresh, stamp, newest):
            return _left_alone(newest)
        display.advance()
        display.step("disclosure control")
        kept = newest if streams else None
        revision = newest.revision if newest is not None else 1
        at_work = [*names, *(set(kept.streams) - set(names) if kept else ())]
        with by_stream.processes(project, refresh, at_work) as run:
            earlier = _earlier(project, newest, refresh)
            contents = _contents(project, names, refresh, kept, earlier, run, proved=proved)
            same = newest is not None and _checksum(contents, revision) == newest.checksum
            if newest is not None and newest.cleared and not same:
                # The newest pack is public now: the next one must not undo what it protects.
                earlier, revision = [*earlier, newest], revision + 1
                contents = _contents(project, names, refresh, kept, earlier, run, proved=proved)
        display.advance(2)
        display.step("writing the pack")
        _keep_reasons(project, refresh, contents)
        report = (
            _left_alone(newest)
            if newest is not None and same
            else _write(project, refresh, contents, revision, earlier)
        )
        checksum = sha256(report.folder / packs.CHECKSUMS)
        record = _json({"made_from": stamp, "pack_sha256": checksum})
        write_text(project.results / refresh / STAMP, record)
        display.advance()
    return report


def _earlier(project: Project, newest: Pack | None, refresh: str) -> list[Pack]:
    """Return all cleared packs but the newest of this date, oldest first."""
    if not project.outputs.is_dir():
        return []
    folders = sorted(
        path.parent
        for path in project.outputs.glob(f"*/{packs.CLEARANCE}")
        if path.parent.name[:10] <= refresh
        and (newest is None or path.parent.name != newest.folder.name)
    )
    return [packs.read_pack(folder) for folder in folders]


def _checksum(contents: Contents, revision: int) -> str:
    return sha256_of(pack_files(contents, revision)[packs.CHECKSUMS])


def _left_alone(newest: Pack) -> Report:
    state = "cleared" if newest.cleared else "a draft"
    text = f"{newest.folder.name} stands as it is ({state}): packing again gives the same bytes."
    return Report(text, newest.folder, False)


def _stamp(project: Project, names: Sequence[str], refresh: str, *, proved: bool) -> str:
    """Return one hash over all that a pack is made from. It stays on the secure side.

    A hash of exact results would let a guess at withheld counts be checked, so no pack may carry one.
    """
    folder = project.results / refresh
    inputs_of = [
        path
        for name in names
        for path in sorted((folder / name).rglob("*"))
        if path.name in (inputs.RESULTS, inputs.DESCRIPTION, inputs.RECORD)
    ]
    package = Path(__file__).parents[1]
    code = sorted(package.glob("*.py")) + sorted((package / "disclosure").rglob("*.py"))
    reference = sorted((package / "reference").rglob("*.*"))
    exceptions = [each.model_dump(mode="json") for each in project.settings.disclosure.exceptions]
    settings = _json([list(names), _profile(project), exceptions, proved])
    manifest = project.refreshes / refresh / inputs.REFRESH
    paths = [*inputs_of, *code, *(path for path in reference if path.suffix != ".pyc")]
    listed = [sha256(path) for path in (*paths, manifest) if path.is_file()]
    return sha256_of("\n".join([settings, *listed]))


def _is_packed(project: Project, refresh: str, stamp: str, newest: Pack) -> bool:
    """Say whether the newest pack was made from these very inputs."""
    try:
        recorded = json.loads((project.results / refresh / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(recorded == {"made_from": stamp, "pack_sha256": newest.checksum})


def _newest(project: Project, refresh: str) -> Pack | None:
    at_hand = packs.revisions(project.outputs, refresh)
    if not at_hand:
        return None
    folder = project.outputs / packs.pack_name(refresh, at_hand[-1])
    if not (folder / packs.CLEARANCE).exists():
        # A draft that was edited or is of an older schema is simply made anew.
        try:
            return packs.read_pack(folder)
        except DisclosureError:
            return None
    return packs.read_pack(folder)


def _contents(
    project: Project,
    names: Sequence[str],
    refresh: str,
    before: Pack | None,
    earlier: Sequence[Pack],
    run: by_stream.Runner,
    *,
    proved: bool,
) -> Contents:
    manifest = inputs.read_refresh(project, refresh)
    taken = sorted(set(before.streams) - set(names)) if before else []
    if before and taken:
        _check_same_source(before, manifest, project)
    done = run(_tasks(project, names, refresh, before if taken else None, earlier, proved=proved))
    controlled, attacked = by_stream.joined(done)
    results = controlled.results
    if before and taken:
        kept = before.results[before.results["stream"].isin(taken)]
        results = pd.concat([results, kept], ignore_index=True)
    results = conform(results)
    check(results, DisclosureError, f"the pack of {manifest['refresh']}")
    about = {each.stream: each.about for each in done}
    return Contents(
        results=results,
        areas=_areas(results),
        refresh=provenance.refresh_provenance(manifest, project.profile),
        streams=about,
        manifest={
            **_manifest(project, manifest, sorted(about)),
            "earlier": [{"pack": each.folder.name, "sha256": each.checksum} for each in earlier],
            "exceptions": _exceptions(project, controlled, attacked),
            "reaching": attacked.reaching,
            "believed": attacked.believed,
            "attack": {
                "said": attacked.notes,
                "linear": attacked.linear,
                "unsettled": attacked.unsettled,
            },
        },
        controlled=controlled,
        taken_over=tuple(taken),
        before=earlier[-1] if earlier else None,
    )


def _tasks(
    project: Project,
    names: Sequence[str],
    refresh: str,
    before: Pack | None,
    earlier: Sequence[Pack],
    *,
    proved: bool,
) -> Iterator[by_stream.Task]:
    """Yield the streams to pack anew, and those of the pack before that are taken over."""
    fingerprint = inputs.read_refresh(project, refresh)["fingerprint"]
    same = [each for each in earlier if each.refresh["fingerprint"] == fingerprint]
    others = [each for each in earlier if each not in same]

    def of(stream: str, pack: Pack) -> pd.DataFrame:
        return pack.results[pack.results["stream"] == stream]

    for stream in [*names, *sorted(set(before.streams if before else ()) - set(names))]:
        stands = None
        if before and stream not in names:
            stands = of(stream, before), before.streams[stream]
        yield by_stream.Task(
            project,
            refresh,
            stream,
            tuple(of(stream, each) for each in same),
            tuple(of(stream, each) for each in others),
            proved,
            stands,
        )


def _exceptions(
    project: Project, controlled: Controlled, attacked: audit.Report
) -> list[dict[str, Any]]:
    """Return the exceptions with how many rows each released, or how many withheld counts it lets be told apart."""
    return [
        {
            **exception.model_dump(mode="json"),
            "released": sum(exception.covers(each) for each in attacked.reaching)
            if exception.rule == TOLD_APART
            else released,
        }
        for exception, released in zip(
            project.settings.disclosure.exceptions, controlled.excepted, strict=True
        )
    ]


def _check_same_source(before: Pack, manifest: Mapping[str, Any], project: Project) -> None:
    """Raise where streams would be taken over from a pack of other records or other rules."""
    same = before.refresh["fingerprint"] == manifest["fingerprint"]
    if not same or before.manifest["profile"] != _profile(project):
        what = "rules" if same else "state of the refresh"
        raise DisclosureError(
            f"The other streams cannot be taken over: the newest pack was made from another {what}.",
            where=str(before.folder),
            mend=f"Pack all streams together: fjanalysis pack --refresh {before.date}",
        )


def _areas(results: pd.DataFrame) -> pd.DataFrame:
    areas = area_table()
    unknown = sorted(set(results["area"]) - set(areas["code"]))
    if unknown:
        raise DisclosureError(
            f"The results name areas that the area table does not know: {', '.join(unknown[:5])}.",
            where="results",
            mend="Add them to the area table, or mend the stream that names them.",
        )
    return areas[["code", "name", "level", "parent"]]


def _profile(project: Project) -> dict[str, Any]:
    return {
        "name": project.settings.disclosure.profile,
        "rules": project.profile.model_dump(mode="json", by_alias=True),
    }


DONE = [
    "Primary: counts, bases, complements and nested gaps under the threshold are withheld.",
    "Secondary: further counts are withheld until bounds carried through all declared relations tell of no "
    "withheld count that it is under the threshold, nor where it lies within a width of the threshold; what was "
    "withheld in vain is published again. What is lost so "
    f"stays within {OPTIMUM} times the least possible over many small tables.",
    "No withheld count can be told from a small one, but for those that an exception names; of none is known how many "
    "it is to within the threshold.",
    "Earlier cleared packs: a count that one of them showed and that has not changed is taken as known; where a "
    "pack of an earlier refresh leaves a count without protection, that the count has not changed is not told.",
    "Every count is rounded to the base on its own; parts may not add up to their total.",
    "Percentages, rates and intervals are made from the rounded counts.",
    "Life tables are put in bands wider than the threshold; curves and horizons are read from them, and a table "
    "whose band other bands would narrow to less than the threshold is withheld.",
    "Audit: an attacker written apart carries bounds through all sums he finds in the pack, and then looks by integer "
    "and linear programmes for tables that fit them; what he tells is withheld too, and a pack of which he still tells "
    "something is not written.",
    "Models: thresholds on events and on residual degrees of freedom; figures cut to significant digits.",
]
NOT_DONE = [
    "Parts of more than 400 counts that hang together are attacked by linear programme, not by integer programme; which "
    "counts rest on that alone, and which nothing settles, is listed in pack.json (attack).",
    "A change since an earlier pack is hidden by rounding alone.",
]


def _manifest(
    project: Project, manifest: Mapping[str, Any], streams: Sequence[str]
) -> dict[str, Any]:
    return {
        "schema": packs.SCHEMA,
        "refresh": manifest["refresh"],
        "revision": 0,
        "synthetic": bool(manifest["synthetic"]),
        "streams": list(streams),
        "profile": _profile(project),
        "control": {"done": DONE, "not_done": NOT_DONE},
    }


def _keep_reasons(project: Project, refresh: str, contents: Contents) -> None:
    """Write which rule withheld which row, for the secure side alone: the pack never says it."""
    controlled = contents.controlled
    withheld = controlled.results.loc[controlled.results["status"] == "c", list(KEY)]
    listed = withheld.assign(rule=controlled.reason[withheld.index]).sort_values(list(KEY))
    write_text(project.results / refresh / WITHHELD_LIST, _plain_csv(listed))


def _write(
    project: Project, refresh: str, contents: Contents, revision: int, earlier: Sequence[Pack]
) -> Report:
    target = project.outputs / packs.pack_name(refresh, revision)
    with staged(target) as staging:
        for name, text in pack_files(contents, revision).items():
            write_text(staging / name, text)
        made = packs.read_pack(staging)
        found = audit.audit(made, earlier)
        if not found.passed:
            raise DisclosureError(
                f"The pack is not safe: {len(found.failures)} findings. {found.failures[0]}",
                where=str(target),
                mend="Nothing was written. An earlier pack may have shown what is withheld now; else this is "
                "a defect of disclosure control: report it.",
            )
    return Report(_told(target, contents), target, True)


def pack_files(contents: Contents, revision: int) -> dict[str, str]:
    """Return every file of a pack by name, the checksum file last."""
    manifest = {**contents.manifest, "revision": revision}
    used = contents.results["statistic"]
    files = {
        "results.csv": csv_text(contents.results),
        "areas.csv": _plain_csv(contents.areas),
        "dictionary.csv": _plain_csv(provenance.dictionary(contents.streams, used)),
        packs.MANIFEST: _json(manifest),
        "provenance/refresh.json": _json(contents.refresh),
        "review.html": review.page(
            review.Reviewed(
                manifest,
                contents.results,
                contents.controlled,
                contents.streams,
                dict(contents.areas[["code", "level"]].itertuples(index=False, name=None)),
                contents.taken_over,
                contents.before,
            )
        ),
    }
    files |= {f"provenance/{name}.json": _json(about) for name, about in contents.streams.items()}
    files |= sacro.files_of(contents.results, contents.streams, manifest)
    listed = "".join(f"{sha256_of(files[name])}  {name}\n" for name in sorted(files))
    return {**files, packs.CHECKSUMS: listed}


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain_csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, lineterminator="\n")


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _told(target: Path, contents: Contents) -> str:
    status = contents.results["status"]
    withheld = int((status == "c").sum())
    lines = [
        f"{target.name}: {len(status)} rows, {withheld} of them withheld. A draft until it is cleared.",
        f"For the reviewer: {target / 'review.html'}",
    ]
    if contents.taken_over:
        lines.insert(1, f"Taken over unchanged: {', '.join(contents.taken_over)}.")
    return "\n".join(lines)

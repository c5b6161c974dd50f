"""An output pack as it stands in a folder: the one thing that both sides of the airlock read.

`disclosure` writes packs; `briefings` and `releases` read them through this module alone. The layout is
written out for readers in `docs/contracts/outputs.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.folders import files_below, sha256
from fjanalysis.project import refresh_date
from fjanalysis.results import check, read_csv

SCHEMA = 1
CHECKSUMS = "checksums.sha256"
CLEARANCE = "clearance.json"
MANIFEST = "pack.json"


@dataclass(frozen=True)
class Pack:
    """An output pack.

    Parameters
    ----------
    folder
        Where it stands.
    manifest
        `pack.json`: schema, refresh, revision, synthetic, profile, streams, earlier packs.
    results
        The tidy results table, disclosure-controlled.
    areas
        The area table: `code`, `name`, `level`, `parent`.
    refresh
        `provenance/refresh.json`: fingerprint, first day of data and last day of follow-up by nation.
    streams
        `provenance/STREAM.json` by stream: parameters, definitions, measures, notes, relations, hashes.
    clearance
        `clearance.json` where the pack was cleared, else None.
    checksum
        SHA-256 of the checksum file: the pack's identity.
    """

    folder: Path
    manifest: Mapping[str, Any]
    results: pd.DataFrame
    areas: pd.DataFrame
    refresh: Mapping[str, Any]
    streams: Mapping[str, Mapping[str, Any]]
    clearance: Mapping[str, Any] | None
    checksum: str

    @property
    def cleared(self) -> bool:
        """Whether a reviewer has cleared this very pack."""
        return self.clearance is not None

    @property
    def synthetic(self) -> bool:
        """Whether the numbers come from the generator."""
        return bool(self.manifest["synthetic"])

    @property
    def date(self) -> str:
        """The refresh date, YYYY-MM-DD."""
        return str(self.manifest["refresh"])

    @property
    def revision(self) -> int:
        """The pack's place among those of its date: 1 for the first."""
        return int(self.manifest["revision"])


def steps(measures: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the steps from records to cohort in their order, as a stream's measures declare them.

    >>> steps([{"id": "cohort_flow", "steps": ["cases read", "newborn babies"]}])
    ['cases read', 'newborn babies']
    """
    return [str(step) for each in measures for step in each.get("steps", [])]


def pack_name(refresh: str, revision: int) -> str:
    """Return the folder name of a pack."""
    return refresh if revision == 1 else f"{refresh}.{revision}"


def revisions(outputs: Path, refresh: str) -> list[int]:
    """Return the revisions at hand of a date's pack, in order."""
    if not outputs.is_dir():
        return []
    pattern = re.compile(re.escape(refresh) + r"(?:\.(\d+))?")
    found = (pattern.fullmatch(path.name) for path in outputs.iterdir() if path.is_dir())
    return sorted(int(match[1] or 1) for match in found if match)


def find_pack(outputs: Path, name: str) -> Path:
    """Return the folder of the pack `name`: a date (its newest revision) or a date and revision, the first as `.1`.

    Raises
    ------
    UsageError
        There is none.
    """
    date, _, revision = name.partition(".")
    at_hand = revisions(outputs, date)
    if not at_hand:
        raise UsageError(
            f"There is no output pack '{name}'.",
            where=str(outputs),
            mend=f"Make it with: fjanalysis pack --refresh {date}",
        )
    if not revision:
        return outputs / pack_name(date, at_hand[-1])
    if revision not in map(str, at_hand):
        raise UsageError(
            f"The pack of {date} has no revision {revision}.",
            where=str(outputs),
            mend="At hand: " + ", ".join(f"{date}.{each}" for each in at_hand) + ".",
        )
    return outputs / pack_name(date, int(revision))


def asked_for(text: str) -> str:
    """Return what `--refresh` says where packs are meant: a date, or a date and revision.

    Raises
    ------
    UsageError
        It is neither.
    """
    date, dot, revision = text.partition(".")
    if dot and not re.fullmatch(r"[1-9]\d*", revision):
        raise UsageError(
            f"'{text}' is not a pack: a revision is a number.",
            where="--refresh",
            mend="Write YYYY-MM-DD for the newest pack of a date, YYYY-MM-DD.2 for its second revision.",
        )
    return refresh_date(date) + dot + revision


def checksum_lines(folder: Path) -> str:
    """Return the text of a checksum file over all files of a pack, itself and the clearance aside."""
    names = (name for name in files_below(folder) if name not in (CHECKSUMS, CLEARANCE))
    return "".join(f"{sha256(folder / name)}  {name}\n" for name in names)


def read_pack(folder: Path) -> Pack:
    """Read a pack, checking its schema, every checksum and the results table's contract.

    Raises
    ------
    DisclosureError
        A file is missing, was edited or added after the checksums, or breaks the contract.
    """
    try:
        recorded = (folder / CHECKSUMS).read_text(encoding="utf-8")
        if recorded != checksum_lines(folder):
            raise DisclosureError(
                "The pack was changed after its checksums were written: "
                + _first_difference(recorded, checksum_lines(folder)),
                where=str(folder),
                mend="Make the pack again with fjanalysis pack; never edit one.",
            )
        manifest = _read_json(folder / MANIFEST)
        if manifest["schema"] != SCHEMA:
            raise DisclosureError(
                f"The pack has schema {manifest['schema']}; this version reads schema {SCHEMA}.",
                where=str(folder),
                mend="Use the version of fjanalysis that wrote it, or make the pack again.",
            )
        results = read_csv(folder / "results.csv")
        check(results, DisclosureError, str(folder / "results.csv"))
        areas = pd.read_csv(folder / "areas.csv", dtype=str, keep_default_na=False)
        streams = {
            str(name): _read_json(folder / "provenance" / f"{name}.json")
            for name in manifest["streams"]
        }
        checksum = sha256(folder / CHECKSUMS)
        return Pack(
            folder=folder,
            manifest=manifest,
            results=results,
            areas=areas,
            refresh=_read_json(folder / "provenance" / "refresh.json"),
            streams=streams,
            clearance=_clearance(folder, checksum),
            checksum=checksum,
        )
    except (OSError, ValueError, KeyError) as error:
        raise DisclosureError(
            f"The pack cannot be read: {error}.",
            where=str(folder),
            mend="Make the pack again with fjanalysis pack, or restore the folder.",
        ) from error


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _clearance(folder: Path, checksum: str) -> Mapping[str, Any] | None:
    path = folder / CLEARANCE
    if not path.exists():
        return None
    clearance: Mapping[str, Any] = _read_json(path)
    if clearance.get("pack_sha256") != checksum:
        raise DisclosureError(
            "The clearance is of another pack: its checksum differs.",
            where=str(path),
            mend="Have this very pack reviewed and cleared with fjanalysis clear.",
        )
    return clearance


def _first_difference(recorded: str, actual: str) -> str:
    before = dict(line.split("  ", 1)[::-1] for line in recorded.splitlines())
    after = dict(line.split("  ", 1)[::-1] for line in actual.splitlines())
    for name in sorted(set(before) | set(after)):
        if name not in after:
            return f"{name} is missing."
        if name not in before:
            return f"{name} was added."
        if before[name] != after[name]:
            return f"{name} was edited."
    return "the checksum file itself was edited."

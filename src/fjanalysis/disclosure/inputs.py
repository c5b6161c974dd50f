"""What a pack is made from: the results folders of a refresh, read and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.errors import DisclosureError
from fjanalysis.folders import sha256
from fjanalysis.project import Project
from fjanalysis.results import Relation, check, read_csv, written_key

RESULTS = "results.csv"
DESCRIPTION = "stream.json"
RECORD = "run.json"
REFRESH = "refresh.json"
MAKE = "Make the results again with: fjanalysis run"


@dataclass(frozen=True)
class VariantResults:
    """One variant of a stream as its folder holds it: the exact table and what describes it."""

    stream: str
    variant: str
    folder: Path
    rows: pd.DataFrame
    description: Mapping[str, Any]
    record: Mapping[str, Any]
    relations: tuple[Relation, ...]


def read_refresh(project: Project, refresh: str) -> Mapping[str, Any]:
    """Return a refresh's manifest.

    Raises
    ------
    DisclosureError
        It is not there, or cannot be read.
    """
    path = project.refreshes / refresh / REFRESH
    data: Mapping[str, Any] = _json(path, f"fjanalysis ingest --refresh {refresh}")
    missing = [
        name
        for name in ("refresh", "synthetic", "fingerprint", "data_start", "follow_up_end")
        if name not in data
    ]
    if missing:
        raise DisclosureError(
            f"The refresh's manifest lacks {', '.join(missing)}.",
            where=str(path),
            mend=f"Make the refresh again with: fjanalysis ingest --refresh {refresh}",
        )
    return data


def streams_at_hand(project: Project, refresh: str) -> list[str]:
    """Return the streams of the settings that have results of a refresh, in the settings' order."""
    folder = project.results / refresh
    return [
        name for name in project.settings.streams if (folder / name / "main" / RESULTS).is_file()
    ]


def read_stream(project: Project, refresh: str, stream: str) -> list[VariantResults]:
    """Return all variants of a stream, `main` first, each checked against the contract.

    Raises
    ------
    UsageError
        The settings have no such stream.
    DisclosureError
        The results are missing, unreadable, of another refresh, or break the contract.
    """
    project.stream(stream)
    folder = project.results / refresh / stream
    names = sorted(
        (path.name for path in folder.iterdir() if (path / RESULTS).is_file())
        if folder.is_dir()
        else (),
        key=lambda name: (name != "main", name),
    )
    if "main" not in names:
        raise DisclosureError(
            f"The stream {stream} has no results of the refresh {refresh}.",
            where=str(folder),
            mend=f"{MAKE} {stream} --refresh {refresh}",
        )
    return [_variant(folder / name, stream, name) for name in names]


def check_fingerprint(found: Sequence[VariantResults], manifest: Mapping[str, Any]) -> None:
    """Raise where results were made from another state of the refresh.

    Raises
    ------
    DisclosureError
        Naming the first such stream and variant.
    """
    for each in found:
        made_from = each.record.get("refresh")
        if made_from is not None and made_from != manifest["fingerprint"]:
            raise DisclosureError(
                f"The results of {each.stream} ({each.variant}) were made from another state of the refresh.",
                where=str(each.folder / RECORD),
                mend=f"{MAKE} {each.stream} --refresh {manifest['refresh']}",
            )


def _variant(folder: Path, stream: str, variant: str) -> VariantResults:
    mend = f"{MAKE} {stream}"
    description = _json(folder / DESCRIPTION, mend)
    record = _json(folder / RECORD, mend)
    _check_files(folder, record, mend)
    try:
        rows = read_csv(folder / RESULTS)
    except (OSError, ValueError, KeyError) as error:
        raise DisclosureError(
            "The results table cannot be read.", where=str(folder / RESULTS), mend=mend
        ) from error
    where = str(folder / RESULTS)
    check(rows, DisclosureError, where)
    _check_own(rows, stream, variant, where)
    _check_counts(rows, where)
    try:
        relations = tuple(Relation.from_json(each) for each in description["relations"])
        for name in ("title", "parameters", "definitions", "measures", "notes"):
            description[name]
    except (KeyError, TypeError, AttributeError) as error:
        raise DisclosureError(
            f"The description of {stream} ({variant}) breaks its contract: {error}.",
            where=str(folder / DESCRIPTION),
            mend=mend,
        ) from error
    return VariantResults(stream, variant, folder, rows, description, record, relations)


def _check_files(folder: Path, record: Mapping[str, Any], mend: str) -> None:
    """Raise where a file of the folder is not the one that the run wrote."""
    written = record.get("files", {})
    for name in (RESULTS, DESCRIPTION):
        if name in written and sha256(folder / name) != written[name]:
            raise DisclosureError(
                f"The file {name} was edited after the run that wrote it.",
                where=str(folder / name),
                mend=mend,
            )


def _check_own(rows: pd.DataFrame, stream: str, variant: str, where: str) -> None:
    own = (rows["variant"] == variant) | rows["variant"].str.startswith(f"{variant}/")
    foreign = (rows["stream"] != stream) | ~own
    if foreign.any():
        raise DisclosureError(
            f"{int(foreign.sum())} rows belong to another stream or variant, such as "
            f"{written_key(rows.loc[foreign].iloc[0])}.",
            where=where,
            mend=f"{MAKE} {stream}",
        )


def _check_counts(rows: pd.DataFrame, where: str) -> None:
    """Raise where counts are negative, missing from a published row, or above their base."""
    n = rows["numerator"].astype("float64").to_numpy()
    d = rows["denominator"].astype("float64").to_numpy()
    live = rows["status"].isin(["ok", "r", "low"]).to_numpy()
    statistic = rows["statistic"].to_numpy()
    with np.errstate(invalid="ignore"):
        value = rows["value"].to_numpy(dtype=np.float64)
        broken = {
            "hold a negative count": (n < 0) | (d < 0),
            "are published without their counts": live & np.isnan(n),
            "are shares without a base": live
            & np.isin(statistic, ["percent", "rate_per_10000"])
            & np.isnan(d),
            "count more than their base": live & (n > d),
            "have a value other than their count": live & (statistic == "count") & (value != n),
        }
    for what, mask in broken.items():
        if mask.any():
            raise DisclosureError(
                f"{int(mask.sum())} rows {what}, such as {written_key(rows.loc[mask].iloc[0])}.",
                where=where,
                mend="Mend the stream that wrote the table; docs/contracts/results.md states the contract.",
            )


def hashes(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the hashes of a run's record, by name."""
    return {
        name: value
        for name, value in sorted(record.items())
        if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8,128}", value)
    }


def _json(path: Path, mend: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DisclosureError(
            f"The file {path.name} is missing.", where=str(path), mend=mend
        ) from error
    except (OSError, ValueError) as error:
        raise DisclosureError(
            f"The file {path.name} cannot be read.", where=str(path), mend=mend
        ) from error
    return data

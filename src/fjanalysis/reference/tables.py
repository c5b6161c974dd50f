"""The files of reference data, and where each comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from fjanalysis.errors import SourceError

COLUMNS: dict[str, dict[str, str]] = {
    "areas": {"code": "str", "name": "str", "level": "str", "parent": "str"},
    "local_authorities": {
        "code": "str",
        "name": "str",
        "region": "str",
        "started": "str",
        "ended": "str",
        "other_names": "str",
    },
    "courts": {"court": "str", "dfj_area": "str"},
    "live_births": {"area": "str", "year": "int64", "births": "int64"},
    "child_population": {"area": "str", "year": "int64", "ages": "str", "population": "int64"},
    "context_figures": {
        "publisher": "str",
        "law": "str",
        "figure": "str",
        "area": "str",
        "period": "str",
        "value": "float64",
        "unit": "str",
        "confidence": "str",
    },
}


@dataclass(frozen=True)
class Source:
    """Where a file of reference data comes from, and how far it can be trusted."""

    title: str
    source: str
    date: str
    licence: str
    confidence: str
    remark: str


@cache
def source(name: str) -> Source:
    """Return where the built-in file `name` comes from."""
    text = files(__package__).joinpath("data", "sources.toml").read_text(encoding="utf-8")
    return Source(**tomllib.loads(text)[name])


def read(name: str, folder: Path | None = None) -> pd.DataFrame:
    """Return a file of reference data.

    Parameters
    ----------
    name
        One of `areas`, `local_authorities`, `live_births`, `child_population`, `context_figures`; and
        `courts`, which only a user's own folder can hold.
    folder
        A folder whose file `name.csv`, where there is one, takes the place of the built-in one.

    Raises
    ------
    SourceError
        The file lacks a column or holds a value of the wrong kind.
    """
    own = folder / f"{name}.csv" if folder else None
    if own is None or not own.is_file():
        with files(__package__).joinpath("data", f"{name}.csv").open("rb") as stream:
            return pd.read_csv(stream, dtype=COLUMNS[name], keep_default_na=False)  # type: ignore[arg-type]
    try:
        frame = pd.read_csv(own, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise SourceError(
            "The reference file cannot be read as UTF-8 CSV.",
            where=str(own),
            mend="Save it as such.",
        ) from error
    missing = [column for column in COLUMNS[name] if column not in frame]
    if missing:
        raise SourceError(
            f"The reference file has no column {', '.join(missing)}.",
            where=str(own),
            mend="Its columns are " + ", ".join(COLUMNS[name]) + ".",
        )
    frame = frame[list(COLUMNS[name])]
    try:
        return frame.astype(COLUMNS[name])
    except ValueError as error:
        raise SourceError(
            "The reference file has text where a whole number belongs.",
            where=str(own),
            mend="Mend it.",
        ) from error

"""The files of reference data, and where each comes from."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields
from importlib.resources import files
from itertools import takewhile
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


# What together is different in every row, what must be above nought, and what must be one of some words.
KEYS = {
    "areas": ["code"],
    "local_authorities": ["code"],
    "courts": ["court"],
    "live_births": ["area", "year"],
    "child_population": ["area", "year", "ages"],
    "context_figures": ["publisher", "figure", "area", "period"],
}
POSITIVE = ("births", "population")
WORDS = {
    "level": ("nations", "nation", "region", "hmcts-region", "dfj-area"),
    "ages": ("0", "0 to 17"),
}


@dataclass(frozen=True)
class Source:
    """Where a file of reference data comes from, and how far it can be trusted.

    Each stands as `# name: words` before the file's table. Confidence is `official list` (names and codes),
    `computed` (from open data) or `general knowledge` (not checked against the publication: never a hard number).
    """

    title: str = ""
    source: str = ""
    date: str = ""
    licence: str = ""
    confidence: str = ""
    remark: str = ""


def source(name: str, folder: Path | None = None) -> Source:
    """Return what the file of reference data in force says of where it comes from; see `read`."""
    words = (line.removeprefix("#").partition(":") for line in _parts(name, folder)[0])
    said = {key.strip(): value.strip() for key, _, value in words}
    return Source(**{each.name: said[each.name] for each in fields(Source) if each.name in said})


def _parts(name: str, folder: Path | None) -> tuple[list[str], str]:
    """Return the lines before a file's table, which begin with #, and the text of its table."""
    own = folder / f"{name}.csv" if folder else None
    try:
        if own is not None and own.is_file():
            text = own.read_text(encoding="utf-8-sig")
        else:
            text = files(__package__).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SourceError(
            "The reference file cannot be read as UTF-8 CSV.",
            where=str(own),
            mend="Save it as such.",
        ) from error
    lines = text.splitlines(keepends=True)
    head = list(takewhile(lambda line: line.startswith("#"), lines))
    return head, "".join(lines[len(head) :])


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
        The file lacks a column, holds a value of the wrong kind or one that cannot be, or has two rows of one
        thing.
    """
    own = folder / f"{name}.csv" if folder else None
    table = io.StringIO(_parts(name, folder)[1])
    if own is None or not own.is_file():
        return pd.read_csv(table, dtype=COLUMNS[name], keep_default_na=False)  # type: ignore[arg-type]
    try:
        frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    except ValueError as error:
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
        frame = frame.astype(COLUMNS[name])
    except ValueError as error:
        raise SourceError(
            "The reference file has text where a whole number belongs.",
            where=str(own),
            mend="Mend it.",
        ) from error
    _refuse_rows(name, frame, own)
    return frame


def _refuse_rows(name: str, frame: pd.DataFrame, own: Path) -> None:
    """Refuse a user's own file with rows that contradict one another, or values that cannot be."""
    keys = [", ".join(map(str, row)) for row in frame[KEYS[name]].to_numpy()]
    text = pd.Series(keys, index=frame.index, dtype=object)
    twice = text[text.duplicated()]
    if len(twice):
        raise SourceError(
            f"The reference file has more than one row of {twice.iloc[0]}.",
            where=str(own),
            mend="Leave the one that holds.",
        )
    for column in [column for column in POSITIVE if column in frame]:
        wrong = text[frame[column] <= 0]
        if len(wrong):
            raise SourceError(
                f"The reference file has a number of {column} that is not above 0, of {wrong.iloc[0]}.",
                where=str(own),
                mend="Mend it, or leave the row out: its rate is then not given.",
            )
    for column in [column for column in WORDS if column in frame]:
        wrong = frame.loc[~frame[column].isin(WORDS[column]), column]
        if len(wrong):
            raise SourceError(
                f"The reference file has the {column} '{wrong.iloc[0]}', which is not known.",
                where=str(own),
                mend="Write one of: " + "; ".join(WORDS[column]) + ".",
            )

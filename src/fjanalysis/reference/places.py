"""Areas and local authorities."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd

from fjanalysis.errors import SourceError
from fjanalysis.reference.tables import WORDS, read

LEVELS = WORDS["level"]
WALES = "W92000004"


def areas(folder: Path | None = None) -> pd.DataFrame:
    """Return the areas: `code`, `name`, `level` and the `parent`'s code, from the largest level down.

    Levels: `nations` (England and Wales together), `nation`, `region`, `hmcts-region`, `dfj-area`.
    """
    frame = read("areas", folder)
    _known(frame["parent"], {"", *frame["code"]}, "areas", folder)
    order = frame["level"].map({level: number for number, level in enumerate(LEVELS)})
    return frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def local_authorities(folder: Path | None = None) -> pd.DataFrame:
    """Return the local authorities with responsibility for children: one row a code.

    Columns: `code`, `name`, `region` (ONS code; Wales is its own), `nation`, `started` and `ended`
    (text, empty where it stands for all years), `other_names` (separated by `; `).
    """
    frame = read("local_authorities", folder)
    places = areas(folder)
    regions = set(places.loc[places["level"] == "region", "code"])
    _known(frame["region"], {*regions, WALES}, "local_authorities", folder)
    frame["nation"] = frame["region"].map(lambda code: "Wales" if code == WALES else "England")
    return frame


def known_areas(frame: pd.DataFrame, name: str, folder: Path | None) -> pd.DataFrame:
    """Return the rows of a reference file (`area`), all of whose areas must be in the area table.

    Raises
    ------
    SourceError
        An area is not known.
    """
    _known(frame["area"], set(areas(folder)["code"]), name, folder)
    return frame


def _known(codes: pd.Series, known: set[str], name: str, folder: Path | None) -> None:
    unknown = sorted(set(codes) - known)
    if unknown:
        raise SourceError(
            f"The reference file names the area {unknown[0] or '(none)'}, which is not known.",
            where=str(folder / f"{name}.csv" if folder else name),
            mend="Write its code as it stands in the area table, such as E12000002 or DFJ-birmingham.",
        )


def normal_name(name: str) -> str:
    """Return a place's name as it is compared: lower-case letters and digits, `&` read as `and`.

    >>> normal_name("Northumbria & North Durham DFJ")
    'northumbriaandnorthdurham'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\b(dfj|designated family judge)\b|\b(dfj )?area\b", "", plain)
    return re.sub(r"[^a-z0-9]", "", plain.replace("&", " and "))


def dfj_names(folder: Path | None = None) -> pd.DataFrame:
    """Return the DFJ areas by compared name: `normal`, `dfj_area` and its `hmcts_region`."""
    frame = areas(folder)
    frame = frame[frame["level"] == "dfj-area"]
    return pd.DataFrame(
        {
            "normal": frame["name"].map(normal_name),
            "dfj_area": frame["code"],
            "hmcts_region": frame["parent"],
        }
    ).reset_index(drop=True)


def court_name(name: str) -> str:
    """Return a court's name as it is compared: the word `at` says nothing.

    >>> court_name("Family Court at Leeds") == court_name("FAMILY COURT LEEDS")
    True
    """
    return normal_name(name.lower().replace(" at ", " "))


def court_areas(folder: Path | None = None) -> dict[str, tuple[str, str]]:
    """Return the DFJ area and HMCTS region of courts by compared name, where the user's own file has them.

    The package has no such file: sources name the DFJ area of most courts themselves.

    Raises
    ------
    SourceError
        The file (`courts.csv`: `court`, `dfj_area`) names a DFJ area that is not in the area table.
    """
    if folder is None or not (folder / "courts.csv").is_file():
        return {}
    regions = dfj_names(folder).set_index("dfj_area")["hmcts_region"].to_dict()
    frame = read("courts", folder)
    unknown = sorted(set(frame["dfj_area"]) - set(regions))
    if unknown:
        raise SourceError(
            f"The look-up of courts names the DFJ area {unknown[0]}, which is not known.",
            where=str(folder / "courts.csv"),
            mend="Write its code as it stands in the area table, such as DFJ-birmingham.",
        )
    rows = zip(frame["court"], frame["dfj_area"], strict=True)
    return {court_name(court): (area, regions[area]) for court, area in rows}

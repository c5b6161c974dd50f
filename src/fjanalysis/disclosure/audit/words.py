"""What a pack's words, names and files could give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.few import few_people
from fjanalysis.folders import files_below
from fjanalysis.packs import Pack

KINDS = (".csv", ".json", ".html", ".sha256", ".txt")
# Bytes: several times what packs of the full volume take.
LARGEST = {"results.csv": 150_000_000}
LARGEST_OTHER = 15_000_000
# More rows than areas, measures and years can give are rows of persons. Outputs hold no more than the results.
MOST_ROWS = {"results.csv": 1_000_000, "areas.csv": 1_000, "dictionary.csv": 5_000}


def word_failures(pack: Pack, threshold: int) -> list[str]:
    """Return labels, notes, definitions and reasons that state a count of people under the threshold.

    Parameters in force are not counts of people; a definition may name them (a case names one child), and a group may
    be of two mothers: numbers written as words are looked for outside definitions and groups alone.
    """
    texts = [
        (f"{stream}, {place}", text)
        for stream, about in sorted(pack.streams.items())
        for place, text in _texts(about)
    ]
    texts += [
        ("the reason of an exception", str(each["reason"]))
        for each in pack.manifest.get("exceptions", [])
    ]
    texts += [(f"the area {code}", name) for code, name in pack.areas[["code", "name"]].to_numpy()]
    groups = sorted({group for group in pack.results["group"] if group})
    texts += [("a group", group) for group in groups]
    return [
        f"{place}: '{phrase}' states a count under the threshold."
        for place, text in texts
        for phrase in few_people(
            text, threshold, words=not re.search("a group|, definition", place)
        )
    ]


def _texts(about: Any) -> Iterator[tuple[str, str]]:
    yield "title", str(about["title"])
    for measure in about["measures"]:
        yield f"measure {measure['id']}", str(measure["label"])
        yield f"definition of {measure['id']}", str(measure["definition"])
    for key, text in about["notes"].items():
        yield f"note {key}", str(text)
    for variant, detail in about["variants"].items():
        for each in detail["definitions"]:
            yield f"definition of {each['term']} ({variant})", str(each["text"])


TABLES = ("results.csv", "areas.csv", "dictionary.csv")
OUTPUT = "output-"
LIFE_TABLE = "-life-table"
KNOWN = re.compile(
    r"(?:pack|results|config|clearance)\.json|review\.html|checksums\.sha256|provenance/[a-z0-9-]+\.json"
    r"|(?:results|areas|dictionary)\.csv|output-[A-Za-z0-9_-]+\.csv"
    r"|checksums/(?:results\.json|output-[A-Za-z0-9_-]+\.csv)\.txt"
)


def file_failures(folder: Path) -> list[str]:
    """Return files that a pack may not hold: other kinds or names, or too large to be aggregates."""
    found = []
    for name in files_below(folder):
        path = folder / name
        if path.suffix not in KINDS or any(part.startswith(".") for part in Path(name).parts):
            found.append(f"{name} is of a kind that no pack may hold.")
        elif not KNOWN.fullmatch(name):
            found.append(f"{name} is no file of a pack.")
        elif path.stat().st_size > (most := LARGEST.get(name, LARGEST_OTHER)):
            found.append(f"{name} is larger than aggregates can be: more than {most} bytes.")
        elif (rows := _rows(path)) > (most := MOST_ROWS.get(name, rows)):
            found.append(f"{name} has {rows} rows; aggregates have {most} at most.")
    return found


def _rows(path: Path) -> int:
    """Return the lines of a table below its head, 0 where it is none."""
    if path.suffix != ".csv":
        return 0
    with path.open("rb") as lines:
        return max(sum(1 for _ in lines) - 1, 0)


def output_failures(folder: Path) -> list[str]:
    """Return outputs for the viewer that show anything else than the results table does.

    Each file named `output-STREAM-MEASURE.csv` must hold the rows of that measure to the letter, without the columns
    in which it has nothing; `output-STREAM-MEASURE-life-table.csv` the numbers of its three parts.
    """
    names = [name for name in files_below(folder) if name.startswith(OUTPUT)]
    if not names:
        return []
    results = pd.read_csv(folder / TABLES[0], dtype=str, keep_default_na=False)
    expected = {
        f"{OUTPUT}{stream}-{measure}": rows
        for (stream, measure), rows in results.groupby(["stream", "measure"])
    }
    found, shown = [], set()
    for name in names:
        table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        stem = name.removesuffix(".csv")
        parts = _parts(stem, table)
        if not set(parts) <= set(expected):
            found.append(f"{name} shows a measure that the results do not hold.")
            continue
        shown |= set(parts)
        if not all(_same(own, expected[measure]) for measure, own in parts.items()):
            found.append(f"{name} shows something else than the results do.")
    found += [f"No output shows {name}." for name in sorted(set(expected) - shown)]
    return found


def _parts(stem: str, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return what an output shows by measure: of a life table, the rows of each of its parts."""
    if not stem.endswith(LIFE_TABLE):
        return {stem: table}
    own = stem.removesuffix(LIFE_TABLE)
    keys = [name for name in ("variant", "area", "period", "group", "horizon") if name in table]
    return {
        f"{own}_{part}": table[[*keys, part]].rename(columns={part: "numerator"})
        for part in ("at_risk", "events", "censored")
        if part in table
    }


def _same(shown: pd.DataFrame, rows: pd.DataFrame) -> bool:
    left_out = [
        column for column in rows if column not in shown and column not in ("stream", "measure")
    ]
    if not set(shown) <= set(rows) or len(shown) != len(rows):
        return False
    if "numerator" in shown and "value" not in shown:
        # A count is its value: a life table shows it once, and one status for its parts.
        left_out = [name for name in left_out if name not in ("value", "statistic", "status")]
    columns = [str(name) for name in shown]
    ordered = [each.sort_values(columns)[columns].to_numpy() for each in (shown, rows)]
    return not (rows[left_out] != "").any(axis=None) and bool((ordered[0] == ordered[1]).all())

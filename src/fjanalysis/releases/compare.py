"""`fjanalysis compare`: what changed between two output packs, as a page and a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fjanalysis.changes import CAUSES, KINDS, Changes, compare, headline
from fjanalysis.errors import DisclosureError, UsageError, VerificationError
from fjanalysis.folders import staged, write_text
from fjanalysis.packs import MANIFEST, Pack, find_pack, pack_name, read_pack
from fjanalysis.project import Project
from fjanalysis.releases.pages import document, table
from fjanalysis.results import STATISTICS, written_key

FOLDER = "comparisons"
LISTED = 60


@dataclass(frozen=True)
class Report:
    """A comparison and where it stands."""

    changes: Changes
    folder: Path

    @property
    def text(self) -> str:
        """The report for the terminal."""
        rows = self.changes.rows
        before, after = (_name(pack) for pack in (self.changes.before, self.changes.after))
        lines = [f"From {before} to {after}: {self.changes.unchanged:,} numbers are the same."]
        lines += [f"  {count:,} {kind} ({cause})" for kind, cause, count in tally(rows)]
        beyond = int(rows["beyond_interval"].sum())
        lines.append(f"{beyond:,} revised values lie beyond the interval published before.")
        lines += [
            f"Changed definition: {each.stream}, {each.variant}: {_definition(each.name)} {_short(each.before)} → {_short(each.after)}"
            for each in self.changes.definitions
        ]
        lines.append(f"Open {self.folder / 'index.html'}")
        return "\n".join(lines)


def compare_packs(project: Project, before: str, after: str) -> Report:
    """Compare two packs, and write `comparisons/BEFORE--AFTER/`: `index.html` and `changes.csv`.

    Parameters
    ----------
    before, after
        Each the name of a pack, or the path of a folder that holds one.

    Raises
    ------
    UsageError
        There is no such pack, or both are the same.
    VerificationError
        A pack is not whole, or has another schema.
    """
    old, new = (open_pack(project, name) for name in (before, after))
    if old.folder.resolve() == new.folder.resolve():
        raise UsageError(
            f"'{before}' and '{after}' are the same pack.",
            mend="Name two packs, the earlier first.",
        )
    changes = compare(old, new)
    folder = project.workspace / FOLDER / f"{_name(old)}--{_name(new)}"
    with staged(folder) as staging:
        write_text(staging / "changes.csv", changes.rows.to_csv(index=False, lineterminator="\n"))
        write_text(staging / "index.html", page(changes))
    return Report(changes, folder)


def open_pack(project: Project, name: str) -> Pack:
    """Return a pack given by its name, or by the path of its folder."""
    path = Path(name)
    folder = path if (path / MANIFEST).is_file() else find_pack(project.outputs, name)
    try:
        return read_pack(folder)
    except DisclosureError as error:
        raise VerificationError(error.what, where=error.where, mend=error.mend) from error


def tally(rows: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Yield kind, cause and number of changes, in the order in which kinds and causes are declared."""
    counts = rows.groupby(["kind", "cause"]).size()
    for kind in KINDS:
        for cause in CAUSES:
            if (kind, cause) in counts.index:
                yield kind, cause, int(counts[(kind, cause)])


def page(changes: Changes) -> str:
    """Return the comparison as an HTML page."""
    rows = changes.rows
    names = _area_names(changes)
    streams = sorted(set(changes.before.streams) | set(changes.after.streams))
    parts = [
        f"<p>{changes.unchanged:,} numbers are the same in both; {len(rows):,} differ. A difference of "
        "two counts that is itself under the threshold is not shown.</p>\n",
        table(
            "Changes by kind and cause",
            ["Stream", "Kind", "What that means", "Cause", "What that means", "Numbers"],
            [
                (stream, kind, KINDS[kind], cause, CAUSES[cause], f"{count:,}")
                for stream in streams
                for kind, cause, count in tally(rows[rows["stream"] == stream])
            ],
            numbers=1,
        ),
        table(
            "Definitions that differ",
            ["Stream", "Variant", "Parameter or hash", "Before", "After"],
            [
                (
                    each.stream,
                    each.variant,
                    _definition(each.name),
                    _short(each.before),
                    _short(each.after),
                )
                for each in changes.definitions
            ],
        ),
    ]
    main = headline(rows)
    beyond = main[main["beyond_interval"]]
    parts.append(
        f"<h2>Beyond the interval</h2>\n{_listing('Revised beyond the interval published before', beyond, names)}"
    )
    for stream in streams:
        own = main[(main["stream"] == stream) & main["area"].isin(_nations(changes))]
        parts.append(f"<h2>{_title(changes, stream)}</h2>\n")
        for kind, cause in (
            ("added", "new period"),
            ("revised", "back series"),
            ("revised", "new definition"),
        ):
            chosen = own[(own["kind"] == kind) & (own["cause"] == cause)]
            parts.append(_listing(f"{kind.capitalize()}: {cause}, nations", chosen, names))
        moved = main[(main["stream"] == stream) & main["kind"].isin(["withheld", "released"])]
        parts.append(_listing("Withheld or released since", moved, names))
    marks = ["Synthetic data: these are not findings."] if changes.after.synthetic else []
    title = f"What changed from {_name(changes.before)} to {_name(changes.after)}"
    return document(title, "".join(parts), marks=marks)


def _listing(caption: str, rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the largest changes as a table; what is left out is said, and stands in the CSV."""
    size = (rows["value_after"] / rows["value_before"] - 1).abs().fillna(0.0)
    chosen = rows.loc[size.sort_values(ascending=False, kind="stable").index[:LISTED]]
    if len(rows) > LISTED:
        caption = f"{caption} (the largest {LISTED} of {len(rows):,}; all are in changes.csv)"
    return table(
        caption,
        ["Number", "Area", "Before", "After", "Difference"],
        [
            (
                written_key(row),
                names.get(str(row["area"]), str(row["area"])),
                _value(row, "before"),
                _value(row, "after"),
                _difference(row),
            )
            for _, row in chosen.iterrows()
        ],
        numbers=3,
    )


def _value(row: pd.Series, side: str) -> str:
    value = row[f"value_{side}"]
    if isinstance(value, float) and value == value:  # noqa: PLR0124 (not missing)
        return f"{value:,.{STATISTICS[str(row['statistic'])].decimals}f}"
    status = row[f"status_{side}"]
    return f"[{status}]" if status else ""


def _difference(row: pd.Series) -> str:
    value = row["difference"]
    if isinstance(value, float) and value == value:  # noqa: PLR0124 (not missing)
        return f"{value:+,.{STATISTICS[str(row['statistic'])].decimals}f}"
    return ""


def _nations(changes: Changes) -> set[str]:
    areas = changes.after.areas
    return set(areas.loc[areas["level"].isin(["nation", "nations"]), "code"])


def _area_names(changes: Changes) -> dict[str, str]:
    tables = [changes.before.areas, changes.after.areas]
    return {
        code: name for each in tables for code, name in zip(each["code"], each["name"], strict=True)
    }


def _title(changes: Changes, stream: str) -> str:
    about = changes.after.streams.get(stream) or changes.before.streams[stream]
    return str(about["title"])


def _name(pack: Pack) -> str:
    return pack_name(pack.date, pack.revision)


def _definition(name: str) -> str:
    return {
        "sql": "hash of the cohort's SQL",
        "code": "hash of the package's code",
        "notebook": "hash of the notebook",
        "lock": "hash of the lock file",
    }.get(name, name)


def _short(value: str) -> str:
    """Return a hash by its first digits; other values whole."""
    return value[:12] if len(value) == 64 else value

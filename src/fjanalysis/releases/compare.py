"""`fjanalysis compare`: what changed between two output packs, as a page and a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fjanalysis.changes import CAUSES, KINDS, Changes, compare
from fjanalysis.errors import DisclosureError, UsageError, VerificationError
from fjanalysis.folders import staged, write_text
from fjanalysis.packs import MANIFEST, Pack, find_pack, pack_name, read_pack
from fjanalysis.project import Project
from fjanalysis.releases.comparison_page import definition, page, short

FOLDER = "comparisons"


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
            f"{each.stream}, {each.variant}: {definition(each.name)} {short(each.before)} → {short(each.after)}"
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
        write_text(staging / "changes.csv", changes_csv(changes))
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


def changes_csv(changes: Changes) -> str:
    """Return every change as CSV, each row marked as what it is: synthetic, and from cleared packs or not."""
    both = (changes.before, changes.after)
    marked = changes.rows.assign(
        synthetic="yes" if any(pack.synthetic for pack in both) else "no",
        cleared="yes" if all(pack.cleared for pack in both) else "no",
    )
    return marked.to_csv(index=False, lineterminator="\n")


def tally(rows: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Yield kind, cause and number of changes, in the order in which kinds and causes are declared."""
    counts = rows.groupby(["kind", "cause"]).size()
    for kind in KINDS:
        for cause in CAUSES:
            if (kind, cause) in counts.index:
                yield kind, cause, int(counts[(kind, cause)])


def _name(pack: Pack) -> str:
    return pack_name(pack.date, pack.revision)

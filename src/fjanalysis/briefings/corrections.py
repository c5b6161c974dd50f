"""Corrections: a page made again from a later revision of a refresh's pack marks what was corrected with `[r]`.

A cleared pack is never changed: a mistake found in it is corrected by the next pack of the same date. Its
numbers that print otherwise than those of the revision cleared before carry `[r]` in words, tables and
downloads, and the page begins with a note of what was corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd

from fjanalysis.briefings import formats, trees
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.revisions import Changed, Released, changed, newest_cleared, table
from fjanalysis.packs import Pack, pack_name
from fjanalysis.project import Project
from fjanalysis.results import KEY

REVISED = "r"
ID = "corrections"
# So many corrected numbers are listed at the head of a page; the rest carry their mark.
LISTED = 15


def corrected_pack(project: Project, pack: Pack) -> Pack | None:
    """Return the newest cleared pack of the same refresh before this revision of it, or None."""
    return newest_cleared(project, pack, same_refresh=True)


def with_marks(pack: Pack, before: Pack | None) -> Pack:
    """Return a pack whose numbers have the status `r` where they print otherwise than in a pack before."""
    if before is None:
        return pack
    key = list(KEY)
    paired = pack.results[[*key, "value", "status"]].merge(
        before.results[[*key, "value", "status"]], on=key, how="left", suffixes=("", "_before")
    )
    both = paired["value"].notna() & paired["value_before"].notna()
    differ = both & (paired["status"] == "ok") & (paired["value"] != paired["value_before"])
    places = np.flatnonzero(differ.to_numpy())
    rows = (paired.iloc[at] for at in places)
    shown = [_printed(row, "value") != _printed(row, "value_before") for row in rows]
    if not any(shown):
        return pack
    marked = pack.results["status"].to_numpy(dtype=object, copy=True)
    marked[places[shown]] = REVISED
    return replace(pack, results=pack.results.assign(status=marked))


def _printed(row: pd.Series, column: str) -> str:
    return formats.figure(float(row[column]), str(row["statistic"]))


def correction_note(
    keys: Sequence[str], before: Pack | None, after: Pack, language: str, reason: str = ""
) -> Element | None:
    """Return the note at the head of a page of what was corrected in it, or None where nothing was.

    Parameters
    ----------
    keys
        Full written keys of the page's numbers.
    reason
        The author's words for why.
    """
    if before is None:
        return None
    found = changed(keys, before, after, language, every=True)
    withdrawn = _withdrawn(keys, before, after)
    if not found.revised and not withdrawn:
        return None
    note = trees.element("section", id=ID, class_="note corrections")
    trees.child(note, "h2", message("Correction", language), class_="unnumbered")
    for words in [*_sentences(found, withdrawn, before, language), *([reason] if reason else [])]:
        trees.child(note, "p", words)
    if found.revised:
        note.append(_listed(found, language))
    return note


def _sentences(found: Changed, withdrawn: int, before: Pack, language: str) -> list[str]:
    count = len(found.revised)
    name = pack_name(before.date, before.revision)
    said = [
        message(
            "This page takes the place of one made from the output pack {pack}, of the same refresh.",
            language,
            pack=name,
        )
    ]
    if count:
        words = (
            "{count} of its numbers was corrected. It is marked [r] wherever it stands."
            if count == 1
            else "{count} of its numbers were corrected. They are marked [r] wherever they stand."
        )
        said.append(message(words, language, count=count))
    if withdrawn:
        words = (
            "{count} number that was given before is withheld now."
            if withdrawn == 1
            else "{count} numbers that were given before are withheld now."
        )
        said.append(message(words, language, count=withdrawn))
    return [" ".join(said)]


def _listed(found: Changed, language: str) -> Element:
    title = message("Numbers that were corrected", language)
    listed = sorted(found.revised, key=lambda each: -(each.size or 0.0))
    if len(listed) > LISTED:
        title = message("The {count} largest corrections", language, count=LISTED)
    page = trees.parse(table(listed[:LISTED], title, language))
    body = page.find("body")
    if body is None or not len(body):
        raise ValueError("The table of corrections has no content.")
    return body[0]


def _withdrawn(keys: Sequence[str], before: Pack, after: Pack) -> int:
    """Return how many numbers of a page were given before and are withheld now."""
    was, now = Released(before), Released(after)
    pairs = [(was.row(key), now.row(key)) for key in dict.fromkeys(keys)]
    return sum(
        old is not None
        and new is not None
        and not formats.is_withheld(old)
        and formats.is_withheld(new)
        for old, new in pairs
    )

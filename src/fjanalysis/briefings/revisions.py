"""What changed in a briefing's own numbers since the refresh that was cleared before this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.briefings import formats, labels
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import shelf
from fjanalysis.errors import DisclosureError
from fjanalysis.packs import Pack, pack_name, read_pack, revisions
from fjanalysis.project import Project
from fjanalysis.results import KEY, parse_key, split_group


@dataclass(frozen=True)
class Revision:
    """A number of the briefing that another value was published for before.

    Parameters
    ----------
    what
        The measure, and the group and horizon where there are any, in words.
    area, period
        Where and when.
    before, after
        The two values as they are printed.
    """

    what: str
    area: str
    period: str
    before: str
    after: str


def earlier_pack(project: Project, pack: Pack) -> Pack | None:
    """Return the newest cleared pack before a pack, or None; packs that cannot be read are passed over."""
    if not project.outputs.is_dir():
        return None
    dates = sorted({path.name[:10] for path in project.outputs.iterdir() if path.is_dir()})
    names = [(date, number) for date in dates for number in revisions(project.outputs, date)]
    for date, number in sorted(names, reverse=True):
        if (date, number) >= (pack.date, pack.revision):
            continue
        try:
            found = read_pack(project.outputs / pack_name(date, number))
        except DisclosureError:
            continue
        if found.cleared and found.synthetic == pack.synthetic:
            return found
    return None


def revised(
    keys: Sequence[str], before: Pack, after: Pack, language: str
) -> tuple[list[Revision], int]:
    """Return which of some numbers were revised, and how many are given for the first time.

    Parameters
    ----------
    keys
        Full written keys, areas by code.
    """
    found, new = [], 0
    for key in dict.fromkeys(keys):
        was, now = released_row(key, before), released_row(key, after)
        if now is None or formats.is_withheld(now):
            continue
        if was is None or formats.is_withheld(was):
            new += 1
            continue
        texts = [formats.cell(row, language) for row in (was, now)]
        if texts[0] != texts[1]:
            found.append(_revision(now, *texts, pack=after, language=language))
    return found, new


def entry(keys: Sequence[str], before: Pack | None, after: Pack, language: str) -> dict[str, Any]:
    """Return what the shortcode `changes` prints: a table of revised numbers, or a sentence."""
    if before is None:
        return _sentence(message("There is no earlier refresh to compare with.", language))
    date = formats.day(before.date, language)
    found, new = revised(keys, before, after, language)
    first = message(
        "{count} numbers of this page are given for the first time.", language, count=new
    )
    if not found:
        words = "No number of this page was revised since the refresh of {date}."
        return _sentence(message(words, language, date=date) + (f" {first}" if new else ""))
    title = message("Numbers revised since the refresh of {date}", language, date=date)
    return {
        "kind": "figure",
        "anchor": "tbl-changes",
        "type": "Table",
        "title": [{"text": title}],
        "subtitle": message("Numbers of this page for the same area and period", language),
        "html": _table(found, title, language)
        + (f'<div class="notes">\n<p>{escape(first)}</p>\n</div>\n' if new else ""),
    }


def released_row(key: str, pack: Pack) -> pd.Series | None:
    """Return the row of a full written key, or None where the pack has none."""
    pattern = parse_key(key)
    rows = shelf(pack).get((pattern.stream or "", pattern.measure, pattern.statistic))
    if rows is None:
        return None
    wanted = {"variant": "main", **dict.fromkeys(("group", "horizon"), ""), **pattern.parts}
    for name in KEY[1:]:
        if name in wanted:
            rows = rows[rows[name] == wanted[name]]
    return None if rows.empty else rows.iloc[0]


def _revision(row: pd.Series, before: str, after: str, *, pack: Pack, language: str) -> Revision:
    key = f"{row['stream']}/{row['measure']}.{row['statistic']}"
    words = [labels.measure(key, pack, str(row["stream"]), language)]
    words += [labels.level(level, language) for level in split_group(str(row["group"])).values()]
    if row["horizon"]:
        words.append(labels.horizon(str(row["horizon"]), language))
    return Revision(
        ", ".join(words),
        labels.area(str(row["area"]), pack, language),
        formats.period(str(row["period"]), language),
        before,
        after,
    )


def _sentence(text: str) -> dict[str, Any]:
    return {"kind": "words", "text": text, "class": "", "key": ""}


def _table(found: Sequence[Revision], caption: str, language: str) -> str:
    heads = [message(each, language) for each in ("Measure", "Area", "Period", "Before", "Now")]
    lines = [
        f'<div class="table-scroll" role="region" aria-label="{escape(caption)}" tabindex="0">',
        '<table class="data">',
        f"<caption>{escape(caption)}</caption>",
        "<thead>\n<tr>",
        *(
            f'<th scope="col"{" class=" + chr(34) + "number" + chr(34) if at > 2 else ""}>{escape(head)}</th>'
            for at, head in enumerate(heads)
        ),
        "</tr>\n</thead>\n<tbody>",
    ]
    for each in found:
        lines += [
            f'<tr>\n<th scope="row">{escape(each.what)}</th>',
            f"<td>{escape(each.area)}</td>",
            f"<td>{escape(each.period)}</td>",
            f'<td class="number">{escape(each.before)}</td>',
            f'<td class="number">{escape(each.after)}</td>\n</tr>',
        ]
    return "\n".join([*lines, "</tbody>\n</table>\n</div>"]) + "\n"

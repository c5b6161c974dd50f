"""What changed in a briefing's own numbers since the refresh that was cleared before this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.briefings import formats, labels
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import shelf
from fjanalysis.changes import CIRCUMSTANCE, changed_definitions, moved_spans, tells
from fjanalysis.errors import DisclosureError
from fjanalysis.packs import Pack, pack_name, read_pack, revisions
from fjanalysis.periods import start_year
from fjanalysis.project import Project
from fjanalysis.results import parse_key


@dataclass(frozen=True)
class Revision:
    """A number of the briefing that another value was published for before.

    Parameters
    ----------
    what
        The measure, and the group and horizon where there are any, in words.
    area, period
        Where and when, in words.
    before, after
        The two values as they are printed.
    key
        The number's written key.
    size
        The change, against the value before; None where that was 0.
    outside
        Whether the later value lies outside the 95% interval that was published before.
    """

    what: str
    area: str
    period: str
    before: str
    after: str
    key: str
    size: float | None
    outside: bool


@dataclass(frozen=True)
class Changed:
    """What became of a page's numbers since an earlier refresh.

    Parameters
    ----------
    revised
        Those whose value for the same period is another.
    moved
        How many cover a span of years that ends later than the one they had before.
    new
        How many are given for the first time.
    years
        The years that none of the page's series had before.
    compared
        How many were given before for the same period.
    """

    revised: tuple[Revision, ...]
    moved: int
    new: int
    years: tuple[str, ...]
    compared: int


class Released:
    """The rows of a pack by their written keys, found quickly.

    Parameters
    ----------
    pack
        The pack.
    """

    _PARTS = ("variant", "area", "group", "horizon")

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._places: dict[tuple[str, str, str], Mapping[Any, Any]] = {}

    def series(self, key: str) -> pd.DataFrame:
        """Return the rows that differ from a full key in their period alone, itself included."""
        pattern = parse_key(key)
        head = (pattern.stream or "", pattern.measure, pattern.statistic)
        rows = shelf(self._pack).get(head)
        if rows is None:
            return self._pack.results.iloc[:0]
        if head not in self._places:
            self._places[head] = rows.groupby(list(self._PARTS), sort=False).indices
        wanted = {"variant": "main", "group": "", "horizon": "", **pattern.parts}
        places = self._places[head].get(tuple(wanted.get(name, "") for name in self._PARTS), [])
        series: pd.DataFrame = rows.iloc[places]
        return series

    def row(self, key: str) -> pd.Series | None:
        """Return the row of a full key, or None where there is none."""
        rows = self.series(key)
        rows = rows[rows["period"] == parse_key(key).parts.get("period")]
        return None if rows.empty else rows.iloc[0]


def earlier_pack(project: Project, pack: Pack) -> Pack | None:
    """Return the newest cleared pack of an earlier refresh, or None; those that cannot be read are passed over."""
    return newest_cleared(project, pack, same_refresh=False)


def newest_cleared(project: Project, pack: Pack, *, same_refresh: bool) -> Pack | None:
    """Return the newest cleared pack before a pack, of its own refresh or of earlier ones, or None."""
    if not project.outputs.is_dir():
        return None
    dates = sorted({path.name[:10] for path in project.outputs.iterdir() if path.is_dir()})
    names = [(date, number) for date in dates for number in revisions(project.outputs, date)]
    for date, number in sorted(names, reverse=True):
        if (date, number) >= (pack.date, pack.revision) or (date == pack.date) != same_refresh:
            continue
        try:
            found = read_pack(project.outputs / pack_name(date, number))
        except DisclosureError:
            continue
        if found.cleared and found.synthetic == pack.synthetic:
            return found
    return None


def changed(
    keys: Sequence[str], before: Pack, after: Pack, language: str, *, every: bool = False
) -> Changed:
    """Return what became of some numbers since an earlier pack.

    Parameters
    ----------
    keys
        Full written keys, areas by code.
    every
        Whether numbers that tell of no people (of records, of a model's fit) are looked at too.
    """
    earlier, later = Released(before), Released(after)
    found: list[Revision] = []
    years: set[str] = set()
    moved = new = compared = 0
    for key in filter(None if every else _tells, dict.fromkeys(keys)):
        was, now = earlier.row(key), later.row(key)
        if now is None or formats.is_withheld(now):
            continue
        if was is not None and not formats.is_withheld(was):
            compared += 1
            if _plain(was, language) != _plain(now, language):
                found.append(_revision(key, was, now, pack=after, language=language))
        elif was is None and _took_the_place_of(key, earlier, later):
            moved += 1
        else:
            new += 1
            years |= _new_year(key, earlier)
    return Changed(tuple(found), moved, new, tuple(sorted(years)), compared)


# So many of a page's revised numbers are listed, the largest first.
LISTED = 15


def entry(keys: Sequence[str], before: Pack | None, after: Pack, language: str) -> dict[str, Any]:
    """Return what the shortcode `changes` prints: sentences, and a table of the revised numbers."""
    if before is None:
        return _sentence(message("There is no earlier refresh to compare with.", language))
    found = changed(keys, before, after, language)
    streams = {parse_key(key).stream or "" for key in keys}
    parts = [
        *_period_words(found, before, language),
        *_revision_words(found, before, language),
        *_definition_words(before, after, streams, language),
    ]
    made: dict[str, Any] = {"kind": "blocks", "words": parts}
    if found.revised:
        date = formats.day(before.date, language)
        title = message("Numbers revised since the refresh of {date}", language, date=date)
        about = message("Numbers of this page for the same area and period", language)
        listed = sorted(found.revised, key=lambda each: -(each.size or 0.0))[:LISTED]
        if len(listed) < len(found.revised):
            about = message(
                "The {count} largest revisions of this page, for the same area and period",
                language,
                count=LISTED,
            )
        made["figure"] = {
            "kind": "figure",
            "anchor": "tbl-changes",
            "type": "Table",
            "title": [{"text": title}],
            "subtitle": about,
            "html": table(listed, title, language),
        }
    return made


def _period_words(found: Changed, before: Pack, language: str) -> list[dict[str, str]]:
    date = formats.day(before.date, language)
    said = [
        message(
            "These numbers are compared with those from the refresh of {date}.", language, date=date
        )
    ]
    for year in found.years:
        shown = formats.period(year, language)
        said.append(message("{year} is shown for the first time.", language, year=shown))
    if found.moved:
        words = (
            "{count} number of this page covers a span of years that now ends later."
            if found.moved == 1
            else "{count} numbers of this page cover a span of years that now ends later."
        )
        said.append(message(words, language, count=found.moved))
    if found.new:
        words = (
            "{count} number of this page is given for the first time."
            if found.new == 1
            else "{count} numbers of this page are given for the first time."
        )
        said.append(message(words, language, count=found.new))
    return [{"text": f"{each} "} for each in said]


def _revision_words(found: Changed, before: Pack, language: str) -> list[dict[str, str]]:
    if not found.revised:
        words = "No number of this page was revised since the refresh of {date}."
        date = formats.day(before.date, language)
        return [{"text": message(words, language, date=date) + " "}]
    count = len(found.revised)
    words = (
        "{count} of the {whole} numbers that were given before for the same period was revised."
        if count == 1
        else "{count} of the {whole} numbers that were given before for the same period were revised."
    )
    parts = [{"text": message(words, language, count=count, whole=found.compared) + " "}]
    largest = max(found.revised, key=lambda each: each.size or 0.0)
    lead, _, rest = message(
        "The largest revision is of {what} ({area}, {period}): from {before} to {after}.",
        language,
        what=largest.what,
        area=largest.area,
        period=largest.period,
        before=largest.before,
        after="\N{NULL}",
    ).partition("\N{NULL}")
    parts += [
        {"text": lead},
        {"text": largest.after, "class": "value", "key": largest.key},
        {"text": f"{rest} "},
    ]
    outside = sum(each.outside for each in found.revised)
    words = (
        "{count} of them lies outside the 95% interval published before."
        if outside == 1
        else "{count} of them lie outside the 95% interval published before."
        if outside
        else "None of them lies outside the 95% interval published before."
    )
    return [*parts, {"text": message(words, language, count=outside) + " "}]


def _definition_words(
    before: Pack, after: Pack, streams: set[str], language: str
) -> list[dict[str, str]]:
    """Say which definitions of the main analyses of a page's streams differ."""
    own = [
        each
        for each in changed_definitions(before, after)
        if each.stream in streams and each.variant == "main" and each.name not in CIRCUMSTANCE
    ]
    said = []
    for each in own:
        if each.name == "sql":
            words = "The rule by which records are chosen differs, so numbers may differ for that reason."
            said.append(message(words, language))
            continue
        words = "The definition differs: “{name}” was {before} and is now {after}."
        said.append(
            message(
                words,
                language,
                name=each.name.replace("_", " "),
                before=each.before,
                after=each.after,
            )
        )
    if not own:
        said.append(message("The definitions are the same.", language))
    return [{"text": f"{each} "} for each in said]


def _tells(key: str) -> bool:
    pattern = parse_key(key)
    return tells(pattern.measure, pattern.statistic)


def _took_the_place_of(key: str, before: Released, after: Released) -> bool:
    """Return whether a number's span of years takes the place of one that was published before."""
    was, now = before.series(key), after.series(key)
    gone = was[~was["period"].isin(now["period"])]
    added = now[~now["period"].isin(was["period"])]
    pairs = moved_spans(gone, added)
    period = parse_key(key).parts["period"]
    chosen = pairs[added.loc[pairs["added"], "period"].to_numpy() == period]
    return any(not formats.is_withheld(gone.loc[at]) for at in chosen["gone"])


def _new_year(key: str, before: Released) -> set[str]:
    """Return the year of a number that comes after all years that its series had."""
    period = str(parse_key(key).parts["period"])
    known = [str(each) for each in before.series(key)["period"] if " to " not in str(each)]
    later = known and " to " not in period and start_year(period) > max(map(start_year, known))
    return {period} if later else set()


def _revision(key: str, was: pd.Series, row: pd.Series, *, pack: Pack, language: str) -> Revision:
    words = [labels.measure(key, pack, str(row["stream"]), language)]
    words += labels.groups(str(row["group"]), words[0], language)
    if row["horizon"]:
        words.append(labels.horizon(str(row["horizon"]), language))
    return Revision(
        ", ".join(words),
        labels.area(str(row["area"]), pack, language),
        formats.period(str(row["period"]), language),
        _plain(was, language),
        _plain(row, language),
        key,
        abs(row["value"] / was["value"] - 1) if was["value"] else None,
        bool(row["value"] < was["lower"] or row["value"] > was["upper"]),
    )


def _plain(row: pd.Series, language: str) -> str:
    """Return a released number as it is printed, without the mark of a revision."""
    return formats.figure(float(row["value"]), str(row["statistic"]), language)


def _sentence(text: str) -> dict[str, Any]:
    return {"kind": "words", "text": text, "class": "", "key": ""}


def table(found: Sequence[Revision], caption: str, language: str) -> str:
    """Return revised numbers as a table: what, where and when, before and now."""
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
            f'<tr>\n<th scope="row" class="long">{escape(each.what)}</th>',
            f"<td>{escape(each.area)}</td>",
            f'<td class="when">{escape(each.period)}</td>',
            f'<td class="number">{escape(each.before)}</td>',
            f'<td class="number" data-key="{escape(each.key)}">{escape(each.after)}</td>\n</tr>',
        ]
    return "\n".join([*lines, "</tbody>\n</table>\n</div>"]) + "\n"

"""The data quality report: one HTML page in the refresh's folder, for the secure side alone.

It holds no value of a row. A count of 1 to 9 is "fewer than 10", in words and by a gap in the charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.periods import complete_years
from fjanalysis.refresh import drawing
from fjanalysis.refresh.breaks import Break
from fjanalysis.refresh.contract import safe_count

NATIONS = {"E92000001": "England", "W92000004": "Wales"}
SYSTEMS = {"cms": "CMS", "ecms": "ECMS", "cymru": "Cymru"}
FEW, ALL_BUT_FEW = "fewer than 10", "all but fewer than 10"
LOST_PERCENT, MOVED_POINTS = 1.0, 5.0
STYLE = f"""
body {{ font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto; max-width: 76rem; padding: 1rem 1.5rem 4rem; }}
h1, h2, h3 {{ line-height: 1.25; margin: 2rem 0 .5rem; }}
h3 {{ font-size: 1.05rem; margin: 1rem 0 .25rem; }}
.secure {{ border: .3rem solid #942514; padding: .5rem 1rem; font-weight: 600; }}
.synthetic {{ border: .3rem solid #12436d; padding: .5rem 1rem; margin-top: .5rem; }}
.pair {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 0 2rem; align-items: start; }}
figure {{ margin: .5rem 0 1rem; }} tbody th {{ white-space: nowrap; }} svg {{ max-width: 36rem; width: 100%; height: auto; }}
svg text {{ font: 12px system-ui, sans-serif; fill: #1a1a1a; }} svg text.name {{ font-weight: 600; }} svg .grid {{ stroke: #d0d0d0; }}
table {{ border-collapse: collapse; margin: .25rem 0 1.5rem; font-size: .875rem; }}
caption {{ text-align: left; font-weight: 600; padding: .25rem 0; }}
th, td {{ border-bottom: 1px solid #949494; padding: .2rem .75rem .2rem 0; text-align: left; vertical-align: top; }}
thead th {{ border-bottom: 2px solid #1a1a1a; }} td + td, td, thead th + th {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.scroll {{ overflow-x: auto; }} .scroll:focus, a:focus {{ outline: 3px solid #12436d; outline-offset: 2px; }}
.skip {{ position: absolute; left: -99rem; }} .skip:focus {{ position: static; }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ color-scheme: dark; }}
  body {{ color: #f1f2f3; background: #17191c; }}
  a {{ color: #9dcaf3; }} .secure {{ border-color: #f07c66; }} .synthetic, .scroll:focus, a:focus {{ border-color: #9dcaf3; outline-color: #9dcaf3; }}
  th, td {{ border-color: #6b7077; }} thead th {{ border-color: #f1f2f3; }} svg text {{ fill: #f1f2f3; }} svg .grid {{ stroke: #4a4e54; }}
{drawing.dark_rules()}
}}
"""


@dataclass(frozen=True)
class About:
    """What the report says of the refresh itself.

    Parameters
    ----------
    manifest
        What `refresh.json` says.
    earlier
        The date of the refresh that it was compared with, or empty.
    breaks
        The years whose number of records moved.
    break_percent
        The move above which a year is listed.
    """

    manifest: Mapping[str, Any]
    earlier: str
    breaks: Sequence[Break]
    break_percent: float


def page(about: About, quality: pd.DataFrame) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    about
        The refresh and what it was compared with.
    quality
        Data quality as tidy results, exact.
    """
    manifest = about.manifest
    title = f"Data quality of the refresh of {manifest['refresh']}"
    body = [
        '<p class="secure">Secure: this page must not leave the secure environment. Its numbers '
        "are rows of every stream's results too, and leave by <code>fjanalysis pack</code>, after disclosure control; the "
        "breaks alone stay here.</p>",
    ]
    if manifest["synthetic"]:
        body.append('<p class="synthetic">Synthetic data: made by a generator, about nobody.</p>')
    by_year = _by_year(quality, manifest)
    body += [
        *_summary(about, quality, by_year),
        *_coverage(by_year),
        *_linkage(by_year),
        *_missing(by_year),
        *_unmatched(quality),
        *_mended(quality, by_year),
        *_breaks(about),
        *_sources(manifest),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>Secure: {escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the report</a>\n'
        f'<main id="main">\n<h1>{escape(title)}</h1>\n'
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an accessible HTML table: a caption, column headers, and a row header first in each row."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def share(numerator: int, denominator: int) -> tuple[float | None, str]:
    """Return a percentage as a number for a chart and in words; small counts give no number."""
    if not denominator:
        return None, "none"
    if 0 < denominator < 10 or 0 < numerator < 10:
        return None, FEW
    if 0 < denominator - numerator < 10:
        return None, ALL_BUT_FEW
    percent = 100 * numerator / denominator
    return percent, "under 0.1%" if 0 < percent < 0.05 else f"{percent:.1f}%"


def _by_year(quality: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of single years, with the year's name for tables and whether it is whole."""
    rows = quality[~quality["period"].str.contains(" ")].copy()
    end = pd.Timestamp(manifest["follow_up_end"]).date()
    starts = {
        nation: min(pd.Timestamp(day).date() for day in laws.values())
        for nation, laws in manifest["data_start"].items()
    }
    whole = {
        code: set(complete_years(starts[name], end))
        for code, name in NATIONS.items()
        if name in starts
    }
    rows["whole"] = [
        period in whole.get(area, ())
        for area, period in zip(rows["area"], rows["period"], strict=True)
    ]
    return rows


def _year(rows: pd.DataFrame, period: str) -> str:
    return period if rows.loc[rows["period"] == period, "whole"].all() else f"{period} (part)"


def _level(group: str, dimension: str) -> str:
    parts = dict(part.split(": ", 1) for part in group.split("; "))
    return parts.get(dimension, "")


def _place(system: str) -> tuple[int, str]:
    """Return what sorts systems: those of England and Wales first, then others by name."""
    known = list(SYSTEMS)
    return (known.index(system) if system in known else len(known), system)


def _system(name: str) -> str:
    return SYSTEMS.get(name, name)


def _figure(drawn: str, caption: str) -> str:
    return f"<figure><figcaption><h3>{escape(caption)}</h3></figcaption>{drawn}</figure>"


def _pair(*parts: str) -> str:
    return '<div class="pair">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"


def _summary(about: About, quality: pd.DataFrame, by_year: pd.DataFrame) -> list[str]:
    manifest = about.manifest
    counts = [(name, safe_count(each["rows"])) for name, each in manifest["tables"].items()]
    noted = [*_lost(quality), *_moved(by_year)]
    if about.breaks:
        noted.append(
            f"{len(about.breaks)} counts of a year moved by more than {about.break_percent:g}% since the refresh "
            f"of {about.earlier}."
        )
    listed = "".join(f"<li>{escape(each)}</li>" for each in noted)
    return [
        f"<p>Follow-up ends on {escape(manifest['follow_up_end'])}. Years are financial years, April to March; one "
        "that is not whole in the data is marked as a part and is not drawn. Counts of 1 to 9 are given as "
        f"“{FEW}” and leave a gap in a chart.</p>",
        "<h2>What to look at</h2>",
        f"<ul>{listed}</ul>"
        if noted
        else "<p>Nothing stands out by the limits of this report.</p>",
        f"<p>Told here: links that are lost in over {LOST_PERCENT:g}% of rows, fields whose missing share moved by "
        f"over {MOVED_POINTS:g} points between the last two whole years, and breaks since the earlier refresh.</p>",
        table("Rows of the research-ready tables", ("Table", "Rows"), counts),
    ]


def _lost(quality: pd.DataFrame) -> list[str]:
    found = []
    for row in _plain(quality[quality["measure"] == "unmatched"]):
        percent, words = share(row["numerator"], row["denominator"])
        if percent is not None and percent > LOST_PERCENT:
            found.append(
                f"{NATIONS[row['area']]}, {_level(row['group'], 'link')}: {words} lead nowhere."
            )
    return found


def _moved(by_year: pd.DataFrame) -> list[str]:
    found = []
    rows = by_year[(by_year["measure"] == "missing") & by_year["whole"]].sort_values("period")
    for (area, group), part in rows.groupby(["area", "group"], sort=True):
        last = [share(row["numerator"], row["denominator"])[0] for row in _plain(part)[-2:]]
        known = [value for value in last if value is not None]
        if len(known) == 2 and abs(known[1] - known[0]) > MOVED_POINTS:
            found.append(
                f"{NATIONS[str(area)]}, {_level(str(group), 'field')}: missing in {known[0]:.1f}%, then in "
                f"{known[1]:.1f}% of the last whole year."
            )
    return found


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dictionaries with plain integers; a count has the denominator 0."""
    named = ["area", "group", "period", "whole"]
    return [
        {
            **{name: row[name] for name in named if name in row},
            "numerator": int(row["numerator"]),
            "denominator": 0 if pd.isna(row["denominator"]) else int(row["denominator"]),
        }
        for row in rows.to_dict("records")
    ]


def _coverage(by_year: pd.DataFrame) -> list[str]:
    rows = by_year[by_year["measure"] == "records"]
    rows = rows[rows["group"].str.startswith("system: ")]
    periods = sorted(set(rows["period"]))
    body = [
        "<h2>Coverage by year and system</h2>",
        "<p>Records by the year in which their case was first applied for; persons by their first case.</p>",
    ]
    whole = {(row["group"], row["period"]): row for row in _plain(rows)}
    systems = sorted({_level(group, "system") for group in rows["group"]}, key=_place)
    for name in ("cases", "applications", "persons", "roles", "hearings", "orders"):
        series: dict[str, list[float | None]] = {_system(each): [] for each in systems}
        lines = []
        for period in periods:
            cells = []
            for each in systems:
                row = whole.get((f"system: {each}; table: {name}", period))
                count = row["numerator"] if row else 0
                shown = row is not None and row["whole"] and not 0 < count < 10
                series[_system(each)].append(float(count) if shown else None)
                cells.append(safe_count(count))
            lines.append((_year(rows, period), *cells))
        caption = f"{name.capitalize()} by year and system"
        drawn = drawing.lines(f"coverage-{name}", caption, periods, series, percent=False)
        head = ("Year", *(_system(each) for each in systems))
        body.append(_pair(_figure(drawn, caption), table(caption, head, lines)))
    return body


def _linkage(by_year: pd.DataFrame) -> list[str]:
    rows = by_year[by_year["measure"] == "linked"].sort_values("period")
    body = [
        "<h2>Linkage between systems</h2>",
        "<p>Of the persons of a frozen system, by the year of their first case there, the share found in the system "
        "that followed it. Who is not found counts as a new person from then on.</p>",
    ]
    if rows.empty:
        return [*body, "<p>No two systems of a nation were read.</p>"]
    for group, part in rows.groupby("group", sort=True):
        caption = f"Persons joined, {_level(str(group), 'systems').replace('_', ' ')}"
        cells = [(row, *share(row["numerator"], row["denominator"])) for row in _plain(part)]
        series = {"joined": [value if row["whole"] else None for row, value, _ in cells]}
        drawn = drawing.lines("linkage", caption, list(part["period"]), series, percent=True)
        lines = [
            (_year(rows, row["period"]), words, safe_count(row["denominator"]))
            for row, _, words in cells
        ]
        head = ("Year", "Joined", "Persons")
        body.append(_pair(_figure(drawn, caption), table(caption, head, lines)))
    return body


def _missing(by_year: pd.DataFrame) -> list[str]:
    rows = by_year[by_year["measure"] == "missing"]
    body = [
        "<h2>Missing values by field and year</h2>",
        "<p>A case without closing date is still open; one without hearing has none recorded.</p>",
    ]
    for number, group in enumerate(sorted(set(rows["group"]))):
        part = rows[rows["group"] == group]
        periods = sorted(set(part["period"]))
        cells = {(row["area"], row["period"]): row for row in _plain(part)}
        series: dict[str, list[float | None]] = {}
        words: dict[str, list[str]] = {}
        for code, nation in NATIONS.items():
            if not any(area == code for area, _ in cells):
                continue
            for period in periods:
                row = cells.get((code, period))
                value, said = (
                    share(row["numerator"], row["denominator"]) if row else (None, "no records")
                )
                words.setdefault(nation, []).append(said)
                series.setdefault(nation, []).append(value if row and row["whole"] else None)
        caption = f"Missing: {_level(group, 'field')}"
        drawn = drawing.lines(f"missing-{number}", caption, periods, series, percent=True)
        lines = [
            (_year(part, period), *(words[nation][at] for nation in words))
            for at, period in enumerate(periods)
        ]
        body.append(_pair(_figure(drawn, caption), table(caption, ("Year", *words), lines)))
    return body


def _unmatched(quality: pd.DataFrame) -> list[str]:
    rows = quality[quality["measure"] == "unmatched"].sort_values(["area", "group"])
    body = [
        "<h2>Unmatched links</h2>",
        "<p>Rows that name a case, application, person or place which is not there. They are left out, "
        "but for cases without a known place.</p>",
    ]
    for code, nation in NATIONS.items():
        part = _plain(rows[rows["area"] == code])
        if not part:
            continue
        cells = [
            (_level(row["group"], "link"), *share(row["numerator"], row["denominator"]))
            for row in part
        ]
        caption = f"Unmatched links, {nation}"
        drawn = drawing.bars(f"unmatched-{nation.lower()}", caption, cells)
        lines = [
            (label, safe_count(row["numerator"]), safe_count(row["denominator"]), said)
            for row, (label, _, said) in zip(part, cells, strict=True)
        ]
        head = ("Link", "Unmatched", "Of rows", "Share")
        body.append(_pair(_figure(drawn, caption), table(caption, head, lines)))
    return body


def _mended(quality: pd.DataFrame, by_year: pd.DataFrame) -> list[str]:
    body = [
        "<h2>Mended values</h2>",
        "<p>Values that were mended and rows that were left out, each by a stated rule (docs/mappings.md).</p>",
    ]
    for code, nation in NATIONS.items():
        part = quality[(quality["measure"] == "mended") & (quality["area"] == code)]
        totals = part.groupby("group", sort=True)["numerator"].sum().astype("int64")
        if totals.empty:
            continue
        found = totals[totals > 0].sort_values(ascending=False, kind="stable")
        cells = [
            (
                _level(str(group), "field"),
                None if count < 10 else float(count),
                safe_count(int(count)),
            )
            for group, count in found.items()
        ]
        never = [_level(str(group), "field") for group in totals.index[totals == 0]]
        caption = f"Mended values, {nation}"
        drawn = drawing.bars(f"mended-{nation.lower()}", caption, cells)
        listed = table(
            caption, ("Rule", "Values or rows"), [(label, said) for label, _, said in cells]
        )
        body.append(_pair(_figure(drawn, caption), listed))
        body.append(_mended_by_year(by_year[by_year["area"] == code], nation))
        if never:
            body.append(f"<p>Found nowhere in {nation}: {escape(', '.join(never))}.</p>")
    kept = _plain(quality[quality["measure"] == "kept"])
    totals_kept: dict[tuple[str, str], int] = {}
    for row in kept:
        at = (NATIONS[row["area"]], _level(row["group"], "field"))
        totals_kept[at] = totals_kept.get(at, 0) + row["numerator"]
    lines = [
        (f"{field}, {nation}", safe_count(count)) for (nation, field), count in totals_kept.items()
    ]
    body.append(table("In doubt, but kept as they are", ("What", "Rows"), lines))
    return body


def _mended_by_year(by_year: pd.DataFrame, nation: str) -> str:
    rows = by_year[by_year["measure"] == "mended"]
    cells = {(row["group"], row["period"]): row["numerator"] for row in _plain(rows)}
    periods = sorted(set(rows["period"]))
    groups = [
        group
        for group in sorted(set(rows["group"]))
        if any(cells.get((group, each)) for each in periods)
    ]
    lines = [
        (_year(rows, period), *(safe_count(cells.get((group, period), 0)) for group in groups))
        for period in periods
    ]
    head = ("Year", *(_level(group, "field") for group in groups))
    return table(f"Mended values by year, {nation}", head, lines)


def _breaks(about: About) -> list[str]:
    body = ["<h2>Breaks against the earlier refresh</h2>"]
    if not about.earlier:
        return [*body, "<p>No earlier refresh of the same kind is at hand.</p>"]
    said = (
        f"years that were whole then, whose number of records moved by more than {about.break_percent:g}% "
        f"since the refresh of {about.earlier}"
    )
    if not about.breaks:
        return [*body, f"<p>There are no {escape(said)}.</p>"]
    lines, cells = [], []
    for each in about.breaks:
        name = (
            f"{_level(each.group, 'table')} {each.period}, {_system(_level(each.group, 'system'))}"
        )
        percent = each.percent
        small = 0 < each.before < 10 or 0 < each.now < 10 or 0 < abs(each.now - each.before) < 10
        moved = "too few to say" if small else "new" if percent is None else f"{percent:+.1f}%"
        lines.append((name, safe_count(each.before), safe_count(each.now), moved))
        cells.append((name, None if small or percent is None else abs(percent), moved))
    drawn = drawing.bars("breaks", "Moves of a year's count, in percent", cells[:40])
    head = ("Records", f"On {about.earlier}", "Now", "Moved")
    return [
        *body,
        f"<p>Listed are {escape(said)}.</p>",
        _pair(_figure(drawn, "How far counts moved"), table("Counts that moved", head, lines)),
    ]


def _sources(manifest: Mapping[str, Any]) -> list[str]:
    tables = manifest["source"].get("tables", {})
    lines = [(name, safe_count(each["rows"])) for name, each in sorted(tables.items())]
    return ["<h2>Source tables read</h2>", table("Source tables", ("Table", "Rows"), lines)]

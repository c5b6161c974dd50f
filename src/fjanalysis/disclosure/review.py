"""The page for the output reviewer: what a pack holds, by which rules, and what was withheld.

It travels with the pack, so it never says of one row which rule withheld it: that would tell a small
count from one withheld for its sake. The secure side keeps that list (`withheld.csv`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.release import Controlled
from fjanalysis.packs import Pack
from fjanalysis.results import COUNTS, KEY, STATISTICS, split_group

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border-bottom: 1px solid #767676; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
.first { border-left: .4rem solid #12436d; padding-left: 1rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
a:focus, summary:focus { outline: 3px solid #12436d; outline-offset: 2px; }
"""


@dataclass(frozen=True)
class Reviewed:
    """What a review page is about.

    Parameters
    ----------
    manifest
        What `pack.json` says.
    results
        The released table.
    controlled
        The outcome of disclosure control for the streams packed anew.
    streams
        `provenance/STREAM.json` by stream.
    levels
        Level of each area.
    taken_over
        Streams that stand unchanged from the pack before.
    before
        The last cleared pack before this one.
    """

    manifest: Mapping[str, Any]
    results: pd.DataFrame
    controlled: Controlled
    streams: Mapping[str, Mapping[str, Any]]
    levels: Mapping[str, str]
    taken_over: Sequence[str]
    before: Pack | None


def page(pack: Reviewed) -> str:
    """Return the review page as HTML."""
    manifest = pack.manifest
    title = f"Output pack of {manifest['refresh']}, revision {manifest['revision']}"
    kind = "synthetic data" if manifest["synthetic"] else "real records"
    body = [
        f"<p>Made from {kind}. A draft until it is cleared: <code>fjanalysis clear</code> records who "
        "reviewed this very pack, over its checksum.</p>",
        *_exceptions(manifest),
        *_summary(pack.results),
        *changes(pack.results, pack.before),
        *_rules(manifest),
    ]
    for name in sorted(pack.streams):
        body += _stream(name, pack)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the review</a>\n'
        f'<main id="main">\n<h1>{escape(title)}</h1>\n'
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _exceptions(manifest: Mapping[str, Any]) -> list[str]:
    found = manifest.get("exceptions", [])
    if not found:
        return ["<h2>Exceptions</h2>", "<p>None: every rule below held for every row.</p>"]
    rows = [
        (
            " ".join(f'{name}="{value}"' for name, value in sorted(each["rows"].items())),
            each["rule"],
            each["released"],
            each["reason"],
        )
        for each in found
    ]
    head = ("Figures released", "Although of the rule", "Rows", "Reason given")
    said = "<p>The counts beneath these figures stay withheld.</p>"
    listed = table("Exceptions that ask for your decision", head, rows, (2,))
    return ['<h2 class="first">Exceptions</h2>', said, listed]


def changes(results: pd.DataFrame, before: Pack | None) -> list[str]:
    """Return what changed since the last cleared pack, by output."""
    title = "<h2>What changed since the last cleared pack</h2>"
    if before is None:
        return [title, "<p>No pack was cleared before this one.</p>"]
    columns = [*KEY, "value", "status"]
    both = results[columns].merge(
        before.results[columns], on=list(KEY), how="outer", suffixes=("", "_before"), indicator=True
    )
    here, there = both["_merge"] != "right_only", both["_merge"] != "left_only"
    shown, was = both["value"].notna(), both["value_before"].notna()
    kinds = {
        "New rows": here & ~there,
        "Rows gone": there & ~here,
        "Changed": shown & was & (both["value"] != both["value_before"]),
        "Newly withheld": here & there & was & (both["status"] == "c"),
        "Newly released": here & there & shown & (both["status_before"] == "c"),
        "As before": here & there & shown & was & (both["value"] == both["value_before"]),
    }
    counted = pd.DataFrame(kinds).groupby([both["stream"], both["measure"]]).sum()
    rows = [
        (f"{stream}/{measure}", *(int(number) for number in numbers))
        for (stream, measure), numbers in zip(counted.index, counted.to_numpy(), strict=True)
    ]
    caption = f"Against {before.folder.name}, cleared; rows by output"
    return [title, table(caption, ("Output", *kinds), rows, range(1, 7))]


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()
) -> str:
    """Return an accessible HTML table: a caption, column headers, and a row header first in each row."""
    heads = "".join(
        f'<th scope="col"{_class(at, numbers)}>{escape(name)}</th>' for at, name in enumerate(head)
    )
    lines = []
    for row in rows:
        cells = [
            f'<th scope="row">{escape(str(value))}</th>'
            if at == 0
            else f"<td{_class(at, numbers)}>{escape(str(value))}</td>"
            for at, value in enumerate(row)
        ]
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _class(at: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if at in numbers else ""


def _summary(results: pd.DataFrame) -> list[str]:
    rows = []
    for stream, part in results.groupby("stream", sort=True):
        published, confidential, absent = _tally(part)
        rows.append((stream, len(part), published, confidential, absent, _smallest(part)))
    head = (
        "Stream",
        "Rows",
        "Published",
        "Withheld (c)",
        "Not applicable or unavailable",
        "Smallest count shown above zero",
    )
    return ["<h2>What the pack holds</h2>", table("Rows by stream", head, rows, range(1, 6))]


def _tally(part: pd.DataFrame) -> tuple[int, int, int]:
    confidential = int((part["status"] == "c").sum())
    absent = int(part["status"].isin(["z", "x"]).sum())
    return len(part) - confidential - absent, confidential, absent


def _smallest(part: pd.DataFrame) -> str:
    """Return the smallest count shown; steps of life tables are no counts of a cell and stand aside."""
    plain = part[~part["measure"].str.contains(r"_(?:at_risk|events|censored)$")]
    population = plain["denominator"].mask(plain["statistic"] == "rate_per_10000")
    shown = pd.concat([plain["numerator"], population]).dropna()
    shown = shown[shown > 0]
    return str(int(shown.min())) if len(shown) else "none"


def _rules(manifest: Mapping[str, Any]) -> list[str]:
    profile = manifest["profile"]
    control = manifest["control"]
    settings = [(name, _value(value)) for name, value in profile["rules"].items()]
    out = [
        "<h2>Rules in force</h2>",
        table(f"Profile: {profile['name']}", ("Setting", "Value"), settings),
        "<h3>Done</h3>",
        _list(control["done"]),
    ]
    if control["not_done"]:
        out += ["<h3>Not done</h3>", _list(control["not_done"])]
    meaning = sorted(rules.REASONS.items())
    out.append(table("Rules by which a row can be withheld", ("Rule", "Meaning"), meaning))
    return out


def _stream(name: str, pack: Reviewed) -> list[str]:
    about = pack.streams[name]
    part = pack.results[pack.results["stream"] == name]
    out = [f'<h2 id="{escape(name)}">{escape(str(about["title"]))}</h2>', *_cohort(part)]
    if name in pack.taken_over:
        out.append("<p>Taken over unchanged from the pack before.</p>")
    else:
        out += _outcome(name, pack)
    meanings = [
        (each["id"], each["label"], each["unit"], each["definition"]) for each in about["measures"]
    ]
    out.append(
        table(
            f"What the outputs of {name} are", ("Output", "Label", "Unit", "What it is"), meanings
        )
    )
    rows = []
    for (measure, statistic), group in part.groupby(["measure", "statistic"], sort=True):
        published, confidential, absent = _tally(group)
        largest = group[list(COUNTS)].max().max() if published else None
        rows.append(
            (
                measure,
                STATISTICS[str(statistic)].label,
                published,
                confidential,
                absent,
                _smallest(group),
                "" if largest is None or pd.isna(largest) else int(largest),
                "passed" if not confidential else "passed after suppression",
            )
        )
    head = (
        "Output",
        "Statistic",
        "Published",
        "Withheld",
        "Absent",
        "Smallest count",
        "Largest count",
        "Rules",
    )
    out.append(table(f"Outputs of {name}", head, rows, range(2, 7)))
    for variant, detail in about["variants"].items():
        values = [(key, _value(value)) for key, value in sorted(detail["parameters"].items())]
        out.append(table(f"Parameters in force, {variant}", ("Parameter", "Value"), values))
    return out


def _cohort(part: pd.DataFrame) -> list[str]:
    """Return the steps from records to cohort where the stream gives them: unweighted counts as released."""
    flow = part[(part["measure"] == "cohort_flow") & (part["variant"] == "main")]
    if flow.empty:
        return []
    flow = flow.sort_values("numerator", ascending=False, kind="stable")
    rows = [
        (split_group(group).get("step", group), "withheld" if pd.isna(n) else int(n))
        for group, n in zip(flow["group"], flow["numerator"], strict=True)
    ]
    caption = "From records to cohort, unweighted counts"
    return [table(caption, ("Step", "Number"), rows, (1,))]


def _outcome(name: str, pack: Reviewed) -> list[str]:
    controlled = pack.controlled
    own = controlled.results["stream"] == name
    reasons = controlled.reason[own & (controlled.results["status"] == "c")]
    counted = reasons[reasons != ""].value_counts()
    # A rule that withheld few rows is not given its number: with it one row might be told from another.
    rows = [
        (rule, int(counted[rule]) if counted[rule] >= 10 else "fewer than 10")
        for rule in sorted(counted.index)
    ]
    out = [table("Rows withheld, by rule", ("Rule", "Rows"), rows, (1,))] if rows else []
    away: dict[str, list[float]] = {}
    for (stream, area), distances in sorted(controlled.distance.items()):
        if stream == name:
            away.setdefault(pack.levels.get(area, ""), []).extend(distances)
    if away:
        far = [
            (level, len(each), f"{sum(each) / len(each):.1f}", f"{max(each):.1f}")
            for level, each in sorted(away.items())
        ]
        head = ("Area level", "Horizons shown", "On average", "At most")
        caption = "Distance of released survival percentages from the exact ones, percentage points"
        out.append(table(caption, head, far, (1, 2, 3)))
    return out


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _value(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)

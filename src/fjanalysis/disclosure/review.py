"""The page for the output reviewer: what a pack holds, by which rules, and what was withheld.

It travels with the pack, so it never says of one row which rule withheld it: that would tell a small
count from one withheld for its sake. The secure side keeps that list (`withheld.csv`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.release import Controlled
from fjanalysis.disclosure.review_outputs import (
    LEVELS,
    Output,
    kept,
    section,
    smallest,
    stem_of,
    tally,
)
from fjanalysis.disclosure.review_parts import STYLE, listed, table, written
from fjanalysis.packs import Pack, steps
from fjanalysis.reference import areas
from fjanalysis.results import KEY, split_group, written_key


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
    changed = changes(pack.results, pack.before)
    outputs = {name: _outputs(name, pack, changed) for name in sorted(pack.streams)}
    body = [
        f"<p>Made from {kind}. A draft until it is cleared: <code>fjanalysis clear</code> records who "
        "reviewed this very pack, over its checksum.</p>",
        *_exceptions(manifest),
        *_reaching(manifest),
        *_contents(pack, outputs),
        *_summary(pack),
        *_changes(changed, pack.before),
        *_rules(manifest),
    ]
    for name, found in outputs.items():
        body += _stream(name, pack, found)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the review</a>\n'
        f'<main id="main">\n<h1>{escape(title)}</h1>\n'
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _reaching(manifest: Mapping[str, Any]) -> list[str]:
    """Return the withheld counts that are known to reach the threshold."""
    found = manifest.get("reaching", [])
    title = "<h2>Withheld counts known to reach the threshold</h2>"
    if not found:
        return [title, "<p>None: no withheld count can be told from a small one.</p>"]
    number = Counter(each["why"] for each in found)
    said = [
        f"<p>Of {len(found)} withheld counts anybody can tell that they are no small ones, though not how many they "
        "are: each may lie anywhere in a range at least as wide as the threshold. The exceptions above say why that may "
        "be; the audit refuses a pack in which there is one that no exception names, or that is not listed here.</p>",
        table(
            "Why it is known",
            ("Counts", "Because"),
            [(count, why) for why, count in sorted(number.items())],
            (0,),
        ),
    ]
    rows = [(written_key(each), each["why"]) for each in found]
    every = table("Which they are", ("Withheld row", "Because"), rows)
    return [title, *said, f"<details><summary>All {len(found)}</summary>{every}</details>"]


def _exceptions(manifest: Mapping[str, Any]) -> list[str]:
    found = manifest.get("exceptions", [])
    if not found:
        return ["<h2>Exceptions</h2>", "<p>None: every rule below held for every row.</p>"]
    rows = [
        (
            " ".join(f'{name}="{value}"' for name, value in sorted(each["rows"].items())) or "all",
            each["rule"],
            int(each["released"]),
            each["reason"],
        )
        for each in found
    ]
    head = ("Rows", "Although of the rule", "How many", "Reason given")
    said = "<p>Figures of models are released without the counts beneath them. Withheld counts that may be told apart "
    said += "from small ones stay withheld; they are listed next.</p>"
    listed_ = table("Exceptions that ask for your decision", head, rows, (2,))
    return ['<h2 class="first">Exceptions</h2>', said, listed_]


def _contents(pack: Reviewed, outputs: Mapping[str, Sequence[Output]]) -> list[str]:
    lines = ['<nav aria-label="Contents"><h2>Contents</h2><ul>']
    for name, found in outputs.items():
        inner = "".join(
            f'<li><a href="#{escape(each.name)}">{escape(str(each.about.get("label", each.measure)))}</a></li>'
            for each in found
        )
        title = escape(str(pack.streams[name]["title"]))
        lines.append(f'<li><a href="#{escape(name)}">{title}</a><ul>{inner}</ul></li>')
    return [*lines, "</ul></nav>"]


KINDS = ("New rows", "Rows gone", "Changed", "Newly withheld", "Newly released", "As before")


def changes(results: pd.DataFrame, before: Pack | None) -> pd.DataFrame:
    """Return how many rows changed since the last cleared pack, by stream and output, a column a kind."""
    if before is None:
        return pd.DataFrame(columns=list(KINDS))
    columns = [*KEY, "value", "status"]
    both = results[columns].merge(
        before.results[columns], on=list(KEY), how="outer", suffixes=("", "_before"), indicator=True
    )
    here, there = both["_merge"] != "right_only", both["_merge"] != "left_only"
    shown, was = both["value"].notna(), both["value_before"].notna()
    kinds = (
        here & ~there,
        there & ~here,
        shown & was & (both["value"] != both["value_before"]),
        here & there & was & (both["status"] == "c"),
        here & there & shown & (both["status_before"] == "c"),
        here & there & shown & was & (both["value"] == both["value_before"]),
    )
    return (
        pd.DataFrame(dict(zip(KINDS, kinds, strict=True)))
        .groupby([both["stream"], both["measure"]])
        .sum()
    )


def _changes(changed: pd.DataFrame, before: Pack | None) -> list[str]:
    title = "<h2>What changed since the last cleared pack</h2>"
    if before is None:
        return [title, "<p>No pack was cleared before this one.</p>"]
    rows = [
        (f"{stream}/{measure}", *(int(number) for number in numbers))
        for (stream, measure), numbers in zip(changed.index, changed.to_numpy(), strict=True)
    ]
    caption = f"Against {before.folder.name}, cleared; rows by output"
    return [title, table(caption, ("Output", *KINDS), rows, range(1, 7))]


def _summary(pack: Reviewed) -> list[str]:
    rows, shares = [], []
    levels = [name for name in LEVELS if name in set(pack.results["area"].map(pack.levels))]
    for stream, part in pack.results.groupby("stream", sort=True):
        published, confidential, absent = tally(part)
        rows.append((stream, len(part), published, confidential, absent, smallest(part)))
        found = kept(part.assign(level=part["area"].map(pack.levels)))
        shares.append(
            (stream, *(f"{found[name][0]:.0f}%" if name in found else "" for name in levels))
        )
    head = (
        "Stream",
        "Rows",
        "Published",
        "Withheld (c)",
        "Not applicable or unavailable",
        "Smallest count shown above zero",
    )
    return [
        "<h2>What the pack holds</h2>",
        "<p>All counts are of records, unweighted. Each stands in <code>results.csv</code>, and once more in the table of its "
        "output, which the SACRO Viewer shows from <code>results.json</code>. Which rule withheld which row stands on the secure side "
        "alone, in <code>withheld.csv</code> beside the results.</p>",
        table("Rows by stream", head, rows, range(1, 6)),
        table(
            "Share of rows published, by level of area; variants and absent rows aside",
            ("Stream", *(LEVELS[name][0] for name in levels)),
            shares,
            range(1, len(levels) + 1),
        ),
        "<p>Outputs of which less is published than 90% for nations and regions or 70% for DFJ areas are marked in their "
        "sections, beside the reasons.</p>",
    ]


def _rules(manifest: Mapping[str, Any]) -> list[str]:
    profile = manifest["profile"]
    control = manifest["control"]
    settings = [(name, written(value)) for name, value in profile["rules"].items()]
    out = [
        "<h2>Rules in force</h2>",
        table(f"Profile: {profile['name']}", ("Setting", "Value"), settings),
        "<h3>Done</h3>",
        listed(control["done"]),
    ]
    if control["not_done"]:
        out += ["<h3>Not done</h3>", listed(control["not_done"])]
    meaning = sorted(rules.REASONS.items())
    out.append(table("Rules by which a row can be withheld", ("Rule", "Meaning"), meaning))
    earlier = [(each["pack"], each["sha256"]) for each in manifest.get("earlier", [])]
    if earlier:
        out.append(table("Earlier cleared packs taken into account", ("Pack", "SHA-256"), earlier))
    return out


def _outputs(name: str, pack: Reviewed, changed: pd.DataFrame) -> list[Output]:
    """Return the outputs of a stream, in the order in which it declares its measures."""
    part = pack.results[pack.results["stream"] == name]
    part = part.assign(level=part["area"].map(pack.levels))
    controlled = pack.controlled
    own = (controlled.results["stream"] == name) & (controlled.results["status"] == "c")
    why = controlled.reason[own].groupby(controlled.results.loc[own, "measure"])
    reasons = {str(measure): reason for measure, reason in why}
    measures = list(part["measure"].unique())
    stems = {measure: stem_of(measure, measures) for measure in measures}
    about = {each["id"]: each for each in pack.streams[name]["measures"]}
    order = [each for each in about if each in stems.values()]
    order += sorted(set(stems.values()) - set(order))
    stem = part["measure"].map(stems)
    found = []
    for measure in order:
        members = [each for each in measures if stems[each] == measure]
        said = [reasons[each] for each in members if each in reasons]
        numbers = changed[
            [stream == name and each in members for stream, each in changed.index]
        ].sum()
        found.append(
            Output(
                name,
                measure,
                about.get(measure, {}),
                part[stem == measure],
                pd.concat(said) if said else pd.Series(dtype=object),
                {str(kind): int(number) for kind, number in numbers.items()},
            )
        )
    return found


def _stream(name: str, pack: Reviewed, outputs: Sequence[Output]) -> list[str]:
    about = pack.streams[name]
    part = pack.results[pack.results["stream"] == name]
    out = [f'<h2 id="{escape(name)}">{escape(str(about["title"]))}</h2>', *_cohort(part, about)]
    if name in pack.taken_over:
        out.append("<p>Taken over unchanged from the pack before.</p>")
    else:
        out += _outcome(name, pack)
    for output in outputs:
        out += section(output)
    main = about["variants"].get("main", {}).get("parameters", {})
    out.append(f"<h3>Parameters in force, {escape(name)}</h3>")
    values = [(key, written(value)) for key, value in sorted(main.items())]
    out.append(table("Parameters of main", ("Parameter", "Value"), values))
    differ = [
        (variant, key, written(value))
        for variant, detail in about["variants"].items()
        for key, value in sorted(detail["parameters"].items())
        if variant != "main" and value != main.get(key)
    ]
    if differ:
        head = ("Variant", "Parameter", "Value")
        out.append(table("What variants have in place of them", head, differ))
    return out


def _cohort(part: pd.DataFrame, about: Mapping[str, Any]) -> list[str]:
    """Return the steps from records to cohort where the stream gives them: unweighted counts as released.

    Each area has a table of its own, since its years may be others. The order of the steps is the stream's.
    """
    order = {name: at for at, name in enumerate(steps(about["measures"]))}
    flow = part[(part["measure"] == "cohort_flow") & (part["variant"] == "main")]
    names = dict(areas()[["code", "name"]].itertuples(index=False, name=None))
    out = []
    for (area, period), own in flow.groupby(["area", "period"], sort=True):
        rows = [
            (split_group(group).get("step", group), "withheld" if pd.isna(n) else int(n))
            for group, n in zip(own["group"], own["numerator"], strict=True)
        ]
        rows.sort(key=lambda row: order.get(str(row[0]), len(order)))
        caption = f"From records to cohort, {names.get(area, area)}, {period}: unweighted counts"
        out.append(table(caption, ("Step", "Number"), rows, (1,)))
    return out


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
            (
                LEVELS[level][0] if level in LEVELS else level,
                len(each),
                f"{sum(each) / len(each):.1f}",
                f"{max(each):.1f}",
            )
            for level, each in sorted(away.items())
        ]
        head = ("Area level", "Horizons shown", "On average", "At most")
        caption = "Distance of released survival percentages from the exact ones, percentage points"
        out.append(table(caption, head, far, (1, 2, 3)))
    return out

"""The outputs of a pack one by one, as the reviewer reads them: what each is, its counts, and what was withheld.

Why rows of one output are withheld is said by rule only where withheld small counts and counts withheld for
another's sake are both many: else the number of either would tell the one from the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.lifetables import PARTS
from fjanalysis.disclosure.review_parts import table, written
from fjanalysis.results import COUNTS, STATISTICS

# Shares of rows published under which the page asks for an explanation, by level of area.
LEVELS = {
    "nations": ("England and Wales", 90),
    "nation": ("nations", 90),
    "region": ("regions", 90),
    "hmcts-region": ("HMCTS regions", 90),
    "dfj-area": ("DFJ areas", 70),
}
FOR_OTHERS = (rules.SECONDARY, rules.SAME_COUNT)
# How many rows of a kind there must be before their number is given.
MANY = 10
STEPS = tuple(f"_{part}" for part in PARTS)


@dataclass(frozen=True)
class Output:
    """One output: a measure of a stream, with the parts of its life table.

    Parameters
    ----------
    stream, measure
        Its name.
    about
        What the stream says of the measure.
    rows
        Its released rows, with `level` of their areas.
    reason
        Why each row is withheld, as far as that is known: of streams packed anew.
    changed
        How many of its rows changed since the last cleared pack, by kind; empty where there was none.
    """

    stream: str
    measure: str
    about: Mapping[str, Any]
    rows: pd.DataFrame
    reason: pd.Series
    changed: Mapping[str, int]

    @property
    def name(self) -> str:
        """The place of its section in the page."""
        return f"{self.stream}-{self.measure}"


def stem_of(measure: str, measures: Sequence[str]) -> str:
    """Return the output that a measure belongs to: the parts of a life table to that of its curve."""
    for step in STEPS:
        stem = measure.removesuffix(step)
        if stem != measure and all(f"{stem}{each}" in measures for each in STEPS):
            return stem
    return measure


def section(output: Output) -> list[str]:
    """Return the section of one output."""
    about = output.about
    label = str(about.get("label", output.measure))
    files = sorted(
        {f"output-{output.stream}-{name}.csv" for name in _files(output.rows["measure"])}
    )
    links = ", ".join(f'<a href="{escape(name)}">{escape(name)}</a>' for name in files)
    said = f"{about.get('definition', '')} One {about.get('unit', 'record')} counts once."
    out = [
        f'<h3 id="{escape(output.name)}">{escape(label)} <code>{escape(output.measure)}</code></h3>',
        f"<p>{escape(said)} {escape(_cohort(output.rows))} Rows: {links}.</p>",
        _statistics(output),
        f"<p>{_kept(output.rows)}</p>",
    ]
    out += [
        f"<p>{escape(sentence)}</p>" for sentence in (_why(output), _changed(output)) if sentence
    ]
    return out


def _files(measures: pd.Series) -> set[str]:
    names = list(measures.unique())
    return {
        name if stem_of(name, names) == name else f"{stem_of(name, names)}-life-table"
        for name in names
    }


def _cohort(rows: pd.DataFrame) -> str:
    own = rows[(rows["variant"] == "main") & (rows["statistic"] != "rate_per_10000")]
    most = own["denominator"].max()
    what = "Largest base"
    if pd.isna(most):
        most, what = own["numerator"].max(), "Largest count"
    return "" if pd.isna(most) else f"{what} shown: {written(int(most))}, unweighted."


def _statistics(output: Output) -> str:
    rows = []
    part = output.rows["measure"].where(output.rows["measure"] != output.measure, "")
    for (step, statistic), group in output.rows.groupby([part, "statistic"], sort=True):
        published, confidential, absent = tally(group)
        largest = group[list(COUNTS)].max().max() if published else None
        name = STATISTICS[str(statistic)].label
        if step:
            name = f"Life table: {str(step).removeprefix(output.measure + '_').replace('_', ' ')}"
        rows.append(
            (
                name,
                published,
                confidential,
                absent,
                "bands" if step else smallest(group),
                "" if largest is None or pd.isna(largest) else int(largest),
                "passed after suppression" if confidential else "passed",
            )
        )
    head = (
        "Statistic",
        "Published",
        "Withheld",
        "Absent",
        "Smallest count above zero",
        "Largest count",
        "Rules",
    )
    return table(f"Rows of {output.measure}", head, rows, range(1, 6))


def tally(part: pd.DataFrame) -> tuple[int, int, int]:
    """Return how many rows are published, withheld and absent."""
    confidential = int((part["status"] == "c").sum())
    absent = int(part["status"].isin(["z", "x"]).sum())
    return len(part) - confidential - absent, confidential, absent


def smallest(part: pd.DataFrame) -> int | str:
    """Return the smallest count shown; steps of life tables are no counts of a cell and stand aside."""
    plain = part[~part["measure"].str.contains(r"_(?:at_risk|events|censored)$")]
    population = plain["denominator"].mask(plain["statistic"] == "rate_per_10000")
    shown = pd.concat([plain["numerator"], population]).dropna()
    shown = shown[shown > 0]
    return int(shown.min()) if len(shown) else "none"


def kept(rows: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Return the share of the stream's own rows that is published by level of area, and of how many."""
    live = rows[
        ~rows["status"].isin(["z", "x"]) & (rows["variant"].str.split("/").str[0] == "main")
    ]
    found = {}
    for level in LEVELS:
        own = live.loc[live["level"] == level, "status"]
        if len(own):
            found[level] = 100 * float((own != "c").mean()), len(own)
    return found


def _kept(rows: pd.DataFrame) -> str:
    parts = []
    for level, (share, number) in kept(rows).items():
        name, least = LEVELS[level]
        said = f"{name} {share:.0f}% of {written(number)}"
        parts.append(f'<span class="few">{said} (under {least}%)</span>' if share < least else said)
    return f"Published: {'; '.join(parts)}." if parts else "No row of the stream's own run."


def _why(output: Output) -> str:
    reason = output.reason[output.reason != ""]
    if reason.empty:
        return ""
    others = int(reason.isin(FOR_OTHERS).sum())
    own = len(reason) - others
    if others < MANY or own < MANY:
        return (
            "Withheld because they, those who are left over beside them, or events behind them are under the threshold, "
            "or so that such a count cannot be worked out; which, is not said of so few rows of either kind."
        )
    counted = reason.value_counts()
    said = [
        f"{rules.REASONS[str(rule)]} ({written(int(number))} rows)"
        for rule, number in counted.items()
        if number >= MANY
    ]
    few = [rules.REASONS[str(rule)] for rule, number in counted.items() if number < MANY]
    said += [f"{meaning} (fewer than {MANY} rows)" for meaning in sorted(few)]
    return "Withheld because: " + "; ".join(said) + "."


def _changed(output: Output) -> str:
    said = [
        f"{kind.lower()} {written(number)}" for kind, number in output.changed.items() if number
    ]
    return f"Since the last cleared pack, rows: {', '.join(said)}." if said else ""

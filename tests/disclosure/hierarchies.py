"""Random tables with hierarchies, nestings and bases, and all that binds their counts, for property tests.

A table here knows the truth: which count each row shows, which counts add up, and which contain which. The
attacker of `reference_attack` is told all of it, so he knows at least what any reader does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.results import Relation, tidy

BOTH, ENGLAND, WALES = "K04000001", "E92000001", "W92000004"
REGIONS = ("E12000001", "E12000002")
HMCTS = ("HMCTS-north-east", "HMCTS-north-west")
DFJ = ("DFJ-birmingham", "DFJ-brighton", "DFJ-bristol")
LEVELS = {
    BOTH: "nations",
    ENGLAND: "nation",
    WALES: "nation",
    **dict.fromkeys(REGIONS, "region"),
    **dict.fromkeys(HMCTS, "hmcts-region"),
    **dict.fromkeys(DFJ, "dfj-area"),
}
YEARS = ("2017-18", "2018-19")
SPAN = "2017-18 to 2018-19"
CHAIN = ("same_day_hearing", "short_notice_hearing", "newborn_cases")
Count = tuple[str, str, str, str, str]


@dataclass
class Truth:
    """A random table and all that binds its counts.

    Parameters
    ----------
    stream
        Its name.
    rows
        The exact rows.
    value
        The exact number of each count.
    shown
        By measure, statistic, area, period and group of a row, the counts it shows as numerator and as denominator.
    sums
        Counts, and the count that they add up to.
    within
        Pairs of a count and one that contains it.
    guarded
        Those pairs whose difference is as secret as a count.
    relations
        What the stream declares.
    """

    stream: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    value: dict[Count, int] = field(default_factory=dict)
    shown: dict[tuple[str, ...], tuple[Count, Count | None]] = field(default_factory=dict)
    sums: list[tuple[tuple[Count, ...], Count]] = field(default_factory=list)
    within: list[tuple[Count, Count]] = field(default_factory=list)
    guarded: set[tuple[Count, Count]] = field(default_factory=set)
    relations: list[Relation] = field(default_factory=list)

    def show(self, statistic: str, count: Count, base: Count | None = None) -> None:
        """Add a row that shows a count, of a base where it is a percentage."""
        measure, area, period, group, _ = count
        number = self.value[count]
        of = None if base is None else self.value[base]
        if of == 0:
            return
        value = number if of is None else 100 * number / of
        key = {"stream": self.stream, "measure": measure, "statistic": statistic, "area": area}
        self.rows.append(
            {
                **key,
                "period": period,
                "group": group,
                "value": value,
                "numerator": number,
                "denominator": of,
            }
        )
        self.shown[measure, statistic, area, period, group] = count, base
        if base is not None and (count, base) not in self.guarded:
            self.contain(count, base, guarded=True)

    def contain(self, inner: Count, outer: Count, *, guarded: bool) -> None:
        """Add that one count contains another."""
        self.within.append((inner, outer))
        if guarded:
            self.guarded.add((inner, outer))

    @property
    def frame(self) -> pd.DataFrame:
        """The exact rows in the contract's types."""
        return tidy(self.rows)


def hierarchy(seed: int, mean: float, stream: str = "urgent-hearings", *, local: bool) -> Truth:
    """Return nested classes and shares of areas in regions and nations, by year and over the years.

    Parameters
    ----------
    seed
        Of the random numbers.
    mean
        Cases on average in a local area and year.
    stream
        Name of the table.
    local
        Whether DFJ areas and HMCTS regions take part; else nations and regions alone.
    """
    random = np.random.default_rng(seed)
    truth = Truth(stream)
    # Cases by area of the court, region of the authority (the last: none), and year; Wales apart.
    size = (len(DFJ), len(REGIONS) + 1, len(YEARS))
    weight = random.gamma(0.7, mean, size) * np.array([1, 1, 0.1])[None, :, None]
    cases = random.poisson(weight)
    welsh = random.poisson(random.gamma(1.0, mean, len(YEARS)))
    parts = _classes(random, cases), _classes(random, welsh)
    areas = _areas(local=local)
    for name, english, others in zip((*CHAIN, "known"), *parts, strict=True):
        for area, period, number in _totals(english, others, areas):
            truth.value[name, area, period, "", "n"] = number
    shares = random.uniform(0.1, 0.5)
    earlier = random.binomial(parts[0][3], shares), random.binomial(parts[1][3], shares)
    for area, period, number in _totals(*earlier, areas):
        truth.value["subsequent_infant", area, period, "", "n"] = number
    for area in areas:
        for period in (*YEARS, SPAN):
            same, short, newborn, known, share = (
                (name, area, period, "", "n") for name in (*CHAIN, "known", "subsequent_infant")
            )
            for count in (same, short, newborn):
                truth.show("count", count)
            truth.show("percent", same, newborn)
            truth.show("percent", short, newborn)
            truth.show("percent", share, known)
            truth.contain(same, short, guarded=True)
            truth.contain(short, newborn, guarded=True)
            truth.contain(known, newborn, guarded=False)
    names = (*CHAIN, "known", "subsequent_infant")
    _add_up(truth, names, areas)
    return truth


def _classes(random: np.random.Generator, cases: Any) -> tuple[Any, Any, Any, Any]:
    short = random.binomial(cases, random.uniform(0.4, 0.95))
    same = random.binomial(short, random.uniform(0.1, 0.9))
    return same, short, cases, random.binomial(cases, 0.7)


def _areas(*, local: bool) -> tuple[str, ...]:
    return (BOTH, ENGLAND, WALES, *REGIONS, *((*HMCTS, *DFJ) if local else ()))


def _totals(english: Any, welsh: Any, areas: Sequence[str]) -> Iterable[tuple[str, str, int]]:
    for at, period in enumerate((*YEARS, SPAN)):
        years = [at] if at < len(YEARS) else list(range(len(YEARS)))
        own = english[:, :, years].sum(axis=2)
        wales = int(welsh[years].sum())
        numbers = {
            BOTH: own.sum() + wales,
            ENGLAND: own.sum(),
            WALES: wales,
            **dict(zip(REGIONS, own.sum(axis=0), strict=False)),
            **dict(zip(DFJ, own.sum(axis=1), strict=True)),
            HMCTS[0]: own[:2].sum(),
            HMCTS[1]: own[2].sum(),
        }
        for area in areas:
            yield area, period, int(numbers[area])


def _add_up(truth: Truth, names: Sequence[str], areas: Sequence[str]) -> None:
    partitions: list[tuple[tuple[str, ...], str, bool]] = [
        ((ENGLAND, WALES), BOTH, True),
        (REGIONS, ENGLAND, False),
    ]
    if DFJ[0] in areas:
        partitions += [(HMCTS, ENGLAND, True), (DFJ[:2], HMCTS[0], True), (DFJ, ENGLAND, True)]
    for name in names:
        for period in (*YEARS, SPAN):
            for members, whole, exhaustive in partitions:
                parts = tuple((name, area, period, "", "n") for area in members)
                total = (name, whole, period, "", "n")
                if not exhaustive:
                    rest = (name, f"{whole} elsewhere", period, "", "n")
                    truth.value[rest] = truth.value[total] - sum(truth.value[p] for p in parts)
                    parts = (*parts, rest)
                truth.sums.append((parts, total))
        for area in areas:
            years = tuple((name, area, year, "", "n") for year in YEARS)
            truth.sums.append((years, (name, area, SPAN, "", "n")))
    for side in ("numerator", "denominator"):
        for members, whole, exhaustive in partitions:
            truth.relations.append(
                Relation("partition", "area", members, whole, field=side, exhaustive=exhaustive)  # type: ignore[arg-type]
            )
        truth.relations.append(Relation("partition", "period", YEARS, SPAN, field=side))  # type: ignore[arg-type]
    truth.relations.append(Relation("nested", "measure", CHAIN, where={"statistic": "count"}))


def groups(seed: int, mean: float, stream: str = "urgent-hearings") -> Truth:
    """Return a tiny table: two groups in two regions of a nation, their totals, and a share of each."""
    random = np.random.default_rng(seed)
    truth = Truth(stream)
    levels = ("sex: female", "sex: male")
    cases = random.poisson(random.gamma(0.8, mean, (2, 2)))
    same = random.binomial(cases, random.uniform(0.2, 0.8))
    for name, table in (("same_day_hearing", same), ("newborn_cases", cases)):
        for i, area in enumerate((*REGIONS, ENGLAND)):
            for j, level in enumerate((*levels, "")):
                own = table[[i] if i < 2 else [0, 1]][:, [j] if j < 2 else [0, 1]]
                truth.value[name, area, YEARS[0], level, "n"] = int(own.sum())
    for area in (*REGIONS, ENGLAND):
        for level in (*levels, ""):
            count = ("same_day_hearing", area, YEARS[0], level, "n")
            base = ("newborn_cases", area, YEARS[0], level, "n")
            truth.show("count", count)
            truth.show("count", base)
            truth.show("percent", count, base)
    for name in ("same_day_hearing", "newborn_cases"):
        for level in (*levels, ""):
            parts = tuple((name, area, YEARS[0], level, "n") for area in REGIONS)
            truth.sums.append((parts, (name, ENGLAND, YEARS[0], level, "n")))
        for area in (*REGIONS, ENGLAND):
            parts = tuple((name, area, YEARS[0], level, "n") for level in levels)
            truth.sums.append((parts, (name, area, YEARS[0], "", "n")))
    for side in ("numerator", "denominator"):
        truth.relations += [
            Relation("partition", "area", REGIONS, ENGLAND, field=side),  # type: ignore[arg-type]
            Relation("partition", "group", levels, "", field=side),  # type: ignore[arg-type]
        ]
    return truth

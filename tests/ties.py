"""Counts of a table that are one, or add up, wherever all of them stand: found with no regard to what is declared.

A reader finds such ties in what is published, so what streams declare must hold them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from fjanalysis.disclosure.cells import COUNTED, NONE, Places, cells_of
from fjanalysis.results import QUALITY, Relation, conform

PLACES, NUMBERS = 8, 5
READ = (*COUNTED, "cumulative_percent", "median_days", "half_time_days")
Series = dict[tuple[str, str], int]


class Table:
    """The counts of a table, and which of them are declared to be one or to add up."""

    def __init__(self, rows: pd.DataFrame, relations: Sequence[Relation]) -> None:
        frame = conform(rows)
        step = frame["measure"].str.contains(r"_(?:at_risk|events|censored)$")
        kept = ~frame["status"].isin(["z", "x"]) & ~frame["measure"].isin(QUALITY)
        kept &= ~step | (
            frame["measure"].str.endswith("_at_risk") & (frame["horizon"] == "0 months")
        )
        self.frame = frame[kept & frame["statistic"].isin(READ)].reset_index(drop=True)
        self.cells = cells_of(self.frame)
        self.root = np.arange(len(self.cells.value))
        places, every = Places(self.frame, self.cells), np.ones(len(self.frame), dtype=bool)
        sums = []
        for relation in relations:
            bundle = places.bundle(relation, every)
            if bundle is None or relation.kind == "nested":
                continue
            if relation.kind == "same":
                self._join(bundle.members)
            elif relation.exhaustive:
                full = bundle.complete & (bundle.whole != NONE)
                sums.append((bundle.members[full], bundle.whole[full]))
        for parts, whole in sums:
            if parts.shape[1] == 1:
                self._join(np.c_[parts, whole])
        self.sums = {
            (tuple(sorted(self.root[own])), self.root[one])
            for parts, whole in sums
            for own, one in zip(parts, whole, strict=True)
        }

    def _join(self, pairs: np.ndarray) -> None:
        for one, two in pairs.tolist():
            a, b = self.root[one], self.root[two]
            self.root[self.root == max(a, b)] = min(a, b)

    def series(self) -> dict[str, Series]:
        """Return the counts of each series by area and period."""
        found: dict[str, Series] = {}
        kind = self.frame["statistic"].where(~self.frame["statistic"].isin(COUNTED), "")
        times = self.frame["statistic"].str.endswith("_days")
        counted = np.where(times, NONE, self.cells.numerator)
        for side, ids in (("", counted), ("base of ", self.cells.denominator)):
            named = self.frame.assign(kind=kind, cell=ids)[ids != NONE]
            for row in named.itertuples():
                name = f"{side}{row.kind} {row.measure} {row.group} {row.horizon}"
                found.setdefault(name, {})[row.area, row.period] = row.cell
        return found


def undeclared(rows: pd.DataFrame, relations: Sequence[Relation]) -> list[str]:
    """Return in words what is one count, or adds up, wherever all stand, and is not declared everywhere."""
    table = Table(rows, relations)
    classes: list[list[str]] = []
    series = table.series()
    value = table.cells.value

    def numbers(name: str) -> dict[tuple[str, str], float]:
        return {place: value[cell] for place, cell in series[name].items()}

    found = []
    for name in sorted(series, key=lambda each: (-len(series[each]), each)):
        own = numbers(name)
        alike = (c for c in classes if _agree([own, numbers(c[0])]))
        same = next(alike, None)
        if same is None:
            classes.append([name])
            continue
        same.append(name)
        first = series[same[0]]
        both = [place for place in series[name] if place in first]
        if any(table.root[series[name][p]] != table.root[first[p]] for p in both):
            found.append(f"{name} is {same[0]}")
    rows_of = [numbers(each[0]) for each in classes]
    for a, b, c in _sums(rows_of):
        for place in rows_of[a].keys() & rows_of[b].keys() & rows_of[c].keys():
            parts, whole = (series[classes[at][0]] for at in (a, b)), series[classes[c][0]]
            key = tuple(sorted(table.root[part[place]] for part in parts))
            if (key, table.root[whole[place]]) not in table.sums:
                found.append(" + ".join(classes[at][0] for at in (a, b)) + f" is {classes[c][0]}")
                break
    return found


def _agree(numbers: Sequence[dict[tuple[str, str], float]]) -> bool:
    """Return whether all but the last add up to the last wherever all stand, at enough places."""
    places = list(set.intersection(*(set(each) for each in numbers)))
    if len(places) < PLACES:
        return False
    table = np.array([[each[place] for place in places] for each in numbers])
    if (table[:-1].sum(axis=0) != table[-1]).any():
        return False
    return all(len(np.unique(line[line > 0])) >= NUMBERS for line in table)


def _sums(numbers: Sequence[dict[tuple[str, str], float]]) -> Iterable[tuple[int, int, int]]:
    """Yield two series and a third that they add up to; looked for at the places where most stand."""
    fullest = pd.Series([place for each in numbers for place in each]).value_counts().index[:20]
    seen: set[tuple[int, int, int]] = set()
    for place in fullest:
        at_hand = [at for at, each in enumerate(numbers) if each.get(place, 0) > 0]
        whole: dict[float, list[int]] = {}
        for at in at_hand:
            whole.setdefault(numbers[at][place], []).append(at)
        for a, b in combinations(at_hand, 2):
            for c in whole.get(numbers[a][place] + numbers[b][place], ()):
                if (a, b, c) not in seen and c not in (a, b):
                    seen.add((a, b, c))
                    if _agree([numbers[a], numbers[b], numbers[c]]):
                        yield a, b, c

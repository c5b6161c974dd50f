"""Withheld horizons under attack by sums: the events of areas add up to those of their nation, in bands too.

Of a withheld horizon whose life table is shown a reader knows the first band: 0 to 10 events. Where the
bands of the other areas (or periods) and of their whole leave less of it open than the threshold, the
life table is withheld as well, so that its band is not known either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fjanalysis.disclosure import lifetables, rules
from fjanalysis.disclosure.lifetables import TABLE, months
from fjanalysis.disclosure.release import Curves
from fjanalysis.disclosure.rounding import band_top, band_width
from fjanalysis.disclosure.secondary import Floats, Ints, Quantities, Table
from fjanalysis.disclosure.suppression.propagation import Reach, worked_out
from fjanalysis.disclosure.suppression.system import Builder

Name = tuple[str, ...]


def guarded(table: Table, found: Quantities, builder: Builder, curves: Curves) -> Curves:
    """Return the curves without the life tables whose first band tells too much beside other bands.

    Parameters
    ----------
    table, found
        The table and its quantities; only what is shown of its curves is used.
    builder
        What binds the quantities.
    curves
        Its life tables, and the horizons read from them.
    """
    if not curves.read:
        return curves
    rows = np.array(sorted(curves.read), dtype=np.int64)
    names = [tuple(str(each) for each in key) for key in table.frame.loc[rows, TABLE].to_numpy()]
    month = np.asarray(table.frame.loc[rows, "horizon"].map(months), dtype=np.float64)
    count, reach, threshold = found.numerator[rows], Reach.of(builder), table.profile.threshold
    worth = table.worth[rows]
    while True:
        low, high = np.zeros(reach.counts), np.full(reach.counts, np.inf)
        least, most = _known(names, month, curves, threshold)
        seen = np.isfinite(most)
        np.maximum.at(low, count[seen], least[seen])
        np.minimum.at(high, count[seen], most[seen])
        low, high = worked_out(reach, low, high)
        told = (low[count] >= 1) & (low[count] < threshold) & (high[count] - low[count] < threshold)
        lost = {names[at] for at in np.flatnonzero(told & seen).tolist()}
        for at in np.flatnonzero(told & ~seen).tolist():
            beside = _telling(reach, low, high, int(count[at]))
            there = np.flatnonzero(np.isin(count, beside) & seen)
            if len(there):
                lost.add(names[there[np.argmin(worth[there])]])
        if not lost:
            return curves
        curves = _without(dict(zip(rows.tolist(), names, strict=True)), curves, lost)


def _telling(reach: Reach, low: Floats, high: Floats, count: int) -> Ints:
    """Return the counts in the two equations that tell most about a count."""
    around = reach.around(np.array([count], dtype=np.int64))
    least, most = around.implied(low, high)
    own = np.flatnonzero(around.count == count)
    both = around.equation[[own[np.argmax(least[own])], own[np.argmin(most[own])]]]
    return around.count[np.isin(around.equation, both)]


def _known(
    names: Sequence[Name], month: Floats, curves: Curves, threshold: int
) -> tuple[Floats, Floats]:
    """Return what the life tables shown say of the events by each horizon; endless where none does."""
    low, high = np.zeros(len(names)), np.full(len(names), np.inf)
    width = band_width(threshold)
    for at, name in enumerate(names):
        found = curves.tables[name][0]
        place = int(np.searchsorted(found.month, month[at] - 1e-9))
        if place < found.shown and abs(found.month[place] - month[at]) < 1e-6:
            high[at] = band_top(found.events[place], width)
            low[at] = high[at] - width + 1
    return low, high


def _without(name_of: Mapping[int, Name], curves: Curves, lost: set[Name]) -> Curves:
    tables = {
        name: (replace(found, shown=0, reason=rules.SECONDARY), places)
        if name in lost
        else (found, places)
        for name, (found, places) in curves.tables.items()
    }
    gone = lifetables.withheld(rules.SECONDARY)
    read = {row: gone if name_of[row] in lost else horizon for row, horizon in curves.read.items()}
    return replace(curves, tables=tables, read=read)

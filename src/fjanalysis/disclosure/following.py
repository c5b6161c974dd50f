"""Rows that go together: a life table with its horizons, and both nations together with one of them.

A life table is shown as a whole, with the horizons read from it, or not at all. A figure of both nations together
is withheld for another's sake only where that of one nation is withheld, for else it could be added up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fjanalysis.disclosure import lifetables, rules
from fjanalysis.disclosure.lifetables import TABLE
from fjanalysis.disclosure.release import Curves
from fjanalysis.disclosure.secondary import Floats, Ints, Mask, Quantities, Table

# Reasons that the released life table gives by itself.
BY_TABLE = (rules.FEW_AT_RISK, rules.FEW_EVENTS, rules.FEW_EXITS)


@dataclass(frozen=True)
class Following:
    """Which rows follow which.

    Parameters
    ----------
    both, nation
        Rows of both nations together, each paired with the row of the same figure of one of them.
    unit
        Of each row, the number of the life table that it is part of or read from; -1 for none.
    start
        Of each life table, the row of everybody at time zero; -1 for none.
    parts
        The rows of life tables themselves, those at time zero aside.
    zero
        The rows of life tables at time zero: nobody has left, and everybody is at risk.
    read
        Horizons read from life tables.
    open
        Those of them whose month is shown in their table.
    first
        Those of these that are in the first band, and so withheld although their table is shown.
    """

    both: Ints
    nation: Ints
    unit: Ints
    start: Ints
    parts: Mask
    zero: Mask
    read: Mask
    open: Mask
    first: Mask

    def followed(self, reason: pd.Series) -> pd.Series:
        """Return the reasons with every row withheld that follows one withheld already."""
        marks = reason.to_numpy(dtype=object, copy=True)
        gone = marks != ""
        while True:
            before = int(gone.sum())
            whole = self.hidden_tables(marks)
            lost = whole[self.unit] & (self.parts | self.read) & ~gone
            lost |= self._unstarted(gone)[self.unit] & self.zero & ~gone
            marks[lost], gone[lost] = rules.SAME_COUNT, True
            if int(gone.sum()) == before:
                return pd.Series(marks, index=reason.index, dtype=object)

    def started(self, reason: pd.Series) -> pd.Series:
        """Return the reasons with time zero of a life table shown whole where its number at risk is."""
        gone = (reason != "").to_numpy()
        rows = self.zero & ~self._unstarted(gone)[self.unit] & (self.unit >= 0)
        return reason.where(~rows, "")

    def _unstarted(self, gone: Mask) -> Mask:
        """Return the life tables whose number at time zero is withheld, with one more entry for rows of none."""
        unstarted: Mask = np.r_[(self.start >= 0) & gone[self.start], False]
        return unstarted

    def hidden_tables(self, marks: np.ndarray) -> Mask:
        """Return the life tables of which nothing is shown: one more entry than tables, for rows of none."""
        whole = np.zeros(len(self.start) + 1, dtype=bool)
        started = self.start >= 0
        whole[:-1][started] = marks[self.start[started]] != ""
        taken = self.read & (marks != "") & ~np.isin(marks, BY_TABLE)
        whole[self.unit[taken]] = True
        whole[-1] = False
        return whole

    def seen(self, reason: pd.Series) -> Mask:
        """Return the horizons that a life table shows in their band, withheld or not."""
        hidden = self.hidden_tables(reason.to_numpy(dtype=object))
        return self.open & ~hidden[self.unit]

    def together(self, found: Quantities, reason: pd.Series) -> Mask:
        """Return the quantities of both nations together of which both nations' figures are shown."""
        gone = (reason != "").to_numpy()
        every = np.zeros(len(gone), dtype=bool)
        every[self.both] = True
        together = found.shown_by(every)
        open_to = found.numerator[self.both[gone[self.nation]]]
        together[open_to[open_to >= 0]] = False
        # A base goes with that of the nation, wherever it is shown: figures of ranks and models show bases too.
        shown = np.r_[found.shown_by(~gone), True]
        base, nation = found.denominator[self.both], found.denominator[self.nation]
        together[base[(base >= 0) & ~shown[nation]]] = False
        return together

    def worth(self, own: Floats) -> Floats:
        """Return what each row is worth, a horizon as much as all that are read from its table."""
        rows = self.read & (self.unit >= 0)
        total = np.bincount(self.unit[rows], own[rows], len(self.start))
        out = own.copy()
        out[rows] = total[self.unit[rows]]
        return out


def following(table: Table, curves: Curves) -> Following:
    """Return which rows of a table follow which."""
    size = len(table.frame)
    both, nation = table.pooled
    number = {name: at for at, name in enumerate(curves.tables)}
    unit, start = np.full(size, -1, dtype=np.int64), np.full(len(number), -1, dtype=np.int64)
    masks = {
        name: np.zeros(size, dtype=bool) for name in ("parts", "zero", "read", "open", "first")
    }
    for name, (_, places) in curves.tables.items():
        for part, each in places.items():
            rows = each[~np.isnan(each)].astype(np.int64)
            unit[rows] = number[name]
            masks["parts"][rows] = True
            if not np.isnan(each[0]):
                masks["parts"][int(each[0])] = False
                masks["zero"][int(each[0])] = True
                if part == "at_risk":
                    start[number[name]] = int(each[0])
    rows = np.array(sorted(curves.read), dtype=np.int64)
    if len(rows):
        names = [tuple(map(str, key)) for key in table.frame.loc[rows, TABLE].to_numpy()]
        month = table.frame.loc[rows, "horizon"].map(lifetables.months).to_numpy(dtype=np.float64)
        for row, name, at in zip(rows.tolist(), names, month.tolist(), strict=True):
            found = curves.tables[name][0]
            place = int(np.searchsorted(found.month, at - 1e-9))
            there = place < found.shown and abs(found.month[place] - at) < 1e-6
            unit[row] = number[name]
            masks["read"][row] = True
            masks["open"][row] = there
            masks["first"][row] = there and found.events[place] == 0
    return Following(both, nation, unit, start, **masks)

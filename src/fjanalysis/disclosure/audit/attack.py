"""The attack: intervals narrowed by everything that adds up, until nothing narrows any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fjanalysis.disclosure.audit.reader import Floats, Ints, Reader, Sums

SWEEPS = 80


def narrowed(reader: Reader, sums: Sequence[Sums]) -> tuple[Floats, Floats]:
    """Return the interval of every unknown once nothing narrows it any more.

    An interval that would become empty is left as it was: the relation does not hold among the rows, so an
    attacker who believes in it learns nothing true.
    """
    low, high = np.r_[reader.low, 0.0], np.r_[reader.high, 0.0]
    for _ in range(SWEEPS):
        before = (low.copy(), high.copy())
        for each in sums:
            _sweep(each, low, high)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low[:-1], high[:-1]


def _sweep(each: Sums, low: Floats, high: Floats) -> None:
    parts, whole = each.parts, each.whole
    least, most = low[parts].sum(axis=1), high[parts].sum(axis=1)
    _tighten(low, high, whole, least, np.where(each.exact, most, np.inf))
    room = high[whole][:, None] - (least[:, None] - low[parts])
    finite = np.isfinite(most)[:, None] & np.isfinite(high[parts])
    others = np.where(finite, most[:, None] - np.where(finite, high[parts], 0.0), np.inf)
    endless = (~np.isfinite(high[parts])).sum(axis=1)
    alone = (~np.isfinite(high[parts])) & (endless == 1)[:, None]
    rest = np.where(np.isfinite(high[parts]), high[parts], 0.0).sum(axis=1)[:, None]
    others = np.where(alone, rest, others)
    needed = np.where(each.exact[:, None], low[whole][:, None] - others, 0.0)
    here = parts >= 0
    _tighten(low, high, parts[here], np.maximum(needed, 0.0)[here], room[here])


def _tighten(low: Floats, high: Floats, at: Ints, least: Floats, most: Floats) -> None:
    fits = (least <= high[at]) & (most >= low[at])
    np.maximum.at(low, at[fits], least[fits])
    np.minimum.at(high, at[fits], most[fits])
    low[-1], high[-1] = 0.0, 0.0

"""What a reader may believe of earlier refreshes: that a count of a closed period did not change.

An earlier refresh was made from other records, so what it showed is no equation of today's. But a reader may take it
that a count that is withheld now is what it was, as long as nothing around it says otherwise: where every count
that both packs show in the sums around it is shown alike. Under that belief he attacks as before. Whether it is true
he cannot know; so what he would find is named in the pack, and nothing else may be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from fjanalysis.disclosure.audit.reader import ALIKE, WHERE, Floats, Mask, Reader, interval
from fjanalysis.disclosure.audit.relations import Equations


def believing(
    reader: Reader,
    equations: Equations,
    earlier: Sequence[pd.DataFrame],
    threshold: int,
    rounding: int,
) -> tuple[Equations, Mask]:
    """Return the sums with what an earlier refresh's pack showed of withheld counts, and which counts those are.

    Parameters
    ----------
    reader, equations
        Today's pack and its sums.
    earlier
        Released tables of earlier refreshes, oldest first; the newest that shows a count is believed.
    threshold, rounding
        The rules, which a reader knows.
    """
    size = len(reader.low)
    old_low, old_high = np.full(size, -np.inf), np.full(size, np.inf)
    for table in earlier:
        unknown, shown = _shown(reader, table)
        least, most = interval(shown, np.full(len(shown), float(rounding)), threshold)
        old_low[unknown], old_high[unknown] = least, most
    known = np.isfinite(old_high)
    changed = known & reader.visible & ((old_low > reader.high) | (old_high < reader.low))
    real = equations.unknown < size
    line, unknown = equations.line[real], equations.unknown[real]
    broken = np.zeros(equations.lines, dtype=bool)
    broken[line[changed[unknown]]] = True
    tainted = np.zeros(size, dtype=bool)
    tainted[unknown[broken[line]]] = True
    linked = known & ~reader.visible & ~tainted
    low, high = equations.low.copy(), equations.high.copy()
    low[:size], high[:size] = _narrowed(low[:size], high[:size], old_low, old_high, linked)
    return replace(equations, low=low, high=high), linked


def _narrowed(
    low: Floats, high: Floats, old_low: Floats, old_high: Floats, linked: Mask
) -> tuple[Floats, Floats]:
    fits = linked & (old_low <= high) & (old_high >= low)
    return (
        np.where(fits, np.maximum(low, old_low), low),
        np.where(fits, np.minimum(high, old_high), high),
    )


def _shown(reader: Reader, table: pd.DataFrame) -> tuple[np.ndarray, Floats]:
    """Return the unknowns of today that an earlier table shows, and what it shows."""
    before = table[table["statistic"].isin(ALIKE) & table["numerator"].notna()]
    now = reader.rows.loc[reader.rows["statistic"].isin(ALIKE), list(WHERE)]
    now = now.assign(unknown=reader.upper[now.index]).drop_duplicates("unknown")
    both = now.merge(before.drop_duplicates(list(WHERE)), on=list(WHERE))
    numbers = both["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
    return both["unknown"].to_numpy(dtype=np.int64), numbers

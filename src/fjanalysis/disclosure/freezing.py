"""Back series without rounding: a count stays as an earlier pack showed it until it has changed enough.

Where counts are not rounded, the difference between two refreshes of one count tells how many persons
changed. So a count that an earlier cleared pack showed is shown as it was until the change reaches the
threshold. With rounding, a change of one step leaves that open anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.cells import NONE
from fjanalysis.disclosure.secondary import Floats, Quantities, Table
from fjanalysis.results import KEY


def as_before(table: Table, found: Quantities, earlier: Sequence[pd.DataFrame]) -> Floats:
    """Return each quantity as it is to be shown: as before where it has changed by less than the threshold.

    Parameters
    ----------
    table, found
        The exact table and its quantities.
    earlier
        Released tables of cleared packs, oldest first; the newest that shows a count says how.
    """
    shown = found.value.copy()
    if table.profile.rounding_base > 1 or not earlier:
        return shown
    for before in earlier:
        old = before.set_index(list(KEY))
        for name, ids in (("numerator", found.numerator), ("denominator", found.denominator)):
            told = old[name].astype("float64").reindex(table.keys).to_numpy()
            known = (ids != NONE) & ~np.isnan(told) & ~table.banded
            near = known & (np.abs(told - found.value[ids]) < table.profile.threshold)
            shown[ids[known & ~near]] = found.value[ids[known & ~near]]
            shown[ids[near]] = told[near]
    return shown


def impossible(table: Table, found: Quantities, shown: Floats, reason: pd.Series) -> pd.Series:
    """Return the reasons with rows withheld whose counts, as they would be shown, no longer fit together."""
    if not len(shown):
        return reason
    both = (found.numerator != NONE) & (found.denominator != NONE) & (reason == "").to_numpy()
    rest = shown[found.denominator] - shown[found.numerator]
    changed = (shown != found.value)[found.numerator] | (shown != found.value)[found.denominator]
    broken = both & changed & ((rest < 0) | rules.small(rest, table.profile))
    return reason.where(~broken, rules.SECONDARY)


def shown_counts(table: Table, found: Quantities, shown: Floats) -> tuple[Floats, Floats]:
    """Return the numerator and denominator of each row, exact but for counts that stay as they were."""
    sides: list[Floats] = []
    for name, ids in (("numerator", found.numerator), ("denominator", found.denominator)):
        exact = np.asarray(table.frame[name].astype("float64"))
        sides.append(np.where(ids != NONE, shown[ids], exact) if len(shown) else exact)
    return sides[0], sides[1]

"""Withheld counts that are known to reach the threshold, and what shows it.

Nobody should be able to tell a count that is small from one withheld for its sake. Where a count must be withheld
that anybody can see to be large, that cannot be had; the pack then has to name the count, and no other may be
found. Its value is protected all the same: it is never known to within less than the threshold.
"""

from __future__ import annotations

import numpy as np

from fjanalysis.disclosure.audit.reader import Floats, Ints, Mask, Reader
from fjanalysis.disclosure.audit.relations import Equations

HOLDS = "it holds a count that is shown"
ENDED = "the life table that it would be read from is shown, and ends before it"
BESIDE = "what is shown beside it leaves the other withheld counts too little room"
ADDED = "several sums added up leave the other withheld counts too little room"
ORDER = (ENDED, HOLDS, BESIDE, ADDED)


def why_known(
    reader: Reader, equations: Equations, low: Floats, counts: Ints, threshold: int
) -> list[str]:
    """Return, of withheld counts that are known to reach the threshold, what shows that.

    Parameters
    ----------
    reader, equations
        The pack and its sums.
    low
        The least that each unknown can be.
    counts
        The counts in question.
    threshold
        Smallest count that is shown.
    """
    holds = _holding(reader, equations, low, threshold)
    ended = np.zeros(len(low), dtype=bool)
    ended[reader.ended] = True
    return [ENDED if ended[each] else HOLDS if holds[each] else BESIDE for each in counts.tolist()]


def _holding(reader: Reader, equations: Equations, low: Floats, threshold: int) -> Mask:
    """Return the unknowns around one that is shown, or around one that is itself around one."""
    line, unknown = equations.line, equations.unknown
    shown = np.zeros(len(low), dtype=bool)
    shown[: len(reader.visible)] = reader.visible & (low[: len(reader.visible)] >= threshold)
    part = equations.weight > 0
    reached = np.zeros(len(low), dtype=bool)
    while True:
        full = np.zeros(equations.lines, dtype=bool)
        full[line[part & (shown | reached)[unknown]]] = True
        more = np.zeros(len(low), dtype=bool)
        more[unknown[~part & full[line]]] = True
        more &= ~shown & ~reached
        if not more.any():
            return reached
        reached |= more

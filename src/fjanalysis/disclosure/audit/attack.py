"""The attack: intervals narrowed by everything that adds up, until nothing narrows any more."""

from __future__ import annotations

import numpy as np

from fjanalysis.disclosure.audit.reader import Floats
from fjanalysis.disclosure.audit.relations import Equations

SWEEPS = 200


def narrowed(equations: Equations, threshold: int) -> tuple[Floats, Floats]:
    """Return the interval of every unknown once nothing narrows it any more.

    What is left over between two counts that are shown is nobody, or at least the threshold. An interval that would
    become empty is left as it was: the relation does not hold among the rows, so an attacker who believes in it
    learns nothing true.
    """
    low, high = equations.low.copy(), equations.high.copy()
    line, unknown, weight = equations.line, equations.unknown, equations.weight
    lines = equations.lines
    for _ in range(SWEEPS):
        least, most = _implied(line, unknown, weight, lines, low, high)
        fits = (least <= high[unknown]) & (most >= low[unknown])
        better = fits & ((least > low[unknown]) | (most < high[unknown]))
        if not better.any():
            break
        moved = unknown[better]
        np.maximum.at(low, moved, least[better])
        np.minimum.at(high, moved, most[better])
        ruled = moved[equations.ruled[moved]]
        low[ruled] = np.where(low[ruled] > 0, np.maximum(low[ruled], threshold), 0)
        high[ruled] = np.where((high[ruled] < threshold) & (low[ruled] == 0), 0, high[ruled])
        # Only lines with an unknown that moved can tell more than they did.
        touched = np.zeros(len(low), dtype=bool)
        touched[moved] = True
        again = np.zeros(equations.lines, dtype=bool)
        again[equations.line[touched[equations.unknown]]] = True
        use = again[equations.line]
        number = np.cumsum(again) - 1
        line, lines = number[equations.line[use]], int(again.sum())
        unknown, weight = equations.unknown[use], equations.weight[use]
    return low, high


def _implied(
    line: np.ndarray, unknown: np.ndarray, weight: Floats, lines: int, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return the interval that the rest of its line leaves to each entry."""
    part = weight > 0
    term_least = np.where(part, low[unknown], -high[unknown])
    term_most = np.where(part, high[unknown], -low[unknown])
    rest_least = _rest(line, term_least, lines)
    rest_most = _rest(line, term_most, lines)
    return np.where(part, -rest_most, rest_least), np.where(part, -rest_least, rest_most)


def _rest(line: np.ndarray, term: Floats, lines: int) -> Floats:
    endless = np.isinf(term)
    known = np.where(endless, 0.0, term)
    total = np.bincount(line, known, lines)[line] - known
    others = np.bincount(line, endless, lines)[line] - endless
    signs = np.bincount(line, np.where(endless, np.sign(term), 0.0), lines)[line]
    # The terms of one line are endless in one direction only, so the sign of their sum is theirs.
    return np.where(others > 0, np.where(signs < 0, -np.inf, np.inf), total)

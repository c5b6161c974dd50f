"""Counts that are shown rounded: of which of them tables that fit a pack leave more than one number."""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from fjanalysis.disclosure.audit.reader import Floats, Ints, Mask
from fjanalysis.disclosure.audit.relations import Equations

# Pairs of programmes about all of them; whose wishes stand in each other's way differs from pair to pair.
ROUNDS = 4
# How many of those left are asked about alone.
ALONE = 20
# Parts of more unknowns than this are searched each by itself.
LARGE = 1_000
SLACK = 1e-6
FAR = 1e7


def told_exactly(equations: Equations, low: Floats, high: Floats, rounded: Ints) -> Ints:
    """Return the counts shown rounded of which no two tables were found that differ by one at least.

    Parameters
    ----------
    equations
        The sums.
    low, high
        The interval of every unknown, from `narrowed`.
    rounded
        The counts in question.
    """
    matrix = sparse.csr_matrix(
        (equations.weight, (equations.line, equations.unknown)), shape=(equations.lines, len(low))
    )
    asked = np.zeros(len(low), dtype=bool)
    asked[rounded] = True
    left = [
        numbers[_left(matrix[lines][:, numbers], low[numbers], high[numbers], asked[numbers])]
        for lines, numbers in _apart(matrix)
        if asked[numbers].any()
    ]
    return np.sort(np.concatenate([rounded[:0], *left]))


def _apart(matrix: sparse.csr_matrix) -> list[tuple[Ints, Ints]]:
    """Return lines and unknowns that hang together, large parts each by itself and all small ones as one."""
    lines = matrix.shape[0]
    both = sparse.bmat([[None, matrix], [matrix.T, None]], format="csr")
    _, label = sparse.csgraph.connected_components(both, directed=False)
    number = np.bincount(label)
    label = np.where(number[label] > LARGE, label, -1)
    return [
        (np.flatnonzero(label[:lines] == each), np.flatnonzero(label[lines:] == each))
        for each in np.unique(label).tolist()
    ]


def _left(matrix: sparse.csr_matrix, low: Floats, high: Floats, asked: Mask) -> Ints:
    """Return the counts of a part of which no two tables were found that differ by one."""
    size = len(low)
    bound = np.diff(matrix.tocsc().indptr) > 0
    least, most = low.copy(), high.copy()
    # What stands in no sum may be anything in its interval.
    least[bound], most[bound] = np.inf, -np.inf

    def look(weights: Floats) -> None:
        result = optimize.milp(
            weights,
            constraints=optimize.LinearConstraint(matrix, 0, 0),
            bounds=optimize.Bounds(low, np.minimum(high, FAR)),
        )
        if result.x is not None:
            np.minimum(least, result.x, out=least)
            np.maximum(most, result.x, out=most)

    def still() -> Ints:
        with np.errstate(invalid="ignore"):
            return np.flatnonzero(asked & ~(most - least >= 1 - SLACK))

    for number in range(ROUNDS):
        left = still()
        if not len(left):
            return left
        # All alike first, and then half of them the other way, another half each time.
        weights = np.zeros(size)
        weights[left] = np.where((np.arange(len(left)) >> number) & 1 & (number > 0), -1.0, 1.0)
        look(weights)
        look(-weights)
    for count in still()[:ALONE].tolist():
        weights = np.zeros(size)
        weights[count] = 1.0
        look(weights)
        look(-weights)
    return still()

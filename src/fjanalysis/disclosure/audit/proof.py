"""The proof: tables that fit all that is published, and in which withheld counts are few, or are many.

Bounds carried from sum to sum show what an attacker surely knows. Whether he could know more by adding
sums up is settled by linear programmes: each solution in whole numbers is a table that he cannot tell from the true
one. Two tables in which a count lies on either side of the threshold, and so far apart as the protection
asks, prove it safe against everything that the sums imply. One table serves for many counts at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from fjanalysis.disclosure.audit.reader import Floats, Ints, Mask
from fjanalysis.disclosure.audit.relations import Equations

# Rounds of two programmes a part, and how many counts of a part are then asked about alone.
ROUNDS = 12
WHOLE = 1e-6
ALONE = 5
# Parts of up to so many unknowns are searched by integer programme, each count by itself where need be.
SMALL = 400
NODES = 500
# Parts of more unknowns than this have fewer rounds, and no count of theirs is asked about alone: each programme takes seconds.
LARGE, LARGE_ROUNDS = 20_000, 4
FAR = 1e7


@dataclass(frozen=True)
class Proof:
    """How far each withheld count was found to move.

    Parameters
    ----------
    least, most
        The smallest and the largest value of each count in the tables found; endless where none was.
    safe
        Counts proved safe by two tables of whole numbers.
    relaxed
        Counts shown safe by a linear programme only, its bounds rounded inward.
    told
        Counts of which every table says that they are under the threshold, or nearly the same.
    reaching
        Counts of which every table says that they reach the threshold, though they may be many numbers.
    """

    least: Floats
    most: Floats
    safe: Mask
    relaxed: Mask
    told: Mask
    reaching: Mask

    @property
    def open(self) -> Mask:
        """Counts that are neither proved safe nor told."""
        return ~(self.safe | self.relaxed | self.told | self.reaching)


@dataclass
class _Part:
    """Sums that hang together: their matrix, and what is known of their unknowns.

    Of those in `ruled` the rule tells that they are nobody or at least the threshold.
    """

    matrix: sparse.csr_matrix
    low: Floats
    high: Floats
    asked: Ints
    ruled: Ints
    threshold: int


def prove(equations: Equations, low: Floats, high: Floats, asked: Ints, threshold: int) -> Proof:
    """Return what tables that fit a pack say of withheld counts.

    Parameters
    ----------
    equations
        The sums.
    low, high
        The interval of every unknown, from `narrowed`.
    asked
        The withheld counts in question. Those whose interval is known to reach the threshold are asked only
        for how many they are.
    threshold
        Smallest count that is shown, and least width of the interval in which a withheld one must lie.

    Source: Fischetti and Salazar (2001), Management Science 47:1008-1027 (the attacker's programmes).
    """
    size = len(low)
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    whole, told, reaching = np.zeros((3, size), dtype=bool)
    whole[asked] = True
    found = _Found(
        least,
        most,
        whole,
        told,
        reaching,
        np.where(low >= threshold, np.inf, threshold - 1),
        threshold,
    )
    for numbers, part in _parts(equations, low, high, asked, threshold):
        _search(part, numbers, found)
    far = found.far(np.arange(size))
    marks = (far & whole, far & ~whole, told & ~far, reaching & ~far)
    return Proof(least[asked], most[asked], *(each[asked] for each in marks))


@dataclass
class _Found:
    """What was found of all unknowns so far, and what is looked for.

    Parameters
    ----------
    least, most
        See `Proof`.
    whole
        Whether these were found in tables of whole numbers.
    told, reaching
        See `Proof`.
    few
        What the smallest value may be at most: under the threshold, or anything where it is known not to be.
    threshold
        Smallest count that is shown, and least distance of the two.
    """

    least: Floats
    most: Floats
    whole: Mask
    told: Mask
    reaching: Mask
    few: Floats
    threshold: int

    def far(self, numbers: Ints) -> Mask:
        """Say of which unknowns two tables are found that are far enough apart."""
        least, most = self.least[numbers], self.most[numbers]
        with np.errstate(invalid="ignore"):
            apart = (most >= self.threshold) & (most - least >= self.threshold)
        return np.asarray((least <= self.few[numbers]) & apart)


def _parts(
    equations: Equations, low: Floats, high: Floats, asked: Ints, threshold: int
) -> list[tuple[Ints, _Part]]:
    size, lines = len(low), equations.lines
    matrix = sparse.csr_matrix(
        (equations.weight, (equations.line, equations.unknown)), shape=(lines, size)
    )
    both = sparse.bmat([[None, matrix], [matrix.T, None]], format="csr")
    _, label = sparse.csgraph.connected_components(both, directed=False)
    of_line, of_unknown = label[:lines], label[lines:]
    wanted = np.zeros(size, dtype=bool)
    wanted[asked] = True
    order, line_order = np.argsort(of_unknown, kind="stable"), np.argsort(of_line, kind="stable")
    found = []
    for component in np.unique(of_unknown[asked]).tolist():
        numbers = order[slice(*np.searchsorted(of_unknown[order], [component, component + 1]))]
        own = line_order[slice(*np.searchsorted(of_line[line_order], [component, component + 1]))]
        inside = matrix[own][:, numbers]
        open_to = equations.ruled[numbers] & (low[numbers] < threshold) & (high[numbers] > 0)
        part = _Part(
            inside,
            low[numbers],
            high[numbers],
            np.flatnonzero(wanted[numbers]),
            np.flatnonzero(open_to),
            threshold,
        )
        found.append((numbers, part))
    return found


def _search(part: _Part, numbers: Ints, found: _Found) -> None:
    least, most, threshold = found.least, found.most, found.threshold

    def unproved() -> Ints:
        return part.asked[~found.far(numbers[part.asked])]

    def record(table: tuple[Floats, bool] | None) -> bool:
        if table is None:
            return False
        values, integral = table
        there = numbers[part.asked]
        lower, upper = np.ceil(values - 1e-6)[part.asked], np.floor(values + 1e-6)[part.asked]
        better = (lower < least[there]) | (upper > most[there])
        np.minimum(least[there], lower, out=lower)
        np.maximum(most[there], upper, out=upper)
        least[there], most[there] = lower, upper
        if not integral:
            found.whole[there[better]] = False
        return bool(better.any())

    size = len(part.low)
    for _ in range(ROUNDS if size <= LARGE else LARGE_ROUNDS):
        left = unproved()
        if not len(left):
            return
        there = numbers[left]
        # Few enough in one table, or enough in another: what the best table so far still lacks.
        few = np.minimum(np.maximum(most[there] - threshold, 0), found.few[there])
        moved = record(_solve(part, left, -1.0, np.maximum(few, part.low[left])))
        goal = np.maximum(threshold, least[numbers[left]] + threshold)
        moved |= record(_solve(part, left, 1.0, goal))
        if not moved:
            break
    alone = unproved()
    for count in alone[: len(alone) if size <= SMALL else ALONE if size <= LARGE else 0].tolist():
        one = np.array([count])
        down = _solve(part, one, -1.0, np.zeros(1))
        record(down)
        if down is None:
            continue
        lo = np.ceil(down[0][count] - 1e-6)
        up = _solve(part, one, 1.0, np.array([max(lo, 2.0 * threshold) + threshold]))
        record(up)
        if up is not None:
            hi = np.floor(up[0][count] + 1e-6)
            close = hi > 0 and (hi < threshold or hi - lo < threshold)
            found.told[numbers[count]] = close
            found.reaching[numbers[count]] = not close and lo >= threshold


def _solve(
    part: _Part, counts: Ints, sign: float, goal: Floats, *, whole: bool = True
) -> tuple[Floats, bool] | None:
    """Return a table in which each of some counts comes as near to its goal as can be, and if it is whole.

    With the sign 1 they are to reach their goals, with -1 not to exceed them; what each lacks is added up.
    """
    size, extra = len(part.low), len(counts)
    whole &= size <= SMALL
    # Switches: what is ruled is nobody, or at least the threshold. Only whole numbers can be switched.
    some = part.ruled if whole else part.ruled[:0]
    n, m = part.matrix.shape[0], len(some)
    far = np.minimum(part.high[some], FAR)
    pick = sparse.csr_matrix((np.ones(extra), (np.arange(extra), counts)), shape=(extra, size))
    gaps = sparse.csr_matrix((np.ones(m), (np.arange(m), some)), shape=(m, size))
    rows = sparse.bmat(
        [
            [part.matrix, None, None],
            [sign * pick, sparse.identity(extra), None],
            [gaps, None, -part.threshold * sparse.identity(m)],
            [gaps, None, -sparse.diags(far)],
        ]
        if m
        else [[part.matrix, None], [sign * pick, sparse.identity(extra)]],
        format="csr",
    )
    endless, none = np.full(extra, np.inf), np.zeros(m)
    least = np.r_[np.zeros(n), sign * goal, none, np.full(m, -np.inf)]
    most = np.r_[np.zeros(n), endless, np.full(m, np.inf), none]
    result = optimize.milp(
        np.r_[np.zeros(size), np.ones(extra), none],
        constraints=optimize.LinearConstraint(rows, least, most),
        bounds=optimize.Bounds(
            np.r_[part.low, np.zeros(extra + m)],
            np.r_[np.where(np.isinf(part.high), FAR, part.high), endless, np.ones(m)],
        ),
        integrality=np.r_[np.full(size, int(whole)), np.zeros(extra), np.ones(m)],
        options={"node_limit": NODES} if whole else {},
    )
    if result.x is None:
        # Too many nodes: the linear programme says less, but it says it.
        return (
            _solve(part, counts, sign, goal, whole=False) if whole and result.status == 1 else None
        )
    table = result.x[:size]
    return table, bool((np.abs(table - np.round(table)) < WHOLE).all())

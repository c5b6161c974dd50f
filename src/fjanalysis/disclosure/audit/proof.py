"""The proof: tables that fit all that is published, and in which withheld counts are few, or are many.

Bounds carried from sum to sum show what an attacker surely knows. Whether he could know more by adding
sums up is settled by linear programmes: each solution in whole numbers is a table that he cannot tell from the true
one. Two tables in which a count lies on either side of the threshold, and so far apart as the protection
asks, prove it safe against everything that the sums imply. One table serves for many counts at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from fjanalysis.disclosure.audit.reader import Floats, Ints, Mask
from fjanalysis.disclosure.audit.relations import Equations

# Rounds of two programmes about all counts of a part, before they are asked in groups.
ROUNDS = 4
# By how much the groups shrink, until the last counts are asked about alone.
SHRINK = 4
WHOLE = 1e-6
# Parts of up to so many unknowns are searched by integer programme.
SMALL = 400
# Among how many unknowns around a told count those are looked for that would have to be withheld.
NEAR = 2_000
NODES = 500
FAR = 1e7
# How many parts are searched at a time.
WORKERS = 4
# A table, and whether it is of whole numbers.
_Table = tuple[Floats, bool]


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
    beside
        Of each count told, the counts shown that would have to be withheld for it to be safe.
    """

    least: Floats
    most: Floats
    safe: Mask
    relaxed: Mask
    told: Mask
    reaching: Mask
    beside: dict[int, list[int]]

    @property
    def open(self) -> Mask:
        """Counts that are neither proved safe nor told."""
        return ~(self.safe | self.relaxed | self.told | self.reaching)


@dataclass
class _Part:
    """Sums that hang together: their matrix, and what is known of their unknowns.

    Of those in `ruled` the rule tells that they are nobody or at least the threshold. Each sum comes to its `level`.
    """

    matrix: sparse.csr_matrix
    low: Floats
    high: Floats
    asked: Ints
    ruled: Ints
    threshold: int
    shown: Mask
    known: tuple[Floats, Floats]
    level: Floats | float = 0.0


@dataclass
class Memory:
    """What earlier attacks on nearly the same pack found: tables of its parts, and what was found of parts as they stand."""

    tables: dict[str, list[_Table]] = field(default_factory=dict)
    found: dict[str, _Found] = field(default_factory=dict)


def prove(
    equations: Equations,
    low: Floats,
    high: Floats,
    asked: Ints,
    threshold: int,
    memory: Memory | None = None,
) -> Proof:
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
    memory
        What earlier attacks found, which is used and added to.

    Source: Fischetti and Salazar (2001), Management Science 47:1008-1027 (the attacker's programmes).
    """
    memory = memory or Memory()
    size = len(low)
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    marks = np.zeros((4, size), dtype=bool)
    parts = _parts(equations, low, high, asked, threshold)
    parts.sort(key=lambda each: -len(each[0]))
    # The solver works outside Python's lock, and no part needs what another finds.
    with ThreadPoolExecutor(min(cpu_count() or 1, WORKERS)) as pool:
        every = list(pool.map(lambda each: _searched(each[0], each[1], memory), parts))
    for (numbers, part), found in zip(parts, every, strict=True):
        there, far = numbers[part.asked], found.far()
        least[there], most[there] = found.least, found.most
        marks[:, there] = (
            far & found.whole,
            far & ~found.whole,
            found.told & ~far,
            found.reaching & ~far,
        )
    beside = {
        int(numbers[part.asked[at]]): numbers[chosen].tolist()
        for (numbers, part), found in zip(parts, every, strict=True)
        for at, chosen in found.beside.items()
    }
    safe, relaxed, told, reaching = marks[:, asked]
    return Proof(least[asked], most[asked], safe, relaxed, told, reaching, beside)


@dataclass
class _Found:
    """What was found of the counts asked about in a part.

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
    beside
        See `Proof`, by places in the part.
    """

    least: Floats
    most: Floats
    whole: Mask
    told: Mask
    reaching: Mask
    few: Floats
    threshold: int
    beside: dict[int, Ints] = field(default_factory=dict)

    @staticmethod
    def nothing(part: _Part) -> _Found:
        """Return what is known before the first table."""
        size = len(part.asked)
        none = np.zeros(size, dtype=bool)
        few = np.where(part.low[part.asked] >= part.threshold, np.inf, part.threshold - 1)
        return _Found(
            np.full(size, np.inf),
            np.full(size, -np.inf),
            ~none,
            none.copy(),
            none.copy(),
            few,
            part.threshold,
        )

    def far(self) -> Mask:
        """Say of which counts two tables are found that are far enough apart."""
        with np.errstate(invalid="ignore"):
            apart = (self.most >= self.threshold) & (self.most - self.least >= self.threshold)
        return np.asarray((self.least <= self.few) & apart)

    def add(self, values: Floats, *, whole: bool) -> bool:
        """Take what a table says of the counts; say whether that is news."""
        lower, upper = np.ceil(values - WHOLE), np.floor(values + WHOLE)
        better = (lower < self.least) | (upper > self.most)
        self.least, self.most = np.minimum(self.least, lower), np.maximum(self.most, upper)
        if not whole:
            self.whole[better] = False
        return bool(better.any())


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
            equations.shown[numbers],
            (equations.low[numbers], equations.high[numbers]),
        )
        found.append((numbers, part))
    return found


def _searched(numbers: Ints, part: _Part, memory: Memory) -> _Found:
    """Return what tables say of a part; what they said of it as it stands, where that was asked before."""
    shape = _hash(numbers, part.matrix.indptr, part.matrix.indices, part.matrix.data)
    as_it_stands = _hash(
        shape, part.low, part.high, part.asked, part.ruled, part.shown, *part.known
    )
    if as_it_stands not in memory.found:
        tables = memory.tables.setdefault(shape, [])
        memory.found[as_it_stands] = _search(part, tables)
    return memory.found[as_it_stands]


def _hash(*parts: npt.NDArray[Any] | str) -> str:
    digest = hashlib.sha256()
    for each in parts:
        digest.update(each.encode() if isinstance(each, str) else each.tobytes())
        digest.update(b"/")
    return digest.hexdigest()


def _search(part: _Part, tables: list[_Table]) -> _Found:
    """Return what tables say of a part; those found before that still fit are used, and new ones added to them."""
    found, threshold = _Found.nothing(part), part.threshold

    def record(table: _Table | None) -> bool:
        if table is None:
            return False
        tables.append(table)
        return found.add(table[0][part.asked], whole=table[1])

    for values, whole in tables:
        if _fits(part, values):
            found.add(values[part.asked], whole=whole)

    def ask(left: Ints) -> bool:
        """Look for tables in which some counts are few enough, and in which they are many; say whether that is news."""
        counts = part.asked[left]
        # Few enough in one table, or enough in another: what the best table so far still lacks.
        few = np.minimum(np.maximum(found.most[left] - threshold, 0), found.few[left])
        moved = record(_solve(part, counts, -1.0, np.maximum(few, part.low[counts])))
        goal = np.maximum(threshold, found.least[left] + threshold)
        return record(_solve(part, counts, 1.0, goal)) or moved

    for _ in range(ROUNDS):
        left = np.flatnonzero(~found.far())
        if not len(left) or not ask(left):
            break
    # What stands in each other's way is asked apart: fewer and fewer at a time.
    width = int((~found.far()).sum()) // 2
    while width > 1:
        left = np.flatnonzero(~found.far())
        number = -(-len(left) // width)
        for at in range(number):
            group = left[at::number]
            group = group[~found.far()[group]]
            if len(group):
                ask(group)
        width //= SHRINK
    for at in np.flatnonzero(~found.far()).tolist():
        if not found.far()[at]:
            _ask_alone(part, at, found, record)
    return found


def _ask_alone(
    part: _Part, at: int, found: _Found, record: Callable[[_Table | None], bool]
) -> None:
    """Find the smallest and the largest value of a count, as far as is needed, and say what they tell."""
    count, threshold = part.asked[at], part.threshold
    one = np.array([count])
    down = _solve(part, one, -1.0, np.zeros(1))
    record(down)
    if down is None:
        return
    lo = np.ceil(down[0][count] - WHOLE)
    up = _solve(part, one, 1.0, np.array([max(lo, 2.0 * threshold) + threshold]))
    record(up)
    if up is None:
        return
    hi = np.floor(up[0][count] + WHOLE)
    if found.far()[at]:
        return
    close = bool(hi > 0 and (hi < threshold or hi - lo < threshold))
    found.told[at] = close
    found.reaching[at] = not close and lo >= threshold
    if close:
        numbers, near = _near(part, down[0], int(count))
        place = int(np.searchsorted(numbers, count))
        found.beside[at] = numbers[_in_the_way(near, place, float(lo), float(hi))]


def _near(part: _Part, table: Floats, count: int) -> tuple[Ints, _Part]:
    """Return the unknowns around a count, in order, and the sums about them, in which all others are as in a table.

    Short sums come first, about as many unknowns as are soon searched. A part that is small stays whole.
    """
    matrix, size = part.matrix, len(part.low)
    reached, used = np.zeros(size, dtype=bool), np.zeros(matrix.shape[0], dtype=bool)
    reached[count] = True
    across, lengths = matrix.T.tocsr(), np.diff(matrix.indptr)
    frontier = np.array([count])
    while len(frontier):
        lines = np.unique(across[frontier].indices)
        lines = lines[~used[lines]]
        before = reached.copy()
        for line in lines[np.argsort(lengths[lines], kind="stable")].tolist():
            members = matrix.indices[matrix.indptr[line] : matrix.indptr[line + 1]]
            if reached.sum() + (~reached[members]).sum() <= NEAR:
                reached[members] = used[line] = True
        frontier = np.flatnonzero(reached & ~before)
    numbers = np.flatnonzero(reached)
    touched = np.unique(across[numbers].indices)
    inside = matrix[touched][:, numbers]
    place = np.cumsum(reached) - 1
    near = _Part(
        inside,
        part.low[numbers],
        part.high[numbers],
        place[[count]],
        place[part.ruled[reached[part.ruled]]],
        part.threshold,
        part.shown[numbers],
        (part.known[0][numbers], part.known[1][numbers]),
        inside @ table[numbers],
    )
    return numbers, near


def _in_the_way(part: _Part, count: int, lo: float, hi: float) -> Ints:
    """Return the shown counts that would have to be others for a told count to be far enough from what it is known to be.

    By linear programme: of all tables in which it is, the one in which what is shown is least wrong.
    """
    size, shown = len(part.low), np.flatnonzero(part.shown)
    extra = len(shown)
    pick = sparse.csr_matrix((np.ones(extra), (np.arange(extra), shown)), shape=(extra, size))
    slack = sparse.identity(extra)
    rows = sparse.bmat([[part.matrix, None], [pick, slack], [pick, -slack]], format="csr")
    level = np.zeros(part.matrix.shape[0]) + part.level
    endless = np.full(extra, np.inf)
    least, most = part.known
    best: tuple[float, Ints] = (np.inf, shown[:0])
    ends = [(max(lo + part.threshold, part.threshold), np.inf)]
    if hi >= part.threshold:
        ends.append((0.0, hi - part.threshold))
    for bottom, top in ends:
        low, high = np.where(part.shown, 0.0, least), np.where(part.shown, FAR, most)
        low[count], high[count] = bottom, top
        result = optimize.milp(
            np.r_[np.zeros(size), np.ones(extra)],
            constraints=optimize.LinearConstraint(
                rows, np.r_[level, least[shown], -endless], np.r_[level, endless, most[shown]]
            ),
            bounds=optimize.Bounds(
                np.r_[low, np.zeros(extra)], np.r_[np.minimum(high, FAR), endless]
            ),
        )
        if result.x is not None and result.fun < best[0]:
            best = float(result.fun), shown[result.x[size:] > WHOLE]
    return best[1]


def _is_whole(part: _Part, values: Floats) -> bool:
    """Say whether a table is of whole numbers, and fits all that is known of its unknowns."""
    return bool((np.abs(values - np.round(values)) < WHOLE).all()) and _fits(part, values)


def _fits(part: _Part, values: Floats) -> bool:
    """Say whether a table that fits the sums of a part also fits what is known of its unknowns."""
    inside = (values >= part.low - WHOLE) & (values <= part.high + WHOLE)
    gaps = values[part.ruled]
    return bool(inside.all() and ((gaps < WHOLE) | (gaps > part.threshold - WHOLE)).all())


def _solve(
    part: _Part, counts: Ints, sign: float, goal: Floats, *, whole: bool = True
) -> _Table | None:
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
    level = np.zeros(n) + part.level
    least = np.r_[level, sign * goal, none, np.full(m, -np.inf)]
    most = np.r_[level, endless, np.full(m, np.inf), none]
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
    return result.x[:size], _is_whole(part, result.x[:size])

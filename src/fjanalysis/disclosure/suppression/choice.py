"""Which counts to withhold beside one that is not yet protected: the least loss, by integer programme."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from fjanalysis.disclosure.suppression.system import Floats, Ints, System

REACH = (60, 1_000, 4_000, 12_000)
NODES = 500
# How far above its true number a count is looked for.
FAR = 400.0


@dataclass(frozen=True)
class Choice:
    """Counts to withhold beside a target, and what that loses."""

    withhold: list[int]
    cost: float


def least_loss(
    system: System, low: Floats, high: Floats, count: int, shift: float
) -> Choice | None:
    """Return the cheapest further counts to withhold so that a count can move by `shift`, or None.

    Another table is looked for that differs from the true one only near the count, and in which every
    published count stays within what is known of it unless it is withheld as well. That near part grows
    until there is one.

    Parameters
    ----------
    system
        Counts and equations.
    low, high
        What a reader knows of each count as things stand.
    count
        The count to protect.
    shift
        How far it must be able to move; see `shifts_needed`.

    Source: the cell suppression problem; Fischetti and Salazar (2001), Management Science 47:1008-1027,
    here with the true table as one of the two that an attacker cannot tell apart.
    """
    before = -1
    for reach in REACH:
        near, whole = _near(system, count, reach)
        if len(near) == before:
            continue
        before = len(near)
        found = _solve(_Problem(system, low, high, near), count, shift)
        if found is not None:
            return found
        if whole:
            return None
    return None


def extremes(system: System, low: Floats, high: Floats, count: int) -> tuple[float, float]:
    """Return the least and the most that a count can be in tables that fit what is known, by integer programme.

    Parameters
    ----------
    system
        Counts and equations.
    low, high
        What a reader knows of each count as things stand.
    count
        The count asked about.
    """
    near, _ = _near(system, count, REACH[-1])
    place = {each: at for at, each in enumerate(near.tolist())}
    rows = [(inside, -beyond, -beyond) for inside, beyond in _equations(system, near, place)]
    goal = np.zeros(len(near))
    ends = []
    for sign in (1.0, -1.0):
        goal[place[count]] = sign
        far = np.minimum(high[near], system.value[near] + FAR)
        result = optimize.milp(
            goal,
            constraints=_constraints(rows, len(near)),
            integrality=np.ones(len(near)),
            bounds=optimize.Bounds(low[near], far),
            options={"node_limit": NODES},
        )
        # Where the solver gives up, nothing but the truth is sure to be possible.
        ends.append(system.value[count] if result.x is None else round(result.x[place[count]]))
    return float(ends[0]), float(ends[1])


def _equations(
    system: System, near: Ints, place: dict[int, int]
) -> list[tuple[dict[int, float], float]]:
    """Return the equations of some counts as weights by their places, and what those outside add to each."""
    rows = []
    for equation in sorted({number for each in near.tolist() for number in system.of[each]}):
        counts, weights = system.equations[equation]
        pairs = list(zip(counts.tolist(), weights.tolist(), strict=True))
        inside = {place[each]: weight for each, weight in pairs if each in place}
        beyond = sum(weight * system.value[each] for each, weight in pairs if each not in place)
        rows.append((inside, float(beyond)))
    return rows


def _near(system: System, count: int, reach: int) -> tuple[Ints, bool]:
    """Return the counts nearest to one, by equations, and whether that is all that hang together."""
    seen = {count: None}
    edge = [count]
    while edge:
        step: list[int] = []
        for each in edge:
            for equation in system.of[each]:
                for other in system.equations[equation][0].tolist():
                    if other not in seen:
                        seen[other] = None
                        step.append(other)
        if len(seen) >= reach:
            return np.array(list(seen), dtype=np.int64), False
        edge = step
    return np.array(list(seen), dtype=np.int64), True


@dataclass(frozen=True)
class _Problem:
    system: System
    low: Floats
    high: Floats
    near: Ints


def _solve(problem: _Problem, count: int, shift: float) -> Choice | None:
    system, near = problem.system, problem.near
    place = {each: at for at, each in enumerate(near.tolist())}
    loss = system.cost[near]
    open_to = np.flatnonzero(np.isfinite(loss) & ~system.hidden[near])
    switch = {int(near[at]): number for number, at in enumerate(open_to)}
    n, m = len(near), len(open_to)
    far = 2 * abs(shift) + 2 * system.threshold
    least = np.maximum(problem.low[near] - system.value[near], -far)
    most = np.minimum(problem.high[near] - system.value[near], far)
    bottom, top = least.copy(), most.copy()
    rows: list[tuple[dict[int, float], float, float]] = []
    for at in open_to.tolist():
        widest = max(-system.value[near[at]], -far)
        bottom[at], top[at] = widest, far
        s = n + switch[int(near[at])]
        rows.append(({at: 1.0, s: -(far - most[at])}, -np.inf, most[at]))
        rows.append(({at: 1.0, s: least[at] - widest}, least[at], np.inf))
    for gap, at in place.items():
        pair = system.pair.get(gap)
        if pair is None:
            continue
        ends = {n + switch[end]: 1.0 for end in pair if end in switch}
        if not ends or any(system.hidden[end] for end in pair):
            continue
        widest = max(-system.value[gap], -far)
        rows.append(({at: 1.0, **dict.fromkeys(ends, -(far - most[at]))}, -np.inf, most[at]))
        rows.append(({at: 1.0, **dict.fromkeys(ends, least[at] - widest)}, least[at], np.inf))
        bottom[at], top[at] = widest, far
    target = place[count]
    if shift > 0:
        bottom[target] = max(bottom[target], shift)
    else:
        top[target] = min(top[target], shift)
    if bottom[target] > top[target]:
        return None
    # Counts further away stay as they are: what is looked for are changes.
    rows += [(inside, 0.0, 0.0) for inside, _ in _equations(system, near, place)]
    result = optimize.milp(
        c=np.r_[np.zeros(n), loss[open_to]],
        constraints=_constraints(rows, n + m),
        integrality=np.ones(n + m),
        bounds=optimize.Bounds(np.r_[bottom, np.zeros(m)], np.r_[top, np.ones(m)]),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return None
    chosen = open_to[result.x[n:] > 0.5]
    return Choice(sorted(near[chosen].tolist()), float(loss[chosen].sum()))


def _constraints(
    rows: list[tuple[dict[int, float], float, float]], width: int
) -> optimize.LinearConstraint:
    at = np.concatenate([np.full(len(row), number) for number, (row, _, _) in enumerate(rows)])
    columns = np.concatenate([np.array(list(row), dtype=np.int64) for row, _, _ in rows])
    weights = np.concatenate([np.array(list(row.values())) for row, _, _ in rows])
    matrix = sparse.csr_matrix((weights, (at, columns)), shape=(len(rows), width))
    return optimize.LinearConstraint(
        matrix, np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    )

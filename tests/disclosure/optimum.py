"""The least that can be withheld so that a small table is protected: an integer programme written for tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from tests.disclosure.hierarchies import Count, Truth
from tests.disclosure.reference_attack import KEY, THRESHOLD

FAR = 400.0
Key = tuple[str, ...]


def least_loss(
    truth: Truth, primary: set[Key], worth: Mapping[Key, float], base: int, *, both_sides: bool
) -> float:
    """Return the least worth of rows to withhold beside some, so that no withheld count is told.

    Parameters
    ----------
    truth
        The table.
    primary
        Keys of the rows that the primary rules withhold.
    worth
        What each row is worth.
    base
        To which counts are rounded.
    both_sides
        Whether a count withheld for another's sake must be able to lie under the threshold as well; else it only
        must not be known to within the threshold.

    Notes
    -----
    For each count that is withheld there must be two tables that fit what stays published, at least the threshold
    apart in that count and on either side of it. The tables need not be of whole numbers here, so that the least is
    never overstated, and what is withheld in truth is compared with no more than what must be.
    """
    names = list(truth.value)
    place = {name: at for at, name in enumerate(names)}
    n = len(names)
    rows = list(truth.shown)
    # Unknowns: whether each row is withheld, whether each count is hidden, then two tables a count.
    row_at = {key: at for at, key in enumerate(rows)}
    hidden_at = len(rows)
    shown_by: dict[int, list[int]] = {at: [] for at in range(n)}
    for key, (count, of) in truth.shown.items():
        for name in (count, of):
            if name is not None:
                shown_by[place[name]].append(row_at[key])
    programme = _Programme()
    size = len(rows) + n
    low, high = [0.0] * size, [1.0] * size
    for key in primary:
        low[row_at[key]] = 1.0
    for at, shown in shown_by.items():
        _hidden(programme, hidden_at + at, shown)
        if not shown:
            low[hidden_at + at] = 1.0
    small = {place[name] for key in primary for name in _private(truth, key)}
    for count in range(n):
        if truth.value[names[count]] == 0 or not shown_by[count]:
            continue
        least, most = size, size + n
        size += 2 * n
        low += [0.0] * 2 * n
        high += [FAR] * 2 * n
        for start in (least, most):
            _fits(programme, truth, place, start, hidden_at, base)
        switch = hidden_at + count
        sides = both_sides or count in small
        _apart(programme, least + count, most + count, switch, both_sides=sides)
    goal = np.zeros(size)
    for key, at in row_at.items():
        goal[at] = 0.0 if key in primary else worth[key]
    whole = np.zeros(size)
    whole[: hidden_at + n] = 1
    found = programme.solved(goal, low, high, whole)
    assert found is not None, "nothing protects this table"
    return float(goal @ found)


def _hidden(programme: _Programme, switch: int, rows: list[int]) -> None:
    """Add that a count is hidden where all rows that show it are withheld, and only there."""
    for row in rows:
        programme.add({switch: 1.0, row: -1.0}, -np.inf, 0.0)
    if rows:
        programme.add({switch: 1.0, **dict.fromkeys(rows, -1.0)}, 1.0 - len(rows), np.inf)


def _apart(programme: _Programme, least: int, most: int, switch: int, *, both_sides: bool) -> None:
    """Add that two tables lie far apart in a count, on either side of the threshold if asked, unless it stays published."""
    if both_sides:
        programme.add({least: 1.0, switch: FAR}, -np.inf, THRESHOLD - 1 + FAR)
    programme.add({most: 1.0, switch: -FAR}, THRESHOLD - FAR, np.inf)
    programme.add({most: 1.0, least: -1.0, switch: -FAR}, THRESHOLD - FAR, np.inf)


def _private(truth: Truth, key: Key) -> list[Count]:
    count, _ = truth.shown[key]
    return [count]


def _fits(
    programme: _Programme,
    truth: Truth,
    place: Mapping[Count, int],
    start: int,
    hidden: int,
    base: int,
) -> None:
    for name, at in place.items():
        number = truth.value[name]
        shown = (number + base // 2) // base * base
        least = 0.0 if number == 0 else float(max(shown - base // 2, 0))
        most = 0.0 if number == 0 else float(shown + base // 2)
        if number >= THRESHOLD:
            least = max(least, float(THRESHOLD))
        programme.add({start + at: 1.0, hidden + at: FAR}, least, np.inf)
        programme.add({start + at: 1.0, hidden + at: -FAR}, -np.inf, most)
    for parts, whole in truth.sums:
        line = {**{start + place[part]: 1.0 for part in parts}, start + place[whole]: -1.0}
        programme.add(line, 0.0, 0.0)
    for inner, outer in truth.within:
        programme.add({start + place[outer]: 1.0, start + place[inner]: -1.0}, 0.0, np.inf)


class _Programme:
    """Rows of an integer programme, collected."""

    def __init__(self) -> None:
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def add(self, row: dict[int, float], least: float, most: float) -> None:
        self._rows.append((row, least, most))

    def solved(
        self, goal: np.ndarray, low: list[float], high: list[float], whole: np.ndarray
    ) -> np.ndarray | None:
        line = np.concatenate([np.full(len(row), at) for at, (row, _, _) in enumerate(self._rows)])
        column = np.concatenate([np.fromiter(row, dtype=np.int64) for row, _, _ in self._rows])
        weight = np.concatenate(
            [np.fromiter(row.values(), dtype=float) for row, _, _ in self._rows]
        )
        matrix = sparse.csr_matrix((weight, (line, column)), shape=(len(self._rows), len(goal)))
        least, most = (np.array([row[at] for row in self._rows]) for at in (1, 2))
        result = optimize.milp(
            goal,
            constraints=optimize.LinearConstraint(matrix, least, most),
            integrality=whole,
            bounds=optimize.Bounds(np.array(low), np.array(high)),
            options={"time_limit": 20.0, "mip_rel_gap": 0.0},
        )
        return None if result.x is None else result.x


def worth_of(frame: pd.DataFrame, worth: np.ndarray, stream: str) -> dict[Key, float]:
    """Return what each row of a table is worth, by key."""
    own = (frame["stream"] == stream).to_numpy()
    keys = (tuple(map(str, key)) for key in frame.loc[own, list(KEY)].itertuples(index=False))
    return dict(zip(keys, worth[own].tolist(), strict=True))

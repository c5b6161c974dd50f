"""Whether a withheld count could be another: other tables that a reader cannot tell from the true one.

A count is protected when there is a table that fits all that is published and in which the count is
larger by the protection. Such tables are looked for by shifting the true one: the count is raised, and
every equation that it stands in is mended by lowering or raising others, and theirs in turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fjanalysis.disclosure.suppression.system import Floats, System

DEPTH = 6
BUDGET = 600


@dataclass
class Shifter:
    """Looks for shifts of the true table within what a reader knows.

    Parameters
    ----------
    system
        Counts and equations.
    low, high
        What a reader knows of each count.
    """

    system: System
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        hidden, leftover = self.system.hidden, self.system.leftover
        degree = np.array([len(each) for each in self.system.of])
        rank = np.where(leftover & (degree <= 1), 0, np.where(hidden, 1, 2))
        self._rank = rank
        self._spent = 0
        self._order: dict[int, list[tuple[int, float]]] = {}

    def can_shift(self, count: int, amount: float) -> bool:
        """Say whether a table with the count so much larger (or smaller) fits what is published."""
        value = self.system.value[count] + amount
        if not self.low[count] <= value <= self.high[count]:
            return False
        self._spent = 0
        return self._shift(count, amount, -1, {}, DEPTH)

    def _shift(
        self, count: int, amount: float, source: int, moved: dict[int, float], depth: int
    ) -> bool:
        self._spent += 1
        if self._spent > BUDGET:
            return False
        before = set(moved)
        moved[count] = amount
        for equation in self.system.of[count]:
            if equation != source and not self._mend(equation, moved, depth):
                _undo(moved, before)
                return False
        return True

    def _mend(self, equation: int, moved: dict[int, float], depth: int) -> bool:
        """Bring an equation back to zero by moving counts that were not moved yet."""
        before = set(moved)
        members = self._members(equation)
        off = sum(coefficient * moved.get(count, 0.0) for count, coefficient in members)
        for count, coefficient in members:
            if off == 0:
                return True
            if count in moved or (depth == 0 and self._rank[count] > 0):
                continue
            wish = -off / coefficient
            value = self.system.value[count]
            room = self.high[count] - value if wish > 0 else value - self.low[count]
            step = min(abs(wish), room)
            if step <= 0:
                continue
            change = step if wish > 0 else -step
            if self._shift(count, change, equation, moved, depth - 1):
                off = sum(each * moved.get(other, 0.0) for other, each in members)
        if off == 0:
            return True
        _undo(moved, before)
        return False

    def _members(self, equation: int) -> list[tuple[int, float]]:
        if equation not in self._order:
            counts, coefficients = self.system.equations[equation]
            pairs = zip(counts.tolist(), coefficients.tolist(), strict=True)
            self._order[equation] = sorted(
                pairs,
                key=lambda pair: (
                    self._rank[pair[0]],
                    -min(self.system.value[pair[0]], 1e6),
                    pair[0],
                ),
            )
        return self._order[equation]


def _undo(moved: dict[int, float], before: set[int]) -> None:
    for count in set(moved) - before:
        del moved[count]


def shifts_needed(
    system: System, count: int, protection: int, least: float, most: float
) -> tuple[float, ...]:
    """Return how far a hidden count must be able to move from its true value; any one of these is enough.

    Parameters
    ----------
    system, count, protection
        The count to protect.
    least, most
        What it can be as things stand: it is protected if it can be so much more, or so much less, that both ends lie as
        far apart as the protection asks, the upper one at the threshold at least; and, where nobody may tell it from a small
        count, the lower one under it.
    """
    value, threshold = system.value[count], system.threshold
    up = max(least + protection, threshold) - value
    down = min(most - protection, value) - value
    if value < threshold:
        return (up,)
    if system.apart[count]:
        return (min(down, threshold - 1 - value),)
    if not system.strict[count]:
        return ()
    return (up, down) if most - protection >= 0 else (up,)

"""Publishing again what was withheld for others' sake, where withholding it protects nothing.

Counts are withheld one after the other, each for one equation. When all is done, some stand withheld in vain:
what is shown beside them tells them nearly as well as showing them would. Such a count is published
again if nothing that must be protected is told by that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from fjanalysis.disclosure.suppression.propagation import Reach, worked_out
from fjanalysis.disclosure.suppression.standing import Rule, at_stake, told
from fjanalysis.disclosure.suppression.system import Floats, Ints, System

# How many equations one trial may look at; beyond that the count stays withheld.
MOST = 20_000


@dataclass
class Tightener:
    """Bounds of all counts, tightened further from a few counts on, and taken back if need be.

    Parameters
    ----------
    system, reach
        Counts, and their equations laid out as arrays, sorted by equation.
    low, high
        Bounds that all equations have been used on.
    """

    system: System
    reach: Reach
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        self._terms: dict[int, list[tuple[int, bool]]] = {}
        self._low: list[float] = self.low.tolist()
        self._high: list[float] = self.high.tolist()

    def tighten(
        self,
        known: Sequence[tuple[int, float, float]],
        spoils: Callable[[int, float, float], bool],
    ) -> bool:
        """Use new bounds of some counts on all equations; take all back, and say no, where that spoils something.

        Parameters
        ----------
        known
            Count, lower and upper bound.
        spoils
            Whether a count with such bounds, which have just become closer, tells too much.
        """
        before: dict[int, tuple[float, float]] = {}
        queue: deque[int] = deque()
        queued: set[int] = set()

        def narrow(count: int, least: float, most: float) -> bool:
            """Use new bounds of a count; say whether they may stand."""
            low, high = self._low[count], self._high[count]
            if least <= low and most >= high:
                return True
            before.setdefault(count, (low, high))
            low, high = max(low, least), min(high, most)
            self._low[count], self._high[count] = low, high
            for equation in self.system.of[count]:
                if equation not in queued:
                    queued.add(equation)
                    queue.append(equation)
            return not spoils(count, low, high)

        # As soon as one count is told, nothing more needs to be looked at.
        fine = all(narrow(*each) for each in known)
        looked = 0
        while fine and queue and looked < MOST:
            looked += 1
            equation = queue.popleft()
            queued.discard(equation)
            fine = all(narrow(*each) for each in self._implied(equation))
        if fine and not queue:
            return True
        for count, (least, most) in before.items():
            self._low[count], self._high[count] = least, most
        return False

    def _terms_of(self, equation: int) -> list[tuple[int, bool]]:
        """Return the counts of an equation, and whether they are added: plain numbers, sooner looked up than arrays."""
        terms = self._terms.get(equation)
        if terms is None:
            counts, weights = self.system.equations[equation]
            terms = list(zip(counts.tolist(), (weights > 0).tolist(), strict=True))
            self._terms[equation] = terms
        return terms

    def _implied(self, equation: int) -> list[tuple[int, float, float]]:
        """Return the counts that an equation bounds more closely than is known, with its bounds."""
        terms = self._terms_of(equation)
        low, high = self._low, self._high
        least = [low[each] if plus else -high[each] for each, plus in terms]
        most = [high[each] if plus else -low[each] for each, plus in terms]
        # Only lower ends can be endless downwards, and upper ends upwards.
        endless_least, endless_most = least.count(-inf), most.count(inf)
        if endless_least > 1 and endless_most > 1:
            return []
        total_least = sum(least) if not endless_least else sum(x for x in least if x != -inf)
        total_most = sum(most) if not endless_most else sum(x for x in most if x != inf)
        found = []
        for (count, plus), own_least, own_most in zip(terms, least, most, strict=True):
            rest_least = _rest(total_least, own_least, endless_least, -inf)
            rest_most = _rest(total_most, own_most, endless_most, inf)
            bottom, top = (-rest_most, -rest_least) if plus else (rest_least, rest_most)
            if bottom > low[count] or top < high[count]:
                found.append((count, bottom, top))
        return found


def _rest(total: float, own: float, endless: int, end: float) -> float:
    """Return what all other terms add up to: the total is that of the terms with an end."""
    if not endless:
        return total - own
    return total if endless == 1 and own == end else end


def publish_again(
    system: System,
    candidates: Sequence[Ints],
    published: tuple[Floats, Floats],
    protection: int,
    reach: Reach | None = None,
) -> list[int]:
    """Return which groups of hidden counts may be published again; changes `system`.

    Parameters
    ----------
    system
        Counts, and what is hidden of them.
    candidates
        Groups of hidden counts that one row would show, those to be tried first in front.
    published
        Bounds of each count as a published row would show it.
    protection
        Least width of the interval in which a withheld count must be able to lie, however large it is.
    reach
        The system's equations laid out as arrays, where that was done already.
    """
    reach = reach or Reach.of(system)
    low, high = worked_out(reach, *system.bounds())
    trial = Tightener(system, reach, low, high)
    secret = at_stake(system)
    already = told(system, secret, low, high, protection, every=True)
    asked = np.zeros(system.counts, dtype=bool)
    asked[secret[~already]] = True
    asked_of: list[bool] = asked.tolist()
    rule = Rule.of(system, protection, every=True)
    gaps = _gaps_of(system)
    done = []

    def spoils(count: int, least: float, most: float) -> bool:
        if not asked_of[count] or not rule.tells(count, least, most):
            return False
        # What is published again for now is no secret.
        return bool(system.hidden[count] or system.guarded[count] or system.watched[count])

    for number, counts in enumerate(candidates):
        hidden = counts[system.hidden[counts]]
        system.hidden[hidden] = False
        known = [(int(each), published[0][each], published[1][each]) for each in hidden]
        system.low[hidden], system.high[hidden] = published[0][hidden], published[1][hidden]
        for each in hidden.tolist():
            known += [gap for at in gaps.get(each, ()) if (gap := _gap(system, at)) is not None]
        if trial.tighten(known, spoils):
            done.append(number)
        else:
            system.hidden[hidden] = True
    return done


def _gaps_of(system: System) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for at, (_, inner, outer) in enumerate(system.pairs.tolist()):
        found.setdefault(inner, []).append(at)
        found.setdefault(outer, []).append(at)
    return found


def _gap(system: System, at: int) -> tuple[int, float, float] | None:
    """Return what a reader knows of a gap between two published counts: nobody, or at least the threshold."""
    gap, inner, outer = system.pairs[at].tolist()
    if system.hidden[inner] or system.hidden[outer]:
        return None
    least = max(system.low[outer] - system.high[inner], 0.0)
    most = system.high[outer] - system.low[inner]
    if most < system.threshold and system.value[gap] == 0:
        return gap, 0.0, 0.0
    if least > 0 and (system.value[gap] >= system.threshold):
        least = max(least, float(system.threshold))
    return gap, least, most

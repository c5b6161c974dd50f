"""Secondary suppression of a system of counts: until nothing that is withheld can be worked out."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from scipy import sparse

from fjanalysis.disclosure.suppression.choice import extremes, least_loss
from fjanalysis.disclosure.suppression.propagation import Reach, worked_out
from fjanalysis.disclosure.suppression.shifts import Shifter, shifts_needed
from fjanalysis.disclosure.suppression.standing import Rule, Standing, at_stake, at_stake_mask, told
from fjanalysis.disclosure.suppression.system import Floats, Ints, System

SMALL = 400
STEPS = 4


@dataclass(frozen=True)
class Outcome:
    """What secondary suppression did.

    Parameters
    ----------
    withheld
        Counts that were withheld for others' sake.
    checked
        How many counts had to be protected.
    programmes
        For how many of them an integer programme was solved.
    unprotected
        Counts that nothing could protect.
    """

    withheld: list[int]
    checked: int
    programmes: int
    unprotected: list[int]


def suppress(
    system: System,
    protection: int,
    exempt: Collection[int] = (),
    *,
    every: bool = False,
    exact: bool = False,
    reach: Reach | None = None,
) -> Outcome:
    """Withhold further counts until every withheld count is protected; changes `system.hidden`.

    Against bounds carried through all relations; and, if asked, in parts of up to `SMALL` counts against everything
    that follows from all equations at once, with the least loss by integer programme.

    Parameters
    ----------
    system
        Counts, what is published of them, and equations.
    protection
        Least width of the interval in which a withheld count must be able to lie.
    exempt
        Withheld counts for whose sake nothing is withheld.
    every
        Whether counts that are known to reach the threshold are protected from being known too closely.
    exact
        Whether to look for what follows from several equations added up.
    reach
        The system's equations laid out as arrays, where that was done already.
    """
    reach = reach or Reach.of(system)
    outcome = _by_bounds(system, reach, protection, exempt, every=every)
    if not exact:
        return outcome
    withheld, programmes, unprotected = outcome.withheld, 0, set(outcome.unprotected)
    for counts in _winding_parts(system, reach):
        part = system.part(counts)
        own = _exactly(part, protection, {at for at, each in enumerate(counts) if each in exempt})
        withheld += counts[own.withheld].tolist()
        unprotected |= set(counts[own.unprotected].tolist())
        programmes += own.programmes
        system.hidden[counts], system.cost[counts] = part.hidden, part.cost
        system.watched[counts] = part.watched
    return Outcome(sorted(withheld), outcome.checked, programmes, sorted(unprotected))


def _winding_parts(system: System, reach: Reach) -> list[Ints]:
    """Return the counts of each part that hangs together, is small, and is not told by bounds alone.

    Where no two ways lead from one count to another, bounds carried from equation to equation say all there is.
    """
    n, m = reach.counts, reach.equations
    graph = sparse.csr_matrix(
        (np.ones(len(reach.count)), (reach.count, reach.equation + n)), shape=(n + m, n + m)
    )
    number, label = sparse.csgraph.connected_components(graph, directed=False)
    size, lines = (np.bincount(each, minlength=number) for each in (label[:n], label[n:]))
    winding = np.bincount(label[reach.count], minlength=number) > size + lines - 1
    wanted = winding & (size <= SMALL)
    hidden = np.bincount(label[:n], at_stake_mask(system), number) > 0
    order = np.argsort(label[:n], kind="stable")
    start = np.searchsorted(label[:n][order], np.arange(number + 1))
    return [order[start[each] : start[each + 1]] for each in np.flatnonzero(wanted & hidden)]


def beyond_help(system: System, protection: int, reach: Reach | None = None) -> list[int]:
    """Return the withheld counts that bounds would tell even if all that may be withheld were.

    Parameters
    ----------
    system, protection, reach
        As for `suppress`; nothing is changed.
    """
    most = replace(system, hidden=system.hidden | system.together | np.isfinite(system.cost))
    low, high = worked_out(reach or Reach.of(system), *most.bounds())
    counts = at_stake(system)
    lost: list[int] = counts[told(most, counts, low, high, protection)].tolist()
    return lost


def _exactly(system: System, protection: int, exempt: Collection[int]) -> Outcome:
    # A table that protects a count goes on to do so when more is withheld: each is looked at once.
    queue = deque(each for each in at_stake(system).tolist() if each not in exempt)
    queued = set(queue)
    withheld: list[int] = []
    unprotected: list[int] = []
    programmes = 0
    low, high = system.bounds()
    shifter = Shifter(system, low, high)
    rule = Rule.of(system, protection, every=True)
    while queue:
        count = queue.popleft()
        value = float(system.value[count])
        shifts = shifts_needed(system, count, protection, value, value)
        if not shifts or any(shifter.can_shift(count, shift) for shift in shifts):
            continue
        programmes += 1
        least, most = extremes(system, low, high, count)
        if not rule.tells(count, least, most):
            continue
        shifts = shifts_needed(system, count, protection, least, most)
        choices = [least_loss(system, low, high, count, shift) for shift in shifts]
        choice = min((each for each in choices if each), key=lambda each: each.cost, default=None)
        if choice is None or not choice.withhold:
            unprotected.append(count)
            continue
        for each in choice.withhold:
            system.hide(each)
            withheld.append(each)
            if each not in queued:
                queue.append(each)
                queued.add(each)
        low, high = system.bounds()
        shifter = Shifter(system, low, high)
        rule = Rule.of(system, protection, every=True)
    return Outcome(sorted(withheld), len(queued), programmes, unprotected)


def _by_bounds(
    system: System, reach: Reach, protection: int, exempt: Collection[int], *, every: bool
) -> Outcome:
    withheld: list[int] = []
    given_up = set(exempt)
    standing = Standing(system, reach, protection, every=every)
    offers = _Offers(system)
    while len(open_to := standing.told(given_up)):
        near = reach.entries_around(open_to)
        least, most = reach.part(near).implied(standing.low, standing.high)
        for count in open_to.tolist():
            entries = reach.entries_of(count)
            own = np.searchsorted(near, entries)
            implied = least[own], most[own]
            wanted = _cheapest_in(standing, offers, entries, implied, count, protection)
            if wanted is None:
                given_up.add(count)
            elif not system.hidden[wanted]:
                standing.withhold(wanted)
                withheld.append(wanted)
        standing.renew()
    # What was given up may since have been protected by what was withheld for others.
    left = standing.told(set(exempt)).tolist()
    return Outcome(sorted(withheld), len(at_stake(system)), 0, left)


class _Offers:
    """What may be withheld: in each equation the published counts and ends of gaps, the cheapest first.

    Parameters
    ----------
    system
        Counts and equations; what is hidden of them only grows.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._cost: list[float] = system.cost.tolist()
        self._of: dict[int, list[tuple[float, int]]] = {}

    def cheapest(self, equations: Iterable[int], count: int) -> int | None:
        """Return the cheapest count that may be withheld in some equations for another's sake, or None."""
        best: tuple[float, int] | None = None
        for equation in equations:
            offer = self._first(equation, count)
            if offer is not None and (best is None or offer < best):
                best = offer
        return None if best is None else best[1]

    def _first(self, equation: int, count: int) -> tuple[float, int] | None:
        hidden = self._system.hidden
        offers = self._offers(equation)
        while offers and hidden[offers[-1][1]]:
            offers.pop()
        if not offers:
            return None
        if offers[-1][1] != count or self._system.watched[count]:
            return offers[-1]
        return next((each for each in reversed(offers[:-1]) if not hidden[each[1]]), None)

    def _offers(self, equation: int) -> list[tuple[float, int]]:
        """Return what an equation offers, the cheapest last."""
        found = self._of.get(equation)
        if found is None:
            members = self._system.equations[equation][0].tolist()
            pairs = self._system.pair
            ends = [end for each in members if each in pairs for end in pairs[each]]
            found = sorted(
                ((self._cost[each], each) for each in {*members, *ends} if self._cost[each] < inf),
                reverse=True,
            )
            self._of[equation] = found
        return found


def _cheapest_in(
    standing: Standing,
    offers: _Offers,
    entries: Ints,
    implied: tuple[Floats, Floats],
    count: int,
    protection: int,
) -> int | None:
    """Return the cheapest published count in the equations that tell most about a count."""
    system = standing.system
    least, most = implied
    telling = []
    if len(entries):
        telling = [int(entries[np.argmin(most)]), int(entries[np.argmax(least)])]
    needed = max(system.threshold, system.value[count] + protection)
    if most.min(initial=np.inf) >= needed:
        telling = telling[1:]
    elif least.max(initial=0.0) < system.threshold:
        telling = telling[:1]
    seen: set[int] = set()
    edge = {int(standing.reach.equation[entry]) for entry in telling}
    for _ in range(STEPS):
        wanted = offers.cheapest(edge, count)
        if wanted is not None:
            return wanted
        # Nothing there is published: the bound comes from further away, by way of what is hidden.
        members = {each for equation in edge for each in system.equations[equation][0].tolist()}
        seen |= edge
        edge = {
            equation for each in members if system.hidden[each] for equation in system.of[each]
        } - seen
    return None

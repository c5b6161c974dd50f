"""Secondary suppression of a system of counts: until nothing that is withheld can be worked out."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from fjanalysis.disclosure.suppression.choice import least_loss
from fjanalysis.disclosure.suppression.propagation import Reach, worked_out
from fjanalysis.disclosure.suppression.shifts import Shifter, shift_needed
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


def suppress(system: System, protection: int, exempt: Collection[int] = ()) -> Outcome:
    """Withhold further counts until every withheld count is protected; changes `system.hidden`.

    First against bounds carried through all relations, in systems of any size. Then, in systems of up to
    `SMALL` counts, against everything that follows from all equations at once, with the least loss by
    integer programme.

    Parameters
    ----------
    system
        Counts, what is published of them, and equations.
    protection
        Least width of the interval in which a withheld count must be able to lie.
    exempt
        Withheld counts for whose sake nothing is withheld.
    """
    if len(system.value) <= SMALL:
        return _exactly(system, protection, exempt)
    return _by_bounds(system, protection, exempt)


def beyond_help(system: System, protection: int) -> list[int]:
    """Return the withheld counts that bounds would tell even if all that may be withheld were.

    Parameters
    ----------
    system, protection
        As for `suppress`; nothing is changed.
    """
    most = replace(system, hidden=system.hidden | np.isfinite(system.cost))
    low, high = worked_out(Reach.of(system), *most.bounds())
    told = _open_to_attack(most, low, high, protection, set())
    return sorted(set(told.tolist()) & set(_at_stake(system).tolist()))


def _exactly(system: System, protection: int, exempt: Collection[int]) -> Outcome:
    # A table that protects a count goes on to do so when more is withheld: each is looked at once.
    queue = deque(each for each in _at_stake(system).tolist() if each not in exempt)
    queued = set(queue)
    withheld: list[int] = []
    unprotected: list[int] = []
    programmes = 0
    low, high = system.bounds()
    shifter = Shifter(system, low, high)
    while queue:
        count = queue.popleft()
        shift = shift_needed(system, count, protection)
        if shift == 0 or shifter.can_shift(count, shift):
            continue
        programmes += 1
        choice = least_loss(system, low, high, count, shift)
        if choice is None:
            # One that reaches the threshold may be told to, where nothing can make it look small.
            if system.value[count] < system.threshold:
                unprotected.append(count)
            continue
        if not choice.withhold:
            continue
        for each in choice.withhold:
            _withhold(system, each, withheld)
            if each not in queued:
                queue.append(each)
                queued.add(each)
        low, high = system.bounds()
        shifter = Shifter(system, low, high)
    return Outcome(sorted(withheld), len(queued), programmes, unprotected)


def _by_bounds(system: System, protection: int, exempt: Collection[int]) -> Outcome:
    reach = Reach.of(system)
    by_count = np.argsort(reach.count, kind="stable")
    starts = np.searchsorted(reach.count[by_count], np.arange(len(system.value) + 1))
    withheld: list[int] = []
    given_up = set(exempt)
    while True:
        low, high = worked_out(reach, *system.bounds())
        open_to = _open_to_attack(system, low, high, protection, given_up)
        if not len(open_to):
            break
        least, most = reach.implied(low, high)
        for count in open_to.tolist():
            entries = by_count[starts[count] : starts[count + 1]]
            wanted = _cheapest_in(system, reach, entries, (least, most), count, protection)
            if wanted is None:
                given_up.add(count)
            elif not system.hidden[wanted]:
                _withhold(system, wanted, withheld)
    # What was given up may since have been protected by what was withheld for others.
    left = _open_to_attack(system, low, high, protection, set(exempt))
    return Outcome(sorted(withheld), len(_at_stake(system)), 0, left.tolist())


def _at_stake(system: System) -> Ints:
    # A withheld count of nobody, beside a base too small to show, is nobody's secret.
    some = system.value > 0 if not system.zeros_matter else system.value >= 0
    return np.flatnonzero((system.hidden & ~system.leftover & some) | system.guarded)


def _withhold(system: System, count: int, withheld: list[int]) -> None:
    system.hidden[count] = True
    system.cost[count] = np.inf
    withheld.append(count)


def _open_to_attack(
    system: System, low: Floats, high: Floats, protection: int, given_up: set[int]
) -> Ints:
    """Return the counts whose bounds tell too much.

    A count that is known to reach the threshold tells nothing of few persons, and is left at that: to make
    every such count look small as well would, in tables of this size, withhold nearly all of them.
    """
    counts = _at_stake(system)
    with np.errstate(invalid="ignore"):
        narrow = (high[counts] - low[counts] < protection) | (high[counts] < system.threshold)
    told = narrow & (low[counts] < system.threshold)
    return np.array(
        [each for each in counts[told].tolist() if each not in given_up], dtype=np.int64
    )


def _cheapest_in(
    system: System,
    reach: Reach,
    entries: Ints,
    implied: tuple[Floats, Floats],
    count: int,
    protection: int,
) -> int | None:
    """Return the cheapest published count in the equations that tell most about a count."""
    least, most = implied[0][entries], implied[1][entries]
    telling = []
    if len(entries):
        telling = [int(entries[np.argmin(most)]), int(entries[np.argmax(least)])]
    needed = max(system.threshold, system.value[count] + protection)
    if most.min(initial=np.inf) >= needed:
        telling = telling[1:]
    elif least.max(initial=0.0) < system.threshold:
        telling = telling[:1]
    seen: set[int] = set()
    edge = {int(reach.equation[entry]) for entry in telling}
    for _ in range(STEPS):
        members = {int(each) for equation in edge for each in system.equations[equation][0]}
        ends = {end for each in members for end in system.pair.get(each, ())}
        usable = [
            (float(system.cost[each]), each)
            for each in members | ends
            if each != count and not system.hidden[each] and np.isfinite(system.cost[each])
        ]
        if usable:
            return min(usable)[1]
        # Nothing there is published: the bound comes from further away, by way of what is hidden.
        seen |= edge
        edge = {
            equation for each in members if system.hidden[each] for equation in system.of[each]
        } - seen
    return None

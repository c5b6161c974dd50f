"""Secondary suppression of a system of counts: until nothing that is withheld can be worked out."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from fjanalysis.disclosure.suppression.choice import least_loss
from fjanalysis.disclosure.suppression.propagation import Reach, worked_out, worked_out_anew
from fjanalysis.disclosure.suppression.shifts import Shifter, shift_needed
from fjanalysis.disclosure.suppression.system import Floats, Ints, Mask, System

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
    exact
        Whether the choice was made by integer programme.
    """

    withheld: list[int]
    checked: int
    programmes: int
    unprotected: list[int]
    exact: bool = False


def suppress(
    system: System, protection: int, exempt: Collection[int] = (), *, every: bool = False
) -> Outcome:
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
    every
        Whether counts that are known to reach the threshold are protected from being known too closely.
    """
    if len(system.value) <= SMALL:
        return _exactly(system, protection, exempt)
    return _by_bounds(system, protection, exempt, every=every)


def beyond_help(system: System, protection: int) -> list[int]:
    """Return the withheld counts that bounds would tell even if all that may be withheld were.

    Parameters
    ----------
    system, protection
        As for `suppress`; nothing is changed.
    """
    most = replace(system, hidden=system.hidden | system.together | np.isfinite(system.cost))
    low, high = worked_out(Reach.of(system), *most.bounds())
    open_to = _open_to_attack(most, low, high, protection, set())
    return sorted(set(open_to.tolist()) & set(at_stake(system).tolist()))


def _exactly(system: System, protection: int, exempt: Collection[int]) -> Outcome:
    # A table that protects a count goes on to do so when more is withheld: each is looked at once.
    queue = deque(each for each in at_stake(system).tolist() if each not in exempt)
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
        if system.value[count] == 0 and high[count] == 0 and not system.zeros_matter:
            continue
        programmes += 1
        choice = least_loss(system, low, high, count, shift)
        if choice is None and shift < 0:
            # Nothing can make it look small: then it must at least not be known how many it is.
            shift = float(protection)
            if not shifter.can_shift(count, shift):
                choice = least_loss(system, low, high, count, shift)
                if choice is None:
                    continue
        if choice is None:
            if _is_known_nobody(system, count):
                continue
            if shift > 0 and system.value[count] < system.threshold:
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
    return Outcome(sorted(withheld), len(queued), programmes, unprotected, exact=True)


def _is_known_nobody(system: System, count: int) -> bool:
    """Say whether what is published tells a count to be nobody, where nobody is no secret."""
    if system.value[count] > 0 or system.zeros_matter:
        return False
    _, high = worked_out(Reach.of(system), *system.bounds())
    return bool(high[count] == 0)


def _by_bounds(system: System, protection: int, exempt: Collection[int], *, every: bool) -> Outcome:
    reach = Reach.of(system)
    withheld: list[int] = []
    given_up = set(exempt)
    base = system.bounds()
    low, high = worked_out(reach, *base)
    while True:
        open_to = _open_to_attack(system, low, high, protection, given_up, every=every)
        if not len(open_to):
            break
        least, most = np.full(len(reach.count), -np.inf), np.full(len(reach.count), np.inf)
        near = reach.entries_around(open_to)
        least[near], most[near] = reach.part(near).implied(low, high)
        for count in open_to.tolist():
            entries = reach.entries_of(count)
            wanted = _cheapest_in(system, reach, entries, (least, most), count, protection)
            if wanted is None:
                given_up.add(count)
            elif not system.hidden[wanted]:
                _withhold(system, wanted, withheld)
        fresh = system.bounds()
        low, high = worked_out_anew(reach, (low, high), base, *fresh)
        base = fresh
    # What was given up may since have been protected by what was withheld for others.
    left = _open_to_attack(system, low, high, protection, set(exempt), every=every)
    return Outcome(sorted(withheld), len(at_stake(system)), 0, left.tolist())


def at_stake(system: System) -> Ints:
    """Return the counts that must be protected: those hidden, small gaps, and horizons in a first band."""
    return np.flatnonzero(((system.hidden | system.watched) & ~system.leftover) | system.guarded)


def _withhold(system: System, count: int, withheld: list[int]) -> None:
    system.hidden[count] = True
    system.watched[count] = False
    system.cost[count] = np.inf
    withheld.append(count)


def told(
    system: System, counts: Ints, low: Floats, high: Floats, protection: int, *, every: bool = False
) -> Mask:
    """Return which of some counts their bounds tell: that they are small, or nearly how many.

    Parameters
    ----------
    system, protection
        As for `suppress`.
    counts
        The counts asked about.
    low, high
        Bounds of all counts.
    every
        Whether a count that is known to reach the threshold must not be known too closely either.
    """
    least, most = low[counts], high[counts]
    with np.errstate(invalid="ignore"):
        close = (most - least < protection) | (most < system.threshold)
    if not system.zeros_matter:
        # Nobody is no secret then: what is known to be nobody may be known.
        close &= most > 0
    return np.asarray(close & ((least < system.threshold) | (every & system.strict[counts])))


def _open_to_attack(
    system: System,
    low: Floats,
    high: Floats,
    protection: int,
    given_up: set[int],
    *,
    every: bool = False,
) -> Ints:
    """Return the counts that must be protected and are not, but for those that were given up."""
    counts = at_stake(system)
    found = counts[told(system, counts, low, high, protection, every=every)]
    return np.array([each for each in found.tolist() if each not in given_up], dtype=np.int64)


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
            if (each != count or system.watched[each])
            and not system.hidden[each]
            and np.isfinite(system.cost[each])
        ]
        if usable:
            return min(usable)[1]
        # Nothing there is published: the bound comes from further away, by way of what is hidden.
        seen |= edge
        edge = {
            equation for each in members if system.hidden[each] for equation in system.of[each]
        } - seen
    return None

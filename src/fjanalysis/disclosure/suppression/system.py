"""The counts of a table and how they add up, as one linear system.

Every relation becomes an equation between counts. What a relation leaves over is a count of its own:
the complement of a percentage, the gap between nested classes, the remainder of a partition that does
not cover its whole. So "complements and gaps are cells like any other" holds by construction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fjanalysis.disclosure.rules import small
from fjanalysis.project import DisclosureProfile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
FREE = np.inf


@dataclass
class System:
    """Counts, what a reader knows of each, and the equations that bind them.

    Parameters
    ----------
    value
        The exact counts, shape (counts,).
    low, high
        What a reader knows of a count that is published: its rounding interval.
    hidden
        Whether a count is shown nowhere. Left-over counts (gaps and the like) always are.
    strict
        Counts that must look as if they could be under the threshold where they are hidden: those of
        count, percentage and rate rows.
    leftover
        Gaps, complements and remainders.
    guarded
        Left-over counts that are themselves under the threshold.
    cost
        What withholding a count loses; infinite where it may not be withheld.
    threshold
        Smallest count that may be published.
    zeros_matter
        Whether a count of nobody is withheld as well.
    equations
        Each as counts and coefficients that add up to zero.
    names
        What each equation stands for.
    of
        The equations of each count.
    pair
        For a gap or complement, the count within and the count around it.
    """

    value: Floats
    low: Floats
    high: Floats
    hidden: Mask
    strict: Mask
    leftover: Mask
    guarded: Mask
    cost: Floats
    threshold: int
    zeros_matter: bool = False
    equations: list[tuple[Ints, Floats]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    of: list[list[int]] = field(default_factory=list)
    pair: dict[int, tuple[int, int]] = field(default_factory=dict)

    def bounds(self) -> tuple[Floats, Floats]:
        """Return what a reader knows of every count as things stand."""
        low = np.where(self.hidden, 0.0, self.low)
        high = np.where(self.hidden, FREE, self.high)
        for gap, (inner, outer) in self.pair.items():
            if self.hidden[inner] or self.hidden[outer]:
                continue
            low[gap], high[gap] = self.known_gap(inner, outer)
        return low, high

    def known_gap(self, inner: int, outer: int) -> tuple[float, float]:
        """Return what a reader knows of the gap between two published counts.

        He knows the rule as well: a gap that is published is nobody, or at least the threshold.
        """
        least = max(self.low[outer] - self.high[inner], 0.0)
        most = self.high[outer] - self.low[inner]
        if most < self.threshold:
            return 0.0, 0.0
        return (max(least, float(self.threshold)) if least > 0 else 0.0), most


class Builder:
    """Collects counts and equations, and numbers them.

    Parameters
    ----------
    value, low, high, hidden, strict, cost
        Of the real counts; see `System`.
    profile
        The rules in force.
    """

    def __init__(
        self,
        *,
        value: Floats,
        low: Floats,
        high: Floats,
        hidden: Mask,
        strict: Mask,
        cost: Floats,
        profile: DisclosureProfile,
    ) -> None:
        self._real = (value, low, high, hidden, strict, cost)
        self._profile = profile
        self._left: list[float] = []
        self._guarded: list[bool] = []
        self._seen: set[tuple[tuple[int, ...], int, bool]] = set()
        self._equations: list[tuple[Ints, Floats]] = []
        self._names: list[str] = []
        self._pair: dict[int, tuple[int, int]] = {}
        self._gap: dict[tuple[int, int], int] = {}

    def contain(self, inner: int, outer: int, *, guarded: bool, name: str) -> None:
        """Add that one count contains another; what is left over is a count of its own."""
        if inner == outer:
            return
        known = ((inner,), outer, True)
        if known in self._seen:
            if guarded:
                self._guard_again(inner, outer)
            return
        self._seen.add(known)
        value = self._real[0]
        gap = self._leave(value[outer] - value[inner], guarded=guarded)
        self._pair[gap] = (inner, outer)
        self._gap[inner, outer] = gap
        self._add([inner, gap], outer, name)

    def add_up(self, parts: Iterable[int], whole: int, *, remainder: bool, name: str) -> None:
        """Add that parts add up to a whole, or, with a remainder, to at most the whole."""
        members = tuple(sorted(set(parts) - {whole}))
        known = (members, whole, remainder)
        if not members or known in self._seen:
            return
        self._seen.add(known)
        if not remainder:
            self._add(list(members), whole, name)
            return
        value = self._real[0]
        left = self._leave(value[whole] - value[list(members)].sum(), guarded=True)
        self._add([*members, left], whole, name)

    def system(self) -> System:
        """Return the system of all that was added."""
        value, low, high, hidden, strict, cost = self._real
        extra = len(self._left)
        none = np.zeros(extra, dtype=bool)
        system = System(
            value=np.r_[value, self._left],
            low=np.r_[low, np.zeros(extra)],
            high=np.r_[high, np.full(extra, FREE)],
            hidden=np.r_[hidden, ~none],
            strict=np.r_[strict, none],
            leftover=np.r_[np.zeros(len(value), dtype=bool), ~none],
            guarded=np.r_[np.zeros(len(value), dtype=bool), np.array(self._guarded, dtype=bool)],
            cost=np.r_[cost, np.full(extra, np.inf)],
            threshold=self._profile.threshold,
            zeros_matter=self._profile.zeros_are_disclosive,
            equations=self._equations,
            names=self._names,
            pair=self._pair,
        )
        system.of = [[] for _ in range(len(system.value))]
        for number, (counts, _) in enumerate(system.equations):
            for count in counts.tolist():
                system.of[count].append(number)
        return system

    def _guard_again(self, inner: int, outer: int) -> None:
        at = self._gap[inner, outer] - len(self._real[0])
        self._guarded[at] = bool(small(self._left[at], self._profile))

    def _leave(self, value: float, *, guarded: bool) -> int:
        self._left.append(float(value))
        self._guarded.append(guarded and bool(small(value, self._profile)))
        return len(self._real[0]) + len(self._left) - 1

    def _add(self, parts: list[int], whole: int, name: str) -> None:
        counts = np.array([*parts, whole], dtype=np.int64)
        coefficients = np.ones(len(counts))
        coefficients[-1] = -1.0
        self._equations.append((counts, coefficients))
        self._names.append(name)

"""The counts of a table and how they add up, as one linear system.

Every relation becomes an equation between counts. What a relation leaves over is a count of its own:
the complement of a percentage, the gap between nested classes, the remainder of a partition that does
not cover its whole. So "complements and gaps are cells like any other" holds by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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
        Counts of which nobody may tell on which side of the threshold they are, where they are hidden: those
        of count, percentage and rate rows and of horizons.
    apart
        Of these, counts that may not be known to reach the threshold where they are hidden, however large they are.
    together
        Counts that are hidden where others are, by such a rule, and for no other reason.
    watched
        Counts that are shown as under the threshold or at it, in a band, and must not be told more closely.
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
    pairs
        The same as an array of gap, count within and count around, shape (gaps, 3).
    """

    value: Floats
    low: Floats
    high: Floats
    hidden: Mask
    strict: Mask
    apart: Mask
    together: Mask
    watched: Mask
    leftover: Mask
    guarded: Mask
    cost: Floats
    threshold: int
    zeros_matter: bool = False
    equations: list[tuple[Ints, Floats]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    of: list[list[int]] = field(default_factory=list)
    pair: dict[int, tuple[int, int]] = field(default_factory=dict)
    pairs: Ints = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))

    @property
    def counts(self) -> int:
        """How many counts there are, those left over included."""
        return len(self.value)

    def bounds(self) -> tuple[Floats, Floats]:
        """Return what a reader knows of every count as things stand.

        Of a gap he knows the rule as well: one between two published counts is nobody, or at least the
        threshold.
        """
        low = np.where(self.hidden, 0.0, self.low)
        high = np.where(self.hidden, FREE, self.high)
        gap, inner, outer = self.pairs.T
        shown = ~(self.hidden[inner] | self.hidden[outer])
        gap, inner, outer = gap[shown], inner[shown], outer[shown]
        least = np.maximum(self.low[outer] - self.high[inner], 0.0)
        most = self.high[outer] - self.low[inner]
        # The rule does not hold between counts that only packs of earlier records showed.
        true = self.value[gap]
        holds = (true == 0) | (true >= self.threshold)
        nobody = holds & (most < self.threshold)
        some = holds & (least > 0)
        low[gap] = np.where(nobody, 0.0, np.where(some, np.maximum(least, self.threshold), least))
        high[gap] = np.where(nobody, 0.0, most)
        return low, high

    def hide(self, count: int) -> None:
        """Withhold a count."""
        self.hidden[count] = True
        self.watched[count] = False
        self.cost[count] = np.inf

    def part(self, counts: Ints) -> System:
        """Return the system of some counts, all that hang together with them among them; what is hidden is copied."""
        place = {each: at for at, each in enumerate(counts.tolist())}
        numbers = sorted({number for each in counts.tolist() for number in self.of[each]})
        line = {number: at for at, number in enumerate(numbers)}
        equations = [self.equations[number] for number in numbers]
        pair = {
            place[each]: (place[self.pair[each][0]], place[self.pair[each][1]])
            for each in counts.tolist()
            if each in self.pair
        }
        masks = ("hidden", "strict", "apart", "together", "watched", "leftover", "guarded")
        return System(
            value=self.value[counts],
            low=self.low[counts],
            high=self.high[counts],
            cost=self.cost[counts],
            threshold=self.threshold,
            zeros_matter=self.zeros_matter,
            equations=[
                (np.array([place[each] for each in own.tolist()], dtype=np.int64), weights)
                for own, weights in equations
            ],
            names=[self.names[number] for number in numbers],
            of=[[line[number] for number in self.of[each]] for each in counts.tolist()],
            pair=pair,
            pairs=_pairs(pair),
            **{name: getattr(self, name)[counts] for name in masks},
        )


def _pairs(pair: Mapping[int, tuple[int, int]]) -> Ints:
    return np.array([(gap, *ends) for gap, ends in pair.items()], dtype=np.int64).reshape(-1, 3)


class Builder:
    """Collects counts and equations, and numbers them.

    Parameters
    ----------
    value
        The exact count of each real count.
    profile
        The rules in force.
    """

    def __init__(self, value: Floats, profile: DisclosureProfile) -> None:
        self._value = value
        self._exact: list[float] = value.tolist()
        self._profile = profile
        self._left: list[float] = []
        self._guarded: list[bool] = []
        self._seen: set[tuple[tuple[int, ...], int, bool]] = set()
        self._equations: list[tuple[Ints, Floats]] = []
        self._names: list[str] = []
        self._pair: dict[int, tuple[int, int]] = {}
        self._gap: dict[tuple[int, int], int] = {}
        self._of: list[list[int]] | None = None

    @property
    def counts(self) -> int:
        """How many counts there are, those left over included."""
        return len(self._value) + len(self._left)

    @property
    def equations(self) -> list[tuple[Ints, Floats]]:
        """The equations added so far, each as counts and coefficients that add up to zero."""
        return self._equations

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
        gap = self._leave(self._exact[outer] - self._exact[inner], guarded=guarded)
        self._pair[gap] = (inner, outer)
        self._gap[inner, outer] = gap
        self._add([inner, gap], outer, name)

    def add_up(self, parts: Iterable[int], whole: int, *, remainder: bool, name: str) -> None:
        """Add that parts add up to a whole, or, with a remainder, to at most the whole."""
        given = set(parts)
        members = tuple(sorted(given - {whole}))
        known = (members, whole, remainder)
        if not members or known in self._seen:
            return
        self._seen.add(known)
        if whole in given:
            # One part is the whole: all others are nobody.
            self._equations.append((np.array(members, dtype=np.int64), np.ones(len(members))))
            self._names.append(name)
            return
        if not remainder:
            self._add(list(members), whole, name)
            return
        inside = sum(self._exact[member] for member in members)
        left = self._leave(self._exact[whole] - inside, guarded=True)
        self._add([*members, left], whole, name)

    def system(
        self,
        *,
        low: Floats,
        high: Floats,
        hidden: Mask,
        strict: Mask,
        apart: Mask,
        together: Mask,
        watched: Mask,
        cost: Floats,
    ) -> System:
        """Return the system of all that was added; the arguments are of the real counts, see `System`."""
        extra = len(self._left)
        none = np.zeros(extra, dtype=bool)
        real = np.zeros(len(self._value), dtype=bool)
        return System(
            value=np.r_[self._value, self._left],
            low=np.r_[low, np.zeros(extra)],
            high=np.r_[high, np.full(extra, FREE)],
            hidden=np.r_[hidden, ~none],
            strict=np.r_[strict, none],
            apart=np.r_[apart, none],
            together=np.r_[together, none],
            watched=np.r_[watched, none],
            leftover=np.r_[real, ~none],
            guarded=np.r_[real, np.array(self._guarded, dtype=bool)],
            cost=np.r_[cost, np.full(extra, np.inf)],
            threshold=self._profile.threshold,
            zeros_matter=self._profile.zeros_are_disclosive,
            equations=self._equations,
            names=self._names,
            of=self._equations_of(),
            pair=self._pair,
            pairs=_pairs(self._pair),
        )

    def _equations_of(self) -> list[list[int]]:
        if self._of is None:
            self._of = [[] for _ in range(len(self._value) + len(self._left))]
            for number, (counts, _) in enumerate(self._equations):
                for count in counts.tolist():
                    self._of[count].append(number)
        return self._of

    def _guard_again(self, inner: int, outer: int) -> None:
        at = self._gap[inner, outer] - len(self._value)
        self._guarded[at] = self._is_small(self._left[at])

    def _is_small(self, value: float) -> bool:
        least = 0 if self._profile.zeros_are_disclosive else 1
        return least <= value < self._profile.threshold

    def _leave(self, value: float, *, guarded: bool) -> int:
        self._left.append(float(value))
        self._guarded.append(guarded and self._is_small(value))
        return len(self._value) + len(self._left) - 1

    def _add(self, parts: list[int], whole: int, name: str) -> None:
        counts = np.array([*parts, whole], dtype=np.int64)
        coefficients = np.ones(len(counts))
        coefficients[-1] = -1.0
        self._equations.append((counts, coefficients))
        self._names.append(name)

"""The hazard ratios that a Cox model gives on average, from what is known of the families drawn.

A family's ratio holds given all that it was drawn with. A model knows less: some first sets on record are
not a mother's first, some mothers can no longer return, and some private families return before the
case before has ended. Its estimates then lie about the ratios that solve the expected score equations,
those of Struthers and Kalbfleisch (1986), Biometrika 73:363-369. Where a model leaves nothing out they
are the ratios that families were drawn with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.expectations import Baseline, Followed, expected_months
from fjanalysis.sources.synthetic.records import Ints

MONTHS = 12 * 26  # as long as anybody can be followed
STEPS = 30
PRECISE = 1e-10


@dataclass
class Ratios:
    """Expected events and time at risk by combination of covariates and month.

    Parameters
    ----------
    measure, whole
        The measure, and the group of its results without a level.
    factors
        Levels of each covariate; the first is what the others are compared with.
    baseline
        The cumulative hazard of a family whose ratio is 1.
    """

    measure: str
    whole: str
    factors: Mapping[str, Sequence[str]]
    baseline: Baseline
    place: tuple[str, str] = ("", "")
    _events: Floats = field(init=False)
    _at_risk: Floats = field(init=False)

    def __post_init__(self) -> None:
        cells = int(np.prod([len(levels) for levels in self.factors.values()]))
        # The first column holds those who return at once.
        self._events, self._at_risk = np.zeros((2, cells, MONTHS + 1))

    def add(self, followed: Followed, codes: Sequence[Ints], place: tuple[str, str]) -> None:
        """Add families of an area and period (`place`), with the level of each covariate by its number."""
        self.place = place
        sizes = tuple(len(levels) for levels in self.factors.values())
        cell = np.ravel_multi_index(tuple(codes), sizes)
        cells = len(self._events)
        for column, (events, time) in enumerate(expected_months(followed, self.baseline, MONTHS)):
            self._events[:, column] += np.bincount(cell, events, cells)
            self._at_risk[:, column] += np.bincount(cell, time, cells)

    def values(self) -> Iterator[tuple[str, float, float]]:
        """Yield group, hazard ratio and number of families of each level; none where nobody was added."""
        sizes = tuple(len(levels) for levels in self.factors.values())
        families = self._at_risk[:, 0]
        there = np.flatnonzero(families > 0)
        if len(there) == 0:
            return
        levels = np.unravel_index(there, sizes)
        columns = [
            (name, level, own == code)
            for (name, names), own in zip(self.factors.items(), levels, strict=True)
            for code, level in enumerate(names)
        ]
        first = {name: names[0] for name, names in self.factors.items()}
        used = [
            place
            for place, (name, level, mine) in enumerate(columns)
            if level != first[name] and mine.any()
        ]
        design = np.column_stack([columns[place][2] for place in used]).astype(np.float64)
        found = dict(
            zip(used, solved(design, self._events[there], self._at_risk[there]), strict=True)
        )
        head = f"{self.whole}; " if self.whole else ""
        for place, (name, level, mine) in enumerate(columns):
            ratio = float(np.exp(found.get(place, 0.0)))
            if mine.any():
                yield f"{head}{name}: {level}", ratio, float(families[there][mine].sum())


def solved(design: Floats, events: Floats, at_risk: Floats) -> Floats:
    """Return the log hazard ratios at which the expected score of Cox's partial likelihood is nought.

    Parameters
    ----------
    design
        Covariates by combination, shape (c, p).
    events, at_risk
        Expected events and time at risk by combination and month, shape (c, m).

    Raises
    ------
    ArithmeticError
        Newton's method does not end.
    """
    log_ratios = np.zeros(design.shape[1])
    dying = events.sum(axis=0)
    kept = (dying > 0) & (at_risk.sum(axis=0) > 0)
    dying, at_risk = dying[kept], at_risk[:, kept]
    observed = design.T @ events[:, kept].sum(axis=1)
    for _ in range(STEPS):
        weighted = np.exp(design @ log_ratios)[:, None] * at_risk
        total = weighted.sum(axis=0)
        means = design.T @ weighted / total
        second = design.T @ (design * (weighted @ (dying / total))[:, None])
        step = np.linalg.solve(second - (means * dying) @ means.T, observed - means @ dying)
        log_ratios += step
        if np.abs(step).max(initial=0.0) < PRECISE:
            return log_ratios
    raise ArithmeticError("The expected hazard ratios do not converge.")

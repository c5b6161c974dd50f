"""What the analyses should find, exactly: expected curves and shares of the families that were drawn.

Each family's chances are known. Their sums over a cohort, with everybody followed as long as the
refresh allows, are what an estimator without bias gives on average: what it finds differs by chance
alone. Sums are kept, so that chunks add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.people import YEAR
from fjanalysis.sources.synthetic.records import Bools, Ints

MONTHS = 120
HORIZONS = (1, 2, 3, 4, 5, 7, 8, 10)
Key = tuple[str, str, str, str]  # measure, area, period, group


@dataclass(frozen=True)
class Baseline:
    """The cumulative hazard of a family whose hazard ratio is 1, by years.

    A share `early` of those who would ever return does so at once.
    """

    years: Floats
    shares: Floats
    early: float = 0.0

    def at(self, years: Floats) -> Floats:
        """Return the cumulative hazard at each time."""
        return np.interp(years, self.years, c.cumulative_hazard(self.shares))


RETURNS = Baseline(c.RETURN_YEARS, c.RETURN_SHARE)
PRIVATE_RETURNS = Baseline(c.PRIVATE_RETURN_YEARS, c.PRIVATE_RETURN_SHARE, c.PRIVATE_RETURN_EARLY)


@dataclass(frozen=True)
class Followed:
    """Families from their time zero on, a row each.

    Parameters
    ----------
    ratio
        Hazard ratio of a return.
    until
        Days for which a family is followed.
    possible
        Days for which a return is possible; those for whom it no longer is stay at risk.
    """

    ratio: Floats
    until: Ints
    possible: Ints


def expected_months(
    followed: Followed, baseline: Baseline, months: int
) -> Iterator[tuple[Floats, Floats]]:
    """Yield by family those expected to return at once, of one each, and then events and years at risk by month."""
    ratio = followed.ratio
    never = np.exp(-ratio * baseline.at(np.array([1e9])))
    yield baseline.early * (1 - never), np.ones(len(ratio))
    until, possible = followed.until / YEAR, followed.possible / YEAR
    for month in range(months):
        begin, end = month / 12, (month + 1) / 12
        here = np.clip(until - begin, 0, end - begin)
        able = np.clip(np.minimum(until, possible) - begin, 0, end - begin)
        middle = np.minimum(begin + 0.5 * here, possible)
        alone = (1 - baseline.early) * np.exp(-ratio * baseline.at(middle))
        slope = (baseline.at(np.array([end])) - baseline.at(np.array([begin]))) * 12
        yield alone * ratio * slope * able, (alone + baseline.early * never) * here


@dataclass
class Curves:
    """Expected cumulative shares: the hazard of each month among those expected to be at risk in it."""

    events: dict[Key, Floats] = field(default_factory=dict)
    at_risk: dict[Key, Floats] = field(default_factory=dict)
    at_once: dict[Key, Floats] = field(default_factory=dict)

    def add(self, followed: Followed, groups: Mapping[Key, Bools], baseline: Baseline) -> None:
        """Add families, and to which groups each belongs."""
        cell, member = _cells(groups)

        def summed(each: Floats) -> Floats:
            return np.asarray(np.bincount(cell, each, len(member)) @ member)

        found = [
            (summed(event), summed(risk))
            for event, risk in expected_months(followed, baseline, MONTHS)
        ]
        gone = np.stack(found[0], axis=1)
        events, at_risk = np.moveaxis(np.array(found[1:]), 1, 0)
        for place, key in enumerate(groups):
            for kept, now in (
                (self.events, events[:, place]),
                (self.at_risk, at_risk[:, place]),
                (self.at_once, gone[place]),
            ):
                kept[key] = kept.get(key, np.zeros(len(now))) + now

    def percents(self) -> Iterator[tuple[Key, str, float, float]]:
        """Yield key, horizon, cumulative percent and number of families, where any are still followed."""
        for key, events in self.events.items():
            risk = self.at_risk[key]
            first, families = self.at_once[key]
            hazard = np.divide(events, risk * 12, out=np.zeros(MONTHS), where=risk > 0)
            stay = (1 - first / max(families, 1)) * np.exp(-np.cumsum(hazard))
            for years in HORIZONS:
                if risk[12 * years - 1] > 0:
                    horizon = "1 year" if years == 1 else f"{years} years"
                    yield key, horizon, float(100 * (1 - stay[12 * years - 1])), float(families)


def _cells(groups: Mapping[Key, Bools]) -> tuple[Ints, Floats]:
    """Return the cell of each row, alike where the groups are, and the groups of each cell (0 or 1)."""
    member = np.array(list(groups.values()), dtype=bool)
    packed = np.packbits(member, axis=0).T.copy()
    rows = packed.view(f"V{packed.shape[1]}").ravel()
    _, first, cell = np.unique(rows, return_index=True, return_inverse=True)
    return cell, member[:, first].T.astype(np.float64)


@dataclass
class Shares:
    """Expected percentages: sums of chances over the persons or cases that have them."""

    sums: dict[Key, Floats] = field(default_factory=dict)

    def add(self, chances: Floats, groups: Mapping[Key, Bools]) -> None:
        """Add chances of rows, and to which groups each belongs."""
        for key, mine in groups.items():
            if mine.any():
                more = np.array([chances[mine].sum(), mine.sum()])
                self.sums[key] = self.sums.get(key, np.zeros(2)) + more

    def percents(self) -> Iterator[tuple[Key, float, float]]:
        """Yield key, percent and number of rows."""
        for key, (total, rows) in self.sums.items():
            yield key, float(100 * total / rows), float(rows)

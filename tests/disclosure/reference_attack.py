"""An attacker written for tests alone: exact intervals of withheld counts, by integer programme.

He shares no code with the package. He knows every sum, every containment and which rows show the same count; that
counts are whole and not negative; the rounding base; and the rule: what is shown is nobody or at least the
threshold, and so is a complement or a gap between two counts that are both shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from tests.disclosure.hierarchies import Count, Truth

THRESHOLD = 10
KEY = ("measure", "statistic", "area", "period", "group")
FAR = 4_000.0


@dataclass
class Attack:
    """What is known of the counts of a table, as an integer programme.

    Parameters
    ----------
    names
        The counts.
    true
        What they really are, which only the test knows.
    secret
        The counts that a withheld row hides and no pack shows.
    low, high
        What is known of each unknown; gaps and switches stand after the counts.
    rows
        Linear rows: unknowns with weights, and the least and most of their sum.
    """

    names: list[Count]
    true: np.ndarray
    secret: list[int]
    low: list[float]
    high: list[float]
    rows: list[tuple[dict[int, float], float, float]]

    def furthest(self, counts: Sequence[int], goals: Sequence[float]) -> np.ndarray | None:
        """Return a table in which as many counts as can be reach their goals (below the truth: fall to them)."""
        n, m = len(self.low), len(counts)
        rows = list(self.rows)
        for at, (count, goal) in enumerate(zip(counts, goals, strict=True)):
            if goal >= self.true[count]:
                rows.append(({count: 1.0, n + at: -goal}, 0.0, np.inf))
            else:
                rows.append(({count: 1.0, n + at: FAR - goal}, -np.inf, FAR))
        return _solved(
            np.r_[np.zeros(n), -np.ones(m)], rows, [*self.low, *[0.0] * m], [*self.high, *[1.0] * m]
        )

    def interval(self, count: int) -> tuple[float, float]:
        """Return the least and the largest number that a count can be."""
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(self.low))
            goal[count] = sign
            found = _solved(goal, self.rows, self.low, self.high)
            assert found is not None, "no table fits the pack"
            ends.append(float(found[count]))
        return ends[0], ends[1]


def attack_of(truth: Truth, released: Sequence[pd.DataFrame], base: int) -> Attack:
    """Return the attack on a table through the packs that were made from it."""
    names = list(truth.value)
    place = {name: at for at, name in enumerate(names)}
    true = np.array([truth.value[name] for name in names], dtype=np.float64)
    low, high = [0.0] * len(names), [FAR] * len(names)
    seen: set[int] = set()
    hidden: set[int] = set()
    together: set[tuple[Count, Count]] = set()
    for pack in released:
        for row in pack[pack["stream"] == truth.stream].to_dict("records"):
            count, of = truth.shown[tuple(str(row[name]) for name in KEY)]
            for name, column in ((count, "numerator"), (of, "denominator")):
                if name is None:
                    continue
                number = row[column]
                if pd.isna(number):
                    assert row["status"] == "c"
                    hidden.add(place[name])
                    continue
                seen.add(place[name])
                least, most = _interval(float(number), base)
                low[place[name]] = max(low[place[name]], least)
                high[place[name]] = min(high[place[name]], most)
            if of is not None and row["status"] == "ok":
                together.add((count, of))
    rows: list[tuple[dict[int, float], float, float]] = []
    for parts, whole in truth.sums:
        rows.append(({**{place[part]: 1.0 for part in parts}, place[whole]: -1.0}, 0.0, 0.0))
    for inner, outer in truth.within:
        a, b = place[inner], place[outer]
        if {a, b} <= seen and (inner, outer) in truth.guarded:
            gap, some = len(low), len(low) + 1
            low += [0.0, 0.0]
            high += [FAR, 1.0]
            rows.append(({b: 1.0, a: -1.0, gap: -1.0}, 0.0, 0.0))
            rows.append(({gap: 1.0, some: -float(THRESHOLD)}, 0.0, np.inf))
            rows.append(({gap: 1.0, some: -FAR}, -np.inf, 0.0))
        else:
            rows.append(({b: 1.0, a: -1.0}, 0.0, np.inf))
    return Attack(names, true, sorted(hidden - seen), low, high, rows)


def _interval(shown: float, base: int) -> tuple[float, float]:
    if shown == 0:
        return 0.0, 0.0
    half = base // 2
    return max(shown - half, float(THRESHOLD)), shown + half


def _solved(
    goal: np.ndarray,
    rows: Sequence[tuple[dict[int, float], float, float]],
    low: Sequence[float],
    high: Sequence[float],
) -> np.ndarray | None:
    line = np.concatenate([np.full(len(row), at) for at, (row, _, _) in enumerate(rows)])
    column = np.concatenate([np.fromiter(row, dtype=np.int64) for row, _, _ in rows])
    weight = np.concatenate([np.fromiter(row.values(), dtype=np.float64) for row, _, _ in rows])
    matrix = sparse.csr_matrix((weight, (line, column)), shape=(len(rows), len(low)))
    least, most = (np.array([row[at] for row in rows]) for at in (1, 2))
    # A presolver may take a programme for infeasible that is not: then it is solved without.
    for presolve in (True, False):
        result = optimize.milp(
            goal,
            constraints=optimize.LinearConstraint(matrix, least, most),
            integrality=np.ones(len(low)),
            bounds=optimize.Bounds(np.array(low), np.array(high)),
            options={"presolve": presolve},
        )
        if result.x is not None:
            return np.round(result.x)
    return None


@dataclass(frozen=True)
class Finding:
    """A withheld count that is told, and the interval that the attacker finds."""

    count: Count
    true: int
    low: float
    high: float


def findings(attack: Attack, *, both_sides: bool) -> list[Finding]:
    """Return the withheld counts of somebody whose interval tells too much.

    Parameters
    ----------
    attack
        What is known.
    both_sides
        Whether each interval must reach from under the threshold to at least it; else one that is known to
        reach the threshold tells of nobody few, and passes.
    """
    pending = [count for count in attack.secret if attack.true[count] > 0]
    least = dict(zip(pending, attack.true[pending].tolist(), strict=True))
    most = dict(least)
    for way in (1, -1, 1):
        left = [c for c in pending if not _passes(least[c], most[c], both_sides=both_sides)]
        if not left:
            return []
        goals = [
            max(least[c] + THRESHOLD, THRESHOLD)
            if way > 0
            else min(most[c] - THRESHOLD, THRESHOLD - 1.0)
            for c in left
        ]
        found = attack.furthest(left, [max(goal, 0.0) for goal in goals])
        assert found is not None, "no table fits the pack"
        for count in pending:
            least[count] = min(least[count], float(found[count]))
            most[count] = max(most[count], float(found[count]))
    out = []
    for count in pending:
        if _passes(least[count], most[count], both_sides=both_sides):
            continue
        low, high = attack.interval(count)
        known = not both_sides and low >= THRESHOLD
        if not known and not _passes(low, high, both_sides=both_sides):
            out.append(Finding(attack.names[count], int(attack.true[count]), low, high))
    return out


def _passes(low: float, high: float, *, both_sides: bool) -> bool:
    wide = high - low >= THRESHOLD and high >= THRESHOLD
    return wide and (low < THRESHOLD or not both_sides)


def attack_on_curves(exact: pd.DataFrame, released: pd.DataFrame, whole: str) -> Attack:
    """Return the attack on life tables of areas and of their whole, through the bands that are shown of each.

    Parameters
    ----------
    exact
        Yearly life tables and the cumulative percentages read from them, all of one measure.
    released
        The same rows as released.
    whole
        The area that all others add up to.
    """
    names: list[Count] = []
    true: list[float] = []
    low: list[float] = []
    high: list[float] = []
    place: dict[tuple[str, str, int], int] = {}
    shown = _totals(released)
    for (part, area, year), number in _totals(exact).items():
        place[part, area, year] = len(names)
        names.append((part, area, str(year), "", "n"))
        true.append(number)
        least, most = _band(part, shown[part, area, year])
        low.append(least)
        high.append(most)
    hidden = []
    for row in released[released["statistic"] == "cumulative_percent"].to_dict("records"):
        year = int(row["horizon"].split()[0])
        count = place["events", row["area"], year]
        if row["status"] == "c":
            hidden.append(count)
            continue
        least, most = _band("events", float(row["numerator"]))
        low[count], high[count] = max(low[count], least), min(high[count], most)
    rows: list[tuple[dict[int, float], float, float]] = []
    for (part, area, year), count in place.items():
        if area == whole:
            parts = {place[part, other, year]: 1.0 for other in _areas(place) if other != whole}
            rows.append(({**parts, count: -1.0}, 0.0, 0.0))
        if part == "at_risk":
            continue
        if year:
            rows.append(({count: 1.0, place[part, area, year - 1]: -1.0}, 0.0, np.inf))
        both = {place[each, area, year]: -1.0 for each in ("events", "censored")}
        rows.append(({place["at_risk", area, 0]: 1.0, **both}, 0.0, np.inf))
    return Attack(names, np.array(true), sorted(hidden), low, high, rows)


def _areas(place: dict[tuple[str, str, int], int]) -> list[str]:
    return sorted({area for _, area, _ in place})


def _totals(rows: pd.DataFrame) -> dict[tuple[str, str, int], float]:
    """Return running totals of events and censorings by area and year, and everybody at time zero."""
    counts = rows[rows["statistic"] == "count"]
    found = {}
    for (area, measure), own in counts.groupby(["area", "measure"]):
        part = next(each for each in ("at_risk", "events", "censored") if measure.endswith(each))
        year = own["horizon"].str.split().str[0].astype(int) // 12
        number = own["numerator"].astype("float64").to_numpy()[np.argsort(year.to_numpy())]
        totals = number[:1] if part == "at_risk" else np.cumsum(number)
        found.update({(part, str(area), at): float(total) for at, total in enumerate(totals)})
    return found


def _band(part: str, shown: float) -> tuple[float, float]:
    """Return what a released total says: everybody is rounded to base 5, the others are in bands of 11."""
    if np.isnan(shown):
        return 0.0, FAR
    if part == "at_risk":
        return _interval(shown, 5)
    return (0.0, 10.0) if shown == 0 else (shown - 5, shown + 5)

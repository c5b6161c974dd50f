"""Every count and curve of recurrence again, slowly and obviously: plain Python over rows of a refresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.streams.plain_curves import Life, Numbers, curve, months_later, summaries
from tests.streams.urgent_hearings.plain import RUNGS, Records, completed_years

SEXES = {"mother": "female", "father": "male"}
EVENTS = ("any_return", "new_child_return")
Expected = dict[tuple[str, ...], Numbers]
Places = Sequence[tuple[str, str, str, str, set[int]]]


@dataclass(frozen=True)
class Parent:
    """A parent of the cohort."""

    parent: str
    index: date
    areas: frozenset[str]
    levels: Mapping[str, str]
    returned: Mapping[str, date | None]
    order: tuple[str, date] | None
    issues: Sequence[date]

    @property
    def year(self) -> int:
        """The financial year of the index issue, by the year in which it begins."""
        return self.index.year - (self.index.month < 4)


def areas_of(case: Mapping[str, Any]) -> frozenset[str]:
    """Return the areas that a case is in."""
    nation = {"England": "E92000001", "Wales": "W92000004"}[case["nation"]]
    known = {case["region"], case["dfj_area"]} - {None}
    return frozenset({"K04000001", nation, *known})


def all_sets(records: Records) -> Iterator[tuple[str, str, list[str], list[list[str]]]]:
    """Yield each mother and father with their children and sets."""
    for parent, sex in SEXES.items():
        of_child = {child: records.parent(child, sex) for child in records.children()}
        for person in sorted({each for each in of_child.values() if each}):
            owned = [child for child, own in of_child.items() if own == person]
            yield parent, person, owned, records.sets_of(owned)


def cohort(records: Records, starts: Mapping[str, date]) -> list[Parent]:
    """Return the parents whose first set is issued from the start of its nation."""
    found = []
    for parent, person, owned, sets in all_sets(records):
        index = records.issue_of_set(sets[0])
        case = records.case[sets[0][0]]
        if index < starts[case["nation"]]:
            continue
        named = {child for child in owned if index in first_named(records, child)}
        births = [records.person[child]["birth_week"] for child in named]
        known = [born for born in births if born is not None]
        week = records.person[person]["birth_week"]
        age = completed_years(week, index) if week else None
        if week and any(
            completed_years(week, born) < 12
            or (parent == "mother" and completed_years(week, born) > 60)
            for born in known
        ):
            age = None
        if parent == "mother" and age is not None and not 14 <= age <= 50:
            continue
        issues = [records.issue_of_set(cases) for cases in sets]
        new = [
            issue
            for issue, cases in zip(issues[1:], sets[1:], strict=True)
            if any(
                (records.person[child]["birth_week"] or date.min) > index
                for child in owned
                for row in records.applications_of(child)
                if row["case_id"] in cases
            )
        ]
        orders = [
            order
            for child in owned
            if any(row["case_id"] in sets[0] for row in records.applications_of(child))
            for order in records.orders_of(child, sets[0])
        ]
        found.append(
            Parent(
                parent,
                index,
                areas_of(case),
                {
                    "age": band(age, (20, 25, 30, 35), AGES),
                    "children": band(len(named) or None, (2, 3, 4), NUMBERS),
                    "youngest child": band(
                        completed_years(max(known), index) if known else None, (1, 5, 10), YOUNGEST
                    ),
                    "index period": f"{'before' if index < date(2014, 4, 1) else 'from'} April 2014",
                },
                {
                    "any_return": issues[1] if len(issues) > 1 else None,
                    "new_child_return": new[0] if new else None,
                },
                (RUNGS[min(orders)[0]], min(orders)[1]) if orders else None,
                issues,
            )
        )
    return found


AGES = ("under 20", "20 to 24", "25 to 29", "30 to 34", "35 and over")
NUMBERS = ("1", "2", "3", "4 and over")
YOUNGEST = ("under 1", "1 to 4", "5 to 9", "10 and over")


def band(number: int | None, bounds: Sequence[int], names: Sequence[str]) -> str:
    """Return the name of the band that a number is in."""
    return "unknown" if number is None else names[sum(number >= bound for bound in bounds)]


def first_named(records: Records, child: str) -> set[date]:
    """Return the days of the first application of each case that names a child."""
    own = records.applications_of(child)
    return {
        min(row["issue_date"] for row in own if row["case_id"] == case)
        for case in {row["case_id"] for row in own}
    }


def life(parent: Parent, event: str, end: date) -> Life:
    """Return a parent's time from the index issue."""
    return Life(parent.index, parent.returned[event], end)


def index_parents(parents: Sequence[Parent], places: Places) -> Expected:
    """Return the number of parents by area and period."""
    return {
        (area, period, "index_parents", "count", f"parent: {sex}", ""): (number, number, None)
        for area, level, period, kind, years in places
        if level != "dfj-area" or kind != "year"
        for sex in SEXES
        for number in [len(within(parents, area, years, sex))]
    }


def within(parents: Sequence[Parent], area: str, years: set[int], sex: str) -> list[Parent]:
    """Return the parents of an area and period."""
    return [
        each for each in parents if each.parent == sex and area in each.areas and each.year in years
    ]


def returns(parents: Sequence[Parent], places: Places, end: date) -> Expected:
    """Return the curves of every area and period, and over the whole window their summaries."""
    found: Expected = {}
    for area, level, period, kind, years in places:
        if level == "dfj-area" and kind == "year":
            continue
        for sex in SEXES:
            own = within(parents, area, years, sex)
            for event in EVENTS if own else ():
                lives = [life(each, event, end) for each in own]
                monthly = kind == "whole" and level != "dfj-area"
                rows = curve(lives, event, f"parent: {sex}", 1 if monthly else 12)
                if kind == "whole":
                    rows |= summaries(lives, event, f"parent: {sex}")
                found |= {(area, period, *key): value for key, value in rows.items()}
    return found


def by_level(
    parents: Sequence[Parent],
    places: Places,
    level_of: Callable[[Parent, str], tuple[str, str] | None],
    life_of: Callable[[Parent, str], Life | None],
) -> Expected:
    """Return curves and summaries in nations over the whole window, by what `level_of` says of a parent and event."""
    found: Expected = {}
    for area, level, period, kind, years in places:
        if level not in ("nations", "nation") or kind != "whole":
            continue
        for sex in SEXES:
            for event in EVENTS:
                groups: dict[str, list[Life]] = {}
                for each in within(parents, area, years, sex):
                    own, lived = level_of(each, event), life_of(each, event)
                    if own and lived:
                        words = sorted([f"parent: {sex}", ": ".join(own)])
                        groups.setdefault("; ".join(words), []).append(lived)
                for group, lives in groups.items():
                    rows = curve(lives, event, group, 1) | summaries(lives, event, group)
                    found |= {(area, period, *key): value for key, value in rows.items()}
    return found


def later(parents: Sequence[Parent], places: Places, end: date) -> Expected:
    """Return the curves from the second set to the third, and from the third to the fourth."""
    found: Expected = {}
    for area, level, period, kind, years in places:
        if level not in ("nations", "nation") or kind != "whole":
            continue
        for sex in SEXES:
            for number in (2, 3):
                lives = [
                    Life(each.issues[number - 1], next(iter(each.issues[number:]), None), end)
                    for each in within(parents, area, years, sex)
                    if len(each.issues) >= number
                ]
                if lives:
                    rows = curve(lives, "later_return", f"from set: {number}; parent: {sex}", 1)
                    found |= {(area, period, *key): value for key, value in rows.items()}
    return found


def sets_per_parent(
    parents: Sequence[Parent], places: Places
) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return how many parents had so many sets, of how many."""
    return {
        (area, period, f"parent: {sex}; sets: {NUMBERS[number - 1]}"): (
            sum(min(len(each.issues), 4) == number for each in own),
            len(own),
        )
        for area, level, period, kind, years in places
        if level != "dfj-area" or kind != "year"
        for sex in SEXES
        for own in [within(parents, area, years, sex)]
        for number in (1, 2, 3, 4)
    }


def seen_before(
    records: Records, places: Places, starts: Mapping[str, date], look_back: int
) -> dict[tuple[str, ...], tuple[int, int] | None]:
    """Return how many of a period's sets are of a mother seen before, of how many; None: not applicable."""
    sets = []
    for parent, _, _, own in all_sets(records):
        before: date | None = None
        for cases in own if parent == "mother" else ():
            issue = records.issue_of_set(cases)
            near = before is not None and before >= months_later(issue, -12 * look_back)
            areas = areas_of(records.case[cases[0]])
            sets.append((areas, issue.year - (issue.month < 4), before is not None, near))
            before = issue
    found: dict[tuple[str, ...], tuple[int, int] | None] = {}
    for area, level, period, kind, years in places:
        if level == "dfj-area" and kind == "year":
            continue
        own = [each for each in sets if area in each[0] and each[1] in years]
        found[area, period, "look-back: ever; parent: mother"] = (
            sum(ever for _, _, ever, _ in own),
            len(own),
        )
        whole = date(min(years), 4, 1) >= months_later(starts[area], 12 * look_back)
        found[area, period, f"look-back: {look_back} years; parent: mother"] = (
            (sum(near for *_, near in own), len(own)) if whole else None
        )
    return found

"""Small random care proceedings with ties and faults, and the slow, obvious reading of their sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa
from hypothesis import strategies as st

from fjanalysis.streams.cohort import Cohort

FIRST_DAY = date(2010, 1, 4)
CHILDREN = ("Ek1", "Ek2", "Ek3", "Ek4")
ADULTS = {"Em1": "female", "Em2": "female", "Ef1": "male", "Ef2": "male", "Eu1": "unknown"}


@dataclass(frozen=True)
class Family:
    """Rows as they stand in a refresh, as plain tuples."""

    applications: list[tuple[str, str, str, date]]
    subjects: list[tuple[str, str]]
    parties: list[tuple[str, str, bool]]
    births: dict[str, date | None]
    relationships: list[tuple[str, str, str]]
    sexes: dict[str, str] = field(default_factory=lambda: dict(ADULTS))

    def tables(self) -> dict[str, pa.Table]:
        """Return the four tables that the sets are made from."""
        people = sorted({*self.births, *self.sexes})
        case_of = {row[0]: row[1] for row in self.applications}
        roles = [(a, case_of[a], person, "subject", True) for a, person in self.subjects] + [
            (a, case_of[a], person, "respondent", party) for a, person, party in self.parties
        ]
        return {
            "applications": _table(
                self.applications, ["application_id", "case_id", "application_type", "issue_date"]
            ),
            "roles": _table(
                sorted(set(roles)), ["application_id", "case_id", "person_id", "role", "is_party"]
            ),
            "persons": _table(
                [(p, self.sexes.get(p, "unknown"), self.births.get(p)) for p in people],
                ["person_id", "sex", "birth_week"],
            ),
            "relationships": _table(
                sorted(set(self.relationships)), ["person_id", "related_id", "relationship"]
            ),
        }


TYPES = {"issue_date": pa.date32(), "birth_week": pa.date32(), "is_party": pa.bool_()}


def _table(rows: list, names: list[str]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {
            n: pa.array(list(c), TYPES.get(n, pa.string()))
            for n, c in zip(names, columns, strict=True)
        }
    )


@st.composite
def families(draw: st.DrawFn, cases: int = 6, days: int = 80) -> Family:
    """Return families whose cases crowd on the same few days."""
    applications, subjects, parties = [], [], []
    for number in range(draw(st.integers(1, cases))):
        for part in range(draw(st.integers(1, 2))):
            application = f"Ea{number}{part}"
            kind = draw(st.sampled_from(["care", "care", "supervision", "emergency protection"]))
            issue = FIRST_DAY + timedelta(days=draw(st.integers(0, days)))
            # Case ids run against time, so that an order by id alone would show.
            applications.append((application, f"Ec{9 - number}", kind, issue))
            named = draw(st.lists(st.sampled_from(CHILDREN), max_size=2, unique=True))
            subjects += [(application, child) for child in named]
            here = draw(st.lists(st.sampled_from(sorted(ADULTS)), max_size=2, unique=True))
            parties += [(application, adult, draw(st.booleans())) for adult in here]
    weeks = st.none() | st.integers(-4, days // 7).map(lambda w: FIRST_DAY + timedelta(weeks=w))
    births = {child: draw(weeks) for child in CHILDREN}
    relationships = []
    for child in CHILDREN:
        for adult in draw(st.lists(st.sampled_from(sorted(ADULTS)), max_size=3, unique=True)):
            both = [(child, adult, "parent"), (adult, child, "child")]
            relationships += draw(st.sampled_from([both, both[:1], both[1:]]))
    return Family(applications, subjects, parties, births, relationships)


def cohort_of(family: Family) -> Cohort:
    """Return a database that holds the family's tables."""
    return Cohort(tables=family.tables())


def slow_parent(family: Family, child: str, sex: str, end: date) -> str | None:
    """Return the child's known mother (sex female) or father, read row by row."""
    recorded = {b for a, b, kind in family.relationships if kind == "parent" and a == child}
    recorded |= {a for a, b, kind in family.relationships if kind == "child" and b == child}
    recorded = {person for person in recorded if family.sexes.get(person) == sex}
    if len(recorded) == 1:
        return recorded.pop()
    s31 = {
        a
        for a, _, kind, day in family.applications
        if kind in ("care", "supervision") and day <= end
    }
    naming = {a for a, person in family.subjects if person == child and a in s31}
    in_court = {person for a, person, party in family.parties if party and a in naming}
    parties = recorded & in_court
    return parties.pop() if len(parties) == 1 else None


def slow_sets(
    family: Family, end: date, gap: int, new_baby_starts_set: bool
) -> dict[tuple[str, str], list[list[str]]]:
    """Return by owner and person the lists of case ids of each set, in order, read row by row."""
    s31 = [
        row for row in family.applications if row[2] in ("care", "supervision") and row[3] <= end
    ]
    owners: dict[tuple[str, str], set[str]] = {}
    for child in CHILDREN:
        if not any(a == row[0] and c == child for a, c in family.subjects for row in s31):
            continue
        mother = slow_parent(family, child, "female", end)
        father = slow_parent(family, child, "male", end)
        owners.setdefault(("mother", mother) if mother else ("child", child), set()).add(child)
        if father:
            owners.setdefault(("father", father), set()).add(child)
    found = {}
    for owner, children in owners.items():
        issue: dict[str, date] = {}
        for application, case, _, _ in s31:
            if any(a == application and c in children for a, c in family.subjects):
                issue[case] = min(row[3] for row in s31 if row[1] == case)
        sets: list[list[str]] = []
        first = before = date.min
        for case in sorted(issue, key=lambda each: (issue[each], each)):
            day = issue[case]
            opening = {a for a, c, _, d in s31 if c == case and d == day}
            named = {c for a, c in family.subjects if a in opening and c in children}
            new_baby = any((family.births[c] or date.min) > first for c in named)
            if not sets or (day - before).days > gap or (new_baby and new_baby_starts_set):
                sets.append([])
                first = day
            sets[-1].append(case)
            before = day
        found[owner] = sets
    return found

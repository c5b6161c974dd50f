"""Public-law cases besides care proceedings: emergency protection before, other applications after."""

from __future__ import annotations

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import people
from fjanalysis.sources.synthetic.proceedings import DATA_START, Care
from fjanalysis.sources.synthetic.records import (
    APPLICATION,
    ORDER,
    PUBLIC,
    RESPONDENT,
    SUBJECT,
    Ints,
    World,
    year_of,
)


def draw(world: World, care: Care, random: np.random.Generator) -> None:
    """Add the other public-law cases of the children in care proceedings."""
    _emergency(world, care, random)
    _later_cases(world, care, random)


def _emergency(world: World, care: Care, random: np.random.Generator) -> None:
    """Add emergency protection orders of newborn babies: before care proceedings, and without."""
    newborn = np.flatnonzero(care.child_age < 14)
    row = care.child_row[newborn]
    share = c.at(c.EPO_BEFORE_NEWBORN, year_of(care.issue[row]))
    before = newborn[random.random(len(newborn)) < share]
    _epo(world, care, before, 0, random)
    without = newborn[random.random(len(newborn)) < share * c.EPO_NOT_FOLLOWED]
    _epo(world, care, without, 400, random)


def _epo(world: World, care: Care, rows: Ints, apart: int, random: np.random.Generator) -> None:
    """Add EPO applications for children `rows`; with `apart`, for a baby of nobody known else."""
    row, size = care.child_row[rows], len(rows)
    child, mother = care.child[rows], care.mother[row]
    issue = care.issue[row] - np.minimum(random.integers(0, 8, size), care.child_age[rows])
    if apart:
        issue = care.issue[row] + random.integers(-apart, apart, size)
        persons = world.persons
        mother = persons.add(
            sex=0,
            birth=issue - people.first_birth_age(size, random),
            region=care.region[row],
            fifth=persons.column("fifth")[mother],
            ethnicity=persons.column("ethnicity")[mother],
        )
        child = persons.add(
            sex=random.integers(0, 2, size),
            birth=issue - random.integers(0, 10, size),
            region=care.region[row],
            fifth=persons.column("fifth")[mother],
            ethnicity=persons.column("ethnicity")[mother],
            mother=mother,
        )
    own_case = np.ones(size, dtype=bool) if apart else random.random(size) < 0.5
    start = np.where(care.region[row] == c.WALES, DATA_START["Wales"], DATA_START["England"])
    own_case &= issue >= start
    if apart:
        keep = own_case
        row, child, mother, issue = (each[keep] for each in (row, child, mother, issue))
        own_case = np.ones(len(row), dtype=bool)
    new = world.cases.add(
        law=PUBLIC,
        region=care.region[row][own_case],
        authority=care.authority[row][own_case],
        issue=issue[own_case],
        closed=issue[own_case] + 20,
    )
    case = care.case[row].copy()
    case[own_case] = new
    application = world.applications.add(
        case=case, type=APPLICATION["emergency protection"], issue=issue, completed=issue + 8
    )
    world.roles.add(application=application, person=child, role=SUBJECT)
    world.roles.add(application=application, person=mother, role=RESPONDENT)
    world.hearings.add(case=new, day=issue[own_case], kind=0)
    made = random.random(len(child)) < 0.8
    world.orders.add(
        application=application[made],
        person=child[made],
        type=ORDER["emergency protection order"],
        day=issue[made],
        final=0,
    )


_OTHER_TYPES = {
    "discharge": 0.38,
    "contact with child in care": 0.16,
    "secure accommodation": 0.13,
    "recovery": 0.10,
    "inherent jurisdiction": 0.09,
    "extension of supervision": 0.06,
    "revocation of placement": 0.05,
    "deprivation of liberty": 0.02,
    "child assessment": 0.01,
}


def _later_cases(world: World, care: Care, random: np.random.Generator) -> None:
    """Add the other public-law cases of children who had care proceedings, years afterwards."""
    rows = np.flatnonzero(random.random(len(care.child)) < c.OTHER_PUBLIC / 1.5)
    row = care.child_row[rows]
    issue = care.final[row] + random.integers(60, 1800, len(rows))
    keep = care.child_age[rows] + issue - care.issue[row] < 17.5 * people.YEAR
    rows, row, issue = rows[keep], row[keep], issue[keep]
    kinds = np.array([APPLICATION[name] for name in _OTHER_TYPES])
    kind = kinds[people.drawn(np.array(list(_OTHER_TYPES.values())), len(rows), random)]
    closed = issue + 20 + random.gamma(2.0, 50, len(rows)).astype(np.int64)
    case = world.cases.add(
        law=PUBLIC,
        region=care.region[row],
        authority=care.authority[row],
        issue=issue,
        closed=closed,
    )
    application = world.applications.add(case=case, type=kind, issue=issue, completed=closed)
    world.roles.add(application=application, person=care.child[rows], role=SUBJECT)
    world.roles.add(application=application, person=care.mother[row], role=RESPONDENT)
    world.hearings.add(case=case, day=issue + random.integers(5, 30, len(rows)), kind=0)
    world.orders.add(
        application=application,
        person=care.child[rows],
        type=np.where(random.random(len(rows)) < 0.5, ORDER["other"], ORDER["no order"]),
        day=closed,
        final=1,
    )

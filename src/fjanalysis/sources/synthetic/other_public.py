"""Public-law cases besides care proceedings: emergency protection before, other applications after."""

from __future__ import annotations

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import people
from fjanalysis.sources.synthetic.proceedings import DATA_START, Care
from fjanalysis.sources.synthetic.records import (
    APPLICATION,
    FEMALE,
    MALE,
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
    """Add the other public-law cases: of children in care proceedings on record, and of other families."""
    chosen = random.random(len(care.child)) < c.OTHER_PUBLIC * c.OTHER_PUBLIC_KNOWN / 1.7
    rows = np.flatnonzero(chosen)
    row = care.child_row[rows]
    issue = care.final[row] + random.integers(60, 1800, len(rows))
    keep = care.child_age[rows] + issue - care.issue[row] < 17.5 * people.YEAR
    rows, row, issue = rows[keep], row[keep], issue[keep]
    _add(world, care, row, issue, np.arange(len(rows)), care.child[rows], care.mother[row], random)
    share = c.OTHER_PUBLIC * (1 - c.OTHER_PUBLIC_KNOWN)
    row = np.flatnonzero(random.random(len(care.issue)) < share)
    issue = care.issue[row] + random.integers(-60, 60, len(row))
    first = np.where(care.region[row] == c.WALES, DATA_START["Wales"], DATA_START["England"])
    row, issue = row[issue >= first], issue[issue >= first]
    mother, of_case, child = _other_families(world, care.region[row], issue, random)
    _add(world, care, row, issue, of_case, child, mother, random)


def _other_families(
    world: World, region: Ints, issue: Ints, random: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Add families who were in care proceedings before the records, if ever.

    Returns
    -------
    mother
        Of each case.
    of_case, child
        The children of the cases.
    """
    size = len(issue)
    counts = people.drawn(c.CARE_CHILDREN, size, random) + 1
    youngest = ((1 + 13 * random.beta(1.2, 1.5, size)) * people.YEAR).astype(np.int64)
    of_case, age, _ = people.sibling_ages(youngest, counts, random)
    eldest = np.zeros(size, dtype=np.int64)
    np.maximum.at(eldest, of_case, age)
    mother_age = np.minimum(eldest + people.first_birth_age(size, random), int(55 * people.YEAR))
    shared = {
        "region": region,
        "fifth": people.draw_fifth(region, c.CARE_DEPRIVATION, random),
        "ethnicity": people.draw_ethnicity(region, random),
    }
    mother = world.persons.add(sex=FEMALE, birth=issue - mother_age, **shared)
    known = np.flatnonzero(random.random(size) < c.FATHER_RECORDED)
    older = (random.normal(3, 4.5, len(known)) * people.YEAR).astype(np.int64)
    father = np.full(size, -1, dtype=np.int64)
    father[known] = world.persons.add(
        sex=MALE,
        birth=(issue - mother_age)[known] - older,
        **{name: values[known] for name, values in shared.items()},
    )
    child = world.persons.add(
        sex=(random.random(len(of_case)) < 0.513).astype(np.int64),
        birth=issue[of_case] - age,
        mother=mother[of_case],
        father=father[of_case],
        **{name: values[of_case] for name, values in shared.items()},
    )
    return mother, of_case, child


def _add(
    world: World,
    care: Care,
    row: Ints,
    issue: Ints,
    of_case: Ints,
    child: Ints,
    mother: Ints,
    random: np.random.Generator,
) -> None:
    """Add a case each with application, roles, hearing and orders; in the place of the care cases `row`."""
    size = len(row)
    kinds = np.array([APPLICATION[name] for name in _OTHER_TYPES])
    kind = kinds[people.drawn(np.array(list(_OTHER_TYPES.values())), size, random)]
    closed = issue + 20 + random.gamma(2.0, 50, size).astype(np.int64)
    case = world.cases.add(
        law=PUBLIC,
        region=care.region[row],
        authority=care.authority[row],
        issue=issue,
        closed=closed,
    )
    application = world.applications.add(case=case, type=kind, issue=issue, completed=closed)
    world.roles.add(application=application[of_case], person=child, role=SUBJECT)
    world.roles.add(application=application, person=mother, role=RESPONDENT)
    world.hearings.add(case=case, day=issue + random.integers(5, 30, size), kind=0)
    made = np.where(random.random(size) < 0.5, ORDER["other"], ORDER["no order"])
    world.orders.add(
        application=application[of_case],
        person=child,
        type=made[of_case],
        day=closed[of_case],
        final=1,
    )

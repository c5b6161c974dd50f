"""Care cases of the sets of proceedings: applications, roles, hearings and orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import people
from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.care import Sets
from fjanalysis.sources.synthetic.records import (
    APPLICATION,
    ORDER,
    PUBLIC,
    RESPONDENT,
    SUBJECT,
    Bools,
    Ints,
    World,
    day,
    year_of,
)

DATA_START = {"England": day("2007-04-01"), "Wales": day("2011-01-01")}


@dataclass(frozen=True)
class Care:
    """What later steps need of the care cases, in one row a case and one row a case's child."""

    case: Ints
    set: Ints
    issue: Ints
    final: Ints
    region: Ints
    authority: Ints
    mother: Ints
    father: Ints
    child_row: Ints
    child: Ints
    child_age: Ints
    child_order: Ints


def draw(world: World, sets: Sets, random: np.random.Generator) -> Care:
    """Add the cases of all sets from the first day of each nation's records."""
    rows, pairs = sets.rows.columns(), sets.pairs.columns()
    start = np.where(rows["region"] == c.WALES, DATA_START["Wales"], DATA_START["England"])
    kept = np.flatnonzero(rows["issue"] >= start)
    row_of = np.full(sets.rows.length, -1, dtype=np.int64)
    row_of[kept] = np.arange(len(kept))
    mine = row_of[pairs["set"]] >= 0
    child_row, child, age = row_of[pairs["set"][mine]], pairs["child"][mine], pairs["age"][mine]
    order = np.lexsort((child, child_row))
    child_row, child, age = child_row[order], child[order], age[order]
    taken = {name: values[kept] for name, values in rows.items()}
    issue, region, size = taken["issue"], taken["region"], len(kept)
    authority = _authorities(taken["mother"], region, issue, random)
    newborn = np.zeros(size, dtype=bool)
    newborn[child_row[age < 14]] = True
    weeks = c.at(c.CARE_WEEKS, year_of(issue)) * np.exp(
        random.normal(-(c.WEEKS_SPREAD**2) / 2, c.WEEKS_SPREAD, size)
    )
    final = issue + np.maximum((weeks * 7).astype(np.int64), 20)
    closed = final + random.integers(0, 28, size)
    case = world.cases.add(
        law=PUBLIC, region=region, authority=authority, issue=issue, closed=closed
    )
    care_type = np.where(
        random.random(size) < 0.88, APPLICATION["care"], APPLICATION["supervision"]
    )
    main = world.applications.add(case=case, type=care_type, issue=issue, completed=final)
    first, none = _hearings(world, case, region, issue, final, newborn, random)
    notice = np.where(none, -1, first - issue)
    child_order = _final_orders(world, taken, child_row, child, age, notice, main, final, random)
    father_seen = (taken["father"] >= 0) & (random.random(size) < 0.97)
    adults = [
        (np.arange(size), taken["mother"], RESPONDENT, random.random(size) < 0.985),
        (np.flatnonzero(father_seen), taken["father"], RESPONDENT, None),
    ]
    _roles(world, main, child_row, child, adults)
    _interim(world, main, child_row, child, first, none, issue, random)
    again = np.flatnonzero(random.random(size) < 0.05)
    later = issue[again] + random.integers(20, 120, len(again))
    second = world.applications.add(
        case=case[again], type=APPLICATION["care"], issue=later, completed=final[again]
    )
    _repeat_roles(world, second, again, size, child_row, child, taken["mother"])
    _near_case(world, taken, authority, final, child_row, child, random)
    _placement(world, case, final, child_row, child, child_order, taken["mother"], random)
    care = Care(
        case, kept, issue, final, region, authority, taken["mother"], taken["father"],
        child_row, child, age, child_order,
    )  # fmt: skip
    _emergency(world, care, age, random)
    _other_public(world, care, random)
    return care


def _authorities(mother: Ints, region: Ints, issue: Ints, random: np.random.Generator) -> Ints:
    """Return an authority a case; a mother keeps hers unless it ended or one in ten moves."""
    draws = people.draw_authority(region, issue, random)
    frame = people.authorities()
    last = frame["last"].to_numpy().astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((np.arange(len(mother)), issue, mother))
    first = np.concatenate([[True], mother[order][1:] != mother[order][:-1]])
    leader = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    home = np.empty(len(mother), dtype=np.int64)
    home[order] = draws[order][leader]
    stays = (random.random(len(mother)) < 0.9) & (last[home] >= issue)
    return np.where(stays, home, draws)


def _hearings(
    world: World,
    case: Ints,
    region: Ints,
    issue: Ints,
    final: Ints,
    newborn: Bools,
    random: np.random.Generator,
) -> tuple[Ints, Bools]:
    """Add the hearings of each case; return the day of the first and which cases have none."""
    size, year = len(case), year_of(issue)
    same = np.where(newborn, c.at(c.NOTICE_NEWBORN["same day"], year), c.NOTICE_OTHER["same day"])
    soon = np.where(newborn, c.at(c.NOTICE_NEWBORN["emergency"], year), c.NOTICE_OTHER["emergency"])
    short = np.where(newborn, c.at(c.NOTICE_NEWBORN["short"], year), c.NOTICE_OTHER["short"])
    short = np.where(region == c.WALES, short * c.SHORT_WALES, short)
    here = same * c.SAME_DAY_REGION[region]
    soon = here + (soon - same) * (1 - here) / (1 - same)
    short = here + (short - same) * (1 - here) / (1 - same)
    pick = random.random(size)
    late = 8 + random.gamma(2, 5, size).astype(np.int64)
    notice = np.select(
        [pick < here, pick < soon, pick < short],
        [np.zeros(size), random.integers(1, 3, size), random.integers(3, 8, size)],
        late,
    ).astype(np.int64)
    none = random.random(size) < c.NO_HEARING
    first = issue + notice
    has = ~none
    world.hearings.add(case=case[has], day=first[has], kind=0)
    conference = np.maximum(issue + random.integers(12, 26, size), first + 1)
    world.hearings.add(case=case[has], day=conference[has], kind=1)
    resolution = issue + ((final - issue) * random.uniform(0.55, 0.8, size)).astype(np.int64)
    has_resolution = has & (resolution > conference)
    world.hearings.add(case=case[has_resolution], day=resolution[has_resolution], kind=2)
    has_final = has & (final > first)
    world.hearings.add(case=case[has_final], day=final[has_final], kind=3)
    return first, none


def _roles(
    world: World,
    application: Ints,
    child_row: Ints,
    child: Ints,
    adults: list[tuple[Ints, Ints, int, Bools | None]],
) -> None:
    world.roles.add(application=application[child_row], person=child, role=SUBJECT)
    for rows, person, role, wanted in adults:
        chosen = rows if wanted is None else rows[wanted[rows]]
        world.roles.add(application=application[chosen], person=person[chosen], role=role)


def _repeat_roles(
    world: World,
    application: Ints,
    rows: Ints,
    size: int,
    child_row: Ints,
    child: Ints,
    mother: Ints,
) -> None:
    """Give the subjects and the mother of the cases `rows` to further applications of theirs."""
    place = np.full(size, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    mine = place[child_row] >= 0
    world.roles.add(
        application=application[place[child_row[mine]]], person=child[mine], role=SUBJECT
    )
    world.roles.add(application=application, person=mother[rows], role=RESPONDENT)


def _near_case(
    world: World,
    taken: dict[str, Ints],
    authority: Ints,
    final: Ints,
    child_row: Ints,
    child: Ints,
    random: np.random.Generator,
) -> None:
    """Add a second case days after the first for some sets: the same children, one set."""
    size = len(authority)
    rows = np.flatnonzero(random.random(size) < 0.03)
    issue = taken["issue"][rows] + random.integers(0, 13, len(rows))
    case = world.cases.add(
        law=PUBLIC,
        region=taken["region"][rows],
        authority=authority[rows],
        issue=issue,
        closed=final[rows] + 7,
    )
    application = world.applications.add(
        case=case, type=APPLICATION["care"], issue=issue, completed=final[rows]
    )
    _repeat_roles(world, application, rows, size, child_row, child, taken["mother"])
    world.hearings.add(case=case, day=issue + random.integers(0, 12, len(rows)), kind=1)


def _odds(shares: Floats, log_ratio: Floats) -> Floats:
    """Return order shares a child after its log odds ratio of placement, the others in proportion."""
    base = shares[:, 0]
    odds = base / (1 - base) * np.exp(log_ratio)
    placement = odds / (1 + odds)
    out = shares * ((1 - placement) / (1 - base))[:, None]
    out[:, 0] = placement
    return np.asarray(out)


def _final_orders(
    world: World,
    taken: dict[str, Ints],
    child_row: Ints,
    child: Ints,
    age: Ints,
    notice: Ints,
    main: Ints,
    final: Ints,
    random: np.random.Generator,
) -> Ints:
    """Add the final orders of each child; return the type of each, or -1 where none is recorded."""
    band = np.searchsorted(np.array([14, 365, 5 * 365]), age, side="right")
    shares = c.FINAL_SHARES[band]
    year = year_of(taken["issue"])
    level = c.at(c.ADOPTION_YEAR, year) * np.where(
        taken["region"] == c.WALES, c.ADOPTION_WALES, 1.0
    )
    ethnicity = world.persons.column("ethnicity")[child]
    fifth = world.persons.column("fifth")[child]
    odds = c.ADOPTION_ODDS
    log_ratio = (
        np.log(level)[child_row] * 1.6
        + np.where((taken["generation"] > 1)[child_row], np.log(odds["subsequent infant"]), 0.0)
        + np.where((notice == 0)[child_row], np.log(odds["same day"]), 0.0)
        + np.where((ethnicity == 2) | (ethnicity == 3), np.log(odds["asian or black"]), 0.0)
        + np.where(fifth == 1, np.log(odds["most deprived fifth"]), 0.0)
        - 0.17
    )
    shares = _odds(shares, log_ratio)
    shared = random.random(len(taken["issue"]))[child_row]
    own = random.random(len(child))
    pick = np.where((random.random(len(child)) < 0.7) & (age >= 365), shared, own)
    bounds = np.cumsum(shares, axis=1)
    chosen = (bounds / bounds[:, -1:] < pick[:, None]).sum(axis=1)
    recorded = random.random(len(child)) >= c.NO_ORDER_RECORDED
    when = final[child_row]
    application = main[child_row]
    world.orders.add(
        application=application[recorded],
        person=child[recorded],
        type=chosen[recorded],
        day=when[recorded],
        final=1,
    )
    beside = {
        "care order": recorded & (chosen == ORDER["placement order"]),
        "supervision order": recorded
        & (chosen == ORDER["special guardianship"])
        & (random.random(len(child)) < c.SUPERVISION_BESIDE_GUARDIANSHIP),
    }
    for name, rows in beside.items():
        world.orders.add(
            application=application[rows],
            person=child[rows],
            type=ORDER[name],
            day=when[rows],
            final=1,
        )
    return np.where(recorded, chosen, -1)


def _interim(
    world: World,
    main: Ints,
    child_row: Ints,
    child: Ints,
    first: Ints,
    none: Bools,
    issue: Ints,
    random: np.random.Generator,
) -> None:
    """Add interim orders: care for most, supervision for some, at the first hearing."""
    pick = random.random(len(issue))[child_row]
    when = np.where(none, issue + 3, first)[child_row]
    for low, high, name in (
        (0.0, 0.55, "interim care order"),
        (0.55, 0.68, "interim supervision order"),
    ):
        rows = (pick >= low) & (pick < high)
        world.orders.add(
            application=main[child_row[rows]],
            person=child[rows],
            type=ORDER[name],
            day=when[rows],
            final=0,
        )


def _placement(
    world: World,
    case: Ints,
    final: Ints,
    child_row: Ints,
    child: Ints,
    child_order: Ints,
    mother: Ints,
    random: np.random.Generator,
) -> None:
    """Add the placement applications of children for whom a placement order was made."""
    placed = child_order == ORDER["placement order"]
    rows = np.unique(child_row[placed])
    application = world.applications.add(
        case=case[rows],
        type=APPLICATION["placement"],
        issue=final[rows] - random.integers(7, 40, len(rows)),
        completed=final[rows],
    )
    place = np.full(len(case), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    world.roles.add(
        application=application[place[child_row[placed]]], person=child[placed], role=SUBJECT
    )
    world.roles.add(application=application, person=mother[rows], role=RESPONDENT)


def _emergency(world: World, care: Care, age: Ints, random: np.random.Generator) -> None:
    """Add emergency protection orders of newborn babies: before care proceedings, and without."""
    newborn = np.flatnonzero(age < 14)
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


def _other_public(world: World, care: Care, random: np.random.Generator) -> None:
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

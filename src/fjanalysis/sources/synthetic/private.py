"""Families in private law: who applies for what, how often they come back, and who brings them back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fjanalysis.sources.synthetic import arrivals, people
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.people import YEAR
from fjanalysis.sources.synthetic.proceedings import Care
from fjanalysis.sources.synthetic.records import (
    APPLICANT,
    APPLICATION,
    FEMALE,
    MALE,
    NEVER,
    ORDER,
    OTHER,
    PRIVATE,
    RELATION,
    RESPONDENT,
    SUBJECT,
    Bools,
    Ints,
    World,
    day,
    millionths,
    year_of,
)

DATA_START = {"England": day("2007-04-01"), "Wales": day("2005-01-01")}
GENERATIONS = 9
MOTHER_APPLIES, FATHER_APPLIES, GRANDPARENT_APPLIES, RELATIVE_APPLIES = 0, 1, 2, 3


@dataclass
class Round:
    """The cases of one generation: the first of each family, or a later one of those who return."""

    family: Ints
    region: Ints
    issue: Ints
    brought_by: Ints
    other: Ints
    generation: int


@dataclass(frozen=True)
class Families:
    """One row a family, and one row a family's child (sorted by family)."""

    mother: Ints
    father: Ints
    youngest_birth: Ints
    child_family: Ints
    child: Ints
    child_birth: Ints


def draw(world: World, care: Care, scale: float, random: np.random.Generator) -> None:
    """Draw all private families and their cases, some of them families in care proceedings too."""
    density = arrivals.return_density(
        c.PRIVATE_RETURN_YEARS,
        c.PRIVATE_RETURN_SHARE,
        np.array([0.95]) * c.PRIVATE_RETURN_LEVEL,
        np.ones(1),
        c.PRIVATE_RETURN_LATER,
        2,
    )
    regions, issues = [], []
    for nation, weights in (("England", c.PRIVATE_WEIGHTS), ("Wales", np.ones(1))):
        expected = arrivals.first_cases(c.PRIVATE_CASES[nation], density) * (
            scale * c.PRIVATE_LEVEL
        )
        region, issue = arrivals.drawn(expected, weights, random)
        regions.append(region if nation == "England" else region + c.WALES)
        issues.append(issue)
    region, issue = np.concatenate(regions), np.concatenate(issues)
    families = _families(world, region, issue, random)
    families, region, issue, kin = _with_care_families(world, care, families, region, issue, random)
    size = len(issue)
    male = random.random(size) < c.at(c.APPLICANT_MALE, year_of(issue))
    male &= families.father >= 0
    by = np.where(male, FATHER_APPLIES, MOTHER_APPLIES)
    others = np.where(region == c.WALES, c.NON_PARENT * c.NON_PARENT_WALES, c.NON_PARENT)
    outside = random.random(size) < others * (1 - c.NON_PARENT_FROM_PUBLIC)
    outside |= kin
    grand = random.random(size) < c.GRANDPARENT
    by = np.where(outside, np.where(grand, GRANDPARENT_APPLIES, RELATIVE_APPLIES), by)
    other = _others(world, families, np.arange(size), region, by, random)
    current = Round(np.arange(size), region, issue, by, other, 1)
    while current.generation <= GENERATIONS and len(current.family):
        current = _round(world, families, current, random)


def _families(world: World, region: Ints, issue: Ints, random: np.random.Generator) -> Families:
    size = len(issue)
    counts = people.drawn(c.PRIVATE_CHILDREN, size, random) + 1
    youngest = ((0.3 + 14.5 * random.beta(1.25, 2.2, size)) * YEAR).astype(np.int64)
    family, age, _ = people.sibling_ages(youngest, counts, random)
    eldest = np.zeros(size, dtype=np.int64)
    np.maximum.at(eldest, family, age)
    mother_age = np.minimum(
        eldest + ((17 + random.gamma(3.2, 3.0, size)) * YEAR).astype(np.int64), int(58 * YEAR)
    )
    fifth = people.draw_fifth(region, c.PRIVATE_DEPRIVATION, random)
    ethnicity = people.draw_ethnicity(region, random)
    shared = {"region": region, "fifth": fifth, "ethnicity": ethnicity}
    mother = world.persons.add(sex=FEMALE, birth=issue - mother_age, **shared)
    older = (random.normal(2.5, 4.0, size) * YEAR).astype(np.int64)
    father = world.persons.add(sex=MALE, birth=issue - mother_age - older, **shared)
    child = world.persons.add(
        sex=(random.random(len(family)) < 0.513).astype(np.int64),
        birth=issue[family] - age,
        mother=mother[family],
        father=father[family],
        **{name: values[family] for name, values in shared.items()},
    )
    return Families(mother, father, issue - youngest, family, child, issue[family] - age)


def _with_care_families(
    world: World,
    care: Care,
    families: Families,
    region: Ints,
    issue: Ints,
    random: np.random.Generator,
) -> tuple[Families, Ints, Ints, Bools]:
    """Add care families: private cases after, or before, care proceedings, or brought by kin."""
    births = world.persons.column("birth")
    stays = ~np.isin(care.child_order, [ORDER["placement order"], ORDER["care order"], -1])
    with_child = np.unique(care.child_row[stays])
    after = with_child[
        random.random(len(with_child)) < c.FROM_PUBLIC * len(issue) / max(len(with_child), 1) * 0.6
    ]
    older = np.unique(care.child_row[care.child_age > 2 * YEAR])
    before = older[
        random.random(len(older)) < c.INTO_PUBLIC * len(issue) / max(len(older), 1) * 0.6
    ]
    remain = np.unique(care.child_row[care.child_order != ORDER["placement order"]])
    share = c.NON_PARENT * c.NON_PARENT_FROM_PUBLIC * len(issue) / max(len(remain), 1)
    by_kin = remain[random.random(len(remain)) < share]
    rows = np.concatenate([after, before, by_kin])
    when = np.concatenate(
        [
            care.final[after] + random.integers(20, 1300, len(after)),
            care.issue[before] - random.integers(40, 720, len(before)),
            care.issue[by_kin] + random.integers(-100, 1500, len(by_kin)),
        ]
    )
    once = np.sort(np.unique(care.mother[rows], return_index=True)[1])
    place = np.full(len(care.issue), -1, dtype=np.int64)
    place[rows[once]] = once
    family = place[care.child_row]
    mine = family >= 0
    family, child = family[mine], care.child[mine]
    alive = (births[child] < when[family] - 30) & (when[family] - births[child] < 17 * YEAR)
    family, child = family[alive], child[alive]
    found, family = np.unique(family, return_inverse=True)
    kin = found >= len(after) + len(before)
    rows, when = rows[found], when[found]
    youngest = np.full(len(rows), -(10**6), dtype=np.int64)
    np.maximum.at(youngest, family, births[child])
    order = np.argsort(family, kind="stable")
    family, child = family[order], child[order]
    base = len(issue)
    joined = Families(
        np.concatenate([families.mother, care.mother[rows]]),
        np.concatenate([families.father, care.father[rows]]),
        np.concatenate([families.youngest_birth, youngest]),
        np.concatenate([families.child_family, family + base]),
        np.concatenate([families.child, child]),
        np.concatenate([families.child_birth, births[child]]),
    )
    return (
        joined,
        np.concatenate([region, care.region[rows]]),
        np.concatenate([issue, when]),
        np.concatenate([np.zeros(base, dtype=bool), kin]),
    )


def _others(
    world: World,
    families: Families,
    family: Ints,
    region: Ints,
    by: Ints,
    random: np.random.Generator,
) -> Ints:
    """Return the person other than a parent who applies in each case, or -1."""
    out = np.full(len(family), -1, dtype=np.int64)
    rows = np.flatnonzero((by == GRANDPARENT_APPLIES) | (by == RELATIVE_APPLIES))
    grand = by[rows] == GRANDPARENT_APPLIES
    mother = families.mother[family[rows]]
    persons = world.persons
    birth = persons.column("birth")[mother]
    age = np.where(grand, 20 + random.gamma(3, 2.5, len(rows)), random.normal(-1, 6, len(rows)))
    person = persons.add(
        sex=(random.random(len(rows)) < 0.27).astype(np.int64),
        birth=birth - (age * YEAR).astype(np.int64),
        region=region[rows],
        fifth=persons.column("fifth")[mother],
        ethnicity=persons.column("ethnicity")[mother],
    )
    out[rows] = person
    starts = np.searchsorted(families.child_family, family[rows])
    ends = np.searchsorted(families.child_family, family[rows], side="right")
    spread = np.repeat(np.arange(len(rows)), ends - starts)
    offset = np.arange(len(spread)) - np.repeat(
        np.cumsum(ends - starts) - (ends - starts), ends - starts
    )
    world.relations.add(
        person=families.child[starts[spread] + offset],
        related=person[spread],
        relation=np.where(grand[spread], RELATION["grandparent"], RELATION["other"]),
    )
    return out


def _round(world: World, families: Families, now: Round, random: np.random.Generator) -> Round:
    """Add the cases of a generation and return the next one."""
    size, year = len(now.family), year_of(now.issue)
    sought = _sought(now, year, random)
    weeks = c.at(c.PRIVATE_WEEKS, year) * np.exp(random.normal(-0.18, 0.6, size))
    final = now.issue + np.maximum((weeks * 7).astype(np.int64), 14)
    closed = final + random.integers(0, 10, size)
    start = np.where(now.region == c.WALES, DATA_START["Wales"], DATA_START["England"])
    seen = now.issue >= start
    case, also = _write(world, families, now, seen, sought, final, closed, random)
    ratio = np.full(size, c.PRIVATE_RETURN_LEVEL)
    applicant_female = (now.brought_by == MOTHER_APPLIES) | (
        (now.other >= 0) & (world.persons.column("sex")[now.other] == FEMALE)
    )
    ratio = np.where(applicant_female, ratio * c.PRIVATE_RETURN_FEMALE, ratio)
    young = now.issue - families.youngest_birth[now.family] < 5 * YEAR
    ratio = np.where(young, ratio * c.PRIVATE_RETURN_UNDER_FIVE, ratio)
    enforced = sought == APPLICATION["enforcement"]
    ratio = np.where(enforced, ratio * c.PRIVATE_RETURN_ENFORCEMENT, ratio)
    if now.generation > 1:
        ratio = ratio * c.PRIVATE_RETURN_LATER
    wait = arrivals.return_days(c.PRIVATE_RETURN_YEARS, c.PRIVATE_RETURN_SHARE, ratio, random)
    issue = final + np.maximum(wait, 1)
    early = (random.random(size) < c.PRIVATE_RETURN_EARLY) & (wait < 10**5)
    issue = np.where(early, now.issue + random.integers(15, 200, size), issue)
    youngest = families.youngest_birth[now.family]
    back = (issue <= arrivals.END) & (issue - youngest < 18 * YEAR)
    world.returns.add(
        case=case,
        family=now.family[seen],
        generation=now.generation,
        ratio=millionths(ratio[seen]),
        origin=final[seen],
        ends=youngest[seen] + int(18 * YEAR),
        next=np.where(back, issue, NEVER)[seen],
        sex=np.where(applicant_female, FEMALE, MALE)[seen],
        sought=sought[seen],
        also=also,
        youngest=(now.issue - youngest)[seen],
        parental=(now.brought_by < GRANDPARENT_APPLIES)[seen],
    )
    rows = np.flatnonzero(back)
    who = people.drawn(np.array(c.RETURN_BROUGHT_BY), len(rows), random)
    by, other = now.brought_by[rows], now.other[rows]
    father = families.father[now.family[rows]] >= 0
    turned = np.select(
        [by == FATHER_APPLIES, (by == MOTHER_APPLIES) & father],
        [MOTHER_APPLIES, FATHER_APPLIES],
        MOTHER_APPLIES,
    )
    stranger = np.where(
        random.random(len(rows)) < c.GRANDPARENT, GRANDPARENT_APPLIES, RELATIVE_APPLIES
    )
    new_by = np.select([who == 0, who == 1], [by, turned], stranger)
    fresh = who == 2
    made = _others(
        world,
        families,
        now.family[rows],
        now.region[rows],
        np.where(fresh, new_by, -1),
        random,
    )
    new_other = np.where(new_by >= GRANDPARENT_APPLIES, np.where(fresh, made, other), -1)
    return Round(
        now.family[rows],
        now.region[rows],
        issue[rows],
        new_by,
        new_other,
        now.generation + 1,
    )


def _sought(now: Round, year: Ints, random: np.random.Generator) -> Ints:
    """Return what each case's main application is for."""
    later = 1 if now.generation > 1 else 0
    mix = np.clip((year - 2011) / 7, 0, 1)[:, None]
    shares: Floats = c.SOUGHT[0, later] * (1 - mix) + c.SOUGHT[1, later] * mix
    kinds = np.array([APPLICATION[name] for name in c.ORDERS_SOUGHT])
    parental = kinds[people.rows_drawn(shares, random)]
    names = np.array([APPLICATION[name] for name in c.NON_PARENT_SOUGHT])
    weights = np.array(list(c.NON_PARENT_SOUGHT.values()))[:, later]
    outside = names[people.drawn(weights, len(year), random)]
    return np.where(now.brought_by >= GRANDPARENT_APPLIES, outside, parental)


def _write(
    world: World,
    families: Families,
    now: Round,
    seen: Bools,
    sought: Ints,
    final: Ints,
    closed: Ints,
    random: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Add the cases that fall into the records, with all that belongs to them.

    Returned are their numbers, and what a further application in each is for, or -1.
    """
    rows = np.flatnonzero(seen)
    family, issue = now.family[rows], now.issue[rows]
    size = len(rows)
    authority = people.draw_authority(now.region[rows], issue, random)
    case = world.cases.add(
        law=PRIVATE,
        region=now.region[rows],
        authority=authority,
        issue=issue,
        closed=closed[rows],
    )
    application = world.applications.add(
        case=case, type=sought[rows], issue=issue, completed=final[rows]
    )
    by, other = now.brought_by[rows], now.other[rows]
    mother, father = families.mother[family], families.father[family]
    outside = by >= GRANDPARENT_APPLIES
    applicant = np.select([by == MOTHER_APPLIES, by == FATHER_APPLIES], [mother, father], other)
    roles = [
        (np.flatnonzero(applicant >= 0), applicant, APPLICANT),
        (np.flatnonzero((by != MOTHER_APPLIES) & (random.random(size) < 0.97)), mother, RESPONDENT),
        (
            np.flatnonzero(
                (by != FATHER_APPLIES) & (father >= 0) & (~outside | (random.random(size) < 0.6))
            ),
            father,
            RESPONDENT,
        ),
    ]
    aside = np.flatnonzero(~outside & (other >= 0))
    roles.append((aside, other, OTHER))
    starts = np.searchsorted(families.child_family, family)
    counts = np.searchsorted(families.child_family, family, side="right") - starts
    spread = np.repeat(np.arange(size), counts)
    place = starts[spread] + np.arange(len(spread)) - np.repeat(np.cumsum(counts) - counts, counts)
    minor = issue[spread] - families.child_birth[place] < 17.9 * YEAR
    born = families.child_birth[place] <= issue[spread]
    subject_row, subject = spread[minor & born], families.child[place[minor & born]]
    arrangements = np.array([APPLICATION[name] for name in c.ORDERS_SOUGHT])
    second = np.flatnonzero((random.random(size) < 0.22) & np.isin(sought[rows], arrangements))
    also = np.full(size, -1, dtype=np.int64)
    also[second] = np.where(
        random.random(len(second)) < 0.55,
        APPLICATION["prohibited steps"],
        APPLICATION["specific issue"],
    )
    further = world.applications.add(
        case=case[second],
        type=also[second],
        issue=issue[second] + random.integers(0, 60, len(second)),
        completed=final[rows][second],
    )
    where = np.full(size, -1, dtype=np.int64)
    where[second] = further
    for chosen, person, role in roles:
        world.roles.add(application=application[chosen], person=person[chosen], role=role)
        more = chosen[where[chosen] >= 0]
        world.roles.add(application=where[more], person=person[more], role=role)
    party = (random.random(size) < 0.12).astype(np.int64)
    world.roles.add(
        application=application[subject_row], person=subject, role=SUBJECT, party=party[subject_row]
    )
    more = where[subject_row] >= 0
    world.roles.add(
        application=where[subject_row[more]],
        person=subject[more],
        role=SUBJECT,
        party=party[subject_row[more]],
    )
    _hear_and_order(
        world, case, application, issue, final[rows], sought[rows], subject_row, subject, random
    )
    return case, also


def _hear_and_order(
    world: World,
    case: Ints,
    application: Ints,
    issue: Ints,
    final: Ints,
    sought: Ints,
    subject_row: Ints,
    subject: Ints,
    random: np.random.Generator,
) -> None:
    size = len(case)
    first = issue + 14 + random.gamma(3.0, 9.0, size).astype(np.int64)
    heard = random.random(size) < 0.96
    world.hearings.add(case=case[heard], day=first[heard], kind=4)
    ended = heard & (final > first)
    world.hearings.add(case=case[ended], day=final[ended], kind=3)
    names = np.array([ORDER[name] for name in c.PRIVATE_OUTCOMES])
    weights = np.array(list(c.PRIVATE_OUTCOMES.values()))
    outcome = names[people.drawn(weights, size, random)]
    for name in ("enforcement", "special guardianship", "parental responsibility"):
        made = (sought == APPLICATION[name]) & (outcome == ORDER["child arrangements"])
        outcome = np.where(made, ORDER[name], outcome)
    recorded = random.random(size) < 0.93
    rows = recorded[subject_row]
    world.orders.add(
        application=application[subject_row[rows]],
        person=subject[rows],
        type=outcome[subject_row[rows]],
        day=final[subject_row[rows]],
        final=1,
    )
    report = heard[subject_row] & (random.random(size)[subject_row] < 0.25)
    world.orders.add(
        application=application[subject_row[report]],
        person=subject[report],
        type=ORDER["report"],
        day=first[subject_row[report]],
        final=0,
    )

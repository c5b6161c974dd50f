"""Families in care proceedings: mothers, fathers, children, and their sets of proceedings.

A mother's sets are drawn generation by generation: all first sets, then all second ones, and so on.
The hazard of a return is a baseline times the ratios of her age, region, period and number of sets,
all as known at the issue of the set before; that is the truth that the analyses should find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fjanalysis.sources.synthetic import arrivals, people
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.people import YEAR
from fjanalysis.sources.synthetic.records import (
    FEMALE,
    MALE,
    NEVER,
    Bools,
    Growing,
    Ints,
    World,
    day,
    millionths,
    year_of,
)

APRIL_2014 = day("2014-04-01")
GENERATIONS = 9
OLDEST_CHILD = 16.5  # years, of an earlier child about whom a mother returns


@dataclass
class Sets:
    """Sets of proceedings in order of generation; `pairs` holds their children."""

    rows: Growing
    pairs: Growing

    @staticmethod
    def empty() -> Sets:
        """Return no sets."""
        return Sets(
            Growing(mother=0, father=-1, region=0, issue=0, generation=1, earlier=-1, new_child=0),
            Growing(set=0, child=0, age=0),
        )


def age_ratio(age_days: Ints) -> Floats:
    """Return the hazard ratio of a return by a mother's age in days."""
    band = np.searchsorted(c.RETURN_AGE_BANDS, age_days / YEAR, side="right")
    return np.asarray(c.RETURN_AGE[band])


def hazard_ratio(age_days: Ints, region: Ints, issue: Ints, generation: Ints | int) -> Floats:
    """Return the hazard ratio of a mother's next return, as known at the issue of the set before."""
    later = np.where(np.asarray(generation) > 1, c.RETURN_LATER_SET, 1.0)
    period = np.where(issue >= APRIL_2014, c.RETURN_FROM_2014, 1.0)
    ratio = age_ratio(age_days) * c.RETURN_REGION[region] * period * later * c.RETURN_LEVEL
    return np.asarray(ratio)


def draw(world: World, scale: float, random: np.random.Generator) -> Sets:
    """Draw all care families of both nations and add their persons to the world."""
    sets = Sets.empty()
    mix = np.array([0.17, 0.26, 0.23, 0.17, 0.17])
    density = arrivals.return_density(
        c.RETURN_YEARS,
        c.RETURN_SHARE,
        c.RETURN_AGE * c.RETURN_LEVEL * 1.01,
        mix,
        c.RETURN_LATER_SET,
        0,
    )
    regions, issues = [], []
    for nation, weights in (("England", c.CARE_WEIGHTS), ("Wales", np.ones(1))):
        expected = arrivals.first_cases(c.CARE_CASES[nation], density) * scale
        expected = expected * c.CARE_LEVEL / (1 + c.NEAR_CASE)
        region, issue = arrivals.drawn(expected, weights, random)
        regions.append(region if nation == "England" else region + c.WALES)
        issues.append(issue)
    region, issue = np.concatenate(regions), np.concatenate(issues)
    current = _first(world, sets, region, issue, random)
    for generation in range(2, GENERATIONS + 1):
        if len(current) == 0:
            break
        current = _later(world, sets, current, generation, random)
    return sets


def _ages(newborn: Floats, infant: Floats, ethnicity: Ints, random: np.random.Generator) -> Ints:
    """Return the youngest child's age at issue, in days."""
    size = len(ethnicity)
    newborn = np.minimum(newborn * c.INFANT_ETHNICITY[ethnicity], 0.95)
    infant = np.minimum(infant * c.INFANT_ETHNICITY[ethnicity], 1 - newborn)
    born = random.random(size) < newborn
    under_one = random.random(size) < infant / (1 - newborn)
    days = np.floor(14 * random.beta(*c.NEWBORN_DAYS, size))
    infants = 14 + 350 * random.random(size) ** 1.5
    shape = c.OLDER_AGES[ethnicity]
    older = (1 + 15 * random.beta(shape[:, 0], shape[:, 1])) * YEAR
    return np.where(born, days, np.where(under_one, infants, older)).astype(np.int64)


def _first(
    world: World, sets: Sets, region: Ints, issue: Ints, random: np.random.Generator
) -> Ints:
    size, year = len(issue), year_of(issue)
    counts = people.drawn(c.CARE_CHILDREN, size, random) + 1
    ethnicity = people.draw_ethnicity(region, random)
    newborn = c.at(c.NEWBORN_FIRST, year) * c.NEWBORN_REGION[region]
    youngest = _ages(newborn, c.at(c.INFANT_FIRST, year), ethnicity, random)
    from_set, age, rank = people.sibling_ages(youngest, counts, random)
    eldest = np.zeros(size, dtype=np.int64)
    np.maximum.at(eldest, from_set, age)
    mother_age = np.minimum(eldest + people.first_birth_age(size, random), int(47 * YEAR))
    fifth = people.draw_fifth(region, c.CARE_DEPRIVATION, random)
    mother = world.persons.add(
        sex=FEMALE, birth=issue - mother_age, region=region, fifth=fifth, ethnicity=ethnicity
    )
    father = _new_fathers(
        world, issue - mother_age, region, fifth, random.random(size) < c.FATHER_RECORDED, random
    )
    numbers = sets.rows.add(mother=mother, father=father, region=region, issue=issue)
    of_child = father[from_set]
    other = (rank > 0) & (random.random(len(rank)) < 0.22)
    recorded = random.random(len(rank)) < 0.4
    others = _new_fathers(
        world,
        (issue - mother_age)[from_set],
        region[from_set],
        fifth[from_set],
        other & recorded,
        random,
    )
    of_child = np.where(other, others, of_child)
    children = _children(
        world, mother[from_set], of_child, issue[from_set] - age, region[from_set], random
    )
    sets.pairs.add(set=numbers[from_set], child=children, age=age)
    return numbers


def _new_fathers(
    world: World,
    mother_birth: Ints,
    region: Ints,
    fifth: Ints,
    wanted: Bools,
    random: np.random.Generator,
) -> Ints:
    """Return a new man for each row that is wanted, and -1 for the others."""
    rows = np.flatnonzero(wanted)
    birth = mother_birth[rows] - (random.normal(3, 4.5, len(rows)) * YEAR).astype(np.int64)
    men = world.persons.add(
        sex=MALE,
        birth=birth,
        region=region[rows],
        fifth=fifth[rows],
        ethnicity=people.draw_ethnicity(region[rows], random),
    )
    out = np.full(len(wanted), -1, dtype=np.int64)
    out[rows] = men
    return out


def _children(
    world: World, mother: Ints, father: Ints, birth: Ints, region: Ints, random: np.random.Generator
) -> Ints:
    ethnicity = world.persons.column("ethnicity")[mother]
    mixed = random.random(len(mother)) < 0.06
    return world.persons.add(
        sex=(random.random(len(mother)) < 0.513).astype(np.int64),
        birth=birth,
        region=region,
        fifth=world.persons.column("fifth")[mother],
        ethnicity=np.where(mixed, 1, ethnicity),
        mother=mother,
        father=father,
    )


def _later(
    world: World, sets: Sets, before: Ints, generation: int, random: np.random.Generator
) -> Ints:
    """Draw the next set of each mother of the sets `before`; return the new sets' numbers."""
    rows = {name: values[before] for name, values in sets.rows.columns().items()}
    birth = world.persons.column("birth")[rows["mother"]]
    ratio = hazard_ratio(rows["issue"] - birth, rows["region"], rows["issue"], generation - 1)
    wait = np.maximum(arrivals.return_days(c.RETURN_YEARS, c.RETURN_SHARE, ratio, random), 20)
    issue = rows["issue"] + wait
    age = (issue - birth) / YEAR
    new = (random.random(len(before)) < c.NEW_CHILD) & (age < 46) & (wait > 45)
    old_ages, old_children, old_from = _earlier_children(sets, before, issue)
    has_old = np.zeros(len(before), dtype=bool)
    has_old[old_from[old_ages < OLDEST_CHILD * YEAR]] = True
    new |= ~has_old & (age < 46) & (wait > 45)
    kept = (issue <= arrivals.END) & (age < 50) & (new | has_old)
    place = np.cumsum(kept) - 1
    brings_older = ~new[old_from]
    taken = {name: values[kept] for name, values in rows.items()}
    issue, new, wait = issue[kept], new[kept], wait[kept]
    year, region = year_of(issue), taken["region"]
    size = len(issue)
    newborn = c.at(c.NEWBORN_LATER, year) * c.NEWBORN_REGION[region]
    newborn *= np.where(region == c.WALES, c.NEWBORN_LATER_WALES, 1.0)
    infant = c.INFANT_LATER * (1 - newborn)
    mothers = world.persons.column("ethnicity")[taken["mother"]]
    youngest = np.minimum(_ages(newborn, infant, mothers, random), wait - 30)
    young_mother = world.persons.column("birth")[taken["mother"]]
    fifth = world.persons.column("fifth")[taken["mother"]]
    same = (taken["father"] >= 0) & (random.random(size) < c.SAME_FATHER)
    draws = random.random(size)
    known = _seen_father(sets, region, issue, random)
    seen = ~same & (draws < c.FATHER_SEEN_BEFORE) & (known >= 0) & (known != taken["father"])
    fresh = new & ~same & ~seen & (random.random(size) < c.FATHER_RECORDED)
    father = np.where(
        same | ~new,
        taken["father"],
        np.where(seen, known, _new_fathers(world, young_mother, region, fifth, fresh, random)),
    )
    numbers = sets.rows.add(
        mother=taken["mother"],
        father=father,
        region=region,
        issue=issue,
        generation=generation,
        earlier=before[kept],
        new_child=new.astype(np.int64),
    )
    twins = np.where(new, 1 + (random.random(size) < 0.02), 0).astype(np.int64)
    from_set = np.repeat(np.arange(size), twins)
    babies = _children(
        world,
        taken["mother"][from_set],
        father[from_set],
        (issue - youngest)[from_set],
        region[from_set],
        random,
    )
    sets.pairs.add(set=numbers[from_set], child=babies, age=youngest[from_set])
    again = kept[old_from] & (old_ages < OLDEST_CHILD * YEAR)
    again &= brings_older | (random.random(len(again)) < 0.05)
    sets.pairs.add(
        set=numbers[place[old_from[again]]], child=old_children[again], age=old_ages[again]
    )
    return numbers


def returns(world: World, sets: Sets) -> dict[str, Ints]:
    """Return what each set's next return was drawn from, and what came of it; a row a set.

    A mother returns until she is 50, and from 46 on only while a child of the set is under 16 and a half.
    """
    rows, pairs = sets.rows.columns(), sets.pairs.columns()
    birth = world.persons.column("birth")[rows["mother"]]
    size = sets.rows.length
    youngest = np.full(size, 10**6)
    np.minimum.at(youngest, pairs["set"], pairs["age"])
    while_child = rows["issue"] + int(OLDEST_CHILD * YEAR) - youngest
    ends = np.minimum(birth + int(50 * YEAR), np.maximum(birth + int(46 * YEAR), while_child))
    following = np.full(size, NEVER)
    new = np.full(size, NEVER)
    for row in np.unique(rows["generation"])[::-1]:
        mine = np.flatnonzero((rows["generation"] == row) & (rows["earlier"] >= 0))
        earlier = rows["earlier"][mine]
        following[earlier] = rows["issue"][mine]
        new[earlier] = np.where(rows["new_child"][mine] == 1, rows["issue"][mine], new[mine])
    ratio = hazard_ratio(rows["issue"] - birth, rows["region"], rows["issue"], rows["generation"])
    return {
        "mother": rows["mother"],
        "generation": rows["generation"],
        "ratio": millionths(ratio),
        "ends": ends,
        "next": following,
        "next_new": new,
        "age": rows["issue"] - birth,
    }


def _earlier_children(sets: Sets, before: Ints, issue: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the children of the sets `before`: age at the new issue, number, and row of `before`."""
    pairs = sets.pairs.columns()
    row_of = np.full(sets.rows.length, -1, dtype=np.int64)
    row_of[before] = np.arange(len(before))
    mine = row_of[pairs["set"]] >= 0
    row = row_of[pairs["set"][mine]]
    earlier_issue = sets.rows.column("issue")[pairs["set"][mine]]
    return pairs["age"][mine] + issue[row] - earlier_issue, pairs["child"][mine], row


def _seen_father(sets: Sets, region: Ints, issue: Ints, random: np.random.Generator) -> Ints:
    """Return for each set a father of another family of the region seen in the eight years before."""
    rows = sets.rows.columns()
    first = (rows["generation"] == 1) & (rows["father"] >= 0)
    width = 200_000
    keys = rows["region"][first] * width + rows["issue"][first]
    order = np.argsort(keys, kind="stable")
    keys, fathers = keys[order], rows["father"][first][order]
    low = np.searchsorted(keys, region * width + np.maximum(issue - 2900, 0))
    high = np.searchsorted(keys, region * width + issue - 200)
    pick = low + np.floor(random.random(len(low)) * np.maximum(high - low, 0)).astype(np.int64)
    return np.where(high > low, fathers[np.minimum(pick, len(fathers) - 1)], -1)

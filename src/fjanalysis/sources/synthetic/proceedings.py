"""Care cases of the sets of proceedings: applications, roles, hearings and orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import people
from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.care import Sets, returns
from fjanalysis.sources.synthetic.records import (
    APPLICATION,
    ECMS_START,
    FINAL_ORDER_COLUMNS,
    NEVER,
    ORDER,
    PUBLIC,
    RESPONDENT,
    SUBJECT,
    Bools,
    Ints,
    World,
    day,
    millionths,
    monday,
    year_of,
)

DATA_START = {"England": day("2007-04-01"), "Wales": day("2011-01-01")}
YEAR = 365
SHARED_DRAW = (
    0.7  # of children from a year on, those whose final order follows a draw for their case
)
DRAW_STEPS = 50
INTERIM_CARE, INTERIM = 0.55, 0.68  # shares of children with an interim care order, or either


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
    rows["since"] = rows["issue"] - np.where(
        rows["earlier"] >= 0, rows["issue"][rows["earlier"]], 0
    )
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
    chances = notice_chances(newborn, region, year_of(issue))
    first, none = _hearings(world, case, chances, issue, final, random)
    notice = np.where(none, -1, first - issue)
    shares = _order_shares(world, taken, child_row, child, age, notice)
    child_order = _final_orders(world, shares, child_row, child, age, main, final, random)
    _remember(world, sets, kept, case, chances, issue, child_row, child, shares)
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
    return Care(
        case, kept, issue, final, region, authority, taken["mother"], taken["father"],
        child_row, child, age, child_order,
    )  # fmt: skip


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


def notice_chances(newborn: Bools, region: Ints, year: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the chances of a first hearing on the same day, within two, and within seven days."""
    same, soon, short = (
        np.where(newborn, c.at(c.NOTICE_NEWBORN[name], year), c.NOTICE_OTHER[name])
        for name in ("same day", "emergency", "short")
    )
    short = np.where(region == c.WALES, short * c.SHORT_WALES, short)
    here = same * c.SAME_DAY_REGION[region]
    rest = (1 - here) / (1 - same)
    return here, here + (soon - same) * rest, here + (short - same) * rest


def _hearings(
    world: World,
    case: Ints,
    chances: tuple[Floats, Floats, Floats],
    issue: Ints,
    final: Ints,
    random: np.random.Generator,
) -> tuple[Ints, Bools]:
    """Add the hearings of each case; return the day of the first and which cases have none."""
    size = len(case)
    here, soon, short = chances
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
    rows = np.flatnonzero(random.random(size) < c.NEAR_CASE)
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


def _order_shares(
    world: World, taken: dict[str, Ints], child_row: Ints, child: Ints, age: Ints, notice: Ints
) -> Floats:
    """Return the chance of each final order, a row a child."""
    band = np.searchsorted(np.array([14, 365, 5 * 365]), age, side="right")
    year = year_of(taken["issue"])
    level = c.at(c.ADOPTION_YEAR, year) * np.where(
        taken["region"] == c.WALES, c.ADOPTION_WALES, 1.0
    )
    ethnicity = world.persons.column("ethnicity")[child]
    fifth = world.persons.column("fifth")[child]
    odds = c.ADOPTION_ODDS
    seen_lately = (taken["generation"] > 1) & (taken["since"] <= c.SUBSEQUENT_YEARS * people.YEAR)
    log_ratio = (
        np.log(level)[child_row] * 1.6
        + np.where(seen_lately[child_row], np.log(odds["subsequent infant"]), 0.0)
        + np.where((notice == 0)[child_row], np.log(odds["same day"]), 0.0)
        + np.where((ethnicity == 2) | (ethnicity == 3), np.log(odds["asian or black"]), 0.0)
        + np.where(fifth == 1, np.log(odds["most deprived fifth"]), 0.0)
        - 0.10
    )
    return _odds(c.FINAL_SHARES[band], log_ratio)


def _remember(
    world: World,
    sets: Sets,
    kept: Ints,
    case: Ints,
    chances: tuple[Floats, Floats, Floats],
    issue: Ints,
    child_row: Ints,
    child: Ints,
    shares: Floats,
) -> None:
    """Keep what the sets and the newborn children's orders were drawn from."""
    birth = world.persons.column("birth")[child]
    own_age, age = issue[child_row] - birth, issue[child_row] - monday(birth)
    young = np.flatnonzero(age < 14)
    newborn = np.zeros(len(case), dtype=np.int64)
    newborn[child_row[young]] = 1
    youngest = np.full(len(case), NEVER)
    np.minimum.at(youngest, child_row, age)
    same, soon, short = (millionths(chance) for chance in chances)
    world.sets.add(
        case=case,
        newborn=newborn,
        children=np.bincount(child_row, minlength=len(case)),
        youngest=youngest,
        same_day=same,
        emergency=soon,
        short_notice=short,
        **{name: values[kept] for name, values in returns(world, sets).items()},
    )
    recorded = shares / shares.sum(axis=1)[:, None] * (1 - c.NO_ORDER_RECORDED)
    region = world.cases.column("region")[case]
    by_case = ((region == c.WALES) | (issue < ECMS_START)) & (newborn == 1)
    mine = np.flatnonzero(by_case[child_row])
    of_case = of_cases(shares[mine], child_row[mine], own_age[mine], len(case))
    recorded[mine] = of_case[child_row[mine]]
    recorded = recorded[young]
    world.newborns.add(
        case=case[child_row[young]],
        child=child[young],
        **dict(zip(FINAL_ORDER_COLUMNS, millionths(recorded).T, strict=True)),
    )


def of_cases(shares: Floats, child_row: Ints, age: Ints, cases: int) -> Floats:
    """Return the chance that each order is the most interventionist of a case's children, a row a case.

    So orders are known in CMS and in Wales, whose systems give them a case and not a child. The children
    from one year on mostly share a draw, over which the chance that none has any of the first orders is
    added up in steps.

    Parameters
    ----------
    shares
        Shares of the orders by child, from the most interventionist on; the last three are one to
        an analysis, and are parted here in their order.
    child_row, age
        The case of each child, and its age in days at issue.
    cases
        The number of cases.
    """
    bounds = np.cumsum(shares, axis=1)
    bounds = bounds / bounds[:, -1:]
    together = np.where(age >= YEAR, SHARED_DRAW, 0.0)
    draws = (np.arange(DRAW_STEPS) + 0.5) / DRAW_STEPS
    none = np.empty((cases, shares.shape[1]))
    for place, bound in enumerate(bounds.T):
        own = (1 - together) * bound
        total = np.zeros(cases)
        for drawn in draws:
            had = own + together * (drawn <= bound)
            free = np.log1p(-(1 - c.NO_ORDER_RECORDED) * had)
            total += np.exp(np.bincount(child_row, free, minlength=cases))
        none[:, place] = total / DRAW_STEPS
    return np.asarray(-np.diff(none, axis=1, prepend=1.0))


def _final_orders(
    world: World,
    shares: Floats,
    child_row: Ints,
    child: Ints,
    age: Ints,
    main: Ints,
    final: Ints,
    random: np.random.Generator,
) -> Ints:
    """Add the final orders of each child; return the type of each, or -1 where none is recorded."""
    shared = random.random(len(main))[child_row]
    own = random.random(len(child))
    alike = (random.random(len(child)) < SHARED_DRAW) & (age >= YEAR)
    pick = np.where(alike, shared, own)
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
        (0.0, INTERIM_CARE, "interim care order"),
        (INTERIM_CARE, INTERIM, "interim supervision order"),
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

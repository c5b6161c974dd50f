"""When each record comes to stand in a system, and what it said there until it was put right.

A live system is revised: cases, hearings and orders are entered late, values are corrected, and a
person who was entered twice becomes one. All of it follows from the world and the seed, never from
the date of a refresh: so an earlier refresh is what an extract on that day would have held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.people import authorities
from fjanalysis.sources.synthetic.records import (
    FEMALE,
    MALE,
    NEVER,
    ORDER,
    ORDER_TYPES,
    Bools,
    Ints,
    World,
)

# Share of the records concerned. Published is only the sum of it: totals of a year move by 0.01% to
# 0.4% between releases (docs/synthetic.md). The single rates are assumptions.
RATES: Final = {
    "late entry of a case": 0.035,  # within ten weeks
    "very late entry of a case": 0.0015,  # within about a year
    "late entry of a hearing": 0.005,
    "late entry of an order": 0.03,
    "application date corrected": 0.004,
    "court corrected": 0.005,
    "sex corrected": 0.002,
    "birth week corrected": 0.003,
    "order corrected": 0.005,
    "person merged": 0.006,  # of persons with a second case
}
LATE_DAYS: Final = 75
MEAN_DAYS: Final = 300  # from entry to correction, and of very late entries
NEVER_MERGED: Final = 0.1

# What a final order was held as before it was corrected.
_MISTAKEN: Final = {
    "placement order": "care order", "care order": "supervision order",
    "special guardianship": "child arrangements", "child arrangements": "no order",
    "supervision order": "no order", "family assistance order": "no order",
    "no order": "withdrawn", "dismissed": "withdrawn", "withdrawn": "no order",
    "prohibited steps": "specific issue", "specific issue": "prohibited steps",
}  # fmt: skip


@dataclass(frozen=True)
class Correction:
    """Values that rows of a table hold until a day: `held` in `rows` before `until`."""

    rows: Ints
    held: Ints
    until: Ints

    def apply(self, values: Ints, refresh: int) -> Ints:
        """Return the column as it stands on the day of the refresh."""
        wrong = self.until > refresh
        out = values.copy()
        out[self.rows[wrong]] = self.held[wrong]
        return out


@dataclass(frozen=True)
class Doubles:
    """Persons who stand in a system under a second number, from a day until the two are merged.

    `number` is the second one: those of a system follow each other from `first` on.
    """

    first: int
    person: Ints
    start: Ints
    until: Ints

    @property
    def number(self) -> Ints:
        """The second numbers."""
        return self.first + np.arange(len(self.person))

    def related(self, person: Ints, known: Ints, refresh: int) -> Ints:
        """Return the number under which a relation that is known from `known` on names each person."""
        place = np.minimum(np.searchsorted(self.person, person), max(len(self.person) - 1, 0))
        if len(self.person) == 0:
            return person
        mine = (self.person[place] == person) & (known >= self.start[place])
        return np.where(mine & (refresh < self.until[place]), self.number[place], person)


@dataclass(frozen=True)
class Ledger:
    """What a system holds, from when, and what it held before it was corrected.

    `known` gives for each table the day from which each row of the world stands in the system, and
    `NEVER` for rows of other systems; `late` the rows that were entered late.
    """

    known: Mapping[str, Ints]
    corrections: Mapping[str, Correction]
    doubles: Doubles
    late: Mapping[str, Ints]


def ledger_of(
    world: World, wanted: Bools, seed: tuple[int, ...], first_double: int, revised: bool
) -> Ledger:
    """Return the ledger of one system.

    Parameters
    ----------
    wanted
        Which cases of the world belong to the system.
    seed
        Of the world, the chunk and the system.
    first_double
        The number that the first person entered twice takes the second time.
    revised
        Whether anything is entered late or wrongly.
    """
    random = np.random.Generator(np.random.PCG64([*seed, 101]))
    delays = _delays(world, random, revised)
    known = _known(world, wanted, delays)
    corrections, doubles = _nothing_wrong(first_double)
    if revised:
        doubles = _doubles(world, known, first_double, random)
        corrections = _corrections(world, known, random)
        corrections["roles"] = _second_numbers(world, known, doubles, "roles")
        corrections["orders"] = _second_numbers(world, known, doubles, "orders")
    late = {
        name: np.flatnonzero((days > 0) & (known[name] < NEVER)) for name, days in delays.items()
    }
    return Ledger(known, corrections, doubles, late)


def _nothing_wrong(first: int) -> tuple[dict[str, Correction], Doubles]:
    none = np.empty(0, dtype=np.int64)
    names = ("issue", "court", "sex", "birth", "type", "roles", "orders")
    return {name: Correction(none, none, none) for name in names}, Doubles(first, none, none, none)


def _delays(world: World, random: np.random.Generator, revised: bool) -> dict[str, Ints]:
    """Return by how many days each case, hearing and order is entered late."""
    cases, hearings, orders = world.cases.length, world.hearings.length, world.orders.length
    if not revised:
        return {
            "cases": np.zeros(cases, dtype=np.int64),
            "hearings": np.zeros(hearings, dtype=np.int64),
            "orders": np.zeros(orders, dtype=np.int64),
        }
    pick = random.random(cases)
    soon = RATES["late entry of a case"]
    days = np.where(pick < soon, random.integers(5, LATE_DAYS, cases), 0)
    very = (pick >= soon) & (pick < soon + RATES["very late entry of a case"])
    days[very] = LATE_DAYS + random.exponential(MEAN_DAYS, int(very.sum())).astype(np.int64)
    out = {"cases": days}
    for name, rate, size in (
        ("hearings", RATES["late entry of a hearing"], hearings),
        ("orders", RATES["late entry of an order"], orders),
    ):
        late = random.random(size) < rate
        out[name] = np.zeros(size, dtype=np.int64)
        out[name][late] = random.integers(5, LATE_DAYS, int(late.sum()))
    return out


def _known(world: World, wanted: Bools, delays: Mapping[str, Ints]) -> dict[str, Ints]:
    """Return the day from which each row of each table stands in the system."""
    case = np.where(wanted, world.cases.column("issue") + delays["cases"], NEVER)
    application = np.maximum(
        case[world.applications.column("case")], world.applications.column("issue")
    )
    role = application[world.roles.column("application")]
    person = np.full(world.persons.length, NEVER, dtype=np.int64)
    np.minimum.at(person, world.roles.column("person"), role)
    for side in ("mother", "father"):
        parent = world.persons.column(side)
        linked = np.flatnonzero((parent >= 0) & (person < NEVER))
        np.minimum.at(person, parent[linked], person[linked])
    hearing = np.maximum(
        case[world.hearings.column("case")], world.hearings.column("day") + delays["hearings"]
    )
    order = np.maximum(
        application[world.orders.column("application")],
        world.orders.column("day") + delays["orders"],
    )
    relation = np.maximum(
        person[world.relations.column("person")], person[world.relations.column("related")]
    )
    return {
        "cases": case,
        "applications": application,
        "roles": role,
        "persons": person,
        "hearings": hearing,
        "orders": order,
        "relations": relation,
    }


def _corrections(
    world: World, known: Mapping[str, Ints], random: np.random.Generator
) -> dict[str, Correction]:
    """Draw which values are wrong at first, what they are, and until when."""

    def drawn(table: str, kind: str, among: Bools | None = None) -> tuple[Ints, Ints]:
        days = known[table]
        chosen = (random.random(len(days)) < RATES[kind]) & (days < NEVER)
        rows = np.flatnonzero(chosen if among is None else chosen & among)
        lag = 10 + random.exponential(MEAN_DAYS, len(rows)).astype(np.int64)
        return rows, days[rows] + lag

    out = {}
    rows, until = drawn("applications", "application date corrected")
    shift = random.choice(np.r_[-10:0, 1:11], len(rows))
    issue = world.applications.column("issue")[rows]
    # No date is later than the day on which it was entered.
    after = issue + shift > known["applications"][rows]
    out["issue"] = Correction(rows, issue + np.where(after, -shift, shift), until)
    rows, until = drawn("cases", "court corrected")
    out["court"] = Correction(rows, _other_court(world, rows, random), until)
    rows, until = drawn("persons", "sex corrected")
    sex = world.persons.column("sex")[rows]
    out["sex"] = Correction(rows, np.where(sex == FEMALE, MALE, FEMALE), until)
    rows, until = drawn("persons", "birth week corrected")
    birth = world.persons.column("birth")[rows]
    young = known["persons"][rows] - birth < 365
    weeks = random.integers(1, 5, len(rows))
    years = np.where(random.random(len(rows)) < 0.7, 1, 10)
    out["birth"] = Correction(rows, birth - np.where(young, 7 * weeks, 364 * years), until)
    kind = world.orders.column("type")
    mistaken = np.arange(len(ORDER_TYPES))
    for right, wrong in _MISTAKEN.items():
        mistaken[ORDER[right]] = ORDER[wrong]
    final = (world.orders.column("final") == 1) & (mistaken[kind] != kind)
    rows, until = drawn("orders", "order corrected", final)
    out["type"] = Correction(rows, mistaken[kind[rows]], until)
    return out


def dfj_areas_of(authority: Ints) -> Ints:
    """Return the DFJ area (row of `codes.dfj_areas`) of each local authority (row of `authorities`)."""
    numbers = {code: number for number, code in enumerate(codes.dfj_areas()["code"])}
    areas = authorities()["dfj_area"].map(numbers).to_numpy().astype(np.int64)
    return np.asarray(areas[authority])


def _other_court(world: World, rows: Ints, random: np.random.Generator) -> Ints:
    """Return for each case another DFJ area of the same HMCTS region."""
    own = dfj_areas_of(world.cases.column("authority")[rows])
    circuit = codes.dfj_areas()["circuit"].to_numpy()
    out = own.copy()
    pick = random.random(len(rows))
    for number in range(len(circuit)):
        others = np.flatnonzero((circuit == circuit[number]) & (np.arange(len(circuit)) != number))
        mine = own == number
        out[mine] = others[(pick[mine] * len(others)).astype(np.int64)]
    return out


def _doubles(
    world: World, known: Mapping[str, Ints], first: int, random: np.random.Generator
) -> Doubles:
    """Draw who is entered anew with a second case, and until when the two stand apart."""
    chosen = random.random(world.persons.length) < RATES["person merged"]
    chosen &= known["persons"] < NEVER
    rows = np.flatnonzero(chosen[world.roles.column("person")] & (known["roles"] < NEVER))
    person = world.roles.column("person")[rows]
    case = world.applications.column("case")[world.roles.column("application")[rows]]
    entered = known["cases"][case]
    order = np.lexsort((case, entered, person))
    person, case, entered = person[order], case[order], entered[order]
    begins = np.concatenate([[True], person[1:] != person[:-1]])[: len(person)]
    leader = np.maximum.accumulate(np.where(begins, np.arange(len(person)), 0))
    later = np.flatnonzero(entered > entered[leader])
    who, place = np.unique(person[later], return_index=True)
    start = entered[later][place]
    lag = 20 + random.exponential(MEAN_DAYS, len(who)).astype(np.int64)
    until = np.where(random.random(len(who)) < NEVER_MERGED, NEVER, start + lag)
    return Doubles(first, who, start, until)


def _second_numbers(
    world: World, known: Mapping[str, Ints], doubles: Doubles, table: str
) -> Correction:
    """Return the roles or orders that name a person by the second number, until the two are merged."""
    if len(doubles.person) == 0:
        none = np.empty(0, dtype=np.int64)
        return Correction(none, none, none)
    rows_of = world.roles if table == "roles" else world.orders
    person = rows_of.column("person")
    is_double = np.zeros(world.persons.length, dtype=bool)
    is_double[doubles.person] = True
    rows = np.flatnonzero(is_double[person] & (known[table] < NEVER))
    place = np.searchsorted(doubles.person, person[rows])
    case = world.applications.column("case")[rows_of.column("application")[rows]]
    apart = known["cases"][case] >= doubles.start[place]
    apart &= known[table][rows] < doubles.until[place]
    return Correction(rows[apart], doubles.number[place[apart]], doubles.until[place[apart]])

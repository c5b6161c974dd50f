"""What a recording system holds of the synthetic world on the day of a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.records import NEVER, RELATION, Bools, Ints, World
from fjanalysis.sources.synthetic.revisions import Doubles, Ledger, dfj_areas_of

# Relationships are numbered by the person, 64 each; further relatives follow after all of them.
RELATED = 64
_SIBLINGS, _SECOND_NUMBER, _MOST_SIBLINGS = 2, 30, 29
_FURTHER = 1 << 32


@dataclass(frozen=True)
class Extract:
    """The rows of one system, each table as columns, with the row's number in the world as `id`.

    Whatever comes to be known after the refresh is absent, and later days of closing are `NEVER`.
    `known` is the day from which a row stands in the system. Persons have `world`, their number in the
    world, where `id` may be a second one; cases have `dfj`, the area of their court.
    """

    refresh: int
    persons: Mapping[str, Ints]
    cases: Mapping[str, Ints]
    applications: Mapping[str, Ints]
    roles: Mapping[str, Ints]
    hearings: Mapping[str, Ints]
    orders: Mapping[str, Ints]
    relations: Mapping[str, Ints]
    doubles: Doubles


def take(world: World, refresh: int, ledger: Ledger) -> Extract:
    """Return what the system with this ledger holds on the day of the refresh."""
    right = ledger.corrections

    def held(name: str, columns: dict[str, Ints]) -> dict[str, Ints]:
        known = ledger.known[name]
        chosen = np.flatnonzero(known <= refresh)
        return {
            "id": chosen,
            "known": known[chosen],
            **{column: values[chosen] for column, values in columns.items()},
        }

    cases, applications = world.cases.columns(), world.applications.columns()
    roles, orders = world.roles.columns(), world.orders.columns()
    cases["closed"] = _past(cases["closed"], refresh)
    cases["dfj"] = right["court"].apply(dfj_areas_of(cases["authority"]), refresh)
    applications["completed"] = _past(applications["completed"], refresh)
    applications["issue"] = right["issue"].apply(applications["issue"], refresh)
    roles["person"] = right["roles"].apply(roles["person"], refresh)
    orders["person"] = right["orders"].apply(orders["person"], refresh)
    orders["type"] = right["type"].apply(orders["type"], refresh)
    persons = world.persons.columns()
    persons["sex"] = right["sex"].apply(persons["sex"], refresh)
    persons["birth"] = right["birth"].apply(persons["birth"], refresh)
    persons["rank"] = _ranks(persons["mother"])
    return Extract(
        refresh,
        _with_doubles(held("persons", persons), persons, ledger.doubles, refresh),
        held("cases", cases),
        held("applications", applications),
        held("roles", roles),
        held("hearings", world.hearings.columns()),
        held("orders", orders),
        held("relations", world.relations.columns()),
        ledger.doubles,
    )


def _with_doubles(
    persons: dict[str, Ints], world: dict[str, Ints], doubles: Doubles, refresh: int
) -> dict[str, Ints]:
    """Return the persons with those who stand in the system a second time at the end."""
    now = np.flatnonzero((doubles.start <= refresh) & (refresh < doubles.until))
    second = {name: values[doubles.person[now]] for name, values in world.items()}
    second["rank"] = second["rank"] + _SECOND_NUMBER
    second |= {
        "id": doubles.number[now],
        "known": doubles.start[now],
        "world": doubles.person[now],
    }
    persons["world"] = persons["id"]
    return {name: np.concatenate([values, second[name]]) for name, values in persons.items()}


def _ranks(mother: Ints) -> Ints:
    """Return the place of each person of the world among the children of the same mother, from 0."""
    born = np.flatnonzero(mother >= 0)
    order = born[np.argsort(mother[born], kind="stable")]
    place = np.arange(len(order))
    begins = np.concatenate([[True], mother[order][1:] != mother[order][:-1]])[: len(order)]
    out = np.zeros(len(mother), dtype=np.int64)
    out[order] = place - np.maximum.accumulate(np.where(begins, place, 0))
    return np.minimum(out, _MOST_SIBLINGS - 1)


def _past(days: Ints, refresh: int) -> Ints:
    return np.where(days > refresh, NEVER, days)


def of_nation(world: World, wales: bool) -> Bools:
    """Return which cases are of Wales, or of England."""
    return np.asarray((world.cases.column("region") == c.WALES) == wales)


def relationships(extract: Extract) -> dict[str, Ints]:
    """Return all pairs of related persons in one direction.

    Parents of children, children of the same mother (siblings, half siblings where the fathers
    differ), and grandparents and other relatives as the world gives them.

    Returns
    -------
    dict
        `id` (the same at every refresh), `person`, `related`, and `relation`: what the related is.
    """
    persons, doubles, refresh = extract.persons, extract.doubles, extract.refresh
    blocks: list[tuple[Ints, Ints, Ints, Ints]] = []
    for number, side in enumerate(("mother", "father")):
        has = persons[side] >= 0
        child = persons["id"][has]
        parent = doubles.related(persons[side][has], persons["known"][has], refresh)
        relation = np.full(len(child), RELATION["parent"])
        blocks.append((child * RELATED + number, child, parent, relation))
    blocks.extend(_siblings(persons))
    extra = extract.relations
    related = doubles.related(extra["related"], extra["known"], refresh)
    blocks.append((_FURTHER + extra["id"], extra["person"], related, extra["relation"]))
    names = ("id", "person", "related", "relation")
    return {
        name: np.concatenate(parts)
        for name, parts in zip(names, zip(*blocks, strict=True), strict=True)
    }


def _siblings(persons: Mapping[str, Ints]) -> list[tuple[Ints, Ints, Ints, Ints]]:
    """Return the pairs of children of the same mother, each pair once."""
    born = np.flatnonzero(persons["mother"] >= 0)
    order = born[np.argsort(persons["mother"][born], kind="stable")]
    ids, mother, father, own, rank = (
        persons[name][order] for name in ("id", "mother", "father", "world", "rank")
    )
    blocks = []
    for step in range(1, 13):
        same = np.flatnonzero((mother[step:] == mother[:-step]) & (own[step:] != own[:-step]))
        one, two = ids[same], ids[same + step]
        full = father[same] == father[same + step]
        relation = np.where(full, RELATION["sibling"], RELATION["half sibling"])
        number = one * RELATED + _SIBLINGS + rank[same + step]
        blocks.append((number, one, two, relation))
    return blocks

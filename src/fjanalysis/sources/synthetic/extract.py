"""What a recording system holds of the synthetic world on the day of a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.records import NEVER, RELATION, Bools, Ints, World

LATE_SHARE, LATE_DAYS = 0.04, 75


@dataclass(frozen=True)
class Extract:
    """The rows of one system, each table as columns, with the row's number in the world as `id`.

    Whatever happens after the refresh is not known: later hearings and orders are absent, and
    later days of closing are `NEVER`.
    """

    refresh: int
    persons: Mapping[str, Ints]
    cases: Mapping[str, Ints]
    applications: Mapping[str, Ints]
    roles: Mapping[str, Ints]
    hearings: Mapping[str, Ints]
    orders: Mapping[str, Ints]
    relations: Mapping[str, Ints]


def _rows(columns: Mapping[str, Ints], kept: Bools) -> dict[str, Ints]:
    chosen = np.flatnonzero(kept)
    return {"id": chosen, **{name: values[chosen] for name, values in columns.items()}}


def entered(world: World, seed: tuple[int, ...], faults: bool) -> Ints:
    """Return the day on which each case stands in the system: a few are entered weeks late."""
    issue = world.cases.column("issue")
    if not faults:
        return issue
    random = np.random.Generator(np.random.PCG64([*seed, 101]))
    late = random.random(len(issue)) < LATE_SHARE
    return issue + np.where(late, random.integers(5, LATE_DAYS, len(issue)), 0)


def take(world: World, refresh: int, wanted: Bools, known_from: Ints) -> Extract:
    """Return the extract of the cases that are wanted and known on the day of the refresh.

    Parameters
    ----------
    refresh
        The day.
    wanted
        Which cases of the world belong to the system.
    known_from
        The day from which each case stands in the system.
    """
    cases, applications = world.cases.columns(), world.applications.columns()
    roles, orders, hearings = (
        world.roles.columns(),
        world.orders.columns(),
        world.hearings.columns(),
    )
    held = wanted & (known_from <= refresh)
    has_application = held[applications["case"]] & (applications["issue"] <= refresh)
    has_role = has_application[roles["application"]]
    named = np.zeros(world.persons.length, dtype=bool)
    named[roles["person"][has_role]] = True
    has_order = (
        has_application[orders["application"]]
        & (orders["day"] <= refresh)
        & (orders["day"] < NEVER)
    )
    persons = world.persons.columns()
    relations = world.relations.columns()
    kept_cases = _rows(cases, held)
    kept_cases["closed"] = _known(kept_cases["closed"], refresh)
    kept_applications = _rows(applications, has_application)
    kept_applications["completed"] = _known(kept_applications["completed"], refresh)
    for side in ("mother", "father"):
        parent = persons[side]
        linked = named & (parent >= 0)
        named[parent[linked]] = True
    return Extract(
        refresh,
        _rows(persons, named),
        kept_cases,
        kept_applications,
        _rows(roles, has_role),
        _rows(hearings, held[hearings["case"]] & (hearings["day"] <= refresh)),
        _rows(orders, has_order),
        _rows(relations, named[relations["person"]] & named[relations["related"]]),
    )


def _known(days: Ints, refresh: int) -> Ints:
    return np.where(days > refresh, NEVER, days)


def of_nation(world: World, wales: bool) -> Bools:
    """Return which cases are of Wales, or of England."""
    return np.asarray((world.cases.column("region") == c.WALES) == wales)


def relationships(extract: Extract) -> tuple[Ints, Ints, Ints]:
    """Return all pairs of related persons in one direction: person, related, and what the related is.

    Parents of children, children of the same mother (siblings, half siblings where the fathers
    differ), and grandparents and other relatives as the world gives them.
    """
    persons = extract.persons
    blocks: list[tuple[Ints, Ints, Ints]] = []
    for side in ("mother", "father"):
        has = persons[side] >= 0
        blocks.append(
            (persons["id"][has], persons[side][has], np.full(has.sum(), RELATION["parent"]))
        )
    born = np.flatnonzero(persons["mother"] >= 0)
    order = born[np.lexsort((persons["id"][born], persons["mother"][born]))]
    ids, mother, father = (persons[name][order] for name in ("id", "mother", "father"))
    for step in range(1, 7):
        same = np.flatnonzero(mother[step:] == mother[:-step])
        full = father[same] == father[same + step]
        blocks.append(
            (
                ids[same],
                ids[same + step],
                np.where(full, RELATION["sibling"], RELATION["half sibling"]),
            )
        )
    extra = extract.relations
    blocks.append((extra["person"], extra["related"], extra["relation"]))
    joined = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    return joined[0], joined[1], joined[2]

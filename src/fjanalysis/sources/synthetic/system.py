"""What the writers of the three systems share: their tables, and values that each records alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fjanalysis.reference import local_authorities
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.extract import RELATED, Extract, relationships
from fjanalysis.sources.synthetic.faults import Faults, mistyped_century, repeated
from fjanalysis.sources.synthetic.layout import Tables, dates, key, numbers, texts
from fjanalysis.sources.synthetic.records import (
    ECMS_START,
    FEMALE,
    NEVER,
    PUBLIC,
    RELATION,
    Bools,
    Ints,
    day,
    monday,
    year_of,
)

FIFTH_AREAS = 40
ADDRESS_MISSING = 0.04
OLDEST = day("1901-01-07")
LINKED = 0.80  # of persons, whose linkage field is filled
PersonKey = Callable[[Ints], Ints]


@dataclass(frozen=True)
class System:
    """One system's extract of a chunk, and what its tables are written with.

    Parameters
    ----------
    prefix, suffix
        Of the physical tables: the system's, and the date where it is not the refresh's.
    person
        Gives the system's key of each person.
    """

    tables: Tables
    extract: Extract
    faults: Faults
    chunk: int
    prefix: str
    suffix: str | None
    person: PersonKey

    def keys(self, kind: str, ids: Ints) -> Ints:
        """Return the keys of records by their numbers."""
        return key(kind, ids, self.chunk)

    def faulty(self, fault: str, table: str, ids: Ints, keys: Ints) -> Bools:
        """Return which rows of a table have the fault; they are remembered by their keys."""
        return self.faults.rows(fault, ids, self.prefix + table, keys)

    def added(self, fault: str, table: str, keys: Ints) -> None:
        """Remember rows that stand in a table by the fault alone."""
        self.faults.record(fault, self.prefix + table, keys)

    def put(self, table: str, ids: Ints, keys: Ints, columns: dict[str, pa.Array]) -> None:
        """Append rows to a table, some of them twice."""
        columns["AVAIL_FROM_DT"] = dates(np.full(len(ids), self.extract.refresh))
        again = self.faulty("duplicate row", table, ids, keys)
        self.tables.write(self.prefix + table, repeated(columns, again), self.suffix)


def whole(values: Ints, missing: Bools | None = None) -> pa.Array:
    """Return keys as a column."""
    return numbers(values, pa.int64(), missing)


def small(values: Ints, missing: Bools | None = None) -> pa.Array:
    """Return codes as a column."""
    return numbers(values, pa.int16(), missing)


def authority_ids() -> Ints:
    """Return the English systems' number of each local authority."""
    return np.arange(len(local_authorities())) + 101


def court_level(system: System, table: str, dfj: Ints, issue: Ints, ids: Ints, keys: Ints) -> Ints:
    """Return the court of each row: the area's Family Court, that of before 2014, or another spelling."""
    kind = np.where(issue < ECMS_START, 2, 1)
    kind = np.where(system.faulty("court spelt otherwise", table, ids, keys), 3, kind)
    return 3 * dfj + kind


def birth_weeks(system: System, table: str, keys: Ints) -> pa.Array:
    """Return the recorded birth week of each person."""
    persons = system.extract.persons
    ids, weeks = persons["id"], monday(persons["birth"])
    old = system.faulty("age over 89", table, ids, keys)
    long_ago = OLDEST + (system.faults.uniform("how old", ids) * 15 * 365).astype(np.int64)
    weeks = np.where(old, monday(long_ago), weeks)
    wrong = system.faulty("mistyped century", table, ids, keys)
    weeks = mistyped_century(weeks, wrong, system.faults.uniform("which century", ids))
    return dates(weeks, system.faulty("birth week missing", table, ids, keys))


def sexes(system: System, table: str, keys: Ints) -> pa.Array:
    """Return the recorded sex of each person."""
    persons = system.extract.persons
    unknown = system.faulty("sex missing", table, persons["id"], keys)
    sex = np.where(unknown, 2, np.where(persons["sex"] == FEMALE, 0, 1))
    return texts(sex, ("Female", "Male", None))


def link_keys(system: System) -> tuple[Ints, Bools]:
    """Return the linkage field of each person, the same in every system, and where it is empty."""
    persons = system.extract.persons
    keys = key("other", persons["world"], system.chunk) * 8 + 3
    return keys, system.faults.uniform("linkage", persons["id"]) >= LINKED


def area_code(region: Ints, fifth: Ints, ids: Ints) -> pa.Array:
    """Return a synthetic small area of each person, of the right nation, region and fifth."""
    return _area_names().take(pa.array((region * 5 + fifth - 1) * FIFTH_AREAS + ids % FIFTH_AREAS))


def _area_names() -> pa.Array:
    serial = np.arange(len(c.REGIONS) * 5 * FIFTH_AREAS)
    wales = serial >= c.WALES * 5 * FIFTH_AREAS
    names = np.char.add(np.where(wales, "W01X", "E01X"), np.char.zfill(serial.astype(str), 5))
    return pa.array(names, pa.string())


def ethnicity_recorded(system: System) -> Bools:
    """Return for whom an ethnicity is recorded: more often in later years, and in public law."""
    extract = system.extract
    persons, roles = extract.persons, extract.roles
    rows = np.searchsorted(extract.applications["id"], roles["application"])
    law = extract.cases["law"][np.searchsorted(extract.cases["id"], extract.applications["case"])]
    place = np.searchsorted(persons["id"], roles["person"])
    first = np.full(len(persons["id"]), NEVER)
    np.minimum.at(first, place, extract.applications["issue"][rows])
    private = np.ones(len(first), dtype=bool)
    private[place[law[rows] == PUBLIC]] = False
    missing = c.at(c.ETHNICITY_MISSING, year_of(np.minimum(first, extract.refresh)))
    more = np.minimum(missing * c.ETHNICITY_MISSING_PRIVATE, 0.85)
    missing = np.where(private, more, missing)
    return system.faults.uniform("ethnicity recorded", persons["id"]) >= missing


def related_persons(system: System, table: str) -> dict[str, Ints]:
    """Return the pairs of `relationships`, with second mothers and fathers where that is the fault."""
    pairs = relationships(system.extract)
    for number, side in ((RELATED - 2, "mother"), (RELATED - 1, "father")):
        extra = _second_parents(system, side, number)
        system.added(f"second {side}", table, system.keys("relationship", extra["id"]))
        pairs = {name: np.concatenate([pairs[name], extra[name]]) for name in pairs}
    return pairs


def _second_parents(system: System, side: str, number: int) -> dict[str, Ints]:
    """Return the children with two mothers or two fathers, and the second one of each.

    That is a parent who was known before the child was, the same at every refresh.
    """
    persons = system.extract.persons
    ids, known = persons["id"], persons["known"]
    child = np.flatnonzero(persons[side] >= 0)
    child = child[system.faults.rows(f"second {side}", ids[child])]
    parents = np.searchsorted(ids, np.unique(persons[side][persons[side] >= 0]))
    parents = parents[np.argsort(known[parents], kind="stable")]
    before = np.searchsorted(known[parents], known[child])
    picks = system.faults.uniform(f"which second {side}", ids[child])
    apart = before > 0
    child, place = child[apart], (picks * before).astype(np.int64)[apart]
    return {
        "id": ids[child] * RELATED + number,
        "person": ids[child],
        "related": ids[parents[place]],
        "relation": np.full(len(child), RELATION["parent"]),
    }


def first_entered(orders: Mapping[str, Ints], of: Ints) -> Ints:
    """Return the rows of orders that stand for all of the same kind and day `of` a case or application."""
    alike = (of, orders["type"], orders["day"], orders["final"])
    order = np.lexsort((orders["id"], orders["known"], *reversed(alike)))
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = np.any([each[order][1:] != each[order][:-1] for each in alike], axis=0)
    return np.sort(order[begins])

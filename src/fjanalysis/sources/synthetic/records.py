"""The synthetic world as columns: persons, cases, applications, roles, hearings and orders.

Days are whole days since 1 January 1970; -1 as a person or application means none. The world knows
no source system: a writer a system lays it out as that system would.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FEMALE, MALE = 0, 1
PUBLIC, PRIVATE = 0, 1
APPLICANT, RESPONDENT, SUBJECT, OTHER = 0, 1, 2, 3
NEVER: Final = 100_000  # a day after all others: not closed, no order

APPLICATION_TYPES: Final = (
    "care", "supervision", "extension of supervision", "emergency protection", "child assessment",
    "secure accommodation", "placement", "discharge", "contact with child in care", "recovery",
    "revocation of placement", "inherent jurisdiction", "deprivation of liberty", "live with",
    "time with", "live and time with", "prohibited steps", "specific issue", "enforcement",
    "parental responsibility", "special guardianship", "parental order", "step-parent adoption",
    "change of name",
)  # fmt: skip
APPLICATION: Final = {name: number for number, name in enumerate(APPLICATION_TYPES)}
ORDER_TYPES: Final = (
    "placement order", "care order", "special guardianship", "child arrangements",
    "supervision order", "family assistance order", "no order", "dismissed", "withdrawn",
    "interim care order", "interim supervision order", "emergency protection order",
    "prohibited steps", "specific issue", "enforcement", "parental responsibility", "other",
    "report",
)  # fmt: skip
ORDER: Final = {name: number for number, name in enumerate(ORDER_TYPES)}
FINAL_ORDER_COLUMNS: Final = tuple(name.replace(" ", "_") for name in ORDER_TYPES[:9])
MILLION: Final = 1_000_000
RELATIONS: Final = (
    "parent",
    "child",
    "sibling",
    "half sibling",
    "grandparent",
    "grandchild",
    "other",
)
RELATION: Final = {name: number for number, name in enumerate(RELATIONS)}


def day(text: str) -> int:
    """Return a date as days since 1970."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


ECMS_START: Final = day("2014-04-22")  # English cases issued before it stand in CMS


def monday(days: Ints) -> Ints:
    """Return the Monday on or before each day."""
    return days - (days + 3) % 7


def year_of(days: Ints) -> Ints:
    """Return the first calendar year of the financial year that each day is in."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (months - 3) // 12 + 1970


def spread(counts: Ints) -> Ints:
    """Return the row numbers 0, 1 … each as often as its count says."""
    return np.repeat(np.arange(len(counts)), counts)


def millionths(values: NDArray[np.float64]) -> Ints:
    """Return shares or ratios as whole millionths."""
    return np.round(values * MILLION).astype(np.int64)


class Growing:
    """Columns that grow by blocks of rows; a column that a block leaves out takes its default."""

    def __init__(self, **defaults: int) -> None:
        self._defaults = defaults
        self._blocks: dict[str, list[Ints]] = {name: [] for name in defaults}
        self.length = 0

    def add(self, **columns: Any) -> Ints:
        """Append a block and return the numbers of its rows."""
        unknown = columns.keys() - self._defaults.keys()
        if unknown:
            raise KeyError(f"no such columns: {sorted(unknown)}")
        size = max((len(c) for c in columns.values() if np.ndim(c)), default=0)
        for name, default in self._defaults.items():
            values = np.asarray(columns.get(name, default), dtype=np.int64)
            self._blocks[name].append(np.broadcast_to(values, (size,)))
        numbers = np.arange(self.length, self.length + size)
        self.length += size
        return numbers

    def column(self, name: str) -> Ints:
        """Return one column as it stands, to be read only."""
        blocks = self._blocks[name]
        if len(blocks) != 1:
            whole = np.concatenate([np.empty(0, dtype=np.int64), *blocks])
            whole.flags.writeable = False
            self._blocks[name] = blocks = [whole]
        return blocks[0]

    def columns(self) -> dict[str, Ints]:
        """Return all columns."""
        return {name: self.column(name) for name in self._defaults}


@dataclass(frozen=True)
class World:
    """All records of a synthetic world.

    `persons`: sex, birth, region, fifth, ethnicity, mother, father. `cases`: law, authority (row of
    the local authorities), region, issue, closed. `applications`: case, type, issue, completed.
    `roles`: application, person, role, party. `hearings`: case, day. `orders`: application, person,
    type, day, final. `relations`: person, related, relation (grandparents and further relatives).

    The last three hold what the records were drawn from, and stand in no system. Shares and ratios are in
    millionths. `sets`, a row a mother's set of care proceedings: its case, generation, hazard ratio of
    her next return, the day `ends` from which none is possible, the days of the next set and of the next
    about a new child, whether a child was newborn by its birth week, the chances of notice, the mother's
    and the youngest child's age in days and the number of children.
    `newborns`, a row such a child: the chance of each final order as its system records orders.
    `returns`, a row a private case: family, generation, hazard ratio of the next return, `origin`, `ends`
    and the day of the next, and what is sought first and in a further application.
    """

    persons: Growing
    cases: Growing
    applications: Growing
    roles: Growing
    hearings: Growing
    orders: Growing
    relations: Growing
    sets: Growing
    newborns: Growing
    returns: Growing


def empty_world() -> World:
    """Return a world without anybody."""
    return World(
        persons=Growing(sex=0, birth=0, region=0, fifth=1, ethnicity=0, mother=-1, father=-1),
        cases=Growing(law=0, region=0, authority=0, issue=0, closed=NEVER, kind=0),
        applications=Growing(case=0, type=0, issue=0, completed=NEVER),
        roles=Growing(application=0, person=0, role=0, party=1),
        hearings=Growing(case=0, day=0, kind=0),
        orders=Growing(application=0, person=0, type=0, day=0, final=0),
        relations=Growing(person=0, related=0, relation=0),
        sets=Growing(
            case=0,
            mother=0,
            generation=1,
            ratio=0,
            ends=NEVER,
            next=NEVER,
            next_new=NEVER,
            newborn=0,
            same_day=0,
            emergency=0,
            short_notice=0,
            age=0,
            children=0,
            youngest=0,
        ),
        newborns=Growing(case=0, child=0, **dict.fromkeys(FINAL_ORDER_COLUMNS, 0)),
        returns=Growing(
            case=0,
            family=0,
            generation=1,
            ratio=0,
            origin=0,
            ends=NEVER,
            next=NEVER,
            sex=0,
            sought=0,
            also=-1,
            youngest=0,
            parental=1,
        ),
    )

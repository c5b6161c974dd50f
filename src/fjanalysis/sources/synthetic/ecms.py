"""Cafcass England ECMS: its tables as the public sources show them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.layout import EXTRA, dates, texts
from fjanalysis.sources.synthetic.records import (
    APPLICANT,
    APPLICATION,
    APPLICATION_TYPES,
    ECMS_START,
    NEVER,
    ORDER,
    OTHER,
    PUBLIC,
    RELATIONS,
    RESPONDENT,
    SUBJECT,
    Ints,
)
from fjanalysis.sources.synthetic.system import (
    ADDRESS_MISSING,
    System,
    area_code,
    authority_ids,
    birth_weeks,
    court_level,
    ethnicity_recorded,
    link_keys,
    related_persons,
    sexes,
    small,
    whole,
)

FALSE_TRUE = ("false", "true")


def write(system: System) -> None:
    """Append a chunk's extract to the ECMS tables."""
    _cases(system)
    _applications(system)
    _roles(system)
    _people(system)
    _relationships(system)
    _hearings(system)
    _outputs(system)
    _addresses(system)
    _ethnicities(system)


def _cases(system: System) -> None:
    cases, faults, table = system.extract.cases, system.faults, "CASES"
    ids = cases["id"]
    keys = system.keys("case", ids)
    public = cases["law"] == PUBLIC
    court = court_level(system, table, cases["dfj"], cases["issue"], ids, keys)
    received = cases["issue"] + (faults.uniform("received later", ids) * 3).astype(np.int64)
    closed = cases["closed"]
    shut = closed < NEVER
    wrong = np.zeros(len(ids), dtype=bool)
    wrong[shut] = system.faulty("closed before received", table, ids[shut], keys[shut])
    closed = np.where(wrong, received - 400, closed)
    columns = {
        "ID_PE": whole(keys),
        "LAWTYPE_ID": small(np.where(public, 1, 2)),
        "LOCALAUTHORITY_ID": small(
            authority_ids()[cases["authority"]],
            system.faulty("authority missing", table, ids, keys),
        ),
        "COURTCOURTLEVELREF_ID": small(court, system.faulty("court missing", table, ids, keys)),
        "COURTFORM_ID": small(np.where(public, 1, 2)),
        "CASESTATU_ID": small(np.where(closed < NEVER, 2, 1)),
        "DATERECEIVED": dates(received),
        "CLOSUREDATE": dates(closed),
        "REOPENDATE": dates(np.full(len(ids), NEVER)),
        "HARM": texts((faults.uniform("harm", ids) < 0.6).astype(np.int64), FALSE_TRUE),
    }
    system.put(table, ids, keys, columns)


def application_types(kind: Ints, issue: Ints) -> Ints:
    """Return the types as they were called on the day of issue: contact and residence before 2014."""
    older = np.full(len(APPLICATION_TYPES), -1)
    for place, name in enumerate(codes.BEFORE_2014):
        older[APPLICATION[name]] = len(APPLICATION_TYPES) + place
    return np.where((issue < ECMS_START) & (older[kind] >= 0), older[kind], kind)


def _applications(system: System) -> None:
    rows, cases, table = system.extract.applications, system.extract.cases, "APPLICATIONS"
    ids = rows["id"]
    bare = system.faults.rows("application without persons", ids)
    take = np.concatenate([np.arange(len(ids)), np.flatnonzero(bare)])
    ids = np.concatenate([ids, ids[bare] + EXTRA])
    keys = system.keys("application", ids)
    system.added("application without persons", table, keys[len(bare) :])
    issue, case = rows["issue"][take], rows["case"][take]
    case_row = np.searchsorted(cases["id"], case)
    court = court_level(system, table, cases["dfj"][case_row], issue, ids, keys)
    later = (system.faults.uniform("received later", case) * 3).astype(np.int64)
    received = np.maximum(issue + later, cases["issue"][case_row])
    columns = {
        "ID_PE": whole(keys),
        "CASE_ID_PE": whole(system.keys("case", case)),
        "APPLICATIONTYPE1_ID": small(application_types(rows["type"][take], issue) + 1),
        "COURTCOURTLEVELREF_ID": small(court, system.faulty("court missing", table, ids, keys)),
        "DATEOFAPPLICATION": dates(
            issue, system.faulty("date of application missing", table, ids, keys)
        ),
        "DATERECEIVED": dates(received),
        "DATENOTIFIED": dates(received + 1),
        "DATECOMPLETED": dates(rows["completed"][take]),
        "DATEAPPLICATIONCOMPLETED": dates(
            np.minimum(rows["completed"][take], cases["closed"][case_row])
        ),
    }
    system.put(table, ids, keys, columns)


def _roles(system: System) -> None:
    rows, table = system.extract.roles, "PERSONSONAPPLICATIONS"
    ids = rows["id"]
    second = system.faults.rows("second role", ids)
    lost = system.faults.rows("role without application", ids)
    take = np.concatenate([np.arange(len(ids)), np.flatnonzero(second), np.flatnonzero(lost)])
    first_lost = len(ids) + int(second.sum())
    ids = np.concatenate([ids, ids[second] + EXTRA, ids[lost] + EXTRA + EXTRA // 2])
    keys = system.keys("role", ids)
    system.added("second role", table, keys[len(second) : first_lost])
    system.added("role without application", table, keys[first_lost:])
    application, role, party = (rows[name][take] for name in ("application", "role", "party"))
    application[first_lost:] += EXTRA
    role[len(second) : first_lost] = OTHER

    def flag(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Array:
        return texts(chosen.astype(np.int64), FALSE_TRUE)

    columns = {
        "ID_PE": whole(keys),
        "PERSON_ID_PE": whole(system.person(rows["person"][take])),
        "APPLICATION_ID_PE": whole(system.keys("application", application)),
        "ISSUBJECT": flag(role == SUBJECT),
        "ISRESPONDENT": flag(role == RESPONDENT),
        "ISAPPLICANT": flag(role == APPLICANT),
        "ISOTHER": flag(role == OTHER),
        "ISSUBJECTPARTY": flag((role == SUBJECT) & (party == 1)),
        "ISOTHERPARTY": flag(np.zeros(len(take), dtype=bool)),
    }
    system.put(table, ids, keys, columns)


def _people(system: System) -> None:
    rows, table = system.extract.persons, "PEOPLE"
    ids = rows["id"]
    keys = system.person(ids)
    link, unlinked = link_keys(system)
    month = rows["birth"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    columns = {
        "ID_PE": whole(keys),
        "GENDER": sexes(system, table, keys),
        "WEEKOFBIRTH": birth_weeks(system, table, keys),
        "ALF_PE": whole(link, unlinked),
        "ALF2_PE": whole(link + 1, unlinked),
        "MOB_LINKAGE": small(month + 1, unlinked),
    }
    system.put(table, ids, keys, columns)


def _relationships(system: System) -> None:
    table = "PERSONRELATIONSHIPS"
    pairs = related_persons(system, table)
    ids, person, related = pairs["id"], pairs["person"], pairs["related"]
    type_of = {name: number for name, number, _ in reversed(codes.ECMS_RELATIONSHIPS)}
    kind = np.array([type_of.get(name, 12) for name in RELATIONS])[pairs["relation"]]
    inverse_of = np.zeros(64, dtype=np.int64)
    for one, other_way in codes.INVERSE.items():
        inverse_of[one] = other_way
    ids = np.concatenate([ids, ids + EXTRA])
    keys = system.keys("relationship", ids)
    kind = np.concatenate([kind, inverse_of[kind]])
    nobody = system.faulty("relationship to nobody", table, ids, keys)
    towards = np.concatenate([related, person])
    columns = {
        "ID_PE": whole(keys),
        "PERSON_ID_PE": whole(system.person(np.concatenate([person, related]))),
        "RELATEDPERSON_ID_PE": whole(system.person(np.where(nobody, towards + EXTRA, towards))),
        "RELATIONSHIPTYPE_ID": small(kind),
        "PARENTALRESPONSIBILITYTYPE_ID": small(np.where(kind == 1, 1, 3)),
    }
    system.put(table, ids, keys, columns)


def _hearings(system: System) -> None:
    rows, cases, table = system.extract.hearings, system.extract.cases, "HEARINGS1"
    ids = rows["id"]
    keys = system.keys("hearing", ids)
    dfj = cases["dfj"][np.searchsorted(cases["id"], rows["case"])]
    wrong = system.faulty("hearing in a mistyped year", table, ids, keys)
    columns = {
        "ID_PE": whole(keys),
        "CASE_ID_PE": whole(system.keys("case", rows["case"])),
        "HEARINGDATE": dates(np.where(wrong, rows["day"] - 36524, rows["day"])),
        "HEARINGTYPE_ID": small(rows["kind"] + 1),
        "COURTCOURTLEVELREF_ID": small(court_level(system, table, dfj, rows["day"], ids, keys)),
    }
    system.put(table, ids, keys, columns)


def _outputs(system: System) -> None:
    rows, table, faults = system.extract.orders, "LEGALOUTPUTS", system.faults
    ids = rows["id"]
    strange = faults.rows("order of a person not on the application", ids)
    lost = faults.rows("order without application", ids)
    take = np.concatenate([np.arange(len(ids)), np.flatnonzero(strange)])
    persons = system.extract.persons
    once = np.flatnonzero(persons["id"] == persons["world"])
    others = once[np.argsort(persons["known"][once], kind="stable")]
    before = np.searchsorted(persons["known"][others], rows["known"][strange], side="right")
    pick = (faults.uniform("which person", ids[strange]) * before).astype(np.int64)
    person = np.concatenate([rows["person"], persons["id"][others[pick]]])
    kind = np.concatenate([rows["type"], np.full(int(strange.sum()), ORDER["report"])])
    serial = np.concatenate([ids, ids[strange] + EXTRA])
    keys = system.keys("order", serial)
    system.added("order without application", table, keys[: len(ids)][lost])
    system.added("order of a person not on the application", table, keys[len(ids) :])
    application = rows["application"][take]
    row = np.searchsorted(system.extract.applications["id"], application)
    case = system.extract.applications["case"][row]
    application[: len(ids)] += np.where(lost, EXTRA, 0)
    columns = {
        "ID_PE": whole(keys),
        "CASE_ID_PE": whole(system.keys("case", case)),
        "APPLICATION_ID_PE": whole(system.keys("application", application)),
        "PERSON_ID_PE": whole(system.person(person)),
        "LEGALOUTPUTTYPE_ID": small(kind + 1),
        "DATEORDERED": dates(rows["day"][take]),
        "ISFPR164": texts((kind == ORDER["report"]).astype(np.int64), FALSE_TRUE),
    }
    system.put(table, serial, keys, columns)


def _addresses(system: System) -> None:
    rows = system.extract.persons
    known = system.faults.uniform("address", rows["id"]) >= ADDRESS_MISSING
    ids = rows["id"][known]
    address = whole(system.keys("address", ids))
    available = dates(np.full(len(ids), system.extract.refresh))
    area = area_code(rows["region"][known], rows["fifth"][known], ids)
    system.tables.write(
        system.prefix + "ADDRESSES",
        {"ID_PE": address, "LSOA_2011_CODE": area, "AVAIL_FROM_DT": available},
    )
    system.tables.write(
        system.prefix + "PERSONADDRESSES",
        {
            "ID_PE": address,
            "PERSON_ID_PE": whole(system.person(ids)),
            "ADDRESS_ID_PE": address,
            "AVAIL_FROM_DT": available,
        },
    )


def _ethnicities(system: System) -> None:
    table, faults, persons = "ETHNICITIES", system.faults, system.extract.persons
    ids, group = persons["id"], persons["ethnicity"]
    recorded = ethnicity_recorded(system)
    pick = faults.uniform("which ethnicity", ids)
    kind = np.full(len(ids), codes.UNKNOWN)
    for number, choices in enumerate(codes.ETHNICITY_OF_GROUP):
        mine = group == number
        kind[mine] = choices[(pick[mine] * len(choices)).astype(np.int64)]
    given = recorded | (pick < 0.10)
    kind = np.where(recorded, kind, np.where(pick < 0.03, codes.UNDISCLOSED, codes.UNKNOWN))
    twice = np.flatnonzero(faults.rows("ethnicity given twice", ids) & recorded)
    conflict = np.flatnonzero(faults.rows("conflicting ethnicity", ids) & recorded)
    other = np.array([codes.ETHNICITY_OF_GROUP[(number + 1) % 5][0] for number in range(5)])
    serial = np.concatenate([ids[given], ids[twice] + EXTRA, ids[conflict] + EXTRA + EXTRA // 2])
    keys = system.keys("other", serial)
    first = int(given.sum())
    system.added("ethnicity given twice", table, keys[first : first + len(twice)])
    system.added("conflicting ethnicity", table, keys[first + len(twice) :])
    person = np.concatenate([ids[given], ids[twice], ids[conflict]])
    kinds = np.concatenate(
        [kind[given], np.full(len(twice), codes.UNKNOWN), other[group[conflict]]]
    )
    columns = {
        "ID_PE": whole(keys),
        "PERSON_ID_PE": whole(system.person(person)),
        "ETHNICITYTYPE_ID": small(kinds),
        "SOURCE_ID": small(np.ones(len(kinds), dtype=np.int64)),
    }
    system.put(table, serial, keys, columns)

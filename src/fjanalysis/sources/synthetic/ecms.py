"""Cafcass England ECMS: its tables and look-ups as the public sources show them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from fjanalysis.reference import local_authorities
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.extract import Extract, relationships
from fjanalysis.sources.synthetic.faults import Faults, mistyped_century, repeated
from fjanalysis.sources.synthetic.layout import Tables, dates, key, numbers, texts
from fjanalysis.sources.synthetic.people import authorities
from fjanalysis.sources.synthetic.records import (
    APPLICANT,
    APPLICATION,
    APPLICATION_TYPES,
    FEMALE,
    NEVER,
    ORDER,
    OTHER,
    PUBLIC,
    RELATION,
    RELATIONS,
    RESPONDENT,
    SUBJECT,
    Ints,
    day,
    year_of,
)

APRIL_2014 = day("2014-04-22")
MISSING = 2_000_000_000  # ids of nobody: larger than any of the world's
FIFTH_AREAS = 40
PersonKey = Callable[[Ints], Ints]
ADDRESS_MISSING = 0.04


def monday(days: Ints) -> Ints:
    """Return the Monday on or before each day."""
    return days - (days + 3) % 7


def _available(extract: Extract, size: int) -> pa.Array:
    return dates(np.full(size, extract.refresh))


def write(tables: Tables, extract: Extract, faults: Faults, chunk: int, person: PersonKey) -> None:
    """Append a chunk's extract to the ECMS tables.

    Parameters
    ----------
    person
        Gives the system's key of each person: some were migrated from the system before.
    """
    _cases(tables, extract, faults, chunk)
    _applications(tables, extract, faults, chunk)
    _roles(tables, extract, faults, chunk, person)
    _people(tables, extract, faults, chunk, person)
    _relationships(tables, extract, faults, chunk, person)
    _hearings(tables, extract, faults, chunk)
    _outputs(tables, extract, faults, chunk, person)
    _addresses(tables, extract, faults, chunk, person)
    _ethnicities(tables, extract, faults, chunk, person)


def _put(
    tables: Tables,
    extract: Extract,
    faults: Faults,
    name: str,
    ids: Ints,
    columns: dict[str, pa.Array],
) -> None:
    columns["AVAIL_FROM_DT"] = _available(extract, len(ids))
    again = faults.rows("duplicate row", ids)
    tables.write(f"CAFE_ECMS_{name}", repeated(columns, again))


def court_level(authority: Ints, issue: Ints, faults: Faults, ids: Ints) -> Ints:
    """Return the court of each case or application: the area's Family Court, or that of before 2014."""
    dfj_codes = {code: number for number, code in enumerate(codes.dfj_areas()["code"])}
    dfj = authorities()["dfj_area"].map(dfj_codes).to_numpy()[authority]
    kind = np.where(issue < APRIL_2014, 2, 1)
    kind = np.where(faults.rows("court spelt otherwise", ids), 3, kind)
    return 3 * dfj + kind


def authority_ids() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the system's number of each local authority."""
    return np.arange(len(local_authorities())) + 101


def _cases(tables: Tables, extract: Extract, faults: Faults, chunk: int) -> None:
    cases = extract.cases
    ids, size = cases["id"], len(cases["id"])
    public = cases["law"] == PUBLIC
    court = court_level(cases["authority"], cases["issue"], faults, ids)
    received = cases["issue"] + (faults.uniform("received later", ids) * 3).astype(np.int64)
    closed = cases["closed"]
    wrong = faults.rows("closed before received", ids) & (closed < NEVER)
    closed = np.where(wrong, received - 400, closed)
    columns = {
        "ID_PE": numbers(key("case", ids, chunk), pa.int64()),
        "LAWTYPE_ID": numbers(np.where(public, 1, 2), pa.int16()),
        "LOCALAUTHORITY_ID": numbers(
            authority_ids()[cases["authority"]],
            pa.int16(),
            faults.rows("authority missing", ids),
        ),
        "COURTCOURTLEVELREF_ID": numbers(court, pa.int16(), faults.rows("court missing", ids)),
        "COURTFORM_ID": numbers(np.where(public, 1, 2), pa.int16()),
        "CASESTATU_ID": numbers(np.where(closed < NEVER, 2, 1), pa.int16()),
        "DATERECEIVED": dates(received),
        "CLOSUREDATE": dates(closed),
        "REOPENDATE": dates(np.full(size, NEVER)),
        "HARM": texts((faults.uniform("harm", ids) < 0.6).astype(np.int64), ("false", "true")),
    }
    _put(tables, extract, faults, "CASES", ids, columns)


def _applications(tables: Tables, extract: Extract, faults: Faults, chunk: int) -> None:
    rows = extract.applications
    ids = rows["id"]
    bare = faults.rows("application without persons", ids)
    ids = np.concatenate([ids, ids[bare] + MISSING])
    take = np.concatenate([np.arange(len(bare)), np.flatnonzero(bare)])
    issue, kind = rows["issue"][take], rows["type"][take]
    case_row = np.searchsorted(extract.cases["id"], rows["case"][take])
    authority = extract.cases["authority"][case_row]
    court = court_level(authority, issue, faults, ids)
    before = issue < APRIL_2014
    older = np.full(len(APPLICATION_TYPES), -1)
    for place, name in enumerate(codes.BEFORE_2014):
        older[APPLICATION[name]] = len(APPLICATION_TYPES) + place
    kind = np.where(before & (older[kind] >= 0), older[kind], kind)
    received = issue + (faults.uniform("received later", rows["case"][take]) * 3).astype(np.int64)
    columns = {
        "ID_PE": numbers(key("application", ids, chunk), pa.int64()),
        "CASE_ID_PE": numbers(key("case", rows["case"][take], chunk), pa.int64()),
        "APPLICATIONTYPE1_ID": numbers(kind + 1, pa.int16()),
        "COURTCOURTLEVELREF_ID": numbers(court, pa.int16(), faults.rows("court missing", ids)),
        "DATEOFAPPLICATION": dates(issue, faults.rows("date of application missing", ids)),
        "DATERECEIVED": dates(received),
        "DATENOTIFIED": dates(received + 1),
        "DATECOMPLETED": dates(rows["completed"][take]),
        "DATEAPPLICATIONCOMPLETED": dates(
            np.minimum(rows["completed"][take], extract.cases["closed"][case_row])
        ),
    }
    _put(tables, extract, faults, "APPLICATIONS", ids, columns)


def _roles(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person_key: PersonKey
) -> None:
    rows = extract.roles
    ids, role, party = rows["id"], rows["role"], rows["party"]
    second = faults.rows("second role", ids)
    lost = faults.rows("role without application", ids)
    take = np.concatenate([np.arange(len(ids)), np.flatnonzero(second), np.flatnonzero(lost)])
    count, others = len(ids), int(second.sum())
    application = rows["application"][take]
    application[count + others :] += MISSING
    role = role[take]
    role[count : count + others] = OTHER
    ids = np.concatenate([ids, ids[second] + MISSING, ids[lost] + 2 * MISSING // 2 + 7])
    truth = ("false", "true")

    def flag(which: int) -> pa.Array:
        return texts((role == which).astype(np.int64), truth)

    columns = {
        "ID_PE": numbers(key("role", np.arange(len(take)), chunk), pa.int64()),
        "PERSON_ID_PE": numbers(person_key(rows["person"][take]), pa.int64()),
        "APPLICATION_ID_PE": numbers(key("application", application, chunk), pa.int64()),
        "ISSUBJECT": flag(SUBJECT),
        "ISRESPONDENT": flag(RESPONDENT),
        "ISAPPLICANT": flag(APPLICANT),
        "ISOTHER": flag(OTHER),
        "ISSUBJECTPARTY": texts(((role == SUBJECT) & (party[take] == 1)).astype(np.int64), truth),
        "ISOTHERPARTY": texts(np.zeros(len(take), dtype=np.int64), truth),
    }
    _put(tables, extract, faults, "PERSONSONAPPLICATIONS", ids, columns)


def birth_weeks(
    extract: Extract, faults: Faults
) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return the recorded birth week of each person, and where it is missing."""
    ids = extract.persons["id"]
    weeks = monday(extract.persons["birth"])
    wrong = faults.rows("mistyped century", ids)
    weeks = mistyped_century(weeks, wrong, faults.uniform("which century", ids))
    return weeks, faults.rows("birth week missing", ids)


def _people(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person_key: PersonKey
) -> None:
    rows = extract.persons
    ids = rows["id"]
    weeks, missing = birth_weeks(extract, faults)
    unknown = faults.rows("sex missing", ids)
    sex = np.where(unknown, 2, np.where(rows["sex"] == FEMALE, 0, 1))
    unlinked = faults.uniform("linkage", ids) >= 0.80
    columns = {
        "ID_PE": numbers(person_key(ids), pa.int64()),
        "GENDER": texts(sex, ("Female", "Male", None)),
        "WEEKOFBIRTH": dates(weeks, missing),
        "ALF_PE": numbers(link_key(ids, chunk), pa.int64(), unlinked),
        "ALF2_PE": numbers(link_key(ids, chunk) + 1, pa.int64(), unlinked),
        "MOB_LINKAGE": numbers(
            ((rows["birth"].astype("datetime64[D]").astype("datetime64[M]")).astype(np.int64) % 12)
            + 1,
            pa.int16(),
            unlinked,
        ),
    }
    _put(tables, extract, faults, "PEOPLE", ids, columns)


def link_key(ids: Ints, chunk: int) -> Ints:
    """Return the linkage field of each person: the same in every system."""
    return key("other", ids, chunk) * 8 + 3


def _relationships(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person_key: PersonKey
) -> None:
    person, related, relation = relationships(extract)
    type_id = np.array(
        [
            next((i for name, i, _ in codes.ECMS_RELATIONSHIPS if name == each), 12)
            for each in RELATIONS
        ]
    )
    child = np.flatnonzero(relation == RELATION["parent"])
    second = child[faults.rows("second mother", person[child])]
    mothers = np.flatnonzero(extract.persons["sex"] == FEMALE)
    picks = (faults.uniform("which second mother", person[second]) * len(mothers)).astype(np.int64)
    person = np.concatenate([person, person[second]])
    related = np.concatenate([related, extract.persons["id"][mothers[picks]]])
    forward = np.concatenate([type_id[relation], np.full(len(second), 1)])
    inverse_of = np.zeros(64, dtype=np.int64)
    for one, other in codes.INVERSE.items():
        inverse_of[one] = other
    count = len(person)
    both_person = np.concatenate([person, related])
    both_related = np.concatenate([related, person])
    kinds = np.concatenate([forward, inverse_of[forward]])
    nobody = faults.rows("relationship to nobody", np.arange(2 * count))
    both_related = np.where(nobody, both_related + MISSING, both_related)
    ids = person[np.arange(2 * count) % count] * 16 + np.arange(2 * count) % 16
    serial = np.arange(2 * count)
    columns = {
        "ID_PE": numbers(key("relationship", serial, chunk), pa.int64()),
        "PERSON_ID_PE": numbers(person_key(both_person), pa.int64()),
        "RELATEDPERSON_ID_PE": numbers(person_key(both_related), pa.int64()),
        "RELATIONSHIPTYPE_ID": numbers(kinds, pa.int16()),
        "PARENTALRESPONSIBILITYTYPE_ID": numbers(np.where(kinds == 1, 1, 3), pa.int16()),
    }
    _put(tables, extract, faults, "PERSONRELATIONSHIPS", ids, columns)


def _hearings(tables: Tables, extract: Extract, faults: Faults, chunk: int) -> None:
    rows = extract.hearings
    ids = rows["id"]
    case_row = np.searchsorted(extract.cases["id"], rows["case"])
    authority = extract.cases["authority"][case_row]
    when = np.where(
        faults.rows("hearing in a mistyped year", ids), rows["day"] - 36524, rows["day"]
    )
    columns = {
        "ID_PE": numbers(key("hearing", ids, chunk), pa.int64()),
        "CASE_ID_PE": numbers(key("case", rows["case"], chunk), pa.int64()),
        "HEARINGDATE": dates(when),
        "HEARINGTYPE_ID": numbers(rows["kind"] + 1, pa.int16()),
        "COURTCOURTLEVELREF_ID": numbers(
            court_level(authority, rows["day"], faults, ids), pa.int16()
        ),
    }
    _put(tables, extract, faults, "HEARINGS1", ids, columns)


def _outputs(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person_key: PersonKey
) -> None:
    rows = extract.orders
    ids = rows["id"]
    application_row = np.searchsorted(extract.applications["id"], rows["application"])
    case = extract.applications["case"][application_row]
    kind = np.where(rows["type"] == ORDER["report"], ORDER["report"], rows["type"])
    strange = faults.rows("order of a person not on the application", ids)
    others = extract.persons["id"]
    pick = (faults.uniform("which person", ids[strange]) * len(others)).astype(np.int64)
    lost = faults.rows("order without application", ids)
    serial = np.concatenate([ids, ids[strange] + MISSING])
    person = np.concatenate([rows["person"], others[pick]])
    kinds = np.concatenate([kind, np.full(int(strange.sum()), ORDER["report"])])
    take = np.concatenate([np.arange(len(ids)), np.flatnonzero(strange)])
    application = rows["application"][take] + np.where(lost[take], MISSING, 0)
    columns = {
        "ID_PE": numbers(key("order", serial, chunk), pa.int64()),
        "CASE_ID_PE": numbers(key("case", case[take], chunk), pa.int64()),
        "APPLICATION_ID_PE": numbers(key("application", application, chunk), pa.int64()),
        "PERSON_ID_PE": numbers(person_key(person), pa.int64()),
        "LEGALOUTPUTTYPE_ID": numbers(kinds + 1, pa.int16()),
        "DATEORDERED": dates(rows["day"][take]),
        "ISFPR164": texts((kinds == ORDER["report"]).astype(np.int64), ("false", "true")),
    }
    _put(tables, extract, faults, "LEGALOUTPUTS", serial, columns)


def area_code(region: Ints, fifth: Ints, ids: Ints) -> pa.Array:
    """Return a synthetic small area of each person, of the right nation, region and fifth."""
    wales = region == c.WALES
    serial = (region * 5 + fifth - 1) * FIFTH_AREAS + ids % FIFTH_AREAS
    names = np.char.add(np.where(wales, "W01X", "E01X"), np.char.zfill(serial.astype(str), 5))
    return pa.array(names, pa.string())


def _addresses(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person_key: PersonKey
) -> None:
    rows = extract.persons
    known = faults.uniform("address", rows["id"]) >= ADDRESS_MISSING
    ids = rows["id"][known]
    tables.write(
        "CAFE_ECMS_ADDRESSES",
        {
            "ID_PE": numbers(key("address", ids, chunk), pa.int64()),
            "LSOA_2011_CODE": area_code(rows["region"][known], rows["fifth"][known], ids),
            "AVAIL_FROM_DT": _available(extract, len(ids)),
        },
    )
    tables.write(
        "CAFE_ECMS_PERSONADDRESSES",
        {
            "ID_PE": numbers(key("address", ids, chunk), pa.int64()),
            "PERSON_ID_PE": numbers(person_key(ids), pa.int64()),
            "ADDRESS_ID_PE": numbers(key("address", ids, chunk), pa.int64()),
            "AVAIL_FROM_DT": _available(extract, len(ids)),
        },
    )


def ethnicity_recorded(
    extract: Extract, faults: Faults
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for whom an ethnicity is recorded: more often in later years, and in public law."""
    persons = extract.persons
    first = np.full(int(persons["id"].max(initial=0)) + 1, NEVER)
    private = np.ones(len(first), dtype=bool)
    application_row = np.searchsorted(extract.applications["id"], extract.roles["application"])
    case_row = np.searchsorted(extract.cases["id"], extract.applications["case"][application_row])
    person = extract.roles["person"]
    np.minimum.at(first, person, extract.applications["issue"][application_row])
    private[person[extract.cases["law"][case_row] == PUBLIC]] = False
    seen = np.minimum(first[persons["id"]], extract.refresh)
    missing = c.at(c.ETHNICITY_MISSING, year_of(seen))
    missing = np.where(
        private[persons["id"]], np.minimum(missing * c.ETHNICITY_MISSING_PRIVATE, 0.85), missing
    )
    return faults.uniform("ethnicity recorded", persons["id"]) >= missing


def _ethnicities(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person_key: PersonKey
) -> None:
    recorded = ethnicity_recorded(extract, faults)
    ids, group = extract.persons["id"], extract.persons["ethnicity"]
    pick = faults.uniform("which ethnicity", ids)
    kind = np.full(len(ids), codes.UNKNOWN)
    for number, choices in enumerate(codes.ETHNICITY_OF_GROUP):
        mine = group == number
        kind[mine] = choices[(pick[mine] * len(choices)).astype(np.int64)]
    given = recorded | (pick < 0.10)
    kind = np.where(recorded, kind, np.where(pick < 0.03, codes.UNDISCLOSED, codes.UNKNOWN))
    twice = faults.rows("ethnicity given twice", ids) & recorded
    conflict = faults.rows("conflicting ethnicity", ids) & recorded
    other = np.array([codes.ETHNICITY_OF_GROUP[(number + 1) % 5][0] for number in range(5)])
    serial = np.concatenate([ids[given], ids[twice] + MISSING, ids[conflict] + MISSING + 1])
    person = np.concatenate([ids[given], ids[twice], ids[conflict]])
    kinds = np.concatenate(
        [kind[given], np.full(int(twice.sum()), codes.UNKNOWN), other[group[conflict]]]
    )
    columns = {
        "ID_PE": numbers(key("other", serial, chunk), pa.int64()),
        "PERSON_ID_PE": numbers(person_key(person), pa.int64()),
        "ETHNICITYTYPE_ID": numbers(kinds, pa.int16()),
        "SOURCE_ID": numbers(np.ones(len(kinds), dtype=np.int64), pa.int16()),
    }
    _put(tables, extract, faults, "ETHNICITIES", person, columns)


def write_lookups(tables: Tables) -> None:
    """Write the look-ups that give the codes their names."""

    def lookup(name: str, ids: Ints | list[int], **columns: list[object]) -> None:
        tables.write(
            f"ECMS_{name}",
            {"ID": pa.array(list(ids), pa.int16())}
            | {column: pa.array(values) for column, values in columns.items()},
        )

    names = [*codes.ECMS_APPLICATIONS, *codes.BEFORE_2014.values()]
    lookup("APPLICATIONTYPES", list(range(1, len(names) + 1)), NAME=list(names))
    courts, dfj = codes.courts(), codes.dfj_areas()
    lookup(
        "COURTCOURTLEVELREFS",
        courts["id"].tolist(),
        COURTFULLNAME=courts["name"].tolist(),
        COURT_ID=courts["id"].tolist(),
        COURTLEVELREF_ID=[1] * len(courts),
    )
    lookup(
        "COURTS",
        courts["id"].tolist(),
        NAME=courts["name"].tolist(),
        DJAREAREF_ID=(courts["dfj"] + 1).tolist(),
        CIRCUITREF_ID=(dfj["circuit"].to_numpy()[courts["dfj"]] + 1).tolist(),
    )
    lookup("COURTLEVELREFS", [1], NAME=["Family Court"])
    lookup("DJAREAREFS", list(range(1, len(dfj) + 1)), NAME=[f"{name} DFJ" for name in dfj["name"]])
    lookup("CIRCUITREFS", list(range(1, 8)), NAME=list(codes.circuits()))
    lookup("LAWTYPES", [1, 2], CAPTION=["Public Law", "Private Law"])
    authorities = local_authorities()
    lookup("LOCALAUTHORITIES", authority_ids().tolist(), NAME=authorities["name"].tolist())
    lookup("COURTFORMS", [1, 2], FORMNAME=["C110A", "C100"])
    lookup("CASESTATUS", [1, 2], NAME=["Open", "Completed"])
    lookup("SOURCES", [1], NAME=["Self-reported"])
    ethnic = [*codes.ETHNICITY_IDS, codes.UNDISCLOSED, codes.UNKNOWN]
    lookup(
        "ETHNICITYTYPES",
        ethnic,
        NAME=[*(name for name, _ in codes.ETHNICITY_NAMES), "Prefer not to say", "Unknown"],
    )
    kinds = [*codes.ECMS_RELATIONSHIPS, ("other", 13, "Niece or nephew")]
    lookup(
        "RELATIONSHIPTYPES",
        [number for _, number, _ in kinds],
        NAME=[name for _, _, name in kinds],
        INVERSEREF=[codes.INVERSE.get(number, 12) for _, number, _ in kinds],
    )
    outputs = [*codes.ECMS_OUTPUTS, *codes.OUTPUTS_THAT_ARE_NO_ORDERS]
    lookup("LEGALOUTPUTTYPES", list(range(1, len(outputs) + 1)), NAME=list(outputs))


def write_deprivation(tables: Tables) -> None:
    """Write the look-up from small area to deprivation fifth; its areas are synthetic."""
    region = np.repeat(np.arange(len(c.REGIONS)), 5 * FIFTH_AREAS)
    fifth = np.tile(np.repeat(np.arange(1, 6), FIFTH_AREAS), len(c.REGIONS))
    ids = np.tile(np.arange(FIFTH_AREAS), 5 * len(c.REGIONS))
    tables.write(
        "LSOA_DEPRIVATION",
        {"LSOA_CODE": area_code(region, fifth, ids), "QUINTILE": numbers(fifth, pa.int16())},
    )

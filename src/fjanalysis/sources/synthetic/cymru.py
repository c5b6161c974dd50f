"""Cafcass Cymru: one system for Wales, which writes names instead of numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.layout import EXTRA, dates, texts
from fjanalysis.sources.synthetic.people import authorities
from fjanalysis.sources.synthetic.records import FEMALE, PUBLIC, RELATIONS, Ints
from fjanalysis.sources.synthetic.system import (
    System,
    area_code,
    birth_weeks,
    first_entered,
    link_keys,
    related_persons,
    small,
    whole,
)

TOWNS = {
    "DFJ-north-wales": ("Wrexham", "Caernarfon", "Prestatyn"),
    "DFJ-south-east-wales": ("Cardiff", "Newport", "Pontypridd"),
    "DFJ-swansea": ("Swansea", "Port Talbot", "Haverfordwest"),
}
ROLES = ("Applicant", "Respondent", "Subject Child", "Other Party")
SIDES = {
    "parent": ("Child", "Parent"),
    "child": ("Parent", "Child"),
    "sibling": ("Natural sibling", "Natural sibling"),
    "half sibling": ("Half sibling", "Half sibling"),
    "grandparent": ("Grandchild", "Grandparent"),
    "grandchild": ("Grandparent", "Grandchild"),
    "other": ("Other relative", "Other relative"),
}


LONGEST = 8192  # days from the issue of a case to an order made in it


def write(system: System) -> None:
    """Append a chunk's extract to the Cafcass Cymru tables."""
    _cases(system)
    _applications(system)
    _roles(system)
    _persons(system)
    _relationships(system)
    _hearings(system)


def _cases(system: System) -> None:
    cases, table, places = system.extract.cases, "INCIDENT", authorities()
    ids = cases["id"]
    keys = system.keys("case", ids)
    missing = system.faulty("authority missing", table, ids, keys)
    columns = {
        "INCIDENTID_E": whole(keys),
        "CAP_LOCALAUTHORITYIDNAME": texts(
            np.where(missing, len(places), cases["authority"]), [*places["name"], None]
        ),
        "CAP_RECEIVEDDATE": dates(cases["issue"]),
        "CAP_CLOSEDDATE": dates(cases["closed"]),
    }
    system.put(table, ids, keys, columns)


def _applications(system: System) -> None:
    rows, cases, table = system.extract.applications, system.extract.cases, "APPLICATION"
    ids = rows["id"]
    keys = system.keys("application", ids)
    case_row = np.searchsorted(cases["id"], rows["case"])
    towns = [town for three in TOWNS.values() for town in three]
    first_town = np.zeros(len(codes.dfj_areas()), dtype=np.int64)
    for place, code in enumerate(codes.dfj_areas()["code"]):
        first_town[place] = 3 * list(TOWNS).index(code) if code in TOWNS else 0
    court = first_town[cases["dfj"][case_row]] + rows["case"] % 3
    otherwise = system.faulty("court spelt otherwise", table, ids, keys)
    court = np.where(otherwise, court + len(towns), court)
    court = np.where(system.faulty("court missing", table, ids, keys), 2 * len(towns), court)
    names = [
        *(f"Family Court at {town}" for town in towns),
        *(f"FAMILY COURT AT  {town.upper()}" for town in towns),
    ]
    public = cases["law"][case_row] == PUBLIC
    columns = {
        "CAP_APPLICATIONID_E": whole(keys),
        "CAP_INCIDENTID_E": whole(system.keys("case", rows["case"])),
        "CAP_ISSUEDATE": dates(rows["issue"]),
        "CAP_DATEOFCOMPLETION": dates(rows["completed"]),
        "CAP_LAWTYPENAME": texts(public.astype(np.int64), ("Private", "Public")),
        "CAP_PRIMARYAPPLICATIONTYPENAME": texts(rows["type"], codes.ECMS_APPLICATIONS),
        "CAP_COURTOFISSUEIDNAME": texts(court, [*names, None]),
    }
    system.put(table, ids, keys, columns)


def _roles(system: System) -> None:
    rows = system.extract.roles
    # The table has no key of its own: a row is known by its application and person.
    columns = {
        "CAP_APPLICATIONID_E": whole(system.keys("application", rows["application"])),
        "CONTACTID_E": whole(system.person(rows["person"])),
        "CAP_ROLEIDNAME": texts(rows["role"], ROLES),
        "CAP_ISPARTYNAME": texts(rows["party"], ("No", "Yes")),
    }
    application = system.keys("application", rows["application"])
    system.put("APPLICATIONSERVICEUSERS", rows["id"], application, columns)


def _persons(system: System) -> None:
    rows = system.extract.persons
    ids = rows["id"]
    keys, own = system.person(ids), system.keys("other", ids)
    columns = {
        "CONTACTID_E": whole(keys),
        "SYSTEM_ID_E": whole(own),
        "WOB": birth_weeks(system, "CONTACTS", keys),
    }
    system.put("CONTACTS", ids, keys, columns)
    link, unlinked = link_keys(system)
    unknown = system.faulty("sex missing", "ALF", ids, own)
    columns = {
        "SYSTEM_ID_E": whole(own),
        "ALF_E": whole(link, unlinked),
        "ALF_STS_CD": small(np.where(unlinked, 99, 4)),
        "GNDR_CD": small(np.where(rows["sex"] == FEMALE, 2, 1), unknown),
        "LSOA2001_CD": area_code(rows["region"], rows["fifth"], ids),
    }
    system.put("ALF", ids, own, columns)


def _relationships(system: System) -> None:
    table = "RELATIONSHIPS"
    pairs = related_persons(system, table)
    columns = {
        "RECORD1ID_E": whole(system.person(pairs["person"])),
        "RECORD1ROLEIDNAME": texts(pairs["relation"], [SIDES[name][0] for name in RELATIONS]),
        "RECORD2ID_E": whole(system.person(pairs["related"])),
        "RECORD2ROLEIDNAME": texts(pairs["relation"], [SIDES[name][1] for name in RELATIONS]),
    }
    system.put(table, pairs["id"], system.person(pairs["person"]), columns)


def _hearings(system: System) -> None:
    """Write hearings, and one outcome for each order of an application, at a hearing of its day."""
    heard, orders, rows = (
        system.extract.hearings,
        system.extract.orders,
        system.extract.applications,
    )
    first = first_entered(orders, orders["application"])
    order = {name: values[first] for name, values in orders.items()}
    case = rows["case"][np.searchsorted(rows["id"], order["application"])]
    found, extra = _hearing_of(system, case, order["day"])
    ids = np.concatenate([heard["id"], extra["id"]])
    keys = system.keys("hearing", ids)
    days = np.concatenate([heard["day"], extra["day"]])
    columns = {
        "CAP_HEARINGID_E": whole(keys),
        "CAP_CASEID_E": whole(system.keys("case", np.concatenate([heard["case"], extra["case"]]))),
        "CAP_HEARINGDATETIME": dates(days).cast(pa.timestamp("s")),
    }
    system.put("HEARING", ids, keys, columns)
    outcomes, of_case = system.keys("order", order["id"]), whole(system.keys("case", case))
    columns = {
        "CAP_HEARINGOUTCOMEID_E": whole(outcomes),
        "CAP_HEARINGID_E": whole(system.keys("hearing", found)),
        "CAP_CASEID_E": of_case,
        "CAP_HEARINGOUTCOMETYPEIDNAME": texts(order["type"], codes.ECMS_OUTPUTS),
        "CAP_HEARINGOUTCOMEFINALNAME": texts(order["final"], ("No", "Yes")),
    }
    system.put("HEARINGOUTCOME", order["id"], outcomes, columns)
    columns = {
        "CAP_HEARINGOUTCOMEID_E": whole(outcomes),
        "CAP_APPLICATIONID_E": whole(system.keys("application", order["application"])),
        "CAP_CASEID_E": of_case,
    }
    system.put("HEARINGOUTCOMEAPPLICATION", order["id"], outcomes, columns)


def _hearing_of(system: System, case: Ints, day: Ints) -> tuple[Ints, dict[str, Ints]]:
    """Return the hearing of each order, and the hearings that stand for days with an order alone."""
    heard, cases = system.extract.hearings, system.extract.cases

    def moments(of: Ints, days: Ints) -> Ints:
        issue = cases["issue"][np.searchsorted(cases["id"], of)]
        since = np.clip(days - issue, -100, LONGEST - 101) + 100
        return np.asarray(of * LONGEST + since)

    known = moments(heard["case"], heard["day"])
    by_moment = np.argsort(known, kind="stable")
    wanted = moments(case, day)
    if len(known) == 0:
        place, listed = np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    else:
        place = np.minimum(np.searchsorted(known[by_moment], wanted), len(known) - 1)
        listed = known[by_moment][place] == wanted
    found = EXTRA + wanted
    found[listed] = heard["id"][by_moment][place[listed]]
    moment, rows = np.unique(wanted[~listed], return_index=True)
    extra = {"id": EXTRA + moment, "case": case[~listed][rows], "day": day[~listed][rows]}
    return found, extra

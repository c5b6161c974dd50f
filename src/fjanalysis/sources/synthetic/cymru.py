"""Cafcass Cymru: one system for Wales, which writes names instead of numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.ecms import area_code, birth_weeks, link_key
from fjanalysis.sources.synthetic.extract import Extract, relationships
from fjanalysis.sources.synthetic.faults import Faults, repeated
from fjanalysis.sources.synthetic.layout import Tables, dates, key, numbers, texts
from fjanalysis.sources.synthetic.people import authorities
from fjanalysis.sources.synthetic.records import FEMALE, PUBLIC, RELATIONS, Ints

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


def write(tables: Tables, extract: Extract, faults: Faults, chunk: int) -> None:
    """Append a chunk's extract to the Cafcass Cymru tables."""

    def put(name: str, ids: Ints, columns: dict[str, pa.Array]) -> None:
        columns["AVAIL_FROM_DT"] = dates(np.full(len(ids), extract.refresh))
        again = faults.rows("duplicate row", ids)
        tables.write(f"CAFW_CAFCASS_{name}", repeated(columns, again))

    def whole(kind: str, ids: Ints) -> pa.Array:
        return numbers(key(kind, ids, chunk), pa.int64())

    cases, rows, places = extract.cases, extract.applications, authorities()
    put(
        "INCIDENT",
        cases["id"],
        {
            "INCIDENTID_E": whole("case", cases["id"]),
            "CAP_LOCALAUTHORITYIDNAME": texts(
                np.where(
                    faults.rows("authority missing", cases["id"]), len(places), cases["authority"]
                ),
                [*places["name"], None],
            ),
            "CAP_RECEIVEDDATE": dates(cases["issue"]),
            "CAP_CLOSEDDATE": dates(cases["closed"]),
        },
    )
    case_row = np.searchsorted(cases["id"], rows["case"])
    names = [town for towns in TOWNS.values() for town in towns]
    start = {code: 3 * number for number, code in enumerate(TOWNS)}
    area = places["dfj_area"].map(start).fillna(0).to_numpy().astype(np.int64)
    court = area[cases["authority"][case_row]] + rows["case"] % 3
    court = np.where(faults.rows("court missing", rows["id"]), len(names), court)
    public = cases["law"][case_row] == PUBLIC
    put(
        "APPLICATION",
        rows["id"],
        {
            "CAP_APPLICATIONID_E": whole("application", rows["id"]),
            "CAP_INCIDENTID_E": whole("case", rows["case"]),
            "CAP_ISSUEDATE": dates(rows["issue"]),
            "CAP_DATEOFCOMPLETION": dates(rows["completed"]),
            "CAP_LAWTYPENAME": texts(public.astype(np.int64), ("Private", "Public")),
            "CAP_PRIMARYAPPLICATIONTYPENAME": texts(rows["type"], codes.ECMS_APPLICATIONS),
            "CAP_COURTOFISSUEIDNAME": texts(
                court, [*(f"Family Court at {n}" for n in names), None]
            ),
        },
    )
    roles = extract.roles
    put(
        "APPLICATIONSERVICEUSERS",
        roles["id"],
        {
            "CAP_APPLICATIONID_E": whole("application", roles["application"]),
            "CONTACTID_E": whole("person", roles["person"]),
            "CAP_ROLEIDNAME": texts(roles["role"], ROLES),
            "CAP_ISPARTYNAME": texts(roles["party"], ("No", "Yes")),
        },
    )
    persons = extract.persons
    ids = persons["id"]
    weeks, missing = birth_weeks(extract, faults)
    linked = faults.uniform("linkage", ids) < 0.80
    put(
        "CONTACTS",
        ids,
        {
            "CONTACTID_E": whole("person", ids),
            "SYSTEM_ID_E": whole("other", ids),
            "WOB": dates(weeks, missing),
        },
    )
    put(
        "ALF",
        ids,
        {
            "SYSTEM_ID_E": whole("other", ids),
            "ALF_E": numbers(link_key(ids, chunk), pa.int64(), ~linked),
            "ALF_STS_CD": numbers(np.where(linked, 4, 99), pa.int16()),
            "GNDR_CD": numbers(np.where(persons["sex"] == FEMALE, 2, 1), pa.int16()),
            "LSOA2001_CD": area_code(persons["region"], persons["fifth"], ids),
        },
    )
    one, two, relation = relationships(extract)
    put(
        "RELATIONSHIPS",
        np.arange(len(one)),
        {
            "RECORD1ID_E": whole("person", one),
            "RECORD1ROLEIDNAME": texts(relation, [SIDES[name][0] for name in RELATIONS]),
            "RECORD2ID_E": whole("person", two),
            "RECORD2ROLEIDNAME": texts(relation, [SIDES[name][1] for name in RELATIONS]),
        },
    )
    _hearings(put, extract, whole)


def _hearings(put, extract: Extract, whole) -> None:  # type: ignore[no-untyped-def]
    """Write hearings, and one outcome for each order of an application, at a hearing of its day."""
    heard, orders = extract.hearings, extract.orders
    place = np.searchsorted(extract.applications["id"], orders["application"])
    case = extract.applications["case"][place]
    keys = np.stack([orders["application"], orders["type"], orders["day"], orders["final"]])
    _, first = np.unique(keys, axis=1, return_index=True)
    first = np.sort(first)
    case, order = case[first], {name: values[first] for name, values in orders.items()}
    known = {
        pair: i
        for i, pair in zip(heard["id"], zip(heard["case"], heard["day"], strict=True), strict=True)
    }
    found = np.array(
        [known.get(pair, -1) for pair in zip(case, order["day"], strict=True)], dtype=np.int64
    )
    new = found < 0
    # A day with an order is a hearing, whether or not it stands among the listed ones.
    extra, at = np.unique(np.stack([case[new], order["day"][new]]), axis=1, return_inverse=True)
    base = 1_500_000_000
    found[new] = base + at
    ids = np.concatenate([heard["id"], base + np.arange(extra.shape[1])])
    put(
        "HEARING",
        ids,
        {
            "CAP_HEARINGID_E": whole("hearing", ids),
            "CAP_CASEID_E": whole("case", np.concatenate([heard["case"], extra[0]])),
            "CAP_HEARINGDATETIME": dates(np.concatenate([heard["day"], extra[1]])).cast(
                pa.timestamp("s")
            ),
        },
    )
    put(
        "HEARINGOUTCOME",
        order["id"],
        {
            "CAP_HEARINGOUTCOMEID_E": whole("order", order["id"]),
            "CAP_HEARINGID_E": whole("hearing", found),
            "CAP_CASEID_E": whole("case", case),
            "CAP_HEARINGOUTCOMETYPEIDNAME": texts(order["type"], codes.ECMS_OUTPUTS),
            "CAP_HEARINGOUTCOMEFINALNAME": texts(order["final"], ("No", "Yes")),
        },
    )
    put(
        "HEARINGOUTCOMEAPPLICATION",
        order["id"],
        {
            "CAP_HEARINGOUTCOMEID_E": whole("order", order["id"]),
            "CAP_APPLICATIONID_E": whole("application", order["application"]),
            "CAP_CASEID_E": whole("case", case),
        },
    )

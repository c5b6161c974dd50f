"""Cafcass England CMS: the system before ECMS, in a frozen extract. Its orders are of a case."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fjanalysis.reference import local_authorities
from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.ecms import application_types
from fjanalysis.sources.synthetic.layout import Tables, dates, texts
from fjanalysis.sources.synthetic.records import (
    APPLICANT,
    NEVER,
    ORDER_TYPES,
    PUBLIC,
    RELATION,
    RESPONDENT,
    SUBJECT,
)
from fjanalysis.sources.synthetic.system import (
    ADDRESS_MISSING,
    System,
    area_code,
    authority_ids,
    birth_weeks,
    court_level,
    ethnicity_recorded,
    first_entered,
    link_keys,
    related_persons,
    sexes,
    small,
    whole,
)

MEMBER_TYPES = {APPLICANT: 1, RESPONDENT: 2, SUBJECT: 4}
CONVERTED = 0.02


def write(system: System) -> None:
    """Append a chunk's extract to the CMS tables."""
    _cases(system)
    _applications(system)
    _members(system)
    _persons(system)
    _relationships(system)
    _hearings(system)
    _outputs(system)


def _cases(system: System) -> None:
    cases, table = system.extract.cases, "TBLCASE"
    ids = cases["id"]
    keys = system.keys("case", ids)
    columns = {
        "CASEID_PE": whole(keys),
        "LAWTYPEREF": small(np.where(cases["law"] == PUBLIC, 1, 2)),
        "LOCALAUTHORITYREF": small(
            authority_ids()[cases["authority"]],
            system.faulty("authority missing", table, ids, keys),
        ),
        "CASESTATUSREF": small(np.where(cases["closed"] < NEVER, 2, 1)),
        "DATECASECOMPLETED": dates(cases["closed"]),
    }
    system.put(table, ids, keys, columns)


def _applications(system: System) -> None:
    rows, cases, table = system.extract.applications, system.extract.cases, "TBLCASEAPPLICATION"
    ids, issue = rows["id"], rows["issue"]
    keys = system.keys("application", ids)
    dfj = cases["dfj"][np.searchsorted(cases["id"], rows["case"])]
    court = court_level(system, table, dfj, issue, ids, keys)
    columns = {
        "CASEAPPLICATIONID_PE": whole(keys),
        "CASEREF_PE": whole(system.keys("case", rows["case"])),
        "CASEAPPLICATIONTYPEREF": small(application_types(rows["type"], issue) + 1),
        "COURTREF": small(court, system.faulty("court missing", table, ids, keys)),
        "DATEOFAPPLICATION": dates(
            issue, system.faulty("date of application missing", table, ids, keys)
        ),
        "DATERECEIVED": dates(issue + 1),
        "DATECOMPLETED": dates(rows["completed"]),
        "DATEAPPLICATIONCOMPLETED": dates(rows["completed"]),
    }
    system.put(table, ids, keys, columns)


def _members(system: System) -> None:
    rows, table = system.extract.roles, "TBLCASEAPPLICATIONMEMBER"
    ids = rows["id"]
    kind = np.full(len(ids), 8)
    for role, number in MEMBER_TYPES.items():
        kind[rows["role"] == role] = number
    converted = (system.faults.uniform("converted", ids) < CONVERTED) & (kind <= 2)
    words = (None, "Adult Applicant", "Adult Respondent")
    keys = system.keys("role", ids)
    columns = {
        "CASEAPPLICATIONMEMBERID_PE": whole(keys),
        "CASEAPPLICATIONREF_PE": whole(system.keys("application", rows["application"])),
        "MEMBERREF_PE": whole(system.person(rows["person"])),
        "MEMBERTYPE": small(np.where(converted, 16, kind)),
        "CONVERTEDTYPE": texts(np.where(converted, kind, 0), words),
        "ISPARTY": texts(rows["party"], ("false", "true")),
    }
    system.put(table, ids, keys, columns)


def _persons(system: System) -> None:
    rows, table = system.extract.persons, "TBLPERSON"
    ids = rows["id"]
    keys = system.person(ids)
    link, unlinked = link_keys(system)
    recorded = ethnicity_recorded(system)
    ethnicity = np.array([each[0] for each in codes.ETHNICITY_OF_GROUP])[rows["ethnicity"]]
    columns = {
        "PERSONID_PE": whole(keys),
        "GENDER": sexes(system, table, keys),
        "WEEKOFBIRTH": birth_weeks(system, table, keys),
        "ETHNICREF": small(np.where(recorded, ethnicity, codes.UNKNOWN)),
        "ALF_PE": whole(link, unlinked),
    }
    system.put(table, ids, keys, columns)
    at = np.flatnonzero(system.faults.uniform("address", ids) >= ADDRESS_MISSING)
    address = system.keys("address", ids[at])
    area = area_code(rows["region"][at], rows["fifth"][at], ids[at])
    columns = {"ADDRESSID_PE": whole(address), "LSOA_2011_CODE": area}
    system.put("TBLADDRESS", ids[at], address, columns)
    columns = {"PERSONREF_PE": whole(keys[at]), "ADDRESSREF_PE": whole(address)}
    system.put("TBLPERSONADDRESS", ids[at], keys[at], columns)


def _relationships(system: System) -> None:
    table = "TBLCRSPERSONRELATIONSHIP"
    pairs = related_persons(system, table)
    parent = pairs["relation"] == RELATION["parent"]
    ids = pairs["id"][parent]
    keys = system.keys("relationship", ids)
    columns = {
        "PERSONRELATIONSHIPID_PE": whole(keys),
        "CHILDREF_PE": whole(system.person(pairs["person"][parent])),
        "PARENTREF_PE": whole(system.person(pairs["related"][parent])),
        "RELATIONSHIPREF": small(np.ones(len(ids), dtype=np.int64)),
    }
    system.put(table, ids, keys, columns)


def _hearings(system: System) -> None:
    rows = system.extract.hearings
    keys = system.keys("hearing", rows["id"])
    columns = {
        "CASEHEARINGID_PE": whole(keys),
        "CASEREF_PE": whole(system.keys("case", rows["case"])),
        "HEARINGDATE": dates(rows["day"]),
    }
    system.put("TBLCASEHEARING", rows["id"], keys, columns)


def _outputs(system: System) -> None:
    rows, applications = system.extract.orders, system.extract.applications
    place = np.searchsorted(applications["id"], rows["application"])
    case = applications["case"][place]
    first = first_entered(rows, case)
    ids = rows["id"][first]
    keys = system.keys("order", ids)
    columns = {
        "LEGALOUTPUTID_PE": whole(keys),
        "CASEREF_PE": whole(system.keys("case", case[first])),
        "LEGALOUTPUTTYPEREF": small(rows["type"][first] + 1),
        "ISFINAL": texts(rows["final"][first], ("false", "true")),
        "LEGALORDERHEARINGDATE": dates(rows["day"][first]),
    }
    system.put("TBLLEGALOUTPUT", ids, keys, columns)


def write_lookups(tables: Tables, suffix: str) -> None:
    """Write the look-ups that give the codes their names."""

    def lookup(name: str, **columns: list[object]) -> None:
        made = {column: pa.array(values) for column, values in columns.items()}
        tables.write(f"CMS_{name}", made, suffix)

    lookup("TLKPLAWTYPE", ITEMID=[1, 2], CAPTION=["Public Law", "Private Law"])
    names = [*codes.ECMS_APPLICATIONS, *codes.BEFORE_2014.values()]
    lookup(
        "TLKPCASEAPPLICATIONTYPE",
        CASEAPPLICATIONTYPEID=list(range(1, len(names) + 1)),
        CASEAPPLICATIONTYPE=list(names),
    )
    courts, dfj = codes.courts(), codes.dfj_areas()
    lookup(
        "TLKPCOURT",
        COURTID=courts["id"].tolist(),
        COURT=courts["name"].tolist(),
        DFJAREAREF=(courts["dfj"] + 1).tolist(),
    )
    lookup("TLKPDFJAREA", ITEMID=list(range(1, len(dfj) + 1)), CAPTION=dfj["name"].tolist())
    lookup(
        "TLKPLOCALAUTHORITY",
        LOCALAUTHORITYID=[int(each) for each in authority_ids()],
        AUTHORITY=local_authorities()["name"].tolist(),
    )
    lookup(
        "TLKPETHNICORIGIN",
        ITEMID=[*codes.ETHNICITY_IDS, codes.UNKNOWN],
        CAPTION=[*(name for name, _ in codes.ETHNICITY_NAMES), "Unknown"],
    )
    outputs = codes.ECMS_OUTPUTS
    lookup(
        "TLKPLEGALOUTPUTTYPE", ITEMID=list(range(1, len(ORDER_TYPES) + 1)), CAPTION=list(outputs)
    )

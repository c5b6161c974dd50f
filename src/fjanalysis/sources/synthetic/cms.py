"""Cafcass England CMS: the system before ECMS, in a frozen extract. Its orders are of a case."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fjanalysis.reference import local_authorities
from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.ecms import (
    ADDRESS_MISSING,
    PersonKey,
    area_code,
    authority_ids,
    birth_weeks,
    court_level,
    ethnicity_recorded,
    link_key,
)
from fjanalysis.sources.synthetic.extract import Extract, relationships
from fjanalysis.sources.synthetic.faults import Faults, repeated
from fjanalysis.sources.synthetic.layout import Tables, dates, key, numbers, texts
from fjanalysis.sources.synthetic.records import (
    APPLICANT,
    APPLICATION,
    APPLICATION_TYPES,
    FEMALE,
    ORDER_TYPES,
    PUBLIC,
    RELATION,
    RESPONDENT,
    SUBJECT,
    Ints,
)

MEMBER_TYPES = {APPLICANT: 1, RESPONDENT: 2, SUBJECT: 4}
CONVERTED = 0.02


def write(
    tables: Tables, extract: Extract, faults: Faults, chunk: int, person: PersonKey, suffix: str
) -> None:
    """Append a chunk's extract to the CMS tables, dated `suffix`."""

    def put(name: str, ids: Ints, columns: dict[str, pa.Array]) -> None:
        columns["AVAIL_FROM_DT"] = dates(np.full(len(ids), extract.refresh))
        again = faults.rows("duplicate row", ids)
        tables.write(f"CAFE_CMS_{name}", repeated(columns, again), suffix)

    cases, rows = extract.cases, extract.applications
    put(
        "TBLCASE",
        cases["id"],
        {
            "CASEID_PE": numbers(key("case", cases["id"], chunk), pa.int64()),
            "LAWTYPEREF": numbers(np.where(cases["law"] == PUBLIC, 1, 2), pa.int16()),
            "LOCALAUTHORITYREF": numbers(
                authority_ids()[cases["authority"]],
                pa.int16(),
                faults.rows("authority missing", cases["id"]),
            ),
            "CASESTATUSREF": numbers(np.ones(len(cases["id"])), pa.int16()),
            "DATECASECOMPLETED": dates(cases["closed"]),
        },
    )
    case_row = np.searchsorted(cases["id"], rows["case"])
    kind = rows["type"].copy()
    for place, name in enumerate(codes.BEFORE_2014):
        kind[rows["type"] == APPLICATION[name]] = len(APPLICATION_TYPES) + place
    ids = rows["id"]
    court = court_level(cases["authority"][case_row], rows["issue"], faults, ids)
    put(
        "TBLCASEAPPLICATION",
        ids,
        {
            "CASEAPPLICATIONID_PE": numbers(key("application", ids, chunk), pa.int64()),
            "CASEREF_PE": numbers(key("case", rows["case"], chunk), pa.int64()),
            "CASEAPPLICATIONTYPEREF": numbers(kind + 1, pa.int16()),
            "COURTREF": numbers(court, pa.int16(), faults.rows("court missing", ids)),
            "DATEOFAPPLICATION": dates(
                rows["issue"], faults.rows("date of application missing", ids)
            ),
            "DATERECEIVED": dates(rows["issue"] + 1),
            "DATECOMPLETED": dates(rows["completed"]),
            "DATEAPPLICATIONCOMPLETED": dates(rows["completed"]),
        },
    )
    _members(put, extract, faults, chunk, person)
    _persons(put, extract, faults, chunk, person)
    one, two, relation = relationships(extract)
    parent = relation == RELATION["parent"]
    put(
        "TBLCRSPERSONRELATIONSHIP",
        np.arange(int(parent.sum())),
        {
            "PERSONRELATIONSHIPID_PE": numbers(
                key("relationship", np.arange(int(parent.sum())), chunk), pa.int64()
            ),
            "CHILDREF_PE": numbers(person(one[parent]), pa.int64()),
            "PARENTREF_PE": numbers(person(two[parent]), pa.int64()),
            "RELATIONSHIPREF": numbers(np.ones(int(parent.sum())), pa.int16()),
        },
    )
    heard = extract.hearings
    put(
        "TBLCASEHEARING",
        heard["id"],
        {
            "CASEHEARINGID_PE": numbers(key("hearing", heard["id"], chunk), pa.int64()),
            "CASEREF_PE": numbers(key("case", heard["case"], chunk), pa.int64()),
            "HEARINGDATE": dates(heard["day"]),
        },
    )
    _outputs(put, extract, chunk)


def _members(put, extract: Extract, faults: Faults, chunk: int, person: PersonKey) -> None:  # type: ignore[no-untyped-def]
    rows = extract.roles
    kind = np.full(len(rows["id"]), 8)
    for role, number in MEMBER_TYPES.items():
        kind[rows["role"] == role] = number
    converted = (faults.uniform("converted", rows["id"]) < CONVERTED) & (kind <= 2)
    words = np.where(converted, kind, 0)
    put(
        "TBLCASEAPPLICATIONMEMBER",
        rows["id"],
        {
            "CASEAPPLICATIONMEMBERID_PE": numbers(key("role", rows["id"], chunk), pa.int64()),
            "CASEAPPLICATIONREF_PE": numbers(
                key("application", rows["application"], chunk), pa.int64()
            ),
            "MEMBERREF_PE": numbers(person(rows["person"]), pa.int64()),
            "MEMBERTYPE": numbers(np.where(converted, 16, kind), pa.int16()),
            "CONVERTEDTYPE": texts(words, (None, "Adult Applicant", "Adult Respondent")),
            "ISPARTY": texts(rows["party"], ("false", "true")),
        },
    )


def _persons(put, extract: Extract, faults: Faults, chunk: int, person: PersonKey) -> None:  # type: ignore[no-untyped-def]
    rows = extract.persons
    ids = rows["id"]
    weeks, missing = birth_weeks(extract, faults)
    sex = np.where(faults.rows("sex missing", ids), 2, np.where(rows["sex"] == FEMALE, 0, 1))
    recorded = ethnicity_recorded(extract, faults)
    ethnicity = np.array([each[0] for each in codes.ETHNICITY_OF_GROUP])[rows["ethnicity"]]
    put(
        "TBLPERSON",
        ids,
        {
            "PERSONID_PE": numbers(person(ids), pa.int64()),
            "GENDER": texts(sex, ("Female", "Male", None)),
            "WEEKOFBIRTH": dates(weeks, missing),
            "ETHNICREF": numbers(np.where(recorded, ethnicity, codes.UNKNOWN), pa.int16()),
            "ALF_PE": numbers(
                link_key(ids, chunk), pa.int64(), faults.uniform("linkage", ids) >= 0.80
            ),
        },
    )
    known = ids[faults.uniform("address", ids) >= ADDRESS_MISSING]
    at = np.searchsorted(ids, known)
    address = numbers(key("address", known, chunk), pa.int64())
    put(
        "TBLADDRESS",
        known,
        {
            "ADDRESSID_PE": address,
            "LSOA_2011_CODE": area_code(rows["region"][at], rows["fifth"][at], known),
        },
    )
    put(
        "TBLPERSONADDRESS",
        known,
        {"PERSONREF_PE": numbers(person(known), pa.int64()), "ADDRESSREF_PE": address},
    )


def _outputs(put, extract: Extract, chunk: int) -> None:  # type: ignore[no-untyped-def]
    rows = extract.orders
    place = np.searchsorted(extract.applications["id"], rows["application"])
    case = extract.applications["case"][place]
    keys = np.stack([case, rows["type"], rows["day"], rows["final"]])
    _, first = np.unique(keys, axis=1, return_index=True)
    first = np.sort(first)
    put(
        "TBLLEGALOUTPUT",
        rows["id"][first],
        {
            "LEGALOUTPUTID_PE": numbers(key("order", rows["id"][first], chunk), pa.int64()),
            "CASEREF_PE": numbers(key("case", case[first], chunk), pa.int64()),
            "LEGALOUTPUTTYPEREF": numbers(rows["type"][first] + 1, pa.int16()),
            "ISFINAL": texts(rows["final"][first], ("false", "true")),
            "LEGALORDERHEARINGDATE": dates(rows["day"][first]),
        },
    )


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

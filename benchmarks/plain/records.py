"""The raw records of the three systems, read with plain pandas: for benchmarks/plain/ingest.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from fjanalysis.sources.mapping import Mapping

ROLES = np.array(["subject", "applicant", "respondent", "other"])
Frames = dict[str, pd.DataFrame]


class Files:
    """The Parquet files of a source, read column by column."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem.rsplit("_", 1)[0]: path for path in folder.glob("*.parquet")}

    def read(self, name: str, /, **columns: str) -> pd.DataFrame:
        """Return columns of a table under our names."""
        table = pq.read_table(self._files[name], columns=list(columns.values()))
        frame = table.to_pandas(date_as_object=False)
        return frame.rename(columns={theirs: ours for ours, theirs in columns.items()})

    def names(self, name: str, key: str, value: str) -> pd.Series:
        """Return a look-up from a key to a name."""
        frame = self.read(name, key=key, value=value)
        return frame.set_index("key")["value"]


def coded(values: pd.Series, mapping: Mapping, name: str) -> pd.Series:
    """Return our words for the source's."""
    codes = {code.strip().lower(): level for code, level in mapping.codes[name].items()}
    unique = {value: codes[value.strip().lower()] for value in values.dropna().unique()}
    return values.map(unique)


def truth(values: pd.Series) -> pd.Series:
    """Return whether a flag in words is true."""
    return values.str.lower().map({"true": True, "yes": True, "y": True, "1": True}).eq(True)


def one_a_key(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return one row a key; where rows differ, the smallest values."""
    frame = frame[frame[key].notna()].drop_duplicates()
    several = frame.duplicated(key, keep=False)
    if not several.any():
        return frame
    return pd.concat([frame[~several], frame[several].groupby(key, as_index=False).min()])


def firsts(applications: pd.DataFrame, value: str, day: str) -> pd.Series:
    """Return a value of each case's earliest application that has one."""
    rows = applications[applications[value].notna()].assign(text=lambda f: f["id"].astype(str))
    rows = rows.sort_values([day, "text"]).drop_duplicates("case")
    return rows.set_index("case")[value]


def last_by_text(frame: pd.DataFrame, key: str) -> pd.Series:
    """Return each person's deprivation fifth at the last address by its key as text."""
    rows = frame.assign(text=frame[key].astype(str)).sort_values("text")
    return rows.groupby("person")["fifth"].last()


def fifths(files: Files) -> pd.Series:
    """Return the deprivation fifth by small area."""
    return files.names("LSOA_DEPRIVATION", "LSOA_CODE", "QUINTILE")


def read_ecms(files: Files, _: Mapping) -> Frames:
    """Return the raw records of Cafcass England ECMS."""
    applications = files.read(
        "CAFE_ECMS_APPLICATIONS", id="ID_PE", case="CASE_ID_PE", type="APPLICATIONTYPE1_ID",
        court="COURTCOURTLEVELREF_ID", dated="DATEOFAPPLICATION", received="DATERECEIVED",
        completed="DATEAPPLICATIONCOMPLETED",
    )  # fmt: skip
    applications["day"] = applications["dated"].fillna(applications["received"])
    cases = files.read(
        "CAFE_ECMS_CASES", id="ID_PE", law_type="LAWTYPE_ID", authority="LOCALAUTHORITY_ID",
        court="COURTCOURTLEVELREF_ID", received="DATERECEIVED", closed="CLOSUREDATE",
    )  # fmt: skip
    court = cases["court"].fillna(cases["id"].map(firsts(applications, "court", "day")))
    levels = files.read("ECMS_COURTCOURTLEVELREFS", id="ID", name="COURTFULLNAME", court="COURT_ID")
    areas = files.names("ECMS_COURTS", "ID", "DJAREAREF_ID")
    names = files.names("ECMS_DJAREAREFS", "ID", "NAME")
    dfj = levels["court"].map(areas).map(names)
    cases["court"] = court.map(levels.set_index("id")["name"])
    cases["dfj"] = court.map(pd.Series(dfj.to_numpy(), index=levels["id"]))
    cases["law_type"] = cases["law_type"].map(files.names("ECMS_LAWTYPES", "ID", "CAPTION"))
    authorities = files.names("ECMS_LOCALAUTHORITIES", "ID", "NAME")
    cases["authority"] = cases["authority"].map(authorities)
    types = files.names("ECMS_APPLICATIONTYPES", "ID", "NAME")
    applications["type"] = applications["type"].map(types)
    persons = files.read(
        "CAFE_ECMS_PEOPLE", id="ID_PE", sex="GENDER", birth="WEEKOFBIRTH", link="ALF_PE"
    )
    ethnicities = files.read(
        "CAFE_ECMS_ETHNICITIES", person="PERSON_ID_PE", ethnicity="ETHNICITYTYPE_ID"
    )
    kinds = files.names("ECMS_ETHNICITYTYPES", "ID", "NAME")
    ethnicities["ethnicity"] = ethnicities["ethnicity"].map(kinds)
    homes = files.read(
        "CAFE_ECMS_PERSONADDRESSES", id="ID_PE", person="PERSON_ID_PE", address="ADDRESS_ID_PE"
    )
    places = files.read("CAFE_ECMS_ADDRESSES", address="ID_PE", lsoa="LSOA_2011_CODE")
    homes = homes.merge(places, on="address")
    homes["fifth"] = homes["lsoa"].map(fifths(files))
    flags = files.read(
        "CAFE_ECMS_PERSONSONAPPLICATIONS", person="PERSON_ID_PE", application="APPLICATION_ID_PE",
        subject="ISSUBJECT", respondent="ISRESPONDENT", applicant="ISAPPLICANT",
        subject_party="ISSUBJECTPARTY", other_party="ISOTHERPARTY",
    )  # fmt: skip
    is_subject, is_applicant = truth(flags["subject"]), truth(flags["applicant"])
    is_respondent = truth(flags["respondent"])
    roles = flags[["application", "person"]].copy()
    roles["role"] = np.select([is_subject, is_applicant, is_respondent], [0, 1, 2], 3)
    roles["is_party"] = np.where(
        is_subject,
        truth(flags["subject_party"]),
        is_applicant | is_respondent | truth(flags["other_party"]),
    )
    related = files.read(
        "CAFE_ECMS_PERSONRELATIONSHIPS", person="PERSON_ID_PE", related="RELATEDPERSON_ID_PE",
        relationship="RELATIONSHIPTYPE_ID",
    )  # fmt: skip
    kinds = files.names("ECMS_RELATIONSHIPTYPES", "ID", "NAME")
    related["relationship"] = related["relationship"].map(kinds)
    orders = files.read(
        "CAFE_ECMS_LEGALOUTPUTS", id="ID_PE", case="CASE_ID_PE", application="APPLICATION_ID_PE",
        person="PERSON_ID_PE", type="LEGALOUTPUTTYPE_ID", day="DATEORDERED",
    )  # fmt: skip
    orders["type"] = orders["type"].map(files.names("ECMS_LEGALOUTPUTTYPES", "ID", "NAME"))
    return {
        "cases": cases,
        "applications": applications,
        "persons": persons,
        "ethnicities": ethnicities,
        "fifths": last_by_text(homes[homes["fifth"].notna()], "id").reset_index(),
        "roles": roles,
        "relationships": related,
        "hearings": files.read(
            "CAFE_ECMS_HEARINGS1", id="ID_PE", case="CASE_ID_PE", day="HEARINGDATE"
        ),
        "orders": orders.assign(final=True),
    }


def read_cms(files: Files, _: Mapping) -> Frames:
    """Return the raw records of Cafcass England CMS."""
    applications = files.read(
        "CAFE_CMS_TBLCASEAPPLICATION", id="CASEAPPLICATIONID_PE", case="CASEREF_PE",
        type="CASEAPPLICATIONTYPEREF", court="COURTREF", dated="DATEOFAPPLICATION",
        received="DATERECEIVED", completed="DATEAPPLICATIONCOMPLETED",
    )  # fmt: skip
    applications["day"] = applications["dated"].fillna(applications["received"])
    cases = files.read(
        "CAFE_CMS_TBLCASE", id="CASEID_PE", law_type="LAWTYPEREF", authority="LOCALAUTHORITYREF",
        closed="DATECASECOMPLETED",
    )  # fmt: skip
    cases["law_type"] = cases["law_type"].map(files.names("CMS_TLKPLAWTYPE", "ITEMID", "CAPTION"))
    authorities = files.names("CMS_TLKPLOCALAUTHORITY", "LOCALAUTHORITYID", "AUTHORITY")
    cases["authority"] = cases["authority"].map(authorities)
    cases["received"] = cases["id"].map(applications.groupby("case")["received"].min())
    court = cases["id"].map(firsts(applications, "court", "day"))
    courts = files.read("CMS_TLKPCOURT", id="COURTID", name="COURT", dfj="DFJAREAREF").set_index(
        "id"
    )
    cases["court"] = court.map(courts["name"])
    cases["dfj"] = court.map(courts["dfj"]).map(files.names("CMS_TLKPDFJAREA", "ITEMID", "CAPTION"))
    types = files.names(
        "CMS_TLKPCASEAPPLICATIONTYPE", "CASEAPPLICATIONTYPEID", "CASEAPPLICATIONTYPE"
    )
    applications["type"] = applications["type"].map(types)
    persons = files.read(
        "CAFE_CMS_TBLPERSON", id="PERSONID_PE", sex="GENDER", birth="WEEKOFBIRTH", link="ALF_PE",
        ethnicity="ETHNICREF",
    )  # fmt: skip
    kinds = files.names("CMS_TLKPETHNICORIGIN", "ITEMID", "CAPTION")
    ethnicities = pd.DataFrame(
        {"person": persons["id"], "ethnicity": persons.pop("ethnicity").map(kinds)}
    )
    homes = files.read("CAFE_CMS_TBLPERSONADDRESS", person="PERSONREF_PE", address="ADDRESSREF_PE")
    places = files.read("CAFE_CMS_TBLADDRESS", address="ADDRESSID_PE", lsoa="LSOA_2011_CODE")
    homes = homes.merge(places, on="address")
    homes["fifth"] = homes["lsoa"].map(fifths(files))
    members = files.read(
        "CAFE_CMS_TBLCASEAPPLICATIONMEMBER", application="CASEAPPLICATIONREF_PE", person="MEMBERREF_PE",
        type="MEMBERTYPE", converted="CONVERTEDTYPE", is_party="ISPARTY",
    )  # fmt: skip
    kind, converted = members.pop("type"), members.pop("converted")
    members["role"] = np.select(
        [
            kind == 4,
            (kind == 1) | ((kind == 16) & (converted == "Adult Applicant")),
            (kind == 2) | ((kind == 16) & (converted == "Adult Respondent")),
        ],
        [0, 1, 2],
        3,
    )
    members["is_party"] = truth(members["is_party"])
    parents = files.read(
        "CAFE_CMS_TBLCRSPERSONRELATIONSHIP",
        person="CHILDREF_PE",
        related="PARENTREF_PE",
        type="RELATIONSHIPREF",
    )
    parents = parents[parents.pop("type") == 1].assign(relationship="Parent")
    turned = parents.rename(columns={"person": "related", "related": "person"})
    orders = files.read(
        "CAFE_CMS_TBLLEGALOUTPUT", id="LEGALOUTPUTID_PE", case="CASEREF_PE", type="LEGALOUTPUTTYPEREF",
        final="ISFINAL", day="LEGALORDERHEARINGDATE",
    )  # fmt: skip
    orders["type"] = orders["type"].map(files.names("CMS_TLKPLEGALOUTPUTTYPE", "ITEMID", "CAPTION"))
    orders["final"] = truth(orders["final"]) | orders["final"].isna()
    return {
        "cases": cases,
        "applications": applications,
        "persons": persons,
        "ethnicities": ethnicities[ethnicities["ethnicity"].notna()],
        "fifths": last_by_text(homes[homes["fifth"].notna()], "address").reset_index(),
        "roles": members,
        "relationships": pd.concat([parents, turned.assign(relationship="Child")]),
        "hearings": files.read(
            "CAFE_CMS_TBLCASEHEARING", id="CASEHEARINGID_PE", case="CASEREF_PE", day="HEARINGDATE"
        ),
        "orders": orders,
    }


WELSH_AREAS = {
    "North Wales": "wrexham|caernarfon|prestatyn|llandudno|mold|rhyl|llangefni",
    "South East Wales": "cardiff|newport|pontypridd|merthyr|blackwood",
    "Swansea": "swansea|port talbot|haverfordwest|aberystwyth|carmarthen|llanelli|bridgend",
}


def read_cymru(files: Files, mapping: Mapping) -> Frames:
    """Return the raw records of Cafcass Cymru."""
    applications = files.read(
        "CAFW_CAFCASS_APPLICATION", id="CAP_APPLICATIONID_E", case="CAP_INCIDENTID_E", dated="CAP_ISSUEDATE",
        completed="CAP_DATEOFCOMPLETION", law_type="CAP_LAWTYPENAME", type="CAP_PRIMARYAPPLICATIONTYPENAME",
        court="CAP_COURTOFISSUEIDNAME",
    )  # fmt: skip
    applications["received"] = pd.NaT
    cases = files.read(
        "CAFW_CAFCASS_INCIDENT", id="INCIDENTID_E", authority="CAP_LOCALAUTHORITYIDNAME",
        received="CAP_RECEIVEDDATE", closed="CAP_CLOSEDDATE",
    )  # fmt: skip
    cases = cases[cases["id"].isin(applications["case"])].copy()
    cases["law_type"] = cases["id"].map(firsts(applications, "law_type", "dated"))
    cases["court"] = cases["id"].map(firsts(applications, "court", "dated"))
    issued = cases["id"].map(applications.groupby("case")["dated"].min())
    cases["received"] = cases["received"].fillna(issued)
    lowered, cases["dfj"] = cases["court"].str.lower(), None
    for name, towns in reversed(WELSH_AREAS.items()):
        cases.loc[lowered.str.contains(towns, na=False), "dfj"] = name
    contacts = files.read(
        "CAFW_CAFCASS_CONTACTS", id="CONTACTID_E", system="SYSTEM_ID_E", birth="WOB"
    )
    linkage = files.read(
        "CAFW_CAFCASS_ALF", system="SYSTEM_ID_E", link="ALF_E", status="ALF_STS_CD", sex="GNDR_CD",
        lsoa="LSOA2001_CD",
    )  # fmt: skip
    persons = contacts.merge(linkage, on="system", how="left")
    persons["link"] = persons["link"].where(persons["status"].isin([1, 4, 39]))
    persons["fifth"] = persons["lsoa"].map(fifths(files))
    persons["sex"] = persons["sex"].astype("Int64").astype("string").astype(object)
    persons["sex"] = persons["sex"].where(persons["sex"].notna(), None)
    known = persons[persons["fifth"].notna()].groupby("id")["fifth"].max().reset_index()
    roles = files.read(
        "CAFW_CAFCASS_APPLICATIONSERVICEUSERS", application="CAP_APPLICATIONID_E", person="CONTACTID_E",
        role="CAP_ROLEIDNAME", is_party="CAP_ISPARTYNAME",
    )  # fmt: skip
    ranks = {name: at for at, name in enumerate(ROLES)}
    roles["role"] = coded(roles["role"], mapping, "role").map(ranks).fillna(3).astype(int)
    roles["is_party"] = truth(roles["is_party"])
    pairs = files.read(
        "CAFW_CAFCASS_RELATIONSHIPS", one="RECORD1ID_E", one_role="RECORD1ROLEIDNAME", two="RECORD2ID_E",
        two_role="RECORD2ROLEIDNAME",
    )  # fmt: skip
    there = pairs[["one", "two", "two_role"]].set_axis(
        ["person", "related", "relationship"], axis=1
    )
    back = pairs[["two", "one", "one_role"]].set_axis(["person", "related", "relationship"], axis=1)
    hearings = files.read(
        "CAFW_CAFCASS_HEARING", id="CAP_HEARINGID_E", case="CAP_CASEID_E", day="CAP_HEARINGDATETIME"
    )
    hearings["day"] = hearings["day"].dt.normalize()
    outcomes = files.read(
        "CAFW_CAFCASS_HEARINGOUTCOME", id="CAP_HEARINGOUTCOMEID_E", hearing="CAP_HEARINGID_E",
        case="CAP_CASEID_E", type="CAP_HEARINGOUTCOMETYPEIDNAME", final="CAP_HEARINGOUTCOMEFINALNAME",
    )  # fmt: skip
    named = files.read(
        "CAFW_CAFCASS_HEARINGOUTCOMEAPPLICATION",
        id="CAP_HEARINGOUTCOMEID_E",
        application="CAP_APPLICATIONID_E",
    )
    held = hearings[["id", "day"]].rename(columns={"id": "hearing"})
    orders = outcomes.merge(held, on="hearing").merge(named, on="id")
    orders["id"] = orders["id"].astype(str) + "-" + orders["application"].astype(str)
    orders["final"] = truth(orders["final"]) | orders["final"].isna()
    return {
        "cases": cases,
        "applications": applications,
        "persons": persons[["id", "sex", "birth", "link"]],
        "ethnicities": pd.DataFrame({"person": [], "ethnicity": pd.Series([], dtype=object)}),
        "fifths": known.rename(columns={"id": "person"}),
        "roles": roles,
        "relationships": pd.concat([there, back]),
        "hearings": hearings,
        "orders": orders.drop(columns="hearing"),
    }


READERS = {"ecms": read_ecms, "cms": read_cms, "cymru": read_cymru}

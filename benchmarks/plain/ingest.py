"""The harmonising of a refresh in plain pandas: the same tables from the same files, for comparison.

Run as `python benchmarks/plain/ingest.py SOURCE REFRESH FOLDER`. It reads the Parquet files of the three
synthetic systems, follows the rules of docs/mappings.md, and writes the seven tables, sorted. It measures
no quality, checks no contract, takes no fingerprint and resumes nothing: it is the least that a script for
the purpose must do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from records import READERS, ROLES, Files, Frames, coded, one_a_key

from fjanalysis import reference
from fjanalysis.reference import normal_name
from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.harmonise import _authority, authority_spans
from fjanalysis.sources.mapping import Mapping, read_mapping

CENTURIES = ((1800, 1899, 100), (2200, 2299, -200), (2900, 2999, -900), (7900, 7999, -6000))


def ids(keys: pd.Series, letter: str) -> pd.Series:
    """Return ids: the system's letter before its keys."""
    return letter + keys.astype("string").astype(object)


def court_spellings(names: pd.Series) -> dict[str, str]:
    """Return the spelling that most cases have, by each spelling of a court."""
    counts = names.value_counts().reset_index().set_axis(["name", "n"], axis=1)
    counts = counts.sort_values(["n", "name"], ascending=[False, True])
    chosen: dict[str, str] = {}
    for name in counts["name"]:
        chosen.setdefault(normal_name(name.lower().replace(" at ", " ")), name)
    return {name: chosen[normal_name(name.lower().replace(" at ", " "))] for name in counts["name"]}


def place_authorities(cases: pd.DataFrame, nation: str) -> pd.DataFrame:
    """Return code and region of each case's authority on the day it was received."""
    spans = authority_spans(nation)
    listed = [
        (name, *span)
        for name in cases["authority"].dropna().unique()
        for span in spans.get(_authority(name), [])
    ]
    table = pd.DataFrame(listed, columns=["authority", "code", "region", "first", "last"])
    rows = cases[["id", "authority", "received"]].merge(table, on="authority")
    day = rows["received"].fillna(pd.Timestamp("1900-01-01")).dt.strftime("%Y-%m-%d")
    rows = rows[(rows["first"] <= day) & (day <= rows["last"])]
    return cases[["id"]].merge(rows, on="id", how="left")


def cases_of(raw: Frames, mapping: Mapping) -> pd.DataFrame:
    """Return the harmonised cases, with their keys."""
    spelled, dfj_names = court_spellings(raw["cases"]["court"]), reference.dfj_names()
    known = dfj_names.set_index("normal")[["dfj_area", "hmcts_region"]]
    raw["cases"]["law_type"] = coded(raw["cases"]["law_type"], mapping, "law_type")
    cases = one_a_key(raw["cases"], "id")
    cases = cases[cases["law_type"].notna()].reset_index(drop=True)
    last = cases["id"].map(raw["applications"].groupby("case")["completed"].max())
    received, closed = cases["received"], cases["closed"]
    fits = (closed >= received) | received.isna()
    mended = closed.notna() & (last >= received)
    places = place_authorities(cases, mapping.system.nation)
    normal = cases["dfj"].map({name: normal_name(name) for name in cases["dfj"].dropna().unique()})
    return pd.DataFrame({
        "key": cases["id"],
        "case_id": ids(cases["id"], mapping.system.letter),
        "law_type": cases["law_type"],
        "local_authority": places["code"],
        "region": places["region"],
        "court": cases["court"].map(spelled),
        "dfj_area": normal.map(known["dfj_area"]),
        "hmcts_region": normal.map(known["hmcts_region"]),
        "received_date": received,
        "closed_date": closed.where(fits, last.where(mended)),
    })  # fmt: skip


def applications_of(raw: Frames, mapping: Mapping, cases: pd.DataFrame) -> pd.DataFrame:
    """Return the harmonised applications of known cases, with their keys."""
    raw["applications"]["type"] = coded(raw["applications"]["type"], mapping, "application_type")
    rows = one_a_key(raw["applications"], "id")
    rows = rows[rows["case"].isin(cases["key"])]
    issue = rows["dated"].fillna(rows["received"])
    return pd.DataFrame({
        "key": rows["id"],
        "case": rows["case"],
        "application_id": ids(rows["id"], mapping.system.letter),
        "case_id": ids(rows["case"], mapping.system.letter),
        "application_type": rows["type"].fillna("other"),
        "issue_date": issue,
        "completed_date": rows["completed"].mask(rows["completed"] < issue),
    })  # fmt: skip


def persons_of(raw: Frames, mapping: Mapping, refresh: pd.Timestamp) -> pd.DataFrame:
    """Return the harmonised persons: mended birth weeks, one ethnicity, deprivation."""
    raw["persons"]["sex"] = coded(raw["persons"]["sex"], mapping, "sex")
    rows = one_a_key(raw["persons"], "id").reset_index(drop=True)
    birth, year = rows["birth"], rows["birth"].dt.year
    for first, last, years in CENTURIES:
        chosen = year.between(first, last)
        birth = birth.where(~chosen, birth[chosen] + pd.DateOffset(years=years))
    monday = birth - pd.to_timedelta(birth.dt.weekday, unit="D")
    possible = monday.between(pd.Timestamp("1900-01-01"), refresh)
    mended = (birth != rows["birth"]) & rows["birth"].notna() & possible
    given = raw["ethnicities"]
    given = given.assign(group=coded(given["ethnicity"], mapping, "ethnicity"))
    given = given[given["group"].notna() & (given["group"] != "unknown")]
    groups = given.groupby("person")["group"].agg(["min", "nunique"])
    one_group = groups.loc[groups["nunique"] == 1, "min"]
    return pd.DataFrame({
        "key": rows["id"],
        "person_id": ids(rows["id"], mapping.system.letter),
        "sex": rows["sex"].fillna("unknown"),
        "birth_week": monday.where(possible),
        "birth_week_mended": mended,
        "ethnicity": rows["id"].map(one_group).fillna("unknown"),
        "deprivation_quintile": rows["id"].map(raw["fifths"].set_index("person")["fifth"]),
        "link": rows["link"],
    })  # fmt: skip


def roles_of(
    raw: Frames, letter: str, applications: pd.DataFrame, persons: pd.DataFrame
) -> pd.DataFrame:
    """Return one role a person on an application."""
    rows = raw["roles"]
    rows = rows[rows["person"].isin(persons["key"])]
    rows = rows.groupby(["application", "person"], as_index=False).agg(
        role=("role", "min"), is_party=("is_party", "max")
    )
    case = applications.set_index("key")["case"]
    rows = rows.merge(case, left_on="application", right_index=True)
    return rows.assign(
        application_id=ids(rows["application"], letter),
        case_id=ids(rows["case"], letter),
        person_id=ids(rows["person"], letter),
        role=ROLES[rows["role"]],
    )


def relationships_of(raw: Frames, mapping: Mapping, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct relationships between known persons."""
    rows = raw["relationships"]
    rows = rows[rows["person"] != rows["related"]]
    rows = rows[rows["person"].isin(persons["key"]) & rows["related"].isin(persons["key"])]
    rows = rows.assign(
        relationship=coded(rows["relationship"], mapping, "relationship").fillna("other")
    )
    rows = rows.drop_duplicates()
    letter = mapping.system.letter
    return pd.DataFrame({
        "person_id": ids(rows["person"], letter),
        "related_id": ids(rows["related"], letter),
        "relationship": rows["relationship"],
    })  # fmt: skip


def hearings_of(
    raw: Frames, letter: str, cases: pd.DataFrame, refresh: pd.Timestamp
) -> pd.DataFrame:
    """Return the hearings of known cases on possible days."""
    rows = raw["hearings"]
    rows = rows[
        rows["case"].isin(cases["key"]) & rows["day"].between(pd.Timestamp("1990-01-01"), refresh)
    ]
    rows = one_a_key(rows, "id")
    return pd.DataFrame({
        "hearing_id": ids(rows["id"], letter),
        "case_id": ids(rows["case"], letter),
        "hearing_date": rows["day"],
    })  # fmt: skip


def orders_of(
    raw: Frames,
    mapping: Mapping,
    roles: pd.DataFrame,
    applications: pd.DataFrame,
    refresh: pd.Timestamp,
) -> pd.DataFrame:
    """Return orders of subjects; those of a case or application for each of its subjects."""
    rows = raw["orders"]
    rows = rows.assign(type=coded(rows["type"], mapping, "order_type"))
    rows = one_a_key(rows, "id")
    rows = rows[rows["type"].notna() & (rows["type"] != "-")]
    rows = rows[rows["day"].between(pd.Timestamp("2010-04-01"), refresh)]
    subjects = roles[roles["role"] == "subject"]
    letter, of_child = mapping.system.letter, "person" in rows
    if of_child:
        rows = rows.merge(subjects[["case", "person"]].drop_duplicates(), on=["case", "person"])
    elif "application" in rows:
        by = subjects[["application", "case", "person"]]
        rows = rows.drop(columns="case").merge(by, on="application")
    else:
        rows = rows.merge(subjects[["case", "person"]].drop_duplicates(), on="case")
    person = ids(rows["person"], letter)
    order = ids(rows["id"], letter)
    application = pd.Series(None, index=rows.index, dtype=object)
    if "application" in rows:
        case = rows["application"].map(applications.set_index("key")["case"])
        application = ids(rows["application"], letter).where(case == rows["case"], None)
    return pd.DataFrame({
        "order_id": order if of_child else order + "-" + person,
        "case_id": ids(rows["case"], letter),
        "application_id": application,
        "person_id": person,
        "order_type": rows["type"],
        "is_final": rows["final"] & rows["type"].isin(mapping.final.order_types),
        "order_date": rows["day"],
        "case_level": not of_child,
    })  # fmt: skip


def harmonise(files: Files, name: str, refresh: pd.Timestamp) -> Frames:
    """Return the tables of one system."""
    mapping = read_mapping(name, Path())
    raw, letter = READERS[name](files, mapping), mapping.system.letter
    cases = cases_of(raw, mapping)
    applications = applications_of(raw, mapping, cases)
    persons = persons_of(raw, mapping, refresh)
    roles = roles_of(raw, letter, applications, persons)
    return {
        "cases": cases,
        "applications": applications,
        "persons": persons,
        "roles": roles,
        "relationships": relationships_of(raw, mapping, persons),
        "hearings": hearings_of(raw, letter, cases, refresh),
        "orders": orders_of(raw, mapping, roles, applications, refresh),
    }


def links_of(older: pd.DataFrame, newer: pd.DataFrame) -> dict[str, str]:
    """Return the newer id of each person of the older system who is known in the newer."""
    columns = ["key", "person_id", "sex", "birth_week", "link"]
    both = []
    for persons in (older, newer):
        linked = persons[persons["link"].notna()]
        both.append(linked.loc[~linked.duplicated("link", keep=False), columns])
    pairs = both[0].merge(both[1], on="link", suffixes=("", "_new"))
    sexes = pairs[["sex", "sex_new"]]
    agree = (sexes["sex"] == sexes["sex_new"]) | (sexes == "unknown").any(axis=1)
    days = (pairs["birth_week"] - pairs["birth_week_new"]).abs().dt.days
    found = [pairs.loc[agree & ~(days > 31), ["person_id", "person_id_new"]]]
    known = older.loc[older["sex"] != "unknown", columns].dropna(subset=["birth_week"])
    same = known.merge(newer[columns], on=["key", "sex", "birth_week"], suffixes=("", "_new"))
    fits = (same["link"] == same["link_new"]) | same["link"].isna() | same["link_new"].isna()
    found.append(same.loc[fits, ["person_id", "person_id_new"]])
    together = pd.concat(found).drop_duplicates()
    alone = ~(
        together.duplicated("person_id", keep=False)
        | together.duplicated("person_id_new", keep=False)
    )
    chosen = together[alone]
    return dict(zip(chosen["person_id"], chosen["person_id_new"], strict=True))


def joined_persons(persons: pd.DataFrame, links: dict[str, str]) -> pd.DataFrame:
    """Return one row a person, knowing what either system knew."""
    old = persons[persons["person_id"].isin(links)].set_index("person_id")
    old.index = old.index.map(links)
    rows = persons[~persons["person_id"].isin(links)].set_index("person_id")
    old = old.reindex(rows.index)
    unknown_week = rows["birth_week"].isna()
    sex, theirs = rows["sex"], old["sex"].fillna("unknown")
    group, other = rows["ethnicity"], old["ethnicity"].fillna("unknown")
    agreed = group.where((other == "unknown") | (other == group), "unknown")
    return pd.DataFrame({
        "sex": sex.where(sex != "unknown", theirs),
        "birth_week": rows["birth_week"].fillna(old["birth_week"]),
        "birth_week_mended": rows["birth_week_mended"].where(
            ~unknown_week, old["birth_week_mended"].eq(True)
        ),
        "ethnicity": agreed.where(group != "unknown", other),
        "deprivation_quintile": rows["deprivation_quintile"].fillna(old["deprivation_quintile"]),
        "nation": rows["nation"],
        "system": rows["system"],
    }).reset_index()  # fmt: skip


def main() -> None:
    """Read, harmonise, join and write."""
    source, refresh, folder = Path(sys.argv[1]), pd.Timestamp(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True)
    files = Files(source)
    systems = {name: harmonise(files, name, refresh) for name in READERS}
    links = links_of(systems["cms"]["persons"], systems["ecms"]["persons"])
    for name, declared in TABLES.items():
        parts = []
        for system, tables in systems.items():
            nation = read_mapping(system, Path()).system.nation
            parts.append(tables.pop(name).assign(nation=nation, system=system))
        rows = pd.concat(parts, ignore_index=True)
        if name == "persons":
            rows = joined_persons(rows, links)
        for column in ("person_id", "related_id"):
            if column in rows and name != "persons":
                rows[column] = rows[column].map(links).fillna(rows[column])
        if name == "relationships":
            rows = rows.drop_duplicates(list(declared.key))
        rows = rows[list(declared.names)].sort_values(list(declared.names))
        rows.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")


if __name__ == "__main__":
    main()

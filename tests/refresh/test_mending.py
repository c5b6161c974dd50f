"""What is mended in a source, and that each rule is counted."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fjanalysis.refresh.ingest import ingest
from fjanalysis.refresh.model import QUALITY_PAGE
from fjanalysis.sources.synthetic import synthesise
from tests.refresh.sources import DATE, rewrite


def test_mending_brings_back_what_the_faults_took(source, project, tmp_path):
    synthesise(tmp_path / "clean", DATE, scale=0.01, seed=3, faults=False)
    faulty = ingest(project, DATE, str(source)).refresh
    elsewhere = dataclasses.replace(project, workspace=tmp_path / "other")
    clean = ingest(elsewhere, DATE, str(tmp_path / "clean")).refresh
    weeks = (
        "SELECT person_id, birth_week, birth_week_mended FROM persons WHERE birth_week IS NOT NULL"
    )
    with faulty.connect() as first, clean.connect() as second:
        mended = first.execute(weeks).df().merge(second.execute(weeks).df(), on="person_id")
        assert mended["birth_week_mended_x"].any()
        assert not mended["birth_week_mended_y"].any()
        rows = mended[mended["birth_week_mended_x"]]
        assert (rows["birth_week_x"] == rows["birth_week_y"]).all()
        cases = "SELECT case_id, dfj_area, region FROM cases"
        both = first.execute(cases).df().merge(second.execute(cases).df(), on="case_id")
        known = both["region_x"].notna()
        assert known.mean() > 0.98
        assert (both["region_x"] == both["region_y"])[known].all()
        assert both["region_y"].notna().all()
        assert both["dfj_area_y"].notna().all()
    assert faulty.fingerprint != clean.fingerprint


def test_what_is_mended_is_counted(source, project):
    quality = ingest(project, DATE, str(source)).refresh.quality
    marked = json.loads((source / "synthetic.json").read_text())["faults"]
    counts = quality[quality["measure"] == "mended"].groupby("group")["numerator"].sum()
    assert counts["field: duplicate cases"] > 0
    assert counts["field: several roles"] == pytest.approx(marked["second role"], rel=0.1)
    assert counts["field: birth week"] <= marked["mistyped century"]
    assert counts["field: birth week"] >= marked["mistyped century"] * 0.7
    assert counts["field: impossible hearing date"] == marked["hearing in a mistyped year"]
    assert counts["field: relationships to nobody"] > 0
    assert counts["field: orders before April 2010"] > 0


RULES = {
    "mistyped birth centuries": ["field: birth week"],
    "exact duplicates": [f"field: duplicate {each}" for each in ("cases", "persons", "roles")],
    "several roles for one person on one application": ["field: several roles"],
    "two mothers or fathers": ["field: two mothers", "field: two fathers"],
    "conflicting ethnicities": ["field: conflicting ethnicity"],
    "court spellings": ["field: court spelling"],
    "orphan links": ["field: roles without application", "field: relationships to nobody"],
    "orders before April 2010": ["field: orders before April 2010"],
    "dates out of order": ["field: closing date", "field: orders before the first application"],
    "cases still open": ["field: closing date"],
}


def test_each_rule_of_mending_is_counted_and_told_in_the_report(source, project):
    refresh = ingest(project, DATE, str(source)).refresh
    rows, page = refresh.quality, (refresh.folder / QUALITY_PAGE).read_text()
    for rule, groups in RULES.items():
        measures = ["missing"] if rule == "cases still open" else ["mended", "kept"]
        counted = rows[rows["measure"].isin(measures)].groupby("group")["numerator"].sum()
        for group in groups:
            assert counted[group] > 0, (rule, group)
            assert group.removeprefix("field: ") in page.lower().replace("april", "April"), group


def spoilt(folder: Path) -> dict[str, int]:
    """Spoil rows of the largest system in ways that the generator does not, and return how many by rule."""

    def of(name: str) -> pd.DataFrame:
        (path,) = folder.glob(f"CAFE_ECMS_{name}_*.parquet")
        return pq.read_table(path).to_pandas(types_mapper=pd.ArrowDtype)

    def put(name: str, frame: pd.DataFrame) -> None:
        rewrite(
            folder,
            f"CAFE_ECMS_{name}",
            lambda table: pa.Table.from_pandas(frame, table.schema, preserve_index=False),
        )

    orders, roles, applications = (
        of("LEGALOUTPUTS"),
        of("PERSONSONAPPLICATIONS"),
        of("APPLICATIONS"),
    )
    on = roles[roles["ISSUBJECT"] == "true"].merge(
        applications[["ID_PE", "CASE_ID_PE"]].drop_duplicates(),
        left_on="APPLICATION_ID_PE",
        right_on="ID_PE",
    )
    subjects = pd.MultiIndex.from_frame(on[["CASE_ID_PE", "PERSON_ID_PE"]])
    of_subject = pd.MultiIndex.from_frame(orders[["CASE_ID_PE", "PERSON_ID_PE"]]).isin(subjects)
    once = ~orders["ID_PE"].duplicated(keep=False)
    recent = orders["DATEORDERED"] >= dt.date(2015, 1, 1)
    made = orders[of_subject & once & recent]
    care = 2
    strangers = orders.index[~of_subject & once & recent][:12]
    orders.loc[strangers, "LEGALOUTPUTTYPE_ID"] = care
    orders.loc[made.index[:11], "DATEORDERED"] = None
    orders.loc[made.index[11:24], "DATEORDERED"] = dt.date(2021, 1, 1)
    orders.loc[made.index[:24], "LEGALOUTPUTTYPE_ID"] = care
    put("LEGALOUTPUTS", orders)
    hearings = of("HEARINGS1")
    alone = hearings.index[~hearings["ID_PE"].duplicated(keep=False)]
    hearings.loc[alone[:14], "HEARINGDATE"] = None
    hearings.loc[alone[14:29], "CASE_ID_PE"] = 1
    put("HEARINGS1", hearings)
    people = of("PEOPLE")
    again = people[~people["ID_PE"].duplicated(keep=False)].iloc[:16]
    put(
        "PEOPLE",
        pd.concat([people, again.assign(WEEKOFBIRTH=dt.date(2150, 1, 5))]),
    )
    related = of("PERSONRELATIONSHIPS")
    related = related[~related.duplicated(["PERSON_ID_PE", "RELATEDPERSON_ID_PE"], keep=False)]
    itself = related.iloc[:17]
    put(
        "PERSONRELATIONSHIPS",
        pd.concat(
            [of("PERSONRELATIONSHIPS"), itself.assign(RELATEDPERSON_ID_PE=itself["PERSON_ID_PE"])]
        ),
    )
    added = roles.iloc[:18].assign(PERSON_ID_PE=1)
    put("PERSONSONAPPLICATIONS", pd.concat([roles, added]))
    return {
        "orders of no subject": 12,
        "orders without date": 11,
        "orders after the refresh": 13,
        "hearings without date": 14,
        "hearings without case": 15,
        "differing persons of one key": 16,
        "relationships to oneself": 17,
        "roles without person": 18,
    }


def test_rules_that_the_generator_never_needs_are_counted_too(copied, project, tmp_path):
    elsewhere = dataclasses.replace(project, workspace=tmp_path / "before")
    counts = []
    for where in (elsewhere, project):
        rows = ingest(where, DATE, str(copied)).refresh.quality
        rows = rows[(rows["measure"] == "mended") & (rows["area"] == "E92000001")]
        counts.append(rows.groupby("group")["numerator"].sum())
        if where is elsewhere:
            wanted = spoilt(copied)
    before, after = counts
    found = {name: after[f"field: {name}"] - before[f"field: {name}"] for name in wanted}
    assert found == wanted


def test_no_order_before_april_2010_and_only_of_subjects(source, project):
    with ingest(project, DATE, str(source)).refresh.connect() as connection:
        first = connection.execute("SELECT min(order_date) FROM orders").fetchall()[0][0]
        assert first >= dt.date(2010, 4, 1)
        strangers = connection.execute(
            "SELECT count(*) FROM orders ANTI JOIN (SELECT * FROM roles WHERE role = 'subject') AS r "
            "ON orders.case_id = r.case_id AND orders.person_id = r.person_id"
        ).fetchall()
        assert strangers == [(0,)]

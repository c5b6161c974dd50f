"""The quality of the records leaves with a stream, under the same disclosure control as its results."""

from __future__ import annotations

import pandas as pd
import pytest

from fjanalysis.disclosure.control import prepare
from fjanalysis.project import DisclosureProfile
from fjanalysis.refresh import quality
from fjanalysis.refresh.model import connection
from fjanalysis.results import QUALITY
from fjanalysis.streams.quality import QUALITY_MEASURES, quality_relations

PROFILE = DisclosureProfile(
    threshold=10, rounding_base=5, zeros_are_disclosive=False, significant_digits=3
)
YEARS = range(2008, 2016)


def measured(late: int) -> pd.DataFrame:
    """Return the data quality of a nation whose older system has so many persons in its last year."""
    made = connection()
    quality.prepare(made)
    for year in YEARS:
        older = 14_000 + 137 * (year - 2008) if year < 2014 else late if year == 2014 else 0
        newer = 15_500 + 211 * (year - 2014) if year >= 2014 else 0
        for name, count in (("cms", older), ("ecms", newer)):
            if count:
                made.execute(
                    "INSERT INTO quality VALUES ('England', 'records', ?, ?, ?, NULL)",
                    [f"system: {name}; table: persons", year, count],
                )
        made.execute(
            "INSERT INTO quality VALUES ('England', 'missing', 'field: sex', ?, ?, ?)",
            [year, 800 + year - 2008, older + newer],
        )
        if older:
            made.execute(
                "INSERT INTO quality VALUES ('England', 'linked', 'systems: cms to ecms', ?, ?, ?)",
                [year, older // 4, older],
            )
    rows = quality.measure(made)
    rows["stream"] = "recurrence"
    return rows


def released(rows: pd.DataFrame) -> pd.DataFrame:
    relations = {("recurrence", "main"): quality_relations(rows)}
    return prepare(rows, relations, PROFILE, {"E92000001": "nation"}).control().results


def at(rows: pd.DataFrame, measure: str, period: str, group: str) -> pd.Series:
    found = rows[
        (rows["measure"] == measure) & (rows["period"] == period) & (rows["group"] == group)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_every_measure_of_quality_is_declared():
    assert {each.id for each in QUALITY_MEASURES} == set(QUALITY)
    assert set(measured(700)["measure"]) <= set(QUALITY)


def test_the_systems_of_a_nation_add_up_to_its_records():
    rows = measured(700)
    (relation,) = quality_relations(rows)
    assert relation.whole == "table: persons"
    assert relation.members == ("system: cms; table: persons", "system: ecms; table: persons")
    both = [at(rows, "records", "2014-15", group)["numerator"] for group in relation.members]
    assert at(rows, "records", "2014-15", relation.whole)["numerator"] == sum(both)


def test_numbers_of_quality_are_rounded_and_their_shares_made_from_the_rounded():
    done = released(measured(700))
    row = at(done, "linked", "2010-11", "systems: cms to ecms")
    assert (row["numerator"], row["denominator"]) == (3570, 14275)
    assert row["value"] == pytest.approx(100 * 3570 / 14275)
    assert at(done, "records", "2014-15", "system: cms; table: persons")["numerator"] == 700


def test_a_few_late_persons_of_the_older_system_cannot_be_worked_out():
    done = released(measured(4))
    late = at(done, "records", "2014-15", "system: cms; table: persons")
    assert late["status"] == "c"
    assert at(done, "linked", "2014-15", "systems: cms to ecms")["status"] == "c"
    # All persons stand in the base of what is missing as well, so that the newer system's number would tell.
    shown = [
        at(done, "records", "2014-15", "system: ecms; table: persons")["status"],
        at(done, "records", "2014-15", "table: persons")["status"],
        at(done, "missing", "2014-15", "field: sex")["status"],
    ]
    assert shown[0] == "c" or shown[1:] == ["c", "c"]
    assert at(done, "records", "2015-16", "system: ecms; table: persons")["status"] == "ok"

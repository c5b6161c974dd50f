"""A change between two packs is found, named by its kind and cause, and never tells a small count."""

import json

import pandas as pd
import pytest

from fjanalysis.changes import compare, headline
from fjanalysis.folders import write_text
from fjanalysis.packs import CHECKSUMS, checksum_lines, read_pack
from fjanalysis.results import KEY, conform, write_csv
from tests.packs import make_pack

KEY_2020 = {
    "stream": "urgent-hearings",
    "variant": "main",
    "measure": "newborn_cases",
    "statistic": "count",
    "area": "E92000001",
    "period": "2019-20",
    "group": "",
    "horizon": "",
}


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    return read_pack(make_pack(tmp_path_factory.mktemp("packs") / "before"))


def altered(tmp_path, *, rows=None, provenance=None):
    """Return a pack like `before` whose rows and provenance were changed by functions."""
    folder = make_pack(tmp_path / "after")
    path = folder / "results.csv"
    if rows:
        write_csv(rows(read_pack(folder).results), path)
    if provenance:
        path = folder / "provenance" / "urgent-hearings.json"
        about = json.loads(path.read_text(encoding="utf-8"))
        provenance(about)
        write_text(path, json.dumps(about))
    write_text(folder / CHECKSUMS, checksum_lines(folder))
    return read_pack(folder)


def at(table, key):
    chosen = table[(table[list(key)] == list(key.values())).all(axis=1)]
    assert len(chosen) == 1
    return chosen.index[0]


def change(amount):
    def rows(table):
        table = table.copy()
        index = at(table, KEY_2020)
        table.loc[index, ["value", "numerator"]] += amount
        return table

    return rows


def test_two_packs_of_the_same_numbers_have_no_changes(before, tmp_path):
    changes = compare(before, altered(tmp_path))
    assert changes.rows.empty
    assert changes.definitions == ()
    assert changes.unchanged == len(before.results)


def test_a_later_value_of_the_same_period_is_a_revision_of_the_back_series(before, tmp_path):
    rows = compare(before, altered(tmp_path, rows=change(50))).rows
    assert list(rows["kind"]) == ["revised"]
    assert list(rows["cause"]) == ["back series"]
    assert list(rows["difference"]) == [50.0]


@pytest.mark.parametrize("amount", [5, -5])
def test_a_difference_of_counts_under_the_threshold_is_not_given(before, tmp_path, amount):
    rows = compare(before, altered(tmp_path, rows=change(amount))).rows
    assert list(rows["kind"]) == ["revised"]
    assert rows["difference"].isna().all()


def test_a_parameter_that_differs_makes_the_revision_one_of_definition(before, tmp_path):
    def provenance(about):
        about["variants"]["main"]["parameters"]["newborn_days"] = 7

    changes = compare(before, altered(tmp_path, rows=change(-200), provenance=provenance))
    assert list(changes.rows["cause"]) == ["new definition"]
    assert [(each.name, each.after) for each in changes.definitions] == [("newborn_days", "7")]


def test_a_year_that_was_not_complete_before_is_a_new_period(before, tmp_path):
    def rows(table):
        row = table.loc[[at(table, KEY_2020)]].assign(period="2025-26")
        return conform(pd.concat([table, row]))

    added = compare(before, altered(tmp_path, rows=rows)).rows
    assert list(added["kind"]) == ["added"]
    assert list(added["cause"]) == ["new period"]


def test_a_number_that_is_withheld_now_is_told_apart_from_a_revision(before, tmp_path):
    def rows(table):
        table = table.copy()
        index = at(table, KEY_2020)
        table.loc[index, ["value", "numerator"]] = None
        table.loc[index, "status"] = "c"
        return table

    withheld = compare(before, altered(tmp_path, rows=rows)).rows
    assert list(withheld["kind"]) == ["withheld"]
    assert list(withheld["cause"]) == ["disclosure control"]


def test_a_revision_outside_the_interval_is_flagged(before, tmp_path):
    key = {**KEY_2020, "measure": "same_day_hearing", "statistic": "percent"}

    def rows(table):
        table = table.copy()
        index = at(table, key)
        table.loc[index, "value"] = table.loc[index, "upper"] + 0.1
        return table

    found = compare(before, altered(tmp_path, rows=rows)).rows
    assert list(found["beyond_interval"]) == [True]


def test_a_number_that_is_gone_is_listed(before, tmp_path):
    gone = compare(before, altered(tmp_path, rows=lambda table: table.iloc[1:])).rows
    assert list(gone["kind"]) == ["gone"]
    assert list(gone[list(KEY)].iloc[0]) == list(before.results[list(KEY)].iloc[0])


def test_working_tables_of_curves_are_no_headline(before, tmp_path):
    def rows(table):
        table = table.copy()
        chosen = table["measure"].eq("any_return_at_risk") & table["value"].notna()
        table.loc[chosen, ["value", "numerator"]] += 500
        return table

    found = compare(before, altered(tmp_path, rows=rows)).rows
    assert len(found) > 100
    assert headline(found).empty

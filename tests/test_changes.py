"""A change between two packs is found, named by its kind and cause, and never tells a small count."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from fjanalysis.changes import compare, headline, moved_spans
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


@pytest.fixture
def altered(before, tmp_path):
    """Return a function that gives a pack like `before`, rows and provenance changed by functions."""

    def made(*, rows=None, provenance=None):
        folder = shutil.copytree(before.folder, tmp_path / f"after-{len(list(tmp_path.iterdir()))}")
        if rows:
            write_csv(rows(before.results), folder / "results.csv")
        if provenance:
            path = folder / "provenance" / "urgent-hearings.json"
            about = json.loads(path.read_text(encoding="utf-8"))
            provenance(about)
            write_text(path, json.dumps(about))
        write_text(folder / CHECKSUMS, checksum_lines(folder))
        return read_pack(folder)

    return made


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


def test_two_packs_of_the_same_numbers_have_no_changes(before, altered):
    changes = compare(before, altered())
    assert changes.rows.empty
    assert changes.definitions == ()
    assert changes.unchanged == len(before.results)


def test_a_later_value_of_the_same_period_is_a_revision_of_the_back_series(before, altered):
    rows = compare(before, altered(rows=change(50))).rows
    assert list(rows["kind"]) == ["revised"]
    assert list(rows["cause"]) == ["back series"]
    assert list(rows["difference"]) == [50.0]


@pytest.mark.parametrize("amount", [5, -5])
def test_a_difference_of_counts_under_the_threshold_is_not_given(before, altered, amount):
    rows = compare(before, altered(rows=change(amount))).rows
    assert list(rows["kind"]) == ["revised"]
    assert rows["difference"].isna().all()


def test_a_parameter_that_differs_makes_the_revision_one_of_definition(before, altered):
    def provenance(about):
        about["variants"]["main"]["parameters"]["newborn_days"] = 7

    changes = compare(before, altered(rows=change(-200), provenance=provenance))
    assert list(changes.rows["cause"]) == ["new definition"]
    assert [(each.name, each.after) for each in changes.definitions] == [("newborn_days", "7")]


def test_a_year_that_was_not_complete_before_is_a_new_period(before, altered):
    def rows(table):
        row = table.loc[[at(table, KEY_2020)]].assign(period="2025-26")
        return conform(pd.concat([table, row]))

    added = compare(before, altered(rows=rows)).rows
    assert list(added["kind"]) == ["added"]
    assert list(added["cause"]) == ["new period"]


def test_a_new_year_of_a_series_is_told_though_other_series_reach_as_far(before, altered):
    def rows(table):
        other = table["measure"].ne("newborn_cases")
        return table[other | table["period"].ne("2024-25")]

    earlier = altered(rows=rows)
    added = compare(earlier, before).rows
    assert set(added["measure"]) == {"newborn_cases"}
    assert set(added["cause"]) == {"new period"}


def test_a_window_that_ends_later_is_compared_with_the_window_before(before, altered):
    window, longer = "2012-13 to 2024-25", "2012-13 to 2025-26"
    chosen = before.results["measure"].eq("same_day_hearing")

    def rows(table):
        moved = chosen & table["period"].eq(window)
        assert moved.any()
        return table.assign(period=table["period"].mask(moved, longer))

    changes = compare(before, altered(rows=rows)).rows
    assert set(changes["kind"]) == {"moved"}
    assert set(changes["cause"]) == {"window moved"}
    assert set(zip(changes["period_before"], changes["period"], strict=True)) == {(window, longer)}
    assert (changes["value_before"] == changes["value_after"]).all()


def test_of_spans_of_equal_length_the_last_answers_the_last():
    def table(*periods):
        return pd.DataFrame([{**dict.fromkeys(KEY, "x"), "period": each} for each in periods])

    gone = table("2018-19 to 2020-21", "2021-22 to 2023-24", "2012-13 to 2023-24")
    added = table(
        "2012-13 to 2024-25", "2016-17 to 2018-19", "2019-20 to 2021-22", "2022-23 to 2024-25"
    )
    pairs = moved_spans(gone, added)
    assert {
        (gone["period"][a], added["period"][b])
        for a, b in zip(pairs["gone"], pairs["added"], strict=True)
    } == {
        ("2021-22 to 2023-24", "2022-23 to 2024-25"),
        ("2018-19 to 2020-21", "2019-20 to 2021-22"),
        ("2012-13 to 2023-24", "2012-13 to 2024-25"),
    }


def test_code_that_differs_is_listed_and_no_new_definition_but_other_sql_is(before, altered):
    def hashed(**changed):
        def provenance(about):
            about["variants"]["main"]["hashes"].update(changed)

        return provenance

    code = compare(before, altered(rows=change(50), provenance=hashed(code="9" * 64)))
    assert [each.name for each in code.definitions] == ["code"]
    assert list(code.rows["cause"]) == ["back series"]
    sql = compare(before, altered(rows=change(50), provenance=hashed(sql="9" * 64)))
    assert list(sql.rows["cause"]) == ["new definition"]


def test_a_hash_that_an_older_pack_lacks_is_no_difference(before, altered):
    def provenance(about):
        del about["variants"]["main"]["hashes"]["sql"]

    assert compare(altered(provenance=provenance), before).definitions == ()


def test_the_larger_threshold_of_two_packs_decides_which_difference_is_small(before, altered):
    after = altered(rows=change(15))
    assert compare(before, after).rows["difference"].tolist() == [15.0]
    profile = {"name": "strict", "rules": {**before.manifest["profile"]["rules"], "threshold": 20}}
    strict = replace(before, manifest={**before.manifest, "profile": profile})
    assert compare(strict, after).rows["difference"].isna().all()


def test_a_number_that_is_withheld_now_is_told_apart_from_a_revision(before, altered):
    def rows(table):
        table = table.copy()
        index = at(table, KEY_2020)
        table.loc[index, ["value", "numerator"]] = None
        table.loc[index, "status"] = "c"
        return table

    withheld = compare(before, altered(rows=rows)).rows
    assert list(withheld["kind"]) == ["withheld"]
    assert list(withheld["cause"]) == ["disclosure control"]


def test_a_revision_outside_the_interval_is_flagged(before, altered):
    key = {**KEY_2020, "measure": "same_day_hearing", "statistic": "percent"}

    def rows(table):
        table = table.copy()
        index = at(table, key)
        table.loc[index, "value"] = table.loc[index, "upper"] + 0.1
        return table

    found = compare(before, altered(rows=rows)).rows
    assert list(found["beyond_interval"]) == [True]


def test_a_number_that_is_gone_is_listed(before, altered):
    gone = compare(before, altered(rows=lambda table: table.iloc[1:])).rows
    assert list(gone["kind"]) == ["gone"]
    assert list(gone[list(KEY)].iloc[0]) == list(before.results[list(KEY)].iloc[0])


def test_working_tables_of_curves_are_no_headline(before, altered):
    def rows(table):
        table = table.copy()
        chosen = table["measure"].eq("any_return_at_risk") & table["value"].notna()
        table.loc[chosen, ["value", "numerator"]] += 500
        return table

    found = compare(before, altered(rows=rows)).rows
    assert len(found) > 100
    assert headline(found).empty

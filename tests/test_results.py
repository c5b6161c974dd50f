"""The results table keeps its contract, and a written key means one row or says which it could mean."""

import doctest
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fjanalysis import periods, results
from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.results import (
    COLUMNS,
    KEY,
    KeyPattern,
    Relation,
    area_code,
    check,
    find,
    join_group,
    parse_key,
    problems,
    read_csv,
    split_group,
    tidy,
    write_csv,
    written_key,
)

AREAS = pd.DataFrame(
    [
        ("E92000001", "England", "nation", ""),
        ("E12000001", "North East", "region", "E92000001"),
        ("HMCTS-north-east", "North East HMCTS region", "hmcts-region", ""),
        ("E12000007", "London", "region", "E92000001"),
        ("DFJ-london", "London", "dfj-area", ""),
    ],
    columns=["code", "name", "level", "parent"],
)


def row(**parts):
    base = {
        "stream": "urgent-hearings",
        "measure": "newborn_cases",
        "statistic": "count",
        "area": "E92000001",
        "period": "2019-20",
        "value": 2915,
        "numerator": 2915,
    }
    return {**base, **parts}


@pytest.mark.parametrize("module", [results, periods])
def test_the_examples_in_the_docstrings_hold(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_rows_become_a_table_of_the_contract_s_columns_sorted_by_key():
    table = tidy([row(period="2019-20"), row(period="2012-13")])
    assert tuple(table.columns) == COLUMNS
    assert list(table["period"]) == ["2012-13", "2019-20"]
    assert list(table["variant"]) == ["main", "main"]
    assert list(table["status"]) == ["ok", "ok"]
    assert str(table["numerator"].dtype) == "Int64"
    assert table["denominator"].isna().all()
    assert problems(table) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(), row()], "2 rows share a key"),
        ([row(status="q")], "Unknown status: q"),
        ([row(statistic="mean")], "Unknown statistic: mean"),
        ([row(period="")], "1 rows have no period"),
        ([row(status="c")], "withheld rows hold a value"),
        ([row(value=None)], "ok without a value"),
    ],
)
def test_each_break_of_the_contract_is_a_sentence(rows, said):
    assert any(said in sentence for sentence in problems(tidy(rows)))


def test_a_missing_column_is_named():
    assert problems(tidy([row()]).drop(columns="status")) == ["The columns status are missing."]


def test_a_broken_table_is_raised_as_the_error_of_the_caller_s_side():
    with pytest.raises(DisclosureError, match="share a key") as caught:
        check(tidy([row(), row()]), DisclosureError, "results.csv")
    assert caught.value.where == "results.csv"


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(0, 10**9),
            st.sampled_from(
                ["parent: mother", "parent: mother; age: under 20", 'note: a, "b"', "NA"]
            ),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda each: each[2],
    )
)
def test_a_table_comes_back_from_csv_to_the_last_digit(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "results.csv"
    table = tidy([row(value=value, numerator=count, group=group) for value, count, group in rows])
    write_csv(table, path)
    pd.testing.assert_frame_equal(read_csv(path), table, check_exact=True)
    assert b"\r" not in path.read_bytes()


def test_writing_is_independent_of_the_order_of_rows(tmp_path):
    rows = [row(period=year) for year in ("2012-13", "2019-20", "2015-16")]
    write_csv(tidy(rows), tmp_path / "a.csv")
    write_csv(tidy(rows[::-1]), tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


LEVELS = st.text("abcdefghijklmnop qrstuvwxyz0123456789-", min_size=1).filter(
    lambda text: text == text.strip()
)


@given(st.dictionaries(LEVELS, LEVELS, max_size=4))
def test_a_group_splits_into_the_levels_it_was_joined_from(levels):
    assert split_group(join_group(levels)) == levels


def test_a_group_names_the_parent_first_and_the_rest_in_alphabetical_order():
    levels = {"region": "north", "age": "under 20", "parent": "father"}
    assert join_group(levels) == "parent: father; age: under 20; region: north"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("newborn_cases.count", KeyPattern("newborn_cases", "count")),
        (
            'recurrence/any_return.cumulative_percent area="England" group="parent: mother; age: under 20" horizon="5 years"',
            KeyPattern(
                "any_return",
                "cumulative_percent",
                "recurrence",
                {
                    "area": "England",
                    "group": "parent: mother; age: under 20",
                    "horizon": "5 years",
                },
            ),
        ),
        (
            '  epo.percent   variant="seven days" ',
            KeyPattern("epo", "percent", None, {"variant": "seven days"}),
        ),
        ('epo.percent group=""', KeyPattern("epo", "percent", None, {"group": ""})),
    ],
)
def test_a_written_key_is_read(text, pattern):
    assert parse_key(text) == pattern
    assert parse_key(str(pattern)) == pattern


@pytest.mark.parametrize(
    "text",
    [
        "",
        "newborn_cases",
        "newborn cases.count",
        'a.count aria="England"',
        "a.count area=England",
        'a.count area="England" and',
    ],
)
def test_what_is_no_key_is_refused_with_the_form_of_one(text):
    with pytest.raises(UsageError) as caught:
        parse_key(text)
    assert caught.value.mend


def test_the_written_key_of_a_row_finds_that_row():
    table = tidy(
        [
            row(group=group, period=period, horizon=horizon)
            for group in ("", "age: under 20")
            for period in ("2012-13", "2019-20")
            for horizon in ("", "5 years")
        ]
    )
    for _, each in table.iterrows():
        found = find(table, parse_key(written_key(each)), AREAS)
        assert list(found[list(KEY)]) == list(each[list(KEY)])


def test_a_part_left_out_must_have_one_value_only():
    table = tidy([row(period="2012-13"), row(period="2019-20")])
    assert find(table.iloc[:1], parse_key("newborn_cases.count"), AREAS)["period"] == "2012-13"
    with pytest.raises(UsageError) as caught:
        find(table, parse_key('newborn_cases.count area="England"'), AREAS)
    assert "'2012-13', '2019-20'" in caught.value.mend


def test_the_variant_is_main_unless_it_is_named():
    table = tidy([row(), row(variant="newborn under 7 days", value=2200)])
    assert find(table, parse_key("newborn_cases.count"), AREAS)["value"] == 2915
    named = parse_key('newborn_cases.count variant="newborn under 7 days"')
    assert find(table, named, AREAS)["value"] == 2200


def test_an_empty_group_is_meant_where_none_is_given_and_there_is_one():
    table = tidy([row(), row(group="sex: male", value=1500)])
    assert find(table, parse_key("newborn_cases.count"), AREAS)["value"] == 2915


def test_the_stream_defaults_to_the_reader_s_own():
    table = tidy([row(), row(stream="recurrence", value=1)])
    key = parse_key("newborn_cases.count")
    assert find(table, key, AREAS, "urgent-hearings")["value"] == 2915
    other = replace(key, stream="recurrence")
    assert find(table, other, AREAS, "urgent-hearings")["value"] == 1
    with pytest.raises(UsageError, match=r"its stream is not given") as caught:
        find(table, key, AREAS)
    assert "STREAM/newborn_cases.count" in caught.value.mend


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("newborn_case.count", "Did you mean 'newborn_cases'?"),
        ("newborn_cases.counts", "Did you mean 'count'?"),
        ('newborn_cases.count area="Englnd"', "Did you mean 'England'?"),
        ('newborn_cases.count period="2019-21"', "Did you mean '2019-20'?"),
        ("recurence/newborn_cases.count", "No result has the stream 'recurence'"),
    ],
)
def test_a_key_that_nothing_fits_is_answered_with_the_nearest(key, said):
    with pytest.raises(UsageError) as caught:
        find(tidy([row()]), parse_key(key), AREAS, "urgent-hearings")
    assert said in caught.value.sentence


def test_an_area_s_name_means_a_nation_or_region_before_a_court_area():
    assert area_code("London", AREAS) == "E12000007"
    assert area_code("North East", AREAS) == "E12000001"
    assert area_code("North East HMCTS region", AREAS) == "HMCTS-north-east"
    assert area_code("DFJ-london", AREAS) == "DFJ-london"
    assert area_code("Atlantis", AREAS) is None


def test_a_relation_comes_back_from_json():
    relation = Relation(
        kind="partition",
        over="area",
        members=("E12000001", "E12000007"),
        whole="E92000001",
        where={"measure": ("newborn_cases", "infant_cases"), "statistic": "count"},
        exhaustive=False,
    )
    assert Relation.from_json(relation.to_json()) == relation

"""A page says which of its own numbers were revised since the refresh cleared before it."""

import copy
from dataclasses import replace

import pytest

from fjanalysis.briefings import labels
from fjanalysis.briefings.revisions import changed, earlier_pack, entry
from fjanalysis.packs import read_pack
from fjanalysis.project import open_project
from fjanalysis.results import parse_key, written_key
from tests.briefings.conftest import ROOT
from tests.packs import make_pack


@pytest.fixture
def project(tmp_path):
    return open_project(tmp_path, start=ROOT)


@pytest.fixture
def pack(project):
    return read_pack(make_pack(project.outputs / "2026-02-01"))


def key_of(pack, measure, statistic, area, period):
    rows = pack.results[
        (pack.results["measure"] == measure)
        & (pack.results["statistic"] == statistic)
        & (pack.results["area"] == area)
        & (pack.results["period"] == period)
    ]
    return written_key(rows.iloc[0])


def place_of(pack, key):
    """Return where a key stands in the table, found by its measure first."""
    measure = parse_key(key).measure
    rows = pack.results[pack.results["measure"] == measure]
    return next(at for at, row in rows.iterrows() if written_key(row) == key)


def with_value(pack, key, value=None, status="ok"):
    """Return the pack as it would have been with another value for a key."""
    frame = pack.results.copy()
    at = place_of(pack, key)
    frame.loc[at, "value"] = float("nan") if value is None else value
    frame.loc[at, "status"] = status
    return replace(pack, results=frame, manifest={**pack.manifest, "refresh": "2025-02-01"})


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ([], None),
        ([("2025-02-01", True)], "2025-02-01"),
        ([("2024-02-01", True), ("2025-02-01", True)], "2025-02-01"),
        ([("2024-02-01", True), ("2025-02-01", False)], "2024-02-01"),
        ([("2027-02-01", True)], None),
    ],
)
def test_the_earlier_pack_is_the_newest_cleared_one_before(project, pack, made, found):
    for date, cleared in made:
        make_pack(project.outputs / date, refresh=date, cleared=cleared)
    earlier = earlier_pack(project, pack)
    assert (earlier.date if earlier else None) == found


def test_synthetic_numbers_are_not_compared_with_real_ones(project, pack):
    make_pack(project.outputs / "2025-02-01", refresh="2025-02-01", cleared=True, synthetic=False)
    assert earlier_pack(project, pack) is None


def test_a_pack_that_was_edited_is_passed_over(project, pack):
    folder = make_pack(project.outputs / "2025-02-01", refresh="2025-02-01", cleared=True)
    (folder / "areas.csv").write_text("code\n", encoding="utf-8")
    assert earlier_pack(project, pack) is None


def test_a_revised_number_is_given_before_and_now(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    other = key_of(pack, "newborn_cases", "count", "E92000001", "2023-24")
    found = changed([key, other], with_value(pack, key, 2000.0), pack, "en-GB")
    assert (found.new, found.moved, found.compared) == (0, 0, 2)
    (each,) = found.revised
    assert (each.what, each.area, each.period) == ("Newborn cases", "England", "2024/25")
    assert (each.before, each.after, each.key) == ("2,000", "2,980", key)


def test_a_number_first_given_now_is_counted_and_not_called_revised(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    found = changed([key], with_value(pack, key, status="c"), pack, "en-GB")
    assert (found.revised, found.new, found.years) == ((), 1, ())


def test_a_year_that_a_series_did_not_reach_before_is_named(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    before = replace(pack, results=pack.results[pack.results["period"] != "2024-25"])
    assert changed([key], before, pack, "en-GB").years == ("2024-25",)
    assert "2024/25 is shown for the first time." in words_of(entry([key], before, pack, "en-GB"))


def test_a_span_of_years_that_moved_on_is_neither_new_nor_revised(pack):
    key = key_of(pack, "same_day_hearing", "percent", "E92000001", "2012-13 to 2024-25")
    shorter = pack.results["period"].replace("2012-13 to 2024-25", "2012-13 to 2023-24")
    before = replace(pack, results=pack.results.assign(period=shorter))
    found = changed([key], before, pack, "en-GB")
    assert (found.moved, found.new, found.revised) == (1, 0, ())


def test_a_change_that_print_does_not_show_is_no_revision(pack):
    key = key_of(pack, "same_day_hearing", "percent", "E92000001", "2024-25")
    value = pack.results.loc[place_of(pack, key), "value"]
    assert changed([key], with_value(pack, key, value + 0.0001), pack, "en-GB").revised == ()


def test_what_is_said_of_the_quality_of_records_is_no_revision(pack):
    row = pack.results[
        pack.results["measure"].eq("missing") & pack.results["status"].eq("ok")
    ].iloc[0]
    key = written_key(row)
    found = changed([key], with_value(pack, key, row["value"] + 5), pack, "en-GB")
    assert (found.revised, found.compared) == ((), 0)


def test_the_fit_of_a_model_is_no_revision(pack):
    row = pack.results[
        pack.results["statistic"].eq("p_value") & pack.results["status"].eq("ok")
    ].iloc[0]
    key = written_key(row)
    assert changed([key], with_value(pack, key, 0.5), pack, "en-GB").revised == ()


def test_a_breakdown_is_named_by_dimension_and_level():
    assert labels.groups("parent: mother; age: under 20", "Any return", "en-GB") == [
        "Mothers",
        "Age: under 20",
    ]
    assert labels.groups("final order: care order", "Final order", "en-GB") == ["Care order"]
    assert labels.groups("ethnicity: asian", "Any return", "en-GB") == ["Ethnicity: Asian"]


def test_a_number_withheld_now_is_not_told_from_before(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    found = changed([key], pack, with_value(pack, key, status="c"), "en-GB")
    assert (found.revised, found.new, found.compared) == ((), 0, 0)


def words_of(made):
    return "".join(part["text"] for part in made["words"])


def test_the_page_says_in_words_that_nothing_changed_or_nothing_came_before(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    assert "no earlier refresh" in entry([key], None, pack, "en-GB")["text"]
    same = replace(pack, manifest={**pack.manifest, "refresh": "2025-02-01"})
    made = entry([key], same, pack, "en-GB")
    assert "No number of this page was revised since the refresh of 1 February 2025" in words_of(
        made
    )
    assert "The definitions are the same." in words_of(made)
    assert "figure" not in made


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en-GB",
            (
                "1 of the 1 numbers that were given before",
                "Newborn cases (England, 2024/25): from 2,000 to 2,980.",
            ),
        ),
        ("cy", ("Diwygiwyd 1 o'r 1 rhif", "2024/25): o 2,000 i 2,980.")),
    ],
)
def test_the_largest_revision_is_told_in_the_language_of_the_page(pack, language, said):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    made = entry([key], with_value(pack, key, 2000.0), pack, language)
    for each in said:
        assert each in words_of(made)
    assert [part["key"] for part in made["words"] if part.get("class")] == [key]
    assert made["figure"]["html"].count("<th scope=") == 6


def test_a_revision_outside_the_interval_published_before_is_counted(pack):
    key = key_of(pack, "same_day_hearing", "percent", "E92000001", "2024-25")
    upper = pack.results.loc[place_of(pack, key), "upper"]
    now = with_value(pack, key, upper + 1)
    assert "1 of them lies outside" in words_of(entry([key], pack, now, "en-GB"))
    assert "None of them lies outside" in words_of(
        entry([key], with_value(pack, key, upper - 0.5), pack, "en-GB")
    )


def test_a_parameter_that_differs_is_said_with_both_values(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    about = copy.deepcopy(pack.streams["urgent-hearings"])
    about["variants"]["main"]["parameters"]["newborn_days"] = 7
    before = replace(pack, streams={**pack.streams, "urgent-hearings": about})
    said = words_of(entry([key], before, pack, "en-GB"))
    assert "“newborn days” was 7 and is now 14" in said
    assert "definitions are the same" not in said

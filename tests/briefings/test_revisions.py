"""A page says which of its own numbers were revised since the refresh cleared before it."""

from dataclasses import replace

import pytest

from fjanalysis.briefings.revisions import earlier_pack, entry, revised
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


def changed(pack, key, value=None, status="ok"):
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
    before = changed(pack, key, 2000.0)
    found, new = revised([key, other], before, pack, "en-GB")
    assert new == 0
    ((what, area, period, was, now),) = [
        (each.what, each.area, each.period, each.before, each.after) for each in found
    ]
    assert (what, area, period, was) == ("Newborn cases", "England", "2024/25", "2,000")
    assert now == "2,980"


def test_a_number_first_given_now_is_counted_and_not_called_revised(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    withheld = changed(pack, key, status="c")
    assert revised([key], withheld, pack, "en-GB") == ([], 1)
    results = pack.results[pack.results["period"] != "2024-25"]
    assert revised([key], replace(pack, results=results), pack, "en-GB") == ([], 1)


def test_a_change_that_print_does_not_show_is_no_revision(pack):
    key = key_of(pack, "same_day_hearing", "percent", "E92000001", "2024-25")
    value = pack.results.loc[place_of(pack, key), "value"]
    assert revised([key], changed(pack, key, value + 0.0001), pack, "en-GB") == ([], 0)


def test_a_number_withheld_now_is_not_told_from_before(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    now = changed(pack, key, status="c")
    assert revised([key], pack, now, "en-GB") == ([], 0)


def test_the_page_says_in_words_that_nothing_changed_or_nothing_came_before(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2024-25")
    assert "no earlier refresh" in entry([key], None, pack, "en-GB")["text"]
    same = replace(pack, manifest={**pack.manifest, "refresh": "2025-02-01"})
    assert "1 February 2025" in entry([key], same, pack, "en-GB")["text"]
    shown = entry([key], changed(pack, key, 2000.0), pack, "en-GB")
    assert shown["kind"] == "figure"
    assert shown["html"].count("<th scope=") == 6

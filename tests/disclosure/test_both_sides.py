"""A withheld count lies on neither side of the threshold for sure, or the pack names it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.audit import attack, audit
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.pack import pack
from fjanalysis.disclosure.suppression.regained import publish_again
from fjanalysis.disclosure.suppression.system import Builder
from fjanalysis.packs import read_pack
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from tests.disclosure.folders import (
    APART,
    DATE,
    count,
    percent,
    project,
    write_refresh,
    write_results,
)

NATIONS = {"E92000001": "nation", "W92000004": "nation", "K04000001": "nations"}
BOTH = Relation("partition", "area", ("E92000001", "W92000004"), "K04000001")


def nations(wales: int, england: int = 104) -> list[dict[str, Any]]:
    """Return counts of England, of Wales, and of both together."""
    numbers = {"E92000001": england, "W92000004": wales, "K04000001": england + wales}
    return [count("newborn_cases", number, area=area) for area, number in numbers.items()]


REGIONS = ("E12000001", "E12000002", "E12000003")
SUM = Relation("partition", "area", REGIONS, "E92000001")


def test_taking_back_what_was_withheld_for_another_is_found_and_names_the_cell() -> None:
    numbers = dict(zip((*REGIONS, "E92000001"), (4, 12, 30, 46), strict=True))
    rows = tidy(
        [
            {**count("newborn_cases", number, area=area), "stream": "urgent-hearings"}
            for area, number in numbers.items()
        ]
    )
    profile = DisclosureProfile(rounding_base=1)
    done = prepare(rows, {("urgent-hearings", "main"): [SUM]}, profile).control()
    streams = {"urgent-hearings": {"relations": [SUM.to_json()]}}
    assert attack(done.results, streams, 10, 1).failures == []
    (taken,) = np.flatnonzero(done.reason == rules.SECONDARY)
    back = done.results.copy()
    for column in ("status", "value", "numerator"):
        back.loc[int(taken), column] = rows.loc[int(taken), column]
    (sentence,) = attack(back, streams, 10, 1).failures
    assert 'newborn_cases.count area="E12000001"' in sentence
    assert "tell that it is under the threshold" in sentence


def test_the_figure_of_both_nations_goes_where_wales_is_few_and_england_stays() -> None:
    rows = tidy([{**row, "stream": "urgent-hearings"} for row in nations(4)])
    relations, profile = {("urgent-hearings", "main"): [BOTH]}, DisclosureProfile()
    done = prepare(rows, relations, profile, NATIONS, exceptions=[APART])
    status = done.control().results.set_index("area")["status"]
    assert status.to_dict() == {"E92000001": "ok", "W92000004": "c", "K04000001": "c"}


def test_without_an_exception_no_withheld_count_may_be_told_from_a_small_one() -> None:
    rows = tidy([{**row, "stream": "urgent-hearings"} for row in nations(4)])
    done = prepare(rows, {("urgent-hearings", "main"): [BOTH]}, DisclosureProfile(), NATIONS)
    status = done.control().results.set_index("area")["status"]
    assert status.to_dict() == {"E92000001": "c", "W92000004": "c", "K04000001": "ok"}


def test_a_count_known_to_reach_the_threshold_is_named_in_the_pack_and_on_its_page(
    tmp_path: Path,
) -> None:
    made = project(tmp_path)
    write_refresh(made)
    write_results(made, nations(4), relations=[BOTH])
    folder = pack(made, (), DATE).folder
    named = json.loads((folder / "pack.json").read_text(encoding="utf-8"))["reaching"]
    assert [each["area"] for each in named] == ["K04000001"]
    assert named[0]["why"] == "it holds a count that is shown"
    page = (folder / "review.html").read_text(encoding="utf-8")
    assert "Of 1 withheld counts anybody can tell that they are no small ones" in page
    assert audit(read_pack(folder)).passed


def test_a_pack_that_does_not_name_such_a_count_fails_its_audit(tmp_path: Path) -> None:
    made = project(tmp_path)
    write_refresh(made)
    write_results(made, nations(4), relations=[BOTH])
    packed = read_pack(pack(made, (), DATE).folder)
    silent = replace(packed, manifest={**packed.manifest, "reaching": []})
    report = audit(silent)
    assert not report.passed
    assert report.exit_code == 12
    assert 'area="K04000001"' in report.failures[0]
    assert "reaches the threshold" in report.failures[0]


def test_a_withheld_count_known_to_within_the_threshold_fails_however_large_it_is() -> None:
    # Wales lies between 46 and 54: no small number, but known too closely.
    shown = tidy([{**row, "stream": "urgent-hearings"} for row in nations(50, 100)])
    shown.loc[shown["area"] == "W92000004", ["value", "numerator"]] = pd.NA
    shown.loc[shown["area"] == "W92000004", "status"] = "c"
    report = attack(shown, {"urgent-hearings": {"relations": [BOTH.to_json()]}}, 10, 5)
    assert len(report.failures) == 1
    assert "tell it to within 10" in report.failures[0]


def test_what_is_withheld_in_vain_is_published_again() -> None:
    value = np.array([4.0, 12.0, 30.0, 46.0])
    builder = Builder(value, DisclosureProfile(rounding_base=1))
    builder.add_up([0, 1, 2], 3, remainder=False, name="parts")
    none = np.zeros(4, dtype=bool)
    hidden = np.array([True, True, True, False])
    system = builder.system(
        low=value.copy(),
        high=value.copy(),
        hidden=hidden.copy(),
        strict=~none,
        apart=none,
        together=none,
        watched=none,
        cost=np.full(4, np.inf),
    )
    done = publish_again(system, [np.array([2]), np.array([1])], (value, value), 10)
    # Of the 46, 30 may be shown; the other two then stay together, 0 to 16 each.
    assert done == [0]
    assert system.hidden.tolist() == [True, True, False, False]


def regions(*numbers: int) -> pd.DataFrame:
    """Return counts of three regions and of England, as a pack shows them without rounding."""
    return tidy(
        [
            {**count("newborn_cases", number, area=area), "stream": "urgent-hearings"}
            for area, number in zip((*REGIONS, "E92000001"), numbers, strict=True)
        ]
    )


def without(shown: pd.DataFrame, *areas: str) -> pd.DataFrame:
    """Return a table with the counts of some areas withheld."""
    gone = shown["area"].isin(areas)
    out = shown.copy()
    out.loc[gone, ["value", "numerator"]] = pd.NA
    out.loc[gone, "status"] = "c"
    return out


STREAMS = {"urgent-hearings": {"relations": [SUM.to_json()]}}


def test_who_believes_that_a_count_of_an_earlier_refresh_did_not_change_is_followed() -> None:
    now = without(regions(4, 12, 30, 46), "E12000001", "E12000003")
    before = without(regions(4, 12, 30, 46), "E12000001", "E12000002")
    report = attack(now, STREAMS, 10, 1, revised=[before])
    assert report.failures == []
    assert [each["area"] for each in report.believed] == ["E12000001"]


def test_nobody_believes_it_where_a_count_beside_it_changed() -> None:
    now = without(regions(4, 12, 30, 46), "E12000001", "E12000003")
    before = without(regions(4, 12, 40, 56), "E12000001", "E12000002")
    assert attack(now, STREAMS, 10, 1, revised=[before]).believed == []


def test_a_pack_names_what_an_earlier_refresh_would_tell_and_fails_its_audit_without(
    tmp_path: Path,
) -> None:
    made = project(tmp_path, rounding_base=1)
    write_refresh(made)
    write_results(made, regions(40, 12, 30, 82), relations=[SUM])
    packed = read_pack(pack(made, (), DATE).folder)
    now = replace(packed, results=without(regions(4, 12, 30, 46), "E12000001", "E12000003"))
    older = replace(
        packed,
        results=without(regions(4, 12, 30, 46), "E12000001", "E12000002"),
        refresh={**packed.refresh, "fingerprint": "cd" * 32},
    )
    report = audit(now, [older])
    (sentence,) = [each for each in report.failures if "earlier refresh" in each]
    assert 'area="E12000001"' in sentence
    named = replace(now, manifest={**now.manifest, "believed": report.believed})
    assert not [each for each in audit(named, [older]).failures if "earlier refresh" in each]


def test_a_base_of_both_nations_that_no_figure_of_wales_shows_may_be_withheld() -> None:
    # A median shows the base of both nations, in the stream and in a variant nine apart; no figure of Wales is shown.
    rows = [
        {"stream": "urgent-hearings", "variant": variant, **row}
        for variant, england in (("main", 40), ("newborn-28", 49))
        for area, base in (("E92000001", england), ("W92000004", 3), ("K04000001", england + 3))
        for row in (
            percent("emergency_hearing", base // 2, base, area=area),
            {
                **percent("notice_days", base, base, area=area),
                "statistic": "median_days",
                "value": 3.0,
            },
        )
    ]
    nested = Relation("nested", "variant", ("main", "newborn-28"), field="denominator")
    both = replace(BOTH, field="denominator")
    relations = {("urgent-hearings", name): [both, nested] for name in ("main", "newborn-28")}
    exact = tidy(rows)
    done = prepare(exact, relations, DisclosureProfile(), NATIONS, exceptions=[APART]).control()
    shown = done.results[done.results["status"] == "ok"]
    bases = exact.loc[shown.index, "denominator"]
    assert not bases.empty
    for area in NATIONS:
        assert len(set(bases[shown["area"] == area])) < 2, "a gap of nine is shown"

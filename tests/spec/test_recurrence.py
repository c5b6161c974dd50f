"""Worked examples of recurrence: one family at a time, to check by eye. They are documentation as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fjanalysis.statistics.cox_rows import Study
from fjanalysis.streams.recurrence import cohort, measures, models
from fjanalysis.streams.recurrence.levels import add_levels
from tests.streams.recurrence.test_measures import ENGLAND, study_of

FEMALE = {"person_id": "Em", "sex": "female", "birth_week": "1985-03-04"}
MALE = {"person_id": "Ef", "sex": "male", "birth_week": "1980-03-03"}
BORN = {"Ek1": "2010-02-01", "Ek2": "2011-05-02", "Ek3": "2014-03-03", "Ek4": "2016-03-07"}


def family(
    *cases: tuple[str, str], adults: tuple[dict, ...] = (FEMALE,), **more: list[dict]
) -> dict[str, list]:
    """Return the records of parents: each case is the day of its issue and the children that it names."""
    children = sorted({child for _, named in cases for child in named.split()})
    return {
        "cases": [],
        "persons": [
            *adults,
            *({"person_id": child, "birth_week": BORN[child]} for child in children),
        ],
        "relationships": [
            {"person_id": child, "related_id": adult["person_id"]}
            for child in children
            for adult in adults
        ],
        "applications": [
            {"application_id": f"Ea{n}", "case_id": f"Ec{n}", "issue_date": day}
            for n, (day, _) in enumerate(cases, 1)
        ],
        "roles": [
            {"application_id": f"Ea{n}", "person_id": child}
            for n, (_, named) in enumerate(cases, 1)
            for child in named.split()
        ],
        "orders": [],
        **more,
    }


def load(folder: Path, rows: dict[str, list], **parameters: object) -> cohort.Families:
    return cohort.load_families(study_of(folder, [rows], **parameters))


def only(families: cohort.Families, parent: str = "mother") -> pd.Series:
    found = families.parents[families.parents["parent"] == parent]
    assert len(found) == 1
    return found.iloc[0]


def day(value: object) -> str | None:
    return None if pd.isna(value) else f"{value:%Y-%m-%d}"


def test_a_return_about_an_older_child_does_not_end_the_wait_for_a_new_child(
    tmp_path: Path,
) -> None:
    parent = only(
        load(tmp_path, family(("2012-05-01", "Ek1"), ("2013-06-03", "Ek1"), ("2014-04-01", "Ek3")))
    )
    assert day(parent["any_return_date"]) == "2013-06-03"
    assert day(parent["new_child_return_date"]) == "2014-04-01"
    assert parent["sets"] == 3


@pytest.mark.parametrize(("index", "new"), [("2012-05-07", False), ("2012-05-06", True)])
def test_a_child_born_in_the_week_that_begins_on_the_day_of_issue_is_no_new_child(
    tmp_path: Path, index: str, new: bool
) -> None:
    rows = family((index, "Ek1"), ("2013-06-03", "Ek3"))
    rows["persons"][-1]["birth_week"] = "2012-05-07"
    parent = only(load(tmp_path, rows))
    assert day(parent["any_return_date"]) == "2013-06-03"
    assert (day(parent["new_child_return_date"]) is not None) == new


def test_a_father_has_sets_of_his_own_by_any_mother(tmp_path: Path) -> None:
    other = {**FEMALE, "person_id": "En"}
    rows = family(("2012-05-01", "Ek1"), ("2014-04-01", "Ek3"), adults=(FEMALE, MALE, other))
    rows["relationships"] = [
        {"person_id": child, "related_id": adult}
        for child, adult in [("Ek1", "Em"), ("Ek3", "En"), ("Ek1", "Ef"), ("Ek3", "Ef")]
    ]
    families = load(tmp_path, rows)
    assert day(only(families, "father")["new_child_return_date"]) == "2014-04-01"
    mothers = families.parents[families.parents["parent"] == "mother"]
    assert mothers["any_return_date"].isna().all()


def test_one_system_alone_has_its_own_first_sets_and_its_own_wash_out(tmp_path: Path) -> None:
    rows = family(("2012-05-01", "Ek1"), ("2014-07-07", "Ek2"), ("2018-05-01", "Ek3"))
    rows["cases"] = [{"case_id": "Ec1", "system": "cms"}, {"case_id": "Ec2"}, {"case_id": "Ec3"}]
    both = load(tmp_path / "all", rows)
    assert day(only(both)["index_date"]) == "2012-05-01"
    alone = load(tmp_path / "ecms", rows, source="ecms", washout_years=0)
    assert day(only(alone)["index_date"]) == "2014-07-07"
    assert day(only(alone)["any_return_date"]) == "2018-05-01"
    assert alone.data_start["England"].isoformat() == "2014-07-01"
    washed = load(tmp_path / "washed", rows, source="ecms")
    assert washed.parents.empty, "the first set lies within the wash-out of the system"


@pytest.mark.parametrize(
    ("years", "first"), [(2, "2009-04-01"), (3, "2010-04-01"), (5, "2012-04-01")]
)
def test_a_longer_wash_out_moves_the_first_day_of_index_issue(
    years: int, first: str, tmp_path: Path
) -> None:
    study = study_of(tmp_path, [family(("2012-05-01", "Ek1"))], washout_years=years)
    assert (
        cohort.index_starts(study.data_start("public"), study.parameters)["England"].isoformat()
        == first
    )


def order(kind: str, made: str, child: str = "Ek1", case: str = "Ec1") -> dict:
    return {"case_id": case, "person_id": child, "order_type": kind, "order_date": made}


def test_the_landmark_is_the_first_day_of_the_most_interventionist_level_among_the_children(
    tmp_path: Path,
) -> None:
    orders = [
        order("supervision order", "2012-09-03", "Ek1"),
        order("care order", "2012-12-03", "Ek2"),
        order("care order", "2013-02-04", "Ek1"),
        order("care order", "2013-03-04", "Ek2"),
    ]
    parent = only(load(tmp_path, family(("2012-05-01", "Ek1 Ek2"), orders=orders)))
    assert (parent["final_order"], day(parent["final_order_date"])) == ("care order", "2012-12-03")


def test_a_return_on_the_day_of_the_final_order_is_a_return_after_it_at_time_zero(
    tmp_path: Path,
) -> None:
    rows = family(
        ("2012-05-01", "Ek1"), ("2012-12-03", "Ek1"), orders=[order("care order", "2012-12-03")]
    )
    found = measures.returns_by_final_order(load(tmp_path, rows))
    group = "parent: mother; final order: care order"
    key = {"measure": "any_return_events", "group": group, "horizon": "1 months"}
    assert row(found, **key)["numerator"] == 1


@pytest.mark.parametrize(("back", "followed"), [("2013-04-01", 1), ("2012-10-01", 0)])
def test_from_the_final_order_only_parents_without_a_return_before_it_are_followed(
    tmp_path: Path, back: str, followed: int
) -> None:
    rows = family(("2012-05-01", "Ek1"), (back, "Ek1"), orders=[order("care order", "2012-12-03")])
    found = measures.returns_by_final_order(load(tmp_path, rows))
    if not followed:
        assert not found["measure"].str.startswith("any_return").any()
        return
    table = found[
        (found["area"] == ENGLAND) & (found["group"] == "parent: mother; final order: care order")
    ]
    counts = table.set_index(["measure", "horizon"])["numerator"].to_dict()
    assert counts["any_return_at_risk", "0 months"] == 1
    assert counts["any_return_at_risk", "3 months"] == 1
    assert counts["any_return_events", "4 months"] == 1, (
        "119 days after the order, not 335 after the issue"
    )


def test_the_final_order_counts_in_the_model_from_the_day_it_was_made(tmp_path: Path) -> None:
    rows = family(
        ("2012-05-01", "Ek1"), ("2013-05-01", "Ek1"), orders=[order("care order", "2012-12-03")]
    )
    families = load(tmp_path, rows)
    spells = models.order_spells(families.parents, "any_return", families)
    _, start, stop, happened, made = (each.tolist() for each in spells)
    assert (start, stop) == ([0, 216], [216, 365])
    assert (happened, made) == ([False, True], [False, True])


def test_before_it_was_made_the_final_order_is_at_the_level_not_yet_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = family(
        ("2012-05-01", "Ek1"), ("2013-05-01", "Ek1"), orders=[order("care order", "2012-12-03")]
    )
    seen = []

    def noted(study: Study, *more: object) -> pd.DataFrame:
        seen.append(study.factors["final order"])
        return pd.DataFrame()

    monkeypatch.setattr(models, "model_rows", noted)
    models.return_models(load(tmp_path, rows), {})
    assert [seen[0].levels[code] for code in seen[0].codes] == ["not yet made", "care order"]


@pytest.mark.parametrize(
    ("made", "levels"),
    [("2012-05-01", [True]), ("2013-05-01", [False]), ("2014-05-01", [False])],
)
def test_an_order_of_the_first_or_the_last_day_makes_no_second_spell(
    tmp_path: Path, made: str, levels: list[bool]
) -> None:
    rows = family(("2012-05-01", "Ek1"), ("2013-05-01", "Ek1"), orders=[order("care order", made)])
    families = load(tmp_path, rows)
    assert models.order_spells(families.parents, "any_return", families)[4].tolist() == levels


def row(rows: pd.DataFrame, **key: str) -> pd.Series:
    for name, value in {"area": ENGLAND, **key}.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, rows
    return rows.iloc[0]


WINDOW = "2010-11 to 2024-25"


def test_sets_are_counted_to_the_end_of_follow_up_and_gaps_run_from_set_to_set(
    tmp_path: Path,
) -> None:
    families = load(
        tmp_path, family(("2012-05-01", "Ek1"), ("2014-04-01", "Ek3"), ("2016-05-02", "Ek4"))
    )
    shares = measures.sets_per_parent(families)
    three = row(shares, period=WINDOW, group="parent: mother; sets: 3")
    assert (three["numerator"], three["denominator"]) == (1, 1)
    assert row(shares, period="2012-13", group="parent: mother; sets: 3")["numerator"] == 1
    later = measures.later_returns(families)
    key = {"period": WINDOW, "measure": "later_return", "statistic": "cumulative_percent"}
    second = {"group": "parent: mother; from set: 2"}
    assert row(later, **key, **second, horizon="2 years")["numerator"] == 0
    assert row(later, **key, **second, horizon="3 years")["numerator"] == 1, (
        "25 months after the second"
    )
    third = row(later, **key, group="parent: mother; from set: 3", horizon="5 years")
    assert (third["numerator"], third["denominator"]) == (0, 1)


@pytest.mark.parametrize(("second", "seen"), [("2017-05-01", 1), ("2017-05-02", 0)])
def test_a_mother_is_seen_before_to_the_very_day_of_the_look_back(
    tmp_path: Path, second: str, seen: int
) -> None:
    families = load(tmp_path, family(("2012-05-01", "Ek1"), (second, "Ek1")))
    rows = measures.seen_before(families, 5)
    group = "parent: mother; look-back: 5 years"
    assert row(rows, period="2017-18", group=group)["numerator"] == seen


def test_dfj_areas_have_longer_periods_in_place_of_years(tmp_path: Path) -> None:
    families = load(tmp_path, family(("2012-05-01", "Ek1")))
    for found in (measures.index_parents(families), measures.returns(families)):
        local = set(found.loc[found["area"] == "DFJ-manchester", "period"])
        assert "2010-11 to 2012-13" in local
        assert "2012-13" not in local
        region = set(found.loc[found["area"] == "E12000002", "period"])
        assert "2012-13" in region


def test_levels_are_those_known_when_the_first_set_was_issued() -> None:
    parents = pd.DataFrame(
        {
            "age": pd.array([19, 20, 34, 35, None], "Int64"),
            "children": [1, 2, 3, 4, 0],
            "youngest_birth_week": pd.to_datetime(
                ["2013-04-01", "2013-03-25", "2009-03-30", "2004-03-29", None]
            ),
            "index_date": pd.to_datetime(
                ["2014-03-31", "2014-04-01", "2014-04-01", "2014-04-01", "2014-04-01"]
            ),
            "sets": [1, 2, 3, 9, 1],
        }
    )
    found = add_levels(parents)
    assert found["age_level"].tolist() == [
        "under 20",
        "20 to 24",
        "30 to 34",
        "35 and over",
        "unknown",
    ]
    assert found["children_level"].tolist() == ["1", "2", "3", "4 and over", "unknown"]
    assert found["youngest_child_level"].tolist() == [
        "under 1",
        "1 to 4",
        "5 to 9",
        "10 and over",
        "unknown",
    ]
    assert found["index_period_level"].tolist() == ["before April 2014", *["from April 2014"] * 4]
    assert found["sets_level"].tolist() == ["1", "2", "3", "4 and over", "1"]


def test_an_unknown_age_has_a_curve_and_is_in_no_model_that_has_the_age(tmp_path: Path) -> None:
    nameless = {**FEMALE, "birth_week": None}
    families = load(
        tmp_path, family(("2012-05-01", "Ek1"), ("2013-05-01", "Ek1"), adults=(nameless,))
    )
    found = measures.returns_by_level(families)
    group = "parent: mother; age: unknown"
    assert (
        row(found, measure="any_return_at_risk", group=group, horizon="0 months")["numerator"] == 1
    )
    ratios = models.return_models(families, {})
    assert set(ratios["status"]) == {"x"}
    assert set(ratios["note"]) == {"no event"}, "the only event is that of a mother of unknown age"


def test_a_half_time_and_a_restricted_mean_are_of_five_times_365_and_a_quarter_days(
    tmp_path: Path,
) -> None:
    families = load(tmp_path, family(("2012-05-01", "Ek1"), ("2013-05-01", "Ek1")))
    found = measures.returns(families)
    key = {"measure": "any_return", "period": WINDOW, "group": "parent: mother"}
    assert row(found, **key, statistic="half_time_days")["value"] == 365
    assert row(found, **key, statistic="restricted_mean_days")["value"] == 365
    never = load(tmp_path / "never", family(("2012-05-01", "Ek1")))
    mean = row(measures.returns(never), **key, statistic="restricted_mean_days")
    assert mean["value"] == pytest.approx(5 * 365.25)


def flow_of(families: cohort.Families, area: str = ENGLAND) -> pd.Series:
    return families.flow[families.flow["area"] == area].set_index("group")["numerator"]


@pytest.mark.parametrize(
    ("issued", "step"),
    [
        ("2010-03-31", "whose first set is before the years given, left out"),
        ("2010-04-01", "in the cohort"),
        ("2025-03-31", "in the cohort"),
        ("2025-04-01", "whose first set is after the years given, left out"),
    ],
)
def test_every_mother_with_a_set_is_in_the_flow_and_its_last_step_is_what_is_given(
    tmp_path: Path, issued: str, step: str
) -> None:
    families = load(tmp_path, family((issued, "Ek1"), adults=(FEMALE, MALE)))
    for parent in ("mother", "father"):
        flow = flow_of(families)
        assert flow[f"step: {parent}s with a set of proceedings"] == 1
        assert flow[f"step: {parent}s {step}"] == 1
        ends = ("before", "after")
        outside = [
            f"step: {parent}s whose first set is {end} the years given, left out" for end in ends
        ]
        assert flow[[*outside, f"step: {parent}s in the cohort"]].sum() == 1
        counted = row(measures.index_parents(families), period=WINDOW, group=f"parent: {parent}")
        assert counted["numerator"] == flow[f"step: {parent}s in the cohort"]
    assert set(flow_of(families, "W92000004")) == {0}
    both = flow_of(families, "K04000001")
    assert both["step: mothers in the cohort"] == (issued == "2025-03-31"), "from April 2014"
    assert "step: children named" not in both, "that would be the sum of what each nation shows"
    assert "step: mothers with a set of proceedings" not in both


def test_the_flow_says_how_many_mothers_are_outside_the_ages_and_how_many_ages_are_impossible(
    tmp_path: Path,
) -> None:
    young = {**FEMALE, "birth_week": "1999-03-01"}
    families = load(tmp_path, family(("2012-05-01", "Ek1"), adults=(young,)))
    flow = flow_of(families)
    assert flow["step: mothers of an impossible age, taken as unknown"] == 1, "10 at the birth"
    assert flow["step: mothers outside the ages followed, left out"] == 0
    assert flow["step: mothers in the cohort"] == 1
    old = {**FEMALE, "birth_week": "1961-03-06"}
    flow = flow_of(load(tmp_path / "old", family(("2012-05-01", "Ek1"), adults=(old,))))
    assert flow["step: mothers outside the ages followed, left out"] == 1
    assert not [step for step in flow.index if "fathers outside" in step]


def test_curves_need_no_cohort_to_be_made_again_from_their_life_table(tmp_path: Path) -> None:
    rows = family(("2012-05-01", "Ek1"), ("2014-04-01", "Ek3"))
    found = measures.returns(load(tmp_path, rows))
    own = found[
        (found["area"] == ENGLAND)
        & (found["period"] == WINDOW)
        & (found["group"] == "parent: mother")
    ]
    table = own[own["statistic"] == "count"].pivot(
        index="horizon", columns="measure", values="numerator"
    )
    month = table.index.str.partition(" ").get_level_values(0).astype(int)
    table = table.set_axis(month).sort_index()
    events, at_risk = table["any_return_events"].to_numpy(), table["any_return_at_risk"].to_numpy()
    with np.errstate(invalid="ignore"):
        fallen = 100 * (1 - np.cumprod(1 - np.nan_to_num(events[1:] / at_risk[:-1])))
    horizons = own[(own["statistic"] == "cumulative_percent") & (own["measure"] == "any_return")]
    for name, value in zip(horizons["horizon"], horizons["value"], strict=True):
        if int(name.split()[0]) * 12 <= len(fallen):
            assert value == pytest.approx(fallen[int(name.split()[0]) * 12 - 1])

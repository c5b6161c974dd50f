"""Worked examples of urgent hearings, small enough to check by eye. They are documentation as well."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.streams import urgent_hearings
from fjanalysis.streams.urgent_hearings import measures, models
from tests.streams.urgent_hearings.test_cohort import gather, study_of

MONDAY = date(2019, 6, 3)


def family(*issues: tuple[str, str, str], **more: list[dict]) -> dict:
    """Return the records of one mother: each issue is a case, its date, and the baby that it names."""
    babies = sorted({baby for _, _, baby in issues})
    births = {"EK1": MONDAY, "EK2": date(2020, 7, 6), "EK3": date(2015, 1, 5)}
    return {
        "cases": [],
        "persons": [
            {"person_id": "EM", "sex": "female", "birth_week": date(1995, 1, 2)},
            *({"person_id": baby, "birth_week": births[baby]} for baby in babies),
        ],
        "relationships": [{"person_id": baby, "related_id": "EM"} for baby in babies],
        "applications": [
            {"application_id": f"{case}-1", "case_id": case, "issue_date": day}
            for case, day, _ in issues
        ],
        "roles": [
            {"application_id": f"{case}-1", "case_id": case, "person_id": baby}
            for case, _, baby in issues
        ],
        "hearings": [{"case_id": "EC0", "hearing_date": "2015-06-01"}],
        "orders": [],
        **more,
    }


def protected(folder: Path, rows: dict, **parameters: object) -> list[dict]:
    return gather(study_of(folder, rows, **parameters)).protections.to_dict("records")


def babies(folder: Path, rows: dict, **parameters: object) -> list[dict]:
    return gather(study_of(folder, rows, **parameters)).infants.to_dict("records")


@pytest.mark.parametrize(
    ("issued", "weeks", "newborn"),
    [
        ("2019-06-03", 0, True),
        ("2019-06-16", 1, True),
        ("2019-06-17", 2, False),
    ],
)
def test_a_baby_is_newborn_before_the_second_week_since_its_birth_week_ends(
    tmp_path: Path, issued: str, weeks: int, newborn: bool
) -> None:
    (baby,) = babies(tmp_path, family(("EC1", issued, "EK1")))
    assert (baby["age_weeks"], baby["newborn"]) == (weeks, newborn)


@pytest.mark.parametrize(
    ("hearings", "notice"),
    [
        (["2019-06-05"], 0),
        (["2019-06-04", "2019-06-07"], 2),
        (["2019-06-04"], None),
    ],
)
def test_notice_runs_to_the_first_hearing_on_or_after_the_issue(
    tmp_path: Path, hearings: list[str], notice: int | None
) -> None:
    heard = [{"case_id": "EC1", "hearing_date": day} for day in hearings]
    (baby,) = babies(tmp_path, family(("EC1", "2019-06-05", "EK1"), hearings=heard))
    assert (None if pd.isna(baby["notice_days"]) else baby["notice_days"]) == notice


@pytest.mark.parametrize(
    ("earlier", "subsequent"),
    [("2016-06-05", True), ("2016-06-04", False), ("2019-01-07", True)],
)
def test_a_subsequent_infant_has_an_older_child_in_a_set_of_the_three_years_before(
    tmp_path: Path, earlier: str, subsequent: bool
) -> None:
    rows = family(("EC1", earlier, "EK3"), ("EC2", "2019-06-05", "EK1"))
    (baby,) = babies(tmp_path, rows)
    assert (baby["child_id"], baby["subsequent"]) == ("EK1", subsequent)


def test_a_hearing_after_the_end_of_follow_up_is_none_yet(tmp_path: Path) -> None:
    rows = family(("EC1", "2024-02-07", "EK1"))
    rows["persons"][1]["birth_week"] = "2024-02-05"
    for day, notice in (("2024-04-01", None), ("2024-03-31", 53)):
        rows["hearings"] = [{"case_id": "EC1", "hearing_date": day}]
        (baby,) = babies(tmp_path / day, rows)
        assert (None if pd.isna(baby["notice_days"]) else baby["notice_days"]) == notice


def test_the_most_interventionist_final_order_counts_and_interim_ones_never(
    tmp_path: Path,
) -> None:
    orders = [
        {"case_id": "EC1", "person_id": "EK1", "order_type": kind, "is_final": final}
        for kind, final in [
            ("supervision order", True),
            ("special guardianship", True),
            ("interim care order", False),
            ("care order", False),
        ]
    ]
    dated = [order | {"order_date": "2020-01-06"} for order in orders]
    (baby,) = babies(tmp_path, family(("EC1", "2019-06-05", "EK1"), orders=dated))
    assert baby["final_order"] == "special guardianship"


@pytest.mark.parametrize(
    ("closed", "order"), [(None, "still open"), ("2020-02-03", "no order recorded")]
)
def test_a_set_without_a_final_order_is_open_until_its_cases_close(
    tmp_path: Path, closed: str | None, order: str
) -> None:
    cases = [{"case_id": "EC1", "closed_date": closed}]
    (baby,) = babies(tmp_path, family(("EC1", "2019-06-05", "EK1"), cases=cases))
    assert baby["final_order"] == order


@pytest.mark.parametrize(
    ("made", "order"),
    [
        ("2019-06-05", "care order"),
        ("2024-03-31", "care order"),
        ("2019-06-04", "still open"),
        ("2024-04-01", "still open"),
    ],
)
def test_a_final_order_is_made_from_the_issue_of_the_set_to_the_end_of_follow_up(
    tmp_path: Path, made: str, order: str
) -> None:
    orders = [{"case_id": "EC1", "person_id": "EK1", "order_date": made}]
    (baby,) = babies(tmp_path, family(("EC1", "2019-06-05", "EK1"), orders=orders))
    assert baby["final_order"] == order


def test_no_order_before_april_2010_is_used(tmp_path: Path) -> None:
    rows = family(("EC1", "2010-03-01", "EK1"))
    rows["persons"][1]["birth_week"] = date(2010, 3, 1)
    for made, order in (("2010-03-31", "still open"), ("2010-04-01", "care order")):
        orders = [{"case_id": "EC1", "person_id": "EK1", "order_date": made}]
        (baby,) = babies(tmp_path / made, {**rows, "orders": orders})
        assert baby["final_order"] == order


def test_an_order_for_the_child_in_any_case_of_the_set_counts_whatever_the_application(
    tmp_path: Path,
) -> None:
    rows = family(("EC1", "2019-06-05", "EK1"), ("EC2", "2019-06-10", "EK1"))
    rows["orders"] = [
        {"case_id": "EC1", "person_id": "EK1", "order_type": "supervision order"},
        {"case_id": "EC2", "person_id": "EK1", "order_type": "placement order"},
        {"case_id": "EC2", "person_id": "EK3", "order_type": "care order"},
    ]
    for order in rows["orders"]:
        order |= {"application_id": None, "order_date": "2020-01-06"}
    (baby,) = babies(tmp_path, rows)
    assert baby["final_order"] == "placement order"


def test_orders_that_a_system_records_by_case_are_flagged_in_every_row_that_they_are_in(
    tmp_path: Path,
) -> None:
    for by_case, note in ((True, "orders by case"), (False, "")):
        orders = [{"case_id": "EC1", "person_id": "EK1", "case_level": by_case}]
        orders[0]["order_date"] = "2020-01-06"
        rows = family(("EC1", "2019-06-05", "EK1"), orders=orders)
        found = measures.final_order_rows(gather(study_of(tmp_path / note, rows)))
        whole = found[(found["area"] == "E92000001") & found["period"].str.contains(" to ")]
        whole = whole[whole["group"] == "final order: care order"]
        assert set(whole["note"]) == {note}


def test_a_cases_age_is_that_at_the_first_application_of_the_set_that_names_the_child(
    tmp_path: Path,
) -> None:
    # The sibling's case is issued first; the baby is added to it three weeks after its birth week.
    rows = family(("EC1", "2019-06-03", "EK3"))
    rows["persons"].append({"person_id": "EK1", "birth_week": MONDAY})
    rows["relationships"].append({"person_id": "EK1", "related_id": "EM"})
    rows["applications"].append(
        {"application_id": "EC1-2", "case_id": "EC1", "issue_date": "2019-06-24"}
    )
    rows["roles"].append({"application_id": "EC1-2", "case_id": "EC1", "person_id": "EK1"})
    found = {baby["child_id"]: baby for baby in babies(tmp_path, rows)}
    assert found["EK1"]["age_weeks"] == 3
    assert found["EK1"]["issue_date"] == pd.Timestamp("2019-06-24")


@pytest.mark.parametrize(
    ("issued", "settled"), [("2024-03-03", True), ("2024-03-04", False), ("2024-03-31", False)]
)
def test_cases_of_the_last_28_days_of_follow_up_are_left_out_of_notice(
    tmp_path: Path, issued: str, settled: bool
) -> None:
    rows = family(("EC1", issued, "EK1"))
    rows["persons"][1]["birth_week"] = date(2024, 2, 26)
    study = study_of(tmp_path, rows)
    cohort = gather(study)
    assert cohort.infants["settled"].tolist() == [settled]
    assert len(measures.classified(cohort.newborns, study.parameters)) == settled


@pytest.mark.parametrize(
    ("days", "classes"),
    [
        (0, (True, True, True)),
        (1, (False, True, True)),
        (2, (False, True, True)),
        (3, (False, False, True)),
        (7, (False, False, True)),
        (8, (False, False, False)),
        (None, (False, False, False)),
    ],
)
def test_the_classes_of_notice_lie_in_each_other(
    tmp_path: Path, days: int | None, classes: tuple[bool, ...]
) -> None:
    newborns = pd.DataFrame({"settled": [True], "notice_days": pd.array([days], "Int64")})
    found = measures.classified(newborns, urgent_hearings.Parameters())
    assert tuple(bool(found[name].iloc[0]) for name in measures.NOTICE) == classes
    assert bool(found["unknown_notice"].iloc[0]) == (days is None)


PROTECTION = {"application_id": "EP", "case_id": "EC0", "application_type": "emergency protection"}


@pytest.mark.parametrize(
    ("protected_on", "born", "followed"),
    [
        ("2019-06-05", MONDAY, True),
        ("2019-05-08", date(2019, 5, 6), True),
        ("2019-05-07", date(2019, 5, 6), False),
        ("2019-06-06", MONDAY, False),
        ("2019-06-17", MONDAY, None),
    ],
)
def test_a_protection_application_is_followed_by_care_proceedings_0_to_28_days_later_in_any_case(
    tmp_path: Path, protected_on: str, born: date, followed: bool | None
) -> None:
    rows = family(("EC1", "2019-06-05", "EK1"))
    rows["persons"][1]["birth_week"] = born
    rows["applications"].append({**PROTECTION, "issue_date": protected_on})
    rows["roles"].append({"application_id": "EP", "case_id": "EC0", "person_id": "EK1"})
    found = [each["followed"] for each in protected(tmp_path, rows)]
    assert found == ([] if followed is None else [followed]), "no longer newborn: not counted"


def test_a_protection_application_without_its_whole_window_is_counted_and_in_no_share(
    tmp_path: Path,
) -> None:
    rows = family(("EC1", "2024-03-05", "EK1"))
    rows["persons"][1]["birth_week"] = date(2024, 2, 26)
    rows["roles"].append({"application_id": "EP", "case_id": "EC0", "person_id": "EK1"})
    rows["applications"].append({**PROTECTION})
    for issued, status in (("2024-03-03", "ok"), ("2024-03-04", "z")):
        rows["applications"][-1]["issue_date"] = issued
        found = measures.protection_rows(gather(study_of(tmp_path / issued, rows)))
        own = found[(found["area"] == "E92000001") & (found["period"] == "2023-24")]
        by_measure = own.set_index("measure")
        assert by_measure.loc["emergency_protection_order", "numerator"] == 1
        assert by_measure.loc["epo_followed_by_s31", "status"] == status
        assert by_measure.loc["epo_followed_by_s31", "numerator"] == (status == "ok")


@pytest.mark.parametrize(
    ("born", "age"),
    [("1958-06-09", 61), ("1958-06-02", None), ("2007-06-04", None), ("2007-05-28", 12)],
)
def test_a_mother_under_12_or_over_60_at_the_birth_is_of_unknown_age(
    tmp_path: Path, born: str, age: int | None
) -> None:
    rows = family(("EC1", "2019-06-12", "EK1"))
    rows["persons"][0]["birth_week"] = born
    (baby,) = babies(tmp_path, rows)
    assert (None if pd.isna(baby["mother_age"]) else baby["mother_age"]) == age


def test_a_baby_whose_mother_is_unknown_is_not_in_the_model(tmp_path: Path) -> None:
    orders = [{"case_id": "EC1", "person_id": "EK1", "order_date": "2020-01-06"}]
    rows = family(("EC1", "2019-06-05", "EK1"), orders=orders)
    known = study_of(tmp_path / "known", rows)
    persons = models._persons(gather(known).newborns, known.parameters, known.areas)
    assert persons["subsequent infant"].tolist() == ["no"]
    assert persons["notice"].tolist() == ["unknown"]
    assert persons["age"].tolist() == ["20 to 24"]
    rows["relationships"] = []
    alone = study_of(tmp_path / "alone", rows)
    assert models._persons(gather(alone).newborns, alone.parameters, alone.areas).empty


def test_the_flow_says_what_each_step_leaves_out(tmp_path: Path) -> None:
    rows = family(("EC1", "2019-06-05", "EK1"), ("EC2", "2019-06-05", "EK3"))
    rows["cases"].append({"case_id": "EC9"})
    rows["persons"].append({"person_id": "EK9", "birth_week": "2007-01-01"})
    rows["applications"].append(
        {"application_id": "EA9", "case_id": "EC9", "issue_date": "2007-01-03"}
    )
    rows["roles"].append({"application_id": "EA9", "case_id": "EC9", "person_id": "EK9"})
    flow = gather(study_of(tmp_path, rows)).flow
    england = flow[flow["area"] == "E92000001"].set_index("group")["numerator"]
    assert england["step: care and supervision applications read"] == 3
    assert england["step: cases read"] == 3
    assert england["step: children named"] == 3
    assert england["step: children's sets of care or supervision proceedings"] == 3
    assert england["step: issued outside the years given, left out"] == 1
    assert england["step: children of 1 year and over, left out"] == 1
    assert england["step: infants under 1 year"] == 1
    assert england["step: newborn babies"] == 1


@pytest.mark.parametrize(("years", "first"), [(3, "2014-15"), (5, "2016-17")])
def test_the_model_of_placements_begins_where_a_subsequent_infant_can_be_told(
    tmp_path: Path, years: int, first: str
) -> None:
    study = study_of(tmp_path, family(("EC1", "2019-06-05", "EK1")), look_back_years=years)
    rows = models.adoption_rows(gather(study), study.parameters, study.areas)
    wales = rows[rows["area"] == "W92000004"]
    assert set(wales["period"]) == {f"{first} to 2023-24"}, "Welsh data begin in April 2011"

"""Worked examples of urgent hearings, small enough to check by eye. They are documentation as well."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

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


def test_the_most_interventionist_final_order_counts_and_interim_ones_never(
    tmp_path: Path,
) -> None:
    orders = [
        {"case_id": "EC1", "person_id": "EK1", "order_type": kind, "is_final": final}
        for kind, final in [
            ("supervision order", True),
            ("special guardianship", True),
            ("interim care order", False),
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

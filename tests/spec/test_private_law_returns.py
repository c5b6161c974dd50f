"""Worked examples of private-law returns, small enough to check by eye. They are documentation as well."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.project import open_project
from fjanalysis.streams import private_law_returns
from fjanalysis.streams.private_law_returns import cohort, measures, models
from fjanalysis.streams.private_law_returns.parameters import Parameters
from fjanalysis.streams.study import Study
from tests.refreshes import build_refresh
from tests.streams.private_law_returns.test_measures import (
    ENGLAND,
    FIRST_WINDOW,
    case,
    counts,
    family,
)

K04 = "K04000001"


def load(
    folder: Path, *rows: dict[str, list], follow_up_end: str | None = None, **parameters: object
) -> cohort.PrivateLaw:
    tables: dict[str, list] = {}
    for part in rows:
        for name, own in part.items():
            tables.setdefault(name, []).extend(own)
    study = Study(
        "private-law-returns",
        "main",
        private_law_returns,
        Parameters.from_values(parameters),
        build_refresh(folder / "refresh", tables, follow_up_end=follow_up_end),
        folder / "results",
        open_project(folder, Path(__file__)),
    )
    return cohort.load_private_law(study)


def row(rows: pd.DataFrame, **key: str) -> pd.Series:
    for name, value in {"area": ENGLAND, **key}.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, rows
    return rows.iloc[0]


def step(law: cohort.PrivateLaw, words: str) -> int:
    return int(row(law.flow, group=f"step: {words}")["numerator"])


@pytest.mark.parametrize(("second", "is_return"), [("2012-05-15", False), ("2012-05-16", True)])
def test_a_case_inside_the_merge_gap_is_neither_a_return_nor_a_first_case(
    tmp_path: Path, second: str, is_return: bool
) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
        case(2, second, "2012-12-03", "Ek1", "Em1", "Ef1"),
    )
    later = law.cases.iloc[1]
    assert (later["is_return"], later["is_first"]) == (is_return, False)
    assert step(law, "cases inside the merge gap, neither return nor first") == (not is_return)
    assert step(law, "private-law cases about arrangements for children") == 2


@pytest.mark.parametrize(("origin", "days"), [("closure", 0), ("issue", 92)])
def test_a_return_issued_before_the_case_ended_is_a_time_of_0_and_counted(
    tmp_path: Path, origin: str, days: int
) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
        case(2, "2012-08-01", "2012-12-03", "Ek1", "Em1", "Ef1"),
        origin=origin,
    )
    sample = measures.return_exits(measures.first_cases(law))
    assert (sample.days.tolist(), sample.events.tolist()) == ([days], [True])
    assert step(law, "first cases whose return was issued before time zero") == (
        origin == "closure"
    )


def test_an_order_or_hearing_after_the_end_of_follow_up_does_not_end_a_case(tmp_path: Path) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2025-05-01", "2025-12-01", "Ek1", "Ef1", "Em1"),
        {
            "orders": [{"case_id": "Ec1", "person_id": "Ek1", "order_date": "2026-02-01"}],
            "hearings": [{"case_id": "Ec1", "hearing_date": "2026-02-01"}],
        },
    )
    assert law.cases["origin_date"].tolist() == [pd.Timestamp("2025-12-01")]


def test_a_first_case_has_three_years_of_its_nations_data_before_it(tmp_path: Path) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        family(2, "2009-05-04"),
        case(1, "2010-03-31", "2010-11-01", "Ek1", "Ef1", "Em1"),
        case(2, "2010-04-01", "2010-11-01", "Ek2", "Ef2", "Em2"),
    )
    assert law.cases["is_first"].tolist() == [False, True]
    assert step(law, "cases without an earlier one") == 2
    assert step(law, "cases issued before the wash-out ended, left out") == 1
    assert step(law, "first cases, issued after the wash-out") == 1


def test_by_the_rule_of_the_eldest_a_case_about_the_younger_child_alone_does_not_make_a_return(
    tmp_path: Path,
) -> None:
    rows = [
        family(1, "2009-05-04"),
        family(2, "2012-05-07"),
        case(1, "2013-05-01", "2013-11-01", "Ek2", "Ef1", "Em1"),
        case(2, "2014-05-01", "2014-11-03", "Ek1", "Ef1", "Em1"),
    ]
    rows[-1]["roles"].append({"application_id": "Ea2", "person_id": "Ek2"})
    any_child = load(tmp_path / "any", *rows)
    assert any_child.cases["is_return"].tolist() == [False, True]
    eldest = load(tmp_path / "eldest", *rows, child_rule="eldest")
    assert eldest.cases["is_return"].tolist() == [False, False]


@pytest.mark.parametrize(
    ("second", "found"),
    [("2013-05-01", (1, 1)), ("2013-05-02", (0, 1))],
)
def test_a_look_back_of_one_year_reaches_to_the_same_day_of_the_year_before(
    tmp_path: Path, second: str, found: tuple[int, int]
) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
        case(2, second, "2013-11-01", "Ek1", "Em1", "Ef1"),
    )
    rows = measures.returning_rows(law, 5)
    assert counts(row(rows, period="2013-14", group="look-back: 1 year")) == found


def test_cases_seek_several_orders_and_each_is_a_share_of_all_cases(tmp_path: Path) -> None:
    rows = case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1")
    rows["applications"].append(
        {
            "application_id": "Eb1",
            "case_id": "Ec1",
            "application_type": "enforcement",
            "issue_date": "2012-06-01",
        }
    )
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        family(2, "2009-05-04"),
        rows,
        case(2, "2012-05-01", None, "Ek2", "Em2", "Ef2", kind="parental responsibility"),
        case(3, "2012-05-01", None, "Ek2", "Em2", "Ef2", kind="live with"),
    )
    shares = measures.order_rows(law)
    found = {
        order: counts(row(shares, period="2012-13", group=f"order sought: {order}"))
        for order in ("time with", "live with", "enforcement", "specific issue")
    }
    assert found == {
        "time with": (1, 2),
        "live with": (1, 2),
        "enforcement": (1, 2),
        "specific issue": (0, 2),
    }


def test_an_applicant_counts_once_a_case_and_deprivation_is_not_pooled(tmp_path: Path) -> None:
    people = family(1, "2009-05-04")
    people["persons"][1] |= {"deprivation_quintile": 2, "birth_week": "1990-03-05"}
    first = case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1")
    first["applications"].append({**first["applications"][0], "application_id": "Eb1"})
    first["roles"].append({"application_id": "Eb1", "person_id": "Ef1", "role": "applicant"})
    law = load(tmp_path, people, first, case(2, "2012-09-03", None, "Ek1", "Em1", "Ef1"))
    shares = measures.applicant_rows(law)
    for level, number in (("sex: male", 1), ("sex: female", 1), ("age: 20 to 24", 1), ("age: 25 to 29", 1),
                          ("deprivation quintile: 2", 1), ("deprivation quintile: unknown", 1)):  # fmt: skip
        assert counts(row(shares, period="2012-13", group=level)) == (number, 2), level
    pooled = shares[shares["area"] == K04]
    assert not pooled.empty
    assert not pooled["group"].str.startswith("deprivation").any()


@pytest.mark.parametrize(
    ("born", "level"),
    [("1998-06-01", "unknown"), ("1997-04-28", "under 20"), ("1940-03-04", "unknown")],
)
def test_an_impossible_age_of_an_applicant_is_unknown_and_counted(
    tmp_path: Path, born: str, level: str
) -> None:
    people = family(1, "2009-05-04")
    people["persons"][0]["birth_week"] = born
    law = load(tmp_path, people, case(1, "2012-05-01", "2012-11-01", "Ek1", "Em1", "Ef1"))
    assert law.applicants["age"].tolist() == [level]
    assert step(law, "applicants of an impossible age, taken as unknown") == (level == "unknown")


@pytest.mark.parametrize(
    ("issued", "found"),
    [("2014-12-03", (1, 1)), ("2014-12-04", (0, 1)), ("2012-12-03", (0, 1))],
)
def test_a_private_case_follows_care_proceedings_within_two_years_of_the_final_order(
    tmp_path: Path, issued: str, found: tuple[int, int]
) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2012-05-01", "2012-12-03", "Ek1", "Em1", "Ef1", law="public", kind="care"),
        {"orders": [{"case_id": "Ec1", "person_id": "Ek1", "order_date": "2012-12-03"}]},
        case(2, issued, None, "Ek1", "Ef1", "Em1"),
    )
    assert counts(row(measures.private_after_public(law, 2), period="2012-13")) == found


def test_care_sets_without_two_full_years_of_follow_up_are_in_no_share(tmp_path: Path) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2023-05-01", None, "Ek1", "Em1", "Ef1", law="public", kind="care"),
        {"orders": [{"case_id": "Ec1", "person_id": "Ek1", "order_date": "2024-02-01"}]},
        case(2, "2024-06-03", None, "Ek1", "Ef1", "Em1"),
    )
    assert row(measures.private_after_public(law, 2), period="2023-24")["status"] == "z"


def test_a_case_whose_two_years_end_on_the_last_day_of_follow_up_is_in_the_share(
    tmp_path: Path,
) -> None:
    law = load(
        tmp_path,
        family(1, "2015-05-04"),
        case(1, "2024-03-31", None, "Ek1", "Ef1", "Em1"),
        case(2, "2026-03-31", None, "Ek1", "Em1", "Ef1", law="public", kind="care"),
        follow_up_end="2026-03-31",
    )
    assert counts(row(measures.public_after_private(law, 2), period="2023-24")) == (1, 1)


def test_an_open_first_case_is_followed_by_public_law_whatever_the_childs_age(
    tmp_path: Path,
) -> None:
    law = load(
        tmp_path,
        family(1, "1995-05-01"),
        case(1, "2013-05-01", None, "Ek1", "Ef1", "Em1"),
        case(2, "2015-05-01", None, "Ek1", "Em1", "Ef1", law="public", kind="care"),
    )
    assert counts(row(measures.public_after_private(law, 2), period=FIRST_WINDOW)) == (1, 1)


def test_a_case_with_a_grandparent_as_respondent_is_no_parental_case(tmp_path: Path) -> None:
    law = load(
        tmp_path,
        family(1, "2009-05-04"),
        case(1, "2012-05-01", None, "Ek1", "Ef1", "Eg1", kind="live with"),
        case(2, "2014-05-01", None, "Ek1", "Ef1", "Em1"),
    )
    rows = measures.non_parent_rows(law)
    assert counts(row(rows, statistic="percent", group="", period="2012-13")) == (1, 1)
    assert counts(row(rows, statistic="percent", group="relation: parent", period="2012-13")) == (
        1,
        1,
    )
    order = row(rows, statistic="percent", group="order sought: live with", period="2012-13")
    assert (counts(order), order["note"]) == ((1, 1), "of non-parent cases")
    assert counts(row(rows, statistic="percent", group="", period="2014-15")) == (0, 1)


def test_dfj_areas_have_cases_by_year_and_all_else_over_longer_periods(tmp_path: Path) -> None:
    law = load(
        tmp_path, family(1, "2009-05-04"), case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1")
    )
    cases = measures.case_rows(law)
    local = cases[(cases["area"] == "DFJ-manchester") & (cases["statistic"] == "count")]
    assert "2012-13" in set(local["period"])
    for rows in (
        measures.non_parent_rows(law),
        measures.returning_rows(law, 5),
        measures.order_rows(law),
    ):
        periods = set(rows.loc[rows["area"] == "DFJ-manchester", "period"])
        assert "2010-11 to 2012-13" in periods
        assert not any(len(period) == len("2012-13") for period in periods)


def test_errors_of_the_model_are_those_of_families_linked_through_their_children(
    tmp_path: Path,
) -> None:
    people = [family(number, "2009-05-04") for number in range(1, 4)]
    rows = [
        case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
        case(2, "2012-05-02", "2012-11-01", "Ek2", "Ef2", "Em2"),
        case(3, "2013-05-02", "2013-11-01", "Ek1", "Ef3", "Em3"),
    ]
    rows[2]["roles"].append({"application_id": "Ea3", "person_id": "Ek2"})
    law = load(tmp_path, *people, *rows)
    first = measures.first_cases(law)
    assert len(first) == 2
    assert first["family"].nunique() == 1
    ratios = models.return_models(law, {})
    assert set(ratios["note"]) == {"too few events"}


def test_every_case_read_is_in_the_flow_to_the_first_cases_followed(tmp_path: Path) -> None:
    welsh = case(6, "2006-05-01", "2006-11-01", "Ek6", "Ef6", "Em6")
    welsh["cases"][0]["nation"] = "Wales"
    law = load(
        tmp_path,
        *(family(number, "2009-05-04") for number in range(1, 7)),
        case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
        case(2, "2014-05-01", None, "Ek1", "Ef1", "Em1"),
        case(3, "2025-05-01", "2025-11-01", "Ek3", "Ef3", "Em3"),
        case(4, "2012-05-01", "2012-11-01", "Ek4", "Ef4", "Em4", kind="parental responsibility"),
        case(5, "2012-05-01", None, "Ek5", "Ef5", "Em5"),
        welsh,
    )
    assert step(law, "private-law cases read") == 5
    left_out = "cases without an application about arrangements for children, left out"
    assert step(law, left_out) == 1
    assert step(law, "cases issued outside the years given, left out") == 1
    assert step(law, "cases issued in the years given") == 3
    assert step(law, "cases that are returns") == 1
    assert step(law, "first cases still open, left out") == 1
    assert step(law, "first cases followed") == 1
    wales = law.flow[law.flow["area"] == "W92000004"].set_index("group")["numerator"]
    assert wales["step: private-law cases read"] == 1
    assert wales["step: cases issued outside the years given, left out"] == 1


def test_steps_of_the_flow_are_the_numbers_that_the_results_give(tmp_path: Path) -> None:
    law = load(
        tmp_path,
        *(family(number, "2009-05-04") for number in range(1, 4)),
        case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
        case(2, "2025-05-01", "2025-11-01", "Ek2", "Ef2", "Em2"),
        case(3, "2008-05-01", "2008-11-01", "Ek3", "Ef3", "Em3"),
    )
    cases = row(measures.case_rows(law), statistic="count", period=str(law.flow["period"].iloc[0]))
    assert cases["numerator"] == step(law, "cases issued in the years given") == 2
    followed = row(
        measures.first_returns(law),
        measure="first_return_at_risk",
        horizon="0 months",
        period="2010-11 to 2024-25",
    )
    assert followed["numerator"] == step(law, "first cases followed") == 1


def test_what_follows_a_case_is_given_from_where_the_records_of_public_law_begin(
    tmp_path: Path,
) -> None:
    welsh = [
        case(1, "2010-05-03", "2010-11-01", "Ek1", "Ef1", "Em1"),
        case(2, "2012-05-01", "2012-11-01", "Ek2", "Ef2", "Em2"),
    ]
    for rows in welsh:
        rows["cases"][0]["nation"] = "Wales"
    law = load(tmp_path, family(1, "2009-05-04"), family(2, "2009-05-04"), *welsh)
    assert law.cases["is_first"].all()
    rows = measures.public_after_private(law, 2)
    wales = rows[rows["area"] == "W92000004"].set_index("period")
    assert "2010-11" not in wales.index, "Welsh records of public law begin in April 2011"
    assert wales.loc["2012-13", "denominator"] == 1
    assert wales.loc["2011-12 to 2024-25", "denominator"] == 1

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis import results
from fjanalysis.project import open_project
from fjanalysis.reference import areas
from fjanalysis.streams import private_law_returns
from fjanalysis.streams.private_law_returns import cohort, measures
from fjanalysis.streams.private_law_returns.cohort import PrivateLaw
from fjanalysis.streams.private_law_returns.parameters import Parameters
from fjanalysis.streams.study import Study
from tests.refreshes import build_refresh

ENGLAND = "E92000001"
WINDOW = "2007-08 to 2024-25"
FIRST_WINDOW = "2010-11 to 2024-25"


def case(
    number: int, issue: str, closed: str | None, child: str, by: str, against: str, **more: str
) -> dict[str, list]:
    """Rows of a case of one applicant and one respondent about one child."""
    application, name = f"Ea{number}", f"Ec{number}"
    kind = more.get("kind", "time with")
    role = {"application_id": application}
    return {
        "cases": [{"case_id": name, "law_type": more.get("law", "private"), "closed_date": closed}],
        "applications": [
            {
                "application_id": application,
                "case_id": name,
                "application_type": kind,
                "issue_date": issue,
            }
        ],
        "roles": [
            {**role, "person_id": child},
            {**role, "person_id": by, "role": "applicant"},
            {**role, "person_id": against, "role": "respondent"},
        ],
    }


def family(number: int, born: str) -> dict[str, list]:
    mother, father, child = f"Em{number}", f"Ef{number}", f"Ek{number}"
    return {
        "persons": [
            {"person_id": mother, "sex": "female", "birth_week": "1985-03-04"},
            {"person_id": father, "sex": "male", "birth_week": "1983-03-07"},
            {"person_id": child, "birth_week": born},
            {"person_id": f"Eg{number}", "sex": "female", "birth_week": "1955-03-07"},
        ],
        "relationships": [
            {"person_id": child, "related_id": mother},
            {"person_id": child, "related_id": father},
            {"person_id": child, "related_id": f"Eg{number}", "relationship": "grandparent"},
        ],
    }


# Family 1 comes back twice: the mother against the father, then the grandmother. Family 2 does not; its
# child is 18 in 2016. Family 3's first case is open, and care proceedings follow it within two years.
ROWS = [
    family(1, "2009-05-04"),
    family(2, "1998-03-02"),
    family(3, "2015-05-04"),
    case(1, "2012-05-01", "2012-11-01", "Ek1", "Ef1", "Em1"),
    case(2, "2014-06-02", "2014-12-01", "Ek1", "Em1", "Ef1", kind="enforcement"),
    case(3, "2019-06-03", "2019-12-02", "Ek1", "Eg1", "Em1", kind="live with"),
    case(4, "2013-05-01", "2013-11-01", "Ek2", "Ef2", "Em2"),
    case(5, "2018-05-01", None, "Ek3", "Ef3", "Em3"),
    case(6, "2019-12-02", None, "Ek3", "Em3", "Ef3", law="public", kind="care"),
]


def study_of(folder: Path, **parameters: object) -> Study:
    tables: dict[str, list] = {}
    for rows in ROWS:
        for name, part in rows.items():
            tables.setdefault(name, []).extend(part)
    return Study(
        "private-law-returns",
        "main",
        private_law_returns,
        Parameters.from_values(parameters),
        build_refresh(folder / "refresh", tables),
        folder / "results",
        open_project(folder, Path(__file__)),
    )


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> PrivateLaw:
    return cohort.load_private_law(study_of(tmp_path_factory.mktemp("private")))


def row(rows: pd.DataFrame, **key: str) -> pd.Series:
    found = rows
    for name, value in {"area": ENGLAND, "period": WINDOW, **key}.items():
        found = found[found[name] == value]
    assert len(found) == 1, found
    return found.iloc[0]


def counts(found: pd.Series) -> tuple[int, int]:
    return int(found["numerator"]), int(found["denominator"])


def test_cases_of_a_year_are_per_10000_children_and_unavailable_where_these_are_unknown(
    law: PrivateLaw,
) -> None:
    rates = measures.case_rows(law)
    rates = rates[rates["statistic"] == "rate_per_10000"]
    known = row(rates, period="2019-20")
    children = round((12023568 * 9 + 12093288 * 3) / 12)
    assert counts(known) == (1, children)
    assert known["value"] == pytest.approx(10_000 / children)
    assert row(rates, period="2018-19")["status"] == "x"
    assert row(rates)["status"] == "x", "a window with an unknown year"
    local = row(rates, area="DFJ-manchester", period="2019-20 to 2021-22")
    assert (local["status"], local["note"]) == ("x", "")


def test_a_file_of_childrens_numbers_of_the_users_own_wins(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    (tmp_path / "reference").mkdir()
    lines = [
        f"{area},{year},0 to 17,1000" for area in (ENGLAND, "DFJ-manchester") for year in YEARS
    ]
    (tmp_path / "reference" / "child_population.csv").write_text(
        "area,year,ages,population\n" + "\n".join(lines) + "\n"
    )
    rates = measures.case_rows(cohort.load_private_law(study))
    rates = rates[rates["statistic"] == "rate_per_10000"]
    assert counts(row(rates, period="2018-19")) == (1, 1000)
    assert counts(row(rates)) == (5, 18_000)
    own = row(rates, area="DFJ-manchester", period="2019-20 to 2021-22")
    assert (counts(own), own["note"]) == ((1, 3000), "")


YEARS = range(2007, 2026)


def test_returns_look_back_from_issue_to_issue_and_z_where_the_data_do_not_reach(
    law: PrivateLaw,
) -> None:
    rows = measures.returning_rows(law, 5)
    three = row(rows, period="2014-15", group="look-back: 3 years")
    assert counts(three) == (1, 1)
    late = {
        years: row(rows, period="2019-20", group=f"look-back: {years}")
        for years in ("5 years", "ever")
    }
    assert counts(late["5 years"]) == (0, 1)
    assert counts(late["ever"]) == (1, 1)
    assert row(rows, period="2009-10", group="look-back: 3 years")["status"] == "z"
    assert late["ever"]["note"] == "length of the data"


def test_returns_are_brought_by_what_the_applicant_was_in_the_case_before(law: PrivateLaw) -> None:
    rows = measures.brought_rows(law)
    found = {level: counts(row(rows, group=f"applicant: {level}")) for level in (
        "same", "former respondent", "another person"
    )}  # fmt: skip
    assert found == {"same": (0, 2), "former respondent": (1, 2), "another person": (1, 2)}


def test_days_between_cases_run_from_issue_to_issue(law: PrivateLaw) -> None:
    rows = measures.time_between(law)
    days = [(pd.Timestamp("2014-06-02") - pd.Timestamp("2012-05-01")).days]
    days.append((pd.Timestamp("2019-06-03") - pd.Timestamp("2014-06-02")).days)
    assert row(rows, statistic="median_days")["value"] == sum(days) / 2
    assert counts(row(rows, statistic="median_days")) == (2, 2)
    assert row(rows, statistic="median_days", period="2018-19")["status"] == "z"
    assert set(rows["note"]) == {"length of the data"}, "early years can see short times alone"


def test_first_cases_are_followed_from_closure_and_an_open_one_is_counted_in_the_flow(
    law: PrivateLaw,
) -> None:
    rows = measures.first_returns(law)
    key = {"measure": "first_return", "statistic": "cumulative_percent", "period": FIRST_WINDOW}
    assert counts(row(rows, horizon="1 year", **key)) == (0, 2)
    assert counts(row(rows, horizon="2 years", **key)) == (1, 2)
    assert row(rows, horizon="2 years", **key)["value"] == pytest.approx(50)
    risk = {"measure": "first_return_at_risk", "period": FIRST_WINDOW}
    assert row(rows, horizon="28 months", **risk)["value"] == 1, "the child turns 18 in March 2016"
    assert row(rows, horizon="29 months", **risk)["value"] == 0
    flow = law.flow[law.flow["area"] == ENGLAND].set_index("group")["numerator"]
    assert flow["step: first cases still open, left out"] == 1
    assert flow["step: first cases followed"] == 2


def test_a_return_of_a_return_is_a_later_return(law: PrivateLaw) -> None:
    rows = measures.later_returns(law)
    found = row(
        rows,
        measure="later_return",
        statistic="cumulative_percent",
        period=FIRST_WINDOW,
        group="from return: 1",
        horizon="5 years",
    )
    assert counts(found) == (1, 1)


def test_the_other_law_follows_within_two_years_of_those_with_full_follow_up(
    law: PrivateLaw,
) -> None:
    assert counts(row(measures.public_after_private(law, 2), period=FIRST_WINDOW)) == (1, 3)
    assert counts(row(measures.public_after_private(law, 1), period=FIRST_WINDOW)) == (0, 3)


def test_a_case_of_a_grandparent_is_a_non_parent_case(law: PrivateLaw) -> None:
    rows = measures.non_parent_rows(law)
    assert row(rows, statistic="count", group="", period="2019-20")["value"] == 1
    share = row(rows, statistic="percent", group="relation: grandparent")
    assert counts(share) == (1, 1)
    assert share["note"] == "of non-parent cases"


def test_the_table_of_all_measures_holds_the_contract_and_its_nestings(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    law = cohort.load_private_law(study)
    table = study.write(
        [
            measures.case_rows(law),
            measures.applicant_rows(law),
            measures.order_rows(law),
            measures.returning_rows(law, 5),
            measures.brought_rows(law),
            measures.first_returns(law),
            measures.first_returns_by_level(law),
            measures.first_returns_by_place(law, study.areas),
            measures.later_returns(law),
            measures.time_between(law),
            measures.public_after_private(law, 2),
            measures.private_after_public(law, 2),
            measures.non_parent_rows(law),
            law.flow,
        ]
    )
    assert results.problems(table) == []
    nested = [
        relation
        for relation in private_law_returns.relations(table, areas())
        if relation.kind == "nested"
    ]
    assert len(nested) > 3
    for relation in nested:
        check_nested(table, relation)


def check_nested(rows: pd.DataFrame, relation: results.Relation) -> None:
    for name, value in relation.where.items():
        rows = rows[rows[name].isin([value] if isinstance(value, str) else list(value))]
    free = [name for name in results.KEY if name not in relation.over]
    wide = rows.pivot_table(index=free, columns=relation.over, values="numerator", aggfunc="first")
    chain = [member for member in relation.members if member in wide]
    for smaller, larger in pairwise(chain):
        both = wide[[smaller, larger]].dropna()
        assert (both[smaller] <= both[larger]).all()

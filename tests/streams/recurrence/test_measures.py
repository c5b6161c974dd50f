from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis import results
from fjanalysis.errors import NotebookError
from fjanalysis.project import open_project
from fjanalysis.reference import areas
from fjanalysis.streams import recurrence
from fjanalysis.streams.recurrence import cohort, measures
from fjanalysis.streams.recurrence.parameters import Parameters
from fjanalysis.streams.study import Study
from tests.refreshes import build_refresh

ENGLAND = "E92000001"


def family(number: int, first: str, then: tuple[str, str] | None, born: str) -> dict[str, list]:
    """Rows of a mother aged 27 with one child, and perhaps a return with the same or a new child."""
    mother, child = f"Em{number}", f"Ek{number}"
    rows: dict[str, list] = {
        "persons": [
            {"person_id": mother, "sex": "female", "birth_week": "1985-03-04"},
            {"person_id": child, "birth_week": born},
        ],
        "relationships": [{"person_id": child, "related_id": mother}],
        "applications": [
            {"application_id": f"Ea{number}", "case_id": f"Ec{number}", "issue_date": first}
        ],
        "roles": [{"application_id": f"Ea{number}", "person_id": child}],
        "orders": [],
    }
    if then:
        later, birth = then
        second = child if not birth else f"En{number}"
        rows["applications"].append(
            {"application_id": f"Eb{number}", "case_id": f"Ed{number}", "issue_date": later}
        )
        rows["roles"].append({"application_id": f"Eb{number}", "person_id": second})
        if birth:
            rows["persons"].append({"person_id": second, "birth_week": birth})
            rows["relationships"].append({"person_id": second, "related_id": mother})
    return rows


FAMILIES = [
    family(1, "2012-05-01", ("2013-05-01", ""), "2010-02-01"),
    family(2, "2012-06-01", ("2014-01-06", "2014-01-06"), "2010-02-01"),
    family(3, "2013-06-03", None, "2010-02-01"),
    family(4, "2024-06-03", None, "2010-02-01"),
    family(5, "2009-06-03", ("2013-06-03", ""), "2008-02-04"),
]


def study_of(folder: Path, families: list[dict[str, list]], **parameters: object) -> Study:
    tables: dict[str, list] = {}
    for rows in families:
        for name, part in rows.items():
            tables.setdefault(name, []).extend(part)
    refresh = build_refresh(folder / "refresh", tables)
    return Study(
        "recurrence",
        "main",
        recurrence,
        Parameters.from_values(parameters),
        refresh,
        folder / "results",
        open_project(folder),
    )


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> cohort.Families:
    return cohort.load_families(study_of(tmp_path_factory.mktemp("recurrence"), FAMILIES))


def row(rows: pd.DataFrame, measure: str, **key: str) -> pd.Series:
    found = rows[rows["measure"] == measure]
    for name, value in {"area": ENGLAND, **key}.items():
        found = found[found[name] == value]
    assert len(found) == 1, found
    return found.iloc[0]


WINDOW = "2010-11 to 2024-25"


def test_a_first_set_before_the_washout_is_no_index_set_and_its_return_no_new_one(
    families: cohort.Families,
) -> None:
    assert sorted(families.parents["person_id"]) == ["Em1", "Em2", "Em3", "Em4"]


def test_a_return_on_its_anniversary_is_within_the_year(families: cohort.Families) -> None:
    rows = measures.returns(families)
    key = {"period": WINDOW, "group": "parent: mother", "statistic": "cumulative_percent"}
    first = row(rows, "any_return", horizon="1 year", **key)
    assert (first["numerator"], first["denominator"]) == (1, 4)
    assert first["value"] == pytest.approx(25.0)
    second = row(rows, "any_return", horizon="2 years", **key)
    assert second["numerator"] == 2


def test_a_return_with_the_same_child_is_no_return_with_a_new_child(
    families: cohort.Families,
) -> None:
    dates = families.parents.set_index("person_id")["new_child_return_date"]
    assert pd.isna(dates["Em1"])
    assert dates["Em2"] == pd.Timestamp("2014-01-06")


def test_a_horizon_nobody_was_followed_to_is_unavailable(families: cohort.Families) -> None:
    rows = measures.returns(families)
    found = row(
        rows,
        "any_return",
        period="2024-25",
        group="parent: mother",
        statistic="cumulative_percent",
        horizon="5 years",
    )
    assert found["status"] == "x"
    assert pd.isna(found["value"])


def test_seen_before_looks_back_over_all_data_and_over_a_fixed_time(
    families: cohort.Families,
) -> None:
    rows = measures.seen_before(families, 5)
    ever = row(rows, "seen_before", period="2013-14", group="parent: mother; look-back: ever")
    assert (ever["numerator"], ever["denominator"]) == (3, 4)
    fixed = row(rows, "seen_before", period="2013-14", group="parent: mother; look-back: 5 years")
    assert (fixed["numerator"], fixed["denominator"]) == (3, 4)
    early = row(rows, "seen_before", period="2009-10", group="parent: mother; look-back: 5 years")
    assert early["status"] == "z"
    assert pd.isna(early["value"])


def test_the_table_of_all_measures_holds_the_contract_and_its_relations(tmp_path: Path) -> None:
    study = study_of(tmp_path, FAMILIES)
    families = cohort.load_families(study)
    tables = [
        measures.index_parents(families),
        measures.returns(families),
        measures.returns_by_level(families),
        measures.returns_by_place(families, study.areas),
        measures.standardised_returns(families),
        measures.returns_by_final_order(families),
        measures.sets_per_parent(families),
        measures.later_returns(families),
        measures.seen_before(families, 5),
        families.flow,
    ]
    rows = study.write(tables)
    assert results.problems(rows) == []
    for relation in recurrence.relations(rows, areas()):
        if relation.kind == "nested":
            check_nested(rows, relation)


def test_a_fixed_look_back_lies_within_all_of_it_whatever_tests_stand_beside_it(
    tmp_path: Path,
) -> None:
    families = cohort.load_families(study_of(tmp_path, FAMILIES))
    rows = results.conform(measures.seen_before(families, 5))
    group = "parent: mother; covariate: region; look-back: ever"
    test = rows.head(1).assign(statistic="dispersion", group=group)
    found = recurrence.relations(pd.concat([rows, test]), areas())
    (chain,) = [each.members for each in found if each.where.get("measure") == "seen_before"]
    assert chain == ("parent: mother; look-back: 5 years", "parent: mother; look-back: ever")


def check_nested(rows: pd.DataFrame, relation: results.Relation) -> None:
    for name, value in relation.where.items():
        rows = rows[rows[name].isin([value] if isinstance(value, str) else list(value))]
    free = [name for name in results.KEY if name not in relation.over]
    wide = rows.pivot_table(index=free, columns=relation.over, values="numerator", aggfunc="first")
    chain = [member for member in relation.members if member in wide]
    for smaller, larger in pairwise(chain):
        both = wide[[smaller, larger]].dropna()
        assert (both[smaller] <= both[larger]).all()


def test_rates_are_standardised_in_dfj_areas_to_the_time_of_all_parents_followed(
    tmp_path: Path,
) -> None:
    families = cohort.load_families(study_of(tmp_path, FAMILIES))
    found = measures.standardised_returns(families)
    mothers = found[(found["group"] == "parent: mother") & (found["measure"] == "any_return")]
    rates = mothers.set_index("area")
    local = [code for code in rates.index if code.startswith("DFJ-")]
    assert local
    # All are of one age, so the standard changes nothing: two returns in the time followed.
    parents = families.parents[families.parents["parent"] == "mother"]
    end = parents["any_return_date"].fillna(pd.Timestamp(families.follow_up_end))
    years = (end - parents["index_date"]).dt.days.clip(upper=1826) / 365.25
    expected = 10_000 * parents["any_return_date"].notna().sum() / years.sum()
    assert rates.loc[ENGLAND, "value"] == pytest.approx(expected)
    assert rates.loc[local[0], "value"] == pytest.approx(expected)


def test_declared_variants_are_shown_beside_the_parameters_in_force(tmp_path: Path) -> None:
    found = study_of(tmp_path, FAMILIES).sensitivity_table()
    assert found.loc["washout-2"].tolist() == ["washout_years", "3", "2"]
    assert found.loc["ecms-only"].tolist() == ["source", "all", "ecms"]


def test_an_undeclared_measure_is_refused(tmp_path: Path) -> None:
    study = study_of(tmp_path, FAMILIES)
    families = cohort.load_families(study)
    with pytest.raises(NotebookError, match="unheard_of"):
        study.write([measures.index_parents(families).assign(measure="unheard_of")])


def test_a_later_index_start_moves_the_window_and_an_earlier_one_does_not(tmp_path: Path) -> None:
    later = study_of(tmp_path, FAMILIES, index_start="2013-04-01")
    assert sorted(cohort.load_families(later).parents["person_id"]) == ["Em3", "Em4"]
    ended = study_of(tmp_path / "ended", FAMILIES, index_end="2012-06-01")
    assert sorted(cohort.load_families(ended).parents["person_id"]) == ["Em1", "Em2"], "on that day"
    early = cohort.index_starts(
        later.data_start("public"), Parameters.from_values({"index_start": "2001-04-01"})
    )
    assert early["England"].isoformat() == "2010-04-01"

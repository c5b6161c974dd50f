from collections import Counter

import pandas as pd
import pytest

from fjanalysis.results import conform, problems
from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings import measures, models
from fjanalysis.streams.urgent_hearings.cohort import Babies, gather
from tests.streams.families import random_families
from tests.streams.urgent_hearings.plain import infants
from tests.streams.urgent_hearings.test_cohort import END, study_of

ENGLAND = "E92000001"
ROWS = random_families(11, 400)
NAMES = {"England": ENGLAND, "Wales": "W92000004"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_of(tmp_path_factory.mktemp("study"), ROWS)


@pytest.fixture(scope="module")
def babies(study: Study) -> Babies:
    return gather(study)


@pytest.fixture(scope="module")
def english() -> pd.DataFrame:
    """Every infant's set that plain Python finds in England."""
    frame = pd.DataFrame(infants(ROWS, END))
    nations = {row["case_id"]: row["nation"] for row in ROWS["cases"]}
    return frame[frame["case_id"].map(nations) == "England"]


def numbers(rows: pd.DataFrame, measure: str, column: str, statistic: str = "percent") -> dict:
    kept = rows[
        (rows["measure"] == measure)
        & (rows["statistic"] == statistic)
        & (rows["area"] == ENGLAND)
        & ~rows["period"].str.contains(" to ")
        & (rows["group"] == "")
    ]
    named = kept.set_index("period")[column].dropna()
    return {int(period[:4]): int(value) for period, value in named.items() if value > 0}


def by_year(frame: pd.DataFrame) -> dict:
    return dict(Counter(frame["year"].tolist()))


def test_cases_are_those_that_plain_python_counts(
    study: Study, babies: Babies, english: pd.DataFrame
) -> None:
    rows = measures.case_rows(babies, measures.live_births(study))
    newborns = english[english["newborn"]]
    assert numbers(rows, "newborn_cases", "numerator", "count") == by_year(newborns)
    assert numbers(rows, "infant_cases", "numerator", "count") == by_year(english)
    assert numbers(rows, "newborn_share_of_infants", "denominator") == by_year(english)
    rates = rows[rows["statistic"] == "rate_per_10000"]
    assert set(rates.loc[rates["status"] == "ok", "note"]) == {"provisional denominator"}
    assert set(rates["status"]) == {"ok", "x"}


def test_classes_of_notice_nest_and_rest_on_known_hearings(
    study: Study, babies: Babies, english: pd.DataFrame
) -> None:
    rows = measures.notice_rows(babies, study.parameters)
    newborns = english[english["newborn"] & english["settled"]]
    known = newborns[newborns["notice_days"].notna()]
    limits = {"same_day_hearing": 0, "emergency_hearing": 2, "short_notice_hearing": 7}
    for measure, days in limits.items():
        expected = by_year(known[known["notice_days"] <= days])
        assert numbers(rows, measure, "numerator") == expected
        assert numbers(rows, measure, "denominator") == by_year(known)
    unknown = newborns[newborns["notice_days"].isna()]
    assert numbers(rows, "unknown_notice", "numerator") == by_year(unknown)
    assert numbers(rows, "unknown_notice", "denominator") == by_year(newborns)
    medians = known.groupby("year")["notice_days"].median().to_dict()
    found = rows[(rows["area"] == ENGLAND) & (rows["statistic"] == "median_days")]
    found = found[(found["status"] == "ok") & ~found["period"].str.contains(" to ")]
    assert {int(p[:4]): v for p, v in zip(found["period"], found["value"], strict=True)} == medians


def test_subsequent_infants_are_given_only_for_years_with_full_look_back(
    study: Study, babies: Babies, english: pd.DataFrame
) -> None:
    rows = measures.subsequent_rows(babies, study, study.parameters)
    newborns = english[english["newborn"] & english["mother_id"].notna()]
    later = newborns[newborns["subsequent"]]
    assert numbers(rows, "subsequent_infant", "numerator") == by_year(later[later["year"] >= 2010])
    status = rows[rows["area"] == ENGLAND].set_index("period")["status"]
    assert status["2009-10"] == "z"
    assert status["2007-08 to 2023-24"] == "z"
    assert status["2015-16"] == "ok"


def test_final_orders_are_shares_of_ended_cases_and_open_ones_of_all(
    babies: Babies, english: pd.DataFrame
) -> None:
    rows = measures.final_order_rows(babies)
    newborns = english[english["newborn"] & (english["year"] >= 2010)]
    ended = newborns[newborns["final_order"] != "still open"]
    assert numbers(rows, "final_order", "numerator", "count") == by_year(ended)
    whole = rows[(rows["area"] == ENGLAND) & rows["period"].str.startswith("2010-11 to")]
    shares = whole[whole["statistic"] == "percent"].set_index("group")
    for order, cases in newborns["final_order"].value_counts().items():
        row = shares.loc[f"final order: {order}"]
        assert row["numerator"] == cases
        base = len(newborns) if order == "still open" else len(ended)
        assert row["denominator"] == base


def test_every_row_of_the_stream_keeps_the_contract_and_its_relations_hold(
    study: Study, babies: Babies
) -> None:
    tables = [
        measures.case_rows(babies, measures.live_births(study)),
        measures.notice_rows(babies, study.parameters),
        measures.subsequent_rows(babies, study, study.parameters),
        measures.protection_rows(babies),
        measures.final_order_rows(babies),
        models.adoption_rows(babies, study.parameters, study.areas),
        models.trend_rows(babies, study.parameters),
        babies.flow,
    ]
    table = study.write(tables)
    assert problems(table) == []
    counts = table[(table["statistic"] == "count") & (table["measure"] == "newborn_cases")]
    cells = counts.set_index(["area", "period"])["numerator"].to_dict()
    relations = study.stream.relations(conform(table), study.areas)
    flow = [
        each
        for each in relations
        if each.where.get("measure") == "cohort_flow" and each.over == "group"
    ]
    steps = babies.flow.set_index(["area", "group"])["numerator"]
    assert len(flow) > 3
    for relation in flow:
        for area in ("E92000001", "W92000004"):
            chain = [steps[area, member] for member in relation.members]
            if relation.kind == "partition":
                assert sum(chain) == steps[area, relation.whole]
            else:
                assert chain == sorted(chain)
    for relation in relations:
        own = relation.kind == "partition" and relation.field == "numerator"
        if not own or "newborn_cases" not in relation.where.get("measure", ()):
            continue
        over = "area" if relation.over == "area" else "period"
        others = {key[1 if over == "area" else 0] for key in cells}
        for other in others:
            keys = [(m, other) if over == "area" else (other, m) for m in relation.members]
            whole = (relation.whole, other) if over == "area" else (other, relation.whole)
            if whole in cells and all(key in cells for key in keys):
                total = sum(cells[key] for key in keys)
                assert total == cells[whole] if relation.exhaustive else total <= cells[whole]


def test_a_model_that_the_data_cannot_carry_says_so_in_every_row(study: Study) -> None:
    few = gather(study_of(study.folder.parent / "few", random_families(2, 30)))
    rows = models.adoption_rows(few, study.parameters, study.areas)
    assert set(rows["status"]) == {"x"}
    assert set(rows["note"]) == {"too few events"}
    assert {"odds_ratio", "auc", "p_value"} == set(rows["statistic"])
    assert rows[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)


def test_the_trend_is_that_of_all_years_and_of_either_side_of_april_2014(
    study: Study, babies: Babies
) -> None:
    rows = models.trend_rows(babies, study.parameters)
    own = rows[rows["area"] == ENGLAND]
    assert sorted(set(own["period"])) == [
        "2007-08 to 2013-14",
        "2007-08 to 2023-24",
        "2014-15 to 2023-24",
    ]
    assert set(own["group"]) == {"notice: same day", "notice: emergency", "notice: short notice"}
    fitted = own[own["value"].notna()]
    assert (fitted["lower"] < fitted["value"]).all()
    assert (fitted["value"] < fitted["upper"]).all()

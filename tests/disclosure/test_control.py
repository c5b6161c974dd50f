"""Which rows are withheld, and what the others show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fjanalysis.disclosure import rules
from fjanalysis.disclosure.cells import cells_of
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.identities import same_quantities
from fjanalysis.disclosure.release import Controlled
from fjanalysis.limits import wilson
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import FLOATS, Relation, tidy
from tests.disclosure.curves import curve
from tests.disclosure.folders import APART, count, percent

STREAM = {"stream": "urgent-hearings"}


def run(
    rows: Sequence[dict[str, Any]], relations: Sequence[Relation] = (), **profile: Any
) -> Controlled:
    frame = tidy([{**STREAM, **row} for row in rows])
    return prepare(
        frame,
        {("urgent-hearings", "main"): relations},
        DisclosureProfile(**profile),
        exceptions=[APART],
    ).control()


def row(controlled: Controlled, measure: str, statistic: str = "count", **where: str) -> pd.Series:
    frame = controlled.results.assign(reason=controlled.reason)
    chosen = (frame["measure"] == measure) & (frame["statistic"] == statistic)
    for column, value in where.items():
        chosen &= frame[column] == value
    (found,) = (each for _, each in frame[chosen].iterrows())
    return found


def assert_empty(found: pd.Series) -> None:
    assert found["status"] == "c"
    assert found[["value", "lower", "upper", "numerator", "denominator"]].isna().all()


def test_a_small_count_is_withheld_with_every_figure_that_rests_on_it() -> None:
    rate = {
        **count("newborn_cases", 7),
        "statistic": "rate_per_10000",
        "value": 3.2,
        "denominator": 21_000,
    }
    done = run([count("newborn_cases", 7), rate])
    assert_empty(row(done, "newborn_cases"))
    assert_empty(row(done, "newborn_cases", "rate_per_10000"))


def test_a_population_is_public_and_neither_rounded_nor_withheld() -> None:
    done = run(
        [{**count("newborn_cases", 12), "statistic": "rate_per_10000", "denominator": 4_321}]
    )
    found = row(done, "newborn_cases", "rate_per_10000")
    assert found["denominator"] == 4_321
    assert found["numerator"] == 10
    assert found["value"] == pytest.approx(10 / 0.4321, abs=1e-6)


def test_percentages_and_intervals_are_made_from_rounded_counts_and_nothing_exact_is_kept() -> None:
    found = row(run([percent("unknown_notice", 103, 988)]), "unknown_notice", "percent")
    lower, upper = wilson(105, 990)
    assert (found["numerator"], found["denominator"]) == (105, 990)
    assert found["value"] == pytest.approx(100 * 105 / 990, abs=1e-6)
    assert found["lower"] == pytest.approx(100 * float(lower), abs=1e-6)
    assert found["upper"] == pytest.approx(100 * float(upper), abs=1e-6)


def test_a_complement_withholds_the_count_as_well_as_the_percentage() -> None:
    done = run([percent("unknown_notice", 95, 100), count("unknown_notice", 95)])
    assert row(done, "unknown_notice", "percent")["reason"] == rules.LOW_COMPLEMENT
    assert row(done, "unknown_notice")["reason"] == rules.SAME_COUNT
    assert_empty(row(done, "unknown_notice"))


def test_a_small_gap_between_nested_classes_withholds_the_inner_one() -> None:
    chain = Relation(
        "nested", "measure", ("same_day_hearing", "emergency_hearing", "short_notice_hearing")
    )
    done = run(
        [
            count("same_day_hearing", 50),
            count("emergency_hearing", 96),
            count("short_notice_hearing", 100),
        ],
        [chain],
    )
    assert row(done, "emergency_hearing")["reason"] == rules.SMALL_GAP
    # Measured from the class that is still shown, the next one is far enough away.
    assert row(done, "same_day_hearing")["status"] == "ok"
    assert row(done, "short_notice_hearing")["status"] == "ok"


def test_a_gap_of_nobody_is_no_gap() -> None:
    chain = Relation("nested", "measure", ("same_day_hearing", "emergency_hearing"))
    done = run([count("same_day_hearing", 50), count("emergency_hearing", 50)], [chain])
    assert (done.results["status"] == "ok").all()


def test_a_relation_holds_only_where_it_says() -> None:
    chain = Relation(
        "nested", "measure", ("same_day_hearing", "emergency_hearing"), where={"period": "2018-19"}
    )
    done = run([count("same_day_hearing", 50), count("emergency_hearing", 53)], [chain])
    assert (done.results["status"] == "ok").all()


def test_steps_of_the_cohort_flow_are_nested_like_any_others() -> None:
    flow = Relation("nested", "group", ("step: cohort", "step: linked", "step: read"))
    rows = [
        count("cohort_flow", 900, group="step: read"),
        count("cohort_flow", 895, group="step: linked"),
        count("cohort_flow", 700, group="step: cohort"),
    ]
    done = run(rows, [flow])
    assert row(done, "cohort_flow", group="step: linked")["reason"] == rules.SMALL_GAP


def test_variants_of_a_measure_nest_and_the_stream_s_own_figure_is_kept() -> None:
    names = ("newborn-7", "main", "newborn-28")
    chain = Relation("nested", "variant", names, where={"measure": "newborn_cases"})
    rows = [
        {**count("newborn_cases", number), "variant": variant}
        for variant, number in zip(names, (95, 100, 104), strict=True)
    ]
    done = run(rows, [chain])
    assert row(done, "newborn_cases", variant="main")["status"] == "ok"
    for variant in ("newborn-7", "newborn-28"):
        assert row(done, "newborn_cases", variant=variant)["reason"] == rules.SMALL_GAP
    far = [
        {**each, "numerator": n, "value": n} for each, n in zip(rows, (80, 100, 120), strict=True)
    ]
    assert (run(far, [chain]).results["status"] == "ok").all()


def test_a_share_of_nobody_in_a_base_too_small_to_show_does_not_stop_packing() -> None:
    whole = Relation("partition", "group", ("sex: female",), "")
    rows = [count("same_day", 0), percent("same_day", 0, 3, group="sex: female")]
    done = run(rows, [whole])
    assert row(done, "same_day")["status"] == "ok"
    assert_empty(row(done, "same_day", "percent"))


def ratio(level: str, events: int, persons: int, value: float = 1.2345) -> dict[str, Any]:
    more = {} if value == 1 else {"lower": value * 0.87654, "upper": value * 1.2468}
    return {
        **count("adoption", events, group=level),
        "statistic": "odds_ratio",
        "value": value,
        "denominator": persons,
        **more,
    }


def test_a_ratio_of_a_level_with_few_events_is_withheld_and_others_are_cut() -> None:
    done = run(
        [
            ratio("sex: male", 400, 900, 1.0),
            ratio("sex: female", 390, 900),
            ratio("sex: unknown", 9, 40),
            ratio("age: under 20", 400, 900, 1.0),
            ratio("age: 20 and over", 399, 940),
        ]
    )
    assert_empty(row(done, "adoption", "odds_ratio", group="sex: unknown"))
    female = row(done, "adoption", "odds_ratio", group="sex: female")
    assert female["value"] == 1.23
    assert female["lower"] == 1.08


def test_without_its_reference_level_a_covariate_is_withheld_whole() -> None:
    done = run(
        [
            ratio("sex: male", 8, 900, 1.0),
            ratio("sex: female", 390, 900),
            ratio("age: under 20", 200, 500, 1.0),
            ratio("age: 20 to 24", 200, 500),
        ]
    )
    assert row(done, "adoption", "odds_ratio", group="sex: female")["reason"] == rules.SMALL_MODEL
    assert row(done, "adoption", "odds_ratio", group="age: 20 to 24")["status"] == "ok"


def test_a_model_with_few_residual_degrees_of_freedom_is_withheld_with_its_tests() -> None:
    rows = [ratio(f"region: {n}", 11, 22, 1.0 if n == 0 else 1.5) for n in range(3)]
    few = [
        {**each, "area": "W92000004"}
        for each in (*rows, ratio("sex: male", 16, 32, 1.0), ratio("sex: female", 17, 34))
    ]
    many = [
        {**ratio(f"region: {n}", 10, 20, 1.0 if n == 0 else 1.5), "denominator": 20}
        for n in range(20)
    ]
    many += [ratio("sex: male", 100, 200, 1.0), ratio("sex: female", 100, 200)]
    done = run([*few, *many])
    assert (done.results["status"] == "ok").all()
    crowded = [
        ratio(f"d{n}: {m}", 10, 20, 1.0 if m == "a" else 1.5) for n in range(30) for m in ("a", "b")
    ]
    auc = {**count("adoption", 20), "statistic": "auc", "value": 0.7, "denominator": 40}
    done = run([*crowded, auc])
    assert set(done.results["status"]) == {"c"}
    assert row(done, "adoption", "auc")["reason"] == rules.SMALL_MODEL


def test_a_saturated_model_is_withheld_but_neither_one_of_two_covariates_nor_a_trend() -> None:
    one = [ratio("sex: male", 400, 900, 1.0), ratio("sex: female", 390, 900)]
    found = run(one)
    assert set(found.results["status"]) == {"c"}
    assert set(found.reason) == {rules.SMALL_MODEL}
    two = [*one, ratio("age: under 20", 300, 700, 1.0), ratio("age: 20 and over", 490, 1100)]
    assert set(run(two).results["status"]) == {"ok"}
    # The odds by year: no level is compared with another.
    trend = [{**ratio("notice: same day", 400, 900), "measure": "notice_trend"}]
    assert set(run(trend).results["status"]) == {"ok"}
    # A Cox model's ratios depend on times, which no table holds.
    times = [{**each, "statistic": "hazard_ratio"} for each in one]
    assert set(run(times).results["status"]) == {"ok"}


def test_quantiles_need_persons_on_both_sides() -> None:
    def days(statistic: str, persons: int) -> dict[str, Any]:
        more = {"statistic": statistic, "value": 4.0, "denominator": persons}
        return {**count("notice_days", persons), **more, "area": f"E{persons}"}

    done = run([days("median_days", 20), days("lower_quartile_days", 39)])
    assert row(done, "notice_days", "median_days")["status"] == "ok"
    assert row(done, "notice_days", "lower_quartile_days")["reason"] == rules.FEW_BESIDE


def test_a_row_that_is_absent_stays_absent_and_is_emptied_of_counts() -> None:
    absent = {**percent("subsequent_infant", 4, 9), "status": "z", "value": np.nan}
    found = row(run([absent]), "subsequent_infant", "percent")
    assert found["status"] == "z"
    assert pd.isna(found["numerator"])
    assert pd.isna(found["lower"])


def horizon(months: int, events: int, persons: int, value: float) -> dict[str, Any]:
    return {
        **count("any_return", events, group="parent: mother", period="2012-13 to 2019-20"),
        "statistic": "cumulative_percent",
        "horizon": f"{months} months",
        "value": value,
        "lower": value - 1,
        "upper": value + 1,
        "denominator": persons,
    }


def test_a_horizon_is_read_from_the_released_life_table() -> None:
    rows = [*curve([30] * 12, [20] * 12, 1203), horizon(12, 360, 1203, 34.0)]
    done = run(rows)
    found = row(done, "any_return", "cumulative_percent")
    table = done.results[done.results["statistic"] == "count"]
    events = table[table["measure"] == "any_return_events"]["numerator"].sum()
    assert found["numerator"] == events
    assert found["denominator"] == 1205
    away = done.distance["urgent-hearings", found["area"]]
    assert away == pytest.approx([abs(found["value"] - 34.0)], abs=1e-5)
    assert found["lower"] < found["value"] < found["upper"]


def test_steps_of_a_life_table_show_no_exact_count() -> None:
    done = run(curve([3, 4, 5, 9, 2, 7] * 4, [1, 0, 2, 6, 3, 1] * 4, 400))
    steps = done.results[done.results["measure"] == "any_return_events"]["numerator"]
    assert set((steps.cumsum() % 11).unique()) <= {0, 5}
    assert not steps.between(1, 9).any()
    assert (done.results["status"] == "ok").all()


def test_a_survival_percentage_without_a_life_table_is_cut_to_steps_worth_the_base() -> None:
    bare = horizon(12, 40, 130, 31.234567) | {"measure": "later_return"}
    found = row(run([bare]), "later_return", "cumulative_percent")
    # Five of 130 persons are 3.8 points, so the steps are of 5 points.
    assert found["value"] == 30
    assert found["numerator"] == 40


def test_no_float_of_the_exact_table_is_carried_over() -> None:
    rows = [percent("a", 103, 988), percent("b", 333, 777), ratio("sex: male", 400, 900)]
    exact = tidy([{**STREAM, **each} for each in rows])
    done = run(rows)
    for column in FLOATS:
        assert not set(exact[column]) & set(done.results[column].dropna())


def test_a_count_is_known_again_beside_others_that_agree_with_it_at_some_places() -> None:
    # The base of the share is the cases. At every place the base of another share agrees with both, at none of all.
    years = [f"20{year}-{year + 1}" for year in range(11, 17)]
    cases = [12, 21, 35, 48, 59, 64]
    first, second = [*cases[:3], 90, 91, 92], [93, 94, 95, *cases[3:]]
    frame = tidy(
        {**row, "stream": "urgent-hearings", "variant": "main", "period": period}
        for period, number, one, two in zip(years, cases, first, second, strict=True)
        for row in (
            percent("a_notice", 0, one),
            percent("b_notice", 0, two),
            count("newborn_cases", number),
            percent("unknown_notice", 0, number),
        )
    )
    cells = cells_of(frame)
    quantity = same_quantities(frame, cells, np.ones(len(frame), dtype=bool))

    def of(measure: str, ids: np.ndarray) -> list[int]:
        return quantity[ids[(frame["measure"] == measure).to_numpy()]].tolist()

    cases_of = of("newborn_cases", cells.numerator)
    assert cases_of == of("unknown_notice", cells.denominator)
    assert not set(cases_of) & set(of("a_notice", cells.denominator))
    assert not set(cases_of) & set(of("b_notice", cells.denominator))

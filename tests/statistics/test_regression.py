import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fjanalysis.statistics.regression import (
    NotFitted,
    area_under_curve,
    hosmer_lemeshow,
    logistic,
    trend,
)
from tests.machine import need_r

HERE = Path(__file__).parent / "r"
COVARIATES = {
    "education": ["0-5yrs", "6-11yrs", "12+ yrs"],
    "parity": ["1", "2", "3", "4"],
    "induced": ["0", "1", "2"],
    "spontaneous": ["0", "1", "2"],
}


def infert() -> pd.DataFrame:
    """R's `infert`: infertility after abortion, Trichopoulos and others (1976)."""
    frame = pd.read_csv(HERE / "infert.csv")
    frame["case"] = frame["case"] == 1
    return frame.astype(dict.fromkeys(("parity", "induced", "spontaneous"), str))


def from_r() -> dict[str, float]:
    return pd.read_csv(HERE / "logistic.csv").set_index("name")["value"].to_dict()


def r_name(covariate: str, level: str) -> str:
    return f"education{level}" if covariate == "education" else f"factor({covariate}){level}"


def test_a_regression_agrees_with_r_to_a_millionth() -> None:
    fit = logistic(infert(), "case", COVARIATES, "stratum")
    oracle = from_r()
    compared = 0
    for row in fit.levels.dropna(subset=["lower"]).itertuples():
        name = r_name(row.covariate, row.level)
        expected = [oracle[f"{side} {name}"] for side in ("odds ratio", "lower", "upper")]
        assert [row.value, row.lower, row.upper] == pytest.approx(expected, rel=1e-6)
        compared += 1
    assert compared == 9
    tests = fit.tests.set_index("covariate")["value"]
    assert tests.to_dict() == pytest.approx(
        {name: oracle[f"wald {name}"] for name in COVARIATES}, rel=1e-6
    )
    assert fit.auc == pytest.approx(oracle["auc"], rel=1e-9)
    assert fit.hosmer_lemeshow == pytest.approx(oracle["hosmer-lemeshow"], rel=1e-6)
    assert (fit.events, fit.persons) == (83, 248)


def test_a_trend_agrees_with_r_to_a_millionth() -> None:
    frame = infert()
    found = trend(frame[frame["education"] != "0-5yrs"], "case", "age", "stratum")
    oracle = from_r()
    expected = [oracle["trend"], oracle["trend lower"], oracle["trend upper"]]
    assert [found.value, found.lower, found.upper] == pytest.approx(expected, rel=1e-6)


@pytest.mark.machine
def test_r_still_says_what_the_fixtures_hold(tmp_path: Path) -> None:
    need_r()
    subprocess.run(["Rscript", str(HERE / "logistic.R"), str(tmp_path)], check=True)
    assert (tmp_path / "infert.csv").read_text() == (HERE / "infert.csv").read_text()
    again = pd.read_csv(tmp_path / "logistic.csv").set_index("name")["value"]
    assert again.to_dict() == pytest.approx(from_r(), rel=1e-10)


def test_a_reference_level_has_the_value_one_and_no_interval() -> None:
    levels = logistic(infert(), "case", COVARIATES, "stratum").levels
    first = levels[(levels["covariate"] == "parity") & (levels["level"] == "1")].iloc[0]
    assert (first["value"], first["status"]) == (1.0, "ok")
    assert np.isnan(first["lower"])
    assert first["persons"] == (infert()["parity"] == "1").sum()


def test_a_level_that_predicts_perfectly_is_unavailable_and_moves_nothing_else() -> None:
    frame = infert()
    extra = frame.head(20).assign(case=False, parity="9", stratum=range(900, 920))
    wider = {**COVARIATES, "parity": [*COVARIATES["parity"], "9"]}
    fit = logistic(pd.concat([frame, extra], ignore_index=True), "case", wider, "stratum")
    plain = logistic(frame, "case", COVARIATES, "stratum")
    levels = fit.levels.set_index(["covariate", "level"])
    assert levels.loc[("parity", "9"), "status"] == "x"
    assert np.isnan(levels.loc[("parity", "9"), "value"])
    assert levels.loc[("parity", "9"), "persons"] == 20
    kept = levels.drop(("parity", "9"))["value"].to_numpy()
    np.testing.assert_allclose(kept, plain.levels["value"].to_numpy(), rtol=1e-9)


def test_a_level_that_nobody_has_is_not_applicable_and_never_the_reference() -> None:
    wider = {**COVARIATES, "parity": ["0", *COVARIATES["parity"]]}
    levels = logistic(infert(), "case", wider, "stratum").levels
    parity = levels[levels["covariate"] == "parity"].set_index("level")
    assert parity["status"].to_dict() == {"0": "z", "1": "ok", "2": "ok", "3": "ok", "4": "ok"}
    assert parity.loc["1", "value"] == 1.0


def test_too_few_events_are_said_and_not_fitted() -> None:
    with pytest.raises(NotFitted, match="too few events"):
        logistic(infert().head(30), "case", COVARIATES, "stratum")


def test_collinear_covariates_are_said_and_not_fitted() -> None:
    several = infert().assign(
        several=lambda frame: frame["parity"].where(frame["parity"] == "1", "2")
    )
    with pytest.raises(NotFitted, match="collinear"):
        logistic(several, "case", {**COVARIATES, "several": ["1", "2"]}, "stratum")


def test_separation_by_two_covariates_together_is_said_and_not_fitted() -> None:
    one = np.repeat(["a", "b"], 200)
    two = np.tile(np.repeat(["a", "b"], 100), 2)
    case = (one == "b") & (two == "b")
    frame = pd.DataFrame({"one": one, "two": two, "case": case, "id": range(400)})
    levels = {"one": ["a", "b"], "two": ["a", "b"]}
    try:
        fit = logistic(frame, "case", levels, "id")
    except NotFitted as finding:
        assert finding.reason in ("separation", "no convergence", "too few events")
    else:
        assert set(fit.levels["status"]) == {"x"}


def test_a_trend_of_one_year_is_not_fitted() -> None:
    with pytest.raises(NotFitted, match="collinear"):
        trend(infert().assign(age=30), "case", "age", "stratum")


def test_the_order_of_rows_changes_no_estimate_beyond_rounding() -> None:
    frame = infert()
    first = logistic(frame, "case", COVARIATES, "stratum").levels
    second = logistic(frame.iloc[::-1], "case", COVARIATES, "stratum").levels
    columns = ["value", "lower", "upper"]
    np.testing.assert_allclose(first[columns], second[columns], rtol=1e-10)


def test_discrimination_counts_ties_half() -> None:
    assert area_under_curve([0, 1, 0, 1], [0.1, 0.9, 0.4, 0.4]) == 0.875
    assert np.isnan(area_under_curve([1, 1], [0.1, 0.2]))


def test_calibration_needs_three_groups_of_risk() -> None:
    assert np.isnan(hosmer_lemeshow([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]))


def test_calibration_is_rejected_where_risks_are_wrong() -> None:
    risks = np.linspace(0.05, 0.5, 1000)
    draws = np.random.default_rng(1).random(1000)
    assert hosmer_lemeshow(draws < risks, risks) > 0.001
    assert hosmer_lemeshow(draws < risks + 0.3, risks) < 1e-6


def test_a_level_of_the_very_persons_of_another_is_unavailable_and_moves_nothing_else() -> None:
    plain = logistic(infert(), "case", COVARIATES, "stratum").levels
    twice = infert().assign(again=lambda frame: frame["parity"].where(frame["parity"] == "2", "1"))
    levels = {**COVARIATES, "again": ["1", "2", "3"]}
    fit = logistic(twice, "case", levels, "stratum")
    found = fit.levels.set_index(["covariate", "level"])
    assert found.loc[("again", "2"), ["status", "note"]].tolist() == ["x", "collinear"]
    assert found.loc[("again", "3"), "status"] == "z"
    kept = found.drop("again", level="covariate")["value"].to_numpy()
    np.testing.assert_allclose(kept, plain["value"].to_numpy(), rtol=1e-9)

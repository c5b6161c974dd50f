from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter

from fjanalysis.statistics.concordance import concordance
from fjanalysis.statistics.cox import Fit, fit
from fjanalysis.statistics.proportional_hazards import effects_over_time, proportionality
from fjanalysis.statistics.regression import NotFitted
from fjanalysis.statistics.risk_sets import Spells
from fjanalysis.statistics.survival import FIVE_YEARS_IN_DAYS, kaplan_meier, log_rank
from tests.machine import need_r

HERE = Path(__file__).parent / "r"


def from_r(folder: Path = HERE) -> dict[str, float]:
    return pd.read_csv(folder / "survival.csv").set_index("name")["value"].to_dict()


def spells(
    frame: pd.DataFrame,
    stop: str,
    event: str,
    covariates: list[str],
    start: str = "",
    strata: str = "",
) -> Spells:
    nothing = np.zeros(len(frame), dtype=np.int64)
    return Spells(
        frame[start].to_numpy(np.int64) if start else nothing,
        frame[stop].to_numpy(np.int64),
        frame[event].to_numpy(bool),
        frame[covariates].to_numpy(np.float64),
        np.arange(len(frame)),
        frame["id"].to_numpy(np.int64),
        frame[strata].to_numpy(np.int64) if strata else nothing,
    )


def colon() -> pd.DataFrame:
    frame = pd.read_csv(HERE / "colon.csv")
    return frame.assign(**{"rxLev+5FU": frame["rx"] == "Lev+5FU", "rxObs": frame["rx"] == "Obs"})


def deaths() -> pd.DataFrame:
    frame = colon()
    return frame[frame["etype"] == 2]


RX = ["rxLev+5FU", "rxObs", "sex", "node4"]
MODELS = {
    "plain": lambda: spells(deaths(), "time", "status", RX),
    "stratified": lambda: spells(colon(), "time", "status", RX, strata="etype"),
    "changing": lambda: spells(
        pd.read_csv(HERE / "heart.csv"),
        "stop",
        "event",
        ["age", "surgery", "transplant"],
        start="start",
    ),
    "gap time": lambda: spells(
        pd.read_csv(HERE / "bladder.csv"), "gap", "event", ["rx", "number", "size"], strata="enum"
    ),
}
NAMES = {
    "plain": RX,
    "stratified": RX,
    "changing": ["age", "surgery", "transplant"],
    "gap time": ["rx", "number", "size"],
}
TERMS = {
    "plain": {"rx": [0, 1], "sex": [2], "node4": [3]},
    "stratified": {"rx": [0, 1], "sex": [2], "node4": [3]},
    "changing": {"age": [0], "surgery": [1], "transplant": [2]},
    "gap time": {"rx": [0], "number": [1], "size": [2]},
}


@pytest.mark.parametrize("name", list(MODELS))
def test_estimates_errors_and_checks_agree_with_r_on_real_data(name: str) -> None:
    data, oracle = MODELS[name](), from_r()
    found = fit(data)
    own = np.sqrt(np.diag(found.information_inverse))
    for place, column in enumerate(NAMES[name]):
        for words, value in (
            ("coefficient", found.coefficients[place]),
            ("own error", own[place]),
            ("robust error", found.errors[place]),
        ):
            assert value == pytest.approx(oracle[f"{name} {words} {column}"], rel=1e-8)
    assert found.null_log_likelihood == pytest.approx(oracle[f"{name} log likelihood 0"], rel=1e-12)
    assert found.log_likelihood == pytest.approx(oracle[f"{name} log likelihood 1"], rel=1e-12)
    assert concordance(data, found) == pytest.approx(oracle[f"{name} concordance"], rel=1e-12)
    tests = proportionality(data, found, list(TERMS[name].values()))
    for term, value in zip([*TERMS[name], "GLOBAL"], tests.statistics, strict=True):
        assert value == pytest.approx(oracle[f"{name} proportional {term}"], rel=1e-7)


ENDS = {
    "plain": [365, 730, 1460, 4000],
    "stratified": [365, 730, 1460, 4000],
    "changing": [60, 240, 4000],
    "gap time": [3, 6, 12, 60],
}


@pytest.mark.parametrize("name", list(MODELS))
def test_effects_over_time_are_the_means_of_the_residuals_that_r_draws(name: str) -> None:
    data, oracle = MODELS[name](), from_r()
    found = effects_over_time(data, fit(data), list(TERMS[name].values()), ENDS[name], 1)
    assert found.ends.tolist() == ENDS[name]
    assert found.deaths.sum() == data.events.sum()
    for place, term in enumerate(TERMS[name]):
        expected = [oracle[f"{name} effect {term} {end}"] for end in ENDS[name]]
        assert found.values[:, place] == pytest.approx(expected, rel=1e-7)
        half = found.upper[:, place] - found.values[:, place]
        assert (half > 0).all()
        # Weighted by events, the means are what the model says of all of the time.
        assert np.average(found.values[:, place], weights=found.deaths) == pytest.approx(1)


def test_an_interval_of_few_events_is_joined_to_the_next_and_the_last_to_the_one_before() -> None:
    data = MODELS["plain"]()
    ends = [10, 365, 730, 2900, 4000, 9000]
    found = effects_over_time(data, fit(data), [[0, 1], [2], [3]], ends, 20)
    assert found.ends.tolist() == [365, 730, 4000], "few are later than 2900 days, none than 4000"
    assert (found.deaths >= 20).all()
    assert found.deaths.sum() == data.events.sum()
    assert not len(effects_over_time(data, fit(data), [[2]], ends, 10_000).ends)


def test_curves_summaries_and_log_rank_agree_with_r_on_real_data() -> None:
    frame, oracle = deaths(), from_r()
    times, events = frame["time"].to_numpy(np.int64), frame["status"].to_numpy(bool)
    curve = kaplan_meier(times, events)
    for day in (100, 365, 1000, 1826, 2500):
        estimate = curve.cumulative_at(day)
        expected = [oracle[f"{name} {day}"] for name in ("survival", "upper", "lower")]
        ours = [1 - estimate.value, 1 - estimate.lower, 1 - estimate.upper]
        assert ours == pytest.approx(expected, rel=1e-10)
    mean = curve.restricted_mean(FIVE_YEARS_IN_DAYS)
    assert mean.value == pytest.approx(oracle["restricted mean"], rel=1e-10)
    spread = 1.959963984540054 * oracle["restricted mean error"]
    assert mean.upper - mean.value == pytest.approx(spread, rel=1e-8)
    assert curve.half_time(FIVE_YEARS_IN_DAYS).value == oracle["half time"]
    test = log_rank(times, events, pd.Categorical(frame["rx"]).codes.astype(np.int64))
    assert test.statistic == pytest.approx(oracle["log-rank"], rel=1e-10)
    assert test.p_value == pytest.approx(oracle["log-rank p"], rel=1e-10)


@pytest.mark.machine
def test_r_still_says_of_survival_what_the_fixtures_hold(tmp_path: Path) -> None:
    need_r("survival")
    subprocess.run(["Rscript", str(HERE / "survival.R"), str(tmp_path)], check=True)
    for name in ("colon", "heart", "bladder"):
        assert (tmp_path / f"{name}.csv").read_text() == (HERE / f"{name}.csv").read_text()
    assert from_r(tmp_path) == pytest.approx(from_r(), rel=1e-9)


def test_estimates_agree_with_lifelines() -> None:
    frame = deaths()[["time", "status", *RX]].astype(float)
    theirs = CoxPHFitter().fit(frame, "time", "status")
    ours = fit(MODELS["plain"]())
    assert ours.coefficients == pytest.approx(theirs.params_.to_numpy(), rel=1e-4)


def random_spells(rows: list[tuple[int, int, bool, int, int]]) -> Spells:
    start, length, event, x, stratum = (np.array(column) for column in zip(*rows, strict=True))
    return Spells(
        start,
        start + length,
        event.astype(bool),
        np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        x,
        np.arange(len(rows)),
        stratum,
    )


ROWS = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(1, 5), st.booleans(), st.integers(0, 2), st.integers(0, 1)
    ),
    min_size=3,
    max_size=25,
)


def slow_log_likelihood(data: Spells, coefficients: np.ndarray) -> float:
    """Efron's partial likelihood, as it is written in textbooks."""
    hazard = np.exp((data.covariates @ coefficients)[data.patterns])
    total = 0.0
    for stratum in set(data.strata.tolist()):
        own = data.strata == stratum
        for time in sorted(set(data.stop[own & data.events].tolist())):
            at_risk = own & (data.start < time) & (data.stop >= time)
            dying = own & data.events & (data.stop == time)
            total += float(np.log(hazard[dying]).sum())
            for gone in range(int(dying.sum())):
                part = gone / dying.sum() * hazard[dying].sum()
                total -= float(np.log(hazard[at_risk].sum() - part))
    return total


@settings(deadline=None, max_examples=150)
@given(ROWS)
def test_no_other_coefficients_have_a_higher_likelihood(rows: list[tuple]) -> None:
    data = random_spells(rows)
    try:
        found = fit(data)
    except NotFitted:
        return
    best = slow_log_likelihood(data, found.coefficients)
    assert found.log_likelihood == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.null_log_likelihood == pytest.approx(slow_log_likelihood(data, np.zeros(2)))
    for nudge in ([0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]):
        assert slow_log_likelihood(data, found.coefficients + np.array(nudge)) <= best + 1e-12


def slow_concordance(data: Spells, found: Fit) -> float:
    hazard = np.round(data.covariates @ found.coefficients, 12)[data.patterns]
    good = pairs = 0.0
    for i in np.flatnonzero(data.events):
        for j in range(len(data.stop)):
            time = data.stop[i]
            later = data.stop[j] > time or (data.stop[j] == time and not data.events[j])
            if data.strata[i] == data.strata[j] and later and data.start[j] < time:
                pairs += 1
                good += (hazard[i] > hazard[j]) + 0.5 * (hazard[i] == hazard[j])
    return good / pairs if pairs else float("nan")


@settings(deadline=None, max_examples=150)
@given(ROWS, st.floats(-1, 1), st.floats(-1, 1))
def test_concordance_is_that_of_counting_all_pairs(
    rows: list[tuple], first: float, second: float
) -> None:
    data = random_spells(rows)
    told = Fit(np.array([first, second]), np.eye(2), np.eye(2), 0.0, 0.0)
    assert concordance(data, told) == pytest.approx(slow_concordance(data, told), nan_ok=True)


def test_splitting_spells_changes_nothing_when_the_pieces_are_of_one_person() -> None:
    whole = MODELS["plain"]()
    cut = whole.stop // 2
    first = replace(whole, stop=cut, events=np.zeros(len(cut), bool))
    second = replace(whole, start=cut)
    parts = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("start", "stop", "events", "patterns", "clusters", "strata")
    }
    both = replace(whole, **parts)
    kept = both.take(both.stop > both.start)
    ours, theirs = fit(kept), fit(whole)
    assert ours.coefficients == pytest.approx(theirs.coefficients, rel=1e-9)
    assert ours.errors == pytest.approx(theirs.errors, rel=1e-7)


def test_an_event_at_time_zero_counts() -> None:
    x = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    stop = np.array([0, 0, 3, 4, 2, 5])
    nothing = np.zeros(6, dtype=np.int64)
    events = np.array([1, 1, 1, 1, 0, 1], bool)
    data = Spells(nothing, stop, events, x, np.arange(6), np.arange(6), nothing)
    shifted = replace(data, stop=stop + 1)
    assert fit(data).coefficients == pytest.approx(fit(shifted).coefficients)


@pytest.mark.parametrize(
    ("covariates", "events", "reason"),
    [
        ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [1.0, 2.0]], [1, 1, 1, 0], "collinear"),
        ([[1.0], [1.0], [0.0], [0.0]], [1, 1, 0, 0], "separation"),
        ([[1.0], [0.0], [1.0], [0.0]], [0, 0, 0, 0], "no event"),
        ([[1.0], [1.0], [1.0], [1.0]], [1, 0, 1, 1], "collinear"),
    ],
)
def test_a_model_that_cannot_be_fitted_says_why(
    covariates: list[list[float]], events: list[int], reason: str
) -> None:
    n = len(events)
    nothing = np.zeros(n, dtype=np.int64)
    data = Spells(
        nothing,
        np.arange(1, n + 1),
        np.array(events, bool),
        np.array(covariates),
        np.arange(n),
        nothing,
        nothing,
    )
    with pytest.raises(NotFitted, match=reason):
        fit(data)

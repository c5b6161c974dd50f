"""Intervals and funnel limits agree with R, with statsmodels and with sums done by hand."""

from math import comb, exp, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from statsmodels.stats.proportion import proportion_confint

from fjanalysis.limits import (
    binomial_funnel,
    exact_poisson,
    log_log,
    poisson_funnel,
    survival_curve,
    wilson,
)

# R: prop.test(x, n, correct = FALSE); the first four also stand in Newcombe (1998), table I.
WILSON = [
    (81, 263, 0.255288519878, 0.366209576983),
    (15, 148, 0.0623863995307, 0.1604872417233),
    (0, 20, 0.0, 0.161125158053),
    (1, 29, 0.00611321429276, 0.17175521879320),
]
# R: poisson.test(x)$conf.int
POISSON = [
    (0, 0.0, 3.68887945411),
    (1, 0.0253178079843, 5.5716433909389),
    (10, 4.79538869613, 18.39035604202),
]
# R: summary(survfit(Surv(time, status) ~ 1, aml[aml$x == "Maintained", ], conf.type = "log-log"))
AML = [
    # at risk, events, survival, lower, upper
    (11, 1, 0.909090909091, 0.5080802057699, 0.986673822668),
    (10, 1, 0.818181818182, 0.4474286146822, 0.951162228582),
    (8, 1, 0.715909090909, 0.3501903859079, 0.899023974191),
    (7, 1, 0.613636363636, 0.2657520400013, 0.835299243250),
    (5, 1, 0.490909090909, 0.1673309097769, 0.753399790371),
    (4, 1, 0.368181818182, 0.0928295749370, 0.657040832398),
    (2, 1, 0.184090909091, 0.0117384801232, 0.525014842727),
]


@pytest.mark.parametrize(("cases", "base", "lower", "upper"), WILSON)
def test_wilson_gives_the_interval_that_r_gives(cases, base, lower, upper):
    assert np.allclose(wilson(cases, base), (lower, upper), rtol=1e-10, atol=1e-12)


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_wilson_agrees_with_statsmodels(base, share):
    cases = round(base * share)
    expected = proportion_confint(cases, base, method="wilson")
    assert np.allclose(wilson(cases, base), expected, rtol=1e-9, atol=1e-12)


def test_wilson_of_nobody_is_missing():
    assert np.isnan(wilson([0, 1], [0, 2])[0]).tolist() == [True, False]
    assert np.isnan(wilson(np.nan, 10)[0])


@pytest.mark.parametrize(("count", "lower", "upper"), POISSON)
def test_exact_poisson_gives_the_interval_that_r_gives(count, lower, upper):
    assert np.allclose(exact_poisson(count), (lower, upper), rtol=1e-10, atol=1e-12)


@given(st.integers(0, 3000))
def test_an_exact_poisson_limit_leaves_the_tail_that_defines_it(count):
    lower, upper = (float(limit) for limit in exact_poisson(count))
    assert lower <= count <= upper
    terms = np.arange(count + 1)
    logs = terms * np.log(upper) - upper - np.cumsum(np.log(np.maximum(terms, 1)))
    assert np.exp(logs).sum() == pytest.approx(0.025, rel=1e-6)


def _tail_count(probabilities, quantile):
    """Return the interpolated quantile of Spiegelhalter (2005), appendix A.1.1, by plain sums."""
    total = 0.0
    for count, probability in enumerate(probabilities):
        if total + probability >= quantile:
            return max(0.0, count - (total + probability - quantile) / probability)
        total += probability
    raise AssertionError("the probabilities do not add up")


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize(("base", "target"), [(20, 0.3), (57, 0.17), (200, 0.86)])
def test_binomial_funnel_limits_are_the_quantiles_of_plain_sums(base, target, level):
    probabilities = [
        comb(base, k) * target**k * (1 - target) ** (base - k) for k in range(base + 1)
    ]
    lower, upper = binomial_funnel(base, target, level)
    tail = (1 - level) / 2
    assert float(lower) * base == pytest.approx(_tail_count(probabilities, tail), abs=1e-6)
    assert float(upper) * base == pytest.approx(_tail_count(probabilities, 1 - tail), abs=1e-6)


@pytest.mark.parametrize(("population", "target"), [(1000, 0.004), (3000, 0.0048), (10_000, 0.005)])
def test_poisson_funnel_limits_are_the_quantiles_of_plain_sums(population, target):
    mean = population * target
    probabilities = [exp(-mean) * mean**k / factorial(k) for k in range(150)]
    lower, upper = poisson_funnel(population, target, 0.95)
    assert float(lower) * population == pytest.approx(_tail_count(probabilities, 0.025), abs=1e-6)
    assert float(upper) * population == pytest.approx(_tail_count(probabilities, 0.975), abs=1e-6)


def test_funnel_limits_close_in_on_the_target():
    lower, upper = binomial_funnel([50, 500, 5000, 500_000], 0.4, 0.95)
    assert np.all(np.diff(lower) > 0)
    assert np.all(np.diff(upper) < 0)
    assert lower[-1] == pytest.approx(0.4, abs=0.002)


def test_a_life_table_gives_the_curve_and_the_log_log_interval_that_r_gives():
    at_risk, events, survival, lower, upper = np.array(AML).T
    curve, greenwood = survival_curve(at_risk, events)
    assert np.allclose(curve, survival, rtol=1e-10)
    assert np.allclose(log_log(curve, greenwood), (lower, upper), rtol=1e-9)


def test_a_life_table_gives_the_curve_that_lifelines_gives():
    generator = np.random.default_rng(5)
    times = generator.integers(1, 30, 400)
    seen = generator.random(400) < 0.6
    fitted = KaplanMeierFitter().fit(times, seen)
    table = fitted.event_table.iloc[1:]
    curve, _ = survival_curve(table["at_risk"], table["observed"])
    assert np.allclose(curve, fitted.survival_function_["KM_estimate"].iloc[1:], rtol=1e-12)


def test_the_interval_is_missing_where_nobody_or_everybody_returned():
    curve, greenwood = survival_curve([10, 10, 4], [0, 0, 4])
    assert curve.tolist() == [1.0, 1.0, 0.0]
    assert np.isnan(log_log(curve, greenwood)).all()


def test_an_interval_in_which_nobody_is_at_risk_leaves_the_curve_as_it_was():
    curve, _ = survival_curve([10, 0, 0], [5, 0, 0])
    assert curve.tolist() == [0.5, 0.5, 0.5]

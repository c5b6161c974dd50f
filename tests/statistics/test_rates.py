import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fjanalysis.results import problems, tidy
from fjanalysis.statistics.rates import counts, percents, quartiles, rates, withhold

FRAME = pd.DataFrame(
    {
        "area": ["a", "b", "c"],
        "period": "2019-20",
        "level": ["x", "y", "x"],
        "cases": [3, 0, 0],
        "base": [10, 5, 0],
        "people": [2000.0, np.nan, 100.0],
    }
)


def complete(rows: pd.DataFrame) -> pd.DataFrame:
    table = tidy(rows.assign(stream="s").to_dict("records"))
    assert problems(table) == []
    return table


def test_a_count_is_its_own_numerator() -> None:
    rows = complete(counts(FRAME, "m", "cases", dimensions=["level"], note="n"))
    assert rows["group"].tolist() == ["level: x", "level: y", "level: x"]
    assert rows["value"].tolist() == rows["numerator"].tolist() == [3, 0, 0]
    assert rows["denominator"].isna().all()
    assert set(rows["note"]) == {"n"}


def test_a_percentage_has_the_wilson_interval_of_scipy() -> None:
    rows = complete(percents(FRAME, "m", "cases", "base"))
    oracle = stats.binomtest(3, 10).proportion_ci(method="wilson")
    assert rows["value"].iloc[0] == pytest.approx(30)
    assert rows["lower"].iloc[0] == pytest.approx(100 * oracle.low)
    assert rows["upper"].iloc[0] == pytest.approx(100 * oracle.high)


def test_a_percentage_of_nobody_is_not_applicable() -> None:
    rows = complete(percents(FRAME, "m", "cases", "base"))
    assert rows["status"].tolist() == ["ok", "ok", "z"]


def test_a_rate_has_the_exact_poisson_interval() -> None:
    rows = complete(rates(FRAME, "m", "cases", "people"))
    assert rows["value"].iloc[0] == 15
    assert rows["lower"].iloc[0] == pytest.approx(5 * stats.chi2.ppf(0.025, 6) / 2)
    assert rows["upper"].iloc[0] == pytest.approx(5 * stats.chi2.ppf(0.975, 8) / 2)


def test_a_rate_without_a_population_is_unavailable_and_holds_no_count() -> None:
    rows = complete(rates(FRAME, "m", "cases", "people"))
    assert rows["status"].tolist() == ["ok", "x", "ok"]
    assert rows["numerator"].isna().tolist() == [False, True, False]


def test_quartiles_interpolate_as_r_does_by_default() -> None:
    units = pd.DataFrame({"area": "a", "period": "p", "days": [0, 1, 4, 9, None]})
    cells = pd.DataFrame({"area": ["a", "b"], "period": "p"})
    rows = complete(quartiles(units, "m", "days", cells))
    found = rows[rows["area"] == "a"].set_index("statistic")["value"].to_dict()
    # What quantile() of R says of 0, 1, 4 and 9.
    assert found == {
        "lower_quartile_days": 0.75,
        "median_days": 2.5,
        "upper_quartile_days": 5.25,
    }
    assert set(rows[rows["area"] == "b"]["status"]) == {"z"}
    assert set(rows[rows["area"] == "a"]["denominator"]) == {4}


def test_withheld_rows_hold_neither_values_nor_counts() -> None:
    rows = percents(FRAME, "m", "cases", "base")
    out = complete(withhold(rows, pd.Series([True, False, False]), "z"))
    assert out["status"].tolist() == ["z", "ok", "z"]
    assert out.loc[0, ["value", "lower", "upper", "numerator", "denominator"]].isna().all()

from __future__ import annotations

import pandas as pd
import pytest

from fjanalysis.reference import areas
from fjanalysis.results import conform, problems, tidy
from fjanalysis.statistics.variation import variation
from fjanalysis.streams.variation import places_of, variation_rows

ENGLAND = "E92000001"
WINDOW = "2018-19 to 2019-20"
LOCAL = {"DFJ-birmingham": (10, 100), "DFJ-coventry": (30, 100), "DFJ-liverpool": (25, 50)}


def shares(period: str = WINDOW, **places: tuple[int, int]) -> pd.DataFrame:
    key = {"measure": "same_day_hearing", "statistic": "percent", "period": period}
    return tidy(
        {**key, "area": area.replace("_", "-"), "value": 1.0, "numerator": n, "denominator": d}
        for area, (n, d) in places.items()
    )


def table() -> pd.DataFrame:
    local = shares(**{ENGLAND: (65, 250), **LOCAL})
    return pd.concat([local, shares("2019-20", **dict.fromkeys([ENGLAND, *LOCAL], (1, 9)))])


def test_hmcts_regions_are_the_sums_of_their_dfj_areas_over_the_whole_window() -> None:
    rows = variation_rows(table(), areas()).set_index(["statistic", "group"])
    expected = variation([10, 30, 25], [100, 100, 50])
    own = rows.loc[("p_value", "covariate: DFJ area; test: homogeneity")]
    assert (own["value"], own["period"], own["area"]) == (expected.p_value, WINDOW, ENGLAND)
    wider = variation([40, 25], [200, 50])
    assert rows.loc[("dispersion", "covariate: HMCTS region"), "value"] == wider.dispersion
    assert rows["numerator"].tolist() == [65] * 4
    assert not rows.index.get_level_values("group").str.contains("covariate: region").any()


def test_rates_are_compared_over_the_longest_period_whose_denominators_are_known() -> None:
    rates = pd.concat(
        [
            shares("2017-18", **LOCAL),
            shares("2018-19", **LOCAL),
            shares(**{ENGLAND: (65, 250), **LOCAL}),
        ]
    ).assign(statistic="rate_per_10000", note="provisional denominator")
    unknown = rates["period"] == WINDOW
    rates.loc[unknown, ["value", "numerator", "denominator"]] = pd.NA
    rates.loc[unknown, "status"] = "x"
    rows = conform(variation_rows(rates, areas()).assign(stream="urgent-hearings"))
    assert problems(rows) == []
    assert set(rows["period"]) == {"2018-19"}
    assert set(rows["note"]) == {"provisional denominator"}
    rows = rows.set_index(["statistic", "group"])["value"]
    expected = variation([10, 30, 25], [100, 100, 50], of_persons=False)
    assert rows["p_value", "covariate: DFJ area; test: homogeneity"] == expected.p_value


def test_its_rows_keep_the_contract_and_say_where_nothing_can_be_told() -> None:
    nobody = shares(**{ENGLAND: (0, 250), **dict.fromkeys(LOCAL, (0, 9))})
    rows = conform(variation_rows(nobody, areas()).assign(stream="urgent-hearings"))
    assert problems(rows) == []
    assert set(rows["status"]) == {"x"}
    assert set(rows["note"]) == {"no event"}


def test_every_dfj_area_lies_in_an_hmcts_region_of_its_nation() -> None:
    found = {(nation, level): places for nation, level, places in places_of(areas())}
    assert len(found[ENGLAND, "DFJ area"]) == 40
    assert len(set(found[ENGLAND, "HMCTS region"].values())) == 6
    assert set(found["W92000004", "HMCTS region"].values()) == {"HMCTS-wales"}
    assert found["W92000004", "region"] == {}


@pytest.mark.parametrize("statistic", ["count", "p_value"])
def test_only_shares_and_rates_are_compared(statistic: str) -> None:
    assert variation_rows(table().assign(statistic=statistic), areas()).empty

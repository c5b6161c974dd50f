"""The truth beside the synthetic data is what the data were drawn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fjanalysis.sources.connections import FolderSource
from fjanalysis.sources.synthetic import synthesise
from fjanalysis.sources.synthetic.records import APPLICATION

REFRESH, SCALE = "2026-02-01", 0.06
FOLLOW_UP_END = pd.Timestamp("2026-01-31")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("truth") / "source"
    synthesise(place, REFRESH, scale=SCALE, seed=8, faults=False)
    return place


@pytest.fixture(scope="module")
def expected(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "truth" / "expected.csv", keep_default_na=False)


def rows(folder: Path, name: str) -> pd.DataFrame:
    frame = pd.read_parquet(folder / "truth" / f"{name}.parquet")
    for column in ("issue", "next", "ends", "origin", "since", "until"):
        if column in frame:
            frame[column] = pd.to_datetime(frame[column])
    return frame


def one(expected: pd.DataFrame, **key: str) -> float:
    mine = expected
    for name, value in key.items():
        mine = mine[mine[name] == value]
    (value,) = mine["value"]
    return float(value)


def kaplan_meier(days: np.ndarray, event: np.ndarray, horizon: float) -> tuple[float, float]:
    """Return the cumulative percent at the horizon, and Greenwood's standard error."""
    order = np.argsort(days, kind="stable")
    days, event = days[order], event[order]
    times, begins = np.unique(days, return_index=True)
    deaths = np.add.reduceat(event.astype(float), begins)
    at_risk, until = len(days) - begins, times <= horizon
    deaths, at_risk = deaths[until], at_risk[until]
    stay = np.prod(1 - deaths / at_risk)
    spread = stay * np.sqrt((deaths / (at_risk * np.maximum(at_risk - deaths, 1))).sum())
    return 100 * (1 - stay), 100 * spread


def index_mothers(folder: Path) -> pd.DataFrame:
    sets = rows(folder, "sets")
    sets = sets[sets["system"] != "cymru"].sort_values("issue").drop_duplicates("mother")
    return sets[sets["issue"].between("2010-04-01", "2025-03-31")]


@pytest.mark.parametrize(
    ("age", "low", "high"),
    [("", 0, 99), ("under 20", 0, 20), ("25 to 29", 25, 30), ("35 and over", 35, 99)],
)
@pytest.mark.parametrize("years", [1, 5, 10])
def test_mothers_return_as_the_expected_curve_says(folder, expected, age, low, high, years):
    mothers = index_mothers(folder)
    mothers = mothers[(mothers["age"] / 365.25).between(low, high, inclusive="left")]
    returned = mothers["next"] <= FOLLOW_UP_END
    end = mothers["next"].where(returned, FOLLOW_UP_END)
    days = (end - mothers["issue"]).dt.days.to_numpy()
    found, spread = kaplan_meier(days, returned.to_numpy(), years * 365.25)
    group = "parent: mother" + (f"; age: {age}" if age else "")
    horizon = "1 year" if years == 1 else f"{years} years"
    wanted = one(expected, measure="any_return", area="E92000001", group=group, horizon=horizon)
    assert abs(found - wanted) < 3.5 * spread


@pytest.mark.parametrize("years", [1, 3, 8])
@pytest.mark.parametrize("sex", ["", "male", "female"])
def test_private_families_return_as_the_expected_curve_says(folder, expected, years, sex):
    cases = rows(folder, "private_cases")
    cases = cases[(cases["system"] != "cymru") & (cases["sought"] <= APPLICATION["enforcement"])]
    cases = cases.sort_values("issue").drop_duplicates("family")
    cases = cases[cases["issue"].between("2010-04-01", "2025-03-31")]
    cases = cases[cases["origin"] <= FOLLOW_UP_END]
    if sex:
        cases = cases[cases["sex"] == ("female", "male").index(sex)]
    until = cases["ends"].clip(upper=FOLLOW_UP_END)
    returned = cases["next"] <= until
    days = (cases["next"].where(returned, until) - cases["origin"]).dt.days.clip(lower=0)
    found, spread = kaplan_meier(days.to_numpy(), returned.to_numpy(), years * 365.25)
    horizon = "1 year" if years == 1 else f"{years} years"
    group = f"sex: {sex}" if sex else ""
    wanted = one(expected, measure="first_return", area="E92000001", group=group, horizon=horizon)
    assert abs(found - wanted) < 3.5 * spread


def source(folder: Path, name: str) -> pd.DataFrame:
    (path,) = folder.glob(f"CAFE_ECMS_{name}_*.parquet")
    return pd.read_parquet(path)


def test_the_notice_of_newborn_cases_falls_as_its_chances_say(folder):
    sets = rows(folder, "sets")
    sets = sets[(sets["system"] == "ecms") & (sets["newborn"] == 1)]
    hearings = source(folder, "HEARINGS1").groupby("CASE_ID_PE")["HEARINGDATE"].min()
    sets = sets.join(pd.to_datetime(hearings).rename("heard"), on="case")
    heard = sets[sets["heard"].notna() & (sets["heard"] >= sets["issue"])]
    notice = (heard["heard"] - heard["issue"]).dt.days
    for chance, days in (("same_day", 0), ("emergency", 2), ("short_notice", 7)):
        found, wanted = (notice <= days).mean(), heard[chance].mean()
        spread = np.sqrt(wanted * (1 - wanted) / len(heard))
        assert abs(found - wanted) < 3.5 * spread, chance


def test_the_published_notice_is_expected_by_year_and_region(expected):
    def share(measure: str, area: str, period: str) -> float:
        return one(expected, measure=measure, area=area, period=period)

    for area in ("E92000001", "W92000004", "E12000001", "E12000007"):
        same, soon, short = (
            share(f"{name}_hearing", area, "2019-20")
            for name in ("same_day", "emergency", "short_notice")
        )
        assert 0 < same < soon < short < 100
    assert share("same_day_hearing", "E12000001", "2019-20") > 2 * share(
        "same_day_hearing", "E12000007", "2019-20"
    )


def test_newborn_children_are_placed_as_their_chances_say(folder):
    babies = rows(folder, "newborns")
    babies = babies[(babies["system"] == "ecms") & (babies["issue"] < "2024-01-01")]
    orders = source(folder, "LEGALOUTPUTS")
    placed = set(orders[orders["LEGALOUTPUTTYPE_ID"] == 1]["PERSON_ID_PE"])
    found, wanted = babies["child"].isin(placed).mean(), babies["placement_order"].mean()
    spread = np.sqrt(wanted * (1 - wanted) / len(babies))
    # A child who comes back after years may be placed then: a little more.
    assert -3.5 * spread < found - wanted < 3.5 * spread + 0.01


def test_ratios_are_those_of_the_calibration_to_the_references_of_the_analyses(expected):
    ratios = expected[expected["statistic"].isin(["hazard_ratio", "odds_ratio"])]
    values = ratios[ratios["area"] == ""].set_index("group")["value"]
    assert values["parent: mother; age: 25 to 29"] == 1
    assert values["parent: mother; age: under 20"] == pytest.approx(1.65)
    assert values["parent: mother; region: North West"] == 1
    assert values["sex: female"] == pytest.approx(0.85)
    assert values["subsequent infant: yes"] == pytest.approx(1.45)


def test_expected_hazard_ratios_are_of_the_models_of_england(expected):
    ratios = expected[(expected["statistic"] == "hazard_ratio") & (expected["area"] != "")]
    assert set(ratios["area"]) == {"E92000001"}
    assert set(ratios["period"]) == {"2010-11 to 2024-25"}
    values = ratios.set_index("group")["value"]
    # Sets before the records make some first sets later ones, before 2014 more than afterwards.
    assert 1.08 < values["parent: mother; index period: from April 2014"] < 1.12
    # From 46 on mothers return only about older children.
    assert 0.44 < values["parent: mother; age: 35 and over"] < 0.49
    assert 0.85 < values["sex: female"] < 0.87
    assert values["region: London"] == pytest.approx(1, abs=0.02)


def test_orders_of_a_case_are_the_most_interventionist_of_its_children(folder):
    babies = rows(folder, "newborns")
    names = [name for name in babies if name.endswith("order") or name == "special_guardianship"]
    newer = babies[babies["system"] == "ecms"]
    older = babies[babies["system"] != "ecms"]
    assert older["placement_order"].mean() > newer["placement_order"].mean()
    several = [*names, "child_arrangements", "dismissed", "withdrawn"]
    assert (1 - newer[several].sum(axis=1)).round(3).eq(0.03).all()
    assert (1 - older[several].sum(axis=1)).max() < 0.0301


def test_nothing_that_reads_a_source_sees_the_truth(folder):
    names = {table.name for table in FolderSource(folder).tables()}
    assert not {"faults", "sets", "expected", "revisions"} & {name.lower() for name in names}
    assert (folder / "truth" / "faults.parquet").is_file()

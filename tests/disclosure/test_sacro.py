"""The layout of ACRO: its own loader opens a pack, and what ACRO fails we withhold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from acro import ACRO
from acro.record import load_records
from acro.version import __version__

from fjanalysis.disclosure import sacro
from fjanalysis.disclosure.audit import check_pack
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.pack import pack
from fjanalysis.packs import CHECKSUMS, checksum_lines, read_pack
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import tidy
from tests.disclosure.curves import curve
from tests.disclosure.folders import (
    APART,
    DATE,
    count,
    percent,
    project,
    write_refresh,
    write_results,
)

ROWS = [count("newborn_cases", 2914), percent("same_day_hearing", 503, 2800), count("twins", 7)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = project(tmp_path)
    write_refresh(made)
    write_results(made, ROWS)
    return pack(made, (), DATE).folder


def test_acro_loads_every_output_with_its_status_cells_command_and_comments(folder: Path) -> None:
    assert __version__ == sacro.VERSION
    records = load_records(str(folder))
    names = {
        f"output-urgent-hearings-{name}" for name in ("newborn_cases", "same_day_hearing", "twins")
    }
    assert set(records.results) == names
    twins = records.results["output-urgent-hearings-twins"]
    assert twins.status == "review"
    table, (row, column) = twins.output[0], twins.sdc["cells"]["suppressed"][0]
    assert pd.isna(table.iloc[row, column + 1])
    assert table.columns[column + 1] == "value"
    assert twins.command.startswith("fjanalysis pack urgent-hearings")
    assert twins.comments
    assert records.results["output-urgent-hearings-newborn_cases"].status == "pass"


def test_the_checksums_are_those_of_the_files(folder: Path) -> None:
    listed = sorted((folder / "checksums").iterdir())
    assert len(listed) == 4
    for path in listed:
        data = (folder / path.name.removesuffix(".txt")).read_bytes()
        assert path.read_text() == hashlib.sha256(data).hexdigest()


def test_an_output_that_shows_more_than_the_results_fails_the_audit(
    folder: Path, tmp_path: Path
) -> None:
    path = folder / "output-urgent-hearings-newborn_cases.csv"
    path.write_text(path.read_text().replace("2915", "2914"))
    (folder / "people.csv").write_text("name\n")
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    report = check_pack(project(tmp_path), folder)
    assert "newborn_cases.csv shows something else than the results do" in report.text
    assert "people.csv is no file of a pack" in report.text


def test_the_three_parts_of_a_life_table_are_one_output_to_the_letter(tmp_path: Path) -> None:
    made = project(tmp_path)
    write_refresh(made)
    write_results(made, [*ROWS, *curve([30] * 12, [20] * 12, 1203)])
    folder = pack(made, (), DATE).folder
    path = folder / "output-urgent-hearings-any_return-life-table.csv"
    table = pd.read_csv(path)
    assert list(table)[-4:] == ["at_risk", "events", "censored", "status"]
    assert table["horizon"].tolist() == [f"{month} months" for month in range(13)]
    results = read_pack(folder).results
    for part in ("at_risk", "events", "censored"):
        rows = results[results["measure"] == f"any_return_{part}"].set_index("horizon")
        assert rows.loc[table["horizon"], "numerator"].tolist() == table[part].tolist()
    assert check_pack(made, folder).passed
    number = str(table["at_risk"].iloc[1])
    path.write_text(path.read_text().replace(number, str(int(number) + 5), 1))
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    assert f"{path.name} shows something else than the results do" in check_pack(made, folder).text
    path.unlink()
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    assert (
        "No output shows output-urgent-hearings-any_return_events" in check_pack(made, folder).text
    )


def test_a_month_at_which_one_part_of_a_life_table_is_withheld_is_marked_and_no_number_lost() -> (
    None
):
    rows = tidy({**row, "stream": "s"} for row in curve([30] * 2, [20] * 2, 200))
    lost = (rows["measure"] == "any_return_at_risk") & (rows["horizon"] == "1 months")
    rows.loc[lost, ["value", "numerator"]] = [np.nan, pd.NA]
    rows.loc[lost, "status"] = "c"
    ((_, _, table),) = sacro.tables_of(rows).values()
    assert table["status"].tolist() == ["ok", "c", "ok"]
    assert table["events"].tolist() == [0, 30, 30]
    assert table["at_risk"].isna().tolist() == [False, True, False]


def test_an_output_leaves_out_columns_without_anything_but_none_with_something(
    folder: Path, tmp_path: Path
) -> None:
    path = folder / "output-urgent-hearings-newborn_cases.csv"
    table = pd.read_csv(path)
    assert "horizon" not in table
    assert "denominator" not in table
    table.drop(columns="numerator").to_csv(path, index=False)
    (folder / CHECKSUMS).write_text(checksum_lines(folder))
    report = check_pack(project(tmp_path), folder)
    assert "newborn_cases.csv shows something else than the results do" in report.text


@pytest.mark.parametrize("seed", range(4))
def test_wherever_acro_fails_a_cell_of_a_table_it_is_withheld(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "year": random.choice(["2017-18", "2018-19", "2019-20"], 160, p=[0.6, 0.3, 0.1]),
            "area": random.choice(["E12000001", "E12000002", "E12000003"], 160, p=[0.7, 0.2, 0.1]),
        }
    )
    session = ACRO(suppress=False)
    session.crosstab(people["area"], people["year"])
    session.finalise("acro")
    made = json.loads((tmp_path / "acro" / "results.json").read_text())["results"]["output_0"]
    failed = {
        (area, year)
        for year, column in made["outcome"].items()
        for area, outcome in column.items()
        if "Threshold" in outcome
    }
    table = pd.crosstab(people["area"], people["year"])
    rows = tidy(
        {**count("newborn_cases", int(number), area=area, period=year), "stream": "urgent-hearings"}
        for area, numbers in table.iterrows()
        for year, number in numbers.items()
    )
    assert failed
    # ACRO fails a cell of nobody too; the standard profile shows nobody, the stricter one does not.
    some = {(area, year) for area, year in failed if table.loc[area, year] > 0}
    for expected, profile in (
        (some, DisclosureProfile()),
        (failed, DisclosureProfile(zeros_are_disclosive=True)),
    ):
        done = prepare(rows, {}, profile, exceptions=[APART]).control().results
        hidden = done[done["status"] == "c"]
        assert expected <= set(zip(hidden["area"], hidden["period"], strict=True))


def finalised(session: ACRO) -> dict[str, Any]:
    session.finalise("acro")
    found: dict[str, Any] = json.loads(Path("acro/results.json").read_text())
    return found


def people_of(seed: int, number: int = 160) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    areas = random.choice(["E12000001", "E12000002", "E12000003"], number, p=[0.7, 0.2, 0.1])
    years = random.choice(["2017-18", "2018-19", "2019-20"], number, p=[0.6, 0.3, 0.1])
    days = random.integers(1, 40, number).astype(float)
    return pd.DataFrame({"area": areas, "year": years, "days": days})


def test_the_layout_is_that_which_acro_itself_writes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = ACRO(suppress=True)
    people = people_of(1)
    session.crosstab(people["area"], people["year"])
    theirs, ours = finalised(session), json.loads((folder / "results.json").read_text())
    assert {name: type(value) for name, value in ours.items()} == {
        name: type(value) for name, value in theirs.items()
    }
    assert set(theirs["tool"]) - set(ours["tool"]) == {"url"}
    model = theirs["results"]["output_0"]
    for name, output in ours["results"].items():
        assert output["uid"] == name
        assert {key: type(value) for key, value in output.items()} == {
            key: type(value) for key, value in model.items()
        }
        assert output["status"] in ("pass", "fail", "review")
        assert set(output["properties"]) == set(model["properties"])
        for file in output["files"]:
            assert set(file) == set(model["files"][0])
            assert set(file["sdc"]) == set(model["files"][0]["sdc"])
            assert (folder / file["name"]).is_file()
    risks = json.loads((folder / "config.json").read_text())
    assert (risks["safe_threshold"], risks["safe_dof_threshold"]) == (10, 10)
    assert {"safe_threshold", "safe_dof_threshold", "zeros_are_disclosive"} <= set(
        json.loads(Path("acro/config.json").read_text())
    )
    # Of each output's files and of results.json there is a checksum, named after the file.
    for made, where in ((theirs, tmp_path / "acro"), (ours, folder)):
        listed = {file["name"] for each in made["results"].values() for file in each["files"]}
        named = {path.name for path in (where / "checksums").iterdir()}
        assert named == {f"{name}.txt" for name in (*listed, "results.json")}
        for path in (where / "checksums").iterdir():
            data = (where / path.name.removesuffix(".txt")).read_bytes()
            assert path.read_text() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("seed", range(3))
def test_wherever_acro_fails_a_median_it_is_withheld(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    people = people_of(seed)
    session = ACRO(suppress=False)
    session.pivot_table(people, values="days", index="area", columns="year", aggfunc="median")
    outcome = finalised(session)["results"]["output_0"]["outcome"]
    failed = {
        (area, year)
        for year, column in outcome.items()
        for area, said in column.items()
        if said.strip() not in ("", "ok")
    }
    groups = people.groupby(["area", "year"])["days"]
    rows = tidy(
        {
            **count("notice_days", len(days), area=area, period=year),
            "stream": "urgent-hearings",
            "statistic": "median_days",
            "value": float(days.median()),
            "denominator": len(days),
        }
        for (area, year), days in groups
    )
    done = prepare(rows, {}, DisclosureProfile(), exceptions=[APART]).control().results
    hidden = set(
        done.loc[done["status"] == "c", ["area", "period"]].itertuples(index=False, name=None)
    )
    assert failed
    assert {each for each in failed if each in groups.groups} <= hidden


@pytest.mark.parametrize("persons", [26, 30, 31, 40])
def test_wherever_acro_fails_a_model_its_figures_are_withheld(
    persons: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(persons)
    terms = [f"d{number}" for number in range(20)]
    held = pd.DataFrame(random.normal(size=(persons, 20)), columns=terms).assign(constant=1.0)
    outcome = pd.Series(random.permutation(np.arange(persons) % 2))
    session = ACRO(suppress=False)
    session.ols(outcome, held)
    made = finalised(session)["results"]["output_0"]
    events = int(outcome.sum())
    levels = [(term, level) for term in terms for level in ("no", "yes")]
    rows = tidy(
        {
            **count("adoption", events // 2, group=f"{term}: {level}"),
            "stream": "urgent-hearings",
            "statistic": "odds_ratio",
            "value": 1.0 if level == "no" else 1.5,
            **({} if level == "no" else {"lower": 1.1, "upper": 2.0}),
            "denominator": persons // 2 + (persons % 2 if level == "no" else 0),
        }
        for term, level in levels
    )
    # A threshold so low that only the degrees of freedom can be too few.
    done = prepare(rows, {}, DisclosureProfile(threshold=5), exceptions=[APART]).control().results
    withheld = set(done["status"]) == {"c"}
    assert (made["status"] == "fail") == (persons - 21 < 10)
    assert withheld == (made["status"] == "fail")

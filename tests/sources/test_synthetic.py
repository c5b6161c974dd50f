from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fjanalysis.errors import UsageError
from fjanalysis.folders import files_below, sha256
from fjanalysis.sources.mapping import read_mapping
from fjanalysis.sources.synthetic import MARK, generator, synthesise
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.arrivals import return_days
from fjanalysis.sources.synthetic.expectations import Baseline, Curves, Followed
from fjanalysis.sources.synthetic.faults import Faults, mistyped_century
from fjanalysis.sources.synthetic.generator import draw_world
from fjanalysis.sources.synthetic.layout import key
from fjanalysis.sources.synthetic.records import day, year_of

SCALE = 0.01


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("synthetic") / "source"
    synthesise(place, "2020-04-01", scale=SCALE, seed=3)
    return place


def table(folder: Path, name: str) -> dict[str, np.ndarray]:
    (path,) = folder.glob(f"{name}_*.parquet")
    frame = pq.read_table(path)
    return {column: frame[column].to_numpy() for column in frame.column_names}


def hashes(folder: Path) -> dict[str, str]:
    return {name: sha256(folder / name) for name in files_below(folder)}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(folder, tmp_path):
    synthesise(tmp_path / "again", "2020-04-01", scale=SCALE, seed=3)
    assert hashes(tmp_path / "again") == hashes(folder)
    synthesise(tmp_path / "other", "2020-04-01", scale=SCALE, seed=4)
    name = "CAFE_ECMS_PEOPLE_20200401.parquet"
    assert hashes(tmp_path / "other")[name] != hashes(folder)[name]


def test_every_table_and_column_that_the_mapping_reads_is_written(folder):
    mapping = read_mapping("ecms", folder)
    for source in mapping.tables.values():
        (path,) = folder.glob(f"{source.physical}_20200401.parquet")
        names = set(pq.read_schema(path).names)
        for column in source.columns.values():
            assert names & set(column.names), (source.physical, column.names)


def test_the_source_says_that_it_is_synthetic(folder):
    mark = json.loads((folder / MARK).read_text())
    assert mark["synthetic"] is True
    assert mark["seed"] == 3


def test_role_flags_are_text_and_birth_weeks_are_mondays(folder):
    roles = table(folder, "CAFE_ECMS_PERSONSONAPPLICATIONS")
    assert set(roles["ISSUBJECT"]) == {"true", "false"}
    weeks = table(folder, "CAFE_ECMS_PEOPLE")["WEEKOFBIRTH"].astype("datetime64[D]")
    weeks = weeks[~np.isnat(weeks)]
    plausible = (weeks > np.datetime64("1900-01-01")) & (weeks < np.datetime64("2030-01-01"))
    mondays = (weeks.astype(np.int64) + 3) % 7 == 0
    assert mondays[plausible].all()
    assert (~plausible).any(), "some centuries are mistyped"


def test_relationships_stand_in_both_directions(folder):
    rows = table(folder, "CAFE_ECMS_PERSONRELATIONSHIPS")
    forward = set(zip(rows["PERSON_ID_PE"], rows["RELATEDPERSON_ID_PE"], strict=True))
    back = set(zip(rows["RELATEDPERSON_ID_PE"], rows["PERSON_ID_PE"], strict=True))
    assert len(forward & back) / len(forward) > 0.99


def test_nothing_after_the_refresh_is_known(folder):
    for name, column in (
        ("CAFE_ECMS_HEARINGS1", "HEARINGDATE"),
        ("CAFE_ECMS_LEGALOUTPUTS", "DATEORDERED"),
        ("CAFE_ECMS_CASES", "CLOSUREDATE"),
        ("CAFE_ECMS_APPLICATIONS", "DATEOFAPPLICATION"),
    ):
        days = table(folder, name)[column].astype("datetime64[D]")
        assert days[~np.isnat(days)].max() <= np.datetime64("2020-04-01"), name


def test_without_faults_rows_stand_once_and_every_role_has_its_application(tmp_path):
    report = synthesise(tmp_path / "clean", "2020-04-01", scale=SCALE, seed=3, faults=False)
    assert report.faults == {}
    for name in ("CASES", "APPLICATIONS", "PEOPLE", "HEARINGS1", "LEGALOUTPUTS"):
        ids = table(tmp_path / "clean", f"CAFE_ECMS_{name}")["ID_PE"]
        assert len(set(ids)) == len(ids), name
    applications = set(table(tmp_path / "clean", "CAFE_ECMS_APPLICATIONS")["ID_PE"])
    roles = table(tmp_path / "clean", "CAFE_ECMS_PERSONSONAPPLICATIONS")
    assert set(roles["APPLICATION_ID_PE"]) <= applications
    assert applications == set(roles["APPLICATION_ID_PE"])


def test_a_later_refresh_keeps_the_families_of_an_earlier_one(folder, tmp_path):
    synthesise(tmp_path / "later", "2021-04-01", scale=SCALE, seed=3)
    before = set(table(folder, "CAFE_ECMS_CASES")["ID_PE"])
    after = set(table(tmp_path / "later", "CAFE_ECMS_CASES")["ID_PE"])
    assert before < after


def test_volumes_follow_the_published_series():
    world = draw_world(0.2, (11,))
    cases = world.cases.columns()
    year = year_of(cases["issue"])
    england = cases["region"] != c.WALES
    for name, law, tolerance in (("PRIVATE_CASES", 1, 0.06), ("CARE_CASES", 0, None)):
        for each in (2010, 2016, 2022):
            found = (england & (year == each) & (cases["law"] == law)).sum() / 0.2
            wanted = float(c.at(getattr(c, name)["England"], np.array([each]))[0])
            if tolerance:
                assert found == pytest.approx(wanted, rel=tolerance)
            else:
                assert wanted < found < 1.6 * wanted, "care cases and other public law"


def test_the_curve_of_returns_is_the_one_that_was_asked_for():
    random = np.random.Generator(np.random.PCG64(5))
    days = return_days(c.RETURN_YEARS, c.RETURN_SHARE, np.full(200_000, 1.0), random)
    for years, share in ((1, 0.06), (5, 0.22), (10, 0.29)):
        assert (days < years * 365.25).mean() == pytest.approx(share, abs=0.003)
    doubled = return_days(c.RETURN_YEARS, c.RETURN_SHARE, np.full(200_000, 2.0), random)
    assert (doubled < 5 * 365.25).mean() == pytest.approx(1 - (1 - 0.22) ** 2, abs=0.004)


def test_a_fault_falls_on_the_same_rows_at_every_refresh():
    ids = np.arange(200_000)
    early, late = Faults((1, 0), on=True), Faults((1, 0), on=True)
    first = ids[early.rows("birth week missing", ids)]
    second = ids[100_000:][late.rows("birth week missing", ids[100_000:])]
    assert set(first[first >= 100_000]) == set(second)
    assert len(first) == pytest.approx(800, abs=120)


def test_a_mistyped_century_keeps_month_and_day():
    weeks = np.array([day("1985-03-04"), day("2015-06-01"), day("2015-06-01"), day("1990-01-01")])
    wrong = np.array([True, True, True, False])
    typed = mistyped_century(weeks, wrong, np.array([0.0, 0.1, 0.9, 0.0])).astype("datetime64[D]")
    assert [str(each) for each in typed] == ["1885-03-04", "2215-06-01", "2915-06-01", "1990-01-01"]
    (other,) = mistyped_century(weeks[:1], wrong[:1], np.array([0.9])).astype("datetime64[D]")
    assert str(other) == "7985-03-04"


def test_keys_do_not_collide_within_or_across_chunks():
    numbers = np.arange(300_000)
    keys = np.concatenate([key("person", numbers, chunk) for chunk in range(3)])
    assert len(set(keys.tolist())) == len(keys)


@pytest.mark.parametrize(
    ("scale", "refresh", "words"),
    [
        (0, "2020-04-01", "scale"),
        (0.1, "2050-01-01", "makes no refresh"),
        (-1, "2020-04-01", "scale"),
    ],
)
def test_a_scale_or_date_out_of_range_is_refused(tmp_path, scale, refresh, words):
    with pytest.raises(UsageError, match=words):
        synthesise(tmp_path / "x", refresh, scale=scale)
    assert not (tmp_path / "x").exists()


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="other things"):
        synthesise(tmp_path, "2020-04-01", scale=SCALE)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_region_weights_and_names_fit_together():
    assert len(c.CARE_WEIGHTS) == len(c.PRIVATE_WEIGHTS) == 9
    assert len(c.REGIONS) == 10
    assert all(re.fullmatch(r"[EW]\d{8}", code) for code in c.REGIONS)
    assert c.FINAL_SHARES.sum(axis=1) == pytest.approx(np.ones(4))


def test_above_one_chunk_families_are_drawn_in_parts_that_stand_together(tmp_path, monkeypatch):
    monkeypatch.setattr(generator, "CHUNK_SCALE", 0.004)
    report = synthesise(tmp_path / "parts", "2020-04-01", scale=0.012, seed=3, faults=False)
    for name in ("CASES", "APPLICATIONS", "PEOPLE", "PERSONRELATIONSHIPS", "LEGALOUTPUTS"):
        ids = table(tmp_path / "parts", f"CAFE_ECMS_{name}")["ID_PE"]
        assert len(set(ids)) == len(ids), name
    roles = table(tmp_path / "parts", "CAFE_ECMS_PERSONSONAPPLICATIONS")
    people = set(table(tmp_path / "parts", "CAFE_ECMS_PEOPLE")["ID_PE"])
    assert set(roles["PERSON_ID_PE"]) <= people
    whole = synthesise(tmp_path / "one", "2020-04-01", scale=0.004, seed=3, faults=False)
    ratio = sum(report.rows.values()) / sum(whole.rows.values())
    assert 2.6 < ratio < 3.4
    first = pq.read_table(next((tmp_path / "one").glob("CAFE_ECMS_CASES_*")))
    assert set(first["ID_PE"].to_pylist()) <= set(
        table(tmp_path / "parts", "CAFE_ECMS_CASES")["ID_PE"].tolist()
    )


def test_the_expected_values_of_parts_add_up():
    baseline = Baseline(np.array([0.0, 10.0]), np.array([0.0, 0.3]))
    random = np.random.Generator(np.random.PCG64(2))
    ratio, until = random.uniform(0.5, 2, 400), random.integers(100, 4000, 400)
    key = ("any_return", "E92000001", "2010-11", "")
    half = np.arange(400) < 200
    together, apart = Curves(), Curves()
    together.add(Followed(ratio, until, until), {key: np.ones(400, dtype=bool)}, baseline)
    for part in (half, ~half):
        mine = Followed(ratio[part], until[part], until[part])
        apart.add(mine, {key: np.ones(200, dtype=bool)}, baseline)
    one, two = ([each[2] for each in curves.percents()] for curves in (together, apart))
    assert one == pytest.approx(two)


def test_the_expected_curve_of_equal_families_is_the_one_they_have():
    baseline = Baseline(np.array([0.0, 2.0, 10.0]), np.array([0.0, 0.2, 0.3]))
    key = ("any_return", "E92000001", "2010-11", "")
    curves = Curves()
    days = np.full(50, 6000)
    curves.add(Followed(np.full(50, 2.0), days, days), {key: np.ones(50, dtype=bool)}, baseline)
    found = {horizon: percent for _, horizon, percent, _ in curves.percents()}
    assert found["2 years"] == pytest.approx(100 * (1 - 0.8**2), abs=0.01)
    assert found["10 years"] == pytest.approx(100 * (1 - 0.7**2), abs=0.01)

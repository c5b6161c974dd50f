from __future__ import annotations

import re

import pytest

from fjanalysis.errors import SourceError
from fjanalysis.reference import (
    areas,
    births,
    child_population,
    court_areas,
    court_name,
    dfj_names,
    local_authorities,
    normal_name,
    source,
)
from fjanalysis.reference.tables import COLUMNS


def test_areas_are_two_nations_nine_regions_seven_court_regions_and_43_judge_areas():
    counts = areas()["level"].value_counts().to_dict()
    assert counts == {"nations": 1, "nation": 2, "region": 9, "hmcts-region": 7, "dfj-area": 43}


def test_every_area_but_the_largest_lies_in_an_area_of_a_level_above():
    frame = areas().set_index("code")
    assert frame.index.is_unique
    levels = {
        "nation": "nations",
        "region": "nation",
        "hmcts-region": "nation",
        "dfj-area": "hmcts-region",
    }
    for code, row in frame.iterrows():
        if row["level"] != "nations":
            assert frame.loc[row["parent"], "level"] == levels[row["level"]], code


def test_no_two_areas_of_a_level_share_a_name():
    assert not areas().duplicated(["level", "name"]).any()


def test_england_has_153_authorities_today_and_wales_22():
    frame = local_authorities()
    today = frame[frame["ended"] == ""]
    assert today["nation"].value_counts().to_dict() == {"England": 153, "Wales": 22}
    assert frame["code"].is_unique
    known = set(areas().query("level == 'region'")["code"]) | {"W92000004"}
    assert set(frame["region"]) == known


def test_an_authority_that_ended_has_one_that_began_the_day_after_in_its_region():
    frame = local_authorities()
    for region, ended in zip(
        *frame.loc[frame["ended"] != "", ["region", "ended"]].T.values, strict=True
    ):
        began = frame[(frame["region"] == region) & (frame["started"] > ended)]
        assert not began.empty


def test_names_are_compared_without_case_marks_and_words_that_say_nothing():
    assert normal_name("Ynys Môn") == "ynysmon"
    assert normal_name("CLEVELAND AND SOUTH DURHAM DFJ Area") == normal_name(
        "Cleveland & South Durham"
    )
    assert dfj_names()["normal"].is_unique


def test_every_file_says_where_it_comes_from():
    for name in set(COLUMNS) - {"courts"}:
        said = source(name)
        assert said.licence == "Open Government Licence v3.0"
        assert said.confidence in ("official list", "computed", "general knowledge")
        assert re.fullmatch(r"20\d\d(-\d\d)?", said.date), name
        assert said.title, name
        assert said.source, name


def test_a_file_of_the_users_own_may_say_where_it_comes_from_and_how_sure_it_is(tmp_path):
    rows = "".join(f"E92000001,{year},1000\n" for year in (2015, 2016))
    path = tmp_path / "live_births.csv"
    for confidence, note in (("computed", ""), ("general knowledge", "provisional denominator")):
        path.write_text(f"# source: Ours\n# confidence: {confidence}\narea,year,births\n{rows}")
        assert source("live_births", tmp_path).source == "Ours"
        frame = births(tmp_path)
        assert frame.loc[frame["area"] == "E92000001", "note"].tolist() == [note]


def test_a_file_of_the_users_own_takes_the_place_of_ours_or_is_refused(tmp_path):
    path = tmp_path / "local_authorities.csv"
    path.write_text(
        "code,name,region,started,ended,other_names\nE06000001,Hartlepool,E12000001,,,\n"
    )
    assert len(local_authorities(tmp_path)) == 1
    path.write_text("code,name\nE06000001,Hartlepool\n")
    with pytest.raises(SourceError, match="no column region"):
        local_authorities(tmp_path)


def test_a_look_up_of_courts_gives_their_dfj_area_and_its_region(tmp_path):
    assert court_areas(tmp_path) == {}
    path = tmp_path / "courts.csv"
    path.write_text("court,dfj_area\nFamily Court at Leeds,DFJ-west-yorkshire\n")
    found = court_areas(tmp_path)
    assert found[court_name("FAMILY COURT LEEDS")] == ("DFJ-west-yorkshire", "HMCTS-north-east")
    path.write_text("court,dfj_area\nLeeds,DFJ-nowhere\n")
    with pytest.raises(SourceError, match="DFJ-nowhere, which is not known"):
        court_areas(tmp_path)


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [
        ("live_births", "area,year,births\nE92000001,2015,1\nE92000001,2015,2\n", "one row of E92000001, 2015"),
        ("live_births", "area,year,births\nE92000001,2015,0\n", "births that is not above 0, of E92000001, 2015"),
        ("live_births", "area,year,births\nE99,2015,10\n", "names the area E99, which is not known"),
        ("live_births", "area,year,births\nE92000001,2015,many\n", "text where a whole number belongs"),
        ("child_population", "area,year,ages,population\nE92000001,2019,0-17,10\n", "the ages '0-17', which is not"),
        ("areas", "code,name,level,parent\nE1,One,country,\n", "the level 'country', which is not known"),
        ("areas", "code,name,level,parent\nE1,One,nation,E0\n", "names the area E0, which is not known"),
        (
            "local_authorities",
            "code,name,region,started,ended,other_names\nE06000001,Hartlepool,North East,,,\n",
            "names the area North East, which is not known",
        ),
        ("courts", "court,dfj_area\nLeeds,DFJ-west\nLeeds,DFJ-east\n", "more than one row of Leeds"),
    ],
)  # fmt: skip
def test_a_file_of_the_users_own_that_cannot_hold_is_refused_with_the_row(
    tmp_path, name, rows, words
):
    (tmp_path / f"{name}.csv").write_text(rows)
    readers = {"areas": areas, "local_authorities": local_authorities, "courts": court_areas}
    reader = readers.get(name, births if name == "live_births" else child_population)
    with pytest.raises(SourceError, match=re.escape(words)) as error:
        reader(tmp_path)
    assert name in error.value.sentence
    assert error.value.exit_code == 10

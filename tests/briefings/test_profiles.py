"""One template gives a page for every Designated Family Judge area."""

import json
import re

import openpyxl
import pikepdf
import pytest

from fjanalysis.briefings import profiles, trees
from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.briefings.pdf import prepared
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.source import read_source
from fjanalysis.errors import RenderError
from fjanalysis.packs import read_pack
from fjanalysis.project import open_project
from tests.briefings.conftest import ROOT
from tests.packs import make_pack

TEMPLATE = ROOT / "briefings" / profiles.NAME


@pytest.fixture(scope="module")
def rendering(pack, tmp_path_factory):
    project = open_project(tmp_path_factory.mktemp("workspace"), start=ROOT)
    return Rendering.prepare(project, pack, "pandoc")


def test_there_is_a_profile_for_each_area_in_the_pack(pack):
    found = profiles.profiles(pack)
    local = pack.areas[pack.areas["level"] == "dfj-area"]
    assert [each.title for each in found] == sorted(local["name"])
    assert len({each.slug for each in found}) == len(found) == 43


def test_neighbours_are_the_areas_of_the_same_region(pack):
    luton = next(each for each in profiles.profiles(pack) if each.title == "Luton")
    neighbours = json.loads(luton.filled["neighbours"])
    assert "Luton" in neighbours
    assert "Watford" in neighbours
    assert "Manchester" not in neighbours
    assert luton.region == luton.filled["circuit"] == "South East HMCTS region"


def test_every_place_in_the_template_is_filled(pack):
    for each in profiles.profiles(pack):
        for language, path in profiles.templates(ROOT).items():
            filled = each.words(language)
            source = read_source(path, filled)
            assert "[[" not in source.body + source.head
            for figure in read_figures(TEMPLATE / "figures.yml", filled, language).values():
                assert "[[" not in figure.model_dump_json()


def test_an_area_stands_beside_its_region_and_nation_and_a_welsh_one_beside_both_nations(pack):
    found = {each.title: each.filled for each in profiles.profiles(pack)}
    assert (found["Luton"]["region"], found["Luton"]["nation"]) == ("East of England", "England")
    assert (found["Swansea"]["region"], found["Swansea"]["nation"]) == (
        "Wales",
        "England and Wales",
    )
    assert all(each["region"] for each in found.values())


def test_a_profile_names_its_area_and_stands_two_folders_deep(rendering, pack, tmp_path):
    luton = next(each for each in profiles.profiles(pack) if each.title == "Luton")
    profiles.render_profile(rendering, luton, tmp_path / "luton")
    page = trees.parse((tmp_path / "luton" / "index.html").read_text("utf-8"))
    assert trees.text_of(page.find(".//h1")) == "Luton: area profile"
    styles = [link.get("href") for link in page.iter("link") if link.get("rel") == "stylesheet"]
    assert styles == ["../../assets/site.css"]
    assert (tmp_path / "luton" / "luton.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "luton" / "luton.xlsx").is_file()


@pytest.fixture(scope="module")
def swansea(rendering, pack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "swansea"
    found = next(each for each in profiles.profiles(pack) if each.title == "Swansea")
    profiles.render_profile(rendering, found, folder)
    return folder


@pytest.mark.parametrize("name", ["swansea.pdf", "swansea.cy.pdf"])
def test_a_profile_takes_one_sheet_of_paper(swansea, name):
    with pikepdf.open(swansea / name) as document:
        assert len(document.pages) == 1


def letters(text):
    return re.sub(r"\W", "", text)


@pytest.mark.parametrize(
    ("page", "pdf"), [("index.html", "swansea.pdf"), ("index.cy.html", "swansea.cy.pdf")]
)
def test_no_word_of_a_profile_is_lost_on_paper(swansea, page, pdf):
    pdfium = pytest.importorskip("pypdfium2")
    sheets = pdfium.PdfDocument(swansea / pdf)
    # Letters and figures alone: a reader of PDF may leave out a hyphen at the end of a line.
    printed = letters("".join(each.get_textpage().get_text_range() for each in sheets))
    source = prepared(trees.parse((swansea / page).read_text("utf-8")))
    said = [trees.text_of(each) for tag in ("p", "li") for each in trees.main_of(source).iter(tag)]
    assert len(said) > 10
    assert [each for each in said if letters(each) not in printed] == []


def test_the_main_numbers_stand_beside_region_and_nation_in_one_table(swansea):
    page = trees.parse((swansea / "index.html").read_text("utf-8"))
    table = next(each for each in trees.with_class(page, "summary"))
    heads = [trees.text_of(cell) for cell in table.find("thead").iter("th")]
    assert heads == ["Measure", "Swansea", "Wales", "England and Wales", "Chart"]
    groups = [cell for cell in table.iter("th") if cell.get("scope") == "rowgroup"]
    assert [trees.text_of(cell) for cell in groups] == [
        "Newborn babies in care proceedings",
        "Mothers who return to care proceedings",
        "Private law cases, and first cases that come back",
    ]
    words = {image.get("alt") for image in table.iter("img")}
    known = ("is above", "is below", "takes in", "Not compared")
    assert words
    assert all(any(each in word for each in known) for word in words)


def test_the_small_charts_of_a_profile_have_their_numbers_in_page_files_and_workbook(swansea):
    page = trees.parse((swansea / "index.html").read_text("utf-8"))
    for figure in trees.with_class(page, "float"):
        name = figure.get("id").partition("-")[2]
        assert (swansea / "data" / f"{name}.csv").is_file()
        assert list(figure.iter("table"))
    book = openpyxl.load_workbook(swansea / "swansea.xlsx", read_only=True)
    assert len(book.sheetnames) == 3 + 4  # cover, list, notes; three charts and a table


def test_a_row_without_a_number_of_the_area_still_shows_the_larger_ones(tmp_path, rendering):
    withheld = ({"measure": "any_return", "area": "DFJ-luton"},)
    small = read_pack(make_pack(tmp_path / "small", withhold=withheld))
    figures = read_figures(
        TEMPLATE / "figures.yml",
        next(p for p in profiles.profiles(small) if p.slug == "luton").filled,
    )
    drawn = render_figure(
        figures["main-numbers"],
        small,
        brand=rendering.brand,
        language="en-GB",
        stream="urgent-hearings",
    )
    assert "Not compared: a number is not published." in drawn.table_html
    shown = drawn.small["5"].decode()
    colours = rendering.brand.series
    assert colours[1].lower() in shown
    assert colours[0].lower() not in shown.split("</style>")[1]


def test_numbers_too_small_to_publish_are_said_and_do_not_stop_the_page(tmp_path, rendering):
    withheld = tuple(
        {"measure": measure, "area": "DFJ-luton"}
        for measure in ("newborn_cases", "same_day_hearing", "any_return", "private_cases")
    )
    small = read_pack(make_pack(tmp_path / "small", withhold=withheld))
    luton = next(each for each in profiles.profiles(small) if each.title == "Luton")
    own = Rendering.prepare(rendering.project, small, "pandoc")
    profiles.render_profile(own, luton, tmp_path / "luton")
    text = trees.text_of(trees.parse((tmp_path / "luton" / "index.html").read_text("utf-8")))
    assert "too few to publish" in text
    assert "The yearly numbers are too small to be published." in text
    assert not (tmp_path / "luton" / "charts" / "newborn-cases.svg").exists()


def test_a_fault_of_the_template_names_the_area(rendering, pack, tmp_path):
    luton = next(each for each in profiles.profiles(pack) if each.title == "Luton")
    broken = profiles.Profile(
        luton.slug, luton.title, luton.region, {**luton.filled, "nation": "Narnia"}
    )
    with pytest.raises(RenderError, match="area profile of Luton"):
        profiles.render_profile(rendering, broken, tmp_path / "luton")


def test_the_list_links_every_profile(rendering, pack):
    page = trees.parse(profiles.list_page(rendering, profiles.profiles(pack)))
    links = [link.get("href") for link in page.iter("a")]
    assert sum(href.endswith("/index.html") and not href.startswith("..") for href in links) == 43

"""Every published number carries its key, and leads without a script to its definition and the key."""

import copy

import pytest

from fjanalysis.briefings import trees
from fjanalysis.briefings.origins import SECTION, add_origins, anchor, keys_of, without_origins
from fjanalysis.briefings.page_checks import check_page
from fjanalysis.results import parse_key

KEY = 'urgent-hearings/same_day_hearing.percent area="E92000001" period="2024-25"'


@pytest.fixture(scope="session")
def page(site):
    return trees.parse((site / "small" / "index.html").read_text("utf-8"))


def numbers(page):
    return [each for each in trees.with_class(trees.main_of(page), "value") if each.tag == "a"]


def test_a_number_in_the_words_is_a_link_to_its_key_value_and_base(page, small_pack):
    link = next(each for each in numbers(page) if each.get("data-key") == KEY)
    place = trees.by_id(page, link.get("href").removeprefix("#"))
    assert trees.text_of(place.find("code")) == KEY
    assert trees.text_of(link) in trees.text_of(place)
    row = small_pack.results.query(
        "measure == 'same_day_hearing' and statistic == 'percent' and area == 'E92000001' "
        "and period == '2024-25'"
    ).iloc[0]
    assert f"({row['numerator']:,} of {row['denominator']:,})" in trees.text_of(place)


def test_the_section_gives_the_definition_that_the_pack_gives(page, small_pack):
    section = trees.by_id(page, SECTION)
    measures = {each["label"]: each for each in small_pack.streams["urgent-hearings"]["measures"]}
    heads = [trees.text_of(each) for each in section.iter("h3")]
    assert heads
    for head in heads:
        assert measures[head]["definition"] in trees.text_of(section)


def test_every_cell_of_a_table_carries_the_key_of_its_number(page):
    cells = [
        cell
        for figure in trees.with_class(page, "float")
        for cell in figure.iter("td")
        if "number" in trees.classes(cell)
    ]
    assert cells
    assert all(parse_key(cell.get("data-key", "")).measure for cell in cells)


def test_a_figure_leads_to_the_definitions_of_its_measures(page):
    for figure in trees.with_class(page, "float"):
        (line,) = trees.with_class(figure, "origin")
        for link in line.iter("a"):
            place = trees.by_id(page, link.get("href").removeprefix("#"))
            assert trees.text_of(place) == trees.text_of(link)


def test_the_section_is_listed_in_the_contents_and_the_page_stays_sound(page):
    listed = [each.get("href") for nav in page.iter("nav") for each in nav.iter("a")]
    assert f"#{SECTION}" in listed
    assert list(check_page(page, "small/index.html")) == []


def test_the_words_of_a_period_are_no_link(small_pack):
    words = '<span class="value" data-key="{}">{}</span>'
    text = words.format(KEY.replace('"', "&quot;"), "2024/25")
    page = trees.parse(f'<html lang="en-GB"><body><main><p>In {text}</p></main></body></html>')
    add_origins(page, small_pack)
    assert numbers(page) == []
    assert trees.by_id(page, SECTION) is None


def test_paper_carries_neither_links_nor_section(page):
    paper = copy.deepcopy(page)
    without_origins(paper)
    assert numbers(paper) == []
    assert SECTION not in trees.write(paper)
    assert [trees.text_of(each) for each in trees.with_class(paper, "value")] == [
        trees.text_of(each) for each in trees.with_class(page, "value")
    ]


def test_keys_with_several_groups_are_told_apart_from_several_keys():
    first = 'recurrence/any_return.count area="E" period="a" group="parent: mother; age: under 20"'
    second = 'recurrence/any_return.count area="W" period="a"'
    assert keys_of(f"{first}; {second}") == [first, second]
    assert keys_of("") == []
    assert anchor(first) != anchor(second)

"""Numbers typed by hand, and words of trend, rank and quantity, are listed where no test stands behind them."""

from pathlib import Path

import pytest

from fjanalysis.briefings.prose_checks import check_prose, loose_words
from fjanalysis.briefings.source import read_source

ROOT = Path(__file__).parents[2]


@pytest.fixture
def listed(tmp_path):
    def listed(body, lang="en-GB"):
        path = tmp_path / "index.qmd"
        path.write_text(f"---\ntitle: T\nlang: {lang}\n---\n{body}\n", encoding="utf-8")
        return [(found.where, found.what) for found in loose_words(read_source(path), tmp_path)]

    return listed


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("There were 2,914 cases.", "2,914"),
        ("It was 17.1% of them.", "17.1%"),
        ("The number rose.", "rose"),
        ("It is highest in London.", "highest"),
        ("Most of them come back.", "Most"),
        ("About half did.", "half"),
        ("It is twice as common.", "twice"),
        ("One in five came back.", "One in five"),
        ("It has declined.", "declined"),
        ("It doubled.", "doubled"),
        ("A third came back.", "third"),
        ("Two thirds came back.", "Two thirds"),
        ("Thirty-two mothers came back.", "Thirty-two"),
        ("A dozen came back.", "dozen"),
        ("Nine out of ten did.", "Nine out of ten"),
        ("Forty per cent did.", "Forty"),
        ("The number went up.", "went up"),
        ("It plummeted.", "plummeted"),
        ("Many came back.", "Many"),
        ("A large share came back.", "A large share"),
        ("There is a trend.", "trend"),
        ("It stood 5th.", "5th"),
        ("A 12-year series.", "12"),
        ("Several areas differ.", "Several"),
        ("The shares are similar.", "similar"),
        ("It often happens.", "often"),
        ("They wait longer.", "longer"),
        ("Three regions differ.", "Three"),
        ("It happened in nine of them.", "nine"),
        ("A number of mothers came back.", "A number of"),
    ],
)
def test_an_english_word_or_number_without_a_test_is_listed_with_file_and_line(
    listed, words, named
):
    (found,) = listed(f"First line.\n\n{words}")
    assert found[0] == "index.qmd:7"
    assert named in found[1]


@pytest.mark.parametrize(
    "words",
    [
        "Cododd y nifer.",
        "Yr uchaf yn y gogledd.",
        "Tua hanner ohonynt.",
        "Roedd 203 ohonynt.",
        "Daeth tri deg yn ôl.",
        "Roedd hi'n ugain.",
        "Dwy ran o dair ohonynt.",
        "Daeth draean ohonynt.",
        "Dyblodd y gyfran.",
        "Ni ddyblodd y gyfran.",
        "Aeth i fyny.",
        "Daeth llawer yn ôl.",
        "Miloedd o deuluoedd.",
        "Mae cynnydd.",
        "Pum gwaith.",
        "Mae sawl ardal yn wahanol.",
        "Mae'r cyfrannau'n debyg.",
        "Digwydd hyn yn aml.",
        "Maent yn aros yn hirach.",
        "Mae tair ardal yn wahanol.",
        "A thri rhanbarth.",
        "Ym mhum ardal.",
        "Mewn naw ohonynt.",
    ],
)
def test_a_welsh_one_too(listed, words):
    assert len(listed(words, lang="cy")) == 1


@pytest.mark.parametrize(
    "words",
    [
        '[More than half]{claim="a.count > 1"} did.',
        'It {{< change "a.count" from="2012-13" to="2019-20" >}} in {{< value "a.count" period="2019-20" >}}.',
        "Under section 31 of the Children Act 1989, from April 2014, 95% intervals, rates per 10,000.",
        "`17` and [a link](page-17.html), a note,[^2] and @fig-17.\n\n[^2]: See there.",
        "Children [under 18]{.fixed} count.",
        "1. First\n2. Second",
        "```\n17 rose\n```",
        "## The regions {#sec-3}",
        "How many came, within five years, and how much time there was?",
        "Too few to publish.",
        "Within two, five and more years, or six months.",
        "The two nations, and these three measures, are named above. No two are alike.",
        "How often and how long? It is no longer used. Over several years.",
    ],
)
def test_what_follows_the_data_is_tested_or_is_a_name_is_not_listed(listed, words):
    assert listed(words) == []


@pytest.mark.parametrize(
    "words",
    [
        "O fewn dwy flynedd, pum mlynedd neu chwe mis.",
        "Y ddwy wlad a'r tri mesur hyn.",
        "Pa mor aml? Mae'n debyg na ŵyr neb.",
        "Dros sawl blwyddyn.",
    ],
)
def test_welsh_words_of_time_and_of_what_was_named_are_not_listed(listed, words):
    assert listed(words, lang="cy") == []


PAGE = """---
title: The number rose
subtitle: How many came
stream: urgent-hearings
description: There were 12 of them.
card:
  number: '{{< value "a.count" >}}'
  words: most of them
---

Words.
"""
FIGURES = """plain:
  kind: line
  title: Cases rose by a third
  subtitle: Number of cases within {horizon}, aged 0 to 17, in 3 regions, {area}
  measure: a.count
tested:
  kind: line
  title: Cases rose by a third
  claim: a.count rises
  neutral: The most cases yet
  subtitle: Number of cases under {newborn_days} days, {area}
  measure: a.count
asked:
  kind: line
  title: Which areas have the highest share?
  subtitle: Per cent, {period}
  note: Shown are 12 areas.
  measure: a.count
"""


def test_titles_descriptions_cards_templates_and_figures_are_looked_at_too(tmp_path):
    folder = tmp_path / "briefings" / "one"
    folder.mkdir(parents=True)
    (folder / "_page.qmd").write_text(PAGE, encoding="utf-8")
    (folder / "figures.yml").write_text(FIGURES, encoding="utf-8")
    shared = tmp_path / "briefings" / "_shared"
    shared.mkdir()
    (shared / "part.qmd").write_text("The number rose.\n", encoding="utf-8")
    found = [
        (each.where.removeprefix("briefings/one/"), each.what) for each in check_prose(tmp_path)
    ]
    named = [
        ("_page.qmd:2", "rose"), ("_page.qmd:5", "12"), ("_page.qmd:8", "most"),
        ("figures.yml:3", "rose"), ("figures.yml:3", "third"), ("figures.yml:4", "3"),
        ("figures.yml:10", "most"), ("figures.yml:17", "12"),
    ]  # fmt: skip
    assert [where for where, _ in found] == [where for where, _ in named]
    for (_, what), (_, word) in zip(found, named, strict=True):
        assert word in what


def test_a_translated_title_is_tested_by_the_claim_of_the_original(tmp_path):
    folder = tmp_path / "briefings" / "one"
    folder.mkdir(parents=True)
    (folder / "figures.yml").write_text(FIGURES, encoding="utf-8")
    welsh = "tested: {title: Cododd y nifer}\nplain: {title: Cododd y nifer}\n"
    (folder / "figures.cy.yml").write_text(welsh, encoding="utf-8")
    found = [each.where for each in check_prose(tmp_path) if ".cy." in each.where]
    assert found == ["briefings/one/figures.cy.yml:2"]


def test_no_word_of_the_projects_own_briefings_stands_outside_a_value_or_claim():
    found = [f"{each.where}: {each.what}" for each in check_prose(ROOT)]
    assert found == []

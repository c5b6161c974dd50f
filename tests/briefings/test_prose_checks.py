"""Numbers typed by hand, and words of trend, rank and quantity, are listed where no test stands behind them."""

import pytest

from fjanalysis.briefings.prose_checks import loose_words
from fjanalysis.briefings.source import read_source


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
    ["Cododd y nifer.", "Yr uchaf yn y gogledd.", "Tua hanner ohonynt.", "Roedd 203 ohonynt."],
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
    ],
)
def test_what_follows_the_data_is_tested_or_is_a_name_is_not_listed(listed, words):
    assert listed(words) == []

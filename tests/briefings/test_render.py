"""Rendering: from a pack and the author's words to a site, whole or not at all."""

import json
import re
from pathlib import Path

import pikepdf
import pytest

from fjanalysis.briefings import trees
from fjanalysis.briefings.render import render
from fjanalysis.errors import FjanalysisError, RenderError, UsageError
from fjanalysis.folders import files_below, sha256
from fjanalysis.project import open_project
from tests.briefings.declared import ADOPTION
from tests.packs import make_pack

DATE = "2026-02-01"


@pytest.fixture(scope="session")
def page(site):
    return trees.parse((site / "small" / "index.html").read_text("utf-8"))


def hashes(folder):
    return {name: sha256(folder / name) for name in files_below(folder)}


def test_a_page_says_the_released_numbers(page, small_pack):
    rows = small_pack.results.query(
        "measure == 'same_day_hearing' and statistic == 'percent' and area == 'E92000001'"
    )
    last = rows[rows["period"] == "2024-25"]["value"].iloc[0]
    (value,) = [
        each
        for each in trees.with_class(trees.main_of(page), "value")
        if each.get("data-key", "").startswith("urgent-hearings/same_day_hearing.percent")
        and 'period="2024-25"' in each.get("data-key")
        and ";" not in each.get("data-key")
    ]
    assert trees.text_of(value) == f"{last:.1f}%"


def test_every_figure_has_its_number_headline_data_and_download(page, site):
    for name, label in (("fig-same-day", "Figure 1"), ("tbl-regions", "Table 1")):
        figure = trees.by_id(page, name)
        caption = figure[0]
        assert caption.tag == "figcaption"
        assert trees.text_of(caption).replace("\N{NO-BREAK SPACE}", " ").startswith(label)
        assert figure.find(".//table") is not None
        (download,) = [
            each.get("href") for each in figure.iter("a") if each.get("href", "").endswith(".csv")
        ]
        assert (site / "small" / download).read_text("utf-8").startswith("stream,variant,measure")
    image = trees.by_id(page, "fig-same-day").find(".//img")
    assert "England" in image.get("alt")
    assert b"<svg" in (site / "small" / image.get("src")).read_bytes()


def test_cross_references_lead_to_what_they_name(page):
    links = {
        each.get("href"): trees.text_of(each) for each in trees.with_class(page, "quarto-xref")
    }
    assert links["#fig-same-day"].replace("\N{NO-BREAK SPACE}", " ") == "Figure 1"
    assert links["#sec-findings"] == "“Findings”"
    assert all(trees.by_id(page, target[1:]) is not None for target in links)


def test_a_page_from_an_uncleared_synthetic_pack_says_so_on_page_pdf_and_index(site, page):
    for root in (page, trees.parse((site / "index.html").read_text("utf-8"))):
        (mark,) = trees.with_class(root, "mark")
        assert "Draft" in trees.text_of(mark)
        assert "Synthetic data" in trees.text_of(mark)


def test_the_index_lists_the_briefing_under_its_theme_with_numbers_filled_in(site, small_pack):
    root = trees.parse((site / "index.html").read_text("utf-8"))
    assert [trees.text_of(each) for each in root.iter("h2")] == ["Public law"]
    text = trees.text_of(trees.main_of(root))
    assert "A small briefing" in text
    assert re.search(r"Newborn babies, [\d,]+ of them", text)


def test_nothing_published_names_the_machine(site, tmp_path_factory):
    base = str(tmp_path_factory.getbasetemp()).encode()
    for name in files_below(site):
        data = (site / name).read_bytes()
        if name.endswith(".pdf"):
            with pikepdf.open(site / name) as pdf:
                data = b"".join(
                    each.read_bytes()
                    if isinstance(each, pikepdf.Stream)
                    else each.unparse(resolved=True)
                    for each in pdf.objects
                    if isinstance(each, pikepdf.Stream | pikepdf.Dictionary)
                )
        assert base not in data, name
        assert b"file:/" not in data, name


def test_the_note_of_a_briefing_names_its_pack_and_every_result(site, small_pack):
    note = json.loads((site / "small" / "briefing.json").read_text("utf-8"))
    assert note["pack_sha256"] == small_pack.checksum
    keys = {each["key"] for each in note["editions"]["en"]["keys"]}
    assert 'urgent-hearings/same_day_hearing.percent area="E92000001" period="2024-25"' in keys
    assert all(not Path(each["where"]).is_absolute() for each in note["editions"]["en"]["keys"])


def test_the_same_pack_gives_the_same_bytes_twice_and_from_another_checkout_and_workspace(
    site, make_checkout, tmp_path
):
    kinds = {Path(name).suffix for name in files_below(site)}
    assert {".html", ".svg", ".pdf", ".xlsx", ".zip", ".xml", ".csv", ".png", ".css"} <= kinds
    project = make_checkout()
    for _ in range(2):
        render(project, (), DATE, renderer="pandoc")
        assert hashes(project.site) == hashes(site)
    elsewhere = tmp_path / "another disk"
    elsewhere.mkdir()
    (elsewhere / "outputs").symlink_to(project.root / "outputs")
    other = open_project(elsewhere, start=project.root)
    render(other, (), DATE, renderer="pandoc")
    assert other.site != project.site
    assert hashes(other.site) == hashes(site)


def test_a_briefing_that_fails_leaves_its_published_page_and_the_others_are_published(
    make_checkout,
):
    project = make_checkout()
    render(project, (), DATE, renderer="pandoc")
    before = hashes(project.site / "small")
    words = project.root / "briefings" / "small" / "index.qmd"
    other = project.root / "briefings" / "other"
    other.mkdir()
    (other / "index.qmd").write_text(
        "---\ntitle: Other\nstream: urgent-hearings\n---\n\n## A\n\nb\n", "utf-8"
    )
    words.write_text(words.read_text("utf-8").replace('"regions"', '"regoins"'), "utf-8")
    with pytest.raises(RenderError, match="Did you mean 'regions'") as caught:
        render(project, (), DATE, renderer="pandoc")
    assert "published: other" in caught.value.sentence
    assert hashes(project.site / "small") == before
    assert "Other" in (project.site / "index.html").read_text("utf-8")
    assert not [path.name for path in project.site.parent.iterdir() if "partial" in path.name]


def replaced(old, new):
    from tests.briefings.conftest import WORDS

    assert old in WORDS
    return WORDS.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            '{{< chart "same-day" >}}',
            '{{< chrat "same-day" >}}',
            "no shortcode 'chrat'.*Did you mean 'chart'",
        ),
        ('{{< chart "same-day" >}}', '{{< chart "regions" >}}', "is a table, not a chart"),
        ('{{< chart "same-day" >}}', 'Words {{< chart "same-day" >}}', "alone in its paragraph"),
        ("{{< definitions >}}", '{{< definition "Nothing" >}}', "no definition of 'Nothing'"),
        ("{{< definitions >}}", '{{< parameter "newborn_day" >}}', "Did you mean 'newborn_days'"),
        ("{{< definitions >}}", '{{< fact "contact" >}}', "settings leave 'contact' empty"),
        ("{{< definitions >}}", "{{< meta nothing >}}", "'meta' knows no 'nothing'"),
        ("See @sec-findings", "See @sec-nothing", "sec-nothing"),
        ("See @sec-findings", "See @nobody2001", "no source 'nobody2001'"),
        (
            "## Methods {#sec-methods}",
            '## {{< period "newborn_cases.count" area="England" period="last" >}}',
            "id of its own",
        ),
        ("stream: urgent-hearings", "stream: urgent-hearing", "Did you mean 'urgent-hearings'"),
        ("theme: Public law", "date: today", "not of the form YYYY-MM-DD"),
    ],
)
def test_a_wrong_document_stops_with_its_file(make_checkout, old, new, what):
    project = make_checkout(replaced(old, new))
    with pytest.raises(RenderError, match=what) as caught:
        render(project, (), DATE, renderer="pandoc")
    assert "index.qmd" in caught.value.where
    assert caught.value.exit_code == 13
    assert not project.site.exists()


def test_stale_claims_are_listed_with_file_line_words_and_numbers(make_checkout):
    from tests.briefings.conftest import FIGURES, WORDS

    project = make_checkout(WORDS.replace("> 20", "> 30"), FIGURES.replace("rises", "falls"))
    with pytest.raises(RenderError, match="2 claims no longer hold") as caught:
        render(project, (), DATE, renderer="pandoc")
    text = caught.value.sentence
    assert re.search(r"small/index\.qmd:12: “More than one in five”: 21\.3%.* is not > 30", text)
    assert re.search(r"small/figures\.yml:4: “Same-day hearings rose by", text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "> 20",
            "> 30",
            r"small/index\.cy\.qmd:\d+: “Mwy nag un o bob pump”: 21\.3%.* is not > 30",
        ),
        ("same_day_hearing", "same_day_haering", r"Did you mean .*same_day_hearing\.percent"),
        ("> 20", ">", r"not well formed"),
    ],
)
def test_claims_in_welsh_words_are_tested_and_listed_as_well(make_checkout, old, new, said):
    from tests.briefings.conftest import WORDS

    project = make_checkout(WORDS)
    welsh = WORDS.replace("More than one in five", "Mwy nag un o bob pump")
    claim = next(line for line in welsh.split("\n") if "claim=" in line)
    path = project.root / "briefings" / "small" / "index.cy.qmd"
    path.write_text(welsh.replace(claim, claim.replace(old, new)), "utf-8")
    with pytest.raises(FjanalysisError) as caught:
        render(project, (), DATE, renderer="pandoc")
    assert re.search(said, caught.value.sentence)
    assert re.search(r"small/index\.cy\.qmd:\d+", caught.value.sentence)
    assert not project.site.exists()


TURNED = """---
title: Words for both cases
stream: urgent-hearings
description: Both cases.
---

[Nearly all]{claim="same_day_hearing.percent area=\\"England\\" period=\\"last\\" > 90" else="Some"} hearings, and
[a share]{claim="same_day_hearing.percent area=\\"England\\" period=\\"last\\" > 1" else="no share"}.

{{< chart "same-day" >}}

{{< table "regions" >}}
"""


def test_a_claim_that_fails_gives_way_to_the_authors_words_for_that_case(make_checkout):
    from tests.briefings.conftest import FIGURES

    figures = FIGURES.replace("rises\n", "falls\n  neutral: How many are on the same day?\n")
    project = make_checkout(TURNED, figures)
    render(project, (), DATE, renderer="pandoc")
    page = trees.parse((project.site / "small" / "index.html").read_text("utf-8"))
    text = " ".join(trees.text_of(trees.main_of(page)).split())
    assert "Some hearings, and a share." in text
    assert "How many are on the same day?" in text
    assert "Same-day hearings rose" not in text
    assert not any("else" in name for each in page.iter() for name in each.attrib)


def test_an_unknown_briefing_names_the_nearest(make_checkout):
    with pytest.raises(UsageError, match="Did you mean 'small'"):
        render(make_checkout(), ("smal",), DATE)


def test_a_pack_cleared_for_publication_carries_no_draft_mark(make_checkout, tmp_path):
    from packs import make_pack

    project = make_checkout()
    make_pack(
        project.outputs / "2026-03-01", cleared=True, synthetic=False, streams=("urgent-hearings",)
    )
    render(project, (), "2026-03-01", renderer="pandoc")
    page = trees.parse((project.site / "small" / "index.html").read_text("utf-8"))
    assert trees.with_class(page, "mark") == []
    assert "ynthetic" not in trees.text_of(page)


ABSENT = """---
title: A chart that stands as a table
stream: urgent-hearings
description: Who is placed.
theme: Public law
---

## Findings {#sec-findings}

@fig-adoption compares groups of newborn babies by what was known when the application was made.

{{< chart "adoption" >}}
"""


def test_words_about_a_chart_lead_to_the_table_that_stands_for_it(tmp_path, make_checkout):
    project = make_checkout(ABSENT, ADOPTION)
    place = project.root / "outputs" / DATE
    place.unlink()
    withheld = {"measure": "adoption", "statistic": "odds_ratio"}
    make_pack(tmp_path / "pack", streams=("urgent-hearings",), withhold=(withheld,))
    place.symlink_to(tmp_path / "pack")
    render(project, (), DATE, renderer="pandoc")
    page = trees.parse((project.site / "small" / "index.html").read_text("utf-8"))
    (link,) = trees.with_class(page, "quarto-xref")
    assert link.get("href") == "#tbl-adoption"
    assert trees.text_of(link).replace("\N{NO-BREAK SPACE}", " ") == "Table 1"
    assert trees.by_id(page, "tbl-adoption") is not None

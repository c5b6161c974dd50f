"""The newsletter is an e-mail that carries its own style, and the same words as plain text."""

import shutil
from dataclasses import replace

import pytest

from fjanalysis.briefings import newsletter, trees
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.translation_notes import read_notes_of_pages
from fjanalysis.errors import RenderError
from fjanalysis.packs import read_pack
from fjanalysis.project import open_project
from tests.briefings.conftest import ROOT
from tests.packs import make_pack

SITE = "https://example.org/data"


@pytest.fixture(scope="module")
def rendering(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("workspace")
    pack = read_pack(make_pack(workspace / "outputs" / "2026-02-01"))
    return Rendering.prepare(open_project(workspace, start=ROOT), pack, "pandoc")


def at_site(rendering, address):
    project = rendering.project
    settings = project.settings.project.model_copy(update={"site_url": address})
    whole = project.settings.model_copy(update={"project": settings})
    return replace(rendering, project=replace(project, settings=whole))


@pytest.fixture(scope="module")
def mail(rendering, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mail")
    newsletter.render_newsletter(at_site(rendering, SITE), folder)
    return folder


def test_every_style_stands_in_its_element_and_nothing_is_loaded(mail):
    text = (mail / "newsletter.html").read_text("utf-8")
    assert "<style" not in text
    assert "<link" not in text
    assert "<img" not in text
    assert "class=" not in text
    page = trees.parse(text)
    for tag in ("h1", "h2", "p", "td", "th", "a"):
        found = list(page.iter(tag))
        assert found
        assert all(each.get("style") or each.get("align") for each in found), tag


def test_layout_tables_say_so_and_data_tables_scope_their_headers(mail):
    page = trees.parse((mail / "newsletter.html").read_text("utf-8"))
    tables = list(page.iter("table"))
    layout = [each for each in tables if each.get("role") == "presentation"]
    data = [each for each in tables if each not in layout]
    assert len(layout) == 2
    assert data
    assert all(head.get("scope") == "col" for each in data for head in each.iter("th"))


def test_both_versions_say_the_same_numbers_and_that_they_are_synthetic(mail, rendering):
    html = trees.text_of(trees.parse((mail / "newsletter.html").read_text("utf-8")))
    text = " ".join((mail / "newsletter.txt").read_text("utf-8").split())
    for words in ("2,980 newborn babies", "49,500 private law cases", rendering.mark("en-GB")):
        assert words in html
        assert words in text


def test_lines_of_text_are_short_enough_for_any_mail_program(mail):
    lines = (mail / "newsletter.txt").read_text("utf-8").splitlines()
    body = lines[4:-3]
    assert max(map(len, body)) <= newsletter.COLUMNS


def test_links_lead_to_the_site_and_are_written_out_in_text(mail):
    page = trees.parse((mail / "newsletter.html").read_text("utf-8"))
    links = [each.get("href") for each in page.iter("a")]
    assert f"{SITE}/recurrence/index.html" in links
    assert all(each.startswith(SITE) for each in links)
    assert f"{SITE}/recurrence/index.html" in (mail / "newsletter.txt").read_text("utf-8")


def test_without_a_site_there_are_no_dead_links(rendering, tmp_path):
    newsletter.render_newsletter(at_site(rendering, ""), tmp_path)
    page = (tmp_path / "newsletter.html").read_text("utf-8")
    assert "<a" not in page
    assert "Read the briefing" not in page + (tmp_path / "newsletter.txt").read_text("utf-8")


def test_the_welsh_mail_says_the_same_numbers_in_welsh_and_that_it_is_a_draft(mail):
    page = trees.parse((mail / "newsletter.cy.html").read_text("utf-8"))
    html = trees.text_of(page)
    text = " ".join((mail / "newsletter.cy.txt").read_text("utf-8").split())
    draft = message("This Welsh edition is a draft: no translator has checked it.", "cy")
    assert page.get("lang") == "cy"
    for words in ("2,980 o fabanod newydd-anedig", "49,500 o achosion cyfraith breifat", draft):
        assert words in html
        assert words in text
    english = [each.get("href") for each in page.iter("a")]
    assert f"{SITE}/recurrence/index.cy.html" in english


def test_the_note_beside_the_welsh_mail_lists_what_its_welsh_lacks(mail):
    (note,) = [each for each in read_notes_of_pages(mail.parent) if each.briefing == mail.name]
    assert note.page == f"{mail.name}/newsletter.cy.html"
    assert note.untranslated == ()
    assert "Area" in note.unchecked


def test_the_same_pack_gives_the_same_bytes(rendering, mail, tmp_path):
    newsletter.render_newsletter(at_site(rendering, SITE), tmp_path)
    for name in ("newsletter.html", "newsletter.txt", "newsletter.cy.html", "newsletter.cy.txt"):
        assert (tmp_path / name).read_bytes() == (mail / name).read_bytes()


def test_a_chart_is_refused_with_its_line(rendering, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(ROOT / "briefings", root / "briefings")
    path = root / "briefings" / newsletter.NAME / newsletter.TEMPLATE
    path.with_name("_newsletter.cy.qmd").unlink()
    text = path.read_text("utf-8").replace('{{< table "regions" >}}', '{{< chart "regions" >}}')
    path.write_text(text, encoding="utf-8")
    figures = path.with_name("figures.yml")
    figures.write_text(
        figures.read_text("utf-8")
        .replace("kind: table", "kind: dot")
        .replace("[newborn_cases.count, same_day_hearing.percent]", "same_day_hearing.percent"),
        encoding="utf-8",
    )
    other = replace(rendering, project=replace(rendering.project, root=root))
    line = text.splitlines().index('{{< chart "regions" >}}') + 1
    with pytest.raises(RenderError, match="cannot hold a chart") as caught:
        newsletter.render_newsletter(other, tmp_path / "out")
    assert caught.value.where == f"{path}:{line}"

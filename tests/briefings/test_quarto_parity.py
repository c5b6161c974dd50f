"""The built-in renderer is held to what real Quarto made of the same project."""

import re
import shutil
from pathlib import Path

import pytest

from fjanalysis.briefings import pandoc, trees
from fjanalysis.briefings.finish import finish
from fjanalysis.briefings.pandoc import render_pandoc
from fjanalysis.briefings.quarto_project import read_quarto_project
from fjanalysis.briefings.source import read_source
from fjanalysis.briefings.typeset import Quarto

SAMPLE = Path(__file__).parent.parent / "fixtures" / "quarto"
NAMES = ("index", "index.cy")


def ours(name):
    project = read_quarto_project(SAMPLE / "input")
    source = read_source(SAMPLE / "input" / "briefings" / "sample" / f"{name}.qmd")
    return trees.parse(render_pandoc(source, project, {}))


def recorded(name):
    return trees.parse((SAMPLE / "output" / f"{name}.html").read_text("utf-8"))


def written(element):
    """Return an element with attributes in order of name and spaces drawn together."""
    for each in element.iter():
        each.attrib = dict(sorted(each.attrib.items()))
    text = re.sub(r"\s+", " ", trees.fragment(element))
    return re.sub(
        r" ?(</?(?:figcaption|dd|div|p|li|ul|td|tr|table|section|figure|blockquote)\b[^>]*>) ?",
        r"\n\1\n",
        text,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["main", "nav", "header"])
def test_the_page_is_what_quarto_renders(name, part):
    mine, quarto = ours(name).find(f".//{part}"), recorded(name).find(f".//{part}")
    assert mine is not None
    # Quarto puts the text alternative on a div as well, which HTML does not allow and the finisher removes.
    for each in quarto.iter("div"):
        each.attrib.pop("alt", None)
    assert written(mine).split("\n") == written(quarto).split("\n")


@pytest.mark.parametrize("name", NAMES)
def test_both_are_the_same_after_the_finisher(name):
    pages = [ours(name), recorded(name)]
    for page in pages:
        finish(page)
    mine, quarto = (written(trees.main_of(page)) for page in pages)
    assert mine == quarto


def test_the_title_and_language_of_the_page_are_quartos():
    for name in NAMES:
        mine, quarto = ours(name), recorded(name)
        assert mine.get("lang") == quarto.get("lang")
        assert mine.findtext("head/title") == quarto.findtext("head/title")


def test_a_filter_that_a_document_names_itself_runs_after_the_projects(tmp_path):
    text = "---\ntitle: A page\nfilters: [quarto, louder.lua]\n---\n\n[quiet](other.qmd)\n"
    (tmp_path / "index.qmd").write_text(text, encoding="utf-8")
    lua = "function Link(link) link.content = link.target:upper() return link end\n"
    (tmp_path / "louder.lua").write_text(lua, encoding="utf-8")
    project = read_quarto_project(SAMPLE / "input")
    page = trees.parse(render_pandoc(read_source(tmp_path / "index.qmd"), project, {}))
    link = next(trees.main_of(page).iter("a"))
    assert (link.get("href"), link.text) == ("other.html", "OTHER.HTML")


@pytest.mark.parametrize(
    ("words", "cites"), [("None is cited.", False), ("As others found [@a; -@b].", True)]
)
def test_sources_are_cited_where_a_document_cites_some_and_looked_for_nowhere_else(
    tmp_path, monkeypatch, words, cites
):
    sources = (
        "@article{a, author={First, A.}, title={One}, year={2001}}\n"
        "@article{b, author={Second, B.}, title={Two}, year={2002}}\n"
    )
    (tmp_path / "sources.bib").write_text(sources, encoding="utf-8")
    head = "title: A page\nlang: en-GB\n" + ("bibliography: sources.bib\n" if cites else "")
    (tmp_path / "index.qmd").write_text(f"---\n{head}---\n\n{words}\n", encoding="utf-8")
    commands, run = [], pandoc.subprocess.run
    monkeypatch.setattr(
        pandoc.subprocess,
        "run",
        lambda *given, **named: commands.append(given[0]) or run(*given, **named),
    )
    project = read_quarto_project(SAMPLE / "input")
    page = trees.parse(render_pandoc(read_source(tmp_path / "index.qmd"), project, {}))
    assert ("--citeproc" in commands[0]) == cites
    assert ("First" in trees.text_of(trees.main_of(page))) == cites


@pytest.mark.machine
@pytest.mark.skipif(shutil.which("quarto") is None, reason="Quarto is not installed here")
@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_what_the_installed_quarto_renders(name):
    project = read_quarto_project(SAMPLE / "input")
    source = read_source(SAMPLE / "input" / "briefings" / "sample" / f"{name}.qmd")
    quarto, mine = trees.parse(Quarto(project).html(source, {})), ours(name)
    for page in (quarto, mine):
        finish(page)
    assert written(trees.main_of(mine)) == written(trees.main_of(quarto))

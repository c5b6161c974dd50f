"""What tells others of a briefing: citation tags, schema.org, feed, sitemap, and the archive for other systems."""

import io
import json
import re
import struct
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from fjanalysis.briefings import trees
from fjanalysis.briefings.announce import describe, feed, sitemap
from fjanalysis.briefings.cards import Card, draw_card
from fjanalysis.briefings.cms import SCOPE
from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.messages import Gaps, listening
from fjanalysis.briefings.page_checks import check_page
from fjanalysis.briefings.render import render
from fjanalysis.briefings.site import read_notes
from fjanalysis.briefings.statement import checklist_body, criteria, statement_body
from fjanalysis.project import ProjectSettings
from tests.browser import needs_chromium, opened

ATOM = "{http://www.w3.org/2005/Atom}"
SETTINGS = ProjectSettings(title="Briefings", publisher="The Partnership", licence="OGL")
ONLINE = SETTINGS.model_copy(update={"site_url": "https://www.example.org/data/"})


@pytest.fixture(scope="module")
def page(site):
    return trees.parse((site / "small" / "index.html").read_text("utf-8"))


def tags(root):
    return {
        each.get("name") or each.get("property"): each.get("content") for each in root.iter("meta")
    }


def test_a_page_carries_citation_tags_and_no_address_that_is_not_known(page):
    found = tags(page)
    assert found["citation_title"] == "A small briefing"
    assert found["citation_author"] == "First Author"
    assert found["citation_publication_date"] == "2026/02/01"
    assert "citation_pdf_url" not in found
    assert "og:url" not in found


def test_a_page_is_a_schema_org_report_with_a_dataset_for_each_figure(page, site):
    (script,) = list(page.iter("script"))
    assert script.get("type") == "application/ld+json"
    report = json.loads(script.text)
    assert report["@type"] == "Report"
    files = [part["distribution"]["contentUrl"] for part in report["hasPart"]]
    assert files == ["data/regions.csv", "data/same-day.csv"]
    assert all((site / "small" / name).is_file() for name in files)
    assert "rose by" in report["hasPart"][1]["name"]


# What search engines ask of each type, beside what the vocabulary allows.
ASKED = {
    "Report": {"headline", "name", "author", "publisher", "datePublished", "image", "inLanguage", "description", "url"},
    "Dataset": {"name", "description", "creator", "license", "distribution"},
    "DataDownload": {"contentUrl", "encodingFormat"},
    "MediaObject": {"contentUrl", "encodingFormat"},
    "Organization": {"name"},
    "CreativeWork": {"name"},
}  # fmt: skip


@pytest.fixture(scope="module")
def vocabulary():
    """The schema.org vocabulary: each class with those above it, each property with its domain and range."""
    rocrate = pytest.importorskip("rocrate")
    file = Path(rocrate.__file__).parent / "data" / "schema.jsonld"
    graph = json.loads(file.read_text("utf-8"))["@graph"]

    def named(value):
        values = value if isinstance(value, list) else [value] if value else []
        return {each["@id"].removeprefix("schema:") for each in values}

    above, properties = {}, {}
    for each in graph:
        name = each["@id"].removeprefix("schema:")
        if each["@type"] == "rdf:Property":
            parts = ("schema:domainIncludes", "schema:rangeIncludes")
            properties[name] = tuple(named(each.get(part)) for part in parts)
        else:
            above[name] = named(each.get("rdfs:subClassOf"))
    return above, properties


def faults_of(thing, vocabulary, path="Report"):
    """Yield what of a thing the vocabulary does not know, or is of another type than it allows."""
    above, properties = vocabulary

    def kinds(name):
        return {name}.union(*(kinds(each) for each in above.get(name, ())))

    own = thing["@type"]
    yield from (f"{path} lacks {name}" for name in ASKED[own] - set(thing))
    for name, value in thing.items():
        if name.startswith("@"):
            continue
        domain, allowed = properties.get(name, (set(), set()))
        if not kinds(own) & domain:
            yield f"{name} is no property of {own}"
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                if not kinds(each["@type"]) & allowed:
                    yield f"{path}.{name} may not be a {each['@type']}"
                yield from faults_of(each, vocabulary, f"{path}.{name}")
            elif isinstance(each, bool):
                if "Boolean" not in allowed:
                    yield f"{path}.{name} may not be true or false"
            elif not {"Text", "URL", "Date", "Language", "ImageObject"} & allowed or not each:
                yield f"{path}.{name} may not be {each!r}"
            elif (
                "Text" not in allowed
                and "URL" not in allowed
                and not re.fullmatch(r"\d{4}-\d\d-\d\d", each)
            ):
                yield f"{path}.{name} is no date: {each!r}"
            elif "Text" not in allowed and "URL" in allowed and not re.fullmatch(r"\S+\.\w+", each):
                yield f"{path}.{name} is no address: {each!r}"


def test_a_report_keeps_to_the_vocabulary_of_schema_org(page, vocabulary):
    (script,) = list(page.iter("script"))
    report = json.loads(script.text)
    assert list(faults_of(report, vocabulary)) == []
    wrong = {**report, "license": "OGL", "colour": "red"}
    found = list(faults_of(wrong, vocabulary))
    assert found[:2] == ["Report.license is no address: 'OGL'", "colour is no property of Report"]


def test_a_briefing_has_a_social_card_of_the_size_that_networks_show(page, site):
    (note,) = read_notes(site)
    data = (site / "small" / note["editions"]["en"]["card"]).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1200, 630)
    assert b"tEXt" not in data  # no program, no date
    (script,) = list(page.iter("script"))
    assert json.loads(script.text)["image"] == "card.png"
    assert "og:image" not in tags(page)  # its address is not known without the site's


def test_a_card_is_the_same_bytes_twice_and_another_for_another_number(brand):
    card = Card("A long title of a briefing " * 4, "320", "newborn babies", "P", "Draft")
    drawn = draw_card(card, brand, "en-GB")
    assert draw_card(card, brand, "en-GB") == drawn
    assert draw_card(replace(card, number="325"), brand, "en-GB") != drawn
    assert card.alt.endswith("320 newborn babies. Draft.")


def test_addresses_are_absolute_where_the_site_has_one(site):
    (note,) = read_notes(site)
    root = trees.parse("<html><head><title>T</title></head><body></body></html>")
    describe(
        root,
        note["editions"]["en"],
        settings=ONLINE,
        authors=[],
        language="en-GB",
        address="small/index.html",
    )
    assert tags(root)["citation_pdf_url"] == "https://www.example.org/data/small/small.pdf"
    (link,) = [each.get("href") for each in root.iter("link") if each.get("rel") == "canonical"]
    assert link == "https://www.example.org/data/small/index.html"
    found = tags(root)
    assert (
        found["og:image"] == found["twitter:image"] == "https://www.example.org/data/small/card.png"
    )
    assert found["twitter:card"] == "summary_large_image"
    assert found["og:image:alt"].startswith("A small briefing.")


WELSH = """---
title: Papur briffio bach
lang: cy
stream: urgent-hearings
description: Babanod newydd-anedig.
theme: Cyfraith gyhoeddus
---

## Canfyddiadau {#sec-canfyddiadau}

Geiriau.
"""


def links(path, kind="hreflang"):
    head = trees.parse(path.read_text("utf-8")).find("head")
    return {
        link.get(kind): link.get("href")
        for link in head.iter("link")
        if link.get("rel") == "alternate" and link.get(kind)
    }


def test_a_site_with_a_welsh_edition_has_a_welsh_index_and_statement_linked_both_ways(
    make_checkout,
):
    project = make_checkout()
    folder = project.root / "briefings" / "small"
    (folder / "index.cy.qmd").write_text(WELSH, encoding="utf-8")
    render(project, (), "2026-02-01", renderer="pandoc")
    pages = (
        ("", "index"),
        ("", "accessibility"),
        ("", "accessibility-checklist"),
        ("small", "index"),
    )
    for place, stem in pages:
        expected = {"en": f"{stem}.html", "cy": f"{stem}.cy.html"}
        for name in expected.values():
            assert links(project.site / place / name) == expected
    index = trees.parse((project.site / "index.cy.html").read_text("utf-8"))
    assert index.get("lang") == "cy"
    listed = {a.get("href"): trees.text_of(a) for a in trees.main_of(index).iter("a")}
    assert listed["small/index.cy.html"] == "Papur briffio bach"
    assert listed["small/index.html"] == "English"
    page = trees.parse((project.site / "small" / "index.cy.html").read_text("utf-8"))
    hrefs = {a.get("href") for a in page.iter("a")}
    assert {"../index.cy.html", "../accessibility.cy.html", "index.html"} <= hrefs
    statement = trees.parse((project.site / "accessibility.cy.html").read_text("utf-8"))
    assert trees.text_of(statement.find(".//h1")) == "Datganiad hygyrchedd"
    for each in (index, statement):
        (mark,) = trees.with_class(each, "mark")
        assert "Drafft yw'r fersiwn Gymraeg hon" in trees.text_of(mark)


def test_text_that_looks_like_markup_cannot_end_the_script():
    root = trees.parse("<html><head><title>T</title></head><body></body></html>")
    note = {
        "title": "</script><b>",
        "description": "",
        "date": "2026-02-01",
        "page": "a",
        "pdf": "b",
        "card": "c.png",
        "card_alt": "C",
        "titles": {},
    }
    describe(root, note, settings=SETTINGS, authors=[], language="en-GB", address="a")
    again = trees.parse(trees.write(root))
    (script,) = list(again.iter("script"))
    assert json.loads(script.text)["name"] == "</script><b>"


def test_the_feed_has_an_entry_an_edition_with_an_id_that_stays(site):
    notes = read_notes(site)
    first, second = (ET.fromstring(feed(SETTINGS, notes)) for _ in range(2))
    (entry,) = first.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "A small briefing"
    assert entry.find(f"{ATOM}link").get("href") == "small/index.html"
    assert entry.findtext(f"{ATOM}id").startswith("urn:uuid:")
    assert ET.tostring(first) == ET.tostring(second)
    assert first.findtext(f"{ATOM}updated") == "2026-02-01T00:00:00Z"


def test_the_feed_holds_what_rfc_4287_asks_for(site):
    (note,) = read_notes(site)
    both = {"en": note["editions"]["en"], "cy": {**note["editions"]["en"], "page": "index.cy.html"}}
    for settings in (SETTINGS, ONLINE):
        root = ET.fromstring(feed(settings, [{**note, "editions": both}]))
        assert root.tag == f"{ATOM}feed"
        entries = root.findall(f"{ATOM}entry")
        assert len(entries) == 2
        for each in (root, *entries):  # 4.1.1 and 4.1.2
            for part in ("id", "title", "updated"):
                (found,) = each.findall(f"{ATOM}{part}")
                assert found.text
            assert re.fullmatch(r"[a-z]+:\S+", each.findtext(f"{ATOM}id"))  # 4.2.6: an IRI
            when = datetime.fromisoformat(each.findtext(f"{ATOM}updated"))  # 3.3, RFC 3339
            assert when.tzinfo is not None
        assert root.findtext(f"{ATOM}author/{ATOM}name")  # 4.1.1: where entries have none
        assert [
            link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"
        ]
        ids = [each.findtext(f"{ATOM}id") for each in entries]
        assert len(set(ids)) == len(ids)
        for each in entries:  # 4.1.2: without content, a link to the page
            (link,) = each.findall(f"{ATOM}link[@rel='alternate']")
            assert link.get("type") == "text/html"
        known = {"id", "title", "updated", "author", "link", "entry", "summary", "name"}
        assert {each.tag.removeprefix(ATOM) for each in root.iter()} <= {*known, "feed"}


def test_the_sitemap_gives_absolute_addresses():
    root = ET.fromstring(sitemap(ONLINE, {"index.html": "", "small/index.html": "2026-02-01"}))
    found = [each.text for each in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert found == [
        "https://www.example.org/data/index.html",
        "https://www.example.org/data/small/index.html",
    ]


def test_the_archive_holds_the_main_content_with_all_that_it_shows(site, page, tmp_path):
    with zipfile.ZipFile(site / "small" / "small-cms.zip") as package:
        names = package.namelist()
        package.extractall(tmp_path)
    assert {"briefing.css", "fragment.html", "charts/same-day.svg", "data/regions.csv"} <= set(
        names
    )
    text = (tmp_path / "fragment.html").read_text("utf-8")
    assert text.startswith(f'<div class="{SCOPE}"')
    assert "Synthetic data" in text
    main = trees.text_of(trees.main_of(page))
    assert main in " ".join(trees.text_of(trees.parse(text)).split())


@needs_chromium
def test_the_archives_styles_hold_within_the_fragment_alone(site, tmp_path):
    with zipfile.ZipFile(io.BytesIO((site / "small" / "small-cms.zip").read_bytes())) as package:
        package.extractall(tmp_path)
    text = (tmp_path / "fragment.html").read_text("utf-8")
    theirs = "h2 { color: red; text-transform: uppercase } section { display: flex } td { padding: 30px }"
    host = (
        f'<!DOCTYPE html><style>{theirs}</style><link rel="stylesheet" href="briefing.css">'
        f'<h2 id="own">Own</h2>{text}'
    )
    (tmp_path / "host.html").write_text(host, "utf-8")
    with opened(tmp_path / "host.html") as tab:
        size = "getComputedStyle(document.querySelector('{}')).fontSize"
        assert tab.evaluate(size.format("#own")) == "24px"
        assert (
            tab.evaluate(size.format(f".{SCOPE} h2")) == "31.5px"
            or tab.evaluate(size.format(f".{SCOPE} h2")) == "28px"
        )
        kept = "getComputedStyle(document.querySelector('{}')).{}"
        assert tab.evaluate(kept.format("#own", "color")) == "rgb(255, 0, 0)"
        assert tab.evaluate(kept.format(f".{SCOPE} h2", "color")) != "rgb(255, 0, 0)"
        assert tab.evaluate(kept.format(f".{SCOPE} section", "display")) == "block"
        assert tab.evaluate(kept.format(f".{SCOPE} td", "paddingLeft")) != "30px"
        rule = f"getComputedStyle(document.querySelector('.{SCOPE} .key-findings')).borderLeftStyle"
        assert tab.evaluate(rule) == "solid"
        assert tab.evaluate("[...document.images].every(i => i.naturalWidth > 0)")


def test_a_link_is_called_what_it_says():
    page = trees.parse(
        '<a href="a" aria-label="Back">Read on</a><a href="b" aria-label="Back">↩</a>'
    )
    found = [each.what for each in check_page(page, "a") if "is called" in each.what]
    assert found == ["The link “Read on” is called “Back”, which does not hold its text."]


def test_links_to_another_language_say_which():
    link = '<a href="a" rel="alternate" hreflang="cy"{}>Cymraeg</a>'
    for lang, found in ((' lang="cy"', 0), ("", 1)):
        page = trees.parse(link.format(lang))
        said = [each for each in check_page(page, "a") if "another language" in each.what]
        assert len(said) == found


def test_the_pages_around_the_briefings_lack_no_welsh_word():
    gaps = Gaps()
    with listening(gaps):
        for body in (checklist_body("cy"), statement_words("cy")):
            assert "English" not in body
    assert gaps.missing == set()
    rows = list(trees.parse(checklist_body("cy")).iter("tr"))
    assert len(rows) == 1 + len(criteria())


def statement_words(language):
    finding = Finding("small/index.html", "A fault.", "fault")
    project = SimpleNamespace(publisher="Partneriaeth", contact="")
    rendering = SimpleNamespace(project=SimpleNamespace(settings=SimpleNamespace(project=project)))
    return "".join(statement_body(rendering, (4, 1, found), language) for found in ([], [finding]))


def test_the_index_leads_to_lists_of_other_pages(make_checkout):
    project = make_checkout()
    render(project, (), "2026-02-01", renderer="pandoc")
    (project.site / "areas").mkdir()
    page = "<h1>Areas</h1><p class='subtitle'>One page for each area</p>"
    (project.site / "areas" / "index.html").write_text(page, "utf-8")
    render(project, (), "2026-02-01", renderer="pandoc")
    index = trees.parse((project.site / "index.html").read_text("utf-8"))
    links = {link.get("href"): trees.text_of(link) for link in trees.main_of(index).iter("a")}
    assert links["areas/index.html"] == "One page for each area"


def test_every_test_that_the_checklist_names_exists_and_proves_what_it_is_named_for():
    folder = Path(__file__).parent
    written = "".join(path.read_text("utf-8") for path in sorted(folder.glob("test_*.py")))
    for each in criteria():
        named = [name for name in each["tests"].split(";") if name]
        assert bool(named) == ("test" in each["how"] or "axe" in each["how"]), each["criterion"]
        assert ("axe" in each["how"]) == any("axe" in name for name in named), each["criterion"]
        for name in named:
            assert f"def {name}(" in written, (each["criterion"], name)


def test_the_checklist_covers_wcag_2_2_at_a_and_aa():
    listed = criteria()
    assert len(listed) == len({each["criterion"] for each in listed}) == 55
    assert sum(each["level"] == "A" for each in listed) == 31
    assert sum(each["level"] == "AA" for each in listed) == 24
    known = {"axe", "own test", "axe and own test", "looked at", "not yet", "does not apply"}
    assert {each["how"] for each in listed} <= known


def test_the_statement_says_what_was_checked_and_which_faults_are_known(site):
    root = trees.parse((site / "accessibility.html").read_text("utf-8"))
    text = trees.text_of(trees.main_of(root))
    assert "4 pages and 1 PDFs were checked" in text
    assert "The checks that ran on this site found none." in text


def test_the_statement_of_a_site_with_a_fault_names_it_and_counts_its_pages(make_checkout):
    project = make_checkout()
    render(project, (), "2026-02-01", renderer="pandoc")
    (project.site / "old").mkdir()
    page = (
        "<html lang='en'><head><title>Old</title></head><body><main><h1>Old</h1><img src='a.png'>"
    )
    (project.site / "old" / "index.html").write_text(page + "</main></body></html>", "utf-8")
    render(project, (), "2026-02-01", renderer="pandoc")
    root = trees.parse((project.site / "accessibility.html").read_text("utf-8"))
    text = trees.text_of(trees.main_of(root))
    assert "old/index.html: The image a.png has no text alternative." in text
    count = len(list(project.site.rglob("*.html")))
    assert f"{count} pages" in text
    assert "found none" not in text

"""Every template of the project, filled: no page and no PDF of the site that readers get has a fault.

`test_accessibility` looks at one small briefing in every view; here the project's own words stand in each
template, in both languages; the area profile on a dark phone and in print as well.
"""

import io
import json
import re
import zipfile

import pytest

from fjanalysis.briefings import newsletter, profiles, trees
from fjanalysis.briefings.check import check_site
from fjanalysis.briefings.pdf_checks import check_pdf
from fjanalysis.briefings.render import publish
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.values import Lookup
from fjanalysis.packs import read_pack
from fjanalysis.project import open_project
from tests.briefings.conftest import ROOT
from tests.browser import WCAG_22_AA, needs_chromium, opened, violations
from tests.packs import make_pack
from tests.verapdf import failures, needs_verapdf
from tests.vnu import needs_vnu, problems

DATE = "2026-02-01"
AREA = "Luton"
pytestmark = pytest.mark.xdist_group("templates")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The project's own site: briefings, newsletter, one area profile, and the pages around them."""
    workspace = tmp_path_factory.mktemp("whole")
    pack = read_pack(make_pack(workspace / "outputs" / DATE))
    project = open_project(workspace, start=ROOT)
    rendering = Rendering.prepare(project, pack, "pandoc")
    names = ("urgent-hearings", "recurrence", "private-law-returns", newsletter.NAME)
    publish(rendering, names)
    found = [each for each in profiles.profiles(pack) if each.title == AREA]
    folder = project.site / profiles.NAME
    profiles.render_profile(rendering, found[0], folder / found[0].slug)
    profiles.write_list(rendering, found, folder)
    return project


def pages_of(project):
    return sorted(project.site.rglob("*.html"))


def test_there_is_a_page_of_every_template(whole):
    names = {path.relative_to(whole.site).as_posix() for path in pages_of(whole)}
    slug = next((whole.site / profiles.NAME).iterdir()).name
    wanted = {
        f"{name}/index{suffix}.html"
        for name in ("urgent-hearings", "recurrence", "private-law-returns")
        for suffix in ("", ".cy")
    }
    wanted |= {"index.html", "accessibility.html", "accessibility-checklist.html"}
    wanted |= {"newsletter/newsletter.html", f"{profiles.NAME}/index.html"}
    assert wanted <= names
    assert any(name.startswith(f"{profiles.NAME}/") and name.count("/") == 2 for name in names), (
        slug
    )


def one_of_each(project):
    """Return a page of every kind: the briefings are made from one template, in each language."""
    return [
        path
        for path in pages_of(project)
        if ".cy" not in path.name and path.parent.name not in ("recurrence", "private-law-returns")
    ]


@needs_chromium
@pytest.mark.parametrize(
    ("width", "scheme", "media", "chosen"),
    [
        (1280, "light", "screen", pages_of),
        (1280, "dark", "screen", one_of_each),
        (640, "light", "screen", one_of_each),
        (390, "dark", "screen", one_of_each),
        (320, "light", "screen", one_of_each),
        (1280, "light", "print", one_of_each),
    ],
    ids=["desktop", "desktop dark", "zoomed to 200%", "phone dark", "zoomed to 400%", "print"],
)
def test_axe_finds_nothing_wrong_with_any(whole, width, scheme, media, chosen):
    found = []
    with opened(whole.site / "index.html", width=width) as tab:
        tab.emulate_media(color_scheme=scheme, media=media)
        for path in chosen(whole):
            tab.goto(path.as_uri())
            tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            # A mail has no landmarks of a page.
            tags = WCAG_22_AA[:-1] if newsletter.NAME in path.parts else WCAG_22_AA
            name = path.relative_to(whole.site).as_posix()
            found += [f"{name}: {each}" for each in violations(tab, tags)]
    assert found == []


WALK = """() => {
    const here = document.activeElement;
    window.walked ??= [];
    const again = window.walked.includes(here);
    window.walked.push(here);
    const style = getComputedStyle(here);
    const after = window.walked.length < 2 || !!(
        window.walked.at(-2).compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING);
    return [here === document.body, again, after, style.outlineStyle === 'none' || style.outlineWidth === '0px'];
}"""
STOPS = "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')].filter(e => e.checkVisibility()).length"


@needs_chromium
def test_the_keyboard_walks_through_every_template(whole):
    wrong = []
    wanted = one_of_each(whole)
    assert len(wanted) >= 7
    with opened(whole.site / "index.html") as tab:
        for path in wanted:
            name = path.relative_to(whole.site).as_posix()
            tab.goto(path.as_uri())
            stops = tab.evaluate(STOPS)
            for _ in range(stops):
                tab.keyboard.press("Tab")
                nowhere, again, after, bare = tab.evaluate(WALK)
                if nowhere or again or not after or bare:
                    words = tab.evaluate("document.activeElement.textContent.slice(0, 40)")
                    wrong.append((name, words, nowhere, again, after, bare))
                    break
    assert wrong == []


@needs_chromium
@pytest.mark.parametrize(("width", "media"), [(640, "screen"), (320, "screen"), (718, "print")])
def test_nothing_is_wider_than_the_window(whole, width, media):
    wide = {}
    with opened(whole.site / "index.html", width=width) as tab:
        tab.emulate_media(media=media)
        for path in pages_of(whole):
            tab.goto(path.as_uri())
            taken = tab.evaluate("document.documentElement.scrollWidth")
            if taken > width:
                wide[path.relative_to(whole.site).as_posix()] = taken
    assert wide == {}


@needs_chromium
def test_each_page_opened_from_a_folder_without_scripts_has_its_pictures_and_typeface(whole):
    bare = {}
    with opened(whole.site / "index.html", scripts=False) as tab:
        for path in pages_of(whole):
            if newsletter.NAME in path.parts:
                continue
            tab.goto(path.as_uri())
            loaded = tab.evaluate(
                "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
                " && document.fonts.check('16px \"Source Sans Pro\"')"
            )
            if not loaded:
                bare[path.relative_to(whole.site).as_posix()] = loaded
    assert bare == {}


@needs_vnu
def test_the_nu_checker_finds_no_error_in_any(whole):
    assert problems(*pages_of(whole), warnings=False) == []


SAID = re.compile(
    "synthetic data|synthetic records|data synthetig|cofnodion synthetig", re.IGNORECASE
)


def says_synthetic(name, content):
    """Return whether one file of a site says that its data are made, each page of a PDF included."""
    kind = name.rpartition(".")[2]
    if kind == "csv":
        head, *rows = content.decode("utf-8").splitlines()
        at = head.split(",").index("synthetic")
        last = len(head.split(",")) - at
        return bool(rows) and all(row.rsplit(",", last)[1] == "yes" for row in rows)
    if kind == "pdf":
        pdfium = pytest.importorskip("pypdfium2")
        pages = [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(content)]
        return all(SAID.search(" ".join(page.split())) for page in pages)
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return bool(SAID.search(book.read("xl/sharedStrings.xml").decode("utf-8")))
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [(each, archive.read(each)) for each in archive.namelist()]
        return all(says_synthetic(*each) for each in inside if shows_numbers(each[0]))
    return bool(SAID.search(content.decode("utf-8")))


def shows_numbers(name):
    """Return whether a file of a site shows numbers to readers; marks of a key, styles and notes do not."""
    return (
        name.endswith((".html", ".pdf", ".svg", ".csv", ".xlsx", ".txt", ".zip"))
        and "-key-" not in name
    )


def test_made_data_are_named_as_such_on_every_page_chart_and_download(whole):
    files = [path for path in sorted(whole.site.rglob("*")) if shows_numbers(path.name)]
    kinds = {path.suffix for path in files}
    assert kinds == {".html", ".pdf", ".svg", ".csv", ".xlsx", ".txt", ".zip"}
    silent = [
        path.relative_to(whole.site).as_posix()
        for path in files
        if "assets" not in path.parts and not says_synthetic(path.name, path.read_bytes())
    ]
    assert silent == []
    for path in whole.site.rglob("briefing.json"):
        for edition in json.loads(path.read_text("utf-8"))["editions"].values():
            assert SAID.search(edition["card_alt"]), "the words of the social card"


SECTIONS = {
    "": (
        "Key findings", "Introduction", "About the data", "Findings", "What changed since the last refresh",
        "Definitions and methods", "Data quality and limits", "How to reproduce this briefing", "Recommended citation",
        "Acknowledgements", "Licence and contact",
    ),
    ".cy": (
        "Prif ganfyddiadau", "Cyflwyniad", "Am y data", "Canfyddiadau", "Beth sydd wedi newid ers y diweddariad diwethaf",
        "Diffiniadau a dulliau", "Ansawdd y data a'u terfynau", "Sut i atgynhyrchu'r papur briffio hwn",
        "Dyfyniad a argymhellir", "Cydnabyddiaethau", "Trwydded a chyswllt",
    ),
}  # fmt: skip
BRIEFINGS = ("urgent-hearings", "recurrence", "private-law-returns")


@pytest.mark.parametrize("suffix", SECTIONS)
@pytest.mark.parametrize("name", BRIEFINGS)
def test_every_briefing_has_the_sections_of_a_published_summary(whole, name, suffix):
    root = trees.parse((whole.site / name / f"index{suffix}.html").read_text("utf-8"))
    heads = [trees.text_of(each).replace("\u2019", "'") for each in root.iter("h2")]
    wanted = SECTIONS[suffix]
    assert [each for each in heads if each in wanted] == list(wanted)
    words = {head: trees.text_of(section_of(root, head)) for head in wanted}
    assert all(len(words[head]) > len(head) + 40 for head in wanted), words
    title, author = trees.text_of(next(root.iter("h1"))), trees.with_class(root, "author")
    settings = whole.settings.project
    assert "University" in trees.text_of(author[0]) or "Prifysgol" in trees.text_of(author[0])
    assert title in words[wanted[8]]
    assert "SAIL" in words[wanted[9]]
    assert ("project number" if not suffix else "rif prosiect") in words[wanted[9]]
    assert settings.licence in words[wanted[10]]
    defined = list(Lookup(read_pack(whole.outputs / DATE), name).definitions("main"))
    assert defined
    assert len(list(section_of(root, wanted[5]).iter("dt"))) == len(defined)
    assert list(trees.with_class(section_of(root, wanted[3]), "chart"))


def section_of(root, head):
    """Return the section of a page whose heading is `head`."""
    for section in root.iter("section"):
        own = section.find("h2")
        if own is not None and trees.text_of(own).replace("\u2019", "'") == head:
            return section
    raise AssertionError(head)


@needs_verapdf
def test_verapdf_passes_every_pdf(whole):
    documents = sorted(whole.site.rglob("*.pdf"))
    assert len(documents) == 8  # three briefings and an area profile, each in two languages
    assert failures(*documents) == []


def test_our_own_checks_find_no_fault(whole):
    report = check_site(whole, whole.site, strict=False)
    assert [each.what for each in report.faults] == []
    for path in whole.site.rglob("*.pdf"):
        assert list(check_pdf(path, path.name)) == []


def test_no_page_of_paper_is_a_third_blank(whole):
    pdfium = pytest.importorskip("pypdfium2")
    blank = {}
    for path in sorted(whole.site.rglob("*.pdf")):
        for number, page in enumerate(list(pdfium.PdfDocument(path))[:-1], start=1):
            height = page.get_height()
            foot = 0.075 * height
            lows = [each.get_bounds()[1] for each in page.get_objects()]
            low = min((each for each in lows if each > foot), default=height)
            if low - foot > height / 3:
                blank[f"{path.name}, page {number}"] = round((low - foot) / height, 2)
    assert blank == {}

"""Pages and PDFs that anybody can use: what Chromium with axe, the Nu checker and veraPDF find."""

import pikepdf
import pytest

from fjanalysis.briefings.pdf_checks import walk
from tests.browser import needs_chromium, opened, violations
from tests.verapdf import failures, needs_verapdf
from tests.vnu import needs_vnu, problems

PAGES = ("small/index.html", "index.html", "accessibility.html", "accessibility-checklist.html")
# Zoom in a browser is a narrower window: 1280 pixels at 200% and 400% are 640 and 320.
VIEWS = {"desktop": 1280, "zoomed to 200%": 640, "phone": 390, "zoomed to 400%": 320}


@needs_chromium
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(site, view, scheme):
    with opened(site / PAGES[0], width=VIEWS[view]) as tab:
        tab.emulate_media(color_scheme=scheme)
        for name in PAGES:
            tab.goto((site / name).as_uri())
            for details in tab.locator("summary").all():
                details.click()
            assert violations(tab) == [], name


@needs_chromium
def test_axe_finds_nothing_wrong_in_print(site):
    with opened(site / PAGES[0]) as tab:
        tab.emulate_media(media="print")
        for name in PAGES:
            tab.goto((site / name).as_uri())
            assert violations(tab) == [], name


@needs_chromium
def test_closed_details_are_printed(site):
    with opened(site / "small/index.html") as tab:
        tab.emulate_media(media="print")
        assert tab.locator("details table").first.is_visible()


@needs_chromium
@pytest.mark.parametrize("width", [1280, 640, 390, 320])
def test_nothing_is_wider_than_the_window(site, width):
    with opened(site / PAGES[0], width=width) as tab:
        for name in PAGES:
            tab.goto((site / name).as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, name


@needs_chromium
def test_text_spaced_as_readers_may_space_it_is_not_cut(site):
    spaced = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"
    with opened(site / "small/index.html", width=390) as tab:
        tab.add_style_tag(content=spaced)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        cut = "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).overflow === 'hidden' && e.scrollWidth > e.clientWidth + 1).length"
        assert tab.evaluate(cut) == 0


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(site, width):
    with opened(site / "small/index.html", width=width) as tab:
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip-link"
        assert tab.locator(".skip-link").bounding_box()["x"] >= 0
        tab.keyboard.press("Enter")
        assert tab.evaluate("location.hash") == "#main"
        tab.evaluate(
            "history.replaceState(null, '', location.pathname); document.activeElement.blur(); window.getSelection().removeAllRanges()"
        )
    with opened(site / "small/index.html", width=width) as tab:
        wanted = tab.evaluate(
            "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')].filter(e => e.checkVisibility({contentVisibilityAuto: true})).length"
        )
        seen, outlines = [], []
        for _ in range(wanted):
            tab.keyboard.press("Tab")
            seen.append(
                tab.evaluate(
                    "(window.order ??= new Map(), window.order.has(document.activeElement) || window.order.set(document.activeElement, window.order.size), window.order.get(document.activeElement))"
                )
            )
            outlines.append(tab.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        assert seen == list(range(wanted))
        assert set(outlines) == {"solid"}


@needs_chromium
def test_data_under_a_chart_open_by_keyboard_without_any_script(site):
    with opened(site / "small/index.html", scripts=False) as tab:
        summary = tab.locator("summary").first
        assert not tab.locator("details table").first.is_visible()
        summary.press("Enter")
        assert tab.locator("details table").first.is_visible()


@needs_chromium
def test_a_page_opened_from_a_folder_loads_its_style_typeface_and_pictures(site):
    with opened(site / "small/index.html") as tab:
        assert tab.evaluate("document.fonts.check('600 16px \"Source Sans Pro\"')")
        assert tab.evaluate("[...document.fonts].some(f => f.status === 'loaded')")
        assert tab.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        assert tab.evaluate("getComputedStyle(document.body).fontFamily").startswith(
            '"Source Sans Pro"'
        )


@needs_chromium
def test_small_targets_are_at_least_24_pixels_or_stand_in_text(site):
    with opened(site / "small/index.html", width=390) as tab:
        small = tab.evaluate(
            "[...document.querySelectorAll('nav a, summary, .download a, .editions a, .site-title a')]"
            ".filter(e => Math.max(e.getBoundingClientRect().height, e.parentElement.getBoundingClientRect().height) < 24)"
            ".map(e => e.textContent)"
        )
        assert small == []


@needs_vnu
def test_the_nu_checker_finds_no_error(site):
    assert problems(*(site / name for name in PAGES)) == []


@needs_verapdf
def test_verapdf_passes_pdf_ua_1(site):
    assert failures(*sorted(site.rglob("*.pdf"))) == []


@pytest.fixture(scope="module")
def tree(site):
    with pikepdf.open(site / "small" / "small.pdf") as pdf:
        yield list(walk(pdf.Root.StructTreeRoot))


def kinds(tree, name):
    return [element for element, _ in tree if str(element.S) == name]


def test_the_tree_of_the_pdf_has_one_element_for_each_of_the_page(site, tree):
    from fjanalysis.briefings import trees
    from fjanalysis.briefings.pdf import prepared

    page = prepared(trees.parse((site / "small/index.html").read_text("utf-8")))
    body = page.find("body")
    for tag, name in (
        ("table", "/Table"),
        ("img", "/Figure"),
        ("h1", "/H1"),
        ("h2", "/H2"),
        ("h3", "/H3"),
        ("tr", "/TR"),
        ("th", "/TH"),
        ("td", "/TD"),
    ):
        wanted = len(list(body.iter(tag)))
        assert len(kinds(tree, name)) == wanted, name


def test_every_figure_of_the_pdf_has_its_text_alternative(tree):
    figures = kinds(tree, "/Figure")
    assert figures
    assert all("England" in str(each.Alt) for each in figures)


def test_pages_are_not_a_third_blank(site):
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(site / "small" / "small.pdf")
    heights = []
    for page in list(document)[:-1]:
        bottoms = [
            each.get_bounds()[1]
            for each in page.get_objects()
            if each.get_bounds()[1] > 0.09 * page.get_height()
        ]
        heights.append((min(bottoms) - 0.08 * page.get_height()) / page.get_height())
    assert all(blank < 1 / 3 for blank in heights), heights


def test_the_fonts_of_the_pdf_are_the_brands_own(site):
    with pikepdf.open(site / "small" / "small.pdf") as pdf:
        names = {
            str(font.BaseFont).split("+")[-1]
            for page in pdf.pages
            for font in (page.get("/Resources", {}).get("/Font", {}) or {}).values()
        }
    assert names
    assert all(
        name.replace("-", "").replace(" ", "").startswith("SourceSansPro") for name in names
    ), names

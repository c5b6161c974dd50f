"""The structure of a PDF: one element of the tree for one of the page, however many sheets it spans."""

import io
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pikepdf
import pytest

from fjanalysis.briefings import trees
from fjanalysis.briefings.pdf import Press, prepared
from fjanalysis.briefings.pdf_checks import walk
from tests.verapdf import failures, needs_verapdf

ROOT = Path(__file__).parents[2]
CSS = "body { font: 11pt 'Source Sans Pro' } thead { display: table-header-group } nav ul { list-style: none }"
ROWS, ITEMS = 120, 130
TAGS = {
    "h1": "/H1",
    "h2": "/H2",
    "table": "/Table",
    "thead": "/THead",
    "tbody": "/TBody",
    "tr": "/TR",
    "th": "/TH",
    "td": "/TD",
    "img": "/Figure",
    "figcaption": "/Caption",
    "p": "/P",
    "li": "/LI",
    "ol": "/L",
    "dl": "/L",
    "dt": "/Lbl",
    "a": "/Link",
}


def html():
    rows = "".join(
        f'<tr><th scope="row">Area {at}</th><td>{at}.5%</td><td>{at * 7}</td></tr>'
        for at in range(ROWS)
    )
    items = "".join(
        f"<li>Item {at} of a list that is longer than a sheet</li>" for at in range(ITEMS)
    )
    terms = "".join(f"<dt>Term {at}</dt><dd>Means {at}.</dd>" for at in range(60))
    long = "A sentence that goes on over the end of a sheet. " * 200
    return f"""<!DOCTYPE html><html lang="en-GB"><head><title>Sheets</title></head><body>
<header><div class="site-line"><p class="site-title">Series</p></div><h1>Sheets</h1></header>
<div class="page"><nav class="contents" aria-labelledby="c"><h2 id="c">Contents</h2><ul><li><a href="#one">One</a></li></ul></nav>
<main id="main"><section id="one"><h2>One</h2>
<figure id="tbl-a" class="float table"><figcaption>Table 1 <b>Long</b></figcaption>
<div class="table-scroll"><table><thead><tr><th scope="col">Area</th><th scope="col">Per cent</th><th scope="col">Count</th></tr></thead>
<tbody>{rows}</tbody></table></div></figure>
<p>{long}</p><ol>{items}</ol><dl>{terms}</dl>
<p>See <a href="https://www.example.org/a">another <em>place</em></a> and <a href="#one">the top</a>.</p>
<figure id="fig-a" class="float chart"><figcaption>Figure 1</figcaption><img src="a.svg" alt="A chart of nothing"></figure>
</section></main></div></body></html>"""


@pytest.fixture(scope="module")
def page():
    return prepared(trees.parse(html()))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sheets")
    (folder / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="90pt" height="90pt" viewBox="0 0 90 90">'
        '<path d="M 0 0 L 90 90" style="stroke: #123456; stroke-linecap: butt; stroke-linejoin: round"/></svg>',
        "utf-8",
    )
    press = Press(CSS, (ROOT / "templates" / "pdf.css").read_text("utf-8"))
    printed = press.print(
        trees.parse(html()), folder, mark="Draft", site_url="", address="a/index.html"
    )
    (folder / "a.pdf").write_bytes(printed)
    return folder / "a.pdf"


@pytest.fixture(scope="module")
def pdf(made):
    with pikepdf.open(made) as opened:
        yield opened


@pytest.fixture(scope="module")
def tree(pdf):
    return list(walk(pdf.Root.StructTreeRoot))


def test_each_element_of_the_page_is_one_of_the_tree(page, tree, pdf):
    assert len(pdf.pages) > 8
    wanted = Counter(TAGS[each.tag] for each in page.find("body").iter() if each.tag in TAGS)
    nav = len(list(page.find(".//nav").iter("li")))
    wanted["/LI"] -= nav
    # Each numbered item has its number as label; so has each term of the list of definitions.
    wanted["/Lbl"] += ITEMS
    wanted["/LI"] += wanted["/Lbl"] - ITEMS
    found = Counter(str(element.S) for element, _ in tree)
    assert {name: found[name] for name in wanted} == dict(wanted)
    assert found["/TOC"] == 1
    assert found["/TOCI"] == nav


def test_the_tree_has_the_order_of_the_page(page, tree):
    kinds = {
        name: tag
        for name, tag in TAGS.items()
        if tag in ("/H1", "/H2", "/Table", "/TR", "/TH", "/TD", "/P", "/Figure", "/Link")
    }
    wanted = [kinds[each.tag] for each in page.find("body").iter() if each.tag in kinds]
    assert [str(element.S) for element, _ in tree if str(element.S) in kinds.values()] == wanted


def test_a_table_over_sheets_has_one_head_and_its_caption_within(tree):
    table = next(element for element, _ in tree if element.S == "/Table")
    assert [str(kid.S) for kid in table.K] == ["/Caption", "/THead", "/TBody"]
    ids = {str(element.ID) for element, _ in tree if element.S == "/TH"}
    for element, above in tree:
        if element.S == "/TH":
            assert str(element.A.Scope) == ("/Column" if "/THead" in above else "/Row")
        if element.S == "/TD":
            assert {str(name) for name in element.A.Headers} <= ids
            assert len(element.A.Headers) == 2


def test_links_are_described_by_their_words(tree):
    described = [
        [str(kid.Obj.Contents) for kid in element.K if not isinstance(kid, int) and "/Obj" in kid]
        for element, _ in tree
        if element.S == "/Link"
    ]
    assert [each[0] for each in described] == ["One 1", "another place", "the top"]


def test_all_content_is_in_the_tree_or_an_artefact(pdf, tree):
    held = set()
    for element, _ in tree:
        for kid in element.get("/K", []):
            if isinstance(kid, int):
                held.add((element.Pg.objgen, kid))
            elif kid.get("/Type") == "/MCR":
                held.add((kid.Pg.objgen, int(kid.MCID)))
    shown, artefacts = set(), 0
    for sheet in pdf.pages:
        for operands, operator in pikepdf.parse_content_stream(sheet):
            if str(operator) == "BDC" and "/MCID" in operands[1]:
                shown.add((sheet.objgen, int(operands[1].MCID)))
            elif str(operator) == "BDC":
                assert str(operands[0]) == "/Artifact"
                artefacts += 1
    assert shown == held
    # Running head and foot of each sheet but the first, and the repeated heads of the table.
    assert artefacts > 2 * (len(pdf.pages) - 1)


def test_each_piece_of_content_leads_back_to_its_element(pdf, tree):
    nums = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    by_sheet = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
    for element, _ in tree:
        for kid in element.get("/K", []):
            if isinstance(kid, int):
                assert by_sheet[int(element.Pg.StructParents)][kid].objgen == element.objgen
            elif kid.get("/Type") == "/MCR":
                assert by_sheet[int(kid.Pg.StructParents)][int(kid.MCID)].objgen == element.objgen
            elif kid.get("/Type") == "/OBJR":
                assert by_sheet[int(kid.Obj.StructParent)].objgen == element.objgen
            else:
                assert kid.P.objgen == element.objgen


def test_a_figures_place_is_on_its_sheet_counted_from_the_foot(pdf, tree):
    figure = next(element for element, _ in tree if element.S == "/Figure")
    left, low, right, high = (float(each) for each in figure.A.BBox)
    _, _, width, height = (float(each) for each in figure.Pg.MediaBox)
    assert 0 < left < right < width
    assert 0 < low < high < height


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler is not installed here")
def test_another_reader_reads_the_words_of_the_page_in_order(page, made):
    done = subprocess.run(
        ["pdfinfo", "-struct-text", str(made)], capture_output=True, text=True, check=True
    )
    read = "".join(re.findall(r'"(.*)"', done.stdout))
    main = "".join(trees.main_of(page).itertext())
    letters = re.sub(r"[\s\d.•]", "", main)
    assert letters in re.sub(r"[\s\d.•]", "", read)


@needs_verapdf
def test_verapdf_passes_a_document_whose_tables_and_lists_span_sheets(made):
    assert failures(made) == []


def test_nothing_of_the_machine_is_in_the_document(made):
    data = made.read_bytes()
    with pikepdf.open(io.BytesIO(data)) as opened:
        text = b"".join(
            each.read_bytes() for each in opened.objects if isinstance(each, pikepdf.Stream)
        )
    assert b"file:" not in data + text
    assert str(made.parent).encode() not in data + text

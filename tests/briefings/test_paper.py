"""Pages on paper: laid out in steps, filled, with charts drawn straight into the PDF."""

import errno
import io
import multiprocessing
import os
import re
import signal
from pathlib import Path

import pikepdf
import pytest
from weasyprint.layout import page as page_layout

from fjanalysis.briefings import documents, trees
from fjanalysis.briefings.page_fill import BLANK, Fill, empty_end
from fjanalysis.briefings.paper import AHEAD, VARIANT, Paper
from fjanalysis.briefings.pdf import Press, _only_files, prepared
from fjanalysis.briefings.pdf_checks import walk
from fjanalysis.briefings.render import render
from fjanalysis.briefings.structure import finisher, noted_owners
from fjanalysis.briefings.vector import Words, read_chart
from fjanalysis.errors import MachineError

ROOT = Path(__file__).parents[2]
# The rules of the project's own sheets that hold the parts of a table together.
OWN_RULES = "\n".join(
    line
    for line in (ROOT / "templates" / "pdf.css").read_text("utf-8").split("\n")
    if "break-before: avoid" in line
)
PAGE_CSS = "@page { size: A5; margin: 15mm } figure { break-inside: avoid } img { display: block; width: 92% }"


@pytest.fixture(scope="module")
def press():
    return Press("body { font: 12pt 'Source Sans Pro' }", PAGE_CSS)


@pytest.fixture(scope="module")
def chart(site):
    return site / "small" / "charts" / "same-day.svg"


def paper_of(press, folder, body):
    root = trees.parse(f'<html lang="en"><title>T</title><body><main>{body}</main></body></html>')
    return root, Paper(root, folder, press._sheets, press._fonts, _only_files())


def text_of(pdf):
    pdfium = pytest.importorskip("pypdfium2")
    return [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(pdf)]


def before(lines):
    return "".join(f"<p>Line {number} of what stands before.</p>" for number in range(lines))


FIGURE = '<figure id="fig-a" class="float chart"><figcaption>Figure</figcaption><img src="same-day.svg" alt="A chart"></figure>'


TALL = FIGURE.replace("</figure>", "<p>A note below it.</p>" * 9 + "</figure>").replace(
    "-a", "-tall"
)


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        (13, "<p>After it, one.</p>"),
        (13, "<h2>Next</h2>"),
        (3, ""),
        (
            9,
            TALL
            + "<p>The words that follow it.</p>" * 6
            + before(20)
            + FIGURE.replace("fig-a", "fig-b"),
        ),
    ],
)
def test_pages_made_again_are_those_of_the_changed_page_laid_out_at_once(
    press, chart, lines, after
):
    link = '<p><a class="see" href="#end">See page</a></p>'
    root, paper = paper_of(
        press, chart.parent, before(lines) + link + FIGURE + after + '<p id="end">End.</p>'
    )
    made = paper.sheets(*Fill(root, paper).changes).write_pdf(
        pdf_variant=VARIANT, pdf_identifier=b"x"
    )
    whole = Paper(
        trees.parse(trees.write(root)), chart.parent, press._sheets, press._fonts, _only_files()
    )
    at_once = whole.sheets().write_pdf(pdf_variant=VARIANT, pdf_identifier=b"x")
    assert made == at_once


def test_few_pages_are_made_again_for_a_change(press, chart, monkeypatch):
    made = []
    make = page_layout.make_page
    monkeypatch.setattr(page_layout, "make_page", lambda *given: made.append(1) or make(*given))
    tall = FIGURE.replace("</figure>", "<p>A note below it.</p>" * 9 + "</figure>")
    part = f"{before(9)}{tall}{'<p>The words that follow it.</p>' * 6}"
    parts = [
        f"<section style='break-before: page'>{part.replace('fig-a', f'fig-{number}')}</section>"
        for number in range(8)
    ]
    root, paper = paper_of(press, chart.parent, "".join(parts))
    fill, changes = Fill(root, paper), []

    def change(sheets, at):
        changes.append(fill.drawn_up(sheets, at))
        return changes[-1]

    whole = paper.sheets(change)
    assert sum(changes) > 5
    assert len(made) <= len(whole.pages) + (AHEAD + 1) * sum(changes)


def test_numbers_of_pages_are_those_of_the_sections_and_no_page_is_made_again_for_them(
    press, chart, monkeypatch
):
    made = []
    make = page_layout.make_page
    monkeypatch.setattr(page_layout, "make_page", lambda *given: made.append(1) or make(*given))
    ids = [f"s{number}" for number in range(12)]
    links = "".join(f"<li><a href='#{name}'>Part {name}.</a></li>" for name in ids)
    sections = "".join(
        f"<section id='{name}' style='break-before: page'><h2>Part {name}.</h2>{before(2)}</section>"
        for name in ids
    )
    figure = chart_with_data("fig-a", 1)
    page = prepared(
        trees.parse(
            f"<html lang='en-GB'><title>T</title><body><nav class='contents'><ul>{links}</ul></nav>"
            f"<main>{figure}{sections}</main></body></html>"
        )
    )
    document = Paper(page, chart.parent, press._sheets, press._fonts, _only_files()).sheets()
    pages = text_of(io.BytesIO(document.write_pdf(pdf_variant=VARIANT)))
    assert len(made) == len(pages) == 13
    listed = dict(re.findall(r"Part (s\d+)\.\s*(\d+)", " ".join(pages[0].split())))
    assert listed == {name: str(2 + at) for at, name in enumerate(ids)}
    (said,) = re.findall(r"in a table on page\s*(\d+)", " ".join(pages[0].split()))
    assert said == "13"


def test_a_chart_that_nearly_fits_is_drawn_smaller_and_fills_the_page(press, chart):
    root, paper = paper_of(press, chart.parent, before(13) + FIGURE + "<h2>Next</h2>" + before(9))
    ends = []
    paper.sheets(lambda sheets, _: ends.append([empty_end(each) for each in sheets]))
    again, filled = paper_of(press, chart.parent, before(13) + FIGURE + "<h2>Next</h2>" + before(9))
    fill, last = Fill(again, filled), []

    def look(sheets, _):
        last[:] = [empty_end(each) / each.margin_height() for each in sheets]

    filled.sheets(*fill.changes, look)
    assert max(ends[0][:-1]) / 794 > BLANK
    assert max(last[:-1]) <= BLANK
    assert "width" in again.find(".//img").get("style")
    assert "style" not in root.find(".//img").attrib


def test_paragraphs_go_before_a_chart_that_does_not_fit(press, chart):
    tall = FIGURE.replace("</figure>", "<p>A note below it.</p>" * 9 + "</figure>")
    words = before(9) + tall + "<p>The words that follow it.</p>" * 6
    root, paper = paper_of(press, chart.parent, words)
    sheets = paper.sheets(*Fill(root, paper).changes).pages
    order = [each.tag for each in trees.main_of(root)]
    assert order.index("figure") > 9
    assert empty_end(sheets[0]._page_box) / sheets[0].height <= BLANK


def test_charts_above_an_end_that_stays_empty_are_drawn_as_wide_as_the_column(press, chart):
    end = '<div style="height: 165mm; break-inside: avoid">Words that fit on no page beside others.</div>'
    root, paper = paper_of(press, chart.parent, FIGURE + end)
    paper.sheets(*Fill(root, paper).changes)
    assert root.find(".//img").get("style") == "width: 100%"


def test_no_heading_is_left_alone_where_its_figures_go_on(press, chart):
    tall = FIGURE.replace("</figure>", "<p>A note below it.</p>" * 12 + "</figure>")
    first = f"<section id='a'><h3>One</h3>{before(9)}</section><section id='b'><h3>Two</h3>{tall}</section>"
    body = f"<section>{first}<section id='c'><h3>Three</h3>{before(9)}</section></section>"
    root, paper = paper_of(press, chart.parent, body)
    paper.sheets(*Fill(root, paper).changes)
    assert "fig-a" in [each.get("id") for each in trees.by_id(root, "b")]


def lines_of(paper):
    """Return the words of each page, a string a page."""
    made = paper.sheets().write_pdf(pdf_variant=VARIANT)
    return [" ".join(page.split()) for page in text_of(io.BytesIO(made))]


@pytest.mark.parametrize("lines", range(10, 24))
def test_the_last_rows_and_the_notes_of_a_table_are_never_alone_on_a_page(brand, chart, lines):
    rows = "".join(f"<tr><th>Row {at}</th><td>{at}</td></tr>" for at in range(9))
    table = f"<figure class='float table'><table><tbody>{rows}</tbody></table><div class='notes'><p>Source</p></div></figure>"
    press = Press(
        (ROOT / "templates" / "briefing.css").read_text("utf-8"),
        PAGE_CSS + "figure { break-inside: auto }" + OWN_RULES,
    )
    _, paper = paper_of(press, chart.parent, before(lines) + table + "<p>End.</p>")
    page = next(each for each in lines_of(paper) if "Source" in each)
    assert all(f"Row {at}" in page for at in (6, 7, 8))


def test_spans_that_mean_nothing_on_paper_are_taken_out_and_their_words_kept():
    root = trees.parse(
        "<body><p>In <span class='claim'>a <span class='value'>b</span> c</span>, <em>d</em> <span class='fixed'>e</span>.</p></body>"
    )
    words = trees.text_of(root)
    trees.unwrap(root, list(root.iter("span")))
    assert trees.text_of(root) == words
    assert list(root.iter("span")) == []
    assert trees.fragment(root.find(".//p")) == "<p>In a b c, <em>d</em> e.</p>"


def test_a_line_does_not_end_behind_its_first_word_for_the_blank_at_its_end(press, tmp_path):
    words = "The child is issued within days, and so on to the end of the follow-up.\n"
    widths = range(400, 600)
    body = "".join(f'<dl><dd style="width: {width}px">{words}</dd></dl>' for width in widths)
    page = prepared(trees.parse(f'<html lang="en"><body><main>{body}</main></body></html>'))
    made = Paper(page, tmp_path, press._sheets, press._fonts, _only_files()).sheets()
    lines = [
        "".join(part.text for part in box.descendants() if type(part).__name__ == "TextBox")
        for sheet in made.pages
        for box in sheet._page_box.descendants()
        if type(box).__name__ == "LineBox"
    ]
    assert any("end" in line for line in lines)
    assert "The" not in lines


def test_small_print_of_a_sheet_stands_in_even_columns_and_keeps_its_order(press, tmp_path):
    words = [f"Part {at}. " + "Some words. " * size for at, size in enumerate((9, 2, 2, 9, 5, 5))]
    body = "".join(f"<p>{each}</p>" for each in words)
    text = f'<html lang="en"><body class="sheet"><main><div class="small-print">{body}</div></main></body></html>'
    page = prepared(trees.parse(text))
    (print_,) = trees.with_class(page, "small-print")
    assert [[trees.text_of(each)[:6] for each in column] for column in print_] == [
        ["Part 0", "Part 1"],
        ["Part 2", "Part 3"],
        ["Part 4", "Part 5"],
    ]
    assert not any("column" in trees.classes(each) for each in trees.parse(text).iter())


def test_links_that_leave_the_page_are_absolute_or_print_where_they_lead():
    text = "<html lang='en'><body><header><a href='../index.html'>Site</a></header><main><p>See <a href='../b/index.html' hreflang='cy'>B</a>, <a href='#a'>A</a>.</p></main></body></html>"
    printed = prepared(trees.parse(text))
    assert trees.text_of(printed) == "SiteSee B (b/index.html), A."
    assert [each.get("href") for each in printed.iter("a")] == ["#a"]
    online = prepared(trees.parse(text), base="https://www.example.org/site/a/index.html")
    assert trees.text_of(online.find(".//p")) == "See B, A."
    assert [each.get("href") for each in online.iter("a")] == [
        "https://www.example.org/site/index.html",
        "https://www.example.org/site/b/index.html",
        "#a",
    ]


def test_small_print_that_a_sheet_does_not_take_goes_on_to_another(chart):
    press = Press(
        (ROOT / "templates" / "briefing.css").read_text("utf-8"),
        (ROOT / "templates" / "pdf.css").read_text("utf-8"),
    )
    words = "".join(f"<p>Part {at}. {'Some words. ' * 30}Last {at}.</p>" for at in range(9))
    body = f'<main>{before(44)}<div class="small-print">{words}</div></main>'
    root = trees.parse(f'<html lang="en"><title>T</title><body class="sheet">{body}</body></html>')
    made = press.print(root, chart.parent, mark="", site_url="", address="a.html")
    pages = text_of(io.BytesIO(made))
    assert len(pages) == 2
    text = " ".join(" ".join(pages).split())
    assert [at for at in range(9) if f"Part {at}." not in text or f"Last {at}." not in text] == []


def chart_with_data(name, number):
    table = f"<table><caption>Subtitle</caption><tr><th>Area</th></tr><tr><td>{number}</td></tr></table>"
    return (
        f"<figure id='{name}' class='float chart'><figcaption><span class='label'>{name}</span> <span class='headline'>H</span> "
        f"<span class='subtitle'>Per cent</span></figcaption><details class='data'><summary>Data</summary>"
        f"<div class='table-scroll'>{table}</div></details></figure>"
    )


def test_charts_of_the_same_data_share_one_table_on_paper():
    figures = "".join(chart_with_data(*each) for each in (("map", 1), ("funnel", 1), ("line", 2)))
    page = prepared(trees.parse(f"<html lang='en-GB'><body><main>{figures}</main></body></html>"))
    section = trees.by_id(page, "chart-data")
    captions = [trees.text_of(each) for each in section.iter("figcaption")]
    assert captions == ["map H Per cent funnel H Per cent", "line H Per cent"]
    links = [each.find("a").get("href") for each in trees.with_class(page, "see-data")]
    assert links == ["#data-map", "#data-map", "#data-line"]


def test_key_findings_that_spill_over_by_a_line_are_set_closer(press, chart, monkeypatch):
    rules = PAGE_CSS + " .snug .key-findings { font-size: 9pt; line-height: 1.2 }"
    own = Press("body { font: 12pt 'Source Sans Pro' }", rules)
    laid_out = []
    plain = Press._laid_out
    monkeypatch.setattr(
        Press,
        "_laid_out",
        lambda *given, **named: laid_out.append(plain(*given, **named)) or laid_out[-1],
    )

    def printed(lines):
        laid_out.clear()
        body = f"<main><div class='key-findings'>{before(lines)}</div>{before(20)}</main>"
        root = trees.parse(f"<html lang='en'><title>T</title><body>{body}</body></html>")
        own.print(root, chart.parent, mark="", site_url="", address="a.html")
        return laid_out

    fits = next(lines for lines in range(14, 40) if len(printed(lines)) > 1)
    again = printed(fits)[-1]
    second = again.pages[1]._page_box.descendants()
    assert not [
        box
        for box in second
        if box.element is not None and "key-findings" in trees.classes(box.element)
    ]
    assert len(printed(fits + 30)) == 1


def test_a_charts_words_are_text_in_the_pages_own_typeface(press, chart):
    _, paper = paper_of(press, chart.parent, FIGURE)
    made = paper.sheets().write_pdf(pdf_variant=VARIANT)
    svg = chart.read_text("utf-8")
    words = [each for each in re.findall(r"<!-- (.*?) -->", svg) if each.strip()]
    shown = re.sub(r"\s+", "", "".join(text_of(io.BytesIO(made))))
    assert words
    assert [each for each in words if re.sub(r"\s+", "", each) not in shown] == []
    with pikepdf.open(io.BytesIO(made)) as pdf:
        names = [str(font.BaseFont) for font in pdf.pages[0].Resources.Font.values()]
    assert all("Source-Sans-Pro" in name for name in names), names


def test_a_chart_looks_as_weasyprint_would_draw_it(press, chart, monkeypatch):
    pdfium = pytest.importorskip("pypdfium2")
    np = pytest.importorskip("numpy")

    def picture():
        _, paper = paper_of(press, chart.parent, FIGURE)
        made = paper.sheets().write_pdf(pdf_variant=VARIANT)
        page = pdfium.PdfDocument(made)[0]
        return page.render(scale=1.5, grayscale=True).to_numpy().astype(float)

    ours = picture()
    monkeypatch.setattr("fjanalysis.briefings.paper.read_chart", lambda *_: None)
    theirs = picture()
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).mean() < 0.2
    assert np.abs(ours - 255).mean() > 0.5


@pytest.mark.parametrize(
    "drawing",
    [
        '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9"><circle r="4"/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9"><path d="M 0 0 A 1 1"/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="1 0 9 9"/>',
        "not a drawing",
    ],
)
def test_a_drawing_of_another_kind_is_left_to_weasyprint(tmp_path, press, drawing):
    (tmp_path / "own.svg").write_text(drawing, "utf-8")
    assert read_chart(tmp_path / "own.svg", press._fonts) is None


def test_glyphs_of_an_unknown_typeface_are_drawn_as_outlines(tmp_path, press, chart):
    other = tmp_path / "other.svg"
    other.write_text(chart.read_text("utf-8").replace("SourceSansPro-", "Another-"), "utf-8")
    steps = read_chart(other, press._fonts).steps
    assert not any(isinstance(step, Words) for step in steps)
    assert any(isinstance(step, Words) for step in read_chart(chart, press._fonts).steps)


def test_the_same_bytes_come_from_one_process_and_from_two(make_checkout, monkeypatch):
    project = make_checkout()
    folder = project.root / "briefings" / "small"
    (folder / "index.cy.qmd").write_text((folder / "index.qmd").read_text("utf-8"), "utf-8")

    def made(cores):
        monkeypatch.setattr(documents.os, "cpu_count", lambda: cores)
        render(project, (), "2026-02-01", renderer="pandoc")
        files = [path for path in sorted(project.site.rglob("*")) if path.is_file()]
        return {path.relative_to(project.site).as_posix(): path.read_bytes() for path in files}

    alone, together = made(1), made(2)
    assert "small/small.cy.pdf" in alone
    assert alone == together


def ended(document, folder):
    os.kill(os.getpid(), signal.SIGKILL)


def refused(*given):
    raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize("part", ["the maker", "what makers are forked from"])
def test_a_process_that_is_ended_from_outside_is_named_as_such(make_checkout, monkeypatch, part):
    project = make_checkout()
    folder = project.root / "briefings" / "small"
    (folder / "index.cy.qmd").write_text((folder / "index.qmd").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(documents.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(documents, "processes", lambda: multiprocessing.get_context("fork"))
    if part == "the maker":
        # A forked process looks the function up by its name.
        ended.__module__, ended.__qualname__ = documents.__name__, "_made_here"
        monkeypatch.setattr(documents, "_made_here", ended)
    else:
        monkeypatch.setattr(documents.ProcessPoolExecutor, "submit", refused)
    with pytest.raises(MachineError, match="The process that makes pages was ended") as caught:
        render(project, (), "2026-02-01", renderer="pandoc")
    assert caught.value.where.startswith("small ")
    assert not project.site.exists()


def test_a_figure_that_ends_its_section_drifts_on_paper_and_keeps_its_place_in_the_tree(
    press, chart
):
    tall = FIGURE.replace("</figure>", "<p>A note below it.</p>" * 9 + "</figure>")
    words = (
        f'<section id="a"><h3>One</h3>{before(8)}{tall}</section>'
        f'<section id="b"><h3>Two</h3>{before(4)}</section>'
    )
    root, paper = paper_of(press, chart.parent, words)
    document = paper.sheets(*Fill(root, paper).changes)
    second = list(trees.by_id(root, "b"))
    assert [each.tag for each in second[:2]] == ["h3", "p"]
    assert "figure" in [each.tag for each in second]
    with noted_owners() as owners:
        made = document.write_pdf(pdf_variant=VARIANT, finisher=finisher(owners))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        order = [str(each.S) for each, _ in walk(pdf.Root.StructTreeRoot)]
    assert order.index("/Figure") < order.index("/Sect", order.index("/Sect") + 1)

"""Other bytes may have the same content; another word, number, shape or picture has not."""

import zipfile

import pytest

from fjanalysis.releases.content import same_content, values_of

PAGE = (
    '<!DOCTYPE html>\n<html lang="en-GB"><head><title>T</title></head><body><main><p>There were '
    '<span class="value" data-key="a/b.count area=&quot;E&quot;">2,914</span> <a href="x.html">cases</a>.'
    '<img src="c.svg" alt="A chart"></p></main></body></html>'
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg"><metadata>1</metadata><g id="p1" clip-path="url(#c1)">'
    '<path d="M 10 20 L 30.5 -4e1" style="stroke: #12436d"/><text>2019</text></g></svg>'
)


def pair(tmp_path, suffix, one, other):
    paths = []
    for name, text in (("one", one), ("other", other)):
        paths.append(tmp_path / f"{name}{suffix}")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


@pytest.mark.parametrize(
    ("suffix", "text", "old", "new", "same"),
    [
        (".html", PAGE, "<main>", '<main class="x">', True),
        (".html", PAGE, "There were", "There  were", True),
        (".html", PAGE, "2,914", "2,915", False),
        (".html", PAGE, "area=&quot;E", "area=&quot;W", False),
        (".html", PAGE, "x.html", "y.html", False),
        (".html", PAGE, "A chart", "Another chart", False),
        (".svg", DRAWING, ">1<", ">2<", True),
        (".svg", DRAWING, 'id="p1" clip-path="url(#c1)"', 'id="p2" clip-path="url(#c9)"', True),
        (".svg", DRAWING, "30.5", "30.5000001", True),
        (".svg", DRAWING, "30.5", "31.5", False),
        (".svg", DRAWING, "L 30.5", "M 30.5", False),
        (".svg", DRAWING, "#12436d", "#f46a25", False),
        (".svg", DRAWING, "2019", "2020", False),
        (".svg", DRAWING, "</svg>", "<g/></svg>", False),
        (".svg", DRAWING, "<svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg', False),
        (".json", '{"a": 1, "b": 2}', '"a": 1, "b": 2', '"b": 2, "a": 1', True),
        (".json", '{"a": 1}', "1", "2", False),
        (".csv", "a,b\n1,2\n", "1", "1.0", False),
        (".html", PAGE, "2,914", "\x00", False),
    ],
)
def test_what_is_content(tmp_path, suffix, text, old, new, same):
    assert old in text
    one, other = pair(tmp_path, suffix, text, text.replace(old, new, 1))
    assert same_content(one, other) is same


def test_a_workbook_is_the_same_when_its_sheets_are(tmp_path):
    def workbook(name, sheet, author, compression):
        with zipfile.ZipFile(tmp_path / name, "w", compression) as packed:
            packed.writestr("docProps/core.xml", author)
            packed.writestr("xl/sheet1.xml", sheet)
        return tmp_path / name

    first = workbook("a.xlsx", "<v>1</v>", "A", zipfile.ZIP_STORED)
    assert same_content(first, workbook("b.xlsx", "<v>1</v>", "B", zipfile.ZIP_DEFLATED))
    assert not same_content(first, workbook("c.xlsx", "<v>2</v>", "A", zipfile.ZIP_STORED))


def test_a_file_that_is_missing_or_broken_is_not_the_same(tmp_path):
    one, other = pair(tmp_path, ".pdf", "%PDF-1.7 broken", "%PDF-1.7 broken too")
    assert not same_content(one, other)
    assert not same_content(one, tmp_path / "absent.pdf")


def test_the_numbers_of_a_page_are_read_by_their_keys(tmp_path):
    one, _ = pair(tmp_path, ".html", PAGE, PAGE)
    assert values_of(one) == {'a/b.count area="E"': "2,914"}
    assert values_of(tmp_path / "absent.html") == {}

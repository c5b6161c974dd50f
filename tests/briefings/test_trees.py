"""Pages read as trees: quickly where they are written plainly, and always as HTML's own rules read them."""

import pytest
import tinyhtml5

from fjanalysis.briefings import trees

HEAD = '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n<title>A &amp; B</title>\n</head>\n'


def by_the_rules_of_html(text):
    root = tinyhtml5.parse(text, namespace_html_elements=False)
    for each in root.iter():
        if isinstance(each.tag, str):
            each.tag = each.tag.split("}", 1)[-1]
    return root


def shape(element):
    own = (element.tag, dict(element.attrib), element.text or "", element.tail or "")
    return (*own, [shape(each) for each in element])


def page(body):
    return f"{HEAD}<body>\n{body}\n</body>\n</html>\n"


PLAIN = page(
    '<p>One<br>two <a href="#x">three</a> &lt; four</p>\n<table class="data">\n<caption>C</caption>\n'
    '<thead>\n<tr>\n<th scope="col">H</th>\n</tr>\n</thead>\n<tbody>\n<tr><td>1</td></tr>\n</tbody>\n</table>\n'
    '<script type="application/ld+json">{"a": "b"}</script>'
    '<picture><source srcset="n.svg"><img src="w.svg" alt="A &quot;b&quot;"></picture>'
)
OTHERWISE = {
    "a paragraph that a block ends": "<p>One <div>two</div> three</p>",
    "rows without a body": "<table><tr><td>1</td></tr></table>",
    "words between rows": "<table><tbody>words<tr><td>1</td></tr></tbody></table>",
    "a link within a link": '<a href="a">one <a href="b">two</a></a>',
    "an element that only looks closed": "<div/><p>after</p>",
    "a line break in a value": '<p title="one\ntwo">three</p>',
    "a first line of code": "<pre>\n\nfirst</pre>",
    "a comment": "<p>one<!-- two --></p>",
    "an entity of HTML alone": "<p>one&nbsp;two &euro;</p>",
    "a character of an old code page": "<p>&#150;</p>",
    "an item without a list": "<li>one</li><p>two</p>",
    "a formula": '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>',
    "a script": "<script>if (1 < 2) { '<p>' }</script>",
    "a script with a sign for and": '<script type="application/ld+json">{"a": "b & c"}</script>',
    "a script with a tag in it": '<script type="application/ld+json">{"a": "<b>c</b>"}</script>',
    "a style with an entity": "<style>a::after { content: '&amp;' }</style>",
    "capitals": "<DIV Class='a'>one</DIV>",
    "tags that cross": "<b>one <i>two</b> three</i>",
}


def test_a_plainly_written_page_is_read_without_html_rules_and_gives_their_tree(monkeypatch):
    wanted = shape(by_the_rules_of_html(PLAIN))
    monkeypatch.setattr(trees.tinyhtml5, "parse", None)
    assert shape(trees.parse(PLAIN)) == wanted


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_html_reads_otherwise_than_xml_is_read_as_html(name):
    text = page(OTHERWISE[name])
    assert shape(trees.parse(text)) == shape(by_the_rules_of_html(text))


def test_the_pages_of_a_site_are_alike_by_both(site):
    pages = sorted(site.rglob("*.html"))
    assert pages
    for each in pages:
        text = each.read_text("utf-8")
        assert shape(trees.parse(text)) == shape(by_the_rules_of_html(text)), each.name

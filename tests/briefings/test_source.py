"""A briefing's words are read whole, and what would break a renderer stops with file and line."""

import pytest

from fjanalysis.briefings.source import read_source
from fjanalysis.errors import RenderError

HEAD = "---\ntitle: T\n---\n"


@pytest.fixture
def write(tmp_path):
    def write(text, name="index.qmd"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_an_include_takes_its_place_and_keeps_its_own_lines(write):
    write('one\n{{< value "a.count" >}}\n', "_part.qmd")
    source = read_source(write(HEAD + "before\n\n{{< include _part.qmd >}}\n\nafter\n"))
    assert source.body == 'before\n\none\n{{< value "a.count" >}}\n\nafter\n\n'
    (call,) = source.shortcodes()
    assert str(source.where(call.start)).endswith("_part.qmd:2")
    assert str(source.where(source.body.index("after"))).endswith("index.qmd:8")


def test_claims_are_found_with_their_words_and_line(write):
    text = (
        HEAD
        + 'The [more [than](x.html) half]{.a claim="a.count area=\\"Wales\\" > 3"} of it. `[x]{claim="y"}`\n'
    )
    (claim,) = (source := read_source(write(text))).claims()
    assert claim.test == 'a.count area="Wales" > 3'
    assert source.body[claim.start : claim.end].startswith("[more [than](x.html) half]{")
    assert str(claim.where).endswith("index.qmd:4")


@pytest.mark.parametrize(
    ("body", "what", "line"),
    [
        ("text\n\n::: {.note}\nno end\n", "div is not closed", 6),
        ("text\n\n:::\n", "not opened", 6),
        ("```python\ncode\n", "code block is not closed", 4),
        ('a\n<script src="x"></script>\n', "not allowed", 5),
        ('a <a onclick="x">b</a>\n', "not allowed", 4),
        ("[a](javascript:x)\n", "not allowed", 4),
        ('`{{< value "a.count" >}}`\n', "stands in code", 4),
        ("{{< include _none.qmd >}}\n", "no file", 4),
        ("words {{< include _none.qmd >}}\n", "alone on its line", 4),
        ('one\n{{< value "a.count">}}\n', "space", 5),
    ],
)
def test_what_would_break_the_page_stops_with_file_and_line(write, body, what, line):
    with pytest.raises(RenderError, match=what) as caught:
        read_source(write(HEAD + body))
    assert caught.value.where.endswith(f"index.qmd:{line}")
    assert caught.value.mend


def test_a_file_that_includes_itself_is_refused(write):
    write("{{< include _b.qmd >}}\n", "_a.qmd")
    write("{{< include _a.qmd >}}\n", "_b.qmd")
    with pytest.raises(RenderError, match="includes itself") as caught:
        read_source(write(HEAD + "{{< include _a.qmd >}}\n"))
    assert caught.value.where.endswith("_b.qmd:1")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("---\ntitle: [\n---\n", "not good YAML"),
        ("---\ntitle: T\nwords\n", "not closed"),
        ("words only\n", "no title"),
        ("---\ntitle: 'A {{< value \"a.count\" area=Wales >}}'\n---\n", "needs quotes"),
    ],
)
def test_front_matter_that_renderers_would_misread_is_refused(write, text, what):
    with pytest.raises(RenderError, match=what):
        read_source(write(text))


def test_divs_in_code_blocks_do_not_count(write):
    read_source(write(HEAD + "```\n::: {.note}\n```\n"))

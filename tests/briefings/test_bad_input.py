"""What authors get wrong, through the installed program: a sentence with file and line, and nothing published."""

import re
import shutil
import zipfile

import pytest

from fjanalysis.folders import files_below, sha256
from packs import make_pack
from tests.briefings.conftest import FIGURES, WORDS, checkout
from tests.program import fjanalysis, left

DATE = "2026-02-01"
GOOD = "Those who hear"
# By name: the file that is wrong, what stands in it, what the author wrote instead, and what is said of it.
MISTAKES = {
    "shortcode": ("index.qmd", '{{< chart "same', '{{< chrat "same', 24, "Did you mean 'chart'"),
    "key": ("index.qmd", "({{< value \"same", "({{< value \"some", 13, "Did you mean 'same_day_hearing.percent'"),
    "claim": ("index.qmd", 'claim="same', 'claim="some', 12, "Did you mean 'same_day_hearing.percent'"),
    "area": ("index.qmd", '({{< value "same_day_hearing.percent" area="England', '({{< value "same_day_hearing.percent" area="Englnd', 13, "Did you mean 'England'"),
    "no-data": ("figures.yml", "period: years", "period: 1999-00", 4, "no result for the period '1999-00'"),
    "kind": ("figures.yml", "kind: line", "kind: lines", 2, "'lines' is not among .*Did you mean 'line'"),
    "entry": ("figures.yml", "claim: same", "clam: same", 4, "no such entry. Did you mean 'claim'"),
    "link": ("index.qmd", "https://www.example.org/a", "../smal/index.html", 14, r"leads to nothing. Did you mean '\.\./small/index.html'"),
    "place": ("index.qmd", "https://www.example.org/a", "#sec-finding", 14, "no place 'sec-finding' on this page. Did you mean 'sec-findings'"),
    "machine": ("index.qmd", "https://www.example.org/a", "/home/me/a.pdf", 14, "would not work where the page is published"),
    "reference": ("index.qmd", "@fig-same-day", "@fig-same-dya", 13, "Did you mean 'fig-same-day'"),
    "footnote": ("index.qmd", "[^1]: A note.", "", 14, r"would be printed as it stands: '\[\^1\]'"),
    "picture": ("index.qmd", GOOD, f"![A court](cuort.png)\n\n{GOOD}", 29, "no picture 'cuort.png'. Did you mean 'court.png'"),
    "foreign": ("index.qmd", GOOD, f"![A court](https://example.org/c.png)\n\n{GOOD}", 29, "is on another site"),
    "no-words": ("index.qmd", GOOD, f"![](court.png)\n\n{GOOD}", 29, "no words for those who cannot see it"),
    "div": ("index.qmd", "::: {.key-findings}", "::: {.key-findings}\n::: {.note}", 11, "The div is not closed"),
    "raw-div": ("index.qmd", GOOD, f"<div>\n\n{GOOD}", 29, "<div> is not closed"),
    "bracket": ("index.qmd", GOOD, "[Those]{.fixed who hear", 29, r"would be printed as it stands: '\]{.fixed'"),
    "script": ("index.qmd", GOOD, f"<script>x()</script>\n\n{GOOD}", 29, "could run or load something is not allowed"),
    "raw-script": ("index.qmd", GOOD, f"```{{=html}}\n<script>x()</script>\n```\n\n{GOOD}", 30, "could run or load something is not allowed: <script>"),
    "handler": ("index.qmd", GOOD, '[Those]{onclick="x()"}', 29, "not allowed: onclick of <span>"),
    "address": ("index.qmd", GOOD, f"<javascript:x()>\n\n{GOOD}", 29, "not allowed: href of <a>"),
    "settings": ("index.qmd", GOOD, f"---\nname: [a\n---\n\n{GOOD}", 29, "cannot be read: Error parsing YAML"),
    "formula": ("index.qmd", GOOD, "It cost $\\foo{$ then", 29, r"The formula '\\foo{' cannot be read"),
    "head": ("index.qmd", "title: A small", "title: A: small", 2, "front matter is not good YAML"),
    "language": ("index.qmd", "theme: Public law", "lang: xx-YY", 6, "'xx-YY' is no language"),
    "sources": ("index.qmd", "theme: Public law", "bibliography: none.bib", 6, "bibliography 'none.bib' is not there"),
    "filter": ("index.qmd", "theme: Public law", "filters:\n  - quarto\n  - wrods.lua", 8, "no file 'wrods.lua', which filters: names. Did you mean 'words.lua'"),
    "program": ("index.qmd", "theme: Public law", "shortcodes: court.png", 6, "'court.png', which shortcodes: names, is no Lua file"),
    "control": ("index.qmd", GOOD, f"\x00{GOOD}", 29, "a character that no page can show"),
    "encoding": ("index.qmd", GOOD, b"caf\xe9", 29, "not UTF-8 text"),
}  # fmt: skip


def write(folder, words=WORDS, figures=FIGURES):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.qmd").write_text(words, encoding="utf-8")
    (folder / "figures.yml").write_text(figures, encoding="utf-8")
    (folder / "court.png").write_bytes(b"a picture")
    (folder / "words.lua").write_text("", encoding="utf-8")


def hashes(folder):
    return {name: sha256(folder / name) for name in files_below(folder)}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A project whose one briefing is published, and what stands in its site."""
    root = checkout(tmp_path_factory.mktemp("bad"))
    make_pack(root / "outputs" / DATE, streams=("urgent-hearings",))
    fjanalysis("render", "--renderer", "pandoc", cwd=root)
    return root, hashes(root / "_site")


@pytest.fixture(scope="module")
def said(published):
    """What the program says of a briefing for each mistake, all in one run."""
    root, _ = published
    for name, (file, old, new, _, _) in MISTAKES.items():
        folder = root / "briefings" / name
        write(folder)
        data = (folder / file).read_bytes()
        assert old.encode() in data, name
        wrong = new if isinstance(new, bytes) else new.encode()
        (folder / file).write_bytes(data.replace(old.encode(), wrong, 1))
    done = fjanalysis("render", "--renderer", "pandoc", *MISTAKES, cwd=root, code=13)
    for name in MISTAKES:
        shutil.rmtree(root / "briefings" / name)
    return done.stderr


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_said_in_a_sentence_with_its_file_and_line_and_how_to_mend_it(said, name):
    file, _, _, line, what = MISTAKES[name]
    where = rf"Where: \S*/briefings/{name}/{re.escape(file)}:{line}\n"
    assert re.search(rf"{what}.*\n{where}To mend: \w", said), said
    assert "None" not in said


def test_what_was_published_stays_and_nothing_half_made_is_left(published, said):
    root, before = published
    assert said
    assert hashes(root / "_site") == before
    assert not [name for name in left(root) if "partial" in name]


def test_several_mistakes_of_a_page_are_listed_together(published):
    root, before = published
    words = WORDS.replace("https://www.example.org/a", "a.html").replace("@sec-findings", "[x](#y)")
    (root / "briefings/small/index.qmd").write_text(words, encoding="utf-8")
    done = fjanalysis("render", "--renderer", "pandoc", cwd=root, code=13)
    (root / "briefings/small/index.qmd").write_text(WORDS, encoding="utf-8")
    assert "2 places of the page cannot be published." in done.stderr
    assert "small/index.qmd:14: The link 'a.html' leads to nothing." in done.stderr
    assert "small/index.qmd:36: There is no place 'y' on this page." in done.stderr
    assert hashes(root / "_site") == before


def test_a_missing_translation_fails_a_strict_check_with_file_and_line(published):
    root, _ = published
    welsh = WORDS.replace("title:", "lang: cy\ntitle:")
    (root / "briefings/small/index.cy.qmd").write_text(welsh, encoding="utf-8")
    fjanalysis("render", "--renderer", "pandoc", cwd=root)
    strict = fjanalysis("check", "--strict", cwd=root, code=13)
    found = [line for line in strict.stdout.splitlines() if "No Welsh for" in line]
    assert any(
        line.startswith(
            "fault: briefings/small/figures.yml:11: No Welsh for “Newborn babies, region"
        )
        for line in found
    ), strict.stdout
    fjanalysis("check", cwd=root)


def test_a_picture_beside_the_words_is_published_with_the_page(published):
    root, _ = published
    write(root / "briefings/small", WORDS.replace(GOOD, f"![A court](court.png)\n\n{GOOD}"))
    chart = next((root / "_site/small/charts").glob("*.svg"))
    shutil.copyfile(chart, root / "briefings/small/court.png")
    fjanalysis("render", "--renderer", "pandoc", cwd=root)
    assert sha256(root / "_site/small/court.png") == sha256(chart)
    with zipfile.ZipFile(root / "_site/small/small-cms.zip") as package:
        assert package.read("court.png") == chart.read_bytes()
    fjanalysis("check", cwd=root)

"""A page made again from a later pack of the same refresh says what was corrected, and marks it `[r]`."""

import json
import re
import shutil
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from fjanalysis.briefings import trees
from fjanalysis.briefings.corrections import corrected_pack, correction_note, with_marks
from fjanalysis.packs import read_pack
from fjanalysis.project import open_project
from packs import make_pack
from tests.briefings.conftest import FIGURES, WORDS, checkout
from tests.briefings.test_revisions import key_of, with_value
from tests.program import fjanalysis

DATE = "2026-02-01"
WRONG = {
    "measure": "same_day_hearing",
    "statistic": "percent",
    "area": "E92000001",
    "period": "2024-25",
    "group": "",
    "variant": "main",
}
REASON = "An application was counted twice."
WELSH = WORDS.replace("title: A small", f"lang: cy\ncorrection: {REASON}\ntitle: A small")


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """The site of a briefing in two languages: published, then made again from a corrected, cleared pack."""
    root = checkout(tmp_path_factory.mktemp("corrected"))
    (root / "briefings/small/index.cy.qmd").write_text(WELSH, encoding="utf-8")
    first = make_pack(root / "outputs" / DATE, cleared=True, streams=("urgent-hearings",))
    fjanalysis("render", "--renderer", "pandoc", cwd=root)
    assert "[r]" not in (root / "_site/small/index.html").read_text("utf-8")
    rows = read_pack(first).results
    (wrong,) = rows[(rows[list(WRONG)] == pd.Series(WRONG)).all(axis=1)].to_dict("records")
    make_pack(
        root / "outputs" / f"{DATE}.2",
        cleared=True,
        streams=("urgent-hearings",),
        revision=2,
        change=((WRONG, {"value": 2.0, "upper": 2.0}),),
    )
    fjanalysis("render", "--renderer", "pandoc", cwd=root)
    return root, wrong


def page(root, name="index.html"):
    return trees.parse((root / "_site/small" / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "heading", "said"),
    [
        ("index.html", "Correction", "1 of its numbers was corrected. It is marked [r]"),
        ("index.cy.html", "Cywiriad", "Cywirwyd 1 o'i rhifau. Fe'i nodir â [r]"),
    ],
)
def test_the_page_begins_with_what_was_corrected_in_its_language(corrected, name, heading, said):
    root, wrong = corrected
    first = trees.main_of(page(root, name))[0]
    assert trees.text_of(first.find("h2")) == heading
    text = trees.text_of(first)
    assert said in text
    assert f"{DATE}," in text
    (row,) = list(first.find(".//tbody"))
    cells = [trees.text_of(each) for each in row][-2:]
    assert cells == [f"{wrong['value']:.1f}%", f"{wrong['value'] + 2:.1f}%"]


def test_the_authors_reason_stands_in_the_note(corrected):
    root, _ = corrected
    assert REASON in trees.text_of(trees.main_of(page(root, "index.cy.html"))[0])


def test_every_place_of_a_corrected_number_carries_the_mark_and_no_other_does(corrected):
    root, wrong = corrected
    now = f"{wrong['value'] + 2:.1f}%"
    main = trees.main_of(page(root))
    numbers = [each for each in main.iter() if 'period="2024-25"' in each.get("data-key", "")]
    own = [
        trees.text_of(each)
        for each in numbers
        if "same_day_hearing.percent" in each.get("data-key") and each.get("data-key").count("E9200") == 1
    ]  # fmt: skip
    marked = [text for text in own if text.replace("\N{NO-BREAK SPACE}", " ") == f"{now} [r]"]
    assert len(marked) == 2, own  # in the words, and in the chart's table
    table = pd.read_csv(root / "_site/small/data/same-day.csv")
    assert table.loc[table["status"] == "r", "period"].to_list() == ["2024-25"]
    assert "[r]" not in trees.text_of(trees.by_id(page(root), "tbl-regions"))
    assert "[r] revised since it was last published." in trees.text_of(main)


def test_an_earlier_revision_is_rendered_where_it_is_asked_for(corrected, tmp_path):
    root, _ = corrected
    (tmp_path / "outputs").symlink_to(root / "outputs")
    fjanalysis(
        *("--workspace", str(tmp_path), "render", "--renderer", "pandoc"),
        *("--refresh", f"{DATE}.1"),
        cwd=root,
    )
    text = (tmp_path / "_site/small/index.html").read_text("utf-8")
    assert f"output pack {DATE} (checksum" in text
    assert "[r]" not in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (f"{DATE}.3", f"The pack of {DATE} has no revision 3."),
        (f"{DATE}.first", "a revision is a number"),
        ("1 February", "'1 February' is not a date"),
    ],
)
def test_a_revision_that_is_not_at_hand_is_said_with_those_that_are(corrected, asked, said):
    root, _ = corrected
    done = fjanalysis("render", "--refresh", asked, cwd=root, code=2)
    assert said in done.stderr
    if said.endswith("3."):
        assert f"At hand: {DATE}.1, {DATE}.2." in done.stderr


def test_workbook_and_pdf_carry_the_mark_too(corrected):
    import pypdfium2

    root, wrong = corrected
    book = openpyxl.load_workbook(root / "_site/small/small.xlsx")
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row]
    assert any("[r]" in each for each in cells)
    document = pypdfium2.PdfDocument(root / "_site/small/small.pdf")
    text = " ".join(each.get_textpage().get_text_range() for each in document)
    assert "1 of its numbers was corrected" in " ".join(text.split())
    assert re.search(rf"{wrong['value'] + 2:.1f}%\s\[r\]", text)


def test_the_index_and_the_notes_of_the_page_say_that_it_was_corrected(corrected):
    root, _ = corrected
    index = trees.text_of(trees.parse((root / "_site/index.html").read_text("utf-8")))
    assert "Corrected" in index
    head = page(root).find("head")
    (script,) = list(head.iter("script"))
    assert "1 of its numbers was corrected" in json.loads(script.text)["correction"]
    assert "[r]" not in head.find("title").text


def test_a_page_without_a_corrected_number_has_no_note_and_no_mark(corrected):
    root, _ = corrected
    other = root / "briefings" / "other"
    shutil.copytree(root / "briefings/small", other)
    (other / "index.cy.qmd").unlink()
    words = '---\ntitle: Other\nstream: urgent-hearings\ndescription: x\n---\n\n## Words\n\n{{< value "newborn_cases.count" area="England" period="2019-20" >}}\n'
    (other / "index.qmd").write_text(words, encoding="utf-8")
    (other / "figures.yml").write_text(FIGURES, encoding="utf-8")
    fjanalysis("render", "other", "--renderer", "pandoc", cwd=root)
    text = (root / "_site/other/index.html").read_text("utf-8")
    assert "[r]" not in text
    assert "Correction" not in text


@pytest.fixture
def project(tmp_path):
    return open_project(start=checkout(tmp_path))


@pytest.mark.parametrize(
    ("cleared", "before", "found"),
    [
        (True, DATE, True),
        (False, DATE, False),  # nobody has read a draft
        (True, "2025-08-01", False),  # another refresh is not a correction
    ],
)
def test_only_a_cleared_pack_of_the_same_refresh_is_corrected(project, cleared, before, found):
    make_pack(
        project.outputs / before, cleared=cleared, refresh=before, streams=("urgent-hearings",)
    )
    pack = read_pack(
        make_pack(project.outputs / f"{DATE}.2", streams=("urgent-hearings",), revision=2)
    )
    assert (corrected_pack(project, pack) is not None) == found


@pytest.fixture
def pack(project):
    return read_pack(make_pack(project.outputs / DATE, streams=("urgent-hearings",)))


def test_a_number_that_prints_alike_is_not_marked(pack):
    key = key_of(pack, "same_day_hearing", "percent", "E92000001", "2019-20")
    row = pack.results[pack.results["measure"] == "same_day_hearing"]
    value = row[
        (row["statistic"] == "percent")
        & (row["area"] == "E92000001")
        & (row["period"] == "2019-20")
    ]["value"].iloc[0]
    assert with_marks(pack, with_value(pack, key, value + 1e-9)) is pack
    assert (with_marks(pack, with_value(pack, key, value + 5)).results["status"] == "r").sum() == 1


def test_numbers_given_before_and_withheld_now_are_counted(pack):
    key = key_of(pack, "newborn_cases", "count", "E92000001", "2019-20")
    later = replace(with_value(pack, key, None, "c"), manifest=pack.manifest)
    note = correction_note([key], pack, later, "en-GB")
    assert "1 number that was given before is withheld now." in trees.text_of(note)
    assert correction_note([key], pack, pack, "en-GB") is None

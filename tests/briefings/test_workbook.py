"""A briefing's workbook follows the guidance on accessible spreadsheets, to the byte."""

import zipfile

import openpyxl
import pytest

from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.briefings.workbook import write_workbook
from fjanalysis.packs import read_pack
from tests.packs import make_pack

FIGURES = """
regions:
  kind: dot
  title: Regions
  subtitle: Same-day hearings by region, {period}
  measure: same_day_hearing.percent
  area: regions
  period: window
  note: Over all years together.
counts:
  kind: table
  title: Counts
  subtitle: Newborn cases, {period}
  measure: [newborn_cases.count, newborn_cases.rate_per_10000]
  area: [England, Wales]
"""
LONDON = {
    "measure": "same_day_hearing",
    "statistic": "percent",
    "area": "E12000007",
    "period": "2012-13 to 2024-25",
}


@pytest.fixture(scope="module")
def figures(tmp_path_factory, brand):
    folder = tmp_path_factory.mktemp("book")
    pack = read_pack(make_pack(folder / "2026-02-01", withhold=(LONDON,)))
    (folder / "figures.yml").write_text(FIGURES, encoding="utf-8")
    found = read_figures(folder / "figures.yml")
    return [
        render_figure(each, pack, brand=brand, language="en-GB", stream="urgent-hearings")
        for each in found.values()
    ]


@pytest.fixture
def write(figures, tmp_path):
    def written(name="book.xlsx"):
        path = tmp_path / name
        write_workbook(
            path,
            figures,
            title="Newborn babies",
            titles={"regions": "Where it is common"},
            about=["Synthetic data: these are not findings."],
            contact="",
            author="Authors",
            refresh="2026-02-01",
            language="en-GB",
        )
        return path

    return written


def test_the_same_figures_give_the_same_bytes(write):
    assert write("one.xlsx").read_bytes() == write("two.xlsx").read_bytes()


def test_its_dates_are_those_of_the_refresh(write):
    with zipfile.ZipFile(write()) as book:
        core = book.read("docProps/core.xml").decode()
    assert core.count("2026-02-01T00:00:00Z") == 2


def test_a_cover_and_a_list_come_first_and_each_table_has_a_sheet(write):
    book = openpyxl.load_workbook(write())
    assert book.sheetnames == ["Cover", "List of tables", "Notes", "Table 1", "Table 2"]
    cover = [row[0] for row in book["Cover"].iter_rows(values_only=True)]
    assert "Newborn babies" in cover
    assert "Synthetic data: these are not findings." in cover


def test_each_sheet_holds_one_named_table_without_merged_or_empty_cells(write):
    book = openpyxl.load_workbook(write())
    for name in ("Table 1", "Table 2"):
        sheet = book[name]
        assert not sheet.merged_cells.ranges
        (table,) = sheet.tables.values()
        cells = [cell.value for row in sheet[table.ref] for cell in row]
        assert None not in cells


def test_numbers_are_numbers_and_withheld_ones_shorthand(write, figures):
    sheet = openpyxl.load_workbook(write())["Table 1"]
    assert sheet["A1"].value == "Where it is common [note 1]"
    rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
    assert rows["Area"] == (
        "Same day hearing (%)",
        "Same day hearing: lower limit (%)",
        "Same day hearing: upper limit (%)",
    )
    assert rows["London"] == ("[c]", "[c]", "[c]")
    assert all(isinstance(value, float) for value in rows["North East"])
    north_east = figures[0].sheet.cells[figures[0].sheet.names.index("North East")]
    assert rows["North East"] == tuple(cell.number for cell in north_east)
    assert f"{rows['North East'][0]:.1f}%" == north_east[0].text


def test_counts_and_rates_keep_their_own_units(write):
    sheet = openpyxl.load_workbook(write())["Table 2"]
    rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
    assert len(rows["Area"]) == 2
    assert not any("%" in head for head in rows["Area"])
    assert rows["Area"][0] != rows["Area"][1]


def test_shorthand_and_notes_stand_on_a_sheet_of_their_own(write):
    book = openpyxl.load_workbook(write())
    sheet = book["Notes"]
    (table,) = sheet.tables.values()
    rows = {row[0].value: row[1].value for row in sheet[table.ref]}
    assert rows["[note 1]"] == "Over all years together."
    assert rows["[c]"].startswith("confidential")
    assert not any("Bars show" in str(cell.value) for each in book for row in each for cell in row)
    listed = [row[0] for row in book["List of tables"].iter_rows(values_only=True)]
    assert listed[-3:] == ["Notes", "Table 1", "Table 2"]


def test_whose_it_is_stands_in_its_metadata(write):
    assert openpyxl.load_workbook(write()).properties.creator == "Authors"


def test_a_welsh_workbook_has_no_english_heading(figures, tmp_path):
    write_workbook(
        tmp_path / "book.xlsx",
        figures,
        title="Babanod",
        titles={each.id: "Pennawd" for each in figures},
        about=["Data synthetig."],
        contact="",
        author="Awduron",
        refresh="2026-02-01",
        language="cy",
    )
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book.sheetnames[:4] == ["Clawr", "Rhestr o dablau", "Nodiadau", "Tabl 1"]
    cover = [row[0] for row in book["Clawr"].iter_rows(values_only=True)]
    assert {"Gwybodaeth ragarweiniol", "Am y data hyn", "Cyswllt"} <= set(cover)
    assert not {"Introductory information", "About these data", "Contact"} & set(cover)

"""Welsh words: whole where they are, English and listed where they are not, and marked until checked."""

import ast
import importlib
import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from fjanalysis.briefings import briefing, formats
from fjanalysis.briefings.figures import read_figures
from fjanalysis.briefings.messages import CATALOGUES, Gaps, listening, message, sentence
from fjanalysis.briefings.translations import check_translations
from fjanalysis.errors import RenderError
from tests.briefings.conftest import ROOT

# Modules whose words stand in English alone.
ENGLISH_ONLY: tuple[str, ...] = ()
PACKAGE = ROOT / "src" / "fjanalysis" / "briefings"
# What stands for the place of a template.
FILLED = {"neighbours": '["Luton"]'}
ENGLISH = """
one:
  kind: table
  title: Newborn cases
  subtitle: Number, {period}
  measure: newborn_cases.count
  names: {newborn_cases.count: Cases}
"""


@pytest.fixture(scope="module")
def catalogue():
    with (CATALOGUES / "cy.po").open("rb") as stream:
        return read_po(stream, locale="cy")


@pytest.fixture
def figures(tmp_path):
    def written(welsh):
        (tmp_path / "figures.yml").write_text(ENGLISH, encoding="utf-8")
        if welsh:
            (tmp_path / "figures.cy.yml").write_text(welsh, encoding="utf-8")
        return tmp_path / "figures.yml"

    return written


def messages_in_code():
    """Yield every message of a briefing's pages that the package gives as plain text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name in ENGLISH_ONLY:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "message"
            if called and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def test_every_message_of_the_pages_has_a_welsh_one(catalogue):
    lacking = {
        text
        for text in messages_in_code()
        if not (entry := catalogue.get(text)) or not entry.string
    }
    assert lacking == set()


def test_no_translation_loses_or_invents_a_name_to_be_filled_in(catalogue):
    for entry in catalogue:
        if entry.id:
            assert _names(entry.id) == _names(entry.string), entry.id


def _names(text):
    import string

    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_numbers_dates_and_changes_are_written_in_welsh():
    assert formats.change(2425, 2914, "count", "cy") == "cododd 20%"
    assert formats.day("2026-02-01", "cy") == "1 Chwefror 2026"
    assert formats.one_in(16.7, "cy") == "1 o bob 6"


def test_what_is_not_translated_is_english_and_collected():
    with listening(Gaps()) as gaps:
        assert message("No such sentence stands in a catalogue.", "cy").startswith("No such")
        message("Contents", "cy")
        message("{name}, {value}.", "cy", name="A", value="B")
        message("Another one.", "en-GB")
    assert gaps.missing == {"No such sentence stands in a catalogue."}
    assert gaps.unchecked == {"Contents"}


def test_a_definition_is_translated_whatever_its_parameters_are():
    words = "Newborn cases per {} live births in the same area and financial year."
    with listening(Gaps()) as gaps:
        for number in ("10,000", "1,000"):
            assert sentence(words.format(number), "cy").startswith(
                f"Achosion newydd-anedig fesul {number} o"
            )
        assert sentence("It took 7 days.", "cy") == "It took 7 days."
        assert sentence("It took 7 days.", "en-GB") == "It took 7 days."
    assert gaps.missing == {"It took 7 days."}


@pytest.mark.parametrize("stream", ["urgent_hearings", "recurrence", "private_law_returns"])
def test_every_label_and_definition_of_a_measure_has_a_welsh_one(stream):
    method = importlib.import_module(f"fjanalysis.streams.{stream}.method")
    with listening(Gaps()) as gaps:
        for measure in method.MEASURES:
            sentence(measure.label, "cy")
            sentence(measure.definition, "cy")
    assert gaps.missing == set()


@pytest.mark.parametrize("origin", ["closure", "issue"])
@pytest.mark.parametrize("rule", ["any", "eldest"])
def test_definitions_are_welsh_whatever_is_chosen(origin, rule):
    from fjanalysis.streams.private_law_returns.method import definitions
    from fjanalysis.streams.private_law_returns.parameters import Parameters

    chosen = Parameters.model_construct(origin=origin, child_rule=rule)
    with listening(Gaps()) as gaps:
        for each in definitions(chosen):
            sentence(each.term, "cy")
            sentence(each.text, "cy")
    assert gaps.missing == set()


def test_the_words_of_a_figure_come_from_the_welsh_file_beside_it(figures):
    path = figures(
        "one:\n  title: Achosion newydd-anedig\n  names: {newborn_cases.count: Achosion}\n"
    )
    with listening(Gaps()) as gaps:
        figure = read_figures(path, language="cy")["one"]
    assert figure.title == "Achosion newydd-anedig"
    assert figure.names == {"newborn_cases.count": "Achosion"}
    assert figure.subtitle == "Number, {period}"
    assert gaps.missing == {"Number, {period}"}


def test_the_english_page_takes_nothing_from_the_welsh_file(figures):
    path = figures("one:\n  title: Achosion newydd-anedig\n")
    assert read_figures(path, language="en")["one"].title == "Newborn cases"


@pytest.mark.parametrize(
    ("welsh", "what"),
    [
        ("one:\n  measure: infant_cases.count\n", "'measure' is not among the words"),
        ("oen:\n  title: X\n", "declares no 'oen'"),
    ],
)
def test_a_translation_may_hold_words_only_and_of_figures_there_are(figures, welsh, what):
    with pytest.raises(RenderError, match=what) as caught:
        read_figures(figures(welsh), language="cy")
    assert "figures.cy.yml" in caught.value.where


def test_figures_of_the_welsh_editions_lack_no_word():
    for path in sorted((ROOT / "briefings").glob("*/figures.cy.yml")):
        with listening(Gaps()) as gaps:
            read_figures(path.with_name("figures.yml"), FILLED, language="cy")
        assert gaps.missing == set(), path.parent.name


def test_both_editions_of_a_briefing_show_the_same_figures_and_numbers():
    from fjanalysis.briefings.source import read_source

    for path in sorted((ROOT / "briefings").glob("*/index.cy.qmd")):
        english, welsh = (read_source(path.with_name(name)) for name in ("index.qmd", path.name))
        for names in (
            ("chart", "table", "definitions"),
            ("value", "change", "period", "parameter", "fact"),
        ):
            shown = [
                sorted(
                    (
                        call.name,
                        call.args,
                        tuple(sorted((k, v) for k, v in call.kwargs.items() if k != "else")),
                    )
                    for call in source.shortcodes()
                    if call.name in names
                )
                for source in (english, welsh)
            ]
            assert shown[0] == shown[1], path.parent.name
        tests = [sorted(claim.test for claim in source.claims()) for source in (english, welsh)]
        assert tests[0] == tests[1]


def test_what_an_edition_lacks_is_listed_for_the_translator(tmp_path):
    folder = tmp_path / "briefings" / "one"
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "briefings" / "recurrence" / "index.qmd", folder / "index.qmd")
    found = list(check_translations(tmp_path, []))
    assert [each.where for each in found] == ["briefings/one/index.qmd:1"]
    note = {
        "name": "two",
        "editions": {
            "en": {"page": "index.html"},
            "cy": {"page": "index.cy.html", "untranslated": ["Cohort"], "unchecked": ["A", "B"]},
        },
    }
    found = list(check_translations(tmp_path / "none", [note]))
    assert [each.what for each in found] == [
        "No Welsh for “Cohort”.",
        "No translator has checked 2 of the program's Welsh words.",
    ]
    assert all(each.warning and each.where == "two/index.cy.html" for each in found)


def test_editions_are_found_by_language(tmp_path):
    for name in ("index.qmd", "index.cy.qmd", "index.html", "notes.qmd"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert briefing.edition_files(tmp_path) == {
        "cy": Path(tmp_path / "index.cy.qmd"),
        "en": Path(tmp_path / "index.qmd"),
    }

"""No count of few people leaves by the words, the claims or the data of a figure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.briefings.few_checks import check_few, few_in_data, few_in_figures, few_in_words
from fjanalysis.briefings.source import read_source
from fjanalysis.few import few_people

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("There were 4 mothers.", ["4 mothers"]),
        ("There were four mothers.", ["four mothers"]),
        ("Roedd 4 o blant.", ["4 o blant"]),
        ("There were 14 mothers.", []),
        ("There were 1,004 mothers.", []),
        ("A case names one child.", []),
        ("Rates per 0 children.", []),
    ],
)
def test_a_count_of_few_people_is_found_in_figures_or_in_words(text: str, found: list[str]) -> None:
    assert few_people(text, 10) == found


def test_numbers_in_words_are_left_out_where_they_are_no_counts() -> None:
    assert few_people("two parents and 2 parents", 10, words=False) == ["2 parents"]


def said(tmp_path: Path, body: str) -> list[tuple[str, str]]:
    path = tmp_path / "index.qmd"
    path.write_text(f"---\ntitle: T\nlang: en-GB\n---\n{body}\n", encoding="utf-8")
    return [(each.where, each.what) for each in few_in_words(read_source(path), tmp_path, 10)]


def test_a_claim_and_the_text_are_named_with_file_and_line(tmp_path: Path) -> None:
    body = (
        "It was [four mothers]{claim=\"a.count area='England' < 10\"}.\n\nIt was 7 children in Wales.\n\n"
        "[2 parents]{.fixed} have a child.\n"
    )
    assert said(tmp_path, body) == [
        (
            "index.qmd:5",
            "A claim states a count of people under the threshold: “four mothers”.",
        ),
        (
            "index.qmd:7",
            "The text states a count of people under the threshold: “7 children”.",
        ),
    ]


def test_a_figure_s_words_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "figures.yml"
    path.write_text("few:\n  kind: table\n  note: Among them 3 fathers.\n", encoding="utf-8")
    (found,) = few_in_figures(path, tmp_path, 10)
    assert found.where == "figures.yml:3"
    assert "3 fathers" in found.what
    assert not found.warning


def test_a_figure_s_data_show_no_small_count_and_nothing_withheld(tmp_path: Path) -> None:
    columns = ["value", "lower", "upper", "numerator", "denominator", "status"]
    rows = [
        [50.0, 40.0, 60.0, 50, 100, "ok"],
        [7.0, 4.0, 9.0, 7, 100, "ok"],
        [None, None, None, None, None, "c"],
        [12.5, None, None, None, None, "c"],
    ]
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "few.csv"
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    found = [(each.where, each.what) for each in few_in_data(path, tmp_path, 10)]
    assert found == [
        ("data/few.csv:3", "The figure's data shows a count under the threshold."),
        ("data/few.csv:5", "The figure's data shows a number of a withheld row."),
    ]


def test_the_project_s_own_briefings_state_no_such_count(tmp_path: Path) -> None:
    assert list(check_few(ROOT, tmp_path, 10)) == []

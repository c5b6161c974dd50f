"""The synthetic world comes as near to the published figures as docs/calibration.md says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.sources.synthetic import calibration
from fjanalysis.sources.synthetic.facts import Facts
from fjanalysis.sources.synthetic.generator import draw_world
from fjanalysis.sources.synthetic.published import MEASURES, figures, measured, missed

SCALE = 0.2
DOCUMENT = Path(__file__).parents[2] / "docs" / "calibration.md"


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return measured(Facts(draw_world(SCALE, (21, 0)), SCALE))


def test_each_published_figure_is_met_within_its_tolerance(found):
    off = missed(found, errors=3.5)
    assert off[["figure", "published", "generated"]].to_dict("records") == []


def test_chance_does_not_excuse_a_figure_of_many_rows(found):
    assert (found["chance"] < found["tolerance"]).mean() > 0.85


def test_a_generator_that_is_off_is_found_out(monkeypatch):
    monkeypatch.setattr(calibration, "CARE_LEVEL", calibration.CARE_LEVEL * 1.25)
    monkeypatch.setattr(calibration, "NON_PARENT", calibration.NON_PARENT * 2)
    world = draw_world(0.1, (21, 0))
    off = set(missed(measured(Facts(world, 0.1)), errors=3.5)["measure"])
    assert {"care cases", "newborn cases", "brought by others"} <= off


def test_the_document_holds_the_figures_that_are_tested():
    lines = [line.split(" | ") for line in DOCUMENT.read_text(encoding="utf-8").splitlines()]
    written = [line[0].removeprefix("| ") for line in lines if len(line) == 8]
    table = figures()
    assert [name for name in written if name in set(table["figure"])] == list(table["figure"])
    assert set(table["measure"]) == set(MEASURES)


def test_each_figure_says_where_it_is_from_or_that_it_is_an_assumption():
    table = figures()
    assert set(table["mark"]) <= {"S", "S2", "C", "M", "?", "assumption"}
    published = table[table["mark"] != "assumption"]
    assert (published["source"] != "").all()
    assert table["figure"].is_unique

"""What notebooks draw of their models is made of rows of the results, and of nothing that few persons stand behind."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from fjanalysis.streams.plots import Drawing, effects_over_time, log_log_curves

ENGLAND = "E92000001"
SVG = "{http://www.w3.org/2000/svg}"
MONTHS = (6, 12, 24)


def effects(**values: tuple[float, float, float]) -> pd.DataFrame:
    key = {"variant": "main", "measure": "any_return", "area": ENGLAND}
    rows = [
        {
            **key,
            "statistic": "effect_over_time",
            "group": f"parent: mother; covariate: {name}",
            "horizon": f"{month} months",
            "value": value,
            "lower": value - 0.5,
            "upper": value + 0.5,
        }
        for name, own in values.items()
        for month, value in zip(MONTHS, own, strict=True)
    ]
    tests = [
        {
            **key,
            "statistic": "p_value",
            "group": f"parent: mother; covariate: {name}; test: proportional hazards",
            "horizon": "",
            "value": 0.0421,
        }
        for name in values
    ]
    return pd.DataFrame(rows + tests)


def life_table(level: str, events: list[int], persons: int = 1000) -> pd.DataFrame:
    ends = np.arange(len(events) + 1)
    at_risk = persons - np.cumsum([0, *events])
    parts = {"any_return_at_risk": at_risk, "any_return_events": [0, *events]}
    key = {"area": ENGLAND, "period": "2010-11 to 2024-25", "group": level, "statistic": "count"}
    return pd.concat(
        pd.DataFrame(
            {**key, "measure": name, "horizon": [f"{end} months" for end in ends], "numerator": own}
        )
        for name, own in parts.items()
    )


def words(drawing: Drawing) -> list[str]:
    found = [each.text or "" for each in ET.fromstring(drawing._repr_svg_()).iter(f"{SVG}text")]
    assert found[0] == drawing.heading
    return found[1:]


def test_every_covariate_has_a_panel_with_its_points_and_the_p_value_of_its_test() -> None:
    rows = effects(age=(0.9, 1.0, 1.2), region=(1.0, 1.0, 1.0))
    drawing = effects_over_time(rows, ENGLAND, "parent: mother")
    said = words(drawing)
    assert {"age", "region"} <= set(said)
    assert said.count("any return (p = 0.042)") == 2
    root = ET.fromstring(drawing._repr_svg_())
    assert len(list(root.iter(f"{SVG}circle"))) == 2 * len(MONTHS)
    assert root.find(f"{SVG}title").text.startswith("Effect of each covariate")
    # A higher value stands higher up.
    first = next(iter(root.iter(f"{SVG}polyline"))).get("points")
    heights = [float(point.split(",")[1]) for point in first.split()]
    assert heights == sorted(heights, reverse=True)


def test_effects_of_another_parent_area_or_refit_are_not_drawn() -> None:
    rows = effects(age=(0.9, 1.0, 1.2))
    assert "age" not in words(effects_over_time(rows, ENGLAND, "parent: father"))
    assert "age" not in words(effects_over_time(rows, "W92000004", "parent: mother"))
    refit = rows.assign(variant="main/stratified")
    assert words(effects_over_time(refit, ENGLAND, "parent: mother"))[0].startswith("Nothing")


def test_the_log_of_the_cumulative_hazard_is_drawn_level_by_level() -> None:
    young, old = [60] * 6, [30] * 6
    levels = {"under 20": young, "35 and over": old}
    tables = [life_table(f"parent: mother; age: {level}", n) for level, n in levels.items()]
    drawing = log_log_curves(tables, "any_return", ENGLAND, "parent: mother")
    (panel,) = drawing.panels
    assert [line.name for line in panel.lines] == list(levels)
    at = [line.y[list(line.x).index(np.log(6))] for line in panel.lines]
    assert at == pytest.approx([np.log(-np.log(1 - 0.36)), np.log(-np.log(1 - 0.18))])


def test_no_point_rests_on_fewer_than_twenty_events_or_persons_followed() -> None:
    tables = [
        life_table("parent: mother; age: under 20", [8, 8, 8, 8]),
        life_table("parent: mother; age: 20 to 24", [10] * 4, persons=55),
        life_table("parent: mother; age: 25 to 29", [3, 3, 3, 3]),
    ]
    (panel,) = log_log_curves(tables, "any_return", ENGLAND, "parent: mother").panels
    months = {line.name: np.exp(line.x).round().tolist() for line in panel.lines}
    assert months == {"under 20": [3, 4], "20 to 24": [2, 3]}


def test_levels_that_are_areas_are_named_by_their_places() -> None:
    both = [life_table("parent: mother", [50] * 4).assign(area=code) for code in ("E1", "E2")]
    drawing = log_log_curves(
        both, "any_return", ENGLAND, "parent: mother", {"region": {"E1": "North", "E2": "South"}}
    )
    assert [line.name for line in drawing.panels[0].lines] == ["North", "South"]


def test_without_rows_a_drawing_says_so_and_never_fails() -> None:
    none = effects(age=(1, 1, 1)).iloc[:0]
    for drawing in (
        effects_over_time(none, ENGLAND, ""),
        log_log_curves([none], "any_return", ENGLAND, ""),
    ):
        assert words(drawing)[0].startswith("Nothing to draw")


def test_a_name_cannot_break_the_drawing() -> None:
    rows = effects(age=(0.9, 1.0, 1.2))
    rows["group"] = rows["group"].str.replace("age", "a < b & c")
    assert "a < b & c" in words(effects_over_time(rows, ENGLAND, "parent: mother"))
    assert not re.search(
        r"nan|inf", effects_over_time(rows, ENGLAND, "parent: mother")._repr_svg_()
    )


def test_in_plain_text_a_drawing_is_its_words_alone() -> None:
    drawing = effects_over_time(effects(age=(0.9, 1.0, 1.2)), ENGLAND, "parent: mother", "Mothers")
    assert repr(drawing).startswith("Mothers: Effect of each covariate")

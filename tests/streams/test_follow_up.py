"""Events of a level add up from its windows of follow-up: a window withheld alone could be worked out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.disclosure.control import prepare
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation, tidy
from fjanalysis.statistics.cox_rows import FOLLOW_UP, model_rows
from fjanalysis.streams.curve_rules import follow_up_relations
from tests.statistics.test_cox_rows import KEY, study

WINDOWS = tuple(f"parent: mother; age: under 20; follow-up: {words}" for words in FOLLOW_UP)
WHOLE = "parent: mother; age: under 20"


def ratio(group: str, events: int) -> dict[str, Any]:
    return {
        "stream": "recurrence",
        "variant": "main",
        "measure": "any_return",
        "statistic": "hazard_ratio",
        "area": "W92000004",
        "period": "2010-11 to 2024-25",
        "group": group,
        "numerator": events,
        "denominator": 400,
        "value": 1.2,
        "lower": 0.8,
        "upper": 1.9,
    }


def test_each_level_of_a_model_is_related_to_its_windows_and_the_counts_hold() -> None:
    rows = model_rows(study(), "any_return", KEY)
    related = {each.whole: each for each in follow_up_relations(rows)}
    assert WHOLE in related
    assert related[WHOLE].members == WINDOWS
    own = rows[(rows["variant"] == "main") & (rows["statistic"] == "hazard_ratio")]
    events = own.set_index("group")["numerator"]
    for whole, relation in related.items():
        assert relation.where == {"statistic": "hazard_ratio"}
        if events[[whole, *relation.members]].notna().all():
            assert events[list(relation.members)].sum() == events[whole]


def test_rows_without_windows_are_not_related() -> None:
    rows = pd.DataFrame([ratio(WHOLE, 60)])
    assert follow_up_relations(rows) == []


def withheld(relations: list[Relation]) -> list[bool]:
    rows = tidy([ratio(WHOLE, 54), *map(ratio, WINDOWS, (22, 8, 24))])
    found = prepare(
        rows, {("recurrence", "main"): relations}, DisclosureProfile(rounding_base=1)
    ).control()
    status = found.results.set_index("group")["status"]
    return [bool(status[group] != "ok") for group in WINDOWS]


def test_a_window_of_few_events_takes_another_with_it() -> None:
    assert withheld([]) == [False, True, False]
    declared = follow_up_relations(pd.DataFrame([ratio(group, 0) for group in WINDOWS]))
    assert np.count_nonzero(withheld(declared)) > 1

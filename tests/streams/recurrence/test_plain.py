"""Every count and curve of recurrence is the one that a slow and obvious reading of the same rows finds."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fjanalysis.results import join_group
from fjanalysis.streams.recurrence import cohort, measures
from tests.streams.families import random_families
from tests.streams.plain_curves import Life, compare
from tests.streams.recurrence import plain
from tests.streams.recurrence.test_measures import study_of
from tests.streams.urgent_hearings.plain import Records

END = date(2026, 1, 31)
STARTS = {"England": date(2007, 4, 1), "Wales": date(2011, 4, 1)}


def with_fathers(rows: dict[str, list], seed: int) -> dict[str, list]:
    """Add fathers: some of one mother's children, some of two mothers', some with a second man recorded."""
    draw = np.random.default_rng(seed)
    mothers = [row for row in rows["persons"] if row["person_id"].startswith("EM")]
    for place, mother in enumerate(mothers):
        child_of = [
            r["person_id"] for r in rows["relationships"] if r["related_id"] == mother["person_id"]
        ]
        other = int(draw.integers(max(place - 2, 0), place + 1))
        for child in child_of:
            for man in (
                {f"EF{other:04d}", f"EF{place:04d}"} if draw.random() < 0.1 else {f"EF{other:04d}"}
            ):
                if draw.random() < 0.8:
                    rows["relationships"].append(
                        {"person_id": child, "related_id": man, "relationship": "parent"}
                    )
    men = sorted(
        {r["related_id"] for r in rows["relationships"] if r["related_id"].startswith("EF")}
    )
    for man in men:
        born = draw.choice(mothers)["birth_week"] if draw.random() < 0.95 else None
        rows["persons"].append({"person_id": man, "sex": "male", "birth_week": born})
    return rows


def places_of(grid: pd.DataFrame) -> list[tuple[str, str, str, str, set[int]]]:
    groups = grid.groupby(["area", "level", "period", "span"], sort=True)["year"]
    return [(*map(str, names), set(years.tolist())) for names, years in groups]  # type: ignore[misc]


def sorted_groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the dimensions of their group in order of their names."""
    return rows.assign(group=["; ".join(sorted(str(group).split("; "))) for group in rows["group"]])


def shares(rows: pd.DataFrame) -> dict[tuple[str, ...], tuple[int, int] | None]:
    return {
        (row["area"], row["period"], row["group"]): None
        if row["status"] == "z" and pd.isna(row["numerator"])
        else (int(row["numerator"]), int(row["denominator"]))
        for row in sorted_groups(rows).to_dict("records")
    }


# Without shrinking: an example takes seconds, and its seed says all.
@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 10_000), gap=st.sampled_from([0, 14, 30]), new_baby=st.booleans())
def test_every_count_and_curve_is_what_plain_python_finds(
    seed: int, gap: int, new_baby: bool
) -> None:
    rows = with_fathers(random_families(seed, 40), seed)
    given_parameters: dict[str, Any] = {"merge_gap_days": gap, "new_baby_starts_set": new_baby}
    with tempfile.TemporaryDirectory() as place:
        study = study_of(Path(place), [rows], **given_parameters)
        families = cohort.load_families(study)
    records = Records(rows, END, gap, new_baby)
    starts = {"England": date(2010, 4, 1), "Wales": date(2014, 4, 1)}
    parents = plain.cohort(records, starts)
    assert len(parents) == len(families.parents) > 20
    places = places_of(families.grid)
    compare(measures.index_parents(families), plain.index_parents(parents, places))
    compare(measures.returns(families), plain.returns(parents, places, END))

    expected: dict[tuple[str, ...], Any] = {}
    for dimension in ("age", "children", "youngest child", "index period"):
        expected |= plain.by_level(
            parents,
            places,
            lambda each, _, name=dimension: (name, each.levels[name]),  # type: ignore[misc]
            lambda each, event: plain.life(each, event, END),
        )
    found = measures.returns_by_level(families)
    compare(sorted_groups(found[found["statistic"] != "p_value"]), expected)

    def after_order(each: plain.Parent, event: str) -> Life | None:
        back = each.returned[event]
        if each.order is None or (back is not None and back < each.order[1]):
            return None
        return Life(each.order[1], back, END)

    found = measures.returns_by_final_order(families)
    expected = plain.by_level(
        parents, places, lambda each, _: each.order and ("final order", each.order[0]), after_order
    )
    compare(sorted_groups(found[found["statistic"] != "p_value"]), expected)
    compare(sorted_groups(measures.later_returns(families)), plain.later(parents, places, END))

    found_shares = shares(measures.sets_per_parent(families))
    wanted: dict[tuple[str, ...], Any] = plain.sets_per_parent(parents, places)
    assert found_shares == wanted
    area_starts = {
        area: STARTS["Wales" if families.nations.get(area, "Wales") == "Wales" else "England"]
        for area in set(families.sets_grid["area"])
    }
    seen = plain.seen_before(records, places_of(families.sets_grid), area_starts, 5)
    got = shares(measures.seen_before(families, 5))
    assert got == seen
    assert None in got.values()


def test_groups_are_compared_whatever_the_order_of_their_dimensions() -> None:
    group = join_group({"parent": "mother", "age": "under 20"})
    (found,) = sorted_groups(pd.DataFrame([{"group": group}]))["group"]
    assert found == "age: under 20; parent: mother"


@pytest.mark.parametrize(("start", "months", "end"), [("2012-02-29", 12, "2013-02-28")])
def test_the_plain_calendar_ends_a_year_from_the_29th_of_february_on_the_28th(
    start: str, months: int, end: str
) -> None:
    assert plain.months_later(date.fromisoformat(start), months) == date.fromisoformat(end)

"""What streams with times to an event declare about them: measures, notes and how rows relate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from fjanalysis.results import Measure, Relation, horizon_name, join_group, split_group
from fjanalysis.statistics import unavailable

YEARS = (1, 2, 3, 4, 5, 7, 8, 10)
PARTS = {
    "at_risk": ("Still at risk", "still without {event} and followed when the month ends"),
    "events": ("Events", "with {event} in the interval that ends there"),
    "censored": ("Censored", "no longer followed after the interval that ends there"),
}
# The part of a group that names a window of follow-up.
FOLLOW_UP = "follow-up"
CURVE_NOTES = dict(unavailable.NOTES)


def life_table_measures(measure: str, event: str, unit: str) -> tuple[Measure, ...]:
    """Return the measures of a life table.

    Parameters
    ----------
    measure
        The measure that the table belongs to.
    event
        The event in words, such as `any return`.
    unit
        What is counted, in the singular.
    """
    return tuple(
        Measure(
            f"{measure}_{part}",
            f"{label} ({event})",
            unit,
            f"Number {words.format(event=event)}; from this life table the curve is made.",
        )
        for part, (label, words) in PARTS.items()
    )


def curve_relations(
    measures: Sequence[str], wholes: Sequence[str], dimensions: Mapping[str, Sequence[str]]
) -> list[Relation]:
    """Return how rows of curves relate: horizons nest, and levels add up to the whole.

    Parameters
    ----------
    measures
        Measures that have cumulative percentages and life tables.
    wholes
        Groups without a level, such as `parent: mother`, or the empty group.
    dimensions
        Levels of each breakdown whose levels add up to the whole, `unknown` included.
    """
    names = tuple(measures)
    tables = tuple(f"{measure}_{part}" for measure in measures for part in PARTS)
    chain = tuple(horizon_name(year, "year") for year in YEARS)
    found = [
        Relation(
            "nested",
            "horizon",
            chain,
            where={"measure": names, "statistic": "cumulative_percent"},
        ),
        Relation(
            "nested",
            "horizon",
            tuple(horizon_name(month, "month") for month in range(120, -1, -1)),
            where={"measure": tuple(f"{measure}_at_risk" for measure in measures)},
        ),
    ]
    for whole in wholes:
        for dimension, levels in sorted(dimensions.items()):
            own = split_group(whole)
            members = tuple(join_group({**own, dimension: level}) for level in levels)
            at_horizons: dict[str, str | tuple[str, ...]] = {
                "measure": names,
                "statistic": "cumulative_percent",
            }
            found += [
                Relation("partition", "group", members, whole, at_horizons, "numerator"),
                Relation("partition", "group", members, whole, at_horizons, "denominator"),
                Relation("partition", "group", members, whole, {"measure": tables}),
            ]
    return found


def follow_up_relations(rows: pd.DataFrame) -> list[Relation]:
    """Return that the events of a model's level add up from those of its windows of follow-up.

    Parameters
    ----------
    rows
        Rows of a stream; those of `hazard_ratio` are looked at, their windows named by the group `follow-up: …`.
    """
    windows: dict[str, list[str]] = {}
    for group in rows.loc[rows["statistic"] == "hazard_ratio", "group"].drop_duplicates():
        levels = split_group(group)
        if levels.pop(FOLLOW_UP, None) is not None:
            windows.setdefault(join_group(levels), []).append(group)
    where = {"statistic": "hazard_ratio"}
    return [
        Relation("partition", "group", tuple(members), whole, where)
        for whole, members in sorted(windows.items())
    ]

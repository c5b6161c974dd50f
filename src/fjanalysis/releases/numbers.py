"""Whether numbers computed again are the numbers that were recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from fjanalysis.releases.findings import Difference
from fjanalysis.results import COUNTS, FLOATS, KEY, written_key


def compare_numbers(
    recorded: pd.DataFrame, found: pd.DataFrame, *, relative: float, absolute: float, step: str
) -> list[Difference]:
    """Return the estimates that differ: counts and statuses exactly, estimates beyond a tolerance.

    Parameters
    ----------
    recorded, found
        Results tables.
    relative
        Largest relative difference of a value or limit that is none.
    absolute
        A difference smaller than this is none, whatever its relative size.
    step
        The step of the road that the numbers come from.
    """
    merged = recorded.merge(
        found, on=list(KEY), how="outer", suffixes=("_recorded", "_found"), indicator="side"
    )
    return list(_differences(merged, relative, absolute, step))


def _differences(
    merged: pd.DataFrame, relative: float, absolute: float, step: str
) -> Iterator[Difference]:
    for side, words in (("left_only", "not computed again"), ("right_only", "not recorded")):
        for _, row in merged[merged["side"] == side].iterrows():
            yield Difference(step, written_key(row), words, "", None)
    both = merged[merged["side"] == "both"]
    for column in ("status", *COUNTS):
        was, now = both[f"{column}_recorded"], both[f"{column}_found"]
        unlike = ~((was == now).fillna(False) | (was.isna() & now.isna()))
        for _, row in both[unlike].iterrows():
            was_text, now_text = (str(row[f"{column}_{side}"]) for side in ("recorded", "found"))
            yield Difference(step, f"{written_key(row)} ({column})", was_text, now_text, None)
    for column in FLOATS:
        was, now = both[f"{column}_recorded"], both[f"{column}_found"]
        distance = (was - now).abs()
        size = pd.concat([was.abs(), now.abs()], axis=1).max(axis=1)
        far = (distance > absolute) & (distance > relative * size)
        unlike = far | (was.isna() != now.isna())
        shares = (distance / size)[unlike]
        for (_, row), share in zip(both[unlike].iterrows(), shares, strict=True):
            was_text, now_text = (repr(row[f"{column}_{side}"]) for side in ("recorded", "found"))
            yield Difference(
                step, f"{written_key(row)} ({column})", was_text, now_text, float(share)
            )

"""Life tables made by hand, for tests of disclosure control."""

from __future__ import annotations

from typing import Any

from tests.disclosure.folders import count


def curve(events: list[int], censored: list[int], persons: int) -> list[dict[str, Any]]:
    """Return the rows of a life table with these events and censorings a month."""
    at = {"group": "parent: mother", "period": "2012-13 to 2019-20"}
    left, rows = persons, []
    for month, (d, c) in enumerate(zip([0, *events], [0, *censored], strict=True)):
        left -= d + c
        horizon = f"{month} months"
        rows += [
            count("any_return_at_risk", left, horizon=horizon, **at),
            count("any_return_events", d, horizon=horizon, **at),
            count("any_return_censored", c, horizon=horizon, **at),
        ]
    return rows

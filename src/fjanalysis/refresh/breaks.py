"""Breaks between two refreshes: years whose number of records moved by more than a set share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fjanalysis.errors import SourceError
from fjanalysis.periods import last_day
from fjanalysis.refresh.model import Refresh, open_refresh


@dataclass(frozen=True)
class Break:
    """A number of records that moved: of an area, a system's table and a year.

    Parameters
    ----------
    before, now
        The number in the earlier refresh and in this one.
    """

    area: str
    group: str
    period: str
    before: int
    now: int

    @property
    def percent(self) -> float | None:
        """By how much it moved, in percent of what it was; None where there was nothing."""
        return 100 * (self.now - self.before) / self.before if self.before else None


def earlier_refresh(folder: Path) -> Refresh | None:
    """Return the newest whole refresh of an earlier date that stands beside a folder."""
    if not folder.parent.is_dir():
        return None
    dates = sorted(
        (
            path.name
            for path in folder.parent.iterdir()
            if re.fullmatch(r"\d{4}-\d\d-\d\d", path.name) and path.name < folder.name
        ),
        reverse=True,
    )
    for date in dates:
        try:
            return open_refresh(folder.parent / date)
        except SourceError:
            continue
    return None


def breaks(earlier: Refresh, quality: pd.DataFrame, percent: float) -> list[Break]:
    """Return the moves of more than so many percent, among years complete in the earlier refresh.

    Parameters
    ----------
    earlier
        The refresh to compare with.
    quality
        Data quality of this refresh as tidy results.
    percent
        The smallest move that is no break is this.
    """
    key = ["area", "group", "period"]
    before, now = (
        rows[rows["group"].str.startswith("system: ")].set_index(key)["numerator"].astype("int64")
        for rows in (frame[frame["measure"] == "records"] for frame in (earlier.quality, quality))
    )
    found: list[Break] = []
    if before.empty:
        return found  # counted by an older version, not by system
    for at in sorted(set(before.index) | set(now.index)):
        area, group, period = at
        if " " in period or last_day(period) > earlier.follow_up_end:
            continue
        moved = Break(area, group, period, int(before.get(at, 0)), int(now.get(at, 0)))
        share = moved.percent
        if moved.now != moved.before and (share is None or abs(share) > percent):
            found.append(moved)
    return found

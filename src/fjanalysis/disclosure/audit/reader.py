"""A pack as an attacker reads it: every count as an unknown, and how far each is given away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.results import Relation, written_key

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ALIKE = ("count", "percent", "rate_per_10000")
WHERE = ("stream", "variant", "measure", "area", "period", "group", "horizon")


@dataclass
class Reader:
    """What an attacker knows of each count: an interval.

    Parameters
    ----------
    low, high
        The interval of each unknown.
    upper, base
        The unknown that each row shows as numerator and as denominator; -1 for none.
    secret
        Unknowns that a withheld row of counts hides, and no other row shows.
    rows
        The rows as they stand in the pack.
    """

    low: Floats
    high: Floats
    upper: Ints
    base: Ints
    secret: Ints
    rows: pd.DataFrame

    def name(self, unknown: int) -> str:
        """Return the written key of the first row that shows an unknown."""
        at = np.flatnonzero((self.upper == unknown) | (self.base == unknown))[0]
        return written_key(self.rows.iloc[int(at)])


def read(
    rows: pd.DataFrame, threshold: int, rounding: int, earlier: Sequence[pd.DataFrame] = ()
) -> Reader:
    """Return what the rows of a pack say of each count.

    Parameters
    ----------
    rows
        The released table.
    threshold, rounding
        The rules, which an attacker knows.
    earlier
        Released tables of earlier packs made from the same records.
    """
    live = rows[~rows["status"].isin(["z", "x"])].reset_index(drop=True)
    everybody = live["measure"].str.endswith("_at_risk") & (live["horizon"] == "0 months")
    steps = live["measure"].str.contains(r"_(?:at_risk|events|censored)$") & ~everybody
    live = live[~steps].reset_index(drop=True)
    upper_key, base_key = _keys(live, "upper"), _keys(live, "base")
    has_base = ~live["statistic"].isin(["count", "rate_per_10000"]).to_numpy()
    names = pd.unique(pd.concat([upper_key, base_key[has_base]]))
    place = {name: at for at, name in enumerate(names)}
    upper = upper_key.map(place).to_numpy(dtype=np.int64)
    base = np.where(has_base, base_key.map(place).fillna(-1), -1).astype(np.int64)
    low, high = np.zeros(len(names)), np.full(len(names), np.inf)
    wide = (live["statistic"] == "cumulative_percent").to_numpy()
    band = threshold + 1 + threshold % 2
    n = live["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
    d = live["denominator"].to_numpy(dtype=np.float64, na_value=np.nan)
    for ids, shown, half_open in (
        (upper, n, np.where(wide, band, rounding)),
        (base, d, np.full(len(live), rounding)),
    ):
        known = (ids >= 0) & ~np.isnan(shown)
        least, most = _interval(shown[known], half_open[known], threshold)
        np.maximum.at(low, ids[known], least)
        np.minimum.at(high, ids[known], most)
    for before in earlier:
        _add_earlier(before, place, low, high, threshold, rounding)
    hidden = (live["status"] == "c").to_numpy() & live["statistic"].isin(ALIKE).to_numpy()
    shown_somewhere = np.zeros(len(names), dtype=bool)
    shown_somewhere[upper[~np.isnan(n)]] = True
    shown_somewhere[base[(base >= 0) & ~np.isnan(d)]] = True
    secret = np.unique(upper[hidden])
    secret = secret[~shown_somewhere[secret] & np.isinf(high[secret])]
    return Reader(low, high, upper, base, secret, live)


def _keys(rows: pd.DataFrame, side: str) -> pd.Series:
    kind = rows["statistic"].where(~rows["statistic"].isin(ALIKE), "counts")
    key = side + "|" + kind
    for column in WHERE:
        key = key + "|" + rows[column]
    return key


def _interval(shown: Floats, width: Floats, threshold: int) -> tuple[Floats, Floats]:
    """Return the whole numbers that are shown so, given that none from 1 to the threshold is shown."""
    least = np.ceil(shown - width / 2)
    most = np.ceil(shown + width / 2) - 1
    least = np.where(shown > 0, np.maximum(least, threshold), 0)
    return least, np.where(shown > 0, np.maximum(most, least), 0)


def _add_earlier(
    before: pd.DataFrame,
    place: Mapping[str, int],
    low: Floats,
    high: Floats,
    threshold: int,
    rounding: int,
) -> None:
    plain = before[before["statistic"].isin(ALIKE) & before["numerator"].notna()]
    ids = _keys(plain, "upper").map(place)
    known = ids.notna().to_numpy()
    at = ids[known].to_numpy(dtype=np.int64)
    shown = plain["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)[known]
    least, most = _interval(shown, np.full(len(shown), rounding), threshold)
    fits = (least <= high[at]) & (most >= low[at])
    np.maximum.at(low, at[fits], least[fits])
    np.minimum.at(high, at[fits], most[fits])


@dataclass(frozen=True)
class Sums:
    """Unknowns that add up (or lie within one another), a line a place.

    Parameters
    ----------
    parts
        Unknowns, -1 for none, shape (places, members).
    whole
        What they add up to, shape (places,).
    exact
        Whether they add up to it, or to at most it.
    """

    parts: Ints
    whole: Ints
    exact: npt.NDArray[np.bool_]


def relations_of(streams: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, Relation]]:
    """Yield the relations that each stream declares in a pack."""
    for stream in sorted(streams):
        for relation in streams[stream]["relations"]:
            yield stream, Relation.from_json(relation)


def sums_of(reader: Reader, streams: Mapping[str, Mapping[str, Any]]) -> list[Sums]:
    """Return everything that adds up in a pack: declared relations, and counts within their bases."""
    rows = reader.rows
    pairs = np.unique(np.c_[reader.upper, reader.base][reader.base >= 0], axis=0)
    found = [Sums(pairs[:, :1], pairs[:, 1], np.zeros(len(pairs), dtype=bool))]
    for stream, relation in relations_of(streams):
        chosen = rows["stream"] == stream
        for column, wanted in relation.where.items():
            chosen &= rows[column].isin([wanted] if isinstance(wanted, str) else list(wanted))
        names = list(relation.members)
        position = {name: at for at, name in enumerate(names)}
        ids = reader.upper if relation.field == "numerator" else reader.base
        chosen &= ids >= 0
        part = rows.loc[chosen]
        if part.empty:
            continue
        free = [column for column in WHERE if column != relation.over]
        kind = part["statistic"].where(~part["statistic"].isin(ALIKE), "counts")
        line = part.groupby([*(part[column] for column in free), kind], sort=False).ngroup()
        at = part[relation.over].map(position)
        members = np.full((int(line.max()) + 1, len(names)), -1, dtype=np.int64)
        here = at.notna().to_numpy()
        members[line[here], at[here].astype(int)] = ids[chosen.to_numpy()][here]
        found += _as_sums(relation, members, part, line, reader, ids[chosen.to_numpy()])
    return found


def _as_sums(
    relation: Relation,
    members: Ints,
    part: pd.DataFrame,
    line: pd.Series,
    reader: Reader,
    ids: Ints,
) -> list[Sums]:
    if relation.kind == "nested":
        found = []
        last = members[:, -1].copy()
        for column in range(members.shape[1] - 2, -1, -1):
            inner = members[:, column]
            both = (inner >= 0) & (last >= 0) & (inner != last)
            found.append(Sums(inner[both, None], last[both], np.zeros(int(both.sum()), dtype=bool)))
            last = np.where(inner >= 0, inner, last)
        return found
    whole = np.full(len(members), -1, dtype=np.int64)
    if relation.whole is not None:
        total = np.flatnonzero(part[relation.over].to_numpy() == relation.whole)
        whole[line.to_numpy()[total]] = ids[total]
    else:
        base = reader.base[part.index]
        # Only where all members rest on bases that look the same.
        for number, group in pd.Series(base, index=line.to_numpy()).groupby(level=0):
            bounds = {(reader.low[each], reader.high[each]) for each in group if each >= 0}
            if len(bounds) == 1 and np.isfinite(next(iter(bounds))[1]):
                whole[int(str(number))] = group.iloc[0]
    has = (whole >= 0) & (members >= 0).any(axis=1)
    complete = np.asarray((members >= 0).all(axis=1) & relation.exhaustive, dtype=bool)
    return [Sums(members[has], whole[has], complete[has])]

"""Everything that adds up in a pack, found by the attacker from what the pack says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fjanalysis.disclosure.audit.reader import ALIKE, Floats, Ints, Mask, Reader
from fjanalysis.results import Relation


@dataclass(frozen=True)
class Equations:
    """All sums as lines of unknowns that add up to nothing, one entry an unknown in a line.

    Where parts add up to at most their whole, what is left over is an unknown of its own.

    Parameters
    ----------
    line, unknown, weight
        Of each entry: its line, its unknown, and 1 for a part or -1 for a whole.
    lines
        How many lines there are.
    low, high
        The interval of every unknown, those left over last.
    first_left
        The number of the first unknown that is left over.
    inner
        Of each unknown left over, the first of the parts beside it.
    ruled
        Whether each unknown is what is left over between two counts that are shown, and so nobody or at least the
        threshold: the rule says so.
    shown
        Whether a row shows each unknown, and not as nobody.
    """

    line: Ints
    unknown: Ints
    weight: Floats
    lines: int
    low: Floats
    high: Floats
    first_left: int
    inner: Ints
    ruled: Mask
    shown: Mask


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
    ruled
        Whether what is left over between a part and a whole that are both shown is as secret as a count.
    """

    parts: Ints
    whole: Ints
    exact: Mask
    ruled: bool = False


def equations_of(reader: Reader, streams: Mapping[str, Mapping[str, Any]]) -> Equations:
    """Return everything that adds up in a pack: declared relations, and counts within their bases."""
    return _laid_out(reader, list(sums_of(reader, streams)))


def sums_of(reader: Reader, streams: Mapping[str, Mapping[str, Any]]) -> Iterable[Sums]:
    """Yield everything that adds up in a pack, sums of one kind together."""
    both = (reader.base >= 0) & (reader.base != reader.upper)
    share = reader.rows["statistic"].isin(ALIKE).to_numpy()
    for rows, ruled in ((both & share, True), (both & ~share, False)):
        pairs = np.unique(np.c_[reader.upper, reader.base][rows], axis=0)
        yield Sums(pairs[:, :1], pairs[:, 1], np.zeros(len(pairs), dtype=bool), ruled=ruled)
    for stream in sorted(streams):
        own = reader.is_one_of("stream", [stream])
        for declared in streams[stream]["relations"]:
            yield from _sums(reader, own, Relation.from_json(declared))


def _sums(reader: Reader, own: Mask, relation: Relation) -> Iterable[Sums]:
    ids = reader.upper if relation.field == "numerator" else reader.base
    chosen = own & (ids >= 0)
    for column, wanted in relation.where.items():
        values = [wanted] if isinstance(wanted, str) else list(wanted)
        chosen &= reader.is_one_of(column, values)
    names = [*relation.members, *([relation.whole] if relation.whole is not None else [])]
    chosen &= reader.is_one_of(relation.over, names)
    if not chosen.any():
        return
    position = np.full(len(reader.names[relation.over]), -1, dtype=np.int64)
    for at, name in enumerate(names):
        if name in reader.names[relation.over]:
            position[reader.names[relation.over][name]] = at
    line, lines = reader.lines(chosen, relation.over)
    table = np.full((lines, len(names)), -1, dtype=np.int64)
    table[line, position[reader.codes[relation.over][chosen]]] = ids[chosen]
    members = table[:, : len(relation.members)]
    if relation.kind == "nested":
        share = reader.rows["statistic"][chosen].isin(ALIKE).to_numpy()
        counted = np.zeros(lines, dtype=bool)
        counted[line[share]] = True
        yield from _chains(members[counted], ruled=True)
        yield from _chains(members[~counted], ruled=False)
        return
    if relation.whole is not None:
        whole = table[:, -1]
    else:
        whole = _shared_base(reader, reader.base[chosen], line, lines)
    has = (whole >= 0) & (members >= 0).any(axis=1)
    complete = np.asarray((members >= 0).all(axis=1) & relation.exhaustive, dtype=bool)
    yield Sums(members[has], whole[has], complete[has])


def _chains(members: Ints, *, ruled: bool) -> Iterable[Sums]:
    last = members[:, -1].copy()
    for column in range(members.shape[1] - 2, -1, -1):
        inner = members[:, column]
        both = (inner >= 0) & (last >= 0) & (inner != last)
        none = np.zeros(int(both.sum()), dtype=bool)
        yield Sums(inner[both, None], last[both], none, ruled=ruled)
        last = np.where(inner >= 0, inner, last)


def _shared_base(reader: Reader, base: Ints, line: Ints, lines: int) -> Ints:
    """Return the base of each line's members where all of them rest on bases that look the same."""
    has = base >= 0
    base, line = base[has], line[has]
    bounds = []
    for values in (reader.low[base], reader.high[base]):
        least, most = np.full(lines, np.inf), np.full(lines, -np.inf)
        np.minimum.at(least, line, values)
        np.maximum.at(most, line, values)
        bounds.append((least, most))
    (low_from, low_to), (high_from, high_to) = bounds
    same: Mask = (low_from == low_to) & (high_from == high_to) & np.isfinite(high_from)
    whole = np.full(lines, -1, dtype=np.int64)
    whole[line[::-1]] = base[::-1]
    return np.where(same, whole, -1)


def _laid_out(reader: Reader, sums: Sequence[Sums]) -> Equations:
    size = len(reader.low)
    line, unknown, weight, inner, gaps = [], [], [], [], []
    lines, left = 0, size
    for each in sums:
        count = len(each.whole)
        numbers = np.arange(lines, lines + count)
        here = each.parts >= 0
        loose = np.flatnonzero(~each.exact)
        more = np.arange(left, left + len(loose))
        line += [np.repeat(numbers, here.sum(axis=1)), numbers, numbers[loose]]
        unknown += [each.parts[here], each.whole, more]
        weight += [np.ones(here.sum()), -np.ones(count), np.ones(len(loose))]
        inner.append(each.parts[loose, np.argmax(here[loose], axis=1)])
        shown = reader.visible[inner[-1]] & reader.visible[each.whole[loose]]
        gaps.append(shown & each.ruled)
        lines, left = lines + count, left + len(loose)
    extra = left - size
    return Equations(
        np.concatenate(line).astype(np.int64),
        np.concatenate(unknown).astype(np.int64),
        np.concatenate(weight),
        lines,
        np.r_[reader.low, np.zeros(extra)],
        np.r_[reader.high, np.full(extra, np.inf)],
        size,
        np.concatenate(inner).astype(np.int64),
        np.r_[np.zeros(size, dtype=bool), np.concatenate(gaps)],
        np.r_[reader.visible & (reader.high > 0), np.zeros(extra, dtype=bool)],
    )

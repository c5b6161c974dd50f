"""Counts that are one though a pack shows them under several names, as a reader would find out.

The base of one percentage is often the count of another measure: wherever both are shown, they are alike. Whoever
sees that takes them for one where one of them is withheld, too. Nothing that a pack declares is needed for it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# At how many places two series must be shown alike, and by how many different numbers, before a reader believes it.
PLACES, NUMBERS = 8, 5
# At how many places, the fullest first, series that are alike there are looked for.
LOOKS = 12


def one_count(series: Ints, place: Ints, unknown: Ints, shown: Floats) -> Ints:
    """Return, for each unknown, the first of those that are one count with it.

    Parameters
    ----------
    series, place, unknown, shown
        Of each number in a pack, shown or withheld: the series that it belongs to, where in it, which unknown it is, and
        what is shown (NaN where it is withheld).
    """
    size = int(unknown.max(initial=-1)) + 1
    width, height = int(series.max(initial=-1)) + 1, int(place.max(initial=-1)) + 1
    number = np.full((width, height), np.nan)
    at = np.full((width, height), -1, dtype=np.int64)
    number[series, place], at[series, place] = shown, unknown
    pairs = [
        np.c_[at[one], at[two]][(at[one] >= 0) & (at[two] >= 0)] for one, two in _alike(number)
    ]
    if not pairs:
        return np.arange(size, dtype=np.int64)
    one, two = np.concatenate(pairs).T
    graph = sparse.csr_matrix((np.ones(len(one)), (one, two)), shape=(size, size))
    _, label = sparse.csgraph.connected_components(graph, directed=False)
    first = np.full(label.max() + 1, size, dtype=np.int64)
    np.minimum.at(first, label, np.arange(size))
    return np.asarray(first[label], dtype=np.int64)


def _alike(number: Floats) -> Iterable[tuple[int, int]]:
    """Yield pairs of series, shape of the numbers (series, places), that are alike wherever both are shown."""
    fullest = np.argsort(-np.isfinite(number).sum(axis=0), kind="stable")[:LOOKS]
    alike: dict[tuple[int, int], bool] = {}
    for place in fullest.tolist():
        known = np.flatnonzero(number[:, place] > 0)
        order = known[np.argsort(number[known, place], kind="stable")]
        for group in np.split(order, np.flatnonzero(np.diff(number[order, place])) + 1):
            left = group.tolist()
            while len(left) > 1:
                first, others, left = left[0], left[1:], []
                for other in others:
                    pair = (first, other)
                    if pair not in alike:
                        alike[pair] = _is_alike(number[first], number[other])
                        if alike[pair]:
                            yield pair
                    if not alike[pair]:
                        left.append(other)


def _is_alike(one: Floats, two: Floats) -> bool:
    both = np.isfinite(one) & np.isfinite(two)
    if both.sum() < PLACES or (one[both] != two[both]).any():
        return False
    return len(np.unique(one[both & (one > 0)])) >= NUMBERS

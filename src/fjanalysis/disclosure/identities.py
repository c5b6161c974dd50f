"""Counts that are one quantity though a table shows them under several names.

The base of one percentage is the count of another measure; withholding the one and showing the other
would withhold nothing. Nobody has to declare it: two series of counts that agree at every area and period
at which both stand are taken for one quantity, as any reader would take them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.disclosure.cells import COUNTED, NONE, Cells

Ints = npt.NDArray[np.int64]
AT_LEAST = 3
DISTINCT = 3
ANCHORS = 12


def same_quantities(frame: pd.DataFrame, cells: Cells, among: npt.NDArray[np.bool_]) -> Ints:
    """Return, for each cell, the number of the quantity that it is.

    Parameters
    ----------
    frame
        A results table.
    cells
        Its cells.
    among
        The rows that take part; cells of other rows are quantities of their own.
    """
    quantity = np.arange(len(cells.value), dtype=np.int64)
    shown = _series(frame, cells, among)
    for _, own in shown.groupby("stream", sort=True):
        _unite(own, cells, quantity)
    return _roots(quantity)


def _series(frame: pd.DataFrame, cells: Cells, among: npt.NDArray[np.bool_]) -> pd.DataFrame:
    kind = frame["statistic"].where(~frame["statistic"].isin(COUNTED), "")
    name = kind
    for column in ("variant", "measure", "group", "horizon"):
        name = name + "\x1f" + frame[column]
    place = frame["area"] + "\x1f" + frame["period"]
    parts = []
    for side, ids in (("n", cells.numerator), ("d", cells.denominator)):
        part = frame[["stream"]].assign(series=side + name, place=place, cell=ids)
        parts.append(part[among & (ids != NONE)])
    shown: pd.DataFrame = pd.concat(parts).drop_duplicates(["stream", "series", "place"])
    return shown


def _unite(own: pd.DataFrame, cells: Cells, quantity: Ints) -> None:
    series, _ = pd.factorize(own["series"], sort=True)
    places, _ = pd.factorize(own["place"], sort=True)
    cell = np.full((places.max() + 1, series.max() + 1), NONE, dtype=np.int64)
    cell[places, series] = own["cell"].to_numpy()
    value = np.where(cell != NONE, cells.value[cell], np.nan)
    fullest = np.argsort(-(~np.isnan(value)).sum(axis=1), kind="stable")[:ANCHORS]
    one_count: dict[tuple[int, int], bool] = {}
    for anchor in fullest.tolist():
        for group in _alike(value[anchor]):
            left = group.tolist()
            # Series that happen to agree at this place may be several quantities: each is held against the others.
            while len(left) > 1:
                first, others, left = left[0], left[1:], []
                for other in others:
                    pair = (first, other)
                    if pair not in one_count:
                        one_count[pair] = _is_one(value[:, first], value[:, other])
                        if one_count[pair]:
                            both = (cell[:, first] != NONE) & (cell[:, other] != NONE)
                            for one, two in zip(cell[both, first], cell[both, other], strict=True):
                                _join(quantity, int(one), int(two))
                    if not one_count[pair]:
                        left.append(other)


def _is_one(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> bool:
    both = ~np.isnan(one) & ~np.isnan(two)
    a, b = one[both], two[both]
    if both.sum() < AT_LEAST or (a != b).any():
        return False
    return len(np.unique(a[a > 0])) >= DISTINCT


def _alike(values: npt.NDArray[np.float64]) -> list[npt.NDArray[np.int64]]:
    known = np.flatnonzero(values > 0)
    order = known[np.argsort(values[known], kind="stable")]
    cuts = np.flatnonzero(np.diff(values[order])) + 1
    return [group for group in np.split(order, cuts) if len(group) > 1]


def _join(quantity: Ints, one: int, two: int) -> None:
    a, b = _root(quantity, one), _root(quantity, two)
    if a != b:
        quantity[max(a, b)] = min(a, b)


def _root(quantity: Ints, cell: int) -> int:
    while quantity[cell] != cell:
        quantity[cell] = quantity[quantity[cell]]
        cell = int(quantity[cell])
    return cell


def _roots(quantity: Ints) -> Ints:
    roots = np.array([_root(quantity, cell) for cell in range(len(quantity))], dtype=np.int64)
    _, numbers = np.unique(roots, return_inverse=True)
    return np.asarray(numbers, dtype=np.int64)

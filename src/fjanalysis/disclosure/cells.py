"""The counts behind a results table as cells: one a quantity, however many rows show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.results import KEY, Relation

Ints = npt.NDArray[np.int64]
NONE = -1

COUNTED = ("count", "percent", "rate_per_10000")
PLACE = tuple(column for column in KEY if column != "statistic")


@dataclass(frozen=True)
class Cells:
    """The distinct counts of a results table.

    Parameters
    ----------
    value
        The exact count of each cell.
    numerator, denominator
        The cell that each row shows there, or -1 where it shows none (populations are none of ours).
    """

    value: npt.NDArray[np.float64]
    numerator: Ints
    denominator: Ints


def cells_of(frame: pd.DataFrame) -> Cells:
    """Return the cells of an exact results table.

    The rows of one place in the table (all key columns but the statistic) that show the same number as
    a count, a percentage's numerator or a rate's numerator show one cell.
    """
    counted = frame["statistic"].isin(COUNTED)
    kind = frame["statistic"].where(~counted, "")
    numerator = frame["numerator"].astype("Float64")
    denominator = frame["denominator"].astype("Float64")
    denominator = denominator.mask(frame["statistic"] == "rate_per_10000")
    stacked = pd.concat(
        [
            frame[list(PLACE)].assign(kind=kind, side="n", count=numerator),
            frame[list(PLACE)].assign(kind=kind, side="d", count=denominator),
        ],
        ignore_index=True,
    )
    shown = stacked["count"].notna().to_numpy()
    ids = np.full(len(stacked), NONE, dtype=np.int64)
    used = stacked.loc[shown]
    groups = used.groupby([*PLACE, "kind", "side", "count"], sort=False)
    ids[shown] = groups.ngroup().to_numpy()
    value = groups["count"].first().to_numpy(dtype=np.float64)
    return Cells(value=value, numerator=ids[: len(frame)], denominator=ids[len(frame) :])


@dataclass(frozen=True)
class Bundle:
    """The cells that one relation binds together, in all combinations of the columns it leaves free.

    Parameters
    ----------
    relation
        As it was declared or found.
    members
        Cells of its members in the declared order, shape (combinations, members); -1 where not at hand.
    whole
        The cell that the parts add up to, shape (combinations,); -1 where there is none.
    row
        A row of the table in each combination, for messages, shape (combinations,).
    """

    relation: Relation
    members: Ints
    whole: Ints
    row: Ints

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Whether every member is at hand, by combination."""
        return np.asarray((self.members != NONE).all(axis=1))


class Places:
    """Where the rows of a table stand, as numbers, so that relations find their cells quickly.

    Parameters
    ----------
    frame
        A results table.
    cells
        Its cells.
    """

    def __init__(self, frame: pd.DataFrame, cells: Cells) -> None:
        self._cells = cells
        self._codes: dict[str, Ints] = {}
        self._names: dict[str, dict[str, int]] = {}
        for column in (*PLACE, "statistic"):
            codes, names = pd.factorize(frame[column], sort=True)
            self._codes[column] = codes.astype(np.int64)
            self._names[column] = {str(name): code for code, name in enumerate(names)}
        kinds = frame["statistic"].where(~frame["statistic"].isin(COUNTED), "")
        codes, names = pd.factorize(kinds, sort=True)
        self._codes["_kind"] = codes.astype(np.int64)
        self._names["_kind"] = {str(name): code for code, name in enumerate(names)}

    def bundle(self, relation: Relation, among: npt.NDArray[np.bool_]) -> Bundle | None:
        """Return the cells that a relation binds among some rows, or None where it binds none.

        A partition without a `whole` adds up to the base that its members share.
        """
        sided = relation.field == "numerator"
        ids = self._cells.numerator if sided else self._cells.denominator
        chosen = among & (ids != NONE)
        for column, wanted in relation.where.items():
            values = (wanted,) if isinstance(wanted, str) else wanted
            chosen = chosen & self._is_one_of(column, values)
        position = np.full(len(self._names[relation.over]) + 1, NONE, dtype=np.int64)
        names = [*relation.members, *([relation.whole] if relation.whole is not None else [])]
        for place, name in enumerate(names):
            position[self._names[relation.over].get(name, -1)] = place
        position[-1] = NONE
        at = position[self._codes[relation.over]]
        rows = np.flatnonzero(chosen & (at != NONE))
        if not len(rows):
            return None
        key = np.zeros(len(rows), dtype=np.int64)
        for column in (*(each for each in PLACE if each != relation.over), "_kind"):
            key = key * len(self._names[column]) + self._codes[column][rows]
        _, first, combination = np.unique(key, return_index=True, return_inverse=True)
        table = np.full((len(first), len(names)), NONE, dtype=np.int64)
        # The first row of a place wins, whichever statistic it is.
        table[combination[::-1], at[rows][::-1]] = ids[rows][::-1]
        members = table[:, : len(relation.members)]
        if relation.whole is not None:
            whole = table[:, len(relation.members)]
        elif relation.kind == "partition":
            whole = self._shared_base(rows, combination, len(first))
        else:
            whole = np.full(len(first), NONE, dtype=np.int64)
        return Bundle(relation, members, whole, rows[first])

    def _is_one_of(self, column: str, values: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        known = self._names[column]
        wanted = [known[value] for value in values if value in known]
        mask = np.zeros(len(known) + 1, dtype=bool)
        mask[wanted] = True
        return np.asarray(mask[self._codes[column]])

    def _shared_base(self, rows: Ints, combination: Ints, count: int) -> Ints:
        base = self._cells.denominator[rows]
        value = np.where(base != NONE, self._cells.value[base], np.nan)
        low = np.full(count, np.inf)
        high = np.full(count, -np.inf)
        np.fmin.at(low, combination, value)
        np.fmax.at(high, combination, value)
        whole = np.full(count, NONE, dtype=np.int64)
        whole[combination[::-1]] = base[::-1]
        return np.where(low == high, whole, NONE)

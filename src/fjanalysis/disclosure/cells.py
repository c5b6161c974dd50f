"""The counts behind a results table as cells: one a quantity, however many rows show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
class Related:
    """The cells of one relation, in one combination of the key columns that it leaves free.

    Parameters
    ----------
    relation
        As the stream declared it.
    members
        The cells of its members at hand, in the declared order.
    whole
        The cell that the parts add up to, or -1.
    complete
        Whether every declared member is at hand.
    at
        The combination, for messages.
    """

    relation: Relation
    members: tuple[int, ...]
    whole: int
    complete: bool
    at: Mapping[str, str]


def related(frame: pd.DataFrame, cells: Cells, relations: Iterable[Relation]) -> Iterator[Related]:
    """Yield the cells that declared relations bind together, one combination at a time.

    A partition without a `whole` adds up to the denominator that its members share.
    """
    for relation in relations:
        chosen = frame["measure"].notna()
        for column, wanted in relation.where.items():
            values = (wanted,) if isinstance(wanted, str) else wanted
            chosen &= frame[column].isin(values)
        names = [*relation.members, *([relation.whole] if relation.whole is not None else [])]
        chosen &= frame[relation.over].isin(names)
        ids = cells.numerator if relation.field == "numerator" else cells.denominator
        chosen &= pd.Series(ids != NONE, index=frame.index)
        if chosen.any():
            yield from _combinations(frame, cells, ids, chosen.to_numpy(), relation)


def _combinations(
    frame: pd.DataFrame,
    cells: Cells,
    ids: Ints,
    chosen: npt.NDArray[np.bool_],
    relation: Relation,
) -> Iterator[Related]:
    free = [column for column in PLACE if column != relation.over]
    rows = frame.loc[chosen, free].copy()
    rows["_member"] = frame.loc[chosen, relation.over]
    rows["_cell"] = ids[chosen]
    rows["_base"] = cells.denominator[chosen]
    kinds = frame.loc[chosen, "statistic"]
    rows["_kind"] = kinds.where(~kinds.isin(COUNTED), "")
    rows = rows.drop_duplicates([*free, "_kind", "_member"])
    for values, part in rows.groupby([*free, "_kind"], sort=False):
        by_name: dict[Any, int] = dict(zip(part["_member"], part["_cell"], strict=True))
        members = tuple(by_name[name] for name in relation.members if name in by_name)
        whole = by_name.get(relation.whole, NONE) if relation.whole is not None else NONE
        if relation.kind == "partition" and relation.whole is None:
            bases = {int(base) for base in part["_base"] if base != NONE}
            counts = {float(cells.value[base]) for base in bases}
            whole = min(bases) if len(counts) == 1 else NONE
        yield Related(
            relation,
            members,
            whole,
            len(members) == len(relation.members),
            dict(zip(free, map(str, values), strict=False)),
        )

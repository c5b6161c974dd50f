"""Source tables on disk: Parquet files named like the physical tables, written in chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fjanalysis.sources.synthetic.records import NEVER, Bools, Ints

_BITS = 46
_RING = np.uint64((1 << _BITS) - 1)
_MIXED = np.uint64(0x5DEECE66D1B)
_MULTIPLIERS = {
    "case": 0x2545F4914F6,
    "application": 0x369DEA0F31A,
    "person": 0x41C64E6D1F2,
    "role": 0x1B873593CC8,
    "hearing": 0x5851F42D4C8,
    "order": 0x27BB2EE687A,
    "relationship": 0x14057B7EF76,
    "address": 0x6C078965A2E,
    "other": 0x7FB5D329728,
}
# Numbers of one chunk: its records, and from `EXTRA` on rows that stand for none of them.
CHUNK_IDS = 1 << 36
EXTRA = 1 << 35


def key(kind: str, numbers: Ints, chunk: int = 0) -> Ints:
    """Return encrypted-looking keys: unique within a kind, without the order of the records.

    Multiplying by an odd number and folding the upper half of the digits onto the lower are both
    one to one in a ring of `2 ** 46` numbers.
    """
    mixed = numbers.astype(np.uint64) + np.uint64(chunk * CHUNK_IDS + 17)
    with np.errstate(over="ignore"):
        mixed *= np.uint64(_MULTIPLIERS[kind] | 1)
        mixed &= _RING
        mixed ^= mixed >> np.uint64(_BITS // 2)
        mixed *= _MIXED
        mixed &= _RING
    return mixed.astype(np.int64)


def dates(days: Ints, missing: Bools | None = None) -> pa.Array:
    """Return days as dates; `NEVER`, and the rows that are missing, as null."""
    void = days == NEVER if missing is None else (days == NEVER) | missing
    return pa.array(days.astype(np.int32), pa.int32(), mask=void).cast(pa.date32())


def texts(numbers: Ints, values: Sequence[str | None]) -> pa.Array:
    """Return the text at each number."""
    dictionary = pa.array(values, pa.string())
    return dictionary.take(pa.array(numbers))


def numbers(values: NDArray[Any], kind: pa.DataType, missing: Bools | None = None) -> pa.Array:
    """Return whole numbers of an Arrow type, null where missing."""
    return pa.array(values, mask=missing).cast(kind)


class Tables:
    """Files of one folder, each open until the last chunk is written."""

    def __init__(self, folder: Path, suffix: str | None) -> None:
        self._folder = folder
        self._suffix = suffix
        self._writers: dict[str, pq.ParquetWriter] = {}
        self.rows: dict[str, int] = {}

    def __enter__(self) -> Tables:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, name: str, columns: Mapping[str, pa.Array], suffix: str | None = None) -> None:
        """Append rows to the table `name`; every chunk must have the same columns."""
        table = pa.table(dict(columns))
        dated = suffix or self._suffix
        physical = f"{name}_{dated}" if dated else name
        if physical not in self._writers:
            path = self._folder / f"{physical}.parquet"
            # Keys hardly repeat: a dictionary of them costs time and gives nothing.
            words = [field.name for field in table.schema if not pa.types.is_int64(field.type)]
            self._writers[physical] = pq.ParquetWriter(
                path, table.schema, compression="zstd", use_dictionary=words
            )
        self._writers[physical].write_table(table, row_group_size=500_000)
        self.rows[physical] = self.rows.get(physical, 0) + table.num_rows

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

_PRIME = 4_294_967_291
_MULTIPLIERS = {
    "case": 1_048_583,
    "application": 1_566_083,
    "person": 2_097_169,
    "role": 1_300_021,
    "hearing": 1_900_063,
    "order": 1_700_021,
    "relationship": 1_200_007,
    "address": 1_100_009,
    "other": 1_400_017,
}
CHUNK_IDS = 40_000_000


def key(kind: str, numbers: Ints, chunk: int = 0) -> Ints:
    """Return encrypted-looking keys: unique within a kind, without the order of the records."""
    shifted = numbers.astype(np.uint64) + np.uint64(chunk * CHUNK_IDS + 17)
    return (shifted * np.uint64(_MULTIPLIERS[kind]) % np.uint64(_PRIME)).astype(np.int64)


def dates(days: Ints, missing: Bools | None = None) -> pa.Array:
    """Return days as dates; `NEVER`, and the rows that are missing, as null."""
    void = days >= NEVER if missing is None else (days >= NEVER) | missing
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

    def __init__(self, folder: Path, suffix: str) -> None:
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
        physical = f"{name}_{suffix or self._suffix}"
        if physical not in self._writers:
            path = self._folder / f"{physical}.parquet"
            self._writers[physical] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._writers[physical].write_table(table, row_group_size=500_000)
        self.rows[physical] = self.rows.get(physical, 0) + table.num_rows

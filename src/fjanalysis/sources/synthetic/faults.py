"""The faults of real records, at the rates that the public sources give; each is counted.

With `--no-faults` every rate is 0, and the same calls leave the records as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

import numpy as np
import pyarrow as pa

from fjanalysis.sources.synthetic.records import Bools, Ints

# Share of the rows that could have the fault. Sources: the public code and documentation of the
# Family Justice Observatory and the Gateway (docs/synthetic.md); where those say only "few",
# "rare" or "small", the rate is an assumption.
RATES: Final = {
    "mistyped century": 0.0008,
    "age over 89": 0.0002,
    "birth week missing": 0.004,
    "sex missing": 0.006,
    "duplicate row": 0.001,
    "second role": 0.001,
    "role without application": 0.0001,
    "application without persons": 0.0002,
    "second mother": 0.0045,
    "second father": 0.0045,
    "conflicting ethnicity": 0.008,
    "ethnicity given twice": 0.03,
    "court spelt otherwise": 0.04,
    "court missing": 0.010,
    "authority missing": 0.005,
    "order of a person not on the application": 0.083,
    "order without application": 0.0035,
    "date of application missing": 0.010,
    "closed before received": 0.0005,
    "hearing in a mistyped year": 0.0003,
    "relationship to nobody": 0.0005,
    "identity not carried over": 0.4,
}


class Faults:
    """Draws which rows are faulty, counts them, and remembers the keys by which the source knows them.

    Parameters
    ----------
    seed
        The seed of the world, chunk and system.
    on
        Whether there are faults at all.
    """

    def __init__(self, seed: tuple[int, ...], on: bool) -> None:
        self._seed = seed
        self.on = on
        self.counts: dict[str, int] = {}
        self.faulted: list[tuple[str, str, Ints]] = []

    def rows(self, name: str, ids: Ints, table: str = "", keys: Ints | None = None) -> Bools:
        """Return which rows have the fault.

        Whether a row has it depends on its id (and table) alone, so that it has it at every refresh.

        Parameters
        ----------
        name
            A fault of `RATES`.
        ids
            Numbers of the rows.
        table, keys
            The physical table, and the key of each row in it, where the row itself is the faulty one.
        """
        if not self.on or len(ids) == 0:
            return np.zeros(len(ids), dtype=bool)
        chosen = self.uniform(name + table, ids) < RATES[name]
        if keys is not None:
            self.record(name, table, keys[chosen])
        return chosen

    def record(self, name: str, table: str, keys: Ints) -> None:
        """Remember the rows of a table that have the fault."""
        if len(keys):
            self.counts[name] = self.counts.get(name, 0) + len(keys)
            self.faulted.append((table, name, keys))

    def uniform(self, name: str, ids: Ints) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return a number from 0 to 1 for each id, the same at every refresh."""
        own = np.random.Generator(np.random.PCG64([*self._seed, 777, crc32(name.encode())]))
        salt = np.uint64(own.integers(1, 2**63))
        with np.errstate(over="ignore"):
            mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
            mixed ^= mixed >> np.uint64(31)
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(32)
        return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def mistyped_century(weeks: Ints, wrong: Bools, pick: np.ndarray[Any, Any]) -> Ints:
    """Return birth weeks with the century mistyped where wrong: 18xx, 79xx, 22xx and 29xx as in real ones."""
    out = weeks.copy()
    days = weeks[wrong].astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    month_days = days - days.astype("datetime64[M]").astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    common = pick[wrong] < 0.7
    shift = np.where(years < 2000, np.where(common, -100, 6000), np.where(common, 200, 900))
    moved = (years + shift - 1970).astype("datetime64[Y]").astype("datetime64[M]") + months
    out[wrong] = (moved.astype("datetime64[D]") + month_days).astype(np.int64)
    return out


def repeated(columns: Mapping[str, pa.Array], again: Bools) -> dict[str, pa.Array]:
    """Return the columns with the chosen rows standing twice, the second time at the end."""
    rows = pa.array(np.concatenate([np.arange(len(again)), np.flatnonzero(again)]))
    return {name: values.take(rows) for name, values in columns.items()}

"""The faults of real records, at the rates that the public sources give; each is counted.

With `--no-faults` every rate is 0, and the same calls leave the records as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from fjanalysis.sources.synthetic.records import Bools, Ints

RATES: Final = {
    "mistyped century": 0.0008,
    "birth week missing": 0.004,
    "sex missing": 0.006,
    "duplicate row": 0.001,
    "second role": 0.001,
    "role without application": 0.0001,
    "application without persons": 0.0002,
    "second mother": 0.0045,
    "conflicting ethnicity": 0.008,
    "ethnicity given twice": 0.03,
    "court spelt otherwise": 0.04,
    "court missing": 0.010,
    "authority missing": 0.005,
    "order of a person not on the application": 0.06,
    "order without application": 0.0035,
    "date of application missing": 0.010,
    "closed before received": 0.0005,
    "hearing in a mistyped year": 0.0003,
    "relationship to nobody": 0.0005,
    "merged identity": 0.002,
    "corrected birth week": 0.002,
}


class Faults:
    """Draws which rows are faulty, and counts them.

    Parameters
    ----------
    seed
        The seed of the world and chunk; every fault draws from a stream of its own.
    on
        Whether there are faults at all.
    """

    def __init__(self, seed: tuple[int, ...], on: bool) -> None:
        self._seed = seed
        self._on = on
        self.counts: dict[str, int] = {}
        self.faulted: dict[str, list[Ints]] = {}

    def random(self, name: str) -> np.random.Generator:
        """Return the fault's own stream of random numbers."""
        tag = sum(ord(letter) * (place + 7) for place, letter in enumerate(name))
        return np.random.Generator(np.random.PCG64([*self._seed, 777, tag]))

    def rows(self, name: str, ids: Ints, keys: Ints | None = None) -> Bools:
        """Return which rows have the fault, and remember the keys by which the source knows them.

        Whether a row has it depends on its id alone, so that it has it at every refresh.
        """
        if not self._on or len(ids) == 0:
            return np.zeros(len(ids), dtype=bool)
        chosen = self.uniform(name, ids) < RATES[name]
        self.counts[name] = self.counts.get(name, 0) + int(chosen.sum())
        if keys is not None:
            self.faulted.setdefault(name, []).append(keys[chosen])
        return chosen

    def uniform(self, name: str, ids: Ints) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return a number from 0 to 1 for each id, the same at every refresh."""
        salt = np.uint64(self.random(name).integers(1, 2**63))
        with np.errstate(over="ignore"):
            mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
            mixed ^= mixed >> np.uint64(31)
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(32)
        return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def mistyped_century(weeks: Ints, wrong: Bools, pick: np.ndarray[Any, Any]) -> Ints:
    """Return birth weeks with the century mistyped where wrong: 18xx, 22xx and 29xx as in real records."""
    out = weeks.copy()
    days = weeks[wrong].astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    month_days = days - days.astype("datetime64[M]").astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    # 19xx becomes 18xx; 20xx becomes 22xx or 29xx.
    shift = np.where(years < 2000, -100, np.where(pick[wrong] < 0.7, 200, 900))
    moved = (years + shift - 1970).astype("datetime64[Y]").astype("datetime64[M]") + months
    out[wrong] = (moved.astype("datetime64[D]") + month_days).astype(np.int64)
    return out


def repeated(columns: Mapping[str, pa.Array], again: Bools) -> dict[str, pa.Array]:
    """Return the columns with the chosen rows standing twice, the second time at the end."""
    rows = pa.array(np.concatenate([np.arange(len(again)), np.flatnonzero(again)]))
    return {name: values.take(rows) for name, values in columns.items()}

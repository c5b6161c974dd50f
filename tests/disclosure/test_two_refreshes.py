"""The whole way of two refreshes: pack, clear, pack the later one, and attack it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fjanalysis.disclosure.audit import check_pack
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import pack
from fjanalysis.packs import read_pack
from tests.disclosure.folders import DATE, project, write_refresh, write_results
from tests.disclosure.random_tables import random_table

LATER = "2026-08-01"


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("base", [1, 5], ids=["without rounding", "rounded"])
def test_the_attacker_wins_against_neither_of_two_refreshes(
    tmp_path: Path, seed: int, base: int
) -> None:
    made = project(tmp_path, rounding_base=base)
    folders = []
    for date, mean, fingerprint in ((DATE, 40, "ab" * 32), (LATER, 42, "cd" * 32)):
        table = random_table(seed, 3, mean)
        write_refresh(made, date=date, fingerprint=fingerprint)
        write_results(
            made, table.rows, date=date, fingerprint=fingerprint, relations=table.relations
        )
        folders.append(pack(made, (), date).folder)
        assert check_pack(made, folders[-1]).failures == []
        clear(made, date, by="output reviewer", reference="OR-1")
    if base == 1:
        first, second = (read_pack(folder).results for folder in folders)
        key = list(first.columns[:8])
        both = first.merge(second, on=key, suffixes=("_first", "_second"))
        change = (both["numerator_first"] - both["numerator_second"]).abs().dropna()
        assert len(change)
        assert (np.isclose(change, 0) | (change >= 10)).all()

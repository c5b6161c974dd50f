"""Curves and models of a synthetic refresh are what R makes of the very same cohorts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.machine import need_r
from tests.streams.r_agreement import HERE, ask_r, ours, write_tables

RELATIVE = 1e-6


def of_r(folder: Path) -> dict[str, float]:
    found = pd.read_csv(folder / "found.csv")
    return dict(zip(found["name"].str.rstrip(), found["value"], strict=True))


def compare(folder: Path) -> set[str]:
    """Hold all that R says of a folder's tables against the project's own; return the models and curves."""
    found = {name.rstrip(): value for name, value in ours(folder).items()}
    wanted = of_r(folder)
    assert set(found) == set(wanted)
    counts = {name for name in wanted if name.endswith("numerator")}
    assert counts
    assert all(found[name] == wanted[name] for name in counts)
    assert found == pytest.approx(wanted, rel=RELATIVE)
    return {name.partition(" ")[0] for name in wanted}


def test_the_statistics_of_a_kept_cohort_are_those_that_r_gave() -> None:
    assert compare(HERE) == {"any_return", "later_return", "first_return", "adoption"}


def test_the_statistics_of_a_fresh_refresh_are_those_that_r_gives(tmp_path: Path) -> None:
    need_r("survival")
    folder = tmp_path / "tables"
    folder.mkdir()
    write_tables(folder, tmp_path / "workspace", scale=0.03, seed=11)
    ask_r(folder)
    models = {"any_return", "new_child_return", "later_return", "first_return", "adoption"}
    assert compare(folder) == models

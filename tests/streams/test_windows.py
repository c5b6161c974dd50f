"""Every window that numbers rows is totally ordered: no two rows of a partition stand at one place, ties abounding."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from fjanalysis.project import open_project
from fjanalysis.streams.cohort import RESULT, Cohort, Step, steps
from fjanalysis.streams.private_law_returns.cohort import load_private_law
from fjanalysis.streams.recurrence.cohort import load_families
from fjanalysis.streams.stream import load
from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings.cohort import gather
from tests.refreshes import build_refresh
from tests.streams.families import random_families
from tests.streams.private_law_returns.plain import random_law

LOADERS: dict[str, Callable[[Study], Any]] = {
    "urgent-hearings": gather,
    "recurrence": load_families,
    "private-law-returns": load_private_law,
}
NUMBERED = "ROW_NUMBER()"
STATEMENTS = sorted(Path(str(resources.files("fjanalysis.streams"))).rglob("*.sql"))


def numbered() -> set[str]:
    """Return the steps that number rows."""
    made = (step for path in STATEMENTS for step in steps(path.read_text(encoding="utf-8")))
    return {step.name for step in made if NUMBERED in step.query}


def ties(cohort: Cohort, step: Step, values: Mapping[str, Any], name: str) -> int:
    """Return how many rows of a step have another number where equal places share one."""
    shared = step.query.replace(NUMBERED, "RANK()")
    given = {key: values[key] for key in step.parameters}
    sql = f"SELECT COUNT(*) FROM (SELECT * FROM ({shared}) EXCEPT ALL SELECT * FROM {name})"
    return int(cohort.connection.execute(sql, given).fetchall()[0][0])


def test_windows_are_numbered_by_row_number_alone() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in STATEMENTS)
    functions = set(re.findall(r"(\w+)\([^()]*\)\s+OVER\s*\(", text))
    assert functions == {"ROW_NUMBER", "MIN", "COUNT"}, "the others need no order"


def test_no_two_rows_of_a_window_stand_at_one_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = random_law(3, 60)
    for name, more in random_families(4, 80).items():
        rows[name] += more
    refresh = build_refresh(tmp_path / "refresh", rows)
    seen: dict[str, int] = {}
    real = Cohort.run

    def run(self: Cohort, sql: str, values: Mapping[str, Any], result: str = RESULT) -> list[Step]:
        made = real(self, sql, values, result)
        for step in made:
            if NUMBERED in step.query:
                name = result if step.name == RESULT else step.name
                assert ties(self, step, values, name) == 0, step.name
                seen[step.name] = max(seen.get(step.name, 0), self.count(name))
        return made

    monkeypatch.setattr(Cohort, "run", run)
    for name, loader in LOADERS.items():
        stream = load(name)
        parameters = stream.Parameters.from_values({})
        folder, project = tmp_path / name, open_project(tmp_path, Path(__file__))
        loader(Study(name, "main", stream, parameters, refresh, folder, project))
    assert set(seen) == numbered()
    assert min(seen.values()) > 20

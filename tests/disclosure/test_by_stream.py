"""Each stream controlled by itself, in processes or in this one, and what that must not change."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fjanalysis.disclosure import by_stream
from fjanalysis.disclosure.audit import Report, together
from fjanalysis.disclosure.audit.success import Success
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.pack import pack
from fjanalysis.errors import DisclosureError, MachineError
from fjanalysis.project import DisclosureProfile, Project
from tests.disclosure.folders import APART, DATE, STREAMS, project, write_refresh, write_results
from tests.disclosure.random_tables import random_table


def two_streams(folder: Path) -> Project:
    """Return a project with results of two streams, other numbers in each."""
    made = project(folder)
    write_refresh(made)
    for seed, stream in enumerate(STREAMS):
        table = random_table(seed, 4, 40)
        write_results(made, table.rows, stream=stream, relations=table.relations)
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("seed", range(3))
def test_control_of_two_streams_together_is_that_of_each_by_itself(seed: int) -> None:
    tables = [random_table(2 * seed + number, 4, 30) for number in range(2)]
    rows = [table.rows.assign(stream=stream) for table, stream in zip(tables, STREAMS, strict=True)]
    relations = {
        (stream, "main"): table.relations for table, stream in zip(tables, STREAMS, strict=True)
    }

    def controlled(frame: pd.DataFrame) -> pd.DataFrame:
        ready = prepare(frame, relations, DisclosureProfile(), exceptions=[APART])
        builder, table = ready.builder, ready.table
        streams = table.frame["stream"].to_numpy()
        # The streams that each equation's counts are of.
        of_count: dict[int, set[str]] = {}
        for side in (ready.found.numerator, ready.found.denominator):
            for count, stream in zip(side.tolist(), streams, strict=True):
                of_count.setdefault(count, set()).add(stream)
        of_count.pop(-1, None)
        assert all(len(some) == 1 for some in of_count.values())
        joined = [
            set().union(*(of_count.get(each, set()) for each in counts.tolist()))
            for counts, _ in builder.equations
        ]
        assert joined
        assert max(map(len, joined)) == 1
        return ready.control().results

    both = controlled(pd.concat(rows, ignore_index=True))
    apart = pd.concat([controlled(each) for each in rows], ignore_index=True)
    pd.testing.assert_frame_equal(both, apart)
    assert (both["status"] == "c").any()


def test_processes_give_the_same_pack_as_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = two_streams(tmp_path)
    alone = files(pack(made, (), DATE).folder)
    shutil.rmtree(made.outputs)
    begun: list[str] = []

    def noted(loaded: str) -> Any:
        begun.append(loaded)
        return clean(loaded)

    clean = by_stream.clean
    monkeypatch.setattr(by_stream, "WORTH", 0)
    monkeypatch.setattr(by_stream, "clean", noted)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert files(pack(made, (), DATE).folder) == alone
    assert begun == [by_stream.LOADED]


def test_what_a_process_refuses_is_said_as_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = two_streams(tmp_path)
    (made.results / DATE / STREAMS[1] / "main" / "results.csv").write_text("not,a,table\n")
    said = []
    for worth in (by_stream.WORTH, 0):
        monkeypatch.setattr(by_stream, "WORTH", worth)
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        with pytest.raises(DisclosureError) as caught:
            pack(made, (), DATE)
        said.append(caught.value.sentence)
    assert said[0] == said[1]
    assert "edited after the run" in said[0]
    assert not list(made.outputs.glob("*"))


def test_a_process_that_is_killed_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = two_streams(tmp_path)
    monkeypatch.setattr(by_stream, "WORTH", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(by_stream, "controlled", die)
    with pytest.raises(MachineError, match="ended from outside") as caught:
        pack(made, (), DATE)
    assert caught.value.exit_code == 15
    assert all(stream in caught.value.sentence for stream in STREAMS)
    assert not list(made.outputs.glob("*"))


def die(_: by_stream.Task) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_attacks_on_streams_are_told_as_one() -> None:
    key = dict.fromkeys(("stream", "variant", "measure", "statistic", "area", "period"), "a")
    known = {**key, "group": "", "horizon": "", "why": "it is shown elsewhere"}
    one = Report("a", success=Success(Counter(withheld=3, sums=5, asked=2, safe=2), 1, 0, "yes"))
    two = Report("b", success=Success(Counter(withheld=4, sums=6, asked=1, relaxed=1), 1, 0, "yes"))
    one.known, two.known = {0: known}, {0: {**known, "stream": "b"}}
    two.unsettled, one.unsettled = ["x"], ["y"]
    whole = together([two, one])
    assert [each["stream"] for each in whole.reaching] == ["a", "b"]
    assert whole.unsettled == ["x", "y"]
    assert whole.notes[0].startswith("Attacked 7 withheld counts through 11 sums")
    assert "Of the 3 that bounds do not tell, 2 are proved safe" in whole.notes[2]
    needless = Report("c", success=Success(Counter(withheld=1), 1, 0, "needless"))
    assert "since single ones tell enough" in together([one, needless]).notes[-1]

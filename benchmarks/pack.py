"""Time, size, safety and use of disclosure control on a workspace's results.

    python benchmarks/pack.py [WORKSPACE [REFRESH [--prove]]]

Without a workspace, that of `make demo` is measured. Seconds (and seconds of processor time, which a busy
machine does not lengthen) of each part and of packing as a whole; how many counts, equations and withheld rows; what the attacker could
tell, with `--prove` also how many withheld counts two other tables prove safe; and the share of rows
published by area level and by measure, absent rows and steps of life tables aside; how many rows of the streams'
own runs are withheld for their own sake, and how many for another's; and the bytes of the pack. Printed, and written
to benchmarks/results/pack.json.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import psutil

from demo import LOOK_SECONDS, Used
from fjanalysis.disclosure import inputs, rules
from fjanalysis.disclosure.audit import attack
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.pack import pack
from fjanalysis.project import Project, open_project
from fjanalysis.reference import areas
from fjanalysis.results import conform, read_csv

RESULTS = Path(__file__).parent / "results" / "pack.json"
LIMIT_SECONDS = 60


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what some work returns, and the seconds it took."""
    wall, processor = time.perf_counter(), time.process_time()
    done = work()
    took = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
    return done, {name: round(value, 1) for name, value in took.items()}


def with_processes(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what some work returns, and the seconds it took, those of all processes that it began included."""
    this, used, ended = psutil.Process(), Used(), threading.Event()
    used.look(this)
    before = used.seconds

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            used.look(this)

    beside = threading.Thread(target=watch)
    beside.start()
    try:
        done, took = timed(work)
    finally:
        ended.set()
        beside.join()
    used.look(this)
    return done, {**took, "processor": round(used.seconds - before, 1)}


def whole(
    project: Project, date: str, *, proved: bool
) -> tuple[dict[str, float], dict[str, int], dict[str, Any], pd.DataFrame]:
    """Pack into a temporary workspace that sees the same results.

    Return the seconds, the bytes, what the pack says, and its rows.
    """
    with TemporaryDirectory() as folder:
        for name in ("results", "refreshes"):
            for path in sorted((getattr(project, name) / date).rglob("*")):
                place = Path(folder) / path.relative_to(project.workspace)
                if path.is_file() and path.suffix in (".csv", ".json"):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.symlink_to(path)
        (Path(folder) / "results" / date / "packed.json").unlink(missing_ok=True)
        (Path(folder) / "results" / date / "withheld.csv").unlink(missing_ok=True)
        there = replace(project, workspace=Path(folder))
        made, took = with_processes(lambda: pack(there, (), date, proved=proved))
        sizes = {
            path.name: path.stat().st_size for path in made.folder.rglob("*") if path.is_file()
        }
        manifest = json.loads((made.folder / "pack.json").read_text(encoding="utf-8"))
        rows = read_csv(made.folder / "results.csv")
    said = {**manifest["attack"], "reaching": manifest["reaching"]}
    return took, {"bytes": sum(sizes.values()), "results.csv": sizes["results.csv"]}, said, rows


def reasons(rows: pd.DataFrame, reason: pd.Series, level: pd.Series) -> dict[str, dict[str, int]]:
    """Return how many rows of the streams' own runs are withheld for their own sake, and for another's."""
    own = (rows["variant"] == "main") & (rows["status"] == "c")
    others = reason[own].isin([rules.SECONDARY, rules.SAME_COUNT])
    found = others.groupby([rows.loc[own, "stream"], level[own]]).agg(["sum", "size"])
    return {
        " ".join(key): {"own": int(size - some), "for_others": int(some)}
        for key, some, size in zip(found.index, found["sum"], found["size"], strict=True)
    }


def share(rows: pd.DataFrame, by: list[pd.Series]) -> dict[str, dict[str, float]]:
    """Return the share of rows published, and how many there are, by some columns."""
    found = (rows["status"] != "c").groupby(by).agg(["mean", "size"])
    return {
        " ".join(key): {"published": round(float(mean), 3), "rows": int(size)}
        for key, mean, size in zip(found.index, found["mean"], found["size"], strict=True)
    }


def main(workspace: Path, refresh: str | None = None, *, proved: bool = False) -> None:
    """Measure disclosure control of a workspace's newest (or the named) results."""
    project = open_project(workspace)
    date = refresh or project.newest(project.results) or ""
    profile = project.profile
    found, reading = timed(
        lambda: [
            variant
            for stream in inputs.streams_at_hand(project, date)
            for variant in inputs.read_stream(project, date, stream)
        ]
    )
    exact = conform(pd.concat([each.rows for each in found], ignore_index=True))
    relations = {(each.stream, each.variant): each.relations for each in found}
    levels = dict(areas()[["code", "level"]].itertuples(index=False, name=None))
    may = project.settings.disclosure.exceptions
    done, control = timed(
        lambda: prepare(exact, relations, profile, levels, exceptions=may).control()
    )
    streams: dict[str, dict[str, list[object]]] = {}
    for each in found:
        own = streams.setdefault(each.stream, {"relations": []})["relations"]
        own += [relation.to_json() for relation in each.relations]
    because = reasons(done.results, done.reason, done.results["area"].map(levels).rename("level"))
    results = conform(done.results)
    numbers = (profile.threshold, profile.rounding_base)
    report, attacked = timed(
        lambda: attack(results, streams, *numbers, proved=proved, exceptions=may)
    )
    away: dict[str, list[float]] = {}
    for (stream, area), distances in done.distance.items():
        away.setdefault(f"{stream} {levels[area]}", []).extend(distances)
    packing, size, said, packed = whole(project, date, proved=proved)
    rows = packed[~packed["status"].isin(["z", "x"])]
    plain = rows[~rows["measure"].str.contains(r"_(?:at_risk|events|censored)$")]
    level = plain["area"].map(levels)
    large = level.where(level == "dfj-area", "nation or region").replace("dfj-area", "local area")
    measured = {
        "rows": len(results),
        "rows_withheld": int((packed["status"] == "c").sum()),
        **done.work,
        "limit_seconds": LIMIT_SECONDS,
        "reading": reading,
        "control": control,
        "attack": attacked,
        "packing": packing,
        "size": size,
        "told_before_mending": len(report.failures),
        "attacker": said["said"],
        "reaching": len(said["reaching"]),
        "by_linear_programme_only": len(said["linear"]),
        "not_settled": len(said["unsettled"]),
        "distance": {
            name: {"mean": round(sum(each) / len(each), 2), "largest": round(max(each), 2)}
            for name, each in sorted(away.items())
        },
        "kept": share(plain, [plain["stream"], level.rename("level")]),
        "withheld_because": because,
        "kept_by_measure": share(plain, [plain["stream"], plain["measure"], large.rename("level")]),
    }
    text = json.dumps(measured, indent=1) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each != "--prove"]
    place = Path(given[0]) if given else Path(__file__).parents[1] / "demo"
    if (place / "results").is_dir():
        main(place, *given[1:2], proved="--prove" in sys.argv)
    else:
        print(f"{place.name} holds no results; make them first with: make demo")

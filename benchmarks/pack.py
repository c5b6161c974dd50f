"""Time, size and information kept of disclosure control on a workspace's results.

    python benchmarks/pack.py [WORKSPACE [REFRESH]]

Without a workspace, that of `make demo` is measured. Prints counts, equations and further counts withheld, the seconds that control and audit take, and the share of rows
published by stream and area level (absent rows and steps of life tables aside).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

from fjanalysis.disclosure import inputs
from fjanalysis.disclosure.audit import attack
from fjanalysis.disclosure.control import prepare
from fjanalysis.project import open_project
from fjanalysis.reference import areas
from fjanalysis.results import conform


def main(workspace: Path, refresh: str | None = None) -> None:
    """Measure disclosure control of a workspace's newest (or the named) results."""
    project = open_project(workspace)
    date = refresh or project.newest(project.results) or ""
    found = [
        variant
        for stream in inputs.streams_at_hand(project, date)
        for variant in inputs.read_stream(project, date, stream)
    ]
    exact = conform(pd.concat([each.rows for each in found], ignore_index=True))
    relations = {(each.stream, each.variant): each.relations for each in found}
    table = areas()
    levels = dict(zip(table["code"], table["level"], strict=True))
    start = time.perf_counter()
    done = prepare(exact, relations, project.profile, levels).control()
    print(f"rows: {len(exact)}; control: {time.perf_counter() - start:.1f} s; {done.work}")
    streams: dict[str, dict[str, list[object]]] = {}
    for each in found:
        own = streams.setdefault(each.stream, {"relations": []})["relations"]
        own += [relation.to_json() for relation in each.relations]
    start = time.perf_counter()
    profile = project.profile
    report = attack(done.results, streams, profile.threshold, profile.rounding_base)
    print(f"attack: {time.perf_counter() - start:.1f} s; findings: {len(report.failures)}")
    print("\n".join(report.notes))
    rows = done.results[~done.results["status"].isin(["z", "x"])]
    rows = rows[~rows["measure"].str.contains(r"_(?:at_risk|events|censored)$")]
    kept = (rows["status"] != "c").groupby([rows["stream"], rows["area"].map(levels)])
    print(kept.agg(["mean", "size"]).round(3).to_string())


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "demo"
    if (place / "results").is_dir():
        main(place, *sys.argv[2:3])
    else:
        print(f"{place.name} holds no results; make them first with: make demo")

"""How long a refresh takes to ingest from files, against the same harmonising in plain pandas.

Run as `python benchmarks/ingest.py [SCALE [SMALLER]]`; defaults: 1.0, the real volume, and 0.1. As
`python benchmarks/ingest.py --growth [SCALE [LARGER]]`, with defaults 1.0 and 10, it ingests both and says how cost and memory
grow; the larger takes minutes and 20 GB of disk. Synthetic sources of both scales are made; the larger is ingested and, in a process of its own, harmonised by
benchmarks/plain/ingest.py; the tables of both must be the same. Ours checks the contract, measures quality, takes
the fingerprint and writes the report besides; the script in pandas does not. Rows a second, peak memory, the ratios,
and how the cost grows from the smaller to the larger scale are printed and written to benchmarks/results/ingest.json.
Processor time stands beside the clock's, since a busy machine does not lengthen it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq

from fjanalysis.refresh.declaration import TABLES

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "ingest.json"
DATE = "2026-02-01"
FASTER, LESS_MEMORY = 3.0, 0.5
Cost = dict[str, float]


# Runs a program from a small process: a new process counts the memory of the one that starts it as its own peak.
LAUNCHER = """
import json, os, subprocess, sys, time
begun = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
cost = {
    "seconds": time.perf_counter() - begun,
    "processor_seconds": used.ru_utime + used.ru_stime,
    "megabytes": used.ru_maxrss / 1024,
}
print(json.dumps({"status": status, "cost": cost}))
"""


def measured(*command: str | Path) -> Cost:
    """Run a program and return seconds by the clock, of the processor, and its peak memory."""
    launcher = [sys.executable, "-S", "-c", LAUNCHER, *(str(part) for part in command)]
    done = subprocess.run(launcher, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    if told["status"]:
        raise SystemExit(f"Failed: {' '.join(map(str, command))}\n{done.stderr}")
    return dict(told["cost"])


def rows_of(source: Path, pattern: str = "*.parquet") -> int:
    """Return how many rows the files of a source hold."""
    return sum(pq.read_metadata(path).num_rows for path in source.glob(pattern))


def ours(source: Path, workspace: Path) -> Cost:
    """Ingest a source with the installed command."""
    start = [sys.executable, "-m", "fjanalysis.cli", "--workspace", workspace, "ingest"]
    return measured(*start, "--source", source, "--refresh", DATE)


def synthetic(place: Path, scale: float) -> Path:
    """Make the source of a scale, unless it stands there from before."""
    source = place / f"source-{scale:g}"
    if not source.exists():
        start = [sys.executable, "-m", "fjanalysis.cli", "synth", source, "--refresh", DATE]
        measured(*start, "--scale", f"{scale:g}")
    return source


def differing(one: Path, two: Path) -> list[str]:
    """Return the tables whose rows are not the same in both folders."""
    found = []
    for name, table in TABLES.items():
        columns = ", ".join(f"{c.name}::{c.sql_type}" for c in table.columns)
        first, second = (f"SELECT {columns} FROM '{each / name}.parquet'" for each in (one, two))
        lost = f"({first} EXCEPT ALL {second}) UNION ALL ({second} EXCEPT ALL {first})"
        if duckdb.sql(f"SELECT count(*) FROM ({lost})").fetchall() != [(0,)]:
            found.append(name)
    return found


def growth(scale: float, larger: float) -> None:
    """Ingest two scales, print how cost grows from the one to the other, and write that beside the other results."""
    found: dict[str, Cost] = {}
    with TemporaryDirectory() as scratch:
        place = Path(os.environ.get("BENCHMARK_SOURCES", scratch))
        for each in (scale, larger):
            source, workspace = synthetic(place, each), Path(scratch) / "workspace"
            found[f"{each:g}"] = {"rows": rows_of(source), **ours(source, workspace)}
            shutil.rmtree(workspace)
    few, many = found.values()
    for name, cost in found.items():
        cost["processor_microseconds_a_row"] = 1e6 * cost["processor_seconds"] / cost["rows"]
        print(
            f"Scale {name}: {cost['rows']:,.0f} rows in {cost['seconds']:.0f} s, {cost['processor_seconds']:.0f} s of processor time "
            f"({cost['processor_microseconds_a_row']:.2f} microseconds a row), {cost['megabytes']:,.0f} MB"
        )
    grown = {name: many[name] / few[name] for name in ("rows", "processor_seconds", "megabytes")}
    print(
        f"Rows grow {grown['rows']:.1f} times, processor time {grown['processor_seconds']:.1f} times "
        f"(goal: no faster than rows), memory {grown['megabytes']:.2f} times"
    )
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept["growth"] = {
        "scales": {
            scale: {name: round(value, 2) for name, value in cost.items()}
            for scale, cost in found.items()
        },
        "times": {name: round(value, 2) for name, value in grown.items()},
    }
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")


def main() -> None:
    """Ingest twice, harmonise in pandas once, compare, print and write."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    smaller = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        place = Path(os.environ.get("BENCHMARK_SOURCES", scratch))
        source, small = synthetic(place, scale), synthetic(place, smaller)
        few = ours(small, folder / "small")
        many = ours(source, folder / "large")
        script = Path(__file__).parent / "plain" / "ingest.py"
        plain = measured(sys.executable, script, source, DATE, folder / "plain")
        wrong = differing(folder / "large" / "refreshes" / DATE, folder / "plain")
        rows, small_rows = rows_of(source), rows_of(small)
    if wrong:
        raise SystemExit(f"The two ways differ in: {', '.join(wrong)}")
    faster = plain["seconds"] / many["seconds"]
    less_work = plain["processor_seconds"] / many["processor_seconds"]
    memory = many["megabytes"] / plain["megabytes"]
    growth = many["processor_seconds"] / few["processor_seconds"]
    print(f"Scale {scale:g}: {rows:,} rows of source; the tables of both ways are the same.")
    for name, cost in (("ours", many), ("plain pandas", plain)):
        print(
            f"  {name}: {cost['seconds']:.1f} s ({cost['processor_seconds']:.1f} s of processor time), "
            f"{rows / cost['seconds']:,.0f} rows a second, {cost['megabytes']:,.0f} MB"
        )
    print(
        f"Faster by the clock {faster:.2f} times, by processor time {less_work:.2f} (goal: {FASTER:g})"
    )
    print(f"Memory {memory:.2f} of pandas (goal: under {LESS_MEMORY:g})")
    print(f"From scale {smaller:g} to {scale:g} rows grow {rows / small_rows:.1f} times, ", end="")
    print(
        f"processor time {growth:.1f} times, memory {many['megabytes'] / few['megabytes']:.1f} times"
    )
    RESULTS.parent.mkdir(exist_ok=True)
    kept = {
        "rows": rows,
        "smaller_rows": small_rows,
        "ours": {name: round(value, 1) for name, value in many.items()},
        "ours_smaller": {name: round(value, 1) for name, value in few.items()},
        "plain_pandas": {name: round(value, 1) for name, value in plain.items()},
        "faster": round(faster, 2),
        "less_processor_time": round(less_work, 2),
        "memory_share": round(memory, 2),
    }
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    told = {"growth": before["growth"]} if "growth" in before else {}
    whole = {"scale": scale, "smaller": smaller, **kept, **told}
    RESULTS.write_text(json.dumps(whole, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--growth"]:
        growth(*[float(each) for each in sys.argv[2:4]] or (1.0, 10.0))
    else:
        main()

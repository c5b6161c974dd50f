"""How long the three streams take on one refresh, nation and all areas, and how much memory.

Run as `python benchmarks/streams.py [WORKSPACE]` on a workspace that holds a refresh; without one, a
synthetic refresh at scale 1.0 is made first. First `fjanalysis run` is measured as it stands, without
variants: seconds, processor time, and the highest memory of all its processes together (what they share counted once). Then
every notebook's cells are run, one stream after another in a fresh process of one thread, for the share of each
step in the seconds, processor time (which a busy machine does not lengthen) and the highest memory of each
stream. Printed, and written to benchmarks/results/streams.json.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "streams.json"
DATE = "2026-02-01"
STREAMS = ("urgent-hearings", "recurrence", "private-law-returns")
LIMIT_SECONDS, LIMIT_MEGABYTES = 120, 3000
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_cells(stream: str) -> dict[str, object]:
    """Run a notebook's cells in this process and return seconds by heading, memory and rows."""
    cells = json.loads((ROOT / "analyses" / f"{stream}.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {"display": lambda *_: None}
    seconds: dict[str, float] = {}
    heading = "imports and refresh"
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            if source.startswith("## "):
                heading = source.splitlines()[0].removeprefix("## ")
            continue
        begun = time.perf_counter()
        exec(compile(source, stream, "exec"), names)
        seconds[heading] = seconds.get(heading, 0.0) + time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": seconds,
        "processor_seconds": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
        "rows": len(names["written"]),  # type: ignore[arg-type]
    }


def whole_run(workspace: Path, results: Path) -> dict[str, float]:
    """Run all streams by the command into a fresh workspace; return seconds and megabytes of all processes."""
    scratch = results / "whole"
    scratch.mkdir()
    for name in ("refreshes", "reference"):
        if (workspace / name).is_dir():
            (scratch / name).symlink_to(workspace / name)
    command = [sys.executable, "-m", "fjanalysis.cli", "--workspace", str(scratch)]
    begun, most = time.perf_counter(), 0.0
    with subprocess.Popen([*command, "run", "--refresh", DATE, "--no-variants"], cwd=ROOT) as run:
        while run.poll() is None:
            most = max(most, sum(map(megabytes_of, family_of(run.pid))))
            time.sleep(0.2)
    if run.returncode:
        raise SystemExit(run.returncode)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.perf_counter() - begun,
        "processor_seconds": used.ru_utime + used.ru_stime,
        "megabytes": most,
    }


def family_of(process: int) -> list[int]:
    """Return a process and all that it started."""
    found = [process]
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += family_of(int(child))
    except OSError:  # it ended meanwhile
        pass
    return found


def megabytes_of(process: int) -> float:
    """Return the memory of a process, of what it shares with others its part."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def make_refresh(workspace: Path) -> None:
    """Make a synthetic refresh of the real volume."""
    command = [sys.executable, "-m", "fjanalysis.cli", "--workspace", str(workspace)]
    source = str(workspace / "source")
    subprocess.run([*command, "synth", source, "--refresh", DATE], check=True, cwd=ROOT)
    subprocess.run(
        [*command, "ingest", "--source", source, "--refresh", DATE], check=True, cwd=ROOT
    )


def main() -> None:
    """Run each stream in a process of its own, print the shares, and write the result."""
    found = {}
    with TemporaryDirectory() as scratch:
        workspace = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(scratch)
        if len(sys.argv) == 1:
            make_refresh(workspace)
        whole = whole_run(workspace, Path(scratch))
        for stream in STREAMS:
            settings = {
                **os.environ,
                **dict.fromkeys(ONE_THREAD, "1"),
                "FJANALYSIS_WORKSPACE": str(workspace),
                "FJANALYSIS_FOLDER": str(Path(scratch) / stream),
                "FJANALYSIS_THREADS": "1",
                "BENCHMARK_STREAM": stream,
            }
            done = subprocess.run(
                [sys.executable, __file__],
                env=settings,
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            )
            found[stream] = json.loads(done.stdout.splitlines()[-1])
    total = sum(sum(each["seconds"].values()) for each in found.values())
    for stream, each in found.items():
        own = sum(each["seconds"].values())
        cpu = each["processor_seconds"]
        print(f"{stream}: {own:.1f} s ({cpu:.1f} s of processor time), ", end="")
        print(f"{each['megabytes']:.0f} MB, {each['rows']:,} rows")
        for heading, seconds in each["seconds"].items():
            print(f"  {seconds:7.2f} s  {100 * seconds / total:4.1f}%  {heading}")
    processor = sum(each["processor_seconds"] for each in found.values())
    print(f"All three, one after another: {total:.1f} s, {processor:.1f} s of processor time")
    print(
        f"The command: {whole['seconds']:.1f} s (goal: under {LIMIT_SECONDS} s on 2 cores), ",
        end="",
    )
    print(f"{whole['processor_seconds']:.1f} s of processor time, ", end="")
    print(f"{whole['megabytes']:.0f} MB in all (goal: under {LIMIT_MEGABYTES} MB)")
    RESULTS.parent.mkdir(exist_ok=True)
    rounded = {
        stream: {
            "seconds": {name: round(value, 2) for name, value in each["seconds"].items()},
            "share": {name: round(value / total, 3) for name, value in each["seconds"].items()},
            "processor_seconds": round(each["processor_seconds"], 1),
            "megabytes": round(each["megabytes"]),
            "rows": each["rows"],
        }
        for stream, each in found.items()
    }
    result = {
        "command": {name: round(value, 1) for name, value in whole.items()},
        "cores": len(os.sched_getaffinity(0)),
        "streams": rounded,
        "seconds_one_after_another": round(total, 1),
        "processor_seconds": round(processor, 1),
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if os.environ.get("BENCHMARK_STREAM"):
        print(json.dumps(run_cells(os.environ["BENCHMARK_STREAM"])))
    else:
        main()

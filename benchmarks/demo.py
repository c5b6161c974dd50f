"""How long the demo takes, a second walk beside the first, and how much memory it needs.

Run as `python benchmarks/demo.py [--scale X]`. The demo is walked twice into a new folder. Seconds of
time and of processor (which a busy machine does not lengthen) of both walks, the seconds of each step,
and the most memory that all its processes held together (shared pages counted once) are printed and
written to benchmarks/results/demo.json.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "demo.json"
GOAL_SECONDS, GOAL_MEGABYTES, GOAL_RATIO = 90, 1500, 3
LOOK_SECONDS = 0.25
STEP = re.compile(r"^\[\d+/\d+\] (.*): ([\d.]+) s$", re.MULTILINE)


def megabytes(process: psutil.Process) -> float:
    """Return the memory of a process and all below it, pages that they share counted once."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_full_info().pss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total / 1e6


class Used:
    """Processor seconds of a process and all that were ever below it, as last seen of each."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, float], float] = {}

    def look(self, process: psutil.Process) -> None:
        """Note what each process that lives now has used."""
        for each in [process, *process.children(recursive=True)]:
            try:
                times = each.cpu_times()
                self._seen[each.pid, each.create_time()] = times.user + times.system
            except psutil.Error:  # it has ended meanwhile
                continue

    @property
    def seconds(self) -> float:
        """The sum so far: at most a look's length short for each process."""
        return sum(self._seen.values())


def walked(folder: Path, arguments: list[str]) -> dict[str, object]:
    """Walk the demo once, and return its seconds, those of its steps, and its most memory."""
    command = [sys.executable, "-m", "fjanalysis.cli", "demo", str(folder), *arguments]
    begun = time.perf_counter()
    with (
        (folder.parent / "log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=log) as running,
    ):
        process, most, used = psutil.Process(running.pid), 0.0, Used()
        while running.poll() is None:
            try:
                most = max(most, megabytes(process))
                used.look(process)
            except psutil.Error:
                break
            time.sleep(LOOK_SECONDS)
        running.wait()
        seconds = time.perf_counter() - begun
        log.seek(0)
        said = log.read()
    if running.returncode:
        raise SystemExit(said)
    return {
        "seconds": round(seconds, 1),
        "processor_seconds": round(used.seconds, 1),
        "megabytes": round(most),
        "steps": {name: float(value) for name, value in STEP.findall(said)},
    }


def main() -> None:
    """Walk twice, print both and their ratio, and write the result."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        first, second = (walked(folder, sys.argv[1:]) for _ in range(2))
    ratio = float(str(first["seconds"])) / float(str(second["seconds"]))
    for name, seconds in first["steps"].items():  # type: ignore[attr-defined]
        print(f"  {seconds:6.1f} s  {name}")
    print(f"First walk: {first['seconds']} s ({first['processor_seconds']} s of processor time)")
    print(f"  goal: under {GOAL_SECONDS} s on 2 cores that nothing else uses")
    print(f"Most memory: {first['megabytes']} MB (goal: under {GOAL_MEGABYTES} MB)")
    print(f"Second walk: {second['seconds']} s, {ratio:.1f} times faster (goal: {GOAL_RATIO})")
    RESULTS.parent.mkdir(exist_ok=True)
    whole = {"first": first, "second": second, "ratio": round(ratio, 1)}
    RESULTS.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

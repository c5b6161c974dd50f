"""How long the synthetic source takes and how much memory: scale 1.0, ten times it, and the same bytes again.

Run as `python benchmarks/synth.py [SCALE…]` (default: 0.1, 1 and 10; 10 takes minutes and 4 GB of disk). Each runs in a
process of its own, into a temporary folder. Seconds, seconds of processor time, highest memory and megabytes on disk are
printed and written to benchmarks/results/synth.json, with the growth from each scale to the next, and whether a second
run at scale 0.1 gave the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from fjanalysis.folders import files_below, sha256
from fjanalysis.sources.synthetic import synthesise

RESULTS = Path(__file__).parent / "results" / "synth.json"
DATE = "2026-02-01"
SCALES = (0.1, 1.0, 10.0)
GOALS = {1.0: (60, 4000), 10.0: (None, 6000)}  # seconds, megabytes


def make(scale: float, folder: Path) -> dict[str, object]:
    """Write a source in this process, and return what it took and a hash of all its files."""
    begun = time.perf_counter()
    report = synthesise(folder, DATE, scale=scale)
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    digest = hashlib.sha256()
    for name in files_below(folder):
        digest.update(f"{sha256(folder / name)}  {name}\n".encode())
    return {
        "rows": sum(report.rows.values()),
        "seconds": round(seconds, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "megabytes": round(used.ru_maxrss / 1024),
        "megabytes_on_disk": round(
            sum((folder / name).stat().st_size for name in files_below(folder)) / 2**20
        ),
        "sha256": digest.hexdigest(),
    }


def measured(scale: float) -> dict[str, object]:
    """Run `make` in a process of its own, and remove what it wrote."""
    with TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, __file__, "--make", str(scale), str(Path(scratch) / "source")],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure each scale, print, and write the result."""
    scales = [float(each) for each in sys.argv[1:]] or list(SCALES)
    found = {scale: measured(scale) for scale in scales}
    again = measured(0.1)
    first = found.get(0.1) or measured(0.1)
    for scale, each in found.items():
        seconds, megabytes = GOALS.get(scale, (None, None))
        goals = [
            f"under {seconds} s" if seconds else "",
            f"under {megabytes} MB" if megabytes else "",
        ]
        told = f" (goal: {', '.join(goal for goal in goals if goal)})" if any(goals) else ""
        print(
            f"scale {scale:g}: {each['rows']:,} rows, {each['seconds']} s "
            f"({each['processor_seconds']} s of processor time), {each['megabytes']} MB of memory, "
            f"{each['megabytes_on_disk']} MB on disk{told}"
        )
    growth = {}
    for small, large in pairwise(scales):
        rows, taken = (
            float(found[large][name]) / float(found[small][name])  # type: ignore[arg-type]
            for name in ("rows", "processor_seconds")
        )
        growth[f"{small:g} to {large:g}"] = {"rows": round(rows, 2), "processor": round(taken, 2)}
        print(
            f"from scale {small:g} to {large:g}: {rows:.1f} times the rows in {taken:.1f} times the processor time"
        )
    same = again["sha256"] == first["sha256"]
    print(f"Same seed, same bytes: {'yes' if same else 'NO'}")
    RESULTS.parent.mkdir(exist_ok=True)
    whole = {"scales": {f"{scale:g}": each for scale, each in found.items()}, "growth": growth}
    RESULTS.write_text(json.dumps({**whole, "same_bytes": same}, indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        print(json.dumps(make(float(sys.argv[2]), Path(sys.argv[3]))))
    else:
        main()

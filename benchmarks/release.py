"""How long it takes to release and to verify, against rendering the same pages in the same run.

    python benchmarks/release.py [WORKSPACE]

Without a workspace, the packs of `make demo` are released: a clone of the last commit, tagged, in a temporary folder.
Writes `benchmarks/results/release.json`: seconds, ratios to plain rendering, and the size of the archive.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fjanalysis.briefings.render import render
from fjanalysis.project import open_project
from fjanalysis.releases.archive import extract
from fjanalysis.releases.release import release
from fjanalysis.releases.verify import Options, verify

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results") / "release.json"
TAG = "v0.0.0-benchmark"


def main(outputs: Path) -> None:
    """Release and verify the newest pack of a folder of packs, each step timed once."""
    with tempfile.TemporaryDirectory(prefix="fjanalysis-benchmark-") as name:
        place = Path(name).resolve()
        clone = place / "clone"
        _git("clone", "-q", str(ROOT), str(clone))
        _git("-C", str(clone), "tag", TAG)
        shutil.copytree(outputs, place / "outputs")
        project = open_project(place, start=clone)
        refresh = project.newest(project.outputs) or ""
        seconds: dict[str, float] = {}
        _timed(seconds, "render", lambda: render(project, (), refresh))
        made = _timed(
            seconds, "release", lambda: release(project, TAG, refresh=refresh, draft=True)
        )
        _timed(seconds, "extract", lambda: extract(made.archive, place / "extracted"))
        _timed(seconds, "verify", lambda: verify(project, made.archive, Options()))
        report = _timed(
            seconds, "verify --run", lambda: verify(project, made.archive, Options(run=True))
        )
        result = {
            "seconds": {step: round(taken, 1) for step, taken in seconds.items()},
            "against rendering": {
                step: round(taken / seconds["render"], 2) for step, taken in seconds.items()
            },
            "archive, million bytes": round(made.archive.stat().st_size / 1e6, 1),
            "steps": {step.name: step.verdict for step in report.steps},
        }
    text = json.dumps(result, indent=1)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


def _timed(seconds: dict[str, float], step: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    done = work()
    seconds[step] = time.perf_counter() - start
    return done


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo"
    if (place / "outputs").is_dir():
        main(place / "outputs")
    else:
        print(f"{place.name} holds no packs; make them first with: make demo")

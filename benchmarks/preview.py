"""How soon the browser shows what an author saved: `fjanalysis preview`, from the edit to the words on the page.

Run as `python benchmarks/preview.py`. A copy of the project's longest briefing is served by the preview and
open in Chromium; a word of it is changed several times, and each time the seconds until the page shows the new
word are taken, and those of processor that the server and its commands use, which a busy machine does not
lengthen. Written to benchmarks/results/preview.json.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "preview.json"
DATE, NAME = "2026-02-01", "urgent-hearings"
EDITS = 8
GOAL = 1.0


def main() -> None:
    """Measure, print and write."""
    sys.path.insert(0, str(ROOT))
    from fjanalysis.briefings.preview import server
    from fjanalysis.project import open_project
    from tests.browser import opened
    from tests.packs import make_pack

    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("fjanalysis.toml", "_quarto.yml", "_brand.yml"):
            shutil.copyfile(ROOT / name, root / name)
        shutil.copytree(ROOT / "templates", root / "templates")
        for name in (NAME, "_shared"):
            shutil.copytree(ROOT / "briefings" / name, root / "briefings" / name)
        make_pack(root / "outputs" / DATE)
        made = server(open_project(start=root), DATE)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        words = root / "briefings" / NAME / "index.qmd"
        text = words.read_text("utf-8")
        begun = time.perf_counter()
        with opened(f"http://127.0.0.1:{made.server_address[1]}/{NAME}/index.html") as tab:
            first = time.perf_counter() - begun
            taken, used = [], []
            for number in range(EDITS):
                saved, before = time.perf_counter(), sum(os.times()[:4])
                new = text.replace("\n## ", f"\nSaved as number {number}.\n\n## ", 2)
                words.write_text(new, encoding="utf-8")
                tab.get_by_text(f"Saved as number {number}.").first.wait_for(timeout=60_000)
                taken.append(round(time.perf_counter() - saved, 2))
                used.append(round(sum(os.times()[:4]) - before, 2))
        made.shutdown()
    result = {
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "briefing": NAME,
        "seconds until the page is first shown": round(first, 2),
        "seconds from an edit to the page": taken,
        "median": round(statistics.median(taken), 2),
        "seconds of processor, median, without the browser": statistics.median(used),
        "goal": GOAL,
    }
    print(json.dumps(result, indent=2))
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How fast pages are made: one briefing and all area profiles, against plain commands once a document.

Run as `python benchmarks/render.py`. A pack made by formula is rendered; then, for a sample of the same
finished pages, the commands `pandoc` (words to HTML) and `weasyprint` (HTML to PDF) are run once a
document, each alone as a shell would. Both sides are given as seconds a document, of time and of
processor (which a busy machine does not lengthen). Written to benchmarks/results/render.json.

The plain commands draw no chart, look no number up and check nothing, so the ratio is in their favour.
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
RESULTS = Path(__file__).parent / "results" / "render.json"
DATE = "2026-02-01"
SAMPLE = 5
GOAL = 4.0


def measured(command: list[str], where: Path) -> dict[str, float]:
    """Run a command and return its seconds of time and of processor, its children's included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(command, check=True, cwd=where, capture_output=True)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "processor_seconds": used, "megabytes": after.ru_maxrss / 1024}


def rendered(workspace: Path, *briefings: str) -> dict[str, float]:
    """Measure `fjanalysis render` of some briefings."""
    command = [sys.executable, "-m", "fjanalysis.cli", "--workspace", str(workspace), "render"]
    return measured([*command, *briefings, "--refresh", DATE, "--renderer", "pandoc"], ROOT)


def plain(page: Path, words: Path, folder: Path) -> dict[str, float]:
    """Measure one document by the plain commands: words to HTML, and the finished page to PDF."""
    import pypandoc

    html = [
        pypandoc.get_pandoc_path(),
        "--from=markdown",
        "--to=html5",
        "--standalone",
        "--citeproc",
    ]
    made = measured([*html, str(words), "-o", str(folder / "plain.html")], words.parent)
    print_ = [sys.executable, "-m", "weasyprint", "--pdf-variant", "pdf/ua-1"]
    styles = ["-s", str(page.parents[page.parts[::-1].index("_site") - 1] / "assets" / "site.css")]
    paper = measured([*print_, *styles, str(page), str(folder / "plain.pdf")], page.parent)
    return {name: made[name] + paper[name] for name in ("seconds", "processor_seconds")}


def average(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each number."""
    return {name: round(sum(row[name] for row in rows) / len(rows), 3) for name in rows[0]}


def main() -> None:
    """Measure, print and write."""
    sys.path.insert(0, str(ROOT / "tests"))
    from packs import make_pack

    with TemporaryDirectory() as folder:
        workspace = Path(folder)
        make_pack(workspace / "outputs" / DATE)
        one = rendered(workspace, "urgent-hearings")
        words = ROOT / "briefings" / "urgent-hearings" / "index.qmd"
        site = workspace / "_site"
        plain_one = plain(site / "urgent-hearings" / "index.html", words, workspace)
        series = rendered(workspace, "area-profiles")
        pages = sorted((site / "area-profiles").glob("*/index.html"))
        template = next((ROOT / "briefings").glob("area-profiles/_profile.qmd"))
        plain_each = average([plain(page, template, workspace) for page in pages[:SAMPLE]])
    each = {name: round(series[name] / len(pages), 3) for name in ("seconds", "processor_seconds")}
    ratio = {name: round(plain_each[name] / each[name], 2) for name in each}
    result = {
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "one briefing, two languages": {name: round(value, 2) for name, value in one.items()},
        "one briefing by plain commands, one language": plain_one,
        "area profiles": len(pages),
        "all area profiles": {name: round(value, 2) for name, value in series.items()},
        "an area profile": each,
        "an area profile by plain commands": plain_each,
        "times faster": ratio,
        "goal": GOAL,
    }
    text = json.dumps(result, indent=2) + "\n"
    print(text)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

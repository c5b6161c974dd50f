"""How fast pages are made: one briefing and all area profiles, against plain commands once a document.

Run as `python benchmarks/render.py`. A pack made by formula is rendered; then, in the same run, documents of it are
made by plain commands, one after another as a shell would, each language once. Two comparisons are made of a briefing:

* The whole work. Ours is `fjanalysis render`. The plain side: a Python process that draws the document's charts and
  tables and writes its workbook and card (benchmarks/plain/charts.py), `pandoc` with the same words, template and
  filters, `weasyprint` with the same styles on the finished page, and a zip of it all. It draws with the program's
  own code, so that what is gained there counts on both sides.
* The pages alone. Figures are drawn already on both sides: `pandoc` and `weasyprint` against the program's own
  processes, which make the same pages (benchmarks/pages.py).

Both are measured on a site that stands: what a new site needs once, its fonts, is told apart. The plain side checks
nothing, finishes no tags of the PDF, fills no page and writes no feed, index or statement; `fjanalysis render` does.

Where Quarto is installed, `quarto render` is run once a document too. All sides are given as seconds, of time and of
processor (which a busy machine lengthens less). The ratio of times is on all cores, as the command runs; that of
processors is what one core gains. A look at one document every few milliseconds shows where its time goes. Written to
benchmarks/results/render.json.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
PLAIN = Path(__file__).parent / "plain" / "charts.py"
PAGES = Path(__file__).with_name("pages.py")
# The commands that make pages of figures that are drawn already.
ALONE = ("words to HTML", "page to PDF")
BRIEFING = "urgent-hearings"
RESULTS = Path(__file__).parent / "results" / "render.json"
DATE = "2026-02-01"
SAMPLE = 5
GOAL = 4.0
# How often a rendering is looked at, in seconds of processor.
TICK = 0.002
# Steps that do not hold one another: what each is called, and the file and function that it is.
STEPS = {
    "charts and tables drawn": ("drawing.py", "draw"),
    "page by pandoc": ("pandoc.py", "render_pandoc"),
    "page read as a tree": ("trees.py", "parse"),
    "workbook": ("workbook.py", "write_workbook"),
    "archive for other systems": ("cms.py", "archive"),
    "PDF: styles and boxes": ("paper.py", "Paper.__init__"),
    "PDF: pages laid out": ("paper.py", "Paper.sheets"),
    "PDF: pages painted, tagged and written": ("document.py", "Document.write_pdf"),
}


def measured(command: list[str], where: Path) -> dict[str, float]:
    """Run a command and return its seconds of time and of processor, and its largest memory in megabytes.

    All processes of the command's own session are counted, since those that make documents are not its
    children. Memory is their proportional share, so that pages in common count once.
    """
    begun = time.perf_counter()
    used: dict[int, float] = {}
    memory, looks = 0.0, 0
    process = subprocess.Popen(
        command,
        cwd=where,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None:
        seconds = session(process.pid)
        used |= seconds
        if looks % 10 == 0:
            memory = max(memory, sum(map(share, seconds)))
        looks += 1
        time.sleep(0.02)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    taken = time.perf_counter() - begun
    return {"seconds": taken, "processor_seconds": sum(used.values()), "megabytes": memory}


def session(leader: int) -> dict[int, float]:
    """Return the seconds of processor that each process of a session has used, by its number."""
    tick = os.sysconf("SC_CLK_TCK")
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[3]) == leader:
            found[int(path.parent.name)] = (int(fields[11]) + int(fields[12])) / tick
    return found


def share(process: int) -> float:
    """Return a process's proportional share of memory in megabytes."""
    try:
        rolled = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next(
        (int(line.split()[1]) / 1024 for line in rolled.splitlines() if line[:4] == "Pss:"), 0.0
    )


def steps(workspace: Path, name: str) -> dict[str, float]:
    """Return the share of each step of one document's rendering, in per cent of its time of processor.

    The stack is looked at every two milliseconds of processor, which weighs calls as they are; pandoc, a process
    of its own, is added.
    """
    from fjanalysis.briefings import warm  # noqa: F401 - loaded before the clock starts
    from fjanalysis.briefings.documents import render_edition
    from fjanalysis.briefings.rendering import Rendering
    from fjanalysis.packs import find_pack, read_pack
    from fjanalysis.project import open_project

    project = open_project(workspace)
    pack = read_pack(find_pack(project.outputs, DATE))
    rendering = Rendering.prepare(project, pack, "pandoc")
    places = {place: words for words, place in STEPS.items()}
    seen, looks = dict.fromkeys(STEPS, 0), 0

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal looks
        looks += 1
        while frame is not None:
            code = frame.f_code
            words = places.get((Path(code.co_filename).name, code.co_qualname))
            if words:
                seen[words] += 1
                return
            frame = frame.f_back

    kept = signal.signal(signal.SIGPROF, look)
    with TemporaryDirectory() as folder:
        target = Path(folder) / name
        target.mkdir()
        own, children = time.process_time(), sum(os.times()[2:4])
        signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
        try:
            render_edition(rendering, name, "en", target)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, kept)
        own, children = time.process_time() - own, sum(os.times()[2:4]) - children
    whole = own + children
    shares = {words: 100 * own * count / looks / whole for words, count in seen.items()}
    shares["page by pandoc"] += 100 * children / whole
    shares["everything else"] = 100 - sum(shares.values())
    return {words: round(share, 1) for words, share in shares.items()}


def rendered(workspace: Path, *briefings: str, renderer: str = "pandoc") -> dict[str, float]:
    """Measure `fjanalysis render` of some briefings."""
    command = [sys.executable, "-m", "fjanalysis.cli", "--workspace", str(workspace), "render"]
    return measured([*command, *briefings, "--refresh", DATE, "--renderer", renderer], ROOT)


def pandoc_calls(
    workspace: Path, name: str, folder: Path
) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the call of pandoc that makes each language of a document, with what it reads in `folder`.

    The values are its arguments and variables of the environment; nothing here is measured.
    """
    from fjanalysis.briefings import pandoc, profiles
    from fjanalysis.briefings.briefing import Edition, edition_files
    from fjanalysis.briefings.rendering import Rendering
    from fjanalysis.packs import find_pack, read_pack
    from fjanalysis.project import open_project

    project = open_project(workspace)
    pack = read_pack(find_pack(project.outputs, DATE))
    rendering = Rendering.prepare(project, pack, "pandoc")
    found = {profile.slug: profile for profile in profiles.profiles(pack)}
    profile = found.get(name.rsplit("/", 1)[-1])
    files = (
        profiles.templates(project.root)
        if profile
        else edition_files(project.root / "briefings" / name)
    )
    calls: dict[str, tuple[list[str], dict[str, str]]] = {}
    run = pandoc.subprocess.run

    def noted(command: list[str], *, input: str, env: dict[str, str], **given: Any) -> Any:
        own = folder / language
        own.mkdir(parents=True)
        (own / "words.md").write_text(input, encoding="utf-8")
        named = {}
        for variable in ("FJANALYSIS_JOB", "FJANALYSIS_CONTENT"):
            shutil.copyfile(env[variable], own / variable)
            named[variable] = str(own / variable)
        calls[language] = ([*command, str(own / "words.md")], named)
        return run(command, input=input, env=env, **given)

    pandoc.subprocess.run = noted  # type: ignore[assignment]
    try:
        for language, path in files.items():
            words = profile.words(language) if profile else None
            edition = Edition.compose(rendering, name, language, path, folder, words)
            edition.typeset([each for each in files if each != language])
    finally:
        pandoc.subprocess.run = run
    return calls


def plain(workspace: Path, name: str) -> tuple[dict[str, float], dict[str, float]]:
    """Measure one document, in all its languages, by plain commands: the whole work, and its pages alone."""
    site = workspace / "_site"
    whole = dict.fromkeys(("seconds", "processor_seconds", "documents"), 0.0)
    alone = dict(whole)
    with TemporaryDirectory() as made:
        folder = Path(made)
        for language, (call, variables) in pandoc_calls(workspace, name, folder).items():
            page = site / name / ("index.html" if language == "en" else f"index.{language}.html")
            styles = [
                "-s",
                str(site / "assets" / "site.css"),
                "-s",
                str(ROOT / "templates/pdf.css"),
                "-s",
                str(PLAIN.with_name("contents.css")),
            ]
            steps_of = {
                "charts, tables, workbook, card": [
                    sys.executable, str(PLAIN), str(workspace), DATE, name, language, made],
                "words to HTML": [
                    "env", *(f"{key}={value}" for key, value in variables.items()), *call, "-o",
                    str(folder / "plain.html")],
                "page to PDF": [
                    sys.executable, "-m", "weasyprint", "--pdf-variant", "pdf/ua-1", *styles, str(page),
                    str(folder / "plain.pdf")],
                "archive": [
                    sys.executable, "-m", "zipfile", "-c", str(folder / "plain.zip"), str(page),
                    str(site / name / "charts"), str(site / name / "data")],
            }  # fmt: skip
            for step, command in steps_of.items():
                taken = measured(command, ROOT)
                for total in (whole, alone) if step in ALONE else (whole,):
                    for each in ("seconds", "processor_seconds"):
                        total[each] += taken[each]
            whole["documents"] += 1
            alone["documents"] += 1
    return whole, alone


def pages_alone(workspace: Path, name: str) -> dict[str, float]:
    """Measure the program's processes as they make pages of figures that are drawn already."""
    with TemporaryDirectory() as folder:
        given = [str(workspace), DATE, name, folder]
        subprocess.run([sys.executable, str(PAGES), "draw", *given], check=True, cwd=ROOT)
        return measured([sys.executable, str(PAGES), "make", *given], ROOT)


def average(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each number."""
    return {name: round(sum(row[name] for row in rows) / len(rows), 3) for name in rows[0]}


def rounded(row: dict[str, float]) -> dict[str, float]:
    """Return numbers as they are written."""
    return {name: round(value, 2) for name, value in row.items()}


def times(plainly: dict[str, float], ours: dict[str, float]) -> dict[str, float]:
    """Return how many times as long plain commands take, of time and of processor."""
    return {name: round(plainly[name] / ours[name], 2) for name in ("seconds", "processor_seconds")}


def main() -> None:
    """Measure, print and write."""
    sys.path.insert(0, str(ROOT / "tests"))
    from packs import make_pack

    with TemporaryDirectory() as folder:
        workspace = Path(folder)
        make_pack(workspace / "outputs" / DATE)
        new = rendered(workspace, BRIEFING)
        one = rendered(workspace, BRIEFING)
        plain_one, plain_pages = plain(workspace, BRIEFING)
        pages = pages_alone(workspace, BRIEFING)
        series = rendered(workspace, "area-profiles")
        listed = sorted((workspace / "_site" / "area-profiles").glob("*/index.html"))
        sample = [f"area-profiles/{page.parent.name}" for page in listed[:: len(listed) // SAMPLE]]
        plain_each = average([plain(workspace, name)[0] for name in sample[:SAMPLE]])
        by_step = steps(workspace, BRIEFING)
        quarto = (
            rendered(workspace, BRIEFING, renderer="quarto") if shutil.which("quarto") else None
        )
    each = {name: round(series[name] / len(listed), 3) for name in ("seconds", "processor_seconds")}
    result = {
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "one briefing, two languages": rounded(one),
        "the first briefing of a new site, two languages": rounded(new),
        "one briefing by plain commands, two languages": rounded(plain_one),
        "times faster, a briefing": times(plain_one, one),
        "pages alone, two languages": rounded(pages),
        "pages alone by plain commands, two languages": rounded(plain_pages),
        "times faster, pages alone": times(plain_pages, pages),
        "one briefing with quarto render": rounded(quarto) if quarto else "Quarto is not installed",
        "where one document's time goes, per cent": by_step,
        "area profiles": len(listed),
        "all area profiles": rounded(series),
        "an area profile, two languages": each,
        "an area profile by plain commands, two languages": plain_each,
        "times faster, an area profile": times(plain_each, each),
        "goal": GOAL,
    }
    text = json.dumps(result, indent=2) + "\n"
    print(text)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""What each step of the demo does: loaded by the steps' own processes alone, since it needs both sides of the road.

Each function takes the project, whose workspace is the demo's folder, the date of a refresh and the share of the real volume.
"""

from __future__ import annotations

import shutil

from fjanalysis import demo
from fjanalysis.briefings import warm as publishing
from fjanalysis.briefings.render import render as render_briefings
from fjanalysis.disclosure.clear import clear
from fjanalysis.disclosure.pack import pack as make_pack
from fjanalysis.folders import write_text
from fjanalysis.project import Project
from fjanalysis.reference.tables import read
from fjanalysis.refresh.ingest import ingest as ingest_source
from fjanalysis.releases.compare import compare_packs
from fjanalysis.runner import warm as notebooks
from fjanalysis.runner.run import run_streams
from fjanalysis.sources.synthetic import synthesise

# Of the settings' sensitivity runs one a stream, for the refresh that the pages show.
VARIANTS = {
    "urgent-hearings": "newborn-28",
    "recurrence": "merge-gap-30",
    "private-law-returns": "origin-issue",
}
DENOMINATORS = ("live_births", "child_population")
# Nobody has to review numbers about nobody; a later pack and the pages build on a cleared one.
CLEARED_BY = "demonstration"
CLEARED_AS = "synthetic records, made by a generator"

# What documents and notebooks need is loaded as well: their own processes are forked from the steps'.
PRELOADED = (publishing.__name__, notebooks.__name__)
notebooks.load()


def denominators(project: Project, _: str, scale: float) -> None:
    """Write births and children at the scale of the records, so that rates are of the size they would be."""
    for name in DENOMINATORS:
        table = read(name)
        counts = table.columns[-1]
        table[counts] = (table[counts] * scale).round().astype("int64")
        text = table.to_csv(index=False, lineterminator="\n")
        write_text(project.workspace / demo.REFERENCE / f"{name}.csv", text)


def synth(project: Project, refresh: str, scale: float) -> None:
    """Write synthetic source tables, with the faults of real records."""
    folder = project.workspace / demo.source(refresh)
    synthesise(folder, refresh, scale=scale, seed=demo.SEED, faults=True)


def ingest(project: Project, refresh: str, _: float) -> None:
    """Make research-ready tables of the synthetic source."""
    ingest_source(project, refresh, str(project.workspace / demo.source(refresh)))


def run(project: Project, refresh: str, _: float, stream: str) -> None:
    """Run one stream's notebook, and for the later refresh one of its variants."""
    variants = [VARIANTS[stream]] if refresh == demo.REFRESH else []
    run_streams(project, [stream], refresh, jobs=1, variants=variants)


def pack(project: Project, refresh: str, _: float) -> None:
    """Pack the results, as a draft; nobody is hurt where sums added up, which take minutes to search, tell of nobody."""
    make_pack(project, (), refresh, proved=False)


def pack_cleared(project: Project, refresh: str, scale: float) -> None:
    """Pack the results anew and clear them. A cleared pack never changes; where its results did, the demo begins anew."""
    shutil.rmtree(project.outputs / refresh, ignore_errors=True)
    pack(project, refresh, scale)
    clear(project, refresh, by=CLEARED_BY, reference=CLEARED_AS)


def compare(project: Project, refresh: str, _: float) -> None:
    """Say what the later refresh revised."""
    compare_packs(project, demo.EARLIER, refresh)


def render(project: Project, refresh: str, _: float) -> None:
    """Render the briefings as pages and PDF."""
    render_briefings(project, (), refresh, renderer=None)

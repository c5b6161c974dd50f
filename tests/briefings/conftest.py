"""What tests of the right side share."""

import shutil
from pathlib import Path

import pytest

from fjanalysis.briefings.brand import read_brand
from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.briefings.render import render as render_site
from fjanalysis.packs import read_pack
from fjanalysis.project import open_project
from packs import make_pack

ROOT = Path(__file__).parents[2]
LANGUAGE = "en-GB"


@pytest.fixture(scope="session")
def brand():
    """The project's own brand."""
    return read_brand(ROOT / "_brand.yml")


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    """A pack of all streams, synthetic."""
    return read_pack(make_pack(tmp_path_factory.mktemp("packs") / "2026-02-01"))


@pytest.fixture(scope="session")
def real_pack(tmp_path_factory):
    """The same pack, not marked as synthetic."""
    folder = tmp_path_factory.mktemp("packs") / "2026-02-01"
    return read_pack(make_pack(folder, synthetic=False))


@pytest.fixture
def declare(tmp_path):
    """Return a function that reads figures from what a `figures.yml` says."""

    def declared(text):
        path = tmp_path / "figures.yml"
        path.write_text(text, encoding="utf-8")
        return read_figures(path)

    return declared


@pytest.fixture
def render(declare, pack, brand):
    """Return a function that draws the first figure of what a `figures.yml` says."""

    def rendered(text, source=pack, language=LANGUAGE):
        figure = next(iter(declare(text).values()))
        return render_figure(
            figure, source, brand=brand, language=language, stream="urgent-hearings"
        )

    return rendered


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory):
    """A pack of one stream, with one number of the North East withheld."""
    withheld = {
        "measure": "newborn_cases",
        "statistic": "count",
        "area": "E12000001",
        "period": "2019-20",
    }
    folder = tmp_path_factory.mktemp("packs") / "2026-02-01"
    return read_pack(make_pack(folder, streams=("urgent-hearings",), withhold=(withheld,)))


def checkout(folder, *, words=None, figures=None):
    """Return a checkout in `folder`: the project's templates and settings, and one small briefing."""
    for name in ("fjanalysis.toml", "_quarto.yml", "_brand.yml"):
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copytree(ROOT / "templates", folder / "templates")
    briefing = folder / "briefings" / "small"
    briefing.mkdir(parents=True)
    (briefing / "index.qmd").write_text(words or WORDS, encoding="utf-8")
    (briefing / "figures.yml").write_text(figures or FIGURES, encoding="utf-8")
    return folder


WORDS = """---
title: A small briefing
stream: urgent-hearings
author: [{name: First Author, affiliations: A University}]
description: Newborn babies, {{< value "newborn_cases.count" area="England" period="last" >}} of them.
theme: Public law
---

## Key findings {.unnumbered}

::: {.key-findings}
- [More than one in five]{claim="same_day_hearing.percent area=\\"England\\" period=\\"last\\" > 20"} hearings
  ({{< value "same_day_hearing.percent" area="England" period="last" >}}) were on the same day, see @fig-same-day.
- [Words and a link](https://www.example.org/a).[^1]
:::

[^1]: A note.

## Findings {#sec-findings}

Some newborn babies come before a court on the day on which the application is made. Their families
have no time to find a lawyer, or to read what the local authority has written about them.

{{< chart "same-day" >}}

How much time there is differs between regions, and from one year to the next. A family may have
known of the plans for weeks, or may have learned of the hearing on its way to it.

Those who hear the case have little more time. They decide on the papers that there are, and on what
the people in the room can say on the day.

{{< table "regions" >}}

## Methods {#sec-methods}

See @sec-findings and @tbl-regions. It means:

{{< definitions >}}
"""
FIGURES = """same-day:
  kind: line
  title: Same-day hearings {{< change "same_day_hearing.percent" area="England" from="first" to="last" >}}
  claim: same_day_hearing.percent area="England" rises
  subtitle: Per cent of newborn cases with a hearing on the day of issue, {area}, {period}
  measure: same_day_hearing.percent
  area: England
  period: years
regions:
  kind: table
  title: Newborn babies, region by region
  subtitle: Newborn cases, by region, {period}
  measure: newborn_cases.count
  area: regions
  period: window
"""


@pytest.fixture
def make_checkout(tmp_path, small_pack):
    """Return a function that makes a project of given words, its one pack at hand."""

    def make(words=None, figures=None):
        root = checkout(tmp_path / "checkout", words=words, figures=figures)
        (root / "outputs").mkdir()
        (root / "outputs" / "2026-02-01").symlink_to(small_pack.folder)
        return open_project(start=root)

    (tmp_path / "checkout").mkdir()
    return make


@pytest.fixture(scope="session")
def site(tmp_path_factory, small_pack):
    """The site of the small briefing, rendered once."""
    folder = tmp_path_factory.mktemp("site")
    root = checkout(folder)
    (root / "outputs").mkdir()
    (root / "outputs" / "2026-02-01").symlink_to(small_pack.folder)
    project = open_project(start=root)
    render_site(project, (), "2026-02-01", renderer="pandoc")
    return project.site

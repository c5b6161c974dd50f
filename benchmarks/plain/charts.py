"""The charts and tables of one language of a document, its workbook and its card: what plain commands need first.

Run as `python charts.py WORKSPACE DATE NAME LANGUAGE FOLDER`: one process draws a figure once for all of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from fjanalysis.briefings import profiles
from fjanalysis.briefings.brand import FILE, read_brand
from fjanalysis.briefings.cards import Card, draw_card
from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.briefings.workbook import write_workbook
from fjanalysis.packs import find_pack, read_pack
from fjanalysis.project import open_project


def main(workspace: str, date: str, name: str, language: str, folder: str) -> None:
    """Draw and write every figure that is declared."""
    project = open_project(Path(workspace))
    pack = read_pack(find_pack(project.outputs, date))
    brand = read_brand(project.root / FILE)
    own = project.root / "briefings" / name
    found = {profile.slug: profile for profile in profiles.profiles(pack)}
    profile = found.get(own.name)
    words = profile.words(language) if profile else None
    source = profiles.templates(project.root)["en"] if profile else own / "index.qmd"
    stream = yaml.safe_load(source.read_text("utf-8").split("---")[1])["stream"]
    tag = "en-GB" if language == "en" else language
    figures = []
    for figure in read_figures(source.parent / "figures.yml", words, language).values():
        drawn = render_figure(figure, pack=pack, brand=brand, language=tag, stream=stream)
        figures.append(drawn)
        for ending, data in ((".svg", drawn.svg), ("-narrow.svg", drawn.svg_narrow)):
            if data is not None:
                (Path(folder) / f"{figure.id}{ending}").write_bytes(data)
        (Path(folder) / f"{figure.id}.csv").write_text(drawn.csv, encoding="utf-8")
    write_workbook(
        Path(folder) / "plain.xlsx",
        figures,
        title=name,
        titles={},
        about=[date],
        contact="",
        author="",
        refresh=date,
        language=tag,
    )
    card = draw_card(Card(name, "", date, project.settings.project.publisher, ""), brand, tag)
    (Path(folder) / "card.png").write_bytes(card)


if __name__ == "__main__":
    main(*sys.argv[1:])

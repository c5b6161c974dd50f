"""Area profiles: one page a Designated Family Judge area, all from one template.

`briefings/area-profiles/` holds the template, `_profile.qmd`, and its `figures.yml`; `_profile.cy.qmd` and
`figures.cy.yml` are their Welsh. In all of them, `[[area]]` stands for the area's name in keys, `[[slug]]` for
its folder, `[[region]]` and `[[nation]]` for the ONS region that it mostly lies in and its nation (in Wales: Wales,
and England and Wales), `[[circuit]]` for its HMCTS region, and `[[neighbours]]` for the list of areas of that.
`[[area-name]]`, `[[region-name]]`, `[[nation-name]]` and `[[circuit-name]]` are the names in the page's language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from fjanalysis.briefings.briefing import Edition, page_of, stale_editions
from fjanalysis.briefings.charts.tiles import layout
from fjanalysis.briefings.messages import SOURCE, message
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.site import page
from fjanalysis.briefings.translation_notes import noted
from fjanalysis.briefings.typeset import Pandoc
from fjanalysis.errors import RenderError
from fjanalysis.folders import write_text
from fjanalysis.packs import Pack

NAME = "area-profiles"
TEMPLATE = "_profile.qmd"
ENGLAND, WHOLE = "E92000001", "K04000001"


@dataclass(frozen=True)
class Profile:
    """One area's page.

    Parameters
    ----------
    slug
        Its folder.
    title
        The area's name.
    region
        The name of the HMCTS region that it lies in.
    filled
        What takes the place of each `[[name]]` of the template.
    """

    slug: str
    title: str
    region: str
    filled: Mapping[str, str]

    def words(self, language: str) -> dict[str, str]:
        """Return what takes the place of each `[[name]]` in a template of a language."""
        places = ("area", "nation", "region", "circuit")
        names = {f"{each}-name": message(self.filled.get(each, ""), language) for each in places}
        return {**self.filled, **names}


def templates(root: Path) -> dict[str, Path]:
    """Return the template of each language that there is one for."""
    folder = root / "briefings" / NAME
    files = {SOURCE: folder / TEMPLATE, "cy": folder / TEMPLATE.replace(".qmd", ".cy.qmd")}
    return {language: path for language, path in files.items() if path.is_file()}


def has_profiles(root: Path) -> bool:
    """Return whether the project has a template of area profiles."""
    return (root / "briefings" / NAME / TEMPLATE).is_file()


def profiles(pack: Pack) -> list[Profile]:
    """Return the profiles of a pack's areas that any result was made for, by name."""
    known = set(pack.results["area"])
    areas = pack.areas.set_index("code")
    local = areas[(areas["level"] == "dfj-area") & areas.index.isin(known)]
    found = []
    within = layout()["within"]
    for code, row in local.sort_values("name", kind="stable").iterrows():
        circuit = str(row["parent"])
        neighbours = local.loc[local["parent"] == circuit, "name"].sort_values()
        region = str(within.get(str(code), ""))
        nation = WHOLE if region.startswith("W") else ENGLAND
        filled = {
            "area": str(row["name"]),
            "slug": str(code).removeprefix("DFJ-"),
            "region": str(areas["name"].get(region, "")),
            "nation": str(areas["name"].get(nation, "")),
            "circuit": str(areas["name"].get(circuit, "")),
            "neighbours": json.dumps(list(neighbours), ensure_ascii=False),
        }
        found.append(Profile(filled["slug"], filled["area"], filled["circuit"], filled))
    return found


def render_profile(rendering: Rendering, profile: Profile, target: Path) -> None:
    """Write one area's page, charts, data, PDF and workbook to the folder `target`.

    Raises
    ------
    RenderError
        The template or its figures are wrong, or a number it needs is not released.
    """
    files = templates(rendering.project.root)
    # Quarto renders files, and these pages have none of their own.
    own = replace(rendering, typesetter=Pandoc(rendering.quarto))
    name = f"{NAME}/{profile.slug}"
    welsh = page_of("cy") if "cy" in files else page_of(SOURCE)
    with noted(target, welsh):
        try:
            editions = {
                language: Edition.compose(
                    own, name, language, path, target, profile.words(language)
                )
                for language, path in files.items()
            }
            stale_editions(editions)
        except RenderError as error:
            raise RenderError(
                f"{error.what} (area profile of {profile.title})",
                where=error.where,
                mend=error.mend,
            ) from error
        for language, edition in editions.items():
            edition.write([each for each in files if each != language])


def list_page(
    rendering: Rendering,
    found: list[Profile],
    language: str = SOURCE,
    languages: Sequence[str] = (),
) -> str:
    """Return the page that lists all profiles by region.

    Parameters
    ----------
    languages
        Those that it is written in.
    """
    regions: dict[str, list[Profile]] = {}
    for profile in found:
        regions.setdefault(message(profile.region, language), []).append(profile)
    body = "".join(
        f"<section>\n<h2>{escape(region)}</h2>\n<ul class='areas'>\n"
        + "".join(
            f'<li><a href="{profile.slug}/{page_of(language)}">'
            f"{escape(message(profile.title, language))}</a></li>\n"
            for profile in listed
        )
        + "</ul>\n</section>\n"
        for region, listed in sorted(regions.items())
    )
    title = message("Area profiles", language)
    subtitle = message("One page for each Designated Family Judge area", language)
    return page(
        rendering, title, body, language=language, subtitle=subtitle, up="../",
        editions={each: page_of(each) for each in languages},
    )  # fmt: skip


def write_list(rendering: Rendering, found: list[Profile], folder: Path) -> None:
    """Write the page that lists the profiles, in each language of the template."""
    languages = list(templates(rendering.project.root))
    for language in languages:
        write_text(folder / page_of(language), list_page(rendering, found, language, languages))

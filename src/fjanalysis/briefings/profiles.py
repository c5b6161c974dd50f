"""Area profiles: one page a Designated Family Judge area, all from one template.

`briefings/area-profiles/` holds the template, `_profile.qmd`, and its `figures.yml`. In both, `[[area]]`
stands for the area's name, `[[slug]]` for its folder, `[[nation]]` and `[[region]]` for where it lies, and
`[[neighbours]]` for the list of areas of the same region.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from fjanalysis.briefings.briefing import Edition, Rendering, stale_editions
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.site import page
from fjanalysis.briefings.typeset import Pandoc
from fjanalysis.errors import RenderError
from fjanalysis.folders import write_text
from fjanalysis.packs import Pack

NAME = "area-profiles"
TEMPLATE = "_profile.qmd"


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


def has_profiles(root: Path) -> bool:
    """Return whether the project has a template of area profiles."""
    return (root / "briefings" / NAME / TEMPLATE).is_file()


def profiles(pack: Pack) -> list[Profile]:
    """Return the profiles of a pack's areas that any result was made for, by name."""
    known = set(pack.results["area"])
    areas = pack.areas.set_index("code")
    local = areas[(areas["level"] == "dfj-area") & areas.index.isin(known)]
    found = []
    for code, row in local.sort_values("name", kind="stable").iterrows():
        region = str(row["parent"])
        neighbours = local.loc[local["parent"] == region, "name"].sort_values()
        nation = _nation(region, pack)
        slug = str(code).removeprefix("DFJ-")
        filled = {
            "area": str(row["name"]),
            "slug": slug,
            "region": str(areas["name"].get(region, "")),
            "nation": str(areas["name"].get(nation, "")),
            "neighbours": json.dumps(list(neighbours), ensure_ascii=False),
        }
        found.append(Profile(slug, str(row["name"]), filled["region"], filled))
    return found


def _nation(code: str, pack: Pack) -> str:
    level = dict(zip(pack.areas["code"], pack.areas["level"], strict=True))
    parent = dict(zip(pack.areas["code"], pack.areas["parent"], strict=True))
    while code and level.get(code) != "nation":
        code = parent.get(code, "")
    return code or "K04000001"


def render_profile(rendering: Rendering, profile: Profile, target: Path) -> None:
    """Write one area's page, charts, data, PDF and workbook to the folder `target`.

    Raises
    ------
    RenderError
        The template or its figures are wrong, or a number it needs is not released.
    """
    path = rendering.project.root / "briefings" / NAME / TEMPLATE
    # Quarto renders files, and these pages have none of their own.
    own = replace(rendering, typesetter=Pandoc(rendering.quarto))
    try:
        name = f"{NAME}/{profile.slug}"
        edition = Edition.compose(own, name, "en", path, target, profile.filled)
        stale_editions({"en": edition})
    except RenderError as error:
        raise RenderError(
            f"{error.what} (area profile of {profile.title})", where=error.where, mend=error.mend
        ) from error
    edition.write()


def list_page(rendering: Rendering, found: list[Profile], language: str = "en-GB") -> str:
    """Return the page that lists all profiles by region."""
    regions: dict[str, list[Profile]] = {}
    for profile in found:
        regions.setdefault(profile.region, []).append(profile)
    body = "".join(
        f"<section>\n<h2>{escape(message(region, language))}</h2>\n<ul>\n"
        + "".join(
            f'<li><a href="{profile.slug}/index.html">{escape(profile.title)}</a></li>\n'
            for profile in listed
        )
        + "</ul>\n</section>\n"
        for region, listed in sorted(regions.items())
    )
    title = message("Area profiles", language)
    subtitle = message("One page for each Designated Family Judge area", language)
    return page(rendering, title, body, language=language, subtitle=subtitle, up="../")


def write_list(rendering: Rendering, found: list[Profile], folder: Path) -> None:
    """Write the page that lists the profiles."""
    write_text(folder / "index.html", list_page(rendering, found))

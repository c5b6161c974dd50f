"""`_quarto.yml` as both renderers read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fjanalysis.briefings.yaml_lines import read_yaml
from fjanalysis.errors import RenderError

FILE = "_quarto.yml"


@dataclass(frozen=True)
class QuartoProject:
    """The settings of `_quarto.yml` that the built-in renderer follows.

    Parameters
    ----------
    root
        The folder of the file.
    shortcodes, filters
        Lua files.
    template
        The page's template.
    css
        Stylesheets, as written.
    language
        The language where a document names none.
    toc_depth
        How deep the contents list goes; 0 for none.
    section_divs
        Whether sections are wrapped.
    variables
        `_variables.yml`.
    """

    root: Path
    shortcodes: tuple[Path, ...]
    filters: tuple[Path, ...]
    template: Path
    css: tuple[str, ...]
    language: str
    toc_depth: int
    section_divs: bool
    variables: dict[str, Any]


def read_quarto_project(root: Path) -> QuartoProject:
    """Read `_quarto.yml` and `_variables.yml`.

    Raises
    ------
    RenderError
        A file cannot be read, or one that it names is missing.
    """
    document = read_yaml(root / FILE)
    data = document.data
    html = (data.get("format") or {}).get("html") or {}

    def files(names: Any, *at: str) -> tuple[Path, ...]:
        found = []
        for name in [names] if isinstance(names, str) else names or []:
            path = root / str(name)
            if not path.is_file():
                raise RenderError(
                    f"There is no file '{name}'.",
                    where=document.where(*at),
                    mend="Restore it, or correct its name.",
                )
            found.append(path)
        return tuple(found)

    template = files(html.get("template"), "format", "html", "template")
    if len(template) != 1:
        raise RenderError(
            "No template is named.",
            where=document.where("format", "html"),
            mend="Name one: template: templates/briefing.html.",
        )
    css = html.get("css") or []
    variables = root / "_variables.yml"
    return QuartoProject(
        root=root,
        shortcodes=files(data.get("shortcodes"), "shortcodes"),
        filters=files(data.get("filters"), "filters"),
        template=template[0],
        css=(css,) if isinstance(css, str) else tuple(css),
        language=str(data.get("lang", "en-GB")),
        toc_depth=int(html.get("toc-depth", 3)) if html.get("toc") else 0,
        section_divs=bool(html.get("section-divs", True)),
        variables=read_yaml(variables).data if variables.is_file() else {},
    )

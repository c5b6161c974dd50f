"""What all briefings of one rendering share: the pack, the brand, the renderer, the styles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fjanalysis.briefings.brand import FILE as BRAND
from fjanalysis.briefings.brand import Brand, css_variables, read_brand
from fjanalysis.briefings.corrections import corrected_pack, with_marks
from fjanalysis.briefings.fonts import font_css
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.pdf import Press
from fjanalysis.briefings.quarto_project import QuartoProject, read_quarto_project
from fjanalysis.briefings.revisions import earlier_pack
from fjanalysis.briefings.typeset import Typesetter, typesetter
from fjanalysis.packs import Pack
from fjanalysis.project import Project


@dataclass(frozen=True)
class Rendering:
    """What all briefings of one rendering share.

    Parameters
    ----------
    project, pack
        Where the words stand, and the released results.
    engine
        `pandoc` or `quarto`.
    brand, quarto
        `_brand.yml` and `_quarto.yml`.
    typesetter
        The renderer itself.
    css
        The stylesheet of the pages, without fonts.
    press
        What all PDFs share.
    earlier
        The pack of an earlier refresh that was cleared before, to say what changed since, or None.
    corrected
        The cleared revision of the same refresh that this pack takes the place of, or None.
    """

    project: Project
    pack: Pack
    engine: str
    brand: Brand
    quarto: QuartoProject
    typesetter: Typesetter
    css: str
    press: Press
    earlier: Pack | None = None
    corrected: Pack | None = None

    @staticmethod
    def prepare(
        project: Project, pack: Pack, engine: str, renderer: Typesetter | None = None
    ) -> Rendering:
        """Read brand, templates and styles.

        Parameters
        ----------
        renderer
            The renderer, where it is not simply the engine's own.

        Raises
        ------
        RenderError
            One of them cannot be read.
        """
        brand = read_brand(project.root / BRAND)
        quarto = read_quarto_project(project.root)
        styles = "".join((project.root / name).read_text("utf-8") for name in quarto.css)
        css = css_variables(brand) + styles
        page_css = (quarto.template.parent / "pdf.css").read_text("utf-8")
        renderer = renderer or typesetter(engine, quarto)
        press = Press(css, page_css)
        earlier, before = earlier_pack(project, pack), corrected_pack(project, pack)
        marked = with_marks(pack, before)
        return Rendering(
            project, marked, engine, brand, quarto, renderer, css, press, earlier, before
        )

    @property
    def stylesheet(self) -> str:
        """The site's one stylesheet, its fonts beside it."""
        return font_css(local=False) + self.css

    def mark(self, language: str) -> str:
        """Return what every page made from this pack says of it: draft, synthetic, both or nothing."""
        words = []
        if not self.pack.cleared:
            words.append(message("Draft: these numbers are not cleared for publication.", language))
        if self.pack.synthetic:
            words.append(message("Synthetic data: these are not findings.", language))
        return " ".join(words)

    def short_mark(self, language: str) -> str:
        """Return the mark as the header of a PDF page says it."""
        words = []
        if not self.pack.cleared:
            words.append(message("Draft", language))
        if self.pack.synthetic:
            words.append(message("Synthetic data", language))
        return " · ".join(words)

    def page_facts(self, language: str, *, home: str) -> dict[str, Any]:
        """Return what the template says on every page of the site."""
        settings = self.project.settings.project
        return {
            "site-title": message(settings.title, language),
            "publisher": settings.publisher,
            "licence": settings.licence,
            "mark": self.mark(language),
            "home": home,
            "statement": "accessibility".join(home.rsplit("index", 1)),
            "label": {
                "skip": message("Skip to main content", language),
                "contents": message("Contents", language),
                "statement": message("Accessibility statement", language),
                "pdf": message("Download as PDF", language),
                "workbook": message("Download all tables (XLSX)", language),
            },
        }

"""One briefing: each language edition's page, charts, data and PDF, from words and pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from fjanalysis.briefings import figures as declared
from fjanalysis.briefings import trees
from fjanalysis.briefings.announce import describe
from fjanalysis.briefings.brand import FILE as BRAND
from fjanalysis.briefings.brand import Brand, css_variables, read_brand
from fjanalysis.briefings.cards import Card, draw_card
from fjanalysis.briefings.cms import archive
from fjanalysis.briefings.content import Composer, Content, stale_error
from fjanalysis.briefings.facts import facts
from fjanalysis.briefings.finish import finish
from fjanalysis.briefings.fonts import font_css
from fjanalysis.briefings.messages import message, short
from fjanalysis.briefings.origins import add_origins
from fjanalysis.briefings.pandoc import authors, shown_date
from fjanalysis.briefings.pdf import Press, metadata
from fjanalysis.briefings.proof import Proof, read_proof
from fjanalysis.briefings.quarto_project import QuartoProject, read_quarto_project
from fjanalysis.briefings.revisions import earlier_pack
from fjanalysis.briefings.shortcodes import calls
from fjanalysis.briefings.source import Source, read_source
from fjanalysis.briefings.typeset import Typesetter, typesetter
from fjanalysis.briefings.values import Lookup
from fjanalysis.briefings.workbook import write_workbook
from fjanalysis.briefings.yaml_lines import read_yaml
from fjanalysis.errors import RenderError, nearest
from fjanalysis.folders import write_text
from fjanalysis.packs import Pack
from fjanalysis.project import Project

NOTE = "briefing.json"
STYLE = "site.css"
LANGUAGES = {"en": "English", "cy": "Cymraeg"}


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
        The pack that was cleared before, to say what changed since, or None.
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
        earlier = earlier_pack(project, pack)
        return Rendering(project, pack, engine, brand, quarto, renderer, css, press, earlier)

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


def edition_files(folder: Path) -> dict[str, Path]:
    """Return a briefing's editions: `index.qmd` and its translations, by language."""
    found = {}
    for path in sorted(folder.glob("index*.qmd")):
        match = re.fullmatch(r"index(?:\.([a-z]{2}))?\.qmd", path.name)
        if match:
            found[match[1] or "en"] = path
    return found


def page_of(language: str) -> str:
    """Return the file name of a language edition's page."""
    return "index.html" if language.startswith("en") else f"index.{language}.html"


def claim_places(figures: Path, filled: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return where the claim of each figure stands, by the figure's id."""
    if not figures.is_file():
        return {}
    document = read_yaml(figures, filled)
    return {str(name): document.where(str(name), "claim") for name in document.data}


def stale_editions(editions: Mapping[str, Edition]) -> None:
    """Stop at claims that no longer hold, in any language.

    Raises
    ------
    RenderError
        There are some; each with file and line.
    """
    stale = [each for edition in editions.values() for each in edition.content.stale]
    if stale:
        raise stale_error(stale)


@dataclass(frozen=True)
class Edition:
    """One language's page of a briefing, its content worked out."""

    rendering: Rendering
    name: str
    language: str
    source: Source
    content: Content
    facts: Mapping[str, str]
    target: Path

    @staticmethod
    def compose(
        rendering: Rendering,
        name: str,
        language: str,
        path: Path,
        target: Path,
        filled: Mapping[str, str] | None = None,
        kept: MutableMapping[str, declared.Rendered] | None = None,
    ) -> Edition:
        """Read the words and look every number up, before any renderer starts.

        Parameters
        ----------
        filled
            For a page made from a template: what takes the place of `[[name]]`, by name.
        kept
            Figures drawn before, by their declaration: taken from here, and added to it.
        """
        source = read_source(path, filled)
        pack = rendering.pack
        stream = str(source.meta.get("stream", ""))
        if stream not in pack.streams:
            raise RenderError(
                f"The pack holds no stream '{stream}'.{nearest(stream, pack.streams)}",
                where=f"{path}:1",
                mend="Name one in the front matter, stream: …, or pack that stream.",
            )
        tag = "en-GB" if language == "en" else language
        figures = path.parent / declared.FILE
        known = declared.read_figures(figures, filled, language) if figures.is_file() else {}
        stated = facts(rendering.project, pack, tag)
        draw: Callable[[declared.Figure], declared.Rendered] = partial(
            declared.render_figure, pack=pack, brand=rendering.brand, language=tag, stream=stream
        )
        if kept is not None:
            draw = partial(_drawn_once, kept, f"{stream} {tag}", draw)
        lookup = Lookup(pack, stream, tag)
        places = claim_places(figures, filled)
        composer = Composer(source, lookup, known, draw, stated, places, rendering.earlier)
        content = composer.compose()
        return Edition(rendering, name, tag, source, content, stated, target)

    @property
    def suffix(self) -> str:
        """What tells the files of this language from the English ones."""
        return "" if self.language.startswith("en") else f".{self.language}"

    @property
    def stem(self) -> str:
        """The last part of the name, of which the names of its files are made."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def up(self) -> str:
        """The way from the page's folder to the site's root."""
        return "../" * (self.name.count("/") + 1)

    @property
    def page(self) -> str:
        """The page's file name."""
        return page_of(self.language)

    @property
    def pdf(self) -> str:
        """The PDF's file name."""
        return f"{self.stem}{self.suffix}.pdf"

    @property
    def unchecked(self) -> bool:
        """Whether this is a translation that no translator has checked."""
        return bool(self.suffix) and self.source.meta.get("translation") != "checked"

    @property
    def marks(self) -> str:
        """What the page says of itself: that it is a draft, synthetic, or not checked by a translator."""
        marks = self.rendering.mark(self.language)
        if self.unchecked:
            draft = message(
                "This Welsh edition is a draft: no translator has checked it.", self.language
            )
            marks = " ".join(filter(None, [marks, draft]))
        return marks

    @property
    def workbook(self) -> str:
        """The workbook's file name."""
        return f"{self.stem}{self.suffix}.xlsx"

    @property
    def card_file(self) -> str:
        """The file name of the picture for social media."""
        return f"card{self.suffix}.png"

    @property
    def card(self) -> Card:
        """What that picture says: the front matter's `card`, else title and subtitle."""
        meta = self.source.meta
        said = meta.get("card") or {"words": meta.get("subtitle", "")}
        return Card(
            self.words(meta["title"]),
            self.words(said.get("number", "")),
            self.words(said.get("words", "")),
            self.rendering.project.settings.project.publisher,
            self.rendering.short_mark(self.language),
        )

    def write(self, others: Iterable[str] = ()) -> dict[str, Any]:
        """Write the page with all that belongs to it; return its note for the site.

        Parameters
        ----------
        others
            The languages of the briefing's other editions.
        """
        others = tuple(others)
        self._write_figures()
        self._write_workbook()
        self.target.mkdir(parents=True, exist_ok=True)
        (self.target / self.card_file).write_bytes(
            draw_card(self.card, self.rendering.brand, self.language)
        )
        root = self.typeset(others)
        read_proof(self._proof(root, others), self.target)
        note = self._note(root)
        settings = self.rendering.project.settings.project
        address = f"{self.name}/{self.page}"
        describe(
            root,
            note,
            settings=settings,
            authors=[author["name"]["literal"] for author in authors(self.source.meta)],
            language=self.language,
            address=address,
            keywords=[str(word) for word in self.source.meta.get("keywords", [])],
            editions={each: page_of(each) for each in (short(self.language), *others)},
        )
        write_text(self.target / self.page, trees.write(root))
        package = archive(root, self.target, stylesheet=self.rendering.css, suffix=self.suffix)
        (self.target / note["cms"]).write_bytes(package)
        printed = self.rendering.press.print(
            root,
            self.target,
            mark=self.rendering.short_mark(self.language),
            site_url=settings.site_url,
            address=address,
        )
        (self.target / self.pdf).write_bytes(printed)
        return note

    def _proof(self, root: Element, others: Iterable[str]) -> Proof:
        made = {path.relative_to(self.target).as_posix() for path in self.target.rglob("*.*")}
        made |= {page_of(each) for each in (short(self.language), *others)}
        made |= {self.pdf, f"{self.stem}{self.suffix}-cms.zip"}
        project = self.rendering.project
        return Proof(
            root, self.source, f"{self.name}/{self.page}", project.root, made, [project.site]
        )

    def _note(self, root: Element) -> dict[str, Any]:
        title = root.find(".//h1")
        figures = self.content.figures
        return {
            "title": trees.text_of(title) if title is not None else self.name,
            "subtitle": str(self.source.meta.get("subtitle", "")),
            "description": self.words(self.source.meta.get("description", "")),
            "theme": str(self.source.meta.get("theme", "")),
            "date": self._date(),
            "page": self.page,
            "pdf": self.pdf,
            "cms": f"{self.stem}{self.suffix}-cms.zip",
            "workbook": self.workbook if figures else "",
            "card": self.card_file,
            "card_alt": self.card.alt,
            "figures": sorted(figures),
            "titles": {
                f"{name}{self.suffix}": title for name, title in self.content.titles.items()
            },
            "keys": [
                {"key": key, "where": self._relative(where)} for key, where in self.content.keys
            ],
            "figure_keys": {name: list(drawn.keys) for name, drawn in sorted(figures.items())},
        }

    def _relative(self, where: str) -> str:
        return where.removeprefix(f"{self.rendering.project.root.as_posix()}/")

    def words(self, text: object) -> str:
        """Return front-matter text with its shortcodes filled in."""
        written = str(text)
        for call in reversed(list(calls(written))):
            entry = self.content.calls.get(call.key, {})
            written = written[: call.start] + str(entry.get("text", "")) + written[call.end :]
        return written

    def _date(self) -> str:
        """Return the day of publication, YYYY-MM-DD: the front matter's, else the refresh's."""
        return self.words(self.source.meta.get("date", self.rendering.pack.date))

    def _write_figures(self) -> None:
        for name, figure in self.content.figures.items():
            stem = f"{name}{self.suffix}"
            for data, ending in ((figure.svg, ".svg"), (figure.svg_narrow, "-narrow.svg")):
                if data is not None:
                    path = self.target / "charts" / f"{stem}{ending}"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
            write_text(self.target / "data" / f"{stem}.csv", figure.csv)

    def _write_workbook(self) -> None:
        settings = self.rendering.project.settings.project
        drawn = self.content.figures
        if not drawn:
            return
        write_workbook(
            self.target / self.workbook,
            list(drawn.values()),
            title=self.words(self.source.meta["title"]),
            titles=dict(self.content.titles),
            about=[
                self.source_line(),
                *filter(None, [self.rendering.mark(self.language)]),
                *(note for note in _shared(drawn) if note.startswith("[")),
            ],
            contact=settings.contact,
            refresh=self.rendering.pack.date,
            language=self.language,
        )

    def source_line(self) -> str:
        """Return the sentence that names the refresh and the pack."""
        return message(
            "Made from the refresh of {date}, output pack {pack} (checksum {checksum}).",
            self.language,
            date=self.facts["refresh"],
            pack=self.facts["pack"],
            checksum=self.facts["pack-hash"],
        )

    def page_values(self, others: Iterable[str]) -> dict[str, Any]:
        """Return what the template shows beside the words."""
        values = self.rendering.page_facts(self.language, home=f"{self.up}{page_of(self.language)}")
        values["mark"] = self.marks
        values["pdf"] = self.pdf
        if self.content.figures:
            values["workbook"] = self.workbook
        values["edition"] = [
            {"href": page_of(each), "lang": each, "name": LANGUAGES.get(each, each)}
            for each in sorted(others)
        ]
        values["date"] = shown_date(self._date(), self.source)
        values["description"] = self.words(self.source.meta.get("description", ""))
        values["source"] = self.source_line()
        return values

    def prepared(self, others: Iterable[str]) -> dict[str, Any]:
        """Return what the page's shortcodes and template print, as JSON values."""
        content = self.content
        return {
            "calls": dict(content.calls),
            "turned": dict.fromkeys(sorted(content.turned), True),
            "page": self.page_values(others),
        }

    def typeset(self, others: Iterable[str]) -> Element:
        """Return the finished page, which its files are written from."""
        root = trees.parse(self.rendering.typesetter.html(self.source, self.prepared(others)))
        finish(root)
        add_origins(root, self.rendering.pack)
        style(root, f"{self.up}assets/{STYLE}")
        metadata(root, {"author": self.rendering.project.settings.project.publisher})
        return root


def _drawn_once(
    kept: MutableMapping[str, declared.Rendered],
    place: str,
    draw: Callable[[declared.Figure], declared.Rendered],
    figure: declared.Figure,
) -> declared.Rendered:
    key = f"{place} {figure.model_dump_json()}"
    if key not in kept:
        kept[key] = draw(figure)
    return kept[key]


def _shared(drawn: Mapping[str, declared.Rendered]) -> list[str]:
    """Return the notes of all figures, each once, in order."""
    return list(dict.fromkeys(note for figure in drawn.values() for note in figure.notes))


def style(root: Element, address: str) -> None:
    """Make a page use the site's one stylesheet."""
    head = root.find("head")
    links = [each for each in head or [] if each.get("rel") == "stylesheet"]
    for at, link in enumerate(links):
        if at == 0:
            link.set("href", address)
        elif head is not None:
            trees.remove(head, link)

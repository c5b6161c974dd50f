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
from fjanalysis.briefings import formats, trees
from fjanalysis.briefings.announce import describe
from fjanalysis.briefings.cards import Card, draw_card
from fjanalysis.briefings.cms import archive
from fjanalysis.briefings.content import Composer, Content, stale_error
from fjanalysis.briefings.corrections import ID as CORRECTIONS
from fjanalysis.briefings.corrections import correction_note
from fjanalysis.briefings.credits import credited, names
from fjanalysis.briefings.facts import facts
from fjanalysis.briefings.finish import finish
from fjanalysis.briefings.messages import message, short
from fjanalysis.briefings.origins import add_origins
from fjanalysis.briefings.pandoc import shown_date
from fjanalysis.briefings.pdf import metadata
from fjanalysis.briefings.proof import Proof, read_proof
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.shortcodes import calls
from fjanalysis.briefings.source import Source, read_source
from fjanalysis.briefings.values import Lookup
from fjanalysis.briefings.workbook import write_workbook
from fjanalysis.briefings.yaml_lines import read_yaml
from fjanalysis.errors import RenderError, nearest
from fjanalysis.folders import write_text

NOTE = "briefing.json"
STYLE = "site.css"
LANGUAGES = {"en": "English", "cy": "Cymraeg"}


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
        settings = rendering.project.settings.project
        credit = names(credited(source.meta, settings, tag))
        stated = facts(rendering.project, pack, tag, credit)
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
    def credit(self) -> list[dict[str, Any]]:
        """The page's authors and their organisations, as the template takes them."""
        settings = self.rendering.project.settings.project
        return credited(self.source.meta, settings, self.language)

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
            authors=self.credit,
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
            "correction": _words_of(trees.by_id(root, CORRECTIONS)),
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
            shown = str(entry.get("text", "")).replace(formats.CORRECTED, "")
            written = written[: call.start] + shown + written[call.end :]
        return written

    def _date(self) -> str:
        """Return the day of publication, YYYY-MM-DD: the front matter's, else the refresh's."""
        return self.words(self.source.meta.get("date", self.rendering.pack.date))

    def _write_figures(self) -> None:
        for name, figure in self.content.figures.items():
            stem = f"{name}{self.suffix}"
            drawn = {".svg": figure.svg, "-narrow.svg": figure.svg_narrow}
            drawn |= {f"-{ending}.svg": data for ending, data in figure.small.items()}
            for ending, data in drawn.items():
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
            about=self._about_the_data(),
            contact=settings.contact,
            author=self.facts["authors"],
            refresh=self.rendering.pack.date,
            language=self.language,
        )

    def _about_the_data(self) -> list[str]:
        """Return what the workbook's cover says: where the data come from, whose they are, what marks mean."""
        settings = self.rendering.project.settings.project
        language = self.language
        said = [message("Authors: {names}.", language, names=self.facts["authors"])]
        said += [message("Publisher: {name}.", language, name=settings.publisher)]
        if settings.licence:
            said.append(message("Licence: {name}.", language, name=settings.licence))
        if settings.sail_project:
            number = settings.sail_project
            said.append(message("SAIL project number: {number}.", language, number=number))
        notes = _shared(self.content.figures)
        return [
            self.source_line(),
            *filter(None, [self.marks]),
            *said,
            *(note for note in notes if note.startswith("[")),
        ]

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
        values["by-author"] = self.credit
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
        note = self._correction()
        if note is not None:
            trees.main_of(root).insert(0, note)
        add_origins(root, self.rendering.pack)
        style(root, f"{self.up}assets/{STYLE}")
        metadata(root, {"author": self.facts["authors"]})
        return root

    def _correction(self) -> Element | None:
        rendering, drawn = self.rendering, self.content.figures.values()
        keys = [key for key, _ in self.content.keys] + [key for each in drawn for key in each.keys]
        reason = self.words(self.source.meta.get("correction", ""))
        return correction_note(keys, rendering.corrected, rendering.pack, self.language, reason)


def _words_of(note: Element | None) -> str:
    """Return the sentences of a correction's note; nothing where there is none."""
    return " ".join(trees.text_of(each) for each in note.findall("p")) if note is not None else ""


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

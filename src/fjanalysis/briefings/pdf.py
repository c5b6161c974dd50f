"""The PDF of a page: WeasyPrint from the finished HTML, then the structure finisher."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations_with_replacement, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.fonts import font_css
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.origins import without_origins
from fjanalysis.briefings.page_fill import Fill
from fjanalysis.briefings.paper import VARIANT, Paper, page_number
from fjanalysis.briefings.structure import finisher, noted_owners
from fjanalysis.errors import MachineError, RenderError

# Marks of words that mean nothing on paper. WeasyPrint may end a line behind such a span that begins one.
_SCREEN_ALONE = ("value", "claim", "fixed")
# Elements that hold lines of text.
_BLOCKS = (
    "p",
    "li",
    "dt",
    "dd",
    "th",
    "td",
    "caption",
    "figcaption",
    *(f"h{n}" for n in range(1, 7)),
)
# Small print on a sheet: its columns, and how many letters the space after a paragraph is worth.
COLUMNS, PARAGRAPH = 3, 40
# A table of so many rows at most is not split over two pages.
SHORT = 12
# The share of the second page's height up to which key findings that spill over are set closer instead.
SPILT = 0.2


@dataclass(frozen=True)
class Press:
    """What all PDFs of a site share: stylesheet and fonts, read once.

    Parameters
    ----------
    css
        The brand's variables and the pages' stylesheet.
    page_css
        What holds on paper alone: page size, running header and footer.
    """

    css: str
    page_css: str

    @cached_property
    def _fonts(self) -> Any:
        return _weasyprint().text.fonts.FontConfiguration()

    @cached_property
    def _sheets(self) -> list[Any]:
        text = font_css(local=True) + self.css + self.page_css
        css = _weasyprint().CSS
        return [
            css(string=text, font_config=self._fonts, url_fetcher=_only_files(), media_type="print")
        ]

    def print(
        self, root: Element, folder: Path, *, mark: str, site_url: str, address: str
    ) -> bytes:
        """Return a page as a tagged PDF (PDF/UA-1).

        Parameters
        ----------
        root
            The finished page; it is left as it is.
        folder
            Where its pictures stand.
        mark
            What the header of every page says: draft, synthetic, or nothing.
        site_url
            The site's address, from which links that leave the page are made absolute; may be empty.
        address
            The page's own path within the site.
        """
        base = urljoin(site_url, address) if site_url else ""
        page = prepared(root, mark=mark, base=base)
        weasyprint = _weasyprint()
        try:
            document = self._laid_out(page, folder)
            if document is None:
                page = prepared(root, mark=mark, base=base)
                page.find("body").set("class", _closer(page))  # type: ignore[union-attr]
                document = self._laid_out(page, folder, closer=True)
            name = hashlib.sha256(trees.write(page).encode()).hexdigest()[:32].encode()
            with noted_owners() as owners:
                made: bytes = document.write_pdf(
                    pdf_identifier=name, pdf_variant=VARIANT, finisher=finisher(owners)
                )
        except weasyprint.urls.FatalURLFetchingError as error:
            raise RenderError(
                f"A file that the page shows cannot be read: {str(error).split(chr(10))[0]}",
                where=address,
                mend="Put the file beside the words; pages load nothing from a network.",
            ) from error
        return made

    def _laid_out(self, page: Element, folder: Path, *, closer: bool = False) -> Any:
        """Return the page's document; None where it is to be set closer, and is not yet."""
        paper = Paper(page, folder, self._sheets, self._fonts, _only_files())
        fill = Fill(page, paper)

        def first(sheets: Sequence[Any], at: int) -> bool:
            if at == 0 and not closer and _spilt(sheets):
                raise _SpiltError
            return fill.drawn_up(sheets, at)

        try:
            document = paper.sheets(first, fill.drawn_larger)
        except _SpiltError:
            return None
        return None if is_sheet(page) and len(document.pages) > 1 and not closer else document


class _SpiltError(Exception):
    """Key findings spill over to the second page by a few lines."""


def _weasyprint() -> Any:
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    try:
        import weasyprint  # noqa: PLC0415 - needs system libraries
        import weasyprint.text.fonts  # noqa: PLC0415
    except OSError as error:
        raise MachineError(
            "A system library that WeasyPrint needs is missing: " + str(error).split("\n")[0],
            mend="Run fjanalysis doctor: it gives the command that installs it.",
        ) from error
    return weasyprint


@cache
def _only_files() -> Any:
    """Return the fetcher of pictures and fonts: from files, never from a network."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    _weasyprint()
    return URLFetcher(allowed_protocols=("file", "data"), fail_on_errors=True)


def prepared(root: Element, *, mark: str = "", base: str = "") -> Element:
    """Return a copy of a page as it goes to paper.

    The data behind the charts move to a section at the end; links that leave the page are absolute,
    or text where the site has no address, in the words followed by where they lead within it.
    """
    page = copy.deepcopy(root)
    language = page.get("lang", "en-GB")
    for line in trees.with_class(page, "site-line"):
        title = next(iter(trees.with_class(line, "site-title")), None)
        line.set("data-series", trees.text_of(title) if title is not None else "")
        line.set("data-mark", mark)
        line.set("data-page", message("Page", language))
    head = page.find("head")
    for link in list(head if head is not None else []):
        if link.tag == "link":
            trees.remove(head, link)  # type: ignore[arg-type]
    parents = trees.parents(page)
    for name in ("skip-link", "editions", "download"):
        for each in trees.with_class(page, name):
            trees.remove(parents[each], each)
    without_origins(page)
    spans = [each for each in page.iter("span") if set(_SCREEN_ALONE) & set(trees.classes(each))]
    trees.unwrap(page, spans)
    for source in list(page.iter("source")):
        parents[source].remove(source)
    _outward_links(page, base)
    if is_sheet(page):
        _leave_data(page)
        _set_in_columns(page)
    else:
        _move_data(page, language)
    _number_contents(page)
    _without_last_blanks(page)
    for figure in trees.with_class(page, "float"):
        if "table" in trees.classes(figure) and len(list(figure.iter("tr"))) <= SHORT:
            figure.set("class", "float table short")
    return page


def _without_last_blanks(page: Element) -> None:
    """Take out the blanks at the ends of blocks.

    WeasyPrint counts such a blank to the width of the block's last line, and where the line fits without it
    alone, ends that line behind its first word.
    """
    for tag in _BLOCKS:
        for block in page.iter(tag):
            if len(block):
                block[-1].tail = (block[-1].tail or "").rstrip()
            elif block.text:
                block.text = block.text.rstrip()


def _closer(page: Element) -> str:
    """Return the classes with which a page is set closer: in smaller type with less room around it."""
    return "sheet tight" if is_sheet(page) else "snug"


def _spilt(sheets: Sequence[Any]) -> bool:
    """Return whether no more than a few lines of the key findings spill over to the second page."""
    for each in sheets[1:2]:
        spilt = [
            box
            for box in each.descendants()
            if box.element is not None and "key-findings" in trees.classes(box.element)
        ]
        if spilt:
            return bool(spilt[0].margin_height() < SPILT * each.margin_height())
    return False


def is_sheet(page: Element) -> bool:
    """Return whether a page is to fit on one sheet of paper."""
    body = page.find("body")
    return body is not None and "sheet" in trees.classes(body)


def _leave_data(page: Element) -> None:
    """Leave the data behind the charts to the page and the files of data, and say each note once, at the last."""
    parents = trees.parents(page)
    for details in trees.with_class(page, "data"):
        if details.tag == "details":
            trees.remove(parents[details], details)
    said: set[str] = set()
    for notes in reversed(trees.with_class(page, "notes")):
        for note in list(notes):
            words = trees.text_of(note)
            if words in said:
                trees.remove(notes, note)
            said.add(words)


def _set_in_columns(page: Element) -> None:
    """Set the paragraphs of small print in columns of about the same length.

    WeasyPrint evens out columns by laying them out again and again, which took half of a sheet's layout.
    """
    for print_ in trees.with_class(page, "small-print"):
        lengths = [len(trees.text_of(each)) + PARAGRAPH for each in print_]
        parts = list(print_)
        for first, last in even(lengths, COLUMNS):
            column = trees.child(print_, "div", class_="column")
            for each in parts[first:last]:
                print_.remove(each)
                column.append(each)


def even(lengths: Sequence[int], columns: int) -> list[tuple[int, int]]:
    """Return where each of some columns begins and ends, so that the longest is as short as can be.

    >>> even([5, 1, 1, 5], 3)
    [(0, 1), (1, 3), (3, 4)]
    """
    ways = (
        [0, *cuts, len(lengths)]
        for cuts in combinations_with_replacement(range(len(lengths) + 1), columns - 1)
    )
    best = min(ways, key=lambda way: max(sum(lengths[a:b]) for a, b in pairwise(way)))
    return list(pairwise(best))


def _move_data(page: Element, language: str) -> None:
    parents = trees.parents(page)
    moved = [each for each in trees.with_class(page, "data") if each.tag == "details"]
    if not moved:
        return
    main = trees.main_of(page)
    title = message("Data behind the charts", language)
    section = trees.element("section", id="chart-data", class_="level2 unnumbered")
    trees.child(section, "h2", title, class_="unnumbered")
    printed: dict[str, Element] = {}
    for details in moved:
        figure = parents[details]
        caption = figure.find("figcaption")
        rows = [trees.text_of(row) for row in details.iter("tr")]
        block = printed.get("\n".join(rows))
        if block is None:
            block = _data_block(section, details, f"data-{figure.get('id')}")
            printed["\n".join(rows)] = block
        head = block.find("figcaption")
        if caption is not None and head is not None:
            head.extend(copy.deepcopy(part) for part in caption)
            for part in head:
                part.tail = " "
        name = block.get("id", "")
        note = trees.element("p", class_="see-data")
        words = message("The data of this chart are in a table on page", language)
        link = trees.child(note, "a", f"{words} ", href=f"#{name}")
        link.append(page_number(name))
        trees.replace(figure, details, note)
    notes = next((each for each in main if "footnotes" in trees.classes(each)), None)
    main.insert(list(main).index(notes) if notes is not None else len(main), section)
    for nav in page.iter("nav"):
        listed = nav.find("ul")
        if listed is not None:
            item = trees.child(listed, "li")
            trees.child(item, "a", title, href="#chart-data")


def _number_contents(page: Element) -> None:
    """Let the list of contents name the page of each section."""
    for nav in trees.with_class(page, "contents"):
        for link in nav.iter("a"):
            link.append(page_number(link.get("href", "").removeprefix("#")))


def _data_block(section: Element, details: Element, name: str) -> Element:
    """Return a new figure at the end of a section: an empty caption, then the table of some details."""
    block = trees.child(section, "figure", class_="float table", id=name)
    trees.child(block, "figcaption", id=f"{name}-caption")
    region = next(iter(trees.with_class(details, "table-scroll")), None)
    if region is not None:
        for table in region.iter("table"):
            own = table.find("caption")
            if own is not None:
                trees.remove(table, own)
            table.set("aria-labelledby", f"{name}-caption")
        block.append(region)
    return block


def _outward_links(page: Element, base: str) -> None:
    words = set(trees.main_of(page).iter("a"))
    for link in page.iter("a"):
        target = link.get("href", "")
        if target.startswith("#") or ":" in target.split("/")[0]:
            continue
        if base:
            link.set("href", urljoin(base, target))
            continue
        link.tag = "span"
        for name in ("href", "hreflang", "rel", "download"):
            link.attrib.pop(name, None)
        if link in words:
            within = target.replace("../", "").removeprefix("./")
            trees.child(link, "span", f" ({within})", class_="target")


def metadata(root: Element, values: Mapping[str, str]) -> None:
    """Put `<meta>` elements into a page's head; empty values are left out."""
    head = root.find("head")
    if head is None:
        raise ValueError("The page has no head.")
    for name, content in values.items():
        if content:
            trees.child(head, "meta", name=name, content=content).tail = "\n"

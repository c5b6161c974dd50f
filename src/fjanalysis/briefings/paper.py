"""A page laid out on paper, and laid out again where a change asks for it.

WeasyPrint's own steps (styles, boxes, pages) are taken one by one: styles and boxes are made once a
document, and only the breaking into pages is done again after a change. Pictures are read once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, overload
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.vector import read_chart

# Looks at the pages' boxes, in order, from a place on; changes boxes that stand on the page of that place or the
# few at hand after it, which are made when they are asked for, and says whether these are to be made again.
Change = Callable[[Sequence[Any], int], bool]
# How many pages are at hand after the one that is looked at.
AHEAD = 3
# On a span: the id of the element whose page it names. It is set as wide as these digits.
PAGE_OF, DIGITS = "data-page-of", "00"
# Which section a figure belongs to that stands elsewhere on paper.
HOME = "data-section"
VARIANT = "pdf/ua-1"
_SVG = "{http://www.w3.org/2000/svg}"


class Paper:
    """The boxes of a page, from which its sheets are made.

    Parameters
    ----------
    page
        The page as a tree; the boxes keep to its elements.
    folder
        Where its pictures stand.
    sheets, fonts, fetcher
        WeasyPrint's stylesheets, font configuration and fetcher of files.
    """

    def __init__(self, page: Element, folder: Path, sheets: Any, fonts: Any, fetcher: Any) -> None:
        import weasyprint.document as steps  # noqa: PLC0415 - needs system libraries
        from weasyprint import DEFAULT_OPTIONS  # noqa: PLC0415

        self._html = _read(page, folder.as_uri() + "/", fetcher)
        self._fonts = fonts
        pictures = _pictures(page, self._html.base_url, fonts)
        options = {**DEFAULT_OPTIONS, "stylesheets": sheets, "cache": pictures}
        counters = steps.CounterStyle()
        self._context = steps.Document._build_layout_context(
            self._html, fonts, counters, {}, options
        )
        self._boxes = steps.build_formatting_structure(
            self._html.etree_element,
            self._context.style_for,
            self._context.get_image_from_uri,
            self._html.base_url,
            self._context.target_collector,
            counters,
            self._context.footnotes,
        )

    def sheets(self, *changes: Change) -> Any:
        """Return WeasyPrint's document of the pages.

        Parameters
        ----------
        changes
            Each is called for every page but the last, one change after another.
        """
        import weasyprint.document as steps  # noqa: PLC0415
        from weasyprint import layout  # noqa: PLC0415

        own = {**vars(layout), "make_all_pages": _changing(layout.make_all_pages, changes)}
        lay_out = FunctionType(layout.layout_document.__code__, own, argdefs=(8,))
        with _lines_once():
            laid_out = list(lay_out(self._html, self._boxes, self._context))
        _number(laid_out)
        pages = [steps.Page(box) for box in laid_out]
        about = steps.DocumentMetadata(**steps.get_html_metadata(self._html))
        made = steps.Document(pages, about, self._html.url_fetcher, self._fonts, {}, None)
        made._html = self._html
        return made

    def box_of(self, element: Element) -> Any:
        """Return the first box of an element."""
        return next(box for box in self._boxes.descendants() if box.element is element)

    def scale(self, image: Element, percent: int) -> None:
        """Make a picture as wide as a share of its column, in per cent."""
        from weasyprint.css.properties import Dimension  # noqa: PLC0415

        image.set("style", f"width: {percent}%")
        box = self.box_of(image)
        box.style = box.style.copy()
        box.style["width"] = Dimension(percent, "%")

    def allow_break(self, figure: Element) -> None:
        """Let a figure be broken between two pages."""
        figure.set("style", "break-inside: auto")
        box = self.box_of(figure)
        box.style = box.style.copy()
        box.style["break_inside"] = "auto"

    def move(self, element: Element, above: Element, at: int) -> None:
        """Let an element be the child `at` of another, in the page and among the boxes."""
        before = trees.parents(self._html.etree_element)[element]
        box, source = self.box_of(element), self.box_of(before).children
        del source[_place(source, element)]
        boxes = self.box_of(above).children
        boxes.insert(_place(boxes, above[at - 1]) + 1 if at else 0, box)
        tail, element.tail = element.tail, "\n"
        if tail and tail.strip():
            raise ValueError("Text follows the element that is to be moved.")
        before.remove(element)
        above.insert(at, element)


@contextlib.contextmanager
def _lines_once() -> Iterator[None]:
    """Break each text into lines once for each width, however often its page is made: two fifths are the same again."""
    from weasyprint.layout import inline, preferred  # noqa: PLC0415 - needs system libraries

    broken: dict[tuple[Any, ...], tuple[Any, Any]] = {}
    split = inline.split_first_line

    def once(text: str, style: Any, context: Any, *given: Any, **named: Any) -> Any:
        if text == DIGITS:  # a page's number is written into the line itself, later on
            return split(text, style, context, *given, **named)
        key = (id(style), text, given, tuple(named.items()))
        if key not in broken:
            # The style is kept, so that no other one has its id.
            broken[key] = (style, split(text, style, context, *given, **named))
        return broken[key][1]

    inline.split_first_line = preferred.split_first_line = once
    try:
        yield
    finally:
        inline.split_first_line = preferred.split_first_line = split


def page_number(target: str) -> Element:
    """Return a span that shows the page of the element with the id `target`."""
    return trees.element("span", DIGITS, class_="page-of", **{PAGE_OF: target})


def _number(pages: Sequence[Any]) -> None:
    """Write the numbers of pages that other pages name, where room was left for them.

    WeasyPrint would lay every page out again that names another, as often as a number changes.
    """
    places: dict[str, int] = {}
    named = []
    for at, page in enumerate(pages, 1):
        for box in page.descendants():
            if box.element is None:
                continue
            name = box.element.get("id")
            if name:
                places.setdefault(name, at)
            if PAGE_OF in box.element.attrib and hasattr(box, "pango_layout"):
                named.append(box)
    for box in named:
        number = str(places[box.element.get(PAGE_OF)])
        width = box.width * len(number) / len(DIGITS)
        if box.style["text_align_all"] == "right":
            box.position_x += box.width - width
        box.text = box.pango_layout.text = number
        box.element.text = f" {number}"
        box.width = width


def _place(boxes: list[Any], element: Element) -> int:
    return next(at for at, box in enumerate(boxes) if box.element is element)


def _changing(make_all_pages: Any, changes: Sequence[Change]) -> Any:
    """Return a maker of pages that changes what it has made until nothing asks for a change.

    Those before a change are kept; pages whose style names the numbers of others are made again once, afterwards.
    """
    settled = False

    def made(context: Any, root: Any, html: Any, pages: list[Any]) -> Iterator[Any]:
        nonlocal settled
        if settled:
            yield from make_all_pages(context, root, html, pages)
            return
        sheets = _Sheets(context, lambda pages: make_all_pages(context, root, html, pages))
        for change in changes:
            at = 0
            while sheets.look(at):
                if change(sheets, at):
                    sheets.again(at)
                else:
                    at += 1
        settled = True
        yield from sheets.ended()

    return made


class _Sheets(Sequence[Any]):
    """The pages of a document as far as they are at hand: up to a few after the one that is looked at.

    Parameters
    ----------
    context
        WeasyPrint's context of the layout, which notes what of its pages has changed.
    make
        WeasyPrint's maker of pages: given those made before, it yields them all, and makes what changed.
    """

    def __init__(self, context: Any, make: Callable[[list[Any]], Iterator[Any]]) -> None:
        self._context, self._make = context, make
        self.made: list[Any] = []
        self._before: list[Any] = []
        # By page: the page, and what it broke off of its floats, which the next one takes over.
        self._broken: dict[int, tuple[Any, dict[Any, Any]]] = {}
        self._numbered: set[int] = set()
        self._maker = make([])
        self._last = 0

    def look(self, at: int) -> bool:
        """Look at the page of a place; return whether another one follows."""
        self._last = at + AHEAD
        return self.reach(at + 1) > at + 1

    def __len__(self) -> int:
        return min(self.reach(self._last), self._last + 1)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, int):
            self.reach(min(at, self._last))
            return self.made[at]
        return self.made[: len(self)][at]

    def reach(self, last: int) -> int:
        """Make pages as far as the place `last`, or to the end; return how many there are."""
        while len(self.made) <= last:
            page = next(self._maker, None)
            if page is None:
                break
            self.made.append(page)
            if id(page) in self._broken:
                self._context.broken_out_of_flow = dict(self._broken[id(page)][1])
            else:
                self._broken[id(page)] = (page, dict(self._context.broken_out_of_flow))
        return len(self.made)

    def again(self, first: int) -> None:
        """Let the pages from a place on be made again.

        A change may have moved what stands on the few pages that were looked at, so that these are made
        anew in any case, and later ones where they begin otherwise than before.
        """
        self._note_numbered()
        for at, entry in enumerate(self._context.page_maker):
            if at < len(self.made) or (at <= first + AHEAD and entry[0] is not None):
                entry[-1]["content_changed"] = first <= at <= first + AHEAD
        self._before = [*self.made, *self._before[len(self.made) :]]
        kept = {id(page) for page in self._before}
        self._broken = {name: each for name, each in self._broken.items() if name in kept}
        self.made = []
        self._maker = self._make(self._before)
        self.reach(first - 1)
        if not first:
            self._context.broken_out_of_flow = {}

    def ended(self) -> list[Any]:
        """Return all pages; those are marked that show numbers which came to be known after them."""
        self.reach(sys.maxsize)
        self._note_numbered()
        for at in self._numbered:
            if at < len(self.made):
                self._context.page_maker[at][-1]["content_changed"] = True
        return self.made

    def _note_numbered(self) -> None:
        for at, entry in enumerate(self._context.page_maker[: len(self.made)]):
            if entry[-1]["content_changed"]:
                self._numbered.add(at)


def _read(page: Element, base: str, fetcher: Any) -> Any:
    """Return a tree as WeasyPrint reads it, without writing and parsing it again."""
    import weasyprint  # noqa: PLC0415

    for drawing in page.iter("svg"):
        for each in drawing.iter():
            each.tag = f"{_SVG}{each.tag}"
    html = weasyprint.HTML.__new__(weasyprint.HTML)
    html.base_url, html.url_fetcher, html.media_type = base, fetcher, "print"
    html.wrapper_element = weasyprint.cssselect2.ElementWrapper.from_html_root(
        page, content_language=None
    )
    html.etree_element = html.wrapper_element.etree_element
    return html


def _pictures(page: Element, base: str, fonts: Any) -> dict[str, Any]:
    """Return the charts of a page by address, read from their files."""
    found = {}
    for image in page.iter("img"):
        address = urljoin(base, image.get("src", ""))
        path = Path(unquote(urlsplit(address).path))
        chart = read_chart(path, fonts) if path.suffix == ".svg" else None
        if chart is not None:
            found[address] = chart
    return found

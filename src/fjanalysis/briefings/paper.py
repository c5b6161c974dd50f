"""A page laid out on paper, and laid out again where a change asks for it.

WeasyPrint's own steps (styles, boxes, pages) are taken one by one: styles and boxes are made once a
document, and only the breaking into pages is done again after a change. Pictures are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.vector import read_chart

Change = Callable[[Sequence[Any]], int | None]
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

    def sheets(self, change: Change) -> Any:
        """Return WeasyPrint's document of the pages.

        Parameters
        ----------
        change
            Called with the pages' boxes: changes the boxes of the document where it likes, and returns the
            place of the first page that is to be made again, or None when all is well.
        """
        import weasyprint.document as steps  # noqa: PLC0415
        from weasyprint import layout  # noqa: PLC0415

        own = {**vars(layout), "make_all_pages": _changing(layout.make_all_pages, change)}
        lay_out = FunctionType(layout.layout_document.__code__, own, argdefs=(8,))
        pages = [steps.Page(box) for box in lay_out(self._html, self._boxes, self._context)]
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


def _place(boxes: list[Any], element: Element) -> int:
    return next(at for at, box in enumerate(boxes) if box.element is element)


def _changing(make_all_pages: Any, change: Change) -> Any:
    """Return a maker of pages that changes what it has made until nothing asks for a change.

    Pages before a change are kept, and those after it as soon as they begin as they did; the numbers of
    pages that others name are filled in once, afterwards.
    """
    settled = False

    def made(context: Any, root: Any, html: Any, pages: list[Any]) -> Iterator[Any]:
        nonlocal settled
        pages = list(make_all_pages(context, root, html, pages))
        numbered: set[int] = set()
        while not settled:
            first = change(pages)
            settled = first is None
            states = [entry[-1] for entry in context.page_maker]
            for at, state in enumerate(states):
                if state["content_changed"]:
                    numbered.add(at)
                state["content_changed"] = at == first
            if not settled:
                pages = list(make_all_pages(context, root, html, pages))
        for at in numbered:
            if at < len(pages):
                context.page_maker[at][-1]["content_changed"] = True
        yield from pages

    return made


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

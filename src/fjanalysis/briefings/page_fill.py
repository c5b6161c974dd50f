"""Pages of paper without large empty ends.

What does not fit on a page any more leaves its end empty. A chart that nearly fits is drawn smaller; else
the paragraphs after it go before it; a short table that would be kept whole is broken. Where an end stays
empty, the charts above it are drawn as wide as their column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.paper import HOME, Change, Paper

# The largest share of a page's height that may stay empty at its end.
BLANK = 0.25
# How wide a chart is, in per cent of the column, and how far it may shrink: below that its words are small.
WIDE, NARROWEST = 86, 76
# The height in pixels at which a long table is begun on a page: its caption, its head and some rows.
BEGUN = 200.0
_FLOATS = ("chart", "table")
_WORDS = ("p", "ul", "ol")


@dataclass
class Fill:
    """Fills the pages of one document.

    Parameters
    ----------
    page
        The page as it goes to paper.
    paper
        Its boxes.
    """

    page: Element
    paper: Paper
    _tried: set[tuple[str, str]] = field(default_factory=set)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is done to the pages, one after another."""
        return self.drawn_up, self.drawn_larger

    def drawn_up(self, sheets: Sequence[Any], at: int) -> bool:
        """Draw something up from the following pages to a page with a large empty end; say whether it was.

        Parameters
        ----------
        sheets
            WeasyPrint's page boxes, in order: up to a few after the page.
        at
            The page's place.
        """
        room = empty_end(sheets[at])
        return room > BLANK * sheets[at].margin_height() and self._drawn_up(sheets[at + 1 :], room)

    def drawn_larger(self, sheets: Sequence[Any], at: int) -> bool:
        """Draw the charts of a page with a large empty end larger; say whether they were."""
        room = empty_end(sheets[at])
        return room > BLANK * sheets[at].margin_height() and self._drawn_larger(sheets[at], room)

    def _drawn_larger(self, sheet: Any, room: float) -> bool:
        """Draw the charts of a page as wide as its column, where that fits into the room at its end."""
        charts = {
            box.element: float(box.height)
            for box in sheet.descendants()
            if box.element is not None and box.element_tag == box.element.tag == "img"
        }
        width = {each: _percent(each) for each in charts}
        more = sum(height * (100 / width[each] - 1) for each, height in charts.items())
        if not more or more > room or not self._once(self._name(charts), "larger"):
            return False
        for each in charts:
            self.paper.scale(each, 100)
        return True

    def _name(self, images: Iterable[Element]) -> str:
        return " ".join(each.get("src", "") for each in images)

    def _drawn_up(self, sheets: Sequence[Any], room: float) -> bool:
        """Draw something up from the following pages into the room, in pixels, at the end of a page."""
        figure = self._first_float(sheets[0])
        if figure is None:
            return False
        element = figure.element
        name = element.get("id", "")
        image = element.find(".//img")
        if image is not None and self._once(name, "scale"):
            drawn = next(box for box in sheets[0].descendants() if box.element is image)
            short = _end(figure) - _top(sheets[0]) - room
            percent = int(WIDE * (1 - short / drawn.height))
            if percent >= NARROWEST:
                self.paper.scale(image, min(percent, WIDE))
                return True
        if self._let_pass(sheets, element, room):
            return True
        if image is None and self._once(name, "break"):
            self.paper.allow_break(element)
            return True
        return self._once(name, "drift") and self._drift(sheets, element, room)

    def _once(self, name: str, deed: str) -> bool:
        fresh = (name, deed) not in self._tried
        self._tried.add((name, deed))
        return fresh

    def _first_float(self, sheet: Any) -> Any | None:
        """Return the box of the chart or table that begins highest on a page."""
        found = [
            box
            for box in sheet.descendants()
            if box.element is not None
            and box.element.tag == "figure"
            and box.element_tag == "figure"
            and set(_FLOATS) & set(trees.classes(box.element))
        ]
        return min(found, key=lambda box: float(box.position_y), default=None)

    def _let_pass(self, sheets: Sequence[Any], figure: Element, room: float) -> bool:
        """Let what follows a figure in its section go before it, as much as the room takes.

        Words keep their order, and so do charts among charts and tables among tables.
        """
        above = trees.parents(self.page)[figure]
        kind = set(_FLOATS) & set(trees.classes(figure))
        passed = 0.0
        for each in list(above)[list(above).index(figure) + 1 :]:
            if each.tag == "figure" and kind & set(trees.classes(each)):
                continue
            height = _height(each, sheets)
            words = each.tag in _WORDS
            if (not words and each.tag != "figure") or not height:  # beyond the pages at hand
                break
            left = room - passed
            # Words and long tables may be broken between the pages; a chart or a short table is not.
            long = {"table", "short"} & set(trees.classes(each)) == {"table"}
            needed = height / 2 if words else min(height, BEGUN) if long else height
            if needed > left:
                if words:
                    break
                continue
            self.paper.move(each, above, list(above).index(figure))
            passed += height
            if passed > room:
                break
        return passed > 0

    def _drift(self, sheets: Sequence[Any], figure: Element, room: float) -> bool:
        """Let figures that end their section stand after the first words of the next one.

        Only on paper: in the structure of the document they keep their place.
        """
        parents = trees.parents(self.page)
        section = parents[figure]
        around = list(parents.get(section, ()))
        ending = list(section)[list(section).index(figure) :]
        if section.tag != "section" or any(each.tag != "figure" for each in ending):
            return False
        if len(section) - len(ending) < 2:  # a heading alone would be left
            return False
        following = around[around.index(section) + 1 :]
        heading = following[0][0] if following and len(following[0]) else None
        if heading is None or heading.tag not in ("h3", "h4"):
            return False
        passed, place = _height(heading, sheets), 1
        for each in list(following[0])[1:]:
            height = _height(each, sheets)
            if each.tag not in _WORDS or passed + height > room or not height:
                break
            passed, place = passed + height, place + 1
        if place == 1:
            return False
        for each in reversed(ending):
            each.set(HOME, section.get("id", ""))
            self.paper.move(each, following[0], place)
        return True


def empty_end(sheet: Any) -> float:
    """Return the height in pixels between the last of a page's content and its bottom margin."""
    bottom = float(sheet.position_y + sheet.margin_top + sheet.height)
    return max(0.0, bottom - max(_ends(sheet), default=0.0))


def _percent(image: Element) -> float:
    """Return how wide a chart is drawn, in per cent of its column."""
    return float(image.get("style", f"width: {WIDE}%").removeprefix("width: ").rstrip("%"))


def _height(element: Element, sheets: Sequence[Any]) -> float:
    """Return the height in pixels that an element takes on some pages."""
    return sum(
        float(box.margin_height())
        for sheet in sheets
        for box in sheet.descendants()
        if box.element is element and box.element_tag == element.tag
    )


def _top(sheet: Any) -> float:
    return float(sheet.position_y + sheet.margin_top)


def _end(box: Any) -> float:
    return float(box.position_y + box.margin_height())


def _ends(box: Any) -> Iterator[float]:
    """Yield where the lines, pictures and rules of a page end."""
    kind = type(box).__name__
    if kind == "MarginBox":
        return
    if kind == "LineBox" or kind.endswith("ReplacedBox"):
        yield float(box.position_y + box.height)
        return
    for child in getattr(box, "children", ()):
        yield from _ends(child)

"""Pages of paper without large empty ends.

What does not fit on a page any more leaves its end empty. A chart that nearly fits is drawn smaller; else
the paragraphs after it go before it; a short table that would be kept whole is broken.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.paper import Paper

# The largest share of a page's height that may stay empty at its end.
BLANK = 0.25
# How wide a chart is, in per cent of the column, and how far it may shrink: below that its words are small.
WIDE, NARROWEST = 92, 70
_FLOATS = ("chart", "table")


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

    def __call__(self, sheets: Sequence[Any]) -> int | None:
        """Change the first page with a large empty end; return its place, or None when all is well.

        Parameters
        ----------
        sheets
            WeasyPrint's page boxes, in order.
        """
        for at, (here, following) in enumerate(itertools.pairwise(sheets)):
            room = empty_end(here)
            if room > BLANK * here.margin_height() and self._drawn_up(following, room):
                return at
        return None

    def _drawn_up(self, following: Any, room: float) -> bool:
        """Draw something up from the next page into the room, in pixels, at the end of this one."""
        figure = self._first_float(following)
        if figure is None:
            return False
        element = figure.element
        name = element.get("id", "")
        image = element.find(".//img")
        if image is not None and self._once(name, "scale"):
            drawn = next(box for box in following.descendants() if box.element is image)
            short = _end(figure) - _top(following) - room
            percent = int(WIDE * (1 - short / drawn.height))
            if percent >= NARROWEST:
                self.paper.scale(image, min(percent, WIDE))
                return True
        if self._let_pass(following, element, room):
            return True
        if image is None and self._once(name, "break"):
            self.paper.allow_break(element)
            return True
        return False

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

    def _let_pass(self, following: Any, figure: Element, room: float) -> bool:
        """Let the paragraphs after a figure go before it, as many as the room takes."""
        above = trees.parents(self.page)[figure]
        passed = 0.0
        while passed < room:
            siblings = list(above)
            at = siblings.index(figure)
            if at + 1 == len(siblings) or siblings[at + 1].tag not in ("p", "ul", "ol"):
                break
            height = sum(
                float(box.margin_height())
                for box in following.descendants()
                if box.element is siblings[at + 1] and box.element_tag == siblings[at + 1].tag
            )
            if passed and passed + height > room:
                break
            self.paper.swap(above, at)
            passed += height or room
        return passed > 0


def empty_end(sheet: Any) -> float:
    """Return the height in pixels between the last of a page's content and its bottom margin."""
    bottom = float(sheet.position_y + sheet.margin_top + sheet.height)
    return max(0.0, bottom - max(_ends(sheet), default=0.0))


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

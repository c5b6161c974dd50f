"""Pages of paper without large empty ends: charts that do not fit are drawn smaller, or let text pass."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees

# The largest share of a page's height that may stay empty at its end.
BLANK = 0.3
# How far a chart may shrink, in per cent of the column; below this its words are too small to read.
NARROWEST, WIDEST = 72, 92
TRIES = 4


def refit(page: Element, document: Any) -> bool:
    """Change a page so that its next layout leaves less empty; return whether anything was changed.

    The first chart that begins a page after one with an empty end is drawn smaller; where that was done
    already, the paragraph after it goes before it.

    Parameters
    ----------
    page
        The page as it goes to paper.
    document
        WeasyPrint's layout of it.
    """
    figures = {
        each.get("id"): each
        for each in trees.with_class(page, "float")
        if "chart" in trees.classes(each)
    }
    for here, following in itertools.pairwise(document.pages):
        if blank_share(here) <= BLANK:
            continue
        down = sorted((place[1], name) for name, place in following.anchors.items())
        name = next((name for _, name in down if name in figures), None)
        if name is None:
            continue
        image = figures[name].find(".//img")
        if image is not None and "style" not in image.attrib:
            image.set("style", _style(NARROWEST))
            return True
        if _let_pass(page, figures[name]):
            return True
        if image is not None and image.get("style") == _style(NARROWEST):
            image.set("style", _style(WIDEST))  # shrinking did not help: draw it large again
            return True
    return False


def _style(width: int) -> str:
    return f"width: {width}%"


def _let_pass(page: Element, figure: Element) -> bool:
    above = trees.parents(page)[figure]
    siblings = list(above)
    at = siblings.index(figure)
    if at + 1 == len(siblings) or siblings[at + 1].tag != "p":
        return False
    above.remove(figure)
    above.insert(at + 1, figure)
    return True


def blank_share(page: Any) -> float:
    """Return the share of a page's height between the last of its content and its bottom margin."""
    box = page._page_box
    bottom = float(box.position_y + box.margin_top + box.height)
    lowest = max(_ends(box), default=0.0)
    return max(0.0, bottom - lowest) / float(page.height)


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

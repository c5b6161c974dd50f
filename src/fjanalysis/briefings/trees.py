"""HTML as a tree: read by the standard's own rules, written the same way every time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import tinyhtml5

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_RAW = frozenset(("script", "style"))


# Elements at whose beginning a paragraph that stands open ends.
_ENDS_PARAGRAPH = frozenset(
    [
        "header",
        "footer",
        "main",
        "nav",
        "section",
        "article",
        "aside",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "table",
        "figure",
        "figcaption",
        "blockquote",
        "hr",
        "details",
        "summary",
        "li",
        "dt",
        "dd",
    ]
)
# Elements that mean the same read by the rules of HTML and by those of XML, where they are nested as HTML wants.
_PLAIN = _ENDS_PARAGRAPH | frozenset(
    [
        "html",
        "head",
        "title",
        "meta",
        "link",
        "body",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "picture",
        "source",
        "img",
        "a",
        "span",
        "em",
        "strong",
        "b",
        "i",
        "code",
        "sup",
        "sub",
        "small",
        "abbr",
        "cite",
        "q",
        "time",
        "br",
        "script",
        "style",
        "svg",
        "g",
        "path",
        "rect",
        "line",
        "circle",
    ]
)
_WITHIN = {
    **dict.fromkeys(("caption", "thead", "tbody", "tfoot"), ("table",)),
    "tr": ("thead", "tbody", "tfoot"),
    **dict.fromkeys(("th", "td"), ("tr",)),
    "li": ("ul", "ol"),
    **dict.fromkeys(("dt", "dd"), ("dl",)),
}
_HOLDS_ALONE = {
    "table": frozenset(["caption", "thead", "tbody", "tfoot"]),
    **dict.fromkeys(("thead", "tbody", "tfoot"), frozenset(["tr"])),
    "tr": frozenset(["th", "td"]),
}
_OPEN = "|".join(sorted(VOID))
_UNCLOSED = re.compile(rf"<({_OPEN})\b([^<>]*?)\s*/?>")
_ELSEWHERE_EMPTY = re.compile(rf"<(?!(?:{_OPEN}|path|rect|line|circle|g)\b)[\w-]+[^<>]*/>")
_READ_OTHERWISE = re.compile(
    r"\r|\x00|<!--|<!\[|<\?|\bxmlns|&#(?!(?:34|39|160|x27|8217);)|<[A-Za-z][^<>]*[\n\t][^<>]*>|<pre\b"
    r"|<[A-Za-z-]*[A-Z]|<(?:script|style)\b[^<]*&"
)
_DOCTYPE = "<!DOCTYPE html>\n"


def parse(text: str) -> Element:
    """Return the `<html>` element of a page; embedded MathML and SVG lose their namespaces."""
    strict = _parsed_strictly(text)
    if strict is not None:
        return strict
    root = tinyhtml5.parse(text, namespace_html_elements=False)
    element: Element = root.getroot() if hasattr(root, "getroot") else root
    for each in element.iter():
        if isinstance(each.tag, str) and each.tag.startswith("{"):
            each.tag = each.tag.split("}", 1)[1]
    return element


def _parsed_strictly(text: str) -> Element | None:
    """Return a page by a reader of XML, fifty times as fast; None where the rules of HTML might give another tree.

    Pages as pandoc writes them, well-formed and with every element nested as HTML wants it, are alike by both.
    """
    if (
        not text.startswith(_DOCTYPE)
        or _READ_OTHERWISE.search(text)
        or _ELSEWHERE_EMPTY.search(text)
    ):
        return None
    try:
        closed = _UNCLOSED.sub(r"<\1\2/>", text[len(_DOCTYPE) :])
        root = ElementTree.fromstring(closed)  # noqa: S314 - declares no entity
    except ElementTree.ParseError:
        return None
    if [each.tag for each in root] != ["head", "body"] or not _nested_plainly(root, ()):
        return None
    head, body = root
    if (head.tail or "").strip() or (body.tail or "").strip() or (root.text or "").strip():
        return None
    root.text = None
    last = (body.tail or "") + "\n" * text.endswith("\n")
    _append(body, len(body), last)
    body.tail = None
    return root


def _nested_plainly(element: Element, above: tuple[str, ...]) -> bool:
    """Return whether HTML would leave an element and all that it holds where they stand."""
    tag = element.tag
    parent = above[-1] if above else ""
    wrong = (
        tag not in _PLAIN
        or ("p" in above and tag in _ENDS_PARAGRAPH)
        or (tag in _WITHIN and parent not in _WITHIN[tag])
        or (tag == "a" and "a" in above)
        or any(name != name.lower() and name != "viewBox" for name in element.keys())  # noqa: SIM118
    )
    # Characters of a script are read as they stand, where XML would read elements and entities.
    if wrong or (tag in _RAW and len(element)):
        return False
    alone = _HOLDS_ALONE.get(tag)
    if alone is not None and (
        (element.text or "").strip()
        or any(each.tag not in alone or (each.tail or "").strip() for each in element)
    ):
        return False
    inner = (*above, tag)
    return all(_nested_plainly(each, inner) for each in element)


def write(root: Element) -> str:
    """Return a page as text, with its doctype."""
    return "<!DOCTYPE html>\n" + "".join(_written(root)).rstrip() + "\n"


def fragment(element: Element) -> str:
    """Return one element as text, without what follows it."""
    return "".join(_written(element, tail=False))


def _written(element: Element, *, tail: bool = True) -> Iterator[str]:
    if not isinstance(element.tag, str):  # a comment
        if tail:
            yield escape(element.tail or "", quote=False)
        return
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items())
    yield f"<{element.tag}{attributes}>"
    if element.tag not in VOID:
        text = element.text or ""
        yield text if element.tag in _RAW else escape(text, quote=False)
        for child in element:
            yield from _written(child)
        yield f"</{element.tag}>"
    if tail:
        yield escape(element.tail or "", quote=False)


def text_of(element: Element) -> str:
    """Return the text within an element, spaces drawn together."""
    return " ".join("".join(element.itertext()).split())


def classes(element: Element) -> list[str]:
    """Return the classes of an element."""
    return element.get("class", "").split()


def with_class(root: Element, name: str) -> list[Element]:
    """Return the elements below `root` that have a class, in order."""
    return [each for each in root.iter() if isinstance(each.tag, str) and name in classes(each)]


def by_id(root: Element, name: str) -> Element | None:
    """Return the element with an id, or None."""
    return next((each for each in root.iter() if each.get("id") == name), None)


def parents(root: Element) -> dict[Element, Element]:
    """Return each element's parent."""
    return {child: parent for parent in root.iter() for child in parent}


def main_of(root: Element) -> Element:
    """Return the page's `<main>`."""
    main = root.find(".//main")
    if main is None:
        raise ValueError("The page has no main element.")
    return main


def element(tag: str, text: str = "", /, **attributes: str) -> Element:
    """Return a new element; `class_` stands for class, underscores for hyphens."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): v for name, v in attributes.items()})
    made.text = text or None
    return made


def child(parent: Element, tag: str, text: str = "", /, **attributes: str) -> Element:
    """Return a new last child of `parent`."""
    made = SubElement(parent, tag)
    made.attrib.update(element(tag, **attributes).attrib)
    made.text = text or None
    return made


def replace(parent: Element, old: Element, new: Element) -> None:
    """Put `new` where `old` stands, keeping the text that follows."""
    new.tail = old.tail
    parent[list(parent).index(old)] = new


def remove(parent: Element, old: Element) -> None:
    """Take `old` out, keeping the text that follows it."""
    at = list(parent).index(old)
    parent.remove(old)
    _append(parent, at, old.tail)


def unwrap(root: Element, wanted: Sequence[Element]) -> None:
    """Take elements below `root` out and leave what they hold in their places.

    Parameters
    ----------
    wanted
        In document order.
    """
    above = parents(root)
    for old in reversed(wanted):
        parent = above[old]
        at = list(parent).index(old)
        held = list(old)
        parent.remove(old)
        _append(parent, at, old.text)
        for place, each in enumerate(held):
            parent.insert(at + place, each)
            above[each] = parent
        _append(parent, at + len(held), old.tail)


def _append(parent: Element, at: int, text: str | None) -> None:
    """Put a text behind the child before place `at` of an element, or at its beginning."""
    if text and at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text

"""The finisher: one pass over the HTML of either renderer, after which both are the same and valid."""

from __future__ import annotations

import copy
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.messages import message, short

_NO_ALT = frozenset(("img", "area", "input"))


def finish(root: Element) -> None:
    """Mend a rendered page in place.

    Figures and tables become a `figure` with its caption first; what the HTML standard refuses goes; a
    cross-reference to a section is by its title; header cells are scoped; wide tables become named
    regions that the keyboard reaches.
    """
    language = root.get("lang", "en-GB")
    main = trees.main_of(root)
    for each in root.iter():
        if each.tag not in _NO_ALT:
            each.attrib.pop("alt", None)
    _floats(main)
    _words(main, language)
    _section_links(main)
    _tables(main)
    _plain_rows(main)
    _footnotes(main, language)


def _footnotes(main: Element, language: str) -> None:
    """Head the footnotes, and give the way back an arrow that the typeface has, with words."""
    for section in trees.with_class(main, "footnotes"):
        if section.find("h2") is None:
            heading = trees.element("h2", message("Notes", language), id="notes")
            heading.tail = "\n"
            section.insert(0, heading)
        for rule in section.findall("hr"):
            trees.remove(section, rule)
    for link in trees.with_class(main, "footnote-back"):
        link.text = "\N{UPWARDS ARROW}"
        link.set("aria-label", message("Back to the text", language))


def _floats(main: Element) -> None:
    parents = trees.parents(main)
    for div in trees.with_class(main, "quarto-float"):
        if div.tag != "div":
            continue
        figure = div.find("figure")
        caption = figure.find("figcaption") if figure is not None else None
        content = figure.find("div") if figure is not None else None
        if figure is None or caption is None or content is None:
            continue
        kind = "table" if "quarto-float-tbl" in trees.classes(figure) else "chart"
        name = div.get("id", "")
        made = Element("figure", {"id": name, "class": f"float {kind}"})
        made.text = "\n"
        head = copy.copy(caption)
        head.attrib.clear()
        head.set("id", f"{name}-caption")
        head.tail = "\n"
        made.append(head)
        made.extend(list(content))
        trees.replace(parents[div], div, made)


def _words(main: Element, language: str) -> None:
    """Mark the number of a caption, and write `Figure` and `Table` in the page's language."""
    for figure in trees.with_class(main, "float"):
        caption = figure.find("figcaption")
        if caption is None:
            continue
        lead, colon, rest = (caption.text or "").strip().partition(":")
        if not lead:
            continue
        label = trees.element("span", _label(lead, language), class_="label")
        label.tail = " " if trees.with_class(caption, "headline") else f"{colon} {rest.lstrip()}"
        caption.text = None
        caption.insert(0, label)
    for link in trees.with_class(main, "quarto-xref"):
        link.text = _label(link.text or "", language)


def _label(text: str, language: str) -> str:
    if short(language) == "en":
        return text
    word, gap, number = text.partition("\N{NO-BREAK SPACE}")
    return f"{message(word, language)}{gap}{number}" if gap else text


def _section_links(main: Element) -> None:
    titles = {}
    for section in main.iter("section"):
        heading = next((each for each in section if each.tag in ("h2", "h3", "h4")), None)
        if heading is not None:
            titles[f"#{section.get('id')}"] = trees.text_of(heading)
    for link in trees.with_class(main, "quarto-xref"):
        target = link.get("href", "")
        if target.startswith("#sec-") and target in titles:
            link.text = f"“{titles[target]}”"


def _tables(main: Element) -> None:
    parents = trees.parents(main)
    for table in list(main.iter("table")):
        for head in table.iter("thead"):
            for cell in head.iter("th"):
                cell.attrib.setdefault("scope", "col")
        for body in table.iter("tbody"):
            for cell in body.iter("th"):
                cell.attrib.setdefault("scope", "row")
        figure = _above(table, parents, "figure")
        region = parents[table]
        if "table-scroll" not in trees.classes(region):
            region = trees.element("div", class_="table-scroll", role="region", tabindex="0")
            trees.replace(parents[table], table, region)
            table.tail = None
            region.append(table)
        own = table.find("caption")
        if figure is not None and "table" in trees.classes(figure):
            if own is not None:
                trees.remove(table, own)
            name = f"{figure.get('id')}-caption"
            table.set("aria-labelledby", name)
            region.attrib.pop("aria-label", None)
            region.set("aria-labelledby", name)
        elif "aria-label" not in region.attrib and own is not None:
            region.set("aria-label", trees.text_of(own))


def _above(element: Element, parents: dict[Element, Element], tag: str) -> Element | None:
    while element in parents:
        element = parents[element]
        if element.tag == tag:
            return element
    return None


def _plain_rows(main: Element) -> None:
    """Take out what only one of the renderers writes: striping of rows, alignment by style."""
    for row in main.iter("tr"):
        kept = [name for name in trees.classes(row) if name not in ("header", "odd", "even")]
        _set_class(row, kept)
    for cell in [*main.iter("th"), *main.iter("td")]:
        style = cell.attrib.pop("style", "")
        if style.replace(" ", "").rstrip(";") == "text-align:right":
            _set_class(cell, [*trees.classes(cell), "number"])


def _set_class(element: Element, names: list[str]) -> None:
    if names:
        element.set("class", " ".join(dict.fromkeys(names)))
    else:
        element.attrib.pop("class", None)

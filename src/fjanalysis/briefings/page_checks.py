"""Checks of a page's HTML that need no browser: structure, names, links, marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.findings import Finding

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LOADS = {"img": "src", "source": "srcset", "script": "src", "iframe": "src", "link": "href"}


def page_files(site: Path) -> list[Path]:
    """Return the files of a site's pages, in order."""
    return [
        path
        for path in sorted(site.rglob("*.html"))
        if not any(part.startswith(".") for part in path.relative_to(site).parts)
    ]


def read_pages(site: Path) -> dict[Path, Element]:
    """Return every page of a site as a tree."""
    return {path: trees.parse(path.read_text(encoding="utf-8")) for path in page_files(site)}


def check_page(root: Element, where: str) -> Iterator[Finding]:
    """Yield what is wrong with one page by itself."""
    yield from _document(root, where)
    yield from _headings(root, where)
    yield from _names(root, where)
    yield from _tables(root, where)
    for element in root.iter():
        if element.tag == "script" and element.get("type") != "application/ld+json":
            yield Finding(where, "The page holds a script.", "no script")
        if any(name.startswith("on") for name in element.attrib):
            yield Finding(where, f"An attribute of <{element.tag}> holds a script.", "no script")


def _document(root: Element, where: str) -> Iterator[Finding]:
    if not root.get("lang"):
        yield Finding(where, "The page does not say its language.", "language")
    title = root.find("./head/title")
    if title is None or not trees.text_of(title):
        yield Finding(where, "The page has no title.", "title")
    if root.find(".//main") is None and root.find(".//*[@role='main']") is None:
        yield Finding(where, "The page has no main content (main).", "landmarks")
    seen: set[str] = set()
    for element in root.iter():
        name = element.get("id")
        if name is None:
            continue
        if name in seen:
            yield Finding(where, f"The id '{name}' stands twice.", "unique ids")
        seen.add(name)


def _headings(root: Element, where: str) -> Iterator[Finding]:
    body = root.find("body")
    levels = [
        (int(each.tag[1]), trees.text_of(each))
        for each in (body.iter() if body is not None else ())
        if each.tag in _HEADINGS
    ]
    count = sum(level == 1 for level, _ in levels)
    if count != 1:
        yield Finding(where, f"The page has {count} first-level headings, not one.", "one h1")
    last = 0
    for level, text in levels:
        if not text:
            yield Finding(where, "A heading is empty.", "headings")
        if level > last + 1:
            yield Finding(
                where, f"The heading '{text}' skips from level {last} to {level}.", "headings"
            )
        last = level


def _names(root: Element, where: str) -> Iterator[Finding]:
    for image in root.iter("img"):
        if not (image.get("alt") or "").strip():
            yield Finding(
                where, f"The image {image.get('src', '')} has no text alternative.", "alt text"
            )
    for link in root.iter("a"):
        if "href" in link.attrib and not (trees.text_of(link) or link.get("aria-label")):
            yield Finding(where, f"The link to {link.get('href')} has no text.", "link text")
        said, label = trees.text_of(link), link.get("aria-label", "")
        if label and any(map(str.isalpha, said)) and said.lower() not in label.lower():
            what = f"The link “{said}” is called “{label}”, which does not hold its text."
            yield Finding(where, what, "names")
        language = link.get("hreflang")
        if language and "rel" in link.attrib and not link.get("lang"):
            what = f"The link “{said}” does not say that its words are in another language."
            yield Finding(where, what, "language")
    for element in root.iter():
        if element.get("role") == "region" and not (
            element.get("aria-label") or element.get("aria-labelledby")
        ):
            yield Finding(where, "A region has no name.", "names")
        named = element.get("aria-labelledby")
        if named and trees.by_id(root, named) is None:
            yield Finding(where, f"A name points to '{named}', which is not there.", "names")


def _tables(root: Element, where: str) -> Iterator[Finding]:
    for table in root.iter("table"):
        if table.get("role") == "presentation":
            continue  # a layout of a mail, not data
        heads = list(table.iter("th"))
        if not heads:
            yield Finding(where, "A table has no header cells.", "table headers")
        if any(not cell.get("scope") for cell in heads):
            yield Finding(where, "A table's header cell has no scope.", "table headers")
        if any(_is_empty(cell) for cell in [*heads, *table.iter("td")]):
            yield Finding(where, "A table has an empty cell.", "empty cells")
        caption = table.find("caption")
        if caption is None and not table.get("aria-labelledby"):
            yield Finding(where, "A table has no caption.", "table captions")


def _is_empty(cell: Element) -> bool:
    """Return whether a cell says nothing: neither a text nor a picture with words for it."""
    return not trees.text_of(cell) and not any(each.get("alt") for each in cell.iter("img"))


def check_links(site: Path, pages: Mapping[Path, Element]) -> Iterator[Finding]:
    """Yield links, pictures and styles that lead nowhere, or out of the site while it loads."""
    ids = {path.resolve(): {each.get("id") for each in root.iter()} for path, root in pages.items()}
    for path, root in pages.items():
        where = path.relative_to(site).as_posix()
        for element in root.iter():
            tag = str(element.tag)
            if tag in _LOADS and element.get("rel") not in ("canonical", "alternate"):
                address = element.get(_LOADS[tag])
                if address and ":" in address.split("/")[0]:
                    yield Finding(where, f"The page loads {address}.", "nothing from outside")
            name = {"a": "href", **_LOADS}.get(tag)
            target = element.get(name) if name else None
            if target is not None:
                yield from _target(site, path, target, ids, where)


def _target(
    site: Path, path: Path, target: str, ids: Mapping[Path, set[str | None]], where: str
) -> Iterator[Finding]:
    if target.startswith(("http:", "https:", "mailto:", "tel:")):
        return
    if target.startswith(("/", "file:")) or ":" in target.split("/", maxsplit=1)[0]:
        yield Finding(where, f"The link {target} is not relative.", "relative links")
        return
    address, _, fragment = unquote(target).partition("#")
    there = (path.parent / address).resolve() if address else path.resolve()
    if there.is_dir():
        there /= "index.html"
    if not there.is_file():
        yield Finding(where, f"The link {target} leads to nothing.", "links")
    elif not there.is_relative_to(site.resolve()):
        yield Finding(where, f"The link {target} leaves the site.", "relative links")
    elif fragment and there in ids and fragment not in ids[there]:
        yield Finding(where, f"The link {target} leads to no place on that page.", "links")
    elif there.suffix == ".qmd":
        yield Finding(where, f"The link {target} leads to a source file.", "links")

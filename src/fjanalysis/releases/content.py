"""Whether two files of a site have the same content, whatever their bytes.

Another version of a renderer or library may write the same words, numbers and drawings in other bytes. What
counts as content is said for each kind of file; a kind that is not known here has its bytes for content.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pikepdf

from fjanalysis.briefings import trees

# Numbers in drawings: coordinates are in points, so this is far less than can be seen.
SEEN = 1e-3
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
# Names that a renderer makes up, and what is not read by anybody.
_OWN_NAMES = frozenset(("id", "class", "aria-describedby", "aria-labelledby", "clip-path"))
_LARGEST_MEMBER = 200_000_000


def same_content(one: Path, other: Path) -> bool:
    """Return whether two files have the same content.

    HTML: text, links, pictures, their alternatives, and the keys of numbers. SVG: shapes and their numbers, to
    `SEEN`. JSON: the value. Zip archives and workbooks: their members. PDF: the tagged text's structure, page
    by page. Anything else: the bytes. A file that cannot be read has no content that is the same.
    """
    if not (one.is_file() and other.is_file()):
        return False
    return _same(one.suffix, one.read_bytes(), other.read_bytes())


def values_of(page: Path) -> dict[str, str]:
    """Return the numbers of a page by their written keys, as they are printed; nothing for no page."""
    if page.suffix != ".html" or not page.is_file():
        return {}
    try:
        root = trees.parse(page.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for element in root.iter():
        key = element.get("data-key")
        if key:
            found[key] = " | ".join(filter(None, [found.get(key, ""), trees.text_of(element)]))
    return found


def _same(suffix: str, one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    reader = _READERS.get(suffix)
    if reader is None:
        return False
    try:
        return _alike(reader(one), reader(other))
    except (ValueError, KeyError, RecursionError, zipfile.BadZipFile, pikepdf.PdfError):
        return False


def _alike(one: list[object], other: list[object]) -> bool:
    if len(one) != len(other):
        return False
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=SEEN)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(one, other, strict=True)
    )


def _html(data: bytes) -> list[object]:
    root = trees.parse(data.decode("utf-8"))
    shown = ("href", "src", "srcset", "alt", "lang", "data-key", "scope", "aria-label", "role")
    found: list[object] = [trees.text_of(root)]
    for element in root.iter():
        if isinstance(element.tag, str):
            found += [(name, element.get(name)) for name in shown if name in element.attrib]
    return found


def _svg(data: bytes) -> list[object]:
    if b"<!ENTITY" in data:
        raise ValueError("A drawing declares entities.")
    return list(_drawn(ElementTree.fromstring(data.decode("utf-8"))))  # noqa: S314 (no entities)


def _drawn(element: Element) -> Iterator[object]:
    """Yield a drawing's tags, words and numbers in order."""
    if not isinstance(element.tag, str) or element.tag.endswith("}metadata"):
        return
    yield element.tag
    yield (element.text or "").strip()
    for name, value in sorted(element.attrib.items()):
        if name in _OWN_NAMES or value.startswith(("#", "url(")):
            continue
        yield name
        yield _NUMBER.sub("#", value)
        yield from (float(each) for each in _NUMBER.findall(value))
    for child in element:
        yield from _drawn(child)


def _json(data: bytes) -> list[object]:
    return [json.loads(data)]


def _zip(data: bytes) -> list[object]:
    found: list[object] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in sorted(archive.infolist(), key=lambda each: each.filename):
            if entry.file_size > _LARGEST_MEMBER:
                raise ValueError("A member is larger than one may be.")
            member = archive.read(entry)
            suffix = Path(entry.filename).suffix
            reader = _READERS.get(suffix)
            if entry.filename.startswith("docProps/"):
                continue
            found += [entry.filename, *(reader(member) if reader else [member])]
    return found


def _pdf(data: bytes) -> list[object]:
    with pikepdf.open(io.BytesIO(data)) as document:
        found: list[object] = [len(document.pages), str(document.Root.get("/Lang", ""))]
        tree = document.Root.get("/StructTreeRoot")
        if tree is not None:
            found += list(_tags(tree, 0))
        return found


def _tags(node: pikepdf.Object | None, depth: int) -> Iterator[object]:
    """Yield the kinds and alternatives of a PDF's structure in order."""
    if depth > 60 or not isinstance(node, pikepdf.Dictionary):
        return
    yield str(node.get("/S", ""))
    yield str(node.get("/Alt", ""))
    children = node.get("/K")
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        yield from _tags(child, depth + 1)


_READERS: dict[str, Callable[[bytes], list[object]]] = {
    ".html": _html,
    ".svg": _svg,
    ".json": _json,
    ".zip": _zip,
    ".xlsx": _zip,
    ".pdf": _pdf,
}

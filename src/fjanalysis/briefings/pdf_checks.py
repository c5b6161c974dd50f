"""Checks of a PDF: whether it opens, is tagged, says what it is, and leads nowhere it should not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from fjanalysis.briefings.findings import Finding

_MARKER = b"file:"


def check_pdf(path: Path, where: str) -> Iterator[Finding]:
    """Yield what is wrong with a PDF."""
    try:
        with Pdf.open(path) as pdf:
            yield from _document(pdf, where)
            yield from _tree(pdf, where)
            yield from _links(pdf, where)
    except pikepdf.PdfError:
        yield Finding(where, "The PDF cannot be opened.", "pdf opens")


def _document(pdf: Pdf, where: str) -> Iterator[Finding]:
    marked = pdf.Root.get("/MarkInfo", Dictionary()).get("/Marked")
    if not marked or "/StructTreeRoot" not in pdf.Root:
        yield Finding(where, "The PDF is not tagged.", "pdf tagged")
    if not str(pdf.Root.get("/Lang", "")):
        yield Finding(where, "The PDF does not say its language.", "pdf language")
    with pdf.open_metadata() as metadata:
        if not metadata.get("dc:title"):
            yield Finding(where, "The PDF has no title.", "pdf title")
        if str(metadata.get("pdfuaid:part", "")) != "1":
            yield Finding(where, "The PDF does not claim PDF/UA-1.", "pdf/ua")
    if "/Outlines" not in pdf.Root:
        yield Finding(where, "The PDF has no bookmarks.", "pdf bookmarks")


def _tree(pdf: Pdf, where: str) -> Iterator[Finding]:
    tree = pdf.Root.get("/StructTreeRoot")
    if tree is None:
        return
    last = 0
    for element, above in walk(tree):
        kind = str(element.get("/S"))
        if kind == "/Figure" and not str(element.get("/Alt", "")):
            yield Finding(where, "A figure of the PDF has no text alternative.", "pdf alt text")
        if kind == "/TH" and "/Scope" not in _attributes(element):
            yield Finding(where, "A header cell of the PDF has no scope.", "pdf table headers")
        if kind == "/TR" and not {"/Table"} & set(above):
            yield Finding(where, "A row of the PDF stands outside a table.", "pdf tables")
        if kind == "/LI" and (not above or above[-1] != "/L"):
            yield Finding(where, "A list item of the PDF stands outside a list.", "pdf lists")
        if kind[:2] == "/H" and kind[2:].isdigit():
            level = int(kind[2:])
            if level > last + 1:
                yield Finding(
                    where, f"A heading skips from level {last} to {level}.", "pdf headings"
                )
            last = level


def walk(element: Object, above: tuple[str, ...] = ()) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield each structure element below `element` with the types above it, in reading order."""
    kids = element.get("/K")
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield kid, above
            yield from walk(kid, (*above, str(kid.S)))


def _attributes(element: Object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    given: Any = element.get("/A")
    for each in given if isinstance(given, Array) else [given]:
        if isinstance(each, Dictionary):
            found |= {str(name): value for name, value in each.items()}
    return found


def _links(pdf: Pdf, where: str) -> Iterator[Finding]:
    for number, page in enumerate(pdf.pages, start=1):
        for annotation in page.get("/Annots", Array()):
            if annotation.get("/Subtype") != Name.Link:
                continue
            if not str(annotation.get("/Contents", "")):
                yield Finding(f"{where}, page {number}", "A link has no description.", "pdf links")
            action = annotation.get("/A")
            target = bytes(action.get("/URI", b"")) if action is not None else b""
            if target.startswith(_MARKER):
                yield Finding(
                    f"{where}, page {number}",
                    "A link leads to a file of the machine that made the PDF.",
                    "pdf links",
                )

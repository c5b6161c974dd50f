"""The structure tree of a PDF, finished: what WeasyPrint leaves open for PDF/UA.

Source: ISO 14289-1 (PDF/UA-1), as the Matterhorn protocol lists its failure conditions.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String


def finish_structure(made: bytes) -> bytes:
    """Return the PDF with scoped header cells and described links, the same bytes every time."""
    with Pdf.open(io.BytesIO(made)) as pdf:
        tree = pdf.Root.get("/StructTreeRoot")
        if tree is not None:
            for element, above in walk(tree):
                _scope(element, above)
                _describe(element)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def walk(element: Object, above: tuple[str, ...] = ()) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield each structure element below `element` with the types above it, in reading order."""
    kids = element.get("/K")
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield kid, above
            yield from walk(kid, (*above, str(kid.S)))


def _scope(element: Object, above: tuple[str, ...]) -> None:
    if element.S != Name.TH:
        return
    attributes: Any = element.get("/A")
    if not isinstance(attributes, Dictionary):
        attributes = Dictionary(O=Name.Table)
        element.A = attributes
    attributes.Scope = Name.Column if "/THead" in above else Name.Row


def _describe(element: Object) -> None:
    """Give a link's annotation the text of what it leads to."""
    if Name.Link != element.S:
        return
    kids: Any = element.get("/K")
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and kid.get("/Type") == Name.OBJR:
            annotation = kid.Obj
            if "/Contents" not in annotation:
                action = annotation.get("/A")
                target = action.get("/URI") if action is not None else annotation.get("/Dest")
                annotation.Contents = String(str(target or "link"))

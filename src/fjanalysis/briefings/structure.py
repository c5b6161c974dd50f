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
    """Return the PDF with scoped header cells, whole list items and described links, the same bytes every time."""
    with Pdf.open(io.BytesIO(made)) as pdf:
        tree = pdf.Root.get("/StructTreeRoot")
        if tree is not None:
            _gather_links(tree)
            for element, above in list(walk(tree)):
                _scope(element, above)
                _fill_items(pdf, element)
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


def kids_of(element: Object) -> list[Any]:
    """Return what an element holds: structure elements, marked content, references to annotations."""
    kids: Any = element.get("/K")
    if isinstance(kids, Array):
        return list(kids)
    return [] if kids is None else [kids]


def _is_reference(kid: Any) -> bool:
    return isinstance(kid, Dictionary) and kid.get("/Type") == Name.OBJR


def _gather_links(tree: Object) -> None:
    """Put each link's annotations into its own element, and links within links into spans.

    WeasyPrint tags the inline boxes inside a link as links of their own, or as nothing.
    """
    owners = tree.ParentTree.Nums
    places = {int(owners[at]): at + 1 for at in range(0, len(owners), 2)}

    def gathered(element: Object) -> list[Any]:
        found = []
        kept = []
        for kid in kids_of(element):
            if _is_reference(kid):
                found.append(kid)
                continue
            kept.append(kid)
            if isinstance(kid, Dictionary) and "/S" in kid:
                found += gathered(kid)
                if Name.Link == kid.S:
                    kid.S = Name.Span
        element.K = Array(kept)
        return found

    def visit(element: Object) -> None:
        if element.get("/S") == Name.Link or any(map(_is_reference, kids_of(element))):
            element.S = Name.Link
            references = gathered(element)
            element.K = Array([*references, *kids_of(element)])
            for reference in references:
                owners[places[int(reference.Obj.StructParent)]] = element
            return
        for kid in kids_of(element):
            if isinstance(kid, Dictionary) and "/S" in kid:
                visit(kid)

    visit(tree)


def _fill_items(pdf: Pdf, element: Object) -> None:
    """Put what stands beside the label of a list item into its body."""
    if element.S != Name.LI:
        return
    kids = kids_of(element)
    loose = [
        kid
        for kid in kids
        if not isinstance(kid, Dictionary) or kid.get("/S") not in (Name.Lbl, Name.LBody)
    ]
    if not loose:
        return
    body = next(
        (kid for kid in kids if isinstance(kid, Dictionary) and kid.get("/S") == Name.LBody), None
    )
    if body is None:
        body = pdf.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.LBody, P=element, Pg=element.Pg, K=Array())
        )
        kids.append(body)
    body.K = Array([*kids_of(body), *loose])
    for kid in loose:
        if isinstance(kid, Dictionary) and "/P" in kid:
            kid.P = body
    element.K = Array([kid for kid in kids if kid not in loose])


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

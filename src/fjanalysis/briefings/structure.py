"""The structure tree of a PDF, finished: what WeasyPrint leaves open for PDF/UA.

WeasyPrint tags each page by itself, so that a table over three pages is three tables. Here each element of the
page becomes one element of the tree, however many sheets it spans; what is repeated at the head of a sheet
becomes an artefact; header cells are scoped, links described, captions put into their tables.

Source: ISO 14289-1 (PDF/UA-1), as the Matterhorn protocol lists its failure conditions; ISO 32000-1, 14.8.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.paper import HOME

Owners = dict[int, Element | None]
_SCOPES = {"col": "/Column", "colgroup": "/Column", "row": "/Row", "rowgroup": "/Row"}


@contextlib.contextmanager
def noted_owners() -> Iterator[Owners]:
    """Note, while a PDF is written, which element of the page each of its structure elements stands for.

    Yields
    ------
    By the number of a structure element: the page's element; filled in as the PDF is written.
    """
    from weasyprint.pdf import tags  # noqa: PLC0415 - needs system libraries

    owners: Owners = {}
    build = tags._build_box_tree

    def noted(box: Any, *rest: Any) -> Iterator[Any]:
        owner = getattr(getattr(box, "_box", box), "element", None)
        for made in build(box, *rest):
            owners.setdefault(made.number, owner)
            yield made

    tags._build_box_tree = noted
    try:
        yield owners
    finally:
        tags._build_box_tree = build


def finisher(owners: Owners) -> Callable[[Any, Any], None]:
    """Return what finishes the structure of a PDF that WeasyPrint has made and not yet written.

    Parameters
    ----------
    owners
        The page's element of each structure element.
    """

    def finish(_document: Any, pdf: Any) -> None:
        structure = Structure(pdf, owners)
        structure.join_pieces()
        structure.bring_home()
        for element in list(structure.walk()):
            structure.describe(element)
        structure.leave_out_the_rest()

    return finish


class Structure:
    """The structure of one PDF, as pydyf's objects.

    Parameters
    ----------
    pdf
        pydyf's PDF.
    owners
        The page's element of each structure element.
    """

    def __init__(self, pdf: Any, owners: Owners) -> None:
        self.pdf = pdf
        self.owners = owners
        root = self.at(pdf.catalog["StructTreeRoot"])
        self.document = self.at(root["K"][0])
        self.places = self.at(root["ParentTree"])["Nums"]
        self.sheets = {reference: at for at, reference in enumerate(pdf.page_references)}
        self.moved: dict[bytes, bytes] = {}
        self.renamed: dict[str, str] = {}

    def at(self, reference: bytes) -> Any:
        """Return the object that a reference names."""
        return self.pdf.objects[int(reference.split()[0])]

    def kids(self, element: Any) -> list[Any]:
        """Return the structure elements directly below one."""
        found = (self.at(kid) for kid in element["K"] if isinstance(kid, bytes))
        return [kid for kid in found if "S" in kid]

    def walk(self, element: Any | None = None) -> Iterator[Any]:
        """Yield the structure elements below one, in reading order."""
        for kid in self.kids(element or self.document):
            yield kid
            yield from self.walk(kid)

    def owner(self, element: Any) -> Element | None:
        """Return the page's element that a structure element stands for."""
        return self.owners.get(element.number)

    def _same(self, first: Any, later: Any) -> bool:
        owner = self.owner(first)
        return owner is not None and owner is self.owner(later) and bool(first["S"] == later["S"])

    def join_pieces(self) -> None:
        """Make one structure element of those that stand for one element on several sheets or in columns."""
        joined: list[Any] = []
        for element in self.kids(self.document):
            if joined and self._same(joined[-1], element):
                self._join(joined[-1], element)
            else:
                joined.append(element)
        self.document["K"][:] = [element.reference for element in joined]
        self._dissolve_columns(self.document)
        for at in range(1, len(self.places), 2):
            value = self.places[at]
            if isinstance(value, bytes):
                self.places[at] = self.moved.get(value, value)

    def _dissolve_columns(self, above: Any) -> None:
        """Give a list what its columns hold, each of which is tagged as a list of the same element within it."""
        for each in self.kids(above):
            self._dissolve_columns(each)
        if above.get("S") != "/L" or not any(self._same(above, each) for each in self.kids(above)):
            return
        held: list[bytes] = []
        for each in self.kids(above):
            if not self._same(above, each):
                held.append(each.reference)
                continue
            for item in self.kids(each):
                item["P"] = above.reference
                held.append(item.reference)
            each.clear()
        above["K"][:] = held

    def bring_home(self) -> None:
        """Put a figure that stands elsewhere on paper back into the section that it belongs to."""
        elements = list(self.walk())
        sections = {
            owner.get("id", ""): each
            for each in elements
            if (owner := self.owner(each)) is not None and each["S"] == "/Sect"
        }
        for each in elements:
            owner = self.owner(each)
            name = owner.get(HOME) if owner is not None and each["S"] == "/NonStruct" else None
            if name not in sections or owner is None or owner.tag != "figure":
                continue
            self.at(each["P"])["K"].remove(each.reference)
            each["P"] = sections[name].reference
            sections[name]["K"].append(each.reference)

    def _join(self, first: Any, later: Any) -> None:
        """Append what a later sheet holds of an element to what the first one holds."""
        kids = list(later["K"])
        kids = self._without_repeated_head(first, kids)
        mine, theirs = self.kids(first), [kid for kid in kids if isinstance(kid, bytes)]
        if mine and theirs and kids[0] == theirs[0] and first["K"][-1] == mine[-1].reference:
            begun = self.at(theirs[0])
            if "S" in begun and self._same(mine[-1], begun):
                self._join(mine[-1], begun)
                kids = kids[1:]
        for kid in kids:
            if isinstance(kid, int):
                self._own(first, later["Pg"], kid)
                continue
            held = self.at(kid)
            if "S" in held:
                held["P"] = first.reference
            first["K"].append(kid)
        self.moved[later.reference] = first.reference
        later.clear()

    def _own(self, element: Any, sheet: bytes, number: int) -> None:
        """Give an element a piece of marked content of another sheet than its own."""
        import pydyf  # noqa: PLC0415

        piece = pydyf.Dictionary({"Type": "/MCR", "Pg": sheet, "MCID": number})
        self.pdf.add_object(piece)
        element["K"].append(piece.reference)
        self.places[2 * self.sheets[sheet] + 1][number] = element.reference

    def _without_repeated_head(self, table: Any, kids: list[Any]) -> list[Any]:
        """Leave a table's head out that a later sheet repeats; its cells are known by the first one's names."""
        if table["S"] != "/Table" or not kids or not isinstance(kids[0], bytes):
            return kids
        repeated = self.at(kids[0])
        heads = [kid for kid in self.kids(table) if self._same(kid, repeated)]
        if repeated.get("S") != "/THead" or not heads:
            return kids
        cells = zip(self._cells(heads[0]), self._cells(repeated), strict=True)
        self.renamed |= {again["ID"].string: cell["ID"].string for cell, again in cells}
        return kids[1:]

    def _cells(self, head: Any) -> list[Any]:
        return [cell for cell in self.walk(head) if cell["S"] == "/TH"]

    def describe(self, element: Any) -> None:
        """Finish one element by its kind."""
        kinds = {
            "/TH": self._scope,
            "/TD": self._heads,
            "/L": self._list,
            "/LI": self._item,
            "/Figure": self._box,
            "/NonStruct": self._caption,
            "/Caption": self._captioned,
        }
        if "S" not in element:
            return  # it has become part of another
        if element["S"] in kinds:
            kinds[element["S"]](element)
        elif element["S"] == "/Link" or self._references(element):
            self._link(element)

    def _scope(self, cell: Any) -> None:
        owner = self.owner(cell)
        scope = owner.get("scope", "col") if owner is not None else "col"
        cell["A"]["Scope"] = _SCOPES.get(scope, "/Column")

    def _heads(self, cell: Any) -> None:
        """Name the cell's heads by those that are left; none is named where there is none."""
        names = cell["A"].get("Headers", [])
        for name in names:
            name.string = self.renamed.get(name.string, name.string)
        if not names:
            cell["A"].pop("Headers", None)

    def _list(self, listed: Any) -> None:
        """Tag a contents list as one, and put each term of a definition list with its definitions."""
        owner = self.owner(listed)
        if owner is not None and owner.tag == "ul" and self._within(listed, "nav"):
            self._contents(listed)
        if owner is None or owner.tag != "dl":
            return
        kept: list[Any] = []
        for item in self.kids(listed):
            entry = self.owner(item)
            if kept and entry is not None and entry.tag == "dd":
                for body in self.kids(item):
                    body["P"] = kept[-1].reference
                    kept[-1]["K"].append(body.reference)
                item.clear()
                continue
            for term in self.kids(item):
                term["S"] = "/Lbl"
            kept.append(item)
        listed["K"][:] = [item.reference for item in kept]

    def _contents(self, listed: Any) -> None:
        listed["S"] = "/TOC"
        for item in self.kids(listed):
            if item["S"] == "/LI":
                item["S"] = "/TOCI"
                for body in self.kids(item):
                    body["S"] = "/Reference" if body["S"] == "/LBody" else body["S"]

    def _within(self, element: Any, tag: str) -> bool:
        above = self.at(element["P"])
        while "P" in above and above is not self.document:
            owner = self.owner(above)
            if owner is not None and owner.tag == tag:
                return True
            above = self.at(above["P"])
        return False

    def _item(self, item: Any) -> None:
        """Put what stands beside the label of a list item into its body."""
        import pydyf  # noqa: PLC0415

        own = [kid for kid in self.kids(item) if kid["S"] in ("/Lbl", "/LBody")]
        loose = [kid for kid in item["K"] if kid not in [each.reference for each in own]]
        if not loose:
            return
        body = next((kid for kid in own if kid["S"] == "/LBody"), None)
        if body is None:
            body = pydyf.Dictionary(
                {"Type": "/StructElem", "S": "/LBody", "P": item.reference, "Pg": item["Pg"]}
            )
            body["K"] = pydyf.Array()
            self.pdf.add_object(body)
            own.append(body)
        for kid in loose:
            if isinstance(kid, bytes) and "S" in self.at(kid):
                self.at(kid)["P"] = body.reference
        body["K"].extend(loose)
        item["K"][:] = [kid.reference for kid in own]

    def _box(self, figure: Any) -> None:
        """Give a figure's place in points from the foot of its sheet, as PDF counts."""
        sheet = self.at(figure["Pg"])
        left, top, right, bottom = figure["A"]["BBox"]
        height = sheet["MediaBox"][3]
        figure["A"]["BBox"][:] = [
            left * 0.75,
            height - bottom * 0.75,
            right * 0.75,
            height - top * 0.75,
        ]

    def _caption(self, figure: Any) -> None:
        """Put the caption of a table's figure into the table, as its first."""
        owner = self.owner(figure)
        captions = [kid for kid in self.kids(figure) if kid["S"] == "/Caption"]
        tables = [each for each in self.walk(figure) if each["S"] == "/Table"]
        if owner is None or owner.tag != "figure" or len(captions) != 1 or len(tables) != 1:
            return
        caption, table = captions[0], tables[0]
        figure["K"].remove(caption.reference)
        caption["P"] = table.reference
        table["K"].insert(0, caption.reference)

    def _captioned(self, caption: Any) -> None:
        """Take the boxes within a caption for what they are, not for captions of their own."""
        for kid in self.kids(caption):
            if kid["S"] == "/Caption":
                kid["S"] = "/NonStruct"

    def _references(self, element: Any) -> list[bytes]:
        """Return the references to annotations directly below an element."""
        return [
            kid
            for kid in element["K"]
            if isinstance(kid, bytes) and self.at(kid).get("Type") == "/OBJR"
        ]

    def _link(self, element: Any) -> None:
        """Put a link's annotations into its own element, described by its words; no link is within a link."""
        import pydyf  # noqa: PLC0415

        element["S"] = "/Link"
        references = self._references(element)
        for each in self.walk(element):
            references += (found := self._references(each))
            each["K"][:] = [kid for kid in each["K"] if kid not in found]
            if each["S"] == "/Link":
                each["S"] = "/Span"
        element["K"][:] = [*references, *(kid for kid in element["K"] if kid not in references)]
        owner = self.owner(element)
        words = "" if owner is None else owner.get("aria-label") or trees.text_of(owner)
        for reference in references:
            annotation = self.at(self.at(reference)["Obj"])
            self.places[self.places.index(annotation["StructParent"]) + 1] = element.reference
            annotation["Contents"] = pydyf.String(words or "link")

    def leave_out_the_rest(self) -> None:
        """Make artefacts of all content that is not in the tree: running heads, and a table's repeated ones."""
        import pydyf  # noqa: PLC0415

        known: set[tuple[bytes, int]] = set()
        for element in self.walk():
            for kid in element["K"]:
                piece = None if isinstance(kid, int) else self.at(kid)
                if piece is None:
                    known.add((element["Pg"], kid))
                elif "MCID" in piece:
                    known.add((piece["Pg"], piece["MCID"]))
        for sheet, at in self.sheets.items():
            tokens = self.at(self.at(sheet)["Contents"]).stream
            owners = self.places[2 * at + 1]
            for place, token in enumerate(tokens):
                if token != b"BDC" or "MCID" not in tokens[place - 1]:
                    continue
                number = tokens[place - 1]["MCID"]
                if (sheet, number) not in known:
                    tokens[place - 2] = "/Artifact"
                    tokens[place - 1] = pydyf.Dictionary({"Type": "/Pagination"})
                    owners[number] = b"null"

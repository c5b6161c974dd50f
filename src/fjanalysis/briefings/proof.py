"""The proof of a page: what the renderer made of the author's words, read once more before it is published.

A renderer prints markup that it does not understand, and writes links and pictures down without looking
whether they are there. Here each stops with the file and line of the words that it came from.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.source import Source
from fjanalysis.errors import RenderError, nearest

_RUNS = frozenset(
    ["script", "iframe", "object", "embed", "form", "base", "style", "link", "meta", "frame"]
)
_SCRIPT_ADDRESS = re.compile(r"\s*(?:javascript|vbscript|data:text/html)\s*", re.IGNORECASE)
_ADDRESSES = ("href", "src", "action", "formaction")
_LITERAL = frozenset(["code", "pre", "math", "script", "style", "annotation"])
# Markup as it looks when a renderer prints it instead of understanding it.
_LEFT = re.compile(r"\]\{[^\s}]*|\]\([^\s)]*|\[\^[^\]\s]+\]|^:::+.*|\[\[[a-z-]+\]\]", re.MULTILINE)
_NO_PICTURE = "Put the picture into the briefing's folder, and write its name as the file has it."
_AROUND = 24


@dataclass(frozen=True)
class Fault:
    """One thing that a page cannot be published with.

    Parameters
    ----------
    where
        File and line.
    what, mend
        A sentence each.
    """

    where: str
    what: str
    mend: str


@dataclass(frozen=True)
class Proof:
    """A finished page beside the words it was made from.

    Parameters
    ----------
    root
        The page.
    source
        The words.
    address
        The page's path in the site: `recurrence/index.html`.
    project
        The project's root.
    known
        Paths, relative to the page, of files that are made with it.
    sites
        Folders that hold finished pages: the page's own site so far, and the published one.
    """

    root: Element
    source: Source
    address: str
    project: Path
    known: Collection[str]
    sites: Sequence[Path]

    def faults(self) -> Iterator[Fault]:
        """Yield what the page cannot be published with, in no order."""
        yield from self._running()
        main = trees.main_of(self.root)
        for element in main.iter():
            if element.tag in ("img", "source"):
                yield from self._picture(element)
            elif element.tag == "a" and "href" in element.attrib:
                yield from self._link(element.get("href", ""))
        yield from self._left_standing(main)

    def own_files(self) -> dict[str, Path]:
        """Return the files beside the words that the page shows or links to, by their path from the page."""
        found = {}
        for element in trees.main_of(self.root).iter():
            for name in ("src", "srcset", "href"):
                target = _path(element.get(name, ""))
                if target and target not in self.known and self._beside(target).is_file():
                    found[target] = self._beside(target)
        return found

    def _beside(self, target: str) -> Path:
        """Return the file of the briefing's folder that an address means; no file outside it."""
        inside = not posixpath.normpath(target).startswith(("..", "/"))
        written = Path(target).suffix in (".qmd", ".yml")
        return self.source.path.parent / (target if inside and not written else "\N{NULL}")

    def _running(self) -> Iterator[Fault]:
        body = self.root.find("body")
        for element in body.iter() if body is not None else ():
            tag = str(element.tag)
            runs = [name for name in element.attrib if name.startswith("on")]
            runs += [name for name in _ADDRESSES if _SCRIPT_ADDRESS.match(element.get(name, ""))]
            if tag not in _RUNS and not runs:
                continue
            shown = f"<{tag}>" if tag in _RUNS else f"{runs[0]} of <{tag}>"
            hint = f"<{tag}" if tag in _RUNS else element.get(runs[0], "") or runs[0]
            yield Fault(
                self._where(hint, "javascript:", f"{runs[0]}=" if runs else ""),
                f"Raw HTML that could run or load something is not allowed: {shown}.",
                "Say it in Markdown; pages work without script and load nothing from outside.",
            )

    def _picture(self, element: Element) -> Iterator[Fault]:
        written = element.get("src") or element.get("srcset") or ""
        where = self._where(*_spelt(written))
        if ":" in written.split("/")[0] and not written.startswith("data:image/"):
            yield Fault(where, f"The picture {written} is on another site.", _NO_PICTURE)
        elif (target := _path(written)) and not self._is_there(target):
            there = [
                path.name
                for path in self.source.path.parent.iterdir()
                if path.suffix in (".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp")
            ]
            yield Fault(
                where, f"There is no picture '{target}'.{nearest(target, there)}", _NO_PICTURE
            )
        if element.tag == "img" and not (element.get("alt") or "").strip():
            yield Fault(
                where,
                f"The picture '{written}' has no words for those who cannot see it.",
                "Say what it shows between the brackets: ![What it shows](FILE).",
            )

    def _link(self, written: str) -> Iterator[Fault]:
        if _SCRIPT_ADDRESS.match(written):
            return
        where = self._where(*_spelt(written))
        address, _, fragment = unquote(written).partition("#")
        if written.startswith(("http:", "https:", "mailto:", "tel:")):
            if not re.match(r"(?:https?://[^/\s]+|mailto:[^@\s]+@|tel:\+?[\d ()-]{3})", written):
                yield Fault(where, f"The link '{written}' is not whole.", "Write all of it.")
        elif not address and fragment and trees.by_id(self.root, fragment) is None:
            names = [each.get("id", "") for each in self.root.iter() if each.get("id")]
            yield Fault(
                where,
                f"There is no place '{fragment}' on this page.{nearest(fragment, names)}",
                "Give the heading that it means that name: ## Heading {#NAME}.",
            )
        elif address.startswith("/") or ":" in address.split("/")[0]:
            yield Fault(
                where,
                f"The link '{written}' would not work where the page is published.",
                "Write it as seen from this page, ../OTHER-BRIEFING/index.html, or as https://….",
            )
        elif address and not self._leads_somewhere(address):
            yield Fault(
                where,
                f"The link '{written}' leads to nothing.{nearest(address, self._pages())}",
                "Link to a file in the briefing's folder, to ../OTHER-BRIEFING/index.html, or to https://….",
            )

    def _leads_somewhere(self, target: str) -> bool:
        if self._is_there(target):
            return True
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.address), target))
        if path in {posixpath.normpath(each) for each in self._site_pages()}:
            return True
        series = path.split("/")[0] in ("area-profiles", "newsletter")
        if series and (self.project / "briefings" / path.split("/")[0]).is_dir():
            return True
        return any((site / path).exists() for site in self.sites)

    def _is_there(self, target: str) -> bool:
        """Return whether a file is made with the page, or stands beside its words."""
        return posixpath.normpath(target) in self.known or self._beside(target).is_file()

    def _site_pages(self) -> list[str]:
        """Return the pages of the site that there are whatever was rendered before."""
        ends = ("html", "cy.html")
        around = [
            f"{name}.{end}"
            for name in ("index", "accessibility", "accessibility-checklist")
            for end in ends
        ]
        written = self.project.glob("briefings/*/index*.qmd")
        pages = [f"{path.parent.name}/{path.stem}.html" for path in written]
        return [*around, "feed.xml", *pages]

    def _pages(self) -> list[str]:
        here = posixpath.dirname(self.address)
        return [posixpath.relpath(each, here) for each in self._site_pages()]

    def _left_standing(self, main: Element) -> Iterator[Fault]:
        for text in _texts(main):
            for match in _LEFT.finditer(text):
                around = text[max(0, match.start() - _AROUND) : match.end()]
                what = f"This was not understood, and would be printed as it stands: '{match[0]}'."
                mend = (
                    "Check brackets, quotes and braces there; a footnote needs a line [^name]: …."
                )
                yield Fault(self._where(around, match[0]), what, mend)

    def _where(self, *hints: str) -> str:
        """Return file and line of the first of some texts that stands in the words, else the file."""
        body = self.source.body.lower()
        for hint in hints:
            for spelt in (hint, hint.replace(".html", ".qmd")):
                at = body.find(spelt.lower()) if spelt else -1
                if at >= 0:
                    return str(self.source.where(at))
        return str(self.source.path)


def _spelt(address: str) -> list[str]:
    """Return how an address may stand in the words, from the surest to the vaguest."""
    marks = ("](", "src=", 'src="', "href=", 'href="', ": ", "<", "")
    return [f"{mark}{each}" for mark in marks for each in (address, unquote(address))]


def _path(address: str) -> str:
    """Return the file that a relative address names, or nothing."""
    target = unquote(address).partition("#")[0].partition("?")[0]
    return "" if ":" in target.split("/")[0] or target.startswith("/") else target


def _texts(element: Element) -> Iterator[str]:
    """Yield the texts within an element that are prose."""
    if element.tag in _LITERAL or not isinstance(element.tag, str):
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""


def read_proof(proof: Proof, target: Path) -> None:
    """Check a page before it is published, and put the author's own files beside it.

    Parameters
    ----------
    target
        The page's folder.

    Raises
    ------
    RenderError
        A link or picture leads nowhere, raw HTML could run or load something, or markup was left
        standing; every such place is listed with file and line.
    """
    found = list(dict.fromkeys(proof.faults()))
    if len(found) == 1:
        raise RenderError(found[0].what, where=found[0].where, mend=found[0].mend)
    if found:
        listed = "".join(f"\n{each.where}: {each.what} {each.mend}" for each in found)
        raise RenderError(
            f"{len(found)} places of the page cannot be published.{listed}",
            mend="Mend the words at each of these places.",
        )
    for name, path in proof.own_files().items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / name)

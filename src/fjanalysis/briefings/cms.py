"""A briefing for a content-management system: its main content as a fragment, with styles of its own."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees

SCOPE = "fj-briefing"
# The earliest date that a zip can hold: archives carry no clock.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def fragment(root: Element) -> str:
    """Return the main content of a page as one `<div>` to paste, its marks first.

    Headings keep their levels, for a system that writes the title as the first; the address of every
    picture and file is relative to where the archive is unpacked.
    """
    block = trees.element("div", class_=SCOPE, lang=root.get("lang", "en-GB"))
    for mark in trees.with_class(root, "mark"):
        block.append(copy.deepcopy(mark))
    block.extend(copy.deepcopy(list(trees.main_of(root))))
    return trees.fragment(block) + "\n"


def shown(root: Element, folder: Path) -> set[str]:
    """Return the files of a briefing's folder that its main content shows or offers, but for other pages.

    The author's own pictures and files are among them, as are charts and data.
    """
    wanted = set()
    for element in trees.main_of(root).iter():
        for name in ("src", "srcset", "href"):
            target = unquote(element.get(name, "").split("#")[0])
            inside = target and ".." not in Path(target).parts and ":" not in target
            if inside and not target.endswith(".html") and (folder / target).is_file():
                wanted.add(target)
    return wanted


def scoped(css: str) -> str:
    """Return the pages' stylesheet so that it holds within the fragment alone, whatever the host's says.

    The host's rules for plain elements are taken back first; the pages' own are nested, with more weight.
    """
    inner = re.sub(r"(?<![\w.#-])(?::root|html|body)(?=\s*[{,])", "&", css)
    inner = inner.replace("body > header > *, ", "")
    own = f".{SCOPE}"
    return f"{own}, {own} * {{ all: revert; }}\n{own}{own} {{\n{inner}}}\n"


def archive(root: Element, folder: Path, *, stylesheet: str, suffix: str) -> bytes:
    """Return the archive: fragment, styles, charts and data; the same bytes every time.

    Parameters
    ----------
    folder
        The briefing's folder in the site.
    suffix
        What tells the files of this language: empty, or `.cy`.
    """
    files = {"briefing.css": scoped(stylesheet).encode()}
    files |= {name: (folder / name).read_bytes() for name in sorted(shown(root, folder))}
    files[f"fragment{suffix}.html"] = fragment(root).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            package.writestr(entry, data)
    return made.getvalue()

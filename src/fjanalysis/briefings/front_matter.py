"""Lua files that a document's own front matter names: `filters:` and `shortcodes:`.

Quarto runs them beside those of `_quarto.yml`, and so does the built-in renderer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from fjanalysis.errors import RenderError, nearest

NAMES = ("filters", "shortcodes")
# Quarto's own filters by name: where they stand among others. They are no files.
_OWN = ("quarto", "citeproc")


def lua_files(path: Path, meta: Mapping[str, Any], head: str, name: str) -> tuple[Path, ...]:
    """Return the Lua files that a front matter names, in order.

    Parameters
    ----------
    path
        The document; names are relative to its folder.
    meta, head
        Its front matter, read and as text; the text begins on line 2.
    name
        `filters` or `shortcodes`.

    Raises
    ------
    RenderError
        One is missing, or is no Lua file.
    """
    given = meta.get(name) or []
    found = []
    for at, each in enumerate(given if isinstance(given, list) else [given]):
        written = str(each.get("path", "") if isinstance(each, Mapping) else each)
        if written in _OWN:
            continue
        file = path.parent / written
        where = f"{path}:{_line(head, name, at)}"
        if not file.is_file():
            near = nearest(written, (other.name for other in path.parent.glob("*.lua")))
            raise RenderError(
                f"There is no file '{written}', which {name}: names.{near}",
                where=where,
                mend="Put the file beside the words, or correct its name.",
            )
        if file.suffix != ".lua":
            raise RenderError(
                f"'{written}', which {name}: names, is no Lua file.",
                where=where,
                mend="Write it in Lua: other programs are not run.",
            )
        found.append(file)
    return tuple(found)


def _line(head: str, name: str, at: int) -> int:
    """Return the line of the file on which the entry `at` of a name stands."""
    top = yaml.compose(head, Loader=yaml.SafeLoader)
    for key, value in top.value if isinstance(top, yaml.MappingNode) else ():
        if key.value == name:
            entries = list(_entries(value))
            return int(entries[at if at < len(entries) else 0].start_mark.line) + 2
    return 1


def _entries(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    else:
        yield node

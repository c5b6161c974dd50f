"""YAML read with the line of every entry, so that an error can name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fjanalysis.errors import RenderError

# In C where the library has it: some ten times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A YAML file: its data, and the line on which each entry stands, by path of keys."""

    path: Path
    data: Any
    lines: Mapping[tuple[str, ...], int]

    def where(self, *at: str | int) -> str:
        """Return `file:line` of an entry, or of the nearest one above it."""
        keys = tuple(str(part) for part in at)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return f"{self.path}:{self.lines.get(keys, 1)}"


def read_yaml(path: Path, filled: Mapping[str, str] | None = None) -> Document:
    """Read a YAML file whose top is a mapping.

    Parameters
    ----------
    filled
        What takes the place of `[[name]]` in the text, by name.

    Raises
    ------
    RenderError
        It cannot be read, names a key twice, or its top is no mapping.
    """
    try:
        text = fill(path.read_text(encoding="utf-8"), filled or {})
        node = yaml.compose(text, Loader=_LOADER)
        lines: dict[tuple[str, ...], int] = {}
        if node is not None:
            _walk(node, (), lines, path)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe one
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(
            f"The file cannot be read: {error}.", where=str(path), mend="Mend or restore the file."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error)
        raise RenderError(
            f"The file is not good YAML: {reason}.",
            where=f"{path}{line}",
            mend="Check indentation, colons and quotes on and above that line.",
        ) from error
    if not isinstance(data, dict):
        raise RenderError(
            "The file must hold names with values.", where=str(path), mend="Begin lines with name:."
        )
    return Document(path, data, lines)


def fill(text: str, filled: Mapping[str, str]) -> str:
    """Return a text with each `[[name]]` replaced; names that are not known stay."""
    for name, words in filled.items():
        text = text.replace(f"[[{name}]]", words)
    return text


def _walk(
    node: yaml.Node, at: tuple[str, ...], lines: dict[tuple[str, ...], int], path: Path
) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*at, str(key.value))
            if place in lines:
                raise RenderError(
                    f"'{key.value}' stands twice.",
                    where=f"{path}:{key.start_mark.line + 1}",
                    mend="Give one of them another name.",
                )
            lines[place] = key.start_mark.line + 1
            _walk(value, place, lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*at, str(index)), lines, path)

"""Where a measure is written: the notebook's cell and the function that it calls, read and never run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MODELS = "models"
# Constants that name every measure: whoever uses them makes none of them in particular.
_DECLARED = ("MEASURES", "NOTES", "RELATIONS")
# A life table is written by whoever writes the curve that is read from it.
_LIFE_TABLE = re.compile(r"_(?:at_risk|events|censored)$")
_STEP = re.compile(r"^(?:WITH\s+)?([a-z_]+)\s+AS\s*(?:MATERIALIZED\s*)?\(", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A notebook's cell that writes a measure.

    Parameters
    ----------
    notebook
        The notebook, from the checkout's root.
    id
        The cell's own name.
    heading
        The heading that it stands under.
    function
        The function that makes the rows.
    module
        The module of the stream that it stands in.
    """

    notebook: str
    id: str
    heading: str
    function: str
    module: str


def find_cells(
    root: Path, notebook: str, stream: str, measure: str, *, fitted: bool = True
) -> list[Cell]:
    """Return the cells of a notebook that call a function in which a measure is named.

    Parameters
    ----------
    root
        The checkout.
    notebook
        The notebook's path from there.
    stream
        The stream's name.
    fitted
        Whether the number may come from a fitted model; else models are left out where others remain.
    """
    functions = _functions(stream_folder(root, stream))
    measure = _LIFE_TABLE.sub("", measure)
    found = [
        Cell(notebook, name_of_cell, heading, name, functions[name].module)
        for name_of_cell, heading, code in _code_cells(root / notebook)
        for name in _called(code)
        if name in functions and measure in _named(functions, name, set())
    ]
    plain = [cell for cell in found if cell.module != MODELS]
    return found if fitted or not plain else plain


def find_cell_of(root: Path, notebook: str, table: str) -> Cell | None:
    """Return the cell of a notebook that makes a table, or None; for a table without a name, the one that writes.

    Parameters
    ----------
    table
        A variable of the notebook, an attribute of one, or nothing.
    """
    name = table.split(".", maxsplit=1)[0]
    for name_of_cell, heading, code in _code_cells(root / notebook):
        called = made_by(code, name) if name else writer(code)
        if called is not None:
            return Cell(notebook, name_of_cell, heading, called, "")
    return None


def _code_cells(path: Path) -> Iterator[tuple[str, str, ast.Module]]:
    """Yield each code cell of a notebook: its id, the heading that it stands under, and its code."""
    heading = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
            heading = next(iter(headings), heading)
        else:
            yield str(cell.get("id", "")), heading, ast.parse(text)


def made_by(tree: ast.Module, name: str) -> str | None:
    """Return the function whose result a cell gives a name, or None."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(each, ast.Name) and each.id == name for each in targets):
            value = node.value  # type: ignore[attr-defined]
            return ast.unparse(value.func) if isinstance(value, ast.Call) else ast.unparse(value)
    return None


def writer(tree: ast.Module) -> str | None:
    """Return the call by which a cell writes the results, or None."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "write":
            return ast.unparse(called)
    return None


def stream_folder(root: Path, stream: str) -> Path:
    """Return the folder of a stream's code."""
    return root / "src" / "fjanalysis" / "streams" / stream.replace("-", "_")


def sql_steps(root: Path, stream: str) -> list[tuple[str, list[str]]]:
    """Return each cohort statement of a stream with the names of its steps, in order."""
    folder = stream_folder(root, stream)
    return [
        (path.relative_to(root).as_posix(), _STEP.findall(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.sql"))
    ]


@dataclass(frozen=True)
class _Function:
    module: str
    texts: frozenset[str]
    calls: frozenset[str]


def _functions(folder: Path) -> dict[str, _Function]:
    """Return each function of a folder's modules with the texts and names in it.

    A constant of one module counts for all, since they import it from each other.
    """
    modules = {
        path.stem: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py"))
    }
    constants = {
        target.id: _texts(node.value)
        for module in modules.values()
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id not in _DECLARED
    }
    found: dict[str, _Function] = {}
    for stem, module in modules.items():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                own = _texts(node).union(*(constants.get(name, frozenset()) for name in names))
                found[node.name] = _Function(stem, own, frozenset(names) | frozenset(_called(node)))
    return found


def _texts(node: ast.AST) -> frozenset[str]:
    return frozenset(
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _called(node: ast.AST) -> list[str]:
    names = []
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            called = each.func
            names.append(
                called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            )
    return names


def _named(functions: dict[str, _Function], name: str, seen: set[str]) -> set[str]:
    """Return the texts in a function and in those that it calls."""
    if name in seen or name not in functions:
        return set()
    seen.add(name)
    own = set(functions[name].texts)
    for called in sorted(functions[name].calls):
        own |= _named(functions, called, seen)
    return own

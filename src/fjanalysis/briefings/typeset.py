"""The two renderers behind one face: a document and its content in, its HTML out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from fjanalysis.briefings.pandoc import render_pandoc
from fjanalysis.briefings.quarto_project import FILE, QuartoProject
from fjanalysis.briefings.source import Source
from fjanalysis.errors import MachineError, RenderError
from fjanalysis.folders import write_text

CONTENT = ".fjanalysis/content"


class Typesetter(Protocol):
    """Makes HTML of a document."""

    def html(self, source: Source, content: Mapping[str, Any]) -> str:
        """Return the page of a document whose shortcodes print `content`."""


@dataclass(frozen=True)
class Pandoc:
    """The built-in renderer."""

    project: QuartoProject

    def html(self, source: Source, content: Mapping[str, Any]) -> str:
        """Return the page that pandoc makes, in Quarto's markup."""
        with tempfile.TemporaryDirectory(prefix="fjanalysis-") as folder:
            path = Path(folder) / "content.json"
            write_text(path, json.dumps(content, sort_keys=True))
            return render_pandoc(source, self.project, {}, content=path)


@dataclass(frozen=True)
class Quarto:
    """Quarto, run on a copy of the words and templates in a folder of its own for each document."""

    project: QuartoProject

    def html(self, source: Source, content: Mapping[str, Any]) -> str:
        """Return the page that Quarto makes.

        Raises
        ------
        MachineError
            Quarto is not installed.
        RenderError
            Quarto fails, or leaves a shortcode standing.
        """
        program = shutil.which("quarto")
        if program is None:
            raise MachineError(
                "Quarto is not installed.",
                mend="Install it, or use the built-in renderer: --renderer pandoc.",
            )
        name = source.path.relative_to(self.project.root)
        with tempfile.TemporaryDirectory(prefix="fjanalysis-") as folder:
            copy = Path(folder).resolve()
            self._copy(copy)
            write_text(content_path(copy, name), json.dumps(content, sort_keys=True))
            done = subprocess.run(  # noqa: S603
                [program, "render", name.as_posix()],
                cwd=copy,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
            )
            made = copy / self._output(copy) / name.with_suffix(".html")
            if done.returncode or not made.is_file():
                raise RenderError(
                    f"Quarto cannot render the document: {_reason(done.stderr)}",
                    where=str(source.path),
                    mend="Mend the words at that place, or use --renderer pandoc.",
                )
            return checked(made.read_text(encoding="utf-8"), source)

    def _copy(self, target: Path) -> None:
        root = self.project.root
        for name in ("briefings", "templates"):
            if (root / name).is_dir():
                shutil.copytree(root / name, target / name)
        for name in ("_brand.yml", "_variables.yml"):
            if (root / name).is_file():
                shutil.copyfile(root / name, target / name)
        settings = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        for hook in ("pre-render", "post-render"):
            settings["project"].pop(hook, None)
        write_text(target / FILE, yaml.safe_dump(settings, sort_keys=False))

    def _output(self, root: Path) -> str:
        settings = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        return str(settings["project"].get("output-dir", "."))


@dataclass(frozen=True)
class Built:
    """Pages that a `quarto render` of the whole project has already made.

    Parameters
    ----------
    project
        The project.
    output
        Its output folder.
    """

    project: QuartoProject
    output: Path

    def html(self, source: Source, content: Mapping[str, Any]) -> str:  # noqa: ARG002 - read before
        """Return the page that Quarto has made."""
        name = source.path.relative_to(self.project.root).with_suffix(".html")
        made = self.output / name
        if not made.is_file():
            raise RenderError(
                "Quarto has made no page of this document.",
                where=str(source.path),
                mend="Render the whole project: quarto render, without a file.",
            )
        return checked(made.read_text(encoding="utf-8"), source)


def content_path(root: Path, name: Path) -> Path:
    """Return where `templates/shortcodes.lua` looks for a document's content under Quarto."""
    return root / CONTENT / f"{name.as_posix()}.json"


def checked(html: str, source: Source) -> str:
    """Return Quarto's page when no shortcode or reference was left standing in it.

    Raises
    ------
    RenderError
        One was: Quarto only warns of what it does not know, and ends well.
    """
    left = re.search(
        r"\?(?:var|meta|invalid)[:\w.-]*|\{\{(?:&lt;|<)\s*[\w-]+|\?@(?:fig|tbl|sec)-[\w-]+", html
    )
    if left:
        raise RenderError(
            f"Quarto left '{left[0]}' unresolved.",
            where=str(source.path),
            mend="Correct its name, or use --renderer pandoc to see its line.",
        )
    return html


def typesetter(engine: str, project: QuartoProject) -> Typesetter:
    """Return a renderer by name: `quarto` or `pandoc`."""
    return Quarto(project) if engine == "quarto" else Pandoc(project)


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "rror" in line]
    return re.sub(r"\x1b\[[0-9;]*m", "", (telling or lines or ["it gave no reason."])[0])

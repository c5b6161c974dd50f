"""What `quarto render` calls by itself before and after it, so that it alone gives the finished site.

`_quarto.yml` names both: `scripts/quarto.py before` and `… after`. The workspace and the refresh come from
`FJANALYSIS_WORKSPACE` and `FJANALYSIS_REFRESH`, else they are the project's own. What is rendered comes from
Quarto: all briefings, or those of the files that it was called for.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fjanalysis.briefings.briefing import Edition, edition_files, stale_editions
from fjanalysis.briefings.quarto_project import read_quarto_project
from fjanalysis.briefings.render import FOLDER, chosen, publish
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.typeset import Built, content_path
from fjanalysis.errors import FjanalysisError, RenderError, UsageError
from fjanalysis.folders import write_text
from fjanalysis.packs import find_pack, read_pack
from fjanalysis.project import Project, open_project


def before(project: Project, refresh: str, inputs: Sequence[str] = ()) -> None:
    """Check briefings and write what their shortcodes print.

    Parameters
    ----------
    inputs
        The files that Quarto is about to render; none means all.

    Raises
    ------
    RenderError
        A briefing is wrong; Quarto then does not start.
    """
    pack = read_pack(find_pack(project.outputs, refresh))
    rendering = Rendering.prepare(project, pack, "quarto")
    with tempfile.TemporaryDirectory(prefix="fjanalysis-") as folder:
        for name in meant(project, inputs):
            files = edition_files(project.root / FOLDER / name)
            editions = {
                language: Edition.compose(rendering, name, language, path, Path(folder))
                for language, path in files.items()
            }
            stale_editions(editions)
            for language, edition in editions.items():
                others = [each for each in editions if each != language]
                relative = files[language].relative_to(project.root)
                content = json.dumps(edition.prepared(others), sort_keys=True)
                write_text(content_path(project.root, relative), content)


def after(project: Project, refresh: str, output: Path, outputs: Sequence[str] = ()) -> None:
    """Finish the pages that Quarto has made and publish them into the site.

    Parameters
    ----------
    output
        Quarto's output folder.
    outputs
        The files that it has made; none means all.

    Raises
    ------
    RenderError
        A page is wrong, or only some languages of a briefing were made.
    """
    names = meant(project, outputs)
    made = {(path.parent.name, path.stem) for path in map(Path, outputs)}
    for name in names if outputs else ():
        for path in edition_files(project.root / FOLDER / name).values():
            if (name, path.stem) not in made:
                raise RenderError(
                    f"Quarto has made some languages of '{name}', but not this one.",
                    where=str(path),
                    mend=f"Render the whole briefing: quarto render {FOLDER}/{name}.",
                )
    pack = read_pack(find_pack(project.outputs, refresh))
    built = Built(read_quarto_project(project.root), output)
    rendering = Rendering.prepare(project, pack, "quarto", built)
    publish(rendering, names)


def meant(project: Project, files: Sequence[str]) -> list[str]:
    """Return the briefings that some files of Quarto's belong to; all of them when there are none."""
    folders = {Path(file).parent.name for file in files}
    return [name for name in chosen(project.root, ()) if not files or name in folders]


def listed(variable: str) -> list[str]:
    """Return the files that Quarto names in a variable, one a line, or in a file that it names."""
    file = os.environ.get(variable.replace("QUARTO_", "QUARTO_USE_FILE_FOR_"))
    text = Path(file).read_text("utf-8") if file else os.environ.get(variable, "")
    return [line.strip() for line in text.splitlines() if line.strip()]


def main(step: str) -> int:
    """Run one of the two steps; return the exit code, which Quarto passes on as failure."""
    try:
        workspace = os.environ.get("FJANALYSIS_WORKSPACE")
        project = open_project(Path(workspace) if workspace else None)
        refresh = os.environ.get("FJANALYSIS_REFRESH") or project.settings.refresh.date
        refresh = refresh or project.newest(project.outputs) or ""
        if step == "before":
            before(project, refresh, listed("QUARTO_PROJECT_INPUT_FILES"))
        elif step == "after":
            folder = os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_build")
            after(project, refresh, project.root / folder, listed("QUARTO_PROJECT_OUTPUT_FILES"))
        else:
            raise UsageError(f"There is no step '{step}'.", mend="It is before or after.")
    except FjanalysisError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - Quarto shows what a step prints
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))

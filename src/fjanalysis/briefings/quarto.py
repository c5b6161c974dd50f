"""What `quarto render` calls by itself before and after it, so that it alone gives the finished site.

`_quarto.yml` names both: `python -m fjanalysis.briefings.quarto before` and `… after`. The workspace and
the refresh come from `FJANALYSIS_WORKSPACE` and `FJANALYSIS_REFRESH`, else they are the project's own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from fjanalysis.briefings.briefing import Edition, Rendering, edition_files, stale_editions
from fjanalysis.briefings.quarto_project import read_quarto_project
from fjanalysis.briefings.render import FOLDER, chosen, publish
from fjanalysis.briefings.typeset import Built, content_path
from fjanalysis.errors import FjanalysisError, UsageError
from fjanalysis.folders import write_text
from fjanalysis.packs import find_pack, read_pack
from fjanalysis.project import Project, open_project


def before(project: Project, refresh: str) -> None:
    """Check every briefing and write what its shortcodes print.

    Raises
    ------
    RenderError
        A briefing is wrong; Quarto then does not start.
    """
    pack = read_pack(find_pack(project.outputs, refresh))
    rendering = Rendering.prepare(project, pack, "quarto")
    with tempfile.TemporaryDirectory(prefix="fjanalysis-") as folder:
        for name in chosen(project.root, ()):
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


def after(project: Project, refresh: str, output: Path) -> None:
    """Finish the pages that Quarto has made and publish them into the site."""
    pack = read_pack(find_pack(project.outputs, refresh))
    built = Built(read_quarto_project(project.root), output)
    rendering = Rendering.prepare(project, pack, "quarto", built)
    publish(rendering, chosen(project.root, ()))


def main(step: str) -> int:
    """Run one of the two steps; return the exit code, which Quarto passes on as failure."""
    try:
        workspace = os.environ.get("FJANALYSIS_WORKSPACE")
        project = open_project(Path(workspace) if workspace else None)
        refresh = os.environ.get("FJANALYSIS_REFRESH") or project.settings.refresh.date
        refresh = refresh or project.newest(project.outputs) or ""
        if step == "before":
            before(project, refresh)
        elif step == "after":
            folder = os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_build")
            after(project, refresh, project.root / folder)
        else:
            raise UsageError(f"There is no step '{step}'.", mend="It is before or after.")
    except FjanalysisError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - Quarto shows what a step prints
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))

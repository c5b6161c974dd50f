"""The documents keep up with the code: links lead somewhere, and every dependency says why it is there."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_local_link_leads_to_a_file(path):
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)|<img[^>]* src=\"([^\"]+)\"", text)
    targets = [link for pair in links for link in pair if link and ":" not in link]
    assert [link for link in targets if not (path.parent / link).exists()] == []


def _declared():
    project = SETTINGS["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lists += SETTINGS["dependency-groups"].values()
    lines = [line for each in lists for line in each if isinstance(line, str)]
    return sorted({re.match(r"[A-Za-z0-9-]+", line)[0] for line in lines})


@pytest.mark.parametrize("name", _declared())
def test_every_dependency_says_why_it_is_there(name):
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert re.search(rf"\b{re.escape(name)}\b", text)


def test_the_command_table_of_the_readme_names_every_command():
    from fjanalysis.cli import cli

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in cli.commands if f"`fjanalysis {name}" not in text]
    assert missing == []

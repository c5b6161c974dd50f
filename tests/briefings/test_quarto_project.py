"""`quarto render` alone gives the finished site: what it calls before and after, with its pages standing in.

Quarto's own pages are stood in for by the built-in renderer's, which `test_quarto_parity` holds to them.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fjanalysis.briefings.pandoc import render_pandoc
from fjanalysis.briefings.quarto import main
from fjanalysis.briefings.quarto_project import read_quarto_project
from fjanalysis.briefings.render import render
from fjanalysis.briefings.source import read_source
from fjanalysis.briefings.typeset import content_path
from tests.briefings.conftest import WORDS

ROOT = Path(__file__).parents[2]
DATE = "2026-02-01"


@pytest.fixture
def project(make_checkout, monkeypatch):
    project = make_checkout()
    welsh = WORDS.replace("title: A small briefing", "title: Papur bach")
    (project.root / "briefings" / "small" / "index.cy.qmd").write_text(welsh, "utf-8")
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("FJANALYSIS_REFRESH", DATE)
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_DIR", str(project.root / "_build"))
    return project


FILES = ("briefings/small/index.qmd", "briefings/small/index.cy.qmd")


def quarto_makes(project, monkeypatch, files=FILES):
    """Write to `_build/` what Quarto would make of some files, and say so as Quarto does."""
    quarto = read_quarto_project(project.root)
    made = []
    for name in map(Path, files):
        content = content_path(project.root, name)
        page = render_pandoc(read_source(project.root / name), quarto, {}, content=content)
        target = project.root / "_build" / name.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, "utf-8")
        made.append(target.relative_to(project.root).as_posix())
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_FILES", "\n".join(made))


def files_of(site):
    found = (path for path in sorted(site.rglob("*")) if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in found}


def test_the_site_is_that_of_the_built_in_renderer(project, monkeypatch):
    monkeypatch.setenv("QUARTO_PROJECT_INPUT_FILES", "\n".join(FILES))
    assert main("before") == 0
    quarto_makes(project, monkeypatch)
    assert main("after") == 0
    quarto = files_of(project.site)
    assert "small/small.cy.pdf" in quarto
    render(project, (), DATE, renderer="pandoc")
    assert quarto == files_of(project.site)


def test_only_what_quarto_was_called_for_is_made(project, monkeypatch):
    other = project.root / "briefings" / "other"
    other.mkdir()
    (other / "index.qmd").write_text(WORDS.replace("{{< value", "{{< vlaue"), "utf-8")
    (other / "figures.yml").write_text((other.parent / "small" / "figures.yml").read_text("utf-8"))
    monkeypatch.setenv("QUARTO_PROJECT_INPUT_FILES", "\n".join(FILES))
    assert main("before") == 0
    quarto_makes(project, monkeypatch)
    assert main("after") == 0
    assert (project.site / "small" / "index.html").is_file()
    assert not (project.site / "other").exists()
    monkeypatch.delenv("QUARTO_PROJECT_INPUT_FILES")
    assert main("before") == 13


def test_one_language_alone_is_not_published(project, monkeypatch, capsys):
    assert main("before") == 0
    quarto_makes(project, monkeypatch, FILES[:1])
    assert main("after") == 13
    assert "index.cy.qmd" in capsys.readouterr().err
    assert not project.site.exists()


def test_files_that_quarto_lists_in_a_file_are_read_from_it(project, monkeypatch):
    listing = project.root / "inputs.txt"
    listing.write_text("briefings/none/index.qmd\n", "utf-8")
    monkeypatch.setenv("QUARTO_USE_FILE_FOR_PROJECT_INPUT_FILES", str(listing))
    assert main("before") == 0
    assert not content_path(project.root, Path(FILES[0])).exists()


def test_wrong_words_stop_quarto_before_it_starts_with_file_and_line(project, monkeypatch, capsys):
    path = project.root / FILES[0]
    path.write_text(path.read_text("utf-8").replace("{{< value", "{{< vlaue", 1), "utf-8")
    assert main("before") == 13
    assert re.search(r"index\.qmd:\d+", capsys.readouterr().err)


@pytest.mark.parametrize(
    "left", ["{{&lt; vlaue x &gt;}}", "{{< value", "?meta:none", "?@fig-none", "?var:none"]
)
def test_what_quarto_left_unresolved_is_refused_and_the_published_page_stays(
    project, monkeypatch, capsys, left
):
    assert main("before") == 0
    quarto_makes(project, monkeypatch)
    assert main("after") == 0
    before = files_of(project.site)
    page = project.root / "_build" / "briefings" / "small" / "index.html"
    page.write_text(page.read_text("utf-8").replace("Words and a link", left), "utf-8")
    assert main("after") == 13
    assert "unresolved" in capsys.readouterr().err
    assert files_of(project.site) == before


def test_a_page_that_quarto_did_not_make_is_said(project, monkeypatch, capsys):
    assert main("before") == 0
    monkeypatch.delenv("QUARTO_PROJECT_OUTPUT_FILES", raising=False)
    assert main("after") == 13
    assert "made no page" in capsys.readouterr().err


def test_the_projects_file_names_both_steps_as_quarto_runs_them():
    settings = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))
    project, html = settings["project"], settings["format"]["html"]
    assert project["type"] == "default"
    assert project["output-dir"] == "_build"
    assert project["pre-render"] == "scripts/quarto.py before"
    assert project["post-render"] == "scripts/quarto.py after"
    assert {name: html[name] for name in ("minimal", "theme", "section-divs", "toc")} == {
        "minimal": True,
        "theme": "none",
        "section-divs": True,
        "toc": True,
    }
    for name in (*settings["shortcodes"], *settings["filters"], html["template"], *html["css"]):
        assert (ROOT / name).is_file()


def test_the_script_hands_over_to_the_projects_python_and_passes_its_answer_on(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "quarto.py"), "sideways"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "There is no step 'sideways'" in done.stderr


def test_the_script_says_what_is_missing_where_nothing_is_set_up(tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "quarto.py").write_text((ROOT / "scripts" / "quarto.py").read_text("utf-8"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-S", "-I", str(scripts / "quarto.py"), "before"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 15
    assert "make set-up" in done.stderr


def test_content_is_found_under_quarto_by_the_last_folders_of_its_file(project, tmp_path):
    from fjanalysis.briefings.pandoc import pandoc_program

    assert main("before") == 0
    content = content_path(project.root, Path(FILES[0]))
    title = json.loads(content.read_text("utf-8"))["page"]["site-title"]
    for written in ("/elsewhere/briefings/small/index.qmd", "C:\\a\\briefings\\small\\index.qmd"):
        stand_in = tmp_path / "quarto.lua"
        stand_in.write_text(
            f"quarto = {{ project = {{ directory = {json.dumps(project.root.as_posix())} }}, doc = {{ input_file = {json.dumps(written)} }} }}\n"
            + (ROOT / "templates" / "page.lua").read_text("utf-8"),
            "utf-8",
        )
        done = subprocess.run(
            [pandoc_program(), "-t", "json", f"--lua-filter={stand_in}"],
            input="Words.",
            capture_output=True,
            text=True,
            check=True,
        )
        assert title in done.stdout

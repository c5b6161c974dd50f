"""A stranger verifies a release on another path; each alteration is caught, and its step is named."""

from __future__ import annotations

import importlib.metadata
import json
import re

import pytest

from fjanalysis.errors import SourceError, VerificationError
from fjanalysis.folders import sha256, write_text
from fjanalysis.project import open_project
from fjanalysis.releases import rebuilt, replay
from fjanalysis.releases.release import ABOUT
from fjanalysis.releases.verify import Options, verify
from fjanalysis.results import read_csv
from tests.releases.conftest import (
    REFRESH,
    TAG,
    edit_json,
    git,
    origins,
    raise_a_number,
    replace_once,
    reseal,
    reseal_pack,
    verdicts,
)

pytestmark = pytest.mark.xdist_group("release")
KEY = 'urgent-hearings/newborn_cases.count area="E92000001" period="2019-20"'


def differences(report):
    """Return what was found, the audit aside: the pack of the tests is made by formula, and fails it."""
    return [each for step in report.steps[:3] for each in step.differences]


def test_a_fresh_clone_verifies_the_archive_which_is_only_read(made, reviewer, tmp_path):
    before = sha256(made.archive)
    page = tmp_path / "verify.html"
    report = verify(reviewer, made.archive, Options(page=page))
    found = verdicts(report)
    assert (found["Integrity"], found["Rendering"]) == ("passed", "passed"), report.text
    assert found["Numbers"] == "not done"
    assert f"the code is that of the tag {TAG} at hand" in report.text
    assert report.paragraph in page.read_text(encoding="utf-8").replace("&#x27;", "'")
    assert sha256(made.archive) == before


def test_an_altered_number_is_named_with_both_values_though_every_checksum_was_written_anew(
    copy, reviewer
):
    raise_a_number(copy)
    reseal_pack(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Integrity"] == "passed"
    assert verdicts(report)["Rendering"] == "failed"
    found = next(each for each in differences(report) if each.what.startswith(KEY))
    was, now = (
        int(re.sub(r"\D", "", text.split("|")[0])) for text in (found.recorded, found.found)
    )
    assert now == was + 50
    assert found.relative == pytest.approx(50 / now)
    assert found.step == "pack or render"


def test_an_altered_number_whose_pack_was_not_sealed_anew_is_the_pack_s(copy, reviewer):
    raise_a_number(copy)
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Disclosure"] == "failed"
    assert {each.step for each in report.steps[-1].differences} == {"pack"}


def test_an_altered_picture_is_the_rendering_s(copy, reviewer):
    picture = next(path for path in sorted((copy / "site").rglob("*.svg")))
    replace_once(picture, "</svg>", "<g/></svg>")
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Integrity"] == "passed"
    assert [(each.step, each.what) for each in differences(report)] == [
        ("render", picture.relative_to(copy).as_posix())
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "step"),
    [
        ("code/analyses/recurrence.ipynb", "Parents", "Persons", "notebook"),
        ("code/uv.lock", 'version = "', 'version = "9', "environment"),
        ("code/templates/briefing.css", "margin: 0", "margin: 1px", "code"),
    ],
)
def test_altered_code_is_caught_by_the_commit_at_hand(copy, reviewer, name, old, new, step):
    replace_once(copy / name, old, new)
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Integrity"] == "failed"
    assert (step, name) in [(each.step, each.what) for each in differences(report)]


def test_an_altered_page_of_a_notebook_is_caught_by_making_it_again(copy, reviewer):
    replace_once(copy / "notebooks" / "urgent-hearings.parameters.json", ": ", ": 9")
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert [(each.step, each.what) for each in differences(report)] == [
        ("notebook", "notebooks/urgent-hearings.parameters.json")
    ]


def test_an_environment_that_the_lock_file_does_not_name_is_caught(copy, reviewer):
    path = copy / "environment.json"
    recorded = json.loads(path.read_text(encoding="utf-8"))
    recorded["packages"]["pandas"] = "0.1"
    write_text(path, json.dumps(recorded))
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert ("environment", "version of pandas", "0.1") in [
        (each.step, each.what, each.recorded) for each in differences(report)
    ]


def test_a_file_without_its_checksum_is_named(copy, reviewer):
    (copy / "environment.json").write_text("{}")
    report = verify(reviewer, copy, Options())
    assert not report.passed
    assert "environment" in origins(report)


def test_a_tag_that_was_moved_is_caught(copy, checkout, tmp_path):
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "moved"))
    git(tmp_path / "moved", "commit", "-q", "--allow-empty", "-m", "Another")
    git(tmp_path / "moved", "tag", "-f", TAG)
    edit_json(copy / ABOUT, draft=False)
    report = verify(open_project(tmp_path, start=tmp_path / "moved"), copy, Options())
    assert f"commit of the tag {TAG}" in [each.what for each in report.steps[0].differences]


@pytest.fixture
def other_library(monkeypatch):
    """A machine on which one library has another version."""
    version = importlib.metadata.version
    monkeypatch.setattr(
        rebuilt.importlib.metadata,
        "version",
        lambda name: "0.1" if name == "weasyprint" else version(name),
    )


@pytest.mark.usefixtures("other_library")
def test_where_a_library_differs_the_same_content_passes_and_is_named(copy, reviewer):
    page = copy / "site" / "urgent-hearings" / "index.html"
    replace_once(page, "<main id=", '<main class="x" id=')
    reseal(copy)
    step = verify(reviewer, copy, Options()).steps[1]
    assert step.verdict == "passed"
    assert "the same content (such as site/urgent-hearings/index.html)" in step.sentence
    assert "→ 0.1" in step.sentence


@pytest.mark.usefixtures("other_library")
def test_where_a_library_differs_another_word_fails_all_the_same(copy, reviewer):
    page = copy / "site" / "urgent-hearings" / "index.html"
    replace_once(page, "newborn babies", "newborn infants")
    reseal(copy)
    assert verify(reviewer, copy, Options()).steps[1].verdict == "failed"


def test_no_code_is_run_until_the_reviewer_says_so(made, reviewer, monkeypatch):
    monkeypatch.setattr(replay, "replay_synthetic", lambda *_, **__: pytest.fail("it was run"))
    assert verdicts(verify(reviewer, made.folder, Options()))["Numbers"] == "not done"


@pytest.fixture
def same_code(monkeypatch):
    """Take the small checkout of the tests, which has no package, for the code at hand."""
    monkeypatch.setattr("fjanalysis.releases.verify.unlike_files", lambda *_: [])


@pytest.mark.usefixtures("same_code")
@pytest.mark.parametrize("tolerance", [1e-9, 1.0])
def test_a_number_that_is_computed_otherwise_fails_whatever_tolerance_the_release_names(
    copy, reviewer, monkeypatch, tolerance
):
    recorded = read_csv(copy / "synthetic" / "results.csv")
    at = recorded.index[recorded["value"].gt(0)][0]
    again = recorded.copy()
    again.loc[at, "value"] *= 1 + 1e-6
    monkeypatch.setattr(replay, "replay_synthetic", lambda *_, **__: again)
    edit_json(copy / ABOUT, tolerance={"relative": tolerance, "absolute": 1e-12})
    step = verify(reviewer, copy, Options(run=True)).steps[2]
    assert step.verdict == "failed"
    (found,) = step.differences
    assert found.relative == pytest.approx(1e-6, rel=1e-3)
    assert found.step == "run"


@pytest.mark.usefixtures("same_code")
def test_another_refresh_is_told_by_the_tables_that_differ(made, reviewer):
    folder = reviewer.refreshes / REFRESH
    tables = {"cases": {"rows": 1, "sha256": "0" * 64}}
    write_text(folder / "refresh.json", json.dumps({"fingerprint": "0" * 64, "tables": tables}))
    step = verify(reviewer, made.folder, Options(run=True, refresh=REFRESH)).steps[2]
    assert step.verdict == "failed"
    assert [(each.step, each.what) for each in step.differences] == [
        ("ingest", "fingerprint of the refresh"),
        ("ingest", "table cases"),
    ]


def test_a_refresh_that_is_not_at_hand_is_an_error_of_the_source(made, reviewer):
    with pytest.raises(SourceError, match="not at hand") as caught:
        verify(reviewer, made.folder, Options(run=True, refresh="2020-01-01"))
    assert caught.value.exit_code == 10


def test_a_release_by_a_newer_version_and_a_folder_that_is_none_are_refused(
    copy, reviewer, tmp_path
):
    edit_json(copy / ABOUT, schema=2)
    with pytest.raises(VerificationError, match="newer version") as caught:
        verify(reviewer, copy, Options())
    assert caught.value.exit_code == 14
    with pytest.raises(VerificationError, match="no release here"):
        verify(reviewer, tmp_path, Options())


@pytest.mark.parametrize(
    "wrong",
    [
        {"pack": "../../elsewhere"},
        {"pack": "2026-02-01/.."},
        {"commit": "--output=x"},
        {"tag": "../../v1"},
        {"tag": None},
    ],
)
def test_a_name_that_is_a_path_or_an_option_is_refused(copy, reviewer, wrong):
    edit_json(copy / ABOUT, **wrong)
    with pytest.raises(VerificationError, match="not whole"):
        verify(reviewer, copy, Options())


def test_a_pack_with_another_schema_fails_its_step_with_a_sentence(copy, reviewer):
    edit_json(copy / "outputs" / REFRESH / "pack.json", schema=7)
    reseal_pack(copy)
    step = verify(reviewer, copy, Options()).steps[3]
    assert step.verdict == "failed"
    assert "schema 7" in step.sentence


def test_a_link_in_a_release_is_refused_before_anything_is_read(copy, reviewer, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (copy / "site" / "more.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(VerificationError, match="holds a link"):
        verify(reviewer, copy, Options())

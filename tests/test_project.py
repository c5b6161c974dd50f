"""The settings are checked word by word, and the project is found from anywhere inside it."""

from pathlib import Path

import pytest

from fjanalysis.errors import UsageError
from fjanalysis.project import find_root, open_project, read_settings, refresh_date

LEAST = """
[project]
title = "Briefings"
publisher = "Somebody"

[streams.recurrence]
notebook = "analyses/recurrence.ipynb"
"""


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "fjanalysis.toml").write_text(LEAST)
    return tmp_path


def test_the_project_is_found_upward_from_the_working_folder(checkout):
    deep = checkout / "briefings" / "recurrence"
    deep.mkdir(parents=True)
    project = open_project(start=deep)
    assert project.root == checkout
    assert project.workspace == checkout
    assert project.outputs == checkout / "outputs"


def test_data_can_stand_elsewhere(checkout, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("disk")
    project = open_project(elsewhere, start=checkout)
    assert project.root == checkout
    assert {project.refreshes.parent, project.results.parent, project.site.parent} == {elsewhere}


def test_outside_a_checkout_the_error_says_where_it_looked(tmp_path):
    with pytest.raises(UsageError) as caught:
        find_root(tmp_path)
    assert str(tmp_path) in caught.value.sentence


def test_defaults_hold_where_settings_are_silent(checkout):
    project = open_project(start=checkout)
    assert project.profile.threshold == 10
    assert project.profile.rounding_base == 5
    assert project.settings.source.mappings == ("ecms",)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("[disclosure]\nprofil = 'strict'", "disclosure.profil"),
        ("[disclosure.profiles.own]\nthreshold = 0", "disclosure.profiles.own.threshold"),
        ("[disclosure.profiles.own]\nsignificant-digits = 9", "significant-digits"),
        ("[refresh]\ndate = 5", "refresh.date"),
        ("[nonsense]", "nonsense"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(checkout, more, named):
    path = checkout / "fjanalysis.toml"
    path.write_text(LEAST + more)
    with pytest.raises(UsageError) as caught:
        read_settings(path)
    assert named in caught.value.what
    assert str(path) in caught.value.sentence


def test_settings_that_are_no_toml_are_an_error_not_a_traceback(checkout):
    path = checkout / "fjanalysis.toml"
    path.write_text("[project\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(checkout / "absent.toml")


def test_an_unknown_stream_is_answered_with_the_nearest(checkout):
    project = open_project(start=checkout)
    with pytest.raises(UsageError) as caught:
        project.stream("recurence")
    assert "Did you mean 'recurrence'?" in caught.value.sentence


def test_an_unknown_profile_is_named(checkout):
    (checkout / "fjanalysis.toml").write_text(LEAST + "[disclosure]\nprofile = 'strict'\n")
    with pytest.raises(UsageError, match="no disclosure profile 'strict'"):
        _ = open_project(start=checkout).profile


def test_the_newest_date_counts_revisions_and_ignores_other_folders(checkout):
    project = open_project(start=checkout)
    assert project.newest(project.outputs) is None
    for name in ("2025-08-01", "2026-02-01.2", ".2027-01-01.partial", "notes"):
        (project.outputs / name).mkdir(parents=True)
    assert project.newest(project.outputs) == "2026-02-01"


@pytest.mark.parametrize("text", ["2026-02-30", "01/02/2026", "", "latest"])
def test_a_refresh_that_is_no_date_is_refused(text):
    with pytest.raises(UsageError, match="is not a date"):
        refresh_date(text)
    assert refresh_date("2026-02-01") == "2026-02-01"


def test_a_path_is_looked_for_here_then_in_the_workspace_then_among_the_packs(
    checkout, tmp_path_factory, monkeypatch
):
    here, data = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("data")
    (data / "outputs" / "2026-02-01").mkdir(parents=True)
    monkeypatch.chdir(here)
    project = open_project(data, start=checkout)
    pack = data / "outputs" / "2026-02-01"
    assert project.place(Path("outputs/2026-02-01")) == pack
    assert project.place(Path("2026-02-01")) == pack
    assert project.place(Path("nowhere")) == Path("nowhere")
    (here / "outputs" / "2026-02-01").mkdir(parents=True)
    assert project.place(Path("outputs/2026-02-01")).resolve() == here / "outputs" / "2026-02-01"


def test_the_project_s_own_settings_are_valid_and_name_notebooks_that_exist():
    root = Path(__file__).parents[1]
    project = open_project(start=root)
    for stream in project.settings.streams.values():
        assert (root / stream.notebook).is_file()

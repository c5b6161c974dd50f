import json
from dataclasses import replace
from pathlib import Path

import pytest

from fjanalysis.errors import NotebookError, UsageError
from fjanalysis.project import Project, StreamSettings, open_project
from fjanalysis.runner.jobs import (
    Job,
    hashes_below,
    is_done,
    longest_first,
    make_jobs,
    parse_assignments,
)

URGENT = "urgent-hearings"


def project_of(workspace: Path, **streams: StreamSettings) -> Project:
    project = open_project(workspace, Path(__file__))
    own = {name.replace("_", "-"): value for name, value in streams.items()}
    settings = project.settings.model_copy(update={"streams": own or project.settings.streams})
    return replace(project, settings=settings)


def jobs_of(project: Project, **values: object) -> list[Job]:
    return make_jobs(project, [URGENT], "2026-02-01", "fingerprint", values)


def finish(job: Job) -> None:
    job.folder.mkdir(parents=True)
    (job.folder / "results.csv").write_text("a\n")
    record = {**job.record, "files": hashes_below(job.folder)}
    (job.folder / "run.json").write_text(json.dumps(record))


def test_a_value_is_read_as_toml_and_else_as_text() -> None:
    read = parse_assignments(["newborn-days=7", "new_baby_starts_set=false", "source=ecms"])
    assert read == {"newborn_days": 7, "new_baby_starts_set": False, "source": "ecms"}


@pytest.mark.parametrize("text", ["newborn_days", "=7", "newborn_days="])
def test_half_an_assignment_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a parameter with its value"):
        parse_assignments([text])


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="given twice"):
        parse_assignments(["newborn_days=7", "newborn-days=14"])


def test_an_unknown_stream_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="urgent-hearings") as error:
        make_jobs(open_project(tmp_path, Path(__file__)), ["urgent-hearing"], "2026-02-01", "", {})
    assert error.value.exit_code == 2


def test_an_unknown_parameter_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'newborn_days'"):
        jobs_of(project_of(tmp_path), newborn_day=7)


def test_an_impossible_value_is_refused_with_what_the_parameter_means(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="multiple of 7") as error:
        jobs_of(project_of(tmp_path), newborn_days=10)
    assert "under this age" in error.value.sentence


def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="newborn_days"):
        jobs_of(project_of(tmp_path), newborn_days="14")


def test_variants_take_the_values_of_the_command_but_keep_their_own(tmp_path: Path) -> None:
    urgent = StreamSettings(
        notebook="analyses/urgent-hearings.ipynb",
        parameters={"look-back-years": 5},
        variants={"newborn-7": {"newborn-days": 7}},
    )
    main, variant = jobs_of(project_of(tmp_path, urgent_hearings=urgent), newborn_days=28)
    assert (main.name, variant.name) == (URGENT, f"{URGENT}, newborn-7")
    assert (main.parameters["newborn_days"], variant.parameters["newborn_days"]) == (28, 7)
    assert variant.parameters["look_back_years"] == 5
    assert variant.folder == tmp_path / "results" / "2026-02-01" / URGENT / "newborn-7"


def test_variants_are_left_out_when_they_are_not_wanted(tmp_path: Path) -> None:
    made = make_jobs(project_of(tmp_path), [], "2026-02-01", "", {}, variants=False)
    assert {job.variant for job in made} == {"main"}
    assert len(make_jobs(project_of(tmp_path), [], "2026-02-01", "", {})) > len(made)


def test_variants_can_be_asked_for_by_name(tmp_path: Path) -> None:
    project = open_project(tmp_path, Path(__file__))
    names = ("newborn-28", "merge-gap-30")
    jobs = make_jobs(project, [], "2026-02-01", "fingerprint", {}, variants=names)
    assert {job.variant for job in jobs} == {"main", *names}


def test_a_notebook_that_is_not_there_is_an_error_with_its_path(tmp_path: Path) -> None:
    project = project_of(tmp_path, urgent_hearings=StreamSettings(notebook="analyses/none.ipynb"))
    with pytest.raises(NotebookError, match="is not there") as error:
        jobs_of(project)
    assert "none.ipynb" in error.value.where


def test_a_job_is_done_until_something_it_depends_on_changes(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    job = jobs_of(project)[0]
    assert not is_done(job)
    finish(job)
    assert is_done(jobs_of(project)[0])
    assert not is_done(jobs_of(project, newborn_days=7)[0])
    assert not is_done(make_jobs(project, [URGENT], "2026-02-01", "another", {})[0])
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "live_births.csv").write_text("area,year,births\n")
    assert not is_done(jobs_of(project)[0])


def test_the_record_tells_streams_whose_sql_differs_apart_and_variants_not(tmp_path: Path) -> None:
    jobs = make_jobs(open_project(tmp_path, Path(__file__)), [], "2026-02-01", "fingerprint", {})
    hashes = {(job.stream, job.record["sql"]) for job in jobs}
    assert len({job.stream for job in jobs}) == len(hashes) == len({sql for _, sql in hashes})


def test_edited_results_are_made_again(tmp_path: Path) -> None:
    job = jobs_of(project_of(tmp_path))[0]
    finish(job)
    (job.folder / "results.csv").write_text("b\n")
    assert not is_done(job)


def test_streams_go_before_variants_and_long_notebooks_before_short_ones(tmp_path: Path) -> None:
    jobs = make_jobs(open_project(tmp_path, Path(__file__)), [], "2026-02-01", "fingerprint", {})
    ordered = longest_first(jobs)
    assert sorted(job.name for job in ordered) == sorted(job.name for job in jobs)
    main = [job.variant == "main" for job in ordered]
    assert main == sorted(main, reverse=True)
    assert [job.stream for job in ordered[:3]][-1] == URGENT

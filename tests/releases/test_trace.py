"""A published number is followed back to its cell, definition and records, and on to its sentences."""

import json
import shutil
from pathlib import Path

import pytest

from fjanalysis.errors import FjanalysisError, SourceError, VerificationError
from fjanalysis.folders import write_text
from fjanalysis.packs import CHECKSUMS, checksum_lines, read_pack
from fjanalysis.project import open_project
from fjanalysis.releases.sources import find_cell_of, find_cells, sql_steps
from fjanalysis.releases.trace import _cells, find_number, trace
from fjanalysis.results import write_csv
from tests.packs import make_pack

ROOT = Path(__file__).parents[2]
KEY = 'urgent-hearings/short_notice_hearing.percent area="England" period="2019-20"'
REFRESH = "2026-02-01"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    make_pack(folder / "outputs" / REFRESH, streams=("urgent-hearings",))
    make_pack(folder / "outputs" / "2025-08-01", streams=("urgent-hearings",))
    number = {
        "key": 'urgent-hearings/short_notice_hearing.percent area="E92000001" period="2019-20"'
    }
    edition = {
        "page": "index.html",
        "keys": [{**number, "where": "README.md:1"}],
        "titles": {"notice": "How much notice?", "notice.cy": "Faint o rybudd?"},
        "figure_keys": {"notice": [number["key"]], "other": []},
    }
    note = {"editions": {"en": edition, "cy": {**edition, "page": "index.cy.html"}}}
    write_text(folder / "_site" / "urgent-hearings" / "briefing.json", json.dumps(note))
    return open_project(folder, start=ROOT)


def test_the_report_names_estimate_cell_definition_and_uses(project):
    lines = trace(project, KEY, refresh=REFRESH).lines
    terms = [term for term, _ in lines]
    text = "\n".join(line for _, line in lines)
    assert terms[0] == "Key"
    assert "95% interval" in text
    assert "analyses/urgent-hearings.ipynb, cell 'notice'" in text
    assert ("Used in words", "urgent-hearings/index.html, README.md:1: # fjanalysis") in lines
    assert [line for term, line in lines if term == "Used in figures"] == [
        "urgent-hearings/index.html, notice: How much notice?",
        "urgent-hearings/index.cy.html, notice: Faint o rybudd?",
    ]
    assert any("cohort.sql: " in line for term, line in lines if term == "Cohort")
    assert "Exact, secure" not in terms


def test_the_value_in_earlier_refreshes_is_given(project):
    lines = dict(trace(project, KEY, refresh=REFRESH).lines)
    assert "percent" in lines["In 2025-08-01"]


def test_exact_counts_need_the_secure_side(project):
    with pytest.raises(SourceError, match="not at hand"):
        trace(project, KEY, refresh=REFRESH, secure=True)


def test_exact_counts_are_marked_secure(project):
    results = read_pack(project.outputs / REFRESH).results
    folder = project.results / REFRESH / "urgent-hearings" / "main"
    folder.mkdir(parents=True)
    own = results[(results["stream"] == "urgent-hearings") & (results["variant"] == "main")]
    write_csv(own, folder / "results.csv")
    lines = trace(project, KEY, refresh=REFRESH, secure=True).lines
    assert [term for term, _ in lines if term == "Exact, secure"] == ["Exact, secure"]


@pytest.mark.parametrize(
    ("key", "said", "code"),
    [
        ('urgent-hearings/same_day.percent area="England"', "mean 'same_day_hearing.percent'", 14),
        ('urgent-hearing/same_day_hearing.percent area="England"', "'urgent-hearings'", 14),
        (
            'urgent-hearings/short_notice_hearing.percent area="Englnd" period="last"',
            "'England'",
            14,
        ),
        (
            'urgent-hearings/short_notice_hearing.percent area="England" period="1999-00"',
            "1999-00",
            14,
        ),
        ('urgent-hearings/short_notice_hearing.percent period="2019-20"', "area is not given", 2),
        ("nonsense", "is not a key", 2),
    ],
)
def test_a_key_that_never_was_is_answered_with_the_nearest(project, key, said, code):
    with pytest.raises(FjanalysisError) as caught:
        trace(project, key, refresh=REFRESH)
    assert said in caught.value.sentence
    assert caught.value.exit_code == code


def test_a_pack_of_another_schema_is_an_error_of_verification(project, tmp_path):
    folder = shutil.copytree(project.outputs / REFRESH, tmp_path / "outputs" / REFRESH)
    path = folder / "pack.json"
    path.write_text(path.read_text("utf-8").replace('"schema": 1', '"schema": 9'), "utf-8")
    write_text(folder / CHECKSUMS, checksum_lines(folder))
    with pytest.raises(VerificationError, match="schema 9"):
        trace(open_project(tmp_path, start=ROOT), KEY, refresh=REFRESH)


def test_the_whole_window_is_meant_where_no_period_is_given_and_last_is_the_last_year(project):
    head = 'urgent-hearings/short_notice_hearing.percent area="England"'
    assert 'period="2012-13 to 2024-25"' in trace(project, head, refresh=REFRESH).lines[0][1]
    last = trace(project, f'{head} period="last"', refresh=REFRESH).lines[0][1]
    assert 'period="2024-25"' in last


@pytest.mark.parametrize(
    ("notebook", "table", "cell", "function"),
    [
        ("urgent-hearings", "notice", "notice", "measures.notice_rows"),
        ("urgent-hearings", "babies.flow", "cohort", "cohort.gather"),
        ("recurrence", "by_place", "levels", "measures.returns_by_place"),
        ("recurrence", "", "write", "study.write"),
    ],
)
def test_a_table_that_the_run_recorded_leads_to_its_very_cell(notebook, table, cell, function):
    found = find_cell_of(ROOT, f"analyses/{notebook}.ipynb", table)
    assert (found.id, found.function) == (cell, function)


def test_a_table_that_the_notebook_has_not_leads_nowhere():
    assert find_cell_of(ROOT, "analyses/recurrence.ipynb", "nothing") is None


def test_what_the_run_recorded_goes_before_what_the_code_may_do(project):
    pack = read_pack(project.outputs / REFRESH)
    row = find_number(pack, KEY)
    about = {**pack.streams["urgent-hearings"]}
    may = _cells(ROOT, "analyses/urgent-hearings.ipynb", about, row)
    about["written"] = [
        {"table": "notice", "series": ["short_notice_hearing.percent"]},
        {"table": "cases", "series": ["newborn_cases.count"]},
    ]
    assert [cell.id for cell in _cells(ROOT, "analyses/urgent-hearings.ipynb", about, row)] == [
        "notice"
    ]
    assert "notice" in [cell.id for cell in may]


def test_a_measure_is_found_in_the_cell_that_writes_it():
    cells = find_cells(ROOT, "analyses/urgent-hearings.ipynb", "urgent-hearings", "newborn_cases")
    assert "cases" in [cell.id for cell in cells]
    assert find_cells(ROOT, "analyses/urgent-hearings.ipynb", "urgent-hearings", "no_measure") == []


def test_the_steps_of_a_cohort_are_read_in_order():
    steps = dict(sql_steps(ROOT, "urgent-hearings"))
    path = "src/fjanalysis/streams/urgent_hearings/cohort.sql"
    assert steps[path].index("issued_sets") < steps[path].index("infants")

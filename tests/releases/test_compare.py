"""`compare` writes a page worth reading, the same for the same packs, and says what it cannot compare."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from fjanalysis.errors import UsageError, VerificationError
from fjanalysis.folders import files_below, sha256, write_text
from fjanalysis.packs import CHECKSUMS, checksum_lines, read_pack
from fjanalysis.project import open_project
from fjanalysis.releases.compare import compare_packs
from fjanalysis.releases.comparison_page import _difference
from fjanalysis.results import write_csv
from tests import browser, vnu
from tests.packs import make_pack

ROOT = Path(__file__).parents[2]
ONE = ("urgent-hearings",)


@pytest.fixture
def project(tmp_path):
    """A workspace with two packs: the later has every newborn count 20% higher."""
    make_pack(tmp_path / "outputs" / "2025-08-01", streams=ONE)
    later = make_pack(tmp_path / "outputs" / "2026-02-01", streams=ONE)
    results = read_pack(later).results
    chosen = results["measure"].eq("newborn_cases") & results["value"].notna()
    results.loc[chosen, "value"] = (results.loc[chosen, "value"] * 1.2 / 5).round() * 5
    write_csv(results, later / "results.csv")
    write_text(later / CHECKSUMS, checksum_lines(later))
    return open_project(tmp_path, start=ROOT)


def hashes(folder):
    return {name: sha256(folder / name) for name in files_below(folder)}


def test_the_page_counts_changes_and_lists_the_largest(project):
    report = compare_packs(project, "2025-08-01", str(project.outputs / "2026-02-01"))
    text = (report.folder / "index.html").read_text(encoding="utf-8")
    assert "back series" in text
    assert "newborn_cases.count" in text
    assert "Synthetic data: these are not findings." in text
    assert "revised (back series)" in report.text
    header = (report.folder / "changes.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith(
        "stream,variant,measure,statistic,area,period,group,horizon,period_before,kind,cause"
    )


def test_the_page_says_that_a_pack_is_a_draft_until_both_are_cleared(project):
    later = str(project.outputs / "2026-02-01")
    drafted = compare_packs(project, "2025-08-01", later).folder
    assert "is not cleared for publication" in (drafted / "index.html").read_text("utf-8")
    assert ",yes,no\n" in (drafted / "changes.csv").read_text("utf-8")
    make_pack(project.outputs / "2024-08-01", refresh="2024-08-01", streams=ONE, cleared=True)
    make_pack(project.outputs / "2025-02-01", refresh="2025-02-01", streams=ONE, cleared=True)
    cleared = compare_packs(project, "2024-08-01", "2025-02-01").folder
    assert "Draft" not in (cleared / "index.html").read_text("utf-8")


def test_the_same_packs_give_the_same_bytes(project):
    first = hashes(compare_packs(project, "2025-08-01", str(project.outputs / "2026-02-01")).folder)
    again = compare_packs(project, "2025-08-01", str(project.outputs / "2026-02-01")).folder
    assert hashes(again) == first


def test_no_count_from_one_to_nine_stands_in_the_differences(project):
    changes = compare_packs(project, "2025-08-01", str(project.outputs / "2026-02-01")).changes
    counts = changes.rows[changes.rows["statistic"] == "count"]["difference"].abs()
    assert not counts.between(1, 9).any()


def test_an_unknown_pack_and_the_same_pack_twice_are_refused(project):
    with pytest.raises(UsageError, match="no output pack '2024-02-01'"):
        compare_packs(project, "2024-02-01", "2026-02-01")
    with pytest.raises(UsageError, match="the same pack"):
        compare_packs(project, "2025-08-01", "2025-08-01")


def test_an_edited_pack_is_an_error_of_verification(project):
    (project.outputs / "2025-08-01" / "areas.csv").write_text("edited\n")
    with pytest.raises(VerificationError, match=r"areas\.csv was edited"):
        compare_packs(project, "2025-08-01", "2026-02-01")
    assert not (project.workspace / "comparisons").exists()


@browser.needs_chromium
@vnu.needs_vnu
def test_the_page_is_valid_and_accessible(project):
    folder = compare_packs(project, "2025-08-01", str(project.outputs / "2026-02-01")).folder
    assert vnu.problems(folder / "index.html") == []
    with browser.opened(folder / "index.html") as page:
        assert browser.violations(page) == []
        assert browser.dark_violations(page) == []
    shutil.rmtree(folder)


def test_a_difference_has_the_same_signs_as_the_numbers_beside_it():
    row = {"status_before": "ok", "status_after": "ok", "statistic": "percent"}
    shown = [_difference(pd.Series(row | {"difference": each})) for each in (-1.25, 2.0, None)]
    assert shown == ["\N{MINUS SIGN}1.2", "+2.0", "small"]

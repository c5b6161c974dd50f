"""A pack is read only when every byte is the one that its checksums name."""

import json

import pytest

from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.folders import sha256
from fjanalysis.packs import (
    CHECKSUMS,
    CLEARANCE,
    MANIFEST,
    checksum_lines,
    find_pack,
    pack_name,
    read_pack,
    revisions,
)
from tests.packs import make_pack


@pytest.fixture
def folder(tmp_path):
    return make_pack(tmp_path / "outputs" / "2026-02-01")


def reseal(folder):
    """Write the checksums anew, as somebody would who hides an edit."""
    (folder / CHECKSUMS).write_text(checksum_lines(folder), encoding="utf-8")


def test_a_pack_that_is_untouched_is_read(folder):
    pack = read_pack(folder)
    assert not pack.cleared
    assert pack.revision == 1
    assert pack.checksum == sha256(folder / CHECKSUMS)


def test_an_edited_number_is_noticed(folder):
    path = folder / "results.csv"
    text = path.read_text()
    path.write_text(text.replace(",ok,", ",r,", 1))
    with pytest.raises(DisclosureError, match=r"results\.csv was edited"):
        read_pack(folder)


def test_a_file_that_is_added_or_removed_is_noticed(folder):
    (folder / "extra.csv").write_text("1\n")
    with pytest.raises(DisclosureError, match=r"extra\.csv was added"):
        read_pack(folder)
    (folder / "extra.csv").unlink()
    (folder / "areas.csv").unlink()
    with pytest.raises(DisclosureError, match=r"areas\.csv is missing"):
        read_pack(folder)


def test_a_pack_of_another_schema_is_refused_with_its_number(folder):
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 99}))
    reseal(folder)
    with pytest.raises(DisclosureError, match="schema 99"):
        read_pack(folder)


def test_a_results_table_that_breaks_its_contract_is_refused_even_with_new_checksums(folder):
    path = folder / "results.csv"
    head, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([head, first, first, *rest]) + "\n")
    reseal(folder)
    with pytest.raises(DisclosureError, match="rows share a key"):
        read_pack(folder)


def test_a_clearance_holds_for_its_own_pack_only(folder):
    clearance = {
        "by": "output reviewer",
        "reference": "R1",
        "pack_sha256": sha256(folder / CHECKSUMS),
    }
    (folder / CLEARANCE).write_text(json.dumps(clearance))
    assert read_pack(folder).cleared
    (folder / CLEARANCE).write_text(json.dumps({**clearance, "pack_sha256": "0" * 64}))
    with pytest.raises(DisclosureError, match="clearance is of another pack"):
        read_pack(folder)


def test_a_folder_that_is_no_pack_is_an_error_not_a_traceback(tmp_path):
    with pytest.raises(DisclosureError, match="cannot be read"):
        read_pack(tmp_path)


def test_a_date_means_its_newest_revision(folder):
    outputs = folder.parent
    for revision in (2, 10):
        (outputs / pack_name("2026-02-01", revision)).mkdir()
    assert revisions(outputs, "2026-02-01") == [1, 2, 10]
    assert find_pack(outputs, "2026-02-01").name == "2026-02-01.10"
    assert find_pack(outputs, "2026-02-01.2").name == "2026-02-01.2"
    assert find_pack(outputs, "2026-02-01.1").name == "2026-02-01"
    with pytest.raises(UsageError, match="has no revision 3") as caught:
        find_pack(outputs, "2026-02-01.3")
    assert "2026-02-01.1, 2026-02-01.2, 2026-02-01.10" in caught.value.mend


def test_an_unknown_pack_is_answered_with_the_command_that_makes_it(folder):
    with pytest.raises(UsageError) as caught:
        find_pack(folder.parent, "2025-02-01")
    assert "fjanalysis pack --refresh 2025-02-01" in caught.value.mend

"""The built pack is what the program itself accepts as a pack."""

from fjanalysis.packs import read_pack
from fjanalysis.results import problems
from packs import make_pack


def test_a_built_pack_reads_as_a_valid_pack_with_withheld_rows(tmp_path):
    pack = read_pack(make_pack(tmp_path / "pack", cleared=True))
    assert pack.cleared
    assert problems(pack.results) == []
    assert set(pack.results["stream"]) == {"urgent-hearings", "recurrence", "private-law-returns"}
    assert (pack.results["status"] == "c").sum() > 100


def test_a_built_pack_is_the_same_bytes_twice(tmp_path):
    first, second = (read_pack(make_pack(tmp_path / name)) for name in ("a", "b"))
    assert first.checksum == second.checksum


def test_a_row_can_be_withheld_on_request(tmp_path):
    row = {
        "measure": "newborn_cases",
        "statistic": "count",
        "area": "E92000001",
        "period": "2019-20",
    }
    pack = read_pack(make_pack(tmp_path / "pack", withhold=(row,)))
    found = pack.results.loc[(pack.results[list(row)] == list(row.values())).all(axis=1)]
    assert list(found["status"]) == ["c"]
    assert found["value"].isna().all()

from pathlib import Path

import pandas as pd

from fjanalysis.results import tidy, write_csv
from fjanalysis.runner.sensitivity import sensitivity, write_sensitivity

ENGLAND = "E92000001"


def row(value: float, period: str = "2010-11 to 2019-20", **more: object) -> dict:
    return {
        "stream": "recurrence",
        "measure": "any_return",
        "statistic": "cumulative_percent",
        "area": ENGLAND,
        "period": period,
        "group": "parent: mother",
        "horizon": "5 years",
        "value": value,
    } | more


def put(folder: Path, variant: str, *rows: dict) -> None:
    (folder / variant).mkdir(parents=True)
    write_csv(tidy({**each, "variant": variant} for each in rows), folder / variant / "results.csv")


def test_each_variant_gives_its_own_whole_window_beside_that_of_the_stream() -> None:
    main = tidy(
        [row(22), row(30, "2012-13"), row(9, horizon="60 months"), row(1, area="E12000001")]
    )
    later = tidy([row(20, "2012-13 to 2019-20", variant="washout-5")])
    table = sensitivity({"main": main, "washout-5": later})
    assert table[["main", "washout-5"]].to_numpy().tolist() == [[22, 20]]
    assert table["horizon"].tolist() == ["5 years"]


def test_an_estimate_of_no_variant_is_left_out_and_a_missing_one_is_empty() -> None:
    other = {"measure": "new_child_return"}
    main = tidy([row(22), row(15, **other), row(0.7, statistic="concordance")])
    one = tidy([row(21, variant="a"), row(14, variant="a", **other)])
    table = sensitivity({"main": main, "a": one, "b": tidy([row(20, variant="b")])})
    assert table["measure"].tolist() == ["any_return", "new_child_return"]
    assert table["a"].tolist() == [21, 14]
    assert pd.isna(table["b"].iloc[1])


def test_a_withheld_estimate_of_the_stream_itself_has_no_row() -> None:
    empty = tidy([row(float("nan"), status="x")])
    assert sensitivity({"main": empty, "a": tidy([row(1, variant="a")])}).empty


def test_the_table_is_written_in_the_order_of_the_settings_and_goes_with_its_variants(
    tmp_path: Path,
) -> None:
    put(tmp_path, "main", row(22))
    put(tmp_path, "zero", row(23))
    put(tmp_path, "also", row(21))
    put(tmp_path, "old", row(1))
    path = write_sensitivity(tmp_path, ["zero", "also", "not run"])
    assert path == tmp_path / "sensitivity.csv"
    lines = path.read_text().splitlines()
    assert lines[0] == "measure,statistic,area,group,horizon,main,zero,also"
    assert lines[1].endswith(",22.0,23.0,21.0")
    assert write_sensitivity(tmp_path, []) is None
    assert not path.exists()

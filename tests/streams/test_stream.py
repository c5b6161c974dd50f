import json
import pickle
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pydantic import Field

from fjanalysis.errors import NotebookError, UsageError
from fjanalysis.results import Measure, Relation, read_csv
from fjanalysis.streams.stream import STREAMS, Definition, StreamParameters, load, write_stream
from fjanalysis.streams.study import variant_relations


class Dated(StreamParameters):
    index_start: date | None = Field(default=None, description="When it begins.")


def written(folder: Path, rows: list[dict], **changes: object) -> pd.DataFrame:
    whole = {
        "stream": "urgent-hearings",
        "variant": "main",
        "title": "Title",
        "rows": pd.DataFrame(rows),
        "parameters": {"since": date(2020, 1, 1)},
        "definitions": [Definition("Newborn", "Under 14 days.")],
        "measures": [Measure("newborn_cases", "Newborn cases", "case", "Cases.")],
        "notes": {"provisional": "Not final."},
        "relations": [Relation("nested", "measure", ("a", "b"))],
    }
    return write_stream(folder, **(whole | changes))  # type: ignore[arg-type]


def row(**changes: object) -> dict:
    return {
        "measure": "newborn_cases",
        "statistic": "count",
        "area": "E92000001",
        "period": "2019-20",
        "value": 3.0,
        "numerator": 3,
    } | changes


def test_names_are_written_with_hyphens_or_underscores() -> None:
    assert Dated.from_values({"merge-gap-days": 30}).merge_gap_days == 30
    assert Dated.from_values({"merge_gap_days": 30}).merge_gap_days == 30


def test_a_date_is_given_as_a_date_or_as_text() -> None:
    expected = date(2010, 4, 1)
    assert Dated.from_values({"index_start": expected}).index_start == expected
    assert Dated.from_values({"index_start": "2010-04-01"}).index_start == expected
    assert Dated.from_values({"index_start": "2010-04-01"}).values()["index_start"] == "2010-04-01"


@pytest.mark.parametrize(
    "values",
    [
        {"merge_gap_days": "14"},
        {"merge_gap_days": -1},
        {"new_baby_starts_set": 1},
        {"index_start": "yesterday"},
        {"merge_gap": 14},
        {"merge_gap_days": [1]},
    ],
)
def test_what_is_unknown_or_of_another_kind_is_a_user_error(values: dict) -> None:
    with pytest.raises(UsageError, match=next(iter(values))):
        Dated.from_values(values)


def test_every_stream_declares_itself_whole() -> None:
    for name in STREAMS:
        stream = load(name)
        parameters = stream.Parameters()
        assert stream.TITLE
        assert all(each.text for each in stream.definitions(parameters))
        ids = [measure.id for measure in stream.MEASURES]
        assert len(ids) == len(set(ids))
        assert {"cohort_flow", "missing", "mended"} <= set(ids)
        for field in stream.Parameters.model_fields.values():
            assert field.description
            assert not field.is_required()


def test_an_unknown_stream_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'recurrence'"):
        load("recurence")


def test_a_folder_holds_the_sorted_table_and_its_description(tmp_path: Path) -> None:
    folder = tmp_path / "main"
    table = written(folder, [row(period="2020-21"), row(note="provisional")])
    assert table["period"].tolist() == ["2019-20", "2020-21"]
    pd.testing.assert_frame_equal(read_csv(folder / "results.csv"), table)
    described = json.loads((folder / "stream.json").read_text())
    assert described["parameters"] == {"since": "2020-01-01"}
    assert described["definitions"] == [{"term": "Newborn", "text": "Under 14 days."}]
    assert Relation.from_json(described["relations"][0]).members == ("a", "b")


def test_rows_take_the_variant_and_refits_keep_their_ending(tmp_path: Path) -> None:
    table = written(tmp_path / "v", [row(), row(variant="main/stratified")], variant="merge-gap-30")
    assert sorted(table["variant"]) == ["merge-gap-30", "merge-gap-30/stratified"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"measure": "unheard_of"}, "measure that the stream does not declare: unheard_of"),
        ({"note": "unheard of"}, "note that the stream does not declare: unheard of"),
        ({"value": None}, "ok without a value"),
        ({"statistic": "guess"}, "Unknown statistic: guess"),
    ],
)
def test_a_table_that_breaks_the_contract_writes_nothing(
    tmp_path: Path, change: dict, words: str
) -> None:
    with pytest.raises(NotebookError, match=words):
        written(tmp_path / "main", [row(**change)])
    assert not (tmp_path / "main").exists()


def test_rows_of_one_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="share a key"):
        written(tmp_path / "main", [row(), row()])


def test_a_user_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(UsageError("What.", where="Where", mend="Mend.")))
    assert (error.what, error.where, error.mend) == ("What.", "Where", "Mend.")


def test_variants_that_differ_by_one_nesting_parameter_lie_within_one_another() -> None:
    variants = {
        "newborn-28": {"newborn-days": 28},
        "newborn-7": {"newborn-days": 7},
        "both": {"newborn-days": 7, "look-back-years": 5},
    }
    found = variant_relations({"newborn_days": ("newborn_cases",)}, {"newborn_days": 14}, variants)
    assert [each.field for each in found] == ["numerator", "denominator"]
    assert {each.members for each in found} == {("newborn-7", "main", "newborn-28")}
    assert variant_relations({"newborn_days": ("newborn_cases",)}, {"newborn_days": 14}, {}) == []


def test_the_steps_of_a_flow_keep_the_order_in_which_the_stream_gives_them(tmp_path: Path) -> None:
    steps = ("cases read", "left out", "babies")
    rows = [
        row(measure="cohort_flow", area=area, group=f"step: {step}")
        for area, own in (("E92000001", steps), ("W92000004", steps[1:]))
        for step in own
    ]
    flow = Measure("cohort_flow", "From records to cohort", "record", "Steps.")
    cases = Measure("newborn_cases", "Newborn cases", "case", "Cases.")
    written(tmp_path / "one", [*rows, row()], measures=[flow, cases])
    described = json.loads((tmp_path / "one" / "stream.json").read_text("utf-8"))
    assert described["measures"][0]["steps"] == list(steps)
    assert "steps" not in described["measures"][1]

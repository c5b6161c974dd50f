from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from fjanalysis.streams.cohort import Cohort, parameters_of, read_sql, steps

STATEMENT = """
-- The young, as they are called (not the old).
WITH
young AS (
    SELECT *, ')' AS bracket -- $not_this )
    FROM people WHERE age < $age
),

/* a block */ named AS (SELECT person FROM young WHERE person <> $name)

SELECT person FROM named;
"""
PEOPLE = pd.DataFrame({"person": ["c", "a", "b"], "age": [5, 40, 6]})


def test_a_statement_is_cut_into_its_named_steps() -> None:
    made = steps(STATEMENT)
    assert [step.name for step in made] == ["young", "named", "cohort"]
    assert [step.parameters for step in made] == [("age",), ("name",), ()]
    assert made[2].query == "SELECT person FROM named"


def test_the_comment_above_a_step_is_kept_with_it() -> None:
    sql = "WITH\n-- Who is\n-- young.\nyoung AS (SELECT 1 AS a)\nSELECT a FROM young"
    assert steps(sql)[0].comment == "Who is young."


def test_a_statement_without_steps_is_one_step() -> None:
    assert [step.name for step in steps("SELECT 1 AS a")] == ["cohort"]


def test_parameters_in_comments_and_strings_do_not_count() -> None:
    assert parameters_of("SELECT '$a', $b -- $c\n/* $d */") == ("b",)


@pytest.mark.parametrize("sql", ["WITH a (SELECT 1) SELECT 1", "WITH a AS (SELECT 1 SELECT 1"])
def test_a_statement_of_another_form_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"not written as|not closed"):
        steps(sql)


def test_every_step_can_be_looked_at_by_its_name() -> None:
    with Cohort(tables={"people": PEOPLE}) as cohort:
        cohort.run(STATEMENT, {"age": 18, "name": "c", "unused": None}, result="children")
        assert cohort.count("young") == 2
        assert cohort.frame("children")["person"].tolist() == ["b"]


def test_tables_come_from_files_frames_and_arrow_sorted_by_all_columns(tmp_path: Path) -> None:
    PEOPLE.to_parquet(tmp_path / "people.parquet")
    tables = {
        "filed": tmp_path / "people.parquet",
        "framed": PEOPLE,
        "arrowed": pa.Table.from_pandas(PEOPLE),
    }
    with Cohort(tables=tables) as cohort:
        for name in tables:
            assert cohort.frame(name)["person"].tolist() == ["a", "b", "c"]
            assert cohort.arrow(name).column("age").to_pylist() == [40, 6, 5]


def test_a_query_is_given_exactly_the_parameters_that_it_names() -> None:
    with Cohort(tables={"people": PEOPLE}) as cohort:
        found = cohort.query("SELECT person FROM people WHERE age = $age", {"age": 6, "more": 1})
    assert found["person"].tolist() == ["b"]


def test_sql_is_read_from_a_package() -> None:
    assert "newborn" in read_sql("fjanalysis.streams.urgent_hearings")


def test_frames_are_of_the_kinds_that_the_database_itself_gives() -> None:
    query = """
        SELECT * FROM (VALUES
            (1, 2, 'a', DATE '2020-02-29', TRUE, 1.5, 7, TRUE, 'b'),
            (2, NULL, 'a', NULL, FALSE, 2.5, 8, NULL, NULL)
        ) AS t(whole, gap, text, day, truth, part, more, perhaps, words)
    """
    with Cohort() as cohort:
        cohort.connection.execute(f"CREATE TABLE mixed AS {query}")
        expected = cohort.query("SELECT * FROM mixed ORDER BY whole")
        found = cohort.frame("mixed", key=["whole"])
        part = cohort.frame("mixed", key=["whole"], columns=["text", "day"])
    pd.testing.assert_frame_equal(found, expected)
    assert list(part) == ["text", "day"]
    assert part["text"][0] is part["text"][1]

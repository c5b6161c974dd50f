"""The same cohorts must be able to run on Spark: what sqlglot is known to lose is refused."""

from importlib import resources

import pytest
import sqlglot
from sqlglot import exp

from fjanalysis.streams.cohort import steps

STREAMS = resources.files("fjanalysis.streams")
STATEMENTS = sorted(
    str(path.relative_to(str(STREAMS)))  # type: ignore[attr-defined]
    for path in STREAMS.rglob("*.sql")  # type: ignore[attr-defined]
)


def lost(sql: str) -> list[str]:
    """Return the constructs of a statement whose meaning changes on the way to Spark."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    found = []
    if any(
        isinstance(inner, exp.Order)
        for each in tree.find_all(exp.AggFunc, exp.WithinGroup)
        for inner in each.args.values()
    ):
        found.append("ordered aggregate")
    if any(join.method == "ASOF" for join in tree.find_all(exp.Join)):
        found.append("ASOF join")
    for each in tree.find_all(exp.Sub):
        sides = [each.left, each.right]
        if any(
            "date" in name.name or "week" in name.name for side in sides for name in dates(side)
        ):
            found.append("date subtraction")
    calls = {each.name.lower() for each in tree.find_all(exp.Anonymous)}
    calls |= {each.sql_name().lower() for each in tree.find_all(exp.Func)}
    found += sorted(calls & {"to_days", "to_months", "to_years"})
    for window in tree.find_all(exp.Window):
        ranked = isinstance(window.this, exp.RowNumber | exp.FirstValue | exp.LastValue)
        if ranked and not window.args.get("order"):
            found.append("window without an order")
    return found


def dates(side: exp.Expression) -> list[exp.Column]:
    """Return the bare column on one side of a minus sign."""
    return [side] if isinstance(side, exp.Column) else []


def test_there_are_statements_to_hold_to_it() -> None:
    assert {"owner_cases.sql", "urgent_hearings/cohort.sql", "recurrence/cohort.sql"} <= set(
        STATEMENTS
    )


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_cohort_transpiles_to_spark_and_loses_nothing(name: str) -> None:
    sql = STREAMS.joinpath(name).read_text(encoding="utf-8")
    assert lost(sql) == []
    (spark,) = sqlglot.transpile(
        sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    again = sqlglot.parse_one(spark, read="spark")
    assert [each.alias for each in again.ctes] == [step.name for step in steps(sql)[:-1]]


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("SELECT array_agg(a ORDER BY b) FROM t", "ordered aggregate"),
        ("SELECT * FROM t ASOF JOIN u ON t.a >= u.a", "ASOF join"),
        ("SELECT issue_date - birth_week AS days FROM t", "date subtraction"),
        ("SELECT a + to_days(3) FROM t", "to_days"),
        ("SELECT row_number() OVER (PARTITION BY a) FROM t", "window without an order"),
    ],
)
def test_what_the_way_to_spark_is_known_to_lose_is_refused(sql: str, construct: str) -> None:
    assert construct in lost(sql)

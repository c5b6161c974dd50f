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
    if any(is_date(side) for each in tree.find_all(exp.Sub) for side in (each.left, each.right)):
        found.append("date subtraction")
    calls = {each.name.lower() for each in tree.find_all(exp.Anonymous)}
    calls |= {each.sql_name().lower() for each in tree.find_all(exp.Func)}
    found += sorted(calls & {"to_days", "to_months", "to_years"})
    for window in tree.find_all(exp.Window):
        if isinstance(window.this, IN_ORDER) and not window.args.get("order"):
            found.append("window without an order")
    if any(not isinstance(each.parent, exp.Window) for each in tree.find_all(*ARBITRARY)):
        found.append("arbitrary value")
    return found


IN_ORDER = (
    exp.RowNumber, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.Ntile, exp.Rank, exp.DenseRank,
)  # fmt: skip
ARBITRARY = (exp.AnyValue, exp.First, exp.Last)


def is_date(side: exp.Expression) -> bool:
    """Return whether one side of a minus sign is a date: a column or parameter of that name, a literal or a cast."""
    inner = side.unnest()
    if isinstance(inner, exp.Cast):
        return inner.to.this == exp.DataType.Type.DATE
    names = isinstance(inner, exp.Column | exp.Parameter | exp.Placeholder)
    words = inner.name if names else ""
    return any(word in words for word in ("date", "week", "follow_up_end", "index_start"))


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
        ("SELECT $follow_up_end - a FROM t", "date subtraction"),
        ("SELECT (issue_date) - a FROM t", "date subtraction"),
        ("SELECT a - CAST(b AS DATE) FROM t", "date subtraction"),
        ("SELECT DATE '2014-04-01' - a FROM t", "date subtraction"),
        ("SELECT a + to_days(3) FROM t", "to_days"),
        ("SELECT lag(a) OVER (PARTITION BY b) FROM t", "window without an order"),
        ("SELECT any_value(a) FROM t GROUP BY b", "arbitrary value"),
        ("SELECT first(a) FROM t GROUP BY b", "arbitrary value"),
        ("SELECT row_number() OVER (PARTITION BY a) FROM t", "window without an order"),
    ],
)
def test_what_the_way_to_spark_is_known_to_lose_is_refused(sql: str, construct: str) -> None:
    assert construct in lost(sql)

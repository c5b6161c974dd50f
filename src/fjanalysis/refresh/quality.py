"""Data quality as tidy results: records read, missing and mended values by nation and year."""

from __future__ import annotations

import duckdb
import pandas as pd

from fjanalysis import limits, results
from fjanalysis.periods import year_name
from fjanalysis.refresh.harmonise import KEYS
from fjanalysis.refresh.steps import run
from fjanalysis.sources.mapping import Mapping

STREAM = "refresh"
# Records that name others by key, and which of their rows are meant.
LINKS = (
    ("applications", "case", "true"),
    ("roles", "application", "true"),
    ("roles", "person", "true"),
    ("hearings", "case", "true"),
    ("orders", "case", "order_type <> '-'"),
)
AREAS = {"England": "E92000001", "Wales": "W92000004"}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables `quality` and `lost`, into which each system's counts go."""
    connection.execute(
        "CREATE TABLE quality (nation VARCHAR, measure VARCHAR, field VARCHAR, year BIGINT, "
        "numerator BIGINT, denominator BIGINT); "
        "CREATE TABLE lost (nation VARCHAR, link VARCHAR, field VARCHAR, lost BIGINT, rows BIGINT)"
    )


def gather(connection: duckdb.DuckDBPyConnection, mapping: Mapping, refresh: str) -> None:
    """Count records, missing and mended values of a harmonised system into the table `quality`."""
    system = mapping.system
    named = {"s": system.name, "nation": system.nation}
    run(connection, "quality", **named, refresh=refresh)
    for record, other, kept in LINKS:
        to = {"key": f"{other}_key", "other": other, "others": f"{other}s", "kept": kept}
        run(connection, "links", **named, record=record, **to)
    for record, key in KEYS.items():
        run(connection, "duplicates", **named, record=record, key=key)


def measure(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return what was gathered as a results table.

    Measures, of the stream `refresh`: `records` (`system: …; table: …`, and `table: …` for all systems of
    the nation, count), `missing`
    (`field: …`, percent), `mended` (`field: …`, count of values mended and rows left out), `kept`
    (`field: …`, count of rows in doubt that were kept), `unmatched` (`link: …`, percent), `linked`
    (`systems: …`, percent). What belongs to no year carries the whole span.
    """
    rows = connection.execute(
        "WITH given AS (FROM quality UNION ALL "
        "SELECT * REPLACE (regexp_replace(field, '^system: [a-z]+; ', '') AS field) "
        "FROM quality WHERE measure = 'records' UNION ALL "
        "SELECT nation, 'unmatched', link, NULL, lost, rows FROM lost WHERE rows > 0 UNION ALL "
        "SELECT nation, 'mended', field, NULL, lost, NULL FROM lost WHERE field <> '') "
        "SELECT nation, measure, field, year, sum(numerator)::BIGINT, sum(denominator)::BIGINT "
        "FROM given GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    years = sorted({row[3] for row in rows if row[3] is not None})
    whole = f"{year_name(years[0])} to {year_name(years[-1])}" if len(years) > 1 else "all years"
    tidied = []
    for nation, name, field, year, numerator, denominator in rows:
        row = {
            "stream": STREAM,
            "measure": name,
            "area": AREAS[nation],
            "period": whole if year is None else year_name(int(year)),
            "group": field,
            "numerator": numerator,
        }
        if denominator is None:
            row |= {"statistic": "count", "value": numerator}
        else:
            row |= {"statistic": "percent", "denominator": denominator}
            row |= _percent(numerator, denominator)
        tidied.append(row)
    return results.tidy(tidied)


def _percent(numerator: int, denominator: int) -> dict[str, float]:
    low, high = limits.wilson(numerator, denominator)
    share = 100 * numerator / denominator
    return {"value": share, "lower": 100 * float(low), "upper": 100 * float(high)}

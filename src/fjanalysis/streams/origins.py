"""Which table of a notebook each series of results comes from, so that a number can be followed to its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from fjanalysis.results import series_name

UNNAMED = ""


def written_tables(
    tables: Sequence[pd.DataFrame], namespace: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the series of each table that is written, by the name that the notebook gives it.

    Parameters
    ----------
    tables
        Results tables.
    namespace
        The notebook's variables. A table is known by its variable, or as an attribute of one (`families.flow`);
        else its name is empty.

    Returns
    -------
    list of dict
        `table` and `series`, sorted: names alone, and no value.
    """
    names = list(_names(namespace))
    found: dict[str, set[str]] = {}
    for table in tables:
        name = next((name for name, value in names if value is table), UNNAMED)
        found.setdefault(name, set()).update(series_of(table))
    return [{"table": name, "series": sorted(series)} for name, series in sorted(found.items())]


def series_of(table: pd.DataFrame) -> set[str]:
    """Return the series in a results table.

    >>> row = {"measure": "any_return", "statistic": "percent", "group": "parent: mother; age: under 20"}
    >>> series_of(pd.DataFrame([row]))
    {'any_return.percent by age, parent'}
    """
    if table.empty:
        return set()
    group = table["group"].fillna("") if "group" in table else pd.Series("", index=table.index)
    rows = table[["measure", "statistic"]].assign(group=group).drop_duplicates()
    return {
        series_name(row["measure"], row["statistic"], row["group"]) for _, row in rows.iterrows()
    }


def _names(namespace: Mapping[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the tables of a namespace by name, and those that its objects of this package hold."""
    for name, value in list(namespace.items()):
        if name.startswith("_"):
            continue
        if isinstance(value, pd.DataFrame):
            yield name, value
        elif type(value).__module__.startswith("fjanalysis."):
            own = getattr(value, "__dict__", {})
            yield from (
                (f"{name}.{part}", held)
                for part, held in own.items()
                if isinstance(held, pd.DataFrame)
            )

"""The sensitivity table of a stream: its headline estimates under each variant, side by side.

It rests on the results of the stream and of its variants as they stand, and stands beside their folders
as `sensitivity.csv`. It is exact, and stays on the secure side; the pack has the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from fjanalysis.folders import write_text
from fjanalysis.results import QUALITY, read_csv
from fjanalysis.streams.stream import RESULTS

TABLE = "sensitivity.csv"
MAIN = "main"
PLACE = ["measure", "statistic", "area", "group", "horizon"]
LEFT_OUT = ("cohort_flow", *QUALITY)


def write_sensitivity(folder: Path, variants: Iterable[str]) -> Path | None:
    """Write a stream's sensitivity table from the variants at hand; return where, or None without any.

    A table of variants that are no longer there is taken away.

    Parameters
    ----------
    folder
        `results/DATE/STREAM`.
    variants
        Names of the variants of the settings, in order.
    """
    path = folder / TABLE
    names = [name for name in variants if (folder / name / RESULTS).is_file()]
    if not names or not (folder / MAIN / RESULTS).is_file():
        path.unlink(missing_ok=True)
        return None
    tables = {name: read_csv(folder / name / RESULTS) for name in (MAIN, *names)}
    table = sensitivity(tables)
    write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return path


def sensitivity(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return headline estimates, a row each, with a column a variant.

    Headlines are the estimates of nations over the whole window, each variant's own (a longer wash-out
    moves its start), that the stream and at least one of its variants give. Life tables, flow and quality
    are left out. Cells are empty where a variant does not give the estimate.

    Parameters
    ----------
    tables
        Results by variant, the stream's own first.
    """
    columns = {name: _headlines(table, name) for name, table in tables.items()}
    main, *others = columns
    wide = pd.concat(columns, axis=1, join="outer").sort_index()
    kept = wide[main].notna() & wide[others].notna().any(axis=1)
    return wide[kept].reset_index()[[*PLACE, *columns]]


def _headlines(table: pd.DataFrame, variant: str) -> pd.Series:
    rows = table[(table["variant"] == variant) & table["area"].str.fullmatch(r"[EWK]\d+")]
    rows = rows[~rows["area"].str.startswith("E12") & ~rows["measure"].isin(LEFT_OUT)]
    rows = rows[~rows["horizon"].str.endswith(("month", "months"))]
    years = rows["period"].str[-7:-3].astype(int) - rows["period"].str[:4].astype(int)
    longest = years.groupby([rows["area"], rows["measure"]]).transform("max")
    headline = rows[years == longest].set_index(PLACE)
    return headline["value"]

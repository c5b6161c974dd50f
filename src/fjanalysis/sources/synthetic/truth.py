"""The truth beside the data: which rows are faulty, late or not yet corrected, and who drew what.

Written into a folder beside the source tables, which nothing that reads a source looks into: for tests
and benchmarks, which hold results against it (docs/synthetic.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from fjanalysis.folders import write_text
from fjanalysis.sources.synthetic.cohorts import Expected, ratios
from fjanalysis.sources.synthetic.layout import Tables, dates, texts
from fjanalysis.sources.synthetic.records import FINAL_ORDER_COLUMNS, MILLION, Ints, World
from fjanalysis.sources.synthetic.revisions import Ledger
from fjanalysis.sources.synthetic.system import System, whole

FOLDER: Final = "truth"
_EVENT_DAYS: Final = {"cases": "issue", "hearings": "day", "orders": "day"}
_CORRECTIONS: Final = {
    "issue": ("applications", "application", "application date corrected"),
    "court": ("cases", "case", "court corrected"),
    "sex": ("persons", "person", "sex corrected"),
    "birth": ("persons", "person", "birth week corrected"),
    "type": ("orders", "order", "order corrected"),
}
_DAYS: Final = ("ends", "next", "next_new", "origin")
_MILLIONTHS: Final = ("ratio", "same_day", "emergency", "short_notice", *FINAL_ORDER_COLUMNS)
_COLUMNS: Final = (
    "measure", "statistic", "area", "period", "group", "horizon", "value", "denominator",
)  # fmt: skip


def write_faults(tables: Tables, system: System) -> None:
    """Append the faulty rows of a system: physical table (without its date), key and fault."""
    found = system.faults.faulted
    sizes = [len(keys) for _, _, keys in found]
    place = np.repeat(np.arange(len(found)), sizes)
    none = np.empty(0, dtype=np.int64)
    columns = {
        "table": texts(place, [table for table, _, _ in found]),
        "key": whole(np.concatenate([none, *(keys for _, _, keys in found)])),
        "fault": texts(place, [fault for _, fault, _ in found]),
    }
    tables.write("faults", columns)


def write_revisions(
    tables: Tables, system: System, ledger: Ledger, world: World, name: str
) -> None:
    """Append the revisions of a system that have begun by the refresh.

    A row stands wrong, apart, or not yet at all, from `since` up to the day before `until`.
    """
    refresh = system.extract.refresh

    def append(
        record: str, kind: str, keys: Ints, since: Ints, until: Ints, other: Ints | None = None
    ) -> None:
        begun = np.flatnonzero(since <= refresh)
        size = len(begun)
        columns = {
            "system": texts(np.zeros(size, dtype=np.int64), [name]),
            "record": texts(np.zeros(size, dtype=np.int64), [record]),
            "kind": texts(np.zeros(size, dtype=np.int64), [kind]),
            "key": whole(keys[begun]),
            "merged_into": (pa.nulls(size, pa.int64()) if other is None else whole(other[begun])),
            "since": dates(since[begun]),
            "until": dates(until[begun]),
        }
        tables.write("revisions", columns)

    for table, rows in ledger.late.items():
        record = table.removesuffix("s")
        event = getattr(world, table).column(_EVENT_DAYS[table])[rows]
        keys = system.keys(record, rows)
        append(record, "late entry", keys, event, ledger.known[table][rows])
    for field, (table, record, kind) in _CORRECTIONS.items():
        right = ledger.corrections[field]
        rows = right.rows
        keys = system.person(rows) if record == "person" else system.keys(record, rows)
        append(record, kind, keys, ledger.known[table][rows], right.until)
    doubles = ledger.doubles
    append(
        "person",
        "person merged",
        system.person(doubles.number),
        doubles.start,
        doubles.until,
        system.person(doubles.person),
    )


def write_drawn(tables: Tables, system: System, ledger: Ledger, world: World, name: str) -> None:
    """Append what the sets, newborn children and private cases of a system were drawn from.

    Persons and cases by the keys that the system knows them by; shares and ratios as numbers.
    """

    def append(table: str, rows: dict[str, Ints], persons: tuple[str, ...]) -> None:
        held = np.flatnonzero(ledger.known["cases"][rows["case"]] <= system.extract.refresh)
        columns = {"system": texts(np.zeros(len(held), dtype=np.int64), [name])}
        issue = world.cases.column("issue")[rows["case"][held]]
        columns["issue"] = dates(issue)
        for column, values in rows.items():
            mine = values[held]
            if column == "case":
                columns[column] = whole(system.keys("case", mine))
            elif column in persons:
                columns[column] = whole(system.person(mine))
            elif column in _DAYS:
                columns[column] = dates(mine)
            elif column in _MILLIONTHS:
                columns[column] = pa.array(mine / MILLION)
            else:
                columns[column] = whole(mine)
        tables.write(table, columns)

    append("sets", world.sets.columns(), ("mother",))
    append("newborns", world.newborns.columns(), ("child",))
    append("private_cases", world.returns.columns(), ())


def write_expected(path: Path, expected: Expected) -> None:
    """Write expected curves, shares and ratios under the keys of the results table.

    Ratios without area and period are those that were drawn with.
    """
    rows: list[tuple[object, ...]] = [
        (measure, "cumulative_percent", area, period, group, horizon, percent, families)
        for (measure, area, period, group), horizon, percent, families in expected.curves.percents()
    ]
    rows += [
        (measure, "percent", area, period, group, "", percent, base)
        for (measure, area, period, group), percent, base in expected.shares.percents()
    ]
    rows += [
        (each.measure, "hazard_ratio", *each.place, group, "", value, families)
        for each in (expected.mothers, expected.families)
        for group, value, families in each.values()
    ]
    rows += [(*ratio[:2], "", "", ratio[2], "", ratio[3], "") for ratio in ratios()]
    lines = [",".join(_COLUMNS)]
    for row in sorted(rows, key=lambda each: tuple(map(str, each[:6]))):
        texts_of = (f"{each:.8g}" if isinstance(each, float) else str(each) for each in row)
        lines.append(",".join(texts_of))
    write_text(path, "\n".join(lines) + "\n")

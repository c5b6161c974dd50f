"""Tiny refreshes made of rows, for tests of whatever reads a refresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from fjanalysis.refresh.declaration import TABLES
from fjanalysis.refresh.model import Refresh, connection, write_refresh

ARROW = {"date": pa.date32(), "week": pa.date32(), "boolean": pa.bool_(), "integer": pa.int32()}
ORIGIN = {"nation": "England", "system": "ecms"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "cases": {
        "law_type": "public",
        "local_authority": "E08000003",
        "region": "E12000002",
        "court": "Manchester",
        "dfj_area": "DFJ-manchester",
        "hmcts_region": "HMCTS-north-west",
    },
    "applications": {"application_type": "care"},
    "persons": {"sex": "unknown", "birth_week_mended": False, "ethnicity": "unknown"},
    "roles": {"role": "subject", "is_party": True},
    "relationships": {"relationship": "parent"},
    "hearings": {},
    "orders": {"order_type": "care order", "is_final": True, "case_level": False},
}
STARTS = {
    "England": {"public": "2007-04-01", "private": "2007-04-01"},
    "Wales": {"public": "2011-04-01", "private": "2007-04-01"},
}


def build_refresh(
    folder: Path,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    refresh: str = "2026-02-01",
    synthetic: bool = True,
    fill: bool = True,
    **manifest: Any,
) -> Refresh:
    """Write a valid refresh from rows and open it.

    Dates may be text. What a row leaves out has the default above, or is null. With `fill`, cases,
    persons and applications that are only referred to are added with defaults (the case of an
    application named only in `roles` is the role's; ids begin with the letter of a system), the
    `case_id` of a role is that of its application, and ids of hearings and orders are numbered.
    `manifest` goes to `write_refresh`: `data_start`, `follow_up_end`, `quality`.
    """
    rows = {name: [dict(row) for row in tables.get(name, ())] for name in TABLES}
    if fill:
        _fill(rows)
    made = connection()
    for name, table in TABLES.items():
        columns = {}
        for column in table.columns:
            default = (ORIGIN | DEFAULTS[name]).get(column.name)
            values = [row.pop(column.name, default) for row in rows[name]]
            if column.kind in ("date", "week"):
                values = [date.fromisoformat(v) if isinstance(v, str) else v for v in values]
            columns[column.name] = pa.array(values, ARROW.get(column.kind, pa.string()))
        unknown = sorted({each for row in rows[name] for each in row})
        assert not unknown, f"{name} has no columns {unknown}"
        made.register(f"{name}_rows", pa.table(columns))
        made.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_rows")
    end = manifest.pop("follow_up_end", None)
    return write_refresh(
        folder,
        made,
        refresh=refresh,
        synthetic=synthetic,
        sources=manifest.pop("sources", {"mappings": ["ecms"], "tables": {}}),
        data_start=manifest.pop("data_start", STARTS),
        follow_up_end=date.fromisoformat(end) if isinstance(end, str) else end,
        **manifest,
    )


def _fill(rows: dict[str, list[dict[str, Any]]]) -> None:
    case_of = {row["application_id"]: row["case_id"] for row in rows["applications"]}
    for row in rows["roles"]:
        row.setdefault("case_id", case_of.get(row["application_id"]))
        if row["application_id"] not in case_of:
            case_of[row["application_id"]] = row["case_id"]
            rows["applications"].append(
                {"application_id": row["application_id"], "case_id": row["case_id"]}
            )
    for table, key in (("hearings", "hearing_id"), ("orders", "order_id")):
        for number, row in enumerate(rows[table], 1):
            row.setdefault(key, f"E{number}")
    named = {
        row["case_id"] for table in ("applications", "hearings", "orders") for row in rows[table]
    }
    known = {row["case_id"] for row in rows["cases"]}
    rows["cases"] += [{"case_id": case} for case in sorted(named - known)]
    named = {
        row["person_id"] for table in ("roles", "relationships", "orders") for row in rows[table]
    }
    named |= {row["related_id"] for row in rows["relationships"]}
    known = {row["person_id"] for row in rows["persons"]}
    rows["persons"] += [{"person_id": person} for person in sorted(named - known)]

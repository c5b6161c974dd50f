"""Fake results folders made by hand, for tests of disclosure control."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.folders import sha256, write_text
from fjanalysis.project import (
    DisclosureException,
    DisclosureProfile,
    DisclosureSettings,
    Project,
    ProjectSettings,
    Settings,
    StreamSettings,
)
from fjanalysis.results import Relation, tidy, write_csv

DATE = "2026-02-01"
FINGERPRINT = "ab" * 32
ENGLAND = "E92000001"
# Lets every withheld count be told apart from small ones, for tests of other rules.
APART = DisclosureException(
    rows={}, rule="told apart", reason="This test is about another rule of disclosure control."
)
STREAMS = ("urgent-hearings", "recurrence")


def project(folder: Path, **profile: Any) -> Project:
    """Return a project whose root and workspace are `folder`, under a profile of these rules."""
    settings = Settings(
        project=ProjectSettings(title="Briefings", publisher="Nobody"),
        disclosure=DisclosureSettings(
            profiles={"standard": DisclosureProfile(**profile)}, exceptions=(APART,)
        ),
        streams={name: StreamSettings(notebook=f"analyses/{name}.ipynb") for name in STREAMS},
    )
    return Project(folder, folder, settings)


def write_refresh(project: Project, *, date: str = DATE, fingerprint: str = FINGERPRINT) -> None:
    """Write a refresh's manifest."""
    manifest = {
        "schema": 1,
        "refresh": date,
        "synthetic": True,
        "fingerprint": fingerprint,
        "data_start": {"England": {"public": "2007-04-01"}},
        "follow_up_end": "2026-01-31",
        "tables": {
            "cases": {"rows": 12_343, "sha256": "ab" * 32},
            "orders": {"rows": 7, "sha256": "ba" * 32},
        },
        "source": {
            "mappings": ["ecms"],
            "tables": {
                "CAFE_ECMS_CASES": {"rows": 12_343, "columns_sha256": "cd" * 32},
                "CAFE_ECMS_EXPERTS": {"rows": 4, "columns_sha256": "ef" * 32},
            },
        },
    }
    write_text(project.refreshes / date / "refresh.json", json.dumps(manifest))


def write_results(
    project: Project,
    rows: Iterable[Mapping[str, Any]] | pd.DataFrame,
    *,
    stream: str = "urgent-hearings",
    variant: str = "main",
    date: str = DATE,
    fingerprint: str = FINGERPRINT,
    relations: Sequence[Relation] = (),
    steps: Sequence[str] = (),
) -> Path:
    """Write one variant's results folder and return it; `steps` are those of its flow, in order."""
    frame = rows if isinstance(rows, pd.DataFrame) else tidy(rows)
    frame = frame.assign(stream=stream, variant=variant)
    folder = project.results / date / stream / variant
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(frame, folder / "results.csv")
    description = {
        "stream": stream,
        "variant": variant,
        "title": stream.replace("-", " ").capitalize(),
        "parameters": {"newborn_days": 14},
        "definitions": [{"term": "Newborn", "text": "Under 14 days old at issue."}],
        "measures": [
            {"id": name, "label": name, "unit": "child's case", "definition": name}
            | ({"steps": list(steps)} if name == "cohort_flow" else {})
            for name in sorted(set(frame["measure"]))
        ],
        "notes": {},
        "relations": [relation.to_json() for relation in relations],
    }
    write_text(folder / "stream.json", json.dumps(description))
    record = {
        "code": "1" * 64,
        "notebook": "2" * 64,
        "refresh": fingerprint,
        "files": {name: sha256(folder / name) for name in ("results.csv", "stream.json")},
    }
    write_text(folder / "run.json", json.dumps(record))
    return folder


def count(measure: str, number: int, **more: Any) -> dict[str, Any]:
    """Return a row that counts `number`."""
    return {
        "measure": measure,
        "statistic": "count",
        "area": ENGLAND,
        "period": "2019-20",
        "value": number,
        "numerator": number,
        **more,
    }


def percent(measure: str, number: int, base: int, **more: Any) -> dict[str, Any]:
    """Return a row of `number` in `base` as a percentage, with an interval that is plainly not rounded."""
    value = 100 * number / base
    return {
        "measure": measure,
        "statistic": "percent",
        "area": ENGLAND,
        "period": "2019-20",
        "value": value,
        "lower": value * 0.9123456789,
        "upper": min(100.0, value * 1.0987654321),
        "numerator": number,
        "denominator": base,
        **more,
    }

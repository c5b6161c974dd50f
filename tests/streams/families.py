"""Small random refreshes of families in care proceedings, faults and ties included."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

Rows = dict[str, list[dict[str, Any]]]
FIRST = date(2012, 1, 2)
PLACES = [
    ("England", "E12000001", "DFJ-cleveland-and-south-durham"),
    ("England", "E12000002", "DFJ-manchester"),
    ("England", None, "DFJ-liverpool"),
    ("England", "E12000007", None),
    ("Wales", None, "DFJ-swansea"),
]
ORDERS = [
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
    "dismissed",
    "interim care order",
]


def random_families(seed: int, mothers: int, span_days: int = 4500) -> Rows:
    """Return research-ready rows of `mothers` families, from few days and weeks so that ties abound."""
    draw = np.random.default_rng(seed)
    rows: Rows = {
        name: []
        for name in (
            "cases",
            "applications",
            "persons",
            "roles",
            "relationships",
            "hearings",
            "orders",
        )
    }
    child_number = case_number = 0
    for number in range(mothers):
        mother = f"EM{number:04d}"
        rows["persons"].append(
            {
                "person_id": mother,
                "sex": "female" if draw.random() < 0.97 else "unknown",
                "birth_week": _monday(FIRST - timedelta(days=int(draw.integers(3000, 16000)))),
            }
        )
        day = FIRST + timedelta(days=int(draw.integers(0, span_days)))
        children: list[tuple[str, date | None]] = []
        place = PLACES[int(draw.integers(len(PLACES)))]
        for _ in range(int(draw.integers(1, 4))):
            case_number += 1
            case = f"EC{case_number:05d}"
            if not children or draw.random() < 0.6:
                child_number += 1
                child = f"EK{child_number:05d}"
                born = _monday(
                    day - timedelta(days=int(draw.choice([0, 0, 3, 8, 15, 40, 400, -9])))
                )
                known = draw.random() < 0.95
                rows["persons"].append(
                    {
                        "person_id": child,
                        "sex": str(draw.choice(["female", "male", "unknown"])),
                        "birth_week": born if known else None,
                        "ethnicity": str(draw.choice(["white", "black", "unknown"])),
                    }
                )
                if draw.random() < 0.95:
                    rows["relationships"].append(
                        {"person_id": child, "related_id": mother, "relationship": "parent"}
                    )
                children.append((child, born))
            named = children if draw.random() < 0.5 else children[-1:]
            closed = day + timedelta(days=int(draw.integers(50, 400)))
            rows["cases"].append(
                {
                    "case_id": case,
                    "nation": place[0],
                    "region": place[1],
                    "dfj_area": place[2],
                    "received_date": day,
                    "closed_date": closed if draw.random() < 0.9 else None,
                }
            )
            _apply(rows, draw, case, mother, day=day, named=[child for child, _ in named])
            if draw.random() < 0.9:
                for _ in range(2):
                    notice = int(draw.choice([-2, 0, 0, 1, 2, 3, 5, 7, 8, 20]))
                    rows["hearings"].append(
                        {"case_id": case, "hearing_date": day + timedelta(days=notice)}
                    )
            if draw.random() < 0.8:
                for child, _ in named:
                    kind = str(draw.choice(ORDERS))
                    rows["orders"].append(
                        {
                            "case_id": case,
                            "application_id": f"{case}-1",
                            "person_id": child,
                            "order_type": kind,
                            "is_final": not kind.startswith("interim"),
                            "order_date": closed,
                        }
                    )
            day += timedelta(days=int(draw.choice([0, 5, 14, 15, 40, 365, 365, 1095, 1096])))
    return rows


def _apply(
    rows: Rows, draw: np.random.Generator, case: str, mother: str, *, day: date, named: list[str]
) -> None:
    kinds = ["care", "supervision", "placement", "emergency protection"]
    for number in range(1, int(draw.integers(2, 4))):
        kind = "care" if number == 1 else str(draw.choice(kinds))
        issued = day if number == 1 else day + timedelta(days=int(draw.choice([-3, 0, 10, 60])))
        application = f"{case}-{number}"
        rows["applications"].append(
            {
                "application_id": application,
                "case_id": case,
                "application_type": kind,
                "issue_date": issued,
            }
        )
        for child in named:
            rows["roles"].append(
                {
                    "application_id": application,
                    "case_id": case,
                    "person_id": child,
                    "role": "subject",
                }
            )
        rows["roles"].append(
            {
                "application_id": application,
                "case_id": case,
                "person_id": mother,
                "role": "respondent",
            }
        )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())

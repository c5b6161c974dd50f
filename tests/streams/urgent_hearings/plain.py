"""The cohort of urgent hearings again, slowly and obviously: plain Python over rows of a refresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

LADDER = [
    {"placement order"},
    {"care order"},
    {"special guardianship"},
    {"child arrangements"},
    {"supervision order"},
    {"family assistance order"},
    {"no order", "dismissed", "withdrawn"},
]
RUNGS = [
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
]
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def completed_years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Records:
    """The rows of a refresh, asked one question at a time."""

    def __init__(self, rows: Rows, end: date, gap: int = 14, new_baby: bool = True) -> None:
        self.rows, self.end, self.gap, self.new_baby = rows, end, gap, new_baby
        self.person = {row["person_id"]: row for row in rows["persons"]}
        self.case = {row["case_id"]: row for row in rows["cases"]}
        self.s31 = {
            row["application_id"]: row
            for row in rows["applications"]
            if row["application_type"] in ("care", "supervision") and row["issue_date"] <= end
        }
        self.subjects: dict[str, set[str]] = {}
        self.parties: dict[str, set[str]] = {}
        for row in rows["roles"]:
            if row["application_id"] not in self.s31:
                continue
            if row["role"] == "subject":
                self.subjects.setdefault(row["application_id"], set()).add(row["person_id"])
            elif row.get("is_party", True):
                self.parties.setdefault(row["application_id"], set()).add(row["person_id"])

    def children(self) -> list[str]:
        return sorted({child for named in self.subjects.values() for child in named})

    def mother(self, child: str) -> str | None:
        return self.parent(child, "female")

    def parent(self, child: str, sex: str) -> str | None:
        found = {
            row["related_id"]
            for row in self.rows["relationships"]
            if row["person_id"] == child
            and row["relationship"] == "parent"
            and self.person[row["related_id"]]["sex"] == sex
        }
        if len(found) > 1:
            found = {
                parent
                for parent in found
                if any(
                    parent in self.parties.get(application, set())
                    for application, named in self.subjects.items()
                    if child in named
                )
            }
        return found.pop() if len(found) == 1 else None

    def applications_of(self, child: str) -> list[Mapping[str, Any]]:
        return [
            self.s31[application] for application, named in self.subjects.items() if child in named
        ]

    def sets_of(self, owned: Sequence[str]) -> list[list[str]]:
        """Return the sets, each a list of case ids, of whoever has the children `owned`."""
        cases: dict[str, list[Mapping[str, Any]]] = {}
        for child in owned:
            for application in self.applications_of(child):
                cases.setdefault(application["case_id"], []).append(application)
        issued = {}
        for case in cases:
            every = [row["issue_date"] for row in self.s31.values() if row["case_id"] == case]
            issued[case] = min(every)
        sets: list[list[str]] = []
        for case in sorted(cases, key=lambda each: (issued[each], each)):
            named_at_issue = [
                self.person[child]["birth_week"]
                for child in owned
                if any(
                    child in self.subjects[application["application_id"]]
                    and application["issue_date"] == issued[case]
                    for application in cases[case]
                )
            ]
            births = [born for born in named_at_issue if born is not None]
            running = sets[-1] if sets else None
            if running is None:
                sets.append([case])
                continue
            begun, before = issued[running[0]], issued[running[-1]]
            new_born = self.new_baby and any(born > begun for born in births)
            if (issued[case] - before).days > self.gap or new_born:
                sets.append([case])
            else:
                running.append(case)
        return sets

    def issue_of_set(self, cases: Sequence[str]) -> date:
        return min(row["issue_date"] for row in self.s31.values() if row["case_id"] == cases[0])

    def orders_of(self, child: str, cases: Sequence[str]) -> list[tuple[int, date]]:
        """Return the rung and the date of each final order for the child in a set."""
        begun = max(self.issue_of_set(cases), date(2010, 4, 1))
        return [
            (rung, row["order_date"])
            for row in self.rows["orders"]
            for rung, kinds in enumerate(LADDER)
            if row["person_id"] == child
            and row["case_id"] in cases
            and row["is_final"]
            and row["order_type"] in kinds
            and begun <= row["order_date"] <= self.end
        ]

    def final_order(self, child: str, cases: Sequence[str]) -> str:
        made = self.orders_of(child, cases)
        if made:
            return RUNGS[min(made)[0]]
        closures = [self.case[case]["closed_date"] for case in cases]
        ended = all(day is not None and day <= self.end for day in closures)
        return "no order recorded" if ended else "still open"


def infants(
    rows: Rows,
    end: date,
    *,
    newborn_days: int = 14,
    look_back_years: int = 3,
    settling_days: int = 28,
    merge_gap_days: int = 14,
    new_baby_starts_set: bool = True,
) -> list[dict[str, Any]]:
    """Return one record an infant and set, sorted by child and set number."""
    records = Records(rows, end, merge_gap_days, new_baby_starts_set)
    mothers = {child: records.mother(child) for child in records.children()}
    found = []
    for child in records.children():
        mother = mothers[child]
        owned = [each for each in mothers if mothers[each] == mother] if mother else [child]
        born = records.person[child]["birth_week"]
        sets = records.sets_of(owned)
        for number, cases in enumerate(sets, 1):
            own = [row for row in records.applications_of(child) if row["case_id"] in cases]
            if not own or born is None:
                continue
            first = min(own, key=lambda row: (row["issue_date"], row["application_id"]))
            issued = first["issue_date"]
            if born > issued or completed_years(born, issued) >= 1:
                continue
            newborn = (issued - born).days // 7 < newborn_days // 7
            hearings = [
                row["hearing_date"]
                for row in rows["hearings"]
                if row["case_id"] == first["case_id"] and issued <= row["hearing_date"] <= end
            ]
            notice = (min(hearings) - issued).days if hearings and newborn else None
            earlier = False
            for before in sets[: number - 1] if mother and newborn else []:
                begun = records.issue_of_set(before)
                recent = completed_years(begun, issued) < look_back_years or (
                    begun.replace(year=begun.year + look_back_years) == issued
                    if (begun.month, begun.day) != (2, 29)
                    else False
                )
                older = any(
                    row["case_id"] in before and (records.person[each]["birth_week"] or end) < born
                    for each in owned
                    for row in records.applications_of(each)
                )
                earlier = earlier or (recent and older)
            case = records.case[first["case_id"]]
            age = None
            if mother and records.person[mother].get("birth_week"):
                week = records.person[mother]["birth_week"]
                if 12 <= completed_years(week, born) <= 60:
                    age = completed_years(week, issued)
            found.append(
                {
                    "child_id": child,
                    "set_number": number,
                    "case_id": first["case_id"],
                    "mother_id": mother,
                    "region": case["region"],
                    "year": issued.year - (issued.month < 4),
                    "issue_date": issued,
                    "newborn": newborn,
                    "notice_days": notice,
                    "mother_age": age,
                    "settled": end - issued >= timedelta(days=settling_days),
                    "subsequent": earlier,
                    "final_order": records.final_order(child, cases),
                }
            )
    return found

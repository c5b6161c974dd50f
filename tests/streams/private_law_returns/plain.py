"""Every count and curve of private-law returns again, slowly and obviously: plain Python over rows of a refresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from tests.streams.families import PLACES, Rows
from tests.streams.plain_curves import Life, Numbers, curve, months_later, summaries
from tests.streams.urgent_hearings.plain import Records, completed_years

ORDERS = (
    "time with",
    "live with",
    "live and time with",
    "prohibited steps",
    "specific issue",
    "enforcement",
)
QUARTILES = {"lower_quartile_days": 0.25, "median_days": 0.5, "upper_quartile_days": 0.75}
FIRST = date(2008, 1, 7)
Expected = dict[tuple[str, ...], Numbers]
Places = Sequence[tuple[str, str, str, str, set[int]]]


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def random_law(seed: int, number: int) -> Rows:
    """Return rows of `number` families with private and public cases, from few days so that ties abound."""
    draw = np.random.default_rng(seed)
    names = ("cases", "applications", "persons", "roles", "relationships", "hearings", "orders")
    rows: Rows = {name: [] for name in names}
    cases = 0
    for family in range(number):
        day = FIRST + timedelta(days=int(draw.integers(0, 4500)))
        adults = [f"EA{family:03d}{letter}" for letter in "mfg"]
        for adult, sex in zip(adults, ("female", "male", "unknown"), strict=True):
            week = monday(day - timedelta(days=int(draw.integers(5500, 16000))))
            known = draw.random() < 0.95
            person = {"person_id": adult, "sex": sex, "birth_week": week if known else None}
            person["deprivation_quintile"] = (
                int(draw.integers(1, 6)) if draw.random() < 0.9 else None
            )
            rows["persons"].append(person)
        children = [f"EK{family:03d}{letter}" for letter in "abc"[: int(draw.integers(1, 4))]]
        for child in children:
            week = monday(day - timedelta(days=int(draw.integers(-40, 6500))))
            known = draw.random() < 0.95
            rows["persons"].append({"person_id": child, "birth_week": week if known else None})
            for adult, kind in zip(adults, ("parent", "parent", "grandparent"), strict=True):
                if draw.random() < 0.85:
                    rows["relationships"].append(_related(draw, child, adult, kind))
                # Some parents are recorded as grandparents as well.
                if kind == "parent" and draw.random() < 0.1:
                    rows["relationships"].append(_related(draw, child, adult, "grandparent"))
        place = PLACES[int(draw.integers(len(PLACES)))]
        for _ in range(int(draw.integers(1, 6))):
            cases += 1
            law = "public" if draw.random() < 0.2 else "private"
            _case(
                rows,
                draw,
                f"EC{int(draw.integers(1, 9))}{cases:04d}",
                law,
                place,
                day,
                adults,
                children,
            )
            day += timedelta(days=int(draw.choice([0, 0, 14, 15, 100, 365, 366, 731, 1095, 1096])))
    return rows


def _related(draw: np.random.Generator, child: str, adult: str, kind: str) -> dict[str, Any]:
    """Return a relationship as it may stand, in either direction."""
    if draw.random() < 0.5:
        return {"person_id": child, "related_id": adult, "relationship": kind}
    turned = {"parent": "child", "grandparent": "grandchild"}[kind]
    return {"person_id": adult, "related_id": child, "relationship": turned}


def _case(
    rows: Rows, draw: np.random.Generator, case: str, law: str, place: tuple[Any, ...], day: date,
    adults: Sequence[str], children: Sequence[str],
) -> None:  # fmt: skip
    closed = day + timedelta(days=int(draw.integers(0, 400)))
    rows["cases"].append(
        {
            "case_id": case, "law_type": law, "nation": place[0], "region": place[1], "dfj_area": place[2],
            "closed_date": closed if draw.random() < 0.85 else None,
        }
    )  # fmt: skip
    kinds = (
        (*ORDERS, "parental responsibility")
        if law == "private"
        else ("care", "supervision", "emergency protection")
    )
    named = [child for child in children if draw.random() < 0.7]
    for number in range(int(draw.integers(1, 3))):
        application = f"{case}-{number}"
        rows["applications"].append(
            {
                "application_id": application, "case_id": case, "application_type": str(draw.choice(kinds)),
                "issue_date": day + timedelta(days=int(draw.choice([0, 0, 20]))),
            }
        )  # fmt: skip
        for child in named:
            rows["roles"].append(
                {
                    "application_id": application,
                    "case_id": case,
                    "person_id": child,
                    "role": "subject",
                }
            )
        for adult in adults:
            role = str(draw.choice(["applicant", "respondent", "other", "none"]))
            if role != "none":
                rows["roles"].append(
                    {
                        "application_id": application,
                        "case_id": case,
                        "person_id": adult,
                        "role": role,
                    }
                )
    if draw.random() < 0.6:
        rows["hearings"].append(
            {"case_id": case, "hearing_date": day + timedelta(days=int(draw.integers(-5, 300)))}
        )
    for child in named:
        if draw.random() < 0.6:
            kind = str(
                draw.choice(["child arrangements", "care order", "no order", "interim care order"])
            )
            made = day + timedelta(days=int(draw.integers(0, 350)))
            final = not kind.startswith("interim")
            rows["orders"].append(
                {
                    "case_id": case,
                    "person_id": child,
                    "order_type": kind,
                    "is_final": final,
                    "order_date": made,
                }
            )


@dataclass(eq=False)
class Case:
    """A private case about arrangements for children."""

    id: str
    issue: date
    areas: frozenset[str]
    kinds: set[str]
    children: set[str]
    applicants: set[str]
    respondents: set[str]
    before: Case | None = None
    is_return: bool = False
    is_first: bool = False
    back: Case | None = None
    origin: date | None = None
    end: date = date.max
    parental: bool = True
    relation: str = ""
    levels: dict[str, str] = field(default_factory=dict)

    @property
    def year(self) -> int:
        """The financial year of issue, by the year in which it begins."""
        return self.issue.year - (self.issue.month < 4)

    def life(self) -> Life | None:
        """Return the time to the return, where it can be followed."""
        if self.origin is None or self.origin > self.end:
            return None
        returned = max(self.back.issue, self.origin) if self.back else None
        return Life(self.origin, returned, self.end)


def areas_of(case: Mapping[str, Any]) -> frozenset[str]:
    """Return the areas that a case is in."""
    nation = {"England": "E92000001", "Wales": "W92000004"}[case["nation"]]
    return frozenset({"K04000001", nation, *({case["region"], case["dfj_area"]} - {None})})


class Law:
    """The private cases of a refresh, in order of issue and id, each looked at on its own."""

    def __init__(
        self, rows: Rows, end: date, starts: Mapping[str, date], gap: int, origin: str
    ) -> None:
        self.rows, self.end, self.gap = rows, end, gap
        self.person = {row["person_id"]: row for row in rows["persons"]}
        self.case = {row["case_id"]: row for row in rows["cases"]}
        made = (self._read(row) for row in rows["cases"] if row["law_type"] == "private")
        self.cases = sorted((case for case in made if case), key=lambda case: (case.issue, case.id))
        for place, case in enumerate(self.cases):
            linked = [each for each in self.cases[:place] if each.children & case.children]
            case.before = linked[-1] if linked else None
            case.is_return = bool(linked) and (case.issue - linked[-1].issue).days > gap
            case.is_first = not linked and case.issue >= starts[self.case[case.id]["nation"]]
            self._time(case, origin)
            self._adults(case)
        for place, case in enumerate(self.cases):
            later = [
                c for c in self.cases[place + 1 :] if c.is_return and c.children & case.children
            ]
            case.back = later[0] if later else None

    def _read(self, row: Mapping[str, Any]) -> Case | None:
        about = {
            each["application_id"]: each
            for each in self.rows["applications"]
            if each["case_id"] == row["case_id"]
            and each["application_type"] in ORDERS
            and each["issue_date"] <= self.end
        }
        if not about:
            return None

        def people(role: str) -> set[str]:
            return {
                each["person_id"]
                for each in self.rows["roles"]
                if each["application_id"] in about and each["role"] == role
            }

        return Case(
            row["case_id"],
            min(each["issue_date"] for each in about.values()),
            areas_of(row),
            {each["application_type"] for each in about.values()},
            people("subject"),
            people("applicant"),
            people("respondent"),
        )

    def _time(self, case: Case, origin: str) -> None:
        def last(table: str, day: str, kept: Callable[[Mapping[str, Any]], bool]) -> date | None:
            days = [
                row[day]
                for row in self.rows[table]
                if row["case_id"] == case.id and row[day] <= self.end and kept(row)
            ]
            return max(days) if days else None

        closed = self.case[case.id]["closed_date"]
        if closed is not None and closed <= self.end:
            order = last("orders", "order_date", lambda row: bool(row["is_final"]))
            hearing = last("hearings", "hearing_date", lambda row: True)
            case.origin = max(order or hearing or closed, case.issue)
        if origin == "issue":
            case.origin = case.issue
        births = [self.person[child]["birth_week"] for child in case.children]
        known = [week for week in births if week is not None]
        case.end = min(months_later(max(known), 12 * 18), self.end) if known else self.end
        age = completed_years(max(known), case.issue) if known else None
        bands = ("under 1", "1 to 4", "5 to 9", "10 and over")
        case.levels["youngest child"] = (
            "unknown" if age is None else bands[sum(age >= bound for bound in (1, 5, 10))]
        )

    def related(self, adult: str, child: str, kind: str) -> bool:
        """Return whether an adult is recorded as a child's parent or grandparent, in either direction."""
        turned = {"parent": "child", "grandparent": "grandchild"}[kind]
        return any(
            (row["person_id"], row["related_id"], row["relationship"])
            in {(child, adult, kind), (adult, child, turned)}
            for row in self.rows["relationships"]
        )

    def _adults(self, case: Case) -> None:
        def any_of(adult: str, kind: str) -> bool:
            return any(self.related(adult, child, kind) for child in case.children)

        case.parental = all(any_of(adult, "parent") for adult in case.applicants | case.respondents)
        others = [adult for adult in case.applicants if not any_of(adult, "parent")]
        if any(any_of(adult, "grandparent") for adult in others):
            case.relation = "grandparent"
        else:
            case.relation = "parent" if len(others) < len(case.applicants) else "none recorded"
        sexes = {self.person[adult]["sex"] for adult in case.applicants} & {"female", "male"}
        case.levels["sex"] = "both" if len(sexes) == 2 else next(iter(sexes), "unknown")
        lives, times = "live with" in case.kinds, "time with" in case.kinds
        ranked = ["live with", "time with", "enforcement", "prohibited steps", "specific issue"]
        both = "live and time with" in case.kinds or (lives and times)
        case.levels["order sought"] = (
            "live and time with" if both else next(kind for kind in ranked if kind in case.kinds)
        )

    def applicant_levels(self, case: Case, adult: str) -> dict[str, str]:
        """Return an applicant's sex, age and deprivation."""
        own = self.person[adult]
        week, sex = own["birth_week"], own["sex"]
        births = [
            self.person[child]["birth_week"]
            for child in case.children
            if self.related(adult, child, "parent")
        ]
        ages = [
            completed_years(week, born) for born in births if born is not None and week is not None
        ]
        possible = all(age >= 12 and (sex != "female" or age <= 60) for age in ages)
        age = completed_years(week, case.issue) if week and possible else None
        names = ("under 20", "20 to 24", "25 to 29", "30 to 34", "35 and over")
        return {
            "sex": sex,
            "age": "unknown" if age is None else names[sum(age >= b for b in (20, 25, 30, 35))],
            "deprivation quintile": str(own["deprivation_quintile"] or "unknown"),
        }

    def brought_by(self, case: Case) -> str:
        """Return what the applicant of a return was in the case before."""
        before = case.before
        if before is None:
            raise ValueError(case.id)
        if case.applicants & before.applicants:
            return "same"
        return "former respondent" if case.applicants & before.respondents else "another person"

    def public_after(self, case: Case, years: int) -> bool | None:
        """Return whether public law follows a first case; None without full follow-up."""
        limit = months_later(case.issue, 12 * years)
        if limit > self.end:
            return None
        public = {row["case_id"] for row in self.rows["cases"] if row["law_type"] == "public"}
        named = {
            (row["application_id"], row["person_id"])
            for row in self.rows["roles"]
            if row["role"] == "subject"
        }
        return any(
            row["case_id"] in public
            and case.issue < row["issue_date"] <= limit
            and any((row["application_id"], child) in named for child in case.children)
            for row in self.rows["applications"]
        )

    def ended_sets(self) -> Iterator[tuple[frozenset[str], date, str]]:
        """Yield the areas, final order's date and child of each set of care proceedings that ended with one."""
        records = Records(self.rows, self.end, self.gap)
        mothers = {child: mother_of(self, child) for child in records.children()}
        for child, mother in mothers.items():
            owned = [each for each in mothers if mothers[each] == mother] if mother else [child]
            for cases in records.sets_of(owned):
                own = [row for row in records.applications_of(child) if row["case_id"] in cases]
                orders = records.orders_of(child, cases)
                if own and orders:
                    first = min(own, key=lambda row: (row["issue_date"], row["application_id"]))
                    yield areas_of(self.case[first["case_id"]]), min(orders)[1], child


def mother_of(law: Law, child: str) -> str | None:
    """Return the mother, whichever way round the relationship stands."""
    found = {
        adult
        for adult, row in law.person.items()
        if row.get("sex") == "female" and law.related(adult, child, "parent")
    }
    return found.pop() if found else None


def kept_places(places: Places) -> Iterator[tuple[str, str, str, str, set[int]]]:
    """Yield the places of all that is given over longer periods in DFJ areas."""
    yield from (each for each in places if each[1] != "dfj-area" or each[3] != "year")


Share = tuple[int, int] | None


def shares(
    units: Sequence[tuple[frozenset[str], int, bool]], places: Places
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return, by area and period, how many units have what is looked for, of how many."""
    return {
        (area, period): (sum(has for _, _, has in own), len(own))
        for area, _, period, _, years in kept_places(places)
        for own in [[each for each in units if area in each[0] and each[1] in years]]
    }


def curves(law: Law, places: Places) -> Expected:
    """Return the curves of first cases in every area and period, and over the whole window their summaries."""
    found: Expected = {}
    for area, level, period, kind, years in kept_places(places):
        lives = [
            lived
            for case in law.cases
            if case.is_first
            and area in case.areas
            and case.year in years
            and (lived := case.life())
        ]
        if lives:
            rows = curve(
                lives, "first_return", "", 1 if kind == "whole" and level != "dfj-area" else 12
            )
            if kind == "whole":
                rows |= summaries(lives, "first_return", "")
            found |= {(area, period, *key): value for key, value in rows.items()}
    return found


def grouped_curves(
    units: Sequence[tuple[Case, str, Life | None]], places: Places, measure: str, *, summed: bool
) -> Expected:
    """Return the curves of nations over the whole window, of lives placed where a case is, by group."""
    found: Expected = {}
    for area, level, period, kind, years in places:
        if level not in ("nations", "nation") or kind != "whole":
            continue
        groups: dict[str, list[Life]] = {}
        for case, group, lived in units:
            if lived and area in case.areas and case.year in years:
                groups.setdefault(group, []).append(lived)
        for group, lives in groups.items():
            rows = curve(lives, measure, group, 1)
            if summed:
                rows |= summaries(lives, measure, group)
            found |= {(area, period, *key): value for key, value in rows.items()}
    return found

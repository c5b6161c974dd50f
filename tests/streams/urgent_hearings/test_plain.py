"""Every count and share of urgent hearings, in every area and period, is the one that plain Python finds."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fjanalysis.streams.study import Study
from fjanalysis.streams.urgent_hearings import measures
from fjanalysis.streams.urgent_hearings.cohort import Babies, gather
from tests.streams.families import Rows, random_families
from tests.streams.plain_curves import months_later
from tests.streams.private_law_returns.plain import QUARTILES, areas_of, kept_places, shares
from tests.streams.private_law_returns.test_plain import check, places_of
from tests.streams.urgent_hearings.plain import infants
from tests.streams.urgent_hearings.test_cohort import END, study_of

STARTS = {"England": date(2007, 4, 1), "Wales": date(2011, 4, 1)}
Record = dict[str, Any]
ENDS = (
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
    "no order recorded",
)


def counted(records: list[Record], places: list[Any]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the number of records of every area and period, as counts are compared."""
    return {
        (area, period): (number, number)
        for area, _, period, _, years in places
        for number in [sum(area in each["areas"] and each["year"] in years for each in records)]
    }


def share(records: list[Record], name: str, places: list[Any]) -> dict[tuple[str, str], Any]:
    return shares([(each["areas"], each["year"], bool(each[name])) for each in records], places)


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 10_000),
    newborn_days=st.sampled_from([7, 14, 28]),
    look_back_years=st.sampled_from([1, 3]),
)
def test_every_count_and_share_is_what_plain_python_finds(
    seed: int, newborn_days: int, look_back_years: int
) -> None:
    rows = random_families(seed, 120)
    cases = {row["case_id"]: row for row in rows["cases"]}
    records = infants(rows, END, newborn_days=newborn_days, look_back_years=look_back_years)
    for each in records:
        each["areas"] = areas_of(cases[each["case_id"]])
    with tempfile.TemporaryDirectory() as place:
        parameters = {"newborn_days": newborn_days, "look_back_years": look_back_years}
        study = study_of(Path(place), rows, **parameters)
        babies = gather(study)
        check_cases(study, babies, records)
        check_notice(study, babies, records)
        check_subsequent(study, babies, records, look_back_years)
    check_orders(babies, records)
    check_protections(babies, protections(rows, newborn_days))


def check_cases(study: Study, babies: Babies, records: list[Record]) -> None:
    found = measures.case_rows(babies, measures.live_births(study))
    places = places_of(babies.grid)
    plain = [place for place in places if place[3] != "local"]
    newborns = [each for each in records if each["newborn"]]
    own = {name: found[found["measure"] == name] for name in set(found["measure"])}
    check(own["newborn_cases"], "", counted(newborns, plain), "count")
    check(own["infant_cases"], "", counted(records, plain), "count")
    check(own["newborn_share_of_infants"], "", share(records, "newborn", places))


def check_notice(study: Study, babies: Babies, records: list[Record]) -> None:
    found = measures.notice_rows(babies, study.parameters)  # type: ignore[arg-type]
    places = places_of(babies.grid)
    settled = [each for each in records if each["newborn"] and each["settled"]]
    for each in settled:
        days = each["notice_days"]
        each |= {"known": days is not None, "unknown_notice": days is None}
        for name, most in (
            ("same_day_hearing", 0),
            ("emergency_hearing", 2),
            ("short_notice_hearing", 7),
        ):
            each[name] = days is not None and days <= most
    known = [each for each in settled if each["known"]]
    for name in ("same_day_hearing", "emergency_hearing", "short_notice_hearing", "unknown_notice"):
        own = found[found["measure"] == name]
        check(own, "", share(settled if name == "unknown_notice" else known, name, places))
        chosen = [each for each in settled if each[name]]
        check(own, "", counted(chosen, list(kept_places(places))), "count")
    days = found[found["measure"] == "notice_days"]
    for row in days.to_dict("records"):
        years = next(
            place[4] for place in places if (place[0], place[2]) == (row["area"], row["period"])
        )
        here = [
            each["notice_days"]
            for each in known
            if row["area"] in each["areas"] and each["year"] in years
        ]
        assert (row["status"], row["numerator"]) == ("ok" if here else "z", len(here))
        if here:
            assert row["value"] == pytest.approx(np.quantile(here, QUARTILES[row["statistic"]]))
    assert known


def check_subsequent(study: Study, babies: Babies, records: list[Record], years: int) -> None:
    found = measures.subsequent_rows(babies, study, study.parameters)  # type: ignore[arg-type]
    places = places_of(babies.grid)
    known = [each for each in records if each["newborn"] and each["mother_id"]]
    nation = dict(zip(study.areas["code"], study.areas["parent"], strict=True))

    def start(area: str) -> date:
        while area not in ("E92000001", "W92000004", "K04000001"):
            area = nation[area]
        return STARTS["England" if area == "E92000001" else "Wales"]

    wanted = {
        (area, period): None
        if date(int(period[:4]), 4, 1) < months_later(start(area), 12 * years)
        else numbers
        for (area, period), numbers in share(known, "subsequent", places).items()
    }
    assert None in wanted.values()
    check(found, "", wanted)


def check_orders(babies: Babies, records: list[Record]) -> None:
    found = measures.final_order_rows(babies)
    places = places_of(babies.order_grid)
    newborns = [each for each in records if each["newborn"]]
    ended = [each for each in newborns if each["final_order"] != "still open"]
    kept = list(kept_places(places))
    check(found, "", counted(ended, kept), "count")
    for order in ENDS:
        for each in ended:
            each["this"] = each["final_order"] == order
        check(found, f"final order: {order}", share(ended, "this", places))
        check(
            found, f"final order: {order}", counted([e for e in ended if e["this"]], kept), "count"
        )
    for each in newborns:
        each["open"] = each["final_order"] == "still open"
    check(found, "final order: still open", share(newborns, "open", places))


def protections(rows: Rows, newborn_days: int) -> list[Record]:
    """Return every emergency protection application for a newborn baby, one a child."""
    person = {row["person_id"]: row for row in rows["persons"]}
    case = {row["case_id"]: row for row in rows["cases"]}
    found = []
    for application in rows["applications"]:
        issued = application["issue_date"]
        if application["application_type"] != "emergency protection" or issued > END:
            continue
        for role in rows["roles"]:
            born = person[role["person_id"]]["birth_week"]
            named = role["application_id"] == application["application_id"]
            if not named or role["role"] != "subject" or born is None or born > issued:
                continue
            if (issued - born).days // 7 * 7 < newborn_days:
                naming = {
                    each["application_id"]
                    for each in rows["roles"]
                    if each["person_id"] == role["person_id"] and each["role"] == "subject"
                }
                later = [
                    each["issue_date"]
                    for each in rows["applications"]
                    if each["application_type"] in ("care", "supervision")
                    and each["application_id"] in naming
                ]
                found.append(
                    {
                        "areas": areas_of(case[application["case_id"]]),
                        "year": issued.year - (issued.month < 4),
                        "observed": issued + timedelta(days=28) <= END,
                        "followed": any(0 <= (day - issued).days <= 28 for day in later),
                    }
                )
    return found


def check_protections(babies: Babies, found: list[Record]) -> None:
    rows = measures.protection_rows(babies)
    places = places_of(babies.grid)
    own = rows[rows["measure"] == "emergency_protection_order"]
    check(own, "", counted(found, list(kept_places(places))), "count")
    observed = [each for each in found if each["observed"]]
    followed: pd.DataFrame = rows[rows["measure"] == "epo_followed_by_s31"]
    check(followed, "", share(observed, "followed", places))
    assert found

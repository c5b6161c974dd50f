"""A synthetic output pack made by formula: every main measure of the three streams, for tests of the right side."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.folders import sha256, write_text
from fjanalysis.limits import exact_poisson, log_log, survival_curve, wilson
from fjanalysis.packs import CHECKSUMS, CLEARANCE, MANIFEST, checksum_lines
from fjanalysis.periods import local_periods, span, year_name
from fjanalysis.results import COLUMNS, Measure, join_group, tidy, write_csv

YEARS = [year_name(year) for year in range(2012, 2025)]
WINDOW = span(YEARS)
NATIONS = {"K04000001": "England and Wales", "E92000001": "England", "W92000004": "Wales"}
REGIONS = {
    "E12000001": "North East",
    "E12000002": "North West",
    "E12000003": "Yorkshire and The Humber",
    "E12000004": "East Midlands",
    "E12000005": "West Midlands",
    "E12000006": "East of England",
    "E12000007": "London",
    "E12000008": "South East",
    "E12000009": "South West",
}
HMCTS = {
    "London": ["Central London", "East London", "West London"],
    "Midlands": [
        "Birmingham", "Coventry", "Derby", "Leicester", "Lincoln", "Northampton", "Nottingham",
        "Stoke-on-Trent", "Wolverhampton", "Worcester",
    ],
    "North East": [
        "Cleveland and South Durham", "Humberside", "North Yorkshire",
        "Northumbria and North Durham", "South Yorkshire", "West Yorkshire",
    ],
    "North West": ["Blackburn/Lancaster", "Carlisle", "Liverpool", "Manchester"],
    "South East": [
        "Brighton", "Essex and Suffolk", "Guildford", "Luton", "Medway", "Milton Keynes", "Norwich",
        "Peterborough", "Reading", "Watford",
    ],
    "South West": ["Bournemouth and Dorset", "Bristol", "Devon", "Portsmouth", "Swindon", "Taunton", "Truro"],
    "Wales": ["North Wales", "South East Wales", "Swansea"],
}  # fmt: skip
BIRTHS = dict(zip(REGIONS, (25, 78, 57, 48, 65, 67, 115, 93, 52), strict=True))
NOTICE = (("same_day_hearing", 0.17), ("emergency_hearing", 0.43), ("short_notice_hearing", 0.86))
ORDERS = {
    "placement order": 0.44,
    "care order": 0.2,
    "special guardianship": 0.16,
    "child arrangements": 0.08,
    "supervision order": 0.07,
    "no order": 0.05,
}
HORIZONS = (1, 2, 3, 4, 5, 7, 8, 10)


def dfj_code(name: str) -> str:
    """Return the code of a DFJ area: `DFJ-` and a slug of its name."""
    return "DFJ-" + name.lower().replace("/", "-").replace(" ", "-")


@cache
def areas() -> pd.DataFrame:
    """Return the area table: both nations together, each, nine regions, seven HMCTS regions, 43 DFJ areas."""
    rows = [("K04000001", "England and Wales", "nations", "")]
    rows += [(code, NATIONS[code], "nation", "K04000001") for code in ("E92000001", "W92000004")]
    rows += [(code, name, "region", "E92000001") for code, name in REGIONS.items()]
    for region, names in HMCTS.items():
        code = "HMCTS-" + region.lower().replace(" ", "-")
        rows.append((code, f"{region} HMCTS region", "hmcts-region", "K04000001"))
        rows += [(dfj_code(name), name, "dfj-area", code) for name in names]
    return pd.DataFrame(rows, columns=["code", "name", "level", "parent"])


@cache
def _size(area: str) -> float:
    if area == "K04000001":
        return _size("E92000001") + _size("W92000004")
    if area == "E92000001":
        return float(sum(BIRTHS.values()))
    if area == "W92000004":
        return 30.0
    if area in BIRTHS:
        return float(BIRTHS[area])
    codes = list(areas().query("level == 'dfj-area'")["code"])
    return 6.0 + 1.1 * (codes.index(area) % 13)


def _tilt(area: str) -> float:
    if area in BIRTHS:
        return 0.35 * math.cos(list(BIRTHS).index(area) * math.pi / 8)
    if area.startswith("DFJ"):
        return 0.4 * math.sin(1.7 * _size(area))
    return 0.1 if area == "W92000004" else 0.0


def _drift(period: str) -> float:
    years = period.split(" to ")
    middle = (int(years[0][:4]) + int(years[-1][:4])) / 2
    return (middle - 2018) / 6


def _length(period: str) -> int:
    years = period.split(" to ")
    return int(years[-1][:4]) - int(years[0][:4]) + 1


class _Table:
    """Rows made one by one, each rounded and withheld as a pack's are."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.rows: list[dict[str, Any]] = []

    def _row(self, measure: str, statistic: str, area: str, period: str, **more: Any) -> None:
        key = {"stream": self.stream, "measure": measure, "statistic": statistic}
        self.rows.append({**key, "area": area, "period": period, **more})

    def count(self, measure: str, area: str, period: str, people: float, **more: Any) -> int:
        rounded = 5 * round(people / 5)
        if 0 < people < 10:
            self._row(measure, "count", area, period, status="c", **more)
        else:
            self._row(measure, "count", area, period, value=rounded, numerator=rounded, **more)
        return int(rounded)

    def percent(
        self, measure: str, area: str, period: str, share: float, base: int, **more: Any
    ) -> None:
        cases = 5 * round(share * base / 5)
        if cases < 10 or base - cases < 10:
            self._row(measure, "percent", area, period, status="c", **more)
            return
        low, high = wilson(cases, base)
        self._row(
            measure, "percent", area, period, value=100 * cases / base, lower=100 * float(low),
            upper=100 * float(high), numerator=cases, denominator=base, **more,
        )  # fmt: skip

    def rate(
        self, measure: str, area: str, period: str, cases: int, population: int, **more: Any
    ) -> None:
        if cases < 10:
            self._row(measure, "rate_per_10000", area, period, status="c", **more)
            return
        low, high = exact_poisson(cases)
        scale = 10_000 / population
        self._row(
            measure, "rate_per_10000", area, period, value=scale * cases, lower=scale * float(low),
            upper=scale * float(high), numerator=cases, denominator=population, **more,
        )  # fmt: skip

    def model(
        self, measure: str, statistic: str, area: str, period: str, value: float, **more: Any
    ) -> None:
        self._row(measure, statistic, area, period, value=value, **more)

    def life(self, measure: str, area: str, group: str, *, persons: int, ten_years: float) -> None:
        """Give a life table of the whole window and the cumulative per cent at the usual horizons."""
        step = 12 if area.startswith("DFJ") else 3
        months = list(range(0, 121, step))
        hazard = -math.log(1 - ten_years) / 3.0
        share = [
            1 - math.exp(-hazard * 3.0 * (1 - math.exp(-m / 40)) / (1 - math.exp(-3)))
            for m in months
        ]
        left = [persons * (1 - 0.8 * m / 120) for m in months]
        risk = [5 * round(n * (1 - f) / 5) for n, f in zip(left, share, strict=True)]
        events = [0] + [
            5 * round((share[i] - share[i - 1]) / (1 - share[i - 1]) * risk[i - 1] / 5)
            for i in range(1, len(months))
        ]
        gone = [0] + [max(0, risk[i - 1] - risk[i] - events[i]) for i in range(1, len(months))]
        for month, n, d, c in zip(months, risk, events, gone, strict=True):
            at = {"group": group, "horizon": f"{month} months"}
            for name, people in (("at_risk", n), ("events", d), ("censored", c)):
                self.count(f"{measure}_{name}", area, WINDOW, people, **at)
        entering = [n - c / 2 for n, c in zip(risk[:-1], gone[1:], strict=True)]
        curve, greenwood = survival_curve(entering, events[1:])
        low, high = log_log(curve, greenwood)
        for year in HORIZONS:
            if (12 * year) % step:
                continue
            at = 12 * year // step - 1
            self._row(
                measure, "cumulative_percent", area, WINDOW, group=group, horizon=f"{year} year" + "s" * (year > 1),
                value=100 * (1 - float(curve[at])), lower=100 * (1 - float(high[at])),
                upper=100 * (1 - float(low[at])), numerator=sum(events[: at + 2]), denominator=persons,
            )  # fmt: skip


def _places(level: str) -> list[str]:
    table = areas()
    return list(table[table["level"] == level]["code"])


def _wide() -> list[tuple[str, str]]:
    """Return areas and periods of a measure by year: single years of nations and regions, threes of DFJ areas."""
    large = [*_places("nations"), *_places("nation"), *_places("region")]
    local = [span(run) for run in local_periods(YEARS, 3)]
    return [(area, period) for area in large for period in [*YEARS, WINDOW]] + [
        (area, period) for area in _places("dfj-area") for period in [*local, WINDOW]
    ]


def _urgent() -> _Table:
    table = _Table("urgent-hearings")
    for area in _places("dfj-area"):
        for year in YEARS:
            cases = 0.5 * _size(area) * (1 + _tilt(area)) * (1 + 0.15 * _drift(year))
            table.count("newborn_cases", area, year, cases)
            table.count("infant_cases", area, year, 2.2 * cases)
    for area, period in _wide():
        drift, tilt, years = _drift(period), _tilt(area), _length(period)
        births = round(1000 * _size(area) * years * (1 - 0.08 * drift))
        cases = births * 0.0045 * (1 + tilt) * (1 + 0.2 * drift)
        if area.startswith("DFJ") and years > 1 and period != WINDOW:
            newborns = 5 * round(cases / 5)
        else:
            newborns = table.count("newborn_cases", area, period, cases)
            table.count("infant_cases", area, period, 2.1 * cases)
        note = "" if area in NATIONS else "provisional denominator"
        table.rate("newborn_cases", area, period, newborns, births, note=note)
        table.percent(
            "newborn_share_of_infants",
            area,
            period,
            0.48 + 0.05 * drift,
            5 * round(2.1 * cases / 5),
        )
        known = 5 * round(newborns * 0.97 / 5)
        for measure, share in NOTICE:
            part = min(
                0.95,
                share
                * (1 + 0.25 * drift)
                * (1 + (0.8 if measure[0] == "s" and share < 0.5 else 0.1) * tilt),
            )
            table.count(measure, area, period, part * known)
            table.percent(measure, area, period, part, known)
        table.count("unknown_notice", area, period, newborns - known)
        table.percent("unknown_notice", area, period, 0.03, newborns)
        if newborns >= 30:
            table.model(
                "notice_days",
                "median_days",
                area,
                period,
                3 if drift > 0 else 4,
                numerator=known,
                denominator=known,
            )
            table.model(
                "notice_days",
                "lower_quartile_days",
                area,
                period,
                1,
                numerator=known,
                denominator=known,
            )
            table.model(
                "notice_days",
                "upper_quartile_days",
                area,
                period,
                6 if drift > 0 else 7,
                numerator=known,
                denominator=known,
            )
        if YEARS.index(period[:7]) >= 3 and period != WINDOW:
            table.percent("subsequent_infant", area, period, 0.47 + 0.02 * drift, newborns)
        else:
            table.model("subsequent_infant", "percent", area, period, math.nan, status="z")
        ended = 5 * round(0.93 * newborns / 5)
        for order, share in ORDERS.items():
            at = {"group": f"final order: {order}"}
            table.count("final_order", area, period, share * ended, **at)
            table.percent(
                "final_order",
                area,
                period,
                share * (1 - 0.1 * drift if order == "placement order" else 1),
                ended,
                **at,
            )
        table.percent(
            "final_order",
            area,
            period,
            0.07,
            newborns,
            group="final order: still open",
            note="other base",
        )
        epo = table.count("emergency_protection_order", area, period, 0.08 * newborns)
        table.percent("epo_followed_by_s31", area, period, 0.85, epo)
    _odds(table)
    return table


def _odds(table: _Table) -> None:
    levels = {
        "age": {
            "25 to 29": 1.0,
            "under 20": 1.32,
            "20 to 24": 1.18,
            "30 to 34": 0.95,
            "35 and over": 0.81,
        },
        "deprivation quintile": {"5": 1.0, "1": 1.21, "2": 1.12, "3": 1.05, "4": 0.99},
        "ethnicity": {"white": 1.0, "asian": 0.65, "black": 0.7, "mixed": 1.04},
        "notice": {"longer": 1.0, "same day": 1.26, "emergency": 1.04, "short notice": 0.97},
        "sex": {"male": 1.0, "female": 0.97},
        "subsequent infant": {"no": 1.0, "yes": 1.71},
    }
    for area in ("K04000001", "E92000001"):
        at = (area, WINDOW)
        for dimension, ratios in levels.items():
            for level, ratio in ratios.items():
                more: dict[str, Any] = {
                    "group": f"{dimension}: {level}",
                    "numerator": 1200,
                    "denominator": 3000,
                }
                if ratio != 1.0:
                    more |= {"lower": round(ratio * 0.86, 2), "upper": round(ratio * 1.16, 2)}
                table.model("adoption", "odds_ratio", *at, ratio, **more)
        table.model("adoption", "auc", *at, 0.683, numerator=11000, denominator=25000)
        test = {"group": "test: hosmer-lemeshow", "numerator": 11000, "denominator": 25000}
        table.model("adoption", "p_value", *at, 0.214, **test)
    for nation in NATIONS:
        for notice, ratio in {"same day": 1.08, "emergency": 1.05, "short notice": 1.04}.items():
            table.model(
                "notice_trend", "odds_ratio", nation, WINDOW, ratio, lower=ratio - 0.02, upper=ratio + 0.02,
                numerator=4000, denominator=25000, group=f"notice: {notice}",
            )  # fmt: skip


def _recurrence() -> _Table:  # noqa: PLR0912 - one table, written out
    table = _Table("recurrence")
    parents = {"mother": (0.29, 1.0), "father": (0.17, 0.8)}
    large = [*_places("nations"), *_places("nation"), *_places("region"), *_places("dfj-area")]
    for area in large:
        for parent, (return_share, size) in parents.items():
            persons = table.count(
                "index_parents", area, WINDOW, 170 * _size(area) * size, group=f"parent: {parent}"
            )
            for event, factor in (("any_return", 1.0), ("new_child_return", 0.7)):
                share = return_share * factor * (1 + 0.4 * _tilt(area))
                table.life(event, area, f"parent: {parent}", persons=persons, ten_years=share)
    ages = {"under 20": 1.5, "20 to 24": 1.2, "25 to 29": 1.0, "30 to 34": 0.8, "35 and over": 0.6}
    for parent, (return_share, size) in parents.items():
        breakdown = [("age", level, factor) for level, factor in ages.items()]
        breakdown += [("final order", level, 0.7 + share) for level, share in ORDERS.items()]
        for nation, part in (("K04000001", 1.0), ("E92000001", 0.94)):
            for dimension, level, factor in breakdown:
                group = join_group({"parent": parent, dimension: level})
                people = 20000 * size * part / factor
                persons = table.count("index_parents", nation, WINDOW, people, group=group)
                for event, weight in (("any_return", 1.0), ("new_child_return", 0.7)):
                    share = min(0.6, return_share * factor * weight)
                    table.life(event, nation, group, persons=persons, ten_years=share)
                    more: dict[str, Any] = {
                        "group": group,
                        "numerator": 2000,
                        "denominator": persons,
                    }
                    if factor != 1.0:
                        more |= {"lower": round(factor * 0.93, 2), "upper": round(factor * 1.08, 2)}
                    table.model(event, "hazard_ratio", nation, WINDOW, factor, **more)
        base = {"group": f"parent: {parent}", "numerator": 20000, "denominator": 90000}
        for nation in NATIONS:
            for event in ("any_return", "new_child_return"):
                table.model(event, "half_time_days", nation, WINDOW, 620, **base)
                table.model(event, "restricted_mean_days", nation, WINDOW, 1610, **base)
                table.model(event, "concordance", nation, WINDOW, 0.64, **base)
            for sets, share in {"1": 0.74, "2": 0.17, "3": 0.06, "4 and over": 0.03}.items():
                group = join_group({"parent": parent, "sets": sets})
                table.percent("sets_per_parent", nation, WINDOW, share, 90000, group=group)
    for area, period in _wide():
        base_count = 5 * round(12 * _size(area) * _length(period) / 5)
        for look in ("5 years", "ever"):
            share = (0.24 if look == "5 years" else 0.28 + 0.02 * _drift(period)) * (
                1 + 0.3 * _tilt(area)
            )
            group = join_group({"parent": "mother", "look-back": look})
            note = "length of data" if look == "ever" else ""
            table.percent("seen_before", area, period, share, base_count, group=group, note=note)
    return table


def _applicants(table: _Table, area: str, period: str, cases: int) -> None:
    for sex, share in {"male": 0.68, "female": 0.3, "unknown": 0.02}.items():
        table.percent("applicant", area, period, share, cases, group=f"sex: {sex}")
    for quintile, share in enumerate((0.3, 0.23, 0.18, 0.16, 0.13), start=1):
        table.percent(
            "applicant", area, period, share, cases, group=f"deprivation quintile: {quintile}"
        )
    for order, share in {
        "time with": 0.42,
        "live with": 0.2,
        "live and time with": 0.12,
        "prohibited steps": 0.12,
        "specific issue": 0.08,
        "enforcement": 0.06,
    }.items():
        table.percent("order_sought", area, period, share, cases, group=f"order sought: {order}")


def _private() -> _Table:
    table = _Table("private-law-returns")
    for area in _places("dfj-area"):
        for year in YEARS:
            table.count("private_cases", area, year, 75 * _size(area))
    for area, period in _wide():
        drift, tilt, years = _drift(period), _tilt(area), _length(period)
        people = 75 * _size(area) * years * (1 + 0.1 * drift) * (1 + 0.3 * tilt)
        local = area.startswith("DFJ") and years > 1 and period != WINDOW
        cases = (
            5 * round(people / 5) if local else table.count("private_cases", area, period, people)
        )
        table.rate(
            "private_cases",
            area,
            period,
            cases,
            round(20000 * _size(area) * years),
            note="provisional denominator",
        )
        for look, share in {
            "1 year": 0.1,
            "2 years": 0.16,
            "3 years": 0.21,
            "5 years": 0.25,
            "ever": 0.3,
        }.items():
            note = "length of data" if look == "ever" else ""
            table.percent(
                "returning_case",
                area,
                period,
                share * (1 + 0.08 * drift + 0.2 * tilt),
                cases,
                group=f"look-back: {look}",
                note=note,
            )
        _applicants(table, area, period, cases)
        returns = 5 * round(0.25 * cases / 5)
        for by, share in {"same": 0.55, "former respondent": 0.37, "another person": 0.08}.items():
            table.percent(
                "return_brought_by", area, period, share, returns, group=f"applicant: {by}"
            )
        table.count("non_parent_cases", area, period, 0.1 * people)
        table.percent("non_parent_cases", area, period, 0.1, cases)
        relation = {"group": "relation: grandparent", "note": "of non-parent cases"}
        table.percent("non_parent_cases", area, period, 0.58, round(0.1 * cases), **relation)
        table.percent("public_after_private", area, period, 0.05, cases)
    for area in [*_places("nations"), *_places("nation"), *_places("region"), *_places("dfj-area")]:
        persons = 5 * round(700 * _size(area) / 5)
        share = 0.34 * (1 + 0.2 * _tilt(area))
        table.life("first_return", area, "", persons=persons, ten_years=share)
    ratios = {
        "order sought": {"time with": 1.0, "enforcement": 1.51, "live with": 1.01},
        "sex": {"male": 1.0, "female": 0.85},
        "youngest child": {"1 to 4": 1.0, "5 to 9": 0.82, "under 1": 0.99},
    }
    for nation in NATIONS:
        for dimension, levels in ratios.items():
            for level, ratio in levels.items():
                more: dict[str, Any] = {
                    "group": f"{dimension}: {level}",
                    "numerator": 2000,
                    "denominator": 9000,
                }
                if ratio != 1.0:
                    more |= {"lower": round(ratio * 0.95, 2), "upper": round(ratio * 1.05, 2)}
                table.model("first_return", "hazard_ratio", nation, WINDOW, ratio, **more)
    return table


STREAMS = {
    "urgent-hearings": ("Newborn babies in urgent care proceedings", _urgent),
    "recurrence": ("Parents who return to care proceedings", _recurrence),
    "private-law-returns": ("Private family law cases that return to court", _private),
}
COMMON = {"merge_gap_days": 14, "new_baby_starts_set": True, "local_period_years": 3}
PARAMETERS: dict[str, dict[str, Any]] = {
    "urgent-hearings": {
        **COMMON,
        "newborn_days": 14,
        "emergency_days": 3,
        "short_notice_days": 7,
        "settling_days": 28,
        "look_back_years": 3,
        "epo_window_days": 28,
    },
    "recurrence": {
        **COMMON,
        "washout_years": 3,
        "look_back_years": 5,
        "youngest_mother": 14,
        "oldest_mother": 50,
    },
    "private-law-returns": {**COMMON, "washout_years": 3, "origin": "closure"},
}
NOTES = {
    "provisional denominator": "The population is a stand-in until the official figures are supplied.",
    "length of data": "Rises with the length of the data.",
    "other base": "Of all newborn cases, not of those that have ended.",
}


def _flow(table: _Table) -> None:
    for nation, size in zip(NATIONS, (1.0, 0.94, 0.06), strict=True):
        for at, step in enumerate(
            ("records read", "in scope", "with a known issue date", "cohort")
        ):
            people = size * (120000 - 9000 * at)
            table.count("cohort_flow", nation, WINDOW, people, group=f"step: {step}")
        for name, share in {"ethnicity": 0.21, "first hearing": 0.03, "mother": 0.02}.items():
            table.percent(
                "missing", nation, WINDOW, share, 5 * round(18000 * size), group=f"field: {name}"
            )
        table.count("mended", nation, WINDOW, 130 * size, group="field: birth week")


def _measures(table: _Table) -> list[Measure]:
    names = sorted({row["measure"] for row in table.rows})
    return [
        Measure(
            name,
            name.replace("_", " ").capitalize(),
            "case",
            f"What the stream counts as {name.replace('_', ' ')}.",
        )
        for name in names
    ]


def make_pack(
    folder: Path,
    *,
    cleared: bool = False,
    synthetic: bool = True,
    refresh: str = "2026-02-01",
    revision: int = 1,
    streams: tuple[str, ...] = tuple(STREAMS),
    withhold: tuple[dict[str, str], ...] = (),
) -> Path:
    """Write a pack to `folder` and return it.

    Parameters
    ----------
    withhold
        Rows to withhold as confidential: each a mapping from key column to value.
    """
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    dictionary: list[tuple[str, ...]] = []
    for name in streams:
        title, make = STREAMS[name]
        table = make()
        _flow(table)
        rows += table.rows
        measures = _measures(table)
        dictionary += [
            (each.id, "measure", each.label, each.unit, each.definition) for each in measures
        ]
        parameters = PARAMETERS[name]
        definitions = [
            {"term": "Newborn", "text": "A baby under 14 days old when proceedings are issued."},
            {
                "term": "Set of proceedings",
                "text": "Applications issued within 14 days of each other.",
            },
            {"term": "Return", "text": "A later set of proceedings or case about the same family."},
        ]
        _write_json(
            folder / "provenance" / f"{name}.json",
            {
                "stream": name,
                "title": title,
                "measures": [each.to_json() for each in measures],
                "notes": NOTES,
                "relations": [],
                "variants": {
                    "main": {
                        "parameters": parameters,
                        "definitions": definitions,
                        "hashes": {
                            "notebook": "0" * 64,
                            "code": "1" * 64,
                            "lock": "2" * 64,
                            "sql": "3" * 64,
                        },
                    }
                },
            },
        )
    frame = tidy(rows)
    for where in withhold:
        hit = pd.Series(True, index=frame.index)
        for column, value in where.items():
            hit &= frame[column] == value
        assert hit.any(), f"nothing to withhold: {where}"
        frame.loc[hit, "status"] = "c"
        frame.loc[hit, ["value", "lower", "upper"]] = math.nan
        frame.loc[hit, ["numerator", "denominator"]] = pd.NA
    write_csv(frame[list(COLUMNS)], folder / "results.csv")
    areas().to_csv(folder / "areas.csv", index=False, lineterminator="\n")
    columns = ["name", "kind", "label", "unit", "definition"]
    words = pd.DataFrame(sorted(set(dictionary)), columns=columns).drop_duplicates("name")
    words.to_csv(folder / "dictionary.csv", index=False, lineterminator="\n")
    _write_json(
        folder / "provenance" / "refresh.json",
        {
            "refresh": refresh,
            "synthetic": synthetic,
            "fingerprint": "f" * 64,
            "data_start": {
                "England": {"public": "2007-04-01", "private": "2007-04-01"},
                "Wales": {"public": "2011-01-01", "private": "2007-04-01"},
            },
            "follow_up_end": "2026-01-31",
            "tables": [{"name": "cases", "rows": 113395, "sha256": "e" * 64}],
            "sources": [{"name": "CAFE_ECMS_CASES", "rows": 67645, "columns_sha256": "d" * 64}],
        },
    )
    _write_json(
        folder / MANIFEST,
        {
            "schema": 1,
            "refresh": refresh,
            "revision": revision,
            "synthetic": synthetic,
            "streams": list(streams),
            "profile": {
                "name": "standard",
                "rules": {
                    "threshold": 10,
                    "rounding-base": 5,
                    "zeros-are-disclosive": False,
                    "significant-digits": 3,
                },
            },
            "control": ["Counts of 1 to 9 are withheld.", "Counts are rounded to base 5."],
            "earlier": [],
        },
    )
    write_text(folder / "review.html", "<!DOCTYPE html>\n<title>Review</title>\n")
    write_text(folder / CHECKSUMS, checksum_lines(folder))
    if cleared:
        record = {
            "by": "output reviewer",
            "reference": "TEST-1",
            "pack_sha256": sha256(folder / CHECKSUMS),
        }
        _write_json(folder / CLEARANCE, record)
    return folder


def _write_json(path: Path, data: object) -> None:
    write_text(path, json.dumps(data, indent=2, sort_keys=True) + "\n")

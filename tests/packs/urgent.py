"""The rows of the stream on urgent hearings."""

from __future__ import annotations

import math
from typing import Any

from .places import NATIONS, WINDOW, YEARS, drift_of, length, places, size_of, tilt_of, wide
from .table import Table

NOTICE = (("same_day_hearing", 0.17), ("emergency_hearing", 0.43), ("short_notice_hearing", 0.86))
SPANS = (f"{YEARS[0]} to {YEARS[6]}", f"{YEARS[7]} to {YEARS[-1]}")
ORDERS = {
    "placement order": 0.44,
    "care order": 0.2,
    "special guardianship": 0.16,
    "child arrangements": 0.08,
    "supervision order": 0.07,
    "no order": 0.05,
}


def urgent() -> Table:
    table = Table("urgent-hearings")
    for area in places("dfj-area"):
        for year in YEARS:
            cases = 0.5 * size_of(area) * (1 + tilt_of(area)) * (1 + 0.15 * drift_of(year))
            table.count("newborn_cases", area, year, cases)
            table.count("infant_cases", area, year, 2.2 * cases)
    for area, period in wide():
        drift, tilt, years = drift_of(period), tilt_of(area), length(period)
        births = round(1000 * size_of(area) * years * (1 - 0.08 * drift))
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


def _odds(table: Table) -> None:
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
            for span in SPANS:
                table.model(
                    "notice_trend", "odds_ratio", nation, span, ratio - 0.01, lower=ratio - 0.03, upper=ratio + 0.01,
                    numerator=2000, denominator=12000, group=f"notice: {notice}",
                )  # fmt: skip

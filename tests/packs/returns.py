"""The rows of the streams on parents and families that return."""

from __future__ import annotations

from typing import Any

from fjanalysis.results import join_group

from .places import NATIONS, WINDOW, YEARS, drift_of, length, places, size_of, tilt_of, wide
from .table import Table
from .urgent import ORDERS

FOLLOW_UP = {"year 1": 1.7, "years 2 and 3": 1.6, "year 4 and later": 1.5}


def recurrence() -> Table:  # noqa: PLR0912 - one table, written out
    table = Table("recurrence")
    parents = {"mother": (0.29, 1.0), "father": (0.17, 0.8)}
    large = [*places("nations"), *places("nation"), *places("region"), *places("dfj-area")]
    for area in large:
        for parent, (return_share, size) in parents.items():
            persons = table.count(
                "index_parents", area, WINDOW, 170 * size_of(area) * size, group=f"parent: {parent}"
            )
            for event, factor in (("any_return", 1.0), ("new_child_return", 0.7)):
                share = return_share * factor * (1 + 0.4 * tilt_of(area))
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
            for words, ratio in FOLLOW_UP.items():
                group = join_group({"parent": parent, "age": "under 20", "follow-up": words})
                more = {"group": group, "numerator": 900, "denominator": 4000}
                more |= {"lower": round(ratio * 0.93, 2), "upper": round(ratio * 1.08, 2)}
                table.model("any_return", "hazard_ratio", nation, WINDOW, ratio, **more)
            for event in ("any_return", "new_child_return"):
                table.model(event, "half_time_days", nation, WINDOW, 620, **base)
                table.model(event, "restricted_mean_days", nation, WINDOW, 1610, **base)
                table.model(event, "concordance", nation, WINDOW, 0.64, **base)
                test = join_group({"parent": parent, "test": "proportional hazards"})
                table.model(event, "p_value", nation, WINDOW, 0.214, **{**base, "group": test})
            for earlier, share in {"2": 0.3, "3": 0.36}.items():
                group = join_group({"parent": parent, "from set": earlier})
                persons = round(3000 * size)
                table.life("later_return", nation, group, persons=persons, ten_years=share)
            for sets, share in {"1": 0.74, "2": 0.17, "3": 0.06, "4 and over": 0.03}.items():
                group = join_group({"parent": parent, "sets": sets})
                table.percent("sets_per_parent", nation, WINDOW, share, 90000, group=group)
    for area, period in wide():
        base_count = 5 * round(12 * size_of(area) * length(period) / 5)
        for look in ("5 years", "ever"):
            share = (0.24 if look == "5 years" else 0.28 + 0.02 * drift_of(period)) * (
                1 + 0.3 * tilt_of(area)
            )
            group = join_group({"parent": "mother", "look-back": look})
            note = "length of data" if look == "ever" else ""
            table.percent("seen_before", area, period, share, base_count, group=group, note=note)
    return table


def _applicants(table: Table, area: str, period: str, cases: int) -> None:
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


def _speeds(table: Table) -> None:
    """Give the speed of return by what was asked for first, and after a first and a second return."""
    orders = {"time with": 0.34, "live with": 0.32, "live and time with": 0.33}
    orders |= {"prohibited steps": 0.35, "specific issue": 0.31, "enforcement": 0.45}
    for nation in NATIONS:
        for order, share in orders.items():
            group = f"order sought: {order}"
            table.life("first_return", nation, group, persons=4000, ten_years=share)
        people: dict[str, Any] = {"numerator": 11000, "denominator": 42000}
        table.model("first_return", "concordance", nation, WINDOW, 0.54, **people)
        people["group"] = "test: proportional hazards"
        table.model("first_return", "p_value", nation, WINDOW, 0.689, **people)
        for earlier, share in {"1": 0.38, "2": 0.41}.items():
            group = f"from return: {earlier}"
            table.life("later_return", nation, group, persons=2500, ten_years=share)


def private() -> Table:
    table = Table("private-law-returns")
    for area in places("dfj-area"):
        for year in YEARS:
            table.count("private_cases", area, year, 75 * size_of(area))
    for area, period in wide():
        drift, tilt, years = drift_of(period), tilt_of(area), length(period)
        people = 75 * size_of(area) * years * (1 + 0.1 * drift) * (1 + 0.3 * tilt)
        local = area.startswith("DFJ") and years > 1 and period != WINDOW
        cases = (
            5 * round(people / 5) if local else table.count("private_cases", area, period, people)
        )
        table.rate(
            "private_cases",
            area,
            period,
            cases,
            round(20000 * size_of(area) * years),
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
        table.percent("private_after_public", area, period, 0.04, 5 * round(0.3 * cases / 5))
    for area in [*places("nations"), *places("nation"), *places("region"), *places("dfj-area")]:
        persons = 5 * round(700 * size_of(area) / 5)
        share = 0.34 * (1 + 0.2 * tilt_of(area))
        table.life("first_return", area, "", persons=persons, ten_years=share)
    _speeds(table)
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

"""Places and periods of the built packs: how large each is, and how it lies off the average."""

from __future__ import annotations

import math
from functools import cache

import pandas as pd

from fjanalysis.periods import local_periods, span, year_name

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
def size_of(area: str) -> float:
    if area == "K04000001":
        return size_of("E92000001") + size_of("W92000004")
    if area == "E92000001":
        return float(sum(BIRTHS.values()))
    if area == "W92000004":
        return 30.0
    if area in BIRTHS:
        return float(BIRTHS[area])
    codes = list(areas().query("level == 'dfj-area'")["code"])
    return 6.0 + 1.1 * (codes.index(area) % 13)


def tilt_of(area: str) -> float:
    if area in BIRTHS:
        return 0.35 * math.cos(list(BIRTHS).index(area) * math.pi / 8)
    if area.startswith("DFJ"):
        return 0.4 * math.sin(1.7 * size_of(area))
    return 0.1 if area == "W92000004" else 0.0


def drift_of(period: str) -> float:
    years = period.split(" to ")
    middle = (int(years[0][:4]) + int(years[-1][:4])) / 2
    return (middle - 2018) / 6


def length(period: str) -> int:
    years = period.split(" to ")
    return int(years[-1][:4]) - int(years[0][:4]) + 1


def places(level: str) -> list[str]:
    table = areas()
    return list(table[table["level"] == level]["code"])


def wide() -> list[tuple[str, str]]:
    """Return areas and periods of a measure by year: single years of nations and regions, threes of DFJ areas."""
    large = [*places("nations"), *places("nation"), *places("region")]
    local = [span(run) for run in local_periods(YEARS, 3)]
    return [(area, period) for area in large for period in [*YEARS, WINDOW]] + [
        (area, period) for area in places("dfj-area") for period in [*local, WINDOW]
    ]

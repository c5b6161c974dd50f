"""What the synthetic world is calibrated to: volumes, shares and ratios by year, region and age.

Published figures carry their source in `docs/calibration.md`, where each stands beside what the
generator gives. Values between and outside published years are assumptions, as are all ratios of
hazards and odds: they are the truth of the synthetic world and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_YEAR: Final = 1998  # families of before the records, who return within them
LAST_YEAR: Final = 2030
REGIONS: Final = (
    "E12000001",
    "E12000002",
    "E12000003",
    "E12000004",
    "E12000005",
    "E12000006",
    "E12000007",
    "E12000008",
    "E12000009",
    "W92000004",
)
WALES: Final = 9
NORTH_EAST, LONDON = 0, 6

# Anchors by the first calendar year of a financial year; between them, straight lines.
Anchors = Mapping[int, float]

CARE_CASES: Final[dict[str, Anchors]] = {
    "England": {
        1998: 5600, 2006: 6000, 2007: 6250, 2008: 6488, 2009: 8832, 2010: 9204, 2011: 10244,
        2012: 11110, 2013: 10620, 2014: 11159, 2015: 12792, 2016: 14598, 2017: 14210,
        2018: 13557, 2019: 13100, 2020: 12900, 2021: 12000, 2022: 11500, 2023: 11100,
        2025: 11400, 2030: 11400,
    },
    "Wales": {
        1998: 380, 2007: 430, 2009: 560, 2011: 660, 2014: 767, 2015: 833, 2016: 1010, 2018: 960,
        2019: 930, 2021: 850, 2025: 850, 2030: 850,
    },
}  # fmt: skip
PRIVATE_CASES: Final[dict[str, Anchors]] = {
    "England": {
        1998: 30000, 2007: 36000, 2008: 37500, 2009: 43000, 2010: 44000, 2011: 43800, 2012: 45605,
        2013: 46500, 2014: 34200, 2015: 37400, 2016: 40599, 2017: 41900, 2018: 44100, 2019: 45900,
        2020: 44300, 2021: 41100, 2022: 40000, 2023: 39200, 2025: 40500, 2030: 40500,
    },
    "Wales": {
        1998: 2800, 2005: 3250, 2009: 4000, 2012: 4200, 2013: 4050, 2014: 2950, 2016: 3200,
        2019: 3550, 2021: 3300, 2025: 3150, 2030: 3150,
    },
}  # fmt: skip
# Weight of each English region in care proceedings and in private law.
CARE_WEIGHTS: Final = np.array([1.95, 4.65, 3.50, 2.41, 3.30, 2.50, 3.70, 3.35, 2.20])
PRIVATE_WEIGHTS: Final = np.array([0.80, 2.40, 1.75, 1.30, 1.75, 1.50, 2.00, 2.15, 1.40])

# Age of the youngest child at issue: newborn (under 14 days) in first and in later sets.
NEWBORN_FIRST: Final[Anchors] = {2007: 0.170, 2012: 0.187, 2016: 0.150, 2019: 0.162, 2023: 0.185}
NEWBORN_LATER: Final[Anchors] = {2007: 0.61, 2012: 0.645, 2016: 0.60, 2019: 0.62, 2023: 0.66}
NEWBORN_REGION: Final = np.array([1.10, 0.94, 0.96, 1.0, 1.0, 1.0, 1.25, 1.02, 1.0, 0.80])
NEWBORN_LATER_WALES: Final = 1.20  # ratio to England
NEWBORN_DAYS: Final = (0.75, 1.5)  # shape of the age within the first two weeks
INFANT_FIRST: Final[Anchors] = {2007: 0.31, 2012: 0.24, 2016: 0.18, 2019: 0.18, 2023: 0.19}
INFANT_LATER: Final = 0.65  # of later sets about a new child who is not newborn

# Notice of the first hearing of newborn cases: under 1, under 3 and up to 7 days.
NOTICE_NEWBORN: Final[dict[str, Anchors]] = {
    "same day": {2007: 0.085, 2012: 0.095, 2014: 0.11, 2016: 0.14, 2019: 0.17, 2023: 0.20},
    "emergency": {2007: 0.27, 2012: 0.31, 2014: 0.34, 2016: 0.39, 2019: 0.43, 2023: 0.46},
    "short": {2007: 0.72, 2012: 0.75, 2014: 0.79, 2016: 0.83, 2019: 0.863, 2023: 0.81},
}
NOTICE_OTHER: Final = {"same day": 0.05, "emergency": 0.13, "short": 0.36}
SAME_DAY_REGION: Final = np.array([2.41, 1.0, 1.15, 0.85, 1.05, 0.75, 0.53, 0.72, 0.88, 1.0])
SHORT_WALES: Final = 0.87  # ratio to England
NO_HEARING: Final = 0.025

# Weeks from issue to final order, and their spread (standard deviation of the logarithm).
CARE_WEEKS: Final[Anchors] = {
    1998: 50, 2011: 55, 2012: 47, 2013: 36, 2014: 29, 2016: 27, 2017: 29.5, 2018: 33, 2019: 38,
    2020: 45, 2021: 46, 2022: 44, 2023: 41, 2024: 39, 2025: 38, 2030: 38,
}  # fmt: skip
PRIVATE_WEEKS: Final[Anchors] = {
    1998: 22, 2013: 20, 2016: 22, 2018: 27, 2019: 30, 2020: 38, 2021: 42, 2022: 45, 2024: 42,
    2030: 40,
}  # fmt: skip
WEEKS_SPREAD: Final = 0.38

# Cumulative share of mothers who return at all, by years since the issue of the set before.
RETURN_YEARS: Final = np.array([0, 0.1, 1, 2, 3, 5, 7, 8, 10, 15, 25], dtype=float)
RETURN_SHARE: Final = np.array([0, 0.0005, 0.06, 0.11, 0.16, 0.22, 0.255, 0.27, 0.29, 0.315, 0.33])
RETURN_AGE_BANDS: Final = np.array([20, 25, 30, 35], dtype=float)
RETURN_AGE: Final = np.array([1.65, 1.30, 1.0, 0.78, 0.50])
RETURN_REGION: Final = np.array([1.15, 1.10, 1.10, 1.0, 1.0, 0.95, 0.75, 0.90, 1.0, 1.10])
RETURN_FROM_2014: Final = 1.12
RETURN_LATER_SET: Final = 1.30
RETURN_LEVEL: Final = 0.95  # brings the whole to the published share at five years
NEW_CHILD: Final = 0.70  # share of returns that concern a child born since
SAME_FATHER: Final = 0.42
FATHER_RECORDED: Final = 0.80
FATHER_SEEN_BEFORE: Final = 0.03

# Private law: share of families back in court by years since their case was closed.
PRIVATE_RETURN_YEARS: Final = np.array([0, 0.5, 1, 2, 3, 5, 8, 12, 20], dtype=float)
PRIVATE_RETURN_SHARE: Final = np.array([0, 0.065, 0.115, 0.185, 0.22, 0.255, 0.275, 0.285, 0.29])
PRIVATE_RETURN_FEMALE: Final = 0.85
PRIVATE_RETURN_UNDER_FIVE: Final = 1.20
PRIVATE_RETURN_ENFORCEMENT: Final = 1.40
PRIVATE_RETURN_LATER: Final = 1.35
PRIVATE_RETURN_LEVEL: Final = 1.06
PRIVATE_RETURN_EARLY: Final = 0.04  # of those who return, before the case before was ended
RETURN_BROUGHT_BY: Final = (0.52, 0.38, 0.10)  # same applicant, former respondent, another
NON_PARENT: Final = 0.092
NON_PARENT_WALES: Final = 0.75  # ratio to England
NON_PARENT_FROM_PUBLIC: Final = 0.40  # of them, about children of care families
GRANDPARENT: Final = 0.58
APPLICANT_MALE: Final[Anchors] = {2007: 0.72, 2012: 0.72, 2014: 0.68, 2020: 0.68}

# Children named in a case: one, two, three …
CARE_CHILDREN: Final = np.array([0.49, 0.26, 0.15, 0.07, 0.03])
PRIVATE_CHILDREN: Final = np.array([0.60, 0.29, 0.08, 0.03])

# Month of issue, from April, against an even spread; October to March as assumed.
MONTHS: Final = np.array([0.96, 0.97, 1.03, 1.11, 0.96, 0.97, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])

# Ethnicity: white, mixed, asian, black, other, by region; and the share not recorded, by year.
ETHNICITIES: Final = ("white", "mixed", "asian", "black", "other")
_DIVERSE = {LONDON: (0.42, 0.14, 0.13, 0.25, 0.06), 4: (0.72, 0.09, 0.12, 0.06, 0.01)}
ETHNICITY: Final = np.array(
    [_DIVERSE.get(region, (0.88, 0.05, 0.04, 0.02, 0.01)) for region in range(10)]
)
ETHNICITY_MISSING: Final[Anchors] = {
    2007: 0.55, 2013: 0.45, 2016: 0.20, 2018: 0.07, 2020: 0.045, 2023: 0.035,
}  # fmt: skip
# Chance of a child under a year, against that of all, by the mother's ethnicity; and the shape of
# the age of older ones.
INFANT_ETHNICITY: Final = np.array([1.05, 1.05, 0.55, 0.66, 0.90])
OLDER_AGES: Final = np.array([[0.9, 1.7], [0.9, 1.7], [1.3, 1.4], [1.3, 1.4], [1.0, 1.6]])
ETHNICITY_MISSING_PRIVATE: Final = 2.5

# Weight of each deprivation fifth in proceedings, against the fifth's share of the region's areas.
CARE_DEPRIVATION: Final = np.array([2.6, 1.3, 0.75, 0.45, 0.25])
PRIVATE_DEPRIVATION: Final = np.array([1.50, 1.15, 0.92, 0.80, 0.65])

# Final orders: placement, care, special guardianship, child arrangements, supervision, no order,
# dismissed or withdrawn; by the child's age at issue (newborn, under 1, 1 to 4, 5 and over).
FINAL_ORDERS: Final = (
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
    "dismissed",
    "withdrawn",
)
FINAL_SHARES: Final = np.array(
    [
        [0.47, 0.09, 0.18, 0.06, 0.12, 0.003, 0.037, 0.010, 0.030],
        [0.32, 0.13, 0.23, 0.08, 0.15, 0.004, 0.046, 0.010, 0.030],
        [0.17, 0.25, 0.23, 0.11, 0.15, 0.005, 0.045, 0.010, 0.030],
        [0.02, 0.49, 0.14, 0.11, 0.14, 0.005, 0.050, 0.010, 0.035],
    ]
)
ADOPTION_YEAR: Final[Anchors] = {
    2007: 1.12,
    2012: 1.20,
    2014: 1.02,
    2016: 0.98,
    2019: 0.90,
    2023: 0.78,
}
ADOPTION_WALES: Final = 0.80
ADOPTION_ODDS: Final = {
    "subsequent infant": 1.45,
    "same day": 1.20,
    "asian or black": 0.60,
    "most deprived fifth": 1.10,
}
SUBSEQUENT_YEARS: Final = 3  # within which an earlier set makes a baby a subsequent infant
SUPERVISION_BESIDE_GUARDIANSHIP: Final = 0.30
NO_ORDER_RECORDED: Final = 0.03
EPO_BEFORE_NEWBORN: Final[Anchors] = {2007: 0.12, 2012: 0.085, 2019: 0.055, 2023: 0.05}
EPO_NOT_FOLLOWED: Final = 0.50  # ratio to those followed
CARE_LEVEL: Final = 1.03  # brings the whole to the published volumes
PRIVATE_LEVEL: Final = 0.935
NEAR_CASE: Final = 0.03  # sets with a second case within days
OTHER_PUBLIC: Final = 0.32  # other public-law cases, as a ratio to care cases
OTHER_PUBLIC_KNOWN: Final = 0.15  # of them, about a child who was in care proceedings on record

ORDERS_SOUGHT: Final = (
    "time with",
    "live with",
    "live and time with",
    "prohibited steps",
    "specific issue",
    "enforcement",
)
# First and later parental cases, in 2011 and in 2018.
SOUGHT: Final = np.array(
    [
        [[0.56, 0.28, 0.04, 0.065, 0.045, 0.010], [0.49, 0.26, 0.04, 0.08, 0.06, 0.07]],
        [[0.43, 0.21, 0.09, 0.150, 0.110, 0.010], [0.37, 0.17, 0.07, 0.14, 0.12, 0.13]],
    ]
)
# First and later cases of others than parents; later ones are about where a child lives or whom it sees.
NON_PARENT_SOUGHT: Final = {
    "live with": (0.33, 0.60),
    "time with": (0.11, 0.20),
    "specific issue": (0.06, 0.11),
    "prohibited steps": (0.05, 0.09),
    "special guardianship": (0.120, 0.0),
    "parental order": (0.086, 0.0),
    "parental responsibility": (0.078, 0.0),
    "step-parent adoption": (0.090, 0.0),
    "change of name": (0.076, 0.0),
}
PRIVATE_OUTCOMES: Final = {
    "child arrangements": 0.66,
    "no order": 0.08,
    "withdrawn": 0.12,
    "dismissed": 0.04,
    "prohibited steps": 0.04,
    "specific issue": 0.04,
    "family assistance order": 0.01,
    "other": 0.01,
}
FROM_PUBLIC: Final = 0.030  # private families whose children were in care proceedings before
INTO_PUBLIC: Final = 0.020  # and whose children come into them afterwards


def at(anchors: Anchors, years: NDArray[np.int64] | Floats) -> Floats:
    """Return the value of each year, on straight lines between anchors and level outside them."""
    return np.interp(years, list(anchors), list(anchors.values()))


def cumulative_hazard(shares: Floats) -> Floats:
    """Return the cumulative hazard of a curve of cumulative shares."""
    return -np.log1p(-shares)

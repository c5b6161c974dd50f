"""What the urgent-hearings stream declares: measures, notes, definitions, and how its rows relate."""

from __future__ import annotations

import pandas as pd

from fjanalysis.reference import NOTES as DENOMINATOR_NOTES
from fjanalysis.results import QUALITY, Measure, Relation
from fjanalysis.statistics.unavailable import NOTES as UNAVAILABLE_NOTES
from fjanalysis.streams.flow import between_areas
from fjanalysis.streams.grid import area_relations, flow_relations, flow_sums, period_relations
from fjanalysis.streams.proceedings import FINAL_ORDERS
from fjanalysis.streams.quality import QUALITY_MEASURES, quality_relations
from fjanalysis.streams.stream import Definition
from fjanalysis.streams.urgent_hearings.parameters import Parameters

TITLE = "Newborn babies in urgent care proceedings"

CASE = "child's case"
ENDS = (*FINAL_ORDERS, "no order recorded")
STILL_OPEN = "still open"
OPEN_NOTE = "of all newborn cases"
RECENT_NOTE = "without recent cases"
CASE_LEVEL_NOTE = "orders by case"

MEASURES = (
    Measure(
        "newborn_cases",
        "Newborn cases",
        CASE,
        "Sets of care proceedings about a newborn baby. The rate is per 10,000 live births.",
    ),
    Measure(
        "infant_cases", "Infant cases", CASE, "Sets of care proceedings about a child under 1 year."
    ),
    Measure(
        "newborn_share_of_infants",
        "Newborns among infants",
        CASE,
        "Newborn cases among infant cases.",
    ),
    Measure(
        "same_day_hearing",
        "Same-day hearing",
        CASE,
        "First hearing on the day of issue, of newborn cases with a hearing recorded.",
    ),
    Measure(
        "emergency_hearing",
        "Emergency hearing",
        CASE,
        "First hearing at emergency notice (same day included), of newborn cases with a hearing recorded.",
    ),
    Measure(
        "short_notice_hearing",
        "Short-notice hearing",
        CASE,
        "First hearing at short notice (emergencies included), of newborn cases with a hearing recorded.",
    ),
    Measure(
        "unknown_notice",
        "No hearing recorded",
        CASE,
        "No hearing recorded on or after the issue, of all newborn cases.",
    ),
    Measure(
        "notice_days",
        "Days of notice",
        CASE,
        "Days from issue to first hearing, of newborn cases with a hearing recorded.",
    ),
    Measure(
        "notice_trend",
        "Trend of notice",
        CASE,
        "Odds of notice of a class, each year against the year before.",
    ),
    Measure(
        "subsequent_infant",
        "Subsequent infants",
        CASE,
        "The mother had an earlier set about an older child, of newborn cases with a known mother.",
    ),
    Measure(
        "emergency_protection_order",
        "Emergency protection applications",
        "child's application",
        "Applications for an emergency protection order for a newborn baby.",
    ),
    Measure(
        "epo_followed_by_s31",
        "Followed by care proceedings",
        "child's application",
        "Followed by a care or supervision application for the same child.",
    ),
    Measure(
        "final_order",
        "Final order",
        CASE,
        "Most interventionist final order, of newborn cases whose set has ended.",
    ),
    Measure(
        "adoption",
        "Placement order: predictors",
        CASE,
        "Odds of a placement order, of newborn cases with a known final order and mother.",
    ),
    Measure("cohort_flow", "From records to cohort", "record", "What each step kept or left out."),
    *QUALITY_MEASURES,
)

NOTES = {
    **DENOMINATOR_NOTES,
    **UNAVAILABLE_NOTES,
    OPEN_NOTE: "Still open is a share of all newborn cases; the other orders are shares of those ended.",
    RECENT_NOTE: "Cases issued in the last days of follow-up are left out: a hearing may be to come.",
    CASE_LEVEL_NOTE: (
        "Some orders are recorded by case (in England until 2014, in Wales throughout): each is given to all "
        "children of its case."
    ),
}


def definitions(parameters: Parameters) -> list[Definition]:
    """Return the methods box, from the parameters in force."""
    joins = (
        ", unless it names a child born since the set began"
        if parameters.new_baby_starts_set
        else ""
    )
    return [
        Definition(
            "Set of proceedings",
            "Care or supervision cases about a mother's children, taken together where each is issued no "
            f"more than {parameters.merge_gap_days} days after the one before{joins}.",
        ),
        Definition(
            "Newborn case",
            "A child's set of proceedings that was issued when the child was under "
            f"{parameters.newborn_days} days old. Births are known by week, so age is in whole weeks.",
        ),
        Definition("Infant case", "The same, with the child under 1 year old."),
        Definition(
            "Notice",
            "Days from the issue of the first application that names the child to the first hearing of its "
            "case on or after that day. Same day is 0 days, emergency under "
            f"{parameters.emergency_days}, short notice up to {parameters.short_notice_days}; each "
            f"includes the one before. Cases issued in the last {parameters.settling_days} days of "
            "follow-up are left out.",
        ),
        Definition(
            "Subsequent infant",
            "A newborn baby whose mother had a set of proceedings about an older child in the "
            f"{parameters.look_back_years} years before. A period with a year whose look-back the data "
            "do not cover is not given, and such a year is not in the model of placement orders.",
        ),
        Definition(
            "Emergency protection order",
            "An application for one, for a newborn baby; it counts as followed where a care or supervision "
            f"application for the child is issued within {parameters.epo_window_days} days. Applications "
            "whose days are not over by the end of follow-up are in no share.",
        ),
        Definition(
            "Final order",
            "The most interventionist final order made for the child in the set, from placement order through "
            "care order, special guardianship, child arrangements, supervision order and family assistance "
            "order to no order. Final orders are given for cases issued from April 2010, when their "
            "records begin.",
        ),
        Definition(
            "Rate", "Newborn cases per 10,000 live births in the same area and financial year."
        ),
        Definition(
            "Local figures",
            f"Shares for Designated Family Judge areas cover {parameters.local_period_years} years at a "
            "time, because single years rest on too few cases.",
        ),
    ]


def relations(rows: pd.DataFrame, places: pd.DataFrame) -> list[Relation]:
    """Return how the rows relate, for the areas and periods in them; `places` is the area table."""
    of_counts = {"statistic": ("count", "percent", "rate_per_10000")}
    counted = {"statistic": ("count", "percent")}
    chain = ("same_day_hearing", "emergency_hearing", "short_notice_hearing")
    groups = tuple(f"final order: {level}" for level in ENDS)
    here = rows[rows["statistic"].isin(of_counts["statistic"])]
    here = here[~here["measure"].isin([*QUALITY, "cohort_flow"])]
    measures = tuple(sorted(set(here["measure"])))
    where = {"measure": measures, **of_counts}
    return [
        *quality_relations(rows),
        *area_relations(places, sorted(set(here["area"])), where),
        *period_relations(here, where),
        Relation("nested", "measure", chain, where=counted),
        Relation(
            "nested", "measure", ("newborn_cases", "infant_cases"), where={"statistic": "count"}
        ),
        *(
            Relation("nested", "measure", (part, "newborn_cases"), where={"statistic": "count"})
            for part in ("short_notice_hearing", "unknown_notice")
        ),
        Relation("nested", "measure", ("epo_followed_by_s31", "emergency_protection_order")),
        Relation(
            "partition", "group", groups, "", {"measure": "final_order", "statistic": "count"}
        ),
        *flow_relations(
            FLOW, *((step, *FLOW[1:]) for step in FURTHER), *((step, FLOW[-1]) for step in APART)
        ),
        flow_sums(FLOW[3], FLOW[2], OLDER),
        flow_sums(FLOW[4], FLOW[3], *APART),
        between_areas(),
    ]


ALL = "children's sets of care or supervision proceedings"
OUTSIDE = "issued outside the years given, left out"
OLDER = "children of 1 year and over, left out"
# The steps of the cohort flow, each contained in the next; others within newborn babies; others within all.
FLOW = (
    "newborn babies whose set has ended",
    "newborn babies",
    "infants under 1 year",
    "issued in a complete financial year, with a known age",
    ALL,
)
FURTHER = ("newborn babies with a known mother", "newborn babies with a hearing recorded")
APART = (
    OUTSIDE,
    "child's birth week unknown",
    "issued before the child's birth week",
)
# Fewer days make a smaller class of newborn babies: what is counted of them in one variant lies within the next.
NESTED_BY = {
    "newborn_days": (
        "cohort_flow",
        "emergency_hearing",
        "emergency_protection_order",
        "epo_followed_by_s31",
        "final_order",
        "newborn_cases",
        "newborn_share_of_infants",
        "same_day_hearing",
        "short_notice_hearing",
        "subsequent_infant",
        "unknown_notice",
    )
}

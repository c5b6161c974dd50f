"""What the private-law returns stream declares: measures, notes, definitions, how its rows relate."""

from __future__ import annotations

import pandas as pd

from fjanalysis.reference import NOTES as DENOMINATOR_NOTES
from fjanalysis.results import QUALITY, Measure, Relation, join_group
from fjanalysis.streams.ages import UNKNOWN
from fjanalysis.streams.curve_rules import (
    CURVE_NOTES,
    curve_relations,
    follow_up_relations,
    life_table_measures,
)
from fjanalysis.streams.flow import between_areas
from fjanalysis.streams.grid import area_relations, flow_relations, flow_sums, period_relations
from fjanalysis.streams.private_law_returns.levels import (
    APPLICANT_LEVELS,
    BRINGERS,
    DIMENSIONS,
    LENGTH_OF_DATA,
    OTHER_BASE,
    RELATIONS,
)
from fjanalysis.streams.private_law_returns.parameters import Parameters
from fjanalysis.streams.quality import QUALITY_MEASURES, quality_relations
from fjanalysis.streams.stream import Definition

TITLE = "Families who return to private-law proceedings"

CASE = "case"

MEASURES = (
    Measure(
        "private_cases",
        "Private-law cases",
        CASE,
        "Private-law cases about arrangements for children. The rate is per 10,000 children aged 0 to 17.",
    ),
    Measure(
        "applicant", "Applicants", "applicant", "Who applies; an applicant counts once a case."
    ),
    Measure(
        "order_sought",
        "Orders sought",
        CASE,
        "Cases that seek the order; a case may seek several.",
    ),
    Measure(
        "returning_case",
        "Cases that are returns",
        CASE,
        "Cases about a child of an earlier case within the look-back.",
    ),
    Measure(
        "first_return",
        "First return",
        "first case",
        "A later case about a child of a first case.",
    ),
    *life_table_measures("first_return", "a first return", "first case"),
    Measure(
        "return_brought_by",
        "Who brings returns",
        "return",
        "Returns by what the applicant was in the case before.",
    ),
    Measure(
        "time_between",
        "Days between cases",
        "return",
        "Days from the issue of the case before to the issue of the return.",
    ),
    Measure(
        "later_return",
        "A further return",
        "return",
        "A further case about the same children, counted from the return before.",
    ),
    *life_table_measures("later_return", "a further return", "return"),
    Measure(
        "public_after_private",
        "Followed by public-law proceedings",
        "first case",
        "First cases followed by a public-law application about a child of the case.",
    ),
    Measure(
        "private_after_public",
        "Followed by private-law proceedings",
        "child's set",
        "Ended sets of care proceedings followed by a private-law case about the child.",
    ),
    Measure(
        "non_parent_cases",
        "Non-parent cases",
        CASE,
        "Cases in which an applicant or respondent is no parent of any child of the case.",
    ),
    Measure("cohort_flow", "From records to cohort", "record", "What each step kept or left out."),
    *QUALITY_MEASURES,
)

NOTES = {
    **CURVE_NOTES,
    **DENOMINATOR_NOTES,
    LENGTH_OF_DATA: "Rises with the length of the data: later years look back further.",
    OTHER_BASE: "A share of non-parent cases, not of all cases.",
}


def definitions(parameters: Parameters) -> list[Definition]:
    """Return the methods box, from the parameters in force."""
    origin = {
        "closure": (
            "Time to return runs from the end of the case (its last final order, else its last hearing, else "
            "its closure) to the issue of the next. A case that is still open has no end and is left out; "
            "a next case issued before the end counts as a time of 0."
        ),
        "issue": "Time to return runs from the issue of the case to the issue of the next.",
    }[parameters.origin]
    shared = {
        "any": "that shares at least one child with it",
        "eldest": "whose eldest child it names",
    }[parameters.child_rule]
    return [
        Definition(
            "Private-law case",
            "A case with an application for time with or living with a child, for prohibited steps or a "
            "specific issue, or for enforcement; counted at the first such application.",
        ),
        Definition(
            "Non-parent case",
            "A case in which any applicant or respondent is not recorded as a parent of a child of the case.",
        ),
        Definition(
            "Return",
            f"A later case {shared}, issued more than {parameters.merge_gap_days} days after the case before. "
            "A case issued sooner counts as a case, but is neither a return nor a first case.",
        ),
        Definition(
            "First case",
            "A case with no earlier case about its children in the data, issued at least "
            f"{parameters.washout_years} years after the data of the nation begin.",
        ),
        Definition("Time to return", origin),
        Definition(
            "Follow-up",
            "To the end of the last complete month of the data, or the 18th birthday of the youngest child.",
        ),
        Definition(
            "Cumulative percentage",
            "The share of first cases that would have returned by then if all had been followed for so long "
            "(Kaplan-Meier), with a 95% interval on the log-log scale.",
        ),
        Definition(
            "Hazard ratio",
            "How much sooner families at a level return than those at the level compared with, all else equal "
            "(Cox model). Intervals allow for families with more than one case.",
        ),
        Definition(
            "Look-back",
            "How long before its issue a case looks back for an earlier one about the same children.",
        ),
        Definition(
            "Applicant of a return",
            "Compared with the case before: the same applicant, a former respondent, or another person.",
        ),
        Definition(
            "Followed by the other law",
            f"Within {parameters.following_years} years: a public-law application about a child of a first "
            "case after its issue; a private-law case about a child after the final order of its care "
            "proceedings. Only those with full follow-up are counted, from where the records of both laws have "
            "begun.",
        ),
        Definition(
            "Rate", "Cases per 10,000 children aged 0 to 17 in the same area and financial year."
        ),
    ]


def relations(rows: pd.DataFrame, places: pd.DataFrame) -> list[Relation]:
    """Return how the rows relate, for the areas and periods in them; `places` is the area table."""
    here = rows[~rows["measure"].isin([*QUALITY, "cohort_flow"])]
    here = here[here["statistic"].isin(["count", "percent", "cumulative_percent"])]
    measures = tuple(sorted(set(here["measure"])))
    where = {"measure": measures, "statistic": ("count", "percent", "cumulative_percent")}
    found = [
        *quality_relations(rows),
        *follow_up_relations(rows),
        *area_relations(places, sorted(set(here["area"])), where),
        *period_relations(here, where),
        *curve_relations(
            ("first_return", "later_return"),
            [""],
            {name: (*levels, UNKNOWN) for name, levels in DIMENSIONS.items()},
        ),
        Relation(
            "nested",
            "measure",
            ("non_parent_cases", "private_cases"),
            where={"statistic": "count"},
        ),
        Relation(
            "partition",
            "group",
            tuple(f"applicant: {level}" for level in BRINGERS),
            where={"measure": "return_brought_by"},
        ),
        Relation(
            "partition",
            "group",
            tuple(f"relation: {level}" for level in RELATIONS),
            "",
            {"measure": "non_parent_cases", "statistic": "percent"},
        ),
    ]
    for dimension, levels in APPLICANT_LEVELS.items():
        groups = tuple(join_group({dimension: level}) for level in levels)
        found.append(Relation("partition", "group", groups, where={"measure": "applicant"}))
    returning = set(here.loc[here["measure"] == "returning_case", "group"])
    look_backs = sorted(returning, key=lambda group: (group.endswith("ever"), len(group), group))
    if look_backs:
        where_returns = {"measure": "returning_case", "statistic": "percent"}
        found.append(Relation("nested", "group", tuple(look_backs), where=where_returns))
    found += [between_areas(), *(flow_sums(*sums) for sums in SUMS)]
    return found + flow_relations(FLOW, *((step, FLOW[4]) for step in APART))


WITHOUT_APPLICATION = "cases without an application about arrangements for children, left out"
YEARS_LEFT_OUT = "cases issued outside the years given, left out"
WASHED_OUT = "cases issued before the wash-out ended, left out"
STILL_OPEN = "first cases still open, left out"
GROWN_UP = "first cases whose youngest child is 18 at time zero, left out"
# The steps of the cohort flow, each contained in the next; others within the cases of the years given; and which
# steps are the sum of others.
FLOW = (
    "first cases whose return was issued before time zero",
    "first cases followed",
    "first cases, issued after the wash-out",
    "cases without an earlier one",
    "cases issued in the years given",
    "private-law cases about arrangements for children",
    "private-law cases read",
)
APART = ("cases without a recorded child", "cases without a recorded applicant")
SUMS = (
    (FLOW[6], FLOW[5], WITHOUT_APPLICATION),
    (FLOW[5], FLOW[4], YEARS_LEFT_OUT),
    (
        FLOW[4],
        FLOW[3],
        "cases that are returns",
        "cases inside the merge gap, neither return nor first",
    ),
    (FLOW[3], FLOW[2], WASHED_OUT),
    (FLOW[2], FLOW[1], STILL_OPEN, GROWN_UP),
)

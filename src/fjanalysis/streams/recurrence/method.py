"""What the recurrence stream declares: measures, notes, definitions, and how its rows relate."""

from __future__ import annotations

import pandas as pd

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
from fjanalysis.streams.quality import QUALITY_MEASURES, quality_relations
from fjanalysis.streams.recurrence.levels import (
    DIMENSIONS,
    EVENTS,
    LENGTH_OF_DATA,
    PARENTS,
    SETS,
)
from fjanalysis.streams.recurrence.parameters import Parameters
from fjanalysis.streams.stream import Definition

TITLE = "Parents in recurrent care proceedings"

PARENT = "parent"

MEASURES = (
    Measure(
        "index_parents",
        "Parents in a first set of proceedings",
        PARENT,
        "Parents whose first observed set of care proceedings was issued in the period.",
    ),
    Measure(
        "any_return",
        "Any return",
        PARENT,
        "A later set of care proceedings about any of the parent's children.",
    ),
    Measure(
        "new_child_return",
        "Return with a new child",
        PARENT,
        "A later set of care proceedings with a child born after the first set was issued.",
    ),
    *life_table_measures("any_return", "any return", PARENT),
    *life_table_measures("new_child_return", "return with a new child", PARENT),
    Measure(
        "sets_per_parent",
        "Sets of proceedings a parent",
        PARENT,
        "How many sets of proceedings parents had by the end of follow-up.",
    ),
    Measure(
        "later_return",
        "A further return",
        PARENT,
        "A further set, of parents who had the set named, counted from its issue.",
    ),
    *life_table_measures("later_return", "a further return", PARENT),
    Measure(
        "seen_before",
        "Mother seen before",
        "set",
        "Sets of care proceedings that concern a mother who had a set before.",
    ),
    Measure("cohort_flow", "From records to cohort", "record", "What each step kept or left out."),
    *QUALITY_MEASURES,
)

NOTES = {
    **CURVE_NOTES,
    LENGTH_OF_DATA: "Rises with the length of the data: later years look back further.",
}


def definitions(parameters: Parameters) -> list[Definition]:
    """Return the methods box, from the parameters in force."""
    joins = (
        ", unless it names a child born since the set began"
        if parameters.new_baby_starts_set
        else ""
    )
    start = (
        f"from {parameters.index_start:%-d %B %Y}, but no earlier than"
        if parameters.index_start
        else "from"
    )
    end = f"{parameters.index_end:%-d %B %Y}" if parameters.index_end else "the end of follow-up"
    systems = {
        "all": [],
        "ecms": [Definition("Records", "Those of the English system in use since 2014 alone.")],
        "cms": [Definition("Records", "Those of the English system in use until 2014 alone.")],
        "cymru": [Definition("Records", "Those of the Welsh system alone.")],
    }
    return [
        Definition(
            "Set of proceedings",
            "Care or supervision cases about a parent's children, taken together where each is issued no "
            f"more than {parameters.merge_gap_days} days after the one before{joins}.",
        ),
        Definition(
            "Parent",
            "The adult recorded as a child's parent; where two mothers or two fathers are recorded, the one "
            "who is a party to the proceedings, else neither.",
        ),
        Definition(
            "First set",
            f"A parent's first set in the data, issued {start} {parameters.washout_years} years after the data "
            f"of the nation begin, to {end}. Mothers are {parameters.youngest_mother} to "
            f"{parameters.oldest_mother} years old when it is issued.",
        ),
        Definition("Any return", "A later set about any of the parent's children."),
        Definition(
            "Return with a new child",
            "A later set with a child born after the first set was issued. An earlier return about an older "
            "child does not end the wait for it.",
        ),
        Definition(
            "Follow-up",
            "From the issue of the first set to the end of the last complete month of the data; times end at "
            "the same day of the calendar so many years later.",
        ),
        Definition(
            "Cumulative percentage",
            "The share who would have returned by then if everybody had been followed for so long "
            "(Kaplan-Meier), with a 95% interval on the log-log scale.",
        ),
        Definition(
            "Half time",
            "The time by which half of the returns of the first five years have happened.",
        ),
        Definition(
            "Final order",
            "The most interventionist final order made for any child of the set. Returns after it are counted "
            "from the first day on which it was made, for parents who had not returned by then.",
        ),
        Definition(
            "Hazard ratio",
            "How much sooner parents at a level return than those at the level compared with, all else equal "
            "(Cox model; the final order counts from the day it was made). Intervals allow for the same parent "
            "counting more than once.",
        ),
        Definition(
            "Mother seen before",
            f"A mother with an earlier set in the {parameters.look_back_years} years before the issue, or ever "
            "in the data.",
        ),
        *systems[parameters.source],
    ]


def relations(rows: pd.DataFrame, places: pd.DataFrame) -> list[Relation]:
    """Return how the rows relate, for the areas and periods in them; `places` is the area table."""
    here = rows[~rows["measure"].isin([*QUALITY, "cohort_flow"])]
    here = here[here["statistic"].isin(["count", "percent", "cumulative_percent"])]
    measures = tuple(sorted(set(here["measure"])))
    where = {
        "measure": measures,
        "statistic": ("count", "percent", "cumulative_percent"),
    }
    parents = [join_group({"parent": parent}) for parent in PARENTS]
    found = [
        *quality_relations(rows),
        *follow_up_relations(rows),
        *area_relations(places, sorted(set(here["area"])), where),
        *period_relations(here, where),
        *curve_relations(
            (*EVENTS, "later_return"),
            parents,
            {name: (*levels, UNKNOWN) for name, levels in DIMENSIONS.items()},
        ),
        Relation(
            "nested",
            "measure",
            ("new_child_return", "any_return"),
            # From a final order on, each event has a cohort of its own: those without it before.
            where={
                "statistic": "cumulative_percent",
                "group": tuple(
                    sorted(group for group in set(here["group"]) if "final order" not in group)
                ),
            },
        ),
    ]
    for parent in PARENTS:
        groups = tuple(join_group({"parent": parent, "sets": number}) for number in SETS)
        found.append(
            Relation(
                "partition",
                "group",
                groups,
                where={"measure": "sets_per_parent", "statistic": "percent"},
            )
        )
    seen = set(here.loc[here["measure"] == "seen_before", "group"])
    look_backs = sorted(seen, key=lambda group: group.endswith("look-back: ever"))
    if len(look_backs) > 1:
        own = {"measure": "seen_before", "statistic": "percent"}
        found.append(Relation("nested", "group", tuple(look_backs), where=own))
    for parent in PARENTS:
        found += flow_relations(tuple(f"{parent}s {words}" for words in FLOW))
        sums = (FLOW[2], BEFORE, AFTER, FLOW[1])
        found.append(flow_sums(*(f"{parent}s {words}" for words in sums)))
    found += flow_relations(*((step, "children named") for step in MOTHERS))
    whole, left_out, kept = (f"mothers {words}" for words in (FLOW[1], OUTSIDE, FLOW[0]))
    fathers = [f"fathers {words}" for words in (FLOW[1], FLOW[0])]
    found += [flow_sums(whole, left_out, kept), flow_sums(*fathers)]
    return [*found, between_areas()]


BEFORE = "whose first set is before the years given, left out"
AFTER = "whose first set is after the years given, left out"
OUTSIDE = "outside the ages followed, left out"
# The steps of the cohort flow, each contained in the next, by parent; and those within all children.
FLOW = (
    "in the cohort",
    "with a first set in the window after the wash-out",
    "with a set of proceedings",
)
MOTHERS = (
    "children without a recorded mother",
    "children with two or more recorded mothers",
    "children whose mother stays unknown",
)

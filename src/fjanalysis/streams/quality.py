"""The quality of the records as every stream carries it: its measures, and how their rows relate."""

from __future__ import annotations

import pandas as pd

from fjanalysis.results import Measure, Relation, join_group, split_group

QUALITY_MEASURES = (
    Measure(
        "records",
        "Records",
        "record",
        "Records of a table by the year in which their case was first applied for; persons by their first case.",
    ),
    Measure(
        "linked",
        "Persons found in the system that followed",
        "person",
        "Of the persons of a system that was replaced, by the year of their first case there, those joined "
        "with a person of the system that followed it.",
    ),
    Measure("missing", "Missing values", "record", "Records without a value in a field."),
    Measure("mended", "Mended values", "record", "Values mended by rule."),
    Measure("kept", "Values in doubt", "record", "Records in doubt that were kept as they are."),
    Measure("unmatched", "Unmatched links", "record", "Records whose link leads to no record."),
)


def quality_relations(rows: pd.DataFrame) -> list[Relation]:
    """Return how the rows of data quality relate: the systems of a nation add up to it, table by table.

    The base of `linked` is the number of persons of the older system, and that of `missing` a nation's number
    of records: disclosure control finds by itself that they are the same numbers as `records` gives.

    Parameters
    ----------
    rows
        The stream's table.
    """
    groups = set(rows.loc[rows["measure"] == "records", "group"])
    parted = [split_group(group) for group in groups if "system" in split_group(group)]
    return [
        Relation(
            "partition",
            "group",
            tuple(
                sorted(
                    join_group({"system": each["system"], "table": table})
                    for each in parted
                    if each["table"] == table
                )
            ),
            join_group({"table": table}),
            {"measure": "records", "statistic": "count"},
        )
        for table in sorted({each["table"] for each in parted})
    ]

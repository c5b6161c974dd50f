"""Worked examples: how a mother's cases are folded into sets of section 31 proceedings.

Each example is a table to check by eye. A line is a case: when it was issued, the Monday of the week in
which the youngest child it names was born, and the set that it is in. The merge gap is 14 days, and a new
baby starts a set.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from fjanalysis.streams.proceedings import number_sets

EXAMPLES = {
    "one case is one set": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
    """,
    "cases no more than 14 days apart are one set, counted from the case before": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-16  2010-06-07     1
        2015-03-30  2010-06-07     1
    """,
    "a case 15 days after the one before starts a set": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-17  2010-06-07     2
    """,
    "a baby born since the set began starts a set, however soon": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-12  2015-03-09     2
    """,
    "a baby born in the week of the first issue, that is on its Monday, starts none": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-12  2015-03-02     1
    """,
    "a further case about the baby belongs to the baby's set": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-12  2015-03-09     2
        2015-03-20  2015-03-09     2
    """,
    "a baby counts as new where it was born after the set began, though before the case before": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-12  2010-06-07     1
        2015-03-20  2015-03-09     2
    """,
    "an unknown birth week starts nothing": """
        issued      youngest born  set
        2015-03-02  2010-06-07     1
        2015-03-12  unknown        1
    """,
}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_cases_are_folded_as_in_the_example(name: str) -> None:
    lines = EXAMPLES[name].strip().splitlines()[1:]
    rows = [line.split() for line in lines]
    cases = pd.DataFrame(
        {
            "owner": "mother",
            "person_id": "Em1",
            "case_id": [f"Ec{number}" for number in range(len(rows))],
            "issue_date": pd.to_datetime([row[0] for row in rows]),
            "newest_birth_week": pd.to_datetime([r[1] for r in rows], errors="coerce"),
        }
    )
    found = number_sets(pa.Table.from_pandas(cases), merge_gap_days=14, new_baby_starts_set=True)
    assert found.column("set_number").to_pylist() == [int(row[2]) for row in rows]

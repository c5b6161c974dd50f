"""Sets of section 31 proceedings: cases folded into the sets that a family lived through.

A person's cases are taken in order of issue date and case id. A case joins the running set unless
it is issued more than `merge_gap_days` after the case before, or names a child of the person born
after the running set's first issue date. This module is the one place where that is done.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fjanalysis.refresh import declaration
from fjanalysis.streams.cohort import Cohort, read_sql

Integers = npt.NDArray[np.int64]

# Final orders of a set, by how far they intervene; what was dismissed or withdrawn is no order.
FINAL_ORDERS = tuple(
    order for order in declaration.FINAL_ORDERS if order not in ("dismissed", "withdrawn")
)
UNKNOWN_BIRTH = np.iinfo(np.int64).min
ORDER = ("owner", "person_id", "issue_date", "case_id")


def fold_cases(
    persons: Integers,
    issue_days: Integers,
    newest_births: Integers,
    *,
    merge_gap_days: int,
    new_baby_starts_set: bool,
) -> Integers:
    """Return the number of the set, from 1, that each case of a person is in.

    Parameters
    ----------
    persons
        Codes of persons, shape (n,): rows sorted by person, issue date and case id, one a person
        and case.
    issue_days
        Issue of the case, in days since any fixed day, shape (n,).
    newest_births
        Monday of the birth week of the person's youngest child whom the case names, in the same
        days, shape (n,); `UNKNOWN_BIRTH` where none is known.
    merge_gap_days
        The longest gap, in days from the issue of the case before, across which a case still joins.
    new_baby_starts_set
        Whether a child born after the running set's first issue starts a set whatever the gap.
        Born after means that the Monday of the birth week is later than that day.

    Returns
    -------
    numpy.ndarray
        Set numbers, shape (n,), in the order of the rows.
    """
    count = len(persons)
    numbers = np.ones(count, dtype=np.int64)
    if count == 0:
        return numbers
    same_person = np.zeros(count, dtype=bool)
    same_person[1:] = persons[1:] == persons[:-1]
    # Persons with one case are set 1 already; only the others are walked.
    in_run = same_person.copy()
    in_run[:-1] |= same_person[1:]
    rows = np.flatnonzero(in_run)
    walked = np.ones(len(rows), dtype=np.int64).tolist()
    number = 1
    first = before = 0
    cases = zip(
        same_person[rows].tolist(),
        issue_days[rows].tolist(),
        newest_births[rows].tolist(),
        strict=True,
    )
    for at, (continues, issued, born) in enumerate(cases):
        if not continues:
            number, first = 1, issued
        elif issued - before > merge_gap_days or (new_baby_starts_set and born > first):
            number, first = number + 1, issued
        walked[at] = number
        before = issued
    numbers[rows] = walked
    return numbers


def number_sets(
    owner_cases: pa.Table, *, merge_gap_days: int, new_baby_starts_set: bool
) -> pa.Table:
    """Return the number of the set, from 1, that each case of an owner is in.

    Parameters
    ----------
    owner_cases
        One row an owner (`mother`, `father`, `child`), person and case: columns `owner`,
        `person_id`, `case_id`, `issue_date` and `newest_birth_week` (null where unknown), in any
        order.
    merge_gap_days, new_baby_starts_set
        As in `fold_cases`.

    Returns
    -------
    pyarrow.Table
        Columns `owner`, `person_id`, `case_id` and `set_number`, sorted by owner, person, issue
        date and case id.
    """
    cases = owner_cases.sort_by([(name, "ascending") for name in ORDER])
    numbers = fold_cases(
        _runs(cases.column("owner"), cases.column("person_id")),
        _days(cases.column("issue_date")),
        _days(cases.column("newest_birth_week")),
        merge_gap_days=merge_gap_days,
        new_baby_starts_set=new_baby_starts_set,
    )
    return cases.select(["owner", "person_id", "case_id"]).append_column(
        "set_number", pa.array(numbers)
    )


def _runs(*columns: pa.ChunkedArray) -> Integers:
    """Return a number that rises where any of the columns differs from the row before."""
    begins = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        values = column.combine_chunks()
        begins[1:] |= pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    return np.cumsum(begins, dtype=np.int64)


def _days(dates: pa.ChunkedArray) -> Integers:
    days = pc.fill_null(dates.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), UNKNOWN_BIRTH)
    return np.asarray(days.to_numpy(), dtype=np.int64)


def prepare_sets(
    cohort: Cohort, follow_up_end: date, *, merge_gap_days: int, new_baby_starts_set: bool
) -> None:
    """Make the tables of sets of proceedings in a cohort's database.

    These steps can then be read by later statements, among those of `owner_cases.sql` and `sets.sql`:

    - `child_parents`: one row a child named in care or supervision proceedings: `child_id`,
      `mother_id`, `father_id` (null: unknown), `mothers_recorded`, `fathers_recorded`
    - `owner_children`: one row an owner, person, case and child of theirs: `child_id`, its `birth_week`,
      and `child_issue_date`, that of the first application in the case that names it
    - `set_cases`: one row an owner (`mother`, `father`, `child`), `person_id` and `case_id`:
      `issue_date`, `newest_birth_week`, `set_number`, `set_issue_date`. Children own cases only
      where their mother is unknown.
    - `child_sets`: one row a child and set: `child_id`, `owner`, `person_id`, `mother_id`,
      `set_number`, `set_issue_date`, and of the first application in the set that names the child
      `issue_date`, `application_id`, `case_id`

    Parameters
    ----------
    cohort
        Holds the refresh's tables `applications`, `roles`, `persons` and `relationships`.
    follow_up_end
        Applications issued after this day are not used.
    merge_gap_days, new_baby_starts_set
        As in `fold_cases`.
    """
    values = {"follow_up_end": follow_up_end}
    cohort.run(read_sql("fjanalysis.streams", "owner_cases.sql"), values, result="owner_cases")
    numbers = number_sets(
        cohort.connection.table("owner_cases").to_arrow_table(),
        merge_gap_days=merge_gap_days,
        new_baby_starts_set=new_baby_starts_set,
    )
    cohort.add("case_numbers", numbers)
    cohort.run(read_sql("fjanalysis.streams", "sets.sql"), values, result="child_sets")


def prepare_final_orders(cohort: Cohort, follow_up_end: date) -> None:
    """Make the table `final_orders` from the sets of proceedings that `prepare_sets` made.

    One row an owner, `person_id`, `set_number` and child: `set_issue_date`, `child_id`, `final_order` (its
    level, or `no order recorded` for a set that ended without one, or `still open`), `intervention` (1
    most interventionist … 7, 8 without an order), `final_order_date` (the first on which that level was
    made) and `case_level` (whether the source has it a case, not a child).

    Parameters
    ----------
    cohort
        Holds the refresh's tables `cases` and `orders`, and the sets of proceedings.
    follow_up_end
        Orders made after this day are not used.
    """
    sql = read_sql("fjanalysis.streams", "final_orders.sql")
    cohort.run(sql, {"follow_up_end": follow_up_end}, result="final_orders")

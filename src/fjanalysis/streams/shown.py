"""Tables of notebooks: rows of the results laid out for a reader, in full, with names and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from fjanalysis.results import STATISTICS, join_group, split_group

KEYS = ("measure", "statistic", "area", "period", "group", "horizon")
LEFT = 'style="text-align:left;vertical-align:top"'
SHORT = 'style="text-align:left;vertical-align:top;white-space:nowrap"'
SHORTEST = 45
RIGHT = 'style="text-align:right;white-space:nowrap"'
LOW_P = 0.001


@dataclass(frozen=True, repr=False)
class Shown:
    """A table that a notebook shows in full.

    Parameters
    ----------
    heading
        What all of its rows have in common.
    columns
        Headings of the columns, those of words first.
    rows
        Cells as text.
    words
        How many columns hold words.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1

    def __repr__(self) -> str:
        return f"{self.heading} ({len(self.rows)} rows)"

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        head = "".join(f"<th {LEFT}>{escape(name)}</th>" for name in self.columns)
        body = []
        for row in self.rows:
            cells = "".join(
                f"<td {self._style(place, cell)}>{escape(cell)}</td>"
                for place, cell in enumerate(row)
            )
            body.append(f"<tr>{cells}</tr>")
        caption = (
            f'<caption style="text-align:left;white-space:nowrap">{escape(self.heading)}</caption>'
        )
        if not self.rows:
            return f"<p>{escape(self.heading or 'There are no rows.')}</p>"
        return (
            f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        )

    def _style(self, place: int, cell: str) -> str:
        if place >= self.words:
            return RIGHT
        return SHORT if len(cell) <= SHORTEST else LEFT


def shown(
    rows: pd.DataFrame,
    names: Mapping[str, str],
    *,
    across: str = "",
    interval: bool = True,
    counts: bool = False,
) -> Shown:
    """Return results rows as a table: a row an estimate, or a column for each level of one part of the key.

    Parameters
    ----------
    rows
        Rows of the results.
    names
        Names of areas by code.
    across
        What stands across: a part of the key (`horizon`, `period`, `measure` …) or a dimension of the group (`parent`).
    interval
        Whether intervals stand beside the values.
    counts
        Whether numerator and denominator have columns of their own.
    """
    if rows.empty:
        return Shown("There are no rows: this run gives none of these.", (), ())
    frame = pd.DataFrame({name: _texts(rows, name) for name in KEYS})
    frame["area"] = frame["area"].map(lambda code: names.get(code, code))
    for name in ("measure", "statistic"):
        frame[name] = frame[name].map(_words)
    if across and across not in KEYS:
        levels = frame["group"].map(split_group)
        frame[across] = levels.map(lambda own: own.get(across, "all"))
        frame["group"] = levels.map(
            lambda own: join_group({name: level for name, level in own.items() if name != across})
        )
    frame["group"] = frame["group"].map(lambda group: group or "all")
    frame["value"] = [_cell(row, interval) for row in rows.to_dict("records")]
    varying = [name for name in KEYS if name != across and frame[name].nunique() > 1]
    constant = [frame[name].iloc[0] for name in KEYS if name not in varying and name != across]
    heading = "; ".join(text for text in constant if text and text != "all")
    return (
        _across(frame, across, varying, heading)
        if across
        else _down(frame, rows, varying, heading, counts=counts)
    )


def _across(frame: pd.DataFrame, across: str, varying: Sequence[str], heading: str) -> Shown:
    levels = sorted(dict.fromkeys(frame[across]), key=_order)
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in frame.to_dict("records"):
        own = tuple(str(row[name]) for name in varying)
        found.setdefault(own, {})[row[across]] = row["value"]
    # Periods in order within what else tells rows apart, the whole window last.
    when = varying.index("period") if "period" in varying else -1
    first: dict[tuple[str, ...], int] = {}
    for own in found:
        first.setdefault(own[:when] + own[when + 1 :] if when >= 0 else own, len(first))

    def place(own: tuple[str, ...]) -> tuple[int, bool, str]:
        if when < 0:
            return first[own], False, ""
        return first[own[:when] + own[when + 1 :]], " to " in own[when], own[when]

    cells = [
        [*own, *(found[own].get(level, "") for level in levels)] for own in sorted(found, key=place)
    ]
    return Shown(heading, [*varying, *levels], cells, len(varying))


def _down(
    frame: pd.DataFrame, rows: pd.DataFrame, varying: Sequence[str], heading: str, *, counts: bool
) -> Shown:
    columns = [*varying, "value"]
    for name in ("numerator", "denominator") if counts else ():
        frame[name] = ["" if pd.isna(each) else f"{int(each):,}" for each in rows[name]]
        columns.append(name)
    notes = _texts(rows, "note")
    if any(notes):
        frame["note"] = notes
        columns.append("note")
    return Shown(heading, columns, frame[columns].to_numpy().tolist(), len(varying))


def _texts(rows: pd.DataFrame, name: str) -> list[str]:
    if name not in rows:
        return [""] * len(rows)
    return ["" if pd.isna(each) else str(each) for each in rows[name].to_numpy()]


def _words(name: str) -> str:
    label = STATISTICS[name].label if name in STATISTICS else name.replace("_", " ")
    return label[:1].lower() + label[1:]


def _cell(row: Mapping[Any, Any], interval: bool) -> str:
    value = row.get("value")
    if value is None or pd.isna(value):
        note = row.get("note")
        status = row.get("status")
        parts = [str(each) for each in (status, note) if isinstance(each, str) and each]
        return ": ".join(parts) or "-"
    kind = STATISTICS[str(row["statistic"])]
    if row["statistic"] == "p_value" and float(str(value)) < LOW_P:
        return "< 0.001"

    def text(number: object) -> str:
        return f"{float(str(number)):,.{kind.decimals}f}"

    ends = (row.get("lower"), row.get("upper"))
    if not interval or any(each is None or pd.isna(each) for each in ends):
        return text(value)
    return f"{text(value)} ({text(ends[0])} to {text(ends[1])})"


def _order(text: str) -> tuple[float, str]:
    number = text.partition(" ")[0]
    return (float(number), text) if number.isdigit() else (float("inf"), "")


def whole_window(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of each area's longest period in the table, by measure."""
    spans = rows["period"].str.contains(" to ")
    own = rows[spans]
    length = own["period"].map(lambda text: int(text.rsplit(" to ")[-1][:4]) - int(text[:4]))
    keys = [own["measure"], own["area"]]
    return own[length == length.groupby(keys).transform("max")]

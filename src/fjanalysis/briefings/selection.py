"""The released results that a figure shows, laid out as categories by series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from fjanalysis.briefings import formats, labels, spans
from fjanalysis.errors import RenderError, UsageError, nearest
from fjanalysis.packs import Pack, steps
from fjanalysis.periods import last_day
from fjanalysis.results import KeyPattern, parse_key, split_group

if TYPE_CHECKING:
    from fjanalysis.briefings.figures import Figure

LIFE_TABLE = ("at_risk", "events", "censored")
WHOLE = "whole"
DIMENSIONS = ("area", "period", "level", "measure", "horizon", "variant")


@dataclass(frozen=True)
class Selection:
    """Results laid out for a chart or table.

    Parameters
    ----------
    frame
        The tidy rows, with `level` (of the figure's `by`), `measure_key`, and `row` and `column`: the
        values by which each is placed.
    rows, columns
        Those values in order; each place has at most one result.
    row_labels, column_labels
        What they are called.
    statistic
        The one statistic of a chart, or that of the first measure of a table.
    periods
        All periods shown, in order.
    headings
        For rows of several dimensions, the dimension's name of each.
    """

    frame: pd.DataFrame
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_labels: dict[str, str]
    column_labels: dict[str, str]
    statistic: str
    periods: tuple[str, ...]
    headings: dict[str, str]

    def cell(self, row: str, column: str) -> Mapping[str, Any] | None:
        """Return the result at a place, or None where nothing was released."""
        return self._cells.get((row, column))

    @cached_property
    def _cells(self) -> dict[tuple[str, str], dict[str, Any]]:
        records = cast("list[dict[str, Any]]", self.frame.to_dict("records"))
        return {(str(each["row"]), str(each["column"])): each for each in records}

    def column(self, name: str) -> pd.DataFrame:
        """Return one series in the order of `rows`; places without a result are rows of nothing."""
        part = self.frame[self.frame["column"] == name].set_index("row")
        return part.reindex(list(self.rows))


def select(figure: Figure, pack: Pack, *, stream: str, language: str, where: str) -> Selection:
    """Return the results that a figure shows.

    Raises
    ------
    RenderError
        None fits, an area, level or period is unknown, or a place would hold two results.
    """
    codes = _whole(figure, pack, stream) or labels.area_codes(figure.area, pack)
    if isinstance(codes, str):
        hint = nearest(codes, pack.areas["name"])
        raise RenderError(
            f"There is no area '{codes}'.{hint}",
            where=where,
            mend="Name areas as the pack does, or a list of them: nations, regions, dfj-areas.",
        )
    parts = [
        _of_measure(figure, key, codes, pack, stream=stream, where=where) for key in figure.measure
    ]
    frame = pd.concat(parts, ignore_index=True)
    if figure.kind == "forest":
        # A level that no model can hold is no row of the plot.
        frame = frame[frame["status"] != "z"].reset_index(drop=True)
    keys = {"measure": "measure_key"}
    frame["row"] = frame[keys.get(figure.rows, figure.rows)]
    frame["column"] = frame[keys.get(figure.series, figure.series)]
    _one_place_each(figure, frame, where)
    order = {
        "area": codes,
        "period": spans.in_order(frame["period"]),
        "level": list(figure.levels) or _levels(figure, frame, _steps(figure, pack, stream)),
        "measure": list(figure.measure),
        "horizon": sorted(set(frame["horizon"]), key=months),
        "variant": list(figure.variant),
    }
    rows = _present(order[figure.rows], frame["row"])
    if figure.rows == "period" and figure.kind in ("line", "stack"):
        rows = _trimmed(rows, frame)
        frame = frame[frame["row"].isin(rows)].reset_index(drop=True)
    columns = _present(order[figure.series], frame["column"])

    def named(dimension: str, names: list[str]) -> dict[str, str]:
        return {
            name: labels.of(
                dimension,
                name,
                pack=pack,
                stream=stream,
                language=language,
                names=figure.names,
            )
            for name in names
        }

    named_rows = named(figure.rows, rows)
    if figure.kind == "summary":
        named_rows = _dated(named_rows, frame, codes, language)
    if figure.sort == "value":
        first = frame[frame["column"] == columns[-1]].set_index("row")["value"]
        rows = sorted(
            rows,
            key=lambda name: (
                -first.get(name, float("nan")) if pd.notna(first.get(name)) else float("inf")
            ),
        )
    headed = named(figure.series, columns)
    if len(columns) == 1 and figure.kind != "table":
        # One series needs no telling apart: its column is headed by what it measures.
        headed = {columns[0]: named("measure", [figure.measure[0]])[figure.measure[0]]}
    return Selection(
        frame=frame,
        rows=tuple(rows),
        columns=tuple(columns),
        row_labels=named_rows,
        column_labels=headed,
        statistic=parse_key(figure.measure[0]).statistic,
        periods=tuple(spans.in_order(frame["period"])),
        headings=_headings(figure, rows, language),
    )


def _dated(
    names: dict[str, str], frame: pd.DataFrame, codes: list[str], language: str
) -> dict[str, str]:
    """Return the names of rows with their periods, that of the first area, on a line of its own."""
    found = {}
    for row, name in names.items():
        own = frame[frame["row"] == row].set_index("area")["period"]
        first = next((code for code in codes if code in own.index), None)
        when = formats.period(str(own[first]), language) if first else ""
        found[row] = f"{name}\n{when}" if when else name
    return found


def months(horizon: str) -> float:
    """Return a horizon in months, so that horizons of different units can be put in order."""
    number, _, unit = horizon.partition(" ")
    if not number.replace(".", "").isdigit():
        return -1.0
    each = {"day": 12 / 365.25, "week": 84 / 365.25, "month": 1.0, "year": 12.0}
    return float(number) * each[unit.removesuffix("s")]


def life_table(
    pack: Pack,
    pattern: KeyPattern,
    *,
    stream: str,
    area: str,
    period: str,
    group: str,
    variant: str,
) -> pd.DataFrame:
    """Return the released life table of a survival measure for one area, period and group.

    Returns
    -------
    Rows in order of `months`, with the columns `at_risk` (still at risk when it is reached), `events` and
    `censored` (in the interval that ends there); withheld counts are missing.
    """
    columns = {}
    for part in LIFE_TABLE:
        rows = shelf(pack).get((pattern.stream or stream, f"{pattern.measure}_{part}", "count"))
        if rows is None:
            continue
        same = (rows["area"] == area) & (rows["period"] == period) & (rows["group"] == group)
        same &= rows["variant"] == variant
        columns[part] = rows[same].set_index("horizon")["value"]
    table = pd.DataFrame(columns, columns=list(LIFE_TABLE))
    table["months"] = [months(name) for name in table.index]
    return table.sort_values("months").reset_index(names="horizon")


class Shelf(Mapping[tuple[str, str, str], pd.DataFrame]):
    """A pack's rows by stream, measure and statistic: where they stand is found once, rows are taken when asked for."""

    def __init__(self, results: pd.DataFrame) -> None:
        self.results = results
        grouped = results.groupby(["stream", "measure", "statistic"], sort=False)
        self._places: dict[tuple[str, str, str], Any] = {}
        for name, at in grouped.indices.items():
            stream, measure, statistic = map(str, cast("tuple[str, str, str]", name))
            self._places[stream, measure, statistic] = at
        self._taken: dict[tuple[str, str, str], pd.DataFrame] = {}

    def __getitem__(self, name: tuple[str, str, str]) -> pd.DataFrame:
        """Return the rows of a stream, measure and statistic; kept for the next who asks."""
        if name not in self._taken:
            self._taken[name] = self.results.iloc[self._places[name]]
        return self._taken[name]

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        """Yield what there are rows of."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return of how many there are rows."""
        return len(self._places)


_SHELVES: list[Shelf] = []


def shelf(pack: Pack) -> Shelf:
    """Return a pack's rows by stream, measure and statistic, sorted out once for the last packs used."""
    for known in _SHELVES:
        if known.results is pack.results:
            return known
    _SHELVES.insert(0, Shelf(pack.results))
    del _SHELVES[2:]
    return _SHELVES[0]


def _released(pack: Pack, pattern: KeyPattern, stream: str, key: str, where: str) -> pd.DataFrame:
    name = pattern.stream or stream
    rows = shelf(pack).get((name, pattern.measure, pattern.statistic))
    if rows is not None:
        return rows
    known = sorted(f"{each[1]}.{each[2]}" for each in shelf(pack) if each[0] == name)
    if not known:
        streams = sorted({each[0] for each in shelf(pack)})
        raise RenderError(
            f"The pack has no stream '{name}'.{nearest(name, streams)}",
            where=where,
            mend="Its streams are " + ", ".join(streams) + ".",
        )
    head = f"{pattern.measure}.{pattern.statistic}"
    raise RenderError(
        f"There is no result '{key}' in {name}.{nearest(head, known)}",
        where=where,
        mend="Name a measure and statistic that the pack holds.",
    )


def _steps(figure: Figure, pack: Pack, stream: str) -> list[str]:
    """Return the steps from records to cohort of a figure's stream, in order."""
    about = pack.streams.get(parse_key(figure.measure[0]).stream or stream, {})
    return steps(about.get("measures", []))


def _levels(figure: Figure, frame: pd.DataFrame, order: list[str]) -> list[str]:
    found = set(frame["level"])
    if figure.by == ("step",):
        # Packs made before the order was noted give the largest first, which is close to it.
        sizes = frame.groupby("level")["value"].max().fillna(0.0)
        places = {name: at for at, name in enumerate(order)}
        return sorted(found, key=lambda name: (places.get(name, len(places)), -sizes[name], name))
    if len(figure.by) < 2:
        return sorted(found, key=labels.level_order)
    ordered = []
    for dimension in figure.by:
        own = [name for name in found if name.startswith(f"{dimension}: ")]
        ordered += sorted(own, key=lambda name: labels.level_order(name.split(": ", 1)[1]))
    return ordered


def _headings(figure: Figure, rows: list[str], language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if figure.rows == "measure":
        for name in rows:
            last = next(reversed(found.values()), "")
            found[name] = figure.headings.get(name, last)
        return {name: words for name, words in found.items() if words}
    if len(figure.by) < 2 or figure.rows != "level":
        return {}
    for name in rows:
        dimension = name.split(": ", 1)[0]
        found[name] = figure.names.get(dimension) or labels.dimension(dimension, language)
    return found


def _of_measure(
    figure: Figure, key: str, codes: list[str], pack: Pack, *, stream: str, where: str
) -> pd.DataFrame:
    figure = _of_its_own(figure, key)
    rows = _released(pack, parse_key(key), stream, key, where)
    rows = _narrow(rows, {"variant": list(figure.variant), "area": codes}, key, where)
    rows = _grouped(figure, rows, key, where)
    rows = _at_horizon(figure, rows, key, where)
    rows = _complete(rows, str(pack.refresh.get("follow_up_end", "9999")), figure.since)
    chosen = pd.Series(False, index=rows.index)
    for word in figure.period:
        # Nations' records begin in different years, and a variant may move the start: each has its own window.
        windows = rows.groupby(["area", "variant"])
        parts = [each for _, each in windows] if word == "window" else [rows]
        found = False
        for part in parts:
            try:
                periods = spans.resolve(word, spans.available(part, word))
            except UsageError as error:
                if len(parts) == 1:
                    raise RenderError(
                        f"{error.what} ({key})", where=where, mend=error.mend
                    ) from error
                continue
            chosen |= rows.index.isin(part.index) & rows["period"].isin(periods)
            found = found or bool(periods)
        if not found:
            known = spans.in_order(rows["period"])
            raise RenderError(
                f"{key} has no result for the period '{word}'.{nearest(word, known)}",
                where=where,
                mend="The periods are " + ", ".join(known) + ".",
            )
    rows = rows[chosen].copy()
    rows["measure_key"] = key
    return rows


def _of_its_own(figure: Figure, key: str) -> Figure:
    """Return a figure with the period, group and horizon that a measure's key gives for itself."""
    parts = parse_key(key).parts
    given = {name: parts[name] if name == "group" else (parts[name],) for name in parts}
    return figure.model_copy(update=given) if given else figure


def _complete(rows: pd.DataFrame, follow_up_end: str, since: str) -> pd.DataFrame:
    """Return the rows of spans, and of years that have ended and do not begin before `since`."""
    kept = [
        period
        for period in set(rows["period"])
        if spans.is_span(period)
        or (last_day(period).isoformat() <= follow_up_end and period >= since)
    ]
    return rows[rows["period"].isin(kept)]


def _grouped(figure: Figure, rows: pd.DataFrame, key: str, where: str) -> pd.DataFrame:
    fixed = split_group(figure.group)
    levels = {group: split_group(group) for group in sorted(set(rows["group"]))}
    chosen: dict[str, str] = {}
    for group, parts in levels.items():
        if any(parts.get(name) != value for name, value in fixed.items()):
            continue
        rest = set(parts) - set(fixed)
        if len(rest) == 1 and rest <= set(figure.by):
            dimension = rest.pop()
            one = len(figure.by) == 1
            chosen[group] = parts[dimension] if one else f"{dimension}: {parts[dimension]}"
        elif not rest and not figure.by:
            chosen[group] = ""
        elif not rest and "all" in figure.levels:
            chosen[group] = "all"
    if figure.levels:
        missing = [name for name in figure.levels if name not in chosen.values()]
        if missing:
            known = sorted(set(chosen.values()), key=labels.level_order)
            raise RenderError(
                f"{key} has no level '{figure.by[0]}: {missing[0]}'.{nearest(missing[0], known)}",
                where=where,
                mend="The levels are " + ", ".join(known) + "."
                if known
                else "Choose another dimension for by.",
            )
        chosen = {group: name for group, name in chosen.items() if name in figure.levels}
    kept = rows[rows["group"].isin(chosen)].copy()
    if kept.empty:
        known = sorted(levels)
        shown = f"{' or '.join(figure.by) or 'no breakdown'}" + (
            f" within '{figure.group}'" if figure.group else ""
        )
        raise RenderError(
            f"{key} has no result by {shown}.",
            where=where,
            mend="The groups are " + "; ".join(f"'{name}'" for name in known[:12]) + ".",
        )
    kept["level"] = kept["group"].map(chosen)
    return kept


def _at_horizon(figure: Figure, rows: pd.DataFrame, key: str, where: str) -> pd.DataFrame:
    if figure.horizon == ("",):
        plain = rows[rows["horizon"] == ""]
        return plain if not plain.empty else rows
    return _narrow(rows, {"horizon": list(figure.horizon)}, key, where)


def _narrow(
    rows: pd.DataFrame, wanted: Mapping[str, list[str]], key: str, where: str
) -> pd.DataFrame:
    """Return the rows whose columns have one of the values wanted of each."""
    kept = np.full(len(rows), fill_value=True)
    for column, values in wanted.items():
        own = kept & rows[column].isin(values).to_numpy()
        if not own.any():
            known = sorted(set(rows.loc[kept, column]))
            raise RenderError(
                f"No result of {key} has the {column} '{values[0]}'.{nearest(values[0], known)}",
                where=where,
                mend=f"The {column} can be " + ", ".join(f"'{name}'" for name in known[:12]) + ".",
            )
        kept = own
    return rows[kept]


def _one_place_each(figure: Figure, frame: pd.DataFrame, where: str) -> None:
    doubles = frame.duplicated(["row", "column"], keep=False)
    if not doubles.any():
        return
    names = {"measure": "measure_key"}
    loose = [
        name
        for name in DIMENSIONS
        if name not in (figure.rows, figure.series)
        and frame.loc[doubles, names.get(name, name)].nunique() > 1
    ]
    raise RenderError(
        f"The figure shows several results at one place: they differ in {' and '.join(loose)}.",
        where=where,
        mend="Give one value for it, or make it the rows or the series.",
    )


def _whole(figure: Figure, pack: Pack, stream: str) -> list[str]:
    """Return the largest area that the first measure is given for, where the figure asks for it."""
    if figure.area != (WHOLE,):
        return []
    key = parse_key(figure.measure[0])
    rows = shelf(pack).get((key.stream or stream, key.measure, key.statistic))
    known = set() if rows is None else set(rows["area"])
    order = {"nations": 0, "nation": 1}
    nations = pack.areas[pack.areas["level"].isin(order)]
    ranked = nations.iloc[nations["level"].map(order).argsort(kind="stable")]["code"]
    return [str(code) for code in ranked if code in known][:1]


def _trimmed(rows: list[str], frame: pd.DataFrame) -> list[str]:
    """Return the rows from the first to the last that has, or withholds, a value."""
    given = set(frame.loc[~frame["status"].isin(["x", "z"]), "row"])
    places = [at for at, name in enumerate(rows) if name in given]
    return rows[places[0] : places[-1] + 1] if places else rows


def _present(order: list[str], found: pd.Series) -> list[str]:
    known = set(found)
    return [name for name in order if name in known]

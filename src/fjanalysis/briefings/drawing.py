"""From a figure's declaration and a pack to what stands on the page: chart, alt text, table, CSV, notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import alt, formats, labels, spans, tables
from fjanalysis.briefings.brand import Brand
from fjanalysis.briefings.charts import (
    dot,
    forest,
    funnel,
    line,
    slope,
    stack,
    style,
    summary,
    survival,
    tiles,
)
from fjanalysis.briefings.figures import (
    FILE,
    MOST_SERIES,
    PLACES,
    TABLES,
    WORDS,
    Figure,
    Rendered,
)
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import LIFE_TABLE, Selection, life_table, select, shelf
from fjanalysis.errors import RenderError, UsageError, nearest
from fjanalysis.packs import Pack
from fjanalysis.results import KeyPattern, area_code, find, parse_key, split_group

Mark = tuple[str, float]


@dataclass(frozen=True)
class _Task:
    figure: Figure
    pack: Pack
    selection: Selection
    stream: str
    language: str
    where: str


def draw(figure: Figure, pack: Pack, *, brand: Brand, language: str, stream: str) -> Rendered:
    """Return a figure drawn; see `figures.render_figure`."""
    where = f"{FILE}: {figure.id}"
    figure = _with_parameters(figure, pack, stream, where)
    selection = select(figure, pack, stream=stream, language=language, where=where)
    task = _Task(figure, pack, selection, stream, language, where)
    subtitle = _filled(task)
    curves = _curves(task) if figure.kind == "survival" else []
    nothing = (
        selection.frame["value"].isna().all()
        or (figure.kind == "survival" and not curves)
        or (figure.kind == "slope" and not _pairs(selection))
        or (figure.kind == "line" and not _longest(selection))
        or (figure.kind == "line" and bool(figure.otherwise) and not _above_zero(selection))
    )
    folded = figure.width == "small" and bool(figure.otherwise) and bool(nothing)
    if figure.otherwise and figure.kind not in TABLES and nothing:
        figure = figure.model_copy(update={"kind": "table"})
    words = ""
    charts: tuple[bytes | None, bytes | None] = (None, None)
    if figure.kind not in TABLES:
        _drawable(task)
        mark = _benchmark(task)
        words = alt.describe(figure, selection, subtitle, language, benchmark=mark)
        if figure.kind == "funnel":
            words += " " + alt.outside(_funnel(task, mark), language)
        charts = _charts(task, brand, mark, curves, title=subtitle, description=words)
    table, small = tables.html(tables.grid(figure, selection, language), subtitle), {}
    if figure.kind == "summary":
        table = summary.html(selection, subtitle, labels.file_stem(figure.id, language), language)
        small = summary.small(selection, brand, _stamp(task))
    undrawn = _undrawn(task, curves)
    return Rendered(
        id=figure.id,
        kind=figure.kind,
        title=figure.title,
        subtitle=subtitle,
        alt=words,
        svg=charts[0],
        svg_narrow=charts[1],
        table_html=table,
        sheet=tables.grid(figure, selection, language, spread=True),
        csv=tables.csv(selection, pack, _life_rows(task)),
        notes=(*undrawn, *_notes(task, given=not nothing)),
        of_drawing=(*undrawn, *_of_drawing(task)),
        small=small,
        folded=folded,
    )


def _drawable(task: _Task) -> None:
    selection = task.selection
    _fits_kind(task)
    count = len(selection.columns)
    if count > MOST_SERIES:
        raise RenderError(
            f"The chart has {count} series; a reader can tell {MOST_SERIES} apart.",
            where=task.where,
            mend="Choose fewer with levels or area, or show a table.",
        )
    if selection.frame["value"].isna().all():
        raise RenderError(
            "Every value of the chart is withheld or unavailable.",
            where=task.where,
            mend="Choose larger areas, longer periods or broader groups.",
        )


def _fits_kind(task: _Task) -> None:
    figure, selection = task.figure, task.selection
    if figure.kind in ("funnel", "forest", "tiles") and len(selection.columns) != 1:
        raise RenderError(
            f"A {figure.kind} chart shows one series; this has {len(selection.columns)}.",
            where=task.where,
            mend="Give one measure and one period.",
        )
    if figure.kind == "slope" and len(selection.columns) != 2:
        raise RenderError(
            f"A slope chart shows two periods; this has {len(selection.columns)}.",
            where=task.where,
            mend="Write period: [first, last].",
        )
    if figure.kind == "slope" and not _pairs(selection):
        raise RenderError(
            "No row of the slope chart has a released value at both ends.",
            where=task.where,
            mend="Choose other periods, or give the words for this case with otherwise.",
        )
    apart = _other_base(selection) if figure.kind == "stack" else ""
    if apart:
        raise RenderError(
            f"The parts of a bar are shares of different bases: {apart} does not belong to the others.",
            where=task.where,
            mend="Name the parts that divide one whole, with levels.",
        )
    strangers = tiles.missing(selection.rows) if figure.kind == "tiles" else []
    if strangers:
        raise RenderError(
            f"The tile map has no square for {', '.join(strangers)}.",
            where=task.where,
            mend=f"Give it one in {tiles.LAYOUT.name}.",
        )


def _charts(
    task: _Task,
    brand: Brand,
    mark: Mark | None,
    curves: list[survival.Curve],
    *,
    title: str,
    description: str,
) -> tuple[bytes, bytes | None]:
    drawn = []
    if task.figure.kind == "survival" and not curves:
        raise RenderError("No curve can be drawn.", where=task.where, mend="Choose larger groups.")
    stamp = _stamp(task)
    for width in _widths(task.figure):
        look = style.Look(brand, width, task.language, stamp)
        with style.styled(look):
            canvas = _canvas(task, look, mark, curves)
            drawn.append(style.to_svg(canvas, look, title=title, description=description))
    return drawn[0], drawn[1] if len(drawn) > 1 else None


def _stamp(task: _Task) -> str:
    """Return the warning that charts of made data carry."""
    return message("Synthetic data: not findings", task.language) if task.pack.synthetic else ""


def _widths(figure: Figure) -> tuple[int, ...]:
    """Return the widths in CSS pixels that a chart is drawn for: a page and a phone, or one for both."""
    if figure.width == "full":
        return style.WIDE, style.NARROW
    return (style.SMALL,)


def _canvas(
    task: _Task, look: style.Look, mark: Mark | None, curves: list[survival.Curve]
) -> Canvas:
    figure, selection = task.figure, task.selection
    marked = _highlighted(task)
    draws: dict[str, Callable[[], Canvas]] = {
        "line": lambda: line.draw(figure, selection, look),
        "dot": lambda: dot.draw(figure, selection, look, mark, marked),
        "stack": lambda: stack.draw(figure, selection, look),
        "survival": lambda: survival.draw(
            curves, look, figure.axis or message("Years since the first", task.language)
        ),
        "funnel": lambda: funnel.draw(_funnel(task, mark), look, marked, _size_axis(task)),
        "forest": lambda: forest.draw(selection, look),
        "slope": lambda: slope.draw(selection, look, marked),
        "tiles": lambda: tiles.draw(selection, look, marked),
    }
    return draws[figure.kind]()


def _highlighted(task: _Task) -> tuple[str, ...]:
    codes = labels.area_codes(task.figure.highlight, task.pack)
    if isinstance(codes, str):
        raise RenderError(f"There is no area '{codes}'.", where=task.where, mend="Name an area.")
    return tuple(labels.area(code, task.pack, task.language) for code in codes)


def _funnel(task: _Task, mark: Mark | None) -> funnel.Funnel:
    selection = task.selection
    rows = selection.column(selection.columns[0])
    rows = rows[rows["value"].notna()]
    target = mark[1] if mark else funnel.pooled(rows)
    if target is None:
        raise RenderError(
            "The funnel has no target: cumulative percentages cannot be pooled.",
            where=task.where,
            mend="Name the area to hold others against: benchmark.",
        )
    names = [selection.row_labels[str(name)] for name in rows.index]
    return funnel.funnel(rows, names, target, overdispersed=task.figure.overdispersion)


def _size_axis(task: _Task) -> str:
    if task.figure.axis:
        return task.figure.axis
    words = {
        "rate_per_10000": "Population",
        "cumulative_percent": "Number followed (effective)",
    }
    return message(words.get(task.selection.statistic, "Number of cases"), task.language)


def _with_parameters(figure: Figure, pack: Pack, stream: str, where: str) -> Figure:
    """Return a figure with each `{parameter}` of its stream filled in, wherever it has words."""
    name = parse_key(figure.measure[0]).stream or stream
    known = pack.streams.get(name, {}).get("variants", {}).get("main", {}).get("parameters", {})

    def filled(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] in PLACES:
                return match[0]
            if match[1] not in known:
                raise RenderError(
                    f"There is no '{match[0]}' to fill in.{nearest(match[1], (*PLACES, *known))}",
                    where=where,
                    mend="Name " + ", ".join(PLACES) + f" or a parameter of {name}.",
                )
            return str(known[match[1]])

        return re.sub(r"(?<!\{)\{([a-z_]+)\}", value, text)

    words: dict[str, Any] = {
        part: filled(getattr(figure, part))
        for part in WORDS
        if part not in ("names", "headings", "title", "neutral")
    }
    for part in ("names", "headings"):
        named = getattr(figure, part)
        words[part] = {name: filled(text) for name, text in named.items()}
    return figure.model_copy(update=words)


def _filled(task: _Task) -> str:
    selection, pack, language = task.selection, task.pack, task.language
    periods = [formats.period(name, language) for name in selection.periods]
    codes = labels.area_codes(task.figure.area, pack)
    words = {
        "{period}": periods[0]
        if len(periods) == 1
        else message(
            "{first} to {last}",
            language,
            first=periods[0].split(" ")[0],
            last=periods[-1].split(" ")[-1],
        ),
        "{first}": periods[0],
        "{last}": periods[-1],
        "{area}": labels.area(codes[0], pack, language),
        "{horizon}": labels.horizon(task.figure.horizon[0], language),
        "{level}": "".join(
            labels.level(name, language)
            for name in list(split_group(task.figure.group).values())[-1:]
        ),
    }
    text = task.figure.subtitle
    for name, word in words.items():
        text = text.replace(name, word)
    return text


def _notes(task: _Task, *, given: bool) -> tuple[str, ...]:
    figure, selection, pack = task.figure, task.selection, task.pack
    stream, language = task.stream, task.language
    # Sensitivity runs may have been left out of the pack.
    alone = len(figure.variant) > 1 and selection.frame["variant"].nunique() == 1
    # A model that could not be fitted has reasons of its own: nothing of it was withheld.
    unfitted = selection.frame["status"].eq("x").all() and selection.frame["note"].ne("").all()
    given = given or bool(unfitted)
    said = (figure.note if given else "", figure.otherwise if alone or not given else "")
    notes = [words for words in said if words]
    notes += tables.shorthand(selection.frame, language)
    declared: dict[str, str] = {}
    for name in dict.fromkeys(parse_key(key).stream or stream for key in figure.measure):
        declared |= pack.streams[name].get("notes", {})
    keys = sorted({key for cell in selection.frame["note"] for key in str(cell).split("; ") if key})
    notes += [message(declared[key], language) for key in keys if key in declared]
    notes += _of_drawing(task)
    source = message(
        "Source: Cafcass and Cafcass Cymru records in the SAIL Databank, refresh of {date}.",
        language,
        date=formats.day(pack.date, language),
    )
    if pack.synthetic:
        source = message(
            "Source: synthetic records made for testing, refresh of {date}. They are not findings.",
            language,
            date=formats.day(pack.date, language),
        )
    return (*notes, source)


def _of_drawing(task: _Task) -> list[str]:
    """Return what is to be said of a chart's bands, bars and limits, which its table has no need of."""
    figure, selection, language = task.figure, task.selection, task.language
    notes: list[str] = []
    if figure.kind not in TABLES and figure.interval and selection.frame["lower"].notna().any():
        bands = {
            "line": "Bands show 95% intervals.",
            "survival": "Bands show 95% intervals.",
            "dot": "Bars show 95% intervals.",
            "forest": "Bars show 95% intervals. A hollow square is the reference group.",
        }
        if figure.kind in bands:
            notes.append(message(bands[figure.kind], language))
    if figure.kind == "funnel":
        words = (
            "Limits: 95% (dashed) and 99.8% (solid) of areas would lie within them by chance alone."
        )
        if figure.overdispersion:
            words = (
                "Limits: 95% (dashed) and 99.8% (solid) of areas would lie within them by chance, allowing "
                "for areas that vary more than chance."
            )
        notes.append(message(words, language))
    return notes


def _benchmark(task: _Task) -> Mark | None:
    figure, selection, pack = task.figure, task.selection, task.pack
    if not figure.benchmark:
        return None
    code = area_code(figure.benchmark, pack.areas)
    first = selection.frame.iloc[0]
    last = selection.frame[selection.frame["column"] == selection.columns[-1]].iloc[0]
    parts = {
        "area": code or figure.benchmark,
        "period": str(last["period"]),
        "group": str(first["group"]) if figure.rows == "area" else figure.group,
        "horizon": str(first["horizon"]),
        "variant": str(first["variant"]),
    }
    key = parse_key(figure.measure[0])
    parts["period"] = _own_period(task, key, parts) or parts["period"]
    wanted = KeyPattern(key.measure, key.statistic, key.stream, parts)
    try:
        row = find(pack.results, wanted, pack.areas, task.stream)
    except UsageError as error:
        raise RenderError(
            f"The benchmark has no result. {error.what}", where=task.where, mend=error.mend
        ) from error
    if pd.isna(row["value"]):
        return None
    return labels.area(str(row["area"]), pack, task.language), float(row["value"])


def _own_period(task: _Task, key: KeyPattern, parts: dict[str, str]) -> str:
    """Return the window of the benchmark's own records, where the figure shows windows."""
    if task.figure.period != ("window",):
        return ""
    rows = shelf(task.pack)[key.stream or task.stream, key.measure, key.statistic]
    for name in ("area", "group", "horizon", "variant"):
        rows = rows[rows[name] == parts[name]]
    return spans.whole_window(rows["period"]) or ""


def _life_rows(task: _Task) -> list[pd.DataFrame]:
    figure, selection = task.figure, task.selection
    if figure.kind != "survival":
        return []
    keys = ["variant", "area", "period", "group"]
    wanted = selection.frame[keys].drop_duplicates()
    key = parse_key(figure.measure[0])
    stream = key.stream or task.stream
    names = [(stream, f"{key.measure}_{part}", "count") for part in LIFE_TABLE]
    shelved = (shelf(task.pack).get(name) for name in names)
    return [rows.merge(wanted, on=keys) for rows in shelved if rows is not None]


def _curves(task: _Task) -> list[survival.Curve]:
    """Return the curves of the series whose life tables were released."""
    selection, pack = task.selection, task.pack
    curves = []
    for name in selection.columns:
        row = selection.frame[selection.frame["column"] == name].iloc[0]
        table = life_table(
            pack,
            parse_key(str(row["measure_key"])),
            stream=task.stream,
            area=str(row["area"]),
            period=str(row["period"]),
            group=str(row["group"]),
            variant=str(row["variant"]),
        )
        found = survival.curve(selection.column_labels[name], table) if not table.empty else None
        if found is not None and len(found.months) > 1 and np.isfinite(found.percent).any():
            curves.append(found)
    return curves


def _longest(selection: Selection) -> bool:
    """Return whether any series has enough values for a line."""
    return any(selection.column(name)["value"].count() > 1 for name in selection.columns)


def _above_zero(selection: Selection) -> bool:
    """Return whether any value is above zero: a line along the axis says less than words."""
    return bool((selection.frame["value"] > 0).any())


def _other_base(selection: Selection) -> str:
    """Return the label of a part of a bar that is a share of another base than the part before; else nothing."""
    for row in selection.rows:
        found = [(name, selection.cell(row, name)) for name in selection.columns]
        bases = [
            (name, int(cell["denominator"]))
            for name, cell in found
            if cell is not None and not pd.isna(cell["denominator"])
        ]
        for (_, one), (name, other) in pairwise(bases):
            if one != other:
                return selection.column_labels[name]
    return ""


def _pairs(selection: Selection) -> int:
    """Return how many rows have a value at each of their two ends."""
    ends = [set(selection.column(name)["value"].dropna().index) for name in selection.columns]
    return len(set.intersection(*ends)) if ends else 0


def _undrawn(task: _Task, curves: list[survival.Curve]) -> list[str]:
    """Return a sentence for each series whose life table was not released."""
    if task.figure.kind != "survival":
        return []
    drawn = {each.label for each in curves}
    labels_ = (task.selection.column_labels[name] for name in task.selection.columns)
    words = "No curve is drawn for “{name}”: its numbers are too small to be published."
    return [message(words, task.language, name=label) for label in labels_ if label not in drawn]

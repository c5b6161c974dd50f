"""From a figure's declaration and a pack to what stands on the page: chart, alt text, table, CSV, notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from fjanalysis.briefings import alt, formats, labels, tables
from fjanalysis.briefings.brand import Brand
from fjanalysis.briefings.charts import dot, line, stack, style, survival
from fjanalysis.briefings.figures import FILE, MOST_SERIES, Figure, Rendered
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection, life_table, select
from fjanalysis.errors import RenderError
from fjanalysis.packs import Pack
from fjanalysis.results import KeyPattern, area_code, find, parse_key

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
    selection = select(figure, pack, stream=stream, language=language, where=where)
    task = _Task(figure, pack, selection, stream, language, where)
    subtitle = _filled(task)
    words = ""
    charts: tuple[bytes | None, bytes | None] = (None, None)
    if figure.kind != "table":
        _drawable(task)
        mark = _benchmark(task)
        words = alt.describe(figure, selection, subtitle, language, benchmark=mark)
        charts = _charts(task, brand, mark, title=subtitle, description=words)
    return Rendered(
        id=figure.id,
        kind=figure.kind,
        title=figure.title,
        subtitle=subtitle,
        alt=words,
        svg=charts[0],
        svg_narrow=charts[1],
        table_html=tables.html(figure, selection, subtitle, language),
        csv=tables.csv(selection, pack, _life_rows(task)),
        notes=_notes(task),
    )


def _drawable(task: _Task) -> None:
    count = len(task.selection.columns)
    if count > MOST_SERIES:
        raise RenderError(
            f"The chart has {count} series; a reader can tell {MOST_SERIES} apart.",
            where=task.where,
            mend="Choose fewer with levels or area, or show a table.",
        )
    if task.selection.frame["value"].isna().all():
        raise RenderError(
            "Every value of the chart is withheld or unavailable.",
            where=task.where,
            mend="Choose larger areas, longer periods or broader groups.",
        )


def _charts(
    task: _Task, brand: Brand, mark: Mark | None, *, title: str, description: str
) -> tuple[bytes, bytes]:
    drawn = []
    for width in (style.WIDE, style.NARROW):
        look = style.Look(brand, width, task.language)
        with style.styled(look):
            canvas = _canvas(task, look, mark)
            if task.pack.synthetic:
                style.stamp(canvas, message("Synthetic data: not findings", task.language), look)
            drawn.append(style.to_svg(canvas, look, title=title, description=description))
    return drawn[0], drawn[1]


def _canvas(task: _Task, look: style.Look, mark: Mark | None) -> Canvas:
    figure, selection = task.figure, task.selection
    if figure.kind == "survival":
        axis = figure.axis or message("Years since the first", task.language)
        return survival.draw(_curves(task), look, axis)
    if figure.kind == "dot":
        return dot.draw(figure, selection, look, mark)
    if figure.kind == "stack":
        return stack.draw(figure, selection, look)
    return line.draw(figure, selection, look)


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
    }
    text = task.figure.subtitle
    for name, word in words.items():
        text = text.replace(name, word)
    return text


def _notes(task: _Task) -> tuple[str, ...]:
    figure, selection, pack = task.figure, task.selection, task.pack
    stream, language = task.stream, task.language
    notes = [figure.note] if figure.note else []
    notes += tables.shorthand(selection.frame, language)
    declared: dict[str, str] = {}
    for name in dict.fromkeys(parse_key(key).stream or stream for key in figure.measure):
        declared |= pack.streams[name].get("notes", {})
    keys = sorted({key for cell in selection.frame["note"] for key in str(cell).split("; ") if key})
    notes += [message(declared[key], language) for key in keys if key in declared]
    if figure.kind != "table" and figure.interval and selection.frame["lower"].notna().any():
        words = {
            "line": "Bands show 95% intervals.",
            "survival": "Bands show 95% intervals.",
            "dot": "Bars show 95% intervals.",
        }
        if figure.kind in words:
            notes.append(message(words[figure.kind], language))
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
    row = find(
        pack.results,
        KeyPattern(key.measure, key.statistic, key.stream, parts),
        pack.areas,
        task.stream,
    )
    if pd.isna(row["value"]):
        return None
    return labels.area(str(row["area"]), pack, task.language), float(row["value"])


def _life_rows(task: _Task) -> list[pd.DataFrame]:
    figure, selection, pack = task.figure, task.selection, task.pack
    if figure.kind != "survival":
        return []
    keys = ["stream", "variant", "area", "period", "group"]
    wanted = selection.frame[[*keys, "measure"]].drop_duplicates()
    parts = []
    for suffix in ("at_risk", "events", "censored"):
        each = wanted.assign(measure=wanted["measure"] + f"_{suffix}")
        parts.append(pack.results.merge(each, on=[*keys, "measure"]))
    return parts


def _curves(task: _Task) -> list[survival.Curve]:
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
        if found is None or len(found.months) < 2:
            raise RenderError(
                f"The life table of '{selection.column_labels[name]}' was not released.",
                where=task.where,
                mend="Leave that series out, or choose a larger group.",
            )
        curves.append(found)
    if not any(np.isfinite(each.percent).any() for each in curves):
        raise RenderError("No curve can be drawn.", where=task.where, mend="Choose larger groups.")
    return curves

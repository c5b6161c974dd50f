"""From a figure's declaration and a pack to what stands on the page: chart, alt text, table, CSV, notes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fjanalysis.briefings import alt, formats, labels, tables
from fjanalysis.briefings.brand import Brand
from fjanalysis.briefings.charts import dot, line, stack, style, survival
from fjanalysis.briefings.figures import FILE, MOST_SERIES, Figure, Rendered
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection, life_table, select
from fjanalysis.errors import RenderError
from fjanalysis.packs import Pack
from fjanalysis.results import KeyPattern, area_code, find, parse_key


def draw(figure: Figure, pack: Pack, *, brand: Brand, language: str, stream: str) -> Rendered:
    """Return a figure drawn; see `figures.render_figure`."""
    where = f"{FILE}: {figure.id}"
    selection = select(figure, pack, stream=stream, language=language, where=where)
    subtitle = _filled(figure.subtitle, selection, figure, pack, language)
    shared = {
        "id": figure.id,
        "kind": figure.kind,
        "title": figure.title,
        "subtitle": subtitle,
        "table_html": tables.html(figure, selection, subtitle, language),
        "csv": tables.csv(selection, pack),
        "notes": _notes(figure, selection, pack, stream, language),
    }
    if figure.kind == "table":
        return Rendered(**shared, alt="", svg=None, svg_narrow=None)
    if len(selection.columns) > MOST_SERIES:
        raise RenderError(
            f"The chart has {len(selection.columns)} series; a reader can tell {MOST_SERIES} apart.",
            where=where,
            mend="Choose fewer with levels or area, or show a table.",
        )
    if selection.frame["value"].isna().all():
        raise RenderError(
            "Every value of the chart is withheld or unavailable.",
            where=where,
            mend="Choose larger areas, longer periods or broader groups.",
        )
    mark = _benchmark(figure, selection, pack, stream, language, where)
    curves = _curves(figure, selection, pack, stream, where) if figure.kind == "survival" else []
    words = alt.describe(figure, selection, subtitle, language, benchmark=mark)
    drawn = []
    for width in (style.WIDE, style.NARROW):
        look = style.Look(brand, width, language)
        with style.styled(look):
            if figure.kind == "survival":
                canvas = survival.draw(curves, look)
            elif figure.kind == "dot":
                label = (
                    (dot.benchmark_label(mark[0], mark[1], selection.statistic, language), mark[1])
                    if mark
                    else None
                )
                canvas = dot.draw(figure, selection, look, label)
            elif figure.kind == "stack":
                canvas = stack.draw(figure, selection, look)
            else:
                canvas = line.draw(figure, selection, look)
            if pack.synthetic:
                style.stamp(canvas, message("Synthetic data: not findings", language), look)
            drawn.append(style.to_svg(canvas, look, title=subtitle, description=words))
    return Rendered(**shared, alt=words, svg=drawn[0], svg_narrow=drawn[1])


def _filled(text: str, selection: Selection, figure: Figure, pack: Pack, language: str) -> str:
    periods = [formats.period(name, language) for name in selection.periods]
    codes = labels.area_codes(figure.area, pack)
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
    for name, word in words.items():
        text = text.replace(name, word)
    return text


def _notes(
    figure: Figure, selection: Selection, pack: Pack, stream: str, language: str
) -> tuple[str, ...]:
    notes = [figure.note] if figure.note else []
    notes += tables.shorthand(selection.frame, language)
    declared: dict[str, str] = {}
    for name in dict.fromkeys(parse_key(key).stream or stream for key in figure.measure):
        declared |= pack.streams[name].get("notes", {})
    keys = sorted({key for cell in selection.frame["note"] for key in str(cell).split("; ") if key})
    notes += [message(declared[key], language) for key in keys if key in declared]
    if not figure.kind == "table" and figure.interval and selection.frame["lower"].notna().any():
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


def _benchmark(
    figure: Figure, selection: Selection, pack: Pack, stream: str, language: str, where: str
) -> tuple[str, float] | None:
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
        pack.results, KeyPattern(key.measure, key.statistic, key.stream, parts), pack.areas, stream
    )
    if pd.isna(row["value"]):
        return None
    return labels.area(str(row["area"]), pack, language), float(row["value"])


def _curves(
    figure: Figure, selection: Selection, pack: Pack, stream: str, where: str
) -> list[survival.Curve]:
    curves = []
    for name in selection.columns:
        row = selection.frame[selection.frame["column"] == name].iloc[0]
        table = life_table(
            pack,
            parse_key(str(row["measure_key"])),
            stream=stream,
            area=str(row["area"]),
            period=str(row["period"]),
            group=str(row["group"]),
            variant=str(row["variant"]),
        )
        found = survival.curve(selection.column_labels[name], table) if not table.empty else None
        if found is None or len(found.months) < 2:
            raise RenderError(
                f"The life table of '{selection.column_labels[name]}' was not released.",
                where=where,
                mend="Leave that series out, or choose a larger group.",
            )
        curves.append(found)
    if not any(np.isfinite(each.percent).any() for each in curves):
        raise RenderError("No curve can be drawn.", where=where, mend="Choose larger groups.")
    return curves

"""Text alternatives made from the numbers: what a chart shows, its range, extremes, trend and gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.funnel import LEVELS, Funnel
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection

if TYPE_CHECKING:
    from fjanalysis.briefings.figures import Figure

_KINDS = {
    "line": "Line chart: {subtitle}.",
    "dot": "Dot chart: {subtitle}.",
    "stack": "Stacked bar chart: {subtitle}.",
    "survival": "Step chart: {subtitle}.",
    "funnel": "Funnel plot: {subtitle}.",
    "forest": "Forest plot: {subtitle}.",
    "tiles": "Tile map: {subtitle}.",
    "slope": "Slope chart: {subtitle}.",
}


def describe(
    figure: Figure,
    selection: Selection,
    subtitle: str,
    language: str,
    *,
    benchmark: tuple[str, float] | None = None,
) -> str:
    """Return the text alternative of a chart.

    Parameters
    ----------
    benchmark
        Label and value of the line that the chart holds its rows against.
    """
    sentences = [message(_KINDS[figure.kind], language, subtitle=subtitle.rstrip("."))]
    several = len(selection.columns) > 1
    for name in selection.columns:
        series = selection.column(name)
        known = series[series["value"].notna()]
        if known.empty:
            continue
        if figure.kind in ("line", "survival") or (
            figure.kind == "stack" and figure.rows == "period"
        ):
            text = _course(selection, known, figure.kind, language)
        elif figure.kind == "forest":
            text = _ratios(selection, known, language)
        else:
            text = _extremes(selection, known, language)
        if several:
            label = selection.column_labels[name]
            text = message("{series}: {text}", language, series=label, text=text)
        sentences.append(text)
    if benchmark:
        value = formats.phrase(benchmark[1], selection.statistic, language)
        words = "The line marks {area}, {value}."
        sentences.append(message(words, language, area=benchmark[0], value=value))
    sentences += _gaps(selection, language)
    return " ".join(sentences)


def _course(selection: Selection, known: pd.DataFrame, kind: str, language: str) -> str:
    first, last = known.iloc[0], known.iloc[-1]
    start, end = (_said(row, language) for row in (first, last))
    at, to = (selection.row_labels[str(known.index[place])] for place in (0, -1))
    if len(known) == 1:
        return message("{value} in {period}.", language, value=start, period=at)
    if kind == "survival":
        words = "{start} after {at}, {end} after {to}."
        return message(words, language, start=start, at=at, end=end, to=to)
    if start == end:
        text = message("{start} both in {at} and in {to}.", language, start=start, at=at, to=to)
    else:
        verb = "From {start} in {at} to {end} in {to}, a change within the margin of error."
        if _apart(first, last):
            verb = "Fell from {start} in {at} to {end} in {to}."
            if last["value"] > first["value"]:
                verb = "Rose from {start} in {at} to {end} in {to}."
        text = message(verb, language, start=start, at=at, end=end, to=to)
    for words, name in (
        ("Highest in {at}, at {value}.", str(known["value"].idxmax())),
        ("Lowest in {at}, at {value}.", str(known["value"].idxmin())),
    ):
        value = _said(_at(known, name), language)
        if value not in (start, end):
            place = selection.row_labels[name]
            text += " " + message(words, language, at=place, value=value)
    return text


def _extremes(selection: Selection, known: pd.DataFrame, language: str) -> str:
    high, low = str(known["value"].idxmax()), str(known["value"].idxmin())
    if high == low:
        value = _said(known.iloc[0], language)
        return message("{name}, {value}.", language, name=selection.row_labels[high], value=value)
    return message(
        "Highest: {high}, {most}. Lowest: {low}, {least}.",
        language,
        high=selection.row_labels[high],
        most=_said(_at(known, high), language),
        low=selection.row_labels[low],
        least=_said(_at(known, low), language),
    )


def _ratios(selection: Selection, known: pd.DataFrame, language: str) -> str:
    sentences = []
    for words, rows in (
        ("Above 1: {names}.", known[known["lower"] > 1]),
        ("Below 1: {names}.", known[known["upper"] < 1]),
    ):
        if not rows.empty:
            names = [
                f"{_row_name(selection, str(name))} {_said(_at(rows, str(name)), language)}"
                for name in rows.index
            ]
            sentences.append(message(words, language, names="; ".join(names)))
    inside = known["lower"].notna() & ~(known["lower"] > 1) & ~(known["upper"] < 1)
    if inside.any():
        names = [_row_name(selection, str(name)) for name in known.index[inside]]
        words = "No clear difference from the reference: {names}."
        sentences.append(message(words, language, names="; ".join(names)))
    return " ".join(sentences)


def _row_name(selection: Selection, name: str) -> str:
    label = selection.row_labels[name]
    return f"{selection.headings[name]}: {label}" if name in selection.headings else label


def outside(plot: Funnel, language: str) -> str:
    """Return the sentence that names the areas outside a funnel's 99.8% limits."""
    low, high = plot.limits(plot.size, LEVELS[1])
    above = [
        label
        for label, value, end in zip(plot.labels, plot.value, high, strict=True)
        if value > end
    ]
    below = [
        label for label, value, end in zip(plot.labels, plot.value, low, strict=True) if value < end
    ]
    if not above and not below:
        return message("No area lies outside the 99.8% limits.", language)
    sentences = []
    if above:
        words = "Above the 99.8% limit: {names}."
        sentences.append(message(words, language, names=", ".join(above)))
    if below:
        words = "Below the 99.8% limit: {names}."
        sentences.append(message(words, language, names=", ".join(below)))
    return " ".join(sentences)


def _gaps(selection: Selection, language: str) -> list[str]:
    places = len(selection.rows) * len(selection.columns)
    shown = int(selection.frame["value"].notna().sum())
    confidential = int((selection.frame["status"] == "c").sum())
    other = places - shown - confidential
    sentences = []
    if confidential:
        one = "{count} value is withheld as confidential."
        many = "{count} values are withheld as confidential."
        sentences.append(message(one if confidential == 1 else many, language, count=confidential))
    if other:
        one = "{count} value is not available or does not apply."
        many = "{count} values are not available or do not apply."
        sentences.append(message(one if other == 1 else many, language, count=other))
    return sentences


def _at(known: pd.DataFrame, name: str) -> pd.Series:
    return known.iloc[list(known.index).index(name)]


def _said(row: pd.Series, language: str) -> str:
    return formats.phrase(float(row["value"]), str(row["statistic"]), language)


def _apart(first: pd.Series, last: pd.Series) -> bool:
    if pd.isna(first["lower"]) or pd.isna(last["lower"]):
        return bool(first["value"] != last["value"])
    return bool(last["lower"] > first["upper"] or last["upper"] < first["lower"])

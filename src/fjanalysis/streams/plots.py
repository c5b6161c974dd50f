"""Drawings of notebooks: small panels as SVG, made of rows of the results alone.

Two checks of proportional hazards are drawn for every covariate: its effect by interval of time (means of scaled
Schoenfeld residuals), and the log of the cumulative hazard of its levels, which are parallel where hazards are
proportional. Nothing here reads a cohort: a point rests on the events of a released kind of row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.results import join_group, split_group
from fjanalysis.statistics.cox_rows import LEAST_EVENTS

Floats = npt.NDArray[np.float64]

WIDTH, HEIGHT, LEGEND = 250, 170, 175
HEAD, LEFT, TOP, BOTTOM, GAP = 26, 42, 34, 36, 18
COLOURS = ("#12436d", "#a8590b", "#28736f", "#801650", "#3d3d3d", "#2073bc", "#6b4fa0", "#6e5b00")
DASHES = ("", "7 3", "2 3", "9 3 2 3")
FONT = 'font-family="sans-serif" style="font-size:11px"'


@dataclass(frozen=True)
class Line:
    """A named line through points, with an interval at each where there is one.

    Parameters
    ----------
    name
        For the legend.
    x, y
        Places of the points, shape (n,).
    lower, upper
        Intervals, shape (n,), or empty.
    """

    name: str
    x: Floats
    y: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Panel:
    """One small drawing.

    Parameters
    ----------
    title
        What it is of.
    lines
        Its lines.
    x_label, y_label
        Of the axes.
    ticks
        Places of the marks on the axis across, with their words.
    level
        Where a line across stands, if anywhere.
    """

    title: str
    lines: Sequence[Line]
    x_label: str
    y_label: str
    ticks: Mapping[float, str]
    level: float | None = None


@dataclass(frozen=True, repr=False)
class Drawing:
    """Panels beside and below each other, which a notebook shows as SVG.

    Parameters
    ----------
    words
        What the drawing shows, for whoever cannot see it.
    panels
        Its panels; where there are none, the words alone are shown.
    heading
        Whom and where it is about.
    columns
        Panels in a row.
    """

    words: str
    panels: Sequence[Panel]
    heading: str = ""
    columns: int = 2

    def __repr__(self) -> str:
        return f"{self.heading}: {self.words}" if self.heading else self.words

    def _repr_svg_(self) -> str:
        """Return the drawing as SVG, the same bytes for the same rows."""
        across, down = WIDTH + LEGEND + GAP, HEIGHT + TOP + BOTTOM
        rows = max(1, -(-len(self.panels) // self.columns))
        size = (across * min(self.columns, max(1, len(self.panels))), HEAD + down * rows + 8)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size[0]} {size[1]}" '
            f'width="{size[0]}" height="{size[1]}"><title>{escape(self.words)}</title>',
            f'<text x="4" y="16" font-family="sans-serif" style="font-size:14px" font-weight="bold">{escape(self.heading)}</text>',
        ]
        if not self.panels:
            parts.append(
                f'<text x="4" y="{HEAD + 20}" {FONT}>Nothing to draw: {escape(self.words)}</text>'
            )
        for place, panel in enumerate(self.panels):
            row, column = divmod(place, self.columns)
            parts.append(
                f'<g transform="translate({column * across} {HEAD + row * down})">{_panel(panel)}</g>'
            )
        return "".join([*parts, "</svg>"])


def effects_over_time(rows: pd.DataFrame, area: str, group: str, heading: str = "") -> Drawing:
    """Return the effect of each covariate by interval of time, a line a measure.

    Parameters
    ----------
    rows
        Rows of models; those of `effect_over_time` are drawn, and p-values of the test stand in the titles.
    area, group
        The models' area, and their group without a covariate (`parent: mother`, or empty).
    heading
        Whom and where it is about.
    """
    own = rows[(rows["variant"] == "main") & (rows["area"] == area) & rows["value"].notna()]
    drawn = own[own["statistic"] == "effect_over_time"]
    panels = []
    for covariate in dict.fromkeys(split_group(each)["covariate"] for each in drawn["group"]):
        wanted = {**split_group(group), "covariate": covariate}
        here = drawn[drawn["group"] == join_group(wanted)]
        tested = own[own["group"] == join_group({**wanted, "test": "proportional hazards"})]
        values = tested.set_index("measure")["value"].to_dict()
        lines = []
        for measure in dict.fromkeys(here["measure"]):
            part = here[here["measure"] == measure]
            ends = part["horizon"].str.partition(" ")[0].astype(float).to_numpy() / 12
            begins = np.concatenate([[0.0], ends[:-1]])
            # The last interval is open: it is drawn as if it were of three years.
            middle = (begins + np.minimum(ends, begins + 3)) / 2
            value, lower, upper = (
                part[each].to_numpy(dtype=np.float64) for each in ("value", "lower", "upper")
            )
            words = measure.replace("_", " ")
            p = values.get(measure)
            name = words if p is None or np.isnan(p) else f"{words} (p {_probability(p)})"
            lines.append(Line(name, middle, value, lower, upper))
        if lines:
            years = {float(year): str(year) for year in range(0, 21, 2)}
            panels.append(
                Panel(covariate, lines, "years of follow-up", "multiple of the model", years, 1.0)
            )
    words = "Effect of each covariate by time of follow-up, as a multiple of the model's"
    return Drawing(f"{words}: 1 throughout where hazards are proportional", panels, heading)


def log_log_curves(
    tables: Iterable[pd.DataFrame],
    measure: str,
    area: str,
    group: str,
    places: Mapping[str, Mapping[str, str]] | None = None,
    heading: str = "",
) -> Drawing:
    """Return the log of the cumulative hazard of each covariate's levels by log time.

    Parameters
    ----------
    tables
        Rows that hold life tables (`…_at_risk`, `…_events`) of levels and places over the whole window.
    measure
        The event.
    area, group
        Of the levels' life tables, without the level.
    places
        Covariates whose levels are areas: names of these by code.
    heading
        Whom and where it is about.
    """
    words = f"Log of the cumulative hazard ({measure.replace('_', ' ')}) by level and log of time"
    words += ": parallel where hazards are proportional"
    wanted = [f"{measure}_at_risk", f"{measure}_events"]
    given = [table[table["measure"].isin(wanted)] for table in tables if len(table)]
    if not given:
        return Drawing(words, [], heading)
    rows = pd.concat(given, ignore_index=True)
    here = {area, *(code for codes in (places or {}).values() for code in codes)}
    rows = rows[rows["area"].isin(here) & rows["period"].str.contains(" to ")]
    base = split_group(group)
    curves: dict[str, list[Line]] = {}
    for (where, _, own), part in rows.groupby(["area", "period", "group"], sort=False):
        levels = split_group(str(own))
        more = {name: level for name, level in levels.items() if name not in base}
        if {**base, **more} != levels:
            continue
        if where == area and len(more) == 1:
            ((covariate, level),) = more.items()
            found = [(covariate, level)]
        elif not more:
            found = [
                (name, codes[str(where)])
                for name, codes in (places or {}).items()
                if where in codes
            ]
        else:
            continue
        for covariate, level in found:
            line = _log_log(part, measure, level)
            if line is not None:
                curves.setdefault(covariate, []).append(line)
    months = {float(np.log(m)): words for m, words in {
        1: "1m", 3: "3m", 6: "6m", 12: "1y", 36: "3y", 60: "5y", 120: "10y",
    }.items()}  # fmt: skip
    panels = [
        Panel(covariate, lines, "months and years (log scale)", "log cumulative hazard", months)
        for covariate, lines in curves.items()
        if len(lines) > 1
    ]
    return Drawing(words, panels, heading)


def _log_log(part: pd.DataFrame, measure: str, name: str) -> Line | None:
    month = np.array([int(horizon.partition(" ")[0]) for horizon in part["horizon"]])
    number = part["numerator"].to_numpy(dtype=np.float64)
    happened = (part["measure"] == f"{measure}_events").to_numpy()
    order = np.argsort(month, kind="stable")
    events, at_risk = number[order][happened[order]], number[order][~happened[order]]
    ends = np.sort(month[happened])
    if len(ends) < 3 or len(events) != len(at_risk) or events.sum() < LEAST_EVENTS:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - events[1:] / at_risk[:-1])
        hazard = np.log(-np.log(survival))
    # A point rests on so many events, and on as many who are still followed.
    kept = (np.cumsum(events[1:]) >= LEAST_EVENTS) & (at_risk[1:] >= LEAST_EVENTS)
    kept &= np.isfinite(hazard)
    if kept.sum() < 2:
        return None
    none = np.array([])
    times = np.log(ends[1:][kept].astype(np.float64))
    return Line(name, times, hazard[kept], none, none)


def _probability(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _panel(panel: Panel) -> str:
    xs = np.concatenate([line.x for line in panel.lines])
    ys = np.concatenate([line.y for line in panel.lines])
    if panel.level is not None:
        xs, ys = np.append(xs, 0.0), np.append(ys, panel.level)
    left, right = float(xs.min()), float(xs.max())
    low, high = float(ys.min()), float(ys.max())
    room = 0.12 * max(high - low, 0.5)
    low, high = low - room, high + room
    ticks = {at: words for at, words in panel.ticks.items() if left - 1e-9 <= at <= right + 1e-9}

    def across(value: float) -> str:
        return f"{LEFT + (value - left) / max(right - left, 1e-9) * (WIDTH - LEFT - 6):.1f}"

    def down(value: float) -> str:
        inside = min(max(value, low), high)
        return f"{TOP + (high - inside) / (high - low) * HEIGHT:.1f}"

    floor = TOP + HEIGHT
    parts = [
        f'<text x="{LEFT}" y="14" {FONT} font-weight="bold">{escape(panel.title)}</text>',
        f'<text x="{LEFT}" y="28" {FONT} fill="#555">{escape(panel.y_label)}</text>',
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT}" height="{HEIGHT}" fill="none" stroke="#bbb"/>',
        f'<text x="{WIDTH}" y="{floor + 30}" {FONT} fill="#555" text-anchor="end">{escape(panel.x_label)}</text>',
    ]
    for at, words in ticks.items():
        parts.append(
            f'<text x="{across(at)}" y="{floor + 14}" {FONT} text-anchor="middle">{escape(words)}</text>'
        )
    step = _step(high - low)
    for value in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step + 0.0:
        place = down(float(value))
        parts.append(
            f'<path d="M{LEFT} {place}H{WIDTH}" stroke="#e6e6e6"/>'
            f'<text x="{LEFT - 4}" y="{float(place) + 4:.1f}" {FONT} text-anchor="end">{value:g}</text>'
        )
    if panel.level is not None:
        parts.append(f'<path d="M{LEFT} {down(panel.level)}H{WIDTH}" stroke="#333"/>')
    for number, line in enumerate(panel.lines):
        parts += _line(line, number, across, down)
    return "".join(parts)


def _line(
    line: Line, number: int, across: Callable[[float], str], down: Callable[[float], str]
) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    dash = DASHES[(number + number // len(COLOURS)) % len(DASHES)]
    style = f'stroke="{colour}" stroke-width="1.6" fill="none" stroke-dasharray="{dash}"'
    points = " ".join(f"{across(x)},{down(y)}" for x, y in zip(line.x, line.y, strict=True))
    parts = [f'<polyline points="{points}" {style}/>']
    for x, y, low, high in zip(line.x, line.y, line.lower, line.upper, strict=False):
        # Intervals of several lines stand beside each other.
        place = f"{float(across(x)) + number * 4:.1f}"
        parts.append(f'<path d="M{place} {down(low)}V{down(high)}" stroke="{colour}"/>')
        parts.append(f'<circle cx="{across(x)}" cy="{down(y)}" r="2.4" fill="{colour}"/>')
    key = TOP + 8 + number * 15
    parts.append(
        f'<path d="M{WIDTH + 8} {key}h20" {style}/>'
        f'<text x="{WIDTH + 32}" y="{key + 4}" {FONT}>{escape(line.name)}</text>'
    )
    return parts


def _step(span: float) -> float:
    """Return a round step by which about four marks fall into a span."""
    rough = span / 4
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(each * power for each in (1, 2, 5, 10) if each * power >= rough))

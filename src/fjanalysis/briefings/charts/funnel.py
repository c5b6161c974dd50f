"""Funnel plots: areas against the limits that chance alone would keep them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patheffects import withStroke

from fjanalysis.briefings import formats
from fjanalysis.briefings.charts.style import (
    Look,
    apart,
    canvas,
    nice_top,
    place,
    points,
    step_decimals,
    text_width,
    widest,
    wrap,
    write,
)
from fjanalysis.briefings.messages import message
from fjanalysis.limits import Z95, binomial_funnel, poisson_funnel

Floats = npt.NDArray[np.float64]
LEVELS = (0.95, 0.998)


@dataclass(frozen=True)
class Funnel:
    """Areas and limits of a funnel plot.

    Parameters
    ----------
    labels
        The areas with a released value, in order.
    size
        What each rests on: cases, births, or for cumulative percentages the number of persons that would
        give the same precision without anybody leaving early.
    value
        Their values, in the statistic's unit.
    target
        The value that all are held against.
    kind
        `percent`, `rate_per_10000` or `cumulative_percent`.
    dispersion
        The factor by which the areas vary more than chance (1: not at all, or not asked for).
    """

    labels: tuple[str, ...]
    size: Floats
    value: Floats
    target: float
    kind: str
    dispersion: float = 1.0

    @property
    def unit(self) -> float:
        """What a proportion or rate is multiplied by in print."""
        return 10_000.0 if self.kind == "rate_per_10000" else 100.0

    def limits(self, size: npt.ArrayLike, level: float) -> tuple[Floats, Floats]:
        """Return the lower and upper limit at some sizes, in the statistic's unit.

        Exact binomial or Poisson limits around the target; with overdispersion their distance to the
        target is multiplied by the square root of the factor.
        """
        exact = poisson_funnel if self.kind == "rate_per_10000" else binomial_funnel
        low, high = exact(
            np.round(np.asarray(size, dtype=np.float64)), self.target / self.unit, level
        )
        stretch = np.sqrt(max(1.0, self.dispersion))
        low, high = (self.target + (end * self.unit - self.target) * stretch for end in (low, high))
        return np.maximum(low, 0.0), high

    def outside(self, level: float) -> list[int]:
        """Return which areas lie outside the limits of a level."""
        low, high = self.limits(self.size, level)
        return [int(at) for at in np.flatnonzero((self.value < low) | (self.value > high))]


def funnel(rows: pd.DataFrame, labels: list[str], target: float, *, overdispersed: bool) -> Funnel:
    """Return a funnel from released rows of one statistic.

    Parameters
    ----------
    rows
        Results rows with a value, in the order of `labels`.
    overdispersed
        Whether limits are widened where areas vary more than chance, by the mean of the squared
        z-scores with a tenth at each end drawn in.

    Source: Spiegelhalter (2005), Statistics in Medicine 24:1185-1202, sections 2 and 4.
    """
    kind = str(rows["statistic"].iloc[0])
    value = rows["value"].to_numpy(dtype=np.float64)
    size = rows["denominator"].to_numpy(dtype=np.float64)
    if kind == "cumulative_percent":
        size = effective_size(
            value,
            rows["lower"].to_numpy(dtype=np.float64),
            rows["upper"].to_numpy(dtype=np.float64),
        )
    known = ~np.isnan(size) & (size > 0)
    dispersion = _dispersion(value[known], size[known], target, kind) if overdispersed else 1.0
    return Funnel(
        labels=tuple(label for label, good in zip(labels, known, strict=True) if good),
        size=size[known],
        value=value[known],
        target=target,
        kind=kind,
        dispersion=dispersion,
    )


def pooled(rows: pd.DataFrame) -> float | None:
    """Return the value of all areas together, from their released counts; None where it cannot be had."""
    kind = str(rows["statistic"].iloc[0])
    both = rows["numerator"].notna() & rows["denominator"].notna()
    base = float(rows.loc[both, "denominator"].sum())
    if kind not in ("percent", "rate_per_10000") or base == 0:
        return None
    return (
        (10_000.0 if kind == "rate_per_10000" else 100.0)
        * float(rows.loc[both, "numerator"].sum())
        / base
    )


def effective_size(value: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return how many persons, all followed to the end, would give a cumulative per cent its interval.

    The variance is that of the log-log interval: with s = -log(-log S), its half width over 1.96 is the
    standard error of s, and that of S is S |log S| times it (Kalbfleisch and Prentice 2002, 1.4.1).
    """
    survival = 1 - value / 100
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log(-np.log(1 - upper / 100)) - np.log(-np.log(1 - lower / 100))
        error = survival * np.abs(np.log(survival)) * np.abs(spread) / (2 * Z95)
        return np.asarray(survival * (1 - survival) / error**2, dtype=np.float64)


def draw(plot: Funnel, look: Look, highlight: tuple[str, ...], axis: str) -> Canvas:
    """Return the chart: a dot an area over its size, limits of 95% and 99.8%, areas beyond them marked.

    Parameters
    ----------
    highlight
        Labels of areas that are marked and named whatever their place.
    axis
        The words under the axis of size.
    """
    chosen = _places(plot, highlight)
    outer = sorted({*plot.outside(LEVELS[1]), *chosen})
    named = chosen + _furthest(
        plot, [at for at in outer if at not in chosen], 3 if look.narrow else 8
    )
    grid = np.unique(
        np.round(np.linspace(max(5.0, plot.size.min() * 0.5), plot.size.max() * 1.04, 160))
    )
    inner, wide = (plot.limits(grid, level) for level in LEVELS)
    seen = grid >= plot.size.min() * 0.8
    bottom, top, step = _span(
        min(float(plot.value.min()), float(np.nanmin(wide[0][seen]))),
        max(float(plot.value.max()), float(np.nanmax(wide[1][seen]))),
    )
    ticks = np.arange(bottom, top + step / 2, step)
    printed = [_number(tick, plot, look.language, step) for tick in ticks]
    left = widest(printed, look.size, look) + 12
    right = 66.0 if look.narrow else 92.0
    words = wrap(axis, look.width - left - 20, look.size, look)
    foot = 36 + look.size * 1.2 * (words.count("\n") + 1)
    height = (330.0 if look.narrow else 420.0) + foot
    drawing = canvas(look, height)
    axes = place(drawing, look, left=left, right=right, top=14, bottom=foot)
    axes.set_xlim(0, grid[-1])
    axes.set_ylim(bottom, top)
    axes.set_yticks(ticks, printed)
    axes.tick_params(axis="y", length=0)
    _sizes(axes, look)
    note, muted = look.brand.role("note"), look.brand.role("muted")
    axes.axhline(plot.target, color=look.ink, linewidth=1.1)
    for (low, high), dash, colour in ((inner, (0, (5, 3)), muted), (wide, "-", note)):
        for line in (np.where(low < bottom, np.nan, low), np.where(high > top, np.nan, high)):
            axes.plot(grid, line, color=colour, linewidth=1.2, linestyle=dash)
    rest = [at for at in range(len(plot.labels)) if at not in outer]
    axes.plot(
        plot.size[rest], plot.value[rest], "o", color=look.colour(0), markersize=5.5, alpha=0.75
    )
    axes.plot(plot.size[outer], plot.value[outer], "D", color=look.colour(1), markersize=6)
    axes.plot(
        plot.size[chosen], plot.value[chosen], "D", color=look.ink, markersize=8, fillstyle="none"
    )
    _name(axes, plot, named, look, height=height, always=len(chosen))
    _name_limits(
        drawing,
        plot,
        (inner, wide),
        look,
        span=(bottom, top),
        left=look.width - right + 4,
        box=(14.0, height - foot),
    )
    middle = left + (look.width - left - right) / 2
    write(drawing, middle, height - foot + 28, words, look, align="center", vertical="top")
    return drawing


def _span(low: float, high: float) -> tuple[float, float, float]:
    """Return bottom and top of the axis, and the step of its ticks: from zero, unless that wasted its lower half."""
    top, step = nice_top(high * 1.02)
    if low < 0.5 * top:
        return 0.0, top, step
    _, step = nice_top(high * 1.02 - low * 0.98)
    ends = np.floor(low * 0.98 / step), np.ceil(high * 1.02 / step)
    return float(ends[0] * step), float(ends[1] * step), step


def _places(plot: Funnel, names: tuple[str, ...]) -> list[int]:
    return [at for at, label in enumerate(plot.labels) if label in names]


def _furthest(plot: Funnel, places: list[int], most: int) -> list[int]:
    distance = np.abs(plot.value - plot.target) * np.sqrt(plot.size)
    return sorted(places, key=lambda at: (-distance[at], at))[:most]


def _number(value: float, plot: Funnel, language: str, step: float) -> str:
    text = formats.number(value, step_decimals(step), language)
    return text if plot.kind == "rate_per_10000" else f"{text}%"


def _sizes(axes: Axes, look: Look) -> None:
    most = axes.get_xlim()[1]
    _, step = nice_top(most)
    step = step * 2 if most / step > (3.5 if look.narrow else 6) else step
    ticks = np.arange(0, most, step)
    axes.set_xticks(ticks, [formats.number(tick, 0, look.language) for tick in ticks])


def _name(
    axes: Axes, plot: Funnel, places: list[int], look: Look, *, height: float, always: int
) -> None:
    limit = axes.get_xlim()[1]
    taken: list[tuple[float, float, float]] = []
    box = axes.get_position()
    wide = box.width * look.width
    tall = box.height * (height + look.foot)
    bottom, top = axes.get_ylim()
    ups = (plot.value - bottom) / (top - bottom) * tall
    dots = list(zip(plot.size / limit * wide, ups, strict=True))
    for turn, at in enumerate(places):
        x = plot.size[at] / limit * wide
        y = ups[at]
        width = text_width(plot.labels[at], look.small, look.brand.family)
        sides = [x, x - width - 12]
        if x + width + 12 > wide:
            sides = sides[1:]
        near = [other for other in taken if abs(y - other[2]) < look.small * 1.1]
        others = [
            across for across, up in dots if abs(up - y) < look.small * 0.8 and abs(across - x) > 1
        ]

        def free(
            start: float, width: float = width, near: list[Any] = near, others: list[Any] = others
        ) -> bool:
            crossed = any(start - 6 < across < start + width + 16 for across in others)
            return not crossed and not any(
                start < end and begin < start + width + 12 for begin, end, _ in near
            )

        start = next((side for side in sides if side > 0 and free(side)), None)
        if start is None and turn >= always:
            continue  # the table and the text alternative name it
        start = sides[0] if start is None else start
        leftwards = start < x
        taken.append((start, start + width + 12, y))
        axes.annotate(
            plot.labels[at], (plot.size[at], plot.value[at]),
            xytext=(points(-11 if leftwards else 11), 0),
            textcoords="offset points", fontsize=points(look.small), color=look.ink,
            ha="right" if leftwards else "left", va="center_baseline", annotation_clip=False, path_effects=[withStroke(linewidth=3, foreground=look.paper)],
        )  # fmt: skip


def _name_limits(
    drawing: Canvas,
    plot: Funnel,
    limits: tuple[tuple[Floats, Floats], ...],
    look: Look,
    *,
    span: tuple[float, float],
    left: float,
    box: tuple[float, float],
) -> None:
    texts = ["99.8%", "95%", message("Average", look.language), "95%", "99.8%"]
    ends = [limits[1][1][-1], limits[0][1][-1], plot.target, limits[0][0][-1], limits[1][0][-1]]
    bottom, top = span
    scale = (box[1] - box[0]) / (top - bottom)
    wanted = [box[1] - (end - bottom) * scale for end in ends]
    for text, y in zip(texts, apart(wanted, look.small * 1.15, *box), strict=True):
        write(drawing, left, y, text, look, size=look.small, colour=look.brand.role("note"))


def _dispersion(value: Floats, size: Floats, target: float, kind: str) -> float:
    unit = 10_000.0 if kind == "rate_per_10000" else 100.0
    share = target / unit
    spread = share if kind == "rate_per_10000" else share * (1 - share)
    scores = (value / unit - share) / np.sqrt(spread / size)
    low, high = np.quantile(scores, [0.1, 0.9])
    return float(np.mean(np.clip(scores, low, high) ** 2))

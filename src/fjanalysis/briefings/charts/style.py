"""The look that all charts share: the Analysis Function's style under the brand, as repeatable SVG.

Text is drawn as paths of the brand's typeface, so that it never falls back to another one; the text
alternative carries the words. Colours change with the reader's preference for dark mode.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import font_source_sans_pro
import matplotlib as mpl
from matplotlib import font_manager, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from fjanalysis.briefings.brand import Brand, contrast, dark_rules
from fjanalysis.briefings.charts import glyphs

WIDE, NARROW = 720, 360
# Of a chart that stands beside others; a tile map has no words in its tiles then.
SMALL = 232
DPI = 96.0
SALT = "fjanalysis"
MARKERS = ("o", "s", "^", "D")
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)))
_FACES = ("SourceSansPro", "SourceSansProIt", "SourceSansProSemibold", "SourceSansProBold")
PACKAGED = "Source Sans Pro"
# The size in pixels at which texts are measured.
_EM = 1000.0
_SWATCH = {"line": 30.0, "dash": 30.0, "dot": 12.0, "box": 14.0}


@dataclass(frozen=True)
class Look:
    """What a chart is drawn with.

    Parameters
    ----------
    brand
        Colours and typeface.
    width
        Width in CSS pixels: a page's column or a phone.
    language
        Of every word in the chart.
    stamp
        A warning across the foot, such as that the data are synthetic; or empty.
    """

    brand: Brand
    width: int
    language: str
    stamp: str = ""

    @property
    def narrow(self) -> bool:
        """Whether the chart is for a phone."""
        return self.width < 500

    @property
    def tiny(self) -> bool:
        """Whether the chart stands beside others."""
        return self.width <= SMALL

    @property
    def size(self) -> float:
        """Size of ordinary text in CSS pixels."""
        return 13.0 if self.tiny else 14.0 if self.narrow else 15.0

    @property
    def small(self) -> float:
        """Size of notes in CSS pixels."""
        return 12.0 if self.tiny else 12.5 if self.narrow else 13.0

    @property
    def foot(self) -> float:
        """Height in CSS pixels that the stamp takes below the chart."""
        return self.small * 1.9 if self.stamp else 0.0

    @property
    def ink(self) -> str:
        """The colour of text."""
        return self.brand.role("foreground")

    @property
    def paper(self) -> str:
        """The colour behind the chart."""
        return self.brand.role("background")

    def colour(self, at: int) -> str:
        """Return the colour of the series in place `at`."""
        return self.brand.series[at]

    def on(self, colour: str) -> str:
        """Return the colour of text on a colour: paper, or ink that stays dark in dark mode."""
        dark = self.brand.role("on-light")
        return max((self.paper, dark), key=lambda each: contrast(each, colour))


def points(pixels: float) -> float:
    """Return CSS pixels in typographic points."""
    return pixels * 72 / DPI


@cache
def register_fonts() -> None:
    """Make the packaged typeface the only one of its name, whatever the system has."""
    manager = font_manager.fontManager
    manager.ttflist = [entry for entry in manager.ttflist if entry.name != PACKAGED]
    for face in _FACES:
        manager.addfont(font_source_sans_pro.font_files_ttf[face])


def font_files() -> dict[str, Path]:
    """Return the packaged typeface's files by face, for pages and PDF."""
    return {face: Path(font_source_sans_pro.font_files_ttf[face]) for face in _FACES}


@contextlib.contextmanager
def styled(look: Look) -> Iterator[None]:
    """Draw within the shared style."""
    register_fonts()
    grid = look.brand.role("grid")
    own = {
        "font.family": [look.brand.family],
        "font.size": points(look.size),
        "text.color": look.ink,
        "axes.labelcolor": look.ink,
        "axes.labelsize": points(look.size),
        "axes.edgecolor": look.brand.role("muted"),
        "axes.facecolor": "none",
        "figure.facecolor": look.paper,
        "savefig.facecolor": look.paper,
        "grid.color": grid,
        "grid.linewidth": 0.75,
        "xtick.color": look.brand.role("muted"),
        "ytick.color": look.brand.role("muted"),
        "xtick.labelcolor": look.ink,
        "ytick.labelcolor": look.ink,
        "xtick.labelsize": points(look.size),
        "ytick.labelsize": points(look.size),
        "lines.linewidth": 1.9,
        "svg.fonttype": "path",
        "svg.hashsalt": SALT,
        "mathtext.default": "regular",
        "path.simplify": False,
    }
    with mpl.rc_context(), style.context(["default", "afcharts.afcharts", own]):
        yield


def canvas(look: Look, height: float) -> Figure:
    """Return an empty figure of the look's width and a height in CSS pixels, the stamp's foot below it."""
    figure = Figure(figsize=(look.width / DPI, (height + look.foot) / DPI), dpi=DPI)
    FigureCanvasSVG(figure)
    if look.stamp:
        colour = look.brand.role("note")
        write(
            figure,
            2,
            height + look.foot - look.small * 0.8,
            look.stamp,
            look,
            size=look.small,
            colour=colour,
        )
    return figure


def place(
    figure: Figure, look: Look, *, left: float, right: float, top: float, bottom: float
) -> Axes:
    """Return axes with margins in CSS pixels, the stamp's foot aside."""
    height = figure.get_figheight() * DPI
    bottom += look.foot
    box = (
        left / look.width,
        bottom / height,
        (look.width - left - right) / look.width,
        (height - top - bottom) / height,
    )
    return figure.add_axes(box)


def text_width(text: str, pixels: float, family: str, weight: str = "normal") -> float:
    """Return how wide a text is in CSS pixels."""
    return pixels * _width_of(text, family, weight)


@cache
def _width_of(text: str, family: str, weight: str) -> float:
    """Return how wide a text is in ems, its letters as they are drawn: not fitted to any grid of pixels."""
    font = _font(family, weight)
    font.set_text(text, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64 / _EM


@cache
def _font(family: str, weight: str) -> FT2Font:
    """Return a face of our own: the one that matplotlib draws with changes its size."""
    register_fonts()
    font = FT2Font(font_manager.findfont(FontProperties(family=[family], weight=weight)))
    font.set_size(_EM, 72)
    return font


def widest(texts: Sequence[str], pixels: float, look: Look, weight: str = "normal") -> float:
    """Return the width in CSS pixels of the widest of some texts, which may have several lines."""
    lines = [line for text in texts for line in text.split("\n")]
    return max((text_width(line, pixels, look.brand.family, weight) for line in lines), default=0.0)


def wrap(text: str, width: float, pixels: float, look: Look) -> str:
    """Return a text broken between words so that no line is wider than `width` CSS pixels."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, pixels, look.brand.family) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def write(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    look: Look,
    *,
    size: float = 0.0,
    colour: str = "",
    weight: str = "normal",
    align: str = "left",
    vertical: str = "",
) -> None:
    """Write a text at CSS pixels from the left and the top of the figure."""
    width, height = figure.get_figwidth() * DPI, figure.get_figheight() * DPI
    figure.text(
        x / width,
        1 - y / height,
        text,
        fontsize=points(size or look.size),
        color=colour or look.ink,
        fontweight=weight,
        ha=align,
        va=vertical or ("center" if "\n" in text else "center_baseline"),
        linespacing=1.15,
    )


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions near the wanted ones, at least `gap` apart and between `low` and `high`.

    Parameters
    ----------
    wanted
        Positions in any order, in pixels.
    """
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed = [min(max(wanted[at], low), high) for at in order]
    for _ in range(50):
        moved = False
        for first, second in zip(range(len(placed)), range(1, len(placed)), strict=False):
            short = gap - (placed[second] - placed[first])
            if short > 1e-6:
                placed[first] -= short / 2
                placed[second] += short / 2
                moved = True
        if placed and placed[0] < low:
            placed = [each + low - placed[0] for each in placed]
        if placed and placed[-1] > high:
            placed = [each - (placed[-1] - high) for each in placed]
        if not moved:
            break
    result = [0.0] * len(wanted)
    for at, position in zip(order, placed, strict=True):
        result[at] = position
    return result


def nice_top(value: float, *, whole: bool = False) -> tuple[float, float]:
    """Return the top of an axis from zero that holds a value, and the step of its ticks.

    Parameters
    ----------
    whole
        Whether ticks stand at whole numbers only, as they must for counts.
    """
    if not value > 0:
        return 1.0, 1.0 if whole else 0.5
    scale = 1.0
    while value / scale > 10:
        scale *= 10
    while value / scale <= 1:
        scale /= 10
    steps = [each * scale for each in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0)]
    if whole:
        steps = [each for each in steps if each.is_integer()] or [1.0]
    step = next(each for each in steps if value / each <= 6)
    count = int(-(-value // step))
    return round(count * step, 10), step


def step_decimals(step: float) -> int:
    """Return how many decimals the ticks of an axis need.

    >>> [step_decimals(step) for step in (20, 2.5, 0.25)]
    [0, 1, 2]
    """
    return next(places for places in range(6) if abs(round(step, places) - step) < 1e-9)


def legend(
    figure: Figure, entries: Sequence[tuple[str, str, int]], look: Look, *, top: float, kind: str
) -> float:
    """Draw a legend from the left above the chart; return its height in CSS pixels.

    Parameters
    ----------
    entries
        Label, colour and place among the series of each.
    kind
        The swatch that stands for a series: `line` with its marker, `dash` without, `dot` or `box`.
    """
    width, height = figure.get_figwidth() * DPI, figure.get_figheight() * DPI
    x, line = 2.0, 0
    row = look.size * 1.6
    swatch = _SWATCH[kind]
    for label, colour, at in entries:
        needed = swatch + 7 + text_width(label, look.size, look.brand.family) + 20
        if x > 2.0 and x + needed - 20 > look.width:
            x, line = 2.0, line + 1
        y = top + row * (line + 0.5)
        if kind != "box":
            figure.add_artist(
                Line2D(
                    [x / width, (x + swatch / 2) / width, (x + swatch) / width],
                    [1 - y / height] * 3,
                    color=colour,
                    linestyle="none" if kind == "dot" else DASHES[at],
                    linewidth=1.9,
                    marker="none" if kind == "dash" else MARKERS[at],
                    markersize=6 if kind == "dot" else 4.5,
                    markevery=[1],
                )
            )
        else:
            figure.add_artist(
                Rectangle(
                    (x / width, 1 - (y + 7) / height),
                    swatch / width,
                    14 / height,
                    facecolor=colour,
                    edgecolor=look.brand.role("muted")
                    if colour == look.brand.role("grid")
                    else colour,
                    linewidth=0.8,
                    transform=figure.transFigure,
                )
            )
        write(figure, x + swatch + 7, y, label, look)
        x += needed
    return row * (line + 1)


def legend_height(labels: Sequence[str], look: Look, kind: str) -> float:
    """Return the height in CSS pixels that `legend` will take."""
    x, line = 2.0, 0
    swatch = _SWATCH[kind]
    for label in labels:
        needed = swatch + 7 + text_width(label, look.size, look.brand.family) + 20
        if x > 2.0 and x + needed - 20 > look.width:
            x, line = 2.0, line + 1
        x += needed
    return look.size * 1.6 * (line + 1)


def to_svg(figure: Figure, look: Look, *, title: str, description: str) -> bytes:
    """Return the figure as SVG: no date, no random id, named and described, light and dark."""
    text = glyphs.svg(figure)
    text = re.sub(r"<\?xml[^>]*\?>\s*<!DOCTYPE[^>]*>\s*", "", text)
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*<style type=\"text/css\">\*\{[^<]*</style>", "", text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    head = (
        f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
        f"<style>{dark_rules(text, look.brand)}</style>\n"
    )
    text = re.sub(r"(<svg\b[^>]*>)", lambda match: _root(match[1]) + "\n" + head, text, count=1)
    return text.encode("utf-8")


def _root(tag: str) -> str:
    return tag[:-1] + ' role="img" stroke-linejoin="round" stroke-linecap="butt">'

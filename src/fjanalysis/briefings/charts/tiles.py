"""Tile maps of the Designated Family Judge areas and of the regions: one square an area, near its place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from fjanalysis.briefings import formats
from fjanalysis.briefings.brand import contrast
from fjanalysis.briefings.charts.style import Look, canvas, text_width, widest, wrap, write
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.selection import Selection

LAYOUT = Path(__file__).with_name("tiles.csv")
CLASSES = 4
# Stands in the key for areas whose number is not published.
WITHHELD = (float("nan"), float("nan"))


@cache
def layout() -> pd.DataFrame:
    """Return the tiles by area code: `row`, `column`, `name`, `short`, and `within`: the region it mostly lies in."""
    return pd.read_csv(LAYOUT, index_col="code", dtype={"name": str, "short": str, "within": str})


def missing(codes: tuple[str, ...]) -> list[str]:
    """Return the areas that have no tile."""
    return [code for code in codes if code not in layout().index]


def classes(values: pd.Series) -> list[tuple[float, float]]:
    """Return the lowest and highest value of each class: quarters of the areas, fewer where values tie."""
    known = np.sort(values.dropna().to_numpy(dtype=float))
    steps = np.flatnonzero(np.diff(known) > 0) + 1
    wanted = [len(known) * at / CLASSES for at in range(1, CLASSES)]
    cuts = (
        {int(steps[np.argmin(np.abs(steps - place))]) for place in wanted} if len(steps) else set()
    )
    parts = np.split(known, sorted(cuts))
    return [(float(part[0]), float(part[-1])) for part in parts if len(part)]


def draw(selection: Selection, look: Look, highlight: tuple[str, ...]) -> Canvas:
    """Return the map: a square an area in the shade of its class, with its short name and its number.

    A map that stands beside other charts has no words in its squares.

    Parameters
    ----------
    highlight
        Labels of areas drawn with a heavy edge.
    """
    column = selection.columns[0]
    rows = selection.column(column)
    tiles = layout().loc[list(selection.rows)]
    across, down = int(layout_width(tiles)), int(tiles["row"].max() - tiles["row"].min() + 1)
    bands = classes(rows["value"])
    shades = _shades(look, len(bands))
    plain = look.tiny
    wide = min(look.width / across, 120.0)
    tall = wide * 0.78 if plain else max(44.0, min(wide * 0.72, 58.0))
    if plain and rows["value"].isna().any():
        bands.append(WITHHELD)
        shades = [*shades, look.paper]
    key = _key_height(bands, selection.statistic, look)
    drawing = canvas(look, key + down * tall + 8)
    _key(drawing, bands, shades, selection.statistic, look)
    total = drawing.get_figheight() * 96
    shift = (look.width - across * wide) / 2 if not look.narrow else 0.0
    for code, tile in tiles.iterrows():
        row = rows.iloc[selection.rows.index(str(code))]
        x = shift + (tile["column"] - tiles["column"].min()) * wide
        y = key + (tile["row"] - tiles["row"].min()) * tall
        shade = _shade(float(row["value"]), bands, shades, look)
        edge = selection.row_labels[str(code)] in highlight
        drawing.add_artist(
            Rectangle(
                ((x + 1.5) / look.width, 1 - (y + tall - 1.5) / total), (wide - 3) / look.width, (tall - 3) / total,
                transform=drawing.transFigure, facecolor=shade, zorder=3 if edge else 1,
                edgecolor=look.ink if edge else look.brand.role("muted"), linewidth=2.6 if edge else 0.6,
            )
        )  # fmt: skip
        if plain:
            continue
        ink = _ink(shade, look)
        size = look.small - (1.5 if look.narrow else 0.5)
        full = wrap(message(tile["name"], look.language), wide - 8, size, look)
        lines = full.count("\n") + 1
        fits = widest([full], size, look) < wide - 8 and size * 1.15 * (lines + 1) < tall - 10
        name = full if fits else message(tile["short"], look.language)
        write(
            drawing,
            x + wide / 2,
            y + tall * (0.36 if fits and lines > 1 else 0.32),
            name,
            look,
            size=size,
            colour=ink,
            align="center",
        )
        text = (
            formats.cell(row, look.language)
            if isinstance(row["status"], str)
            else formats.mark("x")
        )
        weight = (
            "semibold"
            if isinstance(row["status"], str) and not formats.is_withheld(row)
            else "normal"
        )
        write(
            drawing,
            x + wide / 2,
            y + tall * (0.8 if fits and lines > 1 else 0.7),
            text,
            look,
            size=size + 0.5,
            colour=ink,
            align="center",
            weight=weight,
        )
    return drawing


def layout_width(tiles: pd.DataFrame) -> int:
    """Return how many columns some tiles take."""
    return int(tiles["column"].max() - tiles["column"].min() + 1)


def _shades(look: Look, count: int) -> list[str]:
    steps = look.brand.sequential
    return [steps[round(at * (len(steps) - 1) / max(1, count - 1))] for at in range(count)]


def _shade(value: float, bands: list[tuple[float, float]], shades: list[str], look: Look) -> str:
    if np.isnan(value):
        return look.paper
    return next(shade for (_, high), shade in zip(bands, shades, strict=True) if value <= high)


def _ink(shade: str, look: Look) -> str:
    return max((look.paper, look.ink), key=lambda each: contrast(each, shade))


def _words(bands: list[tuple[float, float]], statistic: str, look: Look) -> list[str]:
    texts = []
    for low, high in bands:
        if np.isnan(low):
            texts.append(message("Not published", look.language))
            continue
        ends = [formats.figure(end, statistic, look.language) for end in (low, high)]
        text = "{low} to {high}" if ends[0] != ends[1] else "{low}"
        texts.append(message(text, look.language, low=ends[0], high=ends[1]))
    return texts


def _places(
    bands: list[tuple[float, float]], statistic: str, look: Look
) -> list[tuple[float, int, str]]:
    x, line, placed = 2.0, 0, []
    for text in _words(bands, statistic, look):
        needed = _swatch(look) + 7 + text_width(text, _key_size(look), look.brand.family)
        if x > 2.0 and x + needed > look.width:
            x, line = 2.0, line + 1
        placed.append((x, line, text))
        x += needed + (6 if look.tiny else 20)
    return placed


def _swatch(look: Look) -> float:
    """Return the width of the key's squares in CSS pixels."""
    return 14.0 if look.tiny else 20.0


def _key_size(look: Look) -> float:
    return look.small if look.tiny else look.size


def _key_height(bands: list[tuple[float, float]], statistic: str, look: Look) -> float:
    return (_places(bands, statistic, look)[-1][1] + 1) * look.size * 1.6 + 8


def _key(
    drawing: Canvas, bands: list[tuple[float, float]], shades: list[str], statistic: str, look: Look
) -> None:
    total = drawing.get_figheight() * 96
    for (x, line, text), shade in zip(_places(bands, statistic, look), shades, strict=True):
        y = look.size * 1.6 * (line + 0.5)
        drawing.add_artist(
            Rectangle(
                (x / look.width, 1 - (y + 8) / total), _swatch(look) / look.width, 16 / total,
                transform=drawing.transFigure, facecolor=shade, edgecolor=look.brand.role("muted"), linewidth=0.6,
            )
        )  # fmt: skip
        write(drawing, x + _swatch(look) + 7, y, text, look, size=_key_size(look))

"""Charts as SVG, each line of text laid out and each glyph outlined once in a process.

matplotlib lays a text out when it is measured and again when it is drawn, and outlines each glyph anew in every
chart; that took a third of a chart's time. What is drawn is the same.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from matplotlib import font_manager
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.textpath import TextToPath

# FreeType's unit of a glyph's outline, in pixels.
_UNIT = 1 / 64
_POINTS = 72
_RENDERER: Any = RendererSVG


def svg(figure: Figure) -> str:
    """Return a figure as SVG, without date and maker."""
    stream = io.StringIO()
    figure.set_dpi(_POINTS)
    width, height = figure.get_size_inches()
    renderer = _Renderer(width * _POINTS, height * _POINTS, stream)
    figure.draw(renderer)
    renderer.finalize()  # type: ignore[no-untyped-call]
    return stream.getvalue()


class _Renderer(RendererSVG):
    """matplotlib's own, but for text."""

    def __init__(self, width: float, height: float, stream: io.StringIO) -> None:
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        super().__init__(width, height, stream, image_dpi=_POINTS, metadata=nothing)  # type: ignore[no-untyped-call]
        self._stream = stream
        self._text2path = _Texts()

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        """Return ascent, descent and line gap of a face at a size, in points."""
        size = prop.get_size_in_points()
        ascent, descent, gap = _heights(_file(prop))
        return ascent * size, descent * size, gap * size

    def _draw_text_as_path(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: Any,
        ismath: Any,
        mtext: Any = None,
    ) -> None:
        if ismath:
            super()._draw_text_as_path(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        self.writer.comment(s)  # type: ignore[no-untyped-call]
        uses, glyphs = _line(_file(prop), s)
        fresh = [name for name in glyphs if name not in self._glyph_map]
        self._glyph_map.update(dict.fromkeys(fresh))
        colour, alpha = (
            rgb2hex(gc.get_rgb()),
            gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3],
        )
        style = [f"fill: {colour}"] if colour != "#000000" else []
        style += [f"opacity: {_short(alpha)}"] if alpha != 1 else []
        scale = _short(prop.get_size_in_points() / TextToPath.FONT_SCALE)
        turn = f" rotate({_short(-angle)})" if angle else ""
        given = f' style="{"; ".join(style)}"' if style else ""
        place = f"translate({_short(x)} {_short(y)}){turn} scale({scale} -{scale})"
        outlines = "".join(map(glyphs.__getitem__, fresh))
        defined = f"<defs>\n{outlines}</defs>\n" if fresh else ""
        self._stream.write(f'<g{given} transform="{place}">\n{defined}{uses}</g>\n')


class _Texts(TextToPath):
    """Measures a text once in a process, whatever its size."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        scale = prop.get_size_in_points() / self.FONT_SCALE
        width, height, descent = _extent(_file(prop), s)
        return width * scale, height * scale, descent * scale


def _file(prop: FontProperties) -> str:
    return _found(tuple(prop.get_family()), prop.get_style(), prop.get_weight())


@cache
def _found(family: tuple[str, ...], style: Any, weight: str | int) -> str:
    return str(
        font_manager.findfont(FontProperties(family=list(family), style=style, weight=weight))
    )


@cache
def _font(file: str) -> FT2Font:
    """Return a face of our own, at the size in which texts are laid out."""
    font = FT2Font(file)
    font.set_size(TextToPath.FONT_SCALE, TextToPath.DPI)
    return font


@cache
def _heights(file: str) -> tuple[float, float, float]:
    """Return ascent, descent and line gap of a face in ems, as it says itself."""
    font = _font(file)
    table: Any = font.get_sfnt_table("OS/2")
    head: Any = font.get_sfnt_table("head")
    each = 1 / head["unitsPerEm"]
    return (
        table["sTypoAscender"] * each,
        -table["sTypoDescender"] * each,
        table["sTypoLineGap"] * each,
    )


@cache
def _extent(file: str, text: str) -> tuple[float, float, float]:
    font = _font(file)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = font.get_width_height()
    return width * _UNIT, height * _UNIT, font.get_descent() * _UNIT


@cache
def _line(file: str, text: str) -> tuple[str, dict[str, str]]:
    """Return the uses of glyphs that show a text, and the outline of each glyph by its name."""
    uses, glyphs = [], {}
    for item in _font(file)._layout(text, LoadFlags.NO_HINTING):
        name = f"{_font(file).postscript_name}-{item.glyph_index:x}"
        glyphs[name] = _outline(file, item.glyph_index, name)
        place = (
            f' transform="translate({_short(item.x)} {_short(item.y)})"' if item.x or item.y else ""
        )
        uses.append(f'<use xlink:href="#{name}"{place}/>\n')
    return "".join(uses), glyphs


@cache
def _outline(file: str, glyph: Any, name: str) -> str:
    font = _font(file)
    font.load_glyph(glyph, flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    path = _RENDERER._convert_path(None, Path(vertices / _UNIT, codes), simplify=False)
    given = f' d="{path}"' if path else ""
    return f'<path id="{name}"{given} transform="scale({_UNIT:f})"/>\n'


def _short(value: float) -> str:
    return f"{value:f}".rstrip("0").rstrip(".")

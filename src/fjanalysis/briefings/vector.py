"""Charts on paper: an SVG that matplotlib drew goes straight into the PDF, its glyphs as text.

WeasyPrint draws an SVG node by node and each letter as a path, which takes most of the time of a PDF and
most of its size. Here a chart is read once into drawing operators, and letters are shown in the page's own
embedded typeface. An SVG that uses anything else than what matplotlib writes is left to WeasyPrint.

Source: PDF 32000-1, 8 (graphics) and 9 (text); the operators are named there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from fjanalysis.briefings.fonts import FACES, FAMILY, Face

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_POINT = 4 / 3  # CSS pixels
_GLYPH = re.compile(r"#([\w-]+)-([0-9a-f]+)")
# matplotlib lays a text out at this size and scales it.
_SIZE = 100.0
_FACES = {face.postscript: face for face in FACES}
_CAPS = {"butt": 0, "round": 1, "square": 2}
_JOINS = {"miter": 0, "round": 1, "bevel": 2}

Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class UnknownDrawingError(ValueError):
    """The SVG holds what these few operators cannot draw."""


@dataclass(frozen=True)
class Alpha:
    """How opaque fills and strokes are from here on."""

    fill: float
    stroke: float


_OPAQUE = Alpha(1.0, 1.0)


@dataclass(frozen=True)
class Words:
    """One line of text.

    Parameters
    ----------
    face
        The face of the typeface.
    matrix
        From the text's units, a hundredth of its size, to the chart's.
    glyphs
        Each glyph's number in the face, and where it begins.
    """

    face: Face
    matrix: Matrix
    glyphs: tuple[tuple[int, float], ...]


Step = bytes | Alpha | Words


@dataclass(frozen=True)
class Chart:
    """A chart as drawing operators, in the form that WeasyPrint takes an image.

    Parameters
    ----------
    width, height
        In points.
    steps
        What is drawn, in order.
    fonts
        WeasyPrint's font configuration.
    """

    width: float
    height: float
    steps: tuple[Step, ...] = field(repr=False)
    fonts: Any = field(repr=False)

    def get_intrinsic_size(self, *_: Any) -> tuple[float, float, float]:
        """Return width and height in CSS pixels, and their ratio."""
        return self.width * _POINT, self.height * _POINT, self.width / self.height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draw the chart at a size in CSS pixels on a stream of WeasyPrint's."""
        stream.transform(a=width / self.width, d=height / self.height)
        for step in self.steps:
            if isinstance(step, bytes):
                stream.stream.append(step)
            elif isinstance(step, Alpha):
                stream._current_alpha = stream._current_alpha_stroke = None
                stream.set_alpha(step.fill)
                stream.set_alpha(step.stroke, stroke=True)
            else:
                stream.stream.append(_shown(step, stream, self.fonts))


def read_chart(path: Path, fonts: Any) -> Chart | None:
    """Return an SVG file as a chart, or None where it is not one that can be drawn here."""
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - a chart of our own
        return _Reader(root).chart(fonts)
    except (UnknownDrawingError, ElementTree.ParseError, OSError, KeyError, ValueError):
        return None


class _Reader:
    """Reads one SVG into steps."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.steps: list[Step] = [_OPAQUE]
        self.named = {each.get("id", ""): each for each in root.iter() if each.get("id")}
        self.outlines: dict[str, bytes] = {}

    def chart(self, fonts: Any) -> Chart:
        left, top, width, height = map(float, self.root.attrib["viewBox"].split())
        if (left, top) != (0.0, 0.0) or not self.root.get("width", "").endswith("pt"):
            raise UnknownDrawingError("size")
        style = {name: value for name, value in self.root.attrib.items() if "stroke" in name}
        for child in self.root:
            self._node(child, style)
        return Chart(width, height, tuple(self.steps), fonts)

    def _node(self, node: Element, inherited: Mapping[str, str]) -> None:
        tag = str(node.tag).removeprefix(_SVG)
        if tag in ("title", "desc", "style", "defs", "metadata"):
            return
        style = {**inherited, **_style(node)}
        if tag == "g" and (words := self._words(node)):
            self.steps += [b"q", *_paint(style)[0], words, b"Q"]
            return
        if tag == "g" and not {"transform", "clip-path"} & set(node.keys()):
            for child in node:
                self._node(child, style)
            return
        self.steps.append(b"q")
        self._place(node)
        if tag == "g":
            for child in node:
                self._node(child, style)
        elif tag == "path":
            self._path(node, style)
        elif tag == "use":
            self._used(node, style)
        else:
            raise UnknownDrawingError(tag)
        self.steps.append(b"Q")

    def _place(self, node: Element) -> None:
        clip = re.fullmatch(r"url\(#(.+)\)", node.get("clip-path", ""))
        if clip:
            for shape in self.named[clip[1]]:
                self.steps += [self._outline(shape), b"W n"]
        matrix = _matrix(node.get("transform", ""))
        if matrix != _SAME:
            self.steps.append(_numbers(matrix) + b" cm")

    def _path(self, node: Element, style: Mapping[str, str]) -> None:
        states, operator = _paint(style)
        if operator != b"n":
            self.steps += [*states, self._outline(node), operator]

    def _used(self, node: Element, style: Mapping[str, str]) -> None:
        x, y = float(node.get("x", 0)), float(node.get("y", 0))
        if x or y:
            self.steps.append(_numbers((1, 0, 0, 1, x, y)) + b" cm")
        self._node(self.named[node.attrib[_LINK].removeprefix("#")], style)

    def _outline(self, node: Element) -> bytes:
        if node.tag == f"{_SVG}rect":
            box = [float(node.get(name, 0)) for name in ("x", "y", "width", "height")]
            return _numbers(box) + b" re"
        given = node.get("d", "")
        if given not in self.outlines:
            self.outlines[given] = b"\n".join(_segments(given))
        return self.outlines[given]

    def _words(self, node: Element) -> Words | None:
        """Return a group of glyphs as text; None where it is something else."""
        found, faces = [], set()
        for child in node:
            if child.tag == f"{_SVG}defs":
                continue
            match = _GLYPH.fullmatch(child.get(_LINK, ""))
            place = _matrix(child.get("transform", ""))
            if child.tag != f"{_SVG}use" or match is None or place[:4] != _SAME[:4] or place[5]:
                return None
            faces.add(match[1])
            found.append((int(match[2], 16), place[4]))
        face = _FACES.get(next(iter(faces))) if len(faces) == 1 else None
        if face is None:
            return None
        return Words(face, _matrix(node.get("transform", "")), tuple(found))


def _style(node: Element) -> dict[str, str]:
    given = node.get("style", "")
    pairs = (part.split(":", 1) for part in given.split(";") if part.strip())
    return {name.strip(): value.strip() for name, value in pairs}


def _paint(style: Mapping[str, str]) -> tuple[list[Step], bytes]:
    """Return the steps that set colours and lines, and the operator that paints an outline."""
    states: list[Step] = []
    fill, stroke = style.get("fill", "#000000"), style.get("stroke", "none")
    whole = float(style.get("opacity", 1))
    alpha = Alpha(
        whole * float(style.get("fill-opacity", 1)), whole * float(style.get("stroke-opacity", 1))
    )
    if alpha != _OPAQUE:
        states.append(alpha)
    if fill != "none":
        states.append(_colour(fill) + b" rg")
    if stroke == "none":
        return states, b"n" if fill == "none" else b"f"
    dashes = [float(part) for part in re.findall(r"[\d.]+", style.get("stroke-dasharray", ""))]
    states += [
        _colour(stroke) + b" RG",
        _numbers([float(style.get("stroke-width", 1))]) + b" w",
        b"%d J %d j" % (_CAPS[style["stroke-linecap"]], _JOINS[style["stroke-linejoin"]]),
        b"[%s] %s d" % (_numbers(dashes), _numbers([float(style.get("stroke-dashoffset", 0))])),
    ]
    return states, b"S" if fill == "none" else b"B"


def _colour(value: str) -> bytes:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise UnknownDrawingError(value)
    return _numbers([int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def _matrix(transform: str) -> Matrix:
    made = _SAME
    for name, given in re.findall(r"(\w+)\(([^)]*)\)", transform):
        values = [float(part) for part in re.split(r"[\s,]+", given.strip())]
        if name == "translate":
            step: Matrix = (1, 0, 0, 1, values[0], values[1] if len(values) > 1 else 0)
        elif name == "scale":
            step = (values[0], 0, 0, values[-1], 0, 0)
        elif name == "rotate" and len(values) == 1:
            cosine, sine = math.cos(math.radians(values[0])), math.sin(math.radians(values[0]))
            step = (cosine, sine, -sine, cosine, 0, 0)
        else:
            raise UnknownDrawingError(name)
        made = _product(step, made)
    return made


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    k, l, m, n, o, p = then  # noqa: E741 - a matrix
    return (
        a * k + b * m,
        a * l + b * n,
        c * k + d * m,
        c * l + d * n,
        e * k + f * m + o,
        e * l + f * n + p,
    )


def _segments(data: str) -> Iterator[bytes]:
    """Yield the operators of a path's outline; quadratic curves become cubic ones."""
    parts = data.split()
    at, here = 0, (0.0, 0.0)
    while at < len(parts):
        letter = parts[at]
        count = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}.get(letter)
        if count is None:
            raise UnknownDrawingError(letter)
        numbers = [float(each) for each in parts[at + 1 : at + 1 + count]]
        at += 1 + count
        if letter == "Q":
            (x, y), (cx, cy, ex, ey) = here, numbers
            first = (x + 2 * (cx - x) / 3, y + 2 * (cy - y) / 3)
            second = (ex + 2 * (cx - ex) / 3, ey + 2 * (cy - ey) / 3)
            numbers = [*first, *second, ex, ey]
        if letter == "z":
            yield b"h"
            continue
        here = (numbers[-2], numbers[-1])
        yield _numbers(numbers) + {"M": b" m", "L": b" l", "Q": b" c", "C": b" c"}[letter]


def _numbers(values: Any) -> bytes:
    return b" ".join(_number(float(value)) for value in values)


def _number(value: float) -> bytes:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return b"0" if text in ("", "-0") else text.encode()


def _shown(words: Words, stream: Any, fonts: Any) -> bytes:
    """Return the operators that show a line of text, its glyphs noted in the document's font."""
    from weasyprint.text.ffi import FROM_UNITS, pango  # noqa: PLC0415 - needs system libraries

    pango_font = _pango_font(words.face, fonts)
    font, size = stream.add_font(pango_font)
    letters = _letters(words.face)
    parts, pen = [], 0.0
    for glyph, place in words.glyphs:
        if glyph not in font.widths:
            pango.pango_font_get_glyph_extents(
                pango_font, glyph, stream.ink_rect, stream.logical_rect
            )
            font.widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
        font.to_unicode.setdefault(glyph, letters[glyph])
        begins = place * 1000 / _SIZE
        if abs(pen - begins) >= 0.5:
            parts.append(_number(pen - begins))
        parts.append(b"<%04x>" % glyph)
        pen = begins + font.widths[glyph]
    name = font.hash.encode()
    joined = b"".join(parts).replace(b"><", b"")
    where = _numbers(words.matrix)
    return b"BT /%s %d Tf %s Tm [%s] TJ ET" % (name, int(_SIZE), where, joined)


def _pango_font(face: Face, fonts: Any) -> Any:
    """Return a face as Pango loads it from the document's fonts, loaded once."""
    from weasyprint.text.ffi import ffi, gobject, pango  # noqa: PLC0415
    from weasyprint.text.fonts import get_font_description  # noqa: PLC0415

    loaded = fonts.__dict__.setdefault("chart_faces", {})
    if face not in loaded:
        style = {
            "font_family": [FAMILY],
            "font_style": face.style,
            "font_stretch": "normal",
            "font_weight": face.weight,
            "font_size": _SIZE,
            "font_variant_caps": "normal",
            "font_variation_settings": "normal",
        }
        context = ffi.gc(
            pango.pango_font_map_create_context(fonts.font_map), gobject.g_object_unref
        )
        font = pango.pango_font_map_load_font(fonts.font_map, context, get_font_description(style))
        loaded[face] = ffi.gc(font, gobject.g_object_unref)
    return loaded[face]


@cache
def _letters(face: Face) -> dict[int, str]:
    """Return what each glyph of a face stands for."""
    from fontTools import agl  # noqa: PLC0415
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    with TTFont(face.source, lazy=True) as font:
        found = {at: agl.toUnicode(name) for at, name in enumerate(font.getGlyphOrder())}
        named = font.getReverseGlyphMap()
        for letter, name in sorted(font.getBestCmap().items(), reverse=True):
            found[named[name]] = chr(letter)
    return found

"""The picture that stands for a briefing where somebody shares its address: title and one headline number.

The front matter names the number: `card: {number: '{{< value … >}}', words: '…'}`. The same words and
brand give the same bytes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fjanalysis.briefings.announce import CARD_HEIGHT as HEIGHT
from fjanalysis.briefings.announce import CARD_WIDTH as WIDTH
from fjanalysis.briefings.brand import Brand
from fjanalysis.briefings.charts.style import DPI, Look, styled, text_width, wrap, write

_MARGIN = 72
_BAND = 76


@dataclass(frozen=True)
class Card:
    """What a card says.

    Parameters
    ----------
    title
        The briefing's title.
    number, words
        The headline number as it is printed, and what it counts; or empty.
    publisher
        Whose it is.
    mark
        That the numbers are a draft or synthetic; or empty.
    """

    title: str
    number: str
    words: str
    publisher: str
    mark: str = ""

    @property
    def alt(self) -> str:
        """The card in words, its text alternative."""
        said = f"{self.number} {self.words}".strip()
        return ". ".join(part.rstrip(".") for part in (self.title, said, self.mark) if part) + "."


def draw_card(card: Card, brand: Brand, language: str) -> bytes:
    """Return the card as PNG, 1200 by 630 pixels; no date, the same bytes every time."""
    look = Look(brand, WIDTH, language)
    room = WIDTH - 2 * _MARGIN
    with styled(look):
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=look.paper)
        FigureCanvasAgg(figure)
        _box(figure, 0, 0, 18, HEIGHT, brand.role("primary"))
        size, title = _fitted(card.title, room, 54, 2, look)
        write(figure, _MARGIN, 60, title, look, size=size, weight="semibold", vertical="top")
        if card.number:
            number = min(150.0, 150.0 * room / _width(card.number, 150, look))
            write(
                figure, _MARGIN, 340, card.number, look, size=number, weight="bold",
                colour=brand.role("primary"), vertical="center",
            )  # fmt: skip
        size, words = _fitted(card.words, room, 36, 2, look)
        write(figure, _MARGIN, 432, words, look, size=size, vertical="top")
        foot = HEIGHT - _BAND
        _box(figure, 0, foot, WIDTH, _BAND, brand.role("warning" if card.mark else "light"))
        _box(figure, 0, foot, 18, _BAND, brand.role("primary"))
        middle = foot + _BAND / 2
        colour = brand.role("on-light") if card.mark else brand.role("foreground")
        write(figure, _MARGIN, middle, card.publisher, look, size=26, colour=colour)
        if card.mark:
            write(
                figure, WIDTH - _MARGIN, middle, card.mark, look, size=26, weight="semibold",
                colour=colour, align="right",
            )  # fmt: skip
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def _box(figure: Figure, x: float, y: float, width: float, height: float, colour: str) -> None:
    corner = (x / WIDTH, 1 - (y + height) / HEIGHT)
    figure.add_artist(
        Rectangle(corner, width / WIDTH, height / HEIGHT, facecolor=colour, edgecolor="none")
    )


def _width(text: str, size: float, look: Look) -> float:
    return text_width(text, size, look.brand.family, "bold")


def _fitted(text: str, room: float, size: float, most: int, look: Look) -> tuple[float, str]:
    """Return the largest size, up to one given, at which a text takes so many lines, and its lines."""
    while True:
        # Semibold letters are wider than those that are measured.
        lines = wrap(text, room / 1.06, size, look)
        if lines.count("\n") < most or size <= 20:
            return size, lines
        size -= 2

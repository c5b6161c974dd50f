"""Charts drawn with texts laid out once are the charts that matplotlib itself draws."""

from __future__ import annotations

import io
import re

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from fjanalysis.briefings.charts.glyphs import svg
from fjanalysis.briefings.charts.style import PACKAGED, register_fonts


def figure(words: str) -> Figure:
    drawn = Figure(figsize=(4, 3), dpi=96)
    FigureCanvasSVG(drawn)
    axes = drawn.add_axes((0.2, 0.2, 0.7, 0.7))
    axes.plot([0, 1, 2], [3, 1, 2])
    axes.set_title(words)
    axes.set_xticks([0, 1], [words, "2"])
    drawn.text(0.5, 0.5, words, color="#336699", fontweight="semibold", alpha=0.5)
    drawn.text(0.1, 0.5, f"{words}\n{words}", rotation=30, style="italic")
    return drawn


def plainly(text: str) -> str:
    """Return a chart without head, indents and the names of clips, which differ from one drawing to the next."""
    text = re.sub(r"(?s)<\?xml.*?<svg", "<svg", text)
    text = re.sub(r"(?s)\s*<metadata>.*?</metadata>", "", text)
    return re.sub(r"\n\s+", "\n", text)


@pytest.mark.parametrize("words", ["Rate per 10,000", "Tŷ Ŵyn & <Dŵr>", "a -- b", "$x^2$", " "])
def test_own_drawing_is_that_of_matplotlib(words: str) -> None:
    register_fonts()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "x", "font.family": [PACKAGED]}):
        theirs = io.StringIO()
        figure(words).savefig(theirs, format="svg", metadata={"Date": None, "Creator": None})
        assert plainly(svg(figure(words))) == plainly(theirs.getvalue())

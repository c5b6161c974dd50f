"""The words of a chart stand within it and apart from each other, at page and phone width, in both languages."""

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from fjanalysis.briefings.charts import style
from fjanalysis.briefings.figures import read_figures, render_figure
from fjanalysis.packs import read_pack
from tests.briefings.declared import CURVE, FOREST, FUNNEL, ORDERS, REGIONS, SLOPE, TILES, TREND
from tests.packs import make_pack

KINDS = {
    "line": TREND,
    "dot": REGIONS,
    "stack": ORDERS,
    "survival": CURVE,
    "funnel": FUNNEL,
    "forest": FOREST,
    "tiles": TILES,
    "region tiles": TILES.replace("dfj-areas", "regions").replace("  highlight: Luton\n", ""),
    "slope": SLOPE,
}
# Lines may come so near, in pixels, that boxes of words with descenders touch; words of one line may not.
SLACK, GAP = 4.0, 4.0


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return read_pack(make_pack(tmp_path_factory.mktemp("packs") / "2026-02-01"))


@pytest.fixture
def boxes(pack, brand, tmp_path, monkeypatch):
    """Return, for the wide and the narrow drawing of a figure, its canvas and the box of every text."""

    def drawn(text, language):
        found = []

        def measured(figure, look, **_):
            with style.styled(look):
                renderer = FigureCanvasAgg(figure).get_renderer()
                figure.draw(renderer)
                words = [each for each in figure.findobj(style_text) if visible(each)]
                extents = [(each.get_text(), each.get_window_extent(renderer)) for each in words]
            found.append((figure.bbox, extents))
            return b"<svg></svg>"

        monkeypatch.setattr(style, "to_svg", measured)
        path = tmp_path / "figures.yml"
        path.write_text(text, encoding="utf-8")
        figure = next(iter(read_figures(path).values()))
        render_figure(figure, pack, brand=brand, language=language, stream="urgent-hearings")
        return found

    return drawn


def style_text(artist):
    return type(artist).__name__ in ("Text", "Annotation")


def visible(text):
    axis = text.axes is None or text.axes.axison
    return text.get_visible() and text.get_text().strip() and axis


@pytest.mark.parametrize("language", ["en-GB", "cy"])
@pytest.mark.parametrize("kind", KINDS)
def test_words_stand_within_the_chart_and_apart(boxes, kind, language):
    drawings = boxes(KINDS[kind], language)
    assert len(drawings) == 2
    for canvas, texts in drawings:
        assert texts
        for words, box in texts:
            assert box.x0 >= canvas.x0 - 1, words
            assert box.x1 <= canvas.x1 + 1, words
            assert box.y0 >= canvas.y0 - 1, words
            assert box.y1 <= canvas.y1 + 1, words
        for (one, a), (other, b) in itertools.combinations(texts, 2):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            same_line = high > 0.5 * min(a.height, b.height)
            assert wide <= (-GAP if same_line else 0) or high <= SLACK, (one, other)

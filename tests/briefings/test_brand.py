"""The brand file is the one place for colour and type."""

from itertools import combinations, pairwise
from pathlib import Path

import pytest

from fjanalysis.briefings.brand import contrast, css_variables, read_brand
from fjanalysis.briefings.charts import style
from fjanalysis.errors import RenderError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def brand():
    return read_brand(ROOT / "_brand.yml")


def changed(tmp_path, old, new):
    text = (ROOT / "_brand.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "_brand.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_contrast_of_black_and_white_is_twenty_one():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_contrast_of_a_grey_is_that_of_the_guidelines():
    # WCAG's well-known limit: #767676 on white is the lightest grey of 4.5 to 1.
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#FFFFFF") < 4.5


def test_series_stand_out_from_the_page_in_light_and_dark(brand):
    paper = brand.role("background")
    for colour in brand.series:
        assert contrast(colour, paper) >= 3
        assert contrast(brand.dark[colour], brand.dark[paper]) >= 3


def test_text_and_links_can_be_read_in_light_and_dark(brand):
    paper = brand.role("background")
    for role in ("foreground", "link", "note", "secondary"):
        colour = brand.role(role)
        assert contrast(colour, paper) >= 7, role
        assert contrast(brand.dark[colour], brand.dark[paper]) >= 7, role


def test_neighbouring_series_differ_in_greyscale(brand):
    for one, other in zip(brand.series, brand.series[1:], strict=False):
        assert contrast(one, other) >= 3


def test_any_two_series_differ_in_greyscale_in_light_and_dark(brand):
    for one, other in combinations(brand.series, 2):
        assert contrast(one, other) >= 1.6, (one, other)
        assert contrast(brand.dark[one], brand.dark[other]) >= 1.45, (one, other)


def test_numbers_within_bars_can_be_read_on_every_series_in_light_and_dark(brand):
    look = style.Look(brand, style.WIDE, "en-GB")
    for colour in brand.series:
        text = look.on(colour)
        assert contrast(text, colour) >= 4.5, colour
        assert contrast(brand.dark.get(text, text), brand.dark[colour]) >= 4.5, colour


def test_what_is_left_over_of_a_whole_differs_from_every_series_in_greyscale(brand):
    rest = brand.role("grid")
    for colour in brand.series:
        assert contrast(rest, colour) >= 1.8
        assert contrast(brand.dark[rest], brand.dark[colour]) >= 1.8


# Machado, Oliveira and Fernandes (2009), severity 1, in linear light.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}  # fmt: skip


def seen(colour, kind):
    """Return a colour as somebody who lacks a kind of cone sees it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    mixed = [
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True))))
        for row in BLINDNESS[kind]
    ]
    back = [p * 12.92 if p <= 0.0031308 else 1.055 * p ** (1 / 2.4) - 0.055 for p in mixed]
    return "#" + "".join(f"{round(p * 255):02X}" for p in back)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_neighbouring_series_and_shades_differ_for_colour_blind_readers(brand, kind):
    for colours, least in ((brand.series, 2.0), (brand.sequential, 1.4)):
        for one, other in pairwise(colours):
            assert contrast(seen(one, kind), seen(other, kind)) >= least, (one, other)


def test_every_colour_of_a_role_has_its_dark_twin(brand):
    dark = {role: brand.dark.get(colour) for role, colour in brand.roles.items()}
    assert {role for role, colour in dark.items() if colour is None} == {"on-light"}


def test_css_names_each_role_and_series_once_in_light_and_once_in_dark(brand):
    css = css_variables(brand)
    assert css.count("--colour-link:") == 2
    assert css.count("--series-4:") == 2
    assert '--font-family: "Source Sans Pro", sans-serif;' in css


def test_a_role_of_no_colour_is_refused_with_its_line(tmp_path):
    path = changed(tmp_path, "  link: navy", "  link: navvy")
    with pytest.raises(RenderError, match="no colour 'navvy'") as caught:
        read_brand(path)
    line = path.read_text(encoding="utf-8").splitlines().index("  link: navvy") + 1
    assert caught.value.where == f"{path}:{line}"
    assert "'navy'" in caught.value.what


def test_a_colour_that_is_none_is_refused_with_its_line(tmp_path):
    path = changed(tmp_path, 'navy: "#12436D"\n    teal', 'navy: "blue"\n    teal')
    with pytest.raises(RenderError, match="'navy' is 'blue'"):
        read_brand(path)


def test_a_missing_part_is_named(tmp_path):
    path = changed(tmp_path, "    muted: stone\n", "")
    with pytest.raises(RenderError, match="muted"):
        read_brand(path)


def test_a_broken_file_is_refused_with_its_line(tmp_path):
    path = tmp_path / "_brand.yml"
    path.write_text("color:\n  palette: [\n", encoding="utf-8")
    with pytest.raises(RenderError, match="not good YAML") as caught:
        read_brand(path)
    assert str(path) in caught.value.where

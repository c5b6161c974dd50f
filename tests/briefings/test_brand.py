"""The brand file is the one place for colour and type."""

from pathlib import Path

import pytest

from fjanalysis.briefings.brand import contrast, css_variables, read_brand
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
    path = changed(tmp_path, 'navy: "#12436D"\n    turq', 'navy: "blue"\n    turq')
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

"""The brand: colours and type from `_brand.yml`, for charts and as CSS variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fjanalysis.briefings.yaml_lines import read_yaml
from fjanalysis.errors import RenderError, nearest

FILE = "_brand.yml"
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


class _Roles(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    series: tuple[str, ...] = Field(min_length=4, max_length=4)
    sequential: tuple[str, ...] = Field(min_length=2)
    muted: str
    grid: str
    note: str
    on_light: str = Field(alias="on-light")
    dark: dict[str, str]


@dataclass(frozen=True)
class Brand:
    """Colours and type.

    Parameters
    ----------
    name
        Whose brand it is.
    palette
        Colours by name, `#RRGGBB`.
    roles
        Colour by role: `foreground`, `background`, `primary`, `link`, `muted`, `grid`, `note` …
    series
        The four colours of a chart's series, in order.
    sequential
        Shades from low to high, for maps.
    dark
        For each colour used in light mode, the one that takes its place in dark mode.
    family
        The typeface.
    type
        Size, weight and line height of `base` and `headings`.
    logo
        Path of the logo by `light` or `dark`, empty where there is none.
    """

    name: str
    palette: Mapping[str, str]
    roles: Mapping[str, str]
    series: tuple[str, ...]
    sequential: tuple[str, ...]
    dark: Mapping[str, str]
    family: str
    type: Mapping[str, Mapping[str, str]]
    logo: Mapping[str, str]

    def role(self, name: str) -> str:
        """Return the colour of a role, `#RRGGBB`."""
        return self.roles[name]


def read_brand(path: Path) -> Brand:
    """Read the brand file.

    Raises
    ------
    RenderError
        It cannot be read, a colour is not `#RRGGBB`, or a role names no colour of the palette.
    """
    document = read_yaml(path)
    data = document.data
    try:
        palette = {str(name): str(value) for name, value in data["color"]["palette"].items()}
        own = _Roles.model_validate(data["defaults"]["fjanalysis"])
        named = {
            str(role): str(value) for role, value in data["color"].items() if role != "palette"
        }
        base = data["typography"]["base"]
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise RenderError(
            f"The brand lacks a part that pages and charts need: {_reason(error)}.",
            where=str(path),
            mend="Keep color.palette, color's roles, typography.base and defaults.fjanalysis.",
        ) from error
    for name, value in palette.items():
        if not _HEX.fullmatch(value):
            raise RenderError(
                f"The colour '{name}' is '{value}', which is not of the form #RRGGBB.",
                where=document.where("color", "palette", name),
                mend="Write it as six hexadecimal digits in quotes.",
            )

    def colour(name: str, *at: str) -> str:
        if name in palette:
            return palette[name].upper()
        if _HEX.fullmatch(name):
            return name.upper()
        raise RenderError(
            f"There is no colour '{name}' in the palette.{nearest(name, palette)}",
            where=document.where(*at),
            mend="Name a colour of color.palette.",
        )

    place = ("defaults", "fjanalysis")
    roles = {role: colour(value, "color", role) for role, value in named.items()}
    roles |= {role: colour(getattr(own, role), *place, role) for role in ("muted", "grid", "note")}
    roles["on-light"] = colour(own.on_light, *place, "on-light")
    return Brand(
        name=str(data.get("meta", {}).get("name", "")),
        palette={name: value.upper() for name, value in palette.items()},
        roles=roles,
        series=tuple(colour(name, *place, "series") for name in own.series),
        sequential=tuple(colour(name, *place, "sequential") for name in own.sequential),
        dark={
            colour(light, *place, "dark"): colour(dark, *place, "dark", light)
            for light, dark in own.dark.items()
        },
        family=str(base["family"] if isinstance(base, dict) else base),
        type={
            part: {key: str(value) for key, value in data["typography"][part].items()}
            for part in ("base", "headings", "monospace")
            if isinstance(data["typography"].get(part), dict)
        },
        logo=_logo(data.get("logo") or {}),
    )


def css_variables(brand: Brand) -> str:
    """Return the brand as CSS custom properties, light by default and dark where it is preferred.

    `--colour-ROLE` for each role, `--series-1` … `--series-4`, `--font-family`, and `--font-…` for
    sizes, weights and line heights.
    """
    colours = {f"colour-{role}": value for role, value in sorted(brand.roles.items())}
    colours |= {f"series-{at}": value for at, value in enumerate(brand.series, start=1)}
    type_ = {"font-family": f'"{brand.family}", sans-serif'}
    type_ |= {
        f"font-{part}-{key}": value
        for part, values in sorted(brand.type.items())
        for key, value in sorted(values.items())
        if key != "family"
    }
    dark = {name: brand.dark.get(value, value) for name, value in colours.items()}
    return (
        _block(":root", colours | type_)
        + "@media screen and (prefers-color-scheme: dark) {\n"
        + _block(":root", dark)
        + "}\n"
    )


def dark_rules(drawing: str, brand: Brand) -> str:
    """Return the style rules that give an SVG its dark colours where a reader's screen prefers them."""
    lower = drawing.lower()
    rules = ""
    for light, dark in sorted(brand.dark.items()):
        for paint in ("fill", "stroke"):
            if f"{paint}: {light.lower()}" in lower:
                rules += f'[style*="{paint}: {light.lower()}"]{{{paint}:{dark.lower()}!important}}'
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _block(selector: str, values: Mapping[str, str]) -> str:
    lines = "".join(f"  --{name}: {value};\n" for name, value in values.items())
    return f"{selector} {{\n{lines}}}\n"


def _logo(data: Mapping[str, object]) -> dict[str, str]:
    images = data.get("images")
    if not isinstance(images, dict):
        return {}
    return {
        str(name): str(image["path"] if isinstance(image, dict) else image)
        for name, image in images.items()
    }


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return ".".join(str(part) for part in first["loc"]) + ": " + first["msg"]
    return str(error).strip("'")

"""Charts and tables as `figures.yml` declares them, and what each becomes on a page.

`docs/contracts/briefings.md` states the format for authors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from fjanalysis.briefings.brand import Brand
from fjanalysis.briefings.messages import SOURCE, note_missing, short
from fjanalysis.briefings.tables import Grid
from fjanalysis.briefings.yaml_lines import read_yaml
from fjanalysis.errors import RenderError, UsageError, nearest
from fjanalysis.packs import Pack
from fjanalysis.results import STATISTICS, parse_key

FILE = "figures.yml"
Kind = Literal[
    "line", "dot", "stack", "survival", "funnel", "forest", "tiles", "slope", "table", "summary"
]
# Kinds that stand on the page as a table.
TABLES = ("table", "summary")
Dimension = Literal["area", "period", "level", "measure", "horizon", "variant"]
DEFAULTS: dict[str, dict[str, Dimension]] = {
    "line": {"rows": "period", "series": "area"},
    "dot": {"rows": "area", "series": "period"},
    "stack": {"rows": "period", "series": "level"},
    "survival": {"rows": "horizon", "series": "level"},
    "funnel": {"rows": "area", "series": "measure"},
    "forest": {"rows": "level", "series": "measure"},
    "tiles": {"rows": "area", "series": "measure"},
    "slope": {"rows": "area", "series": "period"},
    "table": {"rows": "area", "series": "measure"},
    "summary": {"rows": "measure", "series": "area"},
}
MOST_SERIES = 4
WORDS = (
    "title",
    "neutral",
    "subtitle",
    "names",
    "headings",
    "note",
    "otherwise",
    "rest",
    "axis",
    "heading",
)
_BY_NAME = ("names", "headings")
# What a measure of a table may say for itself, where it differs from the figure.
OWN_PARTS = ("period", "group", "horizon")
# What a subtitle may have filled in, beside parameters of the stream.
PLACES = ("period", "first", "last", "area", "horizon", "level")


class Figure(BaseModel):
    """One entry of `figures.yml`: which released numbers, drawn how, under which words.

    The names are those of the format's table in `docs/contracts/briefings.md`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str
    kind: Kind
    title: str = Field(min_length=1)
    claim: str = ""
    neutral: str = ""
    subtitle: str = Field(min_length=1)
    measure: tuple[str, ...] = Field(min_length=1)
    area: tuple[str, ...] = ("England",)
    period: tuple[str, ...] = ("last",)
    since: str = ""
    group: str = ""
    by: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    horizon: tuple[str, ...] = ("",)
    variant: tuple[str, ...] = ("main",)
    rows: Dimension
    series: Dimension
    sort: Literal["given", "value"] = "given"
    names: dict[str, str] = Field(default_factory=dict)
    headings: dict[str, str] = Field(default_factory=dict)
    width: Literal["full", "small"] = "full"
    rest: str = ""
    axis: str = ""
    heading: str = ""
    highlight: tuple[str, ...] = ()
    overdispersion: bool = False
    benchmark: str = ""
    interval: bool = True
    counts: bool = False
    note: str = ""
    otherwise: str = ""

    @field_validator(
        "measure",
        "area",
        "period",
        "by",
        "levels",
        "horizon",
        "variant",
        "highlight",
        mode="before",
    )
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("measure")
    @classmethod
    def _keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                key = parse_key(text)
            except UsageError as error:
                raise ValueError(error.what) from error
            strange = [name for name in key.parts if name not in OWN_PARTS]
            if strange:
                raise ValueError(f"'{text}' gives a part of a key; write it as {strange[0]}: …")
            if key.statistic not in STATISTICS:
                hint = nearest(key.statistic, STATISTICS)
                raise ValueError(f"'{key.statistic}' is not a statistic.{hint}")
        return value

    @model_validator(mode="after")
    def _dimensions(self) -> Figure:
        if self.rows == self.series:
            raise ValueError(f"rows and series are both '{self.rows}'")
        if self.neutral and not self.claim:
            raise ValueError("neutral is the headline where a claim fails, and there is no claim")
        if self.levels and len(self.by) != 1:
            raise ValueError("levels belong to one dimension: give it with by")
        if len(self.highlight) > MOST_SERIES:
            raise ValueError(f"at most {MOST_SERIES} can be highlighted")
        keys = [parse_key(key) for key in self.measure]
        if self.kind not in TABLES and len({key.statistic for key in keys}) > 1:
            raise ValueError("a chart shows one statistic")
        if self.kind not in TABLES and any(key.parts for key in keys):
            raise ValueError("a chart's measures have no parts of their own; write period, group …")
        if self.kind == "summary" and (self.rows, self.series) != ("measure", "area"):
            raise ValueError("a summary has its measures as rows and areas as series")
        strange = [name for name in self.headings if name not in self.measure]
        if strange:
            raise ValueError(f"headings names '{strange[0]}', which is none of the measures")
        return self


@dataclass(frozen=True)
class Rendered:
    """A figure as pages take it in.

    Parameters
    ----------
    id, kind
        As declared.
    title, subtitle
        The headline and the statistical subtitle, to be set as text above the chart; the title may
        still hold shortcodes.
    alt
        The text alternative, made from the numbers; empty for a table.
    svg
        The chart for the width of a page; None for a table.
    svg_narrow
        The same chart drawn for a phone; None for a table.
    table_html
        The data as one accessible `<table>` with caption.
    sheet
        The same table for a workbook: numbers as numbers, intervals in two columns.
    csv
        The data as tidy rows with names and codes, comma-separated, with a header.
    notes
        Sentences to stand under the figure: source, shorthand, footnotes, synthetic data.
    of_drawing
        Those of them that speak of the drawing, which a table without it has no need of.
    small
        The small charts within a table, by what ends the names of their files.
    folded
        Whether the table, which takes the place of a small chart, is shown only when it is asked for.
    """

    id: str
    kind: str
    title: str
    subtitle: str
    alt: str
    svg: bytes | None
    svg_narrow: bytes | None
    table_html: str
    sheet: Grid
    csv: str
    notes: tuple[str, ...]
    of_drawing: tuple[str, ...] = ()
    small: Mapping[str, bytes] = field(default_factory=dict)
    folded: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The full written keys of all results in the figure, in order, each once."""
        keys = (cell.key for row in self.sheet.cells for cell in row if cell.key)
        return tuple(dict.fromkeys(keys))


# The reasons of the library that checks an entry, in words of this project.
_REASONS = {
    "extra_forbidden": "there is no such entry",
    "missing": "it is missing",
    "string_type": "it must be words",
    "bool_parsing": "it must be true or false",
    "int_parsing": "it must be a whole number",
}


def read_figures(
    path: Path, filled: Mapping[str, str] | None = None, language: str = SOURCE
) -> dict[str, Figure]:
    """Return the figures of a briefing by id, in the order of the file.

    The words of another language stand in `figures.LANGUAGE.yml` beside it; words without a translation
    stay English.

    Parameters
    ----------
    filled
        What takes the place of `[[name]]` in the file, by name.
    language
        The language of the words.

    Raises
    ------
    RenderError
        The file cannot be read, or an entry is wrong; with the line.
    """
    document = read_yaml(path, filled)
    words = _words(path, filled, language)
    figures = {}
    for name, entry in document.data.items():
        if not isinstance(entry, dict):
            raise RenderError(
                f"The figure '{name}' says nothing.",
                where=document.where(name),
                mend="Give it kind, title, subtitle and measure.",
            )
        kind = entry.get("kind")
        usual = dict(DEFAULTS.get(str(kind), DEFAULTS["table"]))
        if kind == "dot" and isinstance(entry.get("period", "last"), str):
            usual["series"] = "measure"
        values = {**usual, **entry, "id": str(name)}
        if short(language) != SOURCE:
            values |= _translated(words.get(str(name)) or {}, entry)
        values.setdefault("interval", kind != "table")
        if kind == "dot" and values["rows"] == "area":
            values.setdefault("sort", "value")
        try:
            figures[str(name)] = Figure.model_validate(values)
        except ValidationError as error:
            found = error.errors(include_url=False)
            # A name that is unknown explains one that is missing.
            first = min(found, key=lambda each: each["type"] != "extra_forbidden")
            place = [str(part) for part in first["loc"]]
            hint = ""
            if first["type"] == "extra_forbidden":
                hint = nearest(place[-1], Figure.model_fields)
            at = f" ({'.'.join(place)})" if place else ""
            reason = _REASONS.get(first["type"], first["msg"]).removeprefix("Value error, ")
            reason = reason.removeprefix("Input should be ").removesuffix(".")
            if first["type"] == "literal_error":
                hint = nearest(
                    str(first["input"]),
                    first["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "),
                )
                reason = f"'{first['input']}' is not among {reason}"
            raise RenderError(
                f"The figure '{name}' is wrong{at}: {reason}.{hint}",
                where=document.where(str(name), *place),
                mend="docs/contracts/briefings.md lists what an entry may hold.",
            ) from error
    return figures


def _words(path: Path, filled: Mapping[str, str] | None, language: str) -> dict[str, Any]:
    """Return the words of another language by figure: only words, and only of figures there are."""
    other = path.with_name(f"{path.stem}.{short(language)}{path.suffix}")
    if short(language) == SOURCE or not other.is_file():
        return {}
    document = read_yaml(other, filled)
    known = read_yaml(path, filled).data
    for name, entry in document.data.items():
        if name not in known:
            raise RenderError(
                f"{path.name} declares no '{name}'.{nearest(str(name), known)}",
                where=document.where(name),
                mend="Translate the words of a figure that there is.",
            )
        for key in entry if isinstance(entry, dict) else ():
            if key not in WORDS:
                raise RenderError(
                    f"'{key}' is not among the words of a figure.{nearest(str(key), WORDS)}",
                    where=document.where(name, key),
                    mend="A translation may hold " + ", ".join(WORDS) + ".",
                )
    return dict(document.data)


def _translated(words: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure's words in the other language; English ones are noted as missing."""
    found: dict[str, Any] = {}
    for key in WORDS:
        if key not in entry:
            continue
        if key in _BY_NAME:
            found[key] = {**entry[key], **(words.get(key) or {})}
            lacking = [
                each for name, each in entry[key].items() if name not in (words.get(key) or {})
            ]
        else:
            found[key] = words.get(key, entry[key])
            lacking = [] if key in words else [entry[key]]
        for text in lacking:
            note_missing(str(text))
    return found


def render_figure(
    figure: Figure, pack: Pack, *, brand: Brand, language: str, stream: str
) -> Rendered:
    """Draw a figure from a pack.

    Parameters
    ----------
    stream
        The briefing's own stream, meant where a measure names none.

    Raises
    ------
    RenderError
        No released result fits, or there are too many series for one chart.
    """
    from fjanalysis.briefings.drawing import draw  # noqa: PLC0415 (keeps matplotlib out of checks)

    return draw(figure, pack, brand=brand, language=language, stream=stream)

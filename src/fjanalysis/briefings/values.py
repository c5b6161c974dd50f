"""What a shortcode prints: released numbers, changes, periods and definitions, looked up in a pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.briefings import formats, spans
from fjanalysis.briefings.messages import sentence
from fjanalysis.briefings.selection import shelf
from fjanalysis.briefings.shortcodes import Call
from fjanalysis.errors import FjanalysisError, RenderError, UsageError, nearest
from fjanalysis.packs import Pack
from fjanalysis.results import STATUSES, KeyPattern, find, parse_key, written_key

PARTS = ("area", "period", "group", "horizon", "variant")
NUMBERS = ("value", "change", "period")


@dataclass(frozen=True)
class Printed:
    """The words that take a shortcode's place.

    Parameters
    ----------
    text
        The words.
    keys
        Full written keys of the results that they rest on.
    withheld
        Whether they stand for a number that is not printed.
    """

    text: str
    keys: tuple[str, ...]
    withheld: bool = False


@dataclass
class Lookup:
    """The released numbers of a pack, as one briefing in one language reads them.

    Parameters
    ----------
    pack
        The pack.
    stream
        The briefing's own stream, meant where a key names none.
    language
        The language of the words.
    """

    pack: Pack
    stream: str
    language: str = "en-GB"

    @property
    def _groups(self) -> Mapping[tuple[str, str, str], pd.DataFrame]:
        return shelf(self.pack)

    def row(self, key: KeyPattern) -> pd.Series:
        """Return the one released row that a written key means; its period may be a word.

        Raises
        ------
        UsageError
            No row, or more than one, fits; the message lists candidates or nearest keys.
        """
        stream = key.stream or self.stream
        frame = self._groups.get((stream, key.measure, key.statistic))
        if frame is None:
            self._explain(key, stream)
            frame = self.pack.results
        word = key.parts.get("period")
        if word in spans.WORDS:
            key = self._with_period(key, frame, str(word))
        return find(frame, key, self.pack.areas, self.stream)

    def _explain(self, key: KeyPattern, stream: str) -> None:
        """Raise with the nearest measure, and its statistics, where a key's head fits nothing."""
        measures: dict[str, set[str]] = {}
        for at, measure, statistic in self._groups:
            if at == stream:
                measures.setdefault(measure, set()).add(statistic)
        known = [f"{name}.{each}" for name in sorted(measures) for each in sorted(measures[name])]
        if known:
            raise UsageError(
                f"There is no result '{key.measure}.{key.statistic}' in {stream}."
                + nearest(f"{key.measure}.{key.statistic}", known),
                mend=f"It has {', '.join(known[:10])}" + (" …" if len(known) > 10 else "") + ".",
            )

    def _with_period(self, key: KeyPattern, frame: pd.DataFrame, word: str) -> KeyPattern:
        rest = {name: part for name, part in key.parts.items() if name != "period"}
        chosen = np.full(len(frame), fill_value=True)
        for name, part in {"variant": "main", **rest}.items():
            values = frame[name].to_numpy()
            if name == "area":
                listed = zip(self.pack.areas["code"], self.pack.areas["name"], strict=True)
                codes = {code for code, called in listed if part in (code, called)}
                kept = chosen & np.isin(values, list(codes))
            else:
                kept = chosen & (values == part)
            chosen = kept if kept.any() else chosen
        rows = frame[chosen]
        found = spans.resolve(word, spans.available(rows, word))
        if len(found) != 1:
            raise UsageError(
                f"The word '{word}' means several periods; a number has one.",
                mend="Write first, last, previous, window or the period's own name.",
            )
        return KeyPattern(key.measure, key.statistic, key.stream, {**rest, "period": found[0]})

    def alike(self, row: pd.Series, part: str) -> pd.DataFrame:
        """Return the rows that differ from `row` in one part of the key alone, itself included.

        Areas are compared with areas of the same level, years with years and spans with spans of the
        same length.
        """
        head = (str(row["stream"]), str(row["measure"]), str(row["statistic"]))
        rows = self._groups[head]
        for name in PARTS:
            if name != part:
                rows = rows[rows[name] == row[name]]
        if part == "area":
            levels = self.pack.areas.set_index("code")["level"]
            rows = rows[rows["area"].map(levels) == levels.get(row["area"])]
        if part == "period":
            rows = rows[rows["period"].map(spans.years_of) == spans.years_of(str(row["period"]))]
        return rows

    def printed(self, call: Call) -> Printed:
        """Return what a `value`, `change` or `period` shortcode prints.

        Raises
        ------
        FjanalysisError
            Its key fits no row or several, its number is withheld without `else`, or its arguments
            are wrong; without a place, which the caller knows.
        """
        printers = {"value": self._value, "change": self._change, "period": self._period}
        if len(call.args) != 1:
            raise RenderError(
                f"'{call.name}' takes one key.",
                mend=f'Write {{{{< {call.name} "measure.statistic" area="…" period="…" >}}}}.',
            )
        return printers[call.name](call)

    def _key(self, call: Call, own: Iterable[str], **extra: str) -> KeyPattern:
        unknown = [name for name in call.kwargs if name not in (*PARTS, *own)]
        if unknown:
            raise RenderError(
                f"'{call.name}' has no argument '{unknown[0]}'."
                + nearest(unknown[0], (*PARTS, *own)),
                mend=f"It takes {', '.join((*PARTS, *own))}.",
            )
        head = parse_key(call.args[0])
        parts = {name: call.kwargs[name] for name in PARTS if name in call.kwargs}
        return KeyPattern(
            head.measure, head.statistic, head.stream, {**head.parts, **parts, **extra}
        )

    def _value(self, call: Call) -> Printed:
        row = self.row(self._key(call, ("as", "else")))
        key = written_key(row)
        if formats.is_withheld(row):
            return self._withheld(call, row)
        value, statistic = float(row["value"]), str(row["statistic"])
        style = call.kwargs.get("as", "")
        if style == "one-in":
            if "percent" not in statistic or not 0 < value <= 100:
                raise RenderError(
                    f"Only a percentage above 0 can be written as one in so many, not {key}.",
                    mend='Leave as="one-in" out.',
                )
            return Printed(_marked(formats.one_in(value, self.language), row), (key,))
        if style == "number":
            return Printed(_marked(formats.figure(value, statistic, self.language), row), (key,))
        if style == "interval":
            return Printed(_marked(formats.interval(row, self.language), row), (key,))
        if style:
            raise RenderError(
                f'There is no form as="{style}".{nearest(style, ("one-in", "number", "interval"))}',
                mend='The forms are "one-in", "number" (without its unit) and "interval".',
            )
        return Printed(_marked(formats.phrase(value, statistic, self.language), row), (key,))

    def _withheld(self, call: Call, row: Mapping[str, Any] | pd.Series) -> Printed:
        key = written_key(row)
        if "else" in call.kwargs:
            return Printed(call.kwargs["else"], (key,), withheld=True)
        raise RenderError(
            f"The number is not released ({STATUSES[str(row['status'])]}): {key}.",
            mend='Give the words for this case with else="…", or use another number.',
        )

    def _change(self, call: Call) -> Printed:
        given = call.kwargs
        if not ({"from", "to"} <= set(given)) or "period" in given:
            raise RenderError(
                "'change' takes two periods, from and to, and no period.",
                mend='Write {{< change "…" area="…" from="2012-13" to="2019-20" >}}.',
            )
        own = ("from", "to", "else")
        rows = [self.row(self._key(call, own, period=given[end])) for end in ("from", "to")]
        for row in rows:
            if formats.is_withheld(row):
                return self._withheld(call, row)
        before, after = (float(row["value"]) for row in rows)
        try:
            text = formats.change(before, after, str(rows[0]["statistic"]), self.language)
        except ValueError as error:
            raise RenderError(
                f"{error} ({written_key(rows[0])})", mend="Say it with two values."
            ) from error
        return Printed(_marked(text, *rows), tuple(written_key(row) for row in rows))

    def _period(self, call: Call) -> Printed:
        row = self.row(self._key(call, ()))
        return Printed(formats.period(str(row["period"]), self.language), (written_key(row),))

    def definitions(self, variant: str = "main") -> list[tuple[str, str]]:
        """Return the stream's terms and definitions, the parameters in force filled in."""
        provenance = self.pack.streams.get(self.stream, {})
        listed = provenance.get("variants", {}).get(variant, {}).get("definitions", [])
        return [
            (sentence(str(each["term"]), self.language), sentence(str(each["text"]), self.language))
            for each in listed
        ]


def _marked(text: str, *rows: Mapping[str, Any] | pd.Series) -> str:
    """Return a number's words with `[r]` behind them where a number that they rest on was corrected."""
    if text and any(row["status"] == "r" for row in rows):
        return f"{text}{formats.CORRECTED}"
    return text


def placed(error: FjanalysisError, where: str) -> RenderError:
    """Return an error about a key as a render error at its file and line, with what it named before."""
    named = f" ({error.where})" if error.where else ""
    return RenderError(error.what + named, where=where, mend=error.mend)

"""Claims: prose with a test. The words stay the author's; the test says whether they still hold.

The grammar, loosest first::

    claim    = test { ("and" | "or") test }             "and" binds closer than "or"; ( … ) groups
    test     = amount compare amount { compare amount }  compare: <  <=  =  >=  >
             | amount "between" amount "and" amount      both ends included
             | key "highest over" part | key "lowest over" part
             | key ("rises" | "falls") [ from="…" to="…" ]
             | key "differs from" key
    amount   = number | key | "change(" key from="…" to="…" ")" | "ratio(" amount "," amount ")"
             | "rank(" key [ "over" part ] ")"
    key      = [stream/]measure.statistic area="…" period="…" group="…" horizon="…" variant="…"
    part     = "area" | "period" | "group" | "horizon"

`highest` and `lowest` compare with every released row that differs in that part alone (areas of the same
level, single years with single years); a tie is neither. `rank` counts from 1, the highest. `rises` and `falls` compare the last single year with the
first (or `to` with `from`): the value is higher or lower, and where both have intervals, these lie apart.
`differs from` asks that the intervals lie apart. `=` between a result and a number compares them to the
decimals of the number. `change` is in per cent, of a percentage in percentage points. A number that is
withheld makes a claim stale, except in a comparison with others, where it is left out.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from fjanalysis.briefings import formats
from fjanalysis.briefings.values import Lookup
from fjanalysis.errors import RenderError
from fjanalysis.results import STATISTICS, KeyPattern, parse_key, written_key

_TOKEN = re.compile(
    r"""\s*(?:(?P<key>(?:[a-z][a-z0-9-]*/)?[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*(?:\s+(?:area|period|group|horizon|variant)="[^"]*")*)
    |(?P<number>-?\d[\d,]*(?:\.\d+)?)%?
    |(?P<compare><=|>=|<|>|=)
    |(?P<named>(?:from|to)="[^"]*")
    |(?P<word>[a-z]+)
    |(?P<mark>[(),]))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
    ">": operator.gt,
}
_PARTS = ("area", "period", "group", "horizon")


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds.

    Parameters
    ----------
    holds
        Whether it does.
    why
        What the numbers are, in words: why it does not hold, or what it rests on.
    keys
        Full written keys of the results that it rests on.
    """

    holds: bool
    why: str
    keys: tuple[str, ...]


class _WithheldError(Exception):
    """A claim asks for a number that is not released."""


@dataclass(frozen=True)
class _Amount:
    value: float
    text: str
    decimals: int | None = None
    row: pd.Series | None = None


@dataclass
class _Reader:
    text: str
    lookup: Lookup
    tokens: list[tuple[str, str]] = field(default_factory=list)
    at: int = 0
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        place = 0
        while self.text[place:].strip():
            match = _TOKEN.match(self.text, place)
            if not match:
                raise self.broken(f"it cannot be read from '{self.text[place:].strip()[:30]}'")
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            place = match.end()

    def broken(self, why: str) -> RenderError:
        return RenderError(
            f"The claim '{self.text}' is not well formed: {why}.",
            mend="docs/guides/claims.md gives the grammar, with examples.",
        )

    def peek(self, *words: str) -> bool:
        following = [text for _, text in self.tokens[self.at : self.at + len(words)]]
        return following == list(words)

    def take(self, *words: str) -> bool:
        if self.peek(*words):
            self.at += len(words)
            return True
        return False

    def need(self, *words: str) -> None:
        if not self.take(*words):
            found = self.tokens[self.at][1] if self.at < len(self.tokens) else "its end"
            raise self.broken(f"'{' '.join(words)}' is missing before {found}")

    def next(self, kind: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == kind:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    # Tests ------------------------------------------------------------------------------------

    def either(self) -> tuple[bool, str]:
        holds, why = self.both()
        while self.take("or"):
            other, reason = self.both()
            why = reason if other and not holds else why if holds else f"{why}; {reason}"
            holds = holds or other
        return holds, why

    def both(self) -> tuple[bool, str]:
        holds, why = self.test()
        while self.take("and"):
            other, reason = self.test()
            why = why if not holds else reason if not other else f"{why}; {reason}"
            holds = holds and other
        return holds, why

    def test(self) -> tuple[bool, str]:
        if self.take("("):
            inner = self.either()
            self.need(")")
            return inner
        try:
            return self._test()
        except _WithheldError as error:
            self._skip()
            return False, str(error)

    def _skip(self) -> None:
        """Read on to where the next test begins."""
        depth = 0
        between = self.peek("between")
        while self.at < len(self.tokens):
            text = self.tokens[self.at][1]
            if depth == 0 and (text in ("or", ")") or (text == "and" and not between)):
                return
            between = between or text == "between"
            if text == "and":
                between = False
            depth += {"(": 1, ")": -1}.get(text, 0)
            self.at += 1

    def _test(self) -> tuple[bool, str]:
        start = self.at
        key = self.next("key")
        if key is not None:
            special = self._of_key(key)
            if special is not None:
                return special
            self.at = start
        left = self.amount()
        if self.take("between"):
            low = self.amount()
            self.need("and")
            high = self.amount()
            holds = low.value <= left.value <= high.value
            return holds, f"{left.text} against {low.text} to {high.text}"
        holds, reasons, compared = True, [], False
        while (sign := self.next("compare")) is not None:
            compared = True
            right = self.amount()
            met = _equal(left, right) if sign == "=" else _COMPARE[sign](left.value, right.value)
            reasons.append(f"{left.text} {'is' if met else 'is not'} {sign} {right.text}")
            holds, left = holds and met, right
        if not compared:
            raise self.broken("a comparison is missing")
        return holds, "; ".join(reasons)

    def _of_key(self, key: str) -> tuple[bool, str] | None:
        if self.take("highest", "over") or self.take("lowest", "over"):
            high = self.tokens[self.at - 2][1] == "highest"
            return self._extreme(key, highest=high)
        if self.take("rises") or self.take("falls"):
            rises = self.tokens[self.at - 1][1] == "rises"
            return self._trend(key, rises=rises)
        if self.take("differs", "from"):
            other = self.next("key")
            if other is None:
                raise self.broken("'differs from' needs a key")
            return self._apart(self.row(key), self.row(other))
        return None

    def _extreme(self, key: str, *, highest: bool) -> tuple[bool, str]:
        row = self.row(key)
        part = self._part()
        rows = self._peers(row, part)
        others = rows[rows[part] != row[part]]["value"]
        value = float(row["value"])
        holds = not others.empty and bool(
            (others < value).all() if highest else (others > value).all()
        )
        best = rows.sort_values("value", kind="stable").iloc[-1 if highest else 0]
        word = "highest" if highest else "lowest"
        return holds, f"the {word} is {self._named(best, part)}, at {_shown(best)}; {_text(row)}"

    def _trend(self, key: str, *, rises: bool) -> tuple[bool, str]:
        ends = {"from": "first", "to": "last"}
        while (named := self.next("named")) is not None:
            name, _, value = named.partition("=")
            ends[name] = value.strip('"')
        pattern = parse_key(key)
        if "period" in pattern.parts:
            raise self.broken("'rises' and 'falls' look over periods, so their key has none")
        rows = [self.released(self._with(pattern, period=ends[end])) for end in ("from", "to")]
        before, after = (float(row["value"]) for row in rows)
        moved = after > before if rises else after < before
        apart, why = self._apart(*rows)
        if rows[0][["lower", "upper"]].isna().any() or rows[1][["lower", "upper"]].isna().any():
            return moved, why
        return moved and apart, why

    def _apart(self, one: pd.Series, other: pd.Series) -> tuple[bool, str]:
        words = f"{_text(one)} and {_text(other)}"
        if pd.isna(one["lower"]) or pd.isna(other["lower"]):
            return False, f"{words}, without intervals"
        holds = bool(one["lower"] > other["upper"] or other["lower"] > one["upper"])
        return holds, words + (", intervals apart" if holds else ", intervals overlap")

    # Amounts ----------------------------------------------------------------------------------

    def amount(self) -> _Amount:
        number = self.next("number")
        if number is not None:
            plain = number.replace(",", "")
            decimals = len(plain.partition(".")[2])
            return _Amount(float(plain), number, decimals)
        key = self.next("key")
        if key is not None:
            row = self.row(key)
            return _Amount(float(row["value"]), _text(row), row=row)
        for name in ("change", "ratio", "rank"):
            if self.take(name, "("):
                amount: _Amount = getattr(self, f"_{name}")()
                self.need(")")
                return amount
        found = self.tokens[self.at][1] if self.at < len(self.tokens) else "its end"
        raise self.broken(f"a number or key is missing before '{found}'")

    def _change(self) -> _Amount:
        key = self.next("key")
        named = dict(self._named_parts())
        if key is None or set(named) != {"from", "to"}:
            raise self.broken('change takes a key and from="…" to="…"')
        pattern = parse_key(key)
        rows = [self.released(self._with(pattern, period=named[end])) for end in ("from", "to")]
        before, after = (float(row["value"]) for row in rows)
        if STATISTICS[pattern.statistic].unit == "percent":
            return _Amount(after - before, f"a change of {after - before:.1f} points")
        if before == 0:
            raise _WithheldError(f"a change from zero cannot be given ({_text(rows[0])})")
        size = 100 * (after - before) / before
        return _Amount(size, f"a change of {size:.1f}%")

    def _named_parts(self) -> list[tuple[str, str]]:
        found = []
        while (named := self.next("named")) is not None:
            name, _, value = named.partition("=")
            found.append((name, value.strip('"')))
        return found

    def _ratio(self) -> _Amount:
        one = self.amount()
        self.need(",")
        other = self.amount()
        if other.value == 0:
            raise _WithheldError(f"a ratio to zero cannot be given ({other.text})")
        value = one.value / other.value
        return _Amount(value, f"a ratio of {value:.2f}")

    def _rank(self) -> _Amount:
        key = self.next("key")
        if key is None:
            raise self.broken("rank takes a key")
        row = self.row(key)
        part = self._part() if self.take("over") else "area"
        rows = self._peers(row, part)
        rank = 1 + int((rows["value"] > float(row["value"])).sum())
        return _Amount(float(rank), f"rank {rank} of {len(rows)} ({_text(row)})")

    # Rows -------------------------------------------------------------------------------------

    def row(self, key: str) -> pd.Series:
        return self.released(parse_key(key))

    def released(self, pattern: KeyPattern) -> pd.Series:
        row = self.lookup.row(pattern)
        self.keys.append(written_key(row))
        if formats.is_withheld(row):
            raise _WithheldError(f"{written_key(row)} is not released [{row['status']}]")
        return row

    @staticmethod
    def _with(pattern: KeyPattern, **parts: str) -> KeyPattern:
        return KeyPattern(
            pattern.measure, pattern.statistic, pattern.stream, {**pattern.parts, **parts}
        )

    def _part(self) -> str:
        part = self.next("word")
        if part not in _PARTS:
            raise self.broken(f"'over' needs one of {', '.join(_PARTS)}")
        return str(part)

    def _peers(self, row: pd.Series, part: str) -> pd.DataFrame:
        """Return the released rows that differ from `row` in one part of the key alone, itself included."""
        rows = self.lookup.alike(row, part)
        return rows[rows["value"].notna()]

    def _named(self, row: pd.Series, part: str) -> str:
        if part != "area":
            return str(row[part])
        areas = self.lookup.pack.areas
        names = areas.loc[areas["code"] == row["area"], "name"]
        return str(names.iloc[0]) if len(names) else str(row["area"])


def _equal(one: _Amount, other: _Amount) -> bool:
    for amount, number in ((one, other), (other, one)):
        if number.decimals is not None and amount.decimals is None:
            return float(formats.rounded(amount.value, number.decimals)) == number.value
    return math.isclose(one.value, other.value, rel_tol=1e-12)


def _shown(row: pd.Series) -> str:
    return formats.figure(float(row["value"]), str(row["statistic"]))


def _text(row: pd.Series) -> str:
    return f"{_shown(row)} ({written_key(row)})"


def judge(text: str, lookup: Lookup) -> Verdict:
    """Return whether a claim holds in a pack.

    Raises
    ------
    RenderError
        The claim is not well formed; without a place, which the caller knows.
    UsageError
        A key fits no row or several.
    """
    reader = _Reader(text, lookup)
    holds, why = reader.either()
    if reader.at < len(reader.tokens):
        raise reader.broken(f"'{reader.tokens[reader.at][1]}' is not expected there")
    return Verdict(holds, why, tuple(dict.fromkeys(reader.keys)))

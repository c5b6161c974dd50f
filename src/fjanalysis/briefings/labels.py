"""What areas, periods, levels, measures and horizons are called in charts and tables, by language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fjanalysis.briefings import formats
from fjanalysis.briefings.messages import SOURCE, message, short
from fjanalysis.packs import Pack
from fjanalysis.results import STATISTICS, area_code, parse_key, split_group

# Levels that stand for nothing known.
_LAST = frozenset(("unknown", "none recorded", "not yet made"))
# Levels that begin with a capital wherever they stand.
_PROPER = frozenset(("asian", "black", "white"))
# Levels whose natural order is neither the alphabet's nor a number's.
_ORDER = (
    "all",
    "under 20",
    "20 to 24",
    "25 to 29",
    "30 to 34",
    "35 and over",
    "under 1",
    "1 to 4",
    "5 to 9",
    "10 and over",
    "before April 2014",
    "from April 2014",
    "placement order",
    "care order",
    "special guardianship",
    "child arrangements",
    "supervision order",
    "family assistance order",
    "no order",
    "no order recorded",
    "still open",
    "time with",
    "live with",
    "live and time with",
    "prohibited steps",
    "specific issue",
    "enforcement",
    "same day",
    "emergency",
    "short notice",
    "longer",
    "same",
    "former respondent",
    "another person",
    "grandparent",
    "sibling",
    "other relative",
    "parent",
    "none recorded",
    "mother",
    "father",
    "female",
    "male",
    "white",
    "mixed",
    "asian",
    "black",
    "other",
    "1 year",
    "2 years",
    "3 years",
    "5 years",
    "ever",
    "unknown",
    "not yet made",
)
_LEVEL_NAMES = {
    "all": "All",
    "same": "The same applicant",
    "former respondent": "The former respondent",
    "another person": "Another person",
    "mother": "Mothers",
    "father": "Fathers",
    "cms": "CMS",
    "ecms": "ECMS",
    "cymru": "Cafcass Cymru",
    "cms to ecms": "From CMS to ECMS",
}
_AREA_GROUPS = {
    "nations": ("nations", "nation"),
    "regions": ("region",),
    "hmcts-regions": ("hmcts-region",),
    "dfj-areas": ("dfj-area",),
}
_HEADINGS = {
    "area": "Area",
    "period": "Period",
    "level": "Group",
    "measure": "Measure",
    "horizon": "Time since the first",
    "variant": "Definition",
}


def file_stem(name: str, language: str) -> str:
    """Return the name, without its ending, of a figure's files in a language."""
    return name if short(language) == SOURCE else f"{name}.{short(language)}"


def area_codes(names: tuple[str, ...], pack: Pack) -> list[str] | str:
    """Return the codes of areas given by name, code or level word; or the first name not known."""
    codes: list[str] = []
    for name in names:
        if name in _AREA_GROUPS:
            chosen = pack.areas[pack.areas["level"].isin(_AREA_GROUPS[name])]
            codes += [code for code in chosen["code"] if code not in codes]
            continue
        code = area_code(name, pack.areas)
        if code is None:
            return name
        if code not in codes:
            codes.append(code)
    return codes


def area(code: str, pack: Pack, language: str) -> str:
    """Return an area's name."""
    found = pack.areas.loc[pack.areas["code"] == code, "name"]
    return message(str(found.iloc[0]), language) if len(found) else code


def level(name: str, language: str) -> str:
    """Return a level's name as a label: capitalised, in words that stand by themselves."""
    name = name.split(": ", 1)[-1]
    words = _LEVEL_NAMES.get(name, name[:1].upper() + name[1:])
    return message(words, language)


def dimension(name: str, language: str) -> str:
    """Return the name of a dimension as a heading: `Age`, `Final order`."""
    return message(name[:1].upper() + name[1:], language)


def groups(group: str, heading: str, language: str) -> list[str]:
    """Return a breakdown in words that stand by themselves: `Mothers`, `Age: under 20`.

    Parameters
    ----------
    group
        As in a key: `parent: mother; age: under 20`.
    heading
        The measure's label; a dimension of that very name is not said again.
    """
    found = []
    for name, each in split_group(group).items():
        words, shown = dimension(name, language), level(each, language)
        plain = name == "parent" or words.casefold() == heading.casefold()
        inside = shown if each in _PROPER else _inside(shown)
        found.append(shown if plain else f"{words}: {inside}")
    return found


def _inside(label: str) -> str:
    """Return a label as it stands within words: small, but for names and initials."""
    if label[:2].isupper() or label.startswith("Cafcass"):
        return label
    return label[:1].lower() + label[1:]


def level_order(name: str) -> tuple[int, float, str]:
    """Return by what a level is sorted: numbers, known order, the alphabet; what is not known comes last.

    >>> sorted(["unknown", "years 2 and 3", "other", "year 1", "10 and over", "white"], key=level_order)
    ['year 1', 'years 2 and 3', '10 and over', 'white', 'other', 'unknown']
    """
    if name in _ORDER:
        return (3 if name in _LAST else 1, _ORDER.index(name), name)
    numbered = re.match(r"(?:years? )?(\d+)(?!\S)", name)
    if numbered:
        return (0, float(numbered[1]), name)
    return (2, 0.0, name)


def horizon(text: str, language: str) -> str:
    """Return a horizon, `5 years`, in words of the language."""
    number, _, unit = text.partition(" ")
    if not number.isdigit():
        return message(text, language)
    one = unit if number == "1" else unit.removesuffix("s") + "s"
    return message("{number} " + one, language, number=number)


def measure(key: str, pack: Pack, stream: str, language: str) -> str:
    """Return a measure's label from the pack's own declarations."""
    pattern = parse_key(key)
    declared = pack.streams.get(pattern.stream or stream, {}).get("measures", [])
    for entry in declared:
        if entry["id"] == pattern.measure:
            return message(str(entry["label"]), language)
    text = pattern.measure.replace("_", " ")
    return message(text[:1].upper() + text[1:], language)


def statistic(name: str, language: str) -> str:
    """Return a statistic's words for a table's heading."""
    return message(STATISTICS[name].label, language)


def heading(dimension: str, language: str) -> str:
    """Return the heading of the column that names the rows of a table."""
    return message(_HEADINGS[dimension], language)


def of(
    dimension: str, key: str, *, pack: Pack, stream: str, language: str, names: Mapping[str, str]
) -> str:
    """Return the label of one value of a dimension; `names` are the author's own words for some."""
    if key in names:
        return names[key]
    label = {
        "area": lambda: area(key, pack, language),
        "period": lambda: formats.period(key, language),
        "level": lambda: level(key, language),
        "measure": lambda: measure(key, pack, stream, language),
        "horizon": lambda: horizon(key, language),
        "variant": lambda: message(key[:1].upper() + key[1:], language),
    }
    return label[dimension]()

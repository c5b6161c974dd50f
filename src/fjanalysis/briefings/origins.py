"""Where the numbers of a page come from: each leads, without a script, to its definition and written key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import pandas as pd

from fjanalysis.briefings import formats, labels, trees
from fjanalysis.briefings.messages import message, sentence, short
from fjanalysis.briefings.revisions import Released
from fjanalysis.packs import Pack
from fjanalysis.results import parse_key

SECTION = "sec-origins"
_BETWEEN_KEYS = re.compile(r"; (?=[\w-]+/\w+\.\w+)")
# The section stands before this one where a page has it, else last.
_BEFORE = "sec-reproduce"
_NO_LINK_WITHIN = frozenset(("a", "summary", "button"))


def add_origins(root: Element, pack: Pack) -> None:
    """Lead every number of a finished page to a section that defines its measure and gives its key.

    Numbers in words become links; a figure gets a line of links, one a measure. A page without numbers stays
    as it is.

    Parameters
    ----------
    root
        The page; it is changed in place.
    pack
        The pack that its numbers come from.
    """
    main = trees.main_of(root)
    language = root.get("lang", "en-GB")
    in_words = _link_words(main, language)
    in_figures = _link_figures(main, pack, language)
    if not in_words and not in_figures:
        return
    section = _section(in_words, in_figures, pack, language)
    _place(main, section)
    _list_in_contents(root, language)


def without_origins(root: Element) -> None:
    """Take the links and the section out again, for paper: there nobody can follow a link back."""
    parents = trees.parents(root)
    for each in [*trees.with_class(root, "origins"), *trees.with_class(root, "origin")]:
        trees.remove(parents[each], each)
    for item in list(root.iter("li")):
        link = item.find("a")
        if link is not None and link.get("href") == f"#{SECTION}":
            trees.remove(parents[item], item)
    for link in trees.with_class(root, "value"):
        if link.tag == "a":
            link.tag = "span"
            link.attrib.pop("href", None)


def keys_of(text: str) -> list[str]:
    """Return the written keys in the attribute `data-key`, in order.

    >>> keys_of('a/b.count area="E" group="x: y; z: w"; a/b.count area="W"')
    ['a/b.count area="E" group="x: y; z: w"', 'a/b.count area="W"']
    """
    return _BETWEEN_KEYS.split(text) if text else []


def anchor(key: str) -> str:
    """Return the id of the place on a page that tells of a number.

    >>> anchor('a/newborn_cases.count area="E92000001" period="2019-20"')
    'number-a-newborn-cases-count-E92000001-2019-20'
    """
    plain = re.sub(r"\b(?:area|period|group|horizon|variant)=", "", key)
    return "number-" + re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


def _method(key: str) -> str:
    pattern = parse_key(key)
    return f"method-{pattern.stream}-{pattern.measure}".replace("_", "-")


def _link_words(main: Element, language: str) -> list[str]:
    """Make each number in the words a link to its place; return their keys in order."""
    parents = trees.parents(main)
    found: dict[str, None] = {}
    for span in trees.with_class(main, "value"):
        keys = keys_of(span.get("data-key", ""))
        if not keys or _is_period(span, keys[0], language):
            continue
        found |= dict.fromkeys(keys)
        if span.tag == "span" and not _within(span, parents):
            span.tag = "a"
            span.set("href", f"#{anchor(keys[0])}")
    return list(found)


def _is_period(span: Element, key: str, language: str) -> bool:
    """Return whether words print the period of a number, and not the number."""
    period = parse_key(key).parts.get("period")
    return bool(period) and trees.text_of(span) == formats.period(str(period), language)


def _within(element: Element, parents: Mapping[Element, Element]) -> bool:
    while element in parents:
        element = parents[element]
        if element.tag in _NO_LINK_WITHIN:
            return True
    return False


def _link_figures(main: Element, pack: Pack, language: str) -> list[str]:
    """Give each figure a line of links to its measures; return a key of each measure, in order."""
    found: dict[str, str] = {}
    for figure in trees.with_class(main, "float"):
        own: dict[str, str] = {}
        for cell in figure.iter("td"):
            for key in keys_of(cell.get("data-key", "")):
                own.setdefault(_method(key), key)
        if not own:
            continue
        found = {**own, **found}
        line = trees.child(figure, "p", class_="origin")
        line.text = message("How this is measured:", language) + " "
        links = [
            trees.child(line, "a", _label(key, pack, language), href=f"#{name}")
            for name, key in own.items()
        ]
        for link in links[:-1]:
            link.tail = "; "
        line.tail = "\n"
    return list(found.values())


def _section(
    in_words: Sequence[str], in_figures: Sequence[str], pack: Pack, language: str
) -> Element:
    section = trees.element("section", id=SECTION, class_="level2 origins")
    trees.child(section, "h2", _title(language)).tail = "\n"
    words = message(
        "Each number in the words leads here. Its key names it in the table of released results. With the key, "
        "a reviewer can follow the number to the notebook, the definition and the records that it comes from.",
        language,
    )
    trees.child(section, "p", words).tail = "\n"
    released = Released(pack)
    by_method: dict[str, list[str]] = {}
    for key in in_words:
        by_method.setdefault(_method(key), []).append(key)
    first = {_method(key): key for key in reversed([*in_words, *in_figures])}
    order = list(dict.fromkeys(_method(key) for key in [*in_words, *in_figures]))
    for name in order:
        _entry(section, name, first[name], by_method.get(name, []), released, pack, language)
    section.tail = "\n"
    return section


def _entry(
    section: Element,
    name: str,
    key: str,
    keys: Sequence[str],
    released: Released,
    pack: Pack,
    language: str,
) -> None:
    """Add a measure: its label, definition and unit, and each number of it in the words."""
    trees.child(section, "h3", _label(key, pack, language), id=name).tail = "\n"
    declared = _declared(key, pack)
    if declared:
        text = str(declared["definition"])
        shown = sentence(text, language)
        part = trees.child(section, "p", shown)
        if shown == text and short(language) != "en":
            part.set("lang", "en-GB")
        part.tail = "\n"
    if not keys:
        return
    listed = trees.child(section, "ul", class_="numbers")
    listed.text = listed.tail = "\n"
    for each in keys:
        row = released.row(each)
        item = trees.child(listed, "li", id=anchor(each))
        item.text = "" if row is None else _told(row, pack, language)
        trees.child(item, "code", each)
        item.tail = "\n"


def _told(row: pd.Series, pack: Pack, language: str) -> str:
    """Return a number in words: where, when, of whom, its value and what it rests on."""
    where = [labels.area(str(row["area"]), pack, language)]
    where.append(formats.period(str(row["period"]), language))
    key = f"{row['stream']}/{row['measure']}.{row['statistic']}"
    heading = labels.measure(key, pack, str(row["stream"]), language)
    where += labels.groups(str(row["group"]), heading, language)
    if row["horizon"]:
        where.append(labels.horizon(str(row["horizon"]), language))
    value = formats.cell(row, language)
    if row["statistic"] == "count" or pd.isna(row["numerator"]) or pd.isna(row["denominator"]):
        return f"{', '.join(where)}: {value}. "
    counts = [
        formats.number(float(row[name]), 0, language) for name in ("numerator", "denominator")
    ]
    words = message("{part} of {whole}", language, part=counts[0], whole=counts[1])
    return f"{', '.join(where)}: {value} ({words}). "


def _label(key: str, pack: Pack, language: str) -> str:
    pattern = parse_key(key)
    return labels.measure(
        f"{pattern.stream}/{pattern.measure}.{pattern.statistic}", pack, "", language
    )


def _declared(key: str, pack: Pack) -> Mapping[str, str] | None:
    pattern = parse_key(key)
    measures = pack.streams.get(pattern.stream or "", {}).get("measures", [])
    return next((each for each in measures if each["id"] == pattern.measure), None)


def _title(language: str) -> str:
    return message("Where the numbers come from", language)


def _place(main: Element, section: Element) -> None:
    parents = trees.parents(main)
    after = trees.by_id(main, _BEFORE)
    if after is not None and after.tag == "section":
        above = parents[after]
        above.insert(list(above).index(after), section)
        return
    notes = next((each for each in main if "footnotes" in trees.classes(each)), None)
    main.insert(list(main).index(notes) if notes is not None else len(main), section)


def _list_in_contents(root: Element, language: str) -> None:
    for nav in root.iter("nav"):
        listed = nav.find("ul")
        if listed is None:
            continue
        item = trees.element("li")
        item.tail = "\n"
        trees.child(item, "a", _title(language), href=f"#{SECTION}")
        targets = [
            link.get("href") if (link := each.find("a")) is not None else None for each in listed
        ]
        wanted = f"#{_BEFORE}"
        listed.insert(targets.index(wanted) if wanted in targets else len(listed), item)

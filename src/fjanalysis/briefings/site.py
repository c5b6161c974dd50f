"""The site around the briefings: its index, stylesheet and fonts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from fjanalysis.briefings import formats, trees
from fjanalysis.briefings.announce import FEED, SITEMAP, alternates, feed, sitemap
from fjanalysis.briefings.briefing import LANGUAGES, NOTE, STYLE, page_of, style
from fjanalysis.briefings.finish import finish
from fjanalysis.briefings.fonts import write_fonts
from fjanalysis.briefings.messages import SOURCE, is_draft, message
from fjanalysis.briefings.pandoc import render_pandoc
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.source import Line, Source
from fjanalysis.briefings.statement import (
    CHECKLIST,
    Examined,
    checklist_body,
    counted,
    examined,
    in_language,
    statement_body,
)
from fjanalysis.briefings.statement import NAME as STATEMENT
from fjanalysis.folders import write_text


def read_notes(site: Path) -> list[dict[str, Any]]:
    """Return the notes of the briefings in a site: newest first, then by title."""
    notes = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(site.glob(f"*/{NOTE}"))
        if not path.parent.name.startswith(".")
    ]
    notes.sort(key=lambda note: _main(note)["title"])
    notes.sort(key=lambda note: str(_main(note)["date"]), reverse=True)
    return notes


def _main(note: dict[str, Any], language: str = SOURCE) -> dict[str, Any]:
    editions = note["editions"]
    found: dict[str, Any] = (
        editions.get(language) or editions.get(SOURCE) or editions[min(editions)]
    )
    return found


def write_site(rendering: Rendering, site: Path) -> None:
    """Write what stands around the briefings of a site."""
    write_assets(rendering, site)
    notes = read_notes(site)
    settings = rendering.project.settings.project
    write_text(site / FEED, feed(settings, notes))
    languages = _languages(notes)

    def checklist(language: str) -> str:
        return _checklist(rendering, language, languages)

    def index(language: str) -> str:
        return index_page(rendering, notes, language, languages, lists=_lists(site, language))

    def statement(found: Examined, language: str) -> str:
        body = statement_body(rendering, found, language)
        return _statement(rendering, body, language, languages)

    pages = {in_language(CHECKLIST, each): partial(checklist, each) for each in languages}
    pages |= {page_of(each): partial(index, each) for each in languages}
    statements = {in_language(STATEMENT, each): each for each in languages}
    # Most sites have no fault; the checks find the statement where links lead, and read it too.
    flawless: Examined = (*counted(site, [*pages, *statements]), [])
    pages |= {name: partial(statement, flawless, each) for name, each in statements.items()}
    _write_pages(site, pages)
    found = examined(site)
    if found != flawless:
        _write_pages(
            site, {name: partial(statement, found, statements[name]) for name in statements}
        )
    if settings.site_url:
        write_text(site / SITEMAP, sitemap(settings, _days(site, notes)))


def write_assets(rendering: Rendering, site: Path) -> None:
    """Write the stylesheet and the fonts that all pages share; fonts that stand there already stay."""
    assets = site / "assets"
    write_text(assets / STYLE, rendering.stylesheet)
    write_fonts(assets)


def _write_pages(site: Path, pages: Mapping[str, Callable[[], str]]) -> None:
    """Write pages by their names, several at once: each waits for a pandoc of its own."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        texts = {name: pool.submit(make) for name, make in pages.items()}
        for name, text in texts.items():
            write_text(site / name, text.result())


def _days(site: Path, notes: list[dict[str, Any]]) -> dict[str, str]:
    """Return every page of the site with the day it was published, or an empty text."""
    days = {
        f"{note['name']}/{edition['page']}": str(edition["date"])
        for note in notes
        for edition in note["editions"].values()
    }
    pages = (path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")))
    return {name: days.get(name, "") for name in pages}


def _languages(notes: list[dict[str, Any]]) -> list[str]:
    """Return the languages of the site: English, and every other that a briefing has an edition in."""
    return sorted({SOURCE} | {each for note in notes for each in note["editions"]}, reverse=True)


def _statement(rendering: Rendering, body: str, language: str, languages: Sequence[str]) -> str:
    title = message("Accessibility statement", language)
    editions = {each: in_language(STATEMENT, each) for each in languages}
    return page(rendering, title, body, language=language, editions=editions)


def _checklist(rendering: Rendering, language: str, languages: Sequence[str]) -> str:
    title = message("Checklist of the criteria of WCAG 2.2", language)
    editions = {each: in_language(CHECKLIST, each) for each in languages}
    return page(rendering, title, checklist_body(language), language=language, editions=editions)


def index_page(
    rendering: Rendering,
    notes: list[dict[str, Any]],
    language: str = SOURCE,
    languages: Sequence[str] = (),
    *,
    lists: str = "",
) -> str:
    """Return the site's index: briefings by theme, newest first within each.

    Parameters
    ----------
    language
        Of the page; a briefing without an edition in it is listed in English, and marked as such.
    languages
        Those that the index is written in.
    lists
        What leads to further pages, below the briefings.
    """
    themes: dict[str, list[dict[str, Any]]] = {}
    for note in notes:
        themes.setdefault(str(_main(note, language)["theme"]), []).append(note)
    body = "".join(
        f"<section>\n<h2>{escape(theme or message('Briefings', language))}</h2>\n"
        f'<ul class="briefing-list">\n{"".join(_entry(note, language) for note in listed)}</ul>\n'
        "</section>\n"
        for theme, listed in sorted(themes.items())
    )
    title = message(rendering.project.settings.project.title, language)
    editions = {each: page_of(each) for each in languages}
    return page(rendering, title, body + lists, language=language, editions=editions)


def _lists(site: Path, language: str) -> str:
    """Return what leads from the index to lists of pages that are no briefings, such as area profiles."""
    found = ""
    for folder in sorted(site.iterdir()):
        own = (folder / page_of(language), folder / page_of(SOURCE))
        path = next((each for each in own if each.is_file()), None)
        if path is None or folder.name.startswith(".") or (folder / NOTE).is_file():
            continue
        root = trees.parse(path.read_text("utf-8"))
        title = trees.text_of(next(root.iter("h1")))
        about = " ".join(trees.text_of(each) for each in trees.with_class(root, "subtitle")[:1])
        found += (
            f'<section>\n<h2>{escape(title)}</h2>\n<p><a href="{folder.name}/{path.name}">'
            f"{escape(about or title)}</a></p>\n</section>\n"
        )
    return found


def _entry(note: dict[str, Any], language: str) -> str:
    main = _main(note, language)
    own = next(tag for tag, edition in note["editions"].items() if edition is main)
    folder = note["name"]
    links = [(f"{folder}/{main['pdf']}", "PDF", "")]
    links += [
        (f"{folder}/{other['page']}", LANGUAGES.get(tag, tag), tag)
        for tag, other in sorted(note["editions"].items())
        if other is not main
    ]
    more = " · ".join(
        f'<a href="{escape(href)}"{_tagged(tag)}>{escape(words)}</a>' for href, words, tag in links
    )
    day = formats.day(str(main["date"]), language)
    refresh = message(
        "Refresh of {date}", language, date=formats.day(str(note["refresh"]), language)
    )
    corrected = f" · {escape(message('Corrected', language))}" if main.get("correction") else ""
    lang = f' lang="{own}"' if own != language else ""
    return (
        f'<li>\n<h3{lang}><a href="{escape(folder)}/{main["page"]}">{escape(main["title"])}</a></h3>\n'
        f"<p{lang}>{escape(main['description'] or main['subtitle'])}</p>\n"
        f'<p class="meta">{escape(day)} · {escape(refresh)}{corrected} · {more}</p>\n</li>\n'
    )


def _tagged(language: str) -> str:
    return f' lang="{language}" hreflang="{language}"' if language else ""


def page(
    rendering: Rendering,
    title: str,
    body: str,
    *,
    language: str = SOURCE,
    subtitle: str = "",
    up: str = "",
    editions: Mapping[str, str] | None = None,
) -> str:
    """Return a page of the site that is not a briefing, in the same template.

    Parameters
    ----------
    body
        The main content, as HTML.
    up
        The way from the page's folder to the site's root: empty, or `../`.
    editions
        The page in each language that it is written in, itself included: its address, by language.
    """
    tag = "en-GB" if language == SOURCE else language
    path = rendering.project.root / "index.qmd"
    text = "```{=html}\n" + body + "```\n"
    meta: dict[str, Any] = {"title": title, "lang": tag}
    if subtitle:
        meta["subtitle"] = subtitle
    source = Source(path, meta, "", text, (Line(path, 1),))
    facts = rendering.page_facts(tag, home=f"{up}{page_of(language)}")
    if is_draft(language):
        draft = message("This Welsh edition is a draft: no translator has checked it.", language)
        facts["mark"] = " ".join(filter(None, [facts["mark"], draft]))
    facts["edition"] = [
        {"href": href, "lang": each, "name": LANGUAGES.get(each, each)}
        for each, href in sorted((editions or {}).items())
        if each != language
    ]
    if title == facts["site-title"]:
        facts["pagetitle"] = title
    html = render_pandoc(source, rendering.quarto, facts, contents=False)
    root = trees.parse(html)
    finish(root)
    style(root, f"{up}assets/{STYLE}")
    head = root.find("head")
    if head is not None:
        feed_link = {"rel": "alternate", "type": "application/atom+xml", "href": f"{up}{FEED}"}
        trees.child(head, "link", **feed_link, title=facts["site-title"]).tail = "\n"
        alternates(head, editions or {})
    return trees.write(root)

"""What tells others of the briefings: citation tags, schema.org, an Atom feed and a sitemap."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.credits import described, names
from fjanalysis.project import ProjectSettings

FEED, SITEMAP = "feed.xml", "sitemap.xml"
CARD_WIDTH, CARD_HEIGHT = 1200, 630  # what the networks show without cropping


def describe(
    root: Element,
    note: Mapping[str, Any],
    *,
    settings: ProjectSettings,
    authors: Sequence[Mapping[str, Any]],
    language: str,
    address: str,
    keywords: Sequence[str] = (),
    editions: Mapping[str, str] | None = None,
) -> None:
    """Put citation tags, previews for social media and schema.org into a briefing's page.

    Parameters
    ----------
    note
        The edition's note: title, description, date, file names, figures with their titles.
    authors
        As `credits.credited` gives them.
    address
        The page's path within the site; addresses are absolute where the settings give the site's.
    editions
        The page in each language that it is written in: its file, by language.
    """
    head = root.find("head")
    if head is None:
        raise ValueError("The page has no head.")
    base = urljoin(settings.site_url, address) if settings.site_url else ""
    absolute = {name: urljoin(base, note[name]) for name in ("page", "pdf", "card") if base}
    picture = absolute.get("card", "")
    tags = [
        ("name", "citation_title", note["title"]),
        *(("name", "citation_author", name) for name in names(authors)),
        ("name", "citation_publication_date", str(note["date"]).replace("-", "/")),
        ("name", "citation_publisher", settings.publisher),
        ("name", "citation_language", language),
        ("name", "citation_pdf_url", absolute.get("pdf", "")),
        ("name", "keywords", ", ".join(keywords)),
        ("property", "og:type", "article"),
        ("property", "og:title", note["title"]),
        ("property", "og:description", note["description"]),
        ("property", "og:site_name", settings.title),
        ("property", "og:locale", language.replace("-", "_")),
        ("property", "og:url", absolute.get("page", "")),
        ("property", "article:published_time", note["date"]),
        ("name", "twitter:card", "summary_large_image" if picture else "summary"),
        ("name", "twitter:title", note["title"]),
        ("name", "twitter:description", note["description"]),
        *(_pictured(picture, note["card_alt"]) if picture else ()),
    ]
    for kind, name, content in tags:
        if content:
            trees.child(head, "meta", **{kind: name, "content": str(content)}).tail = "\n"
    alternates(head, {each: urljoin(base, file) for each, file in (editions or {}).items()})
    if base:
        trees.child(head, "link", rel="canonical", href=absolute["page"]).tail = "\n"
    text = json.dumps(
        report(note, settings, authors, language, base), ensure_ascii=False, sort_keys=True
    )
    trees.child(head, "script", text.replace("</", "<\\/"), type="application/ld+json").tail = "\n"


def alternates(head: Element, editions: Mapping[str, str]) -> None:
    """Say in a page's head where it stands in each language, itself included, where there are several."""
    if len(editions) < 2:
        return
    for language, address in sorted(editions.items()):
        link = trees.child(head, "link", rel="alternate", hreflang=language, href=address)
        link.tail = "\n"


def _pictured(address: str, alt: str) -> tuple[tuple[str, str, str], ...]:
    """Return the tags of the social card, whose address must be absolute."""
    return (
        ("property", "og:image", address),
        ("property", "og:image:type", "image/png"),
        ("property", "og:image:width", str(CARD_WIDTH)),
        ("property", "og:image:height", str(CARD_HEIGHT)),
        ("property", "og:image:alt", alt),
        ("name", "twitter:image", address),
        ("name", "twitter:image:alt", alt),
    )


def report(
    note: Mapping[str, Any],
    settings: ProjectSettings,
    authors: Sequence[Mapping[str, Any]],
    language: str,
    base: str,
) -> dict[str, Any]:
    """Return a briefing as a schema.org Report with a Dataset for each of its figures."""

    def at(name: str) -> str:
        return urljoin(base, name) if base else name

    publisher = {"@type": "Organization", "name": settings.publisher}
    terms = {"@type": "CreativeWork", "name": settings.licence}
    licence = {"license": terms} if settings.licence else {}
    datasets = [
        {
            "@type": "Dataset",
            "name": title,
            "description": f"{title}. {note['title']}.",
            "inLanguage": language,
            "datePublished": note["date"],
            "isAccessibleForFree": True,
            "creator": publisher,
            "distribution": {
                "@type": "DataDownload",
                "encodingFormat": "text/csv",
                "contentUrl": at(f"data/{name}.csv"),
            },
            **licence,
        }
        for name, title in sorted(note["titles"].items())
    ]
    return {
        "@context": "https://schema.org",
        "@type": "Report",
        "headline": note["title"],
        "name": note["title"],
        "description": note["description"],
        "datePublished": note["date"],
        "inLanguage": language,
        **licence,
        "author": [described(each) for each in authors] or [publisher],
        "publisher": publisher,
        "url": at(note["page"]),
        "image": at(note["card"]),
        "encoding": {
            "@type": "MediaObject",
            "encodingFormat": "application/pdf",
            "contentUrl": at(note["pdf"]),
        },
        "hasPart": datasets,
        **({"correction": note["correction"]} if note.get("correction") else {}),
    }


def feed(settings: ProjectSettings, notes: Sequence[Mapping[str, Any]]) -> str:
    """Return the Atom feed: one entry an edition, newest first; ids follow pack and page alone."""
    entries = []
    for note in notes:
        for language, edition in sorted(note["editions"].items()):
            path = f"{note['name']}/{edition['page']}"
            link = urljoin(settings.site_url, path) if settings.site_url else path
            entries.append(
                f"<entry>\n<id>{_id(note['pack_sha256'], path)}</id>\n"
                f"<title>{escape(edition['title'])}</title>\n"
                f'<link rel="alternate" type="text/html" hreflang="{language}" href="{escape(link)}"/>\n'
                f"<updated>{edition['date']}T00:00:00Z</updated>\n"
                f"<summary>{escape(_summary(edition))}</summary>\n</entry>\n"
            )
    updated = max(
        (str(e["date"]) for n in notes for e in n["editions"].values()), default="1970-01-01"
    )
    own = urljoin(settings.site_url, FEED) if settings.site_url else FEED
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{_id(settings.title, settings.site_url)}</id>\n<title>{escape(settings.title)}</title>\n"
        f'<link rel="self" href="{escape(own)}"/>\n<updated>{updated}T00:00:00Z</updated>\n'
        f"<author><name>{escape(settings.publisher)}</name></author>\n{''.join(entries)}</feed>\n"
    )


def _summary(edition: Mapping[str, Any]) -> str:
    """Return what a feed says of an edition: what was corrected first, where anything was."""
    return " ".join(filter(None, [edition.get("correction", ""), edition["description"]]))


def _id(*parts: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(parts))}"


def sitemap(settings: ProjectSettings, pages: Mapping[str, str]) -> str:
    """Return the sitemap of pages with the day each was published; addresses must be absolute there."""
    entries = "".join(
        f"<url><loc>{escape(urljoin(settings.site_url, path))}</loc>"
        + (f"<lastmod>{day}</lastmod>" if day else "")
        + "</url>\n"
        for path, day in sorted(pages.items())
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )

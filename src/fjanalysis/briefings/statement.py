"""The accessibility statement and the checklist of WCAG 2.2, from the checks that ran on this very site."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.messages import SOURCE, message
from fjanalysis.briefings.page_checks import check_links, check_page, page_files, read_pages
from fjanalysis.briefings.pdf_checks import check_pdf
from fjanalysis.briefings.rendering import Rendering

CRITERIA = Path(__file__).with_name("wcag.csv")
NAME = "accessibility.html"
CHECKLIST = "accessibility-checklist.html"
# How many pages and how many PDFs were checked, and what was found.
Examined = tuple[int, int, list[Finding]]


def in_language(name: str, language: str) -> str:
    """Return the file name of a page around the briefings in a language.

    >>> in_language("accessibility.html", "cy")
    'accessibility.cy.html'
    """
    return name if language == SOURCE else name.replace(".html", f".{language}.html")


def criteria() -> list[dict[str, str]]:
    """Return the criteria of WCAG 2.2 at levels A and AA, each with how it is proved."""
    with CRITERIA.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def counted(site: Path, more: Iterable[str]) -> tuple[int, int]:
    """Return how many pages and PDFs a site has once some more pages stand in it, by their names."""
    pages = {path.relative_to(site).as_posix() for path in page_files(site)}
    return len(pages.union(more)), len(_documents(site))


def _documents(site: Path) -> list[Path]:
    return [path for path in sorted(site.rglob("*.pdf")) if not path.parent.name.startswith(".")]


def examined(site: Path) -> Examined:
    """Check the pages and PDFs of a site; return how many there are and what was found."""
    pages = read_pages(site)
    documents = _documents(site)
    findings = [
        *(
            found
            for path, root in pages.items()
            for found in check_page(root, path.relative_to(site).as_posix())
        ),
        *check_links(site, pages),
        *(
            found
            for path in documents
            for found in check_pdf(path, path.relative_to(site).as_posix())
        ),
    ]
    return len(pages), len(documents), findings


def statement_body(rendering: Rendering, checked: Examined, language: str = SOURCE) -> str:
    """Return the main content of the accessibility statement.

    Parameters
    ----------
    checked
        What `examined` found on the site.
    """
    settings = rendering.project.settings.project
    pages, documents, findings = checked
    paragraphs = [
        message(
            "{publisher} wants as many people as possible to be able to use these pages. They are built to meet the Web Content Accessibility Guidelines 2.2 at level AA, and the PDFs to meet PDF/UA-1.",
            language,
            publisher=settings.publisher,
        ),
        message(
            "You can read them with a screen reader, by keyboard alone, on a phone, enlarged to 400%, in light or dark colours, printed, and without any script. Every chart has a text alternative and its data as a table and as a file.",
            language,
        ),
    ]
    contact = settings.contact or message("the publisher", language)
    help_ = message(
        "If you need a page in another format, or find something that you cannot use, write to {contact}.",
        language,
        contact=contact,
    )
    looked = message(
        "When this site was made, {pages} pages and {documents} PDFs were checked for their language, titles, headings, names, links, text alternatives, table headers, tags and reading order.",
        language,
        pages=pages,
        documents=documents,
    )
    tested = message(
        "The templates and programs that make it are tested with axe-core in a browser on wide and narrow windows, in light, dark and print, with the Nu HTML checker, and with veraPDF. What was looked at by eye, and what not yet, stands in the checklist.",
        language,
    )
    link = message("Checklist of the criteria of WCAG 2.2", language)
    return (
        "".join(f"<p>{escape(each)}</p>\n" for each in paragraphs)
        + f"<h2>{escape(message('If you cannot use something', language))}</h2>\n<p>{escape(help_)}</p>\n"
        + f"<h2>{escape(message('Known faults', language))}</h2>\n{_faults(findings, language)}"
        + f"<h2>{escape(message('How these pages were tested', language))}</h2>\n"
        + f"<p>{escape(looked)}</p>\n<p>{escape(tested)}</p>\n"
        + f'<p><a href="{in_language(CHECKLIST, language)}">{escape(link)}</a></p>\n'
    )


def _faults(findings: Sequence[Finding], language: str) -> str:
    known = Counter((found.where, found.what) for found in findings)
    translators = message(
        "Words in Welsh that no translator has checked are marked as a draft on their page.",
        language,
    )
    if not known:
        none = message("The checks that ran on this site found none.", language)
        return f"<p>{escape(none)}</p>\n<p>{escape(translators)}</p>\n"
    items = "".join(f"<li>{escape(where)}: {escape(what)}</li>\n" for where, what in sorted(known))
    return f"<ul>\n{items}</ul>\n<p>{escape(translators)}</p>\n"


def checklist_body(language: str = SOURCE) -> str:
    """Return the main content of the checklist."""
    listed = criteria()
    count = Counter(each["how"] for each in listed)
    intro = message(
        "Every criterion of levels A and AA, and how it is proved: by axe-core, by a test of our own, looked at by eye, or not yet.",
        language,
    )
    sums = ", ".join(f"{message(how, language)}: {number}" for how, number in sorted(count.items()))
    heads = "".join(
        f'<th scope="col">{escape(message(head, language))}</th>'
        for head in ("Criterion", "What it asks", "How it is proved")
    )
    rows = "".join(
        f'<tr>\n<th scope="row">{each["criterion"]} ({each["level"]})</th>\n'
        f"<td>{escape(message(each['title'], language))}</td>\n"
        f"<td>{escape(message(each['how'], language))}: {escape(message(each['note'], language))}</td>\n</tr>\n"
        for each in listed
    )
    caption = message("Criteria of WCAG 2.2, levels A and AA", language)
    return (
        f"<p>{escape(intro)}</p>\n<p>{escape(sums)}.</p>\n"
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{rows}</tbody>\n</table>\n"
    )

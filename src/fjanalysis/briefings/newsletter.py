"""The newsletter: one national page as an HTML e-mail with its style in each element, and as plain text.

`briefings/newsletter/_newsletter.qmd` holds the words, `_newsletter.cy.qmd` the Welsh ones: a mail of its own.
Numbers enter as on a page; tables are allowed, charts are not, since a mail program loads no files beside
the message.
"""

from __future__ import annotations

import re
import subprocess
from html import escape
from pathlib import Path
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.brand import Brand
from fjanalysis.briefings.briefing import Edition, stale_editions
from fjanalysis.briefings.figures import Rendered
from fjanalysis.briefings.messages import SOURCE
from fjanalysis.briefings.pandoc import pandoc_program
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.shortcodes import Call, calls
from fjanalysis.briefings.translation_notes import noted
from fjanalysis.errors import RenderError
from fjanalysis.folders import write_text

NAME = "newsletter"
TEMPLATE = "_newsletter.qmd"
WIDTH = 600
COLUMNS = 72


def has_newsletter(root: Path) -> bool:
    """Return whether the project has the words of a newsletter."""
    return (root / "briefings" / NAME / TEMPLATE).is_file()


def editions_of(root: Path) -> dict[str, Path]:
    """Return the words of the newsletter in each language that there are any in."""
    folder = root / "briefings" / NAME
    files = {SOURCE: folder / TEMPLATE, "cy": folder / TEMPLATE.replace(".qmd", ".cy.qmd")}
    return {language: path for language, path in files.items() if path.is_file()}


def file_of(language: str) -> str:
    """Return the file name, without its ending, of the mail in a language."""
    return NAME if language == SOURCE else f"{NAME}.{language}"


def render_newsletter(rendering: Rendering, target: Path) -> None:
    """Write the newsletter to the folder `target`: `newsletter.html` and `newsletter.txt`, and so in Welsh.

    Raises
    ------
    RenderError
        The words are wrong, hold a chart, or a number they need is not released.
    """
    files = editions_of(rendering.project.root)
    with noted(target, f"{file_of('cy')}.html"):
        editions = {
            language: Edition.compose(rendering, NAME, language, path, target)
            for language, path in files.items()
        }
        stale_editions(editions)
        for language, edition in editions.items():
            _write(rendering, edition, target / file_of(language))


def _write(rendering: Rendering, edition: Edition, stem: Path) -> None:
    """Write one language's mail and text: `stem` with their endings."""
    path = edition.source.path
    title = edition.words(str(edition.source.meta["title"]))
    subtitle = edition.words(str(edition.source.meta.get("subtitle", "")))
    marks = edition.marks
    settings = rendering.project.settings.project
    base = settings.site_url.rstrip("/")
    body = _without_dead_links(_filled(edition), base)
    fragment = _pandoc(body, "html", path)
    closing = [edition.source_line(), settings.publisher, settings.contact]
    page = _mail(
        fragment,
        rendering.brand,
        title=title,
        subtitle=subtitle,
        mark=marks,
        closing=closing,
        base=base,
        language=edition.language,
    )
    write_text(Path(f"{stem}.html"), page)
    plain = _plain(_pandoc(_absolute(body, base), "plain", path))
    head = [title, "=" * len(title), subtitle, *([marks] if marks else [])]
    text = "\n".join(["\n".join(filter(None, head)), "", plain.strip(), "", *filter(None, closing)])
    write_text(Path(f"{stem}.txt"), text + "\n")


def _filled(edition: Edition) -> str:
    """Return the words as Markdown, each shortcode replaced by what it prints."""
    body = edition.source.body
    parts: list[tuple[int, int, str]] = []
    for claim in edition.source.claims():
        if claim.otherwise is not None and claim.test in edition.content.turned:
            parts.append((claim.start, claim.end, claim.otherwise))
        else:
            parts.append((claim.start, claim.start + 1, ""))
            parts.append((claim.attributes, claim.end, ""))
    taken = [(start, end) for start, end, _ in parts if end - start > 1 and body[start] == "["]
    parts += [
        (call.start, call.end, _printed(edition, call))
        for call in calls(body)
        if not any(start <= call.start < end for start, end in taken)
    ]
    for start, end, words in sorted(parts, reverse=True):
        body = body[:start] + words + body[end:]
    return body


def _without_dead_links(body: str, base: str) -> str:
    """Return the words without lines that are nothing but a link, where the site has no address yet."""
    if base:
        return body
    return re.sub(r"^\[[^\]]*\]\((?!https?:)[^)]*\)$", "", body, flags=re.MULTILINE)


def _printed(edition: Edition, call: Call) -> str:
    if call.name == "chart":
        raise RenderError(
            "A newsletter cannot hold a chart.",
            where=str(edition.source.where(call.start)),
            mend="Show the numbers as a table, or link the page that has the chart.",
        )
    if call.name == "table":
        return _table(edition.content.figures[call.args[0]])
    return str(edition.content.calls[call.key].get("text", ""))


def _table(figure: Rendered) -> str:
    """Return a table in Markdown, its headline and subtitle before it."""
    sheet = figure.sheet
    width = [max(len(each), 3) for each in sheet.heads]
    rows = [
        (name, *(cell.text for cell in cells))
        for name, cells in zip(sheet.names, sheet.cells, strict=True)
    ]
    rule = "|".join([":--" + "-" * width[0], *("-" * each + "--:" for each in width[1:])])
    lines = [f"**{figure.title}**", "", f": {figure.subtitle}", ""]
    lines += [f"|{'|'.join(sheet.heads)}|", f"|{rule}|"]
    lines += [f"|{'|'.join(row)}|" for row in rows]
    return "\n".join([*lines, "", *(f"{note}\n" for note in figure.notes)])


def _absolute(body: str, base: str) -> str:
    """Return the words with each link's address printed after it; without a site, links are words."""

    def printed(match: re.Match[str]) -> str:
        whole = match[2].startswith("http")
        return f"{match[1]}: <{match[2]}>" if whole and base else match[1]

    return re.sub(r"\[([^\]]+)\]\(([^)\s]*)\)", printed, body)


def _pandoc(text: str, to: str, path: Path) -> str:
    done = subprocess.run(  # noqa: S603
        [
            pandoc_program(),
            "--from",
            "markdown-smart",
            "--to",
            to,
            f"--columns={COLUMNS}",
            "--wrap=auto",
        ],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RenderError(
            f"The newsletter cannot be read: {done.stderr.strip()}.",
            where=str(path),
            mend="Mend its words.",
        )
    return done.stdout


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\N{NO-BREAK SPACE}", " ").split("\n"))


def _mail(
    fragment: str,
    brand: Brand,
    *,
    title: str,
    subtitle: str,
    mark: str,
    closing: list[str],
    base: str,
    language: str,
) -> str:
    styles = _styles(brand)
    root = trees.parse(f"<!DOCTYPE html><html><body>{fragment}</body></html>")
    body = root.find("body")
    content = body if body is not None else root
    for element in content.iter():
        _style(element, styles, base)
    inner = "".join(trees.fragment(each) for each in content)
    paragraphs = "".join(
        f'<p style="{styles["small"]}">{escape(words)}</p>\n' for words in closing if words
    )
    warning = f'<p style="{styles["mark"]}">{escape(mark)}</p>\n' if mark else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n</head>\n"
        f'<body style="{styles["body"]}">\n'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">\n'
        '<tr>\n<td align="center">\n'
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="{styles["sheet"]}">\n'
        f'<tr>\n<td style="{styles["cell"]}">\n<div role="main">\n{warning}'
        f'<h1 style="{styles["h1"]}">{escape(title)}</h1>\n'
        f'<p style="{styles["lead"]}">{escape(subtitle)}</p>\n{inner}\n</div>\n'
        f"{paragraphs}</td>\n</tr>\n</table>\n</td>\n</tr>\n</table>\n</body>\n</html>\n"
    )


def _style(element: Element, styles: dict[str, str], base: str) -> None:
    """Put an element's style in it, scope header cells, and take out what mail programs do not know."""
    align = re.search(r"text-align:\s*(\w+)", element.get("style", ""))
    for name in list(element.attrib):
        if name not in ("href", "scope"):
            del element.attrib[name]
    tag = str(element.tag)
    if tag == "a" and not (base and element.get("href", "").startswith("http")):
        element.attrib.pop("href", None)
        element.tag = "span"
        return
    if tag == "th":
        element.set("scope", "col")
    if tag in styles:
        extra = f";text-align:{align[1]}" if align and tag in ("td", "th") else ""
        element.set("style", styles[tag] + extra)


def _styles(brand: Brand) -> dict[str, str]:
    ink, note, grid = brand.role("foreground"), brand.role("note"), brand.role("grid")
    font = f"font-family:'{brand.family}',Arial,Helvetica,sans-serif;color:{ink}"
    return {
        "body": f"margin:0;padding:0;background-color:{brand.role('light')}",
        "sheet": f"max-width:{WIDTH}px;background-color:{brand.role('background')}",
        "cell": f"padding:24px 16px;{font};font-size:16px;line-height:1.5",
        "mark": f"margin:0 0 16px;padding:8px 12px;background-color:{brand.role('warning')};{font};font-size:15px;font-weight:bold",
        "h1": f"margin:0 0 8px;{font};font-size:28px;line-height:1.2",
        "lead": f"margin:0 0 24px;color:{note};font-size:18px;line-height:1.4",
        "h2": f"margin:24px 0 8px;{font};font-size:20px;line-height:1.25",
        "h3": f"margin:16px 0 8px;{font};font-size:17px;line-height:1.25",
        "p": "margin:0 0 14px",
        "ul": "margin:0 0 14px;padding-left:20px",
        "li": "margin:0 0 6px",
        "a": f"color:{brand.role('link')};text-decoration:underline",
        "table": "border-collapse:collapse;width:100%;margin:0 0 14px;font-size:14px",
        "caption": "padding:0 0 6px;text-align:left",
        "th": f"padding:6px 4px;border-bottom:2px solid {ink};font-weight:bold",
        "td": f"padding:6px 4px;border-bottom:1px solid {grid}",
        "small": f"margin:0 0 6px;color:{note};font-size:14px",
    }

"""Pages for reviewers: one file each, with nothing outside it and no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1d1d1f; background: #fff; margin: 0 auto; max-width: 70rem; padding: 1rem 1.5rem 4rem; }
h1, h2 { line-height: 1.25; }
.wide { max-width: 46rem; }
dt { font-weight: 600; margin-top: 0.5rem; }
dd { margin: 0 0 0.25rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid #d5d5da; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
caption { max-width: calc(100vw - 3rem); }
td code { min-width: 17rem; }
.mark { background: #fff3d6; border-left: 0.3rem solid #12436d; padding: 0.5rem 1rem; }
code { display: inline-block; color: #55555c; font-family: ui-monospace, monospace; font-size: 0.92em; overflow-wrap: anywhere; }
.scroll:focus { outline: 3px solid #12436d; outline-offset: 2px; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; }
  body { color: #f1f2f3; background: #17191c; }
  th, td { border-color: #4a4e54; }
  .mark { background: #3a3115; border-color: #9dcaf3; }
  code { color: #c3c7cc; }
  .scroll:focus { outline-color: #9dcaf3; }
}
"""


class Keyed(NamedTuple):
    """A cell that says what a number is in words, and below them its written key."""

    text: str
    key: str


def document(title: str, body: str, *, marks: Sequence[str] = ()) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    body
        The main content, as HTML.
    marks
        What must be said at the head of the page, such as that the numbers are synthetic.
    """
    marked = f'<p class="mark">{escape(" ".join(marks))}</p>\n' if marks else ""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{marked}{body}</main>\n</body>\n</html>\n"
    )


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Keyed]],
    *,
    numbers: int = 0,
    about: str = "",
) -> str:
    """Return a table as HTML, or a sentence where it has no row.

    Parameters
    ----------
    numbers
        How many columns, counted from the last, hold numbers.
    about
        What tells the table apart from another of the same caption on its page.
    """
    listed = list(rows)
    if not listed:
        return f"<p>{escape(caption)}: none.</p>\n"
    first = len(heads) - numbers
    name = f"{about}: {caption}" if about else caption
    cells = [' class="number"' if at >= first else "" for at in range(len(heads))]
    head = "".join(
        f'<th scope="col"{cell}>{escape(text)}</th>'
        for text, cell in zip(heads, cells, strict=True)
    )
    lines = [
        "<tr>"
        + "".join(f"<td{cell}>{_cell(text)}</td>" for text, cell in zip(row, cells, strict=True))
        + "</tr>\n"
        for row in listed
    ]
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">\n'
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{''.join(lines)}</tbody>\n</table>\n</div>\n"
    )


def sentences(found: Iterable[str]) -> str:
    """Return sentences as a list, or nothing where there is none."""
    items = "".join(f"<li>{escape(each)}</li>\n" for each in found)
    return f'<ul class="wide">\n{items}</ul>\n' if items else ""


def _cell(content: str | Keyed) -> str:
    if isinstance(content, Keyed):
        return f"{escape(content.text)}<br><code>{escape(content.key)}</code>"
    return escape(content)

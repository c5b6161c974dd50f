"""Pages for reviewers: one file each, with nothing outside it and no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1d1d1f; background: #fff; margin: 0 auto; max-width: 70rem; padding: 1rem 1.5rem 4rem; }
h1, h2 { line-height: 1.25; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid #d5d5da; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
.mark { background: #fff3d6; border-left: 0.3rem solid #12436d; padding: 0.5rem 1rem; }
code { font-family: ui-monospace, monospace; font-size: 0.92em; overflow-wrap: anywhere; }
"""


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
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0
) -> str:
    """Return a table as HTML, or a sentence where it has no row.

    Parameters
    ----------
    numbers
        How many columns, counted from the last, hold numbers.
    """
    listed = list(rows)
    if not listed:
        return f"<p>{escape(caption)}: none.</p>\n"
    first = len(heads) - numbers
    cells = [' class="number"' if at >= first else "" for at in range(len(heads))]
    head = "".join(
        f'<th scope="col"{cell}>{escape(text)}</th>'
        for text, cell in zip(heads, cells, strict=True)
    )
    lines = [
        "<tr>"
        + "".join(f"<td{cell}>{escape(text)}</td>" for text, cell in zip(row, cells, strict=True))
        + "</tr>\n"
        for row in listed
    ]
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">\n'
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{''.join(lines)}</tbody>\n</table>\n</div>\n"
    )

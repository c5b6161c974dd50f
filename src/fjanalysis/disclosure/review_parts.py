"""The parts that the review page is built from: tables, lists and numbers as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .5rem; }
h2 { border-top: 2px solid #12436d; padding-top: 1rem; margin-top: 3rem; }
h3 code { font-size: .8em; font-weight: 400; color: #505a5f; margin-left: .5rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border-bottom: 1px solid #767676; padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top; }
thead th { vertical-align: bottom; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } caption { max-width: calc(100vw - 3rem); }
.first { border-left: .4rem solid #d4351c; border-top: 0; padding-left: 1rem; }
.few { font-weight: 600; }
nav ul { columns: 20rem; padding-left: 1.25rem; }
p, li, dd { max-width: 46rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
a { color: #12436d; } a:focus, summary:focus, .scroll:focus { outline: 3px solid #12436d; outline-offset: 2px; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; }
  body { color: #f1f2f3; background: #17191c; }
  h2, a:focus, summary:focus, .scroll:focus { border-color: #9dcaf3; outline-color: #9dcaf3; }
  h3 code { color: #c3c7cc; } a { color: #9dcaf3; } .first { border-left-color: #f07c66; }
}
@media print { .scroll { overflow: visible; } table { font-size: .8rem; } th, td { padding-right: .5rem; overflow-wrap: anywhere; } h3, caption { break-after: avoid; } tr { break-inside: avoid; } }
"""


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()
) -> str:
    """Return an accessible HTML table: a caption, column headers, and a row header first in each row."""
    heads = "".join(
        f'<th scope="col"{_class(at, numbers)}>{escape(name)}</th>' for at, name in enumerate(head)
    )
    lines = []
    for row in rows:
        cells = [
            f'<th scope="row">{escape(written(value))}</th>'
            if at == 0
            else f"<td{_class(at, numbers)}>{escape(written(value))}</td>"
            for at, value in enumerate(row)
        ]
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _class(at: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if at in numbers else ""


def listed(items: Iterable[str]) -> str:
    """Return sentences as an HTML list."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def written(value: object) -> str:
    """Return a value as the page shows it: whole numbers with a comma at the thousands."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)

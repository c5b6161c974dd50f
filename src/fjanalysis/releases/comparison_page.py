"""The comparison of two packs as a page: what happened in sentences first, then stream by stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

import pandas as pd

from fjanalysis.briefings import formats, labels
from fjanalysis.changes import CAUSES, CIRCUMSTANCE, KINDS, Changes, headline
from fjanalysis.packs import Pack, pack_name
from fjanalysis.periods import start_year
from fjanalysis.releases.pages import Keyed, document, sentences, table
from fjanalysis.results import KEY, STATISTICS, WITHHELD, written_key

LANGUAGE = "en-GB"
LISTED = 20
YEARS = 5
SERIES = 15
# The columns of the table at a glance: a heading, and the kinds and causes that it counts.
GLANCE = (
    ("Revised, same definition", [("revised", "back series")]),
    ("Revised, new definition", [("revised", "new definition"), ("moved", "new definition")]),
    ("New period", [("added", "new period")]),
    ("Span moved on", [("moved", "window moved")]),
    ("Other new", [("added", cause) for cause in CAUSES if cause != "new period"]),
    ("Gone", [("gone", cause) for cause in CAUSES]),
    ("Now withheld", [("withheld", cause) for cause in CAUSES]),
    ("Now published", [("released", cause) for cause in CAUSES]),
)


def page(changes: Changes) -> str:
    """Return the comparison as an HTML page."""
    main = headline(changes.rows)
    streams = sorted(set(changes.before.streams) | set(changes.after.streams))
    parts = [
        sentences(in_short(changes, main)),
        table(
            "How many numbers of the main analyses changed, and how",
            ["Stream", *(head for head, _ in GLANCE)],
            [_glance(changes, main, stream) for stream in streams],
            numbers=len(GLANCE),
        ),
        '<p class="wide">Working tables of curves and sensitivity runs are not counted here; every change of every '
        "number stands in changes.csv.</p>\n",
        "<h2>Definitions, code and records</h2>\n",
        _definitions(changes),
        _records(changes),
    ]
    for stream in streams:
        parts += _stream(changes, main[main["stream"] == stream], stream)
    parts.append(_words())
    title = f"What changed from {_name(changes.before)} to {_name(changes.after)}"
    return document(title, "".join(parts), marks=list(_marks(changes)))


def in_short(changes: Changes, main: pd.DataFrame) -> Iterator[str]:
    """Yield what happened, a sentence each."""
    years = sorted(set(main.loc[main["cause"] == "new period", "period"]))
    if years:
        shown = ", ".join(formats.period(year, LANGUAGE) for year in years)
        yield f"Given for the first time: {shown}."
    else:
        yield "No year is given for the first time."
    revised = main[main["kind"] == "revised"]
    own = [name for name in changes.definitions if name.name not in CIRCUMSTANCE]
    yield (
        "No parameter and no cohort's SQL differs, so what was revised was revised by newer records or other code."
        if not own
        else f"{len(own)} parameters or hashes of SQL differ: see below."
    )
    if revised.empty:
        yield "No number for the same period was revised."
    else:
        sizes = (revised["value_after"] / revised["value_before"] - 1).abs().dropna()
        yield (
            f"{len(revised):,} numbers for the same period were revised; the middle one of them by "
            f"{100 * sizes.median():.1f}% of its value before."
        )
        beyond = int(revised["beyond_interval"].sum())
        yield (
            f"{beyond:,} of them lie outside the interval published before."
            if beyond
            else "None of them lies outside the interval published before."
        )
    moved = main[main["kind"] == "moved"]
    if not moved.empty:
        beyond = int(moved["beyond_interval"].sum())
        yield (
            f"{len(moved):,} numbers over several years now cover a span that ends later; {beyond:,} lie outside the "
            "interval of the span before."
        )
    hidden, shown_now = (int((main["kind"] == kind).sum()) for kind in ("withheld", "released"))
    yield f"{hidden:,} numbers published before are withheld now, and {shown_now:,} withheld before are published."
    yield "A difference of two counts that is itself under the threshold is not shown."
    yield "[c] stands for a number that is withheld, [x] for one not available, [z] for one that does not apply."


def definition(name: str) -> str:
    """Return what a parameter or hash is called."""
    return {
        "sql": "hash of the cohort's SQL",
        "code": "hash of the package's code",
        "notebook": "hash of the notebook",
        "lock": "hash of the lock file",
    }.get(name, name)


def short(value: str) -> str:
    """Return a hash by its first digits; other values whole."""
    return value[:12] if len(value) == 64 else value


def _marks(changes: Changes) -> Iterator[str]:
    both = (changes.before, changes.after)
    for pack in both:
        if not pack.cleared:
            yield f"Draft: the pack {_name(pack)} is not cleared for publication."
    if any(pack.synthetic for pack in both):
        yield "Synthetic data: these are not findings."


def _name(pack: Pack) -> str:
    return pack_name(pack.date, pack.revision)


def _title(changes: Changes, stream: str) -> str:
    about = changes.after.streams.get(stream) or changes.before.streams[stream]
    return str(about["title"])


def _glance(changes: Changes, main: pd.DataFrame, stream: str) -> list[str]:
    own = main[main["stream"] == stream]
    pairs = own.groupby(["kind", "cause"]).size()
    counts = [sum(int(pairs.get(pair, 0)) for pair in wanted) for _, wanted in GLANCE]
    return [_title(changes, stream), *(f"{count:,}" for count in counts)]


def _definitions(changes: Changes) -> str:
    return table(
        "What differs of definitions and code",
        ["Stream", "Variant", "Parameter or hash", "Before", "After"],
        [
            (
                each.stream,
                each.variant,
                definition(each.name),
                short(each.before),
                short(each.after),
            )
            for each in changes.definitions
        ],
    )


def _records(changes: Changes) -> str:
    """Return which research-ready tables differ, by their fingerprints."""
    before, after = (
        {each["name"]: each for each in pack.refresh.get("tables", [])}
        for pack in (changes.before, changes.after)
    )
    rows = []
    for name in sorted({*before, *after}):
        was, now = before.get(name, {}), after.get(name, {})
        same = was.get("sha256") == now.get("sha256") and was.get("sha256") is not None
        rows.append((name, _rows(was), _rows(now), "the same" if same else "differs"))
    return table(
        "Tables of records, with rounded numbers of rows",
        ["Table", "Content", "Rows before", "Rows after"],
        [(name, verdict, was, now) for name, was, now, verdict in rows],
        numbers=2,
    )


def _rows(entry: dict[str, object]) -> str:
    rows = entry.get("rows")
    return f"{rows:,}" if isinstance(rows, int) else "not given"


def _stream(changes: Changes, rows: pd.DataFrame, stream: str) -> Iterator[str]:
    title = _title(changes, stream)
    yield f"<h2>{escape(title)}</h2>\n"
    yield _series(changes, stream)
    nations = rows["area"].isin(_nations(changes))
    revised = rows[rows["kind"] == "revised"]
    beyond = revised[revised["beyond_interval"]]
    if not beyond.empty:
        yield _listing(changes, title, "Revised, and outside the interval published before", beyond)
    yield _listing(changes, title, "Revised for the same period, all areas", revised)
    moved = rows[(rows["kind"] == "moved") & nations]
    yield _listing(changes, title, "Spans of years that moved on, nations", moved)
    for kind, caption in (("withheld", "Now withheld"), ("released", "Now published")):
        yield _listing(
            changes, title, f"{caption}, nations", rows[(rows["kind"] == kind) & nations]
        )


def _series(changes: Changes, stream: str) -> str:
    """Return the last years of the nation's main series, with what was given before where it differs."""
    after = _yearly(changes.after, stream)
    before = _yearly(changes.before, stream)
    years = sorted(set(after["period"]), key=start_year)[-YEARS:]
    rows = []
    for (measure, statistic), own in after.groupby(["measure", "statistic"], sort=False):
        was = before[(before["measure"] == measure) & (before["statistic"] == statistic)]
        cells = [_year(own, was, year) for year in years]
        if any(cells) and not own["status"].isin(WITHHELD).all():
            label = labels.measure(
                f"{stream}/{measure}.{statistic}", changes.after, stream, LANGUAGE
            )
            said = labels.statistic(str(statistic), LANGUAGE).lower()
            rows.append((f"{label} ({said})", *(cell or "not given" for cell in cells)))
    heads = [formats.period(year, LANGUAGE) for year in years]
    return table(
        "England, year by year, with the value before where it was another",
        ["Number", *heads],
        rows[:SERIES],
        numbers=len(years),
        about=_title(changes, stream),
    )


def _yearly(pack: Pack, stream: str) -> pd.DataFrame:
    rows = pack.results
    chosen = (rows["stream"] == stream) & (rows["area"] == "E92000001") & (rows["group"] == "")
    chosen &= (rows["horizon"] == "") & ~rows["period"].str.contains(" to ")
    return headline(rows[chosen])


def _year(after: pd.DataFrame, before: pd.DataFrame, year: str) -> str:
    now, was = (rows[rows["period"] == year] for rows in (after, before))
    if now.empty:
        return ""
    text = formats.cell(now.iloc[0], LANGUAGE)
    if was.empty:
        return f"{text} (new)"
    old = formats.cell(was.iloc[0], LANGUAGE)
    return text if old == text else f"{text} (was {old})"


def _listing(changes: Changes, about: str, caption: str, rows: pd.DataFrame) -> str:
    """Return the largest changes as a table; what is left out is said, and stands in the CSV."""
    chosen = rows.loc[_size(rows).sort_values(ascending=False, kind="stable").index[:LISTED]]
    if len(rows) > LISTED:
        caption = f"{caption}: the largest {LISTED} of {len(rows):,}"
    return table(
        caption,
        ["Number", "Area", "Period", "Before", "After", "Difference", "Interval before"],
        [_row(changes, row) for _, row in chosen.iterrows()],
        numbers=4,
        about=about,
    )


def _size(rows: pd.DataFrame) -> pd.Series:
    """Return how large each change is against its value before; the largest are worth reading first."""
    return (rows["value_after"] / rows["value_before"] - 1).abs().fillna(0.0)


def _row(changes: Changes, row: pd.Series) -> list[str | Keyed]:
    pack = changes.after
    key = f"{row['stream']}/{row['measure']}.{row['statistic']}"
    words = [labels.measure(key, pack, str(row["stream"]), LANGUAGE)]
    words += labels.groups(str(row["group"]), words[0], LANGUAGE)
    if row["horizon"]:
        words.append(labels.horizon(str(row["horizon"]), LANGUAGE))
    words.append(labels.statistic(str(row["statistic"]), LANGUAGE).lower())
    period = formats.period(str(row["period"]), LANGUAGE)
    if row["period_before"] not in ("", row["period"]):
        period += f"; before: {formats.period(str(row['period_before']), LANGUAGE)}"
    return [
        Keyed(", ".join(words), written_key(row)),
        labels.area(str(row["area"]), pack, LANGUAGE),
        period,
        _value(row, "before"),
        _value(row, "after"),
        _difference(row),
        _interval(row),
    ]


def _value(row: pd.Series, side: str) -> str:
    status = str(row[f"status_{side}"])
    if not status:
        return "not given"
    return formats.cell(
        {"value": row[f"value_{side}"], "status": status, "statistic": row["statistic"]}, LANGUAGE
    )


def _difference(row: pd.Series) -> str:
    if any(row[f"status_{side}"] in (*WITHHELD, "") for side in ("before", "after")):
        return "none to give"
    if pd.isna(row["difference"]):
        return "small"
    decimals = STATISTICS[str(row["statistic"])].decimals
    return f"{row['difference']:+,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _interval(row: pd.Series) -> str:
    ends = {"lower": row["lower_before"], "upper": row["upper_before"]}
    before = {"value": row["value_before"], "status": row["status_before"] or "x", **ends}
    text = formats.interval({**before, "statistic": row["statistic"]}, LANGUAGE)
    return f"{text or 'none'}{': outside' if row['beyond_interval'] else ''}"


def _nations(changes: Changes) -> set[str]:
    areas = changes.after.areas
    return set(areas.loc[areas["level"].isin(["nation", "nations"]), "code"])


def _words() -> str:
    def terms(pairs: Iterable[tuple[str, str]]) -> str:
        return "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>\n" for term, text in pairs)

    return (
        '<h2>Words used in changes.csv</h2>\n<dl class="wide">\n'
        + terms(KINDS.items())
        + terms(CAUSES.items())
        + f"</dl>\n<p>The key of a number is {', '.join(KEY)}.</p>\n"
    )

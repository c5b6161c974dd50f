"""`fjanalysis trace`: where one published number comes from, and where it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.briefings.spans import WORDS
from fjanalysis.briefings.values import Lookup
from fjanalysis.changes import moved_spans
from fjanalysis.errors import DisclosureError, SourceError, UsageError, VerificationError
from fjanalysis.packs import Pack, pack_name, read_pack, revisions, steps
from fjanalysis.project import Project
from fjanalysis.releases.compare import open_pack
from fjanalysis.releases.sources import Cell, find_cell_of, find_cells, sql_steps
from fjanalysis.results import (
    KEY,
    STATISTICS,
    STATUSES,
    KeyPattern,
    area_code,
    find,
    parse_key,
    read_csv,
    series_name,
    written_key,
)

WIDTH = 20
LONGEST = 240


@dataclass(frozen=True)
class Report:
    """What is known of a number."""

    lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The report for the terminal: a term and a line each."""
        out, last = [], ""
        for term, line in self.lines:
            out.append(f"{'' if term == last else term:<{WIDTH}} {line}")
            last = term
        return "\n".join(out)


def trace(project: Project, key: str, *, refresh: str, secure: bool = False) -> Report:
    """Return where a number comes from, by its written key.

    Parameters
    ----------
    key
        `STREAM/measure.statistic area="…" …`; parts left out must have one value only, but for the period: the
        whole window of the data is meant where there is one. A word such as `last` may stand for a period.
    refresh
        The pack: a date, or a date and revision.
    secure
        Give the exact counts from `results/` as well: for the secure environment alone.

    Raises
    ------
    UsageError
        The text is no key, or more than one number fits it.
    VerificationError
        No number fits it, or the pack cannot be read.
    SourceError
        `secure` was asked for, and the results are not at hand.
    """
    pack = open_pack(project, refresh)
    row = find_number(pack, key)
    lines = [
        *_estimate(pack, row),
        *_method(project, pack, row),
        *_flow(pack.results, row, "released", _steps(pack, row)),
        *(_exact(project, pack, row) if secure else []),
        ("Refresh", f"{pack.date}, fingerprint {pack.refresh['fingerprint']}"),
        ("Pack", f"{pack_name(pack.date, pack.revision)}, checksum {pack.checksum}"),
        *_uses(project, row),
        *_earlier(project, pack, row),
    ]
    return Report(tuple(lines))


def find_number(pack: Pack, key: str) -> pd.Series:
    """Return the released row that a written key means.

    Raises
    ------
    UsageError
        The text is no key, or more than one number fits it.
    VerificationError
        No number fits it.
    """
    pattern = parse_key(key)
    try:
        return _found(pack, pattern)
    except UsageError as error:
        if _fits_several(pack, pattern):
            raise
        raise VerificationError(error.what, where=error.where, mend=error.mend) from error


def _found(pack: Pack, pattern: KeyPattern) -> pd.Series:
    if pattern.stream is None:
        return find(pack.results, pattern, pack.areas)
    lookup = Lookup(pack, pattern.stream)
    try:
        return lookup.row(pattern)
    except UsageError:
        if "period" in pattern.parts:
            raise
        try:
            return lookup.row(replace(pattern, parts={**pattern.parts, "period": "window"}))
        except UsageError:
            pass
        raise


def _fits_several(pack: Pack, pattern: KeyPattern) -> bool:
    """Return whether more than one number has all the parts that a key gives."""
    rows = pack.results
    head = {"measure": pattern.measure, "statistic": pattern.statistic, "stream": pattern.stream}
    area = area_code(pattern.parts["area"], pack.areas) if "area" in pattern.parts else None
    wanted = {"variant": "main", **pattern.parts, **head, "area": area or pattern.parts.get("area")}
    for name, value in wanted.items():
        if value is not None and not (name == "period" and value in WORDS):
            rows = rows[rows[name] == value]
    return len(rows) > 1


def _estimate(pack: Pack, row: pd.Series) -> list[tuple[str, str]]:
    names = dict(zip(pack.areas["code"], pack.areas["name"], strict=True))
    lines = [("Key", written_key(row)), ("Area", str(names.get(row["area"], row["area"])))]
    lines.append(("Estimate", _value(row)))
    lines.append(("Rests on", _counts(row) or "no released count"))
    lines.append(("Status", f"{row['status']}: {STATUSES[str(row['status'])]}"))
    if row["note"]:
        notes = pack.streams[str(row["stream"])]["notes"]
        lines.append(("Note", str(notes.get(row["note"], row["note"]))))
    return lines


def _counts(row: pd.Series) -> str:
    names = ("numerator", "denominator")
    return ", ".join(f"{name} {int(row[name]):,}" for name in names if pd.notna(row[name]))


def _value(row: pd.Series) -> str:
    statistic = STATISTICS[str(row["statistic"])]
    if pd.isna(row["value"]):
        return f"[{row['status']}]"
    places = statistic.decimals
    text = f"{row['value']:,.{places}f} ({statistic.unit})"
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        text += f", 95% interval {row['lower']:,.{places}f} to {row['upper']:,.{places}f}"
    return text


def _method(project: Project, pack: Pack, row: pd.Series) -> list[tuple[str, str]]:
    stream, measure = str(row["stream"]), str(row["measure"])
    about = pack.streams[stream]
    variant = about["variants"].get(
        str(row["variant"]).split("/", maxsplit=1)[0], about["variants"]["main"]
    )
    lines = [
        ("Definition", f"{each['label']} (unit: {each['unit']}): {each['definition']}")
        for each in about["measures"]
        if each["id"] == measure
    ]
    settings = project.settings.streams.get(stream)
    if settings and (project.root / settings.notebook).is_file():
        cells = _cells(project.root, settings.notebook, about, row)
        lines += [
            (
                "Written by" if len(cells) == 1 else "Written by one of",
                f"{cell.notebook}, cell '{cell.id}' under '{cell.heading}', by {cell.function}()",
            )
            for cell in cells
        ] or [("Written by", settings.notebook)]
    lines += [
        ("Parameters", f"{name} = {value}") for name, value in sorted(variant["parameters"].items())
    ]
    lines += [
        (f"Hash of {name}", value)
        for name, value in sorted(variant.get("hashes", {}).items())
        if name in ("sql", "notebook", "code", "lock")
    ]
    lines += [
        ("Cohort", f"{path}: {' → '.join(steps)}")
        for path, steps in sql_steps(project.root, stream)
        if steps
    ]
    return lines


def _cells(root: Path, notebook: str, about: Mapping[str, Any], row: pd.Series) -> list[Cell]:
    """Return the cells that wrote a number: as the run recorded, else all that the code says may have."""
    wanted = series_name(str(row["measure"]), str(row["statistic"]), str(row["group"]))
    tables = [str(each["table"]) for each in about.get("written", []) if wanted in each["series"]]
    found = [find_cell_of(root, notebook, table) for table in tables]
    recorded = [cell for cell in found if cell is not None]
    if recorded:
        return recorded
    fitted = STATISTICS[str(row["statistic"])].source == "model"
    return find_cells(root, notebook, str(row["stream"]), str(row["measure"]), fitted=fitted)


def _flow(
    results: pd.DataFrame, row: pd.Series, which: str, order: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the steps from records to cohort in order, in the number's own area where it is given there."""
    own = results[
        (results["stream"] == row["stream"])
        & (results["variant"] == row["variant"])
        & (results["measure"] == "cohort_flow")
    ]
    at = own[own["area"] == row["area"]]
    places = {f"step: {name}": place for place, name in enumerate(order)}
    shown = (own if at.empty else at).sort_values("numerator", ascending=False, kind="stable")
    shown = shown.iloc[shown["group"].map(places).fillna(len(places)).argsort(kind="stable")]
    shown = shown.sort_values("area", kind="stable")
    return [
        (
            f"Flow, {which}",
            f"{each['area']}, {each['group']}: "
            + (
                f"{int(each['numerator']):,}"
                if pd.notna(each["numerator"])
                else f"[{each['status']}]"
            ),
        )
        for _, each in shown.iterrows()
    ]


def _steps(pack: Pack, row: pd.Series) -> list[str]:
    return steps(pack.streams[str(row["stream"])].get("measures", []))


def _exact(project: Project, pack: Pack, row: pd.Series) -> list[tuple[str, str]]:
    variant = str(row["variant"]).split("/", maxsplit=1)[0]
    path = project.results / pack.date / str(row["stream"]) / variant / "results.csv"
    if not path.is_file():
        raise SourceError(
            "The exact results are not at hand.",
            where=str(path),
            mend="Leave --secure out, or trace on the secure side after fjanalysis run.",
        )
    exact = read_csv(path)
    chosen = exact[(exact[list(KEY)] == list(row[list(KEY)])).all(axis=1)]
    lines = [("Exact, secure", f"{_value(each)}; {_counts(each)}") for _, each in chosen.iterrows()]
    return lines + _flow(exact, row, "exact, secure", _steps(pack, row))


def _uses(project: Project, row: pd.Series) -> list[tuple[str, str]]:
    """Return the sentences, charts and tables of the site that use a number, in each language."""
    key = written_key(row)
    lines = []
    for path in sorted(project.site.glob("**/briefing.json")):
        for language, edition in _editions(path):
            page = f"{path.parent.relative_to(project.site).as_posix()}/{edition['page']}"
            places = {str(each["where"]) for each in edition["keys"] if each["key"] == key}
            lines += [
                ("Used in words", f"{page}, {where}: {_sentence(project.root, where)}")
                for where in sorted(places)
            ]
            suffix = "" if language == "en" else f".{language}"
            lines += [
                (
                    "Used in figures",
                    f"{page}, {name}: {edition['titles'].get(name + suffix, name)}",
                )
                for name, keys in sorted(edition.get("figure_keys", {}).items())
                if key in keys
            ]
    return lines or [("Used", "in no page of the site at hand")]


def _editions(path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        editions = sorted(note["editions"].items(), key=lambda each: (each[0] != "en", each[0]))
        return [(str(language), dict(edition)) for language, edition in editions]
    except (OSError, ValueError, KeyError) as error:
        raise VerificationError(
            "The site's note of a briefing cannot be read.",
            where=str(path),
            mend="Render the site again.",
        ) from error


def _sentence(root: Path, where: str) -> str:
    name, _, number = where.rpartition(":")
    try:
        line = (root / name).read_text(encoding="utf-8").splitlines()[int(number) - 1].strip()
        return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
    except (OSError, ValueError, IndexError):
        return ""


def _earlier(project: Project, pack: Pack, row: pd.Series) -> list[tuple[str, str]]:
    """Return the number's values in the packs of earlier refreshes at hand, newest first."""
    dates = sorted({path.name[:10] for path in project.outputs.iterdir() if path.is_dir()})
    lines = []
    for date in reversed(dates):
        for revision in reversed(revisions(project.outputs, date)):
            if (date, revision) >= (pack.date, pack.revision):
                continue
            name = pack_name(date, revision)
            try:
                before = read_pack(project.outputs / name).results
            except DisclosureError as error:
                lines.append((f"In {name}", f"not read: {error.what}"))
                continue
            lines.append((f"In {name}", _before(before, pack.results, row)))
    return lines or [("Earlier", "no earlier pack at hand")]


def _before(before: pd.DataFrame, after: pd.DataFrame, row: pd.Series) -> str:
    """Return what a number was, or where its span of years has moved on, what the span before had."""
    parts = [name for name in KEY if name != "period"]
    was, now = (table[(table[parts] == list(row[parts])).all(axis=1)] for table in (before, after))
    same = was[was["period"] == row["period"]]
    if not same.empty:
        return _value(same.iloc[0])
    gone = was[~was["period"].isin(now["period"])]
    added = now[~now["period"].isin(was["period"])]
    pairs = moved_spans(gone, added)
    for old in pairs.loc[pairs["added"] == row.name, "gone"]:
        return f"{_value(gone.loc[old])}, over {gone.loc[old, 'period']}"
    return "not given"

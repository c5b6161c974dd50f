"""`fjanalysis trace`: where one published number comes from, and where it is used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fjanalysis.errors import SourceError, UsageError, VerificationError
from fjanalysis.packs import Pack, find_pack, pack_name, read_pack, revisions
from fjanalysis.project import Project
from fjanalysis.releases.sources import find_cells, sql_steps
from fjanalysis.results import KEY, STATISTICS, STATUSES, find, parse_key, read_csv, written_key

WIDTH = 18


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
        `STREAM/measure.statistic area="…" …`; parts left out must have one value only.
    refresh
        The pack: a date, or a date and revision.
    secure
        Give the exact counts from `results/` as well: for the secure environment alone.

    Raises
    ------
    UsageError
        The text is no key, or no number or more than one fits it.
    SourceError
        `secure` was asked for, and the results are not at hand.
    """
    pack = read_pack(find_pack(project.outputs, refresh))
    row = find(pack.results, parse_key(key), pack.areas)
    lines = [
        *_estimate(pack, row),
        *_method(project, pack, row),
        *_flow(pack.results, row, "released"),
        *(_exact(project, pack, row) if secure else []),
        ("Refresh", f"{pack.date}, fingerprint {pack.refresh['fingerprint']}"),
        ("Pack", f"{pack_name(pack.date, pack.revision)}, checksum {pack.checksum}"),
        *_uses(project, row),
        *_earlier(project, pack, row),
    ]
    return Report(tuple(lines))


def _estimate(pack: Pack, row: pd.Series) -> list[tuple[str, str]]:
    names = dict(zip(pack.areas["code"], pack.areas["name"], strict=True))
    lines = [("Key", written_key(row)), ("Area", str(names.get(row["area"], row["area"])))]
    lines.append(("Estimate", _value(row)))
    counts = [
        f"{name} {int(row[name]):,}" for name in ("numerator", "denominator") if pd.notna(row[name])
    ]
    lines.append(("Rests on", ", ".join(counts) or "no released count"))
    lines.append(("Status", f"{row['status']}: {STATUSES[str(row['status'])]}"))
    if row["note"]:
        notes = pack.streams[str(row["stream"])]["notes"]
        lines.append(("Note", str(notes.get(row["note"], row["note"]))))
    return lines


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
        cells = find_cells(project.root, settings.notebook, stream, measure)
        lines += [
            (
                "Written by",
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


def _flow(results: pd.DataFrame, row: pd.Series, which: str) -> list[tuple[str, str]]:
    """Return the steps from records to cohort, in the number's own area where it is given there."""
    own = results[
        (results["stream"] == row["stream"])
        & (results["variant"] == row["variant"])
        & (results["measure"] == "cohort_flow")
    ]
    at = own[own["area"] == row["area"]]
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
        for _, each in (own if at.empty else at).iterrows()
    ]


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
    lines = [("Exact, secure", _value(each)) for _, each in chosen.iterrows()]
    return lines + _flow(exact, row, "exact, secure")


def _uses(project: Project, row: pd.Series) -> list[tuple[str, str]]:
    """Return the sentences and figures that use a number, by file and line."""
    key = written_key(row)
    lines = []
    for path in sorted(project.site.glob("**/briefing.json")):
        for edition in _editions(path):
            places = {each["where"] for each in edition["keys"] if each["key"] == key}
            lines += [
                ("Used in words", f"{where}: {_sentence(project.root, where)}")
                for where in sorted(places)
            ]
    wanted = f"{row['measure']}.{row['statistic']}"
    for path in sorted((project.root / "briefings").glob("*/figures.yml")):
        figures: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for name, figure in sorted(dict(figures).items()):
            measures = json.dumps(figure, default=str)
            if f'"{wanted}"' in measures or f'"{row["stream"]}/{wanted}"' in measures:
                lines.append(
                    ("Used in figures", f"{path.relative_to(project.root).as_posix()}: {name}")
                )
    return lines or [("Used", "in no briefing at hand")]


def _editions(path: Path) -> list[dict[str, Any]]:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return [edition for _, edition in sorted(note["editions"].items())]
    except (OSError, ValueError, KeyError) as error:
        raise VerificationError(
            "The site's note of a briefing cannot be read.",
            where=str(path),
            mend="Render the site again.",
        ) from error


def _sentence(root: Path, where: str) -> str:
    name, _, number = where.rpartition(":")
    try:
        return (root / name).read_text(encoding="utf-8").splitlines()[int(number) - 1].strip()[:160]
    except (OSError, ValueError, IndexError):
        return ""


def _earlier(project: Project, pack: Pack, row: pd.Series) -> list[tuple[str, str]]:
    """Return the number's values in the packs of earlier refreshes at hand."""
    dates = sorted({path.name[:10] for path in project.outputs.iterdir() if path.is_dir()})
    lines = []
    for date in dates:
        for revision in revisions(project.outputs, date):
            if (date, revision) >= (pack.date, pack.revision):
                continue
            name = pack_name(date, revision)
            try:
                results = read_pack(
                    find_pack(project.outputs, name if revision > 1 else date)
                ).results
            except UsageError:
                continue
            chosen = results[(results[list(KEY)] == list(row[list(KEY)])).all(axis=1)]
            lines += [(f"In {name}", _value(each)) for _, each in chosen.iterrows()]
    return lines

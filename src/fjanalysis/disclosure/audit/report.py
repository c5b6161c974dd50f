"""The report of an audit, and the audit itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fjanalysis.disclosure.audit.attack import narrowed
from fjanalysis.disclosure.audit.belief import believing
from fjanalysis.disclosure.audit.proof import Memory, prove
from fjanalysis.disclosure.audit.reaching import ADDED, why_known
from fjanalysis.disclosure.audit.reader import Floats, Ints, Mask, Reader, read
from fjanalysis.disclosure.audit.relations import Equations, equations_of
from fjanalysis.disclosure.audit.rounded import told_exactly
from fjanalysis.disclosure.audit.rows import row_failures
from fjanalysis.disclosure.audit.success import PROVED, Success
from fjanalysis.disclosure.audit.words import file_failures, output_failures, word_failures
from fjanalysis.errors import DisclosureError
from fjanalysis.packs import Pack, read_pack
from fjanalysis.project import TOLD_APART, DisclosureException, Project
from fjanalysis.results import KEY, written_key

MOST = 50
# How many sums away from a withheld count that is told another is looked for that can protect it.
STEPS = 4


@dataclass
class Report:
    """What an audit found.

    Parameters
    ----------
    title
        What was audited.
    failures
        One sentence each: the cell and the rule that it breaks.
    success
        What was attacked, and with what success; None before.
    telling
        Keys of the rows that give withheld counts away: the others of the sums that those are in.
    known
        Withheld counts that are known to reach the threshold, though not how many they are: by their number, their
        key, and `why`.
    believed
        Withheld counts that would be told if withheld counts around them had not changed since an earlier refresh.
    linear, unsettled
        Written keys of withheld counts that only a linear programme shows safe, and of those that nothing settles.
    """

    title: str
    failures: list[str] = field(default_factory=list)
    success: Success | None = None
    telling: list[tuple[str, ...]] = field(default_factory=list)
    known: dict[int, dict[str, str]] = field(default_factory=dict)
    believed: list[dict[str, str]] = field(default_factory=list)
    linear: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)

    exit_code = DisclosureError.exit_code

    @property
    def reaching(self) -> list[dict[str, str]]:
        """The keys of the withheld counts that are known to reach the threshold, and why, in order."""
        return sorted(self.known.values(), key=lambda each: tuple(each[name] for name in KEY))

    @property
    def notes(self) -> list[str]:
        """What was attacked, and with what success, a sentence each."""
        return [] if self.success is None else self.success.sentences(self.reaching, self.believed)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.failures

    @property
    def text(self) -> str:
        """The report as the command line prints it."""
        verdict = "passes" if self.passed else f"fails: {len(self.failures)} findings"
        shown = [*self.notes, *self.failures[:MOST]]
        if len(self.failures) > MOST:
            shown.append(f"… and {len(self.failures) - MOST} more.")
        return "\n".join([f"Disclosure audit of {self.title} {verdict}.", *shown])


def check_pack(project: Project, folder: Path, *, proved: bool = False) -> Report:
    """Audit the pack in `folder`, with the cleared packs of the same records before it.

    Parameters
    ----------
    project
        Says where earlier packs stand.
    folder
        The pack.
    proved
        Whether to search as well for tables that prove withheld counts safe, which takes longer.

    Raises
    ------
    DisclosureError
        The pack or an earlier one cannot be read, or was edited after its checksums.
    """
    pack = read_pack(folder)
    return audit(pack, earlier_packs(project, pack), proved=proved)


def earlier_packs(project: Project, pack: Pack) -> list[Pack]:
    """Return the cleared packs that came before a pack, of this date and of earlier ones, oldest first."""
    found = []
    for clearance in sorted(project.outputs.glob("*/clearance.json")):
        before = read_pack(clearance.parent)
        if (before.date, before.revision) < (pack.date, pack.revision):
            found.append(before)
    return sorted(found, key=lambda each: (each.date, each.revision))


def of_same_records(before: Pack, pack: Pack) -> bool:
    """Say whether two packs were made from the same records."""
    return bool(before.refresh["fingerprint"] == pack.refresh["fingerprint"])


def audit(pack: Pack, earlier: Sequence[Pack] = (), *, proved: bool = False) -> Report:
    """Return what a reader of a pack, and of earlier ones, could work out."""
    report = Report(pack.folder.name)
    rules = pack.manifest["profile"]["rules"]
    threshold, base = int(rules["threshold"]), int(rules["rounding-base"])
    report.failures += row_failures(pack.results, threshold, base)
    report.failures += word_failures(pack, threshold)
    report.failures += file_failures(pack.folder)
    report.failures += output_failures(pack.folder)
    tables = [each.results for each in earlier if of_same_records(each, pack)]
    others = [each.results for each in earlier if not of_same_records(each, pack)]
    told = attack(
        pack.results,
        pack.streams,
        threshold,
        base,
        tables,
        proved=proved,
        zeros=bool(rules["zeros-are-disclosive"]),
        revised=others,
        exceptions=_exceptions(pack.manifest),
        rounded=proved,
    )
    report.failures += told.failures
    report.failures += _unnamed(
        told.reaching,
        pack.manifest.get("reaching", []),
        "its relations tell that it reaches the threshold",
    )
    report.failures += _unnamed(
        told.believed,
        pack.manifest.get("believed", []),
        "an earlier refresh would tell it if what is withheld around it had not changed",
    )
    report.known, report.believed = told.known, told.believed
    report.success = told.success
    report.telling = told.telling
    return report


def attack(
    results: pd.DataFrame,
    streams: Mapping[str, Mapping[str, Any]],
    threshold: int,
    base: int,
    earlier: Sequence[pd.DataFrame] = (),
    *,
    proved: bool = False,
    zeros: bool = False,
    revised: Sequence[pd.DataFrame] = (),
    exceptions: Sequence[DisclosureException] = (),
    memory: Memory | None = None,
    rounded: bool = False,
) -> Report:
    """Return what the relations between released rows give away of those that are withheld.

    Parameters
    ----------
    results
        The released table.
    streams
        By stream, what a pack says of it; its `relations` are used.
    threshold, base
        The smallest count that is shown, and the base to which counts are rounded.
    earlier
        Released tables of earlier packs made from the same records.
    proved
        Whether to search as well for tables that prove withheld counts safe.
    zeros
        Whether counts of nobody are withheld as well.
    revised
        Released tables of packs of earlier refreshes; see `belief`.
    exceptions
        What the settings except: which withheld counts may be known to reach the threshold.
    memory
        What earlier attacks on nearly the same table found; see `prove`.
    rounded
        Whether to search as well for tables in which counts that are shown rounded are other numbers.
    """
    reader = read(results, threshold, base, earlier)
    equations = equations_of(reader, streams)
    low, high = narrowed(equations, threshold)
    report = Report("the relations")
    exposed = _exposed(reader, low, high, threshold, zeros=zeros)
    report.failures += _given_away(reader, exposed, high, threshold)
    report.known = dict(_reaching(reader, equations, low, threshold, exposed))
    close = _left_over(equations, low, high, threshold)
    report.failures += [
        f"{reader.name(count)} lies so close to a count around it that the difference is under the threshold."
        for count in close.tolist()
    ]
    report.telling = [*_telling(reader, equations, exposed), *_keys_of(reader, close)]
    _excuse(report, reader, equations, exceptions, report.known)
    known = len(reader.visible)
    inexact = reader.visible & (reader.low < reader.high)
    exact = inexact & (low[:known] == high[:known])
    report.success = success = Success(
        Counter(
            withheld=len(reader.secret),
            sums=equations.lines,
            nobody=int((high[reader.secret] == 0).sum()),
            rounded=int(inexact.sum()),
            exact=int(exact.sum()),
        ),
        len(earlier),
        len(revised),
        proved="no" if not proved else "yes" if not report.failures else "needless",
        rounded=rounded,
    )
    if rounded:
        still = told_exactly(equations, low, high, np.flatnonzero(inexact & ~exact))
        success.numbers["still"] = len(still)
    if success.proved == "yes":
        added = _prove(report, success, reader, equations, (low, high), threshold, memory)
        report.known |= added
        _excuse(report, reader, equations, exceptions, added)
    if revised:
        believed, linked = believing(reader, equations, revised, threshold, base)
        told = _exposed(reader, *narrowed(believed, threshold), threshold, zeros=zeros)
        told = told[~linked[told] & ~np.isin(told, exposed)]
        report.believed = _listed(reader, told)
        success.numbers["linked"] = int(linked.sum())
    return report


def together(reports: Sequence[Report]) -> Report:
    """Return attacks on parts of a pack that share no count as one."""
    whole = Report(" and ".join(dict.fromkeys(each.title for each in reports)))
    known = [each for report in reports for each in report.known.values()]
    whole.known = dict(enumerate(known))
    whole.failures = [each for report in reports for each in report.failures]
    whole.telling = [each for report in reports for each in report.telling]
    believed = [each for report in reports for each in report.believed]
    whole.believed = sorted(believed, key=lambda each: tuple(each[name] for name in KEY))
    whole.linear = sorted(each for report in reports for each in report.linear)
    whole.unsettled = sorted(each for report in reports for each in report.unsettled)
    every = [report.success for report in reports if report.success is not None]
    if every:
        whole.success = replace(
            every[0],
            numbers=sum((each.numbers for each in every), Counter()),
            proved=min((each.proved for each in every), key=PROVED.index),
        )
    return whole


def _exceptions(manifest: Mapping[str, Any]) -> list[DisclosureException]:
    fields = DisclosureException.model_fields
    return [
        DisclosureException.model_validate({name: each[name] for name in fields})
        for each in manifest.get("exceptions", [])
    ]


def _excuse(
    report: Report,
    reader: Reader,
    equations: Equations,
    exceptions: Sequence[DisclosureException],
    known: Mapping[int, Mapping[str, str]],
) -> None:
    """Add those of the withheld counts known to reach the threshold of which no exception says that they may be."""
    may = [each for each in exceptions if each.rule == TOLD_APART]
    without = {
        count: each
        for count, each in known.items()
        if not any(exception.covers(each) for exception in may)
    }
    report.failures += [
        f"{reader.name(count)} is withheld, but its relations tell that it reaches the threshold, and no exception says why it may."
        for count in without
    ]
    report.telling += _telling(reader, equations, np.array(sorted(without), dtype=np.int64))


def _prove(
    report: Report,
    success: Success,
    reader: Reader,
    equations: Equations,
    bounds: tuple[Floats, Floats],
    threshold: int,
    memory: Memory | None,
) -> dict[int, dict[str, str]]:
    """Add what tables that fit all that is published say of the withheld counts; return those that must reach the threshold."""
    low, high = bounds
    least, most = low[reader.secret], high[reader.secret]
    with np.errstate(invalid="ignore"):
        exposed = (most < threshold) | (most - least < threshold)
    asked = reader.secret[~exposed]
    found = prove(equations, low, high, asked, threshold, memory)
    success.numbers.update(
        asked=len(asked),
        safe=int(found.safe.sum()),
        relaxed=int(found.relaxed.sum()),
        unsettled=int(found.open.sum()),
    )
    report.linear = sorted(reader.name(count) for count in asked[found.relaxed].tolist())
    report.unsettled = sorted(reader.name(count) for count in asked[found.open].tolist())
    report.failures += [
        f"{reader.name(count)} is withheld, but several sums added up tell it to within {threshold}."
        for count in asked[found.told].tolist()
    ]
    told = asked[found.told]
    way = [each for count in told.tolist() for each in found.beside.get(count, [])]
    alone = np.array([count for count in told.tolist() if not found.beside.get(count)], np.int64)
    report.telling += _keys_of(reader, np.array(way, dtype=np.int64))
    report.telling += _telling(reader, equations, alone)
    return {
        count: {**each, "why": ADDED}
        for count, each in _by_key(reader, asked[found.reaching])
        if count not in report.known
    }


def _exposed(reader: Reader, low: Floats, high: Floats, threshold: int, *, zeros: bool) -> Ints:
    """Return withheld counts that are known to be small, or to within too narrow an interval.

    A count of nobody is no secret where the profile shows such counts.
    """
    least, most = low[reader.secret], high[reader.secret]
    close = (most < threshold) | (most - least < threshold)
    if not zeros:
        close &= most > 0
    exposed: Ints = reader.secret[close]
    return exposed


def _given_away(reader: Reader, exposed: Ints, high: Floats, threshold: int) -> list[str]:
    """Return a sentence a withheld count that its relations tell."""
    return [
        f"{reader.name(count)} is withheld, but its relations tell that it is under the threshold."
        if high[count] < threshold
        else f"{reader.name(count)} is withheld, but its relations tell it to within {threshold}."
        for count in exposed.tolist()
    ]


def _reaching(
    reader: Reader, equations: Equations, low: Floats, threshold: int, exposed: Ints
) -> list[tuple[int, dict[str, str]]]:
    """Return the withheld counts that are known to reach the threshold, by their keys, and why."""
    counts = reader.secret[low[reader.secret] >= threshold]
    counts = counts[~np.isin(counts, exposed)]
    reasons = dict(
        zip(counts.tolist(), why_known(reader, equations, low, counts, threshold), strict=True)
    )
    return [(count, {**each, "why": reasons[count]}) for count, each in _by_key(reader, counts)]


def _listed(reader: Reader, counts: Ints) -> list[dict[str, str]]:
    return [each for _, each in _by_key(reader, counts)]


def _by_key(reader: Reader, counts: Ints) -> list[tuple[int, dict[str, str]]]:
    """Return withheld counts by the key of the first row that hides each, in order of keys."""
    rows = reader.rows[np.isin(reader.upper, counts) & (reader.rows["status"] == "c").to_numpy()]
    first = pd.Series(reader.upper[rows.index], index=rows.index).drop_duplicates()
    keys = rows.loc[first.index, list(KEY)].assign(count=first).sort_values(list(KEY))
    return [
        (int(count), dict(zip(KEY, map(str, key), strict=True)))
        for *key, count in keys.to_numpy().tolist()
    ]


def _unnamed(
    found: Sequence[Mapping[str, str]], named: Sequence[Mapping[str, str]], what: str
) -> list[str]:
    """Return a sentence a withheld count of which something is known and that the pack does not name."""
    known = {tuple(str(each.get(column, "")) for column in KEY) for each in named}
    return [
        f"{written_key(each)} is withheld, but {what}, and the pack does not name it among those of which that is known."
        for each in found
        if tuple(each[column] for column in KEY) not in known
    ]


def _left_over(equations: Equations, low: Floats, high: Floats, threshold: int) -> Ints:
    """Return the counts beside complements, gaps and remainders that are known to be some, but under the threshold."""
    first = equations.first_left
    told = np.flatnonzero((low[first:] >= 1) & (high[first:] < threshold))
    found: Ints = equations.inner[told]
    return found


def _telling(reader: Reader, equations: Equations, exposed: Ints) -> list[tuple[str, ...]]:
    """Return keys of released rows to withhold as well: of each exposed count, the smallest shown near it."""
    rows = (reader.rows["status"] != "c").to_numpy()
    shown = np.zeros(len(equations.low), dtype=bool)
    shown[reader.upper[rows]] = True
    shown &= equations.high > 0
    near = (_nearest_shown(equations, shown, count) for count in exposed.tolist())
    chosen = [each for each in near if each is not None]
    return _keys_of(reader, np.array(chosen, dtype=np.int64))


def _keys_of(reader: Reader, counts: Ints) -> list[tuple[str, ...]]:
    """Return the keys of the released rows that show some counts."""
    hit = np.isin(reader.upper, counts) | np.isin(reader.base, counts)
    hit &= (reader.rows["status"] != "c").to_numpy()
    return [tuple(str(each) for each in key) for key in reader.rows.loc[hit, list(KEY)].to_numpy()]


def _nearest_shown(equations: Equations, shown: Mask, count: int) -> int | None:
    """Return the smallest count shown beside another, or beside what is hidden beside it, and so on."""
    reached = np.zeros(len(equations.low), dtype=bool)
    reached[count] = True
    for _ in range(STEPS):
        around = np.isin(equations.line, equations.line[reached[equations.unknown]])
        beside = equations.unknown[around]
        for among in (beside[equations.weight[around] > 0], beside):
            usable = among[shown[among] & ~reached[among]]
            if len(usable):
                return int(usable[np.argmin(equations.low[usable])])
        reached[beside] = True
    return None

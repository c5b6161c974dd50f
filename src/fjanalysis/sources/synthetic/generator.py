"""Write a synthetic source: the world drawn in chunks, each laid out by the writers of the systems."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fjanalysis import folders
from fjanalysis.errors import UsageError
from fjanalysis.progress import progress
from fjanalysis.sources.synthetic import (
    arrivals,
    care,
    cms,
    cymru,
    ecms,
    ecms_lookups,
    other_public,
    private,
    proceedings,
    truth,
)
from fjanalysis.sources.synthetic.cohorts import Expected
from fjanalysis.sources.synthetic.extract import of_nation, take
from fjanalysis.sources.synthetic.faults import Faults
from fjanalysis.sources.synthetic.layout import Tables, key
from fjanalysis.sources.synthetic.records import ECMS_START, Bools, Ints, World, day, empty_world
from fjanalysis.sources.synthetic.revisions import ledger_of
from fjanalysis.sources.synthetic.system import System

MARK = "synthetic.json"
CHUNK_SCALE = 1.0
EARLIEST = "2010-01-01"
CMS_FROZEN = "2019-12-20"
LOST_IDENTITY = "identity not carried over"
OWN_KEYS = 1 << 47  # between the keys of the two English systems


@dataclass(frozen=True)
class Report:
    """What was written."""

    folder: Path
    rows: dict[str, int]
    faults: dict[str, int]

    @property
    def text(self) -> str:
        """One paragraph for the terminal."""
        total = sum(self.rows.values())
        return (
            f"{len(self.rows)} synthetic tables with {total:,} rows stand in {self.folder}. "
            "They are made by a generator and are about nobody."
        )


def synthesise(
    folder: Path, refresh: str, *, scale: float = 1.0, seed: int = 1, faults: bool = True
) -> Report:
    """Write synthetic source tables in the real Cafcass layouts.

    Parameters
    ----------
    folder
        Where the tables shall stand; an earlier synthetic source there is replaced.
    refresh
        The refresh's date, YYYY-MM-DD. The same seed at a later date gives the same families, and more.
    scale
        Share of the real volume; 1 is about 280,000 children in public law.
    seed
        Same seed, same bytes.
    faults
        Whether the records have the faults of real ones.

    Raises
    ------
    UsageError
        The scale or the date is out of range, or the folder holds other things.
    MachineError
        The folder cannot be written.
    """
    if not 0 < scale <= 100:
        raise UsageError(
            f"The scale {scale} is out of range.",
            where="--scale",
            mend="Give a share of the real volume, more than 0 and at most 100.",
        )
    when = day(refresh)
    if not day(EARLIEST) <= when <= arrivals.END:
        raise UsageError(
            f"The generator makes no refresh of {refresh}.",
            where="--refresh",
            mend=f"Give a date from {EARLIEST} to {np.datetime64(arrivals.END, 'D')}.",
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UsageError(
            "The folder holds other things than a synthetic source.",
            where=str(folder),
            mend="Name an empty folder, or one that does not exist.",
        )
    chunks = max(1, int(np.ceil(scale / CHUNK_SCALE)))
    counts = Counter[str]()
    expected = Expected(when)
    with folders.staged(folder) as staging:
        (staging / truth.FOLDER).mkdir()
        with (
            progress("synth", chunks) as display,
            Tables(staging, refresh.replace("-", "")) as tables,
            Tables(staging / truth.FOLDER, None) as beside,
        ):
            ecms_lookups.write_lookups(tables)
            ecms_lookups.write_deprivation(tables)
            cms.write_lookups(tables, frozen(refresh))
            for chunk in range(chunks):
                display.step(f"families {chunk + 1} of {chunks}")
                world = draw_world(scale / chunks, (seed, chunk))
                counts.update(_write(tables, beside, world, when, (seed, chunk), faults))
                expected.add(world)
                display.advance()
            truth.write_expected(staging / truth.FOLDER / "expected.csv", expected)
            rows = dict(sorted(tables.rows.items()))
        mark = {
            "synthetic": True,
            "refresh": refresh,
            "scale": scale,
            "seed": seed,
            "faults": dict(sorted(counts.items())),
            "rows": rows,
        }
        folders.write_text(staging / MARK, json.dumps(mark, indent=2) + "\n")
    return Report(folder, rows, dict(counts))


def frozen(refresh: str) -> str:
    """Return the suffix of the CMS tables: the day on which the extract was frozen, or the refresh."""
    return min(refresh, CMS_FROZEN).replace("-", "")


def _write(
    tables: Tables, beside: Tables, world: World, when: int, seed: tuple[int, ...], faults: bool
) -> dict[str, int]:
    """Lay out one chunk as each system would, with the truth beside it; return the number of each fault."""
    issue = world.cases.column("issue")
    england = of_nation(world, wales=False)
    older, newer = england & (issue < ECMS_START), england & (issue >= ECMS_START)
    chunk, suffix = seed[1], frozen(str(np.datetime64(when, "D")))
    seen_before = _persons_of(world, older)
    lost = Faults((*seed, 0), faults).rows(LOST_IDENTITY, np.arange(len(seen_before))) & seen_before
    carried = seen_before & ~lost

    def cms_key(persons: Ints) -> Ints:
        return key("person", persons, chunk)

    def ecms_key(persons: Ints) -> Ints:
        own = persons >= len(carried)
        own |= ~carried[np.where(own, 0, persons)]
        return cms_key(persons) + np.where(own, OWN_KEYS, 0)

    layouts = (
        ("cms", cms.write, older, min(when, day(CMS_FROZEN)), "CAFE_CMS_", suffix, cms_key),
        ("ecms", ecms.write, newer, when, "CAFE_ECMS_", None, ecms_key),
        ("cymru", cymru.write, ~england, when, "CAFW_CAFCASS_", None, cms_key),
    )
    first_double, counts = world.persons.length, Counter[str]()
    for number, (name, write, cases, until, prefix, dated, person) in enumerate(layouts):
        own = (*seed, number)
        held = ledger_of(world, cases, own, first_double, faults)
        first_double += len(held.doubles.person)
        extract = take(world, until, held)
        system = System(tables, extract, Faults(own, faults), chunk, prefix, dated, person)
        write(system)
        if name == "ecms":
            again = extract.persons["id"][lost[extract.persons["world"]]]
            system.added(LOST_IDENTITY, "PEOPLE", person(again))
        truth.write_faults(beside, system)
        truth.write_revisions(beside, system, held, world, name)
        truth.write_drawn(beside, system, held, world, name)
        counts.update(system.faults.counts)
    return counts


def _persons_of(world: World, cases: Bools) -> Bools:
    """Return who is named in some of the cases, parents of those who are among them."""
    named = cases[world.applications.column("case")][world.roles.column("application")]
    persons = np.zeros(world.persons.length, dtype=bool)
    persons[world.roles.column("person")[named]] = True
    for side in ("mother", "father"):
        parent = world.persons.column(side)
        persons[parent[persons & (parent >= 0)]] = True
    return persons


def draw_world(scale: float, seed: tuple[int, ...]) -> World:
    """Return the world of one chunk: all families from 1998 to 2031, whatever the refresh."""
    world = empty_world()

    def stream(part: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([*seed, part]))

    sets = care.draw(world, scale, stream(1))
    cases = proceedings.draw(world, sets, stream(2))
    other_public.draw(world, cases, stream(4))
    private.draw(world, cases, scale, stream(3))
    return world

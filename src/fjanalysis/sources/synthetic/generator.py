"""Write a synthetic source: the world drawn in chunks, each laid out by the writers of the systems."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fjanalysis import folders
from fjanalysis.errors import UsageError
from fjanalysis.progress import progress
from fjanalysis.sources.synthetic import arrivals, care, cms, cymru, ecms, private, proceedings
from fjanalysis.sources.synthetic.extract import entered, of_nation, take
from fjanalysis.sources.synthetic.faults import Faults
from fjanalysis.sources.synthetic.layout import Tables, key
from fjanalysis.sources.synthetic.records import Ints, World, day, empty_world

MARK = "synthetic.json"
CHUNK_SCALE = 1.0
EARLIEST = "2010-01-01"
CMS_FROZEN = "2019-12-20"
MIGRATED = 0.6  # of persons in both English systems, whose id was carried over
OWN_KEYS = 1 << 33


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
    counts: dict[str, int] = {}
    with folders.staged(folder) as staging:
        with (
            progress("synth", chunks) as display,
            Tables(staging, refresh.replace("-", "")) as tables,
        ):
            ecms.write_lookups(tables)
            ecms.write_deprivation(tables)
            cms.write_lookups(tables, frozen(refresh))
            for chunk in range(chunks):
                display.step(f"families {chunk + 1} of {chunks}")
                world = draw_world(scale / chunks, (seed, chunk))
                known = entered(world, (seed, chunk), faults)
                faulty = _write(tables, world, known, when, (seed, chunk), chunk, faults)
                for name, count in faulty.items():
                    counts[name] = counts.get(name, 0) + count
                display.advance()
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
    return Report(folder, rows, counts)


def frozen(refresh: str) -> str:
    """Return the suffix of the CMS tables: the day on which the extract was frozen, or the refresh."""
    return min(refresh, CMS_FROZEN).replace("-", "")


def _write(
    tables: Tables,
    world: World,
    known: Ints,
    when: int,
    seed: tuple[int, ...],
    chunk: int,
    faults: bool,
) -> dict[str, int]:
    """Lay out one chunk as each system would; return the number of each fault."""
    issue = world.cases.column("issue")
    england = of_nation(world, wales=False)
    older = take(world, min(when, day(CMS_FROZEN)), england & (issue < ecms.APRIL_2014), known)
    newer = take(world, when, england & (issue >= ecms.APRIL_2014), known)
    faulty = [Faults((*seed, number), faults) for number in range(3)]
    carried = np.zeros(world.persons.length, dtype=bool)
    ids = older.persons["id"]
    carried[ids[faulty[0].uniform("identity carried over", ids) < MIGRATED]] = True

    def cms_key(persons: Ints) -> Ints:
        return key("person", persons, chunk)

    def ecms_key(persons: Ints) -> Ints:
        own = persons >= len(carried)
        own |= ~carried[np.where(own, 0, persons)]
        return cms_key(persons) + np.where(own, OWN_KEYS, 0)

    suffix = frozen(str(np.datetime64(when, "D")))
    cms.write(tables, older, faulty[0], chunk, cms_key, suffix)
    ecms.write(tables, newer, faulty[1], chunk, ecms_key)
    wales = take(world, when, of_nation(world, wales=True), known)
    cymru.write(tables, wales, faulty[2], chunk)
    total: dict[str, int] = {}
    for each in faulty:
        for name, count in each.counts.items():
            total[name] = total.get(name, 0) + count
    return total


def draw_world(scale: float, seed: tuple[int, ...]) -> World:
    """Return the world of one chunk: all families from 1998 to 2031, whatever the refresh."""
    world = empty_world()

    def stream(part: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([*seed, part]))

    sets = care.draw(world, scale, stream(1))
    cases = proceedings.draw(world, sets, stream(2))
    private.draw(world, cases, scale, stream(3))
    return world

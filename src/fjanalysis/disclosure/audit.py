"""The audit of an output pack, from the pack alone: what a reader of it could work out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fjanalysis.errors import DisclosureError
from fjanalysis.packs import Pack, read_pack
from fjanalysis.project import Project
from fjanalysis.results import FLOATS, WITHHELD, written_key


@dataclass
class Report:
    """What an audit found.

    Parameters
    ----------
    title
        What was audited.
    failures
        One sentence each: the cell and the rule that it breaks.
    """

    title: str
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    exit_code = DisclosureError.exit_code

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.failures

    @property
    def text(self) -> str:
        """The report as the command line prints it."""
        verdict = "passes" if self.passed else f"fails: {len(self.failures)} findings"
        shown = [*self.notes, *self.failures[:50]]
        if len(self.failures) > 50:
            shown.append(f"… and {len(self.failures) - 50} more.")
        return "\n".join([f"Disclosure audit of {self.title} {verdict}.", *shown])


def check_pack(project: Project, folder: Path) -> Report:  # noqa: ARG001
    """Audit the pack in `folder`.

    Raises
    ------
    DisclosureError
        The pack cannot be read, or was edited after its checksums.
    """
    return audit(read_pack(folder))


def audit(pack: Pack) -> Report:
    """Return what a reader of a pack could work out from each of its rows."""
    report = Report(pack.folder.name)
    rules = pack.manifest["profile"]["rules"]
    threshold, base = int(rules["threshold"]), int(rules["rounding-base"])
    frame = pack.results
    n = frame["numerator"].astype("float64").to_numpy()
    d = frame["denominator"].astype("float64").to_numpy()
    withheld = frame["status"].isin(WITHHELD).to_numpy()
    full = ~np.isnan(n) | ~np.isnan(d) | frame[list(FLOATS)].notna().any(axis=1).to_numpy()
    rate = (frame["statistic"] == "rate_per_10000").to_numpy()
    share = (frame["statistic"] == "percent").to_numpy()
    life = frame["measure"].str.contains(r"_(?:at_risk|events|censored)$").to_numpy()
    plain = np.isin(frame["statistic"].to_numpy(), ["count", "percent", "rate_per_10000"]) & ~life
    with np.errstate(invalid="ignore"):
        found = {
            "is withheld but holds a number": withheld & full,
            "shows a count under the threshold": plain & (n > 0) & (n < threshold),
            "shows a base under the threshold": share & (d < threshold),
            "shows a complement under the threshold": share & (d - n > 0) & (d - n < threshold),
            "shows a count that is not rounded": plain & (n % base > 0),
            "shows a base that is not rounded": share & (d % base > 0),
        }
        made = np.where(rate, 10_000 * n / d, 100 * n / d)
        value = frame["value"].to_numpy(dtype=np.float64)
        found["has a value that its counts do not give"] = (
            (rate | share) & ~withheld & (np.abs(made - value) > 1e-6)
        )
    for what, mask in found.items():
        report.failures += [f"{written_key(row)} {what}." for _, row in frame[mask].iterrows()]
    return report

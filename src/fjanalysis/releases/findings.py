"""What a verification found: steps, and in each the differences with both values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal

from fjanalysis.errors import VerificationError
from fjanalysis.releases.pages import document, table

Verdict = Literal["passed", "failed", "not done"]
LISTED = 2000


@dataclass(frozen=True)
class Difference:
    """One thing that is not as recorded.

    Parameters
    ----------
    step
        The step of the road that it comes from.
    what
        A file, or the written key of a number.
    recorded, found
        Both values, as text.
    relative
        The relative difference of two numbers.
    """

    step: str
    what: str
    recorded: str
    found: str
    relative: float | None


@dataclass(frozen=True)
class Step:
    """One question that a verification asks, and its answer in a sentence."""

    name: str
    verdict: Verdict
    sentence: str
    differences: Sequence[Difference] = field(default_factory=tuple)


@dataclass(frozen=True)
class Verification:
    """All answers about one release."""

    about: dict[str, Any]
    steps: Sequence[Step]
    page: Path | None = None

    exit_code = VerificationError.exit_code

    @property
    def passed(self) -> bool:
        """Whether no step failed."""
        return all(step.verdict != "failed" for step in self.steps)

    @property
    def text(self) -> str:
        """The summary for the terminal, ending with the paragraph for a review."""
        lines = [f"Release {self.about['tag']} of the refresh of {self.about['refresh']}", ""]
        for step in self.steps:
            lines.append(f"{step.verdict:<9} {step.name}: {step.sentence}")
            lines += [
                f"{'':<9}   {each.step}: {each.what}: {_pair(each)}"
                for each in step.differences[:5]
            ]
            if len(step.differences) > 5:
                lines.append(f"{'':<9}   … and {len(step.differences) - 5:,} more")
        if self.page:
            lines += ["", f"All differences: {self.page}"]
        return "\n".join([*lines, "", self.paragraph])

    @property
    def paragraph(self) -> str:
        """What a reviewer can paste into a review."""
        words = {"passed": "holds", "failed": "does not hold", "not done": "was not examined"}
        answers = "; ".join(f"{step.name.lower()} {words[step.verdict]}" for step in self.steps)
        draft = " The release says of itself that it is a draft." if self.about.get("draft") else ""
        return (
            f"I verified release {self.about['tag']} (commit {str(self.about['commit'])[:12]}, pack {self.about['pack']} of the "
            f"refresh of {self.about['refresh']}) with fjanalysis {self.about['verified_with']}: {answers}.{draft}"
        )

    def html(self) -> str:
        """Return the answers as a page with every difference."""
        parts = [
            table(
                "Steps",
                ["Step", "Verdict", "Answer", "Differences"],
                [
                    (step.name, step.verdict, step.sentence, f"{len(step.differences):,}")
                    for step in self.steps
                ],
                numbers=1,
            )
        ]
        for step in self.steps:
            if not step.differences:
                continue
            caption = f"{step.name}: differences"
            if len(step.differences) > LISTED:
                caption += f" (the first {LISTED:,} of {len(step.differences):,})"
            rows = [
                (
                    each.what,
                    each.recorded,
                    each.found,
                    "" if each.relative is None else f"{each.relative:.3g}",
                    each.step,
                )
                for each in step.differences[:LISTED]
            ]
            heads = ["What", "Recorded", "Found", "Relative difference", "Comes from"]
            parts.append(f"<h2>{escape(step.name)}</h2>\n{table(caption, heads, rows)}")
        parts.append(f"<h2>For a review</h2>\n<p>{escape(self.paragraph)}</p>\n")
        return document(f"Verification of release {self.about['tag']}", "".join(parts))


def _pair(each: Difference) -> str:
    return f"{each.recorded} → {each.found}" if each.found else each.recorded

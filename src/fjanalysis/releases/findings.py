"""What a verification found: steps, and in each the differences with both values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal

from fjanalysis.errors import VerificationError
from fjanalysis.releases.pages import document, table

Verdict = Literal["passed", "failed", "not done"]
LISTED = 2000
_FACTS = (
    ("Tag", "tag"),
    ("Commit", "commit"),
    ("Date of the commit", "date"),
    ("Output pack", "pack"),
    ("Checksum of the pack", "pack_checksum"),
    ("Refresh", "refresh"),
    ("Fingerprint of the refresh", "fingerprint"),
    ("To be cited as", "cite_as"),
    ("Verified with fjanalysis", "verified_with"),
)
# What a review says of each step and verdict.
_REVIEW: dict[tuple[str, Verdict], str] = {
    ("Integrity", "passed"): "its files, code and description are as published",
    ("Integrity", "failed"): "its files, code or description are not as published",
    ("Rendering", "passed"): "its pages follow from its output pack",
    ("Rendering", "failed"): "its pages do not follow from its output pack",
    ("Rendering", "not done"): "its pages were not rebuilt",
    ("Numbers", "passed"): "its numbers were computed again and are the same",
    ("Numbers", "failed"): "its numbers, computed again, are not the same",
    ("Numbers", "not done"): "its numbers were not computed again",
    ("Disclosure", "passed"): "an independent audit finds nobody in its output pack",
    ("Disclosure", "failed"): "an independent audit finds its output pack unsafe",
}


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
    """One question that a verification asks, and its answer in a sentence.

    Parameters
    ----------
    name, verdict, sentence
        The step, how it went, and the answer.
    differences
        All that is not as recorded.
    said
        The answer as it stands in a review, where the usual words for step and verdict are not enough.
    """

    name: str
    verdict: Verdict
    sentence: str
    differences: Sequence[Difference] = field(default_factory=tuple)
    said: str = ""


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
    def verdict(self) -> str:
        """Say in one sentence how the verification ended."""
        failed = [step.name for step in self.steps if step.verdict == "failed"]
        left = [step.name for step in self.steps if step.verdict == "not done"]
        said = f"Failed: {', '.join(failed)}." if failed else "No step failed."
        return said + (f" Not examined: {', '.join(left)}." if left else "")

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
        answers = "; ".join(
            step.said or _REVIEW.get((step.name, step.verdict), f"{step.name}: {step.verdict}")
            for step in self.steps
        )
        draft = " The release says of itself that it is a draft." if self.about.get("draft") else ""
        synthetic = (
            " Its records are synthetic." if self.about.get("records") == "synthetic" else ""
        )
        return (
            f"I verified release {self.about['tag']} (commit {str(self.about['commit'])[:12]}, pack {self.about['pack']} of the "
            f"refresh of {self.about['refresh']}) with fjanalysis {self.about['verified_with']}: {answers}.{draft}{synthetic}"
        )

    @property
    def too_many(self) -> bool:
        """Whether a step has more differences than the page lists."""
        return any(len(step.differences) > LISTED for step in self.steps)

    def csv(self) -> str:
        """Return every difference as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["step", "what", "recorded", "found", "relative_difference", "comes_from"])
        for step in self.steps:
            for each in step.differences:
                relative = "" if each.relative is None else repr(each.relative)
                writer.writerow(
                    [step.name, each.what, each.recorded, each.found, relative, each.step]
                )
        return text.getvalue()

    def html(self) -> str:
        """Return the answers as a page with every difference."""
        parts = [
            f'<p class="wide"><strong>{escape(self.verdict)}</strong></p>\n',
            table(
                "Steps",
                ["Step", "Verdict", "Answer", "Differences"],
                [
                    (step.name, step.verdict, _sentence(step), f"{len(step.differences):,}")
                    for step in self.steps
                ],
                numbers=1,
            ),
            f'<h2>For a review</h2>\n<p class="wide">{escape(self.paragraph)}</p>\n',
            '<p class="wide">A step that was not examined is no evidence either way.</p>\n',
        ]
        for step in self.steps:
            if not step.differences:
                continue
            caption = f"{step.name}: differences"
            if len(step.differences) > LISTED:
                caption += f" (the first {LISTED:,} of {len(step.differences):,}; all are in the CSV file beside)"
            rows = [
                (
                    each.what,
                    each.recorded,
                    each.found,
                    "none" if each.relative is None else f"{each.relative:.3g}",
                    each.step,
                )
                for each in step.differences[:LISTED]
            ]
            heads = ["What", "In the release", "Found here", "Relative difference", "Comes from"]
            parts.append(f"<h2>{escape(step.name)}</h2>\n{table(caption, heads, rows)}")
        facts = [(label, str(self.about[name])) for label, name in _FACTS if self.about.get(name)]
        parts.append(
            f"<h2>The release</h2>\n{table('What it says of itself', ['What', 'Value'], facts)}"
        )
        title = f"Verification of release {self.about['tag']}"
        return document(title, "".join(parts), marks=list(self._marks()))

    def _marks(self) -> Iterator[str]:
        if self.about.get("draft"):
            yield "Draft: the release says of itself that it was held back."
        if self.about.get("records") == "synthetic":
            yield "Synthetic data: these are not findings."


def _sentence(step: Step) -> str:
    return step.sentence[:1].upper() + step.sentence[1:]


def _pair(each: Difference) -> str:
    return f"{each.recorded} → {each.found}" if each.found else each.recorded

"""What a check found, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that a check found.

    Parameters
    ----------
    where
        File, and line or element.
    what
        One sentence.
    rule
        The rule's short name, by which the checklist counts.
    warning
        Whether it fails only a strict check.
    """

    where: str
    what: str
    rule: str
    warning: bool = False

"""User errors: what was wrong, where, and how to mend it; one exit code a class.

Raise one of these for anything that a user can mend. The command line prints the sentence without a
traceback and ends with the class's exit code. Anything else that is raised is a defect of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FjanalysisError(Exception):
    """A failure that the user can mend.

    Parameters
    ----------
    what
        One sentence: what was wrong.
    where
        The file, table, column, line or command concerned, or empty.
    mend
        One sentence: what to do about it, or empty.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The whole message, as the command line prints it."""
        parts = [self.what]
        if self.where:
            parts.append(f"Where: {self.where}")
        if self.mend:
            parts.append(f"To mend: {self.mend}")
        return "\n".join(parts)


class UsageError(FjanalysisError):
    """The command was called wrongly: an unknown stream, parameter, briefing or option value."""

    exit_code = 2


class SourceError(FjanalysisError):
    """The source or a refresh breaks its contract: a missing table or column, a wrong type."""

    exit_code = 10


class NotebookError(FjanalysisError):
    """A stream's notebook failed."""

    exit_code = 11


class DisclosureError(FjanalysisError):
    """A pack is not safe, was edited, or is about to be overwritten."""

    exit_code = 12


class RenderError(FjanalysisError):
    """A briefing cannot be rendered: an unknown key, a withheld number, a broken document."""

    exit_code = 13


class VerificationError(FjanalysisError):
    """A release, pack or site is not what it says it is."""

    exit_code = 14


class MachineError(FjanalysisError):
    """The machine lacks something: a library, a program, a folder that can be written."""

    exit_code = 15


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """Return ' Did you mean …?' with the nearest known names, or an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=count, cutoff=0.5)
    if not matches:
        return ""
    return " Did you mean " + " or ".join(f"'{match}'" for match in matches) + "?"

"""A reviewer's clearance of a pack, recorded over the pack's checksum."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fjanalysis.errors import DisclosureError, UsageError
from fjanalysis.folders import write_text
from fjanalysis.packs import CLEARANCE, find_pack, read_pack
from fjanalysis.project import Project


@dataclass(frozen=True)
class Report:
    """What was recorded."""

    text: str


def clear(project: Project, name: str, *, by: str, reference: str) -> Report:
    """Record that a reviewer cleared the pack `name`.

    Parameters
    ----------
    project
        The settings and the workspace.
    name
        A date (its newest revision) or a date and revision.
    by
        The reviewer's role; no person's name.
    reference
        The review's reference.

    Raises
    ------
    UsageError
        There is no such pack, or the role or the reference is empty.
    DisclosureError
        The pack was edited after its checksums, or was cleared before.
    """
    role, text = by.strip(), reference.strip()
    for option, value in (("--by", role), ("--reference", text)):
        if not value:
            raise UsageError(
                f"{option} is empty.", mend="Give the reviewer's role and the reference."
            )
    folder = find_pack(project.outputs, name)
    pack = read_pack(folder)
    if pack.clearance is not None:
        raise DisclosureError(
            f"The pack was cleared before, by {pack.clearance['by']} under {pack.clearance['reference']}.",
            where=str(folder),
            mend="A clearance stands for good; pack again for a next revision.",
        )
    clearance = {"by": role, "reference": text, "pack_sha256": pack.checksum}
    write_text(
        folder / CLEARANCE,
        json.dumps(clearance, indent=2, ensure_ascii=False, sort_keys=True) + "\n",
    )
    return Report(f"{folder.name} is cleared by {role} under {text}. It will not be changed again.")

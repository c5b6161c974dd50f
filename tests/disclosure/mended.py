"""Control and attack in turn, on tables of tests, as `pack` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fjanalysis.disclosure.audit import Memory, Report, attack
from fjanalysis.disclosure.control import prepare
from fjanalysis.disclosure.mending import until_nothing_tells
from fjanalysis.disclosure.release import Controlled
from fjanalysis.project import DisclosureException, DisclosureProfile
from fjanalysis.results import Relation
from tests.disclosure.folders import APART


def mended(
    rows: pd.DataFrame,
    relations: Mapping[str, Sequence[Relation]],
    profile: DisclosureProfile,
    levels: Mapping[str, str] | None = None,
    *,
    earlier: Sequence[pd.DataFrame] = (),
    revised: Sequence[pd.DataFrame] = (),
    exceptions: Sequence[DisclosureException] = (APART,),
) -> tuple[Controlled, Report]:
    """Return what is released of exact rows, relations by stream, and the last attack on it."""
    streams: dict[str, dict[str, Any]] = {
        name: {"relations": [each.to_json() for each in own]} for name, own in relations.items()
    }
    declared = {(name, "main"): own for name, own in relations.items()}
    prepared = prepare(rows, declared, profile, levels, earlier, revised, exceptions)

    def attacked(done: Controlled, memory: Memory) -> Report:
        return attack(
            done.results,
            streams,
            profile.threshold,
            profile.rounding_base,
            earlier,
            proved=True,
            zeros=profile.zeros_are_disclosive,
            revised=revised,
            exceptions=exceptions,
            memory=memory,
        )

    return until_nothing_tells(prepared, attacked)

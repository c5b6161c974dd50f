"""The definitions of the private-law returns stream as typed values."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fjanalysis.streams.stream import StreamParameters


class Parameters(StreamParameters):
    """What counts as a return to court, and from when time is counted."""

    origin: Literal["closure", "issue"] = Field(
        default="closure",
        description="Time zero of a return: the end of the case before it, or the issue of that case.",
    )
    washout_years: int = Field(
        default=3,
        ge=0,
        le=15,
        description="A nation's data must reach back at least this long before a first case.",
        json_schema_extra={"unit": "years"},
    )
    look_back_years: int = Field(
        default=5,
        ge=4,
        le=15,
        description="The longest fixed look-back for an earlier case, beside 1, 2 and 3 years.",
        json_schema_extra={"unit": "years"},
    )
    child_rule: Literal["any", "eldest"] = Field(
        default="any",
        description=(
            "Whether two cases are about the same children where they share any child, or where the earlier "
            "names the eldest child of the later."
        ),
    )
    following_years: int = Field(
        default=2,
        ge=1,
        le=10,
        description="How long a case of the other law may follow, and so the follow-up that it needs.",
        json_schema_extra={"unit": "years"},
    )

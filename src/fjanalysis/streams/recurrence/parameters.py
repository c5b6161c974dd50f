"""The definitions of the recurrence stream as typed values."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from fjanalysis.streams.stream import StreamParameters


class Parameters(StreamParameters):
    """Which parents are followed, from when, and what counts as a return."""

    index_start: date | None = Field(
        default=None,
        description=(
            "First day of index issue; where it is not given, the first month of a nation's data plus the "
            "wash-out. An earlier day than that is not used."
        ),
    )
    index_end: date | None = Field(
        default=None,
        description="Last day of index issue; the end of follow-up where it is not given.",
    )
    washout_years: int = Field(
        default=3,
        ge=0,
        le=15,
        description="A nation's data must reach back at least this long before an index set.",
        json_schema_extra={"unit": "years"},
    )
    look_back_years: int = Field(
        default=5,
        ge=1,
        le=15,
        description="How far a set looks back, in the twin of a fixed look-back, for an earlier one.",
        json_schema_extra={"unit": "years"},
    )
    youngest_mother: int = Field(
        default=14,
        ge=12,
        le=60,
        description="Age in completed years at index issue below which a mother is left out.",
        json_schema_extra={"unit": "years"},
    )
    oldest_mother: int = Field(
        default=50,
        ge=12,
        le=60,
        description="Age in completed years at index issue above which a mother is left out.",
        json_schema_extra={"unit": "years"},
    )
    source: Literal["all", "ecms", "cms", "cymru"] = Field(
        default="all",
        description=(
            "The recording system whose cases are used; with one system alone, the wash-out lies within it."
        ),
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.index_start and self.index_end and self.index_start > self.index_end:
            raise ValueError("index_start is after index_end")
        if self.youngest_mother > self.oldest_mother:
            raise ValueError("youngest_mother is above oldest_mother")
        return self

"""The definitions of the urgent-hearings stream, as typed values."""

from __future__ import annotations

from pydantic import Field, field_validator

from fjanalysis.streams.stream import StreamParameters


class Parameters(StreamParameters):
    """What newborn, notice, subsequent infant and the rest mean."""

    newborn_days: int = Field(
        default=14,
        ge=7,
        le=84,
        description="A newborn baby is under this age at issue; whole weeks, since births are known by week.",
        json_schema_extra={"unit": "days"},
    )
    emergency_days: int = Field(
        default=3,
        ge=1,
        le=28,
        description="An emergency hearing has less than this many days' notice.",
        json_schema_extra={"unit": "days"},
    )
    short_notice_days: int = Field(
        default=7,
        ge=1,
        le=56,
        description="A short-notice hearing has this many days' notice or fewer.",
        json_schema_extra={"unit": "days"},
    )
    settling_days: int = Field(
        default=28,
        ge=0,
        le=365,
        description="Cases issued in the last days of follow-up, left out of notice: a hearing may be to come.",
        json_schema_extra={"unit": "days"},
    )
    look_back_years: int = Field(
        default=3,
        ge=1,
        le=15,
        description="How far back an earlier set about an older child makes a baby a subsequent infant.",
        json_schema_extra={"unit": "years"},
    )
    epo_window_days: int = Field(
        default=28,
        ge=0,
        le=365,
        description="How soon after an emergency protection application a care application counts as following it.",
        json_schema_extra={"unit": "days"},
    )

    @field_validator("newborn_days")
    @classmethod
    def _whole_weeks(cls, days: int) -> int:
        if days % 7:
            raise ValueError("it must be a multiple of 7")
        return days

    @field_validator("short_notice_days")
    @classmethod
    def _nested(cls, days: int, info: object) -> int:
        emergency = getattr(info, "data", {}).get("emergency_days")
        if emergency is not None and days < emergency - 1:
            raise ValueError("emergency hearings must be among the short-notice ones")
        return days

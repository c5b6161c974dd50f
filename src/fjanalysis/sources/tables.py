"""Names of physical tables: schema, name and date suffix."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATED = re.compile(r"^(?P<name>.+?)(?:_(?P<date>\d{8}))?$")


@dataclass(frozen=True)
class PhysicalTable:
    """A table as it stands in the source: its whole name, its name without schema and suffix, its date."""

    whole: str
    name: str
    date: str

    @staticmethod
    def of(whole: str) -> PhysicalTable:
        """Return the parts of a physical name such as `SAIL0001V.CAFE_ECMS_CASES_20240111`."""
        found = _DATED.match(whole.rsplit(".", 1)[-1])
        name, digits = (found["name"], found["date"]) if found else (whole, None)
        date = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits else ""
        return PhysicalTable(whole, name.upper(), date)

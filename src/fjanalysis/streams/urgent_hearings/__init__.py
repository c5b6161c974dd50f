"""Urgent hearings: newborn babies in care proceedings, the notice their mothers get, and what follows."""

from fjanalysis.streams.urgent_hearings.method import (
    MEASURES,
    NESTED_BY,
    NOTES,
    TITLE,
    definitions,
    relations,
)
from fjanalysis.streams.urgent_hearings.parameters import Parameters

__all__ = ["MEASURES", "NESTED_BY", "NOTES", "TITLE", "Parameters", "definitions", "relations"]

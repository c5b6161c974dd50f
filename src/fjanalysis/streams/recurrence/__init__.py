"""Recurrence: parents who come back to care proceedings, when, and who they are."""

from fjanalysis.streams.recurrence.method import MEASURES, NOTES, TITLE, definitions, relations
from fjanalysis.streams.recurrence.parameters import Parameters

__all__ = ["MEASURES", "NOTES", "TITLE", "Parameters", "definitions", "relations"]

"""Private-law returns: families who come back to court, how soon, and who brings them back."""

from fjanalysis.streams.private_law_returns.method import (
    MEASURES,
    NOTES,
    TITLE,
    definitions,
    relations,
)
from fjanalysis.streams.private_law_returns.parameters import Parameters

__all__ = ["MEASURES", "NOTES", "TITLE", "Parameters", "definitions", "relations"]

"""Secondary suppression: what else must be withheld so that nothing withheld can be worked out."""

from fjanalysis.disclosure.suppression.suppress import Outcome, suppress

__all__ = ["Outcome", "suppress"]

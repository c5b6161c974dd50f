"""Secondary suppression: what else must be withheld so that nothing withheld can be worked out."""

from fjanalysis.disclosure.suppression.suppress import (
    Outcome,
    at_stake,
    beyond_help,
    suppress,
    told,
)

__all__ = ["Outcome", "at_stake", "beyond_help", "suppress", "told"]

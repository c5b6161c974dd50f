"""Secondary suppression: what else must be withheld so that nothing withheld can be worked out."""

from fjanalysis.disclosure.suppression.standing import at_stake, told
from fjanalysis.disclosure.suppression.suppress import Outcome, beyond_help, suppress

__all__ = ["Outcome", "at_stake", "beyond_help", "suppress", "told"]

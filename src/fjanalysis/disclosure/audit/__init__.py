"""The audit of an output pack, from the pack alone: what a reader of it could work out.

It is written apart from disclosure control and shares no code with it, so that a fault in the one does not
hide in the other. It reads what any reader has: the released rows, the relations that the streams
declare in the pack, and earlier packs.
"""

from fjanalysis.disclosure.audit.proof import Memory
from fjanalysis.disclosure.audit.report import (
    Report,
    attack,
    audit,
    check_pack,
    of_same_records,
    together,
)

__all__ = ["Memory", "Report", "attack", "audit", "check_pack", "of_same_records", "together"]

"""Control and attack in turn, until the attacker tells nothing that is withheld.

The suppressor carries bounds from sum to sum; what follows only from several sums added up, the attacker's programmes
find. What he names as telling is withheld as well, and all is done again. What he still tells then is not released.
"""

from __future__ import annotations

from collections.abc import Callable

from fjanalysis.disclosure import audit
from fjanalysis.disclosure.control import EXCEPTION, Prepared
from fjanalysis.disclosure.release import Controlled
from fjanalysis.errors import DisclosureError

# How often what the attacker finds telling is withheld as well, before the results are refused.
ROUNDS = 12


def until_nothing_tells(
    prepared: Prepared, attack: Callable[[Controlled, audit.Memory], audit.Report]
) -> tuple[Controlled, audit.Report]:
    """Return what may be released, and the attack on it that found nothing.

    Parameters
    ----------
    prepared
        The exact table, ready for control.
    attack
        Attacks what would be released, with what earlier attacks found.

    Raises
    ------
    DisclosureError
        The attacker still tells something that is withheld, or a count cannot be protected.
    """
    further: set[tuple[str, ...]] = set()
    memory = audit.Memory()
    for _ in range(ROUNDS):
        controlled = prepared.control(further)
        report = attack(controlled, memory)
        telling = set(report.telling) - further
        if not report.failures or not telling:
            break
        further |= telling
    if report.failures:
        raise DisclosureError(
            f"The results give away {len(report.failures)} withheld counts whatever else is withheld. {report.failures[0]}",
            where="results",
            mend=EXCEPTION,
        )
    return controlled, report

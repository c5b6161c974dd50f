"""The look-ups of the synthetic source systems: how each writes application types, orders, courts.

Names follow what the public sources show; numbers are ours except where they are known
(relationship 1 is a parent, ethnicity 22 unknown and 19 undisclosed).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from fjanalysis.reference import areas

# In the order of APPLICATION_TYPES.
ECMS_APPLICATIONS: Final = (
    "Care (s31)", "Supervision (s31)", "Extension of Supervision Order", "EPO (s44)",
    "Child Assessment (s43)", "Secure Accommodation (s25)", "Placement Order (ACA s21)",
    "Discharge of Care Order (s39)", "Contact with a child in care (s34)", "Recovery Order (s50)",
    "Revocation of Placement Order", "Inherent Jurisdiction/Wardship", "Deprivation of Liberty",
    "Child Arrangements - Live with", "Child Arrangements - Spend time with",
    "Child Arrangements - Live and spend time with", "Prohibited Steps", "Specific Issue",
    "Enforcement of a Child Arrangements Order", "Parental Responsibility",
    "Special Guardianship", "Parental Order", "Step-parent Adoption",
    "Change of name or removal from jurisdiction",
)  # fmt: skip
BEFORE_2014: Final = {"live with": "Residence", "time with": "Contact"}
# In the order of ORDER_TYPES; the last are outputs that are no orders.
ECMS_OUTPUTS: Final = (
    "Placement Order", "Care Order", "Special Guardianship Order", "Child Arrangements Order",
    "Supervision Order", "Family Assistance Order", "Order of no order", "Application dismissed",
    "Application withdrawn", "Interim Care Order", "Interim Supervision Order",
    "Emergency Protection Order", "Prohibited Steps Order", "Specific Issue Order",
    "Enforcement Order", "Parental Responsibility Order", "Other order", "S.7 Report",
)  # fmt: skip
OUTPUTS_THAT_ARE_NO_ORDERS: Final = (
    "DR at FHDRA full agreement final order",
    "DR at FHDRA no agreement Cafcass further work",
    "DR at FHDRA partial agreement signpost to SPIP",
    "Referred to LA - SPH",
    "Rule16.4",
    "MIAM",
)
ETHNICITY_NAMES: Final = (
    ("White British", 0), ("White Irish", 0), ("Any other White background", 0),
    ("White and Black Caribbean", 1), ("White and Asian", 1), ("Any other mixed background", 1),
    ("Indian", 2), ("Pakistani", 2), ("Bangladeshi", 2), ("Any other Asian background", 2),
    ("African", 3), ("Caribbean", 3), ("Any other Black background", 3),
    ("Chinese", 4), ("Arab", 4), ("Any other ethnic group", 4),
)  # fmt: skip
UNDISCLOSED, UNKNOWN = 19, 22
# Relationship type of the related person: our relation, identifier, name.
ECMS_RELATIONSHIPS: Final = (
    ("parent", 1, "Parent"),
    ("child", 2, "Child"),
    ("sibling", 34, "Natural sibling"),
    ("half sibling", 40, "Half sibling"),
    ("grandparent", 5, "Grandparent"),
    ("grandchild", 6, "Grandchild"),
    ("other", 12, "Aunt or uncle"),
)
INVERSE: Final = {1: 2, 2: 1, 34: 34, 40: 40, 5: 6, 6: 5, 12: 13}


@cache
def courts() -> pd.DataFrame:
    """Return the courts: `id`, `name`, `dfj` (number of the DFJ area), `twin` (id of another spelling).

    Each DFJ area has its Family Court, the county court of before 2014, and a second spelling.
    """
    frame = dfj_areas()
    rows = []
    for number, name in enumerate(frame["name"]):
        town = name.split("/")[0].split(" &")[0]
        rows.append((3 * number + 1, f"Family Court at {town}", number))
        rows.append((3 * number + 2, f"{town} County Court", number))
        rows.append((3 * number + 3, f"FAMILY COURT  {town.upper()}", number))
    return pd.DataFrame(rows, columns=["id", "name", "dfj"])


@cache
def dfj_areas() -> pd.DataFrame:
    """Return the DFJ areas in the order of their codes, with the number of their HMCTS region."""
    frame = areas()
    frame = frame[frame["level"] == "dfj-area"].sort_values("code").reset_index(drop=True)
    order = sorted(set(frame["parent"]))
    frame["circuit"] = frame["parent"].map({code: number for number, code in enumerate(order)})
    return frame


@cache
def circuits() -> tuple[str, ...]:
    """Return the names of the HMCTS regions, as circuits are named, in the order of their codes."""
    frame = areas().set_index("code")
    return tuple(
        frame.loc[code, "name"].removesuffix(" HMCTS region")
        for code in sorted(set(dfj_areas()["parent"]))
    )


ETHNICITY_IDS: Final = tuple(
    number for number in range(1, 40) if number not in (UNDISCLOSED, UNKNOWN)
)[: len(ETHNICITY_NAMES)]
ETHNICITY_OF_GROUP: Final = [
    np.array([ETHNICITY_IDS[i] for i, (_, g) in enumerate(ETHNICITY_NAMES) if g == group])
    for group in range(5)
]

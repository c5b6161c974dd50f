"""The areas in force when a refresh was made: the look-ups that gave its cases their places."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from fjanalysis import reference

COLUMNS = ("code", "name", "level", "parent", "started", "ended", "other_names")


def area_table(own_reference: Path | None = None) -> pd.DataFrame:
    """Return the areas, the local authorities below them, and the courts of the user's own look-up.

    Parameters
    ----------
    own_reference
        A folder of the user's own look-ups, which win over those of the package.

    Returns
    -------
    pandas.DataFrame
        One row a place, all text: `code` (empty for a court), `name`, `level` (`nations`, `nation`,
        `region`, `hmcts-region`, `dfj-area`, `local-authority`, `court`), the `parent`'s code, and of an
        authority the days on which it `started` and `ended` and its `other_names`. A court's name is as
        it is compared.
    """
    authorities = reference.local_authorities(own_reference).rename(columns={"region": "parent"})
    courts = sorted(reference.court_areas(own_reference).items())
    parts = [
        reference.areas(own_reference),
        authorities.assign(level="local-authority").sort_values("code"),
        pd.DataFrame(
            [{"name": name, "level": "court", "parent": area} for name, (area, _) in courts]
        ),
    ]
    return pd.concat(parts).reindex(columns=COLUMNS).fillna("").reset_index(drop=True)

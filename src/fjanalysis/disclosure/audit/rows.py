"""What single rows of a pack give away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.limits import exact_poisson, wilson
from fjanalysis.results import FLOATS, WITHHELD, written_key

Floats = npt.NDArray[np.float64]
STEPS = r"_(?:at_risk|events|censored)$"


def row_failures(frame: pd.DataFrame, threshold: int, base: int) -> list[str]:
    """Return what single rows show that they may not, one sentence each.

    Values and intervals are inverted: each must be what the released counts give, for otherwise it carries
    the exact counts with it.
    """
    n = frame["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
    d = frame["denominator"].to_numpy(dtype=np.float64, na_value=np.nan)
    withheld = frame["status"].isin(WITHHELD).to_numpy()
    full = ~np.isnan(n) | ~np.isnan(d) | frame[list(FLOATS)].notna().any(axis=1).to_numpy()
    statistic = frame["statistic"].to_numpy()
    rate, share = statistic == "rate_per_10000", statistic == "percent"
    plain = np.isin(statistic, ["count", "percent", "rate_per_10000"])
    plain &= ~frame["measure"].str.contains(STEPS).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {
            "is withheld but holds a number": withheld & full,
            "shows a count under the threshold": (n > 0) & (n < threshold),
            "shows a base under the threshold": share & (d < threshold),
            "shows a complement under the threshold": share
            & (d - n > 0)
            & (d - n <= threshold - base),
            "shows a count that is not rounded": plain & (n % base > 0),
            "shows a base that is not rounded": share & (d % base > 0),
        }
        for column, made in _made(n, d, rate).items():
            value = frame[column].to_numpy(dtype=np.float64)
            off = (np.abs(made - value) > 1e-5) | (np.isnan(value) != np.isnan(made))
            found[f"has a {column} that its released counts do not give"] = (
                (rate | share) & ~withheld & off
            )
    return [
        f"{written_key(row)} {what}."
        for what, mask in found.items()
        for _, row in frame[mask].iterrows()
    ]


def _made(n: Floats, d: Floats, rate: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    lower, upper = wilson(n, d)
    fewest, most = exact_poisson(n)
    factor = np.where(d > 0, 10_000 / d, np.nan)
    return {
        "value": np.where(rate, n * factor, np.where(d > 0, 100 * n / d, np.nan)),
        "lower": np.where(rate, fewest * factor, 100 * lower),
        "upper": np.where(rate, most * factor, 100 * upper),
    }

"""Whether places vary more than chance alone would have it, and by how much.

Both follow from counts: the test of homogeneity is Pearson's, and the dispersion is the mean of the
squared z-scores with a tenth at each end drawn in, the factor by which funnel limits are widened.
Sources: Pearson (1900), Philosophical Magazine 50:157-175; Spiegelhalter (2005), Statistics in Medicine
24:1185-1202, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
DRAWN_IN = 0.1


@dataclass(frozen=True)
class Variation:
    """How places vary: the p-value of their having one proportion or rate, and the dispersion.

    A dispersion of 1 is what chance gives. Both are missing where fewer than two places have a base, or
    where nobody, or everybody, is a case.
    """

    p_value: float
    dispersion: float


def variation(cases: npt.ArrayLike, base: npt.ArrayLike, *, of_persons: bool = True) -> Variation:
    """Return how proportions (or rates) of places vary around that of all together.

    Parameters
    ----------
    cases, base
        Counts of each place: cases, and the persons (or births, or person-years) that they come from.
    of_persons
        Whether cases are among the base, so that the chance is binomial; Poisson where False.
    """
    x, n = np.asarray(cases, dtype=np.float64), np.asarray(base, dtype=np.float64)
    x, n = x[n > 0], n[n > 0]
    share = x.sum() / n.sum() if len(n) else 0.0
    spread = share * (1 - share) if of_persons else share
    if len(n) < 2 or spread <= 0:
        return Variation(float("nan"), float("nan"))
    scores = (x / n - share) / np.sqrt(spread / n)
    low, high = np.quantile(scores, [DRAWN_IN, 1 - DRAWN_IN])
    test = float(special.chdtrc(len(n) - 1, (scores**2).sum()))
    return Variation(test, float(np.mean(np.clip(scores, low, high) ** 2)))

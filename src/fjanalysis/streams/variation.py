"""How areas of a nation vary, as rows of the results: ONS regions, HMCTS regions and DFJ areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from fjanalysis.results import join_group, split_group, tidy
from fjanalysis.statistics.unavailable import NO_EVENT
from fjanalysis.statistics.variation import variation
from fjanalysis.streams.grid import NATIONS

HOMOGENEITY = "homogeneity"


def places_of(areas: pd.DataFrame) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield nation (code), level (in words), and the place of each area that counts are given for.

    An HMCTS region has no rows of its own: it is the sum of its DFJ areas.

    Parameters
    ----------
    areas
        The area table: `code`, `level` and `parent`.
    """
    parent = dict(zip(areas["code"], areas["parent"], strict=True))
    local = areas.loc[areas["level"] == "dfj-area", "code"].tolist()
    regions = areas.loc[areas["level"] == "region", "code"].tolist()
    for nation in NATIONS.values():
        own = [code for code in local if parent.get(parent.get(code, "")) == nation]
        yield nation, "region", {code: code for code in regions if parent.get(code) == nation}
        yield nation, "HMCTS region", {code: parent[code] for code in own}
        yield nation, "DFJ area", {code: code for code in own}


def variation_rows(rows: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return, for percentages over the whole window and for rates, how places of each level vary.

    A `p_value` (`test: homogeneity`) that all places have one proportion or rate, and a `dispersion`,
    each with the level as `covariate`. Rates are those of the longest period whose denominators are known, of
    several the last, and keep their note. A level with a single place, or without counts, has no row.

    Parameters
    ----------
    rows
        Results rows of percentages and rates, of any areas and periods.
    areas
        The area table.
    """
    found: list[dict[str, object]] = []
    kept = rows[rows["statistic"].isin(["percent", "rate_per_10000"])]
    kept = kept[kept["numerator"].notna() & kept["denominator"].notna()]
    for nation, level, places in places_of(areas):
        here = kept.assign(place=kept["area"].map(places)).dropna(subset=["place"])
        of_rates = here["statistic"] == "rate_per_10000"
        window = here["measure"].map(_windows(rows[rows["area"] == nation]))
        known = here["measure"].map(_windows(here[of_rates]))
        here = here[here["period"] == window.mask(of_rates, known)]
        for names, part in here.groupby(["measure", "group", "statistic", "period"], sort=True):
            measure, group, statistic, period = (str(name) for name in names)
            counts = part.groupby("place", sort=True)[["numerator", "denominator"]].sum()
            if len(counts) > 1:
                key = {"measure": measure, "area": nation, "period": period}
                levels = {**split_group(group), "covariate": level}
                key["note"] = max(part["note"].fillna(""))
                found += _rows(counts, key, levels, of_persons=statistic == "percent")
    return tidy(found)


def _rows(
    counts: pd.DataFrame, key: Mapping[str, str], levels: Mapping[str, str], *, of_persons: bool
) -> list[dict[str, object]]:
    cases, base = (counts[each].to_numpy(dtype=np.float64) for each in counts)
    found = variation(cases, base, of_persons=of_persons)
    test = {**key, "statistic": "p_value", "value": found.p_value}
    test["group"] = join_group({**levels, "test": HOMOGENEITY})
    factor = {**key, "statistic": "dispersion", "value": found.dispersion}
    factor["group"] = join_group(levels)
    more: dict[str, object] = {"numerator": int(cases.sum()), "denominator": int(base.sum())}
    if np.isnan(found.p_value):
        more = {"value": None, "status": "x", "note": NO_EVENT}
    return [{**test, **more}, {**factor, **more}]


def _windows(rows: pd.DataFrame) -> dict[str, str]:
    """Return the longest period of each measure, of several the last."""
    own = rows[["measure", "period"]].drop_duplicates()
    own = own.assign(years=own["period"].map(_years)).sort_values(["years", "period"])
    return dict(zip(own["measure"], own["period"], strict=True))


def _years(period: str) -> int:
    first, last = period[:4], period.rsplit(" to ", maxsplit=1)[-1][:4]
    return int(last) - int(first)

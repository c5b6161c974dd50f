"""Who the synthetic persons are: ages, where they live, ethnicity and deprivation."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from fjanalysis.reference import local_authorities
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic.calibration import Floats
from fjanalysis.sources.synthetic.records import Ints

YEAR = 365.25


def data(name: str) -> pd.DataFrame:
    """Return one of the generator's own small tables."""
    with files(__package__).joinpath("data", f"{name}.csv").open("rb") as stream:
        return pd.read_csv(stream, keep_default_na=False)


@cache
def authorities() -> pd.DataFrame:
    """Return the local authorities with the number of their region and their weight in it.

    Weights are assumptions: counties count three times, the rest varies by a fixed draw.
    """
    frame = local_authorities()
    frame["number"] = frame["region"].map({code: i for i, code in enumerate(c.REGIONS)})
    fixed = np.random.Generator(np.random.PCG64(20070401))
    frame["weight"] = np.exp(fixed.normal(0, 0.35, len(frame)))
    frame.loc[frame["code"].str.startswith("E10"), "weight"] *= 3
    frame.loc[frame["code"].isin(["E09000001", "E06000053"]), "weight"] *= 0.05
    frame["first"] = pd.to_datetime(frame["started"].replace("", "1900-01-01"))
    frame["last"] = pd.to_datetime(frame["ended"].replace("", "2099-12-31"))
    return frame.merge(data("courts_of_authorities"), left_on="code", right_on="local_authority")


def draw_authority(region: Ints, days: Ints, random: np.random.Generator) -> Ints:
    """Return an authority (row of `authorities`) of each region that stands on the day."""
    frame = authorities()
    out = np.zeros(len(region), dtype=np.int64)
    changes = sorted(set(frame["first"]) | set(frame["last"] + pd.Timedelta(days=1)))
    edges = np.array([(edge - pd.Timestamp(0)).days for edge in changes])
    epoch = np.searchsorted(edges, days, side="right") - 1
    picks = random.random(len(region))
    for span in np.unique(epoch):
        start = changes[span]
        stands = (frame["first"] <= start) & (frame["last"] >= start)
        for number in range(len(c.REGIONS)):
            here = np.flatnonzero(stands.to_numpy() & (frame["number"] == number).to_numpy())
            rows = np.flatnonzero((epoch == span) & (region == number))
            shares = np.cumsum(frame["weight"].to_numpy()[here])
            out[rows] = here[np.searchsorted(shares, picks[rows] * shares[-1])]
    return out


def draw_fifth(region: Ints, weights: Floats, random: np.random.Generator) -> Ints:
    """Return the deprivation fifth (1 most deprived) of each person."""
    table = data("deprivation").set_index("region").reindex(c.REGIONS).fillna(20.0).to_numpy()
    return rows_drawn(table[region] * weights, random) + 1


def draw_ethnicity(region: Ints, random: np.random.Generator) -> Ints:
    """Return the ethnicity group (row of `ETHNICITIES`) of each person."""
    return rows_drawn(c.ETHNICITY[region], random)


def rows_drawn(weights: Floats, random: np.random.Generator) -> Ints:
    """Return one column number a row, drawn with the row's weights."""
    shares = np.cumsum(weights, axis=1)
    picks = random.random(len(weights)) * shares[:, -1]
    return np.asarray((shares < picks[:, None]).sum(axis=1))


def drawn(weights: Floats, size: int, random: np.random.Generator) -> Ints:
    """Return `size` numbers drawn with the weights."""
    shares = np.cumsum(weights)
    return np.asarray(np.searchsorted(shares, random.random(size) * shares[-1]))


def first_birth_age(size: int, random: np.random.Generator) -> Ints:
    """Return mothers' ages at their eldest child's birth, in days; 22 years on average."""
    return ((14.6 + random.gamma(2.5, 3.0, size)) * YEAR).astype(np.int64)


def sibling_ages(
    youngest: Ints, counts: Ints, random: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Return the children of each set: their set's row, age in days, and rank from the youngest.

    Siblings are spaced by about two and a half years; those over 17 are left out.
    """
    from_set = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(from_set)) - starts[from_set]
    gaps = np.where(rank == 0, 0, (0.85 + random.gamma(2.0, 0.8, len(rank))) * YEAR)
    run = np.cumsum(gaps)
    age = youngest[from_set] + (run - run[starts][from_set]).astype(np.int64)
    keep = (rank == 0) | (age < 17 * YEAR)
    return from_set[keep], age[keep], rank[keep]

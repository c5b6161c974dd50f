"""From a results table to its system of counts, and from withheld counts back to rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.disclosure import lifetables, rules
from fjanalysis.disclosure.cells import COUNTED, NONE, Bundle, Cells, Places
from fjanalysis.disclosure.identities import same_quantities
from fjanalysis.disclosure.rounding import band_top, band_width, to_band, to_base
from fjanalysis.disclosure.suppression.system import Builder, System
from fjanalysis.errors import DisclosureError
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import KEY, WITHHELD, Relation, split_group, written_key

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# How much more an overall figure is worth than the same figure of a group.
OVERALL = 10
# And a figure of a variant, beside the same figure of the stream itself.
VARIANT = 0.25
WORTH = {"nation": 8.0, "nations": 4.0, "region": 4.0, "hmcts-region": 2.0, "dfj-area": 1.0}


@dataclass(frozen=True)
class Table:
    """A results table with all that disclosure control has worked out about it.

    Parameters
    ----------
    frame
        The exact table.
    part
        Which part of a life table a row is, or empty.
    cells, places
        Its counts, and where its rows stand.
    areas
        Level of each area code.
    relations
        By stream and variant, how their rows relate.
    profile
        The rules in force.
    """

    frame: pd.DataFrame
    part: pd.Series
    cells: Cells
    places: Places
    areas: Mapping[str, str]
    relations: Mapping[tuple[str, str], Sequence[Relation]]
    profile: DisclosureProfile

    def rows_of(self, stream: str, variant: str) -> Mask:
        """Return the rows of a variant of a stream, refits of its models included."""
        names = [name for name in self.variants if name.split("/")[0] == variant]
        return self.of_stream(stream) & np.isin(self._variant, [self.variants[n] for n in names])

    def of_stream(self, stream: str) -> Mask:
        """Return the rows of a stream."""
        return np.asarray(self._stream[0] == self._stream[1].get(stream, -1))

    @cached_property
    def _stream(self) -> tuple[Ints, dict[str, int]]:
        return _coded(self.frame["stream"])

    @cached_property
    def _variant(self) -> Ints:
        return _coded(self.frame["variant"])[0]

    @cached_property
    def variants(self) -> dict[str, int]:
        """The variants of the table, numbered."""
        return _coded(self.frame["variant"])[1]

    @cached_property
    def keys(self) -> pd.MultiIndex:
        """The rows' keys."""
        return pd.MultiIndex.from_frame(self.frame[list(KEY)])

    @cached_property
    def at_stake(self) -> Mask:
        """The rows whose counts stand in the system: all but absent rows and curves' steps.

        Of a life table only everybody at time zero takes part; its steps are protected by their bands.
        """
        live = ~self.frame["status"].isin(WITHHELD)
        everybody = (self.part == "at_risk") & (self.frame["horizon"].map(lifetables.months) == 0)
        return (live & ((self.part == "") | everybody)).to_numpy()

    @cached_property
    def counted(self) -> Mask:
        """The rows at stake that show a count, a percentage or a rate."""
        counted = self.frame["statistic"].isin(COUNTED) & (self.part == "")
        return counted.to_numpy() & self.at_stake

    @cached_property
    def secret(self) -> Mask:
        """The rows whose numerator must look as if it could be small, or not, once it is withheld."""
        curves = (self.frame["statistic"] == "cumulative_percent").to_numpy()
        plain = (self.frame["statistic"].isin(COUNTED)).to_numpy()
        return self.at_stake & (curves | plain)

    @cached_property
    def worth(self) -> Floats:
        """What each row is worth: by the level of its area, rows over a span of years and overall ones more, variants less."""
        level = self.frame["area"].map(self.areas).map(WORTH).fillna(1.0)
        spans = self.frame["period"].str.contains(" to ", regex=False)
        level = level.where(self.frame["variant"].str.split("/").str[0] == "main", VARIANT * level)
        worth = np.asarray(level.where(~spans, 3 * level), dtype=np.float64)
        return np.where(_overall(self.frame), OVERALL * worth, worth)

    @cached_property
    def headline(self) -> Mask:
        """The overall rows of a nation: those of both together can stand in for one of them."""
        level = self.frame["area"].map(self.areas)
        return (level == "nation").to_numpy() & _overall(self.frame)

    @cached_property
    def pooled(self) -> tuple[Ints, Ints]:
        """The rows of both nations together, each paired with a row of the same figure of one of them.

        Such a figure is shown only where that of each nation is: whether it is withheld follows from what
        is shown of the nations, and so tells nothing of its own.
        """
        level = self.frame["area"].map(self.areas)
        plain = self.at_stake & (self.frame["statistic"].isin(COUNTED)).to_numpy()
        key = [column for column in KEY if column != "area"]
        rows = self.frame.loc[plain, key].assign(row=np.flatnonzero(plain), level=level[plain])
        both = rows[rows["level"] == "nations"].merge(rows[rows["level"] == "nation"], on=key)
        return both["row_x"].to_numpy(dtype=np.int64), both["row_y"].to_numpy(dtype=np.int64)

    @cached_property
    def banded(self) -> Mask:
        """The rows at stake whose numerator is a running total of a life table."""
        return _banded(self.frame, self.part) & self.at_stake


def _coded(column: pd.Series) -> tuple[Ints, dict[str, int]]:
    codes, names = pd.factorize(column, sort=True)
    return codes.astype(np.int64), {str(name): at for at, name in enumerate(names)}


@dataclass
class Quantities:
    """The distinct quantities of a table and the rows that show them.

    Parameters
    ----------
    of_cell
        The quantity of each cell.
    numerator, denominator
        The quantity that each row at stake shows there, or -1.
    value
        The exact count of each quantity.
    """

    of_cell: Ints
    numerator: Ints
    denominator: Ints
    value: Floats

    def shown_by(self, rows: Mask) -> Mask:
        """Return which quantities any of these rows shows."""
        mask = np.zeros(len(self.value) + 1, dtype=bool)
        for ids in (self.numerator, self.denominator):
            mask[ids[rows]] = True
        return mask[:-1]

    def rows_with(self, wanted: Mask) -> Mask:
        """Return the rows that show any of these quantities."""
        mask = np.r_[wanted, False]
        return np.asarray(mask[self.numerator] | mask[self.denominator])


def quantities_of(table: Table) -> Quantities:
    """Return the distinct quantities behind the rows at stake."""
    at_stake = table.at_stake
    of_cell = same_quantities(table.frame, table.cells, at_stake)
    extended = np.r_[of_cell, NONE]
    numerator = np.where(at_stake, extended[table.cells.numerator], NONE)
    denominator = np.where(at_stake, extended[table.cells.denominator], NONE)
    value = np.zeros(int(of_cell.max(initial=-1)) + 1)
    value[of_cell] = table.cells.value
    return Quantities(of_cell, numerator, denominator, value)


def structure_of(table: Table, found: Quantities) -> Builder:
    """Return what binds the counts of a table, whatever is withheld of it.

    Raises
    ------
    DisclosureError
        A declared relation does not hold in the exact table.
    """
    at_stake, counted = table.at_stake, table.counted
    builder = Builder(found.value, table.profile)
    _add_bases(builder, found, counted)
    _add_declared(builder, table, found, at_stake, counted)
    _add_models(builder, table, found, at_stake)
    return builder


def system_of(
    builder: Builder,
    table: Table,
    found: Quantities,
    reason: pd.Series,
    told: Mask,
    follow: Follow,
    *,
    keep_headlines: bool = False,
) -> System:
    """Return the system of counts of a table in which some rows are withheld.

    Parameters
    ----------
    builder
        What binds the counts, from `structure_of`.
    table, found
        The table and its quantities.
    reason
        Why each row is withheld, or empty.
    told
        Rows whose count an earlier pack showed, from `told_before`.
    follow
        What follows from what is shown of other rows.
    keep_headlines
        Whether what a nation's overall figures show may not be withheld for another count's sake.
    """
    published = table.at_stake & (reason == "").to_numpy()
    low, high = _known(found, table.profile, published | told, table.banded)
    known = np.zeros(len(found.value) + 1, dtype=bool)
    known[found.numerator[told]] = True
    strict = np.zeros(len(found.value) + 1, dtype=bool)
    strict[found.numerator[table.secret]] = True
    strict[found.denominator[table.counted]] = True
    apart = np.zeros(len(found.value) + 1, dtype=bool)
    apart[found.numerator[table.secret & follow.apart]] = True
    apart[found.denominator[table.counted & follow.apart]] = True
    banded, watched = np.zeros((2, len(found.value) + 1), dtype=bool)
    banded[found.numerator[follow.seen]] = True
    watched[found.numerator[follow.first]] = True
    fixed = known[:-1]
    if keep_headlines:
        fixed = fixed | found.shown_by(published & table.headline)
    return builder.system(
        low=low,
        high=high,
        hidden=~(found.shown_by(published) | known[:-1] | banded[:-1]),
        strict=strict[:-1],
        apart=apart[:-1],
        together=follow.together,
        watched=watched[:-1],
        cost=np.where(
            fixed | follow.together,
            np.inf,
            _cost(table, found, published | follow.seen, follow.worth),
        ),
    )


@dataclass(frozen=True)
class Follow:
    """What the rules about rows that follow others say of a table some of whose rows are withheld.

    Parameters
    ----------
    seen, first
        Horizons that a life table shows in their band, withheld or not, and those in the first band.
    together
        See `System`.
    worth
        What each row is worth.
    apart
        Rows whose count may not be known to reach the threshold once it is withheld.
    """

    seen: Mask
    first: Mask
    together: Mask
    worth: Floats
    apart: Mask


def _banded(frame: pd.DataFrame, part: pd.Series) -> Mask:
    """Return the rows whose numerator is a running total of a life table."""
    tables = set(
        zip(
            frame.loc[part == "at_risk", "stream"],
            frame.loc[part == "at_risk", "measure"].str.removesuffix("_at_risk"),
            strict=True,
        )
    )
    curves = frame["statistic"] == "cumulative_percent"
    has = [pair in tables for pair in zip(frame["stream"], frame["measure"], strict=True)]
    return (curves & np.array(has, dtype=bool)).to_numpy()


def told_before(table: Table, found: Quantities, earlier: Sequence[pd.DataFrame]) -> Mask:
    """Return the rows whose count an earlier pack showed, and showed as it would be shown now.

    Where it has changed since, whoever still believes the earlier figure learns nothing true.
    """
    told = np.zeros(len(table.frame), dtype=bool)
    if not earlier:
        return told
    now = to_base(table.frame["numerator"].astype("float64"), table.profile.rounding_base)
    for before in earlier:
        shown = (
            before.set_index(list(KEY))["numerator"]
            .astype("float64")
            .reindex(table.keys)
            .to_numpy()
        )
        told |= table.counted & (found.numerator != NONE) & (shown == now)
    return told


def known_where_shown(table: Table, found: Quantities, system: System) -> tuple[Floats, Floats]:
    """Return the bounds of each count of a system as a row would show it."""
    low, high = _known(found, table.profile, table.at_stake, table.banded)
    left = np.zeros(system.counts - len(low))
    return np.r_[low, left], np.r_[high, left + np.inf]


def _known(
    found: Quantities, profile: DisclosureProfile, published: Mask, banded: Mask
) -> tuple[Floats, Floats]:
    """Return what a reader knows of each quantity where it is published."""
    value, base = found.value, profile.rounding_base
    shown = to_base(value, base)
    low, high = np.ceil(shown - base / 2), np.ceil(shown + base / 2) - 1
    low = np.where(value >= profile.threshold, np.maximum(low, profile.threshold), low)
    plain = np.zeros(len(value) + 1, dtype=bool)
    plain[found.numerator[published & ~banded]] = True
    plain[found.denominator[published]] = True
    width = band_width(profile.threshold)
    top = band_top(to_band(value, width), width)
    low = np.where(plain[:-1], low, top - width + 1)
    high = np.where(plain[:-1], high, top)
    nobody = (value == 0) & plain[:-1]
    return np.where(nobody, 0.0, low), np.where(nobody, 0.0, high)


def _cost(table: Table, found: Quantities, published: Mask, own: Floats) -> Floats:
    """Return what withholding each quantity loses: rows by the worth of their areas, spans and overall figures more.

    A count of nobody and one that no published row shows cannot protect another. Of two that lose the
    same, the smaller goes, since it hides the other better.
    """
    worth = np.where((table.part != "").to_numpy(), 50 * own, own)
    cost = np.zeros(len(found.value) + 1)
    for ids in (found.numerator, found.denominator):
        np.add.at(cost, ids[published], worth[published])
    loss = cost[:-1] + 0.2 * np.log1p(found.value / table.profile.threshold)
    return np.where((cost[:-1] > 0) & (found.value > 0), loss, np.inf)


def _overall(frame: pd.DataFrame) -> Mask:
    """Return the rows of a measure that are broken down least: the figures that readers look for first."""
    groups = frame["group"].unique()
    dimensions = frame["group"].map({group: len(split_group(group)) for group in groups})
    measure = [frame[name] for name in ("stream", "variant", "measure", "statistic")]
    return (dimensions == dimensions.groupby(measure).transform("min")).to_numpy()


def _add_bases(builder: Builder, found: Quantities, counted: Mask) -> None:
    both = (found.numerator != NONE) & (found.denominator != NONE)
    share = both & counted
    for rows, guarded in ((share, True), (both & ~share, False)):
        pairs = np.c_[found.numerator[rows], found.denominator[rows]]
        _, first = np.unique(pairs, axis=0, return_index=True)
        places = np.flatnonzero(rows)[first]
        for row in places.tolist():
            builder.contain(
                int(found.numerator[row]),
                int(found.denominator[row]),
                guarded=guarded,
                name=f"base of row {row}",
            )


def _add_declared(
    builder: Builder, table: Table, found: Quantities, at_stake: Mask, counted: Mask
) -> None:
    extended = np.r_[found.of_cell, NONE]
    value = np.r_[found.value, np.nan]
    for (stream, variant), relations in sorted(table.relations.items()):
        own = table.rows_of(stream, variant) & at_stake
        whole_stream = table.of_stream(stream) & at_stake
        for relation in relations:
            among = whole_stream if relation.over == "variant" else own
            bundle = table.places.bundle(relation, among)
            if bundle is None:
                continue
            members, whole = extended[bundle.members], extended[bundle.whole]
            _check(table.frame, bundle, value[members], value[whole])
            guarded = counted[bundle.row]
            if relation.kind == "nested":
                _add_chains(builder, members, guarded, relation)
            else:
                _add_sums(builder, bundle, members, whole)


def _add_chains(builder: Builder, members: Ints, guarded: Mask, relation: Relation) -> None:
    for chain, guard in zip(members.tolist(), guarded.tolist(), strict=True):
        at_hand = [count for count in chain if count != NONE]
        for inner, outer in pairwise(at_hand):
            builder.contain(inner, outer, guarded=guard, name=f"nested over {relation.over}")


def _add_sums(builder: Builder, bundle: Bundle, members: Ints, whole: Ints) -> None:
    complete = bundle.complete & bundle.relation.exhaustive
    name = f"partition over {bundle.relation.over}"
    for parts, total, full in zip(members.tolist(), whole.tolist(), complete.tolist(), strict=True):
        if total != NONE:
            at_hand = [count for count in parts if count != NONE]
            builder.add_up(at_hand, total, remainder=not full, name=name)


def _check(frame: pd.DataFrame, bundle: Bundle, parts: Floats, whole: Floats) -> None:
    """Raise where a declared relation does not hold in the exact table."""
    relation = bundle.relation
    if relation.kind == "partition":
        total = np.nansum(parts, axis=1)
        exact = bundle.complete & relation.exhaustive
        broken = ~np.isnan(whole) & ((total > whole) | (exact & (total != whole)))
    else:
        filled = np.where(np.isnan(parts), -np.inf, parts)
        broken = (parts < np.maximum.accumulate(filled, axis=1)).any(axis=1)
    if broken.any():
        row = frame.iloc[int(bundle.row[np.flatnonzero(broken)[0]])]
        raise DisclosureError(
            f"A declared relation ({relation.kind} over {relation.over}) does not hold in "
            f"{int(broken.sum())} places, such as at {written_key(row)}.",
            where=f"results of {row['stream']} ({row['variant']})",
            mend="Mend the relations that the stream declares, or its counts.",
        )


def _add_models(builder: Builder, table: Table, found: Quantities, at_stake: Mask) -> None:
    """Add that the levels of each covariate add up to the persons and the events of their model."""
    frame = table.frame
    ratios = frame["statistic"].isin(["hazard_ratio", "odds_ratio"]).to_numpy() & at_stake
    tests = frame["statistic"].isin(["auc", "concordance"]).to_numpy() & at_stake
    if not ratios.any() or not tests.any():
        return
    keys = ["stream", "variant", "measure", "area", "period"]
    wholes: dict[tuple[str, ...], int] = {}
    for row in np.flatnonzero(tests).tolist():
        wholes[_model(frame, row, keys)] = row
    levels: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for row in np.flatnonzero(ratios).tolist():
        dimensions = " ".join(split_group(str(frame["group"].iat[row])))
        levels.setdefault((_model(frame, row, keys), dimensions), []).append(row)
    for (model, _), rows in sorted(levels.items()):
        if model not in wholes:
            continue
        for ids in (found.numerator, found.denominator):
            whole, parts = int(ids[wholes[model]]), ids[rows]
            if whole == NONE or (parts == NONE).any():
                continue
            left = found.value[whole] - found.value[parts].sum()
            if left >= 0:
                builder.add_up(parts.tolist(), whole, remainder=left > 0, name="levels of a model")


def _model(frame: pd.DataFrame, row: int, keys: Iterable[str]) -> tuple[str, ...]:
    parent = split_group(str(frame["group"].iat[row])).get("parent", "")
    return (*(str(frame[key].iat[row]) for key in keys), parent)


PRIVATE = (rules.LOW_COUNT, rules.LOW_COMPLEMENT, rules.SMALL_GAP, rules.SECONDARY)


def share(table: Table, found: Quantities, reason: pd.Series) -> pd.Series:
    """Return the reasons with every row withheld that shows a count withheld elsewhere for its own sake."""
    counted = table.frame["statistic"].isin(COUNTED).to_numpy()
    private = counted & reason.isin(PRIVATE).to_numpy() & (found.numerator != NONE)
    return hide(found, np.unique(found.numerator[private]).tolist(), reason, rules.SAME_COUNT)


def hide(found: Quantities, quantities: Iterable[int], reason: pd.Series, rule: str) -> pd.Series:
    """Return the reasons with every row withheld that shows one of these quantities."""
    wanted = np.zeros(len(found.value), dtype=bool)
    wanted[list(quantities)] = True
    rows = found.rows_with(wanted) & (reason == "").to_numpy()
    return reason.where(~rows, rule)

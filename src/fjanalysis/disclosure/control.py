"""Disclosure control of an exact results table: which rows are withheld, and what the others show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from fjanalysis.disclosure import lifetables, rules
from fjanalysis.disclosure.bands import guarded
from fjanalysis.disclosure.cells import COUNTED, NONE, Places, cells_of
from fjanalysis.disclosure.following import BY_TABLE, Following, following
from fjanalysis.disclosure.freezing import as_before, impossible, shown_counts
from fjanalysis.disclosure.release import (
    Controlled,
    Curves,
    curves_of,
    mark_curves,
    released,
)
from fjanalysis.disclosure.secondary import (
    Follow,
    Quantities,
    Table,
    hide,
    known_where_shown,
    quantities_of,
    share,
    structure_of,
    system_of,
    told_before,
)
from fjanalysis.disclosure.suppression import Outcome, beyond_help, suppress
from fjanalysis.disclosure.suppression.propagation import Reach
from fjanalysis.disclosure.suppression.regained import publish_again
from fjanalysis.disclosure.suppression.system import Builder, System
from fjanalysis.errors import DisclosureError
from fjanalysis.project import TOLD_APART, DisclosureException, DisclosureProfile
from fjanalysis.results import KEY, STATISTICS, WITHHELD, Relation, split_group, written_key

MEND = "Leave the breakdown out of the stream, or join its levels."
EXCEPTION = (
    f"{MEND} Or say in fjanalysis.toml why a withheld count may be known to be no small one: "
    '[[disclosure.exceptions]] with rule = "told apart", the rows and a reason.'
)
RATIOS = ("hazard_ratio", "odds_ratio")
MODEL = ["stream", "variant", "measure", "area", "period"]


@dataclass(frozen=True)
class Prepared:
    """An exact results table with all that does not depend on what is withheld of it.

    Parameters
    ----------
    table
        The exact table and the rules.
    found
        Its quantities.
    builder
        What binds them.
    curves
        Its life tables.
    follows
        Rows whose being withheld follows from others.
    earlier
        Released tables of cleared packs of the same records: what they show of a count is known.
    revised
        Released tables of cleared packs of other records, such as an earlier refresh: what they show of a
        count that has not changed is taken as known wherever the count beside it can still be protected.
        Nobody outside can tell which counts have not changed once they are withheld.
    exceptions
        Figures that are released though a rule withholds them; their counts are not.
    """

    table: Table
    found: Quantities
    builder: Builder
    curves: Curves
    follows: Following
    earlier: tuple[pd.DataFrame, ...] = ()
    revised: tuple[pd.DataFrame, ...] = ()
    exceptions: tuple[DisclosureException, ...] = ()

    def control(self, further: Collection[tuple[str, ...]] = ()) -> Controlled:
        """Return what may be released.

        Parameters
        ----------
        further
            Keys of rows to withhold beside those that the rules name: what an audit found to be telling.

        Raises
        ------
        DisclosureError
            A count cannot be protected.
        """
        table, found = self.table, self.found
        frame, part = table.frame, table.part
        reason = pd.Series("", index=frame.index, dtype=object)
        general = (part == "") & ~frame["status"].isin(WITHHELD)
        _mark(reason, general, _own_reasons(frame, table.profile))
        if further:
            keys = pd.MultiIndex.from_frame(frame[list(KEY)])
            _mark(reason, general, [(rules.SECONDARY, keys.isin(list(further)))])
        _models(frame, reason, general)
        start = self.follows.start[self.follows.start >= 0]
        everybody = np.zeros(len(frame), dtype=bool)
        everybody[start] = rules.low_count(
            frame["numerator"].astype("float64").to_numpy()[start], table.profile
        )
        _mark(reason, pd.Series(everybody, index=frame.index), [(rules.LOW_COUNT, everybody)])
        mark_curves(self.curves, reason)
        reason = share(table, found, reason)
        # Bands protect what lies between the running totals of a life table.
        general &= frame["statistic"].isin(COUNTED) | frame.index.isin(self.curves.bare)
        for (stream, variant), declared in sorted(table.relations.items()):
            across = [relation for relation in declared if relation.over == "variant"]
            within = [relation for relation in declared if relation.over != "variant"]
            for own, some in (
                (table.rows_of(stream, variant), within),
                (table.of_stream(stream), across),
            ):
                rows = pd.Series(own, index=frame.index) & general
                _nested(table, reason, rows=rows, declared=some)
        reason = share(table, found, reason)
        shown = as_before(table, found, (*self.revised, *self.earlier))
        reason = impossible(table, found, shown, reason)
        # What an earlier refresh showed can't be taken back, but whether it still holds is not told: no headline
        # is given up for that, nor anything withheld in vain; such counts are protected as if it were not known.
        resting, withheld, after = 0, 0, reason
        stages = [(told_before(table, found, self.earlier), keep) for keep in (True, False)]
        if self.revised:
            both = told_before(table, found, (*self.earlier, *self.revised))
            stages.insert(0, (both, True))
        for number, (known, keep) in enumerate(stages):
            system, outcome, after = self._protect(after, known, keep_headlines=keep)
            withheld += len(outcome.withheld)
            if self.revised and number == 0:
                resting = len(outcome.unprotected)
            if not outcome.unprotected:
                break
        reason = after
        _refuse_unprotected(table, found, system, outcome)
        reason, more = self._balanced(reason, known, further)
        withheld += more
        # What sums added up would tell; what is withheld for that is not published again. Whether that was enough, the
        # attack says.
        system, outcome, reason = self._protect(
            reason, known, keep_headlines=False, every=True, exact=True
        )
        withheld += len(outcome.withheld)
        excepted = _excepted(frame, reason, self.exceptions)
        counts = shown_counts(table, found, shown)
        done = released(
            frame, reason, part, self.curves, table.profile, counts, np.any(excepted, axis=0)
        )
        done.excepted = [int(rows.sum()) for rows in excepted]
        done.work = {
            "counts": int((~system.leftover).sum()),
            "left_over": int(system.leftover.sum()),
            "equations": len(system.equations),
            "protected": outcome.checked,
            "programmes": outcome.programmes,
            "withheld_for_others": withheld,
            "resting_on_revision": resting,
        }
        return done

    @cached_property
    def _apart(self) -> rules.Mask:
        """The rows that no exception lets be told apart from small ones once they are withheld."""
        frame = self.table.frame
        apart = np.ones(len(frame), dtype=bool)
        for exception in self.exceptions:
            if exception.rule == TOLD_APART:
                apart &= ~_covered(frame, exception)
        return apart

    @cached_property
    def _reach(self) -> Reach:
        return Reach.of(self.builder)

    def _protect(
        self,
        reason: pd.Series,
        known: rules.Mask,
        *,
        keep_headlines: bool,
        every: bool = False,
        exact: bool = False,
    ) -> tuple[System, Outcome, pd.Series]:
        """Withhold further counts for others' sake; return the system, what was done, and the reasons.

        Nothing is withheld for a count that would be told whatever is withheld. A row that goes takes all its
        counts with it, which then have to be protected in their turn.
        """
        threshold = self.table.profile.threshold
        total: list[int] = []
        lost: list[int] | None = None
        while True:
            reason = self.follows.followed(reason)
            system = system_of(
                self.builder,
                self.table,
                self.found,
                reason,
                known,
                self._follow(reason),
                keep_headlines=keep_headlines,
            )
            if lost is None:
                lost = beyond_help(system, threshold, self._reach)
            outcome = suppress(system, threshold, lost, every=every, exact=exact, reach=self._reach)
            reason = hide(self.found, outcome.withheld, reason, rules.SECONDARY)
            reason = self._without_tables(outcome.withheld, reason)
            total += outcome.withheld
            if not outcome.withheld:
                unprotected = sorted({*outcome.unprotected, *lost})
                return system, replace(outcome, withheld=total, unprotected=unprotected), reason

    def _balanced(
        self, reason: pd.Series, known: rules.Mask, further: Collection[tuple[str, ...]]
    ) -> tuple[pd.Series, int]:
        """Publish again what is withheld in vain, and protect the value of what stays withheld; say how many went."""
        pinned = self.table.keys.isin(list(further)) if further else np.zeros(len(reason), bool)
        reason = self._published_again(reason, known, pinned)
        number = 0
        for keep in (True, False):
            _, more, reason = self._protect(reason, known, keep_headlines=keep, every=True)
            number += len(more.withheld)
            if not more.unprotected:
                break
        return self._published_again(reason, known, pinned), number

    def _published_again(
        self, reason: pd.Series, known: rules.Mask, pinned: rules.Mask
    ) -> pd.Series:
        """Return the reasons without rows whose withholding protects nothing."""
        table, found = self.table, self.found
        system = system_of(self.builder, table, found, reason, known, self._follow(reason))
        private = reason.isin([rules.LOW_COUNT, rules.LOW_COMPLEMENT, rules.SMALL_GAP]).to_numpy()
        own = np.zeros(len(found.value) + 1, dtype=bool)
        own[found.numerator[private & table.at_stake]] = True
        own[-1] = False
        sides = np.c_[found.numerator, found.denominator]
        rows = (reason == rules.SECONDARY).to_numpy() & table.at_stake & ~table.banded
        rows &= ~own[sides].any(axis=1) & ~pinned
        order = np.flatnonzero(rows)
        order = order[np.argsort(-self.follows.worth(table.worth)[order], kind="stable")]
        groups = [each[each != NONE] for each in sides[order]]
        published = known_where_shown(table, found, system)
        done = publish_again(system, groups, published, table.profile.threshold, self._reach)
        out = reason.copy()
        out.iloc[order[done]] = ""
        shown = np.r_[~system.hidden[: len(found.value)], True]
        follow = (
            out.isin([rules.SECONDARY, rules.SAME_COUNT]).to_numpy()
            & table.at_stake
            & ~table.banded
        )
        out[follow & shown[sides].all(axis=1) & (sides != NONE).any(axis=1)] = ""
        return self.follows.started(out)

    def _follow(self, reason: pd.Series) -> Follow:
        follows = self.follows
        seen = follows.seen(reason)
        return Follow(
            seen,
            seen & follows.first,
            follows.together(self.found, reason),
            follows.worth(self.table.worth),
            self._apart,
        )

    def _without_tables(self, withheld: Sequence[int], reason: pd.Series) -> pd.Series:
        """Mark horizons that are to be hidden though their life table says why they are not shown."""
        wanted = np.zeros(len(self.found.value) + 1, dtype=bool)
        wanted[list(withheld)] = True
        rows = self.follows.open & wanted[self.found.numerator] & reason.isin(BY_TABLE).to_numpy()
        return reason.where(~rows, rules.SECONDARY)


def prepare(
    exact: pd.DataFrame,
    relations: Mapping[tuple[str, str], Sequence[Relation]],
    profile: DisclosureProfile,
    areas: Mapping[str, str] | None = None,
    earlier: Sequence[pd.DataFrame] = (),
    revised: Sequence[pd.DataFrame] = (),
    exceptions: Sequence[DisclosureException] = (),
) -> Prepared:
    """Return an exact results table ready for disclosure control.

    Parameters
    ----------
    exact
        All rows of all streams and variants, in the contract's types.
    relations
        By stream and variant, how their rows relate.
    profile
        The rules in force.
    areas
        Level of each area code, which says how much its figures are worth; all alike where it is empty.
    earlier, revised, exceptions
        See `Prepared`.

    Raises
    ------
    DisclosureError
        A declared relation does not hold.
    """
    frame = exact.reset_index(drop=True)
    part = lifetables.life_measures(frame)
    cells = cells_of(frame)
    table = Table(frame, part, cells, Places(frame, cells), areas or {}, relations, profile)
    found = quantities_of(table)
    builder = structure_of(table, found)
    curves = guarded(table, found, builder, curves_of(frame, part, profile))
    follows = following(table, curves)
    return Prepared(
        table, found, builder, curves, follows, tuple(earlier), tuple(revised), tuple(exceptions)
    )


def _excepted(
    frame: pd.DataFrame, reason: pd.Series, exceptions: Sequence[DisclosureException]
) -> npt.NDArray[np.bool_]:
    """Return the rows that each exception releases, shape (exceptions, rows)."""
    found = np.zeros((len(exceptions), len(frame)), dtype=bool)
    model = frame["statistic"].map(lambda name: STATISTICS[name].source == "model")
    for at, exception in enumerate(exceptions):
        if exception.rule != TOLD_APART:
            found[at] = (model & (reason == exception.rule)).to_numpy() & _covered(frame, exception)
    return found


def _covered(frame: pd.DataFrame, exception: DisclosureException) -> rules.Mask:
    """Return the rows that an exception is about."""
    rows = np.ones(len(frame), dtype=bool)
    for column, value in exception.rows.items():
        rows &= (frame[column] == value).to_numpy()
    return rows


def _refuse_unprotected(table: Table, found: Quantities, system: System, outcome: Outcome) -> None:
    if not outcome.unprotected:
        return
    count = outcome.unprotected[0]
    bound = {system.names[number].split(" of row ")[0] for number in system.of[count]}
    # A complement or gap is shown by no row: the count within it is named.
    named = system.pair.get(count, (count,))[0]
    rows = np.flatnonzero((found.numerator == named) | (found.denominator == named))
    cell = written_key(table.frame.iloc[int(rows[0])]) if len(rows) else "a remainder"
    raise DisclosureError(
        f"{len(outcome.unprotected)} withheld counts can be worked out whatever else is withheld, such as "
        f"{cell} (by {', '.join(sorted(bound))}).",
        where="results",
        mend=EXCEPTION if system.apart[outcome.unprotected].any() else MEND,
    )


def _mark(reason: pd.Series, rows: pd.Series, found: Sequence[tuple[str, npt.ArrayLike]]) -> None:
    for name, mask in found:
        reason[rows & np.asarray(mask, dtype=bool) & (reason == "")] = name


def _own_reasons(
    frame: pd.DataFrame, profile: DisclosureProfile
) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    statistic = frame["statistic"]
    n = frame["numerator"].astype("float64").to_numpy()
    d = frame["denominator"].astype("float64").to_numpy()
    counted = statistic.isin(COUNTED).to_numpy()
    percent = (statistic == "percent").to_numpy()
    quantile = statistic.map(rules.QUANTILES)
    # A half time is the median of those who return, so the events are its persons.
    ranked = np.where((statistic == "half_time_days").to_numpy(), n, d)
    model = statistic.map(lambda name: STATISTICS[name].source == "model").to_numpy()
    curve = (statistic == "cumulative_percent").to_numpy()
    t = profile.threshold
    return [
        (rules.LOW_COUNT, counted & rules.low_count(n, profile)),
        (rules.LOW_BASE, (percent | curve | model) & rules.low_base(d, profile)),
        (rules.LOW_COMPLEMENT, percent & rules.low_complement(n, d, profile)),
        (rules.FEW_BESIDE, quantile.notna().to_numpy() & rules.few_beside(ranked, quantile, t)),
        (rules.FEW_EVENTS, (model & quantile.isna().to_numpy()) & rules.few_events(n, d, t)),
        (rules.FEW_EVENTS, curve & rules.few_events(n, d, t)),
        (rules.LOW_BASE, (model | curve) & np.isnan(d)),
    ]


def _models(frame: pd.DataFrame, reason: pd.Series, general: pd.Series) -> None:
    """Withhold every level whose reference level is withheld, and models that are too small or saturated."""
    ratios = frame[general & frame["statistic"].isin(RATIOS)]
    if ratios.empty:
        return
    dimensions = ratios["group"].map(lambda group: " ".join(split_group(group)))
    model = ratios["group"].map(lambda group: split_group(group).get("parent", ""))
    keys = [ratios[name] for name in MODEL]
    reference = (ratios["value"] == 1) & ratios["lower"].isna() & ratios["upper"].isna()
    lost = (reference & (reason[ratios.index] != "")).groupby([*keys, model, dimensions])
    blocked = lost.transform("any")
    reason[blocked.index[blocked & (reason[blocked.index] == "")]] = rules.SMALL_MODEL
    per_level = ratios["denominator"].astype("float64").groupby([*keys, model, dimensions]).sum()
    persons = per_level.groupby(level=list(range(len(keys) + 1))).max()
    terms = (~reference).groupby([*keys, model]).sum()
    few = rules.few_degrees(persons.to_numpy(), terms.reindex(persons.index).to_numpy())
    small = {key for key, mark in zip(persons.index, few, strict=True) if mark}
    # Without a reference level a covariate is a number, such as the year, and its ratio no row of a table.
    levelled = reference.groupby([*keys, model, dimensions]).any()
    logistic = levelled[levelled].groupby(level=list(range(len(keys) + 1))).size()
    logistic = logistic[logistic.index.isin(_logistic(ratios, keys, model))]
    small |= set(logistic.index[rules.saturated(logistic.to_numpy())])
    if not small:
        return
    every = frame[general & frame["statistic"].map(lambda name: STATISTICS[name].source == "model")]
    own = [
        (*(str(row[name]) for name in MODEL), split_group(row["group"]).get("parent", "")) in small
        for _, row in every.iterrows()
    ]
    marked = every.index[np.array(own, dtype=bool)]
    reason[marked[reason[marked] == ""]] = rules.SMALL_MODEL


def _logistic(
    ratios: pd.DataFrame, keys: Sequence[pd.Series], model: pd.Series
) -> set[tuple[str, ...]]:
    own = ratios["statistic"] == "odds_ratio"
    return set(zip(*(key[own] for key in (*keys, model)), strict=True))


def _walks(relation: Relation) -> list[range]:
    """Return in which orders the members of a nesting are held against the one shown before them.

    What is near that one goes: walking inwards from the largest, the inner of two. Variants are walked away from
    `main`, in both directions, so that it is the variant that goes.
    """
    size = len(relation.members)
    if relation.over == "variant" and "main" in relation.members:
        own = relation.members.index("main")
        return [range(own, -1, -1), range(own, size, 1)]
    return [range(size - 1, -1, -1)]


def _nested(
    table: Table, reason: pd.Series, *, rows: pd.Series, declared: Sequence[Relation]
) -> None:
    """Withhold one of two nested counts whose gap is small; see `_walks`."""
    cells, places, profile = table.cells, table.places, table.profile
    declared = [relation for relation in declared if relation.kind == "nested"]
    if not declared:
        return
    shown = np.zeros(len(cells.value) + 1, dtype=bool)
    for ids in (cells.numerator, cells.denominator):
        shown[ids[(rows & (reason == "")).to_numpy()]] = True
    shown[NONE] = False
    among = rows.to_numpy()
    for relation in declared:
        bundle = places.bundle(relation, among)
        if bundle is None:
            continue
        for walk in _walks(relation):
            before = np.full(len(bundle.members), NONE, dtype=np.int64)
            for cell in bundle.members[:, list(walk)].T:
                live = shown[cell]
                inner, outer = (cell, before) if walk.step < 0 else (before, cell)
                near = live & (before != NONE) & (before != cell)
                near &= rules.small_gap(cells.value[inner], cells.value[outer], profile)
                shown[cell[near]] = False
                before = np.where(live & ~near, cell, before)
    lost = ~shown
    hidden = ((cells.numerator != NONE) & lost[cells.numerator]) | (
        (cells.denominator != NONE) & lost[cells.denominator]
    )
    reason[rows & hidden & (reason == "")] = rules.SMALL_GAP

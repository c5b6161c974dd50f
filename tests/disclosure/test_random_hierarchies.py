"""Thousands of random tables with hierarchies, nestings and two refreshes, against an exact attacker.

`FJANALYSIS_TABLES=20` takes twenty times as many tables of each kind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd
import pytest

from fjanalysis.disclosure.control import prepare
from fjanalysis.errors import DisclosureError
from fjanalysis.project import DisclosureProfile
from fjanalysis.results import Relation
from tests.disclosure.folders import APART
from tests.disclosure.hierarchies import ENGLAND, LEVELS, REGIONS, Truth, groups, hierarchy
from tests.disclosure.mended import mended
from tests.disclosure.reference_attack import Attack, Finding, attack_of, attack_on_curves, findings
from tests.disclosure.test_bands import curves

TIMES = int(os.environ.get("FJANALYSIS_TABLES", "1"))
MEANS = (3, 8, 25, 80)
Make = Callable[[int, float, str], Truth]
KINDS: dict[str, tuple[Make, int]] = {
    "groups of two regions": (groups, 200),
    "regions of nations": (lambda s, m, n: hierarchy(s, m, n, local=False), 16),
    "local areas and HMCTS regions": (lambda s, m, n: hierarchy(s, m, n, local=True), 4),
}
# Largest part of the tables of which every one is tried.
MOST = 22
ALONE = {"groups of two regions": 24, "regions of nations": 2}


def released(truths: Sequence[Truth], base: int, **earlier: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables after disclosure control, all in one system."""
    rows = pd.concat([truth.frame for truth in truths], ignore_index=True)
    relations = {truth.stream: truth.relations for truth in truths}
    profile = DisclosureProfile(rounding_base=base)
    return mended(rows, relations, profile, LEVELS, **earlier)[0].results


def made(kind: str, number: int, first: int = 0) -> list[Truth]:
    make = KINDS[kind][0]
    return [make(seed, MEANS[seed % 4], f"s{seed}") for seed in range(first, first + number)]


def told(truths: Sequence[Truth], packs: Sequence[pd.DataFrame], base: int) -> list[Finding]:
    """Return all withheld counts of which the attacker learns too much."""
    attacks = [attack_of(truth, packs, base) for truth in truths]
    assert sum(len(each.secret) for each in attacks) > len(truths), "hardly anything is withheld"
    return [each for attack in attacks for each in findings(attack, both_sides=BOTH_SIDES)]


# Whether an interval must reach under the threshold too, so that nobody can tell a small count from one withheld
# for its sake.
BOTH_SIDES = False


def told_of_many(kind: str, base: int) -> list[Finding]:
    """Return the withheld counts of many tables in one system that are told."""
    truths = made(kind, KINDS[kind][1] * TIMES)
    return told(truths, [released(truths, base)], base)


BASES = pytest.mark.parametrize("base", [5, 1], ids=["rounded", "without rounding"])


@BASES
@pytest.mark.parametrize("kind", KINDS)
def test_no_withheld_count_of_many_tables_in_one_system_is_told(kind: str, base: int) -> None:
    assert told_of_many(kind, base) == []


@BASES
@pytest.mark.parametrize("kind", ALONE)
def test_no_withheld_count_of_a_table_by_itself_is_told(kind: str, base: int) -> None:
    for truth in made(kind, ALONE[kind] * TIMES, first=10_000):
        attack = attack_of(truth, [released([truth], base)], base)
        assert findings(attack, both_sides=BOTH_SIDES) == []


@BASES
def test_without_an_exception_nobody_can_tell_a_small_count_from_one_withheld_for_its_sake(
    base: int,
) -> None:
    shown = []
    for truth in made("groups of two regions", 16 * TIMES, first=50_000):
        relations, profile = {truth.stream: truth.relations}, DisclosureProfile(rounding_base=base)
        pack = mended(truth.frame, relations, profile, LEVELS, exceptions=())[0].results
        assert findings(attack_of(truth, [pack], base), both_sides=True) == []
        shown.append(int((pack["status"] != "c").sum()))
    # It costs much of so small a table, but not everything of each.
    assert max(shown) > 10


@pytest.mark.parametrize("base", [5, 1], ids=["rounded", "without rounding"])
def test_no_withheld_count_is_told_by_two_packs_of_the_same_records(base: int) -> None:
    refused = 0
    for truth in made("groups of two regions", 16 * TIMES, first=20_000):
        exact = truth.frame
        # The first pack had the totals and the shares alone; the second shows what is behind them.
        part = exact[(exact["group"] == "") | (exact["statistic"] == "percent")]
        relations = {truth.stream: truth.relations}
        profile = DisclosureProfile(rounding_base=base)
        first = mended(part.reset_index(drop=True), relations, profile, LEVELS)[0].results
        try:
            second = released([truth], base, earlier=[first])
        except DisclosureError:
            refused += 1
            continue
        attack = attack_of(truth, [first, second], base)
        assert findings(attack, both_sides=BOTH_SIDES) == []
    assert refused < 8 * TIMES


def later(truth: Truth, seed: int) -> Truth:
    """Return the same tables a refresh later: most counts a little higher, all relations as they were."""
    random = np.random.default_rng(seed)
    make = KINDS["groups of two regions"][0]
    more = make(int(random.integers(2**31)), 1.5, truth.stream)
    new = Truth(
        truth.stream, sums=truth.sums, within=list(truth.within), guarded=set(truth.guarded)
    )
    new.value = {name: number + more.value[name] for name, number in truth.value.items()}
    new.relations = truth.relations
    for (_, statistic, *_), (count, base) in truth.shown.items():
        new.show(statistic, count, base)
    return new


def test_no_withheld_count_of_a_later_refresh_is_told() -> None:
    first = made("groups of two regions", 80 * TIMES, first=30_000)
    second = [later(truth, seed) for seed, truth in enumerate(first)]
    before = released(first, 5)
    after = released(second, 5, revised=[before])
    assert told(first, [before], 5) == []
    assert told(second, [after], 5) == []


def test_two_refreshes_without_rounding_show_no_change_under_the_threshold() -> None:
    first = made("groups of two regions", 30 * TIMES, first=40_000)
    before = released(first, 1)
    after = released([later(truth, at) for at, truth in enumerate(first)], 1, revised=[before])
    both = before.merge(after, on=list(before.columns[:8]), suffixes=("_first", "_second"))
    for name in ("numerator", "denominator"):
        change = (both[f"{name}_first"] - both[f"{name}_second"]).abs().dropna()
        assert len(change) > 30
        assert ((change == 0) | (change >= 10)).all()


def enumerated(truth: Truth, attack: Attack) -> dict[int, tuple[int, int]]:
    """Return the interval of each withheld count over every table there is, tried one by one."""
    cells = np.array(list(product(range(MOST + 1), repeat=4)), dtype=np.int16)
    place = {name: at for at, name in enumerate(attack.names)}
    table = np.zeros((len(cells), len(place)), dtype=np.int16)
    table[:, parts_of(attack)] = cells
    known = set(parts_of(attack))
    # Margins follow from the parts: of areas first, then of groups.
    for parts, whole in truth.sums + truth.sums:
        if place[whole] not in known and {place[part] for part in parts} <= known:
            table[:, place[whole]] = sum(table[:, place[part]] for part in parts)
            known.add(place[whole])
    assert len(known) == len(place)
    low, high = np.array(attack.low[: len(place)]), np.array(attack.high[: len(place)])
    fits = ((table >= low) & (table <= high)).all(axis=1)
    assert fits.any()
    return {
        count: (int(table[fits, count].min()), int(table[fits, count].max()))
        for count in attack.secret
    }


def parts_of(attack: Attack) -> list[int]:
    """Return the counts of one group in one region."""
    return [at for at, name in enumerate(attack.names) if name[1] in REGIONS and name[3]]


def tiny(seed: int) -> Truth:
    """Return a table of two groups in two regions whose counts have no base."""
    random = np.random.default_rng(seed)
    whole = groups(seed, 1)
    truth = Truth("tiny", relations=whole.relations)
    cells = random.integers(0, MOST, (2, 2))
    for name in whole.value:
        if name[0] == "newborn_cases":
            rows = [0, 1] if name[1].startswith("E92") else [int(name[1][-1]) - 1]
            columns = [0, 1] if not name[3] else [int(name[3] == "sex: male")]
            truth.value[name] = int(cells[np.ix_(rows, columns)].sum())
    truth.sums = [each for each in whole.sums if each[1][0] == "newborn_cases"]
    for name in truth.value:
        truth.show("count", name)
    return truth


@pytest.mark.parametrize("base", [5, 1], ids=["rounded", "without rounding"])
def test_the_attacker_s_programmes_agree_with_every_table_tried_one_by_one(base: int) -> None:
    asked = 0
    for seed in range(8):
        truth = tiny(seed)
        attack = attack_of(truth, [released([truth], base)], base)
        # Both search among tables whose parts are no larger than this.
        for part in parts_of(attack):
            attack.high[part] = min(attack.high[part], MOST)
        for count, interval in enumerated(truth, attack).items():
            assert attack.interval(count) == interval
            asked += 1
    assert asked > 10


def test_the_attacker_wins_where_nothing_is_withheld_for_others() -> None:
    truths = made("groups of two regions", 40)
    pack = released(truths, 5)
    exact = pd.concat([truth.frame for truth in truths], ignore_index=True)
    # Only what is itself under the threshold is withheld, and its percentages; all else is shown.
    few = [exact[name].astype("float64").between(1, 9) for name in ("numerator", "denominator")]
    small = (few[0] | few[1]).to_numpy()
    shown = pack.assign(
        numerator=((exact["numerator"] + 2) // 5 * 5).mask(small),
        denominator=((exact["denominator"] + 2) // 5 * 5).mask(small),
        status=np.where(small, "c", "ok"),
    )
    exposed = [
        finding for truth in truths for finding in findings(_loose(truth, shown), both_sides=False)
    ]
    assert len(exposed) > 20


def _loose(truth: Truth, pack: pd.DataFrame) -> Attack:
    # Gaps are not protected in such a pack, so the attacker may not take them to be.
    truth.guarded.clear()
    return attack_of(truth, [pack], 5)


HORIZONS = Relation(
    "nested",
    "horizon",
    ("1 year", "2 years", "3 years", "4 years"),
    where={"statistic": "cumulative_percent"},
)


def test_no_withheld_horizon_is_told_by_the_bands_of_all_areas_together() -> None:
    told_of, secret = [], 0
    for seed in range(40 * TIMES):
        exact, relation = curves(seed, 2 + seed % 4, (60, 120, 400)[seed % 3])
        declared = {("recurrence", "main"): [relation, HORIZONS]}
        done = prepare(exact, declared, DisclosureProfile(), exceptions=[APART]).control().results
        attack = attack_on_curves(exact, done, ENGLAND)
        secret += len(attack.secret)
        told_of += findings(attack, both_sides=False)
    assert secret > 60
    assert told_of == []

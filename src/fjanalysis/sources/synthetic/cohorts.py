"""The cohorts of which the truth is told, under the keys of the results table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np

from fjanalysis import periods
from fjanalysis.reference import areas
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import private, proceedings
from fjanalysis.sources.synthetic.care import APRIL_2014
from fjanalysis.sources.synthetic.expectations import (
    PRIVATE_RETURNS,
    RETURNS,
    Curves,
    Followed,
    Key,
    Shares,
)
from fjanalysis.sources.synthetic.people import YEAR
from fjanalysis.sources.synthetic.ratios import Ratios
from fjanalysis.sources.synthetic.records import (
    APPLICATION,
    FEMALE,
    FINAL_ORDER_COLUMNS,
    MILLION,
    NEVER,
    Bools,
    Ints,
    World,
    day,
    monday,
    year_of,
)

ENGLAND, WALES, BOTH = "E92000001", "W92000004", "K04000001"
WASHOUT_YEARS = 3
FIRST_ORDERS = "2010-11"  # orders before April 2010 are not used
AGES: Final = ("under 20", "20 to 24", "25 to 29", "30 to 34", "35 and over")
INDEX_PERIODS: Final = ("before April 2014", "from April 2014")
YOUNGEST: Final = ("under 1", "1 to 4", "5 to 9", "10 and over")
ADULT: Final = int(18 * YEAR)
REFERENCE_REGION: Final = 1  # the North West
_YOUNGEST_DAYS: Final = np.array([1, 5, 10]) * YEAR
NOTICE: Final = {
    "same_day_hearing": "same_day",
    "emergency_hearing": "emergency",
    "short_notice_hearing": "short_notice",
}
CHILDREN: Final = ("1", "2", "3", "4 and over")
# Covariates of the models, the level first that the others are compared with.
_AGES: Final = (AGES[2], *AGES[:2], *AGES[3:])
_YOUNGEST: Final = (YOUNGEST[1], YOUNGEST[0], *YOUNGEST[2:])
_SEXES: Final = ("male", "female")
_NO_ORDER: Final = ("no_order", "dismissed", "withdrawn")


def _of_mothers() -> Ratios:
    factors = {
        "age": _AGES,
        "children": CHILDREN,
        "index period": INDEX_PERIODS,
        "youngest child": YOUNGEST,
        "region": _regions_first(),
    }
    return Ratios("any_return", "parent: mother", factors, RETURNS)


def _of_families() -> Ratios:
    factors = {
        "order sought": c.ORDERS_SOUGHT,
        "sex": _SEXES,
        "youngest child": _YOUNGEST,
        "region": _regions_first(),
    }
    return Ratios("first_return", "", factors, PRIVATE_RETURNS)


def _regions_first() -> tuple[str, ...]:
    names = _region_names()
    return (names[REFERENCE_REGION], *names[:REFERENCE_REGION], *names[REFERENCE_REGION + 1 :])


def _placed(levels: Ints, first: int) -> Ints:
    """Return the places of levels when the one numbered `first` is moved to the front."""
    return np.where(levels == first, 0, levels + (levels < first))


@dataclass
class Expected:
    """What the analyses of one refresh should find.

    Parameters
    ----------
    refresh
        The refresh's day.
    """

    refresh: int
    curves: Curves = field(default_factory=Curves)
    shares: Shares = field(default_factory=Shares)
    mothers: Ratios = field(default_factory=_of_mothers)
    families: Ratios = field(default_factory=_of_families)

    def add(self, world: World) -> None:
        """Add the families and cases of a chunk, as a refresh without faults holds them."""
        self._mothers(world)
        self._families(world)
        self._newborns(world)

    @property
    def follow_up_end(self) -> int:
        """The last day of the last complete month."""
        end = periods.last_complete_month_end(date(1970, 1, 1) + timedelta(days=self.refresh))
        return day(end.isoformat())

    def window(self, start: int) -> tuple[str, int, int]:
        """Return the complete years from a day on: their span, first and last day; empty if none."""
        first = date(1970, 1, 1) + timedelta(days=start)
        end = date(1970, 1, 1) + timedelta(days=self.follow_up_end)
        years = periods.complete_years(first, end)
        if not years:
            return "", NEVER, NEVER
        span = periods.span(years)
        return (
            span,
            day(periods.first_day(span).isoformat()),
            day(periods.last_day(span).isoformat()),
        )

    def _areas(
        self, region: Ints, issue: Ints, starts: Mapping[str, int]
    ) -> Iterator[tuple[str, str, Bools]]:
        """Yield each area with its span of years and the rows whose issue falls into it."""
        wales = region == c.WALES
        for area, mine in (
            (ENGLAND, ~wales),
            (WALES, wales),
            (BOTH, np.ones(len(region), dtype=bool)),
            *((code, region == number) for number, code in enumerate(c.REGIONS[:9])),
        ):
            start = starts["Wales" if area == WALES else "England"]
            if area == BOTH:
                start = max(starts.values())
            span, first, last = self.window(_years_after(start, WASHOUT_YEARS))
            if span:
                yield area, span, mine & (issue >= first) & (issue <= last)

    def _mothers(self, world: World) -> None:
        rows = world.sets.columns()
        issue, region = (world.cases.column(name)[rows["case"]] for name in ("issue", "region"))
        first = _first_of(rows["mother"], issue) & (issue <= self.follow_up_end)
        # Ages are known from the Monday of the birth week.
        age = (rows["age"] + _since_monday(issue - rows["age"])) / YEAR
        first &= (age >= 14) & (age < 51)
        rows = {name: values[first] for name, values in rows.items()}
        issue, region, age = issue[first], region[first], age[first]
        band = np.searchsorted(c.RETURN_AGE_BANDS, age, side="right")
        followed = Followed(
            rows["ratio"] / MILLION, self.follow_up_end - issue, rows["ends"] - issue
        )
        codes = [
            _placed(band, 2),
            np.minimum(rows["children"], len(CHILDREN)) - 1,
            (issue >= APRIL_2014).astype(np.int64),
            np.searchsorted(_YOUNGEST_DAYS, rows["youngest"], side="right"),
            _placed(region, REFERENCE_REGION),
        ]
        groups: dict[Key, Bools] = {}
        for area, span, mine in self._areas(region, issue, proceedings.DATA_START):
            if area == ENGLAND:
                _add(self.mothers, followed, codes, mine, (area, span))
            groups["any_return", area, span, "parent: mother"] = mine
            if not area.startswith("E12"):
                for place, name in enumerate(AGES):
                    key = ("any_return", area, span, f"parent: mother; age: {name}")
                    groups[key] = mine & (band == place)
                for place, name in enumerate(INDEX_PERIODS):
                    key = ("any_return", area, span, f"parent: mother; index period: {name}")
                    groups[key] = mine & ((issue >= APRIL_2014) == (place == 1))
        self.curves.add(followed, groups, RETURNS)

    def _families(self, world: World) -> None:
        rows = world.returns.columns()
        issue, region = (world.cases.column(name)[rows["case"]] for name in ("issue", "region"))
        counted = np.isin(rows["sought"], [APPLICATION[name] for name in c.ORDERS_SOUGHT])
        kept = _first_of(np.where(counted, rows["family"], -1 - np.arange(len(counted))), issue)
        ends = rows["ends"] - _since_monday(rows["ends"] - ADULT)
        kept &= counted & (rows["origin"] <= np.minimum(self.follow_up_end, ends))
        rows = {name: values[kept] for name, values in rows.items()}
        issue, region = issue[kept], region[kept]
        earlier = _since_monday(issue - rows["youngest"])
        youngest = np.searchsorted(_YOUNGEST_DAYS, rows["youngest"] + earlier, side="right")
        sought = _sought_first(rows["sought"], rows["also"])
        until = np.minimum(self.follow_up_end, ends[kept]) - rows["origin"]
        followed = Followed(rows["ratio"] / MILLION, until, until)
        kinds = np.array([APPLICATION[name] for name in c.ORDERS_SOUGHT])
        codes = [
            np.argsort(kinds)[np.searchsorted(np.sort(kinds), sought)],
            (rows["sex"] == FEMALE).astype(np.int64),
            _placed(youngest, 1),
            _placed(region, REFERENCE_REGION),
        ]
        groups: dict[Key, Bools] = {}
        for area, span, mine in self._areas(region, issue, private.DATA_START):
            if area == ENGLAND:
                _add(self.families, followed, codes, mine, (area, span))
            groups["first_return", area, span, ""] = mine
            if area.startswith("E12"):
                continue
            for place, name in enumerate(YOUNGEST):
                key = ("first_return", area, span, f"youngest child: {name}")
                groups[key] = mine & (youngest == place)
            for sex, name in ((FEMALE, "female"), (1 - FEMALE, "male")):
                key = ("first_return", area, span, f"sex: {name}")
                groups[key] = mine & (rows["sex"] == sex)
            for name in c.ORDERS_SOUGHT:
                key = ("first_return", area, span, f"order sought: {name}")
                groups[key] = mine & (sought == APPLICATION[name])
        self.curves.add(followed, groups, PRIVATE_RETURNS)

    def _newborns(self, world: World) -> None:
        rows = world.sets.columns()
        case = rows["case"][rows["newborn"] == 1]
        groups = self._by_year(world, case)
        wales = world.cases.column("region")[case] == c.WALES
        # Cymru's orders are outcomes of hearings, so a case without another has one for its interim order.
        unheard = np.where(wales, c.NO_HEARING, 0.0)
        for measure, column in NOTICE.items():
            chance = rows[column][rows["newborn"] == 1] / MILLION * (1 - unheard)
            if measure == "short_notice_hearing":
                chance = chance + unheard * proceedings.INTERIM
            self.shares.add(chance, {(measure, *key, ""): mine for key, mine in groups.items()})
        missing = {("unknown_notice", *key, ""): mine for key, mine in groups.items()}
        self.shares.add(np.where(wales, 0.0, c.NO_HEARING), missing)
        babies = world.newborns.columns()
        groups = {
            key: mine
            for key, mine in self._by_year(world, babies["case"]).items()
            if key[1] >= FIRST_ORDERS
        }
        chances = {name: babies[name] / MILLION for name in FINAL_ORDER_COLUMNS}
        chances["no_order"] = sum((chances.pop(name) for name in _NO_ORDER), np.zeros(1))
        chances["no_order_recorded"] = 1 - sum(chances.values(), np.zeros(1))
        for name, chance in chances.items():
            group = f"final order: {name.replace('_', ' ')}"
            keyed = {("final_order", *key, group): mine for key, mine in groups.items()}
            self.shares.add(chance, keyed)

    def _by_year(self, world: World, case: Ints) -> dict[tuple[str, str], Bools]:
        """Return the rows of each area and complete financial year."""
        issue, region = (world.cases.column(name)[case] for name in ("issue", "region"))
        year, out = year_of(issue), {}
        for area, mine in (
            (ENGLAND, region != c.WALES),
            *((code, region == number) for number, code in enumerate(c.REGIONS)),
        ):
            start = proceedings.DATA_START["Wales" if area == WALES else "England"]
            span, first, last = self.window(start)
            if span:
                for each in range(
                    int(year_of(np.array([first]))[0]), periods.start_year(span[-7:]) + 1
                ):
                    out[area, periods.year_name(each)] = mine & (year == each) & (issue <= last)
        return out


def _add(
    ratios: Ratios, followed: Followed, codes: list[Ints], mine: Bools, place: tuple[str, str]
) -> None:
    own = Followed(followed.ratio[mine], followed.until[mine], followed.possible[mine])
    ratios.add(own, [each[mine] for each in codes], place)


def _since_monday(births: Ints) -> Ints:
    return births - monday(births)


def _sought_first(sought: Ints, also: Ints) -> Ints:
    """Return under which order a case is counted: prohibited steps go before a specific issue."""
    steps = (sought == APPLICATION["specific issue"]) & (also == APPLICATION["prohibited steps"])
    return np.where(steps, APPLICATION["prohibited steps"], sought)


def _years_after(start: int, years: int) -> int:
    first = date(1970, 1, 1) + timedelta(days=start)
    return day(periods.anniversary(first, years=years).isoformat())


def _first_of(owner: Ints, issue: Ints) -> Bools:
    """Return which row is the earliest of its owner."""
    order = np.lexsort((issue, owner))
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = owner[order][1:] != owner[order][:-1]
    first = np.zeros(len(owner), dtype=bool)
    first[order[begins]] = True
    return first


def ratios() -> Iterator[tuple[str, str, str, float]]:
    """Yield measure, statistic, group and value of each ratio drawn with, to the references of the analyses."""

    def hazards(measure: str, groups: Mapping[str, float]) -> Iterator[tuple[str, str, str, float]]:
        for group, value in groups.items():
            yield measure, "hazard_ratio", group, float(value)

    ages = {f"age: {name}": ratio for name, ratio in zip(AGES, c.RETURN_AGE, strict=True)}
    regions = {
        f"region: {name}": ratio / c.RETURN_REGION[1]
        for name, ratio in zip(_region_names(), c.RETURN_REGION[:9], strict=True)
    }
    both = dict(zip(INDEX_PERIODS, (1.0, c.RETURN_FROM_2014), strict=True))
    index = {f"index period: {name}": ratio for name, ratio in both.items()}
    for group, value in (ages | regions | index).items():
        yield "any_return", "hazard_ratio", f"parent: mother; {group}", float(value)
    young = c.PRIVATE_RETURN_UNDER_FIVE
    enforced = c.PRIVATE_RETURN_ENFORCEMENT
    yield from hazards(
        "first_return",
        {"sex: male": 1, "sex: female": c.PRIVATE_RETURN_FEMALE}
        | {
            f"youngest child: {name}": 1 if place < 2 else 1 / young
            for place, name in enumerate(YOUNGEST)
        }
        | {
            f"order sought: {name}": enforced if name == "enforcement" else 1
            for name in c.ORDERS_SOUGHT
        },
    )
    odds = c.ADOPTION_ODDS
    for group, value in {
        "subsequent infant: no": 1,
        "subsequent infant: yes": odds["subsequent infant"],
        "notice: longer": 1,
        "notice: same day": odds["same day"],
        "ethnicity: white": 1,
        "ethnicity: asian": odds["asian or black"],
        "ethnicity: black": odds["asian or black"],
        "deprivation quintile: 5": 1,
        "deprivation quintile: 1": odds["most deprived fifth"],
    }.items():
        yield "adoption", "odds_ratio", group, float(value)


def _region_names() -> list[str]:
    frame = areas().set_index("code")
    return [str(frame.loc[code, "name"]) for code in c.REGIONS[:9]]

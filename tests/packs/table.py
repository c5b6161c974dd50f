"""Rows of a built pack, each rounded and withheld as a pack's are."""

from __future__ import annotations

import math
from typing import Any

from fjanalysis.limits import exact_poisson, log_log, survival_curve, wilson

from .places import WINDOW

HORIZONS = (1, 2, 3, 4, 5, 7, 8, 10)


class Table:
    """Rows made one by one, each rounded and withheld as a pack's are."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.rows: list[dict[str, Any]] = []

    def _row(self, measure: str, statistic: str, area: str, period: str, **more: Any) -> None:
        key = {"stream": self.stream, "measure": measure, "statistic": statistic}
        self.rows.append({**key, "area": area, "period": period, **more})

    def count(self, measure: str, area: str, period: str, people: float, **more: Any) -> int:
        rounded = 5 * round(people / 5)
        if 0 < people < 10:
            self._row(measure, "count", area, period, status="c", **more)
        else:
            self._row(measure, "count", area, period, value=rounded, numerator=rounded, **more)
        return int(rounded)

    def percent(
        self, measure: str, area: str, period: str, share: float, base: int, **more: Any
    ) -> None:
        cases = 5 * round(share * base / 5)
        if cases < 10 or base - cases < 10:
            self._row(measure, "percent", area, period, status="c", **more)
            return
        low, high = wilson(cases, base)
        self._row(
            measure, "percent", area, period, value=100 * cases / base, lower=100 * float(low),
            upper=100 * float(high), numerator=cases, denominator=base, **more,
        )  # fmt: skip

    def rate(
        self, measure: str, area: str, period: str, cases: int, population: int, **more: Any
    ) -> None:
        if cases < 10:
            self._row(measure, "rate_per_10000", area, period, status="c", **more)
            return
        low, high = exact_poisson(cases)
        scale = 10_000 / population
        self._row(
            measure, "rate_per_10000", area, period, value=scale * cases, lower=scale * float(low),
            upper=scale * float(high), numerator=cases, denominator=population, **more,
        )  # fmt: skip

    def model(
        self, measure: str, statistic: str, area: str, period: str, value: float, **more: Any
    ) -> None:
        self._row(measure, statistic, area, period, value=value, **more)

    def life(self, measure: str, area: str, group: str, *, persons: int, ten_years: float) -> None:
        """Give a life table of the whole window and the cumulative per cent at the usual horizons."""
        step = 12 if area.startswith("DFJ") else 3
        months = list(range(0, 121, step))
        hazard = -math.log(1 - ten_years) / 3.0
        share = [
            1 - math.exp(-hazard * 3.0 * (1 - math.exp(-m / 40)) / (1 - math.exp(-3)))
            for m in months
        ]
        left = [persons * (1 - 0.8 * m / 120) for m in months]
        risk = [5 * round(n * (1 - f) / 5) for n, f in zip(left, share, strict=True)]
        events = [0] + [
            5 * round((share[i] - share[i - 1]) / (1 - share[i - 1]) * risk[i - 1] / 5)
            for i in range(1, len(months))
        ]
        gone = [0] + [max(0, risk[i - 1] - risk[i] - events[i]) for i in range(1, len(months))]
        for month, n, d, c in zip(months, risk, events, gone, strict=True):
            at = {"group": group, "horizon": f"{month} months"}
            for name, people in (("at_risk", n), ("events", d), ("censored", c)):
                self.count(f"{measure}_{name}", area, WINDOW, people, **at)
        entering = [n - c / 2 for n, c in zip(risk[:-1], gone[1:], strict=True)]
        curve, greenwood = survival_curve(entering, events[1:])
        low, high = log_log(curve, greenwood)
        for year in HORIZONS:
            if (12 * year) % step:
                continue
            at = 12 * year // step - 1
            self._row(
                measure, "cumulative_percent", area, WINDOW, group=group, horizon=f"{year} year" + "s" * (year > 1),
                value=100 * (1 - float(curve[at])), lower=100 * (1 - float(high[at])),
                upper=100 * (1 - float(low[at])), numerator=sum(events[: at + 2]), denominator=persons,
            )  # fmt: skip

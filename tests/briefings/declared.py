"""Figures as they are declared, for the tests of what becomes of them, and a reader of their tables."""

from html.parser import HTMLParser

REGIONS = """
regions:
  kind: dot
  title: Same-day hearings
  subtitle: Per cent of newborn cases, by region, {period}
  measure: same_day_hearing.percent
  area: regions
  period: window
  benchmark: England
"""
TREND = """
trend:
  kind: line
  title: Notice
  subtitle: Per cent of newborn cases, {area}, {period}
  measure: [same_day_hearing.percent, short_notice_hearing.percent]
  series: measure
  names: {same_day_hearing.percent: Same day}
  period: years
"""
ORDERS = """
orders:
  kind: stack
  title: Orders
  subtitle: Per cent of newborn cases, {area}
  measure: final_order.percent
  by: final order
  levels: [placement order, care order]
  rest: All others
  period: years
"""
CURVE = """
curve:
  kind: survival
  title: Returns
  subtitle: Cumulative per cent, {area}, {period}
  measure: recurrence/any_return.cumulative_percent
  by: parent
  area: England
  period: window
"""
TABLE = """
table:
  kind: table
  title: Table
  subtitle: Newborn cases, {period}
  measure: [newborn_cases.count, newborn_cases.rate_per_10000]
  area: [England, Wales]
"""
FUNNEL = """
funnel:
  kind: funnel
  title: Funnel
  subtitle: Same-day hearings, by area, {period}
  measure: same_day_hearing.percent
  area: dfj-areas
  period: window
  benchmark: England and Wales
"""
FOREST = """
forest:
  kind: forest
  title: Forest
  subtitle: Odds ratios, {period}
  measure: adoption.odds_ratio
  by: [age, subsequent infant]
  area: England and Wales
  period: window
"""
TILES = """
tiles:
  kind: tiles
  title: Tiles
  subtitle: Same-day hearings, by area, {period}
  measure: same_day_hearing.percent
  area: dfj-areas
  period: last
  highlight: Luton
"""
SLOPE = """
slope:
  kind: slope
  title: Slope
  subtitle: Same-day hearings, by region, {period}
  measure: same_day_hearing.percent
  area: regions
  period: [first, last]
"""
NATIONS = """
nations:
  kind: survival
  title: Mothers who return
  subtitle: Cumulative per cent of mothers, by nation, {period}
  measure: recurrence/any_return.cumulative_percent
  group: "parent: mother"
  series: area
  area: [England, Wales]
  period: window
  otherwise: Nothing can be shown.
"""


class Table(HTMLParser):
    """The cells of a table as text, by row, with the scope of each header cell."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.scopes, self.caption, self._at = [], [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._at = tag
        if tag == "tr":
            self.rows.append([])
            self.scopes.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.scopes[-1].append(dict(attrs).get("scope"))

    def handle_data(self, data):
        if self._at == "caption":
            self.caption += data
        elif self._at in ("td", "th"):
            self.rows[-1][-1] += data

    def handle_endtag(self, tag):
        self._at = ""


ADOPTION = """
adoption:
  kind: forest
  title: Who is placed?
  subtitle: Odds ratio of a placement order, {area}
  measure: adoption.odds_ratio
  by: [age]
  area: England
  period: window
  otherwise: The numbers are too small to be published.
"""

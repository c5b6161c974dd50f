from __future__ import annotations

from fjanalysis.periods import year_name
from fjanalysis.reference import areas, read, source


def test_each_published_figure_stands_once_with_its_publisher_and_how_it_was_seen() -> None:
    figures = read("context_figures")
    assert not figures.duplicated(["publisher", "figure", "area", "period"]).any()
    assert set(figures["confidence"]) == {"publication", "secondary source"}
    assert set(figures["area"]) <= set(areas()["code"])
    assert source("context_figures").remark.startswith("Provisional")


def test_cafcass_counts_financial_years_and_the_ministry_calendar_years() -> None:
    figures = read("context_figures")
    ministry = figures["publisher"] == "Ministry of Justice"
    assert figures.loc[ministry, "period"].str.fullmatch(r"20\d\d").all()
    others = figures.loc[~ministry, "period"]
    assert all(period == year_name(int(period[:4])) for period in others)


def test_a_project_s_own_figures_win(tmp_path) -> None:
    line = "publisher,law,figure,area,period,value,unit,confidence\nX,public,cases,E92000001,2019,7,cases,own\n"
    (tmp_path / "context_figures.csv").write_text(line)
    assert read("context_figures", tmp_path)["value"].tolist() == [7.0]

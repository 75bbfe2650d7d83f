"""The charts of the page Compare show their rows, and tell things apart by more than colour."""

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest

from alma_core import language, library
from alma_core.decide import by_size, compare_tables, record, sheets
from alma_core.decide.advise import Answer, answer
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import columns, compare_figures, comparing, comparison, figures, offline, size_figures
from tests.decide import hand
from tests.decide.test_by_size import sized
from tests.decide.test_compare_tables import DEAR
from tests.report.test_cost_figures import texts

STYLES = {n: figures.style(n, f"policy {n}") for n in range(40)}
RUNS = ("mnist", "monthly-demand", "mnist-policies")


@pytest.fixture
def found() -> Answer:
    return hand.answer(hand.example(), Question(prices=DEAR))


@cache
def shipped(name: str) -> Answer:
    run = library.find(name)
    sheet = next(iter(sheets.beside(run.path)), None)
    return answer(record.of_run(run), Question(prices=Prices() if sheet is None else sheets.load(sheet).prices))


def compared(name: str, found: Answer, **changes: object) -> comparison.Comparison:
    shown = list(map(int, dict.fromkeys([found.recommended, found.baseline, *found.order[:6]])))
    usual = {"kpi": "cost", "figure": "mean_error", "way": by_size.usual(found)} | changes
    return comparison.Comparison(library.find(name), found, shown, **usual)  # type: ignore[arg-type]


@pytest.mark.parametrize("kpi", ["cost", "mean_error"])
@pytest.mark.parametrize("name", comparison.CHARTS)
def test_every_column_of_a_chart_s_rows_has_its_word(name: str, kpi: str):
    shown = compared("monthly-demand", shipped("monthly-demand"), kpi=kpi, figure=kpi).chart(name).rows
    codes = {str(heading).partition(" (")[0] for heading in shown} - {"number"}
    assert codes <= columns.WORDS.keys()


def test_places_are_lines_from_early_to_late(found: Answer):
    rows = compare_tables.places(found, [2, 1])
    drawn = compare_figures.places(rows, STYLES, found.measure, ("first", "last"))
    lines = {trace.name: trace for trace in drawn.data if trace.name}
    assert {name: list(trace.y) for name, trace in lines.items()} == {"policy 2": [2, 1], "policy 1": [1, 2]}
    told = dict(zip(drawn.layout.yaxis2.tickvals, drawn.layout.yaxis2.ticktext, strict=True))
    assert told[1].replace(language.NO_BREAK, " ") == "1.  10.0 %  policy 2"
    assert list(drawn.layout.yaxis.range) == list(drawn.layout.yaxis2.range) == [2.5, 0.5]
    assert list(drawn.layout.xaxis.ticktext) == ["first", "last"]


def test_differences_with_intervals_whose_marks_are_filled_where_they_leave_zero():
    rows = pd.DataFrame({"number": [1, 2], "difference": [-5.0, 1.0], "low": [-7.0, -1.0], "high": [-4.0, 3.0]})
    drawn = compare_figures.differences(rows.assign(sign=[-1, 0]), STYLES, "{:+.0f}".format)
    marks = drawn.data[0]
    assert list(marks.x) == [-5.0, 1.0]
    assert list(marks.error_x.array) == [1.0, 2.0]
    assert list(marks.error_x.arrayminus) == [2.0, 2.0]
    assert list(marks.marker.symbol) == [STYLES[1].marker, STYLES[2].marker + "-open"]
    assert list(drawn.layout.yaxis.ticktext) == ["policy 1", "policy 2"]
    assert list(drawn.layout.yaxis2.ticktext) == ["-5 (-7 to -4)", "+1 (-1 to +3)"]
    assert drawn.layout.xaxis.range[0] < -7
    assert drawn.layout.xaxis.range[1] > 3
    (zero,) = drawn.layout.shapes
    assert (zero.x0, zero.x1) == (0, 0)
    legend = [(trace.name, trace.marker.symbol) for trace in drawn.data if trace.name]
    assert [symbol for _name, symbol in legend] == ["circle", "circle-open"]


def test_without_intervals_there_are_no_whiskers():
    table = hand.example()
    found = hand.answer(table[table["seed"] == 0], Question(prices=DEAR))
    rows = compare_tables.against_today(found, [2], "cost")
    drawn = compare_figures.differences(rows, STYLES, comparing.change_writer(found, "cost"))
    assert drawn.data[0].error_x.array is None
    (told,) = drawn.layout.yaxis2.ticktext
    assert told.replace(language.NO_BREAK, " ") == "−8.00 k JPY"
    assert np.diff(drawn.layout.xaxis.range) > 0


def test_a_panel_for_each_size_on_one_axis_of_errors():
    found = hand.answer(sized(("M", "S", "L"), (1, 2), 6), Question())
    rows = by_size.panels(found, by_size.Way("warm", 0.0, 0))
    drawn = size_figures.panels(
        rows,
        STYLES,
        {1: "every day", 2: "every 2 days"},
        {size: f"size {size}" for size in "SML"},
        found.measure,
        "time",
    )
    lines = [trace for trace in drawn.data if trace.name]
    assert [(trace.xaxis, trace.legend, trace.name) for trace in lines] == [
        (f"x{place}", f"legend{place}", name) for place in ("", "2", "3") for name in ("every day", "every 2 days")
    ]
    assert {trace.yaxis for trace in drawn.data} <= {None, "y"}
    numbers = list(dict.fromkeys(rows["number"]))
    assert [trace.line.color for trace in lines] == [STYLES[n].colour for n in numbers]
    assert len({trace.line.dash for trace in lines}) == 2
    assert [trace.line.dash for trace in lines[:2]] * 3 == [trace.line.dash for trace in lines]
    assert list(lines[1].y) == rows.loc[rows["number"] == numbers[1], "error"].tolist()
    assert [title.text for title in drawn.layout.annotations] == ["<b>size S</b>", "<b>size M</b>", "<b>size L</b>"]
    ends = [drawn.layout[f"xaxis{place}"].domain for place in ("", "2", "3")]
    assert ends[0][1] < ends[1][0] < ends[1][1] < ends[2][0]


def test_a_heat_map_shows_every_cell(small_run):
    found = hand.answer(small_run[1], Question())
    rows = by_size.heat(found, "mean_error", by_size.Way("warm", 0.0, 0))
    waits = {1: "1 month", 2: "2 months", 4: "4 months"}
    drawn = size_figures.heat_map(rows, by_size.least(rows), waits, found.measure.figure, "dark")
    assert list(drawn.data[0].x) == ["1 month", "2 months", "4 months"]
    assert list(drawn.data[0].y) == ["S", "M"]
    assert all("%" in cell for line in drawn.data[0].text for cell in line)
    z = np.array(drawn.data[0].z, float)
    at = [
        (line, cell)
        for line, cells in enumerate(drawn.data[0].text)
        for cell, text in enumerate(cells)
        if "lowest" in text
    ]
    assert at == [np.unravel_index(np.argmin(z), z.shape)]


def test_error_against_cost_joins_and_names_the_front(found: Answer):
    rows = compare_tables.error_and_cost(found)
    front = compare_tables.front(rows)
    drawn = compare_figures.error_against_cost(rows, front, STYLES, found.measure, "JPY")
    line = drawn.data[0]
    assert list(line.x) == front["cost"].tolist()
    assert list(line.y) == front["mean_error"].tolist()
    named = {trace.name for trace in drawn.data if trace.name}
    assert {"<b>A</b>  policy 2", "<b>B</b>  policy 1", "recommended: policy 2", "today: policy 1"} <= named
    points = [(x, y) for trace in drawn.data[1:4] for x, y in zip(trace.x, trace.y, strict=True)]
    assert sorted(points) == sorted(zip(rows["cost"], rows["mean_error"], strict=True))
    rings = [trace for trace in drawn.data if trace.marker.size == 23]
    assert [trace.marker.symbol for trace in rings] == ["circle-open", "square-open"]


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("name", RUNS)
def test_every_chart_of_shipped_runs_has_its_title_rows_and_finding(name: str, spoken: str):
    language.use(spoken)
    asked = compared(name, shipped(name))
    for chart in comparison.CHARTS:
        made = asked.chart(chart)
        assert made.title
        assert all(made.said)
        assert len(made.rows)
        seen = list(texts(made.figure.to_dict()))
        assert not [text for text in seen if "nan" in str(text).lower().split()]


@pytest.mark.parametrize("chart", comparison.CHARTS)
def test_tags_in_units_and_names_are_drawn_as_they_stand(chart: str):
    tags = dataclasses.replace(hand.RENTALS, unit="<b>個</b>")
    found = hand.answer(hand.numbers(hand.example()), Question(prices=DEAR), tags)
    made = compared("mnist", found, kpi="mean_error", way=by_size.usual(found)).chart(chart)
    assert "<b>\\u500b" not in made.figure.to_json()


def test_equal_names_are_numbered():
    blocks = [hand.rows(name, [[error] * 2] * 2, [1, 2]) for name, error in (("a", 0.3), ("b", 0.2), ("c", 0.1))]
    found = hand.answer(hand.table(*blocks), Question())
    names = [style.name for style in offline.styles(library.find("mnist"), found).values()]
    called = names[0]
    assert names == [called, f"{called} (2)", f"{called} (3)"]


def test_rows_of_what_is_no_error_are_headed_by_what_they_are():
    found = shipped("mnist")
    assert {"cost_difference", "cost_low"} <= set(compared("mnist", found).chart("today").rows)
    assert {"difference", "low"} <= set(compared("mnist", found, kpi="mean_error").chart("today").rows)
    assert "device_hours_value" in compared("mnist", found, figure="device_hours").chart("heat").rows
    assert "value" in compared("mnist", found).chart("heat").rows


def test_the_offline_page_has_every_chart():
    found = shipped("mnist")
    html = comparison.comparison_page(compared("mnist", found), "ja").decode()
    language.use("ja")
    assert html.count('class="plotly-graph-div"') == 1 + len(comparison.CHARTS)
    assert comparing.headline(found, "day") in html

"""The charts of the Cost page show their rows, in hues that can be told apart."""

import colorsys
import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from alma_core import language, library
from alma_core.decide import cost_tables, flips, record, sheets
from alma_core.decide.advise import Answer, answer
from alma_core.decide.costs import CAUSES, costs
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import cost_figures, costing, offline, terms
from alma_core.report import flips as said
from tests.decide import hand

RUNS = ("mnist", "machine-failure", "monthly-demand")
PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


@cache
def shipped(name: str) -> Answer:
    run = library.find(name)
    prices = sheets.load(sheets.beside(run.path)[0]).prices
    return answer(record.of_run(run), Question(prices=prices, with_research=False))


def answered(**changes: Any) -> Answer:
    return hand.answer(hand.example(), Question(prices=dataclasses.replace(PRICES, **changes)))


def named(found: Answer, run: library.Run) -> dict[int, str]:
    return {number: terms.name(found, number, run.unit) for number in range(len(found.panel.policies))}


def drawn(name: str) -> Iterator[tuple[str, go.Figure]]:
    """Draw all charts of the Cost page for a run, as the page does."""
    run, found = library.find(name), shipped(name)
    styles = offline.styles(run, found)
    words = {cause: terms.cause(found, cause) for cause in CAUSES}
    rows = cost_tables.causes(found, list(map(int, found.order[:8])))
    yield "causes", cost_figures.by_cause(rows, named(found, run), words, "JPY")
    rows = cost_tables.tornado(found)
    rows = rows.assign(assumption=[said.named(found, name) for name in rows["name"]])
    yield "tornado", cost_figures.tornado(rows, found.savings.means[found.recommended], "JPY")
    for number in cost_tables.drawable(found):
        rows, given = cost_tables.over_number(found, number), flips.value(found, number)
        yield number, cost_figures.break_even(rows, styles, given, said.named(found, number), "JPY")
    rows = cost_tables.best_where(found)
    spans = {int(horizon): terms.span(found, int(horizon), run.unit) for horizon in rows["horizon"].unique()}
    dear = [costing.dearness(found, times) for times in cost_tables.TIMES]
    yield "where", cost_figures.best_where(rows, styles, spans, dear, "1")
    yield "frontier", cost_figures.frontier(cost_tables.frontier(found), styles, 5e5, "2", "JPY", "dark")


def texts(part: Any) -> Iterator[str]:
    """Return every text of a figure that the eye sees."""
    part = part.ravel().tolist() if isinstance(part, np.ndarray) else part
    if isinstance(part, dict):
        for key, value in part.items():
            if key not in ("template", "font", "hoverlabel", "marker", "line", "type", "mode", "colorscale"):
                yield from texts(value) if not isinstance(value, str) else [value] if key in SEEN else []
    elif isinstance(part, list | tuple):
        for value in part:
            yield from [value] if isinstance(value, str) else texts(value)


SEEN = ("text", "name", "hovertemplate", "title", "ticktext", "x", "y", "customdata")


@pytest.mark.parametrize("name", RUNS)
def test_no_english_is_left(name: str):
    language.use("ja")
    for key, figure in drawn(name):
        for text in texts(figure.to_plotly_json()):
            bare = re.sub(r"%{[^}]*}|<[^>]*>", "", text)
            assert not re.search(r"[A-Za-z]{2,}", bare), (key, text)
            assert name != "monthly-demand" or "誤り" not in text, (key, text)


@pytest.mark.parametrize("name", RUNS)
def test_every_chart_has_something_to_show(name: str):
    for key, figure in drawn(name):
        shown = [trace for trace in figure.data if trace.x is not None and len(trace.x) and trace.x[0] is not None]
        assert len(shown) >= 1, key
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            if axis.range is not None:
                assert axis.range[0] < axis.range[1], key
            if axis.ticktext is not None:
                assert len(set(axis.ticktext)) == len(axis.ticktext) >= 2, (key, axis.ticktext)


def test_bars_are_the_causes_and_add_up_to_the_total():
    found = answered(price_per_label=0.5)
    numbers = [2, 1, 0]
    rows = cost_tables.causes(found, numbers)
    figure = cost_figures.by_cause(rows, {0: "none", 1: "every", 2: "two"}, {c: c for c in CAUSES}, "JPY")
    bars = {trace.name: dict(zip(trace.y, trace.x, strict=True)) for trace in figure.data if trace.type == "bar"}
    assert bars["errors"] == pytest.approx({"two": 14_000, "every": 11_500, "none": 36_000})
    assert bars["people"] == {"two": 10_000, "every": 20_000, "none": 0}
    assert bars["labels"] == {"two": 2000, "every": 2000, "none": 0}
    (total,) = [trace for trace in figure.data if trace.type == "scatter"]
    for at, number in enumerate(numbers):
        assert sum(bar[total.y[at]] for bar in bars.values()) == pytest.approx(found.costs.total[number].mean())
        assert total.x[at] == pytest.approx(found.costs.total[number].mean())
    assert [text.strip().replace("\u00a0", " ") for text in total.text] == ["26.0 k JPY", "33.5 k JPY", "36.0 k JPY"]


def test_causes_that_come_to_nothing_have_no_rows():
    assert len(cost_tables.causes(answered(price_per_error=0.0, day_rate=0.0), [0, 1, 2])) == 0
    rows = cost_tables.causes(answered(), [0, 1, 2])
    assert sorted(set(rows["cause"])) == ["errors", "people"]


def test_lines_over_a_number_are_the_costs_at_each_of_its_values():
    found = answered()
    rows = cost_tables.over_number(found, "price_per_error")
    assert list(dict.fromkeys(rows["number"])) == [2, 0, 1]  # recommended, cheapest somewhere, today's last
    styles = {n: cost_figures.Style(str(n), "#000000", "solid", "circle") for n in range(3)}
    figure = cost_figures.break_even(rows, styles, 10.0, "price", "JPY")
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines"}
    assert set(lines) == {"2", "0", "1"}
    for number in range(3):
        x = np.array(lines[str(number)].x)
        plain = [
            float(costs(found.panel, dataclasses.replace(PRICES, price_per_error=at)).total[number].mean()) for at in x
        ]
        assert list(lines[str(number)].y) == pytest.approx(plain)
        assert (x[0], x[-1]) == (0.0, pytest.approx(1.2 * 40))  # beyond the flip to `every`, at 40
    (rings,) = [trace for trace in figure.data if trace.mode == "markers"]
    step = float(np.diff(lines["2"].x)[0])
    assert list(rings.x) == pytest.approx([10_000 / 2200, 40.0], abs=step)
    (given,) = figure.layout.shapes
    assert given.x0 == given.x1 == 10.0


@pytest.mark.parametrize("name", ["use", "seconds_per_flop"])
def test_a_share_ends_at_one_and_time_is_never_nothing(name: str):
    found = answered(use=0.7, price_per_device_hour=100.0)
    x = cost_tables.over_number(found, name)["x"]
    assert x.max() <= {"use": 1.0}.get(name, np.inf)
    assert (x.min() > 0) == (name == "seconds_per_flop")


def test_numbers_that_are_nothing_are_not_drawn():
    assert set(cost_tables.drawable(answered())) == {
        "price_per_error", "use", "days_per_update", "day_rate", "volume", "seconds_per_flop"
    }  # fmt: skip
    assert cost_tables.drawable(answered(price_per_error=0.0, day_rate=0.0)) == [
        "use", "days_per_update", "volume", "seconds_per_flop"
    ]  # fmt: skip


def test_the_tornado_reaches_from_the_saving_to_its_rows():
    found = answered()
    rows = cost_tables.tornado(found)
    rows = rows.assign(assumption=rows["name"])
    assert rows["name"].is_unique
    wide = (rows["halved"] - rows["doubled"]).abs().tolist()
    assert wide == sorted(wide, reverse=True)
    figure = cost_figures.tornado(rows, 7500.0, "JPY")
    halved, doubled = figure.data
    for bar, column in ((halved, "halved"), (doubled, "doubled")):
        assert [bar.base + x for x in bar.x] == pytest.approx(rows[column].tolist())
        assert list(bar.y) == rows["name"].tolist()
    low, high = figure.layout.xaxis.range
    assert low < min(rows["halved"].min(), rows["doubled"].min(), 0)
    assert high > max(rows["halved"].max(), rows["doubled"].max())


def test_the_map_names_the_cheapest_policy_of_each_cell():
    """Whoever is cheapest in hindsight of the first rows, with all prices of errors multiplied."""
    found = answered()
    rows = cost_tables.best_where(found)
    assert len(rows) == 4 * len(cost_tables.TIMES)
    rest = found.costs
    for row in rows.to_dict("records"):
        total = (rest.spend + row["times"] * rest.errors)[..., : row["horizon"]].sum(-1).mean(1)
        assert total[row["number"]] == pytest.approx(total.min())
    styles = {n: cost_figures.Style(f"policy {n}", cost_figures.HUES[n], "solid", "circle") for n in range(3)}
    spans = {h: f"{h} months" for h in range(1, 5)}
    errors = [str(times) for times in cost_tables.TIMES]
    figure = cost_figures.best_where(rows, styles, spans, errors, "price")
    heat = figure.data[0]
    assert (list(heat.x), list(heat.y)) == (list(spans.values()), errors)
    for row in rows.to_dict("records"):
        at = cost_tables.TIMES.index(row["times"]), row["horizon"] - 1
        assert heat.customdata[at[0]][at[1]] == f"policy {row['number']}"
    legend = {trace.name: trace.marker.color for trace in figure.data[1:]}
    edges = dict(heat.colorscale)
    for cell, who, text in zip(*map(np.ravel, (heat.z, heat.customdata, heat.text)), strict=True):
        share = (cell + 0.5) / len(legend)
        assert legend[f"{text}: {who}"] == edges[max(edge for edge in edges if edge <= share)]


def test_policies_of_one_colour_are_told_apart_on_the_map():
    rows = pd.DataFrame({"horizon": [1, 2, 1, 2], "times": [1.0, 1.0, 2.0, 2.0], "number": [0, 1, 2, 0]})
    styles = {n: cost_figures.Style(str(n), "#0072B2", "solid", "circle") for n in range(3)}
    figure = cost_figures.best_where(rows, styles, {1: "a", 2: "b"}, ["1", "2"], "price")
    assert len({trace.marker.color for trace in figure.data[1:]}) == 3


def test_the_front_of_spend_and_errors():
    found = answered()
    rows = cost_tables.frontier(found)
    assert rows.to_dict("list") == {
        "number": [0, 2, 1], "spend": [0, 10_000, 20_000], "errors": pytest.approx([36_000, 14_000, 11_500])
    }  # fmt: skip
    styles = {n: cost_figures.Style(str(n), "#000000", "solid", "circle") for n in range(3)}
    figure = cost_figures.frontier(rows, styles, 99_000.0, "errors", "JPY")
    marks = {trace.name: (trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"}
    assert marks == {"0": (0, 36_000), "2": (10_000, pytest.approx(14_000)), "1": (20_000, pytest.approx(11_500))}
    assert figure.layout.xaxis.range[1] > 99_000  # the budget's line is in the picture


def hue(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 360 * colorsys.rgb_to_hsv(red, green, blue)[0]


def apart(one: str, other: str) -> float:
    """Return how far two hues lie apart, 0..180 degrees."""
    return abs((hue(one) - hue(other) + 180) % 360 - 180)


def test_two_hues_apart():
    """Halved and doubled, both kinds of errors, and what is next to each other in a bar."""
    assert apart(cost_figures.HALVED, cost_figures.DOUBLED) > 60
    of = cost_figures.OF_CAUSES
    assert set(of) == set(CAUSES)
    rest = [cause for cause in CAUSES if cause not in ("errors", "misses", "false_alarms", "shortage", "excess")]
    for kinds in (["errors"], ["misses", "false_alarms"], ["shortage", "excess"]):
        shown = kinds + rest
        assert len({of[cause] for cause in shown}) == len(shown)
        for one, other in pairwise(shown):
            # people beyond the updates included are a paler blue than people; grey has no hue
            if (one, other) != ("people", "people_beyond") and cost_figures.GREY not in (of[one], of[other]):
                assert apart(of[one], of[other]) > 10, (one, other)

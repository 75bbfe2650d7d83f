"""Words, charts and pages, made from the same rows."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from alma_core import language
from alma_core.decide import tables
from alma_core.decide.advise import Answer
from alma_core.decide.limits import Limits
from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices, per_update
from alma_core.decide.question import Question
from alma_core.policies import wording
from alma_core.report import axes, figures, flips, page, statements, sureness, terms, text
from tests.decide import hand

DEAR_UPDATES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


@pytest.fixture
def found():
    return hand.answer(hand.example(), Question(prices=DEAR_UPDATES))


def everything(found) -> list[str]:
    said = [statements.headline(found, "month"), *statements.all_but_headline(found, "month")]
    return [sentence.replace(language.NO_BREAK, " ") for sentence in said]


def test_the_answer_in_english(found):
    assert everything(found) == [
        "Collect 2 months, then update: continue training on the new data, medium model.",
        "Saves 7.45 k JPY over 4 months against today's “every month, continue, new data, M” "
        "(90 % interval 4.29 k JPY to 10.6 k JPY).",
        "How sure: high – cheaper than today's in 2 of 2 repeats, and ahead of the runner-up. Probability that it is "
        "the cheapest of all 3: at least 9 in 10.",
        "Runner-up: “every month, continue, new data, M”, 7.45 k JPY more. "
        "90 % interval of the lead: 4.29 k JPY to 10.6 k JPY.",
        "If a model is in service already, its error decides: “no update” up to 50.0 %; “every 2 months, continue, "
        "new data, M” from there on.",
        "The cheapest becomes “no update” if an error costs less than 5 JPY (assumed: 10 JPY).",
        "The cheapest becomes “every month, continue, new data, M” if an error costs more than 40 JPY (assumed: "
        "10 JPY).",
        "Weak point: 50.0 pt more errors than today's for 1 month of 4 months, first after 1 month.",
        "Early and late rank policies differently: “every month, continue, new data, M” errs least at first, “every 2 "
        "months, continue, new data, M” in the end.",
        "Amounts rest on example prices until you state your own. Not included: labels that come late, the days until "
        "an update is released, hardware that must be bought, data that drifts. A simulation on past data is an "
        "estimate of what comes.",
    ]


def test_the_answer_in_japanese_has_no_english_left(found):
    language.use("ja")
    for sentence in everything(found):
        words = set(re.findall(r"[A-Za-z]{2,}", sentence)) - {"JPY"}
        assert not words, sentence


RENTAL_PRICES = Prices(price_per_error=0.5, days_per_update=1, day_rate=5000, price_per_device_hour=0)
"""As DEAR_UPDATES: an error of 1 is 20 rentals."""


def rentals(**asked) -> Answer:
    question = Question(**{"prices": RENTAL_PRICES} | asked)
    return hand.answer(hand.numbers(hand.example()), question, hand.RENTALS)


def test_numbers_in_english():
    told = everything(rentals())
    assert told[4:] == [
        "If a model is in service already, how far it is off decides: “no update” up to 10.0 rentals; “every 2 months, "
        "continue, new data, M” up to 33.0 rentals; “every month, continue, new data, M” from there on.",
        "The cheapest becomes “no update” if a unit of error costs less than 0.23 JPY (assumed: 0.50 JPY).",
        "The cheapest becomes “every month, continue, new data, M” if a unit of error costs more than 2 JPY (assumed: "
        "0.50 JPY).",
        "Weak point: off by 10.0 rentals more than today's for 1 month of 4 months, first after 1 month.",
        "Early and late rank policies differently: “every month, continue, new data, M” is off least at first, “every "
        "2 months, continue, new data, M” in the end.",
        "Amounts rest on example prices until you state your own. Not included: labels that come late, the days until "
        "an update is released, hardware that must be bought, a future unlike the past. A simulation on past data is "
        "an estimate of what comes.",
    ]
    assert "%" not in "".join(told[4:])
    assert "pt" not in "".join(told[4:])


def test_numbers_flip_in_their_unit():
    assert flips.sentences(rentals(incumbent_error=8.0), "month")[0].replace(language.NO_BREAK, " ") == (
        "The cheapest becomes “every 2 months, continue, new data, M” if what is in service is off by more than 10.0 "
        "rentals (you said 8.0 rentals)."
    )


@pytest.mark.parametrize("asked", [{}, {"incumbent_error": 8.0}, {"incumbent_error": 12.0, "baseline": "two"}])
def test_numbers_in_japanese(asked: dict):
    language.use("ja")
    for sentence in everything(rentals(**asked)):
        assert not set(re.findall(r"[A-Za-z]{2,}", sentence)) - {"JPY"}, sentence
        assert "誤り" not in sentence


def test_numbers_have_no_percent_in_the_ranking():
    rows = text.ranking(rentals(), "month")
    assert rows["long-term (rentals)"].tolist() == ["2.0 ±\u00a00.0", "4.0 ±\u00a00.0", "18.0 ±\u00a00.0"]
    assert not rows.astype(str).apply(lambda column: column.str.contains("%")).any(axis=None)


@pytest.mark.parametrize(
    ("measure", "factor", "on", "covers"),
    [
        (Measure(), 1, "on a fixed test set", "neither the finite test set nor a change"),
        (Measure(in_order=True), 1, "on a fixed test set", "neither the finite test set nor a change"),
        (Measure(judged="next"), 1, "on the data of the next month", "neither the finite data judged on nor a"),
        (Measure(judged="next", in_order=True), 2, "of the next 2 months", "not the choice of period"),
    ],
)
def test_what_errors_are_measured_on_and_intervals_cover(measure: Measure, factor: int, on: str, covers: str):
    said = statements.coverage(hand.answer(hand.example(), Question(factor=factor), measure), "month")
    assert on in said
    assert covers in said
    assert "absolute difference" not in said


def test_what_a_prediction_error_is_is_said():
    assert statements.coverage(rentals(), "month").startswith(
        "A prediction error is the mean absolute difference from the target."
    )


def test_the_terminal_says_what_errors_are_measured_on(found):
    assert text.decision(found, "month").endswith(statements.coverage(found, "month"))


@pytest.mark.parametrize("value", [0.0, 0.004, 0.25, 1.0, 31.4, 5_200_000.0])
def test_a_small_price_is_not_rounded_away(found, value: float):
    written = terms.price(found, value).replace(language.NO_BREAK, " ")
    shown = {0.0: "0 JPY", 0.004: "0.0040 JPY", 0.25: "0.25 JPY", 1.0: "1 JPY", 31.4: "31 JPY"}
    assert written == shown.get(value, "5.20 M JPY")


def test_a_window_is_named_in_arrivals():
    rows = hand.rows("w", [[0.3] * 4] * 2, [2, 4], waiting_time=2, first_update=2, window=4, start="scratch")
    found = hand.answer(hand.table(rows, hand.incumbent([[0.9] * 4] * 2)), Question(factor=2))
    assert terms.name(found, 0, "month") == "every 2 months, from scratch, last 4 months, M"
    assert statements.headline(found, "month") == (
        "Collect 2 months, then update: retrain from scratch on the last 4 months, medium model."
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            Question(prices=Prices(price_per_error=10, days_per_update=1, day_rate=0, price_per_device_hour=0)),
            "costs least of the 3",
        ),
        (Question(prices=DEAR_UPDATES, incumbent_error=0.6), "Saves"),
        (Question(prices=per_update(Prices(price_per_error=10, price_per_device_hour=0), 1_300)), "holds zero"),
        (Question(limits=Limits(worst_error=0.01)), "comes closest itself"),
        (Question(limits=Limits(worst_error=0.01), baseline="two"), "which comes closest, saves"),
    ],
)
def test_what_it_is_worth_follows_the_verdict(question: Question, expected: str):
    assert expected in statements.worth(hand.answer(hand.example(), question), "month")


def test_one_seed_is_said():
    table = hand.example()
    found = hand.answer(table[table["seed"] == 0], Question(prices=DEAR_UPDATES))
    assert statements.headline(found, "month") == (
        "Not enough evidence to change: stay with “every month, continue, new data, M” for now."
    )
    assert "a single repeat gives no interval" in statements.worth(found, "month")
    assert "three or more" in sureness.certainty(found, "month")


def test_flips_name_both_neighbours():
    found = hand.answer(hand.example(), Question(prices=DEAR_UPDATES, incumbent_error=0.4))
    said = flips.sentences(found, "month")
    assert said[0].replace(language.NO_BREAK, " ") == (
        "The cheapest becomes “every 2 months, continue, new data, M” if the model in service errs more than 50.0 % "
        "(you said 40.0 %)."
    )


def test_times_are_in_arrivals_however_many_make_a_mega_batch():
    found = hand.answer(hand.example(), Question(factor=2))
    assert terms.name(found, 1, "month") == "every 2 months, continue, new data, M"
    assert terms.span(found, 2, "month") == "4 months"


def test_the_terminal_lines_up_japanese(found):
    language.use("ja")
    lines = text.decision(found, "month").split("\n\n")[2].splitlines()[2:]
    widths = {sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for line in lines}
    assert len(lines) == 4
    assert len(widths) == 1


def test_figures_show_their_rows(found):
    rows = tables.curves(found, [2, 1])
    styles = {n: figures.style(n, f"policy {n}") for n in range(3)}
    drawn = figures.error_over_time(rows, styles, found.measure, "time", "JPY")
    named = {trace.name: trace for trace in drawn.data if trace.name}
    assert list(named["policy 2"].y) == pytest.approx([0.9, 0.2, 0.2, 0.1])
    cost = [trace for trace in drawn.data if trace.yaxis == "y2"]
    assert list(cost[0].y) == rows.loc[rows["number"] == 2, "cost_so_far"].tolist()
    bands = [trace for trace in drawn.data if trace.fill == "toself"]
    assert len(bands) == 2

    points = tables.early_and_late(found)
    drawn = figures.early_against_late(points, styles, found.measure, "JPY")
    (marks,) = [trace for trace in drawn.data if trace.mode == "markers"]
    assert list(marks.x) == points["short_term_error"].tolist()
    assert list(marks.y) == points["long_term_error"].tolist()
    assert np.argsort(marks.marker.size).tolist() == np.argsort(points["cost"]).tolist()
    drawn_as = list(zip(marks.hovertext, marks.marker.color, marks.marker.symbol, strict=True))
    assert drawn_as == [(style.name, style.colour, style.marker) for style in styles.values()]
    assert marks.customdata[0][2] == language.money(points["cost"][0], "JPY")
    assert sum(trace.mode == "markers+text" for trace in drawn.data) == 2


def test_policies_are_told_apart_by_more_than_colour():
    styles = [figures.style(place, str(place)) for place in range(1, 43)]
    assert len({(s.colour, s.dash) for s in styles}) == 42
    assert len({(s.dash, s.marker) for s in styles}) == 42
    assert len({(s.colour, s.marker) for s in styles}) == 42
    assert len({s.colour for s in styles}) == len(figures.HUES)


@pytest.mark.parametrize(
    ("low", "high", "log"), [(0.1, 0.5, False), (0.02, 0.9, True), (0.0, 0.9, False), (0, 0, False)]
)
def test_wide_ranges_are_drawn_on_a_log_scale(low: float, high: float, log: bool):
    axis = axes.error_axis(low, high, Measure())
    assert (axis.get("type") == "log") == log
    assert axis["range"][0] < axis["range"][1]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.012, 0.4, ["1 %", "2 %", "5 %", "10 %", "20 %", "50 %", "100 %"]),
        (0.0006, 0.02, ["0.05 %", "0.1 %", "0.2 %", "0.5 %", "1 %", "2 %", "5 %", "10 %"]),
    ],
)
def test_ticks_of_shares(low: float, high: float, ticks: list[str]):
    axis = axes.error_axis(low, high, Measure())
    inside = [text for value, text in zip(axis["tickvals"], axis["ticktext"], strict=True) if value <= 1.25 * high]
    assert [text.replace(language.NO_BREAK, " ") for text in inside] == ticks[: len(inside)]
    assert len(inside) > 3


@pytest.mark.parametrize(
    ("high", "form"), [(0.0, ".0%"), (0.004, ".2%"), (0.04, ".1%"), (0.15, ".0%"), (0.9, ".0%"), (1.0, ".0%")]
)
def test_no_two_ticks_of_small_shares_are_written_alike(high: float, form: str):
    assert axes.error_axis(high / 2, high, Measure())["tickformat"] == form


@pytest.mark.parametrize(
    ("best", "today", "where"),
    [
        (0.15, 0.2, ("middle", "top")), (0.2, 0.15, ("top", "middle")), (0.3, 0.7, ("middle", "middle")),
        (0.13, 0.7, ("middle", "middle")), (0.7, 0.7, ("top", "middle")), (0.79, 0.8, ("middle", "middle")),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("early", "other", "side"), [(0.2, 0.8, "right"), (0.8, 0.2, "left"), (0.5, 0.5, "right")])
def test_names_of_rings_stay_clear(
    best: float, today: float, where: tuple[str, str], early: float, other: float, side: str
):
    late = [best, today, 0.8]
    rows = pd.DataFrame({"number": [0, 1, 2], "short_term_error": [early, early, other], "long_term_error": late})
    rows = rows.assign(cost=1.0, is_best=[True, False, False], is_baseline=[False, True, False], on_front=True)
    styles = {n: figures.style(n, str(n)) for n in range(3)}
    drawn = figures.early_against_late(rows, styles, Measure(), "JPY")
    names = {trace.text[0]: trace.textposition for trace in drawn.data if trace.mode == "markers+text"}
    assert names == {"recommended": f"{where[0]} {side}", "today": f"{where[1]} {side}"}


def test_ticks_of_numbers():
    axis = axes.error_axis(0.3, 45.0, hand.RENTALS)
    assert axis["ticktext"] == ["0.2", "0.5", "1", "2", "5", "10", "20", "50"]
    even = axes.error_axis(30.0, 100.0, hand.RENTALS)
    assert even["range"] == [0, 105]
    assert "%" not in str(even)
    assert axes.error_axis(400.0, 9000.0, hand.RENTALS)["ticktext"][-1] == "10,000"


def test_figures_of_numbers_name_the_unit_as_plain_text():
    tags = dataclasses.replace(hand.RENTALS, unit="<b>個</b>")
    found = hand.answer(hand.numbers(hand.example()), Question(prices=RENTAL_PRICES), tags)
    styles = {n: figures.style(n, str(n)) for n in range(3)}
    drawn = figures.error_over_time(tables.curves(found, [1]), styles, tags, "time", "JPY")
    assert drawn.layout.yaxis.title.text == "prediction error (&lt;b&gt;個&lt;/b&gt;) (thick, left)"
    (line,) = [trace for trace in drawn.data if trace.customdata is not None]
    assert line.customdata[0][0].replace(language.NO_BREAK, " ") == "8.0 &lt;b&gt;個&lt;/b&gt;"
    points = figures.early_against_late(tables.early_and_late(found), styles, tags, "JPY")
    for axis in (points.layout.xaxis, points.layout.yaxis):
        assert "error (&lt;b&gt;個&lt;/b&gt;)" in axis.title.text
    assert "<b>\\u500b" not in points.to_json() + drawn.to_json()


def test_the_offline_page_escapes_and_holds_all(found):
    rows = text.ranking(found, "month").assign(**{"<b>": ["<script>alert(1)</script>"] * 3})
    drawn = figures.early_against_late(
        tables.early_and_late(found), {n: figures.style(n, str(n)) for n in range(3)}, found.measure, "JPY"
    )
    html = page.page("<h1>title</h1>", "example prices", ["a & b"], [page.Section("one", drawn, rows)], "run x")
    assert "<h1>title</h1>" not in html
    assert "&lt;h1&gt;title" in html
    assert "<script>alert(1)</script>" not in html
    assert "a &amp; b" in html
    assert html.count("plotly.js v") == 1
    assert not re.search(r'(src|href)="https?://', re.sub(r"<script.*?</script>", "", html, flags=re.S))


@pytest.mark.parametrize(
    ("mean", "written"),
    [(0, "0"), (4.0, "4"), (1 / 3 + 2 / 3, "1"), (0.1 + 0.2 + 0.7, "1"), (1.5, "1.5"), (1200.25, "1,200.2")],
)
def test_counts_that_differ_by_repeat_have_a_decimal(mean: float, written: str):
    assert terms.count(mean) == written


def test_counts_of_updates_in_the_ranking():
    table = hand.example()
    table.loc[(table["policy"] == "two") & (table["seed"] == 1) & (table["t"] == 4), "updated"] = False
    rows = text.ranking(hand.answer(table, Question(prices=DEAR_UPDATES)), "month")
    assert rows["updates"].tolist() == ["1.5", "4", "0"]


def test_lines_of_one_chart_never_look_the_same():
    places = [1, 43, 85, 2, 8]  # the first three share hue and dash
    styles = {n: figures.style(place, str(n)) for n, place in enumerate(places)}
    assert len({(s.colour, s.dash) for s in styles.values()}) == 3
    drawn = figures.apart(styles, [0, 1, 2, 3, 4])
    assert len({(s.colour, s.dash) for s in drawn.values()}) == 5
    assert [drawn[n] for n in (0, 3)] == [styles[n] for n in (0, 3)]
    assert len({figures.LOOKS_LIKE[drawn[n].dash] for n in (0, 1, 2)}) == 3
    assert all(drawn[n].colour == styles[n].colour and drawn[n].marker == styles[n].marker for n in styles)
    assert figures.apart(styles, [1]) == {1: styles[1]}


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_a_long_name_goes_on_in_further_lines(spoken: str):
    language.use(spoken)
    policy = {"method": "hybrid", "grow_after": 3, "waiting_time": 5, "first_update": 5, "start": "warm", "replay": 0.0}
    name = wording.label(policy | {"window": 0, "capacity": "M"}, "lot")
    shown = figures.lines(name).split("<br>")
    assert len(shown) == 2
    assert all(terms.columns(line) <= figures.WIDEST_LEGEND for line in shown)
    assert (" " if spoken == "en" else "").join(shown) == name
    assert figures.lines("every lot, M (p < 0.05)") == "every lot, M (p &lt; 0.05)"


def forest() -> Answer:
    """A forest that takes 1,800 CPU seconds an update, beside networks that take 1e12 FLOPs."""
    facts = {"architecture": "trees", "capacity": "none", "start": "scratch", "replay": 1.0}
    seconds = {"compute_basis": "seconds", "train_flops": 0.0, "seconds": 1800.0, "waiting_time": 2, "first_update": 2}
    trees = hand.rows("trees", [[0.9, 0.1, 0.1, 0.1]] * 2, [2, 4], **facts | seconds)
    trees["seconds"] *= trees["updated"]
    return hand.answer(
        hand.table(hand.example(), trees), Question(prices=Prices(price_per_error=10, days_per_update=1, day_rate=0))
    )


def test_trees_are_charged_by_cpu_time_and_that_is_said(found):
    ranked = text.ranking(forest(), "month").set_index("policy")
    time = ranked.loc["every 2 months, from scratch, all data, boosted trees", "device time"]
    assert time.replace(language.NO_BREAK, " ") == "60 min"
    assert "CPU time they took in the simulation" in statements.coverage(forest(), "month")
    assert statements.device_time(found) == ""


@pytest.mark.parametrize(("horizon", "left"), [(4, ""), (3, "1 month of 3 months"), (2, "")])
def test_what_arrives_after_the_last_update_is_said(horizon: int, left: str):
    found = hand.answer(hand.example(), Question(horizon=horizon, prices=DEAR_UPDATES, baseline="two"))
    said = statements.never_trained_on(found, "month")
    assert said == (
        [f"“every 2 months, continue, new data, M” never trains on the last {left}: they come after its last update."]
        if left
        else []
    )


def test_a_rule_that_looks_is_not_held_to_its_last_look():
    rule = hand.rows("rule", [[0.1] * 3] * 2, [1], waiting_time=2, first_update=2, schedule="error", threshold=0.02)
    found = hand.answer(hand.table(hand.incumbent([[0.9] * 3] * 2), rule), Question())
    assert statements.never_trained_on(found, "month") == []


@pytest.mark.parametrize(("worse", "said"), [(0.0004, "none against today's"), (0.004, "0.4 pt more errors")])
def test_a_weakness_too_small_to_be_written_is_none(worse: float, said: str):
    rows = hand.example()
    two, every = rows["policy"] == "two", rows["policy"] == "every"
    at = two & (rows["t"] == 1)
    rows.loc[at, "error"] = rows.loc[every & (rows["t"] == 1), "error"].to_numpy() + worse
    found = hand.answer(rows, Question(prices=DEAR_UPDATES))
    assert found.panel.policies["policy"].iloc[found.recommended] == "two"
    assert said in statements.weak_point(found, "month").replace(language.NO_BREAK, " ")

"""Words, charts and pages, made from the same rows."""

import re

import numpy as np
import pytest

from alma_core import language
from alma_core.decide import tables
from alma_core.decide.advise import Question, answer
from alma_core.decide.prices import Prices
from alma_core.report import figures, page, statements, text
from tests.decide import hand

DEAR_UPDATES = Prices(price_per_error=10, price_per_update=5000, price_per_device_hour=0)


@pytest.fixture
def found():
    return answer(hand.example(), Question(prices=DEAR_UPDATES))


def everything(found) -> list[str]:
    said = [statements.headline(found, "month"), *statements.all_but_headline(found, "month")]
    return [sentence.replace(language.NO_BREAK, " ") for sentence in said]


def test_the_answer_in_english(found):
    assert everything(found) == [
        "Collect 2 months, then update: continue training on the new data, medium model.",
        "Saves 7.50 k JPY over 4 months against today's “every month, continue, new data, M” "
        "(90 % interval 4.34 k JPY to 10.7 k JPY).",
        "How sure: high – cheaper than today's in 2 of 2 repeats, and ahead of the runner-up.",
        "Runner-up: “every month, continue, new data, M”, 7.50 k JPY more. "
        "90 % interval of the lead: 4.34 k JPY to 10.7 k JPY.",
        "If a model is in service already, its error decides: “no update” up to 50.0 %; “every 2 months, continue, "
        "new data, M” from there on.",
        "The cheapest becomes “no update” if an error costs less than 5 JPY (assumed: 10 JPY).",
        "The cheapest becomes “every month, continue, new data, M” if an error costs more than 40 JPY (assumed: "
        "10 JPY).",
        "Weak point: 50.0 pt more errors than today's for 1 month of 4 months, first after 1 month.",
        "Amounts rest on example prices until you state your own. Not included: labels that come late, hardware that "
        "must be bought, data that drifts. A simulation on past data is an estimate of what comes.",
    ]


def test_the_answer_in_japanese_has_no_english_left(found):
    language.use("ja")
    for sentence in everything(found):
        words = set(re.findall(r"[A-Za-z]{2,}", sentence)) - {"JPY"}
        assert not words, sentence


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            Question(prices=Prices(price_per_error=10, price_per_update=0, price_per_device_hour=0)),
            "costs least of the 3",
        ),
        (Question(prices=DEAR_UPDATES, incumbent_error=0.6), "Saves"),
        (Question(prices=Prices(10 * "", 10, 1_300, 0, 0)), "holds zero"),
    ],
)
def test_what_it_is_worth_follows_the_verdict(question: Question, expected: str):
    assert expected in statements.worth(answer(hand.example(), question), "month")


def test_one_seed_is_said():
    table = hand.example()
    found = answer(table[table["seed"] == 0], Question(prices=DEAR_UPDATES))
    assert statements.headline(found, "month") == (
        "Not enough evidence to change: stay with “every month, continue, new data, M” for now."
    )
    assert "a single repeat gives no interval" in statements.worth(found, "month")
    assert "three or more" in statements.certainty(found)


def test_flips_name_both_neighbours():
    found = answer(hand.example(), Question(prices=DEAR_UPDATES, incumbent_error=0.4))
    said = statements.flips(found, "month")
    assert said[0].replace(language.NO_BREAK, " ") == (
        "The cheapest becomes “every 2 months, continue, new data, M” if the model in service errs more than 50.0 % "
        "(you said 40.0 %)."
    )


def test_times_are_in_arrivals_however_many_make_a_mega_batch():
    found = answer(hand.example(), Question(factor=2))
    assert statements.name(found, 1, "month") == "every 2 months, continue, new data, M"
    assert statements.span(found, 2, "month") == "4 months"


def test_the_terminal_lines_up_japanese(found):
    language.use("ja")
    lines = text.decision(found, "month").split("\n\n")[1].splitlines()
    widths = {sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for line in lines}
    assert len(lines) == 4
    assert len(widths) == 1


def test_figures_show_their_rows(found):
    rows = tables.curves(found, [2, 1])
    styles = {n: figures.style(n, f"policy {n}") for n in range(3)}
    drawn = figures.error_over_time(rows, styles, "time", "JPY")
    named = {trace.name: trace for trace in drawn.data if trace.name}
    assert list(named["policy 2"].y) == pytest.approx([0.9, 0.2, 0.2, 0.1])
    cost = [trace for trace in drawn.data if trace.yaxis == "y2"]
    assert list(cost[0].y) == rows.loc[rows["number"] == 2, "cost_so_far"].tolist()
    bands = [trace for trace in drawn.data if trace.fill == "toself"]
    assert len(bands) == 2

    points = tables.early_and_late(found)
    drawn = figures.early_against_late(points, styles, "JPY")
    marks = [trace for trace in drawn.data if trace.mode == "markers"]
    assert [(trace.x[0], trace.y[0]) for trace in marks] == list(
        zip(points["short_term_error"], points["long_term_error"], strict=True)
    )
    diameters = [trace.marker.size for trace in marks]
    assert np.argsort(diameters).tolist() == np.argsort(points["cost"]).tolist()
    assert sum(trace.mode == "markers+text" for trace in drawn.data) == 2


def test_a_heat_map_shows_every_cell(small_run):
    found = answer(small_run[1], Question())
    rows = tables.heat(found, "mean_error", "warm", 0.0)
    drawn = figures.heat_map(rows, {1: "1 month", 2: "2 months", 4: "4 months"}, True, "JPY", "dark")
    assert list(drawn.data[0].x) == ["1 month", "2 months", "4 months"]
    assert list(drawn.data[0].y) == ["S", "M"]
    assert all("%" in cell for line in drawn.data[0].text for cell in line)


def test_policies_are_told_apart_by_more_than_colour():
    styles = [figures.style(place, str(place)) for place in range(1, 43)]
    assert len({(s.colour, s.dash) for s in styles}) == 42
    assert len({s.colour for s in styles}) == len(figures.HUES)


@pytest.mark.parametrize(
    ("low", "high", "log"), [(0.1, 0.5, False), (0.02, 0.9, True), (0.0, 0.9, False), (0, 0, False)]
)
def test_wide_ranges_are_drawn_on_a_log_scale(low: float, high: float, log: bool):
    axis = figures.share_axis(low, high)
    assert (axis.get("type") == "log") == log
    assert axis["range"][0] < axis["range"][1]


def test_the_offline_page_escapes_and_holds_all(found):
    rows = text.ranking(found, "month").assign(**{"<b>": ["<script>alert(1)</script>"] * 3})
    drawn = figures.early_against_late(
        tables.early_and_late(found), {n: figures.style(n, str(n)) for n in range(3)}, "JPY"
    )
    html = page.page("<h1>title</h1>", "example prices", ["a & b"], [page.Section("one", drawn, rows)], "run x")
    assert "<h1>title</h1>" not in html
    assert "&lt;h1&gt;title" in html
    assert "<script>alert(1)</script>" not in html
    assert "a &amp; b" in html
    assert html.count("plotly.js v") == 1
    assert not re.search(r'(src|href)="https?://', re.sub(r"<script.*?</script>", "", html, flags=re.S))

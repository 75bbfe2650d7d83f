"""What the page Compare says: of early and late, of each chart, of the claims."""

import re

import pytest

from alma_core import language
from alma_core.decide import by_size, compare_tables
from alma_core.decide.advise import Answer
from alma_core.decide.question import Question
from alma_core.report import comparing
from tests.decide import hand
from tests.decide.test_by_size import sized
from tests.decide.test_compare_tables import CHEAP, DEAR, of_constants
from tests.report.test_report import forest

NAMES = ("every month, continue, new data, M", "every 2 months, continue, new data, M")


def two_of(early: list[list[float]], late: list[list[float]]) -> Answer:
    """Return an answer about two policies, the first updated every month, by their errors [S][2] in two months."""
    blocks = [
        hand.rows("early", early, [1, 2]),
        hand.rows("late", late, [2], waiting_time=2, first_update=2),
    ]
    return hand.answer(hand.table(*blocks), Question())


@pytest.mark.parametrize(
    ("early", "late", "said"),
    [
        ([[0.2, 0.3], [0.21, 0.31]], [[0.4, 0.1], [0.41, 0.11]], "Early and late rank policies differently: “{0}”"),
        ([[0.2, 0.1], [0.21, 0.11]], [[0.4, 0.3], [0.41, 0.31]], "Early and late agree on the best: “{0}” errs least"),
        ([[0.2, 0.3], [0.21, 0.3]], [[0.4, 0.1], [0.41, 0.49]], "“{0}” errs least at first; in the end “{1}” is ahead"),
        ([[0.1, 0.3], [0.49, 0.31]], [[0.3, 0.1], [0.3, 0.11]], "“{1}” errs least in the end; at first “{0}” is ahead"),
        ([[0.1, 0.3], [0.49, 0.3]], [[0.3, 0.1], [0.3, 0.49]], "“{0}” is ahead at first, “{1}” in the end, neither"),
        ([[0.2, 0.3]], [[0.4, 0.1]], "“{0}” is ahead at first, “{1}” in the end; a single repeat cannot tell"),
        ([[0.2, 0.2]] * 2, [[0.2, 0.2]] * 2, "All policies err alike"),
        ([[0.2]] * 2, [[0.4]] * 2, "“{0}” errs least; with one arrival judged"),
    ],
)  # fmt: skip
def test_the_headline_states_the_finding(early: list[list[float]], late: list[list[float]], said: str):
    assert comparing.headline(two_of(early, late), "month").startswith(said.format(*NAMES))


def test_the_headline_of_numbers():
    found = hand.answer(hand.numbers(hand.example()), Question(), hand.RENTALS)
    assert "is off least at first" in comparing.headline(found, "month")
    assert "errs" not in comparing.headline(found, "month")


def test_how_the_best_and_today_s_stand():
    rows = comparing.standings(hand.answer(hand.example(), Question(prices=CHEAP)), "month")
    said = [[cell.replace(language.NO_BREAK, " ") for cell in row] for row in rows.to_numpy().tolist()]
    assert list(rows) == ["", "policy", "first 1 month", "last 1 month"]
    assert said == [
        ["best at first, costs least, today's policy", NAMES[0], "40.0 % (1 of 3)", "20.0 % (2 of 3)"],
        ["best in the end", NAMES[1], "90.0 % (2 of 3)", "10.0 % (1 of 3)"],
    ]


@pytest.mark.parametrize(
    ("ends", "shown", "said"),
    [
        (((0.2, 0.3), (0.3, 0.2)), [0, 1], "errs less than"),
        (((0.2, 0.2), (0.3, 0.3)), [0, 1], "None of those shown change places"),
        (((0.2, 0.2), (0.3, 0.3)), [0], "One policy is shown"),
        (((0.2, 0.5), (0.3, 0.4), (0.4, 0.3)), [0, 1, 2], "1 more pair changes places likewise."),
    ],
)  # fmt: skip
def test_crossings_are_named(ends: tuple[tuple[float, float], ...], shown: list[int], said: str):
    assert said in comparing.of_places(of_constants(*ends), shown, "month")


def test_crossings_within_chance_are_said_to_be():
    found = two_of([[0.1, 0.3], [0.49, 0.3]], [[0.3, 0.1], [0.3, 0.49]])
    assert "within chance" in comparing.of_places(found, [0, 1], "month")
    found = two_of([[0.2, 0.3]], [[0.4, 0.1]])
    assert "a single repeat" in comparing.of_places(found, [0, 1], "month")


def test_differences_are_counted_of_those_drawn_and_of_all():
    found = hand.answer(hand.example(), Question(prices=DEAR))
    rows = compare_tables.against_today(found, [2], "cost")
    assert comparing.of_differences(found, rows, "cost") == [
        "Against today's policy, of the 1 drawn: 1 lower.", "Of all 2: 1 lower, 1 higher."
    ]  # fmt: skip
    assert "the only one shown" in comparing.of_differences(found, rows.iloc[:0], "cost")[0]


def test_without_an_interval_no_difference_is_told():
    table = hand.example()
    found = hand.answer(table[table["seed"] == 0], Question(prices=DEAR))
    said = comparing.of_differences(found, compare_tables.against_today(found, [0, 2], "cost"), "cost")
    assert said == ["There is no interval, so which differences are chance cannot be told."]


def test_what_intervals_of_errors_cover_in_time_order():
    found = hand.answer(hand.numbers(hand.example()), Question(), hand.RENTALS)
    assert found.by_arrivals
    for kpi, is_said in (("mean_error", True), ("cost", False)):
        rows = compare_tables.against_today(found, [0, 2], kpi)
        assert ("not the choice of period" in " ".join(comparing.of_differences(found, rows, kpi))) == is_said


def test_the_best_wait_of_each_size():
    found, way = hand.answer(sized(("S", "M"), (1, 2), 6), Question()), by_size.Way("warm", 0.0, 0)
    drawn = by_size.panels(found, way)
    assert comparing.of_panels(found, way, drawn, "day") == [
        "Least error on average: S at a wait of 1 day; M at a wait of 1 day."
    ]
    said = comparing.of_panels(found, way, drawn[drawn["waiting_time"] == 1], "day")
    assert said[1:] == ["1 of 2 waiting times are drawn."]


def test_the_lowest_cell_is_named():
    found, way = hand.answer(sized(("S", "M"), (1, 2), 6), Question()), by_size.Way("warm", 0.0, 0)
    rows = by_size.heat(found, "mean_error", way)
    assert comparing.of_heat(found, rows, "day") == "Lowest at a wait of 1 day and size S."
    assert comparing.of_heat(found, rows.assign(value=0.5), "day") == "The same at every wait and size."


def test_the_front_in_words():
    found = hand.answer(hand.example(), Question(prices=DEAR))
    said = comparing.of_front(found, compare_tables.error_and_cost(found), "month").replace(language.NO_BREAK, " ")
    assert said == (
        f"Cheapest: “{NAMES[1]}” (24.0 k JPY, 35.0 %). Fewest errors: “{NAMES[0]}” (31.5 k JPY, 28.7 %). "
        "None beats today's policy in both."
    )
    found = hand.answer(hand.example(), Question(prices=DEAR, baseline="incumbent"))
    said = comparing.of_front(found, compare_tables.error_and_cost(found), "month")
    assert said.endswith("2 policies beat today's in both.")
    found = hand.answer(hand.example(), Question(prices=CHEAP))
    said = comparing.of_front(found, compare_tables.error_and_cost(found), "month")
    assert "both costs and errs least" in said


def test_units_stand_in_every_title():
    found = hand.answer(hand.numbers(hand.example()), Question(), hand.RENTALS)
    way = by_size.Way("warm", 0.0, 0)
    assert "(rentals)" in comparing.heat_title(found, "mean_error", way, "month")
    assert "(rentals)" not in comparing.heat_title(found, "cost", way, "month")
    assert "(rentals)" in comparing.differences_title(found, "mean_error", "month")
    assert "JPY over 4 months" in comparing.differences_title(found, "cost", "month")
    shares = hand.answer(hand.example(), Question())
    assert "(percentage points)" in comparing.differences_title(shares, "worst_error", "month")


@pytest.mark.parametrize(
    ("figure", "value", "written"),
    [
        ("cost", 12_300.0, "12.3 k JPY"), ("updates", 4.0, "4"), ("device_hours", 0.5, "30 min"),
        ("worst_error", 0.25, "25.0 %"),
    ],
)  # fmt: skip
def test_each_figure_is_written_in_its_unit(figure: str, value: float, written: str):
    found = hand.answer(hand.example(), Question())
    assert comparing.writer(found, figure)(value).replace(language.NO_BREAK, " ") == written


@pytest.mark.parametrize(("change", "written"), [(12_300.0, "+12.3 k JPY"), (-40.0, "−40 JPY"), (0.0, "0 JPY")])
def test_differences_in_money_have_a_sign(change: float, written: str):
    found = hand.answer(hand.example(), Question())
    assert comparing.change_writer(found, "cost")(change).replace(language.NO_BREAK, " ") == written
    assert comparing.change_writer(found, "mean_error")(-0.021) == "−2.1"


def test_the_charts_of_sizes_say_what_they_leave_out():
    assert comparing.heat_covers(hand.answer(hand.example(), Question())) == ""
    assert comparing.heat_covers(forest()).endswith("of single networks updated at every wait only.")


def test_no_sentence_holds_a_number_that_is_none():
    table = hand.example()
    found = hand.answer(table[table["seed"] == 0], Question(prices=DEAR))
    rows = comparing.standings(found, "month")
    said = [
        comparing.headline(found, "month"), *rows.to_numpy().ravel().tolist(),
        comparing.of_front(found, compare_tables.error_and_cost(found), "month"),
        comparing.of_places(found, [0, 1, 2], "month"),
    ]  # fmt: skip
    assert not [sentence for sentence in said if "nan" in re.findall(r"\w+", sentence)]

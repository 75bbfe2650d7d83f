"""What a policy is worth: by hand, and every amount opened into its parts to the yen."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alma_core.decide import value
from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate
from alma_core.decide.costs import CAUSES
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.value import Part, WeakPoint, Worst
from tests.decide import hand, made
from tests.decide.test_lines import CASES, asked

HALF_YEARS = 365.25 / 2
PRICES = Prices(price_per_error=1.0, days_per_update=1.0, day_rate=100.0, price_per_device_hour=0.0)


def half_years(**changes: object) -> Answer:
    """Four half-years, two seeds: today's errs by 300 in each and updates at 1, `slow` less from then on, at 1 and 3.

    By row: today's 400, 300, 300, 300; `slow` 600, 100, 200, 100 in one seed, 100 more in the first row of the other.
    """
    table = hand.table(
        hand.incumbent([[0.9] * 4] * 2),
        hand.rows("today", [[0.3] * 4] * 2, [1]),
        hand.rows("slow", [[0.5, 0.1, 0.1, 0.1], [0.6, 0.1, 0.1, 0.1]], [1, 3], waiting_time=2),
    )
    prices = dataclasses.replace(PRICES, **{"days_per_arrival": HALF_YEARS} | changes)
    return hand.answer(table, Question(prices=prices, baseline="today"))


def test_a_year_and_a_month_by_hand():
    answer = half_years()
    assert value.years(answer) == pytest.approx(2.0)
    assert answer.costs.total[1].mean() - answer.costs.total[2].mean() == pytest.approx(1300 - 1050)
    assert value.per_year(answer, Estimate(250.0, 150.0, 350.0, 2)) == Estimate(125.0, 75.0, 175.0, 2)
    assert value.months(answer, 3) == pytest.approx(18.0)


def test_the_outlay_of_the_first_year_is_that_of_two_half_years():
    assert value.first_year_outlay(half_years(), 2) == pytest.approx(100)
    assert value.first_year_outlay(half_years(upkeep=(("every", 60.0),)), 2) == pytest.approx(160)
    assert value.first_year_outlay(half_years(days_per_arrival=30.0), 2) == pytest.approx(200)  # all of it is one year
    assert value.first_year_outlay(half_years(), 0) == 0


def test_it_has_paid_back_once_it_has_cost_no_more_for_good():
    """`slow` has cost 250 more after a row, 50 more after two, 50 less after three, 250 less at the end."""
    answer = half_years()
    assert value.pay_back_rows(answer, 2) == 3
    assert value.pay_back_rows(answer, answer.baseline) == 0
    assert value.pay_back_rows(answer, 0) is None
    assert value.pay_back_rows(half_years(day_rate=300.0), 2) == 4
    assert value.pay_back_rows(half_years(day_rate=400.0), 2) is None
    assert value.pay_back_rows(half_years(discount_rate=0.9), 2) == 4  # what comes later is worth less


def test_the_moment_that_costs_most():
    assert value.worst_moment(half_years(), 2) == Worst(1, pytest.approx(650))
    assert value.worst_moment(half_years(day_rate=600.0), 2) == Worst(1, pytest.approx(1150))
    assert value.worst_moment(half_years(), 0) == Worst(1, pytest.approx(900))


def test_where_it_is_worse_than_today_s():
    answer = half_years()
    assert answer.recommended == 2
    assert value.weak_point(answer) == WeakPoint(1, pytest.approx(0.25), 1)
    kept = hand.answer(hand.example(), Question(prices=PRICES, baseline="every"))
    assert kept.recommended == kept.baseline
    assert value.weak_point(kept) is None


def test_what_is_worse_in_several_rows_says_how_many_and_since_when():
    table = hand.table(hand.incumbent([[0.9] * 4]), hand.rows("today", [[0.2, 0.2, 0.2, 0.9]], [1]),
                       hand.rows("other", [[0.1, 0.3, 0.4, 0.1]], [1], start="scratch"))  # fmt: skip
    answer = hand.answer(table, Question(prices=PRICES, baseline="today"))
    assert value.weak_point(answer) == WeakPoint(2, pytest.approx(0.15), 2)


def test_without_a_length_in_time_there_is_no_year_and_no_month():
    answer = half_years(days_per_arrival=None)
    assert value.years(answer) is None
    assert value.per_year(answer, answer.saving(2)) is None
    assert value.first_year_outlay(answer, 2) is None
    assert value.months(answer, 3) is None
    assert value.pay_back_rows(answer, 2) == 3


def test_how_an_amount_comes_about_by_hand():
    """550 and 300 wrong of 4,000 predictions, of which half are acted on; two updates of a day and a half."""
    answer = half_years(use=0.5, days_per_update=1.5, day_rate=40.0, price_per_error=3.0, price_per_label=0.01)
    assert value.parts(answer, 2) == [
        Part("errors", pytest.approx(1275), pytest.approx(425), 3.0, pytest.approx(2000)),
        Part("people", pytest.approx(120), pytest.approx(3), 40.0),
        Part("labels", pytest.approx(40), pytest.approx(4000), 0.01),
    ]
    assert value.parts(answer, 2)[0].rate == pytest.approx(425 / 2000)
    assert value.parts(answer, 2)[1].rate is None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_parts_of_every_policy_add_up_to_its_cost_to_the_yen(case: tuple[int, str, str, bool]):
    answer = asked(*case, updates_included=1, day_rate_beyond=44.4)
    for number in range(len(answer.panel.policies)):
        parts = value.parts(answer, number)
        amounts = np.array([part.amount for part in parts])
        assert len({part.cause for part in parts}) == len(parts)
        assert {part.cause for part in parts} <= {*CAUSES, "discount"}
        total = float(answer.costs.total[number].mean())
        assert amounts.sum() == pytest.approx(total)
        assert value.whole(amounts).sum() == round(total)
        for part in parts:
            if part.quantity is not None:
                assert part.quantity * part.unit_price == pytest.approx(part.amount)
            if part.rate is not None:
                assert part.predictions * part.rate == pytest.approx(part.quantity)
        off = sum(part.amount for part in parts if part.cause == "discount")
        assert off <= 0
        assert bool(off) == bool(answer.question.prices.discount_rate)


@given(arrays(float, st.integers(1, 9), elements=st.floats(-1e9, 1e9)))
def test_whole_amounts_add_up_and_none_is_off_by_one(amounts: np.ndarray):
    found = value.whole(amounts)
    assert found.sum() == round(amounts.sum())
    assert (np.abs(found - amounts) <= 1 + 1e-6).all()


@pytest.mark.parametrize("task", [made.TWO, made.NUMBER])
def test_misses_and_false_alarms_are_told_apart(task: str):
    answer = asked(0 if task == made.TWO else 2, task, "test", False)
    causes = {part.cause for part in value.parts(answer, 1)}
    assert causes & {"misses", "false_alarms", "shortage", "excess"}
    assert "errors" not in causes


def test_a_policy_that_costs_nothing_has_no_parts():
    answer = hand.answer(
        hand.table(hand.incumbent([[0.0] * 2]), hand.rows("a", [[0.1] * 2], [1])), Question(prices=PRICES)
    )
    assert value.parts(answer, 0) == []

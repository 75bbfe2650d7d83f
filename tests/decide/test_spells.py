"""What errors are expected early, in between and late."""

import math

import numpy as np
import pytest

from alma_core.decide import spells
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


def test_by_hand():
    """`two` serves from the second arrival on; before that what is there errs in 0.9."""
    found = spells.spells(hand.answer(hand.example(), Question(prices=PRICES, short=2)), 2)
    assert [(one.name, one.first, one.last) for one in found] == [
        ("short-term", 1, 2), ("between", 3, 3), ("long-term", 4, 4)
    ]  # fmt: skip
    early, _between, late = found
    assert (early.mean, early.today, early.rows) == (pytest.approx(0.55), pytest.approx(0.35), 2)
    assert (early.low, early.high) == (0.2, 0.2)
    assert early.limit == pytest.approx(0.9)  # of one row, as the last spell has
    assert early.difference.mean == pytest.approx(0.2)
    assert (late.mean, late.today, late.limit) == (pytest.approx(0.1), pytest.approx(0.2), pytest.approx(0.1))


def test_where_no_model_of_its_own_served_there_is_no_range():
    found = spells.spells(hand.answer(hand.example(), Question(prices=PRICES)), 2)[0]
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_no_update_is_expected_to_err_as_it_does():
    found = spells.spells(hand.answer(hand.example(), Question(prices=PRICES)), 0)
    assert {(one.low, one.high) for one in found} == {(0.9, 0.9)}


def test_spells_that_meet_leave_nothing_between():
    found = spells.spells(hand.answer(hand.example(), Question(prices=PRICES, short=2, long=3)), 1)
    assert [(one.first, one.last) for one in found] == [(1, 2), (2, 4)]


def test_the_largest_mean_of_a_plain_loop():
    draws = np.random.default_rng(3).random((3, 11))
    for rows in (1, 4, 11):
        plain = max(np.mean(seed[at : at + rows]) for seed in draws for at in range(11 - rows + 1))
        assert spells.largest_mean(draws, rows) == pytest.approx(plain)
    assert spells.largest_mean(draws, 20) == pytest.approx(draws.mean(1).max())


def test_chance_is_allowed_for_where_errors_are_measured_on_a_test_set():
    """0.1 of 1,000 cases: 3 x sqrt(0.09 / 1,000) = 0.0285; four arrivals halve it."""
    found = hand.answer(hand.example(), Question(prices=PRICES))
    assert spells.allowance(found, 0.1, 1) == pytest.approx(0.02846, abs=1e-5)
    assert spells.allowance(found, 0.1, 4) == pytest.approx(0.01423, abs=1e-5)
    numbers = hand.answer(hand.numbers(hand.example()), Question(prices=PRICES), hand.RENTALS)
    assert spells.allowance(numbers, 0.1, 1) == 0.0
    unlabelled = hand.answer(hand.example().assign(labels_bought=0), Question(prices=PRICES))
    assert spells.allowance(unlabelled, 0.1, 1) == 0.0

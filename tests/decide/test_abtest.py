"""The A/B test: against the textbook, by hand, and by playing it out."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from alma_core.decide import abtest
from alma_core.decide.abtest import Design, cases_per_arm, design, periods, rows_of_cases
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


def test_two_proportions_by_hand():
    """10 % against 8 %: (1.95996 sqrt(0.1638) + 0.84162 sqrt(0.1636))^2 / 0.0004 = (0.79324 + 0.34042)^2 / 0.0004.

    That is 1.13366^2 / 0.0004 = 3,212.9.
    """
    assert cases_per_arm(0.10, 0.08) == 3213


@pytest.mark.parametrize(("one", "other", "n"), [(0.5, 0.4, 388), (0.05, 0.10, 435), (0.0, 1.0, 2), (0.3, 0.3, None)])
def test_two_proportions(one: float, other: float, n: int | None):
    """388 and 435 are the textbook's figures without a continuity correction (Fleiss; Machin and others)."""
    assert cases_per_arm(one, other) == cases_per_arm(other, one) == n


def test_the_formula_lies_between_those_of_one_variance_each():
    unpooled = (abtest.FALSE + abtest.SEEN) ** 2 * (0.09 + 0.0736) / 0.0004
    pooled = (abtest.FALSE + abtest.SEEN) ** 2 * 2 * 0.09 * 0.91 / 0.0004
    assert math.ceil(unpooled) == 3211
    assert math.ceil(pooled) == 3215
    assert unpooled < 3213 < pooled


@pytest.mark.parametrize(("one", "other"), [(0.10, 0.08), (0.03, 0.02)])
def test_two_proportions_have_their_power_when_played_out(one: float, other: float):
    n = cases_per_arm(one, other)
    assert n is not None
    draws = np.random.default_rng(1)
    a, b = draws.binomial(n, one, 20_000) / n, draws.binomial(n, other, 20_000) / n
    pooled = (a + b) / 2
    z = (a - b) / np.sqrt(2 * pooled * (1 - pooled) / n)
    assert (z > abtest.FALSE).mean() == pytest.approx(0.8, abs=0.015)


@pytest.mark.parametrize(
    ("difference", "sd", "n"), [(10.0, 10.0, 10), (5.0, 10.0, 34), (-5.0, 10.0, 34), (1.0, 0.0, 2)]
)
def test_periods_by_hand(difference: float, sd: float, n: int):
    """7.849 + 1.921 = 9.77; 4 x 7.849 + 1.921 = 33.3."""
    assert periods(difference, sd) == n


def test_periods_that_nobody_can_tell():
    assert periods(0.0, 10.0) is None
    assert periods(5.0, math.nan) is None


@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_periods_have_their_power_when_played_out(ratio: float):
    """Season strikes both halves: what is tested, by Student's t, is the difference within each period."""
    n = periods(ratio, 1.0)
    assert n is not None
    draws = np.random.default_rng(2)
    season = draws.normal(0, 50, (20_000, n))
    today, new = season + ratio + draws.normal(0, 0.6, season.shape), season + draws.normal(0, 0.8, season.shape)
    apart = today - new
    t = apart.mean(1) / (apart.std(1, ddof=1) / math.sqrt(n))
    assert (t > student.ppf(0.975, n - 1)).mean() == pytest.approx(0.8, abs=0.02)


def test_cases_become_arrivals():
    assert rows_of_cases(3213, 1200.0) == 6  # 6,426 of them
    assert rows_of_cases(600, 1200.0) == 1
    assert rows_of_cases(601, 1200.0) == 2
    assert rows_of_cases(10, 0.0) is None


def designed(table: Any = None, measure: Any = None, **asked: Any) -> Design:
    prices = asked.pop("prices", PRICES)
    found = design(hand.answer(hand.example() if table is None else table, Question(prices=prices, **asked), measure))
    assert found is not None
    return found


def test_of_an_answer_by_hand():
    """`every` errs in 0.2875 of cases, `two` in 0.35; 1,000 labels arrive each time.

    (1.95996 sqrt(0.43430) + 0.84162 sqrt(0.43234))^2 / 0.0625^2 = (1.29164 + 0.55339)^2 / 0.00390625 = 871.5.
    """
    found = designed()
    assert (found.before, found.after) == (pytest.approx(0.2875), pytest.approx(0.35))
    assert found.size == cases_per_arm(0.2875, 0.35) == 872
    assert found.labelled == 1000
    assert found.rows == 4  # 1,744 cases come in two arrivals; two updates of `two` take four
    assert (found.most, found.is_feasible) == (4, True)


@pytest.mark.parametrize(
    ("labels", "rows", "is_feasible"), [(100, 18, False), (500, 4, True), (5000, 4, True), (0, None, False)]
)
def test_labels_are_what_counts(labels: int, rows: int | None, is_feasible: bool):
    """Of 1,000 predictions no more than 1,000 can have a label."""
    found = designed(hand.example().assign(labels_bought=labels))
    assert (found.rows, found.is_feasible) == (rows, is_feasible)
    assert found.labelled == min(labels, 1000)


def test_the_least_difference_that_shows_is_the_one_whose_size_fits():
    found = designed(hand.example().assign(labels_bought=100))  # 200 cases in each half
    assert found.least is not None
    middle = (found.before + found.after) / 2
    assert cases_per_arm(middle - found.least / 2, middle + found.least / 2) == pytest.approx(200, abs=4)
    assert designed(hand.example().assign(labels_bought=0)).least is None


def test_numbers_are_counted_in_periods():
    """Differences in rentals, 20 to an error of 1: -10, 2, 2, 2 in one repeat and -10, 2, 0, 2 in the other."""
    table = hand.numbers(hand.example())
    found = designed(table, hand.RENTALS, prices=Prices(price_per_error=0.5, days_per_update=1, day_rate=5000,
                                                        price_per_device_hour=0))  # fmt: skip
    apart = np.array([[-10.0, 2, 2, 2], [-10.0, 2, 0, 2]])
    assert found.before - found.after == pytest.approx(apart.mean())
    assert found.size == found.rows == periods(float(apart.mean()), float(apart.std(ddof=1)))
    assert not found.is_feasible
    assert found.least is not None
    assert periods(found.least, float(apart.std(ddof=1))) == found.most


def test_no_test_of_today_s_policy():
    cheap = Prices(price_per_error=10, days_per_update=1, day_rate=0, price_per_device_hour=0)
    assert design(hand.answer(hand.example(), Question(prices=cheap))) is None


def test_where_both_err_alike_no_size_shows_it():
    table = hand.table(
        hand.incumbent([[0.9] * 4] * 2),
        hand.rows("every", [[0.2] * 4] * 2, [1, 2, 3, 4]),
        hand.rows("two", [[0.2] * 4] * 2, [2, 4], waiting_time=2, first_update=2),
    )
    found = designed(table)
    assert (found.size, found.rows, found.is_feasible) == (None, None, False)


def test_a_single_period_of_a_single_repeat_has_no_variance():
    table = hand.numbers(hand.table(hand.incumbent([[0.9]]), hand.rows("every", [[0.4]], [1])))
    prices = Prices(price_per_error=0.5, days_per_update=1, day_rate=20_000, price_per_device_hour=0)
    found = designed(table, hand.RENTALS, prices=prices)
    assert found.before != found.after
    assert (found.size, found.least) == (None, None)

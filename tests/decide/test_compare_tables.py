"""Differences from today's policy, places early and late, error against cost: by hand."""

import numpy as np
import pytest

from alma_core.decide import compare_tables
from alma_core.decide.advise import Answer
from alma_core.decide.compare_tables import Crossing
from alma_core.decide.kpis import KPIS
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand

NO_UPDATE, EVERY, TWO = 0, 1, 2
CHEAP = Prices(price_per_error=10, days_per_update=1, day_rate=100, price_per_device_hour=0)
DEAR = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


def example(prices: Prices = CHEAP) -> Answer:
    return hand.answer(hand.example(), Question(prices=prices))


def of_constants(*ends: tuple[float, float]) -> Answer:
    """Return an answer about policies with these errors at the first and the last of two arrivals, in three seeds."""
    blocks = [
        hand.rows(f"p{n}", [[early + shift, late + shift] for shift in (0.0, 0.01, 0.02)], [1, 2], train_flops=1e12 + n)
        for n, (early, late) in enumerate(ends)
    ]
    return hand.answer(hand.table(*blocks), Question())


def test_differences_from_today_s_in_money():
    rows = compare_tables.against_today(example(), [NO_UPDATE, EVERY, TWO, TWO], "cost")
    assert rows["number"].tolist() == [TWO, NO_UPDATE]  # today's is the line they are held against
    assert rows["difference"].tolist() == pytest.approx([14_200 - 11_900, 36_000 - 11_900])
    assert (rows["low"] < rows["difference"]).all()
    assert (rows["difference"] < rows["high"]).all()


def test_differences_from_today_s_in_errors():
    rows = compare_tables.against_today(example(), [TWO, NO_UPDATE], "mean_error")
    assert rows["number"].tolist() == [TWO, NO_UPDATE]
    assert rows["difference"].tolist() == pytest.approx([0.0625, 0.6125])
    half = 6.313752 * np.std([0.05, 0.075], ddof=1) / np.sqrt(2)  # Student's t, one degree of freedom
    assert (rows["high"] - rows["difference"]).tolist() == pytest.approx([half, half])
    assert rows["sign"].tolist() == [0, 1]


@pytest.mark.parametrize("kpi", KPIS)
def test_signs_are_those_of_the_intervals(kpi: str):
    rows = compare_tables.against_today(example(DEAR), [NO_UPDATE, TWO], kpi)
    assert rows["sign"].tolist() == (np.sign(rows["low"]) * ((rows["low"] > 0) | (rows["high"] < 0))).tolist()
    assert rows["difference"].is_monotonic_increasing


def test_one_seed_tells_no_difference():
    table = hand.example()
    found = hand.answer(table[table["seed"] == 0], Question(prices=CHEAP))
    rows = compare_tables.against_today(found, [NO_UPDATE, TWO], "cost")
    assert rows["low"].isna().all()
    assert rows["sign"].tolist() == [0, 0]


def test_today_s_alone_leaves_no_rows():
    assert not len(compare_tables.against_today(example(), [EVERY], "cost"))


def test_places():
    rows = compare_tables.places(example(), [TWO, EVERY])
    assert rows["number"].tolist() == [TWO, EVERY]
    assert rows["short_term_error"].tolist() == pytest.approx([0.9, 0.4])
    assert rows["early_place"].tolist() == [2, 1]
    assert rows["late_place"].tolist() == [1, 2]


def test_equal_errors_never_look_like_a_crossing():
    found = of_constants((0.5, 0.2), (0.5, 0.1), (0.5, 0.1))
    rows = compare_tables.places(found, [0, 1, 2])
    assert rows["early_place"].tolist() == rows["late_place"].tolist()
    assert sorted(rows["late_place"]) == [1, 2, 3]
    assert compare_tables.crossings(found, [0, 1, 2]) == []


def test_crossings_are_pairs_that_change_places():
    found = of_constants((0.2, 0.3), (0.3, 0.2), (0.4, 0.4))
    assert compare_tables.crossings(found, [2, 1, 0]) == [Crossing(0, 1, True)]
    assert compare_tables.crossings(found, [0, 2]) == []


def test_a_crossing_within_chance_is_not_real():
    blocks = [
        hand.rows("one", [[0.2, 0.31], [0.2, 0.35]], [1, 2]),
        hand.rows("other", [[0.3, 0.30], [0.3, 0.34]], [2], waiting_time=2, first_update=2),
        hand.rows("luck", [[0.3, 0.20], [0.3, 0.40]], [2], waiting_time=2, first_update=2, start="scratch"),
    ]
    found = hand.answer(hand.table(*blocks), Question())
    assert compare_tables.crossings(found, [0, 1, 2]) == [Crossing(0, 1, True), Crossing(0, 2, False)]


def test_standing_among_all():
    assert compare_tables.standing(example(), EVERY) == (1, 2)
    assert compare_tables.standing(example(), TWO) == (2, 1)
    assert compare_tables.standing(example(), NO_UPDATE) == (2, 3)  # as late as the policy that has not updated yet


def test_error_and_cost_and_its_front():
    rows = compare_tables.error_and_cost(example(DEAR))
    assert rows["mean_error"].tolist() == pytest.approx([0.9, 0.2875, 0.35])
    assert rows["cost"].tolist() == pytest.approx([36_000, 11_500 + 20_000, 14_000 + 10_000])
    assert rows["on_front"].tolist() == [False, True, True]
    assert compare_tables.front(rows)["number"].tolist() == [TWO, EVERY]
    assert compare_tables.front(compare_tables.error_and_cost(example()))["number"].tolist() == [EVERY]


def test_the_front_of_equals_is_the_recommended_one():
    rows = compare_tables.error_and_cost(of_constants((0.3, 0.3), (0.3, 0.3), (0.3, 0.3)))
    assert rows["on_front"].all()
    front = compare_tables.front(rows)
    assert len(front) == 1
    assert front["is_best"].all()


def test_no_policy_beats_one_on_the_front():
    draws = np.random.default_rng(3)
    found = of_constants(*draws.uniform(0.1, 0.5, (12, 2)).tolist())
    rows = compare_tables.error_and_cost(found)
    front = compare_tables.front(rows)
    assert front["cost"].is_monotonic_increasing
    assert front["mean_error"].is_monotonic_decreasing
    others = rows[~rows["on_front"]]
    beaten = [
        ((front[["cost", "mean_error"]] <= row[["cost", "mean_error"]]).all(axis=1)).any()
        for _, row in others.iterrows()
    ]
    assert all(beaten)

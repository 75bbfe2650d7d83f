"""Which policies are compared."""

import pytest

from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand


@pytest.mark.parametrize(("prices", "listed"), [
    (Prices(), {"incumbent", "a"}),
    (Prices(miss_price=50.0, false_alarm_price=1.0), {"incumbent", "a", "b"}),
])  # fmt: skip
def test_what_is_alike_at_one_half_may_differ_where_it_is_used(prices: Prices, listed: set[str]):
    """Neither flags anything at one half, as on rare failures; one tells them apart at a lower threshold."""
    table = hand.table(hand.incumbent([[0.1]]), *(hand.rows(name, [[0.1]], [1]) for name in "abc"))

    def points(place: hand.Place) -> hand.Points:
        policy, _seed, model, _t = place
        found = 1.0 if not model else 0.0 if policy == "a" else 0.5
        return [1.0] * 11 + [found] * 10, [0.0] * 11 + [0.1] * 10, 10, 90

    answer = hand.answer(table, Question(prices=prices), operating=hand.operating(table, points))
    assert set(answer.panel.policies["policy"]) == listed


def test_what_never_updates_within_the_horizon_is_no_update_at_any_price():
    table = hand.table(hand.incumbent([[0.1] * 3]), hand.rows("a", [[0.1] * 3], [1, 2, 3]),
                       hand.rows("late", [[0.1] * 3], [3], waiting_time=3, first_update=3))  # fmt: skip
    prices = Prices(miss_price=50.0, false_alarm_price=1.0)
    points = hand.operating(table, lambda place: hand.flat(0.5 if place[2] else 1.0, 0.0))
    answer = hand.answer(table, Question(prices=prices, horizon=2), operating=points)
    assert set(answer.panel.policies["policy"]) == {"incumbent", "a"}

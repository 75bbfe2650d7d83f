"""The ladder of sizes: what each takes, and what lets one go on to the next."""

from typing import Any

import pytest

from alma_core.decide.ladder import ladder
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand

FREE: dict[str, Any] = {"price_per_error": 10.0, "day_rate": 0.0, "price_per_device_hour": 0.0}


def answered(errors: dict[str, list[list[float]]], limits: Limits | None = None, **prices: Any):
    blocks = [hand.rows(size, curve, [1, 2], capacity=size) for size, curve in errors.items()]
    table = hand.table(hand.incumbent([[0.9] * 2] * 2), *blocks)
    return hand.answer(table, Question(prices=Prices(**FREE | prices), baseline="S", limits=limits or Limits()))


ERRORS = {"S": [[0.5, 0.3], [0.5, 0.3]], "M": [[0.4, 0.2], [0.4, 0.2]], "L": [[0.4, 0.1], [0.4, 0.1]]}
"""Errors cost 8,000, 6,000 and 5,000 at 10 each and 1,000 predictions an arrival."""


def test_by_hand():
    found = ladder(answered(ERRORS, hardware=(("M", 500.0), ("L", 3000.0)), days_per_update=1.0, day_rate=100.0))
    assert [rung.capacity for rung in found] == ["S", "M", "L"]
    assert [rung.hardware for rung in found] == [0.0, 500.0, 3000.0]
    assert [rung.spend for rung in found] == [200.0] * 3
    small, medium, large = (rung.gate for rung in found)
    assert small is not None
    assert medium is not None
    assert large is None
    assert (small.capacity, small.saving.mean, small.times) == ("M", 1500.0, pytest.approx(0.25))  # 500 for 2,000
    assert (medium.capacity, medium.saving.mean, medium.times) == ("L", -1500.0, pytest.approx(2.5))  # 2,500 for 1,000


def test_at_the_prices_that_a_gate_names_both_sizes_cost_the_same():
    gate = ladder(answered(ERRORS, hardware=(("M", 500.0), ("L", 3000.0))))[1].gate
    assert gate is not None
    assert gate.times is not None
    dearer = ladder(answered(ERRORS, hardware=(("M", 500.0), ("L", 3000.0)), price_per_error=10.0 * gate.times))[1].gate
    assert dearer is not None
    assert dearer.saving.mean == pytest.approx(0)


def test_errors_that_are_no_fewer_are_no_reason_at_any_price():
    found = ladder(answered(ERRORS | {"M": [[0.5, 0.4]] * 2}, hardware=(("M", 500.0),)))
    gate = found[0].gate
    assert gate is not None
    assert gate.times is None
    assert gate.saving.mean == -1500.0


def test_what_exceeds_a_limit_is_no_stage():
    found = ladder(answered(ERRORS, Limits(one_off=1000.0), hardware=(("M", 500.0), ("L", 3000.0))))
    assert [rung.capacity for rung in found] == ["S", "M"]
    assert found[-1].gate is None

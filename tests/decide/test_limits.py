"""What a policy must keep to: each limit by hand."""

import math

import pytest

from alma_core.decide import advise
from alma_core.decide.advise import Answer
from alma_core.decide.limits import Excess, Limits, closest
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.errors import QuestionError
from tests.decide import hand, made

PRICES = Prices(
    price_per_error=10.0, days_per_update=1.0, day_rate=100.0, peak_flops=1e12, utilisation=0.5,
    price_per_device_hour=1.0, hardware=(("M", 700.0), ("L", 900.0)),
)  # fmt: skip


def run() -> list[object]:
    """Return policies over six months, which serve from February 2023 on; the fiscal year turns in April, at row 3."""
    return [
        hand.incumbent([[0.9] * 6, [0.8] * 6]),
        hand.rows("every", [[0.4, 0.1, 0.1, 0.1, 0.1, 0.1], [0.2, 0.1, 0.1, 0.1, 0.1, 0.1]], [1, 2, 3, 4, 5, 6],
                  capacity="L", inference_flops=1e9, train_flops=[18e15, 0, 0, 0, 0, 36e15],
                  evaluation_flops=[0, 0, 0, 0, 0, 9e15]),
        hand.rows("three", [[0.9, 0.9, 0.2, 0.2, 0.2, 0.2], [0.8, 0.8, 0.2, 0.2, 0.2, 0.2]], [3, 6], waiting_time=3,
                  first_update=3, train_flops=9e15, inference_flops=[0, 0, 5e9, 5e9, 5e9, 5e9]),
        hand.rows("trees", [[0.3] * 6] * 2, [1], waiting_time=1, architecture="trees", capacity="none", start="scratch",
                  compute_basis="seconds", seconds=[72_000.0, 0, 0, 0, 0, 0], inference_seconds=0.25, train_flops=0.0,
                  inference_flops=0.0),
    ]  # fmt: skip


def asked(baseline: str = "every", **limits: float) -> Answer:
    table = hand.table(*run()).assign(arrived_on=lambda t: [made.MONTHS[row - 1] for row in t["t"]])
    return hand.answer(table, Question(prices=PRICES, limits=Limits(**limits), baseline=baseline), unit="month")


def excess(answer: Answer) -> dict[str, list[Excess]]:
    return {name: found for name, found in zip(answer.panel.policies["policy"], answer.excesses, strict=True) if found}


@pytest.mark.parametrize(
    ("limit", "has"),
    [
        ("worst_error", {"incumbent": 0.85, "every": 0.3, "three": 0.85, "trees": 0.3}),
        ("updates_per_year", {"every": 4.0, "three": 2.0, "trees": 1.0}),  # rows 3 to 6 are one fiscal year
        ("update_hours", {"every": 25.0, "three": 5.0, "trees": 20.0}),
        ("prediction_seconds", {"every": 0.002, "three": 0.01, "trees": 0.25}),
        ("one_off", {"every": 900.0, "three": 700.0}),
    ],
)
def test_each_limit_by_hand(limit: str, has: dict[str, float]):
    found = excess(asked(**{limit: 0.0}))
    assert found == {name: [Excess(limit, pytest.approx(value), 0.0)] for name, value in has.items()}
    for name, value in has.items():
        assert name not in excess(asked(**{limit: value * (1 + 1e-12)}))
        assert name in excess(asked(**{limit: value * (1 - 1e-6)}))


def test_hardware_is_held_against_its_limit_as_it_is_paid():
    table = hand.table(*run()).assign(arrived_on=lambda t: [made.MONTHS[row - 1] for row in t["t"]])
    prices = Prices(**vars(PRICES) | {"discount_rate": 0.9})
    answer = hand.answer(table, Question(prices=prices, limits=Limits(one_off=650.0)), unit="month")
    assert excess(answer)["three"] == [Excess("one_off", 700.0, 650.0)]
    assert answer.costs.of("hardware")[2].sum(-1).max() < 650


def test_limits_are_held_before_costs_are_compared():
    free, held = asked("three"), asked("three", update_hours=10.0)
    names = free.panel.policies["policy"]
    assert names[free.recommended] == "every"
    assert names[held.recommended] == "three"
    assert held.order.tolist()[-2:] == sorted(held.order.tolist()[-2:], key=lambda n: held.costs.total.mean(1)[n])
    assert {names[n] for n in held.order[-2:]} == {"every", "trees"}
    assert held.runner_up is not None
    assert names[held.runner_up] == "incumbent"


def test_today_s_policy_stays_to_compare_with_though_it_exceeds_a_limit():
    held = asked("every", update_hours=10.0)
    names = held.panel.policies["policy"]
    assert names[held.baseline] == "every"
    assert held.baseline in held.podium
    assert names[held.recommended] == "three"
    assert held.saving(held.recommended).mean < 0 < held.costs.total[held.baseline].mean()


def test_where_none_survives_the_closest_is_named():
    """By how many times each is beyond its farthest limit: no update 8.5, every 5, three 8.5, trees 4."""
    held = asked("three", worst_error=0.1, update_hours=5.0)
    names = held.panel.policies["policy"]
    assert held.verdict == advise.NONE_ALLOWED
    assert names[held.recommended] == "trees"
    assert held.allowed.sum() == 1
    assert held.runner_up is None
    assert closest(held.excesses) == held.recommended


def test_no_update_often_survives_where_nothing_else_does():
    held = asked("three", updates_per_year=0.0)
    assert held.panel.policies["policy"][held.recommended] == "incumbent"
    assert held.verdict in (advise.DO_NOT_UPDATE, advise.NOT_ENOUGH)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_limits_that_make_no_sense(value: float):
    with pytest.raises(QuestionError, match="as the limit of the worst moment, zero or a positive number"):
        Limits(worst_error=value)


def test_updates_of_a_year_ask_how_long_a_year_is():
    with pytest.raises(QuestionError, match="lots of unknown length"):
        hand.answer(hand.example(), Question(limits=Limits(updates_per_year=3.0)))


def test_a_worst_error_of_numbers_is_in_their_unit():
    table = hand.numbers(hand.example())
    found = hand.answer(table, Question(limits=Limits(worst_error=9.0)), hand.RENTALS)
    assert excess(found)["two"] == [Excess("worst_error", pytest.approx(18.0), 9.0)]
    assert "every" not in excess(found)

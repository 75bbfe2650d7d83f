"""The way from one price sheet to another: where the answer turns."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from alma_core import library
from alma_core.decide import sheets
from alma_core.decide.advise import Answer
from alma_core.decide.costs import costs
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.sheet_line import mixed, turns
from alma_core.errors import QuestionError
from tests.decide import hand, made
from tests.decide.test_flips import shipped
from tests.decide.test_lines import asked


def on_the_way(answer: Answer, other: Prices, share: float) -> np.ndarray:
    """Return [P] what policies cost at the sheet that lies there, priced anew."""
    total = costs(answer.panel, mixed(answer.question.prices, other, share)).total.mean(1)
    return np.where(answer.allowed, total, np.inf)


def check(answer: Answer, other: Prices, points: int = 12) -> list[tuple[float, int]]:
    """Hold every turn against pricing anew just before and just after it, and the stretches between them."""
    found = turns(answer, other)
    assert found[0] == (0.0, answer.recommended)
    for (_start, before), (x, after) in pairwise(found):
        assert before != after
        for share, policy in ((x - 1e-5, before), (x + 1e-5, after)):
            anew = on_the_way(answer, other, share)
            assert anew[policy] <= anew.min() * (1 + 1e-8), (share, policy)
    for share in np.linspace(0, 1, points):
        policy = [policy for start, policy in found if start <= share][-1]
        anew = on_the_way(answer, other, float(share))
        assert anew[policy] <= anew.min() * (1 + 1e-4), share  # where levels tie, either may serve
    return found


@pytest.mark.parametrize("run", ["machine-failure", "mnist", "monthly-demand"])
def test_between_the_two_sheets_of_a_shipped_run(run: str):
    answer, other = shipped(run, 0), shipped(run, 1)
    found = check(answer, other.question.prices)
    assert found[-1][1] == other.recommended
    assert len(found) > 1


def test_two_shipped_runs_are_advised_differently_by_their_two_sheets():
    assert [shipped(run, 0).recommended != shipped(run, 1).recommended for run in ("mnist", "monthly-demand")] == [
        True
    ] * 2


@pytest.mark.parametrize("case", [(0, made.TWO, "test", False), (3, made.NUMBER, "next", True)], ids=str)
def test_between_two_sheets_at_random(case: tuple[int, str, str, bool]):
    """Every price that a policy pays for alone moves, and the prices of errors with their levels."""
    answer = asked(*case, upkeep=(("every", 10.0),), hardware=(("M", 50.0),))
    own, one = answer.question.prices, {made.TWO: "miss_price", made.NUMBER: "excess_price"}[case[1]]
    further = {"day_rate": 300.0, "upkeep": (("ensemble", 7.0),), "hardware": (("S", 20.0),), "price_per_label": 3.0}
    other = dataclasses.replace(own, **further, **{one: 6 * getattr(own, one)})
    check(answer, other, points=40)


def test_a_price_that_moves_alone_by_hand():
    """Errors at 10 and at 50: `every` takes over where 1,150 x + 20,000 is 1,400 x + 10,000, at 40."""
    prices = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
    answer = hand.answer(hand.example(), Question(prices=prices))
    found = turns(answer, dataclasses.replace(prices, price_per_error=50.0))
    assert found == [(0.0, 2), (pytest.approx(0.75), 1)]
    assert turns(answer, prices) == [(0.0, 2)]


def test_a_matrix_moves_cell_by_cell_and_a_table_name_by_name():
    one = Prices(price_matrix=((0.0, 2.0), (4.0, 0.0)), upkeep=(("every", 10.0),), hardware=(("L", 8.0),))
    other = Prices(price_matrix=((0.0, 4.0), (0.0, 0.0)), upkeep=(("ensemble", 30.0),), hardware=(("XL", 4.0),))
    found = mixed(one, other, 0.25)
    assert found.price_matrix == ((0.0, 2.5), (3.0, 0.0))
    assert dict(found.upkeep) == {"every": 7.5, "ensemble": 15.0}
    assert dict(found.hardware) == {"L": 6.0, "XL": 1.0}
    assert mixed(one, other, 0.0) == dataclasses.replace(one, **{name: getattr(mixed(one, other, 0.0), name)
                                                                 for name in ("upkeep", "hardware")})  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"miss_price": 3.0, "false_alarm_price": 1.0}, "in different ways"),
        ({"currency": "USD"}, "differ in currency"),
        ({"volume": 3.0, "label_delay": 2.0}, "differ in volume, label_delay"),
        ({"incumbent_rates": (0.1, 0.2)}, "in prices alone was expected"),
    ],
)
def test_sheets_between_which_there_is_no_way(changes: dict[str, object], says: str):
    answer = hand.answer(hand.example(), Question(prices=Prices()))
    with pytest.raises(QuestionError, match=says):
        turns(answer, dataclasses.replace(Prices(), **changes))


def test_the_shipped_sheets_of_a_run_can_be_walked_between():
    for path in (library.dashboard() / "cached_runs").glob("*/prices"):
        one, other = (sheets.load(sheet).prices for sheet in sheets.beside(path.parent))
        assert mixed(one, other, 1.0) == dataclasses.replace(other, ranges=())

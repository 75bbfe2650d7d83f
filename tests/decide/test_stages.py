"""A plan as a staged investment."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.decide.oracle import Plan, Release, Stakes, best_plan, evaluate
from alma_core.decide.stages import Stage, stages
from tests.decide.stakes import at_random, by_hand, drawn, every, priced


def plan_of(stakes: Stakes, *releases: tuple[int, int]) -> Plan:
    return Plan([Release(*one) for one in releases], evaluate(stakes, releases))


def test_two_steps_by_hand():
    """S saves 2 a row for 2. L then saves 5 a row more for 2 and hardware of 4: 5 after a row, 10 after two."""
    stakes = by_hand([10.0] * 4, {(1, 0): [8.0] * 4, (3, 1): [3.0, 3.0]}, 2, hardware=[0, 4])
    plan = best_plan(stakes)
    first, second = stages(stakes, plan)
    assert first == Stage(row=1, capacity=0, moves_up=False, update=2, hardware=0, saving=8, pay_back=1)
    assert second == Stage(row=3, capacity=1, moves_up=True, update=2, hardware=4, saving=10, pay_back=2)
    assert (first.outlay, first.net, second.outlay, second.net) == (2, 6, 6, 4)
    assert first.net + second.net == 40 - plan.total


def test_the_row_of_a_release_saves_what_its_share_saves_and_the_second_rate_is_outlay():
    """Half of row 2 is still served by S, half of row 1 by the incumbent."""
    models = {(1, 0): [6.0] * 3, (2, 0): [2.0, 3.0]}
    stakes = by_hand([10.0] * 3, models, 1, overlap=0.5, included=1, extra=3)
    first, second = stages(stakes, plan_of(stakes, (1, 0), (2, 0)))
    assert (first.update, first.saving, first.pay_back) == (1, 2 + 4 + 4, 1)
    assert (second.update, second.saving, second.pay_back) == (1 + 3, 2 + 3, 2)


@pytest.mark.parametrize(
    ("capacities", "moves_up", "hardware"),
    [([0, 2, 1, 2], [False, True, False, True], [1, 3, 0, 0]), ([2, 0], [False, False], [3, 0])],
)
def test_moving_up_is_from_the_model_that_is_replaced(capacities: list[int], moves_up: list[bool], hardware: list[int]):
    """Hardware goes by the largest so far."""
    models = {(row, capacity): [1.0] * (5 - row) for row, capacity in enumerate(capacities, 1)}
    stakes = by_hand([10.0] * 4, models, 1, hardware=[1, 2, 3])
    found = stages(stakes, plan_of(stakes, *enumerate(capacities, 1)))
    assert [stage.moves_up for stage in found] == moves_up
    assert [stage.hardware for stage in found] == hardware


@pytest.mark.parametrize(
    ("model", "update", "saving", "pay_back"),
    [
        ([7.0, 7.0, 7.0, 7.0], 0, 12, 0),
        ([7.0, 7.0, 7.0, 7.0], 6, 12, 2),
        ([7.0, 7.0, 7.0, 7.0], 12, 12, 4),
        ([7.0, 7.0, 7.0, 7.0], 13, 12, None),
        ([4.0, 9.0, 12.0, 12.0], 5, 3, 1),
        ([12.0, 12.0, 5.0, 5.0], 2, 6, 4),
    ],
    ids=["nothing to pay", "two rows", "at the end", "never", "lost again", "worse first"],
)
def test_pay_back_is_when_the_outlay_is_first_covered(
    model: list[float], update: float, saving: float, pay_back: int | None
):
    stakes = by_hand([10.0] * 4, {(1, 0): model}, update)
    (stage,) = stages(stakes, plan_of(stakes, (1, 0)))
    assert (stage.saving, stage.pay_back) == (saving, pay_back)


def test_a_step_is_held_against_stopping_before_it_not_against_the_rest_of_the_plan():
    """The second model serves two rows in the plan; its saving is that of all three rows it could have served."""
    models = {(1, 0): [8.0] * 4, (2, 0): [6.0] * 3, (4, 0): [1.0]}
    stakes = by_hand([10.0] * 4, models, 1)
    found = stages(stakes, plan_of(stakes, (1, 0), (2, 0), (4, 0)))
    assert [stage.saving for stage in found] == [2 * 4, 2 * 3, 5]


def test_a_step_without_pay_back_may_belong_to_the_best_plan():
    """Hardware for L costs 2 today and 20 later, and the L of row 3 is worth it."""
    models = {(1, 1): [9.0] * 4, (3, 1): [1.0, 1.0]}
    dear = np.array([[0, 5], [0, 20], [0, 20], [0, 20]])
    stakes = by_hand([10.0] * 4, models, 0.5, hardware=dear)
    first, second = stages(stakes, best_plan(stakes))
    assert (first.net, first.pay_back) == (-1.5, None)
    assert (second.net, second.pay_back) == (15.5, 1)


def test_a_plan_without_updates_has_no_steps():
    stakes = by_hand([10.0], {(1, 0): [9.0]}, 5)
    assert stages(stakes, best_plan(stakes)) == []


@given(drawn(), st.randoms(use_true_random=False))
def test_the_steps_add_up_to_the_plan(stakes: Stakes, chance: Random):
    schedule = chance.choice([s for s in every(stakes) if priced(stakes, s) is not None])
    plan = plan_of(stakes, *schedule)
    found = stages(stakes, plan)
    assert sum(stage.net for stage in found) == stakes.incumbent.sum() - plan.total
    assert [(stage.row, stage.capacity) for stage in found] == schedule
    for stage in found:
        assert stage.pay_back is not None or stage.net < 0


def test_the_steps_of_a_long_plan_add_up():
    stakes = at_random(50, 4, 6, included=1, most=4, overlap=0.3)
    plan = best_plan(stakes)
    assert len(plan.releases) > 3
    assert sum(stage.net for stage in stages(stakes, plan)) == pytest.approx(stakes.incumbent.sum() - plan.total)

"""At which level a model is used: chosen on validation rows, applied to test rows."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_core import library
from alma_core.decide import advise, operating, sheets
from alma_core.decide.costs import costs
from alma_core.decide.panel import Panel, learns
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question, placed
from alma_core.decide.record import Record, of_run
from alma_core.ledger import LEVELS
from alma_core.simulate.levels import of_values, shifts
from tests.decide import hand, made, naive

TWO = Prices(miss_price=50.0, false_alarm_price=2.0)
STAIRS = [level / 20 for level in range(LEVELS)]


def one_model(validation: hand.Points, prices: Prices) -> Panel:
    """Return one update of one policy, with these points on its validation rows."""
    table = hand.table(hand.incumbent([[0.5]]), hand.rows("p", [[0.1]], [1]))
    points = hand.operating(table, lambda place: validation if place[3] == 0 else hand.flat(0.3, 0.3))
    measure = None if prices.miss_price is not None else hand.RENTALS
    return panel_for(hand.record(table, measure, operating=points), prices)


def level(validation: hand.Points, prices: Prices = TWO) -> int:
    """Return the level, 1..21, at which that model is used."""
    return int(operating.levels(one_model(validation, prices), prices)[1, 0, 0, 0]) + 1


@pytest.mark.parametrize(
    ("miss", "false_alarm", "positives", "expected"),
    [
        (1.0, 1.0, None, 11),  # all alike: the middle
        (2.0, 1.0, None, 21),  # a miss is dearer: always flag
        (1.0, 2.0, None, 1),
        (1.0, 2.0, 0.5, 1),
        (1.0, 2.0, 0.9, 21),  # the real share decides, not that of the validation rows
    ],
)
def test_the_cheapest_level_by_hand(miss: float, false_alarm: float, positives: float | None, expected: int):
    """Misses fall and false alarms rise evenly with the level."""
    prices = Prices(miss_price=miss, false_alarm_price=false_alarm, positives=positives)
    assert level((STAIRS[::-1], STAIRS, 50, 50), prices) == expected


@pytest.mark.parametrize(("n_a", "n_b", "expected"), [(5, 5, 21), (4, 50, 11), (50, 4, 11), (0, 50, 11)])
def test_fewer_than_five_of_a_kind_tell_nothing(n_a: int, n_b: int, expected: int):
    assert level((STAIRS[::-1], STAIRS, n_a, n_b), Prices(miss_price=900.0, false_alarm_price=1.0)) == expected


def test_of_equally_cheap_levels_the_one_nearest_the_middle():
    flat_below = [0.0] * 9 + [0.5] * 12  # levels 1..9 are equally cheap
    assert level((flat_below, flat_below, 50, 50)) == 9
    assert level((flat_below[::-1], flat_below[::-1], 50, 50)) == 13
    ends = [0.5] * 6 + [0.0] + [0.5] * 7 + [0.0] + [0.5] * 6  # 7 and 15, four away on either side
    assert level((ends, ends, 50, 50)) == 7


def test_what_serves_before_the_first_update_has_no_level_of_its_own():
    assert operating.levels(one_model((STAIRS[::-1], STAIRS, 50, 50), TWO), TWO)[0, 0, 0, 0] == operating.ONE_HALF


@given(st.integers(0, 10**6), st.sampled_from((made.TWO, made.NUMBER)), st.sampled_from(("test", "next")))
@settings(max_examples=15)
def test_levels_against_plain_loops(seed: int, task: str, judged: str):
    run = made.run(seed, task, judged, rows=4, among=("incumbent", "S1", "new"))
    prices = made.prices(seed, task, rich=seed % 2 == 0)
    prices = dataclasses.replace(
        prices, **({"miss_price": 37.7, "false_alarm_price": 5.1} if task == made.TWO else
                   {"shortage_price": 37.7, "excess_price": 5.1}),
    )  # fmt: skip
    found = operating.levels(panel_for(run, prices), prices)
    plain = naive.Run(run, Question(prices=prices))
    for number, policy in enumerate(plain.policies):
        for one in plain.seeds:
            expected = [plain.level(policy, one, t) for t in range(1, 5)]
            assert found[number, one, :, 0].tolist() == expected


def changed(run: Record, split: str, t: int) -> Record:
    """Return a run with other points on rows of a split from t on."""
    points = run.tables.operating.copy()
    later = (points["split"] == split) & (points["t"] >= t)
    points.loc[later, ["a", "b"]] = np.random.default_rng(1).random((later.sum(), 2), np.float32)
    return Record(dataclasses.replace(run.tables, operating=points), run.measure)


@pytest.mark.parametrize("judged", ["test", "next"])
@pytest.mark.parametrize("task", [made.TWO, made.NUMBER])
def test_no_level_looks_at_what_it_is_judged_on_or_at_what_comes(task: str, judged: str):
    run = made.run(4, task, judged)
    prices = TWO if task == made.TWO else Prices(shortage_price=9.0, excess_price=4.0)

    def levels(of: Record) -> Any:
        return operating.levels(panel_for(of, prices), prices)

    usual = levels(run)
    assert np.array_equal(levels(changed(run, "test", 1)), usual)
    later = levels(changed(run, "validation", 4))
    assert np.array_equal(later[:, :, :3], usual[:, :, :3])
    assert not np.array_equal(later[:, :, 3:], usual[:, :, 3:])


@pytest.mark.parametrize(("shortage", "excess"), [(1.0, 1.0), (150.0, 30.0), (60.0, 180.0), (1.0, 19.0), (40.0, 1.0)])
def test_a_number_is_shifted_to_the_quantile_that_its_prices_ask_for(shortage: float, excess: float):
    """The best shift is the quantile shortage / (shortage + excess) of the residuals (the newsvendor's)."""
    missed = np.random.default_rng(3).gamma(2.0, 10.0, 4000) - 15.0
    a, b = of_values(missed, shifts(missed)).T / len(missed)
    prices = Prices(shortage_price=shortage, excess_price=excess)
    found = level((a.tolist(), b.tolist(), 4000, 4000), prices)
    assert (found - 0.5) / LEVELS == pytest.approx(shortage / (shortage + excess), abs=0.5 / LEVELS + 0.01)


def at_all_ends(sheet: int) -> tuple[advise.Answer, dict[str, np.ndarray]]:
    """Return the answer of `machine-failure` with one of its sheets, and [P, S] what errors cost at several levels."""
    run = library.find("machine-failure")
    prices = sheets.load(sheets.beside(run.path)[sheet]).prices
    asked = advise.answer(of_run(run), Question(prices=prices))
    assert asked.costs.levels is not None
    ends = {"half": operating.ONE_HALF, "never": 0, "always": LEVELS - 1}
    levels = {name: np.full_like(asked.costs.levels, level) for name, level in ends.items()}
    totals = {name: costs(asked.panel, prices, at).total for name, at in levels.items()}
    return asked, totals | {"chosen": asked.costs.total}


def test_on_machine_failure_the_chosen_threshold_is_cheaper_with_every_policy_and_seed():
    """A missed failure stops the line: one half misses most of them, as never flagging does all."""
    asked, found = at_all_ends(0)
    learning = learns(asked.panel.policies)
    for end in ("half", "never"):
        assert (found["chosen"] < found[end])[learning].all()


def test_on_machine_failure_the_recommended_policy_gains_from_its_threshold_where_checks_are_dear_too():
    asked, found = at_all_ends(1)
    for end in ("half", "never", "always"):
        assert (found["chosen"] < found[end])[asked.recommended].all()


def test_a_question_places_levels_with_the_models_that_serve():
    """A month late, a row has the level of the model before, and for half a row that of both."""
    run = made.run(6, made.TWO, "next", among=("incumbent", "S1"))
    at_once = operating.levels(placed(panel_for(run, TWO), Question(prices=TWO)), TWO)
    late = dataclasses.replace(TWO, release_days=1.5 * 365.25 / 12)
    found = operating.levels(placed(panel_for(run, late), Question(prices=late)), late)
    assert found.shape[-1] == 2
    assert np.array_equal(found[1, :, 1:, 0], at_once[1, :, :-1, 0])
    assert np.array_equal(found[1, :, 2:, 1], at_once[1, :, :-2, 0])

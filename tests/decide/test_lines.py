"""Costs as lines: the same as pricing anew, wherever one looks."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_core.decide import advise, flips
from alma_core.decide.advise import Answer
from alma_core.decide.costs import costs
from alma_core.decide.lines import Breaks, Lines
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand, made

FEW = ("incumbent", "S1", "M2", "new", "trees")
CASES = [
    (seed, task, judged, seed % 2 == 0)
    for seed, (task, judged) in enumerate(
        [(made.TWO, "test"), (made.TWO, "next"), (made.NUMBER, "test"), (made.NUMBER, "next"), (made.MANY, "next")] * 2
    )
]


def asked(seed: int, task: str, judged: str, late: bool, **changes: object) -> Answer:
    """Return an answer from a run at random, at prices that tell errors apart, on a server owned in every other."""
    run = made.run(seed, task, judged, rows=5, among=FEW)
    kinds = {made.TWO: {"miss_price": 61.7, "false_alarm_price": 17.3}, made.MANY: {},
             made.NUMBER: {"shortage_price": 3.7, "excess_price": 2.3}}  # fmt: skip
    prices = dataclasses.replace(made.prices(seed + 1, task, late=late), day_rate=20.0, nightly_hours=1.37 * (seed % 3))
    prices = dataclasses.replace(prices, **kinds[task] | {"peak_flops": 5e12} | changes)
    return advise.answer(run, Question(prices=prices, incumbent_error=0.3 if seed % 4 == 0 else None))


def at(answer: Answer, name: str, x: float) -> np.ndarray:
    """Return [P] what policies cost with one number at x, priced anew."""
    panel, prices = flips.moved(answer, name, x)
    return np.asarray(costs(panel, prices).total.mean(1))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_line_is_what_pricing_anew_gives(case: tuple[int, str, str, bool]):
    answer, draws = asked(*case), np.random.default_rng(case[0])
    for name in flips.names(answer):
        lines, given_ = flips.line(answer, name), flips.value(answer, name)
        if lines is None:
            assert name == flips.DISCOUNT
            continue
        end = min(4 * given_ or 1.0, flips.AT_MOST.get(name, np.inf))
        for x in [given_, *draws.uniform(0.01 * end, end, 5).tolist()]:
            assert lines.at(x) == pytest.approx(at(answer, name, x), rel=1e-5, abs=1e-6), (name, x)


@pytest.mark.parametrize("case", CASES[::3], ids=str)
def test_the_line_over_what_serves_first_is_what_pricing_anew_gives(case: tuple[int, str, str, bool]):
    answer = asked(*case)
    for x in (0.0, 0.17, 0.83):
        anew = answer.replaced(incumbent_error=x, prices=dataclasses.replace(answer.question.prices))
        assert flips.incumbent_line(answer).at(x) == pytest.approx(anew.costs.total.mean(1), rel=1e-5)


def test_levels_that_are_alike_on_validation_rows_differ_on_others():
    """Of equals the one nearest the middle is used, here as there; each line steps there too."""
    table = hand.table(hand.incumbent([[0.5]]), hand.rows("p", [[0.1]], [1]))
    stairs = [1.0] * 5 + [0.5] * 6 + [0.0] * 10  # levels 6..11 alike, 12..21 alike

    def points(place: hand.Place) -> hand.Points:
        if place[3] == 0:
            return stairs, stairs[::-1], 50, 50
        return [level / 20 for level in range(21)], [0.0] * 21, 50, 50

    answer = hand.answer(table, Question(prices=Prices(miss_price=3.0, false_alarm_price=1.0)),
                         operating=hand.operating(table, points))  # fmt: skip
    for name in ("miss_price", "false_alarm_price"):
        lines = flips.line(answer, name)
        assert lines is not None
        for x in (0.3, 0.9, 1.1, 2.9, 3.1, 9.0):
            assert lines.at(x) == pytest.approx(at(answer, name, x), rel=1e-6)


whole = st.integers(0, 30).map(float)


@st.composite
def broken(draw: st.DrawFn) -> Lines:
    """Draw lines in whole numbers, of which some break and jump."""
    n = draw(st.integers(1, 5))
    at_zero, slope = (np.array(draw(st.lists(whole, min_size=n, max_size=n))) for _ in range(2))
    jumps = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(1, 9), whole, whole), max_size=6))
    jumps.sort(key=lambda jump: jump[1])
    policy, x, up, more = ([jump[column] for jump in jumps] for column in range(4))
    change = np.array(up, float) - 15, np.array(more, float) - 15
    return Lines(at_zero, slope, Breaks(np.array(policy, np.int64), np.array(x, float), *change))


def plainly(lines: Lines, x: float) -> np.ndarray:
    """Return [P] the costs at x by going through the breaks, for x that is none."""
    found = lines.at_zero + lines.slope * x
    breaks = lines.breaks
    for policy, where, up, more in zip(breaks.policy, breaks.x, breaks.at_zero, breaks.slope, strict=True):
        found[policy] += (up + more * x) * (where < x)
    return np.asarray(found)


GRID = np.arange(0, 12, 1 / 7) + 1 / 97


@given(broken(), st.data())
@settings(max_examples=150)
def test_winners_against_a_grid(lines: Lines, data: st.DataObject):
    n = len(lines.at_zero)
    among = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n))) | (np.arange(n) == 0)
    winners = lines.winners(0.0, 12.0, among)
    starts = [x for x, _policy in winners]
    assert starts == sorted(set(starts))
    assert all(one[1] != other[1] for one, other in pairwise(winners))
    for x in GRID:
        policy = [policy for start, policy in winners if start <= x][-1]
        anew = np.where(among, plainly(lines, x), np.inf)
        assert anew[policy] == pytest.approx(anew.min(), abs=1e-6)


@given(broken(), st.sampled_from(GRID.tolist()))
@settings(max_examples=150)
def test_the_nearest_crossings_against_a_grid(lines: Lines, given_: float):
    """Of the cheapest at that point; between it and the crossing it stays the cheaper one."""
    best = int(plainly(lines, given_).argmin())
    for other in range(len(lines.at_zero)):
        below, above = lines.crossings(best, other, given_)
        cheaper = [x for x in GRID if (cost := plainly(lines, x))[other] < cost[best] - 1e-9]
        assert all(below is not None and x <= below + 1e-9 for x in cheaper if x < given_)
        assert all(above is not None and x >= above - 1e-9 for x in cheaper if x > given_)
        for x in ([below - 1e-6] if below else []) + ([above + 1e-6] if above is not None else []):
            assert plainly(lines, x)[other] <= plainly(lines, x)[best] + 1e-4


@settings(max_examples=200)
@given(lines=st.one_of(broken(), broken().map(lambda one: Lines(one.at_zero, one.slope))), given_=st.floats(0.0, 12.0),
       data=st.data())  # fmt: skip
def test_the_nearest_of_all_is_the_nearest_of_each(lines: Lines, given_: float, data: st.DataObject):
    """The naive twin: one rival after another."""
    n = len(lines.at_zero)
    best = data.draw(st.integers(0, n - 1))
    among = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    each = [lines.crossings(best, other, given_) for other in np.flatnonzero(among).tolist() if other != best]
    below, above = lines.nearest(best, among, given_)
    assert below == max((low for low, _high in each if low is not None), default=-np.inf)
    assert above == min((high for _low, high in each if high is not None), default=np.inf)


def test_what_is_undone_at_the_same_place_is_no_turn():
    """At 2 one line goes up by 5 and down by 5 at once."""
    jumps = Breaks(np.array([0, 0]), np.array([2.0, 2.0]), np.array([5.0, -5.0]), np.zeros(2))
    assert Lines(np.array([1.0, 2.0]), np.zeros(2), jumps).winners(0.0, 9.0, np.ones(2, bool)) == [(0.0, 0)]


def test_models_that_trade_alike_step_together():
    """Three seeds trade one miss for two false alarms of their own numbers of cases, at one price of a miss."""
    seeds = [[0.1]] * 3
    table = hand.table(hand.incumbent([[0.5]] * 3), hand.rows("p", seeds, [1]))
    cases = {0: (7, 93), 1: (13, 187), 2: (29, 171)}

    def points(place: hand.Place) -> hand.Points:
        n_a, n_b = cases[place[1]]
        return [1 / n_a] * 11 + [0.0] * 10, [0.0] * 11 + [2 / n_b] * 10, n_a, n_b

    answer = hand.answer(table, Question(prices=Prices(miss_price=3.0, false_alarm_price=1.0)),
                         operating=hand.operating(table, points))  # fmt: skip
    lines = flips.line(answer, "miss_price")
    assert lines is not None
    assert lines.breaks.x == pytest.approx([2.0] * 3)
    assert len(set(lines.breaks.x.tolist())) == 1

"""Claims on runs whose truth is known: those that hold, those that fail, those that nobody can tell."""

import math

import numpy as np
import pandas as pd
import pytest

from alma_core.decide import claims
from alma_core.decide.compare import Estimate
from alma_core.decide.evidence import CHEAPER, LOWER, Data, Evidence, Kind, Part, over_pairs, ratio_over_pairs
from alma_core.decide.findings import FAILS, HOLDS, UNCLEAR
from alma_core.decide.measure import Measure
from tests.decide import hand

ROWS = 6


def policy(name: str, error: float, draws: np.random.Generator, noise: float = 0.002, **facts: object) -> pd.DataFrame:
    """Return four seeds of a policy that errs by so much at every row, give or take."""
    return hand.rows(name, hand.repeated([error] * ROWS, draws, noise=noise), list(range(1, ROWS + 1)), **facts)


@pytest.fixture
def draws() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize(
    ("low", "high", "within", "verdict"),
    [
        (-2.0, -1.0, LOWER, HOLDS), (1.0, 2.0, LOWER, FAILS), (-1.0, 1.0, LOWER, UNCLEAR), (0.0, 0.0, LOWER, UNCLEAR),
        (math.nan, math.nan, LOWER, UNCLEAR), (0.3, 0.5, CHEAPER, HOLDS), (1.1, 3.0, CHEAPER, FAILS),
        (5.5, 9.0, claims.FIVE_TO_TEN, HOLDS), (5.0, 5.0, claims.FIVE_TO_TEN, HOLDS),
        (10.0, 10.0, claims.FIVE_TO_TEN, HOLDS), (10.2, 11.0, claims.FIVE_TO_TEN, FAILS),
        (2.0, 4.0, claims.FIVE_TO_TEN, FAILS), (4.0, 6.0, claims.FIVE_TO_TEN, UNCLEAR),
        (9.0, 11.0, claims.FIVE_TO_TEN, UNCLEAR),
    ],
)  # fmt: skip
def test_a_part_holds_where_its_whole_interval_lies_in_the_range(low, high, within, verdict):
    assert Part("a", "b", Estimate((low + high) / 2, low, high, 3), within).verdict == verdict


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ([HOLDS], HOLDS), ([HOLDS, HOLDS], HOLDS), ([HOLDS, FAILS], FAILS), ([UNCLEAR, FAILS], FAILS),
        ([HOLDS, UNCLEAR], UNCLEAR), ([HOLDS, (FAILS,)], HOLDS), ([FAILS, (HOLDS,)], FAILS),
    ],
)  # fmt: skip
def test_a_claim_holds_where_all_parts_that_count_do(parts: list[str | tuple[str]], verdict: str):
    """Those in a tuple are shown beside."""
    ends = {HOLDS: (-2.0, -1.0), FAILS: (1.0, 2.0), UNCLEAR: (-1.0, 1.0)}
    made = [
        Part("a", "b", Estimate(0, *ends[part if isinstance(part, str) else part[0]], 3), counts=isinstance(part, str))
        for part in parts
    ]
    assert Evidence(claims.BIGGER, "run", "day", Measure(), tuple(made)).verdict == verdict


def test_estimates_average_pairs_first_and_have_95_percent_intervals():
    one, other = np.array([[3.0, 5.0], [5.0, 7.0]]), np.array([[1.0, 2.0], [1.0, 2.0]])
    # by seed: (2 + 4) / 2 and (3 + 5) / 2; Student's t with one degree of freedom is 12.706 at 97.5 %
    assert over_pairs(one, other) == pytest.approx((3.5, 3.5 - 12.7062 * 0.5, 3.5 + 12.7062 * 0.5, 2), abs=1e-3)
    assert ratio_over_pairs(one, other).mean == pytest.approx((3 + 5 + 2.5 + 3.5) / 4)


@pytest.mark.parametrize(
    ("large", "noise", "verdict"), [(0.10, 0.002, HOLDS), (0.30, 0.002, FAILS), (0.205, 0.05, UNCLEAR)]
)
def test_bigger_is_better(large: float, noise: float, verdict: str, draws: np.random.Generator):
    blocks = [policy(size, error, draws, noise, capacity=size) for size, error in (("S", 0.2), ("M", 0), ("L", large))]
    (found,) = claims.bigger_is_better(hand.trial(*blocks))
    (part,) = found.parts
    assert (found.verdict, part.one, part.other) == (verdict, "L", "S")
    if noise < 0.01:
        assert part.found.mean == pytest.approx(large - 0.2, abs=0.005)


def test_sizes_are_compared_within_each_method(draws: np.random.Generator):
    """An ensemble in S beside a single network in L says nothing about size."""
    facts = {"method": "ensemble", "k": 3}
    apart = [policy("s", 0.2, draws, capacity="S", **facts), policy("l", 0.1, draws, capacity="L")]
    assert claims.bigger_is_better(hand.trial(*apart)) == []
    (found,) = claims.bigger_is_better(hand.trial(*apart, policy("l3", 0.17, draws, capacity="L", **facts)))
    assert found.parts[0].found.mean == pytest.approx(-0.03, abs=0.005)


def test_policies_that_come_to_the_same_count_once():
    """Warm and from scratch are one policy where there is but one update: else it would weigh twice."""
    last = {"waiting_time": ROWS, "first_update": ROWS}
    blocks = []
    for size, better in (("S", 0.0), ("L", 0.1)):
        once = hand.rows(f"{size}w", [[0.9] * 5 + [0.5 - better]] * 2, [ROWS], capacity=size, **last)
        blocks += [once, once.assign(policy=f"{size}s", start="scratch")]
        curve = [[0.3 - 2 * better] * ROWS] * 2
        blocks.append(hand.rows(f"{size}1", curve, list(range(1, ROWS + 1)), capacity=size))
    (found,) = claims.bigger_is_better(hand.trial(*blocks))
    assert found.parts[0].found.mean == pytest.approx((-0.1 - 0.2) / 2)


def replaying(draws: np.random.Generator, error: float, times: float, **rival: object) -> list[pd.DataFrame]:
    """Return replay of that error and compute beside new data (0.2), and one more policy (0.15)."""
    return [
        policy("new", 0.2, draws),
        policy("all", error, draws, replay=1.0, train_flops=times * 1e12),
        policy("rival", 0.15, draws, **rival),
    ]


@pytest.mark.parametrize(
    ("error", "times", "verdicts", "together"),
    [
        (0.1, 7.0, (HOLDS, HOLDS), HOLDS), (0.1, 25.5, (HOLDS, FAILS), FAILS), (0.17, 7.0, (FAILS, HOLDS), FAILS),
        (0.15, 7.0, (UNCLEAR, HOLDS), UNCLEAR),
    ],
)  # fmt: skip
def test_replay_has_the_least_error_at_five_to_ten_times_the_compute(error, times, verdicts, together, draws):
    (found,) = claims.replay_costs(hand.trial(*replaying(draws, error, times, window=3)))
    assert tuple(part.verdict for part in found.parts) == verdicts
    assert found.verdict == together
    strongest, price = found.parts
    assert strongest.other == Data("warm", 0.0, 3)
    assert strongest.found.mean == pytest.approx(error - 0.15, abs=0.005)
    assert price.found[:3] == pytest.approx((times,) * 3)


@pytest.mark.parametrize(
    ("facts", "other"),
    [
        ({"start": "scratch"}, Data("scratch", 0.0, 0)),
        ({"method": "keep_better"}, Kind("keep_better")),
        # these are no rivals: not one network, on all data, not at this wait, or not a network
        ({"method": "ensemble", "k": 3}, Data("warm", 0.0, 0)),
        ({"start": "scratch", "replay": 1.0}, Data("warm", 0.0, 0)),
        ({"waiting_time": 2, "first_update": 2}, Data("warm", 0.0, 0)),
        ({"architecture": "sgd", "capacity": "none"}, Data("warm", 0.0, 0)),
    ],
)
def test_replay_is_held_against_single_networks_without_it(facts, other, draws: np.random.Generator):
    (found,) = claims.replay_costs(hand.trial(*replaying(draws, 0.1, 7.0, **facts)))
    assert found.parts[0].other == other


def test_replay_is_tested_at_the_shortest_wait_that_has_both(draws: np.random.Generator):
    longer = {"waiting_time": 2, "first_update": 2}
    blocks = [policy("new1", 0.2, draws), policy("new2", 0.3, draws, **longer),
              policy("all2", 0.2, draws, replay=1.0, train_flops=6e12, **longer),
              policy("all3", 0.2, draws, replay=1.0, waiting_time=3, first_update=3)]  # fmt: skip
    (found,) = claims.replay_costs(hand.trial(*blocks))
    assert found.parts[0].found.mean == pytest.approx(-0.1, abs=0.005)
    assert found.parts[1].found.mean == pytest.approx(6)


@pytest.mark.parametrize(
    ("warm", "noise", "verdict"), [(0.15, 0.002, HOLDS), (0.05, 0.002, FAILS), (0.105, 0.05, UNCLEAR)]
)
def test_warm_loses_to_scratch(warm: float, noise: float, verdict: str, draws: np.random.Generator):
    blocks = [
        policy("scratch", 0.1, draws, noise, start="scratch", replay=1.0),
        policy("warm", warm, draws, noise, replay=1.0),
        policy("new", 0.5, draws),
    ]
    (found,) = claims.scratch_is_better(hand.trial(*blocks))
    assert found.verdict == verdict
    assert found.parts[0].one == Data("scratch", 1.0, 0)


def test_a_single_update_says_nothing_of_warm_and_scratch(draws: np.random.Generator):
    last = {"waiting_time": ROWS, "first_update": ROWS, "replay": 1.0}
    once = hand.rows("w", [[0.9] * 5 + [0.5]] * 4, [ROWS], **last)
    again = [once, once.assign(policy="s", start="scratch")]
    assert claims.scratch_is_better(hand.trial(*again)) == []
    pair = [policy("scratch", 0.1, draws, start="scratch", replay=1.0), policy("warm", 0.2, draws, replay=1.0)]
    (found,) = claims.scratch_is_better(hand.trial(*again, *pair))
    assert found.parts[0].found.mean == pytest.approx(-0.1, abs=0.005)


def test_a_policy_that_never_updates_tests_nothing(draws: np.random.Generator):
    """Its first update lies beyond the run: it errs as the incumbent does, whatever its size, and takes no FLOPs."""
    never = [hand.rows(size, [[0.9] * ROWS] * 4, [], capacity=size, replay=1.0) for size in ("S", "L")]
    assert claims.evidence([hand.trial(*never, policy("new", 0.2, draws, capacity="S"))]) == []


def test_a_lone_seed_cannot_tell():
    blocks = [hand.rows("s", [[0.3] * ROWS], [1], capacity="S"), hand.rows("l", [[0.1] * ROWS], [1], capacity="L")]
    (found,) = claims.bigger_is_better(hand.trial(*blocks))
    assert found.verdict == UNCLEAR
    assert found.parts[0].found.mean == pytest.approx(-0.2)


def test_every_run_has_its_say_and_what_none_can_test_is_named(draws: np.random.Generator):
    sizes = [policy("s", 0.2, draws, capacity="S"), policy("m", 0.1, draws)]
    found = claims.evidence([hand.trial(*sizes, name="one"), hand.trial(*sizes, name="two")])
    assert [(one.claim, one.run) for one in found] == [(claims.BIGGER, "one"), (claims.BIGGER, "two")]
    assert claims.missing(found) == [claim for claim in claims.CLAIMS if claim != claims.BIGGER]
    assert claims.missing([]) == list(claims.CLAIMS)

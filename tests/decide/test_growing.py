"""Models that grow, on runs where it is known what growing is worth."""

from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from alma_core.decide.evidence import Kind
from alma_core.decide.findings import FAILS, HOLDS, UNCLEAR
from alma_core.decide.growing import better_than_fixed, cheap_but_worse
from tests.decide import hand

ROWS = 4
MEMBERS = [1, 2, 3, 4]
PARAMS = [10, 20, 30, 40]


def policy(name: str, error: float, noise: float = 0.002, **facts: object) -> pd.DataFrame:
    """Return four seeds of a policy that updates at every arrival and errs by so much."""
    draws = np.random.default_rng(crc32(name.encode()))
    return hand.rows(name, hand.repeated([error] * ROWS, draws, noise=noise), list(range(1, ROWS + 1)), **facts)


def gens(error: float = 0.2, noise: float = 0.002, **facts: object) -> pd.DataFrame:
    asked = {"method": "gens", "growth": "members", "members": MEMBERS, "params": PARAMS} | facts
    return policy(f"gens{facts}", error, noise, **asked)


def ensemble(k: int, error: float = 0.1, flops: float = 3e12, **facts: object) -> pd.DataFrame:
    asked = {"method": "ensemble", "k": k, "members": k, "train_flops": flops} | facts
    return policy(f"ensemble{k}{facts}", error, **asked)


@pytest.mark.parametrize(
    ("error", "flops", "parts", "verdict"),
    [
        (0.2, 3e12, (HOLDS, HOLDS), HOLDS),
        (0.05, 3e12, (HOLDS, FAILS), FAILS),
        (0.2, 0.5e12, (FAILS, HOLDS), FAILS),
    ],
)
def test_cheap_but_worse(error: float, flops: float, parts: tuple[str, str], verdict: str):
    (found,) = cheap_but_worse(hand.trial(gens(error), ensemble(3, flops=flops)))
    assert tuple(part.verdict for part in found.parts) == parts
    assert found.verdict == verdict
    compute, final = found.parts
    assert compute.found.mean == pytest.approx(1e12 / flops)
    assert final.found.mean == pytest.approx(0.1 - error, abs=0.005)
    assert (compute.one, compute.other) == (final.other, final.one) == (Kind("gens"), Kind("ensemble", 3))


def test_what_chooses_the_neurons_is_part_of_the_compute():
    wide = policy("firefly", 0.2, method="firefly", growth="width", params=PARAMS, evaluation_flops=5e12)
    (found,) = cheap_but_worse(hand.trial(wide, ensemble(3)))
    assert found.parts[0].found.mean == pytest.approx(6 / 3)
    assert found.verdict == FAILS


def test_errors_that_nobody_can_tell_apart():
    (found,) = cheap_but_worse(hand.trial(gens(0.105, noise=0.05), ensemble(3)))
    assert found.verdict == UNCLEAR


def test_the_ensemble_is_the_one_nearest_to_the_members_it_ends_with():
    """It ends with 4: of 2, 3 and 10 the nearest is 3; of 3 and 5 the smaller."""
    for sizes, nearest in (((2, 3, 10), 3), ((10, 5, 3), 3), ((5, 10), 5)):
        (found,) = cheap_but_worse(hand.trial(gens(), *(ensemble(k, 0.1 + k / 100) for k in sizes)))
        assert found.parts[0].other == Kind("ensemble", nearest)
        assert found.parts[1].found.mean == pytest.approx(0.1 + nearest / 100 - 0.2, abs=0.005)


def test_an_ensemble_that_starts_alike_comes_first():
    fresh, warm = ensemble(10, start="scratch"), ensemble(3)
    for there, expected in (((fresh, warm), Kind("ensemble", 10, start="scratch")), ((warm,), Kind("ensemble", 3))):
        (found,) = cheap_but_worse(hand.trial(gens(start="scratch"), *there))
        assert (found.parts[0].one, found.parts[0].other) == (Kind("gens", start="scratch"), expected)


@pytest.mark.parametrize("facts", [{"waiting_time": 2, "first_update": 2}, {"replay": 1.0}, {"capacity": "S"}])
def test_only_policies_alike_in_wait_data_and_size_are_compared(facts: dict[str, object]):
    assert cheap_but_worse(hand.trial(gens(), ensemble(3, **facts))) == []


def test_each_growing_method_is_tested_by_itself():
    slow = {"method": "gmoe", "growth": "experts", "params": PARAMS, "grow_every": 5}
    quick = slow | {"grow_every": 2}
    trial = hand.trial(gens(), policy("slow", 0.2, **slow), policy("quick", 0.3, **quick), ensemble(3))
    found = {one.parts[0].one: one.parts[1].found.mean for one in cheap_but_worse(trial)}
    assert found == {
        Kind("gens"): pytest.approx(-0.1, abs=0.005),
        Kind("gmoe", 1, 5): pytest.approx(-0.1, abs=0.005),
        Kind("gmoe", 1, 2): pytest.approx(-0.2, abs=0.005),
    }


FIXED = {
    "members": ensemble(3, 0.1),
    "experts": policy("moe", 0.15, method="moe", k=3),
    "width": policy("single", 0.3),
}


@pytest.mark.parametrize(
    ("growth", "fixed", "verdict"),
    [("members", Kind("ensemble", 3), FAILS), ("experts", Kind("moe", 3), FAILS), ("width", Kind("single"), HOLDS)],
)
def test_growing_is_held_against_its_counterpart_of_fixed_size(growth: str, fixed: Kind, verdict: str):
    method = {"members": "gens", "experts": "gmoe", "width": "firefly"}[growth]
    grows = policy("grows", 0.2, method=method, growth=growth, params=PARAMS)
    (found,) = better_than_fixed(hand.trial(grows, *FIXED.values()))
    assert found.verdict == verdict
    assert found.parts[0].other == fixed
    others = [block for grown_by, block in FIXED.items() if grown_by != growth]
    assert better_than_fixed(hand.trial(grows, *others)) == []


def test_figures_of_both_by_hand():
    """Final errors 0.2 and 0.4: spread 0.1414; worst 0.9 in both; the growing one changes shape three times."""
    facts = {"method": "gens", "growth": "members", "members": MEMBERS, "params": PARAMS}
    grows = hand.rows("gens", [[0.9, 0.5, 0.3, 0.2], [0.9, 0.5, 0.5, 0.4]], [1, 2, 3, 4], **facts)
    fixed = hand.rows("ensemble", [[0.6, 0.5, 0.3, 0.1]] * 2, [1, 2, 3, 4], method="ensemble", k=3, members=3)
    (found,) = better_than_fixed(hand.trial(grows, fixed))
    assert found.portraits == (
        (Kind("gens"), pytest.approx(0.3), pytest.approx(np.sqrt(0.02)), pytest.approx(0.9), 3.0),
        (Kind("ensemble", 3), pytest.approx(0.1), pytest.approx(0.0), pytest.approx(0.6), 0.0),
    )


def test_what_never_grew_says_nothing_of_growing():
    """Such as a hybrid with fewer updates than it waits for: it is a single model under another name."""
    never = {"method": "hybrid", "growth": "members", "grow_after": 9}
    assert cheap_but_worse(hand.trial(policy("never", 0.2, **never), ensemble(3))) == []
    grew = policy("grew", 0.3, **never, capacity="S", members=[1, 1, 1, 2])
    trial = hand.trial(policy("never", 0.2, **never), grew, ensemble(3), ensemble(3, capacity="S"))
    (found,) = cheap_but_worse(trial)
    assert found.parts[1].found.mean == pytest.approx(0.1 - 0.3, abs=0.005)


def test_a_run_without_growth_tests_nothing():
    trial = hand.trial(ensemble(3), policy("single", 0.2))
    assert cheap_but_worse(trial) == []
    assert better_than_fixed(trial) == []

"""Whether an intermediate wait is the best trade-off, and which is best where."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from alma_core.decide import waits
from alma_core.decide.evidence import Wait
from alma_core.decide.findings import FAILS, HOLDS, UNCLEAR
from alma_core.decide.matching import by_wait
from alma_core.decide.panel import panel
from alma_core.decide.waits import Best, best_waits, chosen_elsewhere, intermediate_wait
from tests.decide import hand

ROWS = 8


def waiting(error_of: dict[int, float], noise: float = 0.002, seeds: int = 4, **facts: object) -> list[pd.DataFrame]:
    """Return one policy for each wait, which errs by so much at every row; updates come when they are due."""
    draws = np.random.default_rng(7)
    blocks = []
    for wait, error in error_of.items():
        errors, updates = hand.repeated([error] * ROWS, draws, seeds, noise), list(range(wait, ROWS + 1, wait))
        blocks.append(hand.rows(f"{wait}{facts}", errors, updates, waiting_time=wait, first_update=wait, **facts))
    return blocks


@pytest.mark.parametrize(
    ("error_of", "noise", "verdict", "parts"),
    [
        ({1: 0.3, 2: 0.1, 4: 0.2, 8: 0.3}, 0.002, HOLDS, (HOLDS, HOLDS)),
        ({1: 0.1, 2: 0.2, 4: 0.3, 8: 0.4}, 0.002, FAILS, (FAILS, HOLDS)),
        ({1: 0.4, 2: 0.3, 4: 0.2, 8: 0.1}, 0.002, FAILS, (HOLDS, FAILS)),
        ({1: 0.2, 2: 0.2, 4: 0.2, 8: 0.3}, 0.02, UNCLEAR, (UNCLEAR, HOLDS)),
    ],
)
def test_an_intermediate_wait(error_of: dict[int, float], noise: float, verdict: str, parts: tuple[str, str]):
    (found,) = intermediate_wait(hand.trial(*waiting(error_of, noise)))
    assert found.verdict == verdict
    assert tuple(part.verdict for part in found.parts) == parts
    assert [part.other for part in found.parts] == [Wait(1), Wait(8)]
    assert found.parts[0].one in (Wait(2), Wait(4))


def test_two_waits_have_none_between():
    assert intermediate_wait(hand.trial(*waiting({1: 0.3, 8: 0.2}))) == []


def test_one_seed_cannot_tell():
    (found,) = intermediate_wait(hand.trial(*waiting({1: 0.3, 2: 0.1, 8: 0.3}, seeds=1)))
    assert found.verdict == UNCLEAR


def test_choosing_on_other_seeds_against_a_plain_loop():
    error = np.random.default_rng(1).random((5, 7))
    for seed, row in enumerate(chosen_elsewhere(error)):
        others = [error[:, other] for other in range(7) if other != seed]
        assert row == np.mean(others, 0).argmin()


def test_the_choice_does_not_flatter():
    """Thirty waits that are alike: the lowest on the seeds it is judged by would look better than the ends."""
    draws = np.random.default_rng(0)
    flattered, fair = [], []
    for _repeat in range(300):
        error = draws.normal(size=(32, 4))
        between = error[1:-1]
        fair.append((np.take_along_axis(between, chosen_elsewhere(between)[None], 0) - error[0]).mean())
        flattered.append((between[between.mean(1).argmin()] - error[0]).mean())
    assert np.mean(flattered) < -0.8
    assert abs(np.mean(fair)) < 0.1


def test_only_networks_on_new_data_are_told_by_their_wait():
    others = [{"replay": 1.0}, {"window": 3}, {"start": "scratch"}, {"method": "ensemble", "k": 3},
              {"schedule": "error", "threshold": 0.1}, {"architecture": "sgd", "capacity": "none"}]  # fmt: skip
    blocks = [block for facts in others for block in waiting({1: 0.3, 2: 0.1, 8: 0.3}, **facts)]
    assert intermediate_wait(hand.trial(*blocks)) == []
    assert best_waits(hand.trial(*blocks)) == []


def test_waits_are_averaged_over_the_sizes_that_the_shortest_has():
    """4 has no L and is left out; 2 comes with an XL that 1 lacks, which does not count."""
    blocks = [*waiting({1: 0.3, 2: 0.1, 4: 0.0}, capacity="M"), *waiting({1: 0.5, 2: 0.2}, capacity="L")]
    blocks += waiting({2: 0.9}, capacity="XL")
    policies = panel(hand.table(*blocks)).policies
    found = {wait: set(policies.loc[at, "capacity"]) for wait, at in by_wait(policies).items()}
    assert found == {1: {"M", "L"}, 2: {"M", "L"}}


def test_of_two_first_updates_the_later_is_taken():
    late, = waiting({4: 0.3})  # fmt: skip
    soon = hand.rows("soon", [[0.1] * ROWS] * 4, [1, 4, 8], waiting_time=4, first_update=1)
    policies = panel(hand.table(soon, late)).policies
    assert policies.loc[by_wait(policies)[4], "first_update"].tolist() == [4]


def test_no_waits_at_all():
    assert by_wait(panel(hand.table(hand.incumbent([[0.9]]))).policies) == {}


def test_the_best_wait_by_horizon_mega_batch_and_size():
    """By hand: of S, 1 is best in the first half and 2 over all; of M always 4; twos leave 2 and 4, halves no 8."""
    seeds = 2
    curves = {("S", 1): [0.1] * 4 + [0.9] * 4, ("S", 2): [0.3] * 8, ("S", 8): [0.5] * 8,
              ("M", 1): [0.3] * 8, ("M", 2): [0.2] * 8, ("M", 4): [0.1] * 8}  # fmt: skip
    blocks = [
        hand.rows(f"{size}{wait}", [curve] * seeds, list(range(wait, 9, wait)), capacity=size, waiting_time=wait,
                  first_update=wait)
        for (size, wait), curve in curves.items()
    ]  # fmt: skip
    found = set(best_waits(hand.trial(*blocks)))
    assert found == {
        Best(4, 1, "mlp", "S", 1), Best(8, 1, "mlp", "S", 2), Best(4, 1, "mlp", "M", 4), Best(8, 1, "mlp", "M", 4),
        Best(4, 2, "mlp", "M", 4), Best(8, 2, "mlp", "M", 4), Best(8, 2, "mlp", "S", 2),
    }  # fmt: skip


@pytest.mark.parametrize("best", [1, 2, 4])
def test_best_waits_against_a_plain_search(best: int):
    error_of = {wait: 0.1 if wait == best else 0.2 + wait / 100 for wait in (1, 2, 4)}
    trial = hand.trial(*waiting(error_of))
    found = {(one.horizon, one.factor): one.wait for one in best_waits(trial)}
    for horizon, factor in product((4, 8), waits.FACTORS):
        offered = [wait for wait in error_of if wait % factor == 0]
        assert found[horizon, factor] == min(offered, key=error_of.__getitem__)

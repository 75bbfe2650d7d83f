"""The interval of a policy that was picked."""

import numpy as np
import pytest

from alma_core.decide.blocks import block_bootstrap
from alma_core.decide.compare import differences
from alma_core.decide.picked import picked


def simulated(n_runs: int, n_policies: int, true: float) -> tuple[np.ndarray, np.ndarray]:
    """Return [R, P, 3] costs and their true means."""
    draws = np.random.default_rng(0)
    means = true * draws.standard_normal((n_runs, n_policies))
    return means[:, :, None] + draws.standard_normal((n_runs, n_policies, 3)), means


def test_one_seed_has_no_interval():
    found = picked(np.array([[3.0], [1.0]]), 0, 1)
    assert (found.mean, found.sign) == (-2.0, 0)
    assert np.isnan(found.low)


def test_the_width_stays():
    costs, _means = simulated(1, 20, 1.0)
    before, after = differences(costs[0], 0).of(5), picked(costs[0], 0, 5)
    assert after.high - after.low == pytest.approx(before.high - before.low)
    assert after.n == 3


def test_the_luckiest_of_equals_is_drawn_back():
    costs, _means = simulated(40, 30, 0.0)
    found = []
    for run in costs:
        policy = int(run.mean(1).argmin())
        reference = (policy + 1) % 30
        found.append((differences(run, reference).of(policy).mean, picked(run, reference, policy).mean))
    before, after = np.mean(found, axis=0)
    assert before < -1
    assert 0.3 * before < after <= 0


def test_a_lead_far_beyond_chance_stays():
    costs = 100.0 * np.arange(5)[:, None] + np.random.default_rng(0).standard_normal((5, 3))
    assert picked(costs, 4, 0).mean == pytest.approx(-400, rel=0.01)


def test_savings_are_the_same_the_other_way_round():
    costs, _means = simulated(1, 10, 1.0)
    cost, saving = picked(costs[0], 2, 7), picked(-costs[0], 2, 7)
    assert saving[:3] == pytest.approx((-cost.mean, -cost.high, -cost.low))


@pytest.mark.parametrize(
    ("true", "before", "after"), [(0.0, (0.6, 0.8), (0.93, 1.0)), (1.0, (0.72, 0.86), (0.86, 0.95))]
)
def test_it_covers_where_the_plain_interval_does_not(
    true: float, before: tuple[float, float], after: tuple[float, float]
):
    costs, means = simulated(400, 50, true)
    held = []
    for run, mean in zip(costs, means, strict=True):
        policy = 1 + int(run[1:].mean(1).argmin())
        both = differences(run, 0).of(policy), picked(run, 0, policy)
        held.append([one.low <= mean[policy] - mean[0] <= one.high for one in both])
    plain, moved = np.mean(held, axis=0)
    assert before[0] < plain < before[1]
    assert after[0] < moved <= after[1]


def test_on_time_ordered_data_the_width_is_that_of_blocks():
    rows = np.random.default_rng(0).standard_normal((8, 3, 20))
    before, after = block_bootstrap((rows[3] - rows[0])[None]).of(0), picked(rows, 0, 3)
    assert after.high - after.low == pytest.approx(before.high - before.low)
    assert abs(after.mean) < abs(before.mean)

"""How much more evidence would settle it."""

import math

import numpy as np
import pytest
from scipy import stats

from alma_core.decide import blocks
from alma_core.decide.blocks import block_bootstrap
from alma_core.decide.compare import estimate
from alma_core.decide.settle import MOST, arrivals_to_settle, seeds_to_settle


def one_by_one(differences: np.ndarray) -> int | None:
    """Count seeds up until the interval leaves zero."""
    n, mean, spread = len(differences), abs(differences.mean()), differences.std(ddof=1)
    for further in range(MOST + 1):
        total = n + further
        if mean > stats.t.ppf(0.95, total - 1) * spread / math.sqrt(total):
            return further
    return None


@pytest.mark.parametrize(
    "differences",
    [[1.0, 5.0, 2.0], [1.0, -0.5], [0.3, -0.2, 0.4, 0.1], [-1.0, -9.0, 3.0], [10.0, 11.0, 12.0], [0.1, -0.1, 0.02]],
)
def test_seeds_against_counting_up(differences: list[float]):
    values = np.array(differences)
    found = seeds_to_settle(values)
    assert found == one_by_one(values)
    assert (found == 0) == (estimate(values).sign != 0)


@pytest.mark.parametrize("differences", [[2.0], [1.0, -1.0], [0.0, 0.0, 0.0], [1.0, -0.999]])
def test_seeds_that_settle_nothing(differences: list[float]):
    assert seeds_to_settle(np.array(differences)) is None


def test_a_difference_that_no_seed_moves_is_settled():
    assert seeds_to_settle(np.array([0.5, 0.5])) == 0


def test_as_many_seeds_do_settle_it_about_half_of_the_time():
    """Add the seeds it asks for, drawn with the mean and spread that it was told of."""
    draws = np.random.default_rng(0)
    first = np.array([1.0, 5.0, -2.0])
    further = seeds_to_settle(first)
    assert further is not None
    again = first.mean() + first.std(ddof=1) * draws.standard_normal((2000, len(first) + further))
    assert 0.45 < np.mean([estimate(one).sign > 0 for one in again]) < 0.75


def rows(mean: float, n: int = 20, by_seeds: float = 0.0) -> np.ndarray:
    """Return [3, n] rows of that mean exactly, whose seeds lie `by_seeds` apart at every arrival."""
    found = np.random.default_rng(0).standard_normal((3, n))
    found -= found.mean(1, keepdims=True)
    return found + mean + by_seeds * np.array([[-1.0], [0.0], [1.0]])


@pytest.mark.parametrize("mean", [0.02, 0.1, 0.2, 0.5, 2.0])
def test_arrivals_are_settled_where_the_interval_says_so(mean: float):
    sign = block_bootstrap(rows(mean)[None]).of(0).sign
    assert (arrivals_to_settle(rows(mean)) == 0) == (sign != 0)
    assert arrivals_to_settle(-rows(mean)) == arrivals_to_settle(rows(mean))


def test_arrivals_against_counting_up():
    data = rows(0.35, by_seeds=0.3)
    by_arrivals, by_seeds = (float(part[0]) for part in blocks.variances(data[None]))
    found = arrivals_to_settle(data)
    assert found is not None
    assert found > 5
    assert by_seeds > 5
    for further, settled in ((found - 1, False), (found, True)):
        t = 20 + further
        parts = by_arrivals / 20 / t, by_seeds / 400  # of the mean row
        joint = sum(parts) ** 2 / (parts[0] ** 2 / blocks.freedom(t) + parts[1] ** 2 / 2)
        assert bool(stats.t.ppf(0.95, joint) * math.sqrt(sum(parts)) < 0.35) == settled


def test_a_larger_difference_takes_fewer_arrivals():
    found = [arrivals_to_settle(rows(mean)) for mean in (0.1, 0.15, 0.2)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 3


@pytest.mark.parametrize("data", [rows(0.0), rows(1.0)[:1], rows(1.0, n=3), rows(0.1, by_seeds=1.0)])
def test_arrivals_that_settle_nothing(data: np.ndarray):
    """No difference, one seed, too few arrivals, and seeds that differ at every arrival."""
    assert arrivals_to_settle(data) is None

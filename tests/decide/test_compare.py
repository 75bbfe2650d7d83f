"""Estimates over seeds."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from alma_core.decide.compare import Estimate, differences, estimate, paired, pareto


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [0.1, 0.1, 0.4, 0.2], [5.0, -5.0]])
def test_the_interval_is_student_s(values: list[float]):
    found = estimate(np.array(values))
    low, high = stats.t.interval(0.9, len(values) - 1, np.mean(values), stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((np.mean(values), low, high))


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_level_of_an_interval(level: float):
    values = np.array([0.1, 0.1, 0.4, 0.2])
    low, high = stats.t.interval(level, 3, values.mean(), stats.sem(values))
    assert estimate(values, level)[1:3] == pytest.approx((low, high))


def test_one_seed_has_no_interval():
    found = estimate(np.array([2.0]))
    assert (found.mean, found.n, found.sign) == (2.0, 1, 0)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_pairing_takes_out_what_seeds_have_in_common():
    seeds = np.array([0.0, 10.0, 20.0])
    assert paired(seeds + 1, seeds) == Estimate(1.0, 1.0, 1.0, 3)


@pytest.mark.parametrize(
    ("found", "sign"),
    [
        (Estimate(1, 0.5, 1.5, 3), 1),
        (Estimate(-1, -1.5, -0.5, 3), -1),
        (Estimate(1, -0.5, 2.5, 3), 0),
        (Estimate(0, 0, 0, 3), 0),
    ],
)
def test_the_sign_of_an_estimate(found: Estimate, sign: int):
    assert found.sign == sign


def test_the_interval_covers_nine_in_ten():
    draws = np.random.default_rng(0).normal(size=(4000, 4))
    inside = [e.low <= 0 <= e.high for e in map(estimate, draws)]
    assert 0.885 < np.mean(inside) < 0.915


@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.integers(0, 4).map(float)))
def test_pareto_against_its_definition(points: np.ndarray):
    def beaten(one: np.ndarray) -> bool:
        return any((other <= one).all() and (other < one).any() for other in points)

    assert pareto(points).tolist() == [not beaten(point) for point in points]


def test_pareto_of_many_against_every_pair():
    points = np.random.default_rng(0).integers(0, 30, (400, 3)).astype(float)
    no_worse, better = (points[:, None] <= points).all(2), (points[:, None] < points).any(2)
    assert pareto(points).tolist() == (~(no_worse & better).any(0)).tolist()
    assert pareto(points).sum() > 3


VALUES = arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.floats(-1e6, 1e6))


@given(VALUES, st.integers(0, 5))
def test_differences_are_paired_estimates(values: np.ndarray, reference: int):
    reference %= len(values)
    found = differences(values, reference)
    for policy, one in enumerate(values):
        assert found.of(policy) == pytest.approx(paired(one, values[reference]), nan_ok=True)


@given(VALUES, st.randoms(use_true_random=False), st.floats(0.1, 10))
def test_differences_do_not_depend_on_what_they_should_not(values: np.ndarray, random: Random, scale: float):
    n = values.shape[1]
    order = random.sample(range(n), n)
    found, permuted = differences(values, 0), differences(values[:, order], 0)
    shifted = differences(values + np.array([random.uniform(-1e6, 1e6) for _ in range(n)]), 0)
    scaled, saved = differences(values * scale, 0), differences(-values, 0)
    for ends in ("means", "lows", "highs"):
        expected = pytest.approx(getattr(found, ends), rel=1e-6, abs=1e-6, nan_ok=True)
        assert getattr(permuted, ends) == expected
        assert getattr(shifted, ends) == expected
        assert getattr(scaled, ends) / scale == expected
    assert saved.lows == pytest.approx(-found.highs, nan_ok=True)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_differences_to_a_noisy_reference_cover_nine_in_ten(n: int):
    draws = np.random.default_rng(0)
    totals = draws.normal(size=(3000, 4, n)) * np.array([3.0, 1.0, 1.0, 1.0])[:, None] + draws.normal(size=(3000, 1, n))
    found = [differences(run, 0) for run in totals]
    held = np.mean([(one.lows[1:] <= 0) & (one.highs[1:] >= 0) for one in found])
    assert 0.885 < held < 0.915

"""The short-term against the long-term ranking."""

import numpy as np
import pytest

from alma_core.decide.rankings import disagreement

NOISE = np.array([[0.0, 0.1, -0.1], [0.1, -0.1, 0.0], [-0.1, 0.0, 0.1], [0.0, -0.1, 0.1]])


def figures(*means: float) -> np.ndarray:
    return np.array(means)[:, None] + NOISE[: len(means)]


def test_the_best_early_is_not_the_best_late():
    found = disagreement(figures(1, 2, 3, 4), figures(4, 3, 2, 1))
    assert (found.early, found.late) == (0, 3)
    assert found.is_real
    assert (found.at_first.mean, found.at_last.mean) == pytest.approx((3, 3), rel=0.02)
    assert found.correlation == pytest.approx(-1)


def test_one_policy_is_best_at_both():
    found = disagreement(figures(1, 2, 3), figures(5, 7, 6))
    assert (found.early, found.late, found.is_real) == (0, 0, False)
    assert found.at_first[:3] == (0, 0, 0)
    assert found.correlation == pytest.approx(0.5)


def test_a_tie_is_given_to_who_is_best_at_the_other():
    short, long = np.array([[1.0, 1.0], [1.0, 1.0], [2.0, 2.0]]), np.array([[5.0, 5.0], [3.0, 3.0], [4.0, 4.0]])
    for order in ([0, 1, 2], [1, 0, 2]):
        found = disagreement(short[order], long[order])
        assert found.early == found.late == order.index(1)


def test_a_disagreement_within_noise_is_not_real():
    found = disagreement(figures(1, 1.05), figures(2, 1))
    assert (found.early, found.late, found.is_real) == (0, 1, False)


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], 1.0), ([1, 2, 3], [2, 1, 3], 0.5), ([1, 1, 2, 3], [1, 2, 3, 4], 0.94868),
        ([1, 1, 1], [1, 2, 3], np.nan), ([1], [1], np.nan),
    ],
)  # fmt: skip
def test_spearman_by_hand(short: list[float], long: list[float], expected: float):
    one, other = (np.repeat(np.array(means, float)[:, None], 2, axis=1) for means in (short, long))
    assert disagreement(one, other).correlation == pytest.approx(expected, abs=1e-5, nan_ok=True)


def test_one_seed_is_never_enough():
    found = disagreement(np.array([[1.0], [2.0]]), np.array([[2.0], [1.0]]))
    assert (found.early, found.late, found.is_real) == (0, 1, False)


def test_luck_is_hardly_ever_taken_for_a_disagreement():
    """Thirty equal policies, three seeds: the plain paired intervals would both leave zero in one run in fourteen."""
    draws = np.random.default_rng(0)
    runs = [disagreement(*draws.standard_normal((2, 30, 3))) for _ in range(200)]
    assert sum(one.early != one.late for one in runs) > 180
    assert sum(one.is_real for one in runs) <= 2

"""What policies tell about each other."""

import numpy as np
import pytest

from alma_core.decide import blocks, family
from alma_core.decide.family import expected, moderated, noise, spread


def totals(sizes: np.ndarray, n_seeds: int, seed: int = 0) -> np.ndarray:
    """Return [P, S] totals of noise of these standard deviations, and three times as much of the seed."""
    draws = np.random.default_rng(seed)
    return sizes[:, None] * draws.standard_normal((len(sizes), n_seeds)) + 3 * draws.standard_normal(n_seeds)


def test_equal_policies_share_one_variance_and_know_it_well():
    variances, freedom = moderated(totals(np.full(400, 2.0), 3))
    assert variances.mean() == pytest.approx(4, rel=0.1)
    assert variances.std() < 0.4
    assert freedom > 20


def test_policies_that_differ_keep_their_own():
    sizes = np.repeat([0.2, 5.0], 40)
    variances, freedom = moderated(totals(sizes, 6))
    assert freedom < 8
    assert variances[40:].min() > 5 * variances[:40].max()


def test_the_usual_variance_is_found_again():
    """Variances drawn from their prior of 6 degrees of freedom about 2, each seen with 4."""
    draws = np.random.default_rng(0)
    true = 6 * 2.0 / draws.chisquare(6, 5000)
    scale, freedom = family._usual(true * draws.chisquare(4, 5000) / 4, 4)
    assert (scale, freedom) == pytest.approx((2.0, 6.0), rel=0.1)


def test_the_reference_s_own_noise_is_its_own():
    sizes = np.array([6.0, *[1.0] * 29])
    found = np.array([moderated(totals(sizes, 10, seed))[0] for seed in range(30)])
    assert found[:, 1:].mean() == pytest.approx(1, rel=0.15)
    assert found[:, 0].mean() > 10


def test_a_small_family_s_variances_are_not_mixed():
    """Each policy's part in the mean of all is taken off again; many seeds leave no doubt."""
    sizes = np.array([1.0, 2.0, 3.0, 6.0])
    assert moderated(totals(sizes, 20_000))[0] == pytest.approx(sizes**2, rel=0.05, abs=0.25)


def test_two_policies_halve_what_lies_between_them():
    pair = np.array([[1.0, 2.0, 5.0], [0.0, 3.0, 1.0]])
    variances, freedom = moderated(pair)
    assert variances == pytest.approx([(pair[0] - pair[1]).var(ddof=1) / 2] * 2)
    assert freedom == 2


def test_policies_that_no_seed_moves_have_no_noise():
    assert moderated(np.array([[1.0, 2.0], [4.0, 5.0], [9.0, 10.0]]))[0].tolist() == [0, 0, 0]


def test_arrivals_count_once():
    """Only single cells vary: the mean's variance is theirs over seeds, whether blocks or seeds are asked."""
    draws = np.random.default_rng(0)
    found = [noise(draws.standard_normal((12, 4, 40))) for _ in range(40)]
    assert np.mean([one.variances for one in found]) == pytest.approx(40 / 4, rel=0.15)
    assert np.mean([one.by_seeds for one in found]) < 2
    assert found[0].blocks_freedom == blocks.freedom(40)


def test_what_arrivals_do_to_all_alike_is_no_noise():
    costs = np.random.default_rng(0).standard_normal((5, 3, 20))
    moved = costs + 100 * np.random.default_rng(1).standard_normal(20)
    assert noise(moved).variances == pytest.approx(noise(costs).variances)


def test_the_spread_of_true_means_is_found_again():
    draws = np.random.default_rng(0)
    true = 5 + 2 * draws.standard_normal(2000)
    found = spread(true + draws.standard_normal(2000), np.ones(2000))
    assert found.weights.sum() == pytest.approx(1)
    assert found.sizes @ found.weights == pytest.approx(2, rel=0.05)
    assert found.centres @ found.weights == pytest.approx(5, rel=0.05)


def test_the_weights_of_spreads_against_an_integral():
    """Integrate the centre out by hand: the likelihood of the means at each spread, summed over centres."""
    means, variances = np.array([1.0, 4.0, 2.0]), np.array([1.0, 0.5, 2.0])
    found = spread(means, variances)
    centres = np.linspace(-200, 200, 40_001)
    joint = variances[:, None] + found.sizes**2  # [P, G]
    apart = (means[:, None, None] - centres) ** 2  # [P, 1, C]
    likelihood = np.exp(-apart / joint[:, :, None] / 2).prod(0) / np.sqrt(joint.prod(0))[:, None]  # [G, C]
    by_hand = likelihood.sum(1)
    assert found.weights == pytest.approx(by_hand / by_hand.sum(), rel=1e-6)


def test_noisy_means_move_to_the_others_and_sure_ones_stay():
    moved = expected(np.array([0.0, 10.0, 11.0, 12.0]), np.array([25.0, 0.01, 0.01, 0.01]))
    assert moved[0] > 5
    assert moved[1:] == pytest.approx([10, 11, 12], abs=0.1)


def test_expected_means_are_nearer_to_the_truth():
    draws = np.random.default_rng(0)
    true = draws.standard_normal((200, 30))
    found = true + 2 * draws.standard_normal((200, 30))
    moved = np.array([expected(one, np.full(30, 4.0)) for one in found])
    assert ((moved - true) ** 2).mean() < 0.3 * ((found - true) ** 2).mean()

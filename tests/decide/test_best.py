"""The probability of being the best."""

import numpy as np
import pytest
from scipy import stats

from alma_core.decide import best, family
from alma_core.decide.best import AT_ONCE, DRAWS, probability_best

ROUGH = 4 / np.sqrt(DRAWS) / 2
"""Four standard errors of a probability of one half."""


def costs(n_policies: int, n_seeds: int, apart: float = 0.5, seed: int = 0) -> np.ndarray:
    draws = np.random.default_rng(seed)
    return (
        apart * np.arange(n_policies)[:, None]
        + draws.standard_normal((n_policies, n_seeds))
        + 3 * draws.standard_normal(n_seeds)
    )


@pytest.mark.parametrize("shape", [(4, 1), (4, 1, 20), (4, 3, 3)])
def test_one_seed_or_few_arrivals_say_nothing(shape: tuple[int, ...]):
    assert np.isnan(probability_best(np.random.default_rng(0).random(shape))).tolist() == [True] * 4


@pytest.mark.parametrize("n_policies", [1, 2, 3, 40])
@pytest.mark.parametrize("shape", [(3,), (2, 12)])
def test_they_sum_to_one(n_policies: int, shape: tuple[int, ...]):
    found = probability_best(np.random.default_rng(0).random((n_policies, *shape)))
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()


def test_the_same_costs_share():
    rows = costs(3, 4)
    alone, doubled = probability_best(rows), probability_best(rows[[0, 1, 0, 2, 0]])
    assert doubled == pytest.approx(alone[[0, 1, 0, 2, 0]] / [3, 1, 3, 1, 3])
    assert alone[0] > 0.3
    assert probability_best(rows[[1, 1]]).tolist() == [0.5, 0.5]


def test_costs_that_no_seed_moves_are_certain():
    assert probability_best(np.array([[2.0, 3.0], [1.0, 2.0], [4.0, 5.0]])).tolist() == [0, 1, 0]
    assert probability_best(np.array([[2.0] * 4, [3.0, 1.0] * 2])[:, None].repeat(2, 1)).tolist() == [0.5, 0.5]


def test_a_clear_lead_is_almost_certain_and_no_lead_is_not():
    assert probability_best(costs(10, 5, apart=10))[0] > 0.99
    found = probability_best(costs(20, 3, apart=0))
    assert found.max() < 0.35
    assert found.min() > 0.005


def test_it_does_not_depend_on_what_it_should_not():
    rows = costs(8, 4)
    found = probability_best(rows)
    order = [3, 1, 0, 7, 2, 6, 5, 4]
    assert probability_best(rows[order]) == pytest.approx(found[order], abs=1e-9)
    assert probability_best(rows[:, ::-1]) == pytest.approx(found, abs=0.002)
    assert probability_best(rows + np.array([5.0, -3.0, 100.0, 0.0])) == pytest.approx(found, abs=0.002)
    assert probability_best(1000 * rows) == pytest.approx(found, abs=0.002)


def test_two_policies_against_an_integral():
    """Each true mean is Student's t about a mean drawn to the centre; the centre and the spread are integrated out."""
    rows = np.array([[1.0, 2.0, 0.5, 1.5], [2.0, 2.2, 2.4, 2.2]])
    means, variance = rows.mean(1), (rows[0] - rows[1]).var(ddof=1) / 2 / 4
    found = family.spread(means, np.full(2, variance))
    lower = 0.0
    t = stats.t(3).ppf((np.arange(400) + 0.5) / 400)
    between = np.sort((t[:, None] - t).ravel())  # differences of two independent draws
    for size, weight in zip(found.sizes, found.weights, strict=True):
        own = size**2 / (size**2 + variance)
        lower += weight * np.searchsorted(between, own * (means[1] - means[0]) / np.sqrt(own * variance)) / len(between)
    assert probability_best(rows)[0] == pytest.approx(lower, abs=ROUGH)


def test_a_naive_sampler_says_the_same():
    """One draw at a time, each policy on its own, from the family's figures."""
    rows = costs(4, 3)
    chance = family.noise(rows)
    apart = family.spread(chance.means, chance.variances)
    draws, wins = np.random.default_rng(1), np.zeros(4)
    for _ in range(3000):
        g = draws.choice(len(apart.sizes), p=apart.weights)
        centre = draws.normal(apart.centres[g], apart.errors[g])
        could = []
        for mean, variance in zip(chance.means, chance.variances, strict=True):
            own = apart.sizes[g] ** 2 / (apart.sizes[g] ** 2 + variance)
            could.append(centre + own * (mean - centre) + np.sqrt(own * variance) * draws.standard_t(chance.freedom))
        wins[int(np.argmin(could))] += 1
    assert probability_best(rows) == pytest.approx(wins / 3000, abs=0.045)


def drawn(chance: family.Noise, size: float, error: float) -> np.ndarray:
    """Return 20 x AT_ONCE draws [D, P] where true means are `size` apart and their centre, 0, is off by `error`."""
    apart = family.Spread(np.array([size]), np.ones(1), np.zeros(1), np.array([error]))
    draws = np.random.default_rng(0)
    return np.concatenate([best._drawn(chance, apart, draws) for _ in range(20)])


def test_the_centre_of_the_family_is_not_known_for_sure():
    """True means that hardly differ all lie at the centre, wherever that is."""
    found = drawn(family.Noise(np.zeros(2), np.ones(2), 5.0, np.empty((2, 0))), 1e-6, 3.0)
    assert found.std(0) == pytest.approx([3, 3], rel=0.05)
    assert found[:, 0] == pytest.approx(found[:, 1], abs=1e-3)


def test_what_blocks_draw_has_student_s_tails_and_moves_policies_together():
    chance = family.Noise(np.zeros(2), np.zeros(2), 5.0, np.array([[1.0, -1.0], [2.0, -2.0]]), 2.8)
    found = drawn(chance, 1e6, 0.0)
    assert len(found) == 20 * AT_ONCE
    assert np.quantile(found[:, 0], [0.05, 0.95]) == pytest.approx(stats.t(2.8).ppf([0.05, 0.95]), rel=0.08)
    assert found[:, 1] == pytest.approx(2 * found[:, 0], abs=1e-3)


def test_arrivals_in_order_are_chance_too():
    """Three seeds agree on who won this stream; another stream could have gone the other way."""
    draws = np.random.default_rng(0)
    streams = draws.standard_normal((2, 1, 23))
    rows = streams + 0.01 * draws.standard_normal((2, 3, 23))
    assert probability_best(rows.sum(2)).max() > 0.99
    assert probability_best(rows).max() < 0.9


def test_what_is_said_is_so():
    """Of what is said with 0.65 to 0.85 and above, about as much is right; normal true means, three seeds."""
    draws = np.random.default_rng(0)
    means = draws.standard_normal((250, 10))
    noisy = means[:, :, None] + draws.standard_normal((250, 10, 3)) + 3 * draws.standard_normal((250, 1, 3))
    said = np.array([probability_best(run) for run in noisy])
    best = means == means.min(1, keepdims=True)
    for low, high in ((0.3, 0.65), (0.65, 0.85), (0.85, 1.0)):
        those = (said >= low) & (said <= high)
        assert those.sum() > 25
        assert best[those].mean() == pytest.approx(said[those].mean(), abs=0.12)

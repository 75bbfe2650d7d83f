"""Probabilities of being best that were tried, for `coverage.py`: of [P, S] totals, [P] each."""

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.family import noise

Array = NDArray[np.float64]

DRAWS = 1000


def each_alone(costs: Array) -> Array:
    """Return it from each policy's own mean and variance, once what seeds do to all alike is taken out."""
    n_policies, n = costs.shape
    apart = costs - costs.mean(0)
    draws = np.random.default_rng(0)
    errors = apart.std(1, ddof=1) / np.sqrt(n)
    return lowest(costs.mean(1) + errors * draws.standard_t(n - 1, (DRAWS, n_policies)))


def without_spread(costs: Array) -> Array:
    """Return it from variances drawn towards the usual one, true means lying anywhere."""
    found = noise(costs)
    draws = np.random.default_rng(0)
    errors = np.sqrt(found.by_seeds)
    return lowest(found.means + errors * draws.standard_t(found.freedom, (DRAWS, len(costs))))


def seeds_drawn_again(costs: Array) -> Array:
    """Return the share of bootstrap samples of seeds in which a policy is the cheapest."""
    n = costs.shape[1]
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), DRAWS)  # [D, S]
    return lowest(counts @ costs.T / n)


def lowest(draws: Array) -> Array:
    """Return the share of draws [D, P] in which each policy is the lowest."""
    return np.bincount(draws.argmin(1), minlength=draws.shape[1]) / len(draws)

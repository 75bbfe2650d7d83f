"""What the policies of a run tell about each other: how far chance moves each, and how far apart they truly lie.

With three seeds a policy alone says little of its own noise; fifty say a lot of the noise of their kind. So each
variance is drawn towards what is usual in the family, the more the less they differ (Smyth, Statistical Applications
in Genetics and Molecular Biology 2004), and each mean likewise (a normal spread of true means, Gelman et al., Bayesian
Data Analysis, 5.4). The first draws no conclusion for a single policy - see `compare.differences` - but it is what
statements about the whole family rest on: `best`, `picked`.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from alma_core.decide import blocks

Array = NDArray[np.float64]

STEPS: Final = 40
"""Spreads of true means that are weighed against each other."""
FLOOR: Final = 0.02
"""Of the family's mean variance; what is left of a policy's own after subtracting chance may be less, or negative."""
MOST_ALIKE: Final = 1000.0
"""Degrees of freedom of what is usual, at most: then all policies have one variance."""


class Noise(NamedTuple):
    """How chance moves the policies' mean costs, beyond what it does to all alike.

    Args:
        means: [P] costs, over seeds.
        by_seeds: [P] variance of a mean by seeds.
        freedom: degrees of freedom of each of those variances.
        deviations: [P, J] as `blocks.deviations`, for time-ordered data; else J = 0.
        blocks_freedom: degrees of freedom that blocks give.
    """

    means: Array
    by_seeds: Array
    freedom: float
    deviations: Array
    blocks_freedom: float = math.inf

    @property
    def variances(self) -> Array:
        """[P] of the means, by seeds and arrivals."""
        by_arrivals = (self.deviations**2).sum(1) / max(self.deviations.shape[1], 1)
        return np.asarray(self.by_seeds + by_arrivals)


class Spread(NamedTuple):
    """How far true means lie apart: standard deviations [G] with their weights, and for each the mean of all.

    Args:
        sizes: [G] standard deviations.
        weights: [G] how well each agrees with the means found; they sum to 1.
        centres: [G] mean of the true means, were that the standard deviation.
        errors: [G] standard error of each centre.
    """

    sizes: Array
    weights: Array
    centres: Array
    errors: Array


def noise(costs: Array) -> Noise:
    """Return how chance moves each policy.

    Args:
        costs: [P, S] over the horizon; or [P, S, T] by arrival where these are in order of time, which then count as
            chance too. P and S at least 2; T at least `blocks.FEWEST`.
    """
    if costs.ndim == 2:
        by_seeds, freedom = moderated(costs)
        return Noise(costs.mean(1), by_seeds / costs.shape[1], freedom, np.empty((len(costs), 0)))
    n_seeds, n_arrivals = costs.shape[1:]
    totals = costs.sum(2)
    by_seeds, freedom = moderated(totals)
    apart = costs - costs.mean(0)  # [P, S, T]
    by_seeds = np.maximum(by_seeds - n_arrivals * blocks.at_one_arrival(apart), 0)  # blocks hold the rest already
    deviations = blocks.deviations(apart.mean(1))  # [P, J]
    return Noise(totals.mean(1), by_seeds / n_seeds, freedom, deviations, blocks.freedom(n_arrivals))


def moderated(totals: Array) -> tuple[Array, float]:
    """Return the variance [P] of one seed's total, beyond what seeds do to all alike, and its degrees of freedom.

    Args:
        totals: [P, S], P and S at least 2.
    """
    n_policies, own_freedom = len(totals), totals.shape[1] - 1
    left = totals - totals.mean(1, keepdims=True) - totals.mean(0) + totals.mean()
    found = (left**2).sum(1) / own_freedom  # [P] the mean of all was taken out, and the policy's own part with it
    usual = found.sum() / (n_policies - 1)
    if n_policies == 2 or usual == 0:
        return np.full(n_policies, usual), own_freedom  # two share what lies between them
    own = np.maximum((found - usual / n_policies) / (1 - 2 / n_policies), FLOOR * usual)  # Grubbs, JASA 1948
    scale, freedom = _usual(np.maximum(found, 1e-6 * usual) * n_policies / (n_policies - 1), own_freedom)
    return (freedom * scale + own_freedom * own) / (freedom + own_freedom), freedom + own_freedom


def _usual(variances: Array, freedom: int) -> tuple[float, float]:
    """Return the usual variance, and how many degrees of freedom it counts for: more, the less they differ."""
    logs = np.log(variances) - digamma(freedom / 2) + math.log(freedom / 2)
    beyond_chance = float(logs.var(ddof=1) - polygamma(1, freedom / 2))
    if beyond_chance <= polygamma(1, MOST_ALIKE / 2):
        return float(np.exp(logs.mean())), MOST_ALIKE
    half = brentq(lambda half: float(polygamma(1, half)) - beyond_chance, 1e-3, MOST_ALIKE / 2)
    return float(np.exp(logs.mean() + digamma(half) - math.log(half))), 2 * half


def spread(means: Array, variances: Array) -> Spread:
    """Return how far the true means behind `means` lie apart, whose variances by chance are given, [P] each.

    The true means are taken to be normal about a centre, of which nothing is known, nor of their standard deviation,
    which is sought up to twice what the means themselves have, and chance.
    """
    widest = 2 * (math.sqrt(variances.mean()) + means.std())
    sizes = widest * (np.arange(STEPS) + 0.5) / STEPS  # [G]
    precisions = 1 / (variances[:, None] + sizes**2)  # [P, G]
    total = precisions.sum(0)  # [G]
    centres = (precisions * means[:, None]).sum(0) / total
    misfit = (precisions * (means[:, None] - centres) ** 2).sum(0)
    fits = (np.log(precisions).sum(0) - misfit - np.log(total)) / 2  # [G] the centre integrated out
    weights = np.exp(fits - fits.max())
    return Spread(sizes, weights / weights.sum(), centres, 1 / np.sqrt(total))


def expected(means: Array, variances: Array) -> Array:
    """Return what to expect of the true means, [P]: the means, drawn together by as much as chance drove them apart.

    >>> expected(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 0.0])).tolist()
    [1.0, 2.0, 3.0]
    >>> expected(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0])).round(1).tolist()
    [1.5, 2.0, 2.5]
    """
    if not variances.any():
        return means
    found = spread(means, variances)
    own = found.sizes**2 / (variances[:, None] + found.sizes**2)  # [P, G]
    return np.asarray((found.centres + own * (means[:, None] - found.centres)) @ found.weights)

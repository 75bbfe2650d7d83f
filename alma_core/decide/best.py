"""How probable it is that a policy is the best of its family."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core import seeds
from alma_core.decide import blocks
from alma_core.decide.family import Noise, Spread, noise, spread

Array = NDArray[np.float64]

DRAWS: Final = 4000
"""A probability of one half is then off by less than 0.02."""
AT_ONCE: Final = 500


def probability_best(costs: Array) -> Array:
    """Return for each policy the probability that its true mean cost is the lowest of all, jointly; they sum to 1.

    Formula: share of draws of what chance allows in which it costs least.
    Unit: probability.
    Range: 0 to 1; all policies together 1.

    True means are drawn as `family` finds them: what seeds do to all policies alike is taken out, each variance is
    drawn towards the usual one, each mean towards the others, with Student's t for what is left; on time-ordered data
    all policies share the blocks of arrivals that are drawn.

    Held against simulated runs (`benchmarks/coverage.py`), of the statements of all policies together:

        said                           0.1   0.2   0.3   0.4   0.5   0.6   0.7   0.8   0.9   1.0
        right, 2 seeds                 0.07  0.17  0.35  0.41  0.52  0.62  0.69  0.79  0.82  0.95
        right, 3 seeds                 0.07  0.17  0.26  0.37  0.50  0.64  0.72  0.79  0.86  0.98
        right, 10 seeds                0.07  0.16  0.26  0.30  0.51  0.58  0.70  0.77  0.88  0.98
        right, 50 arrivals in order    0.09  0.20  0.29  0.38  0.44  0.55  0.63  0.79  0.92  0.97
        right, 23 arrivals in order    0.09  0.18  0.24  0.32  0.42  0.49  0.56  0.71  0.85  1.00
        the same 23, by seeds only     0.13  0.17  0.22  0.20  0.28  0.34  0.35  0.37  0.32  0.59

    The last: what it would say of them if arrivals were no chance. It claims too much where many true means lie packed
    at the lowest: of 50 policies with exponential ones it gives the leader 0.2 to 0.4, who is the best in 0.1; and at
    an autocorrelation of 0.6 from one arrival to the next (23: the leader's 0.58 is right in 0.49).

    Args:
        costs: [P, S] over the horizon, the same seeds for all; or [P, S, T] by arrival where these are in order of
            time: then other streams of this kind count among what could have been, not only other seeds.

    Returns:
        [P]; policies whose costs are the same share. NaN with one seed, or with too few arrivals for blocks.

    >>> probability_best(np.array([[1.0, 2.0], [1.0, 2.0], [8.0, 9.0]])).tolist()
    [0.5, 0.5, 0.0]
    """
    if costs.shape[1] < 2 or (costs.ndim == 3 and costs.shape[2] < blocks.FEWEST):
        return np.full(len(costs), np.nan)
    flat = costs.reshape(len(costs), -1)
    distinct, which, alike = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    if len(distinct) == 1:
        return np.full(len(costs), 1 / len(costs))
    share = _lowest(noise(distinct.reshape(-1, *costs.shape[1:])))  # [U]
    return np.asarray((share / alike)[which])


def _lowest(found: Noise) -> Array:
    """Return the probability [P] of each of several distinct policies."""
    variances = found.variances
    if not variances.any():
        cheapest = found.means == found.means.min()
        return np.asarray(cheapest / cheapest.sum())
    apart = spread(found.means, variances)
    order = np.lexsort((variances, found.means))  # so that draws do not go by the order of policies or seeds
    ordered = Noise(
        found.means[order], found.by_seeds[order], found.freedom, found.deviations[order], found.blocks_freedom
    )
    draws = seeds.generator(0, "probability of being best")
    lowest = [_drawn(ordered, apart, draws).argmin(1) for _ in range(0, DRAWS, AT_ONCE)]  # [D] each
    share = np.empty(len(order))
    share[order] = np.bincount(np.concatenate(lowest), minlength=len(order)) / DRAWS
    return share


def _drawn(found: Noise, apart: Spread, draws: np.random.Generator) -> Array:
    """Return true means as they could be, [D, P], D = AT_ONCE."""
    shape = (AT_ONCE, len(found.means))
    chosen = draws.choice(len(apart.sizes), AT_ONCE, p=apart.weights)  # [D]
    centres = (apart.centres[chosen] + apart.errors[chosen] * draws.standard_normal(AT_ONCE))[:, None]  # [D, 1]
    size = apart.sizes[chosen, None] ** 2  # [D, 1]
    own = size / (found.variances + size)  # [D, P] share of a distance from the centre that is no chance
    moved = np.sqrt(found.by_seeds) * draws.standard_t(found.freedom, shape)  # [D, P]
    n_blocks = found.deviations.shape[1]
    if n_blocks:
        multiples = draws.standard_normal((AT_ONCE, n_blocks)) / np.sqrt(n_blocks)  # [D, J]
        heavier = np.sqrt(found.blocks_freedom / draws.chisquare(found.blocks_freedom, (AT_ONCE, 1)))  # [D, 1]
        moved += multiples @ found.deviations.T * heavier
    return np.asarray(centres + own * (found.means - centres) + np.sqrt(own) * moved)

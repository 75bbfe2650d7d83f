"""Estimates over seeds, always paired: the same seed gives every policy the same stream and the same draws."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

LEVEL = 0.9
SIGMAS = float(ndtri((1 + LEVEL) / 2))
"""Standard deviations of a normal distribution from its middle to the end of an interval of that level."""


class Estimate(NamedTuple):
    """A mean with its interval over n seeds (90 % where nothing is said); one seed gives none, its ends are NaN."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def sign(self) -> int:
        """+1 or -1 where the interval leaves zero, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    def widened(self, half: float) -> "Estimate":
        """Return the estimate with a further, independent uncertainty of that half width at the same level.

        >>> Estimate(10.0, 7.0, 13.0, 3).widened(4.0)
        Estimate(mean=10.0, low=5.0, high=15.0, n=3)
        """
        whole = math.hypot(self.high - self.mean, half)
        return self._replace(low=self.mean - whole, high=self.mean + whole)


def estimate(values: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the mean of [S] values, one a seed, with Student's t interval. It covers seeds, nothing else.

    Args:
        values: [S].
        level: share of such intervals that hold the true mean, 0..1.

    >>> [round(x, 2) for x in estimate(np.array([1.0, 2.0, 3.0]))]
    [2.0, 0.31, 3.69, 3]
    """
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return Estimate(mean, math.nan, math.nan, n)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def paired(one: NDArray[np.float64], other: NDArray[np.float64]) -> Estimate:
    """Return the first minus the second, repeat by repeat: so is a saving, today's cost minus the policy's.

    Formula: today's cost - the policy's cost, mean over repeats.
    Unit: money, such as JPY.
    Range: any; below 0 it costs more than today's.

    Args:
        one, other: [S] values, one a seed.

    >>> paired(np.array([12.0, 13.0]), np.array([9.0, 10.0])).mean
    3.0
    >>> paired(np.array([3.0, 4.0]), np.array([1.0, 2.0]))
    Estimate(mean=2.0, low=2.0, high=2.0, n=2)
    """
    return estimate(one - other)


class Intervals(NamedTuple):
    """Estimates of several differences, [P] each, over n seeds; NaN ends where there is no interval."""

    means: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    n: int

    def of(self, policy: int) -> Estimate:
        """Return the estimate of one."""
        return Estimate(float(self.means[policy]), float(self.lows[policy]), float(self.highs[policy]), self.n)


def differences(values: NDArray[np.float64], reference: int) -> Intervals:
    """Return each policy's values minus the reference's, seed by seed, with Student's t interval of each.

    The same as `paired`, for all policies at once. What the policies save is `differences(-costs, reference)`.

    The 90 % intervals cover seeds, nothing else, and each holds for a policy that was named beforehand; for the
    cheapest of many on the same seeds see `picked`. In simulated runs (`benchmarks/coverage.py`; 2, 3, 5, 10 seeds, 5,
    50, 500 policies) they hold the truth in 0.89 to 0.91 where noise is normal, also of a policy, or against a
    reference, that varies three times as much as the others; in 0.90 to 0.92 where its tails are heavy (t5); in 0.84 to
    0.94 where it is skewed (log-normal), the least of a policy that varies more than the others.

    Pooled or moderated variances make an interval narrower by a quarter at three seeds, by half at two, and hold 0.90
    or more where all policies vary alike; but of one that varies three times as much only 0.52 to 0.78 at two to five
    seeds, and just such a one looks cheapest more often than others. So no pooling, whichever test of equal variances
    passes. The bootstrap over seeds holds 0.49, 0.68, 0.78 and 0.85 at 2, 3, 5 and 10 seeds.

    Args:
        values: [P, S] by policy and seed, in any unit.
        reference: number of the policy that all are held against.

    >>> differences(np.array([[1.0, 2.0], [3.0, 4.0]]), 0).of(1)
    Estimate(mean=2.0, low=2.0, high=2.0, n=2)
    """
    return estimates(values - values[reference])


def estimates(values: NDArray[np.float64]) -> Intervals:
    """Return for [P, S] values what `estimate` does, for all policies at once."""
    n = values.shape[1]
    means = values.mean(1)  # [P]
    spread = values.std(1, ddof=1) if n > 1 else np.full_like(means, np.nan)  # [P]
    half = stdtrit(n - 1, (1 + LEVEL) / 2) * spread / math.sqrt(n)  # [P]
    return Intervals(means, means - half, means + half, n)


def bands(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest seed of [P, S, T] values, [P, T] each: a band that shows every seed."""
    return values.min(1), values.max(1)


def pareto(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of [P, criteria] points no other beats: none is as low everywhere and lower somewhere.

    >>> pareto(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0]])).tolist()
    [True, True, False]
    """
    distinct, which = np.unique(costs, axis=0, return_inverse=True)  # [U, criteria]
    no_worse = np.logical_and.reduce([one[:, None] <= one for one in distinct.T])  # [U, U] row against column
    return np.asarray((no_worse.sum(0) == 1)[which])  # each is no worse than itself

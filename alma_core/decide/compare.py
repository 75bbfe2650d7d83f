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
    """Return the estimate of `one` minus `other`, [S] values each, seed by seed.

    >>> paired(np.array([3.0, 4.0]), np.array([1.0, 2.0]))
    Estimate(mean=2.0, low=2.0, high=2.0, n=2)
    """
    return estimate(one - other)


def bands(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest seed of [P, S, T] values, [P, T] each: a band that shows every seed."""
    return values.min(1), values.max(1)


def pareto(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of [P, criteria] points no other beats: none is as low everywhere and lower somewhere.

    >>> pareto(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0]])).tolist()
    [True, True, False]
    """
    no_worse = (costs[:, None] <= costs[None]).all(2)  # [P, P] row against column
    better = (costs[:, None] < costs[None]).any(2)  # [P, P]
    return np.logical_not((no_worse & better).any(0))

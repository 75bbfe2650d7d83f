"""How much more evidence would settle a difference that the interval leaves open."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from alma_core.decide import blocks
from alma_core.decide.compare import LEVEL

MOST: Final = 1000
"""Further seeds or arrivals that are looked through; nobody waits for more."""


def seeds_to_settle(differences: NDArray[np.float64]) -> int | None:
    """Return how many further seeds it should take until the 90 % interval of the mean difference leaves zero.

    As `compare.estimate` has it, if mean and standard deviation stay as they are: an expectation, no promise, as both
    are known from these few seeds only.

    Args:
        differences: [S] between two policies, one a seed.

    Returns:
        0 where it is settled; None where the mean is zero, there is one seed, or it would take more than MOST.

    >>> seeds_to_settle(np.array([1.0, 5.0, 2.0]))
    1
    """
    n = len(differences)
    if n < 2:
        return None
    spread = float(differences.std(ddof=1))

    def half(total: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(stdtrit(total - 1, (1 + LEVEL) / 2) * spread / np.sqrt(total))

    return _further(abs(float(differences.mean())), half, n)


def arrivals_to_settle(rows: NDArray[np.float64]) -> int | None:
    """Return how many further arrivals it should take until the 90 % interval of the total leaves zero.

    As `blocks.block_bootstrap` has it, with the same seeds, if the mean of a row and the variances stay as they are.
    What seeds do to all arrivals alike does not wear off with arrivals: where that alone hides the difference, only
    seeds help.

    Args:
        rows: [S, T] between two policies, by seed and arrival in their order.

    Returns:
        0 where it is settled; None where the mean is zero, there is one seed, there are fewer than `blocks.FEWEST`
        arrivals, or it would take more than MOST.

    >>> arrivals_to_settle(np.array([[2.0, -1.0, 1.0, 3.0, 0.0, -1.0], [2.0, -2.0, 1.0, 3.0, 0.0, 1.0]]))
    20
    """
    n_seeds, n = rows.shape
    if n_seeds < 2 or n < blocks.FEWEST:
        return None
    by_arrivals, by_seeds = (float(part[0]) for part in blocks.variances(rows[None]))

    def half(total: NDArray[np.int64]) -> NDArray[np.float64]:
        times = [blocks.half_width(by_arrivals * t / n, by_seeds * (t / n) ** 2, n_seeds, t) / t for t in total]
        return np.array(times)

    return _further(abs(float(rows.mean())), half, n)


def _further(mean: float, half: Callable[[NDArray[np.int64]], NDArray[np.float64]], n: int) -> int | None:
    """Return how many more than `n` it takes until half the width of the interval is below `mean`."""
    settled = np.flatnonzero(mean > half(np.arange(n, n + MOST + 1)))
    return int(settled[0]) if len(settled) else None

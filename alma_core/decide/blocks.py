"""Differences on time-ordered data: seeds vary the training only, so arrivals are resampled too, in blocks.

Costs of neighbouring arrivals resemble each other; a resampled stream keeps that where whole blocks of neighbours are
drawn, as in the moving-block bootstrap (Künsch, Annals of Statistics 1989). Blocks fade in and out (the tapered
bootstrap: Paparoditis and Politis, Biometrika 2001), so that neighbours torn apart at their ends weigh less. What
infinitely many resamples would give for a total, its variance, is a mean over blocks: nothing is drawn.
"""

import math
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import stdtrit

from alma_core.decide.compare import LEVEL, Intervals

FEWEST: Final = 4
"""Arrivals; with fewer there is no interval."""
FADED: Final = 0.43
"""Share of a block over which its weight rises, and falls; the one that Paparoditis and Politis recommend."""

Array = NDArray[np.float64]


def length(arrivals: float) -> int:
    """Return the arrivals of a block: 1.25 times the root of those there are, at least 2.

    >>> [length(arrivals) for arrivals in (4, 12, 23, 50)]
    [2, 4, 6, 9]
    """
    return max(2, round(1.25 * math.sqrt(arrivals)))


def freedom(arrivals: float) -> float:
    """Return the degrees of freedom that blocks give: how many fit in side by side, less one.

    >>> [round(freedom(arrivals), 1) for arrivals in (4, 23, 50)]
    [1.0, 2.8, 4.6]
    """
    return arrivals / length(arrivals) - 1


def block_bootstrap(rows: Array) -> Intervals:
    """Return the total of each policy's rows over the horizon with its 90 % interval, over arrivals and seeds.

    It says how far the total could be from that of another stream of this kind, as long, with other seeds: what
    arrivals do by their blocks, and what seeds do to all arrivals alike, add up to one variance; Student's t takes the
    degrees of freedom of both (Welch and Satterthwaite).

    In simulated runs with three seeds (`benchmarks/coverage.py`) such intervals hold the truth in

        autocorrelation from one arrival to the next    0     0.3   0.6
        12 arrivals                                     0.95  0.92  0.85
        23 arrivals                                     0.94  0.92  0.87
        50 arrivals                                     0.92  0.92  0.89

    and within 0.01 of that with ten. A fall of the differences as models learn counts as chance too and widens them
    (0.98, 0.96, 0.91 at 23). The plain bootstrap, percentiles of blocks of about the cube root, holds 0.85, 0.80, 0.69
    at 23. Beyond that nothing is covered: not other data, nor a stream that changes its nature.

    Args:
        rows: [P, S, T] each policy's cost less the reference's, by seed and arrival in their order.

    >>> rows = np.array([[[1.0, 2.0, 2.0, 3.0, 2.0, 2.0], [1.0, 2.0, 2.0, 3.0, 2.0, 2.0]]])
    >>> [round(x, 1) for x in block_bootstrap(rows).of(0)]
    [12.0, 2.6, 21.4, 2]
    """
    n_seeds, n_arrivals = rows.shape[1:]
    means = rows.sum(2).mean(1)  # [P]
    if n_seeds < 2 or n_arrivals < FEWEST:
        nothing = np.full_like(means, np.nan)
        return Intervals(means, nothing, nothing, n_seeds)
    half = half_width(*variances(rows), n_seeds, n_arrivals)  # [P]
    return Intervals(means, means - half, means + half, n_seeds)


def variances(rows: Array) -> tuple[Array, Array]:
    """Return the variance of the mean seed's total by arrivals and by seeds, [P] each.

    What a seed does at one arrival only is among the first: blocks hold it already.

    Args:
        rows: [P, S, T], S at least 2 and T at least FEWEST.
    """
    n_seeds, n_arrivals = rows.shape[1:]
    by_arrivals = (deviations(rows.mean(1)) ** 2).mean(1)  # [P]
    by_seeds = rows.sum(2).var(1, ddof=1) - n_arrivals * at_one_arrival(rows)  # [P] of one seed
    return by_arrivals, np.maximum(by_seeds, 0) / n_seeds


def at_one_arrival(rows: Array) -> Array:
    """Return the variance [P] of what a seed does at one arrival only, beyond what it does at all."""
    n_seeds, n_arrivals = rows.shape[1:]
    left = rows - rows.mean(2, keepdims=True) - rows.mean(1, keepdims=True) + rows.mean((1, 2), keepdims=True)
    return np.asarray((left**2).sum((1, 2)) / ((n_seeds - 1) * (n_arrivals - 1)))


def deviations(series: Array) -> Array:
    """Return by how much each block would move the total, scaled: their mean square is the total's variance.

    Args:
        series: [..., T] costs in order.

    Returns:
        [..., J], J the blocks that can be laid.
    """
    n = series.shape[-1]
    size = length(n)
    middles = (np.arange(size) + 0.5) / size
    weights = np.minimum(np.minimum(middles, 1 - middles) / FADED, 1)  # [size]
    weights *= math.sqrt(size / (weights**2).sum())  # as many arrivals as without fading
    centred = series - series.mean(-1, keepdims=True)
    sums = sliding_window_view(centred, size, axis=-1) @ weights  # [..., J]
    sums -= sums.mean(-1, keepdims=True)
    return np.asarray(sums * math.sqrt(n / size * n / (n - size)))  # the last: blocks share arrivals with their mean


def half_width(by_arrivals: Array | float, by_seeds: Array | float, n_seeds: int, n_arrivals: float) -> Array:
    """Return half the width of an interval from the two variances of a total."""
    both = np.asarray(by_arrivals + by_seeds)
    parts = np.asarray(by_arrivals) ** 2 / freedom(n_arrivals) + np.asarray(by_seeds) ** 2 / (n_seeds - 1)
    joint = np.divide(both**2, parts, out=np.ones_like(both), where=parts > 0)
    return np.asarray(stdtrit(np.maximum(joint, 1), (1 + LEVEL) / 2) * np.sqrt(both))

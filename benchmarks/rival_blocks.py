"""Intervals of a total on time-ordered data that were tried, for `coverage.py`: of [R, S, T] rows of a difference.

Each returns half the width of the interval about the mean seed's total, or its ends, [R] each.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]
Ends = tuple[Array, Array]

RESAMPLES = 300


def plain(circular: bool) -> Callable[[Array], Ends]:
    """Percentiles of the moving-block bootstrap, blocks about the cube root of T, and of seeds along with it."""

    def ends(rows: Array) -> Ends:
        _, n_seeds, n = rows.shape
        size, draws = max(2, round(n ** (1 / 3))), np.random.default_rng(0)
        weights = np.empty((RESAMPLES, n_seeds, n))
        for one in weights:
            starts = draws.integers(0, n if circular else n - size + 1, -(-n // size))
            at = (starts[:, None] + np.arange(size)).ravel()[:n] % n
            seeds = np.bincount(draws.integers(0, n_seeds, n_seeds), minlength=n_seeds)
            one[:] = seeds[:, None] * np.bincount(at, minlength=n) / n_seeds
        low, high = np.quantile(np.einsum("rst,dst->rd", rows, weights), [0.05, 0.95], axis=1)
        return low, high

    return ends


def by_variance(size: Callable[[int], int], is_normal: bool = False) -> Callable[[Array], Ends]:
    """The variance of the moving-block bootstrap, without fading; normal, or Student's t by the blocks there are."""

    def ends(rows: Array) -> Ends:
        n = rows.shape[2]
        long = size(n)
        series = rows.mean(1)
        sums = sliding_window_view(series - series.mean(1, keepdims=True), long, axis=1).sum(2)  # [R, J]
        variances = sums.var(1) * n / long * (1 if is_normal else n / (n - long))
        return both(rows, variances, math.inf if is_normal else n / long - 1)

    return ends


def studentised(rows: Array) -> Ends:
    """The quantile of Student's ratio over resampled blocks, instead of t's."""
    n, draws = rows.shape[2], np.random.default_rng(0)
    size = max(2, round(n ** (1 / 3)))
    series = rows.mean(1)
    sums = sliding_window_view(series, size, axis=1).mean(2)  # [R, J]
    drawn = sums[:, draws.integers(0, sums.shape[1], (RESAMPLES, n // size))]  # [R, D, blocks]
    errors = drawn.std(2, ddof=1) / math.sqrt(n // size)
    ratios = np.abs(drawn.mean(2) - sums.mean(1, keepdims=True)) / np.maximum(errors, 1e-12)
    variances = sums.var(1) * size * n * n / (n - size) + by_seeds(rows)
    half = np.quantile(ratios, 0.9, axis=1) * np.sqrt(variances)
    middles = rows.sum(2).mean(1)
    return middles - half, middles + half


def cosines(rows: Array) -> Ends:
    """The variance from a few cosines of the length of the series (Lazarus, Lewis and Stock 2018)."""
    n = rows.shape[2]
    count = max(3, round(0.4 * n ** (2 / 3)))
    waves = np.cos(np.pi * np.arange(1, count + 1)[:, None] * (np.arange(n) + 0.5) / n) * math.sqrt(2 / n)
    return both(rows, ((rows.mean(1) @ waves.T) ** 2).mean(1) * n, count)


def first_order(rows: Array) -> Ends:
    """The variance that an AR(1) series of the autocorrelation found would have."""
    n = rows.shape[2]
    series = rows.mean(1) - rows.mean((1, 2))[:, None]
    found = (series[:, 1:] * series[:, :-1]).sum(1) / (series**2).sum(1)
    rho = np.clip(found + (1 + 3 * found) / n, 0, 0.9)  # its bias in short series taken out
    independent = np.maximum(n * (1 - rho) / (1 + rho), 2)  # arrivals that would say as much
    variances = (series**2).mean(1) * independent / (independent - 1) * n * (1 + rho) / (1 - rho)
    return both(rows, variances, np.maximum(independent - 1, 1))


def both(rows: Array, variances: Array, freedom: Array | float) -> Ends:
    """Return the ends from the variance of the total by arrivals, with that by seeds added."""
    seeds = by_seeds(rows)
    joint = (variances + seeds) ** 2 / (variances**2 / freedom + seeds**2 / (rows.shape[1] - 1) + 1e-12)
    half = stdtrit(np.clip(joint, 1, 1e6), 0.95) * np.sqrt(variances + seeds)
    middles = rows.sum(2).mean(1)
    return middles - half, middles + half


def by_seeds(rows: Array) -> Array:
    """Return the variance of the mean seed's total by what seeds do to all arrivals alike."""
    _, n_seeds, n = rows.shape
    alone = rows - rows.mean(2, keepdims=True) - rows.mean(1, keepdims=True) + rows.mean((1, 2), keepdims=True)
    once = (alone**2).sum((1, 2)) / ((n_seeds - 1) * (n - 1))
    return np.asarray(np.maximum(rows.sum(2).var(1, ddof=1) - n * once, 0) / n_seeds)

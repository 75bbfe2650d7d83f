"""Intervals of a difference over seeds that were tried, for `coverage.py`: of [R, P, S] totals, against policy 0.

Each returns the middles and half widths, or the ends, [R, P - 1] each.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, ndtr, ndtri, polygamma, stdtrit

Array = NDArray[np.float64]
Ends = tuple[Array, Array]

PASSES = 0.9
"""Share of runs with equal variances in which a test of that passes."""
RESAMPLES = 400


def apart(totals: Array) -> Array:
    """Return each policy's differences to the reference, [R, P - 1, S]."""
    return totals[:, 1:] - totals[:, :1]


def about(means: Array, variances: Array, freedom: Array | float, n_seeds: int) -> Ends:
    """Return the ends of Student's t intervals from the variances of one seed's difference."""
    half = stdtrit(freedom, 0.95) * np.sqrt(variances / n_seeds)
    return means - half, means + half


def student(totals: Array) -> Ends:
    """Each policy's own variance."""
    found, n = apart(totals), totals.shape[2]
    return about(found.mean(2), found.var(2, ddof=1), n - 1, n)


def pooled(totals: Array) -> Ends:
    """One variance for all, as if the differences were independent: the reference is in every one of them."""
    found, (_, n_policies, n) = apart(totals), totals.shape
    variances = found.var(2, ddof=1).mean(1, keepdims=True)
    return about(found.mean(2), np.broadcast_to(variances, found.shape[:2]), (n - 1) * (n_policies - 1), n)


def pooled_honestly(totals: Array) -> Ends:
    """One variance for all; the shared reference leaves it at most four times a policy's degrees of freedom."""
    found, (_, n_policies, n) = apart(totals), totals.shape
    variances = found.var(2, ddof=1).mean(1, keepdims=True)
    freedom = 4 * (n - 1) / (1 + 3 / (n_policies - 1))
    return about(found.mean(2), np.broadcast_to(variances, found.shape[:2]), freedom, n)


def left(totals: Array) -> Array:
    """Return what is left of each total beyond its policy's mean and what the seed does to all."""
    return totals - totals.mean(2, keepdims=True) - totals.mean(1, keepdims=True) + totals.mean((1, 2), keepdims=True)


def largest_to_smallest(totals: Array) -> Array:
    """F-max: the largest of the policies' variances over the smallest."""
    variances = left(totals).var(2)
    return np.asarray(variances.max(1) / variances.min(1))


def bartlett(totals: Array) -> Array:
    """Bartlett's statistic without its constants: log of the mean variance less the mean of the logs."""
    variances = left(totals).var(2)
    return np.asarray(np.log(variances.mean(1)) - np.log(variances).mean(1))


def levene(totals: Array) -> Array:
    """Levene's statistic, about the medians: how far policies' mean distances lie apart, over seeds' about them."""
    found = left(totals)
    far = np.abs(found - np.median(found, axis=2, keepdims=True))
    return np.asarray(far.mean(2).var(1) / far.var(2).mean(1))


TESTS: dict[str, Callable[[Array], Array]] = {"F-max": largest_to_smallest, "Bartlett": bartlett, "Levene": levene}


def bounds(n_policies: int, n_seeds: int, draws: np.random.Generator) -> dict[str, float]:
    """Return what each test's statistic stays below where variances are equal and noise is normal, by simulation.

    Levene's needs three seeds: two lie equally far from their median.
    """
    equal = draws.standard_normal((max(200, 20_000 // n_policies), n_policies, n_seeds))
    able = {name: test for name, test in TESTS.items() if n_seeds > 2 or name != "Levene"}
    return {name: float(np.quantile(test(equal), PASSES)) for name, test in able.items()}


def pooled_if(test: Callable[[Array], Array], bound: float) -> Callable[[Array], Ends]:
    """One variance for all where a test of equal variances passes, else each policy's own."""

    def chosen(totals: Array) -> Ends:
        passes = (test(totals) <= bound)[:, None]
        both = zip(pooled_honestly(totals), student(totals), strict=True)
        low, high = (np.where(passes, together, own) for together, own in both)
        return low, high

    return chosen


def moderated(totals: Array) -> Ends:
    """Each variance drawn towards the usual one (Smyth 2004), differences taken as independent."""
    found, n = apart(totals), totals.shape[2]
    variances = found.var(2, ddof=1)  # [R, P - 1]
    freedom, scale = usual(variances, n - 1)
    drawn = (freedom * scale + (n - 1) * variances) / (freedom + n - 1)
    return about(found.mean(2), drawn, freedom + n - 1, n)


def moderated_honestly(totals: Array) -> Ends:
    """The same, but what is usual counts no more than the reference, of which it is made as well, allows."""
    found, (_, n_policies, n) = apart(totals), totals.shape
    variances = found.var(2, ddof=1)
    mean = variances.mean(1, keepdims=True)  # [R, 1]
    others = np.maximum(mean - found.mean(1).var(1, ddof=1)[:, None], 0) * (n_policies - 1) / (n_policies - 2)
    reference = mean - others  # [R, 1] the parts that are the reference's, and the other policies'
    own = (reference**2 + others**2 / (n_policies - 1)) / (n - 1)
    allowed = np.clip(mean**2 / own, n - 1, 4 * (n - 1) / (1 + 3 / (n_policies - 1))) - (n - 1)
    freedom = np.minimum(usual(variances, n - 1)[0], allowed)
    drawn = (freedom * mean + (n - 1) * variances) / (freedom + n - 1)
    return about(found.mean(2), drawn, freedom + n - 1, n)


def usual(variances: Array, freedom: int) -> tuple[Array, Array]:
    """Return the degrees of freedom that the usual variance counts for, and that variance, [R, 1] each."""
    logs = np.log(variances) - digamma(freedom / 2) + np.log(freedom / 2)
    beyond = np.maximum(logs.var(1, ddof=1, keepdims=True) - polygamma(1, freedom / 2), 1e-3)
    half = 0.5 + 1 / beyond
    for _ in range(20):  # Newton's method for trigamma(half) = beyond, as Smyth has it
        value = polygamma(1, half)
        half = half + value * (1 - value / beyond) / polygamma(2, half)
    return 2 * half, np.exp(logs.mean(1, keepdims=True) + digamma(half) - np.log(half))


def percentile(totals: Array) -> Ends:
    """The bootstrap over seeds, percentiles."""
    low, high = np.quantile(resampled(apart(totals)), [0.05, 0.95], axis=2)
    return low, high


def bca(totals: Array) -> Ends:
    """The bootstrap over seeds, bias-corrected and accelerated (Efron 1987)."""
    found, n = apart(totals), totals.shape[2]
    draws = np.sort(resampled(found), axis=2)  # [R, P - 1, D]
    means = found.mean(2, keepdims=True)
    below = ((draws < means).mean(2) + (draws <= means).mean(2)) / 2
    bias = ndtri(np.clip(below, 1 / RESAMPLES, 1 - 1 / RESAMPLES))  # [R, P - 1]
    without = means - (means * n - found) / (n - 1)  # [R, P - 1, S] the jackknife
    pull = (without**3).sum(2) / np.maximum(6 * (without**2).sum(2) ** 1.5, 1e-12)
    ends = []
    for z in (ndtri(0.05), ndtri(0.95)):
        level = ndtr(bias + (bias + z) / (1 - pull * (bias + z)))
        at = np.clip((level * RESAMPLES).astype(int), 0, RESAMPLES - 1)
        ends.append(np.take_along_axis(draws, at[:, :, None], 2)[:, :, 0])
    return ends[0], ends[1]


def resampled(found: Array) -> Array:
    """Return the means of seeds drawn with replacement, [R, P - 1, D]."""
    n = found.shape[2]
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), RESAMPLES)  # [D, S]
    return np.asarray(found @ counts.T / n)

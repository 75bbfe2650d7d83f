"""Simulated runs whose truth is known, for `coverage.py`; all arrays begin with the runs R."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NOISES = ("normal", "t5", "lognormal")
"""Of one seed, scaled to variance 1: as the name says; Student's with five degrees of freedom; skewed."""
SIZES = ("equal", "unequal", "reference", "one", "kinds")
"""How chance moves policies: all alike; standard deviations that differ (log-normal, 0.4); the reference three times as
much as the others; one policy three times as much; two kinds whose members share 0.7 of their variance."""
TRUTHS = {"all the same": 0.0, "packed at the best": 1.0, "normal, 1": 1.0, "normal, 3": 3.0}
"""True means, in standard deviations of one seed: equal; exponential; normal."""
WILD = 1
"""Number of the policy that "one" is about; the reference is 0."""


def noise(kind: str, shape: tuple[int, ...], draws: np.random.Generator) -> Array:
    """Return noise of mean 0 and variance 1."""
    if kind == "normal":
        return draws.standard_normal(shape)
    if kind == "t5":
        return draws.standard_t(5, shape) / np.sqrt(5 / 3)
    assert kind == "lognormal"
    size = 0.75**2
    return (np.exp(0.75 * draws.standard_normal(shape)) - np.exp(size / 2)) / np.sqrt(np.expm1(size) * np.exp(size))


def seeds(shape: tuple[int, int, int], kind: str, sizes: str, draws: np.random.Generator) -> Array:
    """Return what chance does to [R, P, S] totals: to each policy, and three times as much to all of a seed alike."""
    n_runs, n_policies, n_seeds = shape
    found = noise(kind, shape, draws)
    if sizes == "unequal":
        found *= np.exp(0.4 * draws.standard_normal((n_runs, n_policies, 1)))
    elif sizes == "reference":
        found[:, 0] *= 3
    elif sizes == "one":
        found[:, WILD] *= 3
    elif sizes == "kinds":
        shared = noise(kind, (n_runs, 2, n_seeds), draws)[:, np.arange(n_policies) % 2]
        found = np.sqrt(0.3) * found + np.sqrt(0.7) * shared
    return found + 3 * draws.standard_normal((n_runs, 1, n_seeds))


def truth(kind: str, shape: tuple[int, int], draws: np.random.Generator) -> Array:
    """Return true means [R, P]."""
    size = TRUTHS[kind]
    return size * (draws.exponential(size=shape) if kind.startswith("packed") else draws.standard_normal(shape))


def autocorrelated(shape: tuple[int, ...], rho: float, draws: np.random.Generator) -> Array:
    """Return AR(1) series of variance 1 along the last axis."""
    found = draws.standard_normal(shape)
    for t in range(1, shape[-1]):
        found[..., t] = rho * found[..., t - 1] + np.sqrt(1 - rho**2) * found[..., t]
    return found


def differences_in_order(shape: tuple[int, int, int], rho: float, trend: float, draws: np.random.Generator) -> Array:
    """Return [R, S, T] rows of a difference whose true mean is 0.

    The arrival's own part has standard deviation 1, a seed's 0.2 at all arrivals and 0.5 at each. The trend is an
    exponential fall of that height, which blocks take for chance.
    """
    n_runs, n_seeds, n_arrivals = shape
    fall = np.exp(-np.arange(n_arrivals) / (n_arrivals / 4))
    return (
        autocorrelated((n_runs, 1, n_arrivals), rho, draws)
        + 0.2 * draws.standard_normal((n_runs, n_seeds, 1))
        + 0.5 * draws.standard_normal(shape)
        + trend * (fall - fall.mean())
    )


def costs_in_order(shape: tuple[int, int, int, int], rho: float, draws: np.random.Generator) -> Array:
    """Return [R, P, S, T] costs of true mean 0: what arrivals do to all, to kinds of policies, to each; and seeds."""
    n_runs, n_policies, n_seeds, n_arrivals = shape
    kinds = autocorrelated((n_runs, 2, 1, n_arrivals), rho, draws)
    leanings = draws.standard_normal((n_runs, n_policies, 2))
    return (
        3 * autocorrelated((n_runs, 1, 1, n_arrivals), rho, draws)
        + np.einsum("rpk,rkst->rpst", leanings, kinds)
        + autocorrelated((n_runs, n_policies, 1, n_arrivals), rho, draws)
        + draws.standard_normal((n_runs, 1, n_seeds, 1))
        + 0.3 * draws.standard_normal((n_runs, n_policies, n_seeds, 1))
        + 0.5 * draws.standard_normal(shape)
    )

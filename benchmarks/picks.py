"""What picking the policy that looks cheapest does to its interval, for `coverage.py`."""

from collections.abc import Callable, Iterator

import numpy as np
import worlds
from laid_out import Figures, chosen, table
from numpy.typing import NDArray

from alma_core.decide.blocks import block_bootstrap
from alma_core.decide.compare import Estimate, differences
from alma_core.decide.picked import picked

Array = NDArray[np.float64]


def measured(runs: int, families: tuple[int, ...]) -> Figures:
    """Return coverage, bias and error of the picked policy's difference to the reference, before and after `picked`."""
    found = []
    for n, n_policies, sizes, truth in ((n, p, s, t) for n in (3, 10) for p in families
                                        for s in ("equal", "unequal") for t in worlds.TRUTHS):  # fmt: skip
        draws = np.random.default_rng(0)
        few = max(4, min(runs // 2, runs * 25 // n_policies))
        means = worlds.truth(truth, (few, n_policies), draws)
        costs = worlds.seeds((few, n_policies, n), "normal", sizes, draws) + means[:, :, None]
        world = {"data": f"{n} seeds/{n_policies}", "world": f"{truth}, {sizes}"}
        found += [{**world, **one} for one in before_and_after(costs, means, over_seeds)]
    for n, rho, size in ((n, rho, size) for n in (23, 50) for rho in (0.0, 0.3, 0.6) for size in (0.0, 0.3, 1.0)):
        draws = np.random.default_rng(0)
        few = max(4, runs // 10)
        means = size * worlds.truth("normal, 1", (few, 20), draws)
        costs = worlds.costs_in_order((few, 20, 3, n), rho, draws) + means[:, :, None, None]
        world = {"data": f"{n} arrivals/20", "world": f"normal, {size}, rho {rho}"}
        found += [{**world, **one} for one in before_and_after(costs, n * means, over_arrivals)]
    return found


def over_seeds(costs: Array, policy: int) -> Estimate:
    """Return the difference of a policy to the first, over seeds."""
    return differences(costs, 0).of(policy)


def over_arrivals(costs: Array, policy: int) -> Estimate:
    """Return the difference of a policy to the first, over arrivals and seeds."""
    return block_bootstrap((costs[policy] - costs[0])[None]).of(0)


def before_and_after(costs: Array, means: Array, before: Callable[[Array, int], Estimate]) -> Figures:
    """Return the figures of both ways, of [R, P, S] or [R, P, S, T] costs whose true totals are `means` [R, P]."""
    errors = np.empty((len(costs), 2, 3))  # the mean and the ends, less the truth
    totals = costs.sum(3) if costs.ndim == 4 else costs
    for run, one in enumerate(costs):
        policy = 1 + int(totals[run, 1:].mean(1).argmin())
        both = before(one, policy), picked(one, 0, policy)
        errors[run] = np.array([found[:3] for found in both]) - (means[run, policy] - means[run, 0])
    held = ((errors[:, :, 1] <= 0) & (errors[:, :, 2] >= 0)).mean(0)
    bias, rough = errors[:, :, 0].mean(0), np.sqrt((errors[:, :, 0] ** 2).mean(0))
    return [
        {"way": way, "coverage": float(held[at]), "bias": float(bias[at]), "error": float(rough[at])}
        for at, way in enumerate(("before", "after"))
    ]


def text(found: Figures) -> Iterator[str]:
    """Say what picking does."""
    yield "\nthe policy that looks cheapest, before > after `picked`: coverage; bias, as a share of the error before"
    for unit, kept in (("seeds", "seeds/policies"), ("arrivals", "arrivals in order, three seeds/policies")):
        those = [one for one in found if f" {unit}/" in one["data"]]
        rows, columns = (list(dict.fromkeys(one[name] for one in those)) for name in ("world", "data"))

        def cell(row: str, column: str) -> str:
            before, after = chosen(found, world=row, data=column)
            bias = [one["bias"] / before["error"] for one in (before, after)]
            return f"{before['coverage']:.2f}>{after['coverage']:.2f} {bias[0]:+.1f}>{bias[1]:+.1f}"

        yield f"\ntrue means, how chance moves policies; {kept}"
        yield table(rows, columns, cell, 21)

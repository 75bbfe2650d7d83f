"""Updates -> stacks: which train together. Decided by the graph alone, not by what is left to do. No torch."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from alma_core.learners.devices import JUDGED_ROWS, cores, memory_bytes
from alma_core.simulate.graph import Update
from alma_core.sizes import AnyShape, parameters

MOST_LEARNERS: Final = {"cpu": 18, "cuda": 512}
"""Learners of one stack, at most: beyond it a device gains nothing."""

CACHE_BYTES: Final = 24 * 1024**2
"""On a CPU what a step of a stack reads and writes should stay near the processor."""

COPIES: Final = 5
"""Of a learner's weights: the weights, their gradient, the optimiser's two moments, the best epoch so far."""


def bytes_of(shape: AnyShape, minibatch: int, device: str) -> int:
    """Return about how many bytes a learner takes on the device while it trains and is judged."""
    trained = minibatch * (2 * shape.inputs + 2 * shape.activations)
    judged = JUDGED_ROWS[device] * (2 * shape.inputs + shape.activations)
    return 4 * (COPIES * parameters(shape) + max(trained, judged))


def default_budget(device: str) -> int:
    """Return the bytes that one stack may take: a quarter of the device's memory, on a CPU shared by its cores."""
    return memory_bytes(device) // 4 // (cores() if device == "cpu" else 1)


def most_learners(shape: AnyShape, minibatch: int, device: str, budget: int) -> int:
    """Return how many learners of a shape may train in one stack, at least one."""
    each = bytes_of(shape, minibatch, device)
    most = min(MOST_LEARNERS[device], budget // each)
    if device == "cpu":
        most = min(most, CACHE_BYTES // (4 * (COPIES * parameters(shape) + minibatch * shape.activations)))
    return max(1, most)


def stacks(updates: Collection[Update], minibatch: int, device: str, budget: int) -> list[list[Update]]:
    """Cut `updates` into stacks of one shape, long ones with long ones.

    Those of a chain train with what falls due at the same arrival: they are of one length where they see all data, and
    draw the same minibatches; on a CPU they are cut into one stack for each core, as the next arrival waits for them.
    Those that nothing comes before or after can train at any time, so they fill stacks.
    """
    parents = {update.parent for update in updates}
    alike = defaultdict(list)
    for update in updates:
        is_free = update.parent is None and update.key not in parents
        alike[update.shape, None if is_free else update.t].append(update)
    cut = []
    for (shape, t), group in alike.items():
        group.sort(key=lambda u: (u.first - u.last, u.seed, u.key))
        n_stacks = -(-len(group) // most_learners(shape, minibatch, device, budget))
        if device == "cpu" and t is not None:
            n_stacks = max(n_stacks, cores())
        size = -(-len(group) // n_stacks)  # of about one size, rather than a small one at the end
        cut += [group[first : first + size] for first in range(0, len(group), size)]
    return cut

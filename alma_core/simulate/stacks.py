"""Updates and models -> stacks: which train, or are judged, together. Decided by the graph alone. No torch."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from alma_core.learners.devices import JUDGED_ROWS, cores, memory_bytes
from alma_core.simulate.nodes import Node, Update
from alma_core.sizes import AnyShape, Estimator, parameters

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
    if isinstance(shape, Estimator):
        return 1  # each is fitted by itself, on one core
    each = bytes_of(shape, minibatch, device)
    most = min(MOST_LEARNERS[device], budget // each)
    if device == "cpu":
        most = min(most, CACHE_BYTES // (4 * (COPIES * parameters(shape) + minibatch * shape.activations)))
    return max(1, most)


def stacks(nodes: Collection[Node], minibatch: int, device: str, budget: int) -> list[list[Node]]:
    """Cut updates into stacks that train together and models into stacks that are judged together; long with long ones.

    Those of a chain train with what falls due at the same arrival: they are of one length where they see all data, and
    draw the same minibatches; on a CPU they are cut into one stack for each core, as the next arrival waits for them.
    Those that no training comes before or after can train at any time, so they fill stacks.
    """
    starts = {parent for node in nodes if isinstance(node, Update) for parent in node.parents}
    together = defaultdict(list)
    for node in nodes:
        is_free = not node.parents and node.key not in starts
        when = None if is_free else (node.t, node.rank if isinstance(node, Update) else None)
        together[node.alike, when].append(node)
    cut = []
    for (_alike, when), group in together.items():
        group.sort(key=_longest_first)
        one = group[0]
        most = most_learners(one.shape, minibatch, device, budget) // one.width
        n_stacks = -(-len(group) // max(1, most))
        if device == "cpu" and when is not None:
            n_stacks = max(n_stacks, cores())
        size = -(-len(group) // n_stacks)  # of about one size, rather than a small one at the end
        cut += [group[first : first + size] for first in range(0, len(group), size)]
    return cut


def _longest_first(node: Node) -> tuple[int, int, str]:
    return (node.first if isinstance(node, Update) else 0) - node.last, node.seed, node.key

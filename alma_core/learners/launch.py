"""One optimiser step as it is launched: on the CPU a call, on CUDA a captured graph that is replayed."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from alma_core.learners.weights import Weights

Step = Callable[..., None]
"""(rows [K, m], row weights [K, m], and more) -> one optimiser step taken."""

WARM_UP = 3
"""Steps before a capture, so that libraries have made their workspaces; what they change is put back."""


WORTH_A_CAPTURE = 50
"""Fewer steps than this are over sooner when they are launched one by one."""


def launched(
    step: Step, weights: Weights, optimiser: torch.optim.Optimizer, like: Sequence[Tensor], steps: int
) -> Step:
    """Return `step` in the form that costs least to launch.

    Args:
        step: takes one optimiser step with `weights` and `optimiser`.
        like: what a step is given.
        steps: how often it will be taken, at most.
    """
    if not weights.trained.is_cuda or steps < WORTH_A_CAPTURE:
        return step
    held = [torch.zeros_like(tensor) for tensor in like]
    graph = _captured(lambda: step(*held), weights, optimiser)

    def replay(*given: Tensor) -> None:
        for into, value in zip(held, given, strict=True):
            into.copy_(value)
        graph.replay()

    return replay


def _captured(step: Callable[[], None], weights: Weights, optimiser: torch.optim.Optimizer) -> torch.cuda.CUDAGraph:
    """Capture `step`, leaving weights, running statistics and moments as they were."""
    moved = [weights.trained, *weights.carried.values()]
    before = [tensor.detach().clone() for tensor in moved]
    moments = {id(value): value.clone() for value in _moments(optimiser)}
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    with torch.no_grad():
        for tensor, value in zip(moved, before, strict=True):
            tensor.copy_(value)
        for value in _moments(optimiser):  # a fresh optimiser made them during the warm-up: they start at zero
            value.copy_(moments.get(id(value), torch.zeros_like(value)))
    return graph


def _moments(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    return [value for state in optimiser.state.values() for value in state.values() if isinstance(value, Tensor)]

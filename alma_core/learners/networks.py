"""The networks: how one learner's weights are drawn, and the forward pass of a stack."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alma_core.learners.layers import initial_linear, linear
from alma_core.sizes import Shape

State = dict[str, NDArray[np.float32]]
"""One learner's weights by name, without the learner axis."""

Stack = dict[str, Tensor]
"""The weights of K learners by name, the learner axis first."""


def initial_mlp(shape: Shape, draws: np.random.Generator) -> State:
    """Draw the weights of one MLP."""
    state: State = {}
    for layer, (n_in, n_out) in enumerate(shape.layers):
        state[f"{layer}.weight"], state[f"{layer}.bias"] = initial_linear(draws, n_in, n_out)
    return state


def mlp(weights: Stack, x: Tensor) -> Tensor:
    """Return the logits of K MLPs.

    Args:
        weights: as `stacked` makes them.
        x: [K, n, inputs].
    """
    last = len(weights) // 2 - 1
    for layer in range(last):
        x = torch.relu(linear(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"]))  # [K, n, hidden]
    return linear(x, weights[f"{last}.weight"], weights[f"{last}.bias"])  # [K, n, classes]


def stacked(states: list[State], device: str) -> Stack:
    """Put K learners' weights side by side."""
    return {
        name: torch.from_numpy(np.stack([state[name] for state in states])).to(device)  # [K, ...]
        for name in states[0]
    }


def taken(weights: Stack, k: int) -> State:
    """Return a copy of learner k's weights."""
    return {name: weight[k].detach().cpu().numpy().copy() for name, weight in weights.items()}

"""The weights of a stack in training, side by side in one tensor, and the optimiser that moves them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from torch import Tensor

from alma_core.learners.networks import Stack, is_trained, stacked
from alma_core.learners.states import State
from alma_core.specs import Recipe

CACHE_LINE: Final = 16
"""Float32 values in a cache line. Each learner's weights fill whole ones: the fused optimiser works through a tensor in
cache lines and treats only a torn last one differently, so no learner's numbers depend on its place."""


@dataclass(frozen=True, eq=False)
class Weights:
    """K learners' weights.

    Args:
        trained: [K, P] all that the optimiser moves; P is a multiple of a cache line.
        gradient: [K, P] of the loss, written anew at each step.
        carried: [K, ...] by name, what training moves by itself (running statistics).
        sizes: the shape of one learner's part of `trained`, by name, in order.

    `views` and `gradients` are the parts of `trained` and `gradient` by name, each in its own shape; `views` has
    what is carried, too.
    """

    trained: Tensor
    gradient: Tensor
    carried: Stack
    sizes: dict[str, torch.Size]
    views: Stack = field(init=False)
    gradients: Stack = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "views", _parts(self.trained, self.sizes) | self.carried)
        object.__setattr__(self, "gradients", _parts(self.gradient, self.sizes))

    @classmethod
    def stacked(cls, states: Sequence[State], device: str) -> "Weights":
        """Put K learners' weights side by side."""
        names = [name for name in states[0] if is_trained(name)]
        sizes = {name: torch.Size(states[0][name].shape) for name in names}
        count = sum(size.numel() for size in sizes.values())
        flat = np.zeros((len(states), count + -count % CACHE_LINE), np.float32)  # [K, P]
        for row, state in zip(flat, states, strict=True):
            row[:count] = np.concatenate([state[name].ravel() for name in names])
        trained = torch.from_numpy(flat).to(device)
        running = [{name: state[name] for name in state if not is_trained(name)} for state in states]
        carried = stacked(running, device)  # [K, ...] each
        return cls(trained, torch.zeros_like(trained), carried, sizes)

    def compacted(
        self, stay: list[int], optimiser: torch.optim.Optimizer, recipe: Recipe
    ) -> tuple["Weights", torch.optim.Optimizer]:
        """Return weights and optimiser of the positions that stay, their moments untouched."""
        carried = {name: value[stay] for name, value in self.carried.items()}
        kept = Weights(self.trained[stay], self.gradient[stay], carried, self.sizes)
        fresh = optimiser_of(kept, recipe)
        for old in optimiser.state.values():
            fresh.state[kept.trained] = {
                name: value[stay] if value.shape == self.trained.shape else value for name, value in old.items()
            }
        return kept, fresh


def _parts(flat: Tensor, sizes: dict[str, torch.Size]) -> Stack:
    """Return [K, ...] views of [K, P] by name."""
    parts, first = {}, 0
    for name, size in sizes.items():
        parts[name] = flat[:, first : first + size.numel()].view(len(flat), *size)
        first += size.numel()
    return parts


def optimiser_of(weights: Weights, recipe: Recipe) -> torch.optim.Optimizer:
    """Return a fresh optimiser of the fastest kind that keeps learners apart to the bit."""
    weights.trained.grad = weights.gradient
    rate, on_cuda = recipe.learning_rate, weights.trained.is_cuda
    if recipe.optimiser == "adadelta":
        return torch.optim.Adadelta([weights.trained], lr=rate, foreach=True, capturable=on_cuda)
    if recipe.optimiser == "sgd":
        decay = recipe.weight_decay
        return torch.optim.SGD([weights.trained], rate, recipe.momentum, weight_decay=decay, foreach=True)
    return torch.optim.Adam([weights.trained], lr=rate, fused=True, capturable=on_cuda)

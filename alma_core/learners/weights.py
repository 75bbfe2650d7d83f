"""The weights of a stack in training, and its optimiser."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from alma_core.learners.networks import Stack, is_trained, stacked
from alma_core.learners.states import State
from alma_core.specs import Recipe

CACHE_LINE = 16
"""Float32 values in a cache line. Each learner's part of a tensor fills whole ones: the fused optimiser works through
a tensor in cache lines and treats only a torn last one differently, so no learner's numbers depend on its place."""


@dataclass(frozen=True, eq=False)
class Weights:
    """K learners' weights.

    Args:
        trained: [K, P] by name, what the optimiser moves; P is a multiple of a cache line.
        carried: [K, ...] by name, what training moves by itself (running statistics).
        sizes: the shape of one learner's part, by name.
    """

    trained: Stack
    carried: Stack
    sizes: dict[str, torch.Size]

    @classmethod
    def stacked(cls, states: list[State], device: str) -> "Weights":
        """Put K learners' weights side by side."""
        every = stacked(states, device)
        trained = {
            name: pad(weight.flatten(1), (0, -weight[0].numel() % CACHE_LINE)).requires_grad_()  # [K, P]
            for name, weight in every.items()
            if is_trained(name)
        }
        carried = {name: weight for name, weight in every.items() if not is_trained(name)}
        return cls(trained, carried, {name: weight.shape[1:] for name, weight in every.items()})

    def views(self) -> Stack:
        """Return [K, ...] every weight in its own shape."""
        shaped = {name: self._view(name, flat) for name, flat in self.trained.items()}
        return shaped | self.carried

    def _view(self, name: str, flat: Tensor) -> Tensor:
        shape = self.sizes[name]
        whole = flat if flat.shape[1] == shape.numel() else flat[:, : shape.numel()]
        return whole.view(len(flat), *shape)  # [K, ...]

    def compacted(
        self, stay: list[int], optimiser: torch.optim.Optimizer, recipe: Recipe
    ) -> tuple["Weights", torch.optim.Optimizer]:
        """Return weights and optimiser of the positions that stay, their moments untouched."""
        trained = {name: flat.detach()[stay].requires_grad_() for name, flat in self.trained.items()}
        kept = Weights(trained, {name: value[stay] for name, value in self.carried.items()}, self.sizes)
        fresh = optimiser_of(kept, recipe)
        for old, new in zip(self.trained.values(), trained.values(), strict=True):
            if old in optimiser.state:
                fresh.state[new] = {name: _of(value, old, stay) for name, value in optimiser.state[old].items()}
        return kept, fresh


def _of(value: Tensor, weight: Tensor, stay: list[int]) -> Tensor:
    return value[stay] if value.shape == weight.shape else value


def optimiser_of(weights: Weights, recipe: Recipe) -> torch.optim.Optimizer:
    """Return a fresh optimiser of the fastest kind that keeps learners apart to the bit."""
    moved = list(weights.trained.values())
    rate, on_cuda = recipe.learning_rate, moved[0].is_cuda
    if recipe.optimiser == "adadelta":
        return torch.optim.Adadelta(moved, lr=rate, foreach=True, capturable=on_cuda)
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(moved, rate, recipe.momentum, weight_decay=recipe.weight_decay, foreach=True)
    return torch.optim.Adam(moved, lr=rate, fused=True, capturable=on_cuda)

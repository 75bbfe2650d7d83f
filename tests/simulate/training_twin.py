"""The naive twin of one training: a plain network, torch's own layers and autograd, a loop of minibatches."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from alma_core import seeds, sizes, specs
from alma_core.learners.networks import initial, is_trained
from alma_core.learners.states import State
from alma_core.shapes import AnyShape, RankOne
from alma_core.streams.source import Source
from alma_core.streams.stream import cut, error_scale, inputs
from tests.learners import plain_mixtures

Rows = NDArray[np.int64]


class Trainer:
    """What trains one policy's networks on one seed's stream: those of an update see what `first` and `last` say."""

    def __init__(self, spec: specs.RunSpec, source: Source, policy: specs.PolicySpec, seed: int) -> None:
        self.spec, self.source, self.policy, self.seed = spec, source, policy, seed
        self.stream, self.x = cut(source, spec.stream, seed), inputs(source)
        self.base = sizes.shape_of(policy.learner, self.x.shape[1], source.outputs, source.image)
        self.y, self.unit = source.y, 1.0
        if not source.classes:
            first = source.y[self.stream[1].indices]
            self.y = ((source.y - first.mean()) / first.std()).astype(np.float32)
            self.unit = first.std() / error_scale(self.stream)
        self.lines: dict[int, tuple[AnyShape, State]] = {}
        self.first, self.last, self.flops = 0, 0, 0.0
        self.train: Rows = np.zeros(0, np.int64)  # what the update at hand trains on

    def _draws(self, purpose: str, member: int) -> np.random.Generator:
        return seeds.generator(self.seed, purpose, member, self.first, self.last)

    def _start(self, member: int, line: int, shape: AnyShape, goes_on: bool) -> State:
        if line not in self.lines or (self.policy.start == "scratch" and not goes_on):
            return initial(shape, seeds.generator(self.seed, "initialisation", member))
        before = self.lines[line][1]
        if self.policy.start != "shrink_perturb":
            return before
        fresh = initial(shape, self._draws("perturbation", member))
        return {n: w * np.float32(0.4) + fresh[n] * np.float32(0.1) if is_trained(n) else w for n, w in before.items()}

    def _trained(
        self,
        member: int,
        rows: Rows | None = None,
        *,
        line: int | None = None,
        shape: AnyShape | None = None,
        anneals: int = 0,
        taught: NDArray[np.float64] | None = None,
        goes_on: bool = False,
    ) -> tuple[AnyShape, State]:
        """Train one network on rows; `anneals` epochs under a falling rate, or all of the recipe's under a constant."""
        shape, line = shape or self.base, member if line is None else line
        rows = self.train if rows is None else rows
        start = self._start(member, line, shape, goes_on)
        truth = self.y[rows] if taught is None else taught.astype(np.float32)
        truth = truth[:, 0] if taught is not None and not self.source.classes else truth
        epochs = anneals or self.spec.recipe.epochs
        state = self._descended(shape, start, rows, truth, epochs, anneals > 0, self._draws("order", member))
        self.flops += float(sizes.train_flops(shape)) * len(rows) * epochs
        self.lines[line] = shape, state
        return shape, state

    def _descended(
        self, shape: AnyShape, start: State, rows: Rows, truth: NDArray[Any], epochs: int, anneals: bool,
        order: np.random.Generator,
    ) -> State:  # fmt: skip
        weights = {name: torch.from_numpy(weight.copy()) for name, weight in start.items()}
        moved = [weight.requires_grad_() for name, weight in weights.items() if is_trained(name)]
        recipe = self.spec.recipe
        assert (recipe.optimiser, recipe.patience) == ("adam", None)
        optimiser = torch.optim.Adam(moved, lr=recipe.learning_rate)
        m, step, steps = recipe.minibatch, 0, epochs * -(-len(rows) // recipe.minibatch)
        for _ in range(epochs):
            shuffled = order.permutation(len(rows))
            turns = order.integers(m, size=-(-len(rows) // m)) if isinstance(shape, RankOne) else None
            for first in range(0, len(rows), m):
                here = shuffled[first : first + m]
                places = None if turns is None else _spread(len(here), m, int(turns[first // m]))
                said = plain_mixtures.plain(shape, weights, torch.from_numpy(self.x[rows[here]]), m, places)
                optimiser.zero_grad()
                plain_mixtures.loss_of(said, torch.from_numpy(truth[here])).backward()
                rate = (1 + np.cos(np.pi * step / steps)) / 2 if anneals else 1.0
                optimiser.param_groups[0]["lr"] = recipe.learning_rate * rate
                optimiser.step()
                step += 1
        return {name: weight.detach().numpy() for name, weight in weights.items()}

    @torch.no_grad()
    def _said(self, shape: AnyShape, state: State, rows: Rows) -> NDArray[np.float64]:
        """Return [n, classes] probabilities, or [n, 1] standardised values."""
        weights = {name: torch.from_numpy(weight) for name, weight in state.items()}
        said = plain_mixtures.plain(shape, weights, torch.from_numpy(self.x[rows]), None)
        return (functional.softmax(said, 1) if self.source.classes else said).double().numpy()


def _spread(count: int, m: int, turn: int) -> list[int]:
    """Return the places of `count` real rows among m: as even as can be, and all turned back by `turn`."""
    even = [-(-(n + 1) * m // count) - 1 for n in range(count)]
    return sorted((place - turn) % m for place in even)

"""One stack: K learners of one shape train in lockstep, each on its own examples, and leave when they are done.

A learner's numbers never depend on its neighbours: every product sees a full minibatch (ragged ones are padded
with rows of weight zero), optimisers work element by element, and all draws are the learner's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from alma_core.learners.networks import Stack, State, mlp, stacked, taken
from alma_core.specs import Recipe

CHUNK = 256
"""Rows of one product when learners are judged; ragged chunks are padded to it."""


@dataclass(frozen=True, eq=False)
class Examples:
    """All examples of a source, once, on the device.

    Args:
        x: [N, inputs] float32.
        y: [N] class numbers.
    """

    x: Tensor
    y: Tensor

    def rows(self, indices: Tensor, scaling: "Scaling | None") -> Tensor:
        """Gather the rows of K learners, and scale them where a scaling is given.

        Args:
            indices: [K, n].
            scaling: centre and spread, [K, 1, inputs] each.
        """
        gathered = self.x[indices.flatten()].view(*indices.shape, -1)  # [K, n, inputs]
        return gathered if scaling is None else (gathered - scaling[0]) / scaling[1]


Scaling = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Learner:
    """What one learner of a stack trains on.

    Args:
        start: its weights before.
        train: [n] indices it trains on; may be empty.
        validation: [v] indices that tell when to stop; may be empty, then nothing stops it early.
        order: draws the order of examples.
        scaling: [inputs] taken off each feature, [inputs] dividing it; None: the rows are scaled already.
    """

    start: State
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    order: np.random.Generator
    scaling: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None


@dataclass(frozen=True, eq=False)
class Trained:
    """What training leaves: the weights that are kept, the epochs run, and the validation rows judged on the way."""

    state: State
    epochs: int
    validation_rows: int


Minibatch = tuple[NDArray[np.int64], NDArray[np.float32], bool]


def minibatches(learner: Learner, recipe: Recipe) -> Iterator[Minibatch]:
    """Yield each step's indices [m], row weights [m] (1 / real rows, zero on padding) and whether an epoch ends."""
    size, count = recipe.minibatch, len(learner.train)
    for _ in range(recipe.epochs):
        shuffled = learner.train[learner.order.permutation(count)]
        for first in range(0, count, size):
            real = min(size, count - first)
            indices = np.full(size, shuffled[first])
            indices[:real] = shuffled[first : first + real]
            weights = np.zeros(size, np.float32)
            weights[:real] = 1 / real
            yield indices, weights, first + size >= count


def train_stack(learners: list[Learner], recipe: Recipe, examples: Examples) -> list[Trained]:
    """Train K learners of one shape and return what each leaves, in the order given."""
    stack = _Stack(learners, recipe, examples)
    while stack.members:
        stack.step()
    return [stack.done[k] for k in range(len(learners))]


class _Stack:
    """The learners still training. `members[i]` is the number of the learner at position i of the learner axis."""

    def __init__(self, learners: list[Learner], recipe: Recipe, examples: Examples) -> None:
        self.learners, self.recipe, self.examples = learners, recipe, examples
        self.batches = [minibatches(learner, recipe) for learner in learners]
        self.watches = [_Watch(recipe) for _ in learners]
        self.members = list(range(len(learners)))
        self.done: dict[int, Trained] = {}
        device = str(examples.x.device)
        self.weights = stacked([learner.start for learner in learners], device)
        self.scaling = scalings(learners, device)
        self.optimiser = _optimiser(self.weights, recipe)
        self._leave([i for i, k in enumerate(self.members) if len(learners[k].train) == 0])

    def step(self) -> None:
        """Take one optimiser step with every member, then let those go that are done."""
        indices, row_weights, epoch_ends = zip(*(next(self.batches[k]) for k in self.members), strict=True)
        self._descend(np.stack(indices), np.stack(row_weights))
        ended = [i for i, ends in enumerate(epoch_ends) if ends]
        if ended:
            self._leave(self._watch(ended))

    def _descend(self, indices: NDArray[np.int64], row_weights: NDArray[np.float32]) -> None:
        device = self.examples.x.device
        rows = torch.from_numpy(indices).to(device)  # [K, m]
        logits = mlp(self.weights, self.examples.rows(rows, self.scaling))  # [K, m, classes]
        losses = cross_entropy(logits.flatten(0, 1), self.examples.y[rows].flatten(), reduction="none")  # [K * m]
        self.optimiser.zero_grad()
        (losses * torch.from_numpy(row_weights).to(device).flatten()).sum().backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()

    def _watch(self, ended: list[int]) -> list[int]:
        """Note the end of an epoch for the positions in `ended`; return those that stop."""
        if self.recipe.patience is not None:
            judged = [i for i in ended if len(self.learners[self.members[i]].validation)]
            for i, accuracy in zip(judged, self._accuracies(judged), strict=True):
                if self.watches[self.members[i]].is_best(accuracy):
                    self.watches[self.members[i]].best = taken(self.weights, i)
        for i in ended:
            self.watches[self.members[i]].epochs += 1
        return [i for i in ended if self.watches[self.members[i]].stops]

    def _accuracies(self, positions: list[int]) -> list[float]:
        members = [self.learners[self.members[i]] for i in positions]
        if not members:
            return []
        weights = {name: weight.detach()[positions] for name, weight in self.weights.items()}  # [len(positions), ...]
        wrong = judge_stack(weights, members, [m.validation for m in members], self.examples).wrong
        return [1 - float(w.mean()) for w in wrong]

    def _leave(self, positions: list[int]) -> None:
        """Take the learners at `positions` off the learner axis and keep what they leave."""
        if not positions:
            return
        for i in positions:
            k = self.members[i]
            watch = self.watches[k]
            state = taken(self.weights, i) if watch.best is None else watch.best
            self.done[k] = Trained(state, watch.epochs, watch.epochs_judged * len(self.learners[k].validation))
        stay = [i for i in range(len(self.members)) if i not in positions]
        self.members = [self.members[i] for i in stay]
        if stay:
            self.weights, self.optimiser = _compacted(self.weights, self.optimiser, stay, self.recipe)
            self.scaling = self.scaling and (self.scaling[0][stay], self.scaling[1][stay])


class _Watch:
    """When one learner stops: after its epochs, or after `patience` epochs without a better validation accuracy."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.epochs = 0
        self.epochs_judged = 0
        self.best: State | None = None
        self.best_accuracy = -1.0
        self.epochs_without = 0

    def is_best(self, accuracy: float) -> bool:
        """Take in the validation accuracy of the epoch that has just ended; return whether it is the best so far."""
        self.epochs_judged += 1
        best = accuracy > self.best_accuracy + self.recipe.min_delta
        self.epochs_without = 0 if best else self.epochs_without + 1
        self.best_accuracy = accuracy if best else self.best_accuracy
        return best

    @property
    def stops(self) -> bool:
        """Whether this learner is done."""
        impatient = self.recipe.patience is not None and self.epochs_without >= self.recipe.patience
        return impatient or self.epochs == self.recipe.epochs


def _optimiser(weights: Stack, recipe: Recipe) -> torch.optim.Optimizer:
    """Return a fresh optimiser; `foreach` keeps learners independent to the bit, `fused` does not."""
    parameters = [weight.requires_grad_() for weight in weights.values()]
    if recipe.optimiser == "adadelta":
        return torch.optim.Adadelta(parameters, lr=recipe.learning_rate, foreach=True)
    return torch.optim.Adam(parameters, lr=recipe.learning_rate, foreach=True)


def _compacted(
    weights: Stack, optimiser: torch.optim.Optimizer, stay: list[int], recipe: Recipe
) -> tuple[Stack, torch.optim.Optimizer]:
    """Return weights and optimiser of the positions that stay, their moments untouched."""
    kept = {name: weight.detach()[stay].clone() for name, weight in weights.items()}
    fresh = _optimiser(kept, recipe)
    for old, new in zip(weights.values(), kept.values(), strict=True):
        if old in optimiser.state:
            fresh.state[new] = {
                name: value[stay].clone() if value.shape == old.shape else value
                for name, value in optimiser.state[old].items()
            }
    return kept, fresh


@dataclass(frozen=True, eq=False)
class Judged:
    """Row by row, for K learners on their own rows: [n_k] wrong (0 or 1), predicted class, and loss in nats."""

    wrong: list[NDArray[np.bool_]]
    predicted: list[NDArray[np.int64]]
    loss: list[NDArray[np.float32]]


@torch.no_grad()
def judge_stack(weights: Stack, learners: list[Learner], rows: list[NDArray[np.int64]], examples: Examples) -> Judged:
    """Judge K learners, each on its own rows, in full chunks."""
    device = str(examples.x.device)
    scaling = scalings(learners, device)
    longest = max(len(r) for r in rows)
    n_chunks = -(-longest // CHUNK)
    padded = np.zeros((len(rows), n_chunks * CHUNK), np.int64)  # [K, n]
    for k, r in enumerate(rows):
        padded[k, : len(r)] = r
    predicted, losses = [], []
    for first in range(0, n_chunks * CHUNK, CHUNK):
        indices = torch.from_numpy(padded[:, first : first + CHUNK]).to(device)  # [K, CHUNK]
        logits = mlp(weights, examples.rows(indices, scaling))  # [K, CHUNK, classes]
        truth = examples.y[indices].flatten()  # [K * CHUNK]
        predicted.append(logits.argmax(2))  # [K, CHUNK]
        losses.append(cross_entropy(logits.flatten(0, 1), truth, reduction="none").view_as(indices))
    said = torch.cat(predicted, 1).cpu().numpy() if predicted else padded  # [K, n]
    loss = torch.cat(losses, 1).cpu().numpy() if losses else np.zeros(padded.shape, np.float32)  # [K, n]
    labels = examples.y.cpu().numpy()
    said_of = [said[k, : len(r)] for k, r in enumerate(rows)]
    wrong = [said_k != labels[r] for said_k, r in zip(said_of, rows, strict=True)]
    return Judged(wrong, said_of, [loss[k, : len(r)] for k, r in enumerate(rows)])


def scalings(learners: list[Learner], device: str) -> Scaling | None:
    """Return the learners' centres and spreads, [K, 1, inputs] each, where they have any."""
    given = [learner.scaling for learner in learners if learner.scaling is not None]
    if not given:
        return None
    centre, spread = (torch.from_numpy(np.stack(arrays)[:, None]).to(device) for arrays in zip(*given, strict=True))
    return centre, spread

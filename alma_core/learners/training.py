"""One stack: K learners of one shape train in lockstep, each on its own examples, and leave when they are done.

A learner's numbers never depend on its neighbours: every product sees a full minibatch (ragged ones are padded
with rows of weight zero), each learner's weights fill whole cache lines, so that the optimiser's vector loop treats
each of them alike, and all draws are the learner's own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alma_core.learners.augmenting import image_of, moved, moves
from alma_core.learners.examples import Examples, Learner, SoftTargets, offsets, scalings
from alma_core.learners.gradients import write_gradient
from alma_core.learners.judging import judge_stack
from alma_core.learners.launch import Step, launched
from alma_core.learners.networks import taken
from alma_core.learners.states import State
from alma_core.learners.weights import Weights, optimiser_of
from alma_core.sizes import AnyShape, RankOne
from alma_core.specs import Recipe

SEGMENT = 512
"""Optimiser steps whose minibatches lie ready on the device at once."""

IDLE_SHARE = {"cpu": 0.0, "cuda": 0.5}
"""Share of a stack's places that may stand idle before it is compacted: on CUDA a new shape costs a new capture."""


Arrays = tuple[NDArray[Any], ...]
"""What each step of an epoch is given: indices, row weights, and more where a recipe or a method asks for it."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What training leaves: the weights that are kept, the epochs run, and the validation rows judged on the way."""

    state: State
    epochs: int
    validation_rows: int


def minibatch_sizes(count: int, size: int, lone_row: bool) -> list[int]:
    """Return the real rows of each minibatch of an epoch.

    Args:
        count: examples, >= 1.
        size: rows of a full minibatch.
        lone_row: whether a last minibatch of one row is allowed; else the last two are split evenly.

    >>> minibatch_sizes(9, 4, lone_row=True), minibatch_sizes(9, 4, lone_row=False)
    ([4, 4, 1], [4, 3, 2])
    """
    sizes = [size] * (count // size) + ([count % size] if count % size else [])
    if sizes[-1] == 1 and len(sizes) > 1 and not lone_row:
        sizes[-2:] = [(size + 2) // 2, (size + 1) // 2]
    return sizes


def epoch(learner: Learner, recipe: Recipe, shape: AnyShape) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Draw one epoch: each step's indices [steps, m] and row weights [steps, m] (1 / real rows, zero on padding)."""
    count, m = len(learner.train), recipe.minibatch
    shuffled = learner.train[learner.order.permutation(count)]
    real = np.array(minibatch_sizes(count, m, lone_row=image_of(shape) is None))  # [steps]
    of_members = isinstance(shape, RankOne)
    is_real = spread(real, m, learner.order) if of_members else np.arange(m) < real[:, None]  # [steps, m]
    place = (np.cumsum(real) - real)[:, None] + np.where(is_real, is_real.cumsum(1) - 1, 0)  # [steps, m]
    indices = shuffled[place]  # [steps, m], padding repeats the first row
    return indices, np.where(is_real, 1 / real[:, None], 0).astype(np.float32)


def spread(real: NDArray[np.int64], m: int, draws: np.random.Generator) -> NDArray[np.bool_]:
    """Return which places [steps, m] real rows stand at where each member meets those of its places.

    They are spread evenly from a place drawn for each step, so that a minibatch that is not full, of an update that
    sees few rows, teaches every member and not the first ones only.

    Args:
        real: [steps] real rows of each minibatch, 1..m.
    """
    place = (np.arange(m) + draws.integers(m, size=(len(real), 1))) % m  # [steps, m]
    return np.asarray((place + 1) * real[:, None] // m > place * real[:, None] // m)  # [steps, m]


def train_stack(
    learners: list[Learner], shape: AnyShape, recipe: Recipe, examples: Examples, anneals: bool = False
) -> list[Trained]:
    """Train K learners of one shape and return what each leaves, in the order given.

    Args:
        anneals: whether each learner's learning rate falls to zero over its epochs, along half a cosine (a cycle of a
            snapshot ensemble: Huang et al. 2017).
    """
    stack = _Stack(learners, shape, recipe, examples, anneals)
    while stack.places:
        stack.advance()
    return [stack.done[k] for k in range(len(learners))]


class _Stack:
    """The learners still training. `places[i]` is the number of the learner at position i of the learner axis."""

    def __init__(
        self, learners: list[Learner], shape: AnyShape, recipe: Recipe, examples: Examples, anneals: bool
    ) -> None:
        self.anneals, self.image = anneals, image_of(shape) if learners[0].moves else None
        self.learners, self.shape, self.recipe, self.examples = learners, shape, recipe, examples
        self.watches = [_Watch(recipe) for _ in learners]
        self.left: list[Arrays] = [(np.empty((0, recipe.minibatch), np.int64),) for _ in learners]  # of its epoch
        self.places = list(range(len(learners)))
        self.done: dict[int, Trained] = {}
        self.weights = Weights.stacked([learner.start for learner in learners], examples.device)
        self.scaling = scalings(learners, examples.device)
        self.offsets = offsets(learners, examples.device)
        self.soft = SoftTargets.of(learners, examples)
        self.optimiser = optimiser_of(self.weights, recipe)
        self.launch: Step | None = None
        self._leave([i for i, k in enumerate(self.places) if len(learners[k].train) == 0])

    def advance(self) -> None:
        """Train until the first epoch of a member ends, then let those go that are done."""
        training = [k for k in self.places if k not in self.done]
        for k in training:
            if not len(self.left[k][0]):
                self.left[k] = self._epoch(k)
        steps = min(SEGMENT, *(len(self.left[k][0]) for k in training))
        like = self.left[training[0]]
        batches = [self._next(k, steps, like) for k in self.places]
        inputs = [self._on_device(np.stack(arrays, 1)) for arrays in zip(*batches, strict=True)]  # [steps, K, ...] each
        if self.launch is None:
            first = [array[0] for array in inputs]
            self.launch = launched(self._step, self.weights, self.optimiser, first, self._steps_left())
        for s in range(steps):
            self.launch(*(array[s] for array in inputs))
        self._leave(self._watch([i for i, k in enumerate(self.places) if k in training and not len(self.left[k][0])]))

    def _epoch(self, k: int) -> Arrays:
        """Draw a learner's next epoch: what each step of it is given, [steps, ...] each."""
        learner = self.learners[k]
        indices, row_weights = epoch(learner, self.recipe, self.shape)  # [steps, m] each
        drawn: Arrays = (indices, row_weights)
        if self.image is not None and learner.moves is not None:
            drawn += (moves(learner.moves, len(indices), self.recipe.minibatch),)  # [steps, m, 3]
        if self.anneals:
            done = self.watches[k].epochs * len(indices) + np.arange(len(indices))
            rate = (1 + np.cos(np.pi * done / (self.recipe.epochs * len(indices)))) / 2
            drawn += (rate[:, None].astype(np.float32),)  # [steps, 1]
        return drawn

    def _next(self, k: int, steps: int, like: Arrays) -> Arrays:
        """Take a learner's next minibatches; rows of weight zero for one that is done and still has its place."""
        if k in self.done:
            return tuple(np.zeros((steps, *array.shape[1:]), array.dtype) for array in like)
        left = self.left[k]
        self.left[k] = tuple(array[steps:] for array in left)
        return tuple(array[:steps] for array in left)

    def _steps_left(self) -> int:
        """Return the optimiser steps until the last member is done, if none stops early."""
        epochs = [(k, self.recipe.epochs - self.watches[k].epochs) for k in self.places if k not in self.done]
        return max(left * -(-len(self.learners[k].train) // self.recipe.minibatch) for k, left in epochs)

    def _on_device(self, array: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(array)
        return tensor if self.examples.device == "cpu" else tensor.pin_memory().to("cuda", non_blocking=True)

    def _step(self, rows: Tensor, row_weights: Tensor, *more: Tensor) -> None:
        """Take one optimiser step.

        Args:
            rows, row_weights: [K, m].
            more: [K, m, 3] how images are moved, and [K, 1] by how much the step is shortened, where that is done.
        """
        x = self.examples.rows(rows, self.scaling)  # [K, m, inputs]
        if self.image is not None:
            x = moved(x, self.image, more[0])
        truth = self.examples.taught(rows, self.offsets) if self.soft is None else self.soft.rows(rows)  # [K, m, ...]
        write_gradient(self.weights, self.shape, x, truth, row_weights)
        if self.anneals:
            before = self.weights.trained.clone()  # [K, P]
            self.optimiser.step()
            self.weights.trained.copy_(torch.lerp(before, self.weights.trained, more[-1]))
        else:
            self.optimiser.step()

    def _watch(self, ended: list[int]) -> list[int]:
        """Note the end of an epoch for the positions in `ended`; return those that stop."""
        if self.recipe.patience is not None:
            judged = [i for i in ended if len(self.learners[self.places[i]].validation)]
            accuracies = zip(judged, self._accuracies(judged), strict=True)
            best = [i for i, accuracy in accuracies if self.watches[self.places[i]].is_best(accuracy)]
            for i, state in zip(best, taken(self.weights.views, best), strict=True):
                self.watches[self.places[i]].best = state
        for i in ended:
            self.watches[self.places[i]].epochs += 1
        return [i for i in ended if self.watches[self.places[i]].stops]

    def _accuracies(self, positions: list[int]) -> list[float]:
        members = [self.learners[self.places[i]] for i in positions]
        if not members:
            return []
        weights = {name: weight[positions] for name, weight in self.weights.views.items()}
        judged = judge_stack(weights, self.shape, members, [m.validation for m in members], self.examples)
        return [1 - float(wrong.mean()) for wrong in judged.wrong]

    def _leave(self, positions: list[int]) -> None:
        """Keep what the learners at `positions` leave, and close the learner axis up where too much of it is idle."""
        for i, last in zip(positions, taken(self.weights.views, positions), strict=True):
            k = self.places[i]
            watch = self.watches[k]
            state = last if watch.best is None else watch.best
            self.done[k] = Trained(state, watch.epochs, watch.epochs_judged * len(self.learners[k].validation))
        stay = [i for i, k in enumerate(self.places) if k not in self.done]
        idle = len(self.places) - len(stay)
        if not stay:
            self.places, self.launch = [], None
        elif idle > IDLE_SHARE[self.examples.device] * len(self.places):
            self.places = [self.places[i] for i in stay]
            self.weights, self.optimiser = self.weights.compacted(stay, self.optimiser, self.recipe)
            self.scaling = self.scaling and (self.scaling[0][stay], self.scaling[1][stay])
            self.offsets = None if self.offsets is None else self.offsets[stay]
            self.soft = self.soft and self.soft.kept(stay)
            self.launch = None


class _Watch:
    """When one learner stops: after its epochs, or after `patience` epochs without a better validation accuracy.

    Accuracy is 1 - error: below zero where a standardised target is missed by more than one on average.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.epochs = 0
        self.epochs_judged = 0
        self.best: State | None = None
        self.best_accuracy = -np.inf
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

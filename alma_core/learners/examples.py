"""What a stack trains and judges on: all examples once on the device, and each learner's own rows of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alma_core.learners.states import State

Scaling = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Examples:
    """All examples of a source, once, on the device.

    Args:
        x: [N, inputs] float32.
        y: [T * N] what updates are taught: class numbers, or standardised targets (float32). Where streams are taught
            different things, one block of N after another.
    """

    x: Tensor
    y: Tensor

    @property
    def device(self) -> str:
        """The kind of device they lie on: "cpu" or "cuda"."""
        return self.x.device.type

    def rows(self, indices: Tensor, scaling: Scaling | None) -> Tensor:
        """Gather the rows of K learners, and scale them where a scaling is given.

        Args:
            indices: [K, n].
            scaling: centre and spread, [K, 1, inputs] each.
        """
        gathered = self.x.index_select(0, indices.flatten()).view(*indices.shape, self.x.shape[1])  # [K, n, inputs]
        return gathered if scaling is None else (gathered - scaling[0]) / scaling[1]

    def seen(self, rows: NDArray[np.int64], learner: "Learner") -> NDArray[np.float32]:
        """Return rows [n] as a learner sees them, [n, inputs]."""
        indices = torch.from_numpy(rows)[None].to(self.device)  # [1, n]
        seen: NDArray[np.float32] = self.rows(indices, scalings([learner], self.device))[0].cpu().numpy()
        return seen

    def told(self, rows: NDArray[np.int64], learner: "Learner") -> NDArray[Any]:
        """Return what a learner is taught of rows [n]: class numbers or standardised targets."""
        told: NDArray[Any] = self.y[torch.from_numpy(rows + learner.offset).to(self.device)].cpu().numpy()
        return told

    def taught(self, indices: Tensor, offsets: Tensor | None) -> Tensor:
        """Gather what K learners are taught about their rows.

        Args:
            indices: [K, n].
            offsets: [K, 1] where each learner's block of `y` begins; None: all at the beginning.
        """
        return self.y[indices if offsets is None else indices + offsets]  # [K, n]


@dataclass(frozen=True, eq=False)
class Learner:
    """What one learner of a stack trains on.

    Args:
        start: its weights before.
        train: [n] indices it trains on; may be empty.
        validation: [v] indices that tell when to stop; may be empty, then nothing stops it early.
        order: draws the order of examples.
        scaling: [inputs] taken off each feature, [inputs] dividing it; None: the rows are scaled already.
        offset: where its block of what is taught begins in `Examples.y`.
        soft: [n, classes] probabilities, or [n] standardised values, that it is taught of each example; None: labels.
        moves: draws how images are cropped and mirrored, where the recipe says so; None: not at all.
    """

    start: State
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    order: np.random.Generator
    scaling: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    offset: int = 0
    soft: NDArray[np.float32] | None = None
    moves: np.random.Generator | None = None


def scalings(learners: list[Learner], device: str) -> Scaling | None:
    """Return the learners' centres and spreads, [K, 1, inputs] each, where they have any."""
    given = [learner.scaling for learner in learners if learner.scaling is not None]
    if not given:
        return None
    centre, spread = (torch.from_numpy(np.stack(arrays)[:, None]).to(device) for arrays in zip(*given, strict=True))
    return centre, spread


def offsets(learners: list[Learner], device: str) -> Tensor | None:
    """Return where the learners' blocks of what is taught begin, [K, 1]; None where all begin at the beginning."""
    if not any(learner.offset for learner in learners):
        return None
    return torch.tensor([[learner.offset] for learner in learners], device=device)  # [K, 1]


@dataclass(frozen=True, eq=False)
class SoftTargets:
    """What teachers say of the examples that K learners train on.

    Args:
        said: [sum of n_k, ...] what they say.
        place: [K, N] where in it stands what learner k is taught of an example.
    """

    said: Tensor
    place: Tensor

    @classmethod
    def of(cls, learners: list[Learner], examples: Examples) -> "SoftTargets | None":
        """Put the learners' soft targets on the device; None where they are taught labels."""
        if all(learner.soft is None for learner in learners):
            return None
        place = np.zeros((len(learners), len(examples.x)), np.int64)  # [K, N]
        first = 0
        for row, learner in zip(place, learners, strict=True):
            row[learner.train] = np.arange(first, first + len(learner.train))
            first += len(learner.train)
        said = np.concatenate([learner.soft for learner in learners if learner.soft is not None])
        return cls(torch.from_numpy(said).to(examples.device), torch.from_numpy(place).to(examples.device))

    def rows(self, indices: Tensor) -> Tensor:
        """Gather what K learners are taught of their rows, [K, n] -> [K, n, ...]."""
        return self.said[self.place.gather(1, indices)]

    def kept(self, stay: list[int]) -> "SoftTargets":
        """Return those of the learners at the positions that stay."""
        return SoftTargets(self.said, self.place[stay])

"""A stack judged: K states, each on its own rows or all on the same ones, in full chunks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alma_core.learners.devices import JUDGED_ROWS
from alma_core.learners.examples import Examples, Learner, Scaling, scalings
from alma_core.learners.networks import Stack, forward
from alma_core.sizes import AnyShape


@dataclass(frozen=True, eq=False)
class Judged:
    """Row by row, for K learners on their own rows: [n_k] wrong, predicted class, and loss in nats."""

    wrong: list[NDArray[np.bool_]]
    predicted: list[NDArray[np.int64]]
    loss: list[NDArray[np.float32]]


@torch.no_grad()
def judge_stack(
    weights: Stack, shape: AnyShape, learners: list[Learner], rows: list[NDArray[np.int64]], examples: Examples
) -> Judged:
    """Judge K learners, learner k on rows[k] ([n_k], may be empty)."""
    chunk = JUDGED_ROWS[examples.device]
    n_chunks = -(-max(len(r) for r in rows) // chunk)
    padded = np.zeros((len(rows), n_chunks * chunk), np.int64)  # [K, n]
    for k, r in enumerate(rows):
        padded[k, : len(r)] = r
    scaling = scalings(learners, examples.device)
    shared = scaling is None and all(r is rows[0] for r in rows)
    indices = torch.from_numpy(padded).to(examples.device)  # [K, n]
    truth = examples.y[indices]  # [K, n]
    predicted, losses = [], []
    for first in range(0, n_chunks * chunk, chunk):
        here = indices[:, first : first + chunk]  # [K, chunk]
        x = _gathered(examples, here, scaling, shared)  # [K, chunk, inputs]
        logits = forward(shape, weights, x, None)  # [K, chunk, classes]
        predicted.append(logits.argmax(2))  # [K, chunk]
        likely = logits.mT.contiguous().log_softmax(1)  # [K, classes, chunk]
        losses.append(-likely.gather(1, truth[:, None, first : first + chunk])[:, 0])  # [K, chunk]
    said = torch.cat(predicted, 1) if predicted else indices  # [K, n]
    loss = torch.cat(losses, 1) if losses else indices.float()  # [K, n]
    return Judged(_unpadded(said != truth, rows), _unpadded(said, rows), _unpadded(loss, rows))


def _unpadded(padded: Tensor, rows: list[NDArray[np.int64]]) -> list[NDArray[Any]]:
    """Return learner k's first len(rows[k]) of [K, n], off the device."""
    array = padded.cpu().numpy()
    return [array[k, : len(r)] for k, r in enumerate(rows)]


def _gathered(examples: Examples, indices: Tensor, scaling: Scaling | None, shared: bool) -> Tensor:
    """Gather rows; once for all learners where they are the same."""
    if shared:
        return examples.rows(indices[:1], None).expand(len(indices), -1, -1)  # [K, chunk, inputs]
    return examples.rows(indices, scaling)
